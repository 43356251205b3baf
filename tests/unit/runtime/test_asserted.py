"""Conditions that a task names: what they come to, and what they do to the outcome."""

import pytest

from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

SPEC = b"""
domain lamps
record Lamp { lamp_id: id, bright: int }
table lamps: Lamp key lamp_id
write tool brighten(lamp_id: ref lamps, by: int) -> text {
  let lamp = lamps[lamp_id]  else fail "No such lamp"
  increase lamp.bright by by
  return "Done"
}
tool hand_over(summary: text) -> text { return "Done" }
assertion assert_bright(lamp_id: ref lamps, at_least: int?) "The lamp is bright." =
  lamps[lamp_id]?.bright == 3
  or at_least is present and lamps[lamp_id] is present and lamps[lamp_id].bright >= at_least
"""
STATE = {"lamps": {"A": {"lamp_id": "A", "bright": 1}}}
CALL = {"name": "brighten", "arguments": {"lamp_id": "A", "by": 2}}


@pytest.fixture(scope="module")
def program():
    compiled = Compiler().compile([("lamps.cove", SPEC)], {})
    assert not compiled.problems
    return program_of(compiled.spec)


def messages(*calls):
    made = [{"role": "user", "content": "More light."}]
    for i, call in enumerate(calls):
        made.append({"role": "assistant", "content": None, "tool_calls": [{"id": str(i), **call}]})
        made.append({"role": "tool", "id": str(i), "content": "Done"})
    return made


def outcome(program, calls, criteria):
    task = {"evaluation_criteria": {"actions": [CALL], "reward_basis": ["ENV_ASSERTION"], **criteria}}
    report = verify_conversation(program, messages(*calls), STATE, task, done=True)
    return report["outcome"], report["score"]


def bright(value=True, **arguments):
    return {"func_name": "assert_bright", "arguments": {"lamp_id": "A", **arguments}, "assert_value": value}


@pytest.mark.parametrize(
    ("asserted", "came_to"),
    [
        (bright(), "met"),
        (bright(False), "unmet"),
        (bright(at_least=2), "met"),
        ({"func_name": "assert_dark", "arguments": {}}, "unknown"),
        (bright(colour="red"), "unknown"),
        (bright(at_least="two"), "unknown"),
    ],
)
def test_what_an_assertion_comes_to(program, asserted, came_to):
    found, score = outcome(program, [CALL], {"env_assertions": [asserted]})
    assert found["asserted"] == came_to
    assert found["benchmark_reward"] == {"met": 1, "unmet": 0, "unknown": None}[came_to]
    assert score == {"met": 1.0, "unmet": 0.0, "unknown": None}[came_to]


def test_another_end_that_meets_the_assertions_is_right(program):
    other = [{"name": "brighten", "arguments": {"lamp_id": "A", "by": 5}}]
    found, score = outcome(program, other, {"env_assertions": [bright(at_least=3)]})
    assert (found["state"], found["compares_end"], found["verdict"], score) == ("unmet", False, "satisfied", 1.0)
    found, score = outcome(
        program, other, {"env_assertions": [bright(at_least=3)], "reward_basis": ["DB", "ENV_ASSERTION"]}
    )
    assert (found["verdict"], found["benchmark_reward"], score) == ("violated", 0, 0.5)


@pytest.mark.parametrize(
    ("compare", "calls", "verdict"), [([], True, "satisfied"), (None, True, "violated"), ([], False, "violated")]
)
def test_a_call_that_a_task_rests_on(program, compare, calls, verdict):
    wanted = {"name": "hand_over", "arguments": {"summary": "too dark"}, "compare_args": compare}
    made = [{"name": "hand_over", "arguments": {"summary": "no light"}}] if calls else []
    criteria = {"actions": [wanted], "reward_basis": ["ENV_ASSERTION", "ACTION"], "env_assertions": [bright(False)]}
    found, _ = outcome(program, made, criteria)
    assert found["verdict"] == verdict
    assert found["benchmark_reward"] == int(verdict == "satisfied")


@pytest.mark.parametrize(
    "wrong", [{"func_name": 1}, {"func_name": "a", "arguments": []}, "a", {"func_name": "a", "assert_value": 1}]
)
def test_an_assertion_of_another_shape_is_refused(program, wrong):
    task = {"evaluation_criteria": {"actions": [], "env_assertions": [wrong]}}
    assert "error" in verify_conversation(program, messages(), STATE, task)
