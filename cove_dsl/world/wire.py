"""What client libraries and tools hand to and fro, as plain JSON and back: messages, calls, arguments, results.

In: a message or call as a dictionary or a library's model, arguments as text or values, whatever a tool gives. Out: the
same as a checker reads it, and as a model does.
"""

import json
from collections.abc import Mapping
from typing import Any

from ..backends.python.runtime.exact import parse_json
from .state import dumps


def plain(thing: Any) -> dict[str, Any]:
    """A message or tool call as a dictionary: as given, or from a client library's model."""
    if isinstance(thing, Mapping):
        return dict(thing)
    dump = getattr(thing, "model_dump", None)
    if dump is None:
        raise TypeError(f"expected a message as a dictionary or a model, not {type(thing).__name__}")
    return {k: v for k, v in dump(mode="json").items() if v is not None or k == "content"}


def tool_message(number: str | None, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": number, "content": text}


def parts_of_call(raw: dict[str, Any]) -> tuple[str | None, str, Any]:
    """Id, tool and arguments of a call, in the words of whichever API it came from."""
    body = raw.get("function") or raw
    arguments = next((body[k] for k in ("arguments", "args", "input") if body.get(k) is not None), None)
    if not isinstance(body.get("name"), str):
        raise TypeError("a tool call names its tool")
    return raw.get("call_id") or raw.get("id"), body["name"], arguments or {}


def given_arguments(arguments: Any) -> dict[str, Any]:
    """Arguments as their tool takes them. Raises ValueError for what is no object."""
    try:
        found = json.loads(arguments.strip() or "{}") if isinstance(arguments, str) else arguments
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("they must be an object")
    return found


def exact_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the checker reads them: exact numbers, plain JSON. Raises ValueError for what it cannot read."""
    try:
        found = parse_json(dumps(_jsonable(dict(arguments))))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    assert isinstance(found, dict)
    return found


def text_of(result: Any) -> str:
    """A result as a model reads it: texts as they are, everything else as JSON, which nothing without end can be."""
    try:
        return result if isinstance(result, str) else dumps(_jsonable(result))
    except RecursionError:
        return f"a {type(result).__name__} nested too deeply to be shown"


def _jsonable(value: Any) -> Any:
    """Plain JSON of what tools give and take; what is none is shown as text."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(map(_jsonable, value), key=dumps)
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return _jsonable(dump(mode="json"))
    try:
        dumps(value)
    except (TypeError, ValueError):
        return str(value)
    return value


_PLAIN = frozenset({str, int, bool})


__all__ = ["exact_arguments", "given_arguments", "parts_of_call", "plain", "text_of", "tool_message"]
