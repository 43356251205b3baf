"""How people name things: rows by what sets them apart, values in words. What fits several rows describes none."""

import random
import re
from typing import Any, Literal

from attrs import frozen

from ..backends.prompt.words import money, series, singular, words
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
    table: str, key: str, row: Any, ways: tuple[Any, ...], among: list[Any], rng: random.Random
) -> Description | None:
    """A way to name a row that finds it and no other; None if there is none."""
    for at, way in enumerate(ways):
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
            return Description(table, key, parts, _named(table, parts), at)
    return None


def _named(table: str, parts: tuple[tuple[tuple[str, ...], bool, Any], ...]) -> str:
    (_path, some, value), *others = parts
    if not (some or others) and isinstance(value, str) and not re.search(r"\d", value):
        return f"the {value if value != value.lower() else words(value)} {singular(words(table))}"
    told = series(f"the {shown(v)}" if some else f"{words(path[-1])} {shown(v)}" for path, some, v in parts)
    return f"the {singular(words(table))} with {told}"


def shown(value: Any, separator: str = ", ") -> str:
    """A value without its type: the words of a record, a list in a row, a number plainly."""
    if isinstance(value, dict):
        named = " ".join(shown(v) for k, v in value.items() if k.endswith("name") and v not in ("", None))
        parts = [named, *(shown(v) for k, v in value.items() if not k.endswith("name") and v not in ("", None))]
        return (" " if len(value) <= 2 else separator).join(p for p in parts if p)
    if isinstance(value, list):
        return series(map(shown, value))
    return str(value)


def moment(value: str) -> str:
    """A time as people say it: the day, and hour and minute."""
    return f"{value[:10]} at {value[11:16]}"


class Speaker:
    """Says values of a specification."""

    def __init__(self, shape: Shape, c: Sandbox) -> None:
        self.shape, self.c = shape, c

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
        if str(kind) == "datetime":
            return moment(str(value))
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


def options(value: dict[str, Any]) -> str:
    """`color red, size M`."""
    return series(f"{words(k)} {shown(v)}" for k, v in value.items())


def shape_of(kind: Type) -> Literal["map", "choice", "text"]:
    """How a value stands in a sentence."""
    kind = strip(kind)
    return "map" if isinstance(kind, MapType) else "choice" if isinstance(kind, EnumType) else "text"


__all__ = ["Description", "Speaker", "describe", "fits", "moment", "options", "shape_of", "shown", "values_at"]
