"""Options of commands that hold dialogues: in how many processes, on which machines."""

from collections.abc import Callable
from typing import Any

import click
from attrs import evolve

from ..synthesis.order import ENGINES, Means


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; a command gets them by name, read by `with_engine`."""
    for option in (
        click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True,
                     help="Where dialogues are held: in processes of this machine, or on a Ray cluster."),
        click.option("--workers", type=click.IntRange(1), metavar="N",
                     help="How many processes hold dialogues; without it, as many as are worth their start. Decides "
                     "no byte of RUN."),
    ):  # fmt: skip
        command = option(command)
    return command


def with_engine(means: Means, options: dict[str, Any]) -> Means:
    """What a run may use, with the engine that the options name."""
    return evolve(means, engine=options["engine"], workers=options["workers"] or 0)


__all__ = ["engine_options", "with_engine"]
