"""Which tools a document describes. In: a `Document`. Out: `ForeignTool`s in its order.

Read are lists of chat-completions function tools (nested or flat), Anthropic's (`input_schema`), a server's answer to
MCP's `tools/list`, whole requests that carry `tools`, and OpenAPI 3 documents. What is none of them is refused.
"""

from typing import Any, Literal

from attrs import frozen

from .documents import Document, WrongShape, step

Kind = Literal["read", "write", "generic"]
SCHEMA_KEYS = ("parameters", "inputSchema", "input_schema")


@frozen
class Argument:
    """One argument: its schema and where that stands."""

    name: str
    schema: Any
    pointer: str
    required: bool
    doc: str = ""


@frozen
class ForeignTool:
    """A tool as somebody else described it. `kind` None: nothing says whether it changes anything. `pointer` is where
    it stands, `root` what the references of its arguments lead into, and where that stands; `unread` is what its
    description says and no specification can: (pointer, words)."""

    name: str
    doc: str
    arguments: tuple[Argument, ...]
    pointer: str
    root: tuple[Any, str]
    kind: Kind | None = None
    of_user: bool = False
    result: tuple[Any, str] | None = None
    unread: tuple[tuple[str, str], ...] = ()


def find_tools(document: Document) -> tuple[list[ForeignTool], str]:
    """The tools of a document and what sort it is. Raises WrongShape."""
    value = document.value
    if isinstance(value, dict) and ("openapi" in value or "swagger" in value):
        from .openapi import operations

        return operations(value), "OpenAPI document"
    found, pointer, sort = _listed(value)
    if not isinstance(found, list):
        raise WrongShape(pointer, "`tools` must be a list")
    tools = [_tool(raw, step(pointer, i)) for i, raw in enumerate(found)]
    if not tools:
        raise WrongShape(pointer, "there are no tools in this list")
    return tools, sort


def _listed(value: Any) -> tuple[Any, str, str]:
    """The list of tools in a document, where it stands, and what the document is."""
    if isinstance(value, list):
        return value, "", "list of tools"
    if not isinstance(value, dict):
        raise WrongShape("", "expected a list of tools, an MCP tool list or an OpenAPI document")
    result = value.get("result")
    if isinstance(result, dict) and "tools" in result:
        return result["tools"], "/result/tools", "MCP tool list"
    for name in ("tools", "functions"):
        if name in value:
            return value[name], f"/{name}", "list of tools"
    if any(key in value for key in SCHEMA_KEYS) or "function" in value:
        return [value], "", "single tool"
    shown = ", ".join(f"`{k[:30]}`" for k in list(value)[:5]) or "nothing"
    raise WrongShape("", f"expected `tools`, or an OpenAPI document with `openapi`; this object holds {shown}")


def _tool(raw: Any, pointer: str) -> ForeignTool:
    if not isinstance(raw, dict):
        raise WrongShape(pointer, "a tool must be an object")
    if isinstance(raw.get("function"), dict):
        raw, pointer = {**raw["function"], **_extras(raw)}, step(pointer, "function")
    elif raw.get("type") not in (None, "function", "custom"):
        raise WrongShape(step(pointer, "type"), f"a tool of type `{raw['type']}` is no function with a schema")
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise WrongShape(pointer, "a tool needs a `name`")
    doc = _text(raw, "description", pointer) or _text(raw, "title", pointer)
    key = next((k for k in SCHEMA_KEYS if raw.get(k) is not None), None)
    arguments, unread = object_arguments(raw[key], step(pointer, key)) if key else ((), ())
    output = raw.get("outputSchema")
    result = (output, step(pointer, "outputSchema")) if output is not None else None
    root = (raw[key], step(pointer, key)) if key else ({}, pointer)
    return ForeignTool(name, doc, arguments, pointer, root, _kind(raw), raw.get("requestor") == "user", result, unread)


def _extras(raw: dict[str, Any]) -> dict[str, Any]:
    """What some keep beside the function itself."""
    return {k: raw[k] for k in ("kind", "requestor", "annotations") if k in raw}


def _kind(raw: dict[str, Any]) -> Kind | None:
    """`kind` says it outright; MCP's annotations do so by hints."""
    if raw.get("kind") in ("read", "write", "generic"):
        return raw["kind"]  # type: ignore[no-any-return]
    hints = raw.get("annotations")
    if isinstance(hints, dict) and isinstance(hints.get("readOnlyHint"), bool):
        return "read" if hints["readOnlyHint"] else "write"
    return None


def _text(raw: dict[str, Any], name: str, pointer: str) -> str:
    value = raw.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise WrongShape(step(pointer, name), "must be a text")


# What an object of arguments may say besides them without saying anything about them.
_SILENT = {"type", "properties", "required", "additionalProperties", "title", "description", "$schema", "$id"} | {
    "$defs",
    "definitions",
    "examples",
    "$comment",
    "strict",
    "default",
}


def object_arguments(schema: Any, pointer: str) -> tuple[tuple[Argument, ...], tuple[tuple[str, str], ...]]:
    """The arguments that an object schema lists, and what it says that arguments cannot."""
    if not isinstance(schema, dict):
        raise WrongShape(pointer, "a schema must be an object")
    if schema.get("$ref") is not None and not {"properties", "required"} & schema.keys():
        return _referred_arguments(schema, pointer)
    if schema.get("type", "object") != "object":
        raise WrongShape(step(pointer, "type"), "the arguments of a tool must be an object")
    properties, required = schema.get("properties") or {}, schema.get("required") or []
    if not isinstance(properties, dict):
        raise WrongShape(step(pointer, "properties"), "must be an object")
    if not isinstance(required, list) or not all(isinstance(r, str) for r in required):
        raise WrongShape(step(pointer, "required"), "must be a list of names")
    inside = step(pointer, "properties")
    made = tuple(Argument(n, s, step(inside, n), n in required) for n, s in properties.items())
    unread = [(step(pointer, k), f"`{k}` of the arguments") for k in schema if k not in _SILENT]
    unread += [(step(pointer, "required"), f"`{r}`, which is required and not described") for r in required
               if r not in properties]  # fmt: skip
    if schema.get("additionalProperties") not in (None, False):
        unread.append((step(pointer, "additionalProperties"), "arguments besides those that are described"))
    return made, tuple(unread)


def _referred_arguments(
    schema: dict[str, Any], pointer: str
) -> tuple[tuple[Argument, ...], tuple[tuple[str, str], ...]]:
    """The arguments of a schema that stands among its own definitions, as some generators write all of them."""
    from .openapi import resolve

    found, place = resolve(schema, schema, pointer, pointer)
    made, unread = object_arguments(found, place)
    beside = [(step(pointer, k), f"`{k}` of the arguments") for k in schema if k not in {*_SILENT, "$ref"}]
    return made, (*beside, *unread)


def passed_by(document: Document) -> tuple[tuple[str, str], ...]:
    """What a document says of tools that it does not hold: a list that goes on in another answer."""
    value, at = document.value, ""
    if isinstance(value, dict) and isinstance(value.get("result"), dict):
        value, at = value["result"], "/result"
    if isinstance(value, dict) and value.get("nextCursor"):
        return ((step(at, "nextCursor"), "this list goes on in another answer, whose tools are not here"),)
    return ()
