"""What each built-in operation means, one small function each; those on dates and times stand in `times`.

Enters: the name of an operation and its values. Leaves: a value. Guaranteed: total (what has no result is UNKNOWN),
exact (nothing rounds unless told to), and strict: an unknown argument, or an unknown item of a list, makes the result
unknown. Only those in `LENIENT` look at unknowns themselves.
"""

import json
import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar

from . import times
from .values import (
    UNKNOWN,
    Number,
    Truth,
    Undefined,
    Unknown,
    Value,
    as_fraction,
    as_list,
    as_map,
    as_number,
    as_text,
    as_whole,
    equal,
    exactly,
    holds_unknown,
    is_number,
    plain,
    same,
    settle,
    truth,
)

LONGEST_RANGE: Final = 10_000
DEEPEST_ARITHMETIC: Final = 50
LONGEST_ARITHMETIC: Final = 2_000
MOST_PLACES: Final = 1000

OPS: dict[str, Callable[..., Value]] = dict(times.OPERATIONS)
LENIENT: Final = frozenset({"and", "or", "not", "or_unknown", "in", "eq"})

F = TypeVar("F", bound=Callable[..., Value])


def op(name: str) -> Callable[[F], F]:
    """Gives a function the name that the core knows it by."""

    def register(function: F) -> F:
        OPS[name] = function
        return function

    return register


def apply(name: str, args: tuple[Value, ...]) -> Value:
    """The value of an operation. A name that is not in `OPS` is our mistake."""
    function = OPS[name]
    if name not in LENIENT and rests_on_unknown(args):
        return UNKNOWN
    try:
        return function(*args)
    except Undefined:
        return UNKNOWN


def rests_on_unknown(args: tuple[Value, ...]) -> bool:
    """Whether a strict operation has nothing to work on: an argument, or an item of a list, is unknown."""
    return any(a is UNKNOWN or (isinstance(a, list) and any(item is UNKNOWN for item in a)) for a in args)


# --- truth ------------------------------------------------------------------------------------------------------------


@op("and")
def conjunction(*args: Value) -> Truth:
    found = [truth(a) for a in args]
    return False if any(t is False for t in found) else UNKNOWN if any(t is UNKNOWN for t in found) else True


@op("or")
def disjunction(*args: Value) -> Truth:
    found = [truth(a) for a in args]
    return True if any(t is True for t in found) else UNKNOWN if any(t is UNKNOWN for t in found) else False


@op("not")
def negation(arg: Value) -> Truth:
    found = truth(arg)
    return found if isinstance(found, Unknown) else not found


@op("or_unknown")
def or_unknown(value: Value) -> Value:
    return UNKNOWN if value is None else value


@op("in")
def is_in(value: Value, items: Value) -> Truth:
    """Nothing is in an absent list."""
    if isinstance(items, Unknown):
        return items
    return disjunction(*(same(value, item) for item in ([] if items is None else as_list(items))))


OPS["eq"] = same


# --- numbers ----------------------------------------------------------------------------------------------------------


@op("add")
def add(a: Value, b: Value) -> Number:
    return exactly(operator.add, as_number(a), as_number(b))


@op("subtract")
def subtract(a: Value, b: Value) -> Number:
    return exactly(operator.sub, as_number(a), as_number(b))


@op("multiply")
def multiply(a: Value, b: Value) -> Number:
    return exactly(operator.mul, as_number(a), as_number(b))


@op("divide")
def divide(a: Value, b: Value) -> Number:
    divisor = as_number(b)
    if divisor == 0:
        raise Undefined("division by zero")
    return exactly(operator.truediv, as_number(a), divisor)


@op("negate")
def negate(a: Value) -> Number:
    return subtract(0, a)


@op("lt")
def is_less(a: Value, b: Value) -> bool:
    return bool(as_number(a) < as_number(b))


@op("le")
def is_at_most(a: Value, b: Value) -> bool:
    return bool(as_number(a) <= as_number(b))


@op("gt")
def is_more(a: Value, b: Value) -> bool:
    return bool(as_number(a) > as_number(b))


@op("ge")
def is_at_least(a: Value, b: Value) -> bool:
    return bool(as_number(a) >= as_number(b))


@op("abs")
def magnitude(a: Value) -> Number:
    number = as_number(a)
    return negate(number) if number < 0 else number


