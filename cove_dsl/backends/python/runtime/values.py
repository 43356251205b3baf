"""Values of a running specification: exact numbers, dates as text, and the one value that is not known.

Everything here is total: what has no result gives UNKNOWN, never an exception and never a rounded number.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Any

_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
LONGEST_RANGE = 10_000


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


# --- logic -------------------------------------------------------------------------------------------------------------


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
    return UNKNOWN if value is UNKNOWN else not value


def if_(condition: Any, then: Callable[[], Any], other: Callable[[], Any]) -> Any:
    if condition is not UNKNOWN:
        return then() if condition else other()
    a, b = then(), other()
    return a if eq(a, b) is True else UNKNOWN


def or_unknown(value: Any) -> Any:
    return UNKNOWN if value is None else value


def has_unknown(value: Any) -> bool:
    """Whether something inside a value is not known."""
    if value is UNKNOWN:
        return True
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    return isinstance(value, list) and any(map(has_unknown, value))


def eq(a: Any, b: Any) -> Any:
    """Equality of JSON values: numbers by value, absent and missing alike."""
    kind = type(a)
    if kind is str and type(b) is str:
        return a == b
    if has_unknown(a) or has_unknown(b):
        return UNKNOWN
    return same(a, b)


def same(a: Any, b: Any) -> bool:
    """`eq` of values that are known."""
    if a is b:
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return all(same(a.get(k), b.get(k)) for k in a.keys() | b.keys())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is Fraction or type(b) is Fraction:
        return is_number(a) and is_number(b) and Fraction(a) == Fraction(b)
    return bool(a == b)


def in_(item: Any, items: Any) -> Any:
    """Membership of a list."""
    if items is UNKNOWN:
        return UNKNOWN
    found: Any = False
    for other in items or ():
        answer = eq(item, other)
        if answer is True:
            return True
        if answer is UNKNOWN:
            found = UNKNOWN
    return found


def is_present(value: Any) -> Any:
    return UNKNOWN if value is UNKNOWN else value is not None


def is_case(value: Any, tag: str, wire: str) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    found = value.get(tag) if isinstance(value, dict) else None
    return UNKNOWN if found is UNKNOWN else found == wire


# --- reaching in -------------------------------------------------------------------------------------------------------


def get(target: Any, name: str) -> Any:
    if target is None or target is UNKNOWN:
        return target
    return target.get(name)


def get_each(targets: Any, name: str) -> Any:
    if targets is None or targets is UNKNOWN:
        return targets
    return [get(t, name) for t in targets]


def entry(target: Any, key: Any) -> Any:
    """The entry of a map or the item of a list at a key, or None."""
    if target is UNKNOWN or key is UNKNOWN:
        return UNKNOWN
    if isinstance(target, dict):
        return target.get(key) if isinstance(key, str) else None
    if isinstance(target, list) and isinstance(key, int) and 0 <= key < len(target):
        return target[key]
    return None


def items_of(source: Any) -> Any:
    """What a comprehension goes through: nothing for an absent list, one doubt for an unknown one."""
    if source is UNKNOWN:
        return (MAYBE,)
    return source or ()


# --- folds: a comprehension hands over its items, MAYBE for each doubtful one --------------------------------------------


def whole(items: Iterable[Any]) -> Any:
    """A comprehension as a plain list."""
    made = list(items)
    return UNKNOWN if any(i is MAYBE for i in made) else made


def some(items: Any) -> Any:
    doubt = items is UNKNOWN
    for item in () if items is UNKNOWN else items or ():
        if item is not MAYBE:
            return True
        doubt = True
    return UNKNOWN if doubt else False


def no(items: Any) -> Any:
    return not_(some(items))


def every(items: Any) -> Any:
    doubt = items is UNKNOWN
    for item in () if items is UNKNOWN else items or ():
        if item is False:
            return False
        doubt = doubt or item is not True
    return UNKNOWN if doubt else True


def count(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    if isinstance(items, (list, dict)):
        return len(items)
    n = 0
    for item in items or ():
        if item is MAYBE:
            return UNKNOWN
        n += 1
    return n


def first(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    for item in items or ():
        return UNKNOWN if item is MAYBE else item
    return None


def last(items: Any) -> Any:
    if isinstance(items, list):
        return items[-1] if items else None
    return UNKNOWN if items is UNKNOWN else first(reversed(list(items or ())))


def only(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    made = list(items or ())
    if any(i is MAYBE for i in made):
        return UNKNOWN
    return made[0] if len(made) == 1 else None


def _known(items: Any) -> list[Any] | None:
    made = None if items is UNKNOWN else list(items or ())
    return None if made is None or any(i is MAYBE or i is UNKNOWN for i in made) else made


def sum_(items: Any) -> Any:
    made = _known(items)
    if made is None:
        return UNKNOWN
    total: Any = 0
    for item in made:
        total = add(total, item)
    return total


def min_(items: Any) -> Any:
    made = _known(items)
    return UNKNOWN if made is None else min(made, key=_sort_key, default=None)


def max_(items: Any) -> Any:
    made = _known(items)
    return UNKNOWN if made is None else max(made, key=_sort_key, default=None)


# --- numbers -----------------------------------------------------------------------------------------------------------


_NUMBERS = frozenset({int, Decimal, Fraction})


def is_number(value: Any) -> bool:
    return type(value) in _NUMBERS


def _sort_key(value: Any) -> Any:
    return Fraction(value) if isinstance(value, (Decimal, Fraction)) else value


def _narrowed(value: Fraction) -> Any:
    """A rational as an int or Decimal where one of them is exact."""
    if value.denominator == 1:
        return value.numerator
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return value
    try:
        return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    except (Inexact, InvalidOperation, Overflow):
        return value


def _arithmetic(a: Any, b: Any, exact: Callable[[Any, Any], Any], rational: Callable[[Any, Any], Any]) -> Any:
    if a is UNKNOWN or b is UNKNOWN or not (is_number(a) and is_number(b)):
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return rational(a, b)
    if not isinstance(a, Fraction) and not isinstance(b, Fraction):
        try:
            return exact(Decimal(a), Decimal(b))
        except (Inexact, InvalidOperation, Overflow):
            pass
    return _narrowed(rational(Fraction(a), Fraction(b)))


def add(a: Any, b: Any) -> Any:
    return _arithmetic(a, b, _EXACT.add, lambda x, y: x + y)


def subtract(a: Any, b: Any) -> Any:
    return _arithmetic(a, b, _EXACT.subtract, lambda x, y: x - y)


def multiply(a: Any, b: Any) -> Any:
    return _arithmetic(a, b, _EXACT.multiply, lambda x, y: x * y)


def divide(a: Any, b: Any) -> Any:
    if a is UNKNOWN or b is UNKNOWN or not (is_number(a) and is_number(b)) or b == 0:
        return UNKNOWN
    return _narrowed(Fraction(a) / Fraction(b))


def negate(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else -a if not isinstance(a, Decimal) else a.copy_negate() if a else a


def _compare(a: Any, b: Any, test: Callable[[Any, Any], bool]) -> Any:
    if not (is_number(a) and is_number(b)):
        return UNKNOWN
    if type(a) is Fraction or type(b) is Fraction:
        return test(Fraction(a), Fraction(b))
    return test(a, b)


def lt(a: Any, b: Any) -> Any:
    return _compare(a, b, lambda x, y: x < y)


def le(a: Any, b: Any) -> Any:
    return _compare(a, b, lambda x, y: x <= y)


def gt(a: Any, b: Any) -> Any:
    return lt(b, a)


def ge(a: Any, b: Any) -> Any:
    return le(b, a)


def abs_(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else negate(a) if a < 0 else a


def round_(a: Any, places: Any) -> Any:
    """To a number of places, ties to even; exact before it rounds."""
    if a is UNKNOWN or places is UNKNOWN or not -50 <= places <= 50:
        return UNKNOWN
    return _narrowed(Fraction(round(Fraction(a), places)))


def floor(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else Fraction(a).__floor__()


def ceiling(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else Fraction(a).__ceil__()


_TOKEN = re.compile(r"\s*(\d+\.\d*|\.\d+|\d+|[-+*/()])")
_DEEPEST = 50


def arithmetic(text: Any) -> Any:
    """The exact value of a written sum, or None if it is none."""
    if text is UNKNOWN:
        return UNKNOWN
    tokens = _TOKEN.findall(text) if len(text) <= 2_000 else []
    if not tokens or "".join(tokens) != "".join(text.split()):
        return None
    try:
        value, rest = _sum_of(tokens, 0, 0)
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    return _narrowed(value) if rest == len(tokens) else None


def _sum_of(tokens: list[str], at: int, depth: int) -> tuple[Fraction, int]:
    value, at = _product_of(tokens, at, depth)
    while at < len(tokens) and tokens[at] in "+-":
        sign = 1 if tokens[at] == "+" else -1
        more, at = _product_of(tokens, at + 1, depth)
        value += sign * more
    return value, at


def _product_of(tokens: list[str], at: int, depth: int) -> tuple[Fraction, int]:
    value, at = _factor_of(tokens, at, depth)
    while at < len(tokens) and tokens[at] in "*/":
        times = tokens[at] == "*"
        more, at = _factor_of(tokens, at + 1, depth)
        value = value * more if times else value / more
    return value, at


def _factor_of(tokens: list[str], at: int, depth: int) -> tuple[Fraction, int]:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    token = tokens[at]
    if token in "+-":
        value, at = _factor_of(tokens, at + 1, depth + 1)
        return (value if token == "+" else -value), at
    if token == "(":
        value, at = _sum_of(tokens, at + 1, depth + 1)
        if tokens[at] != ")":
            raise ValueError("unclosed")
        return value, at + 1
    return Fraction(token), at + 1


# --- text --------------------------------------------------------------------------------------------------------------


def plain_number(value: Any) -> str:
    """A number without exponent or needless zeros; a fraction that no decimal holds as `n/d`."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Decimal):
        shown = format(value, "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    return str(value)


def text(value: Any) -> Any:
    if has_unknown(value):
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain_number(value) if is_number(value) else to_json(value)


def to_json(value: Any) -> str:
    """Compact JSON with numbers as they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    if isinstance(value, Fraction):
        return json.dumps(float(value))
    return plain_number(value) if is_number(value) else json.dumps(value)


def dollars(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    cents = round(Fraction(value) * 100)
    whole_, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole_:,}.{rest:02d}"


def concat(*parts: Any) -> Any:
    return UNKNOWN if any(p is UNKNOWN or p is None for p in parts) else "".join(parts)


def lower(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else a.lower()


def same_text(a: Any, b: Any) -> Any:
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a is not None and b is not None and a.lower() == b.lower()


def contains(a: Any, b: Any) -> Any:
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else b in a


def starts_with(a: Any, b: Any) -> Any:
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a.startswith(b)


def ends_with(a: Any, b: Any) -> Any:
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a.endswith(b)


def only_characters(a: Any, allowed: Any) -> Any:
    return UNKNOWN if a is UNKNOWN or allowed is UNKNOWN else all(c in allowed for c in a)


def length(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else len(a)


def split(a: Any, separator: Any) -> Any:
    if a is UNKNOWN or separator is UNKNOWN:
        return UNKNOWN
    return a.split(separator) if separator else [a]


def join(items: Any, separator: Any) -> Any:
    made = _known(items)
    return UNKNOWN if made is None or separator is UNKNOWN else separator.join(made)


# --- lists -------------------------------------------------------------------------------------------------------------


def range_(low: Any, high: Any) -> Any:
    if low is UNKNOWN or high is UNKNOWN or high - low >= LONGEST_RANGE:
        return UNKNOWN
    return list(range(low, high + 1))


def _on_list(function: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    def apply(items: Any) -> Any:
        made = _known(items)
        return UNKNOWN if made is None else function(made)

    return apply


def _distinct(items: list[Any]) -> Any:
    made: list[Any] = []
    for item in items:
        if not any(same(item, other) for other in made):
            made.append(item)
    return made


def _running_totals(items: list[Any]) -> Any:
    totals: list[Any] = []
    total: Any = 0
    for item in items:
        totals.append(total)
        total = add(total, item)
    return totals


distinct = _on_list(_distinct)
sorted_ = _on_list(lambda items: sorted(items, key=_sort_key))
reversed_ = _on_list(lambda items: items[::-1])
flatten = _on_list(lambda items: [x for inner in items for x in inner])
running_totals = _on_list(_running_totals)
map_of = _on_list(lambda items: {pair[0]: pair[1] for pair in items})


def zip_(*lists: Any) -> Any:
    made = [_known(items) for items in lists]
    return UNKNOWN if any(m is None for m in made) else [list(row) for row in zip(*(m or [] for m in made), strict=False)]


def take(items: Any, n: Any) -> Any:
    made = _known(items)
    return UNKNOWN if made is None or n is UNKNOWN else made[: max(0, n)]


def contains_all(items: Any, wanted: Any) -> Any:
    """Multiset containment: each wanted item at least as often."""
    have, want = _known(items), _known(wanted)
    if have is None or want is None:
        return UNKNOWN
    rest = list(have)
    for item in want:
        at = next((i for i, other in enumerate(rest) if same(item, other)), None)
        if at is None:
            return False
        del rest[at]
    return True


def same_items(a: Any, b: Any) -> Any:
    one, two = _known(a), _known(b)
    if one is None or two is None:
        return UNKNOWN
    return len(one) == len(two) and contains_all(one, two)


def keys(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else list(a or {})


def values(a: Any) -> Any:
    return UNKNOWN if a is UNKNOWN else list((a or {}).values())


def _ordered(items: Any, by: Any, reverse: bool) -> Any:
    made, ranks = _known(items), _known(by)
    if made is None or ranks is None:
        return UNKNOWN
    order_ = sorted(range(len(made)), key=lambda i: _sort_key(ranks[i]), reverse=reverse)
    return [made[i] for i in order_]


def order(items: Any, by: Any) -> Any:
    return _ordered(items, by, False)


def order_descending(items: Any, by: Any) -> Any:
    return _ordered(items, by, True)


# --- time --------------------------------------------------------------------------------------------------------------

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def zone_of(clock: str | None) -> timezone:
    """The zone in which times without one are read: the clock's."""
    try:
        zone = datetime.fromisoformat(clock).tzinfo if clock else None
    except ValueError:
        zone = None
    return zone if isinstance(zone, timezone) else timezone.utc


def instant(value: Any, zone: timezone = timezone.utc) -> Any:
    """Seconds on a line: of a date its midnight, of a time its distance from midnight, of a date-time its instant."""
    if not isinstance(value, str):
        return UNKNOWN if value is not None else None
    try:
        if _DATE.match(value):
            return (date.fromisoformat(value) - date(1970, 1, 1)).days * 86400
        if found := _TIME.match(value):
            hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
            return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else UNKNOWN
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return UNKNOWN
    passed = (moment if moment.tzinfo else moment.replace(tzinfo=zone)) - _EPOCH
    return passed.days * 86400 + passed.seconds if not passed.microseconds else Fraction(passed // timedelta(microseconds=1), 1_000_000)


def shift(value: Any, by: Any) -> Any:
    """A date, time or date-time moved by a duration in seconds, written as it was."""
    if not isinstance(value, str) or by is UNKNOWN or by != int(by):
        return UNKNOWN
    seconds = int(by)
    try:
        if _DATE.match(value):
            return (date.fromisoformat(value) + timedelta(seconds=seconds)).isoformat() if seconds % 86400 == 0 else UNKNOWN
        if _TIME.match(value):
            now = instant(value)
            at = now + seconds if now is not UNKNOWN else -1
            shown = f"{at // 3600:02d}:{at % 3600 // 60:02d}:{at % 60:02d}"
            return UNKNOWN if not 0 <= at < 86400 else shown if len(value) > 5 or at % 60 else shown[:5]
        moved = datetime.fromisoformat(value) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return UNKNOWN
    return moved.isoformat(sep="T" if "T" in value else " ")


def date_of(value: Any) -> Any:
    return value[:10] if isinstance(value, str) and instant(value) is not UNKNOWN else UNKNOWN


def time_of(value: Any) -> Any:
    return value[11:19] if isinstance(value, str) and instant(value) is not UNKNOWN else UNKNOWN


def at_time(day: Any, time: Any) -> Any:
    return UNKNOWN if day is UNKNOWN or time is UNKNOWN else f"{day}T{time}"


def cents(value: Decimal) -> Decimal:
    """Rounded to cents, ties to even: for comparing with systems that keep money in binary floats."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
