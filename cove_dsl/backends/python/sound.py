"""What a specification asks of values beyond their shapes, as Python: `SOUNDNESS`, which `runtime.soundness` reads."""

import re
from typing import Any

from ...core.spec import Field, Record, Spec
from ...core.types import EnumType, ListType, MapType, Optional, Prim, RecordType, Ref, TupleType, Type
from .expressions import ExpressionEmitter
from .runtime.soundness import WRITTEN

COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|#[^\n]*')  # and texts, in which `#` begins none


def soundness_source(spec: Spec, emitter: ExpressionEmitter) -> str:
    """The statement that makes `SOUNDNESS`."""
    records = ", ".join(f"{r.name!r}: {_record(r, spec, emitter)}" for r in spec.records.values())
    states = {state.name: exact(state.type, spec) for state in spec.states.values()}
    tools = {t.name: {p.name: exact(p.type, spec) for p in t.params} for t in spec.tools.values()}
    invariants = ", ".join(
        f"{i.name!r}: (lambda c: (fresh_budget(), {emitter.emit(i.condition)})[1], {i.doc!r})" for i in spec.invariants
    )
    return f"SOUNDNESS = Soundness({{{records}}}, {states!r}, {_telling(tools)!r}, {{{invariants}}})"


def _telling(tools: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without what nothing can be wrong with."""
    found = {tool: {name: kind for name, kind in params.items() if kind is not None} for tool, params in tools.items()}
    return {tool: params for tool, params in found.items() if params}


def exact(kind: Type, spec: Spec) -> Any:
    """A type as `runtime.soundness` reads it: None where a value of the right shape cannot be wrong."""
    match kind:
        case EnumType(name):
            return ("enum", name, tuple(spec.enums[name].values.values()))
        case Ref(table):
            return ("ref", table)
        case Prim(name):
            return ("written", name) if name in WRITTEN else None
        case RecordType(name):
            return ("record", name)
        case Optional(item):
            return _of("optional", exact(item, spec))
        case ListType(item):
            return _of("list", exact(item, spec))
        case MapType(key, item):
            return _of("map", exact(key, spec), exact(item, spec))
        case TupleType(items):
            return _of("tuple", *(exact(item, spec) for item in items))
    return None


def _of(name: str, *parts: Any) -> Any:
    return (name, *parts) if any(part is not None for part in parts) else None


def _record(record: Record, spec: Spec, emitter: ExpressionEmitter) -> str:
    cases = {c.wire: c.fields for c in record.cases.values()} if record.tag is not None else {"": record.fields}
    made = (f"{wire!r}: {{{_fields(fields, spec, emitter)}}}" for wire, fields in cases.items())
    return f"({record.tag!r}, {{{', '.join(made)}}})"


def _fields(fields: dict[str, Field], spec: Spec, emitter: ExpressionEmitter) -> str:
    """The fields of which anything is asked."""
    made = []
    for field in fields.values():
        kind = exact(field.type, spec)
        if field.condition is not None:
            condition = f"lambda c, it_: (fresh_budget(), {emitter.emit(field.condition)})[1]"
            made.append(f"{field.name!r}: FieldInfo({kind!r}, {condition}, {written(field, spec)!r})")
        elif kind is not None:
            made.append(f"{field.name!r}: FieldInfo({kind!r}, None, '')")
    return ", ".join(made)


def written(field: Field, spec: Spec) -> str:
    """The condition of a field as its author wrote it, on one line and without comments."""
    place = spec.sources.locate(field.condition.span) if field.condition is not None else None
    return " ".join(COMMENTS.sub(lambda m: m[1] or "", place.text).split()) if place is not None else "…"


__all__ = ["exact", "soundness_source", "written"]
