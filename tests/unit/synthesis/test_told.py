"""Users who come only to tell something: they tell it, then go, and what a rule wants done at once is done."""

import json

import pytest

from cove_dsl.solve.survey import Surveyor, about_scenario
from cove_dsl.synthesis.order import Order
from cove_dsl.synthesis.parties import STOP
from cove_dsl.synthesis.run import synthesize
from cove_dsl.world.desk import load
from cove_dsl.world.generate import generate_world

DESK = """domain gate "A gate that people pass"
record Guest { guest_id: id, phone: text }
table guests: Guest key guest_id
generate "A few." {
  for i in 1..9 { insert Guest(guest_id: "G{i}", phone: "0171-{unique_digits(6)}") into guests }
}
read tool find_guest(phone: text) -> Guest "Finds a guest." {
  let guest = first(guests where .phone == phone)  else fail "No such guest"
  return guest
}
tool call_guard(summary: text) -> text "Hands over to a guard." { return "coming" }
scenario told "A guest tells something." {
  pick guest from guests
  goal nothing
  volunteers "I can't breathe in here!"
  knows guest.phone
}
"""
AT_ONCE = """rule at_once "Whoever cannot breathe is handed over at once." {
  after user message
  when mentions(message, {"can't breathe"})
  then call to call_guard
}
"""


@pytest.fixture(params=[DESK, DESK + AT_ONCE], ids=["free", "at_once"])
def desk(request, tmp_path):
    path = tmp_path / "gate.cove"
    path.write_text(request.param)
    return load(str(path))


def rows_of(desk, folder):
    order = Order(desk, generate_world(desk.spec, 0), 8)
    summary = synthesize(order, folder, lambda counts: None)
    assert summary["verified"] == 8
    return [json.loads(line) for line in (folder / "dialogues.jsonl").read_text().splitlines()]


def test_what_is_volunteered_is_said_and_nothing_after_the_end(desk, tmp_path):
    for row in rows_of(desk, tmp_path / "run"):
        said = [m["content"] for m in row["messages"] if m["role"] == "user"]
        assert "I can't breathe in here!" in said[0]
        assert STOP not in said[0]
        assert said[-1].endswith(STOP)


def test_what_a_rule_wants_at_once_comes_before_all_else(desk, tmp_path):
    for row in rows_of(desk, tmp_path / "run"):
        calls = [m["name"] for m in row["messages"] if m["role"] == "tool"]
        assert calls == (["call_guard"] if desk.spec.rules else ["find_guest"])


def test_a_goal_of_nothing_is_told_unless_a_rule_may_want_something(desk):
    (found,) = Surveyor(desk.spec).scenarios()
    said = about_scenario(found, desk.spec)
    assert (said.code if said else None) == (None if desk.spec.rules else "idle-goal")
