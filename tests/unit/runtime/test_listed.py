"""A verdict on what a message lists names the details that are missing: in reports, to a guarded agent, alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cove_dsl.backends.python.emit import checker_source
from cove_dsl.backends.python.runtime.details import Listed, listing, not_listed
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.pipeline import Compiler
from cove_dsl.world.monitor import Monitor
from cove_dsl.world.program import program_of

SPEC = """domain rooms "Rooms that people have booked"
record Stay { stay_id: id, bed: text, floor: int }
table stays: Stay key stay_id
write tool book(stay_id: id, bed: text, floor: int, price: money) -> text { return "booked" }
define told(c: call) -> bool = some (earlier agent message where lists(it, c))
%s
"""
RULE = """rule asked "Ask before you book." {
  before call to book
  let answer = last(earlier user message) else skip
  let proposal = earlier agent message before answer
  require agreed: affirms(answer) because "Wait for a yes."
  require listed: %s because "List it first."
}
"""
PLAIN, BY_NAME, BY_BOTH = "lists(proposal, call)", "told(call)", "lists(proposal, call) or lists(answer, call)"
BOOKED = {"stay_id": "S10500", "bed": "double", "floor": 3, "price": 120}


def spec_of(condition: str) -> Any:
    compiled = Compiler().compile([("rooms.cove", (SPEC % (RULE % condition)).encode())], {})
    assert compiled.spec is not None, compiled.errors
    return compiled.spec


def booking(proposal: str, answer: str) -> list[dict[str, Any]]:
    call = {"id": "1", "type": "function", "function": {"name": "book", "arguments": json.dumps(BOOKED)}}
    return [
        {"role": "assistant", "content": proposal},
        {"role": "user", "content": answer},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "booked"},
    ]


def told(condition: str, proposal: str, answer: str = "Yes.") -> str:
    report = verify_conversation(program_of(spec_of(condition)), booking(proposal, answer))
    return str(report["rules"][0]["message"])


@pytest.mark.parametrize("condition", [PLAIN, BY_NAME, BY_BOTH])
def test_a_violation_names_what_is_missing(condition: str):
    found = told(condition, "Shall I book S10500, a double, for you?")
    assert found == "Ask before you book. (List it first. Not listed: floor=3, price=120.)"


def test_what_was_said_is_not_named():
    assert "Not listed: price=120.)" in told(PLAIN, "Shall I book S10500, a double on floor 3?")


def test_another_requirement_says_nothing_of_it():
    assert told(PLAIN, "Shall I book it?", "No, wait.").startswith("Ask before you book. (Wait for a yes.; List it")
    assert told(PLAIN, "S10500, a double, floor 3, $120?", "No.") == "Ask before you book. (Wait for a yes.)"


def test_of_several_messages_the_one_that_lacks_least_is_held_against():
    messages = [
        {"role": "assistant", "content": "A double on floor 3 for $120?"},
        *booking("Shall I book S10500?", "Yes."),
    ]
    report = verify_conversation(program_of(spec_of(BY_NAME)), messages)
    assert report["rules"][0]["message"].endswith("Not listed: stay_id=S10500.)")


def test_what_another_rule_has_looked_at_is_not_named():
    other = """rule other "Look at all." {
  before call to book
  when lists(earlier agent message, call)
  require never: false
}
"""
    compiled = Compiler().compile([("rooms.cove", (SPEC % (other + RULE % "lists(answer, call)")).encode())], {})
    assert compiled.spec is not None, compiled.errors
    report = verify_conversation(program_of(compiled.spec), booking("S10500, a double?", "Yes."))
    assert "Not listed: stay_id=S10500, bed=double, floor=3, price=120." in report["rules"][1]["message"]


def test_a_doubt_names_what_is_unsure():
    row = {"stay_id": "S10500", "town": "Bath", "kind": "loft", "view": "garden", "size": "small", "noise": "none"}
    found = listing("The loft at 120?", {"stay_id": "S10500", "price": 120}, lambda key: [row], lambda name, key: False)
    assert found == Listed(None, ("stay_id=S10500",))
    assert not_listed(found.lacking, False) == "Not surely listed: stay_id=S10500."


def test_much_is_shortened():
    found = listing("Well?", {"names": [f"N{n}" for n in range(9)], "note": "x" * 99}, lambda _: [], lambda *_: False)
    assert not_listed(found.lacking, True) == "Not listed: names=N0, names=N1, names=N2, names=N3, names=N4 and 5 more."
    assert len(found.lacking[-1]) < 70


def test_a_guarded_agent_is_told():
    spec = spec_of(PLAIN)
    program = program_of(spec)
    monitor = Monitor(spec, program, open_world(program, {"stays": {}}))
    for message in booking("Shall I book S10500, a double, for you?", "Yes.")[:2]:
        monitor.observe(message)
    decision = monitor.allows({"name": "book", "arguments": BOOKED})
    assert "Not listed: floor=3, price=120." in decision.advice


def test_the_checker_that_stands_alone_says_the_same(tmp_path: Path):
    spec = spec_of(PLAIN)
    (tmp_path / "checker.py").write_text(checker_source(spec), encoding="utf-8")
    record = {"id": "a", "messages": booking("Shall I book S10500, a double, for you?", "Yes.")}
    (tmp_path / "talks.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    made = subprocess.run(
        [sys.executable, "-I", "checker.py", "talks.jsonl"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    (rule,) = json.loads(made.stdout)["rules"]
    assert rule["message"] == told(PLAIN, "Shall I book S10500, a double, for you?")
