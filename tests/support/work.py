"""How much work a call does, counted and not timed: no other process, and no load, changes the count."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class Copied(str):
    """A text that counts the characters of every part that is cut out of it."""

    count = 0

    def __getitem__(self, key: Any) -> str:
        part = super().__getitem__(key)
        Copied.count += len(part)
        return part


def work(function: Callable[..., object], *given: Any) -> int:
    """How many lines of Python a call runs through, each turn of a loop as one more, and how many characters it copies
    out of the texts that are `Copied`."""
    lines, before = 0, sys.gettrace()

    def seen(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return seen

    Copied.count = 0
    sys.settrace(seen)
    try:
        function(*given)
    finally:
        sys.settrace(before)
    return lines + Copied.count
