"""Scenarios over one database: what it has no rows for, and refusals that another order of the goals goes without."""

import pytest

from cove_dsl.pipeline import Compiler
from cove_dsl.solve.instances import NO_ROWS, instances
from cove_dsl.solve.rewards import rewards

TEXT = """domain gym "A gym."
enum Plan { basic, plus }
record Member { member_id: id, email: email, plan: Plan }
table members: Member key member_id
describe members by email
read tool find(email: email) -> ref members "Finds." {
  let m = first(members where same_text(.email, email)) else fail "nobody"
  return m.member_id
}
write tool change(member_id: ref members, plan: Plan) -> text "Changes." {
  let m = members[member_id] else fail "nobody"
  set m.plan = plan
  return "ok"
}
rule other "Only to another plan." {
  before call to change
  let m = members[call.member_id] else skip
  require other: m.plan != call.plan
}
scenario same "…" {
  pick m from members where .plan == plus
  expect refusal by other
  goal change(m.member_id, plus)
  otherwise nothing
  knows m.email
}
scenario there_and_back "…" {
  pick m from members where .plan == plus
  expect refusal by other
  goal all { change(m.member_id, plus), change(m.member_id, basic) }
  otherwise nothing
  knows m.email
}
scenario basic_member "…" {
  pick m from members where .plan == basic
  goal change(m.member_id, plus)
  knows m.email
}
scenario some_of_many "…" {
  pick ms from 2..3 of members
  pick m from ms where .plan == basic
  goal change(m.member_id, plus)
  knows m.email
}
"""
ROW = {"email": "a@example.com", "plan": "plus"}


@pytest.fixture(scope="module")
def spec():
    made = Compiler().compile([("t.cove", TEXT.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


def answers(spec, rows: int):
    members = {f"m{n}": ROW | {"member_id": f"m{n}", "email": f"a{n}@example.com"} for n in range(rows)}
    return {row["scenario"]: row for row in instances(spec, {"members": members})}


def test_what_cannot_be_drawn_cannot_be_done(spec):
    found = answers(spec, 1)
    assert (found["basic_member"]["status"], found["basic_member"]["argument"]) == ("unsat", NO_ROWS)
    assert found["same"]["status"] == "sat"
    assert found["same"]["refused"]


def test_a_draw_that_was_cut_short_proves_nothing(spec):
    assert answers(spec, 4)["some_of_many"]["status"] == "unknown"
    assert answers(spec, 90)["basic_member"]["status"] == "unsat"


def test_a_refusal_that_another_order_goes_without_is_none(spec):
    found = answers(spec, 1)["there_and_back"]
    assert (found["status"], found["argument"]) == ("unknown", "what should be refused is allowed")


def test_of_a_scenario_without_tasks_its_own_reason_is_given(spec):
    rows = {r.scenario: r for r in rewards(spec, {"members": {"m1": ROW | {"member_id": "m1"}}}, many=1)}
    assert "basic_member" in rows["basic_member"].why_none
    assert "basic_member" not in rows["some_of_many"].why_none
