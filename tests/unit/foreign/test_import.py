"""Other people's tools: what is read, what becomes of it, and where a reader is told what is wrong."""

import cProfile
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cove_dsl.backends.schema import tool_schemas
from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler
from cove_dsl.tools.cli import covec
from cove_dsl.tools.foreign import ForeignError, Skeleton, import_tools

TEXT = {"type": "string"}


def imported(tmp_path: Path, document: Any, name: str = "tools.json", **more: Any) -> Skeleton:
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return import_tools(str(path), **more)


def compiled(made: Skeleton) -> Spec:
    found = Compiler().compile([("desk.cove", made.text.encode())], {})
    assert found.spec is not None
    assert not found.problems, made.text
    return found.spec


def one(tmp_path: Path, schema: Any, **more: Any) -> tuple[dict[str, Any], list[str], str]:
    """The schema that one argument's schema comes back as, what was lost, and the text."""
    parameters = {"type": "object", "properties": {"x": schema}, "required": ["x"], **more}
    made = imported(tmp_path, [{"name": "t", "parameters": parameters}])
    back = tool_schemas(compiled(made))[0]["function"]["parameters"]["properties"]["x"]
    return back, [p.message for p in made.problems], made.text


def refused(tmp_path: Path, document: Any, name: str = "tools.json", **more: Any) -> tuple[str, int | None, str | None]:
    with pytest.raises(ForeignError) as caught:
        imported(tmp_path, document, name, **more)
    problem = caught.value.problem
    assert problem.code == "bad-tools"
    return problem.message, problem.line, problem.field


# --- the shapes that are read -----------------------------------------------------------------------------------------

PARAMETERS = {"type": "object", "properties": {"query": TEXT}, "required": ["query"]}
SHAPES = {
    "chat-completions": [{"type": "function", "function": {"name": "find", "parameters": PARAMETERS}}],
    "responses": [{"type": "function", "name": "find", "parameters": PARAMETERS, "strict": True}],
    "anthropic": [{"name": "find", "input_schema": PARAMETERS}],
    "mcp": {"tools": [{"name": "find", "inputSchema": PARAMETERS}]},
    "json-rpc": {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "find", "inputSchema": PARAMETERS}]}},
    "request": {"model": "m", "messages": [], "tools": [{"function": {"name": "find", "parameters": PARAMETERS}}]},
    "legacy": {"functions": [{"name": "find", "parameters": PARAMETERS}]},
    "single": {"name": "find", "parameters": PARAMETERS},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_read(tmp_path, shape):
    spec = compiled(imported(tmp_path, SHAPES[shape]))
    assert tool_schemas(spec)[0]["function"]["parameters"]["properties"] == {"query": TEXT}


def test_what_changes_the_world_is_told_or_guessed(tmp_path):
    tools = [
        {"name": "a", "annotations": {"readOnlyHint": True}},
        {"name": "b", "annotations": {"readOnlyHint": False}},
        {"name": "c", "kind": "generic"},
        {"name": "getOrder"},
        {"name": "cancel_order"},
        {"name": "reboot", "kind": "write", "requestor": "user"},
    ]
    made = imported(tmp_path, tools)
    spec = compiled(made)
    assert [t.kind for t in spec.tools.values()] == ["read", "write", "generic", "read", "write", "write"]
    assert [t.guessed for t in made.tools] == [False, False, False, True, True, False]
    assert made.text.count("\n# GUESSED:") == 2
    assert spec.tools["reboot"].requestor == "user"
    assert spec.toolsets["writes"] == {"b", "cancel_order", "reboot"}


@pytest.mark.parametrize(
    ("name", "doc", "kind"),
    [
        ("call_beekeeper", "Hands the conversation over to the beekeeper on duty.", "generic"),
        ("transfer_to_human_agents", "", "generic"),
        ("handOff", "", "generic"),
        ("escalate", "", "generic"),
        ("page", "Escalates what is urgent to the doctor on duty.", "generic"),
        ("transfer_money", "Transfers the customer's balance to another account.", "write"),
        ("hand_out_keys", "Hands the keys over.", "write"),
        ("forward_parcel", "Forwards a parcel to another address.", "write"),
        ("get_escalation", "Shows an escalation.", "read"),
    ],
)
def test_handing_the_conversation_over_is_guessed_to_change_nothing(tmp_path, name, doc, kind):
    made = imported(tmp_path, [{"name": name, "description": doc}])
    assert [(t.kind, t.guessed) for t in made.tools] == [(kind, True)]


OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pet store", "version": "1"},
    "paths": {
        "/pets/{pet-id}": {
            "parameters": [{"$ref": "#/components/parameters/Pet"}],
            "get": {
                "operationId": "showPet",
                "summary": "Shows a pet.",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
                },
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                }
            },
            "delete": {
                "operationId": "remove",
                "parameters": [{"name": "force", "in": "query", "schema": {"type": "boolean"}}],
            },
        },
        "/pets": {
            "post": {
                "operationId": "add",
                "parameters": [{"name": "name", "in": "header", "schema": TEXT}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
            }
        },
    },
    "components": {
        "parameters": {
            "Pet": {"name": "pet-id", "in": "path", "required": True, "schema": TEXT, "description": "Its id."}
        },
        "schemas": {
            "Pet": {
                "type": "object",
                "properties": {
                    "name": TEXT,
                    "tag": {"type": "string", "nullable": True},
                    "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                },
                "required": ["name", "tag"],
            }
        },
    },
}


def test_openapi(tmp_path):
    made = imported(tmp_path, OPENAPI)
    spec = compiled(made)
    assert spec.name == "pet_store"
    assert list(spec.tools) == ["showPet", "put_pets_pet_id", "remove", "add"]
    assert [t.kind for t in spec.tools.values()] == ["read", "write", "write", "write"]
    shown = {n: [(p.name, str(p.type)) for p in t.params] for n, t in spec.tools.items()}
    assert shown["showPet"] == [("pet-id", "text")]
    assert shown["put_pets_pet_id"] == [
        ("pet-id", "text"),
        ("name", "text"),
        ("tag", "text?"),
        ("friends", "list[Pet]?"),
    ]
    assert shown["remove"] == [("pet-id", "text"), ("force", "bool?")]
    assert shown["add"] == [("name", "text?"), ("body", "Pet")]
    assert str(spec.tools["showPet"].returns) == "Pet"
    assert "refers to itself" in made.text


def test_openapi_in_yaml(tmp_path):
    yaml = pytest.importorskip("yaml")
    made = imported(tmp_path, yaml.safe_dump(OPENAPI), "api.yaml")
    assert compiled(made).tools.keys() == compiled(imported(tmp_path, OPENAPI)).tools.keys()
    message, line, _ = refused(tmp_path, "openapi: 3.0.0\npaths:\n  /a: [\n", "api.yaml")
    assert message.startswith("not YAML")
    assert line == 4
    assert refused(tmp_path, "openapi: 3.0.0\npaths:\n  /a:\n    get:\n      parameters: 7\n", "api.yaml")[1] == 5


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schema",
    [
        TEXT,
        {"type": "integer"},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "time"},
        {"type": "string", "format": "email"},
        {"type": "array", "items": {"type": "integer"}},
        {"type": "object", "additionalProperties": {"type": "number"}},
        {"type": "string", "enum": ["no longer needed", "some", "2nd", "", "-1", "a_b", "a b", "a-b"]},
        {"type": "array", "prefixItems": [TEXT, {"type": "integer"}], "minItems": 2, "maxItems": 2},
        {"type": "array", "items": {"anyOf": [TEXT, {"type": "null"}]}},
        {"type": "object", "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        {"type": "object", "properties": {"from": TEXT, "a b": {"type": "integer"}}, "required": ["from"],
         "additionalProperties": False},
    ],
    ids=str,
)  # fmt: skip
def test_a_schema_comes_back_as_it_was(tmp_path, schema):
    back, lost, _ = one(tmp_path, schema)
    assert back == schema
    assert not lost


