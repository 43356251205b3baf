"""How an agent puts what it is about to do: every argument of a call, as one names it who has looked it up."""

import re
from typing import Any

from attrs import frozen

from ..backends.prompt.words import money, series, told_moment, words
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.shapes import conforms
from ..backends.python.runtime.values import UNKNOWN, is_number
from ..core.types import ANY, MONEY, EnumType, ListType, RecordType, Ref, Type, strip
from .describe import options, shown, values_at
from .goals import event_of
from .phrases import PROPOSE_BARE
from .scenes import Shape, definition
from .tasks import Call
from .wording import details, fields_of, thing

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


@frozen
class Known:
    """What an agent has seen: rows by table and key, every result, and the key of the person it talks to."""

    rows: dict[tuple[str, str], Any]
    seen: list[Any]
    person: str


def proposal(call: Call, form: str, verb: str, shape: Shape, run: Run, known: Known) -> str:
    """A call as a proposal that waits for a yes: in words, and plainly as far as the desk would not recognise these."""
    told = _Teller(shape, run, known).details(call)
    plain = {thing(k, isinstance(v, list)): shown(v) for k, v in call["arguments"].items()}

    def text(rows: list[tuple[str, str]]) -> str:
        return (form if rows else PROPOSE_BARE).format(verb=verb, details=details(rows))

    def is_heard(rows: list[tuple[str, str]]) -> bool:
        return run.lists(text(rows), event_of(call), known.person) is True

    if is_heard(told):
        return text(told)
    rows = [(name, _both(words_, plain.get(name, ""))) for name, words_ in told]
    if not is_heard(rows):
        return text(list(plain.items()))
    for at, row in enumerate(told):
        simpler = [*rows[:at], row, *rows[at + 1 :]]
        rows = simpler if is_heard(simpler) else rows
    return text(rows)


def _both(text: str, plain: str) -> str:
    return text if not plain or plain in text else f"{text} ({plain})"


