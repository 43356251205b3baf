"""`covec synth`: tasks, dialogues, verdicts, a dataset."""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ...synthesis.extras import MissingExtra
from ...synthesis.models.answers import NoAnswers
from ...synthesis.models.asking import Denied
from ...synthesis.run import INTERRUPTED, EngineFailed, Order, Progress, synthesize
from ...synthesis.sample import NoTask
from ...synthesis.store import DIALOGUES, FAILED, NEXT, TRAINING, NoRun, OtherRun
from ...synthesis.summary import Counts
from ...world.desk import Desk
from ...world.state import dumps
from ..engine_options import engine_options, with_engine
from ..model_options import caps, means, model_options, party
from ..output import FINE, PROBLEMS, STOPPED, UNDECIDED, USAGE, say
from ..sampling_options import dials, sampling_options
from .common import format_option, spec_or_exit, state_or_exit
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
@engine_options
@sampling_options
@model_options
@click.option(
    "--force", is_flag=True, help="Replace an existing run when this one is done; answers of models are kept."
)
@format_option("How the summary is written.")
def command(
    spec_name: str,
    tasks: int,
    folder: str,
    state: str | None,
    seed: int,
    scenario: str | None,
    force: bool,
    form: str,
    **options: Any,
) -> None:
    """Sample tasks from SPEC, let user and agent talk, verify, and keep everything in RUN.

    Ends with 0 if every task has its dialogue (and, between scripted parties, each of them verifies). Ends with 1 if
    somebody is at fault in a dialogue between scripted parties, with 3 if nobody is and some stay undecided or want
    what the scripted agent cannot do. Ends with 3 if tasks have no dialogue because the budget or the endpoint gave
    out, with 130 after Ctrl-C: the same command goes on from there.
    A scenario of which no draw came to a task is named last, with the reason; the tasks are then of the others.
    """
    agent, user = party(options, "agent"), party(options, "user")
    allowed = with_engine(means(options, agent, user), options)
    desk = Desk(spec_or_exit(spec_name))
    data = state_or_exit(state, desk.spec) if state is not None else generated_or_exit(desk.spec, seed)
    order = Order(
        desk, data, tasks, seed, scenario, agent, user, caps(options), dials(options, desk.spec, state is None)
    )
    try:
        with _progress(tasks) as shown:
            summary = synthesize(order, Path(folder), shown, allowed, force)
    except (OtherRun, NoRun, NoTask, NoAnswers, Denied, MissingExtra, EngineFailed) as problem:
        say(f"error: {problem}")
        sys.exit(PROBLEMS if isinstance(problem, NoTask | EngineFailed) else USAGE)
    print(dumps(summary) if form == "json" else _text(summary, Path(folder), force))
    sys.exit(_outcome(order, summary))


def _outcome(order: Order, summary: dict[str, Any]) -> int:
    failed, undecided = summary["dialogues"] - summary["verified"], _nobodys(summary["blame"])
    ours = not order.models() and not order.flaws()
    if ours and failed > undecided:
        return PROBLEMS
    if summary["stopped"] == INTERRUPTED:
        return STOPPED
    return UNDECIDED if summary["missing"] or (ours and failed) else FINE


def _nobodys(blame: dict[str, int]) -> int:
    """The dialogues for whose failure nobody is at fault."""
    return blame.get("undecided", 0) + blame.get("limit", 0)


