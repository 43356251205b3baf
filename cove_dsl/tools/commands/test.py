"""`covec test`: does the specification mean what its author meant?"""

import shutil
import sys

import click

from ...source.registry import CODES
from ...world.desk import Desk
from ...world.spectest import expected_rules
from ..ci import Case, Notice, Place, Reports, report_options
from ..output import FINE, PROBLEMS, Output, say, use_colour
from ..selection import chosen, rule_options
from ..spec_tests import WIDTH, Telling, Told, tell_tests
from .common import output_options, spec_or_exit


@click.command("test")
@click.argument("spec_name", metavar="SPEC")
@click.option("--name", "names", multiple=True, metavar="GLOB", help="Run only tests whose name matches.")
@rule_options("run only tests that expect something of", "leave out tests that expect something of")
@click.option("-n", "--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many processes run them.")
@click.option("--timeline", is_flag=True, help="Tell what happened in tests that pass as well.")
@report_options
@output_options
def command(
    spec_name: str,
    names: tuple[str, ...],
    rule: tuple[str, ...],
    skip_rule: tuple[str, ...],
    jobs: int,
    timeline: bool,
    junit: str | None,
    sarif: str | None,
    form: str,
    path: str | None,
    force: bool,
) -> None:
    """Run the tests written in SPEC itself. One that fails is told: what was expected where, who said and called what,
    and what that changed."""
    reports = Reports("covec test", junit, sarif, force)
    desk = Desk(spec_or_exit(spec_name))
    tests = _chosen(desk, names, rule, skip_rule)
    text = form == "text" and not path
    how = Telling(text and use_colour(sys.stdout), min(shutil.get_terminal_size((WIDTH, 0)).columns, WIDTH), timeline)
    failed = 0
    with Output(path, force, "json" if path else form) as out:
        for told in tell_tests(desk, spec_name, tests, jobs, how):
            failed += not told.passed
            out.row(told.row, _text(told) if text else "")
            _report(reports, desk.name, told)
    say(f"{len(tests) - failed} passed, {failed} failed")
    code = PROBLEMS if failed else FINE
    reports.write(code)
    sys.exit(code)


def _chosen(desk: Desk, names: tuple[str, ...], only: tuple[str, ...], without: tuple[str, ...]) -> list[int]:
    """The indexes of the tests that are meant. Raises UsageError where a pattern matches nothing."""
    tests = desk.spec.tests
    named = chosen([t.name for t in tests], names, what="test")
    wanted = chosen(desk.spec.rules, only) if only else None
    unwanted = chosen(desk.spec.rules, without) if without else frozenset[str]()
    found = [
        i
        for i, test in enumerate(tests)
        for rules in (expected_rules(test),)
        if (named is None or test.name in named)
        and (wanted is None or not wanted.isdisjoint(rules))
        and (unwanted is None or unwanted.isdisjoint(rules))
    ]
    if not found and tests:
        raise click.UsageError("no test is left by these options")
    return found


def _text(told: Told) -> str:
    lines = f"{'✓' if told.passed else '✗'} {told.name}"
    return f"{lines}\n{told.story}\n" if told.story else lines


def _report(reports: Reports, suite: str, told: Told) -> None:
    place = Place.of_span(told.place) if told.place is not None else None
    first = "" if told.passed else told.row["failures"][0]["message"]
    story = click.unstyle(told.story)
    reports.case(Case(suite, told.name, "passed" if told.passed else "failed", first, story, place=place))
    for failure in told.row["failures"]:
        at = Place.of_span(failure["span"]) if failure["span"] is not None else place
        notice = Notice("test-failed", "error", f"{told.name}: {failure['message']}", at, key=f"{suite}\n{told.name}")
        reports.note(notice, CODES["test-failed"].title)
