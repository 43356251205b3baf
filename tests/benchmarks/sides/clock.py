"""What every side shares: reading a job, timing, and writing what was found. Standard library alone."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

MANY = 101  # rounds of what takes milliseconds
WINDOW = 10  # events before a point of the conversation whose median is taken


def job() -> dict[str, Any]:
    """`rules`, `messages`, and `points`: after how many events the online cost is asked for (none: scored whole)."""
    read: dict[str, Any] = json.load(sys.stdin)
    return read


def answer(found: dict[str, Any]) -> None:
    json.dump(found, sys.stdout)


def median_us(work: Callable[[], object], rounds: int) -> float:
    """Microseconds, the middle of several rounds after one that is not counted."""
    work()
    times = []
    for _ in range(rounds):
        started = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - started)
    return statistics.median(times) / 1000


def at_points(times: list[tuple[int, int]], points: list[int]) -> dict[int, float]:
    """Microseconds: for each point of a conversation, the median of the last few of its kind before it."""
    found = {p: [spent for at, spent in times if at < p][-WINDOW:] for p in points}
    return {p: statistics.median(last) / 1000 for p, last in found.items() if last}
