"""Whether values are what their types say they are: beyond shapes, enum values, dates and times, what fields must meet
(`where`), and for a world that is complete its references and invariants.

In: what a specification asks of values, and values whose shapes fit. Out: what does not fit, a sentence each, with the
JSON pointer of the value and what may stand there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .texts import to_json
from .times import date_of, instant
from .values import UNKNOWN
from .world import World

MOST_PROBLEMS = 50
MOST_VALUES = 12
WRITTEN = {"date": "2025-03-10", "time": "12:00", "datetime": "2025-03-10T12:00:00+00:00"}

Exact = Any
"""A type as far as values of the right shape can miss it, None where none can: ("written", a kind of time), ("enum",
name, wire values), ("ref", table or path), ("record", name), or list, map, optional or tuple of such."""


class FieldInfo(NamedTuple):
    """A field: its type, its condition as a function of a run and the value, and as its author wrote it."""

    kind: Exact
    condition: Callable[..., Any] | None
    written: str


class Soundness(NamedTuple):
    """What a specification asks of values beyond their shapes. `records`: the tag, and fields by the wire name of each
    case; `tools`: the arguments of each tool; `invariants`: a function of a run, and the author's words."""

    records: dict[str, tuple[str | None, dict[str, dict[str, FieldInfo]]]]
    states: dict[str, Exact]
    tools: dict[str, dict[str, Exact]]
    invariants: dict[str, tuple[Callable[..., Any], str]]


NOTHING_ASKED = Soundness({}, {}, {}, {})


