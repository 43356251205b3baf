"""What an expression looks at, by its types alone: which fields of which records, which tables and states."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ...core.evaluator import LANGUAGE
from ...core.nodes import Apply, Const, Events, Fold, Get, Var
from ...core.spec import Spec
from ...core.types import ListType, RecordType, Type, strip
from ...core.walk import walk

P = ParamSpec("P")
R = TypeVar("R")
COMPARED = ("lt", "le", "gt", "ge")
MOST_COUNTED = 4  # past events that are thought of one by one
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
    keys = {f"{t.record}.{t.key}" for t in spec.tables.values()}
    for node in through(thing, spec):
        match node:
            case Var(name) if name.startswith(("table.", "state.")):
                roots.add(name)
            case Get(target, name):
                record = record_of(target.type)
                if record is not None:
                    fields.add(f"{record}.{name}")
    return frozenset(fields - keys), frozenset(roots)


def through(thing: Any, spec: Spec) -> Iterator[Any]:
    """Every node in something, and in the definitions that it uses."""
    seen: set[str] = set()
    pending = [thing]
    while pending:
        for node in walk(pending.pop()):
            yield node
            if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
                seen.add(node.op)
                pending.append(spec.defines[node.op.removeprefix("define:")].body)


@once
def looks_back(thing: Any, spec: Spec) -> bool:
    """Whether something rests on what has happened or was said, through definitions."""
    return any(isinstance(n, Events) or (isinstance(n, Apply) and n.op in LANGUAGE) for n in through(thing, spec))


def few(expr: Apply) -> bool:
    """Whether a comparison asks that something counts no more than so much."""
    if expr.op not in COMPARED:
        return False
    counts = [isinstance(a, Fold) and a.op == "count" for a in expr.args]
    return counts == ([True, False] if expr.op in ("lt", "le") else [False, True])


def most_counted(things: Iterable[Any]) -> int:
    """How many of something are asked for in one of several places, at most."""
    return min(max(map(_counted, things), default=1), MOST_COUNTED)


@once
def _counted(thing: Any) -> int:
    found = [1]
    for node in walk(thing):
        if isinstance(node, Apply) and node.op in (*COMPARED, "eq") and not few(node):
            numbers = [a.value for a in node.args if isinstance(a, Const) and isinstance(a.value, int)]
            counts = any(isinstance(a, Fold) and a.op == "count" for a in node.args)
            found += [n + (node.op in ("lt", "gt")) for n in numbers if counts]
    return max(found)


def record_of(kind: Type) -> str | None:
    """The record that a value, or each item of a list, is."""
    inner = strip(kind)
    while isinstance(inner, ListType):
        inner = strip(inner.item)
    return inner.name if isinstance(inner, RecordType) else None


__all__ = ["few", "looks_at", "looks_back", "most_counted", "once", "record_of", "through"]
