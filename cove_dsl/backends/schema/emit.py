"""Tools as chat-completions function tools. Enters: a specification. Leaves: `tools.json` for the agent,
`user_tools.json` for the user. Guaranteed: a parameter is required exactly where its type is not optional.
"""

import json
from typing import Any, assert_never

from attrs import define, field, frozen

from ...core.backend import Artifact, unsupported
from ...core.nodes import Node, Param, Tool
from ...core.spec import Case, Field, Record, Spec
from ...core.types import (
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
from ...source import Diagnostic

Schema = dict[str, Any]

PRIMS: dict[str, Schema] = {
    "text": {"type": "string"},
    "id": {"type": "string"},
    "email": {"type": "string", "format": "email"},
    "int": {"type": "integer"},
    "decimal": {"type": "number"},
    "money": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "number", "description": "Seconds."},
    "json": {},
}


@frozen
class SchemaBackend:
    """JSON Schemas of tools."""

    name: str = "schema"

    def supports(self, node: Node) -> str | None:
        """Tools are all it reads, and of a tool only its parameters."""
        return _reason(node) if isinstance(node, Tool) else None

    def emit(self, spec: Spec) -> Artifact:
        writer = Writer(spec)
        files = {
            "tools.json": _dumped(writer.tools("agent")),
            "user_tools.json": _dumped(writer.tools("user")),
        }
        return Artifact(files, tuple(writer.problems))


def tool_schemas(spec: Spec, role: str = "agent") -> list[Schema]:
    """The function tools of one role (`agent` or `user`), in the order in which they are declared."""
    return Writer(spec).tools(role)


def emit(spec: Spec) -> Artifact:
    """`tools.json` and `user_tools.json` of a specification."""
    return SchemaBackend().emit(spec)


@define
class Writer:
    """Writes types of one specification as JSON Schema; what it can't write goes to `problems`."""

    spec: Spec
    problems: list[Diagnostic] = field(factory=list)
    _inside: tuple[str, ...] = ()

    def tools(self, role: str) -> list[Schema]:
        return [self.tool(t) for t in self.spec.tools.values() if t.requestor == role]

    def tool(self, tool: Tool) -> Schema:
        if (reason := _reason(tool)) is not None:
            self.problems.append(unsupported("schema", reason, tool.span))
        parameters = self.members({p.name: p for p in tool.params})
        return {"type": "function", "function": {"name": tool.name, "description": tool.doc, "parameters": parameters}}

    def members(self, fields: dict[str, Param] | dict[str, Field]) -> Schema:
        """An object with the given members; those of an optional type may be left out."""
        properties = {name: _described(self.type(f.type), f.doc) for name, f in fields.items()}
        required = [name for name, f in fields.items() if not isinstance(f.type, Optional)]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def type(self, kind: Type) -> Schema:
        match kind:
            case Prim(name):
                return dict(PRIMS[name])
            case Ref():
                return {"type": "string"}
            case EnumType(name):
                return {"type": "string", "enum": list(self.spec.enums[name].values.values())}
            case RecordType(name, case):
                return self.record(self.spec.records[name], case)
            case ListType(item):
                return {"type": "array", "items": self.inside(item)}
            case MapType(_, value):
                return {"type": "object", "additionalProperties": self.inside(value)}
            case TupleType(items):
                parts = [self.inside(i) for i in items]
                return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
            case Optional(item):
                return self.type(item)
            case EventType() | ToolSet() | AbsentType() | AnyType():
                return {}
            case _:
                assert_never(kind)

    def inside(self, kind: Type) -> Schema:
        """What stands in a list, a map or a tuple: it cannot be left out, so where it may be absent it may be null."""
        made = self.type(kind)
        return {"anyOf": [made, {"type": "null"}]} if isinstance(kind, Optional) and made else made

    def record(self, record: Record, case: str | None) -> Schema:
        if record.name in self._inside:
            self.problems.append(unsupported("schema", f"`{record.name}`, which holds itself", record.span))
            return {"type": "object"}
        outer, self._inside = self._inside, (*self._inside, record.name)
        cases = [record.cases[case]] if case else list(record.cases.values())
        made = [self.case(record, c) for c in cases] or [_described(self.members(record.fields), record.doc)]
        self._inside = outer
        return made[0] if len(made) == 1 else _described({"oneOf": made}, record.doc)

    def case(self, record: Record, case: Case) -> Schema:
        """A case of a variant: its own fields and the tag that tells it apart."""
        made = self.members(case.fields)
        if record.tag is not None:
            made["properties"] = {record.tag: {"type": "string", "const": case.wire}, **made["properties"]}
            made["required"] = [record.tag, *made["required"]]
        return made


def _reason(tool: Tool) -> str | None:
    odd = next((p for p in tool.params if isinstance(p.type, (EventType, ToolSet, AbsentType))), None)
    return f"the parameter `{odd.name}` of type `{odd.type}`" if odd else None


def _described(schema: Schema, doc: str) -> Schema:
    return {**schema, "description": doc} if doc else schema


def _dumped(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
