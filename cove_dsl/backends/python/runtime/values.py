"""Values of a running specification: exact numbers, dates as text, and the one value that is not known.

Everything here is total: what has no result gives UNKNOWN, never an exception and never a rounded number.
"""

from collections.abc import Callable
from decimal import (
    Decimal,
)
from fractions import Fraction
from typing import Any


class Unknown:
    """What was not observed. Operators on it give it back, so it flows through arithmetic and comparisons."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value was taken for true or false")


UNKNOWN = Unknown()


class Doubtful:
    """An item of a list of which it is not known whether it belongs."""

    __slots__ = ()


MAYBE = Doubtful()
NUMBERS = frozenset({int, Decimal, Fraction})


# --- numbers ----------------------------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    return type(value) in NUMBERS


def whole_number(value: Any) -> int | None:
    """A whole number, however it is written."""
    if type(value) is int:
        return value
    exact = Fraction(value) if is_number(value) else None
    return exact.numerator if exact is not None and exact.denominator == 1 else None


# --- logic ------------------------------------------------------------------------------------------------------------


def and_(*parts: Callable[[], Any]) -> Any:
    """Kleene's `and`; parts are looked at in order until one is false."""
    result: Any = True
    for part in parts:
        value = part()
        if value is False:
            return False
        if value is not True:
            result = UNKNOWN
    return result


def or_(*parts: Callable[[], Any]) -> Any:
    """Kleene's `or`; parts are looked at in order until one is true."""
    result: Any = False
    for part in parts:
        value = part()
        if value is True:
            return True
        if value is not False:
            result = UNKNOWN
    return result


def not_(value: Any) -> Any:
    return False if value is True else True if value is False else UNKNOWN


def if_(condition: Any, then: Callable[[], Any], other: Callable[[], Any]) -> Any:
    if condition is True:
        return then()
    if condition is False:
        return other()
    a, b = then(), other()
    return a if eq(a, b) is True else UNKNOWN


def or_unknown(value: Any) -> Any:
    return UNKNOWN if value is None else value


def has_unknown(value: Any) -> bool:
    """Whether something inside a value is not known."""
    if value is UNKNOWN:
        return True
    if not isinstance(value, (dict, list)):
        return False
    for item in value.values() if isinstance(value, dict) else value:
        if item is UNKNOWN or (type(item) in _HOLDERS and has_unknown(item)):
            return True
    return False


_HOLDERS = frozenset({dict, list})


def eq(a: Any, b: Any) -> Any:
    """Equality of JSON values: numbers by value, absent and missing alike."""
    kind = type(a)
    if kind is str and type(b) is str:
        return a == b
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if (kind in _HOLDERS and has_unknown(a)) or (type(b) in _HOLDERS and has_unknown(b)):
        return UNKNOWN
    return same(a, b)


def same(a: Any, b: Any) -> bool:
    """`eq` of values that are known. A message is equal to what it says."""
    if a is b:
        return True
    kind = type(a)
    if kind is type(b):
        if kind is dict:
            return _same_objects(a, b)
        if kind is list:
            return len(a) == len(b) and all(map(same, a, b))
        if kind is str or kind in NUMBERS:
            return bool(a == b)
    if kind is str or type(b) is str:
        return bool(said(a) == said(b))
    return kind in NUMBERS and type(b) in NUMBERS and bool(a == b)


def _same_objects(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Equality of objects: absent and missing are alike."""
    for name, value in a.items():
        other = b.get(name)
        if value is not other and not same(value, other):
            return False
    return (len(a) == len(b) and a.keys() == b.keys()) or all(b[name] is None for name in b.keys() - a.keys())


def said(value: Any) -> Any:
    """What a message says; anything else as it is."""
    return value.text if getattr(value, "kind", None) == "message" else value


def in_(item: Any, items: Any) -> Any:
    """Membership of a list; nothing is in an absent one."""
    if items is None:
        return False
    if not isinstance(items, list):
        return UNKNOWN
    found: Any = False
    for other in items:
        answer = eq(item, other)
        if answer is True:
            return True
        if answer is UNKNOWN:
            found = UNKNOWN
    return found


def is_present(value: Any) -> Any:
    return UNKNOWN if value is UNKNOWN else value is not None


def is_case(value: Any, tag: str, wire: str) -> Any:
    if value is None:
        return False
    return eq(value.get(tag), wire) if isinstance(value, dict) else UNKNOWN


# --- reaching in ------------------------------------------------------------------------------------------------------


def get(target: Any, name: str) -> Any:
    if type(target) is dict:
        return target.get(name)
    if target is None or target is UNKNOWN:
        return target
    try:
        return target.get(name)
    except AttributeError:
        return UNKNOWN


def get_each(targets: Any, name: str) -> Any:
    if isinstance(targets, list):
        return [get(t, name) for t in targets]
    return None if targets is None else UNKNOWN


def entry(target: Any, key: Any) -> Any:
    """The entry of a map or the item of a list at a key, or None."""
    if key is None or key is UNKNOWN:
        return key
    if isinstance(target, dict):
        return target.get(key) if isinstance(key, str) else None
    if isinstance(target, list):
        at = whole_number(key)
        return target[at] if at is not None and 0 <= at < len(target) else None
    return None if target is None else UNKNOWN


def map_made(*parts: Any) -> Any:
    """A map of keys and values in turn."""
    keys_ = parts[::2]
    return dict(zip(keys_, parts[1::2], strict=True)) if all(isinstance(k, str) for k in keys_) else UNKNOWN


class UnknownEffect(Exception):
    """What a call does depends on something that is not known."""


class OverBudget(UnknownEffect):
    """A computation took more steps or room than any desk needs: what it would have said is unknown."""


MOST_STEPS = 5_000_000
MOST_BITS = 20_000
SPENT = [0]


def fresh_budget() -> None:
    """Each call of a tool and each judging of a rule has its own."""
    SPENT[0] = 0


def spend(steps: int) -> None:
    """Counts what loops go through. Raises OverBudget."""
    SPENT[0] += steps
    if SPENT[0] > MOST_STEPS:
        raise OverBudget


def items_of(source: Any) -> Any:
    """What a comprehension goes through: nothing for an absent list, one doubt for an unknown one."""
    if isinstance(source, list):
        spend(len(source))
        return source
    return () if source is None else (MAYBE,)


def parts(item: Any, n: int) -> Any:
    """The parts of a tuple, unknown where it has none."""
    return item if isinstance(item, list) and len(item) == n else (UNKNOWN,) * n
