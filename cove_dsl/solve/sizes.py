"""How large the small worlds have to be: where something counts further than they reach, larger ones."""

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve

from ..backends.smt.bounded.world import Bounds
from ..core.nodes import Apply, Const, Fold
from ..core.walk import walk
from .search import Knobs

LARGEST = 6  # how many items or earlier calls a condition may count before it is beyond what is looked at
COMPARED = frozenset({"lt", "le", "gt", "ge", "eq"})


def sizes(knobs: Knobs, things: Iterable[Any]) -> tuple[tuple[Bounds, ...], tuple[Bounds, ...]]:
    """The worlds that have to be looked at: small ones, and where something counts further than they reach, some with
    lists that long; and further ones."""
    counts = [n for thing in things for n in _counts(thing)]
    counted = max(counts, default=0) + (len(set(counts)) == 1)
    ladder = knobs.ladder
    if counted <= 2 or counted > LARGEST:
        return ladder[:1], ladder[1:]
    long = [evolve(ladder[0], items=counted, entries=counted), evolve(ladder[0], rows=counted)]
    return (ladder[0], *long), ladder[1:]


def _counts(thing: Any) -> Iterator[int]:
    """The numbers with which something compares a count."""
    for node in walk(thing):
        if isinstance(node, Apply) and node.op in COMPARED and any(isinstance(a, Fold) for a in node.args):
            for arg in node.args:
                if isinstance(arg, Const) and isinstance(arg.value, int):
                    yield arg.value


__all__ = ["sizes"]
