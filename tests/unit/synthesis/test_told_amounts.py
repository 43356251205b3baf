"""An amount is told as what it is, be it owed or given back, and a number as the answer to what was asked."""

import random
from decimal import Decimal

import pytest

from cove_dsl.backends.prompt.user import after_noun, describe, render_template, render_user
from cove_dsl.core.types import DATE, TEXT
from cove_dsl.synthesis.describe import Naming, Speaker
from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scenes import Shape
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.synthesis.tasks import Fact, Move
from cove_dsl.synthesis.wording import amount_owed, answer, asked_for, duty_sentence, fact_sentence, volunteered
from cove_dsl.world.desk import World, load

BERTHS = """
domain berths "A harbour"
record Owner { owner_id: id, email: email, owes: money }
record Stay { stay_id: id, owner_id: ref owners, boat_name: text, arrives: date, total: money, paid: money }
table owners: Owner key owner_id
table stays: Stay key stay_id
describe stays within owner by boat_name and arrives
define refund(stay: Stay) -> money = round(stay.total * 0.9, 2)
define fee_of(stay: Stay) -> money = stay.total - refund(stay)
define get_refund(stay: Stay) -> money = refund(stay)
write tool cancel(stay_id: ref stays) -> Stay "Cancel a stay." {
  let stay = stays[stay_id] else fail "No stay"
  set stay.paid = $0
  return stay
}
scenario leave "A change of plans." {
  pick owner from owners
  pick stay from stays where .owner_id == owner.owner_id
  goal cancel(stay.stay_id) "cancel your stay"
  knows owner.owes, stay.arrives, "My engine has given up." "why you cancel"
  volunteers "It is all very sad."
  describes stay by boat_name and arrives
}
"""
RULE = """
rule told "%s" {
  after ok call to cancel
  let back = refund(call.result)
  eventually agent message where says_amount(it, %s)
}
"""


@pytest.fixture
def rule_of(tmp_path):
    def made(doc, amount):
        (tmp_path / "berths.cove").write_text(BERTHS + RULE % (doc, amount), encoding="utf-8")
        spec = load(str(tmp_path)).spec
        return spec.rules["told"], spec

    return made


@pytest.mark.parametrize(
    ("doc", "said"),
    [
        ("After a cancellation, tell the skipper what comes back.", "What comes back is {amount}."),
        ("After a cancellation, tell the skipper how much comes back.", "What comes back is {amount}."),
        ("Before a stay is longer, tell the skipper what the nights cost.", "The nights cost {amount}."),
        ("After a cancellation, name the sum.", "The refund is {amount}."),
        ("After a cancellation, tell the sum that comes back.", "The refund is {amount}."),
        ("After a cancellation, tell the skipper how much.", "The refund is {amount}."),
    ],
)
def test_an_amount_is_told_as_what_it_is_to_whoever_the_desk_serves(rule_of, doc, said):
    assert amount_owed(*rule_of(doc, "back")) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("refund(call.result)", "The refund is {amount}."),
        ("fee_of(call.result)", "The fee is {amount}."),
        ("call.result.total", "The total is {amount}."),
        ("call.result.paid", "The amount is {amount}."),
        ("get_refund(call.result)", "The amount is {amount}."),
        ("back + $1", "The amount is {amount}."),
        ("back) and says_amount(it, fee_of(call.result)", "The amount is {amount}."),
    ],
)
def test_an_amount_that_no_rule_describes_is_told_by_its_name_if_that_is_a_noun(rule_of, amount, said):
    assert amount_owed(*rule_of("The skipper learns it.", amount)) == said


def test_whoever_is_reminded_of_something_is_told_it(rule_of):
    assert duty_sentence(*rule_of("Remind the skipper that the refund takes a week.", "back")) == (
        "The refund takes a week."
    )
    assert duty_sentence(*rule_of("Tell the sum that comes back.", "back")) is None


