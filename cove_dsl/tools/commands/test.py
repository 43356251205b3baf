"""`covec test`: does the specification mean what its author meant?"""

import sys

import click

from ...source import Diagnostic, Label
from ...world.desk import Desk
from ...world.spectest import TestResult, run_tests
from ..output import FINE, PROBLEMS, Output, say, use_colour
from .common import output_options, spec_or_exit


@click.command("test")
@click.argument("spec_name", metavar="SPEC")
@click.option("--name", "pattern", metavar="GLOB", help="Run only tests whose name matches.")
@click.option("--timeline", is_flag=True, help="Show the conversation of each failing test.")
@output_options
def command(spec_name: str, pattern: str | None, timeline: bool, form: str, path: str | None, force: bool) -> None:
    """Run the tests written in SPEC itself."""
    desk = Desk(spec_or_exit(spec_name))
    results = run_tests(desk, pattern)
    with Output(path, force, "json" if path else form) as out:
        for result in results:
            failures = [{"message": f.message, "span": _span(desk, f)} for f in result.failures]
            row = {"test": result.name, "passed": result.passed, "failures": failures}
            out.row(row, f"{'✓' if result.passed else '✗'} {result.name}" if form == "text" and not path else "")
            if form == "text" and not path:
                _explain(desk, result, timeline)
    failed = sum(not r.passed for r in results)
    say(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(PROBLEMS if failed else FINE)


def _span(desk: Desk, failure: object) -> object:
    place = desk.spec.sources.locate(failure.span)  # type: ignore[attr-defined]
    return place.to_json() if place is not None else None


def _explain(desk: Desk, result: TestResult, timeline: bool) -> None:
    from ..render_text import render_diagnostic

    for failure in result.failures:
        problem = Diagnostic("test-failed", failure.message, (Label(failure.span),))
        print(render_diagnostic(problem, desk.spec.sources, colour=use_colour(sys.stdout)))
    if timeline and result.failures and result.messages:
        from ..timeline import console, render_messages

        console(use_colour(sys.stdout)).print(render_messages(result.messages))
