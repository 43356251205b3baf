"""Redundant writes: what could have been left out is found by leaving it out, not by what a write happened to touch."""

from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

SPEC = """domain flags "Two flags, the second of which brings the first along"
record Flag { flag_id: id, up: bool }
table flags: Flag key flag_id
write tool raise_first() -> text "Raises the first flag." {
  let a = flags["a"] else fail "no flag"
  set a.up = true
  return "up"
}
write tool raise_both() -> text "Raises the second flag, and the first if it is down." {
  let a = flags["a"] else fail "no flag"
  let b = flags["b"] else fail "no flag"
  if not a.up { do lift("a") }
  set b.up = true
  return "up"
}
effect lift(key: ref flags) {
  let flag = flags[key] else fail "no flag"
  set flag.up = true
}
"""


def turn(number: int, tool: str) -> list[dict[str, object]]:
    call = {"id": str(number), "type": "function", "function": {"name": tool, "arguments": {}}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": str(number), "content": "up"},
    ]


def redundant(*tools: str) -> list[str]:
    compiled = Compiler().compile([("flags.cove", SPEC.encode())], {})
    assert compiled.spec is not None
    messages = [message for i, tool in enumerate(tools) for message in turn(i, tool)]
    state = {"flags": {k: {"flag_id": k, "up": False} for k in "ab"}}
    task = {"gold_actions": [{"name": "raise_both", "arguments": {}}]}
    outcome = verify_conversation(program_of(compiled.spec), messages, state, task)["outcome"]
    assert outcome["state"] == "met"
    return [place["tool"] for place in outcome["redundant"]]


def test_a_write_that_a_later_one_would_have_made_is_redundant():
    assert redundant("raise_first", "raise_both") == ["raise_first"]


def test_the_one_write_that_is_needed_is_not():
    assert redundant("raise_both") == []
