"""Values of a running specification: exact numbers, dates as text, and the one value that is not known.

Everything here is total: what has no result gives UNKNOWN, never an exception and never a rounded number.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction
from typing import Any, NamedTuple

_EXACT = Context(prec=1000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
LONGEST_RANGE = 10_000
MOST_PLACES = 1000


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
_NUMBERS = frozenset({int, Decimal, Fraction})


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
    """`eq` of values that are known. A message is equal to what it says."""
    if a is b:
        return True
    kind = type(a)
    if kind is type(b):
        if kind is dict:
            return _same_objects(a, b)
        if kind is list:
            return len(a) == len(b) and all(map(same, a, b))
        if kind is str or kind in _NUMBERS:
            return bool(a == b)
    if kind is str or type(b) is str:
        return bool(said(a) == said(b))
    return kind in _NUMBERS and type(b) in _NUMBERS and bool(a == b)


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
        at = _whole_number(key)
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
LONGEST_TEXT = 1_000_000
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


# --- folds: a comprehension hands over its items, MAYBE for each doubtful one -----------------------------------------


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
    """The items of a list if every one is known; the list may be a comprehension's."""
    if items is UNKNOWN or isinstance(items, (str, dict)):
        return None
    made = list(items or ())
    return None if any(i is MAYBE or i is UNKNOWN for i in made) else made


def sum_(items: Any) -> Any:
    made = _known(items)
    if made is None:
        return UNKNOWN
    total: Any = 0
    for item in made:
        total = add(total, item)
    return total


def _extreme(items: Any, zone: int, pick: Any) -> Any:
    made = _known(items)
    ranks = None if made is None else [i if is_number(i) else instant(i, zone) for i in made]
    if made is None or ranks is None or not all(map(is_number, ranks)):
        return UNKNOWN
    return made[pick(range(len(made)), key=ranks.__getitem__)] if made else None


def min_(items: Any, zone: int = 0) -> Any:
    return _extreme(items, zone, min)


def max_(items: Any, zone: int = 0) -> Any:
    return _extreme(items, zone, max)


# --- numbers ----------------------------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    return type(value) in _NUMBERS


def _whole_number(value: Any) -> int | None:
    """A whole number, however it is written."""
    if type(value) is int:
        return value
    exact = Fraction(value) if is_number(value) else None
    return exact.numerator if exact is not None and exact.denominator == 1 else None


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
        if a.bit_length() + b.bit_length() > MOST_BITS:
            raise OverBudget
        return rational(a, b)
    if not isinstance(a, Fraction) and not isinstance(b, Fraction):
        try:
            return exact(Decimal(a), Decimal(b))
        except (Inexact, InvalidOperation, Overflow):
            pass
    one, two = Fraction(a), Fraction(b)
    if (one.numerator * one.denominator).bit_length() + (two.numerator * two.denominator).bit_length() > MOST_BITS:
        raise OverBudget
    return _narrowed(rational(one, two))


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
    return subtract(0, a)


def lt(a: Any, b: Any) -> Any:
    return a < b if type(a) in _NUMBERS and type(b) in _NUMBERS else UNKNOWN


def le(a: Any, b: Any) -> Any:
    return a <= b if type(a) in _NUMBERS and type(b) in _NUMBERS else UNKNOWN


def gt(a: Any, b: Any) -> Any:
    return lt(b, a)


def ge(a: Any, b: Any) -> Any:
    return le(b, a)


def abs_(a: Any) -> Any:
    return UNKNOWN if not is_number(a) else negate(a) if a < 0 else a


def round_(a: Any, places: Any) -> Any:
    """To a number of places, ties to even; exact before it rounds."""
    n = _whole_number(places)
    if not is_number(a) or n is None or not -MOST_PLACES <= n <= MOST_PLACES:
        return UNKNOWN
    return _narrowed(Fraction(round(Fraction(a), n)))


