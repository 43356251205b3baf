"""What an answer claims was looked at: any amount, day and text, or what is said instead; room for what is drawn."""

import pytest

from cove_dsl.backends.smt import Budget
from cove_dsl.backends.smt.bounded.around import binding
from cove_dsl.backends.smt.bounded.language import SAID
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.world import NEAR, WHOLE, Bounds
from cove_dsl.backends.smt.bounded.zones import ZONE
from cove_dsl.backends.smt.solve import ask_model
from cove_dsl.core.nodes import Rule
from cove_dsl.pipeline import Compiler
from cove_dsl.solve import search
from cove_dsl.solve.difference import compare
from cove_dsl.solve.errors import BEYOND, BOUNDED, FINER_WOULD_DO, GAVE_UP, KNOBS, MISREAD
from cove_dsl.solve.looked import Looked, looked_row, within
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.survey import about_scenario

DESK = """domain shop "A shop"
clock 2024-05-15T15:00:00-05:00
variant Way by kind { card { id: id, limit: money where it >= $0 }, cash { id: id } }
record Person { person_id: id, born: date, owes: money, share: decimal, seen: datetime, ways: map[id, Way], name: text }
table people: Person key person_id
read tool look(person_id: ref people) -> Person "Shows." { let p = people[person_id] else fail "none"  return p }
write tool drop(person_id: ref people) -> text "Drops." {
  let p = people[person_id] else fail "none"
  remove people[person_id]
  return "dropped"
}
"""


def compiled(text: str):
    found = Compiler().compile([("t.cove", (DESK + text).encode())], {})
    assert found.spec is not None, [p.message for p in found.problems]
    return found.spec


def rule(body: str) -> str:
    return f'rule r "…" {{ before call to drop  let p = people[call.person_id] else skip  {body} }}\n'


def scenario(picked: str, goal: str = "look(p.person_id)", more: str = "") -> str:
    return f'scenario s "…" {{\n  pick p from people where {picked}\n{more}  goal {goal}\n}}\n'


def asked(picked: str):
    spec = compiled(scenario(picked))
    return ask_scenario(spec, spec.scenarios["s"])


@pytest.mark.parametrize(
    "body",
    [
        "when p.born < 1960-01-01  require looked: some (earlier ok call to look where .person_id == call.person_id)",
        "require early: p.seen < 2070-01-01T00:00:00",
        "require whole: p.owes == round(p.owes, 0)",
        "require none: not (p.share > 0.001 and p.share < 0.002)",
        "require young: p.born > 0900-01-01",
        "require same: p.name == lower(p.name)",
        "require near: p.owes <= $5 or p.owes >= $5.0001",
    ],
)
def test_a_rule_about_few_amounts_days_or_texts_is_no_dead_one(body):
    spec = compiled(rule(body))
    finding = examiner(spec).rule(spec.rules["r"])
    if "lower" in body:  # letters are beyond the stories that are made up: that is said
        assert finding.finding == "unknown"
        assert finding.doubt.why == "none was found, and only texts in small letters were looked at"
    else:
        assert finding.finding == "alone"


@pytest.mark.parametrize(
    "picked",
    [
        ".share > 0.0001 and .share < 0.00015",
        ".owes * 4 == $1.48",
        ".born == 1811-04-01",
        ".seen < 0100-01-01T00:00:00",
    ],
)
def test_a_scenario_about_few_amounts_or_days_can_be_done(picked):
    assert asked(picked).status == "sat"


def test_what_nothing_can_be_is_complete():
    found = asked("round(.share, 1) > .share + 1")
    assert (found.status, found.argument) == ("unknown", BOUNDED)
    assert found.looked.limits == ()


def test_what_was_looked_at_instead_is_said():
    found = asked(".share * 3 == 1")
    assert (found.status, found.argument) == ("unknown", BOUNDED)
    assert found.looked.limits == ("amounts of at most 6 decimal places",)
    assert found.looked.worlds == ((6, 6),)


