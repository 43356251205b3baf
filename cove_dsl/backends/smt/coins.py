"""How fine amounts of money are: nobody can pay half a cent, so a world in which a row is worth one is none that a desk
has, unless the specification itself writes finer amounts (a price per minute, say).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from ...core.nodes import Const
from ...core.spec import Record, Spec
from ...core.types import ListType, MapType, Optional, Prim, RecordType, TupleType, Type
from .relevance import once

CENTS = 100
SKIPPED = frozenset({"sources", "span", "spans", "hash"})


@once
def to_the_cent(spec: Spec) -> bool:
    """Whether no amount of money that is written in a specification is finer than a cent."""
    return all(_is_whole(v) for v in _literals(spec))


def _is_whole(amount: Any) -> bool:
    """Whether an amount can be paid in cents."""
    return (Fraction(amount) * CENTS).denominator == 1


def _literals(thing: Any) -> Iterator[Decimal]:
    """The amounts of money that are written somewhere in a thing."""
    stack = [thing]
    while stack:
        top = stack.pop()
        if isinstance(top, Const):
            if "money" in str(top.type):
                yield from _decimals(top.value)
        elif isinstance(top, (tuple, list, frozenset)):
            stack.extend(top)
        elif isinstance(top, Mapping):
            stack.extend(top.values())
        elif attrs.has(type(top)):
            stack.extend(getattr(top, f.name) for f in attrs.fields(type(top)) if f.name not in SKIPPED)


def _decimals(value: Any) -> Iterator[Decimal]:
    match value:
        case Decimal():
            yield value
        case list():
            for part in value:
                yield from _decimals(part)
        case dict():
            yield from _decimals(list(value.values()))


def too_fine(value: Any, kind: Type, spec: Spec) -> bool:
    """Whether there is an amount of money in a value that cannot be paid in cents."""
    match kind:
        case Prim("money"):
            return value is not None and not _is_whole(value)
        case Optional(item):
            return value is not None and too_fine(value, item, spec)
        case ListType(item):
            return any(too_fine(v, item, spec) for v in value or ())
        case MapType(_, item):
            return any(too_fine(v, item, spec) for v in (value or {}).values())
        case TupleType(items):
            return any(too_fine(v, t, spec) for v, t in zip(value or (), items, strict=False))
        case RecordType(name):
            return value is not None and _row_too_fine(value, spec.records[name], spec)
    return False


def _row_too_fine(row: Mapping[str, Any], record: Record, spec: Spec) -> bool:
    fields = dict(record.fields)
    if record.tag is not None:
        fields = next((dict(c.fields) for c in record.cases.values() if c.wire == row.get(record.tag)), {})
    return any(too_fine(row.get(name), declared.type, spec) for name, declared in fields.items())


__all__ = ["CENTS", "to_the_cent", "too_fine"]
