"""What a reader has to know of the world to follow a story: the values that some rules look at, as they were before."""

from collections.abc import Iterator
from typing import Any

from ..backends.smt.relevance import looks_at, record_of
from ..core.nodes import Rule
from ..core.spec import Spec
from ..core.types import ListType, MapType, RecordType, Type, strip
from .replay import Story
from .telling import brief


def setting(story: Story, rules: list[Rule], spec: Spec) -> list[str]:
    """A line for each row of which the rules look at something: its key, and what they look at. Rows to which nothing
    in the story leads are left out."""
    fields, _ = looks_at(tuple((r.body, r.duties) for r in rules), spec)
    lines = []
    met = _met(story, spec)
    for name, table in spec.tables.items():
        for row in _rows(story, name):
            if row[table.key] not in met:
                continue
            told = list(_told(row, RecordType(table.record), fields, spec, ""))
            if told:
                lines.append(f"{name}/{row[table.key]}: {', '.join(told)}")
    for name, state in spec.states.items():
        if name not in story.state:
            continue
        told = list(_told(story.state[name], state.type, fields, spec, ""))
        lines += [f"{name}: {', '.join(told)}"] if told else []
    return lines


def _rows(story: Story, table: str) -> list[Any]:
    """The rows of a table; none of one that the story's world lacks, as a policy may be of another."""
    stored = story.state.get(table, [])
    return stored if isinstance(stored, list) else list(stored.values())


def _met(story: Story, spec: Spec) -> set[Any]:
    """Every text in the calls and their results, and in the rows that these lead to."""
    found = {t for e in story.calls for t in _texts((e.arguments, e.result))}
    pending = [(row[t.key], row) for name, t in spec.tables.items() for row in _rows(story, name)]
    while near := [(key, row) for key, row in pending if key in found]:
        found |= {t for _, row in near for t in _texts(row)}
        pending = [p for p in pending if p not in near]
    return found


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from value
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)


def _told(value: Any, kind: Type, fields: frozenset[str], spec: Spec, at: str) -> Iterator[str]:
    """`path: value` for each field that is looked at, also inside what a field holds."""
    kind = strip(kind)
    match value, kind:
        case dict(), RecordType(name):
            for inner, type_ in _types(spec, name, value).items():
                place = f"{at}{inner}"
                if record_of(type_) is None and f"{name}.{inner}" in fields and not isinstance(strip(type_), MapType):
                    yield f"{place} {brief(value.get(inner))}"
                yield from _told(value.get(inner), type_, fields, spec, f"{place}/")
        case dict(), MapType(_, item):
            for key, part in value.items():
                yield from _told(part, item, fields, spec, f"{at}{key}/")
        case list(), ListType(item):
            for n, part in enumerate(value):
                yield from _told(part, item, fields, spec, f"{at}{n}/")


def _types(spec: Spec, name: str, value: dict[str, Any]) -> dict[str, Type]:
    """The fields of a record, or of the case of a variant that a value is."""
    record = spec.records[name]
    found = record.fields
    if record.tag is not None:
        found = next((c.fields for c in record.cases.values() if c.wire == value.get(record.tag)), {})
    return {n: f.type for n, f in found.items()}


__all__ = ["setting"]
