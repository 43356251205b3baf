"""What an expression looks at, by its types alone: which fields of which records, which tables and states."""

from typing import Any

from ...core.nodes import Apply, Get, Var
from ...core.spec import Spec
from ...core.types import ListType, RecordType, Type, strip
from ...core.walk import walk


def looks_at(thing: Any, spec: Spec) -> tuple[frozenset[str], frozenset[str]]:
    """The fields (`Record.name`) and the tables and states (`table.NAME`, `state.NAME`) that something looks at,
    through definitions. Keys of rows are not counted: a row that is looked at has one."""
    fields: set[str] = set()
    roots: set[str] = set()
    seen: set[str] = set()
    pending = [thing]
    keys = {f"{t.record}.{t.key}" for t in spec.tables.values()}
    while pending:
        for node in walk(pending.pop()):
            match node:
                case Var(name) if name.startswith(("table.", "state.")):
                    roots.add(name)
                case Get(target, name):
                    record = record_of(target.type)
                    if record is not None:
                        fields.add(f"{record}.{name}")
                case Apply(op) if op.startswith("define:") and op not in seen:
                    seen.add(op)
                    pending.append(spec.defines[op.removeprefix("define:")].body)
    return frozenset(fields - keys), frozenset(roots)


def record_of(kind: Type) -> str | None:
    """The record that a value, or each item of a list, is."""
    inner = strip(kind)
    while isinstance(inner, ListType):
        inner = strip(inner.item)
    return inner.name if isinstance(inner, RecordType) else None


__all__ = ["looks_at", "record_of"]