@op("round")
def rounded(a: Value, places: Value) -> Number:
    """To the nearest, a tie to the even digit; before the point if `places` is negative."""
    number, n = as_number(a), as_whole(places)
    if abs(n) > MOST_PLACES:
        raise Undefined("too many places")
    if isinstance(number, int) and n >= 0:
        return number
    unit = Fraction(10) ** -n
    return settle(round(as_fraction(number) / unit) * unit)


@op("floor")
def floor(a: Value) -> int:
    return math.floor(as_fraction(as_number(a)))


@op("ceiling")
def ceiling(a: Value) -> int:
    return math.ceil(as_fraction(as_number(a)))


@op("range")
def whole_range(low: Value, high: Value) -> list[int]:
    first, last = as_whole(low), as_whole(high)
    if last - first >= LONGEST_RANGE:
        raise Undefined("too long a range")
    return list(range(first, last + 1))


# --- arithmetic in text -----------------------------------------------------------------------------------------------


class IllFormed(Exception):
    """Not an arithmetic expression, or one without a value."""


@op("arithmetic")
def arithmetic(text: Value) -> Number | None:
    """The value of an expression of + - * / ( ), unary signs and decimals; absent if it has none."""
    written = as_text(text)
    tokens = _tokens(written) if len(written) <= LONGEST_ARITHMETIC else [""]
    try:
        value, rest = _sum(tokens, 0, 0)
    except IllFormed:
        return None
    return value if rest == len(tokens) - 1 else None


