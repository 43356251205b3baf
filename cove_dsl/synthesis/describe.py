"""How people name things: rows by what sets them apart, values in words. What fits several rows describes none."""

import random
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from attrs import frozen

from ..backends.prompt.phrases import PLAIN_PREPOSITIONS
from ..backends.prompt.user import after_noun, is_doing, is_name, named_in
from ..backends.prompt.words import duration, money, plural, series, singular, words
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.python.runtime.values import is_number
from ..core.types import EnumType, ListType, MapType, RecordType, Type, strip
from .scenes import Shape, definition


@frozen
class Description:
    """A row of a table as somebody names it who does not know its key; `way`: which of the ways to do so it is."""

    table: str
    key: str
    parts: tuple[tuple[tuple[str, ...], bool, Any], ...]
    text: str
    way: int = 0

    def to_json(self) -> dict[str, Any]:
        by = [[list(path), some, value] for path, some, value in self.parts]
        return {"table": self.table, "key": self.key, "by": by, "text": self.text}


def values_at(row: Any, path: tuple[str, ...]) -> list[Any]:
    """Everything that a path leads to, through lists as well."""
    if isinstance(row, list):
        return [v for item in row for v in values_at(item, path)]
    if not path:
        return [] if row is None else [row]
    return values_at(row.get(path[0]), path[1:]) if isinstance(row, dict) else []


def fits(row: Any, parts: tuple[tuple[tuple[str, ...], bool, Any], ...]) -> bool:
    return all(value in values_at(row, path) for path, _, value in parts)


def describe(
    table: str, key: str, row: Any, ways: tuple[Any, ...], among: list[Any], rng: random.Random, naming: "Naming"
) -> Description | None:
    """A way to name a row that finds it and no other; None if there is none. Which of several is tried first depends on
    the row alone, so that all of them are heard and no other draw is disturbed; by its key, a row is named last."""
    order = random.Random(f"{table}:{key}").sample(range(len(ways)), len(ways))
    order.sort(key=lambda at: any(values_at(row, tuple(path)) == [key] for path, _ in ways[at]))
    for at, way in ((at, ways[at]) for at in order):
        parts: tuple[tuple[tuple[str, ...], bool, Any], ...] = ()
        for path, some in way:
            choices = values_at(row, tuple(path))
            best = min(
                choices,
                key=lambda v: (sum(fits(r, ((tuple(path), some, v),)) for r in among), rng.random()),
                default=None,
            )
            parts += ((tuple(path), bool(some), best),)
        if all(v is not None for _, _, v in parts) and sum(fits(r, parts) for r in among) == 1:
            return Description(table, key, parts, naming.text(table, parts), at)
    return None


def shown(value: Any, separator: str = ", ") -> str:
    """A value without its type: the words of a record, a list in a row, a number plainly."""
    if isinstance(value, dict):
        named = " ".join(shown(v) for k, v in value.items() if k.endswith("name") and v not in ("", None))
        parts = [named, *(shown(v) for k, v in value.items() if not k.endswith("name") and v not in ("", None))]
        return (" " if len(value) <= 2 else separator).join(p for p in parts if p)
    if isinstance(value, list):
        return series(map(shown, value))
    return str(value)


def moment(value: str, now: str = "") -> str:
    """A time as people say it: the day, and hour and minute."""
    return f"{day(value[:10], now) if now else value[:10]} at {value[11:16]}"


def day(value: str, now: str) -> str:
    """A date as people say it, without the year where that is this one: `8 June`."""
    try:
        found = date.fromisoformat(value[:10])
    except ValueError:
        return value
    return f"{found.day} {found:%B}" + ("" if now[:4] == value[:4] else f" {found.year}")