def test_where_more_takes_too_long_the_first_claim_is_made_with_its_limits(monkeypatch):
    real = search._within

    def hasty(*args):
        found = real(*args)
        return found if args[5].grain == 1 else search.Sought("unknown", doubt=search.gave_up(Budget(), None))

    monkeypatch.setattr(search, "_within", hasty)
    found = asked(".share > 0.25 and .share < 0.5 and .born < 2000-01-01")
    assert found.looked.limits == (WHOLE, NEAR)


@pytest.mark.parametrize("anything", [BEYOND, MISREAD])
def test_what_any_amount_does_not_answer_is_not_what_was_wrong(monkeypatch, anything):
    """A question that took too much stays one, whatever comes of asking it of any amount."""

    def within(*arguments):
        bounds = arguments[5]
        return search.Sought("unknown", doubt=search.Doubtful(anything if bounds.grain == 0 else GAVE_UP))

    monkeypatch.setattr(search, "_within", within)
    spec = compiled(rule("require paid: p.owes == $0"))
    assert examiner(spec).rule(spec.rules["r"]).doubt.why == GAVE_UP


def test_there_is_room_for_all_that_is_drawn():
    more = "".join(f"  pick w{n} from values(p.ways) where {c}\n" for n, c in enumerate(
        ["it is card", "it is card and .id != w0.id", "it is cash"]))  # fmt: skip
    spec = compiled(scenario("true", more=more))
    found = ask_scenario(spec, spec.scenarios["s"], Knobs(rows=2))
    assert found.status == "sat"
    refused = (
        'rule r "…" { before call to drop  let p = people[call.person_id] else skip  require few: count(p.ways) < 3 }\n'
    )
    spec = compiled(refused + scenario("true", "drop(p.person_id)", more + "  expect refusal by r\n"))
    found = ask_scenario(spec, spec.scenarios["s"], Knobs(rows=2))
    assert found.refusal.story is not None
    assert about_scenario(found, spec) is None


def test_any_amount_leaves_no_story_out(retail):
    """What can be played out can be in a world of any amount, day and text, too."""
    rules: tuple[Rule, ...] = binding(retail)
    for name in ("cancel_order", "friends_profile", "gift_card_too_small"):
        scenario, question = retail.scenarios[name], Question(retail, Bounds(grain=0), judged=rules)
        question.scenario(scenario, scenario.goals[:1] if name == "cancel_order" else (), ())
        question.finish()
        assert ask_model(question.script.text(), Budget())[0] == "sat"
        assert set(question.narrow) <= SAID


FINE = "define a_minute() -> money = $0.005\n"


@pytest.mark.parametrize(
    ("most", "more", "status"),
    [("$0.01", "", "unknown"), ("$0.02", "", "sat"), ("$0.01", FINE, "sat"), ("$0.001", "", "sat")],
)
def test_money_is_no_finer_than_a_cent_unless_it_is_written_so(most, more, status):
    spec = compiled(more + scenario(f".owes > $0 and .owes < {most}"))
    found = ask_scenario(spec, spec.scenarios["s"])
    assert (found.status, found.expected) == (status, status == "sat")
    if status == "unknown":
        assert (found.argument, found.doubt.knob) == (BOUNDED, "coins")
        assert found.looked.limits[-1:] == (FINER_WOULD_DO,)
        assert about_scenario(found, spec).help == (KNOBS["coins"],)


@pytest.mark.parametrize(
    ("condition", "named"),
    [("date_of(p.seen) != date_of(p.seen + 0 days)", True), ("p.seen != p.seen + 0 days", False),
     ("p.born != p.born + 0 days", False)],
)  # fmt: skip
def test_the_zone_of_moments_is_named_where_a_local_time_is_read(condition, named):
    spec = compiled(rule(f"when {condition}  require never: false"))
    found = examiner(spec).rule(spec.rules["r"])
    assert found.finding in ("dead", "unbreakable")
    assert (ZONE in found.looked.limits) == named
    assert (ZONE in within(found.looked)) == named


