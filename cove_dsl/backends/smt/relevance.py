"""What an expression looks at, by its types alone: which fields of which records, which tables and states."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ...core.nodes import Apply, Get, Var
from ...core.spec import Spec
from ...core.types import ListType, RecordType, Type, strip
from ...core.walk import walk

P = ParamSpec("P")
R = TypeVar("R")
MOST_KEPT = 10_000


def once(function: Callable[P, R]) -> Callable[P, R]:
    """Asked again about the very same things, a function of what never changes answers as before. Nodes compare by all
    that is in them, so it is told by identity whether they are the same."""
    kept: dict[tuple[int, ...], tuple[Any, R]] = {}

    @wraps(function)
    def known(*args: P.args, **kwargs: P.kwargs) -> R:
        key = tuple(map(id, args))
        if key not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = args, function(*args, **kwargs)  # what is held is not replaced by others of the same identity
        return kept[key][1]

    return known


@once
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


__all__ = ["looks_at", "once", "record_of"]
