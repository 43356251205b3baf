"""`covec sample`: tasks alone, each with the proof that it can be done."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from ...backends.prompt import render_agent
from ...synthesis.sample import NoTask, Sampler
from ...synthesis.tasks import Task
from ...world.desk import Desk, World
from ...world.state import apply_start, dumps, world_of
from ..output import FINE, PROBLEMS, Output, say
from ..sampling_options import dials, sampling_options
from .common import output_options, spec_or_exit, state_or_exit
from .data import generated_or_exit


@click.command("sample")
@click.argument("spec_name", metavar="SPEC")
@click.option("-n", "tasks", type=click.IntRange(1), required=True, metavar="N", help="How many tasks to draw.")
@click.option("--state", metavar="DB", help="The database to draw from; without it, one is generated.")
@sampling_options
@output_options
def command(
    spec_name: str, tasks: int, state: str | None, form: str, path: str | None, force: bool, **options: Any
) -> None:
    """Draw tasks from SPEC: what the user knows and wants, both prompts, and plans that were carried out."""
    desk = Desk(spec_or_exit(spec_name))
    chosen = dials(options, desk.spec, state is None)
    data = state_or_exit(state, desk.spec) if state is not None else generated_or_exit(desk.spec, options["seed"])
    world = World(desk.program, world_of(data, desk.program))
    policy = render_agent(desk.spec)
    try:
        sampler = Sampler(desk, world, options["seed"], options["scenario"], chosen)
        with Output(path, force, "json" if path else form) as out:
            for index in range(tasks):
                task = sampler.task(index)
                out.row(_row(task, desk, sampler, policy), _text(task) if form == "text" and not path else "")
    except NoTask as problem:
        say(f"error: {problem}")
        sys.exit(PROBLEMS)
    dropped = sampler.dropped.total()
    say(f"{tasks} tasks; {dropped} draws made none")
    sys.exit(FINE)


def _row(task: Task, desk: Desk, sampler: Sampler, policy: str) -> dict[str, Any]:
    """A task with its prompts, its plan, and the end of the world that each accepted plan leads to."""
    start = World(desk.program, apply_start(sampler.world.inner, list(task.start)))
    ends = []
    for plan in task.accept:
        sandbox = desk.sandbox(start)
        for call in plan:
            sandbox.call(call["name"], call["arguments"])
        ends.append(sandbox.world.digest())
    return {
        "id": task.id, "scenario": list(task.scenarios), "seed": task.seed, "index": task.index,
        "bindings": task.bindings, "start": [list(p) for p in task.start],
        "prompts": {"agent": policy, "user": task.prompt}, "plan": list(task.accept[0]), "ends": ends,
        "cove": task.cove_object(),
    }  # fmt: skip


def edge_text(edge: dict[str, Any]) -> str:
    """`clock - created_at <= 24 hours: 24 h 1 min against 24 h, does not hold (cancellable)`."""
    left, right = (_amount(edge[side], edge["of"]) for side in ("left", "right"))
    return f"{edge['text']}: {left} against {right}, {'holds' if edge['holds'] else 'does not hold'} ({edge['rule']})"


def _amount(value: int | float, kind: str) -> str:
    match kind:
        case "money":
            return f"${value:,.2f}"
        case "duration" if abs(value) < 100 * 3600 and value == int(value):
            hours, minutes = divmod(int(abs(value)) // 60, 60)
            sign = "-" if value < 0 else ""
            return sign + (" ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n) or "0 min")
        case "day" | "moment":
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
            return f"{moment:%Y-%m-%d}" if kind == "day" else f"{moment:%Y-%m-%d %H:%M} UTC"
        case _:
            return f"{value:g}"


def _given(arguments: dict[str, Any]) -> str:
    """Arguments: texts as they are, anything else as JSON."""
    return ", ".join(f"{k}={v if isinstance(v, str) else dumps(v)}" for k, v in arguments.items())


def _text(task: Task) -> str:
    plan = [f"{c['name']}({_given(c['arguments'])})" for c in task.accept[0]]
    told = [f.phrase for f in (*task.profile.volunteers, *task.profile.describes, *task.profile.knows)]
    edge = [f"  edge  {edge_text(task.edge)}"] if task.edge else []
    return "\n".join(
        [task.id, *edge, *(f"  says  {t}" for t in told), *(f"  plan  {p}" for p in plan or ["no change"])]
    )
