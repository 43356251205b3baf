"""Numbers that options take: whatever cannot be counted with is refused before anything is done."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cove_dsl.tools.cli import covec

SEEDS = frozenset({"seed", "seeds"})  # any whole number is one


def _options() -> Iterator[tuple[str, click.Option]]:
    context = click.Context(covec)
    for name in covec.list_commands(context):
        command = covec.get_command(context, name)
        for option in command.params if command is not None else ():
            if isinstance(option, click.Option):
                yield name, option


NUMBERS = [
    pytest.param(option.type, wrong, id=f"{command} {option.opts[0]} {wrong}")
    for command, option in _options()
    if isinstance(option.type, click.types.FloatParamType | click.types.IntParamType) and option.name not in SEEDS
    for wrong in ("nan", "inf", "-inf", "-1")
]


@pytest.mark.parametrize(("kind", "wrong"), NUMBERS)
def test_no_option_takes_what_is_no_number(kind: click.ParamType, wrong: str) -> None:
    with pytest.raises(click.BadParameter):
        kind.convert(wrong, None, None)


def test_there_are_such_options() -> None:
    assert len(NUMBERS) >= 60


@pytest.mark.parametrize(
    "args",
    [
        ("coverage", "docs/examples/tea.cove", "docs/examples/conversations.jsonl", "--at-least", "nan"),
        ("solve", "docs/examples/tea.cove", "--budget", "nan"),
    ],
)
def test_the_option_is_named(args: tuple[str, ...]) -> None:
    result = CliRunner().invoke(covec, args)
    assert result.exit_code == 2
    assert f"Invalid value for '{args[-2]}': `nan` is not a number that can be counted with" in result.stderr


@pytest.mark.parametrize("price", ["m=nan,1", "m=1", "m=-1,2", "m=1,inf", "m=1,2,3"])
def test_a_price_is_two_amounts(price: str, tmp_path: Path) -> None:
    run = ("synth", "docs/examples/tea.cove", "-n", "1", "-o", str(tmp_path / "run"))
    result = CliRunner().invoke(covec, [*run, "--agent", "openai/m@http://localhost:9", "--price", price])
    assert result.exit_code == 2
    assert "must be NAME=IN,OUT, in dollars" in result.stderr
