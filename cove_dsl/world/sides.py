"""What stands on either side of a comparison, so that a condition that does not hold can say what was found instead.

In: a condition, and the values of its sides. Out: those sides in the author's words, with what they came to.
"""

from collections.abc import Iterator
from typing import Any

from ..backends.python.runtime.texts import to_json
from ..backends.python.runtime.values import UNKNOWN
from ..core.nodes import Apply, Const, Expr, Is, Make
from ..core.spec import Spec
from ..core.walk import walk

COMPARES = frozenset({"eq", "lt", "le", "gt", "ge", "in", "same_text", "contains", "starts_with", "ends_with"})
MOST = 4
WIDEST = 60


def sides_of(condition: Expr) -> list[Expr]:
    """The sides of all comparisons that a condition is made of, but for what is written out, in their order."""
    return [side for side in _sides(condition) if not all(isinstance(n, (Const, Make)) for n in walk(side))]


def _sides(expr: Expr) -> Iterator[Expr]:
    match expr:
        case Apply("and" | "or" | "not", parts):
            for part in parts:
                yield from _sides(part)
        case Apply(op, args) if op in COMPARES:
            yield from (arg.args[0] if isinstance(arg, Apply) and arg.op == "instant" else arg for arg in args)
        case Is(target, _, _):
            yield target


def told_sides(condition: Expr, values: list[Any], spec: Spec) -> str:
    """The sides with what they came to, each once; nothing for a condition that compares nothing."""
    told: dict[str, None] = {}
    for side, value in zip(sides_of(condition), values, strict=True):
        place = spec.sources.locate(side.span)
        if place is not None and place.text:
            told[f"`{' '.join(place.text.split())}` is {_shown(value)}"] = None
    return f": {'; '.join(list(told)[:MOST])}" if told else ""


def _shown(value: Any) -> str:
    if value is UNKNOWN:
        return "not known"
    if value is None:
        return "absent"
    text = to_json(value)
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"


__all__ = ["sides_of", "told_sides"]