BOTH = {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": [], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"anyOf": [TEXT, {"type": "null"}]}, TEXT),
        ({"type": ["string", "null"]}, TEXT),
        ({"allOf": [{"$ref": "#/$defs/A"}], "description": "Its own."}, None),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, {"type": "number"}),
        ({"anyOf": [{"const": "a"}, {"enum": ["b"]}]}, {"type": "string", "enum": ["a", "b"]}),
        ({"anyOf": [{"properties": {"b": TEXT}}], "properties": {"a": TEXT}}, BOTH),
        ({"allOf": [{"properties": {"a": TEXT, "b": {}}}, {"properties": {"b": TEXT}}]}, BOTH),
        ({"$ref": "#/$defs/B", "properties": {"a": TEXT}, "x-order": 2}, BOTH),
        ({"properties": {}, "type": "object"}, {"type": "object", "additionalProperties": {}}),
        (True, {}),
    ],
    ids=str,
)
def test_other_ways_to_say_the_same(tmp_path, schema, wanted):
    a = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "description": "An A."}
    b = {"properties": {"b": TEXT}, "x-order": 1}
    back, lost, _ = one(tmp_path, schema, **{"$defs": {"A": a, "B": b}})
    if wanted is BOTH:
        back["properties"] = dict(sorted(back["properties"].items()))
    assert lost == []
    assert back == (wanted if wanted is not None else {**a, "description": "Its own.", "additionalProperties": False})


def test_tagged_objects_become_a_variant(tmp_path):
    ways = [
        {"type": "object", "properties": {"kind": {"const": "card"}, "number": TEXT}, "required": ["kind", "number"]},
        {"type": "object", "properties": {"kind": {"enum": ["bank-transfer"]}}, "required": ["kind"]},
    ]
    back, lost, text = one(tmp_path, {"oneOf": ways, "title": "Way to pay"})
    assert lost == []
    assert "variant WayToPay by kind" in text
    assert [w["properties"]["kind"]["const"] for w in back["oneOf"]] == ["card", "bank-transfer"]


def test_what_stands_beside_alternatives_is_said_of_each(tmp_path):
    ways = [{"properties": {"kind": {"const": k}}, "required": ["kind"]} for k in ("card", "cash")]
    shared = {"type": "object", "properties": {"id": TEXT, "kind": TEXT}, "required": ["id"]}
    back, lost, _ = one(tmp_path, {**shared, "oneOf": ways})
    assert lost == []
    assert [sorted(w["properties"]) for w in back["oneOf"]] == [["id", "kind"]] * 2
    assert all("id" in w["required"] for w in back["oneOf"])


def test_one_of_several_sets_of_required_fields(tmp_path):
    fields = {"id": TEXT, "phone": TEXT, "email": TEXT}
    either = {"type": "object", "properties": fields, "required": ["id"],
              "anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}  # fmt: skip
    back, lost, _ = one(tmp_path, either)
    assert (list(back["properties"]), back["required"]) == (list(fields), ["id"])
    assert len(lost) == 1
    assert "one of several sets of fields" in lost[0]


def test_arguments_among_their_own_definitions(tmp_path):
    arguments = {"type": "object", "properties": {"x": TEXT}, "required": ["x"]}
    named = {"$ref": "#/definitions/Args", "definitions": {"Args": arguments}}
    made = imported(tmp_path, {"tools": [{"name": "t", "inputSchema": named}]})
    assert made.problems == ()
    assert [(p.name, str(p.type)) for p in compiled(made).tools["t"].params] == [("x", "text")]
    circle = {"$ref": "#/definitions/A", "definitions": {"A": {"$ref": "#/definitions/A"}}}
    assert "circle" in refused(tmp_path, {"tools": [{"name": "t", "inputSchema": circle}]})[0]
    for none in ({"$ref": None}, {"$ref": "#/a", "a": {"$ref": None}}):
        assert compiled(imported(tmp_path, [{"name": "t", "parameters": none}])).tools["t"].params == ()


@pytest.mark.parametrize("whole", [lambda page: page, lambda page: {"jsonrpc": "2.0", "id": 1, "result": page}])
def test_a_list_that_goes_on_elsewhere_says_so(tmp_path, whole):
    page = {"tools": [{"name": "t", "inputSchema": PARAMETERS}], "nextCursor": "x"}
    made = imported(tmp_path, whole(page))
    assert [p.message for p in made.problems] == ["this list goes on in another answer, whose tools are not here"]
    assert "# NOT KEPT" in made.text
    compiled(made)
    assert imported(tmp_path, whole({**page, "nextCursor": None})).problems == ()


def test_a_path_that_stands_elsewhere_is_read(tmp_path):
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/A"}, "/b": None, "x-more": 1},
        "components": {"pathItems": {"A": {"post": {"operationId": "change"}, "parameters": [
            {"name": "n", "in": "query", "schema": {"type": "integer"}}]}}},
    }  # fmt: skip
    tools = compiled(imported(tmp_path, document, "api.json")).tools
    assert [(t.name, [p.name for p in t.params]) for t in tools.values()] == [("change", ["n"])]


