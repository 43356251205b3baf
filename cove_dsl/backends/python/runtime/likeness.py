"""Whether two values of a record say the same, however each is spelled."""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from .values import is_number

HALF_A_CENT = Fraction(1, 200)


def alike(a: Any, b: Any) -> bool:
    """Equality up to half a cent and other spellings of one value, also of numbers inside texts; absent and missing
    alike. For records."""
    if a is b or (type(a) is type(b) and a == b):
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    if is_number(a) and is_number(b):
        return abs(Fraction(a) - Fraction(b)) <= HALF_A_CENT
    if isinstance(a, dict) and isinstance(b, dict):
        return _objects_alike(a, b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if (is_number(a) and isinstance(b, str)) or (is_number(b) and isinstance(a, str)):
        return _number_text(a) is not None and alike(_number_text(a), _number_text(b))
    if isinstance(a, str) and isinstance(b, str):
        return _reads_alike(a, b)
    return bool(a == b)


def _objects_alike(a: dict[Any, Any], b: dict[Any, Any]) -> bool:
    for name, one in a.items():
        other = b.get(name)
        if one is not other and not alike(one, other):
            return False
    return (len(a) == len(b) and a.keys() == b.keys()) or all(b[name] is None for name in b.keys() - a.keys())


_SPELLED = re.compile(r"(?<![\w.])[0-9]+(?:\.[0-9]+)?(?![\w.])")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}\S*")


def _reads_alike(a: str, b: str) -> bool:
    """Whether two texts differ in the spelling of numbers alone (`2` and `2.0`), or of one moment (`T` and a blank)."""
    if len(a) == len(b) and _MOMENT.fullmatch(a) and _MOMENT.fullmatch(b):
        return a[:10] == b[:10] and a[11:] == b[11:]
    if ("." not in a and "." not in b) or _SPELLED.split(a) != _SPELLED.split(b):
        return False
    pairs = zip(_SPELLED.findall(a), _SPELLED.findall(b), strict=True)
    return all(one == two or alike(_number_text(one), _number_text(two)) for one, two in pairs)


def _number_text(value: Any) -> Any:
    if is_number(value):
        return value
    try:
        return Decimal(value) if len(value) <= 40 else None
    except (InvalidOperation, ValueError):
        return None
