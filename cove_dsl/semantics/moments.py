"""Comparing times of day and date-times: by what they mean, however they are written.

`09:00` and `09:00:00` are one time, and a date-time without a zone is the same as one with the clock's. So wherever
items are compared or put in order, core nodes compare their instants. What is compared as a whole (a record, a list
inside a list) is compared as it is written.
"""

from typing import Final

from attrs import evolve

from ..core.nodes import Apply, Clause, Collect, Expr, Let, Make, Var
from ..core.types import DATE, DATETIME, DURATION, TIME, ListType, Type, optional, strip
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
    both = strip(a.type) == strip(b.type) and strip(a.type) in SEVERAL_WAYS
    return (instant(a), instant(b)) if both else (a, b)


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


__all__ = ["SEVERAL_WAYS", "TEMPORAL", "applied", "instant", "instants", "member", "same_moments"]