class _Teller:
    """Names the arguments of calls."""

    def __init__(self, shape: Shape, run: Run, known: Known) -> None:
        self.shape, self.spec, self.run, self.known = shape, shape.spec, run, known
        records = self.spec.records.values()
        groups = [*(r.fields for r in records), *(c.fields for r in records for c in r.cases.values())]
        self.kinds = {f.name for fields in groups for f in fields.values() if isinstance(strip(f.type), EnumType)}
        self.prices = {f.name for fields in groups for f in fields.values() if strip(f.type) == MONEY}

    def details(self, call: Call) -> list[tuple[str, str]]:
        """Every argument, as it is called or described; the parts of a record as one."""
        params = self.spec.tools[call["name"]].params
        given = [p for p in params if p.name in call["arguments"] and call["arguments"][p.name] != self.known.person]
        plain = [p for p in given if not isinstance(p.type, (Ref, ListType, EnumType))]
        record = fields_of(self.spec, [p.name for p in plain])
        rows = [
            (thing(p.name, isinstance(p.type, ListType)), self._described(p.type, call["arguments"][p.name]))
            for p in given
            if record is None or p not in plain
        ]
        if record is not None:
            rows.append(
                (record, ", ".join(shown(call["arguments"][p.name]) for p in plain if call["arguments"][p.name]))
            )
        return rows

    def _described(self, kind: Type, value: Any) -> str:
        """A value as one names it who has looked it up, by its type: things by what they are called, money as such."""
        kind = strip(kind)
        if isinstance(value, list):
            told = [self._described(kind.item if isinstance(kind, ListType) else ANY, v) for v in value]
            return "; ".join(told) if any(", " in text for text in told) else series(told)
        if isinstance(value, dict):
            return self._called(value, kind) or self._record(kind, value)
        if isinstance(value, bool) or str(kind) == "money":
            return {True: "yes", False: "no"}[value] if isinstance(value, bool) else money(value)
        if isinstance(kind, EnumType):
            return words(str(value))
        if str(kind) in ("date", "datetime"):
            return told_moment(str(value))
        row = next((r for (_, key), r in self.known.rows.items() if key == value), None)
        if row is not None:
            table = self.spec.tables.get(kind.table) if isinstance(kind, Ref) else None
            called = self._called(row, RecordType(table.record)) if table is not None else None
            named = called or series(self._names(row, kind))
            return f"{value} ({named})" if named else str(value)
        found = _objects(self.known.seen, value) if isinstance(value, str) else []
        entry = isinstance(kind, Ref) and "." in kind.table  # of a map in a row, which no tool shows by its key
        named = series(self._names(found[0], kind)) if found and entry else ""
        return (
            (f"{value} ({named})" if named else None)
            or next((text for o in found if (text := self._called(o))), None)
            or next((text for o in found if (text := self._as_detail(o, value))), None)
            or shown(value)
        )

    def _record(self, kind: Type, value: dict[str, Any]) -> str:
        """The parts of a record, its names as one, and an amount after what it is for."""
        record = self.spec.records.get(kind.name) if isinstance(kind, RecordType) else None
        if record is None:
            return shown(value)
        types = {name: record.fields[name].type for name in value if name in record.fields}
        told = [(n, self._described(types.get(n, ANY), v)) for n, v in value.items() if v not in (None, "", [], {})]
        names = [text for n, text in told if n.endswith("name")]
        amounts = [text for n, text in told if str(strip(types.get(n, ANY))) == "money"]
        rest = [text for n, text in told if text not in (*names, *amounts)]
        parts = [*([" ".join(names)] if names else []), *rest]
        return (
            ": ".join([", ".join(parts) if len(parts) != 2 else " ".join(parts), *amounts])
            if parts
            else ", ".join(amounts)
        )

    def _names(self, row: Any, kind: Type) -> list[str]:
        """What a row is described by when its key is not known."""
        table = kind.table if isinstance(kind, Ref) else ""
        ways = [w for d in self.spec.descriptions if d.table == table for w in d.ways]
        paths = ways[0] if ways else ()
        told = [(path.names, v) for path in paths for v in values_at(row, path.names)]
        return list(dict.fromkeys(_plainly(v, self.shape.type_at(table, path), path[-1]) for path, v in told))

    def _called(self, value: Any, kind: Type = ANY) -> str | None:
        """What the specification says such a thing is called."""
        for record, name in self.shape.callings.items():
            if isinstance(kind, RecordType) and kind.name != record:
                continue
            if conforms(value, ("record", record), self.run.program.records):
                called = definition(self.spec, name)(self.run, value)
                return str(called).removeprefix("your ") if called is not UNKNOWN else None
        return None

    def _as_detail(self, value: dict[str, Any], key: str) -> str | None:
        """An object by its name, or that of the row which holds it, its options and its price; an amount alone is no
        name."""
        holders = (
            r
            for r in self.known.rows.values()
            if isinstance(r, dict) and any(isinstance(v, dict) and key in v for v in r.values())
        )
        named = next((name for row in (value, *holders) if (name := _name(row))), "")
        kinds = [words(v) for k, v in value.items() if k in self.kinds and isinstance(v, str)]
        name = named or (kinds[0] if kinds else "")
        maps = [
            options(v) for v in value.values() if isinstance(v, dict) and all(isinstance(x, str) for x in v.values())
        ]
        times = [told_moment(v) for v in value.values() if isinstance(v, str) and MOMENT.match(v)]
        prices = [money(v) for k, v in value.items() if is_number(v) and k in self.prices]
        name = name or (key if prices and not (maps or times) else "")
        parts = [*maps, *times, *prices]
        return f"{name} ({', '.join(parts)})" if name and parts else name or ", ".join(parts) or None


def _name(row: dict[str, Any]) -> str:
    return " ".join(str(v) for k, v in row.items() if k.endswith("name") and isinstance(v, str))


def _plainly(value: Any, kind: Type | None, name: str) -> str:
    """A detail by which a row is known, as a clerk writes it; a number says nothing without what it is."""
    kind = strip(kind) if kind is not None else ANY
    if kind == MONEY and is_number(value):
        return money(value)
    if is_number(value) and not isinstance(value, bool):
        return f"{words(name)} {shown(value)}"
    return words(str(value)) if isinstance(kind, EnumType) else told_moment(str(value))


def _objects(value: Any, key: str) -> list[Any]:
    """Objects of what was seen that have an id, those with a name first."""
    found: list[Any] = []
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            if any(v == key and (k == "id" or k.endswith("_id")) for k, v in top.items()):
                found.append(top)
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
    return sorted(found, key=lambda o: not any(k.endswith("name") for k in o))


__all__ = ["Known", "proposal"]
