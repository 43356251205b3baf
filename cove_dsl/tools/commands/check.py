"""`covec check`: is this specification right?"""

import gc
import sys
from typing import TYPE_CHECKING

import click
from attrs import evolve

from ...world.load import Glance, check, glance, glance_at
from ..ci import Reports, report_options
from ..output import FINE, PROBLEMS, UNDECIDED, Output, say
from ..report_problems import report_problems
from .common import output_options, show_problems

if TYPE_CHECKING:
    pass


@click.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--no-solve", is_flag=True, help="Leave out the solver's questions.")
@click.option("--no-cache", is_flag=True, help="Check afresh, whatever was checked before.")
@report_options
@output_options
def command(
    specs: tuple[str, ...],
    no_solve: bool,
    no_cache: bool,
    junit: str | None,
    sarif: str | None,
    form: str,
    path: str | None,
    force: bool,
) -> None:
    """Parse, resolve and type each SPEC; then ask whether its scenarios can be met at all.

    Ends with 0 if nothing is wrong, with 1 for an error, with 3 if the solver gave up on a scenario that cannot be
    played out either. A scenario of which neither a conflict nor a conversation was found is counted as open.
    What the specification's own tests expect is not looked at: `covec test` runs them.
    """
    reports = Reports("covec check", junit, sarif, force)
    gc.disable()  # a check makes many nodes and throws none away
    try:
        with Output(path, force, form) as out:
            code = _check_all(specs, no_solve, no_cache, "json" if path else form, out, reports)
    finally:
        gc.enable()
    reports.write(code)
    sys.exit(code)


def _check_all(specs: tuple[str, ...], no_solve: bool, no_cache: bool, form: str, out: Output, reports: Reports) -> int:
    """Checks and reports each specification; the exit code of them all."""
    code = FINE
    for name in specs:
        found, left_open, undecided = (
            (glance(name, not no_cache), 0, False) if no_solve else _solved(name, not no_cache)
        )
        _report(name, found, form, out, left_open)
        report_problems(reports, name, found.problems, found.sources)
        wrong = any(p.severity == "error" for p in found.problems)
        worst = PROBLEMS if wrong else UNDECIDED if undecided else FINE
        code = PROBLEMS if PROBLEMS in (code, worst) else max(code, worst)
    return code


def _solved(name: str, cached: bool) -> tuple[Glance, int, bool]:
    """The problems that the solver finds, added; how many scenarios it left open, and whether that is undecided."""
    compiled = check(name, cached)
    spec = compiled.spec
    if spec is None:
        return glance_at(compiled), 0, False
    from ...solve.instances import played_out
    from ...solve.learning import out_of_reach
    from ...solve.survey import Surveyor, about_scenario
    from ...solve.unseen import out_of_sight

    answers = list(Surveyor(spec).scenarios(cheap=True))
    problems = [p for a in answers if (p := about_scenario(a, spec)) is not None and p.code != "undecided"]
    problems += [*out_of_reach(spec), *out_of_sight(spec)]
    left_open = [a for a in answers if a.status == "unknown" and not a.expected]
    played = played_out(spec, tuple(a.scenario for a in left_open))
    left_open = [a for a in left_open if a.scenario not in played]
    if left_open:
        named = ", ".join(f"`{a.scenario}`" for a in left_open)
        many = f"{len(left_open)} of {len(answers)} scenario{'s' * (len(answers) > 1)}"
        say(f"{name}: in {many}, neither a conflict nor a conversation was found: {named}; `covec solve` says why")
    found = evolve(glance_at(compiled), problems=(*compiled.problems, *problems), sources=compiled.sources)
    return found, len(left_open), bool(left_open)


def _report(name: str, found: Glance, form: str, out: Output, left_open: int) -> None:
    """The problems, then what they come to in a line: `fine` is said only where nothing is wrong and nothing open."""
    if form == "json":
        from ..render_json import encode_problems

        for row in encode_problems(found.problems, found.sources):
            out.row(row)
        return
    show_problems(found)
    errors, warnings = (sum(p.severity == s for p in found.problems) for s in ("error", "warning"))
    parts = [_many(errors, "error"), _many(warnings, "warning"), f"{left_open} open" if left_open else ""]
    if found.counts is not None and not errors:
        counted = [_many(n, what.removesuffix("s")) or f"0 {what}" for what, n in found.counts.items()]
        parts = [*(parts if left_open else ["fine", *parts]), *counted]
    say(f"{name}: {' · '.join(filter(None, parts))}")


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n != 1 else ''}" if n else ""
