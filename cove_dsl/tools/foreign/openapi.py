"""The operations of an OpenAPI 3 document as tools: `GET` and `HEAD` read, everything else writes.

Path, query, header and cookie parameters become arguments, and so do the fields of a JSON body; where two would have
one name, the body is one argument, `body`. The result is the first successful JSON response.
"""

import re
from collections.abc import Iterator
from typing import Any

from .documents import WrongShape, step
from .shapes import Argument, ForeignTool

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
READING = {"get", "head", "options", "query"}


def operations(document: dict[str, Any]) -> list[ForeignTool]:
    """Every operation. Raises WrongShape."""
    if "openapi" not in document:
        raise WrongShape("/swagger", "OpenAPI 3 is read, Swagger 2 is not; convert the document first")
    if not str(document["openapi"]).startswith("3"):
        raise WrongShape("/openapi", f"OpenAPI 3 is read, not `{str(document['openapi'])[:20]}`")
    paths = document.get("paths") or {}
    if not isinstance(paths, dict):
        raise WrongShape("/paths", "must be an object")
    found = [
        _Operation(document, path, method, step(place, method)).tool(item)
        for path, item, place in _items(document, paths)
        for method in METHODS
        if item.get(method) is not None
    ]
    if not found:
        raise WrongShape("/paths" if "paths" in document else "", "there are no operations in this document")
    return found