def floor(a: Any) -> Any:
    return Fraction(a).__floor__() if is_number(a) else UNKNOWN


def ceiling(a: Any) -> Any:
    return Fraction(a).__ceil__() if is_number(a) else UNKNOWN


_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+|[^ ]")
_DEEPEST = 50
_LONGEST = 2_000


def arithmetic(text: Any) -> Any:
    """The exact value of a written sum, or None if it is none."""
    written = said(text)
    if not isinstance(written, str):
        return UNKNOWN
    tokens = _TOKEN.findall(written) if len(written) <= _LONGEST else []
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


# --- text -------------------------------------------------------------------------------------------------------------


def plain_number(value: Any) -> str:
    """A number without exponent, needless zeros or a sign on nothing; a fraction that no decimal holds as `n/d`."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Decimal):
        shown = format(value, "f")
        shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
        return "0" if shown in ("-0", "") else shown
    return str(value)


def text(value: Any) -> Any:
    """A value as text: JSON without spaces, numbers plain. Unknown where it holds what neither of them writes."""
    value = said(value)
    if isinstance(value, str):
        return value
    if value is None or not _writable(value):
        return UNKNOWN
    return _compact(value)


def _writable(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_writable, value.values()))
    if isinstance(value, list):
        return all(map(_writable, value))
    return value is None or isinstance(value, (bool, str)) or (is_number(value) and not isinstance(value, Fraction))


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_compact(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return plain_number(value) if is_number(value) else json.dumps(value, ensure_ascii=False)


def to_json(value: Any) -> str:
    """Compact JSON with numbers as they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    if isinstance(value, Fraction):
        return json.dumps(float(value))
    return plain_number(value) if is_number(value) else "null" if value is UNKNOWN else json.dumps(value)


def dollars(value: Any) -> Any:
    if not is_number(value):
        return UNKNOWN
    cents = round(Fraction(value) * 100)
    whole_, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole_:,}.{rest:02d}"


def fixed(value: Any, places: Any) -> Any:
    """A number with exactly so many digits after the point, ties to even."""
    n = _whole_number(places)
    if not is_number(value) or n is None or not 0 <= n <= MOST_PLACES:
        return UNKNOWN
    scaled = round(Fraction(value) * 10**n)
    whole_, rest = divmod(abs(scaled), 10**n)
    return f"{'-' if scaled < 0 else ''}{whole_}" + (f".{rest:0{n}d}" if n else "")


