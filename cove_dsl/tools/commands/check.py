"""`covec check`: is this specification right?"""

import sys
from collections.abc import Sized

import click

from ...pipeline import Compiled
from ...world.load import check
from ..output import FINE, PROBLEMS, UNDECIDED, Output, say
from .common import output_options, show_problems


@click.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--no-solve", is_flag=True, help="Leave out the solver's questions.")
@click.option("--no-cache", is_flag=True, help="Check afresh, whatever was checked before.")
@output_options
def command(specs: tuple[str, ...], no_solve: bool, no_cache: bool, form: str, path: str | None, force: bool) -> None:
    """Parse, resolve and type each SPEC; then ask whether its scenarios can be met at all."""
    code = FINE
    with Output(path, force, form) as out:
        for name in specs:
            compiled = check(name, cached=not no_cache)
            undecided = False
            if compiled.spec is not None and not no_solve:
                compiled, undecided = _solved(compiled)
            _report(name, compiled, form, path, out)
            worst = PROBLEMS if compiled.errors else UNDECIDED if undecided else FINE
            code = PROBLEMS if PROBLEMS in (code, worst) else max(code, worst)
    sys.exit(code)


def _solved(compiled: Compiled) -> tuple[Compiled, bool]:
    """The problems that the solver finds, added; and whether it left anything undecided."""
    from attrs import evolve

    from ...backends.smt import check_scenario, diagnose

    spec = compiled.spec
    assert spec is not None
    asked = [s for s in spec.scenarios.values() if not s.refusal or spec.rules[s.refusal[0]].basis == "contract"]
    found = [check_scenario(spec, s) for s in asked]
    problems = [p for f in found if (p := diagnose(f, spec)) is not None]
    left_out = [s.name for s in spec.scenarios.values() if s not in asked]
    if left_out:
        say(f"not asked here, because the refusing rule looks at the conversation: {', '.join(left_out)}")
    return evolve(compiled, problems=(*compiled.problems, *problems)), any(f.status == "unknown" for f in found)


def _report(name: str, compiled: Compiled, form: str, path: str | None, out: Output) -> None:
    if form == "json" or path:
        from ..render_json import encode_problem

        for problem in compiled.problems:
            out.row(encode_problem(problem, compiled.sources))
        return
    show_problems(compiled)
    if not compiled.errors and compiled.spec is not None:
        spec = compiled.spec
        counts: dict[str, Sized] = {"tables": spec.tables, "tools": spec.tools, "rules": spec.rules, "scenarios": spec.scenarios}
        parts = [f"{len(things)} {what}" for what, things in counts.items()]
        say(" · ".join([f"{name}: fine", *parts, f"{len(spec.tests)} tests"]))
