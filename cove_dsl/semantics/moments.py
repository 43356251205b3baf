"""Comparing times of day and date-times: by what they mean, however they are written.

`09:00` and `09:00:00` are one time, and a date-time without a zone is the same as one with the clock's. So wherever
items are compared or put in order, core nodes compare their instants, in lists of lists too. A record is compared as a
whole, and as it is written.
"""

from typing import Final

from attrs import evolve

from ..core.nodes import Apply, Clause, Collect, Const, Expr, If, Is, Let, Make, Var
from ..core.types import ABSENT, BOOL, DATE, DATETIME, DURATION, TIME, ListType, Type, optional, strip
from ..core.types import Optional as OptionalType
from ..source import Span

CONTAINMENT: Final = frozenset({"contains_all", "same_items"})
TEMPORAL: Final = (DATE, TIME, DATETIME)
SEVERAL_WAYS: Final = frozenset({DATETIME, TIME})


def instant(expr: Expr) -> Expr:
    """What a time is compared by; anything else is left as it is."""
    return Apply("instant", (expr,), DURATION, expr.span) if strip(expr.type) in TEMPORAL else expr


def same_moments(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """Both sides of an equation."""
    return (_meant(a), _meant(b)) if in_several_ways(a.type) and in_several_ways(b.type) else (a, b)


def in_several_ways(kind: Type) -> bool:
    """Whether a time can be written otherwise in a value of a type, other than inside a record."""
    inner = strip(kind)
    return inner in SEVERAL_WAYS or (isinstance(inner, ListType) and in_several_ways(inner.item))


def _meant(expr: Expr, depth: int = 0) -> Expr:
    """A time, or a list of times or of such lists, as what it is compared by."""
    kind = strip(expr.type)
    if not isinstance(kind, ListType):
        return instant(expr)
    name = f"moment_{expr.span.start}_{depth}"
    if isinstance(expr.type, OptionalType):
        there = _meant(Var(name, kind, expr.span), depth + 1)
        found = Is(Var(name, expr.type, expr.span), "present", None, BOOL, expr.span)
        made = optional(there.type)
        return Let(name, expr, If(found, there, Const(None, ABSENT, expr.span), made, expr.span), made, expr.span)
    if isinstance(expr, Make):
        items = tuple(_meant(item, depth + 1) for item in expr.items)
        return evolve(expr, items=items, type=ListType(items[0].type)) if items else expr
    item = _meant(Var(name, kind.item, expr.span), depth + 1)
    return Collect((Clause("for", (name,), expr),), item, ListType(item.type), expr.span)


def member(a: Expr, items: Expr) -> tuple[Expr, Expr]:
    """Something and the list that it is looked for in."""
    kind = strip(items.type)
    if not isinstance(kind, ListType) or strip(a.type) != strip(kind.item) or strip(a.type) not in SEVERAL_WAYS:
        return a, items
    return instant(a), instants(items)


def instants(items: Expr) -> Expr:
    """A list of times as what they are compared by."""
    if isinstance(items, Make) and items.kind == "list":
        return evolve(items, items=tuple(map(instant, items.items)), type=ListType(DURATION))
    kind = strip(items.type)
    assert isinstance(kind, ListType)
    it = Var(f"moment_{items.span.start}", kind.item, items.span)
    made = ListType(optional(DURATION) if isinstance(kind.item, OptionalType) else DURATION)
    listed: Type = made if strip(items.type) == items.type else optional(made)
    return Collect((Clause("for", (it.name,), items),), instant(it), listed, items.span)


def applied(name: str, args: tuple[Expr, ...], result: Type, span: Span) -> Expr:
    """A built-in on lists, where the lists hold times by what these mean."""
    kind = strip(args[0].type) if args else None
    if not isinstance(kind, ListType) or strip(kind.item) not in SEVERAL_WAYS:
        return Apply(name, args, result, span)
    if name in CONTAINMENT:
        return Apply(name, tuple(map(instants, args)), result, span)
    if name == "sorted":
        all_ = Var(f"moments_{span.start}", args[0].type, span)
        return Let(all_.name, args[0], Apply("order", (all_, instants(all_)), result, span), result, span)
    return Apply(name, args, result, span)


__all__ = ["SEVERAL_WAYS", "TEMPORAL", "applied", "in_several_ways", "instant", "instants", "member", "same_moments"]
