"""How a long run is shared out: over the cores of a machine, and over machines."""

import os
from collections.abc import Callable, Iterable
from multiprocessing import Pool
from typing import Any


def shard() -> tuple[int, int]:
    """Which part of how many; COVE_SHARD=2/4 is the second of four."""
    part, _, parts = os.environ.get("COVE_SHARD", "1/1").partition("/")
    return int(part), int(parts or 1)


def added_up(share: Callable[[Any], Any], shares: Iterable[Any], count: Any) -> Any:
    """What all shares come to, added to a count; each is run by one core."""
    with Pool(os.cpu_count()) as pool:
        for found in pool.imap_unordered(share, shares):
            count += found
    return count


def unnoticed(mutant: Callable[[str], tuple[str, int, int]], names: Iterable[str], what: str) -> list[str]:
    """The mistakes that nothing notices; prints how many notice each, of how many that were tried."""
    with Pool(os.cpu_count()) as pool:
        found = list(pool.imap(mutant, names))
    print()
    for name, many, tried in found:
        print(f"  {name:40} {what.format(many=many, tried=tried)}")
    return [name for name, many, _ in found if not many]
