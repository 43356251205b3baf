"""`covec data`: a world to practise in."""

import sys
from pathlib import Path
from typing import Any

import click

from ...core.spec import Spec
from ...source.files import write_atomic
from ...world.generate import GenerateError, generate_world
from ...world.state import dumps
from ..output import FINE, PROBLEMS, say
from .common import format_option, show_data_problem, spec_or_exit


@click.command("data")
@click.argument("spec_name", metavar="SPEC")
@click.option(
    "-o", "--output", "path", required=True, metavar="DB", help="Where the database goes, at once or not at all."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every draw.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@format_option("How the summary is written.")
def command(spec_name: str, path: str, seed: int, force: bool, form: str) -> None:
    """Make a database for SPEC by its `generate` block; one that misses a type or an invariant is not written."""
    target = Path(path)
    if target.exists() and not force:
        raise click.UsageError(f"{path} exists already; give --force to replace it")
    spec = spec_or_exit(spec_name)
    state = generated_or_exit(spec, seed)
    write_atomic(target, dumps(state) + "\n")
    counts = {name: len(state[name]) for name in spec.tables}
    text = ", ".join(f"{n:,} {name}" for name, n in counts.items())
    print(
        dumps({"spec": spec.name, "seed": seed, "file": path, "rows": counts})
        if form == "json"
        else f"{text} in {path}"
    )
    sys.exit(FINE)


def generated_or_exit(spec: Spec, seed: int) -> dict[str, Any]:
    """A generated world, or the reasons why there is none and the end of the command."""
    try:
        return generate_world(spec, seed)
    except GenerateError as error:
        for problem in error.problems:
            show_data_problem(problem)
        if not error.problems:
            say(f"error: {error}")
        if spec.generate is None:
            say(_way_out(spec))
        sys.exit(PROBLEMS)


NO_TABLES = """\
  help: nothing is kept yet that could be made up: say first what there is, by `record` and `table`;
        see “The world” in docs/language.md"""
NO_BLOCK = """\
  help: write one, in which `choose`, `between`, `chance`, `fake` and `unique_digits` draw, such as
        generate "An ordinary day." {{
          for i in 1..20 {{
            insert {row} into {table}
          }}
        }}
        see “Generated worlds” in docs/language.md
  help: or give a database of your own: `covec synth … --state DB`"""


def _way_out(spec: Spec) -> str:
    """What to write where a specification does not say how its world is made."""
    table = next(iter(spec.tables.values()), None)
    if table is None:
        return NO_TABLES
    fields = [f for f in spec.records[table.record].fields if f != table.key]
    values = [f'{table.key}: "{table.record[:1].upper()}{{unique_digits(4)}}"', *(f"{name}: …" for name in fields)]
    return NO_BLOCK.format(row=f"{table.record}({', '.join(values)})", table=table.name)