@contextmanager
def _progress(total: int) -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda counts: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("dialogues"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task, pace = bar.add_task("", total=total, told=""), Pace()
        yield lambda counts: bar.update(task, completed=counts.total, told=pace.told(counts))


class Pace:
    """How fast a run goes, from when it was taken up."""

    def __init__(self) -> None:
        self.begun, self.had = time.monotonic(), -1

    def told(self, counts: Counts) -> str:
        """The yield so far, and dialogues for each second."""
        if self.had < 0:
            self.had = counts.total
        made, took = counts.total - self.had, time.monotonic() - self.begun
        speed = f" · {made / took:.1f}/s" if made and took > 0.5 else ""
        return f"{counts.good / counts.total:.0%} verified{speed}" if counts.total else ""


# --- the summary for a reader -----------------------------------------------------------------------------------------


def _text(summary: dict[str, Any], folder: Path, force: bool = False) -> str:
    waits = force and (folder / NEXT).is_dir()  # the run that was there stays until this one is whole
    made = folder / NEXT if waits else folder
    lines = [
        f"{summary['verified']} of {summary['dialogues']} dialogues verified · on average "
        f"{summary['mean_user_turns']} user turns, {summary['mean_calls']} calls",
        "",
        *_scenarios(summary["scenarios"]),
        *_failures(summary),
        *(_requests(side, counts) for side, counts in summary["requests"].items()),
        "",
        f"verdicts: {_counted(summary['verdicts'])}",
        f"training data: {made / TRAINING}",
        f"every dialogue, with its report: {made / DIALOGUES}",
        *_unfinished(summary, made),
        *([f"the run that lies in {folder} is replaced when all is done"] if waits else []),
        *_never_drawn(summary),
        *_alike(summary),
    ]
    return "\n".join(lines)


def _scenarios(scenarios: dict[str, Any]) -> list[str]:
    width = max(map(len, scenarios), default=0)
    return [f"  {name:<{width}}  {_share(c['verified'], c['made'])}" for name, c in scenarios.items()]


ENOUGH = 5  # draws without luck that are worth telling


def _never_drawn(summary: dict[str, Any]) -> list[str]:
    """The scenarios that were tried and came to no task, with what stood in the way most often. A draw or two without
    luck is no news."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for text, times in summary["dropped"].items():
        name, _, reason = text.partition(": ")
        if name not in summary["scenarios"]:
            found[name][reason] += times
    told = [f"  {name}: {why.most_common(1)[0][0]} (tried {why.total()} times)" for name, why in sorted(found.items())
            if why.total() >= ENOUGH]  # fmt: skip
    return ["", "no task came of:", *told] if told else []


def _alike(summary: dict[str, Any]) -> list[str]:
    """The scenarios of which all tasks are of the same rows."""
    told = [f"  {name}: all {n} tasks are of one person and one thing" for name, n in summary.get("alike", {}).items()]
    return ["", "little to learn from: only one row of the database fits", *told] if told else []


NEITHER = (
    "undecided: some rule can be shown neither kept nor broken; where it is about an amount or a date that the agent\n"
    "states, give the desk a tool that shows it"
)


def _failures(summary: dict[str, Any]) -> list[str]:
    """Whose fault the failures were, and what went wrong."""
    lines = []
    if summary["broken"]:
        lines += ["", f"rules broken: {_listed(summary['broken'])}"]
    if "planted" in summary:
        lines += ["", f"planted and found out: {_listed(summary['planted'])}"]
        lines += [f"tried and not found out: {_listed(summary['unseen'])}"] if summary["unseen"] else []
    if summary["blame"]:
        at_fault = {who: n for who, n in summary["blame"].items() if who not in ("limit", "undecided")}
        others = {who: n for who, n in summary["blame"].items() if who not in at_fault}
        lines += ["", f"at fault: {_listed(at_fault) or 'nobody'}{'; ' + _listed(others) if others else ''}"]
        lines += [f"causes: {_listed(summary['causes'])}", *_limits(summary)]
        lines += [NEITHER] if "undecided" in summary["blame"] else []
    if set(summary["ended"]) - {"user_stop"}:
        lines += [f"ended by: {_listed(summary['ended'])}"]
    lines += [f"what the {side} got wrong: {_listed(kinds)}" for side, kinds in summary["errors"].items()]
    return lines


REMEDY = "no fault of anybody's in a dialogue: these are limits of the script. A model may know a way (`--agent`)."


def _limits(summary: dict[str, Any]) -> list[str]:
    """What the scripted agent could not do, each at the first task that shows it."""
    found = [f"  task {at['task']}: {at['why']}" for _, at in sorted(summary.get("limits", {}).items())]
    return ["", "what the scripted agent could not do, and at which task first:", *found, REMEDY] if found else []


def _requests(side: str, counts: dict[str, float]) -> str:
    known = {"answered", "kept", "prompt_tokens", "completion_tokens", "dollars"}
    tokens = f"{counts.get('prompt_tokens', 0):,} + {counts.get('completion_tokens', 0):,} tokens"
    cost = f", ${counts['dollars']:.4f}" if counts.get("dollars") else ""
    again = {cause: n for cause, n in counts.items() if cause not in known}
    sent_again = f"; sent again for {_listed(again)}" if again else ""
    return f"{side}'s model: {counts.get('answered', 0):,} answers, {tokens}{cost}{sent_again}"


def _unfinished(summary: dict[str, Any], folder: Path) -> list[str]:
    if not summary["missing"]:
        return []
    causes = summary["stopped"] or f"see {folder / FAILED}: {_listed(summary['infrastructure'])}"
    return ["", f"{summary['missing']} tasks have no dialogue yet ({causes}); the same command goes on from here"]


def _listed(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} ({n})" for name, n in counts.items())


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())


def _share(good: int, made: int) -> str:
    return f"{good:>4} of {made:<4} {'' if good == made else '←'}".rstrip()