@pytest.mark.parametrize(
    ("item", "pointer"),
    [({"get": "oops"}, "/paths/~1c/get"), ("oops", "/paths/~1c"), ({"$ref": "#/nowhere"}, "/paths/~1c")],
    ids=str,
)
def test_an_operation_that_is_none_is_refused(tmp_path, item, pointer):
    document = {"openapi": "3.1.0", "paths": {"/b": {"get": {"operationId": "b"}}, "/c": item}}
    assert refused(tmp_path, document, "api.json")[2] == pointer


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, ["minimum: 1", "maximum: 9"]),
        ({"type": "string", "pattern": "^a+$", "maxLength": 3}, ['pattern: "^a+$"', "maxLength: 3"]),
        ({"type": "string", "format": "uuid"}, ['format: "uuid"']),
        ({"type": "array", "items": TEXT, "minItems": 1}, ["minItems: 1"]),
        ({"enum": [1, 2, 3]}, ["one of 1, 2, 3"]),
    ],
    ids=str,
)
def test_what_types_do_not_say_stands_in_the_description(tmp_path, schema, said):
    back, lost, text = one(tmp_path, {**schema, "description": "What it is.", "default": None})
    assert all(s in back["description"] for s in said)
    assert back["description"].startswith("What it is. (")
    assert len(lost) == len(said)
    assert text.count("# NOT KEPT /0/parameters/properties/x") == len(said)


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [TEXT, {"type": "integer"}]},
        {"type": ["string", "integer"]},
        {"not": TEXT},
        {"type": "object", "properties": {"a": TEXT}, "patternProperties": {"^x": TEXT}},
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True},
        {"$ref": "https://example.com/a.json"},
        {"$ref": "#/$defs/Nowhere"},
        {"$ref": "#/$defs/Loop"},
        {"enum": ["a", 1]},
        {"allOf": [TEXT, {"type": "integer"}]},
        {"type": "object", "properties": {"bad`name": TEXT}},
        {"type": "string", "if": {"const": "a"}},
        False,
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_named_at_its_place(tmp_path, schema):
    loop = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Loop"}}}
    _, lost, text = one(tmp_path, schema, **{"$defs": {"Loop": loop}})
    assert len(lost) == 1
    assert text.count("# NOT KEPT /0/parameters/") == 1


# --- names ------------------------------------------------------------------------------------------------------------


def test_hostile_names(tmp_path):
    names = [
        "create-issue",
        "it",
        "count",
        "list",
        "tool",
        "rule",
        "42",
        "naïve",
        "a.b/c",
        "text",
        'say "hi" # now',
        "Status",
    ]
    properties = {n: {"type": "string", "enum": ["x"], "title": "Status"} for n in names}
    made = imported(tmp_path, [{"name": n, "parameters": {"type": "object", "properties": properties}} for n in names])
    spec = compiled(made)
    assert list(spec.tools) == names
    assert [f["function"]["name"] for f in tool_schemas(spec)] == names
    assert list(tool_schemas(spec)[0]["function"]["parameters"]["properties"]) == names
    assert list(spec.enums) == ["CreateIssueStatus"]


@pytest.mark.parametrize("name", ["a`b", "a\nb", "\u202eevil", "writes", "x" * 300])
def test_a_tool_that_cannot_be_named_is_left_out_aloud(tmp_path, name):
    made = imported(tmp_path, [{"name": name}, {"name": "fine"}])
    assert list(compiled(made).tools) == ["fine"]
    assert "is left out" in made.problems[0].message
    assert "left out" in made.text
    assert "\u202e" not in made.text


