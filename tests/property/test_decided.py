"""What the arguments of a call alone decide of its result is the same in every world in which the call succeeds."""

import random
from typing import Any

import pytest

from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.core.touched import decided
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

HEAD = """domain rows "Rows"
record Row { row_id: id, n: int, note: text, open: bool, peer: id, parts: list[int] }
table rows: Row key row_id
write tool change(row_id: ref rows, n: int, note: text, open: bool, parts: list[int]) -> Row "Changes a row." {
  let row = rows[row_id] else fail "no such row"
  let peer = rows[row.peer] else fail "no peer"
"""
PUT = 'set rows[row_id] = Row(row_id: row_id, n: 1, note: "put", open: open, peer: row_id, parts: parts)'
DRAWN = (
    "set row.n = n", "set row.n = n * 2 + 1", "set row.n = row.n + n", "set row.n = count(parts)", "set row.n = peer.n",
    "set row.note = note", 'set row.note = "fixed"', "set row.note = row.note", 'set peer.note = "alias"',
    "set row.open = open", "set row.open = not open", "set row.open = n > 3 or open", "set peer.open = row.open",
    "set row.parts = parts", "insert n into row.parts", "if row.open { set row.n = 7 }", "if open { set row.n = n }",
    "if row.n > 5 { return row }", "for p in parts { set row.n = p }", "for p in row.parts { set peer.n = p }",
    "let twice = n * 2\n  set row.n = twice", "require row.n < 9 else fail \"too many\"", "increase row.n by 1",
    "let old = row.note\n  set row.note = old", "let same = row\n  set same.note = peer.note", PUT,
)  # fmt: skip
ENDS = ("return row", "return row", "return row", "return peer", "return rows[row_id]")
WORLDS = 6


def body(dice: random.Random) -> str:
    return "\n  ".join([*dice.sample(DRAWN, dice.randint(1, 4)), dice.choice(ENDS)])


def state(dice: random.Random) -> dict[str, Any]:
    keys = ["a", "b"]
    return {
        "rows": {
            key: {
                "row_id": key, "n": dice.randint(0, 9), "note": dice.choice("xyz"), "open": dice.random() < 0.5,
                "peer": dice.choice(keys), "parts": [dice.randint(0, 9) for _ in range(dice.randint(0, 2))],
            }
            for key in keys
        }
    }  # fmt: skip


def arguments(dice: random.Random) -> dict[str, Any]:
    parts = [dice.randint(0, 9) for _ in range(dice.randint(0, 2))]
    note, is_open = dice.choice("uvw"), dice.random() < 0.5
    return {"row_id": dice.choice("ab"), "n": dice.randint(0, 9), "note": note, "open": is_open, "parts": parts}


def tool_of(text: str) -> Any:
    """A compiled desk with this body, or None where chance wrote no such tool."""
    found = Compiler().compile([("rows.cove", (HEAD + "  " + text + "\n}\n").encode())], {})
    return None if found.errors else found.spec


def test_what_arguments_decide_is_so_in_every_world():
    dice, told, compared, compiled = random.Random(36), 0, 0, 0
    for _ in range(160):
        text = body(dice)
        spec = tool_of(text)
        if spec is None:
            continue
        compiled += 1
        names, program = decided(spec.tools["change"]), program_of(spec)
        told += bool(names)
        for _ in range(4 if names else 0):
            given = arguments(dice)
            worlds = (open_world(program, state(dice)) for _ in range(WORLDS))
            results = [Sandbox(program, world).call("change", given) for world in worlds]
            shown = [r.value for r in results if r.ok]
            for name in names:
                assert len({str(value[name]) for value in shown}) <= 1, (text, name, given)
            compared += len(shown) > 1
    assert min(compiled / 3, told, compared / 3) > 25, (compiled, told, compared)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("set row.n = n\n  set row.note = note\n  return row", {"n", "note"}),
        ('set row.open = n > 3 or open\n  set row.note = "fixed"\n  return row', {"open", "note"}),
        ("set row.n = row.n + n\n  return row", set()),
        ("set row.n = peer.n\n  return row", set()),
        ("set row.n = n\n  if open { set row.n = 7 }\n  return row", set()),
        ("set row.n = n\n  set peer.n = 7\n  return row", set()),
        ("if row.open { set row.n = n }\n  return row", set()),
        ("if row.open { return row }\n  set row.n = n\n  return row", set()),
        ("set row.n = n\n  return peer", set()),
        ("set row.parts = parts\n  return row", set()),
        ("set row.n = n\n  let same = row\n  set same.n = 3\n  return row", set()),
        (f"set row.n = n\n  {PUT}\n  return row", set()),
    ],
)
def test_the_fields_that_arguments_decide(text, names):
    spec = tool_of(text)
    assert spec is not None
    assert decided(spec.tools["change"]) == names
