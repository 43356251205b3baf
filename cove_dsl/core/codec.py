"""Core nodes, types and whole specifications as JSON, and back.

Guaranteed: `decode(encode(x)) == x` for everything that takes part in equality, exact numbers included. Places in the
text are kept too; the text itself (`Spec.sources`) is not.

    node          {"is": "Const", FIELD: …}, without the fields that have their default
    tuple         [ … ]
    list          {"list": [ … ]}
    dict          {"dict": {KEY: …}}
    frozenset     {"set": [ … ]}, sorted
    Decimal       {"decimal": "1.50"}
    Fraction      {"fraction": "1/3"}
"""

import json
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import attrs

from ..source import SourceMap, Span
from . import nodes, spec, types
from .spec import Spec

CLASSES: dict[str, type[Any]] = {
    name: thing
    for module in (types, nodes, spec)
    for name, thing in vars(module).items()
    if isinstance(thing, type) and attrs.has(thing) and thing.__module__ == module.__name__
} | {"Span": Span}


class NotCore(ValueError):
    """JSON that no core node was written as."""


def to_json(thing: Any) -> str:
    """Text that is the same for equal things with equal places."""
    return json.dumps(encode(thing), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Any:
    try:
        return decode(json.loads(text))
    except json.JSONDecodeError as error:
        raise NotCore(str(error)) from error


def encode(thing: Any) -> Any:
    match thing:
        case None | bool() | int() | str():
            return thing
        case tuple():
            return [encode(item) for item in thing]
        case list():
            return {"list": [encode(item) for item in thing]}
        case dict():
            return {"dict": {key: encode(value) for key, value in thing.items()}}
        case frozenset():
            return {"set": sorted(thing)}
        case Decimal():
            return {"decimal": str(thing)}
        case Fraction():
            return {"fraction": str(thing)}
    return _encode_node(thing)


def _encode_node(node: Any) -> dict[str, Any]:
    name = type(node).__name__
    if CLASSES.get(name) is not type(node):
        raise TypeError(f"{name} is not part of the core")
    written: dict[str, Any] = {"is": name}
    for f in attrs.fields(type(node)):
        value = getattr(node, f.name)
        if not isinstance(value, SourceMap) and not _is_default(f, value):
            written[f.name] = encode(value)
    return written


def _is_default(f: Any, value: Any) -> bool:
    """Whether a value can be left out. True and 1 are equal to Python, and not the same."""
    default = f.default.factory() if isinstance(f.default, attrs.Factory) else f.default  # type: ignore[arg-type]
    return type(value) is type(default) and bool(value == default)


def decode(data: Any) -> Any:
    match data:
        case None | bool() | int() | str():
            return data
        case list():
            return tuple(decode(item) for item in data)
        case {"is": str() as name}:
            return _decode_node(name, data)
        case {"list": list() as items}:
            return [decode(item) for item in items]
        case {"dict": dict() as entries}:
            return {key: decode(value) for key, value in entries.items()}
        case {"set": list() as items}:
            return frozenset(items)
        case {"decimal": str() as text} | {"fraction": str() as text}:
            return _decode_number(text, Decimal if "decimal" in data else Fraction)
    raise NotCore(f"not a part of the core: {str(data)[:80]}")


def _decode_number(text: str, kind: type[Decimal] | type[Fraction]) -> Decimal | Fraction:
    try:
        return kind(text)
    except (InvalidOperation, ValueError, ZeroDivisionError) as error:
        raise NotCore(f"not a number: {text[:80]}") from error


def _decode_node(name: str, data: dict[str, Any]) -> Any:
    if name not in CLASSES:
        raise NotCore(f"not a kind of node: {name[:80]}")
    fields = {key: decode(value) for key, value in data.items() if key != "is"}
    if CLASSES[name] is Spec:
        fields["sources"] = SourceMap({})
    try:
        return CLASSES[name](**fields)
    except TypeError as error:
        raise NotCore(str(error)) from error
