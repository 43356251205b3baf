"""Synthesis from end to end: sample, let the parties talk, verify, store.

With scripted parties, equal orders give equal bytes, whoever holds the dialogues; with models, equal orders and equal
answers do.
"""

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from ..world.load import texts_of
from .cover import ROUND
from .engines.alone import Alone
from .engines.crew import AHEAD, Crew, EngineFailed, Foreman, Take, size_of_batch
from .models.answers import Answers
from .order import ENGINES, FLAWED, SCRIPTED, Means, Order
from .sample import NoTask
from .store import ANSWERS, RunStore, beside, replace_run
from .summary import Counts, summarize
from .workbench import Outcome, share_of

Progress = Callable[[Counts], None]
PASSES = 3  # how often a task is begun anew that the infrastructure has failed
WORTH_A_WORKER = 100  # dialogues that make up for the start of one more process
WORTH_IN_FLIGHT = 64  # the same, of dialogues with models that are held at once
INTERRUPTED = "interrupted"


class Engine(Protocol):
    """Holds dialogues."""

    def hold(self, todo: Iterable[int], take: Take) -> str | None:
        """Gives what comes of each task to `take`; why tasks were left, if any were."""

    def close(self, at_once: bool) -> None: ...


def synthesize(
    order: Order, folder: Path, progress: Progress = lambda counts: None, means: Means | None = None,
    anew: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Makes or completes a run; its summary, in which `missing` tasks have no dialogue yet. An interrupt ends it in
    good order, with what was made until then. `anew`: in the place of a run that lies there, which stays until then.
    Raises OtherRun, NoTask, NoAnswers, Denied, MissingExtra, EngineFailed."""
    made = beside(folder, order.manifest()) if anew else folder
    store = RunStore(made, order.manifest())
    store.open()
    store.world(order.state)
    store.specification(texts_of(order.desk.spec))
    drive = _Drive(order, means or Means(), store, progress, folder / ANSWERS)
    try:
        drive.run()
    except NoTask:
        if not order.models():  # their answers are worth keeping
            store.abandon()
        raise
    store.settle()
    failed = [drive.failed[i] for i in sorted(drive.failed)]
    summary = summarize(store.manifest, store.counts, failed)
    summary |= {"stopped": drive.stopped, "requests": drive.requests}
    store.finish(summary, failed)
    if made != folder and drive.stopped is None:
        replace_run(folder)
    return summary


class _Drive:
    """Has the dialogues held that a run lacks. `failed`: the tasks without a dialogue, each with the cause."""

    def __init__(self, order: Order, means: Means, store: RunStore, progress: Progress, answers: Path) -> None:
        self.order, self.means, self.store, self.progress, self.answers = order, means, store, progress, answers
        self.failed: dict[int, dict[str, Any]] = {}
        self.stopped: str | None = None
        self.requests: dict[str, dict[str, float]] = {}

    def run(self) -> None:
        self.progress(self.store.counts)
        place = (self.means.answers or self.answers) if self.order.models() else None
        answers = Answers(place) if place is not None else None
        try:
            if self._left():
                self._hold(place, answers)
        except KeyboardInterrupt:
            self.stopped = INTERRUPTED
        finally:
            if answers is not None:
                self.requests = _tidied(answers.counts())
                answers.close()

    def _hold(self, place: Path | None, answers: Answers | None) -> None:
        engine, ended = self._engine(place, answers), False
        try:
            for _ in range(PASSES if answers is not None else 1):
                todo = (i for i in range(self.order.n) if i not in self.store.places)
                self.stopped = engine.hold(todo, self._take)
                if self.stopped or not self._left():
                    break
            ended = True
        finally:
            engine.close(at_once=not ended)

    def _engine(self, place: Path | None, answers: Answers | None) -> Engine:
        """One process without workers, or a crew of them."""
        most = self.means.limits.in_flight if answers is not None else self._left()
        wanted = self.means.workers
        if self.means.engine == "ray":
            from .engines.ray_core import RayCrew

            return self._crew(RayCrew(self.order, self.means, place, min(wanted, most)))
        size = min(wanted, most) or workers_worth_it(self._left(), most if answers is not None else None)
        if size == 1:
            return Alone(self.order, self.means, answers)
        from .engines.local import LocalCrew

        return self._crew(LocalCrew(self.order, self.means, place, size))

    def _crew(self, crew: Crew) -> Foreman:
        """A dialogue with models is a batch of its own, as it takes long, and a worker has as many as it may. Tasks
        that are chosen with a view to each other go to one worker."""
        together = ROUND if self.order.dials.cover else 1
        if not self.order.models():
            return Foreman(crew, [AHEAD] * crew.size, size_of_batch(self._left(), crew.size), together)
        shares = [share_of(self.means, crew.size, worker).limits.in_flight for worker in range(crew.size)]
        return Foreman(crew, shares, 1, together)

    def _left(self) -> int:
        """How many tasks have no dialogue yet."""
        return self.order.n - len(self.store.places)

    def _take(self, outcome: Outcome) -> None:
        if outcome.failure is not None:
            self.failed[outcome.index] = outcome.failure
        elif outcome.line is not None:
            self.failed.pop(outcome.index, None)
            self.store.add(outcome.line)
            self.progress(self.store.counts)


def workers_worth_it(tasks: int, in_flight: int | None = None) -> int:
    """How many processes are of use for so many tasks; with models, for so many dialogues at once."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    useful = tasks // WORTH_A_WORKER if in_flight is None else math.ceil(min(tasks, in_flight) / WORTH_IN_FLIGHT)
    return max(1, min(cores, useful))


def _tidied(counts: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Whole numbers as such, dollars to a hundredth of a cent; first to a billionth, as the order in which they were
    added up leaves a trace that could tip the last place."""
    return {
        side: {what: round(round(n, 9), 4) if what == "dollars" else int(n) for what, n in sorted(found.items())}
        for side, found in counts.items()
    }


__all__ = ["ENGINES", "FLAWED", "INTERRUPTED", "SCRIPTED", "EngineFailed", "Means", "Order", "Progress", "synthesize"]