class Checker:
    """Goes through values once, but for those with whose types nothing can be wrong.

    `run`: where conditions are evaluated. `rows`: the record of each table. `near`: values that may have been meant.
    `whole`: the world is complete, so references must lead somewhere.
    """

    def __init__(
        self,
        asked: Soundness,
        rows: dict[str, str],
        run: Any,
        near: Callable[[str, Iterable[str]], Sequence[str]],
        whole: bool = True,
    ) -> None:
        self.asked, self.rows, self.run, self.near, self.whole = asked, rows, run, near, whole
        self.nested: dict[str, set[str]] = {}
        self.telling: frozenset[str] = frozenset()
        while (more := frozenset(self._telling())) != self.telling:
            self.telling = more

    @property
    def world(self) -> World:
        found: World = self.run.world
        return found

    def problems(self) -> Iterator[str]:
        yield from self.values()
        yield from self.broken_invariants()

    def values(self) -> Iterator[str]:
        """What is wrong with the values of a world themselves."""
        for table, record in self.rows.items():
            kind = ("record", record)
            if self._can_miss(kind):
                key = self.world.schema.tables[table][0]
                for row in self.world.all_rows(table):
                    yield from self.value(row, kind, f"/{table}/{row[key]}")
        for state, kind in self.asked.states.items():
            yield from self.value(self.world.single(state), kind, f"/{state}")

    def arguments(self, tool: str, given: dict[str, Any]) -> Iterator[str]:
        """What is wrong with the arguments of a call."""
        for name, kind in self.asked.tools.get(tool, {}).items():
            yield from self.value(given.get(name), kind, f"argument `{name}`")

    def broken_invariants(self) -> Iterator[str]:
        for name, (holds, words) in self.asked.invariants.items():
            if holds(self.run) is not True:
                yield f"the invariant `{name}` does not hold{f': {words}' if words else ''}"

    def _can_miss(self, kind: Exact) -> bool:
        """Whether a value of the right shape can still be wrong."""
        if kind is None:
            return False
        name = kind[0]
        if name == "ref":
            return self.whole
        if name == "record":
            return kind[1] in self.telling
        return name in ("enum", "written") or any(map(self._can_miss, kind[1:]))

    def _telling(self) -> Iterator[str]:
        """The records that ask something of a field, or hold such a record."""
        for name, (_, cases) in self.asked.records.items():
            fields = [f for case in cases.values() for f in case.values()]
            if any(f.condition is not None or self._can_miss(f.kind) for f in fields):
                yield name

    def value(self, value: Any, kind: Exact, at: str) -> Iterator[str]:
        """What is wrong with a value that has the shape of its type."""
        if value is None or kind is None:
            return
        name = kind[0]
        if name == "optional":
            yield from self.value(value, kind[1], at)
        elif name == "record":
            yield from self._record(value, self.asked.records[kind[1]], at)
        elif name == "list":
            for i, each in enumerate(value):
                yield from self.value(each, kind[1], f"{at}/{i}")
        elif name == "map":
            yield from self._map(value, kind, at)
        elif name == "tuple":
            for i, (each, item) in enumerate(zip(value, kind[1:], strict=True)):
                yield from self.value(each, item, f"{at}/{i}")
        elif name == "enum":
            if value not in kind[2]:
                yield f"{at} is `{value}`, which is no {kind[1]}: {self._one_of(value, kind[2])}"
        elif name == "ref":
            yield from self.key(value, kind[1], at)
        elif not _is_written(value, kind[1]):
            yield f"{at} is `{value}`, which is no {kind[1]}: write it as `{WRITTEN[kind[1]]}`"

    def key(self, value: Any, table: str, at: str) -> Iterator[str]:
        """What is wrong with a key."""
        if self.whole and value not in self.keys(table):
            yield f"{at} is `{value}`, which leads to nothing in {table}"

    def _map(self, value: dict[str, Any], kind: Exact, at: str) -> Iterator[str]:
        keyed, valued = self._can_miss(kind[1]), self._can_miss(kind[2])
        for name, each in value.items():
            if keyed:
                yield from self.value(name, kind[1], f"{at}/{name}")
            if valued:
                yield from self.value(each, kind[2], f"{at}/{name}")

    def _record(self, value: dict[str, Any], shape: Any, at: str) -> Iterator[str]:
        tag, cases = shape
        for name, (kind, condition, written) in cases.get(value.get(tag) if tag else "", {}).items():
            inner = value.get(name)
            if inner is None:
                continue
            if self._can_miss(kind):
                yield from self.value(inner, kind, f"{at}/{name}")
            if condition is not None and condition(self.run, inner) is not True:
                yield f"{at}/{name} is {to_json(inner)}, against its `where {written}`"

    def keys(self, path: str) -> set[str]:
        """The keys of a table, or of all maps at a path of field names into its rows."""
        if path not in self.nested:
            table, *names = path.split(".")
            places = self.world.all_rows(table)
            key = self.world.schema.tables[table][0]
            for name in names:
                places = [value for place in places for value in _inside(place, name)]
            self.nested[path] = {k for p in places for k in p} if names else {row[key] for row in places}
        return self.nested[path]

    def _one_of(self, value: Any, allowed: Sequence[str]) -> str:
        near = self.near(str(value), allowed)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        more = f" and {len(allowed) - MOST_VALUES} more" if len(allowed) > MOST_VALUES else ""
        return f"it may be {', '.join(f'`{v}`' for v in allowed[:MOST_VALUES])}{more}{hint}"


class LooseEnds(Checker):
    """What a complete database would not have: keys that lead nowhere, and invariants that do not hold. A part of a
    live system may well have both. A table without rows was not given: it lacks none."""

    def found(self) -> Iterator[str]:
        """A sentence for each table that keys miss, and for each invariant."""
        self.missed: dict[str, list[str]] = {}
        for _ in self.values():
            pass
        for table, places in self.missed.items():
            keys = "1 key leads" if len(places) == 1 else f"{len(places)} keys lead"
            yield f"{keys} to nothing in {table}; the first: {places[0]}"
        yield from self.broken_invariants()

    def key(self, value: Any, table: str, at: str) -> Iterator[str]:
        keys = self.keys(table)
        if keys and value not in keys:
            self.missed.setdefault(table, []).append(f"{at} is `{value}`")
        yield from ()


@lru_cache(maxsize=1 << 14)
def _is_written(value: str, kind: str) -> bool:
    """Whether a text is a date, a time or a date-time as the language writes them."""
    if kind == "datetime":
        return date_of(value) is not UNKNOWN
    return instant(value) is not UNKNOWN and date_of(value) is UNKNOWN and (":" in value) is (kind == "time")


def _inside(place: Any, name: str) -> list[Any]:
    value = place.get(name) if isinstance(place, dict) else None
    return [value] if value is not None else []