@pytest.mark.parametrize(
    ("text", "is_money"), [("how much money comes back", True), ("how many nights are left", False)]
)
def test_an_answer_is_no_bill_and_says_no_more_than_it_has_to(text, is_money):
    move = Move("learn", "s", text=text, value=4, is_money=is_money)
    said = {answer(move, "4", random.Random(seed)) for seed in range(40)}
    counted = {"I count 4.", "As far as I can see, it's 4.", "I've looked it up: it's 4."}
    assert said == ({"It's 4.", "I've looked it up: it's 4.", "That is 4."} if is_money else counted)


@pytest.mark.parametrize(
    ("name", "said", "is_moment", "detail"),
    [
        ("arrives", "5 May", True, "that arrives on 5 May"),
        ("leaves", "5 May", True, "that leaves on 5 May"),
        ("starts_at", "5 May", True, "that starts on 5 May"),
        ("ends", "5 May", True, "that ends on 5 May"),
        ("owes", "$40", False, "that owes $40"),
        ("nights", "4", False, ""),
        ("address", "5 May", True, ""),
        ("notes", "none", False, ""),
    ],
)
def test_a_field_that_says_what_something_does_is_a_clause(name, said, is_moment, detail):
    assert after_noun(name, said, is_moment) == detail


def test_what_a_thing_does_is_told_to_who_plays_the_user(rule_of):
    spec = rule_of("Tell the skipper what comes back.", "back")[1]
    parts = [(("boat_name",), False, "Halcyon"), (("arrives",), False, "2026-06-16")]
    stay = describe("stay", parts)
    assert stay == "The stay called Halcyon that arrives on 16 June 2026."
    template = render_template(spec.scenarios["leave"], spec)
    assert "- The stay called {stay.boat_name} that arrives on {stay.arrives}." in template
    values = {"owner.owes": 40, "stay.arrives": "2026-06-16"}
    prompt = render_user(spec.scenarios["leave"], spec, values, [stay])
    assert "\n- You: owe $40\n- The stay: arrives on 16 June 2026\n" in prompt


def test_what_a_known_sentence_answers_stands_before_it(rule_of):
    spec = rule_of("Tell the skipper what comes back.", "back")[1]
    template = render_template(spec.scenarios["leave"], spec)
    assert '\n- Why you cancel: "My engine has given up."\n' in template
    assert '\n- "It is all very sad."\n' in template


def test_a_day_on_which_something_happens_is_said_and_asked_for():
    fact = Fact("knows", "stay.arrives", "2026-06-16", "16 June", ("stay",))
    assert fact_sentence(fact, random.Random(0)) == "It arrives on 16 June."
    assert asked_for(fact) == "when it arrives"


def test_a_single_day_is_enough_to_say_which_and_of_two_it_is_said_what_they_are():
    speaker = Speaker(Shape(load("clinic").spec), None)
    naming = Naming("my", lambda path: TEXT if path == ("boat_name",) else DATE, speaker)
    boat, comes = (("boat_name",), False, "Otter"), (("arrives",), False, "2026-06-16")
    goes = (("leaves",), False, "2026-06-18")
    assert naming.text("stays", (boat, comes)) == "my stay on 16 June 2026 with the boat Otter"
    assert "that arrives on 16 June 2026 that leaves on 18 June 2026" in naming.text("stays", (comes, goes))


UNITS = """
domain units "A hire"
clock 2026-05-04T09:00:00+02:00
record Tenant { tenant_id: id, email: email, rent: money, codes: int, back: money }
table tenants: Tenant key tenant_id
read tool find_tenant(email: email) -> Tenant "Finds a tenant." {
  let t = first(tenants where same_text(.email, email)) else fail "no such tenant"
  return t
}
write tool leave(tenant_id: ref tenants) -> Tenant "Ends a tenancy." {
  let t = tenants[tenant_id] else fail "no such tenant"
  increase t.codes by 1
  set t.back = t.rent / 2
  return t
}
scenario wants "Somebody leaves." {
  pick tenant from tenants
  goal leave(tenant.tenant_id) "leave"
  goal learn wanted = WANTED "what the TEXT is"
  knows tenant.email
}
"""
TENANTS = {
    f"T{n}": {"tenant_id": f"T{n}", "email": f"t{n}@example.com", "rent": 100 + 2 * n, "codes": 0, "back": 0}
    for n in range(12)
}


