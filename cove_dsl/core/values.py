"""Values: JSON with exact numbers, and what is not known.

A value is None (absent, like a missing key), a truth value, a number (int, Decimal, or a Fraction where no Decimal
holds it), text, a list, a dict, something that happened, or UNKNOWN. Dates and times are their wire text, durations are
seconds.
Guaranteed: arithmetic never rounds, and no number makes it run away.
"""

from collections.abc import Callable, Mapping
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from typing import Any, Final, NoReturn, Protocol, TypeAlias, TypeGuard, assert_never, final

from attrs import frozen

from .spec import Field, Record
from .types import (
    AbsentType,
    AnyType,
    EnumType,
    EventType,
    ListType,
    MapType,
    Optional,
    Prim,
    RecordType,
    Ref,
    ToolSet,
    TupleType,
    Type,
)

Value: TypeAlias = Any
Number: TypeAlias = int | Decimal | Fraction

DIGITS: Final = 1000
LARGEST_EXPONENT: Final = 10_000


@final
class Unknown:
    """What is not observed. Asking it for its truth is our mistake, never an answer."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("unknown is neither true nor false")

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, memo: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()
Truth: TypeAlias = bool | Unknown


class Undefined(Exception):
    """An operation has no result for these arguments; its value is unknown."""


@frozen
class Silent:
    """Knows no language and throws no dice."""

    def language(self, op: str, args: tuple[Value, ...], history: Any) -> Value:
        return None

    def random(self, op: str, args: tuple[Value, ...]) -> Value:
        raise Undefined(f"`{op}` needs dice")


class Host(Protocol):
    """Who answers for what the core leaves open. None from `language` means: not known."""

    def language(self, op: str, args: tuple[Value, ...], history: Any) -> Value: ...

    def random(self, op: str, args: tuple[Value, ...]) -> Value: ...


# --- taking values as what they should be -----------------------------------------------------------------------------


def is_number(value: Value) -> TypeGuard[Number]:
    """A finite number. A truth value is none, though Python thinks otherwise."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, (int, Fraction)) and not isinstance(value, bool)


def as_number(value: Value) -> Number:
    if not is_number(value):
        raise Undefined("needs a number")
    return value


def as_whole(value: Value) -> int:
    number = as_fraction(as_number(value))
    if number.denominator != 1:
        raise Undefined("needs a whole number")
    return number.numerator


def as_text(value: Value) -> str:
    """Text; a message stands for what it says."""
    found = said(value)
    if not isinstance(found, str):
        raise Undefined("needs text")
    return found


def as_list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise Undefined("needs a list")
    return value


def as_map(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise Undefined("needs a map")
    return value


def truth(value: Value) -> Truth:
    return value if isinstance(value, bool) else UNKNOWN


def detached(value: Value) -> Value:
    """A value as it is now, whatever becomes of the world; no two places of it are the same. Events stay themselves."""
    if isinstance(value, dict):
        return {name: detached(item) for name, item in value.items()}
    return [detached(item) for item in value] if isinstance(value, list) else value


def said(value: Value) -> Value:
    return value.text if getattr(value, "kind", None) == "message" else value


# --- equality ---------------------------------------------------------------------------------------------------------


def holds_unknown(value: Value) -> bool:
    """Whether something anywhere inside is unknown."""
    if isinstance(value, list):
        return any(map(holds_unknown, value))
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    return value is UNKNOWN


def same(a: Value, b: Value) -> Truth:
    """Equality of JSON values; unknown if anything in them is."""
    return UNKNOWN if holds_unknown(a) or holds_unknown(b) else equal(a, b)


def equal(a: Value, b: Value) -> bool:
    """Equality of known values: numbers by size, absent like missing, events by identity."""
    if is_number(a) and is_number(b):
        return bool(a == b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return all(equal(a.get(key), b.get(key)) for key in a.keys() | b.keys())
    if isinstance(a, str) or isinstance(b, str):
        return bool(said(a) == said(b))
    return a is b


# --- exact numbers ----------------------------------------------------------------------------------------------------


def exact_context() -> Context:
    """A context in which a result that would have to be rounded is an error."""
    traps = [Inexact, InvalidOperation, DivisionByZero, Overflow]
    return Context(prec=DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=traps)


def as_fraction(number: Number) -> Fraction:
    """The same number; not of one so large or small that writing it out would never end."""
    if isinstance(number, Decimal) and number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise Undefined("out of range")
    return Fraction(number)


def settle(number: Fraction) -> Number:
    """The same number as an int or a Decimal, if one holds it."""
    if number.denominator == 1:
        return number.numerator
    with localcontext(exact_context()):
        try:
            return Decimal(number.numerator) / Decimal(number.denominator)
        except Inexact:
            return number


def exactly(operation: Callable[[Any, Any], Any], a: Number, b: Number) -> Number:
    """The result of adding, subtracting, multiplying or dividing, as it is."""
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return settle(operation(as_fraction(a), as_fraction(b)))
    with localcontext(exact_context()):
        try:
            found = operation(Decimal(a), Decimal(b))
        except (Inexact, Overflow):
            return settle(operation(as_fraction(a), as_fraction(b)))
    both_whole = isinstance(a, int) and isinstance(b, int)
    return int(found) if both_whole and found == found.to_integral_value() else Decimal(found)


def plain(number: Number) -> str:
    """The shortest plain notation: no exponent, no trailing zeros, no sign on nothing."""
    if isinstance(number, int):
        number = Decimal(number)
    if isinstance(number, Fraction):
        raise Undefined("no decimal notation")
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise Undefined("out of range")
    written = format(number, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


# --- structure --------------------------------------------------------------------------------------------------------


def conforms(value: Value, kind: Type, records: Mapping[str, Record]) -> bool:
    """Whether a value has the structure of a type. Which keys and enum values there are is not asked."""
    match kind:
        case Optional(item):
            return value is None or conforms(value, item, records)
        case Prim():
            return _conforms_to_prim(value, kind)
        case Ref() | EnumType():
            return isinstance(value, str)
        case ListType(item):
            return isinstance(value, list) and all(conforms(v, item, records) for v in value)
        case MapType(_, item):
            return isinstance(value, dict) and all(conforms(v, item, records) for v in value.values())
        case TupleType(items):
            fitting = isinstance(value, list) and len(value) == len(items)
            return fitting and all(conforms(v, t, records) for v, t in zip(value, items, strict=True))
        case RecordType(name, case):
            return isinstance(value, dict) and _conforms_to_record(value, records[name], case, records)
        case AbsentType():
            return value is None
        case AnyType() | EventType() | ToolSet():
            return True
        case _:
            assert_never(kind)


def _conforms_to_prim(value: Value, kind: Prim) -> bool:
    match kind.name:
        case "json":
            return True
        case "bool":
            return isinstance(value, bool)
        case "int":
            whole = value.to_integral_value() if isinstance(value, Decimal) and value.is_finite() else value
            return isinstance(value, (int, Decimal)) and is_number(value) and value == whole
        case "decimal" | "money" | "duration":
            return is_number(value)
        case "text" | "id" | "email" | "date" | "time" | "datetime":
            return isinstance(value, str)
        case _:
            assert_never(kind.name)


def _conforms_to_record(
    value: dict[str, Value], record: Record, case: str | None, records: Mapping[str, Record]
) -> bool:
    fields: dict[str, Field] = record.fields
    if record.tag is not None:
        cases = [c for c in record.cases.values() if c.wire == value.get(record.tag) and case in (None, c.name)]
        if not cases:
            return False
        fields = cases[0].fields
    return all(conforms(value.get(name), f.type, records) for name, f in fields.items())
