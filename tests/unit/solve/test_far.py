"""What shows only after other calls: changes by which a rule decides, look-ups before each call, calls that are owed,
and goals that have to be met in another order than is written."""

import pytest

from cove_dsl.pipeline import Compiler
from cove_dsl.solve.difference import compare
from cove_dsl.solve.neighbours import neighbours
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.telling import plan_of

HOTEL = """domain hotel "A hotel."
record Booking { booking_id: id, nights: int where it >= 1 and it <= 30, gone: bool }
table bookings: Booking key booking_id
write tool cancel(booking_id: ref bookings) -> text "Cancels." {
  let b = bookings[booking_id] else fail "none"
  set b.gone = true
  return "ok"
}
write tool extend(booking_id: ref bookings, nights: int) -> text "Adds nights." {
  let b = bookings[booking_id] else fail "none"
  increase b.nights by nights
  return "ok"
}
"""
LONG = """rule long "Keep what is longer than a month." {
  before call to cancel
  let b = bookings[call.booking_id] else skip
  require short: b.nights <= 30
}
"""
SHOP = """domain shop "A shop."
record Item { item_id: id, stock: int where it >= 0 }
record Till { open: bool }
table items: Item key item_id
state till: Till
read tool look(item_id: ref items) -> Item "Shows." { let i = items[item_id] else fail "none"  return i }
write tool sell(item_id: ref items) -> text "Sells." {
  let i = items[item_id] else fail "none"
  require till.open else fail "closed"
  decrease i.stock by 1
  return "ok"
}
write tool gift(item_id: ref items) -> text "Gives." {
  let i = items[item_id] else fail "none"
  decrease i.stock by 1
  return "ok"
}
write tool shut() -> text "Closes." { require till.open else fail "closed"  set till.open = false  return "ok" }
rule shut_after "Close after selling." { after ok call to sell  eventually ok call to shut }
rule look_first "Look first." {
  before call to sell
  require seen: some (earlier ok call to look where .item_id == call.item_id)
}
"""
NOT_BOTH = 'rule not_both "Sell nothing after a gift." { after ok call to gift  never call to sell }\n'
GARAGE = """domain garage "A workshop."
record Job { job_id: id, plate: text, paid: money, begun: bool, done: bool }
table jobs: Job key job_id
read tool find_job(plate: text) -> Job "Finds." { let j = first(jobs where .plate == plate) else fail "none"  return j }
write tool pay(job_id: ref jobs, amount: money) -> text "Pays." {
  let j = jobs[job_id] else fail "none"
  increase j.paid by amount
  return "ok"
}
write tool begin(job_id: ref jobs) -> text "Begins." {
  let j = jobs[job_id] else fail "none"
  require j.paid >= $100 else fail "deposit"
  set j.begun = true
  return "ok"
}
write tool finish(job_id: ref jobs) -> text "Ends." {
  let j = jobs[job_id] else fail "none"
  require j.begun else fail "not begun"
  set j.done = true
  return "ok"
}
write tool collect(job_id: ref jobs) -> text "Takes." {
  let j = jobs[job_id] else fail "none"
  require j.done and j.paid == $500 else fail "not yet"
  remove jobs[job_id]
  return "ok"
}
rule found "Find it first." {
  before call to writes
  require found: some (earlier ok call to find_job where it.result.job_id == call.job_id)
}
rule few "Three payments at most." { at most 3 ok call to pay per .job_id }
"""