def _items(document: dict[str, Any], paths: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each path with what stands there, be it elsewhere in the document, and where. Raises WrongShape."""
    for path, raw in paths.items():
        item, place = resolve(document, raw, step("/paths", path))
        if isinstance(item, dict):
            yield path, {**item, **raw} if "$ref" in raw else item, place
        elif item is not None and not path.startswith("x-"):
            raise WrongShape(place, "must be an object")


def resolve(root: Any, raw: Any, pointer: str, prefix: str = "") -> tuple[Any, str]:
    """What a reference inside `root` (which stands at `prefix`) leads to, with its place. Raises WrongShape for one
    that leads nowhere."""
    for _ in range(50):
        reference = raw.get("$ref") if isinstance(raw, dict) else None
        if reference is None:
            return raw, pointer
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise WrongShape(pointer, f"`{str(reference)[:80]}` lies outside this file, which is not read")
        raw, at = root, reference[1:]
        for part in at.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
            if isinstance(raw, list) and name.isdigit() and int(name) < len(raw):
                raw = raw[int(name)]
            elif isinstance(raw, dict) and name in raw:
                raw = raw[name]
            else:
                raise WrongShape(pointer, f"`{reference[:80]}` leads nowhere")
        pointer = prefix + at
    raise WrongShape(pointer, "these references lead in a circle")


def names_in(required: Any) -> list[Any]:
    """The names that an object requires. Where it is no list, as older documents have it, none is."""
    return required if isinstance(required, list) else []


class _Operation:
    """One operation of a document on its way to a tool."""

    def __init__(self, document: dict[str, Any], path: str, method: str, pointer: str) -> None:
        self.document, self.path, self.method, self.pointer = document, path, method, pointer
        self.unread: list[tuple[str, str]] = []

    def tool(self, item: dict[str, Any]) -> ForeignTool:
        raw = item[self.method]
        if not isinstance(raw, dict):
            raise WrongShape(self.pointer, "must be an object")
        arguments = [*self._parameters(item, raw), *self._body(raw)]
        names = [a.name for a in arguments]
        if len(set(names)) < len(names):
            twice = next(n for n in names if names.count(n) > 1)
            arguments = [*self._parameters(item, raw), *self._whole_body(raw)]
            names = [a.name for a in arguments]
            if len(set(names)) < len(names):
                raise WrongShape(self.pointer, f"two parameters are called `{twice}`")
        return ForeignTool(
            self._name(raw), self._doc(raw), tuple(arguments), self.pointer, (self.document, ""),
            "read" if self.method in READING else "write", False, self._result(raw), tuple(self.unread),
        )  # fmt: skip

    def _name(self, raw: dict[str, Any]) -> str:
        given = raw.get("operationId")
        if isinstance(given, str) and given:
            return given
        return re.sub(r"\W+", "_", f"{self.method} {self.path}").strip("_") or self.method

    def _doc(self, raw: dict[str, Any]) -> str:
        texts = [raw.get("summary"), raw.get("description")]
        return "\n\n".join(dict.fromkeys(t.strip() for t in texts if isinstance(t, str) and t.strip()))

    def _parameters(self, item: dict[str, Any], raw: dict[str, Any]) -> list[Argument]:
        """Those that the path shares come first; the operation's own replace them."""
        made: dict[tuple[str, str], Argument] = {}
        shared = self.pointer.rsplit("/", 1)[0]
        for place, holder in ((shared, item), (self.pointer, raw)):
            listed = holder.get("parameters") or []
            if not isinstance(listed, list):
                raise WrongShape(step(place, "parameters"), "must be a list")
            for i, given in enumerate(listed):
                found, pointer = resolve(self.document, given, step(step(place, "parameters"), i))
                argument = self._parameter(found, pointer)
                made[argument.name, str(found.get("in"))] = argument
        return list(made.values())

    def _parameter(self, raw: Any, pointer: str) -> Argument:
        name = raw.get("name") if isinstance(raw, dict) else None
        if not isinstance(name, str) or not name:
            raise WrongShape(pointer, "a parameter needs a `name`")
        schema, place = raw.get("schema"), step(pointer, "schema")
        if schema is None:
            content = raw.get("content")
            kind = next(iter(content), "") if isinstance(content, dict) else ""
            schema = content[kind].get("schema", {}) if kind and isinstance(content[kind], dict) else {}
            place = step(step(step(pointer, "content"), kind), "schema") if kind else pointer
        doc = raw.get("description")
        required = raw.get("required") is True or raw.get("in") == "path"
        return Argument(name, schema, place, required, doc if isinstance(doc, str) else "")

    def _body_schema(self, raw: dict[str, Any]) -> tuple[Any, str, bool, str] | None:
        """The schema of a JSON body, its place, whether one must be sent, and what is said of it."""
        if raw.get("requestBody") is None:
            return None
        body, pointer = resolve(self.document, raw["requestBody"], step(self.pointer, "requestBody"))
        content = body.get("content") if isinstance(body, dict) else None
        if not isinstance(content, dict) or not content:
            return None
        kind = next((k for k in content if "json" in k), None)
        if kind is None:
            kind = next(iter(content))
            self.unread.append((step(pointer, "content"), f"a body of type `{kind[:60]}`: only JSON is sent"))
        inner = content[kind] if isinstance(content[kind], dict) else {}
        place = step(step(step(pointer, "content"), kind), "schema")
        doc = body.get("description")
        return inner.get("schema", {}), place, body.get("required") is True, doc if isinstance(doc, str) else ""

    def _body(self, raw: dict[str, Any]) -> list[Argument]:
        """The fields of a body as arguments of their own, if it is a plain object that must be sent."""
        found = self._body_schema(raw)
        if found is None:
            return []
        schema, pointer, needed, _ = found
        schema, pointer = resolve(self.document, schema, pointer)
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(properties, dict):
            return self._whole_body(raw)
        plain = not {"allOf", "oneOf", "anyOf"} & schema.keys()
        if not plain or not needed or schema.get("additionalProperties") not in (None, False):
            return self._whole_body(raw)
        required, inside = names_in(schema.get("required")), step(pointer, "properties")
        return [Argument(n, s, step(inside, n), n in required) for n, s in properties.items()]

    def _whole_body(self, raw: dict[str, Any]) -> list[Argument]:
        found = self._body_schema(raw)
        return [] if found is None else [Argument("body", found[0], found[1], found[2], found[3])]

    def _result(self, raw: dict[str, Any]) -> tuple[Any, str] | None:
        responses = raw.get("responses")
        if not isinstance(responses, dict):
            return None
        for code in sorted(c for c in responses if str(c)[:1] == "2"):
            found, pointer = resolve(self.document, responses[code], step(step(self.pointer, "responses"), code))
            content = found.get("content") if isinstance(found, dict) else None
            kind = next((k for k in content if "json" in k), None) if isinstance(content, dict) else None
            if content and kind and isinstance(content[kind], dict) and "schema" in content[kind]:
                return content[kind]["schema"], step(step(step(pointer, "content"), kind), "schema")
        return None
