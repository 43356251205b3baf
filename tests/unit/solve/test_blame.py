"""Which of several conflicts is shown, and what is advised about it: a smallest one, and only what helps."""

import pytest

from cove_dsl.backends.smt import Budget, check_scenario
from cove_dsl.backends.smt.cores import all_cores, lightest
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.survey import about_scenario
from cove_dsl.solve.telling import tell

HIRE = """domain hire "A bike hire"
clock 2026-06-01T09:00:00+00:00
enum Status { booked, out, back }
record Rider { rider_id: id, email: email, licence_until: date, owes: money where it >= $0 }
record Hire { hire_id: id, rider_id: ref riders, from: date, days: int where it > 0, status: Status }
table riders: Rider key rider_id
table hires: Hire key hire_id
write tool lengthen(hire_id: ref hires, days: int) -> text "Lengthens a hire to so many days." {
  let hire = hires[hire_id] else fail "No such hire"
  require days > hire.days  else fail "That is not longer"
  require days <= 21        else fail "At most three weeks"
  set hire.days = days
  return "done"
}
write tool give_back(hire_id: ref hires) -> text "Takes a bike back." {
  let hire = hires[hire_id] else fail "No such hire"
  require hire.status == out else fail "Not out"
  set hire.status = back
  return "done"
}
write tool charge(rider_id: ref riders, amount: money) -> text "Charges a rider." {
  let rider = riders[rider_id] else fail "No such rider"
  require amount > $0 else fail "Nothing"
  increase rider.owes by amount
  return "done"
}
rule licence "The licence has to last." {
  before call to lengthen
  let hire = hires[call.hire_id] else skip
  let rider = riders[hire.rider_id] else skip
  require until: rider.licence_until >= hire.from + call.days * 1 day
}
rule two_weeks "No hire is longer than 14 days." { before call to lengthen  require days: call.days <= 14 }
rule charge_little "Charge at most $20 at once." { before call to charge  require little: call.amount <= $20 }
rule paid_first "Take a bike back only when it is paid for." {
  before call to give_back
  let hire = hires[call.hire_id] else skip
  require paid: some (earlier ok call to charge where .amount == hire.days * $5)
}
"""


