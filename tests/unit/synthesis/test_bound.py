"""Plans are held to the rules that their own calls decide: what breaks them is no task, and nobody is blamed for it."""

from pathlib import Path

import pytest

from cove_dsl.synthesis.bound import binding
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.order import Order
from cove_dsl.synthesis.run import synthesize
from cove_dsl.synthesis.sample import NoTask, Sampler
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import world_of

DESK = """domain loans "A library of tools"
clock 2026-05-04T08:00:00+02:00
record Member { member_id: id, phone: text, loans: list[ref loans] }
record Loan { loan_id: id, member_id: ref members, thing: text, broken: int where it >= 0, paid: money, open: bool }
table members: Member key member_id
table loans: Loan key loan_id
describe members by phone
describe loans within member by thing
generate "A few." {
  for i in 1..30 {
    let m = "M{unique_digits(4)}"
    let l = "L{unique_digits(4)}"
    insert Loan(
      loan_id: l, member_id: m, thing: choose(["a saw", "a drill"]), broken: choose([0, 1]), paid: $0, open: true
    ) into loans
    insert Member(member_id: m, phone: "0171-{unique_digits(6)}", loans: [l]) into members
  }
}
read tool find_member(phone: text) -> Member "Finds a member."
{
  let member = first(members where .phone == phone)  else fail "No such member"
  return member
}
read tool get_loan(loan_id: ref loans) -> Loan "Shows a loan."
{
  let loan = loans[loan_id]  else fail "No such loan"
  return loan
}
write tool charge(loan_id: ref loans, amount: money) -> Loan "Charges for what broke."
{
  let loan = loans[loan_id]  else fail "No such loan"
  increase loan.paid by amount
  return loan
}
write tool close_loan(loan_id: ref loans) -> Loan "Ends a loan."
{
  let loan = loans[loan_id]  else fail "No such loan"
  set loan.open = false
  return loan
}
scenario bring_back weight 2 "The user brings something back." {
  pick member from members
  pick loan   from loans where .member_id == member.member_id
  goal close_loan(loan.loan_id) "end the loan"
  knows member.phone
  describes loan by thing
}
scenario settle "The user broke something, and pays for it." {
  pick member from members
  pick loan   from loans where .member_id == member.member_id and .broken > 0
  goal charge(loan.loan_id, $5) "pay for what broke"
  goal close_loan(loan.loan_id) "end the loan"
  knows member.phone
  describes loan by thing
}
"""
CHARGE_FIRST = """rule charge_first "Charge for what broke before a loan is ended." {
  before call to close_loan
  let loan = loans[call.loan_id]  else skip
  when loan.broken > 0
  require charged: some (earlier ok call to charge where .loan_id == call.loan_id)
}
"""
OWN_LOANS = """define the_user() -> ref members? = first([c.result.member_id for c in earlier ok call to find_member])
rule own_loans "End only loans of the member who was found." {
  before call to close_loan
  let user = the_user()             else skip
  let loan = loans[call.loan_id]  else skip
  require own: loan.member_id == user
}
"""
LOOK_FIRST = """rule look_first "Look at a loan before you end it." {
  before call to close_loan
  require looked: some (earlier ok call to get_loan where .loan_id == call.loan_id)
}
"""


def desk_of(folder: Path, *rules: str, text: str = DESK):
    path = folder / "loans.cove"
    path.write_text(text + "".join(rules))
    return load(str(path))


def sampler_of(desk, glob=None):
    world = World(desk.program, world_of(generate_world(desk.spec, 0), desk.program))
    return Sampler(desk, world, 0, glob, Dials(composed=0))


def bound(desk) -> set[str]:
    return set(binding(desk.program, desk.spec, frozenset({"find_member"}))[0].rules)


def test_rules_that_changes_and_finders_decide_bind_plans(tmp_path):
    desk = desk_of(tmp_path, CHARGE_FIRST, OWN_LOANS, LOOK_FIRST)
    assert bound(desk) == {"charge_first", "own_loans"}


def test_a_call_without_a_trace_may_be_made_besides_any_plan(tmp_path):
    desk = desk_of(tmp_path, CHARGE_FIRST, text=DESK.replace("  increase loan.paid by amount\n", ""))
    assert bound(desk) == set()


def test_what_would_take_one_more_change_is_no_task(tmp_path):
    sampler = sampler_of(desk_of(tmp_path, CHARGE_FIRST), "bring_back")
    drawn = [sampler.task(i).bindings["bring_back/loan"]["broken"] for i in range(12)]
    assert set(drawn) == {0}
    assert {reason for _, reason in sampler.dropped} == {"what is wanted breaks the rule `charge_first`"}
    free = sampler_of(desk_of(tmp_path), "bring_back")
    assert {free.task(i).bindings["bring_back/loan"]["broken"] for i in range(12)} == {0, 1}


def test_calls_of_a_plan_are_put_in_the_order_that_the_rules_want(tmp_path):
    charged, closed = (
        '  goal charge(loan.loan_id, $5) "pay for what broke"\n',
        '  goal close_loan(loan.loan_id) "end the loan"\n',
    )
    text = DESK.replace(charged + closed, closed + charged)
    for rules in ((CHARGE_FIRST,), ()):
        sampler = sampler_of(desk_of(tmp_path, *rules, text=text), "settle")
        names = {tuple(c["name"] for c in plan) for i in range(4) for plan in sampler.task(i).accept}
        assert names == {("charge", "close_loan") if rules else ("close_loan", "charge")}


def test_whose_the_rows_are_is_held_to_the_person_who_calls(tmp_path):
    text = DESK.replace("where .member_id == member.member_id\n", "where .member_id != member.member_id\n")
    sampler = sampler_of(desk_of(tmp_path, OWN_LOANS, text=text), "bring_back")
    with pytest.raises(NoTask, match="what is wanted breaks the rule `own_loans`"):
        sampler.task(0)


def test_nobody_is_blamed_for_what_cannot_be_done(tmp_path):
    desk = desk_of(tmp_path, CHARGE_FIRST, OWN_LOANS, LOOK_FIRST)
    summary = synthesize(Order(desk, generate_world(desk.spec, 0), 16), tmp_path / "run")
    assert (summary["verified"], summary["blame"]) == (16, {})
    assert any("charge_first" in reason for reason in summary["dropped"])
