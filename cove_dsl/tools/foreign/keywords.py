"""What the keywords of a schema say: its kind, the values it lists, the field that tells it from others."""

from typing import Any

from .wording import wire_name

Schema = dict[str, Any]


def is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("type") == "null" or schema.get("enum") == [None] or (
        "const" in schema and schema["const"] is None))  # fmt: skip


def kind_of(schema: Schema) -> tuple[Any, bool]:
    """The type that a schema names or implies, and whether null fits too."""
    kind = schema.get("type")
    if isinstance(kind, list):
        rest = [k for k in kind if k != "null"]
        return (rest[0] if len(rest) == 1 else rest or "null"), len(rest) < len(kind)
    if kind is None:
        implied = {"properties": "object", "additionalProperties": "object", "items": "array", "prefixItems": "array"}
        kind = next((k for key, k in implied.items() if key in schema), None)
    return kind, False


def values_of(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) and values else None


def texts_of(schema: Any) -> list[str] | None:
    """The texts that a schema lists, if it lists nothing else."""
    values = values_of(schema) if isinstance(schema, dict) else None
    return values if values is not None and all(isinstance(v, str) for v in values) else None


def tag_of(schemas: list[Any]) -> str | None:
    """The field whose text tells objects apart: required, with one text in each, and all of them different."""
    if not all(isinstance(s, dict) and isinstance(s.get("properties"), dict) for s in schemas):
        return None
    for name in schemas[0]["properties"]:
        texts = [texts_of(s["properties"].get(name)) for s in schemas]
        alone = [t[0] for t in texts if t is not None and len(t) == 1]
        needed = all(isinstance(s.get("required"), list) and name in s["required"] for s in schemas)
        if needed and len(set(alone)) == len(schemas) and wire_name(name) is not None:
            return str(name)
    return None


# What is said of a schema and changes nothing of what fits it: of two that say it, the later one is heard.
REMARKS = frozenset(
    {"title", "description", "default", "example", "examples", "nullable", "deprecated", "readOnly", "writeOnly", "xml"}
    | {"externalDocs", "$comment", "$id", "$schema", "$defs", "definitions"}
)


def is_remark(key: str) -> bool:
    return key in REMARKS or key.startswith("x-")


def both_of(one: Schema, other: Any) -> Schema | None:
    """Two schemas as one that both demand; None where that is not plain to see."""
    if not isinstance(other, dict):
        return None
    made = dict(one)
    for key, value in other.items():
        held = made.get(key)
        if key == "properties" and isinstance(value, dict) and isinstance(held, dict):
            fields = {n: both_of(held[n], v) if isinstance(held.get(n), dict) else v for n, v in value.items()}
            if None in fields.values():
                return None
            made[key] = {**held, **fields}
        elif key == "required" and isinstance(value, list) and isinstance(held, list):
            made[key] = [*held, *(v for v in value if v not in held)]
        elif is_remark(key) or made.get(key, value) == value:
            made[key] = value
        else:
            return None
    return made


def is_doc_of_type(schema: Any) -> bool:
    """Whether a description went to the type that was declared for it."""
    return isinstance(schema, dict) and bool(schema.get("properties")) and "$ref" not in schema
