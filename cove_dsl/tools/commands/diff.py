"""`covec diff`: does a change of the policy forbid more, allow more, or neither?"""

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from ..numbers import WHOLE
from ..output import FINE, PROBLEMS, UNDECIDED, Output, say
from .common import output_options, spec_or_exit, state_or_exit

if TYPE_CHECKING:
    from ...core.spec import Spec
    from ...world.migration import Side
    from .conversations import Conversations


@click.command("diff")
@click.argument("old_name", metavar="OLD")
@click.argument("new_name", metavar="NEW")
@click.option("--on", "talks", metavar="CONVERSATIONS", help="Which recorded conversations are judged otherwise?")
@click.option("--state", metavar="DB", help="The database before each of these conversations.")
@click.option(
    "--rows", type=WHOLE, default=3, show_default=True, help="How many rows a table has at most in small worlds."
)
@click.option("--steps", type=WHOLE, default=3_000_000, show_default=True, help="The solver's budget for one question.")
@click.option("--seconds", type=WHOLE, default=20, show_default=True, help="The backstop for one question.")
@click.option("--seed", default=0, show_default=True)
@output_options
def command(
    old_name: str, new_name: str, talks: str | None, state: str | None, rows: int, steps: int, seconds: int, seed: int,
    form: str, path: str | None, force: bool,
) -> None:  # fmt: skip
    """Compare the policies of two specifications: as a whole and rule by rule, with a shortest conversation that one
    forbids and the other allows.

    Exits 0 where they are equivalent, 1 where they, their worlds or the verdicts on CONVERSATIONS differ, 3 where that
    stays open.
    """
    from ...backends.smt import Budget
    from ...solve.difference import compare
    from ...solve.search import Knobs
    from ..render_diff import difference_lines, difference_rows, renamed_in

    if state is not None and talks is None:
        raise click.UsageError("--state goes with --on")
    source = _conversations(talks, state) if talks is not None else None
    old, new = spec_or_exit(old_name), spec_or_exit(new_name)
    if source is not None and source.lacking():
        say(f"warning: {source.lacking()}")
    sides = [_side(spec, source.state) for spec in (old, new)] if source is not None else []
    found = compare(old, new, Knobs(Budget(steps, seconds * 1000, seed), rows))
    with Output(path, force, "json" if path else form) as out:
        if out.form == "json":
            for row in difference_rows(found):
                out.row(row)
        else:
            for line in difference_lines(found):
                out.line(line)
        otherwise = _otherwise(source, sides[0], sides[1], renamed_in(found), out) if source is not None else Counter()
    differs = "found" in (found.forbids.status, found.allows.status) or not found.same_world
    if differs or otherwise["differs"] or otherwise["refused"]:
        sys.exit(PROBLEMS)
    sys.exit(FINE if found.relation == "equivalent" else UNDECIDED)


def _conversations(talks: str, state: str | None) -> "Conversations":
    from .conversations import Conversations

    return Conversations.at(talks, state)


def _side(spec: "Spec", state: str | None) -> "Side":
    from ...world.migration import Side
    from ...world.program import program_of
    from ...world.state import world_of

    program = program_of(spec)
    return Side(program, world_of(state_or_exit(state, spec), program))


def _otherwise(source: "Conversations", old: "Side", new: "Side", renamed: dict[str, str], out: Output) -> Counter[str]:
    """Prints the conversations that are judged otherwise, and counts."""
    from ...world.migration import judged_otherwise
    from ..render_diff import judged_line, judged_row, judged_summary

    counted: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    for one in judged_otherwise(source.records(old.world), old, new, renamed):
        counted["refused" if one.error else "differs" if one.differs else "same"] += 1
        if one.differs and one.old is not None and one.new is not None:
            changes[f"{one.old.verdict} → {one.new.verdict}"] += 1
        if one.error or one.differs:
            out.row(judged_row(one), judged_line(one))
    if out.form == "text":
        out.line(judged_summary(counted, changes))
    return counted
