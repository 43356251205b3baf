"""Runs work in a process of its own, so that a solver that dies takes one question with it and not the rest."""

import ctypes
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

OUT_OF_MEMORY = 101  # how the solver ends a process in which it may have no more
KEPT = 1 << 28  # bytes that a process may hold although they are free
TRIM_THRESHOLD, TOP_PAD = -1, -2  # what glibc calls the limits above and by which it gives back and asks for memory


class Died(Exception):
    """The process ended before its work was done; `code` is its exit code, or less than 0 for a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ended with {code}")
        self.code = code

    @property
    def starved(self) -> bool:
        return self.code in (OUT_OF_MEMORY, -signal.SIGKILL)

    @property
    def how(self) -> str:
        if self.starved:
            return "it needed more memory than it may have"
        return f"signal {-self.code}" if self.code < 0 else f"it ended with {self.code}"


@frozen
class _Raised:
    error: Exception


Hand = Callable[[Any], None]


def apart(work: Callable[[Hand], None]) -> Iterator[Any]:
    """What some work hands over, as it comes. Raises Died, and what the work raises. Where processes cannot be copied,
    the work is done here."""
    if not hasattr(os, "fork"):
        handed: list[Any] = []
        work(handed.append)
        yield from handed
        return
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        _work(work, sink)
    os.close(sink)
    code: int | None = None
    try:
        yield from _received(source)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        if code is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if code:
        raise Died(code)


def _work(work: Callable[[Hand], None], sink: int) -> None:
    """The copied process: it never returns."""
    _keep_what_is_freed()
    code = 1
    try:
        with os.fdopen(sink, "wb") as out:

            def hand(thing: Any) -> None:
                pickle.dump(thing, out)
                out.flush()

            try:
                work(hand)
            except Exception as error:  # told to whoever waits
                hand(_Raised(error))
            code = 0
    finally:
        os._exit(code)


def _keep_what_is_freed() -> None:
    """The solver frees a context after every question. What it gave back to the system it would ask for again at once,
    page by page, for a tenth of all the time. Other C libraries than glibc have no such setting."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(TRIM_THRESHOLD, KEPT)
        library.mallopt(TOP_PAD, KEPT // 4)


def _received(source: int) -> Iterator[Any]:
    with os.fdopen(source, "rb") as pipe:
        while True:
            try:
                thing = pickle.load(pipe)
            except (EOFError, pickle.UnpicklingError):
                return
            if isinstance(thing, _Raised):
                raise thing.error
            yield thing


__all__ = ["Died", "apart"]