def _tokens(text: str) -> list[str]:
    """Numbers and signs, then an empty one. What is neither stays, and fits nowhere."""
    return [*re.findall(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+|[^ ]", text), ""]


def _sum(tokens: list[str], at: int, depth: int) -> tuple[Number, int]:
    value, at = _product(tokens, at, depth)
    while tokens[at] in ("+", "-"):
        other, after = _product(tokens, at + 1, depth)
        value, at = (add if tokens[at] == "+" else subtract)(value, other), after
    return value, at


def _product(tokens: list[str], at: int, depth: int) -> tuple[Number, int]:
    value, at = _factor(tokens, at, depth)
    while tokens[at] in ("*", "/"):
        other, after = _factor(tokens, at + 1, depth)
        if tokens[at] == "/" and other == 0:
            raise IllFormed
        value, at = (multiply if tokens[at] == "*" else divide)(value, other), after
    return value, at


def _factor(tokens: list[str], at: int, depth: int) -> tuple[Number, int]:
    if depth > DEEPEST_ARITHMETIC:
        raise IllFormed
    token = tokens[at]
    if token in ("+", "-"):
        value, at = _factor(tokens, at + 1, depth + 1)
        return (negate(value) if token == "-" else value), at
    if token == "(":
        value, at = _sum(tokens, at + 1, depth + 1)
        if tokens[at] != ")":
            raise IllFormed
        return value, at + 1
    if token[:1] in "0123456789." and token not in ("", "."):
        return Decimal(token), at + 1
    raise IllFormed


# --- text -------------------------------------------------------------------------------------------------------------


@op("concat")
def concatenate(*parts: Value) -> str:
    return "".join(map(as_text, parts))


@op("text")
def written(value: Value) -> str:
    if value is None:
        raise Undefined("nothing to write")
    return _json(value) if isinstance(value, (bool, list, dict)) or is_number(value) else as_text(value)


def _json(value: Value) -> str:
    """Compact JSON, keys as they come, numbers in plain notation."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return "[" + ",".join(map(_json, value)) + "]"
        case dict():
            return "{" + ",".join(f"{_json(k)}:{_json(v)}" for k, v in value.items()) + "}"
    return plain(as_number(value))


@op("dollars")
def dollars(amount: Value) -> str:
    cents = round(as_fraction(as_number(amount)) * 100)
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02}"


@op("fixed")
def fixed(number: Value, places: Value) -> str:
    """With exactly so many digits after the point, a tie to the even digit."""
    n = as_whole(places)
    if not 0 <= n <= MOST_PLACES:
        raise Undefined("no such number of places")
    whole, rest = divmod(abs(scaled := round(as_fraction(as_number(number)) * 10**n)), 10**n)
    return f"{'-' if scaled < 0 else ''}{whole}" + (f".{rest:0{n}}" if n else "")


@op("lower")
def lower(text: Value) -> str:
    return as_text(text).lower()


@op("same_text")
def is_same_text(a: Value, b: Value) -> bool:
    return as_text(a).lower() == as_text(b).lower()


@op("contains")
def contains(text: Value, part: Value) -> bool:
    return as_text(part) in as_text(text)


@op("starts_with")
def starts_with(text: Value, part: Value) -> bool:
    return as_text(text).startswith(as_text(part))


@op("ends_with")
def ends_with(text: Value, part: Value) -> bool:
    return as_text(text).endswith(as_text(part))


@op("only_characters")
def has_only_characters(text: Value, allowed: Value) -> bool:
    return set(as_text(text)) <= set(as_text(allowed))


@op("length")
def length(text: Value) -> int:
    return len(as_text(text))


@op("split")
def split(text: Value, separator: Value) -> list[str]:
    whole, between = as_text(text), as_text(separator)
    return whole.split(between) if between else [whole]


@op("join")
def join(parts: Value, separator: Value) -> str:
    return as_text(separator).join(map(as_text, as_list(parts)))


# --- lists ------------------------------------------------------------------------------------------------------------


def _known(value: Value) -> list[Value]:
    """A list that can be compared item by item."""
    if holds_unknown(value):
        raise Undefined("something in it is unknown")
    return as_list(value)


@op("distinct")
def distinct(items: Value) -> list[Value]:
    found: list[Value] = []
    for item in _known(items):
        if not any(equal(item, other) for other in found):
            found.append(item)
    return found


def _sortable(keys: list[Value]) -> list[Any]:
    """Keys that have an order: all numbers, or all text."""
    if all(map(is_number, keys)):
        return keys
    return [as_text(key) for key in keys]


@op("sorted")
def ascending(items: Value) -> list[Value]:
    return sorted(_sortable(as_list(items)))


@op("order")
def ordered(items: Value, keys: Value) -> list[Value]:
    return _by_keys(as_list(items), as_list(keys), descending=False)


@op("order_descending")
def ordered_descending(items: Value, keys: Value) -> list[Value]:
    return _by_keys(as_list(items), as_list(keys), descending=True)


def _by_keys(items: list[Value], keys: list[Value], descending: bool) -> list[Value]:
    """Ties keep their order in both directions."""
    if len(items) != len(keys):
        raise Undefined("a key for each item")
    positions = sorted(range(len(items)), key=_sortable(keys).__getitem__, reverse=descending)
    return [items[i] for i in positions]


@op("reversed")
def backwards(items: Value) -> list[Value]:
    return as_list(items)[::-1]


@op("flatten")
def flatten(lists: Value) -> list[Value]:
    return [item for part in as_list(lists) for item in as_list(part)]


@op("zip")
def side_by_side(*lists: Value) -> list[Value]:
    return [list(row) for row in zip(*map(as_list, lists), strict=False)]


@op("take")
def take(items: Value, many: Value) -> list[Value]:
    return as_list(items)[: max(as_whole(many), 0)]


@op("running_totals")
def running_totals(items: Value) -> list[Number]:
    """What came together before each item."""
    totals: list[Number] = []
    total: Number = 0
    for item in as_list(items):
        totals.append(total)
        total = add(total, item)
    return totals


@op("contains_all")
def contains_all(items: Value, wanted: Value) -> bool:
    """Every item of the second occurs in the first at least as often."""
    left = list(_known(items))
    for item in _known(wanted):
        place = next((i for i, other in enumerate(left) if equal(item, other)), None)
        if place is None:
            return False
        del left[place]
    return True


@op("same_items")
def has_same_items(a: Value, b: Value) -> bool:
    return contains_all(a, b) and len(as_list(a)) == len(as_list(b))


@op("keys")
def keys(value: Value) -> list[Value]:
    return list(as_map(value))


@op("values")
def values(value: Value) -> list[Value]:
    return list(as_map(value).values())


@op("map_of")
def map_of(pairs: Value) -> dict[str, Value]:
    """The last of several entries under one key counts."""
    found = {}
    for pair in as_list(pairs):
        if len(as_list(pair)) != 2:
            raise Undefined("not a pair")
        found[as_text(pair[0])] = pair[1]
    return found
