"""`covec verify`: did the agent do what was wanted, and keep to the policy?"""

import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from ...backends.python.runtime.sandbox import Program
from ...training.source import export_records, is_export, world_of_export
from ...world.conversations import Record, Refusal, TasksError, read_records, read_tasks
from ...world.program import program_of
from ...world.state import apply_start, world_hash, world_of
from ...world.verify import verify_record
from ..output import FINE, PROBLEMS, UNDECIDED, Output, say, use_colour
from .common import json_lines, output_options, show_data_problem, spec_or_exit, state_or_exit


@click.command("verify")
@click.argument("spec_name", metavar="SPEC")
@click.argument("input_path", metavar="INPUT")
@click.option(
    "--state", metavar="DB", help="The database before each conversation; without it only what results reveal is known."
)
@click.option("--tasks", metavar="TASKS", help="Benchmark tasks: gold by task id, for records that carry none.")
@click.option("--rule", "rules", multiple=True, metavar="GLOB", help="Judge only rules whose name matches.")
@click.option(
    "--plans-without-sync", is_flag=True, help="Run a task's own plan without `sync`, as tau2-bench runs its gold."
)
@click.option("--timeline", is_flag=True, help="Show each conversation with state changes and verdicts.")
@output_options
def command(
    spec_name: str,
    input_path: str,
    state: str | None,
    tasks: str | None,
    rules: tuple[str, ...],
    plans_without_sync: bool,
    timeline: bool,
    form: str,
    path: str | None,
    force: bool,
) -> None:
    """Judge the conversations of INPUT: JSON Lines, a run's folder, an export, or a results file of tau-bench or
    tau2-bench."""
    input_path, state = _run_folder(input_path, state)
    json_lines(input_path)
    exported = is_export(Path(input_path))
    if exported and state is None:
        state = world_of_export(Path(input_path))
    program = program_of(spec_or_exit(spec_name))
    chosen = _chosen(program, rules)
    world = world_of(state_or_exit(state, program), program)
    gold = _tasks(tasks)
    tally: dict[str, int] = {}
    refused = False
    with Output(path, force, "json" if path else form) as out:
        records = (
            export_records(Path(input_path), world_hash(world) if state is not None else None)
            if exported
            else read_records(input_path, gold)
        )
        for record in records:
            if isinstance(record, Refusal):
                show_data_problem(record.problem)
                row: dict[str, Any] = {"id": record.id, "verdict": "unknown", "error": record.problem.message}
            else:
                row = verify_record(program, world, record, chosen, not plans_without_sync)
            refused = refused or "error" in row
            tally[row["verdict"]] = tally.get(row["verdict"], 0) + 1
            if timeline and isinstance(record, Record) and form == "text" and not path:
                _show(program, world, record, row)
            else:
                out.row(row, _line(row) if form == "text" and not path else "")
    if state is None:
        say("without --state the end of a conversation cannot be judged, and only what results reveal is known")
    say(" · ".join(f"{n} {verdict}" for verdict, n in sorted(tally.items())) or "no conversations")
    sys.exit(PROBLEMS if refused or tally.get("violated") else UNDECIDED if tally.get("unknown") else FINE)


def _run_folder(path: str, state: str | None) -> tuple[str, str | None]:
    """A run brings its dialogues and its world along."""
    folder = Path(path)
    if not folder.is_dir():
        return path, state
    return str(folder / "dialogues.jsonl"), state or str(folder / "world.json")


def _chosen(program: Program, globs: tuple[str, ...]) -> frozenset[str] | None:
    if not globs:
        return None
    found = frozenset(n for n in program.rules if any(fnmatchcase(n, g) for g in globs))
    if not found:
        from ...source import suggest

        near = suggest(globs[0], program.rules)
        raise click.UsageError(
            f"no rule matches {', '.join(globs)}" + (f"; did you mean {' or '.join(near)}?" if near else "")
        )
    needed = {p for n in found for p in program.rules[n].presupposes}
    return found | needed


def _tasks(path: str | None) -> Any:
    if path is None:
        return None
    json_lines(path)
    try:
        return read_tasks(path)
    except TasksError as error:
        show_data_problem(error.problem)
        sys.exit(PROBLEMS)


def _line(row: dict[str, Any]) -> str:
    from ..cells import visible

    if "error" in row:
        return f"? {visible(str(row['id']))}  refused: {visible(row['error'])}"
    mark = {"satisfied": "✓", "violated": "✗", "unknown": "?"}[row["verdict"]]
    broken = [r["rule"] for r in row["rules"] if r["verdict"] == "violated"]
    score = "–" if row["score"] is None else f"{row['score']:.2f}"
    errors = row["outcome"].get("plan_errors")
    unsound = f"  the task's own plan fails: {visible(str(errors[0]['error']))}" if errors else ""
    return (
        f"{mark} {visible(str(row['id']))}  score {score}  state {row['outcome']['state']}"
        + (f"  broke {', '.join(broken)}" if broken else "")
        + unsound
    )


def _show(program: Program, world: Any, record: Record, row: dict[str, Any]) -> None:
    from ..cells import visible
    from ..timeline import console, render_timeline

    screen = console(use_colour(sys.stdout))
    screen.rule(visible(record.id))
    if "error" in row:
        screen.print(f"refused: {visible(row['error'])}")
        return
    screen.print(render_timeline(program, apply_start(world, record.start), record.messages, row))
