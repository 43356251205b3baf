"""A judged conversation is gone at once: nothing that was made on the way waits for the collector."""

import gc
from typing import Any

import pytest

from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.backends.python.runtime.sandbox import Program
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

SPEC = """domain shop "Shop"
record User { user_id: id, visits: int }
table users: User key user_id
read tool look(user_id: ref users) -> User "Shows a user." {
  let u = users[user_id] else fail "no such user"
  return u
}
write tool visit(user_id: ref users) -> User "Counts a visit." {
  let u = users[user_id] else fail "no such user"
  set u.visits = u.visits + 1
  return u
}
read tool guess(user_id: text) -> json "Somebody else's tool." touches nothing
rule looks "Look before you count." {
  before call to visit
  require looked: some (earlier ok call to look where it.user_id == call.user_id)
  eventually agent message where mentions(it, "done")
}
rule one "One call at a time." {
  on agent step
  require one_call: count(step.calls) <= 1
}
"""


STATE = {"users": {"a": {"user_id": "a", "visits": 0}}}
TASK = {"evaluation_criteria": {"actions": [{"name": "visit", "arguments": {"user_id": "a"}}]}}


@pytest.fixture(scope="module")
def program() -> Program:
    compiled = Compiler().compile([("shop.cove", SPEC.encode())], {})
    assert compiled.spec is not None, compiled.problems
    return program_of(compiled.spec)


def conversation(visits: int) -> list[dict[str, Any]]:
    """A look, a count and a guess; the look shows this many visits."""
    calls = [("look", f'{{"user_id": "a", "visits": {visits}}}'), ("visit", '{"user_id": "a", "visits": 1}')]
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Count me."}]
    for at, (name, result) in enumerate([*calls, ("guess", '{"fine": true}')]):
        made = {"id": f"c{at}", "type": "function", "function": {"name": name, "arguments": {"user_id": "a"}}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [made]})
        messages.append({"role": "tool", "tool_call_id": f"c{at}", "content": result})
    return [*messages, {"role": "assistant", "content": "It is done."}]


@pytest.mark.parametrize("visits", [0, 5], ids=["as known", "contradicted"])
def test_nothing_is_left_to_the_collector(program, visits):
    messages = conversation(visits)
    report = verify_conversation(program, messages, STATE, TASK)
    assert bool(report["world"]["mismatches"]) is (visits == 5)
    assert [r["verdict"] for r in report["rules"]] == ["satisfied", "satisfied"]
    gc.collect()
    gc.disable()
    try:
        verify_conversation(program, messages, STATE, TASK)
        assert gc.collect() == 0
    finally:
        gc.enable()
