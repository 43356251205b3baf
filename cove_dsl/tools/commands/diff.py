"""`covec diff`: does a change of the policy forbid more, allow more, or neither?"""

import sys

import click

from ..output import FINE, PROBLEMS, UNDECIDED, Output
from .common import output_options, spec_or_exit


@click.command("diff")
@click.argument("old_name", metavar="OLD")
@click.argument("new_name", metavar="NEW")
@click.option("--rows", default=3, show_default=True, help="How many rows a table has at most in small worlds.")
@click.option("--steps", default=3_000_000, show_default=True, help="The solver's budget for one question.")
@click.option("--seconds", default=20, show_default=True, help="The backstop for one question.")
@click.option("--seed", default=0, show_default=True)
@output_options
def command(
    old_name: str, new_name: str, rows: int, steps: int, seconds: int, seed: int, form: str, path: str | None,
    force: bool,
) -> None:  # fmt: skip
    """Compare the policies of two specifications: as a whole and rule by rule, with a shortest conversation that one
    forbids and the other allows.

    Exits 0 where they are equivalent, 1 where they differ or their worlds do, 3 where that stays open.
    """
    from ...backends.smt import Budget
    from ...solve.difference import compare
    from ...solve.search import Knobs
    from ..render_diff import difference_lines, difference_rows

    old, new = spec_or_exit(old_name), spec_or_exit(new_name)
    found = compare(old, new, Knobs(Budget(steps, seconds * 1000, seed), rows))
    with Output(path, force, "json" if path else form) as out:
        if out.form == "json":
            for row in difference_rows(found):
                out.row(row)
        else:
            for line in difference_lines(found):
                out.line(line)
    if "found" in (found.forbids.status, found.allows.status) or not found.same_world:
        sys.exit(PROBLEMS)
    sys.exit(FINE if found.relation == "equivalent" else UNDECIDED)
