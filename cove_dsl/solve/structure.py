"""Two specifications declaration by declaration: what was added, removed, changed, or only put in other words.

Meaning is compared, not text: what a normal form does not tell apart has not changed. Rules are left to `difference`.
"""

from collections.abc import Iterator
from typing import Any, Literal

from attrs import evolve, frozen

from ..core.nodes import Tool
from ..core.spec import Case, Define, Field, Record, Spec
from ..source import NOWHERE, Span
from .normal import Meanings, Pool

Part = Literal["world", "policy", "tasks", "tests"]
Change = Literal["added", "removed", "changed", "reworded"]


@frozen
class Declared:
    """A declaration: what it means, how it is worded, and where it stands."""

    meaning: Any
    words: Any
    span: Span


@frozen
class Changed:
    """A declaration that is not the same in both. `part` says what it belongs to; a world that changed is another."""

    part: Part
    kind: str
    name: str
    change: Change
    old: Span | None
    new: Span | None


def changes(old: Spec, new: Spec, pool: Pool) -> tuple[Changed, ...]:
    """Every difference but those of rules, in the order of the parts."""
    before, after = dict(_declared(old, pool)), dict(_declared(new, pool))
    found = []
    for key in dict.fromkeys([*before, *after]):
        change = _change(before.get(key), after.get(key))
        if change is not None:
            spans = [d[key].span if key in d else None for d in (before, after)]
            found.append(Changed(*key, change, *spans))
    return tuple(found)


def _change(old: Declared | None, new: Declared | None) -> Change | None:
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old.meaning != new.meaning:
        return "changed"
    return "reworded" if old.words != new.words else None


def _declared(spec: Spec, pool: Pool) -> Iterator[tuple[tuple[Part, str, str], Declared]]:
    """Everything that is declared, but rules, by part, kind and name."""
    read = _Reader(spec, pool)
    yield ("world", "clock", ""), Declared(spec.clock, "", NOWHERE)
    for name, enum in spec.enums.items():
        yield ("world", "enum", name), Declared(tuple(enum.values.items()), "", enum.span)
    for name, record in spec.records.items():
        yield ("world", "record", name), read.record(record)
    for name, table in spec.tables.items():
        yield ("world", "table", name), Declared((table.record, table.key, table.as_list, table.place), "", table.span)
    for name, state in spec.states.items():
        yield ("world", "state", name), Declared((str(state.type), state.of_user, state.place), "", state.span)
    for invariant in spec.invariants:
        meaning = read.meanings.of(invariant.condition, {})
        yield ("world", "invariant", invariant.name), Declared(meaning, invariant.doc, invariant.span)
    for name, tool in spec.tools.items():
        yield ("world", "tool", name), read.tool(tool)
    yield ("world", "sync", ""), Declared(read.meanings.statements(spec.sync, {}), "", NOWHERE)
    for name, define in spec.defines.items():
        yield ("policy", define.kind, name), read.define(define)
    for exemption in spec.exemptions:
        yield (
            ("policy", "exception", exemption.name),
            Declared((exemption.rule, exemption.label), exemption.doc, exemption.span),
        )
    yield from _people(spec)


def _people(spec: Spec) -> Iterator[tuple[tuple[Part, str, str], Declared]]:
    """What users come for and how that is tested: compared as it is written."""
    for name, scenario in spec.scenarios.items():
        bare = evolve(scenario, doc="", persona="")
        yield ("tasks", "scenario", name), Declared(bare, (scenario.doc, scenario.persona), scenario.span)
    yield ("tasks", "compose", ""), Declared(spec.composes, "", NOWHERE)
    yield ("tasks", "describe", ""), Declared(spec.descriptions, "", NOWHERE)
    yield ("tests", "generate", ""), Declared(spec.generate, "", NOWHERE)
    for name, fixture in spec.fixtures.items():
        yield ("tests", "fixture", name), Declared(fixture, "", NOWHERE)
    for test in spec.tests:
        yield ("tests", "test", test.name), Declared(test, "", test.span)


class _Reader:
    """What declarations of one specification mean."""

    def __init__(self, spec: Spec, pool: Pool) -> None:
        self.spec = spec
        self.meanings = Meanings(spec, pool, frozenset(spec.tools))

    def record(self, record: Record) -> Declared:
        cases = tuple(sorted((c.name, c.wire, self._fields(c)) for c in record.cases.values()))
        inside: list[Record | Case] = [record, *record.cases.values()]
        words = (record.doc, *sorted((f.name, f.doc) for part in inside for f in part.fields.values()))
        return Declared((record.tag, self._fields(record), cases), words, record.span)

    def _fields(self, record: Record | Case) -> tuple[Any, ...]:
        return tuple(sorted(map(self._field, record.fields.values())))

    def _field(self, field: Field) -> tuple[str, str, int]:
        condition = self.meanings.of(field.condition, {}) if field.condition is not None else -1
        return field.name, str(field.type), condition

    def tool(self, tool: Tool) -> Declared:
        params = tuple((p.name, str(p.type)) for p in tool.params)
        env = {p.name: self.meanings.pool.put("argument", p.name) for p in tool.params}
        body = self.meanings.statements(tool.body, env) if tool.body is not None else None
        meaning = (params, str(tool.returns), tool.kind, tool.requestor, tuple(sorted(tool.touches)), body)
        return Declared(meaning, (tool.doc, *(p.doc for p in tool.params)), tool.span)

    def define(self, define: Define) -> Declared:
        env = {p.name: self.meanings.pool.put("argument", i) for i, p in enumerate(define.params)}
        types = (*(str(p.type) for p in define.params), str(define.returns))
        words = (define.doc, tuple(p.name for p in define.params), define.version)
        return Declared((types, self.meanings.of(define.body, env)), words, define.span)


__all__ = ["Changed", "changes"]
