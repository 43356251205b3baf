"""How a long run is shared out: over the cores of a machine, and over machines."""

import os
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any


def shard() -> tuple[int, int]:
    """Which part of how many; COVE_SHARD=2/4 is the second of four."""
    part, _, parts = os.environ.get("COVE_SHARD", "1/1").partition("/")
    return int(part), int(parts or 1)


def added_up(share: Callable[[Any], Any], shares: Iterable[Any], count: Any) -> Any:
    """What all shares come to, added to a count; each is run by one core."""
    for found in spread(share, shares):
        count += found
    return count


def spread(share: Callable[[Any], Any], shares: Iterable[Any]) -> list[Any]:
    """What each share comes to. A share that fails, or whose process dies, ends them all: nothing waits for it."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(_one, share), shares))


def _one(share: Callable[[Any], Any], bounds: Any) -> Any:
    """What a share comes to. What it raises is told in words: not every error can be sent to another process."""
    try:
        return share(bounds)
    except Exception as error:
        raise RuntimeError(f"{bounds}: {''.join(traceback.format_exception(error))}") from None


def unnoticed(mutant: Callable[[str], tuple[str, int, int]], names: Iterable[str], what: str) -> list[str]:
    """The mistakes that nothing notices; prints how many notice each, of how many that were tried."""
    found = spread(mutant, names)
    print()
    for name, many, tried in found:
        print(f"  {name:40} {what.format(many=many, tried=tried)}")
    return [name for name, many, _ in found if not many]