def test_a_share_is_as_fine_as_need_be():
    found = asked(".share > 0.001 and .share < 0.002 and .owes > $0.99 and .owes < $1")
    assert found.status == "unknown"
    assert asked(".share > 0.001 and .share < 0.002 and .owes > $0.98 and .owes < $1").status == "sat"


def test_a_comparison_says_what_was_looked_at_instead():
    thirds = [compiled(rule(f"require n: p.share * 3 != {n}")) for n in (1, 2)]
    assert compare(*thirds).forbids.argument.endswith("3 rows in a table, amounts of at most 6 decimal places")
    assert compare(*[compiled(rule(f"require n: p.share * 4 != {n}")) for n in (1, 2)]).relation == "incomparable"


def test_bounds_are_told_in_a_line_and_as_data():
    looked = Looked((("look", "drop"),), ((2, 3),), (WHOLE,)) + Looked((("drop",),), ((3, 2), (2, 2)))
    assert within(looked) == (
        "2 calls (look, drop), 2 rows in a table and 3 items in a list or 3 rows in a table and 2 items in a list, "
        "whole amounts"
    )
    assert looked_row(looked) == {
        "calls": [["look", "drop"], ["drop"]],
        "worlds": [{"rows": 2, "items": 3}, {"rows": 3, "items": 2}],
        "limits": [WHOLE],
    }


TWO_RULES = """scenario closing "Somebody wants an order closed." {
  pick order from orders where .status == open
  goal close(order.order_id)
}
rule look_before "…" {
  before call to close
  require n: some (earlier ok call to get_order where .order_id == call.order_id)
}
rule look_when "…" { before call to get_order  require n: CONDITION }
define many() -> bool = count(orders) > 9
"""


@pytest.mark.parametrize(
    ("condition", "knob"),
    [
        ("some (earlier ok call to {close, note} where .order_id == call.order_id)", "together"),
        ("some (earlier ok call to {close, note} where .order_id == call.order_id) or many()", "--rows"),
        ("count(orders) > 9", "--rows"),
        ("count(earlier ok call to find_user) > 9", "again"),
        ("some earlier failed call to find_user", "failing"),
        ("some earlier failed call to find_user or many()", "failing"),
        ("orders[call.order_id]?.status == sent", "larger"),
        ("count(orders) > 5 and orders[call.order_id]?.status == sent", "larger"),
    ],
)
def test_larger_worlds_are_asked_for_where_rows_may_decide(desk, condition, knob):
    spec = desk(TWO_RULES.replace("CONDITION", condition))
    answer = ask_scenario(spec, spec.scenarios["closing"])
    assert (answer.status, answer.argument, answer.doubt.knob) == ("unknown", BOUNDED, knob)
    helped = about_scenario(answer, spec).help
    assert helped == (KNOBS[knob],)
    assert ("`--rows`" in helped[0]) == (knob == "--rows")


AFTERWARDS = """rule noted "…" { after ok call to close  then call to note }
rule twice "…" { after ok call to note  eventually call to find_user }
"""
GREETED = 'rule greeted "…" { after ok call to close  then agent message where says(it, "Bye.") }\n'


def test_what_rules_demand_after_a_goal_is_done(desk):
    spec = desk(TWO_RULES.partition("rule look_before")[0] + AFTERWARDS)
    answer = ask_scenario(spec, spec.scenarios["closing"])
    assert answer.status == "sat"
    assert [c.tool for c in answer.story.calls][-2:] == ["note", "find_user"]
    assert not answer.story.broken(spec)


def test_two_demands_that_rule_each_other_out_are_both_named(desk):
    spec = desk(TWO_RULES.partition("rule look_before")[0] + AFTERWARDS + GREETED)
    answer = ask_scenario(spec, spec.scenarios["closing"])
    assert (answer.status, answer.argument) == ("unknown", BOUNDED)
    assert {c.by for c in answer.core} >= {"greeted.then", "noted.then"}
    shown = [spec.sources.locate(label.span).text for label in about_scenario(answer, spec).labels]
    assert any("Bye." in text for text in shown)
    assert any("call to note" in text for text in shown)
