"""`covec synth`: tasks, dialogues, verdicts, a dataset."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ...synthesis.run import Order, synthesize
from ...synthesis.sample import NoTask
from ...synthesis.store import DIALOGUES, TRAINING, OtherRun
from ...world.desk import Desk
from ...world.state import dumps
from ..output import FINE, PROBLEMS, USAGE, say
from .common import spec_or_exit, state_or_exit
from .data import generated_or_exit


@click.command("synth")
@click.argument("spec_name", metavar="SPEC")
@click.option("-n", "tasks", type=click.IntRange(1), required=True, metavar="TASKS", help="How many tasks to make.")
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    metavar="RUN",
    help="The run's folder; a run that was stopped there is taken up.",
)
@click.option("--state", metavar="DB", help="The database to draw from; without it, one is generated.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every draw.")
@click.option("--scenario", metavar="GLOB", help="Draw only scenarios of such names.")
@click.option(
    "--agent", type=click.Choice(["scripted"]), default="scripted", show_default=True, help="Who plays the desk."
)
@click.option(
    "--user", type=click.Choice(["scripted"]), default="scripted", show_default=True, help="Who plays the user."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the summary is written.",
)
def command(
    spec_name: str,
    tasks: int,
    folder: str,
    state: str | None,
    seed: int,
    scenario: str | None,
    agent: str,
    user: str,
    form: str,
) -> None:
    """Sample tasks from SPEC, let user and agent talk, verify, and keep everything in RUN."""
    desk = Desk(spec_or_exit(spec_name))
    data = state_or_exit(state, desk.program) if state is not None else generated_or_exit(desk.spec, seed)
    order = Order(desk, data, tasks, seed, scenario, agent, user)
    try:
        with _progress(tasks) as shown:
            summary = synthesize(order, Path(folder), shown)
    except (OtherRun, NoTask) as problem:
        say(f"error: {problem}")
        sys.exit(USAGE if isinstance(problem, OtherRun) else PROBLEMS)
    print(dumps(summary) if form == "json" else _text(summary, folder))
    sys.exit(FINE if summary["verified"] == summary["dialogues"] else PROBLEMS)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("dialogues"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def _text(summary: dict[str, Any], folder: str) -> str:
    """The summary for a reader."""
    total, good = summary["dialogues"], summary["verified"]
    width = max(map(len, summary["scenarios"]))
    lines = [
        f"{good} of {total} dialogues verified · on average {summary['mean_user_turns']} user turns, "
        f"{summary['mean_calls']} calls",
        "",
    ]
    lines += [f"  {name:<{width}}  {_share(c['verified'], c['made'])}" for name, c in summary["scenarios"].items()]
    if summary["broken"]:
        lines += ["", "rules broken: " + ", ".join(f"{n} ({c})" for n, c in summary["broken"].items())]
    verdicts = ", ".join(f"{c} {v}" for v, c in summary["verdicts"].items())
    lines += [
        "",
        f"verdicts: {verdicts}",
        f"training data: {Path(folder) / TRAINING}",
        f"every dialogue, with its report: {Path(folder) / DIALOGUES}",
    ]
    return "\n".join(lines)


def _share(good: int, made: int) -> str:
    return f"{good:>4} of {made:<4} {'' if good == made else '←'}".rstrip()
