"""Which questions about the past can be answered from what is remembered rather than by looking through it again.

What has happened stays as it was. So a condition on a past event that rests on nothing but that event is decided once
(`steady`), and events are found by the text of one of their fields (`joined_on`): judging an event then costs the same
however much has happened before it.
"""

from collections.abc import Iterator

from ...core.nodes import Apply, Collect, Const, Events, Expr, Fold, Get, Let, Var
from ...core.spec import Spec
from ...core.types import EventType, is_text
from ...core.walk import children, walk

_FROM_LISTS = frozenset(
    {"some", "no", "first", "last"}
)  # folds that read a list with doubts in it as they read a generator
_LOOKS_BACK = frozenset({"lists", "invented"})


def steady(fold: Fold, spec: Spec) -> tuple[Events, Collect] | None:
    """Of a fold over what past events tell by themselves: those events, and what is told of each."""
    collect = fold.source
    if fold.op not in _FROM_LISTS or not isinstance(collect, Collect) or len(collect.clauses) < 2:
        return None
    loop, *rest = collect.clauses
    source, names = loop.expr, frozenset(loop.names)
    if loop.kind != "for" or not isinstance(source, Events) or source.before is not None or source.after is not None:
        return None
    for clause in rest:
        if not _rests_on(clause.expr, names, spec):
            return None
        names |= frozenset(clause.names)
    return (source, collect) if _rests_on(collect.body, names, spec) else None


def joined_on(condition: Expr, item: str) -> tuple[str, Expr] | None:
    """The text field of an event that must equal a value from elsewhere, and that value."""
    conjuncts = condition.args if isinstance(condition, Apply) and condition.op == "and" else (condition,)
    for part in conjuncts:
        if isinstance(part, Apply) and part.op == "eq":
            for side, other in (part.args, part.args[::-1]):
                if _is_field(side, item) and is_text(side.type) and item not in _free(other):
                    assert isinstance(side, Get)
                    return side.name, other
    return None


def _is_field(expr: Expr, item: str) -> bool:
    own = isinstance(expr, Get) and not expr.lifted and isinstance(expr.target.type, EventType)
    return own and isinstance(expr, Get) and isinstance(expr.target, Var) and expr.target.name == item


def _rests_on(expr: Expr, names: frozenset[str], spec: Spec) -> bool:
    """Whether an expression asks for nothing but some names: nothing else, no world, no past, no clock."""
    nodes = list(walk(expr))
    ops = [n.op for n in nodes if isinstance(n, Apply)]
    if not _free(expr) <= names or any(map(_moves, nodes)) or not _LOOKS_BACK.isdisjoint(ops):
        return False
    called = (spec.defines[op.removeprefix("define:")] for op in ops if op.startswith("define:"))
    return all(_rests_on(d.body, frozenset(p.name for p in d.params), spec) for d in called)


def _moves(node: Expr) -> bool:
    """Whether what a node comes to changes while a conversation goes on: as the past does, and a live clock."""
    return isinstance(node, Events) or (isinstance(node, Const) and node.now)


def _free(expr: Expr) -> frozenset[str]:
    """The names that an expression takes from elsewhere; tables and states count as such."""
    return frozenset(_free_in(expr, frozenset()))


def _free_in(expr: Expr, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(expr, Var):
        if expr.name not in bound:
            yield expr.name
    elif isinstance(expr, Let):
        yield from _free_in(expr.value, bound)
        yield from _free_in(expr.body, bound | {expr.name})
    elif isinstance(expr, Collect):
        for clause in expr.clauses:
            yield from _free_in(clause.expr, bound)
            bound |= frozenset(clause.names)
        yield from _free_in(expr.body, bound)
    else:
        for child in children(expr):
            yield from _free_in(child, bound)
