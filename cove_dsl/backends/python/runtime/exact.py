"""JSON as it is written: exact numbers, and nothing that JSON does not have."""

import json
import re
from collections import Counter
from decimal import Decimal

MAX_DIGITS = 40
MAX_EXPONENT = 30
MAX_DEPTH = 200


def parse_json(text: str) -> object:
    """The value of a JSON text: integers as int, other numbers as Decimal. Anything doubtful raises ValueError."""
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {_lower(error.msg).removesuffix(' at')} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    return value


TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def _depth(text: str) -> int:
    """The deepest nesting of a valid JSON text."""
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS and len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) <= MAX_DIGITS and "e" not in text and "E" not in text:
        return Decimal(text)
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > MAX_DIGITS and sum(map(str.isdigit, digits)) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    magnitude = exponent.lstrip("+-0")
    if len(magnitude) > len(str(MAX_EXPONENT)) or int(magnitude or "0") > MAX_EXPONENT:
        raise ValueError(f"a number has an exponent beyond {MAX_EXPONENT}")
    return Decimal(text)


def _constant(text: str) -> object:
    raise ValueError(f"not JSON: `{text}` is not a number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {shown(twice)} is given twice in one object")
    return fields


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


def _exact(value: object, depth: int = 0) -> object:
    """A copy of a JSON value with its floats as Decimal; ValueError where a value is no JSON, too large or too deep."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float | Decimal):
        return exact_number(value)
    if depth >= MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    if isinstance(value, list):
        return [_exact(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return exact_object(value, depth)
    raise ValueError("holds a value that JSON does not have")


def exact_object(value: dict[object, object], depth: int = 0) -> dict[str, object]:
    """`_exact` of an object that is not too deep. Texts and plain numbers, the most common, are passed over."""
    made: dict[str, object] = {**value}  # type: ignore[dict-item]
    for key, item in value.items():
        if type(key) is not str:
            _key(key)
        if type(item) is not str and not (type(item) is int and -_PLAIN < item < _PLAIN):
            made[key] = _exact(item, depth + 1)  # type: ignore[index]
    return made


_BOUND = 10**MAX_DIGITS
_PLAIN = 10**9


def exact_number(value: int | float | Decimal) -> int | Decimal:
    if isinstance(value, int):
        if not -_BOUND < value < _BOUND:
            raise ValueError(f"a number has more than {MAX_DIGITS} digits")
        return int(value)
    text = str(value)
    if not text.lstrip("-")[:1].isdigit():
        raise ValueError(f"not JSON: `{text}` is not a number")
    return _decimal(text)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError("a key is not a text")
    return key


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def shown(value: object, width: int = 60) -> str:
    """A short printable form of an author's text, safe in a one-line message."""
    text = value if isinstance(value, str) else "null" if value is None else type(value).__name__
    found = repr(text[:width])[1:-1]
    return f"`{found}{'…' if len(text) > width else ''}`"