def hire(scenario: str):
    made = Compiler().compile([("hire.cove", f'{HIRE}scenario s "…" {{\n{scenario}\n}}\n'.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


TWO_WAYS_WRONG = """  pick rider from riders where .licence_until == 2026-07-05
  pick hire from hires where .rider_id == rider.rider_id and .days == 5 and .from == 2026-07-01
  pick days from 22..30
  goal lengthen(hire.hire_id, days)"""


def test_of_several_conflicts_a_smallest_one_is_shown_that_names_a_rule():
    spec = hire(TWO_WAYS_WRONG)
    found = check_scenario(spec, spec.scenarios["s"])
    texts = [" ".join(c.text.split()) for c in found.core]
    assert texts == ["pick days from 22..30", "lengthen(hire.hire_id, days)", "call.days <= 14"]
    assert found.minimal
    every = all_cores(found.ways(), Budget())
    assert every.complete
    assert min(map(len, every.cores)) == 3 < max(map(len, every.cores))
    problem = about_scenario(ask_scenario(spec, spec.scenarios["s"]), spec)
    assert problem.help == ("write `expect refusal by two_weeks.days` if the refusal is the point",)
    assert "not the only conflict" in problem.notes[1]


def test_nothing_is_lighter_than_a_smallest_core():
    spec = hire(TWO_WAYS_WRONG)
    ways = check_scenario(spec, spec.scenarios["s"]).ways()
    weights = dict.fromkeys(ways.clauses, 1)
    for core in all_cores(ways, Budget()).cores:
        found = lightest(ways, core, weights, Budget())
        assert (found is None) == (len(core) == 3)
        assert found is None or (len(found.core), found.minimal) == (3, True)


@pytest.mark.parametrize("refusal", ["", "  expect refusal by two_weeks"])
def test_what_conflicts_without_goals_is_shown_without_them(refusal):
    spec = hire(f"""  pick rider from riders where .owes == $5
  pick hire from hires where .rider_id == rider.rider_id and .days >= 5
  require rider.owes + hire.days * $1 < $3
  goal lengthen(hire.hire_id, 22)
{refusal}""")
    found = check_scenario(spec, spec.scenarios["s"])
    assert not found.expected
    assert "goal" not in {c.role for c in found.core}


@pytest.mark.parametrize(
    ("goal", "rule"), [("give_back(hire.hire_id)", "paid_first.paid"), ("lengthen(hire.hire_id, 15)", "two_weeks.days")]
)
def test_a_refusal_is_advised_only_by_a_rule_that_refuses_it(goal, rule):
    """`charge_little` is in the conflict about giving back, and forbids no call that is asked for."""
    spec = hire(f"  pick hire from hires where .days == 6\n  goal {goal}")
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.status == "unsat"
    assert about_scenario(answer, spec).help == (f"write `expect refusal by {rule}` if the refusal is the point",)


def test_no_refusal_is_advised_where_the_rule_never_comes_to_speak():
    """No licence lasts for ever, but it takes one more condition for the rule to forbid anything."""
    spec = hire("""  pick rider from riders where .licence_until > 2030-01-01
  pick hire from hires where .rider_id == rider.rider_id and .from < 2026-01-01 and .days > 21
  goal lengthen(hire.hire_id, 20)""")
    problem = about_scenario(ask_scenario(spec, spec.scenarios["s"]), spec)
    assert problem.code == "unsatisfiable"
    assert not any("licence" in line for line in problem.help)


def test_a_change_that_comes_first_is_named_only_where_the_conflict_looks_at_what_it_changes():
    """`give_back` changes the status, at which the length of a hire does not look."""
    spec = hire("  pick hire from hires where .status == booked\n  goal lengthen(hire.hire_id, 22)")
    problem = about_scenario(ask_scenario(spec, spec.scenarios["s"]), spec)
    assert not any("`give_back`" in note for note in problem.notes)


OPEN = """rule looked_for "Charge only after a look for a hire found none." {
  before call to charge
  require none: some (earlier call to get_hire where .result is absent)
}
read tool get_hire(hire_id: ref hires) -> Hire "Shows a hire." {
  let hire = hires[hire_id] else fail "No such hire"
  return hire
}
"""


def open_scenario(body: str, more: str = ""):
    spec = hire(f'{body}\n}}\n{more}scenario other "…" {{ goal nothing')
    return spec, ask_scenario(spec, spec.scenarios["s"])


def test_a_look_up_may_fail_where_a_rule_asks_for_a_call_whatever_came_of_it():
    spec, answer = open_scenario("  pick rider from riders\n  goal charge(rider.rider_id, $5)", OPEN)
    assert answer.status == "sat"
    assert [(c.tool, c.ok) for c in answer.story.calls] == [("get_hire", False), ("charge", True)]
    assert about_scenario(answer, spec) is None


def test_larger_worlds_are_tried_before_anybody_is_sent_there():
    """Five hires of one rider are in no world of three rows."""
    many = "  pick rider from riders\n  require count(h for h in hires where h.rider_id == rider.rider_id) >= 5"
    _, answer = open_scenario(f"{many}\n  goal charge(rider.rider_id, $5)")
    assert answer.status == "sat"


def test_what_stands_in_the_way_is_told_of_the_largest_worlds_that_were_looked_at():
    """In the smallest worlds there are too few hires; in larger ones it is the look that nobody may make."""
    body = """  pick rider from riders
  require count(h for h in hires where h.rider_id == rider.rider_id) >= 3
  goal charge(rider.rider_id, $5)"""
    more = (
        OPEN
        + """rule no_looks "…" { before call to get_hire  require back: some earlier ok call to give_back }
"""
    )
    _, answer = open_scenario(body, more)
    assert (answer.status, answer.doubt.knob) == ("unknown", "together")
    assert "no_looks.back" in {c.by for c in answer.core}
    assert not any(c.text.startswith("count(h for h") for c in answer.core)


def test_a_story_says_which_amount_is_drawn():
    spec = hire("  pick rider from riders\n  pick amount from [$5.50, $6.25]\n  goal charge(rider.rider_id, amount)")
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert "amount is " in tell(answer.story)[0]