class Speaker:
    """Says values of a specification."""

    def __init__(self, shape: Shape, c: Sandbox) -> None:
        self.shape, self.c = shape, c
        self.now = str(shape.spec.clock or "never")

    def phrase(self, value: Any, kind: Type) -> str:
        kind = strip(kind)
        if isinstance(kind, MapType) and isinstance(value, dict):
            return options(value)
        if isinstance(kind, ListType):
            return series(f"the {self.phrase(v, kind.item)}" for v in value)
        if str(kind) == "money" and is_number(value):
            return money(value)
        if isinstance(kind, EnumType):
            return words(str(value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if str(kind) == "duration" and is_number(value):
            return duration(value)
        if str(kind) == "datetime":
            return moment(str(value), self.now)
        if str(kind) == "date":
            return day(str(value), self.now)
        return self.calling(value, kind) or shown(self._in_order(value))

    def _in_order(self, value: Any) -> Any:
        """The fields of a record as a tool asks for them, which is how people say them."""
        if isinstance(value, dict):
            for tool in self.shape.spec.tools.values():
                if value.keys() <= (names := {p.name: None for p in tool.params}).keys():
                    return {n: value[n] for n in names if n in value}
        return value

    def calling(self, value: Any, kind: Type) -> str | None:
        """What the specification says a thing of this type is called."""
        name = self.shape.callings.get(kind.name) if isinstance(kind, RecordType) else None
        if name is None:
            return None
        return str(definition(self.shape.spec, name)(self.c, value))


@frozen
class Naming:
    """How rows of one table are named: whose they are, and what is known of their fields by path."""

    whose: str
    type_at: Callable[[tuple[str, ...]], Type | None]
    speaker: Speaker

    def text(self, table: str, parts: tuple[tuple[tuple[str, ...], bool, Any], ...]) -> str:
        """`my rental on 8 June`, `the boat called Otter`: a row by what sets it apart."""
        row = singular(words(table.rpartition(".")[2]))
        (path, some, value), *others = parts
        kind = strip(found) if (found := self.type_at(path)) is not None else None
        plain = not (some or others or is_name(path)) and words(path[-1]).rpartition(" ")[2] not in PLAIN_PREPOSITIONS
        if plain and (isinstance(kind, EnumType) or (isinstance(value, str) and not re.search(r"\d", value))):
            said = value if value != value.lower() else words(value)
            follows = said.split(" ")[0] in PLAIN_PREPOSITIONS  # `at night`
            return f"{self.whose} {row} {said}" if follows else f"{self.whose} {said} {row}"
        told = [self._part(path, some, value, row) for path, some, value in parts]
        if len(days := [p for p in parts if self._is_moment(p[0])]) == 1 and is_doing(words(days[0][0][-1]), True):
            told = [re.sub(r"^that \w+ on ", "on ", t) for t in told]  # whatever is past by now
        with_ = [t.removeprefix("with ") for t in told if t.startswith("with ")]
        ordered = [*(t for t in told if not t.startswith("with ")), *([f"with {series(with_)}"] if with_ else [])]
        return " ".join([self.whose, row, *ordered]).replace(" , ", ", ")

    def _is_moment(self, path: tuple[str, ...]) -> bool:
        found = self.type_at(path)
        return found is not None and str(strip(found)) in ("date", "datetime")

    def _part(self, path: tuple[str, ...], some: bool, value: Any, row: str) -> str:
        """One detail after the noun that it belongs to."""
        kind = strip(found) if (found := self.type_at(path)) is not None else None
        name = words(path[-1])
        if some:
            return f"with the {shown(value)}"
        if name in ("id", "number", f"{row} id", f"{row} number"):
            return shown(value)
        if is_name(path, row):
            return f"called {value}"
        if other := named_in(path, row):
            return f"with the {other} {value}"
        said = self.speaker.phrase(value, kind) if kind is not None else shown(value)
        if after := after_noun(path[-1], said, str(kind) in ("date", "datetime")):
            return after
        if str(kind) in ("date", "datetime"):
            return f"on {said}"
        if str(kind) == "money":
            return f"for {said}"
        if isinstance(value, int) and plural(singular(name)) == name:
            return f"with {value} {singular(name) if value == 1 else name}"
        if is_number(value) and not isinstance(value, bool):
            return f", {name} {said}"
        return f"with {name} {said}"


def options(value: dict[str, Any]) -> str:
    """`color red, size M`."""
    return series(f"{words(k)} {shown(v)}" for k, v in value.items())


def shape_of(kind: Type) -> Literal["map", "choice", "text"]:
    """How a value stands in a sentence."""
    kind = strip(kind)
    return "map" if isinstance(kind, MapType) else "choice" if isinstance(kind, EnumType) else "text"


__all__ = [
    "Description",
    "Naming",
    "Speaker",
    "describe",
    "fits",
    "moment",
    "options",
    "shape_of",
    "shown",
    "values_at",
]
