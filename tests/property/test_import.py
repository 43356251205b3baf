"""An imported schema, lowered again, allows the values that it allowed: judged by another validator, on values that
were made for it and on values that nearly fit. And whatever a document holds, it is imported or refused.

What the language reads its own way is settled first: an object that lists its fields has these and no others, null and
missing are the same.
"""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cove_dsl.backends.schema import tool_schemas
from cove_dsl.pipeline import Compiler
from cove_dsl.tools.foreign import ForeignError, Skeleton, import_tools

Schema = dict[str, Any]
NAMES = st.sampled_from(
    ["a", "b", "from", "it", "some", "page-size", "x.y", "naïve", "Type", "list", "#1", "a b", "tool"]
)
WORDS = st.sampled_from(["red", "no longer needed", "2nd", "", "not", "a-b", "a_b", "RED", "ümlaut", '"', "\\n", "{x}"])
DOCS = st.sampled_from(
    ["", "What it is.", 'Say "so"\nor {not}.\n\n  \\ indented', "Ends with \\", '"""', "# no comment"]
)


def documented(schemas: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.tuples(schemas, DOCS).map(lambda p: {**p[0], **({"description": p[1]} if p[1] else {})})


PLAIN = st.sampled_from(
    [{"type": t} for t in ("string", "integer", "number", "boolean")]
    + [{"type": "string", "format": f} for f in ("date", "time", "date-time", "email")]
    + [{}]
)
ENUMS = st.lists(WORDS, min_size=1, max_size=5, unique=True).map(lambda v: {"type": "string", "enum": v})


def objects(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.dictionaries(NAMES, st.tuples(inner, st.booleans()), min_size=1, max_size=4).map(
        lambda fields: {
            "type": "object",
            "properties": {n: s for n, (s, _) in fields.items()},
            "required": [n for n, (_, needed) in fields.items() if needed],
            "additionalProperties": False,
        }
    )


def tagged(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    def case(word: str, fields: Schema) -> Schema:
        properties = {"kind-of": {"type": "string", "const": word}, **fields["properties"]}
        return {**fields, "properties": properties, "required": ["kind-of", *fields["required"]]}

    words = st.lists(WORDS, min_size=2, max_size=3, unique=True)
    return st.tuples(words, objects(inner), objects(inner), objects(inner)).map(
        lambda p: {"oneOf": [case(w, f) for w, f in zip(p[0], p[1:], strict=False)]}
    )


def larger(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.one_of(
        objects(inner),
        tagged(inner),
        inner.map(lambda s: {"type": "array", "items": s}),
        inner.map(lambda s: {"type": "object", "additionalProperties": s}),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda s: {"type": "array", "prefixItems": s, "minItems": len(s), "maxItems": len(s)}
        ),
    )


SCHEMAS = st.recursive(documented(st.one_of(PLAIN, ENUMS)), lambda s: documented(larger(s)), max_leaves=8)


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that fit a schema, mostly: now and then something else stands somewhere inside."""
    return st.one_of(*[_fitting(schema)] * 9, ANYTHING)


ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.just(1.5), WORDS, st.just([]), st.just({}))


def _fitting(schema: Schema) -> st.SearchStrategy[Any]:
    if "oneOf" in schema:
        return st.one_of(*map(values, schema["oneOf"]))
    if "enum" in schema or "const" in schema:
        return st.one_of(st.sampled_from(schema.get("enum") or [schema["const"]]), WORDS)
    match schema.get("type"):
        case "object" if "properties" in schema:
            needed = {n: values(s) for n, s in schema["properties"].items() if n in schema["required"]}
            more = {n: values(s) for n, s in schema["properties"].items() if n not in schema["required"]}
            return st.fixed_dictionaries(needed, optional=more)
        case "object":
            return st.dictionaries(NAMES, values(schema["additionalProperties"]), max_size=2)
        case "array" if "prefixItems" in schema:
            return st.tuples(*map(values, schema["prefixItems"])).map(list)
        case "array":
            return st.lists(values(schema["items"]), max_size=3)
    plain = {"string": WORDS, "integer": st.integers(), "number": st.floats(allow_nan=False, allow_infinity=False)}
    return plain.get(str(schema.get("type")), st.booleans())


def imported(document: Any) -> Skeleton:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tools.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return import_tools(str(path))


def lowered(made: Skeleton) -> list[Schema]:
    found = Compiler().compile([("desk.cove", made.text.encode())], {})
    assert found.spec is not None
    return [t["function"] for t in tool_schemas(found.spec)]


FITTING = {True: 0, False: 0}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), objects(SCHEMAS))
def test_what_was_allowed_is_allowed(data: st.DataObject, schema: Schema):
    made = imported([{"name": "do-it", "description": "Does it.", "parameters": schema}])
    assert made.problems == ()
    (back,) = lowered(made)
    assert back["name"] == "do-it"
    before, after = Draft202012Validator(schema), Draft202012Validator(back["parameters"])
    for value in data.draw(st.lists(values(schema), min_size=4, max_size=8)):
        fits = before.is_valid(value)
        FITTING[fits] += 1
        assert after.is_valid(value) is fits, (value, made.text)


def test_values_of_both_sorts_were_tried():
    """Meaningless on its own: looks at what the property above went through."""
    if sum(FITTING.values()):
        assert min(FITTING.values()) > sum(FITTING.values()) / 10


def docs_of(schema: Any) -> list[str]:
    """Every description in a schema, in order, as prose."""
    if isinstance(schema, list):
        return [d for s in schema for d in docs_of(s)]
    if not isinstance(schema, dict):
        return []
    own = [" ".join(str(schema["description"]).split())] if isinstance(schema.get("description"), str) else []
    return own + [d for v in schema.values() for d in docs_of(v)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(NAMES, st.tuples(documented(st.one_of(PLAIN, ENUMS)), st.booleans()), min_size=1), DOCS)
def test_no_description_is_lost(fields: dict[str, tuple[Schema, bool]], doc: str):
    schema = {"type": "object", "properties": {n: s for n, (s, _) in fields.items()}}
    (back,) = lowered(imported([{"name": "t", "description": doc, "parameters": schema}]))
    assert docs_of({"parameters": back["parameters"]}) == docs_of({"parameters": schema})
    assert " ".join(back["description"].split()) == " ".join(doc.split())


KEYS = st.sampled_from(
    [
        "type",
        "properties",
        "required",
        "items",
        "anyOf",
        "oneOf",
        "allOf",
        "enum",
        "const",
        "$ref",
        "description",
        "title",
        "default",
        "minimum",
        "format",
        "nullable",
        "additionalProperties",
        "prefixItems",
        "not",
        "a",
        "name",
        "parameters",
        "minItems",
        "$defs",
        "x-own",
        "openapi",
        "paths",
        "/a",
        "get",
        "requestBody",
        "content",
        "schema",
        "tools",
    ]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.just(0.5), st.text(max_size=6),
    st.sampled_from(["object", "string", "array", "null", "3.1.0", "#", "#/a", "#/properties/a", "application/json"]),
)  # fmt: skip
JSON = st.recursive(
    LEAVES, lambda s: st.one_of(st.lists(s, max_size=4), st.dictionaries(KEYS, s, max_size=5)), max_leaves=25
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(JSON, st.sampled_from(["schema", "argument", "tool", "document", "openapi"]))
def test_whatever_comes_is_imported_or_refused(value: Any, place: str):
    argument = {"type": "object", "properties": {"a": value}}
    documents = {
        "schema": [{"name": "t", "parameters": value}],
        "argument": [{"name": "t", "parameters": argument, "outputSchema": value}],
        "tool": [value],
        "document": value,
        "openapi": {
            "openapi": "3.1.0",
            "paths": {"/a": {"get": value, "post": {"parameters": [{"name": "p", "schema": value}]}}},
        },
    }
    with contextlib.suppress(ForeignError):
        lowered(imported(documents[place]))


WHOLE: Schema = {
    "type": "object",
    "required": ["a", "b"],
    "properties": {
        "a": {"type": "string", "format": "date", "minLength": 1, "description": "A day.", "default": "x"},
        "b": {"type": "array", "items": {"type": "integer", "enum": [1, 2]}, "minItems": 1, "uniqueItems": True},
        "c": {"allOf": [{"required": ["x"], "properties": {"x": {"type": "string"}}}, {"required": ["y"]}]},
        "d": {
            "oneOf": [
                {"type": "object", "required": ["k"], "properties": {"k": {"const": "one"}}},
                {"type": "object", "required": ["k"], "properties": {"k": {"const": "two"}, "z": {"type": "number"}}},
            ]
        },
        "e": {"type": ["string", "null"], "title": "E"},
        "f": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "minItems": 2, "maxItems": 2},
        "g": {"anyOf": [{"$ref": "#/properties/a"}, {"type": "null"}]},
        "h": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
}


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for k, v in inner for place in places_in(v, (*at, k)))]


def with_another(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    """A value with something else at a place."""
    if not at:
        return other
    made = dict(value) if isinstance(value, dict) else list(value)
    made[at[0]] = with_another(value[at[0]], at[1:], other)
    return made


WRONG: list[Any] = [None, True, 3, "text", [], ["a"], [["a"]], [{}], {}, {"a": 1}, {"a": {}}]


@pytest.mark.parametrize("place", places_in(WHOLE), ids=lambda place: "/".join(map(str, place)))
def test_one_thing_of_another_kind_is_imported_or_refused(place: tuple[Any, ...]):
    """What documents hold that was written by hand, or for an older version: each part in turn is something else."""
    for other in WRONG:
        schema = with_another(WHOLE, place, other)
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        paths = {"/a": {"post": {"operationId": "t", "requestBody": body}}}
        for document in ([{"name": "t", "parameters": schema}], {"openapi": "3.1.0", "paths": paths}):
            with contextlib.suppress(ForeignError):
                lowered(imported(document))


# --- the tools of real desks ------------------------------------------------------------------------------------------


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_null(v) for k, v in value.items() if v is not None}
    return [without_null(v) for v in value] if isinstance(value, list) else value


def recorded(folder: Path) -> list[tuple[str, Schema]]:
    lines = (folder / "transitions.jsonl").read_text(encoding="utf-8").splitlines()
    return [(c["name"], c["arguments"]) for line in lines for c in json.loads(line)["calls"]]


def test_the_tools_of_real_desks(shared_data: Path):
    tried = 0
    for domain in ("retail", "airline", "telecom"):
        path = shared_data / domain / "tools.json"
        tools = json.loads(path.read_text(encoding="utf-8"))
        made = import_tools(str(path))
        assert {t["name"] for t in tools} == {t.name for t in made.tools if t.text is not None}
        assert not any(t.guessed for t in made.tools)
        spec = Compiler().compile([("desk.cove", made.text.encode())], {}).spec
        assert spec is not None
        back = {t["function"]["name"]: t["function"] for r in ("agent", "user") for t in tool_schemas(spec, r)}
        for tool in tools:
            one, two = tool["parameters"], back[tool["name"]]["parameters"]
            assert list(one["properties"]) == list(two["properties"])
            assert set(one.get("required", ())) == set(two["required"])
            for name, schema in one["properties"].items():
                described = " ".join(str(schema.get("description", "")).split())
                assert " ".join(two["properties"][name].get("description", "").split()).startswith(described)
        for name, arguments in recorded(shared_data / domain):
            if name in back:
                one = next(t["parameters"] for t in tools if t["name"] == name)
                fits = Draft202012Validator({**one, "additionalProperties": False}).is_valid(arguments)
                after = Draft202012Validator(back[name]["parameters"]).is_valid(without_null(arguments))
                assert after == fits, (name, arguments)
                tried += 1
    assert tried > 1000
