"""`covec audit`: do a benchmark's tasks and rewards agree with the policy that it gives to agents?"""

import sys
from collections.abc import Iterator

import click
from attrs import asdict

from ...source import DataProblem
from ...world.audit import Task, audit
from ...world.conversations import Record, Refusal, TasksError, read_calls, read_records, read_tasks
from ...world.program import program_of
from ...world.state import world_of
from ..output import FINE, PROBLEMS, Output, say
from ..render_audit import summary, to_markdown
from ..selection import chosen, rule_options
from .common import json_lines, output_options, show_data_problem, spec_or_exit, state_or_exit


@click.command("audit")
@click.argument("spec_name", metavar="SPEC")
@click.argument("conversations", nargs=-1, metavar="CONVERSATIONS…")
@click.option("--state", metavar="DB", required=True, help="The benchmark's database.")
@click.option("--tasks", "tasks_path", metavar="TASKS", help="The benchmark's tasks, with their gold.")
@click.option("--starts", metavar="FILE", help="JSON Lines of `{id, start, calls}`: what a task's world begins with.")
@click.option(
    "--plans-without-sync", is_flag=True, help="Run a task's own plan without `sync`, as tau2-bench runs its gold."
)
@rule_options("hold runs and gold against only", "leave out")
@output_options
def command(
    spec_name: str,
    conversations: tuple[str, ...],
    state: str,
    tasks_path: str | None,
    starts: str | None,
    plans_without_sync: bool,
    rule: tuple[str, ...],
    skip_rule: tuple[str, ...],
    form: str,
    path: str | None,
    force: bool,
) -> None:
    """Find tasks that nobody could or should solve as written, runs that were paid although they broke a rule, and runs
    that were not paid although they broke none. Written as Markdown, or as JSON Lines.

    Exits 1 where anything was found.
    """
    for given in (*conversations, *filter(None, (tasks_path, starts))):
        json_lines(given)
    spec = spec_or_exit(spec_name)
    program = program_of(spec)
    rules = chosen(program.rules, rule, skip_rule)
    world = world_of(state_or_exit(state, spec), program)
    tasks = list(_tasks(tasks_path, starts))
    unread: list[Refusal] = []
    found = audit(program, world, tasks, _records(conversations, unread), not plans_without_sync, rules)
    with Output(path, force, form) as out:
        if form == "json":
            for kind, rows in (("finding", found.findings), ("run", found.runs), ("rule", found.rules)):
                for row in rows:
                    out.row({"kind_of_row": kind, **asdict(row)})
        else:
            out.line(to_markdown(found))
    for name, why in found.refused:
        say(f"not judged: {name}: {why}")
    say(summary(found))
    wrong = (
        unread
        or found.findings
        or found.refused
        or any(r.breaches or r.reward_differs or r.state_differs for r in found.runs)
    )
    sys.exit(PROBLEMS if wrong else FINE)


def _tasks(path: str | None, starts: str | None) -> Iterator[Task]:
    begins = {}
    for row in read_calls(starts) if starts else ():
        if isinstance(row, Refusal):
            _stop(row.problem)
        else:
            begins[row.id] = row.start
    try:
        gold = read_tasks(path) if path else {}
    except TasksError as error:
        _stop(error.problem)
    yield from (Task(name, wanted, begins.get(name)) for name, wanted in gold.items())


def _records(paths: tuple[str, ...], refused: list[Refusal]) -> Iterator[Record]:
    for path in paths:
        for record in read_records(path):
            if isinstance(record, Refusal):
                show_data_problem(record.problem)
                refused.append(record)
            else:
                yield record


def _stop(problem: DataProblem) -> None:
    show_data_problem(problem)
    sys.exit(PROBLEMS)
