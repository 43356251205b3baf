"""Living with known violations: the options that name waivers and baselines, and what is said of them."""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ...source import Diagnostic, SourceMap
from ...source.files import write_atomic
from ...source.registry import CODES
from ...world.baseline import Baseline, BaselineError, baseline_text, read_baseline
from ...world.ledger import Ledger
from ...world.waivers import Waivers, WaiversError, read_waivers
from ..ci import Notice, Place, Reports
from ..output import PROBLEMS, say, use_colour
from .common import json_lines, show_data_problem

MOST_GONE = 20


def accepting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--waivers`, `--today`, `--baseline` and `--write-baseline`."""
    for option in (
        click.option("--write-baseline", metavar="FILE", help="Write down all violations there, as known from now on."),
        click.option("--baseline", metavar="FILE", help="Violations known before: only new ones count."),
        click.option(
            "--today",
            type=click.DateTime(["%Y-%m-%d"]),
            metavar="DATE",
            help="The day on which waivers are held to be.",
        ),
        click.option("--waivers", metavar="FILE", help="Violations that are accepted for a reason, until a day."),
    ):
        command = option(command)
    return command


def ledger_or_exit(
    waivers: str | None, baseline: str | None, keep: bool, rules: Iterable[str], today: datetime | None
) -> Ledger:
    """What is accepted; a file that cannot be used is reported, and the command ends."""
    return Ledger(_waivers(waivers, rules, today), _baseline(baseline), keep)


def _waivers(path: str | None, rules: Iterable[str], today: datetime | None) -> Waivers | None:
    if path is None:
        return None
    json_lines(path)
    try:
        return read_waivers(path, rules, today.date() if today else datetime.now(UTC).date())
    except WaiversError as error:
        _show(error.problems, error.sources)
        sys.exit(PROBLEMS)


def _baseline(path: str | None) -> Baseline | None:
    if path is None:
        return None
    json_lines(path)
    try:
        return read_baseline(path)
    except BaselineError as error:
        show_data_problem(error.problem)
        sys.exit(PROBLEMS)


def report_acceptance(ledger: Ledger, write_to: str | None, judged: list[str], reports: Reports) -> None:
    """What became of waivers and of what was known, once all is judged; writes the new baseline."""
    if ledger.waivers is not None:
        problems = ledger.waivers.problems(judged)
        _show(problems, ledger.waivers.sources)
        for problem in problems:
            reports.note(_notice(problem, ledger.waivers.sources), CODES[problem.code].title)
    if ledger.baseline is not None:
        _show_gone(ledger.baseline, frozenset(judged))
    if write_to is not None:
        write_atomic(Path(write_to), baseline_text(ledger.kept))
        errors = {f.key: f.severity == "error" for f in ledger.kept if f.waived is None}
        warnings = len(errors) - sum(errors.values())
        more = f" and {_counted(warnings, 'warning')}" if warnings else ""
        say(f"{_counted(sum(errors.values()), 'violation')}{more} written to {write_to}")


def _show_gone(baseline: Baseline, judged: frozenset[str]) -> None:
    gone = baseline.gone(judged)
    for key in gone[:MOST_GONE]:
        say(f"gone: {key.title} {key.where} of {key.conversation}")
    if len(gone) > MOST_GONE:
        say(f"and {len(gone) - MOST_GONE} more that are gone")
    if gone:
        say("--write-baseline FILE --force takes them out of the baseline")
    absent = baseline.not_judged()
    if absent:
        say(f"the baseline names {_counted(absent, 'conversation')} that {'was' if absent == 1 else 'were'} not judged")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _show(problems: list[Diagnostic], sources: SourceMap) -> None:
    from ..render_text import render_diagnostics

    if problems:
        say(render_diagnostics(problems, sources, colour=use_colour(sys.stderr)))


def _notice(problem: Diagnostic, sources: SourceMap) -> Notice:
    found = sources.locate(problem.span) if problem.span is not None else None
    place = Place.of_span(found.to_json()) if found is not None else None
    return Notice(problem.code, "warning", problem.message, place)
