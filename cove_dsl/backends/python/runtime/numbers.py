"""Exact arithmetic. What has no result is UNKNOWN, never an exception and never a rounded number."""

import re
from collections.abc import Callable
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
from typing import Any

from .values import MOST_BITS, NUMBERS, UNKNOWN, OverBudget, is_number, said, whole_number

_EXACT = Context(prec=1000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
MOST_PLACES = 1000


def narrowed(value: Fraction) -> Any:
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
    return narrowed(rational(one, two))


def add(a: Any, b: Any) -> Any:
    return _arithmetic(a, b, _EXACT.add, lambda x, y: x + y)


def subtract(a: Any, b: Any) -> Any:
    return _arithmetic(a, b, _EXACT.subtract, lambda x, y: x - y)


def multiply(a: Any, b: Any) -> Any:
    return _arithmetic(a, b, _EXACT.multiply, lambda x, y: x * y)


def divide(a: Any, b: Any) -> Any:
    if a is UNKNOWN or b is UNKNOWN or not (is_number(a) and is_number(b)) or b == 0:
        return UNKNOWN
    return narrowed(Fraction(a) / Fraction(b))


def negate(a: Any) -> Any:
    return subtract(0, a)


def lt(a: Any, b: Any) -> Any:
    return a < b if type(a) in NUMBERS and type(b) in NUMBERS else UNKNOWN


def le(a: Any, b: Any) -> Any:
    return a <= b if type(a) in NUMBERS and type(b) in NUMBERS else UNKNOWN


def gt(a: Any, b: Any) -> Any:
    return lt(b, a)


def ge(a: Any, b: Any) -> Any:
    return le(b, a)


def abs_(a: Any) -> Any:
    return UNKNOWN if not is_number(a) else negate(a) if a < 0 else a


def round_(a: Any, places: Any) -> Any:
    """To a number of places, ties to even; exact before it rounds."""
    n = whole_number(places)
    if not is_number(a) or n is None or not -MOST_PLACES <= n <= MOST_PLACES:
        return UNKNOWN
    return narrowed(Fraction(round(Fraction(a), n)))


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
    return narrowed(value) if rest == len(tokens) else None


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


def cents(value: Decimal) -> Decimal:
    """Rounded to cents, ties to even: for comparing with systems that keep money in binary floats."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
