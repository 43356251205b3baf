"""Keeps workers busy. Enters: the tasks that a run lacks, and a crew. Leaves: what came of each task, once.

Tasks go out in batches. A worker may be lost at any moment: its batches are begun anew by others, and as a task is
fixed by its index, nobody can tell. A batch that takes worker after worker with it ends the run.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Protocol

from attrs import frozen

from ..workbench import Outcome, Workbench

Batch = tuple[int, ...]
Reply = list[Outcome] | Exception
Take = Callable[[Outcome], None]
LOSSES = 3  # workers that one batch may cost
AHEAD = 2  # batches that a worker without models has at once: one in hand, one to go on with
LARGEST = 32


class EngineFailed(Exception):
    """Workers come to an end again and again over the same tasks, or are none that could hold them."""


@frozen
class Event:
    """A worker's reply to a batch, by the batch's number; or that the worker is lost, which another has replaced."""

    worker: int
    number: int | None = None
    reply: Reply | None = None


class Crew(Protocol):
    """Workers by number. Each works through what it is handed, several batches at once where it waits for models."""

    size: int

    def hand(self, worker: int, number: int, batch: Batch) -> None: ...

    def wait(self) -> Sequence[Event]:
        """What has come in; blocks until there is something."""

    def close(self, at_once: bool) -> None:
        """Ends all workers; `at_once` does not wait for what they are at."""


class Foreman:
    """Hands the batches of tasks to a crew. `room`: how many batches each worker may have at once; `together`: tasks
    that are chosen with a view to each other, from one multiple of it to the next, go to one worker, as whoever holds
    one of them has to choose those before it."""

    def __init__(self, crew: Crew, room: Sequence[int], size: int, together: int = 1) -> None:
        self.crew, self.room, self.size, self.together = crew, room, size, together
        self.own: list[Iterator[Batch]] = [iter(()) for _ in range(crew.size)]
        self.open: list[dict[int, Batch]] = [{} for _ in range(crew.size)]
        self.again: deque[Batch] = deque()
        self.losses: Counter[Batch] = Counter()
        self.number = 0

    def hold(self, todo: Iterable[int], take: Take) -> str | None:
        """Gives what came of each task to `take`; why tasks were left, if any were. Raises EngineFailed, and what a
        worker raises."""
        self.own = [iter(()) for _ in range(self.crew.size)]
        fresh, stopped = _rounds(todo, self.together, self.size), None
        while True:
            if stopped is None:
                self._supply(fresh)
            if not any(self.open):
                return stopped
            for event in self.crew.wait():
                stopped = self._note(event, take) or stopped

    def close(self, at_once: bool) -> None:
        self.crew.close(at_once)

    def _supply(self, fresh: Iterator[Iterator[Batch]]) -> None:
        """Fills the least busy first, so that the last batches are spread over all."""
        for filled in range(max(self.room)):
            for worker, (has, room) in enumerate(zip(self.open, self.room, strict=True)):
                if len(has) > filled or filled >= room:
                    continue
                batch = self.again.popleft() if self.again else self._next(worker, fresh)
                if batch is None:
                    continue
                self.number += 1
                has[self.number] = batch
                self.crew.hand(worker, self.number, batch)

    def _next(self, worker: int, fresh: Iterator[Iterator[Batch]]) -> Batch | None:
        """What is left of a worker's round, or the begin of another."""
        batch = next(self.own[worker], None)
        if batch is None:
            self.own[worker] = next(fresh, iter(()))
            batch = next(self.own[worker], None)
        return batch

    def _note(self, event: Event, take: Take) -> str | None:
        if event.number is None:
            self._lost(event.worker)
            return None
        if isinstance(event.reply, Exception):
            raise event.reply
        self.open[event.worker].pop(event.number)
        stopped = None
        for outcome in event.reply or ():
            take(outcome)
            stopped = outcome.stopped or stopped
        return stopped

    def _lost(self, worker: int) -> None:
        batches = list(self.open[worker].values())
        self.open[worker].clear()
        self.again.extendleft(reversed(batches))
        for batch in batches:
            self.losses[batch] += 1
            if self.losses[batch] == LOSSES:
                raise EngineFailed(f"{LOSSES} workers have come to an end over the tasks {batch[0]} to {batch[-1]}")


def _batches(todo: Iterable[int], size: int) -> Iterator[Batch]:
    left = iter(todo)
    while batch := tuple(islice(left, size)):
        yield batch


def _rounds(todo: Iterable[int], together: int, size: int) -> Iterator[Iterator[Batch]]:
    """The batches that one worker is to have, again and again. None reaches over a multiple of `together`."""
    if together == 1:
        return (iter((batch,)) for batch in _batches(todo, size))
    return (_batches(list(some), size) for _, some in groupby(todo, lambda index: index // together))


def size_of_batch(tasks: int, workers: int) -> int:
    """Coarse enough that handing out costs nothing, and fine enough that nobody waits long for the last."""
    return max(1, min(LARGEST, tasks // (workers * 8)))


async def held(bench: Callable[[], Workbench], batch: Batch) -> Reply:
    """What a worker replies to a batch. What it raises is sent, to be raised where the run is made."""
    try:
        return [await bench().hold(index) for index in batch]
    except Exception as error:
        return error


__all__ = ["AHEAD", "Batch", "Crew", "EngineFailed", "Event", "Foreman", "Reply", "Take", "held", "size_of_batch"]