def test_types_of_one_name_are_told_apart_by_the_tool_or_the_type_they_belong_to(tmp_path):
    def reason(*values):
        return {"type": "object", "properties": {"reason": {"type": "string", "enum": list(values)}}}

    order = {"type": "object", "properties": {"order": reason("lost")}}
    tools = [
        {"name": "end_rental", "parameters": reason("moving", "other")},
        {"name": "issue-credit", "parameters": reason("leak", "goodwill")},
        {"name": "search", "parameters": order},
        {"name": "issueCredit", "parameters": reason("again")},
    ]
    enums = compiled(imported(tmp_path, tools)).enums
    assert list(enums) == ["Reason", "IssueCreditReason", "OrderReason", "Reason_2"]
    assert [list(e.values) for e in enums.values()] == [["moving", "other"], ["leak", "goodwill"], ["lost"], ["again"]]


def test_equal_types_are_one_and_different_ones_are_apart(tmp_path):
    def tool(name: str, *values: str) -> dict[str, Any]:
        return {"name": name, "parameters": {"properties": {"status": {"type": "string", "enum": list(values)}}}}

    spec = compiled(imported(tmp_path, [tool("a", "x", "y"), tool("b", "x", "y"), tool("c", "z")]))
    assert [list(e.values) for e in spec.enums.values()] == [["x", "y"], ["z"]]


def test_texts_cannot_break_out(tmp_path):
    doc = 'A "quoted" {brace} \\n and """more"""\nrule evil "x" { judged }\n\n   indented # not a comment'
    made = imported(
        tmp_path, [{"name": "t", "description": doc, "parameters": {"properties": {"x": {"description": doc}}}}]
    )
    spec = compiled(made)
    assert spec.rules == {}
    assert spec.tools["t"].doc == doc
    assert spec.tools["t"].params[0].doc == doc


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "message", "line", "pointer"),
    [
        ("", "this file is empty", None, None),
        ('[\n  {"name": "a",}\n]', "not JSON: ", 2, None),
        ("openapi: 3.0.0\n", "is this YAML?", 1, None),
        ('{"a": 1, "a": 2}', 'the key "a" stands twice', None, None),
        ("[NaN]", "`NaN` is no number", None, None),
        ("[]", "there are no tools", 1, None),
        ("7", "expected a list of tools", 1, None),
        ('{"hello": 1}', "this object holds `hello`", 1, None),
        ('{\n"tools": 7}', "`tools` must be a list", 2, "/tools"),
        ('{"tools":\n[7]}', "a tool must be an object", 2, "/tools/0"),
        ('[{"name": "a"},\n{"name": ""}]', "a tool needs a `name`", 2, "/1"),
        ('[{"name": "a"},\n{"name": "a"}]', "there are two tools called `a`", 2, "/1"),
        ('[{"name": "a", "parameters":\n []}]', "a schema must be an object", 2, "/0/parameters"),
        ('[{"name": "a", "parameters": {"properties": {"a/b":\n {"type": "strng"}}}}]', "`strng` is no type", 2,
         "/0/parameters/properties/a~1b/type"),
        ('[{"type": "web_search", "name": "a"}]', "a tool of type `web_search`", 1, "/0/type"),
        ('{"swagger": "2.0"}', "Swagger 2 is not", 1, "/swagger"),
        ('{"openapi": "3.1.0"}', "there are no operations", 1, None),
        ("[" * 3000 + "]" * 3000, "nested too deeply", None, None),
    ],
    ids=lambda x: str(x)[:40],
)  # fmt: skip
def test_what_is_refused_names_its_place(tmp_path, document, message, line, pointer):
    found = refused(tmp_path, document)
    assert message in found[0]
    assert found[1:] == (line, pointer)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "tools.json"
    path.write_bytes(b'[\n"\xff"]')
    with pytest.raises(ForeignError, match="not UTF-8: byte 4 is 0xff") as caught:
        import_tools(str(path))
    assert caught.value.problem.line == 2


