"""What several commands share: options, loading with diagnostics, reading a database."""

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..output import PROBLEMS, say, use_colour

if TYPE_CHECKING:
    from ...core.spec import Spec
    from ...pipeline import Compiled
    from ...world.load import Glance


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--format`, `-o` and `--force`."""
    for option in (
        format_option("How results are written."),
        click.option("-o", "--output", "path", metavar="FILE", help="Write results there, at once or not at all."),
        click.option("--force", is_flag=True, help="Replace an existing output."),
    ):
        command = option(command)
    return command


def format_option(text: str | None = None, name: str = "form") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--format`, text or JSON, as the argument `name`. `text`: what it is about."""
    forms = click.Choice(["text", "json"])
    return click.option("--format", name, type=forms, default="text", show_default=True, help=text)


def now_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--now`."""
    text = "What the specification's `clock` says, instead of what is written there, such as 2026-04-06T10:00."
    return click.option("--now", metavar="MOMENT", help=text)(command)


def spec_at(name: str, now: str | None) -> "Spec":
    """A specification without errors, at another moment if one is given. Raises UsageError for what is no moment."""
    spec = spec_or_exit(name)
    if now is None:
        return spec
    from ...core.clock import with_clock
    from ...world.moments import moment_of

    try:
        return with_clock(spec, moment_of(spec, now))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def show_problems(compiled: "Compiled | Glance") -> None:
    """Diagnostics on standard error."""
    if compiled.problems:
        from ..render_text import render_diagnostics

        say(render_diagnostics(list(compiled.problems), compiled.sources, colour=use_colour(sys.stderr)))


def spec_or_exit(name: str) -> "Spec":
    """A specification without errors; otherwise its problems are shown and the command ends."""
    from ...world.load import check

    compiled = check(name)
    if compiled.spec is None:
        show_problems(compiled)
        sys.exit(PROBLEMS)
    return compiled.spec


def state_or_exit(path: str | None, spec: "Spec") -> Any:
    """A database's JSON, or None; a bad one is reported and the command ends."""
    from ...world.program import program_of
    from ...world.soundness import loose_ends
    from ...world.state import StateError, read_state, world_of
    from ..cells import visible
    from ..render_text import render_diagnostics

    if path is None:
        return None
    try:
        state = read_state(path, spec)
        for line in loose_ends(spec, world_of(state, program_of(spec))):
            say(f"warning: {visible(path)}: {visible(line)}")
        gc.freeze()  # it lives as long as this process: nothing to be found in it, again and again
        return state
    except StateError as error:
        from ...source import SourceMap

        say(render_diagnostics(error.problems, SourceMap({})))
        sys.exit(PROBLEMS)


def show_data_problem(problem: Any) -> None:
    from ...source import SourceMap
    from ..render_text import render_diagnostics

    say(render_diagnostics([problem], SourceMap({})))


def json_lines(path: str) -> None:
    """Refuses a path that is not a readable file, before anything is made."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise click.UsageError(f"cannot read {path}: {error.strerror}") from None
