"""JSON values as TOML, which has no null: what is null is left out. Enters: an object. Leaves: text in the plainest
form, with a heading for each table, as old readers stumble over tables inside of lines.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ..world.state import to_jsonable

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(data: dict[str, Any]) -> str:
    """Raises ValueError for a null, or a table beside something else, in a list."""
    return "\n".join(_table("", to_jsonable(data))) + "\n"


def _table(path: str, data: dict[str, Any]) -> Iterator[str]:
    """The lines of a table: what fits a line, then the tables in it."""
    inner = {k: v for k, v in data.items() if isinstance(v, dict) or _is_tables(v)}
    for name, value in data.items():
        if name not in inner and value is not None:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in inner.items():
        place = f"{path}.{_key(name)}" if path else _key(name)
        for table in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{place}]]" if isinstance(value, list) else f"[{place}]"
            yield from _table(place, table)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
    raise ValueError(f"a {type(value).__name__} cannot stand in a list of TOML")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """JSON's own escapes, but for a control character that JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


__all__ = ["to_toml"]
