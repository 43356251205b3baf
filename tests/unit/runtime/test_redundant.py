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
write tool raise_second() -> text "Raises the second flag." {
  do lift("b")
  return "up"
}
write tool raise_third() -> text "Raises the third flag." {
  do lift("c")
  return "up"
}
write tool hand_on() -> text "Raises the second flag, and takes the first one down." {
  let a = flags["a"] else fail "no flag"
  set a.up = false
  do lift("b")
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


def redundant(*tools: str, wanted: tuple[str, ...] = ("raise_both",)) -> list[str]:
    compiled = Compiler().compile([("flags.cove", SPEC.encode())], {})
    assert compiled.spec is not None
    messages = [message for i, tool in enumerate(tools) for message in turn(i, tool)]
    state = {"flags": {k: {"flag_id": k, "up": False} for k in "abc"}}
    task = {"gold_actions": [{"name": name, "arguments": {}} for name in wanted]}
    outcome = verify_conversation(program_of(compiled.spec), messages, state, task)["outcome"]
    assert outcome["state"] == "met"
    return [place["tool"] for place in outcome["redundant"]]


def test_a_write_that_a_later_one_would_have_made_is_redundant():
    assert redundant("raise_first", "raise_both") == ["raise_first"]


def test_the_one_write_that_is_needed_is_not():
    assert redundant("raise_both") == []


def test_of_ways_to_one_world_the_shorter_goes_on_though_it_is_found_later():
    done = redundant("raise_first", "raise_second", "raise_both", "raise_third", wanted=("raise_both", "raise_third"))
    assert done == ["raise_first", "raise_second"]


def test_of_parts_of_one_length_the_earlier_writes_are_kept():
    assert redundant("raise_first", "hand_on", "raise_first", "raise_second") == ["hand_on", "raise_first"]


def test_many_writes_that_are_undone_and_done_again_are_no_trouble():
    many = [*["raise_first", "hand_on"] * 20, "raise_first"]
    assert redundant(*many) == [many[0], *many[3:]]