def _on_texts(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts; a message stands for what it says, and of anything else the result is unknown."""

    def apply(*args: Any) -> Any:
        texts = [a if type(a) is str else said(a) for a in args]
        return function(*texts) if all(isinstance(t, str) for t in texts) else UNKNOWN

    return apply


concat = _on_texts(lambda *texts: "".join(texts))
lower = _on_texts(lambda a: a.lower())
same_text = _on_texts(lambda a, b: a.lower() == b.lower())
contains = _on_texts(lambda a, b: b in a)
starts_with = _on_texts(lambda a, b: a.startswith(b))
ends_with = _on_texts(lambda a, b: a.endswith(b))
only_characters = _on_texts(lambda a, allowed: set(a) <= set(allowed))
length = _on_texts(len)
split = _on_texts(lambda a, separator: a.split(separator) if separator else [a])


def join(items: Any, separator: Any) -> Any:
    made = _known_list(items)
    return UNKNOWN if made is None else _joined(separator, *made)


_joined = _on_texts(lambda separator, *texts: separator.join(texts))


# --- lists ------------------------------------------------------------------------------------------------------------


def range_(low: Any, high: Any) -> Any:
    first_, last_ = _whole_number(low), _whole_number(high)
    if first_ is None or last_ is None or last_ - first_ >= LONGEST_RANGE:
        return UNKNOWN
    return list(range(first_, last_ + 1))


def _known_list(items: Any) -> list[Any] | None:
    return items if isinstance(items, list) and not any(i is UNKNOWN for i in items) else None


def _on_list(function: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    def apply(items: Any) -> Any:
        made = _known_list(items)
        return UNKNOWN if made is None else function(made)

    return apply


def _distinct(items: list[Any]) -> Any:
    if has_unknown(items):
        return UNKNOWN
    made: list[Any] = []
    for item in items:
        if not any(same(item, other) for other in made):
            made.append(item)
    return made


def _flatten(items: list[Any]) -> Any:
    return [x for inner in items for x in inner] if all(isinstance(i, list) for i in items) else UNKNOWN


def _map_of(pairs: list[Any]) -> Any:
    fitting = all(isinstance(p, list) and len(p) == 2 and isinstance(said(p[0]), str) for p in pairs)
    return {said(p[0]): p[1] for p in pairs} if fitting else UNKNOWN


def _sorted(items: list[Any]) -> Any:
    ranks = _sortable(items)
    return UNKNOWN if ranks is None else sorted(ranks)


def _sortable(items: list[Any]) -> list[Any] | None:
    """Items that have an order: all numbers, or all text."""
    if all(map(is_number, items)):
        return items
    texts = [said(i) for i in items]
    return texts if all(isinstance(t, str) for t in texts) else None


def _running_totals(items: list[Any]) -> Any:
    if not all(map(is_number, items)):
        return UNKNOWN
    totals: list[Any] = []
    total: Any = 0
    for item in items:
        totals.append(total)
        total = add(total, item)
    return totals


distinct = _on_list(_distinct)
sorted_ = _on_list(_sorted)
reversed_ = _on_list(lambda items: items[::-1])
flatten = _on_list(_flatten)
running_totals = _on_list(_running_totals)
map_of = _on_list(_map_of)


def zip_(*lists: Any) -> Any:
    made = [_known_list(items) for items in lists]
    return (
        UNKNOWN if any(m is None for m in made) else [list(row) for row in zip(*(m or [] for m in made), strict=False)]
    )


def take(items: Any, n: Any) -> Any:
    made, many = _known_list(items), _whole_number(n)
    return UNKNOWN if made is None or many is None else made[: max(0, many)]


def contains_all(items: Any, wanted: Any) -> Any:
    """Multiset containment: each wanted item at least as often."""
    if not isinstance(items, list) or not isinstance(wanted, list) or has_unknown(items) or has_unknown(wanted):
        return UNKNOWN
    rest = list(items)
    for item in wanted:
        at = next((i for i, other in enumerate(rest) if same(item, other)), None)
        if at is None:
            return False
        del rest[at]
    return True


def same_items(a: Any, b: Any) -> Any:
    contained = contains_all(a, b)
    return contained if contained is not True else len(a) == len(b)


def keys(a: Any) -> Any:
    return list(a) if isinstance(a, dict) else UNKNOWN


def values(a: Any) -> Any:
    return list(a.values()) if isinstance(a, dict) else UNKNOWN


def _ordered(items: Any, by: Any, reverse: bool) -> Any:
    made, given = _known_list(items), _known_list(by)
    ranks = _sortable(given) if given is not None else None
    if made is None or ranks is None or len(made) != len(ranks):
        return UNKNOWN
    order_ = sorted(range(len(made)), key=ranks.__getitem__, reverse=reverse)
    return [made[i] for i in order_]


def order(items: Any, by: Any) -> Any:
    return _ordered(items, by, False)


def order_descending(items: Any, by: Any) -> Any:
    return _ordered(items, by, True)


# --- time -------------------------------------------------------------------------------------------------------------

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_MOMENT = re.compile(f"({_DATE})?([T ])?({_TIME})?(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?")
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


class Moment(NamedTuple):
    """A date, a time, or both, as they are written."""

    date: str | None
    between: str
    time: str | None
    zone: str | None
    days: int
    seconds: Any


def _moment(value: Any) -> Moment | None:
    """The parts of a date, a time or a datetime; only a datetime has a zone. None of what is neither."""
    written = said(value)
    match = _MOMENT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        return None
    day, between, time, zone = match.groups()
    both = day is not None and time is not None
    if both is not (between is not None) or (zone is not None and not both) or not (day or time):
        return None
    try:
        days = date.fromisoformat(day).toordinal() - _EPOCH if day else 0
    except ValueError:
        return None
    seconds = _seconds(time) if time else 0
    return (
        None
        if seconds is None or (zone and _offset(zone) is None)
        else Moment(day, between or "", time, zone, days, seconds)
    )


def _seconds(time: str) -> Any:
    hours, minutes, seconds = (*time.split(":"), "0")[:3]
    exact = Fraction(seconds) if "." in seconds else int(seconds)
    return (
        int(hours) * 3600 + int(minutes) * 60 + exact if int(hours) < 24 and int(minutes) < 60 and exact < 60 else None
    )


def _offset(zone: str) -> int | None:
    """Seconds east of Greenwich."""
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1) if hours < 24 and minutes < 60 else None


def zone_of(clock: str | None) -> int:
    """The offset in which times without one are read: the clock's."""
    found = _moment(clock)
    return (_offset(found.zone) or 0) if found is not None and found.zone else 0


def instant(value: Any, zone: int = 0) -> Any:
    """Seconds on a line: of a date its midnight, of a time its distance from midnight, of a date-time its instant."""
    if value is None:
        return None
    found = _moment(value)
    if found is None:
        return UNKNOWN
    seconds = found.days * _DAY + found.seconds
    if found.date and found.time:
        seconds -= _offset(found.zone) if found.zone else zone
    return seconds if isinstance(seconds, int) else _narrowed(seconds)


def shift(value: Any, by: Any) -> Any:
    """A date, time or date-time moved by a duration in seconds, written as it was."""
    found = _moment(value)
    if found is None or not is_number(by):
        return UNKNOWN
    days, rest = divmod(found.days * _DAY + Fraction(found.seconds) + Fraction(by), _DAY)
    if (found.date is None and days != 0) or (found.time is None and rest != 0):
        return UNKNOWN
    try:
        day = date.fromordinal(int(days) + _EPOCH).isoformat() if found.date else ""
    except (ValueError, OverflowError):
        return UNKNOWN
    return day + found.between + (_clock_text(rest, found.time) if found.time else "") + (found.zone or "")


def _clock_text(seconds: Fraction, like: str) -> str:
    """A time of day with seconds and decimals where the other has them, or where they are needed."""
    minutes, rest = divmod(seconds, 60)
    whole_, decimals = divmod(rest, 1)
    shown = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{whole_:02}" if len(like) > 5 or rest else "")
    kept = like.partition(".")[2]
    if not kept and not decimals:
        return shown
    return f"{shown}.{plain_number(_narrowed(decimals)).partition('.')[2].ljust(len(kept), '0')}"


def date_of(value: Any) -> Any:
    found = _moment(value)
    return found.date if found is not None and found.date and found.time else UNKNOWN


def time_of(value: Any) -> Any:
    found = _moment(value)
    return found.time if found is not None and found.date and found.time else UNKNOWN


def at_time(day: Any, time: Any) -> Any:
    one, two = _moment(day), _moment(time)
    if one is None or two is None or one.time or two.date:
        return UNKNOWN
    return f"{one.date}T{two.time}"


def months_between(start: Any, end: Any) -> Any:
    """Whole months from one day to another; less than 0 where the second is earlier."""
    one, two = _moment(start), _moment(end)
    if one is None or two is None or one.time or two.time or not (one.date and two.date):
        return UNKNOWN
    if two.days < one.days:
        return -months_between(end, start)
    first, last = date.fromisoformat(one.date), date.fromisoformat(two.date)
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def cents(value: Decimal) -> Decimal:
    """Rounded to cents, ties to even: for comparing with systems that keep money in binary floats."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
