"""What a complete database would not have: keys that lead nowhere, and invariants that do not hold.

In: a specification and a state that fits it. Out: a sentence for each table that keys miss, and for each invariant.
A part of a live system may well have both, so they are warned of and refuse nothing.
"""

from collections.abc import Iterator
from typing import Any

from ..core.spec import Spec
from ..core.types import Ref, Type, strip
from .program import program_of
from .soundness import Checker
from .state import world_of


class _Loose(Checker):
    """Notes the places of keys that their table lacks, by table. A table without rows was not given: it lacks none."""

    missed: dict[str, list[str]]

    def value(self, value: Any, kind: Type, at: str) -> Iterator[str]:
        match strip(kind):
            case Ref(table):
                keys = self._keys(table)
                if value is not None and keys and value not in keys:
                    self.missed.setdefault(table, []).append(f"{at} is `{value}`")
            case _:
                yield from super().value(value, kind, at)


def loose_ends(spec: Spec, state: Any) -> Iterator[str]:
    """What is odd about a database, if it is meant to be whole."""
    program = program_of(spec)
    checker = _Loose(spec, program, world_of(state, program))
    checker.missed = {}
    for _ in checker.values():
        pass
    for table, places in checker.missed.items():
        keys = "1 key leads" if len(places) == 1 else f"{len(places)} keys lead"
        yield f"{keys} to nothing in {table}; the first: {places[0]}"
    yield from checker.broken_invariants()


__all__ = ["loose_ends"]
