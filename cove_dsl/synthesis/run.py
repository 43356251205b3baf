"""Synthesis from end to end: sample, let the parties talk, verify, store.

With scripted parties, equal orders give equal bytes; with models, equal orders and equal answers do.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ..world.desk import Desk, World
from ..world.state import world_hash, world_of
from .dialogue import Caps
from .dials import Dials
from .flaws import FLAWS
from .models.answers import Answers
from .models.asking import Asker, BudgetSpent, Limits, Pace, Price
from .models.endpoint import Endpoint, Model
from .parties import InfrastructureError
from .sample import Sampler
from .stage import Stage
from .store import ANSWERS, RunStore
from .summary import summarize

Progress = Callable[[int], None]
PASSES = 3  # how often a task is begun anew that the infrastructure has failed
SCRIPTED, FLAWED = "scripted", "flawed"


@frozen
class Order:
    """What a run was asked for. `agent` and `user` name the parties: `scripted`, or a model; the agent may be `flawed`,
    or `flawed:GLOB` with the names of flaws."""

    desk: Desk
    state: dict[str, Any] = field(repr=False)
    n: int
    seed: int = 0
    glob: str | None = None
    agent: str | Model = SCRIPTED
    user: str | Model = SCRIPTED
    caps: Caps = Caps()
    dials: Dials = Dials()

    def manifest(self) -> dict[str, Any]:
        """What decides every byte of the run."""
        world = world_hash(world_of(self.state, self.desk.program))
        return {
            "spec": self.desk.name, "spec_hash": self.desk.hash, "world_hash": world, "n": self.n, "seed": self.seed,
            "scenario": self.glob, "agent": _label(self.agent), "user": _label(self.user),
            "caps": {"steps": self.caps.steps, "errors": self.caps.errors},
            **({"dials": self.dials.label()} if self.dials != Dials() else {}),
            "versions": {"cove-dsl": version("cove-dsl"), "python": sys.version.split()[0]},
        }  # fmt: skip

    def flaws(self) -> list[str]:
        """Which flaws the scripted agent may have."""
        if not isinstance(self.agent, str) or not self.agent.startswith(FLAWED):
            return []
        glob = self.agent.removeprefix(FLAWED).removeprefix(":") or "*"
        return [name for name in FLAWS if fnmatchcase(name, glob)]

    def models(self) -> dict[str, Model]:
        """The sides that are models."""
        return {side: m for side, m in (("agent", self.agent), ("user", self.user)) if isinstance(m, Model)}


def _label(party: str | Model) -> Any:
    return party.label() if isinstance(party, Model) else party


@frozen
class Means:
    """What a run may use; it decides no byte of it. `answers`: where the answers of models are kept, the run's own
    folder unless given; `prices` by model name."""

    limits: Limits = Limits()
    answers: Path | None = None
    prices: dict[str, Price] = field(factory=dict)


def synthesize(
    order: Order, folder: Path, progress: Progress = lambda done: None, means: Means | None = None
) -> dict[str, Any]:
    """Makes or completes a run; its summary, in which `missing` tasks have no dialogue yet. Raises OtherRun, NoTask,
    Denied, MissingExtra."""
    store = RunStore(folder, order.manifest())
    done = store.open()
    store.world(order.state)
    world = World(order.desk.program, world_of(order.state, order.desk.program))
    sampler = Sampler(order.desk, world, order.seed, order.glob, order.dials)
    drive = _Drive(order, means or Means(), store, sampler, done, progress)
    failed = asyncio.run(drive.run())
    summary = summarize(store.manifest, store.rows(), failed)
    summary |= {"stopped": drive.stopped, "requests": drive.requests}
    store.finish(summary, failed)
    return summary


class _Drive:
    """Holds the dialogues that a run lacks, so many at once."""

    def __init__(
        self, order: Order, means: Means, store: RunStore, sampler: Sampler, done: set[int], progress: Progress
    ) -> None:
        self.order, self.means, self.store, self.sampler = order, means, store, sampler
        self.done, self.progress = done, progress
        self.failed: dict[int, dict[str, Any]] = {}
        self.stopped: str | None = None
        self.requests: dict[str, dict[str, float]] = {}

    async def run(self) -> list[dict[str, Any]]:
        """The tasks without a dialogue, each with the cause."""
        self.progress(len(self.done))
        models = self.order.models()
        answers = Answers(self.means.answers or self.store.folder / ANSWERS) if models else None
        askers = self._askers(models, answers) if answers is not None else {}
        stage = Stage(self.order.desk, self.sampler, askers, self.order.caps, self.order.flaws())
        try:
            for _ in range(PASSES if models else 1):
                todo = (i for i in range(self.order.n) if i not in self.done)
                width = self.means.limits.in_flight if models else 1
                await self._all(stage, todo, min(width, self.order.n))
                if self.stopped or len(self.done) == self.order.n:
                    break
        finally:
            for asker in askers.values():
                await asker.endpoint.close()
            if answers is not None:
                self.requests = _tidied(answers.counts())
                answers.close()
        return [self.failed[i] for i in sorted(self.failed)]

    def _askers(self, models: dict[str, Model], answers: Answers) -> dict[str, Asker]:
        limits, pace = self.means.limits, Pace(self.means.limits.per_minute)
        return {
            side: Asker(
                side, Endpoint(m, limits.timeout), answers, limits, pace, self.means.prices.get(m.name, Price())
            )
            for side, m in models.items()
        }

    async def _all(self, stage: Stage, todo: Iterator[int], width: int) -> None:
        """Each worker takes the next task when it is free. A request that is under way when the budget is spent is
        waited for, as it is paid for; what else a worker raises ends all."""
        workers = [asyncio.ensure_future(self._work(stage, todo)) for _ in range(width)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, stage: Stage, todo: Iterator[int]) -> None:
        for index in todo:
            try:
                row = await stage.row(index)
            except BudgetSpent as spent:
                self.stopped = str(spent)
                return
            except InfrastructureError as error:
                self.failed[index] = {"index": index, "cause": error.cause, "error": str(error)}
                continue
            self.failed.pop(index, None)
            self.store.add(row)
            self.done.add(index)
            self.progress(len(self.done))


def _tidied(counts: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Whole numbers as such, dollars to a hundredth of a cent; first to a billionth, as the order in which they were
    added up leaves a trace that could tip the last place."""
    return {
        side: {what: round(round(n, 9), 4) if what == "dollars" else int(n) for what, n in sorted(found.items())}
        for side, found in counts.items()
    }


__all__ = ["FLAWED", "SCRIPTED", "Means", "Order", "synthesize"]
