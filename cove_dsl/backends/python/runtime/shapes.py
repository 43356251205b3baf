"""Whether JSON has the shape that a type asks for, and where it misses it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .values import is_number

Kind = Any  # "text", "number", "int", "bool", "json", or (name, …): list, map, optional, tuple, record, variant


def conforms(value: Any, kind: Kind, records: dict[str, Any]) -> bool:
    """Whether a JSON value has the shape that a type asks for. Enums and keys are texts, whichever."""
    if type(kind) is str:
        return isinstance(value, str) if kind == "text" else _conforms_plain(value, kind)
    name = kind[0]
    if name == "optional":
        return value is None or conforms(value, kind[1], records)
    if name == "list":
        return isinstance(value, list) and _all_conform(value, kind[1], records)
    if name == "map":
        return isinstance(value, dict) and _all_conform(value.values(), kind[1], records)
    if name == "tuple":
        return (
            isinstance(value, list)
            and len(value) == len(kind) - 1
            and all(conforms(v, k, records) for v, k in zip(value, kind[1:], strict=True))
        )
    return isinstance(value, dict) and _conforms_record(value, records[kind[1]], records)


def _all_conform(values: Iterable[Any], kind: Kind, records: dict[str, Any]) -> bool:
    """A loop, since this is asked of every value of every result."""
    for value in values:  # noqa: SIM110
        if not conforms(value, kind, records):
            return False
    return True


def _conforms_plain(value: Any, kind: str) -> bool:
    """The same for a kind that is a name and no text."""
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return type(value) is int or (is_number(value) and Fraction(value).denominator == 1)
    return kind == "json" or is_number(value)


def _conforms_record(value: dict[str, Any], shape: Any, records: dict[str, Any]) -> bool:
    fields = fields_of(value, shape)
    if fields is None:
        return False
    for name, kind in fields.items():
        item = value.get(name)
        if not (kind == "text" and type(item) is str) and not conforms(item, kind, records):
            return False
    return True


def has_only_declared(value: dict[str, Any], shape: Any) -> bool:
    """Whether an object has no field that a record's shape lacks."""
    fields = fields_of(value, shape)
    return fields is not None and all(name in fields or name == shape[0] for name in value)


def fields_of(value: dict[str, Any], shape: Any) -> dict[str, Kind] | None:
    """The fields of a record, or of the case that its tag names; None where it names none."""
    tag, cases = shape
    case = value.get(tag) if tag else ""
    found: dict[str, Kind] | None = cases.get(case) if isinstance(case, str) else None
    return found


def declared(value: Any, kind: Kind, records: dict[str, Any]) -> Any:
    """A value without the fields that its type does not have. What misses the type is handed back as it is."""
    if isinstance(kind, str) or not conforms(value, kind, records) or value is None:
        return value
    if kind[0] == "optional":
        return declared(value, kind[1], records)
    if kind[0] == "list":
        return [declared(v, kind[1], records) for v in value]
    if kind[0] == "record":
        tag, cases = records[kind[1]]
        fields = cases[value.get(tag) if tag else ""]
        kept = {name: declared(v, fields[name], records) for name, v in value.items() if name in fields}
        return kept | ({tag: value[tag]} if tag else {})
    return value


def shape_problem(value: Any, kind: Kind, records: dict[str, Any], path: str = "") -> str | None:
    """Where and how a value misses a type, in words."""
    if conforms(value, kind, records):
        return None
    if not isinstance(kind, str) and kind[0] == "optional":
        kind = kind[1]
    if isinstance(kind, str):
        return f"{path or 'the value'} must be {_ARTICLES[kind]}"
    if kind[0] == "list" and isinstance(value, list):
        return next(filter(None, (shape_problem(v, kind[1], records, f"{path}[{i}]") for i, v in enumerate(value))))
    if kind[0] == "map" and isinstance(value, dict):
        return next(filter(None, (shape_problem(v, kind[1], records, f"{path}/{k}") for k, v in value.items())))
    if kind[0] == "record" and isinstance(value, dict):
        return _record_problem(value, kind[1], records, path)
    return f"{path or 'the value'} must be {_ARTICLES[kind[0]]}"


def _record_problem(value: dict[str, Any], name: str, records: dict[str, Any], path: str) -> str:
    tag, cases = records[name]
    fields = fields_of(value, records[name])
    if fields is None:
        return f"{path}/{tag} must be one of {', '.join(sorted(map(str, cases)))}"
    for field, kind in fields.items():
        if field not in value and not conforms(None, kind, records):
            return f"{path}/{field} is missing"
        problem = shape_problem(value.get(field), kind, records, f"{path}/{field}")
        if problem:
            return problem
    return f"{path} is not a {name}"


_ARTICLES = {
    "text": "a text",
    "bool": "true or false",
    "int": "a whole number",
    "number": "a number",
    "json": "JSON",
    "list": "a list",
    "map": "an object",
    "tuple": "a list of fixed length",
    "record": "an object",
}