def test_too_many_tools_say_what_to_do(tmp_path):
    tools = [{"name": f"tool_{i}", "description": "x" * 2000} for i in range(600)]
    assert "choose some with --only" in refused(tmp_path, tools)[0]
    assert len(imported(tmp_path, tools, only=("tool_1*",)).tools) == 111
    assert "no tool fits nothing*" in refused(tmp_path, tools, only=("nothing*",))[0]


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tools.json").write_text(json.dumps(SHAPES["mcp"]), encoding="utf-8")
    run = CliRunner()
    printed = run.invoke(covec, ["import", "tools.json"])
    assert printed.exit_code == 0
    assert "read tool find(query: text) -> json touches nothing" in printed.stdout
    saved = run.invoke(covec, ["import", "tools.json", "-o", "desk.cove", "--name", "My Desk"])
    assert saved.stdout == "1 tools in desk.cove · 1 guessed to read or write\n"
    assert "domain my_desk" in Path("desk.cove").read_text(encoding="utf-8")
    assert run.invoke(covec, ["import", "tools.json", "-o", "desk.cove"]).exit_code == 2
    assert run.invoke(covec, ["check", "desk.cove", "--no-solve"]).exit_code == 0
    Path("tools.json").write_text("[1]", encoding="utf-8")
    broken = run.invoke(covec, ["import", "tools.json"])
    assert broken.exit_code == 1
    assert "error[bad-tools]: tools.json:1: field /0: a tool must be an object" in broken.stderr


# --- large documents --------------------------------------------------------------------------------------------------


def everything(n: int) -> dict[str, object]:
    """An OpenAPI document of 2 n operations over n schemas that all lead to each other, in one long circle."""

    def ref(i: int) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/S{i % n}"}

    def body(i: int) -> dict[str, object]:
        return {"content": {"application/json": {"schema": ref(i)}}}

    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    schemas = {
        f"S{i}": {
            "type": "object", "required": ["id"],
            "properties": {
                "id": {"type": "string"}, "next": ref(i + 1), "many": {"type": "array", "items": ref(7 * i)},
            },
        }
        for i in range(n)
    }  # fmt: skip
    paths = {
        f"/things/{i}/{{id}}": {
            "get": {
                "operationId": f"get_{i}",
                "parameters": [key],
                "responses": {"200": {"description": "", **body(i)}},
            },
            "post": {"operationId": f"change_{i}", "parameters": [key], "requestBody": body(i), "responses": {}},
        }
        for i in range(n)
    }
    info = {"title": "Everything", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}


def test_a_number_in_yaml_that_is_none_is_refused(tmp_path):
    pytest.importorskip("yaml", reason="the extra `tools` is not installed")
    path = tmp_path / "tools.yaml"
    path.write_text("tools: !!int foo\n")
    with pytest.raises(ForeignError, match="not YAML"):
        import_tools(str(path))


def limited(n):
    """A list of tools, each with something that is told and not checked: its line is looked for."""
    schema = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}}
    return [{"name": f"{way}_{i}", "parameters": schema} for i in range(n) for way in ("get", "set")]


@pytest.mark.parametrize("document", [everything, limited])
def test_a_large_document_takes_work_in_proportion(tmp_path, document):
    """Schemas that refer to each other are read once each, however many ways lead to them; places are found so too."""
    spent = []
    for n in (250, 1000):
        path = tmp_path / f"{n}.json"
        path.write_text(json.dumps(document(n)), encoding="utf-8")
        profile = cProfile.Profile()
        made = profile.runcall(import_tools, str(path), (), None)
        spent.append(sum(entry.callcount for entry in profile.getstats()))
        assert len(made.tools) == 2 * n
        assert all(t.text is not None for t in made.tools)
    assert spent[1] < 6 * spent[0], f"{spent} calls of functions, for four times the tools"


def test_a_long_way_of_references_is_cut_and_said(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text(json.dumps(everything(300)), encoding="utf-8")
    made = import_tools(str(path), (), None)
    assert any("references lead here one from the other" in p.message for p in made.problems)


@pytest.mark.parametrize("nested", ["object", "array", "map", "alternative"])
def test_what_nests_too_deeply_is_cut_and_said(tmp_path, nested):
    schema = {"type": "string"}
    for _ in range(90):
        schema = {
            "object": {"type": "object", "properties": {"a": schema}},
            "array": {"type": "array", "items": schema},
            "map": {"type": "object", "additionalProperties": schema},
            "alternative": {"anyOf": [schema, {"type": "null"}]},
        }[nested]
    function = {"name": "a", "parameters": {"type": "object", "properties": {"x": schema}}}
    path = tmp_path / "deep.json"
    path.write_text(json.dumps([{"type": "function", "function": function}]), encoding="utf-8")
    made = import_tools(str(path), (), None)  # raises where what is made does not check
    assert any("nested deeper than 40 levels" in p.message for p in made.problems)