def compiled(text: str):
    made = Compiler().compile([("t.cove", text.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


def asked(text: str, name: str = "s"):
    spec = compiled(text)
    return ask_scenario(spec, spec.scenarios[name])


CASES = [(HOTEL + LONG, "long", ["extend", "cancel"]), (SHOP + NOT_BOTH, "not_both", ["gift", "look", "sell", "shut"])]


@pytest.mark.parametrize(("text", "name", "calls"), CASES)
def test_a_rule_is_broken_after_changes_and_with_what_is_owed(text, name, calls):
    spec = compiled(text)
    found = examiner(spec).rule(spec.rules[name])
    assert (found.finding, found.story.broken(spec)) == ("alone", {name})
    assert sorted(c.tool for c in found.story.calls) == sorted(calls)
    (beside,) = neighbours(spec, Knobs(), (name,))
    assert beside.status == "found"
    assert {c.tool for c in beside.story.calls} >= set(calls) - {
        "shut"
    }  # a sale that fails is one too, and owes nothing


@pytest.mark.parametrize(("text", "name"), [(t, n) for t, n, _ in CASES])
def test_such_a_rule_makes_a_difference(text, name):
    spec, less = compiled(text), compiled(text.replace(LONG, "").replace(NOT_BOTH, ""))
    assert compare(less, spec).relation == "stricter"
    assert compare(spec, less).relation == "looser"


def test_a_call_that_goes_through_with_what_is_owed_is_refused_by_no_tool():
    spec = compiled(SHOP)
    found = examiner(spec).rule(spec.rules["look_first"])
    assert (found.finding, found.attempt) == ("alone", False)
    (beside,) = neighbours(spec, Knobs(), ("look_first",))
    assert (beside.status, beside.refused) == ("found", False)
    assert [c.tool for c in beside.story.calls] == ["sell", "shut"]


def test_each_of_several_things_is_looked_up():
    body = "pick j from jobs  pick k from jobs where .plate != j.plate"
    found = asked(f'{GARAGE}scenario s "…" {{ {body}  goal pay(j.job_id, $1)  goal pay(k.job_id, $2) }}')
    assert found.status == "sat"
    assert [c["name"] for c in plan_of(found.story)] == ["find_job", "pay", "find_job", "pay"]


def test_five_goals_are_met_in_another_order():
    goals = "begin(j.job_id)  goal finish(j.job_id)  goal pay(j.job_id, $100)  goal pay(j.job_id, $400)"
    found = asked(f"""{GARAGE}scenario s "…" {{
  pick j from jobs where .paid == $0 and not .begun and not .done
  goal {goals}  goal collect(j.job_id)
}}""")
    assert found.status == "sat"
    assert [c["name"] for c in plan_of(found.story)] == ["find_job", "pay", "begin", "finish", "pay", "collect"]


QUOTES = """domain rent "Cars."
record Car { car_id: id, booked: int where it >= 0 }
table cars: Car key car_id
read tool quote(car_id: ref cars) -> Car "Quotes." { let c = cars[car_id] else fail "none"  return c }
write tool book(car_id: ref cars) -> text "Books." {
  let c = cars[car_id] else fail "none"
  increase c.booked by 1
  return "ok"
}
rule fresh "Quote anew before each booking." {
  before call to book
  let q = last(earlier ok call to quote) else fail "no quote"
  require fresh: no (earlier ok call to book after q)
}
rule two "Two at most." { at most 2 ok call to book }
"""


def test_a_limit_is_broken_alone_where_each_call_needs_a_look_of_its_own():
    spec = compiled(QUOTES)
    found = examiner(spec).rule(spec.rules["two"])
    assert (found.finding, found.story.broken(spec)) == ("alone", {"two"})
    (beside,) = neighbours(spec, Knobs(), ("two",))
    assert [c.tool for c in beside.story.calls] == ["quote", "book"] * 3


def test_four_goals_that_are_alike_conflict_with_a_limit():
    goals = "  ".join(["goal pay(j.job_id, $1)"] * 4)
    found = asked(f'{GARAGE}scenario s "…" {{ pick j from jobs  {goals} }}')
    assert (found.status, found.minimal) == ("unsat", True)
    assert len({c.span for c in found.core if c.role == "goal"}) == 4


def test_but_for_a_rule_all_may_be_said_whatever_is_owed_afterwards():
    text = """domain pharmacy "A counter."
record Client { client_id: id, email: email, age: int where it >= 0 }
table clients: Client key client_id
write tool sell(client_id: ref clients) -> text "Sells." { let c = clients[client_id] else fail "none"  return "ok" }
fact ill: bool? "whether the client is ill" from user version 1 { when mentions(it, {"ill"}) then true }
rule ask "Ask whether they are ill." { before call to sell  require asked: stated.ill is present }
rule adult "Adults only." {
  before call to sell
  let c = clients[call.client_id] else skip
  require adult: c.age >= 18
}
rule warn "Warn." { after ok call to sell  eventually agent message where mentions(it, "read the leaflet") }
scenario s "…" {
  pick c from clients where .age == 17
  expect refusal by adult
  goal sell(c.client_id)
  otherwise nothing
  knows c.email
}
"""
    found = asked(text)
    assert found.status == "unsat"
    assert found.refusal.but_for.needed is True


@pytest.mark.parametrize(
    ("code", "check", "status"),
    [
        ("12345", "length(code) == 4", "unsat"),
        ("1234", "length(code) == 4", "sat"),
        ("12a4", 'only_characters(code, "0123456789")', "unsat"),
        ("AB", 'lower(code) == "ab" and starts_with(code, "A")', "sat"),
        ("AB", 'lower(code) == "AB"', "unsat"),
    ],
)
def test_what_is_asked_of_a_text_that_a_goal_writes_out(code, check, status):
    text = f"""domain doors "Doors."
record Door {{ door_id: id, code: text }}
table doors: Door key door_id
write tool set_code(door_id: ref doors, code: text) -> text "Sets." {{
  let d = doors[door_id] else fail "none"
  require {check} else fail "not so"
  set d.code = code
  return "ok"
}}
scenario s "…" {{ pick d from doors  goal set_code(d.door_id, "{code}") }}
"""
    assert asked(text).status == status
