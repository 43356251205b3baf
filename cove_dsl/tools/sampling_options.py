"""Options of commands that draw tasks: which scenarios, how many wishes at once, and what to stay clear of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..core.spec import Spec
from ..synthesis.dials import COMPOSED, Boundary, Dials, avoided
from .numbers import Number

# Option, what click is told about it, and what it does.
OPTIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("--seed", {"type": int, "default": 0, "show_default": True}, "Decides every draw."),
    ("--scenario", {"metavar": "GLOB"}, "Draw only scenarios of such names."),
    ("--weight", {"multiple": True, "metavar": "GLOB=W"},
     "How often scenarios are drawn, in place of their own weights; 0 for never."),
    ("--spread", {"is_flag": True}, "Draw all scenarios in turn, whatever their weights."),
    ("--wishes", {"metavar": "N..M", "default": "1..99"}, "Wishes of a task, as far as scenarios go together."),
    ("--composed", {"type": Number(0, 1), "default": COMPOSED, "show_default": True, "metavar": "SHARE"},
     "The share of tasks with several wishes."),
    ("--cover", {"is_flag": True},
     "Prefer tasks that put conditions of the policy to the test which no task before has."),
    ("--boundary", {"is_flag": True},
     "Only tasks just on one side or the other of a rule; with --state, the nearest that the database has."),
    ("--avoid", {"multiple": True, "metavar": "TASKS"},
     "Draw nothing that asks for the same changes as a task of this file (ours or a benchmark's)."),
)  # fmt: skip


def sampling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; a command gets them by name, read by `dials`."""
    for name, more, text in reversed(OPTIONS):
        command = click.option(name, help=text, **more)(command)
    return command


def dials(options: dict[str, Any], spec: Spec, generated: bool) -> Dials:
    """The options as dials; a world that was `generated` may be completed. Raises click.BadParameter."""
    weights = tuple(map(_weight, options["weight"]))
    avoid = frozenset(s for path in options["avoid"] for s in _avoided(path, spec))
    wishes = _range(options["wishes"])
    _composable(wishes[0], options["composed"], spec)
    edge: Boundary | None = ("complete" if generated else "nearest") if options["boundary"] else None
    return Dials(weights, options["composed"], wishes, options["spread"], avoid, options["cover"], edge)


def _composable(least: int, share: float, spec: Spec) -> None:
    """Raises click.BadParameter where several wishes are asked for that no `compose` of the desk puts together."""
    most = max((min(c.high, len(c.scenarios)) for c in spec.composes), default=1)
    told = f"`{spec.name}` puts {f'{most} at most' if most > 1 else 'no scenarios'} together: see `compose`"
    if least > most:
        raise click.BadParameter(told, param_hint="--wishes")
    if share not in (0, COMPOSED) and most == 1:
        raise click.BadParameter(told, param_hint="--composed")


def _avoided(path: str, spec: Spec) -> frozenset[str]:
    try:
        return avoided(Path(path), frozenset(spec.writes()))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--avoid") from None


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not name or not 0 <= weight < 1e9:
        raise click.BadParameter(f"`{text}` must be GLOB=W", param_hint="--weight")
    return name, weight


def _range(text: str) -> tuple[int, int]:
    low, dots, high = text.partition("..")
    try:
        found = int(low), int(high) if dots else int(low)
    except ValueError:
        found = (0, 0)
    if not 1 <= found[0] <= found[1]:
        raise click.BadParameter(f"`{text}` must be N or N..M", param_hint="--wishes")
    return found


__all__ = ["dials", "sampling_options"]
