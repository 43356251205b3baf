"""Whether what a rule demands can be done within the others."""

import pytest

from cove_dsl.solve.rules import Finding
from cove_dsl.solve.survey import Surveyor, about_finding

LOOKED = "after ok call to get_order  when call.result.status == open"
SAID = 'agent message where says(it, "Noted.")'
NOTED = 'rule noted "An open order is noted." {{ {when}  {duty} }}\n'


def duty_of(spec, name="noted"):
    return next(f for f in Surveyor(spec).duties((name,)))


@pytest.mark.parametrize(
    ("duty", "other", "finding"),
    [
        ("eventually call to note", "", "kept"),
        ("then call to note", "", "kept"),
        ("eventually call to note", "before call to note  require n: no earlier ok call to close", "kept"),
        ("eventually call to note", "before call to note  require n: no earlier ok call to get_order", "unkept"),
        ("then call to note", f"{LOOKED}  then call to close", "unkept"),
        (f"eventually {SAID}", f"after ok call to get_order  never {SAID}", "unkept"),
        ("eventually call to note", "before call to get_order  require n: 1 == 2", "vacuous"),
    ],
)  # fmt: skip
def test_a_demand_is_kept_or_another_rule_forbids_it(desk, duty, other, finding):
    found = duty_of(desk(NOTED.format(when=LOOKED, duty=duty) + (f'rule q "…" {{ {other} }}' if other else "")))
    assert found.finding == finding
    if finding == "kept":
        assert "noted" not in found.story.broken(desk(NOTED.format(when=LOOKED, duty=duty)))
        assert any(j.rule == "noted" and j.verdict == "satisfied" for j in found.story.judgements)


def test_the_rule_that_forbids_it_is_named(desk):
    spec = desk(
        NOTED.format(when=LOOKED, duty="eventually call to note")
        + 'rule q "…" { before call to note  require n: no earlier ok call to get_order }'
    )
    problem = about_finding(duty_of(spec), spec)
    assert problem.code == "never-kept"
    assert problem.help == ("`q` leaves no room for it",)
    texts = [spec.sources.locate(label.span).text for label in problem.labels]
    assert "no earlier ok call to get_order" in texts
    assert "eventually call to note" in texts


def test_what_a_rule_forbids_is_no_demand(desk):
    spec = desk(NOTED.format(when=LOOKED, duty="then nothing") + NOTED.replace("noted", "q").format(
        when=LOOKED, duty="never call to close until call to note"))  # fmt: skip
    assert list(Surveyor(spec).duties()) == []


def test_a_plan_of_a_scenario_shows_it(desk):
    scenario = """scenario s "…" {
  pick u from users
  pick o from orders where .user_id == u.user_id and .status == open
  goal note(o.order_id, "later")
  goal close(o.order_id)
}
"""
    spec = desk(NOTED.format(when="after ok call to note", duty="eventually call to close") + scenario)
    surveyor = Surveyor(spec)
    (found,) = (f for f in surveyor.answers(surveyor.asks()) if isinstance(f, Finding) and f.kind == "duty")
    assert (found.finding, found.millis) == ("kept", 0)
    assert [c.tool for c in found.story.calls if c.ok][-2:] == ["note", "close"]


MANY = """fixture many "…" {
  insert User(user_id: "U1", email: "a@example.com", limit: $1) into users
  for n in 1..9 {
    insert Order(order_id: "O{n}", user_id: "U1", status: open, placed: clock,
                 lines: [Line(thing: "pen", price: $1)]) into orders
  }
}
test "noted, then closed" {
  agent calls find_user("a@example.com")
  agent calls note("O1", "later")
  agent calls close("O1")
  expect no violation
}
"""


def test_a_test_shows_what_is_too_far_to_be_looked_for(desk):
    rule = NOTED.format(when="after ok call to note  when count(orders) >= 9", duty="eventually call to close")
    assert duty_of(desk(rule)).finding == "vacuous"
    found = duty_of(desk(rule + MANY))
    assert (found.finding, found.test) == ("kept", "noted, then closed")
    assert duty_of(desk(rule + MANY.replace("expect", 'agent says "Done."\n  expect'))).finding == "kept"
    broken = duty_of(desk(rule + MANY.replace('  agent calls find_user("a@example.com")\n', "")))
    assert broken.finding == "vacuous"
