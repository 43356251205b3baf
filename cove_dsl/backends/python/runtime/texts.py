"""Text: values written out, and what can be asked of texts."""

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .numbers import MOST_PLACES
from .values import UNKNOWN, is_number, said, whole_number


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
    n = whole_number(places)
    if not is_number(value) or n is None or not 0 <= n <= MOST_PLACES:
        return UNKNOWN
    scaled = round(Fraction(value) * 10**n)
    whole_, rest = divmod(abs(scaled), 10**n)
    return f"{'-' if scaled < 0 else ''}{whole_}" + (f".{rest:0{n}d}" if n else "")


def on_texts(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts; a message stands for what it says, and of anything else the result is unknown."""

    def apply(*args: Any) -> Any:
        texts = [a if type(a) is str else said(a) for a in args]
        return function(*texts) if all(isinstance(t, str) for t in texts) else UNKNOWN

    return apply


concat = on_texts(lambda *texts: "".join(texts))
lower = on_texts(lambda a: a.lower())
same_text = on_texts(lambda a, b: a.lower() == b.lower())
contains = on_texts(lambda a, b: b in a)
starts_with = on_texts(lambda a, b: a.startswith(b))
ends_with = on_texts(lambda a, b: a.endswith(b))
only_characters = on_texts(lambda a, allowed: set(a) <= set(allowed))
length = on_texts(len)
split = on_texts(lambda a, separator: a.split(separator) if separator else [a])
