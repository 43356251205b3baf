"""Workers that are processes of this machine. They share the file of answers, and end when the process that started
them ends, however it does.
"""

import asyncio
import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from attrs import frozen

from ..models.answers import Answers
from ..order import Means, Order
from ..workbench import Workbench, share_of
from .crew import Batch, Event, held

GRACE = 5.0  # seconds in which a worker that is told to end does so


@frozen
class _Hand:
    process: BaseProcess
    pipe: Connection


class LocalCrew:
    """So many processes. `answers`: the file of what models have answered, if any model is asked."""

    def __init__(self, order: Order, means: Means, answers: Path | None, size: int) -> None:
        self.size, self.means, self.answers = size, means, answers
        self.context = multiprocessing.get_context("spawn")
        self.order = pickle.dumps(order, pickle.HIGHEST_PROTOCOL)
        self.hands = [self._hired(worker) for worker in range(size)]

    def _hired(self, worker: int) -> _Hand:
        here, there = self.context.Pipe()
        means = share_of(self.means, self.size, worker)
        process = self.context.Process(target=work, args=(there, self.order, means, self.answers), daemon=True)
        process.start()
        there.close()
        return _Hand(process, here)

    def hand(self, worker: int, number: int, batch: Batch) -> None:
        try:
            self.hands[worker].pipe.send((number, batch))
        except OSError:
            return  # it is lost, as `wait` will find

    def wait(self) -> Sequence[Event]:
        ready = wait([hand.pipe for hand in self.hands])
        return [self._event(worker) for worker, hand in enumerate(self.hands) if hand.pipe in ready]

    def _event(self, worker: int) -> Event:
        hand = self.hands[worker]
        try:
            return Event(worker, *hand.pipe.recv())
        except (EOFError, OSError):
            _end(hand)
            self.hands[worker] = self._hired(worker)
            return Event(worker)

    def close(self, at_once: bool) -> None:
        for hand in self.hands:
            if at_once:
                hand.process.kill()
            else:
                _tell_to_end(hand)
        for hand in self.hands:
            hand.process.join(GRACE)
            _end(hand)


def _tell_to_end(hand: _Hand) -> None:
    try:
        hand.pipe.send(None)
    except OSError:
        return


def _end(hand: _Hand) -> None:
    hand.process.kill()
    hand.process.join()
    hand.pipe.close()


# --- in the worker ----------------------------------------------------------------------------------------------------


def work(pipe: Connection, order: bytes, means: Means, answers: Path | None) -> None:
    """The life of a worker. An interrupt is for the process that makes the run, which then ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_Worker(pipe, order, means, answers).run())


class _Worker:
    def __init__(self, pipe: Connection, order: bytes, means: Means, answers: Path | None) -> None:
        self.pipe, self.order, self.means = pipe, order, means
        self.answers = Answers(answers) if answers is not None else None
        self.inbox: asyncio.Queue[tuple[int, Batch] | None] = asyncio.Queue()
        self.made: Workbench | None = None

    async def run(self) -> None:
        threading.Thread(target=self._listen, args=(asyncio.get_running_loop(),), daemon=True).start()
        under_way: set[asyncio.Task[None]] = set()
        while (handed := await self.inbox.get()) is not None:
            task = asyncio.create_task(self._reply(*handed))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if self.made is not None:
            await self.made.close()
        if self.answers is not None:
            self.answers.close()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Reads what is handed to this worker, in a thread of its own. Where nobody is left to reply to, all ends."""
        handed: tuple[int, Batch] | None = (0, ())
        while handed is not None:
            try:
                handed = self.pipe.recv()
            except (EOFError, OSError):
                os._exit(1)
            loop.call_soon_threadsafe(self.inbox.put_nowait, handed)

    async def _reply(self, number: int, batch: Batch) -> None:
        self.pipe.send((number, await held(self._bench, batch)))

    def _bench(self) -> Workbench:
        if self.made is None:
            self.made = Workbench(pickle.loads(self.order), self.means, self.answers)
            gc.freeze()  # it lives as long as this process: nothing to be found in it, again and again
        return self.made
