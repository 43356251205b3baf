"""`covec coverage`: which conditions of the policy some conversations have exercised, atom by atom."""

import sys
from fnmatch import fnmatchcase
from typing import Any

import click

from ...core.spec import Spec
from ...source import suggest
from ...world.conversations import Refusal
from ...world.coverage import Coverage, Listener
from ...world.state import world_of
from ..numbers import Number
from ..output import FINE, PROBLEMS, Output, say
from .common import output_options, show_data_problem, spec_or_exit, state_or_exit
from .conversations import Conversations


@click.command("coverage")
@click.argument("spec_name", metavar="SPEC")
@click.argument("inputs", metavar="CONVERSATIONS...", nargs=-1, required=True)
@click.option("--state", metavar="DB", help="The database before each conversation; runs and exports bring their own.")
@click.option("--rule", "rules", multiple=True, metavar="GLOB", help="Only rules and definitions of such names.")
@click.option("--missing", is_flag=True, help="Show only what has not decided both ways.")
@click.option("--solve", is_flag=True, help="Ask the solver whether what was not seen can be.")
@click.option("--at-least", type=Number(0, 100), metavar="PERCENT",
              help="End with 1 where fewer sides of atoms have decided.")  # fmt: skip
@output_options
def command(
    spec_name: str, inputs: tuple[str, ...], state: str | None, rules: tuple[str, ...], missing: bool, solve: bool,
    at_least: float | None, form: str, path: str | None, force: bool,
) -> None:  # fmt: skip
    """Show which conditions of SPEC's rules the CONVERSATIONS have exercised: JSON Lines, folders of runs, exports, or
    results files of tau-bench or tau2-bench.

    A condition is taken apart into atoms. Of each the table says how often it was true and false, and whether it
    decided: whether the condition had come out otherwise if the atom alone had (modified condition/decision coverage).
    """
    from ..render_coverage import Answers, rows_of, text_of, totals

    spec = spec_or_exit(spec_name)
    listener = Listener(spec)
    found, keys = listener.coverage(), _chosen(listener, rules)
    with Output(path, force, "json" if path else form) as out:
        refused = sum(_hear(listener, found, source, state) for source in inputs)
        answers = Answers(_asked(found, keys) if solve else {})
        if out.form == "text":
            for line in text_of(found, keys, answers, missing):
                out.line(line)
        else:
            for row in rows_of(found, keys, answers):
                out.row(row)
    total = totals(found, keys)
    share = 100 * total["sides_decided"] / max(total["sides"], 1)
    if at_least is not None and share < at_least:
        say(f"{share:.1f} % of the sides have decided, {at_least:g} % are asked for")
    sys.exit(PROBLEMS if refused or (at_least is not None and share < at_least) else FINE)


def _chosen(listener: Listener, globs: tuple[str, ...]) -> list[str]:
    """The conditions of some rules and definitions, as they stand in the specification. Refuses a name that fits
    nothing."""
    owners = list(dict.fromkeys(c.owner for c in listener.conditions.values()))
    for glob in globs:
        if not any(fnmatchcase(owner, glob) for owner in owners):
            near = suggest(glob, owners)
            hint = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
            raise click.UsageError(f"no rule or definition with conditions matches `{glob}`{hint}")
    meant = {o for o in owners if not globs or any(fnmatchcase(o, g) for g in globs)}
    ordered = sorted(listener.conditions.values(), key=lambda c: (c.of == "define", owners.index(c.owner)))
    return [c.key for c in ordered if c.owner in meant]


def _hear(listener: Listener, found: Coverage, source: str, state: str | None) -> int:
    """Listens to the conversations of one source. How many were refused."""
    refused = 0
    given = Conversations.at(source, state)
    world = world_of(state_or_exit(given.state, listener.spec), listener.program)
    for record in given.records(world):
        if isinstance(record, Refusal):
            show_data_problem(record.problem)
            refused += 1
            continue
        heard, report = listener.listen(record, world)
        if "error" in report:
            say(f"{record.id}: refused: {report['error']}")
            refused += 1
        else:
            found.add(record.id, heard)
    return refused


def _asked(found: Coverage, keys: list[str]) -> dict[tuple[str, int, bool], Any]:
    """What the solver says of each atom that was not seen to come to a value."""
    from ...solve.atoms import reach

    spec: Spec = found.spec
    answers = {}
    for key in keys:
        for at in range(len(found.conditions[key].atoms)):
            for value, side in found.atom(key, at).when.items():
                reached = None if side.seen else reach(spec, found.conditions[key], at, value)
                if reached is not None:
                    answers[key, at, value] = reached
    return answers
