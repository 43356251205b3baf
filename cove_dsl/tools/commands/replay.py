"""`covec replay`: do the tools do what was recorded?"""

import sys

import click

from ...world.conversations import Refusal, read_calls
from ...world.program import program_of
from ...world.replay import replay
from ...world.state import world_of
from ..output import FINE, PROBLEMS, UNDECIDED, Output
from .common import json_lines, now_option, output_options, show_data_problem, spec_at, state_or_exit


@click.command("replay")
@click.argument("spec_name", metavar="SPEC")
@click.option("--state", required=True, metavar="DB", help="The database before the first call, as JSON.")
@click.option(
    "--calls", required=True, metavar="FILE", help="JSON Lines of {id, start?, calls[{requestor?, name, arguments}]}."
)
@now_option
@click.option("--no-sync", is_flag=True, help="Leave out the specification's `sync` after each call.")
@output_options
def command(
    spec_name: str, state: str, calls: str, now: str | None, no_sync: bool, form: str, path: str | None, force: bool
) -> None:
    """Run each line's calls in the sandbox of SPEC, from the same database every time."""
    json_lines(calls)
    spec = spec_at(spec_name, now)
    program = program_of(spec)
    world = world_of(state_or_exit(state, spec), program)
    code, counts = FINE, [0, 0, 0]
    with Output(path, force, "json" if path else form) as out:
        for sequence in read_calls(calls):
            problem = sequence.problem if isinstance(sequence, Refusal) else None
            if not isinstance(sequence, Refusal):
                try:
                    row = replay(program, world, sequence, sync=not no_sync)
                except ValueError as error:
                    from ...source import DataProblem

                    problem = DataProblem("bad-record", str(error), calls, record=sequence.id, field="start")
            if problem is not None:
                show_data_problem(problem)
                out.row(
                    {"id": sequence.id, "error": problem.message}, "" if form == "json" else f"{sequence.id}: refused"
                )
                code = PROBLEMS
                continue
            unknown = any(c["ok"] is None for c in row["calls"])
            code = max(code, UNDECIDED) if unknown and code != PROBLEMS else code
            counts[0] += 1
            counts[1] += len(row["calls"])
            counts[2] += sum(c["ok"] is False for c in row["calls"])
            out.row(row, _text(row) if form == "text" and not path else "")
    print(f"{counts[0]} sequences, {counts[1]} calls, {counts[2]} failed", file=sys.stderr)
    sys.exit(code)


def _text(row: dict[str, object]) -> str:
    calls, diff = row["calls"], row["diff"]
    assert isinstance(calls, list)
    assert isinstance(diff, list)
    marks = "".join("✓" if c["ok"] else "✗" if c["ok"] is False else "?" for c in calls)
    return f"{row['id']}  {marks}  {len(diff)} change{'s' if len(diff) != 1 else ''}"
