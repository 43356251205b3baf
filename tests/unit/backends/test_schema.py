"""Tool schemas: every type of the language, optional parameters, roles, and agreement with the recorded benchmark."""

import json
from pathlib import Path
from typing import Any

import pytest

from cove_dsl.backends.schema import emit, tool_schemas
from cove_dsl.core.spec import Spec

from .conftest import Compile

DESK = """
domain desk "A desk"
enum Colour { red, dark_blue = "dark blue" }
record Point { x: int "Across.", y: decimal?, tags: list[text] }
variant Payment by source { card { last_four: text }, cash { amount: money } }
record Row { id: id }
table rows: Row key id
read tool look(
  row: ref rows "Which row.", colour: Colour, point: Point, payment: Payment, prices: map[text, money],
  pair: (int, text),
  on: date, at: time, when_: datetime, how_long: duration, mail: email, sure: bool?, anything: json,
) -> text "Looks." { return "seen" }
user tool wave() -> text "Waves." { return "waved" }
"""


@pytest.fixture(scope="module")
def properties(compile_text: Compile) -> dict[str, Any]:
    (tool,) = tool_schemas(compile_text(DESK))
    found: dict[str, Any] = tool["function"]["parameters"]
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("row", {"type": "string", "description": "Which row."}),
        ("colour", {"type": "string", "enum": ["red", "dark blue"]}),
        ("prices", {"type": "object", "additionalProperties": {"type": "number"}}),
        ("on", {"type": "string", "format": "date"}),
        ("at", {"type": "string", "format": "time"}),
        ("when_", {"type": "string", "format": "date-time"}),
        ("mail", {"type": "string", "format": "email"}),
        ("sure", {"type": "boolean"}),
        ("anything", {}),
    ],
)
def test_types(properties: dict[str, Any], name: str, expected: dict[str, Any]) -> None:
    assert properties["properties"][name] == expected


def test_records_say_what_is_required(properties: dict[str, Any]) -> None:
    point = properties["properties"]["point"]
    assert point["required"] == ["x", "tags"]
    assert point["properties"]["x"] == {"type": "integer", "description": "Across."}
    assert point["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}


def test_a_variant_is_one_of_its_cases(properties: dict[str, Any]) -> None:
    card, cash = properties["properties"]["payment"]["oneOf"]
    assert card["properties"]["source"] == {"type": "string", "const": "card"}
    assert cash["required"] == ["source", "amount"]


def test_only_optional_parameters_may_be_left_out(properties: dict[str, Any]) -> None:
    assert set(properties["properties"]) - set(properties["required"]) == {"sure"}


def test_roles_are_kept_apart(compile_text: Compile) -> None:
    made = emit(compile_text(DESK))
    names = {path: [t["function"]["name"] for t in json.loads(text)] for path, text in made.files.items()}
    assert names == {"tools.json": ["look"], "user_tools.json": ["wave"]}
    assert made.problems == ()


def _kind(schema: dict[str, Any]) -> tuple[Any, ...]:
    return schema.get("type"), (schema.get("items") or {}).get("type")


@pytest.mark.shared
def test_retail_agrees_with_the_benchmark(retail: Spec, shared_data: Path) -> None:
    recorded = {t["name"]: t["parameters"] for t in json.loads((shared_data / "retail" / "tools.json").read_text())}
    ours = {t["function"]["name"]: t["function"]["parameters"] for t in tool_schemas(retail)}
    assert set(ours) == set(recorded)
    for name, theirs in recorded.items():
        assert list(ours[name]["properties"]) == list(theirs["properties"]), name
        assert sorted(ours[name]["required"]) == sorted(theirs.get("required", [])), name
        kinds = {p: _kind(s) for p, s in theirs["properties"].items()}
        assert {p: _kind(s) for p, s in ours[name]["properties"].items()} == kinds, name