@pytest.mark.parametrize(
    ("wanted", "thing", "unasked"), [("tenant.rent", "rent", False), ("tenant.rent / 2", "refund", True)]
)
def test_only_what_comes_of_a_change_is_told_before_it_is_asked(tmp_path, wanted, thing, unasked):
    text = UNITS.replace("WANTED", wanted).replace("TEXT", thing)
    (tmp_path / "units.cove").write_text(text, encoding="utf-8")
    desk = load(str(tmp_path / "units.cove"))
    world = World.from_dict({"tenants": TENANTS}, desk)
    sampler = Sampler(desk, world, 0)
    asked = [f"what the {thing} is" in said(m, "user") for m in (talk(sampler, n) for n in range(12))]
    assert any(asked)
    assert all(asked) != unasked


SUMS = """
domain units "A hire"
clock 2026-05-04T09:00:00+02:00
record Tenant { tenant_id: id, email: email, units: list[ref units] }
record Unit { unit_id: id, owed: money }
table tenants: Tenant key tenant_id
table units: Unit key unit_id
read tool find_tenant(email: email) -> Tenant "Finds a tenant." {
  let t = first(tenants where same_text(.email, email)) else fail "no such tenant"
  return t
}
read tool get_unit(unit_id: ref units) -> Unit "Shows a unit." {
  let unit = units[unit_id] else fail "no such unit"
  return unit
}
scenario asks "Somebody asks what is owed." {
  pick tenant from tenants
  goal learn owed = sum((units where .unit_id in tenant.units).owed) "how much you owe over all your units"
  knows tenant.email
}
rule nothing_invented "Make nothing up." {
  before agent message
  require known: no invented(message)
}
"""


def test_a_sum_is_told_once_all_that_it_is_made_of_was_shown(tmp_path):
    (tmp_path / "units.cove").write_text(SUMS, encoding="utf-8")
    desk = load(str(tmp_path / "units.cove"))
    units = {f"U{n}": {"unit_id": f"U{n}", "owed": 30 + 7 * n} for n in range(4)}
    tenants = {
        "T1": {"tenant_id": "T1", "email": "ada@example.com", "units": ["U0", "U1"]},
        "T2": {"tenant_id": "T2", "email": "bo@example.com", "units": ["U3"]},
        "T3": {"tenant_id": "T3", "email": "cy@example.com", "units": ["U0", "U1", "U2", "U3"]},
    }
    world = World.from_dict({"tenants": tenants, "units": units}, desk)
    sampler = Sampler(desk, world, 0)
    told = set()
    for index in range(8):
        messages, task = talk(sampler, index), sampler.task(index)
        told |= {
            t for t in ("$67 ($30 + $37).", "$51.", "$162 ($30 + $37 + $44 + $51).") if t in said(messages, "assistant")
        }
        assert desk.verify(messages, world, {"cove": task.cove_object()}).score == 1, messages
    assert len(told) == 3


def talk(sampler, index):
    task = sampler.task(index)
    agent = ScriptedAgent(task, sampler.desk, sampler.world, sampler.shape)
    return hold_now(ScriptedUser(task, sampler.desk.spec), agent, sampler.desk.sandbox(sampler.world)).messages


def said(messages, role):
    return " ".join(m["content"] or "" for m in messages if m["role"] == role)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("what the difference is", "The difference is $7."),
        ("what the rental costs then", "The rental costs $7."),
        ("what the unit costs a month", "What the unit costs a month is $7."),
        ("the refund", "The refund is $7."),
        ("how much comes back", None),
    ],
)
def test_an_answer_before_the_question_is_a_sentence(text, told):
    assert volunteered(Move("learn", "s", text=text, value=7, is_money=True), "$7") == told


@pytest.mark.parametrize(
    ("label", "value", "phrase", "told"),
    [
        ("how much you want", Decimal(61), "$61", "I want $61."),
        ("from which day on", "2026-05-07", "7 May", "It's from 7 May on."),
        ("for which unit", "A12", "A12", "It's for A12."),
    ],
)
def test_questions_by_an_amount_or_a_preposition_are_answered(label, value, phrase, told):
    assert fact_sentence(Fact("knows", label, value, phrase, ("x",), True, "text"), random.Random(0)) == told
