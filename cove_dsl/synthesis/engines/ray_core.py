"""Workers that are actors of a Ray cluster: the one that `RAY_ADDRESS` names or that runs on this machine, or else one
that is started for the run. Every machine needs this library, the same to the byte. The answers of models are kept by
one more actor, on the machine that makes the run.
"""

import gc
import hashlib
import pickle
import socket
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from ..extras import load_extra
from ..models.answers import Answers
from ..order import Means, Order
from ..workbench import Workbench, share_of
from .crew import Batch, EngineFailed, Event, Reply, held


@frozen
class _Hired:
    """A worker, and the batches that it was handed, by what stands for their replies."""

    actor: Any
    handed: dict[Any, int]


class RayCrew:
    """So many actors; 0 for as many as the cluster has processors. Raises MissingExtra."""

    def __init__(self, order: Order, means: Means, answers: Path | None, size: int) -> None:
        self.ray = load_extra("ray", "ray")
        self.errors = load_extra("ray.exceptions", "ray")
        self.ours = self._joined(size)
        self.size = size or max(1, int(self.ray.cluster_resources().get("CPU", 1)))
        self.means = means
        self.order = self.ray.put(pickle.dumps(order, pickle.HIGHEST_PROTOCOL))
        self.keeper = self._keeper(answers) if answers is not None else None
        self.hired = [self._hire(worker) for worker in range(self.size)]

    def _joined(self, size: int) -> bool:
        """Joins a cluster, if there is one; whether one was started that is ours to end."""
        if self.ray.is_initialized():
            return False
        quiet = {"log_to_driver": False, "logging_level": "error"}
        try:
            self.ray.init(address="auto", **quiet)
        except ConnectionError:
            self.ray.init(num_cpus=size or None, include_dashboard=False, **quiet)
        return True

    def _keeper(self, answers: Path) -> Any:
        strategy = load_extra("ray.util.scheduling_strategies", "ray").NodeAffinitySchedulingStrategy
        here = strategy(self.ray.get_runtime_context().get_node_id(), soft=False)
        return self.ray.remote(Answers).options(num_cpus=0, scheduling_strategy=here).remote(answers.resolve())

    def _hire(self, worker: int) -> _Hired:
        means = share_of(self.means, self.size, worker)
        kind = self.ray.remote(RayWorker).options(num_cpus=1, max_concurrency=max(2, means.limits.in_flight))
        return _Hired(kind.remote(self.order, means, self.keeper, library_hash()), {})

    def hand(self, worker: int, number: int, batch: Batch) -> None:
        hired = self.hired[worker]
        hired.handed[hired.actor.hold.remote(batch)] = number

    def wait(self) -> Sequence[Event]:
        references = [reference for hired in self.hired for reference in hired.handed]
        ready, _ = self.ray.wait(references, num_returns=1)
        ready, _ = self.ray.wait(references, num_returns=len(references), timeout=0) if ready else (ready, None)
        return [
            event
            for worker, hired in enumerate(list(self.hired))
            for event in self._events(worker, hired, [r for r in hired.handed if r in set(ready)])
        ]

    def _events(self, worker: int, hired: _Hired, ready: list[Any]) -> list[Event]:
        """What a worker has replied; once it is lost, nothing more of it counts."""
        found: list[Event] = []
        for reference in ready:
            try:
                found.append(Event(worker, hired.handed[reference], self.ray.get(reference)))
                del hired.handed[reference]
            except (self.errors.RayActorError, self.errors.ObjectLostError, self.errors.WorkerCrashedError):
                self.ray.kill(hired.actor)
                self.hired[worker] = self._hire(worker)
                return [*found, Event(worker)]
        return found

    def close(self, at_once: bool) -> None:
        """A cluster that was there before stays, without what this run had in it."""
        for hired in self.hired:
            self.ray.kill(hired.actor)
        if self.keeper is not None:
            self.ray.get(self.keeper.close.remote())
            self.ray.kill(self.keeper)
        if self.ours:
            self.ray.shutdown()


# --- in the cluster ---------------------------------------------------------------------------------------------------


class RayWorker:
    """Holds dialogues in an actor, several batches at once where models are waited for."""

    def __init__(self, order: bytes, means: Means, keeper: Any, version: str) -> None:
        self.order, self.means, self.version = order, means, version
        self.answers = RemoteAnswers(keeper) if keeper is not None else None
        self.made: Workbench | None = None

    async def hold(self, batch: Batch) -> Reply:
        return await held(self._bench, batch)

    def _bench(self) -> Workbench:
        if self.made is None:
            if library_hash() != self.version:
                raise EngineFailed(f"{socket.gethostname()} has another version of cove-dsl: install this one there")
            self.made = Workbench(pickle.loads(self.order), self.means, self.answers)
            gc.freeze()
        return self.made


def library_hash() -> str:
    """A hash of the code of this library: another might hold another dialogue."""
    package = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class RemoteAnswers:
    """Answers that are kept by an actor."""

    def __init__(self, keeper: Any) -> None:
        self.keeper = keeper

    async def get(self, key: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = await self.keeper.get.remote(key)
        return found

    async def put(self, key: str, body: dict[str, Any], side: str, counts: dict[str, float]) -> None:
        await self.keeper.put.remote(key, body, side, counts)

    async def count(self, side: str, what: str, n: float = 1) -> None:
        await self.keeper.count.remote(side, what, n)

    async def counts(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = await self.keeper.counts.remote()
        return found


__all__ = ["RayCrew", "RayWorker", "RemoteAnswers", "library_hash"]
