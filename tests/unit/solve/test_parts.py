"""Whether each value that a tool takes is used, and each branch of what it does is reached."""

import pytest
from attrs import evolve

from cove_dsl.backends.smt.solve import ask_model
from cove_dsl.solve import search
from cove_dsl.solve.parts import Place, Value, places_of, values_of
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.survey import Surveyor, about_finding, about_parts
from cove_dsl.tools.render_solved import parts_named, parts_row
from cove_dsl.world.load import load_spec

SHIP = """enum How { post, courier, pigeon }
write tool ship(order_id: ref orders, how: How, insured: Status?) -> text "Ships." {
  let order = orders[order_id] else fail "no order"
  require order.status != closed else fail "closed"
  if how == post { set order.note = "post" } else if how == courier {
    if order.status == closed { fail "never" }
    for line in order.lines {
      if line.price > $500 { set order.note = "dear" } else { set order.note = "cheap" }
    }
  }
  else { return "coo" }
  set order.status = sent
  return "shipped"
}
"""


def parts_of(spec, tool, kind):
    return next(p for p in Surveyor(spec).parts() if (p.name, p.kind) == (tool, kind))


def text_of(spec, place):
    return spec.sources.locate(place.first).text


def test_parts_are_values_by_name_and_both_sides_of_every_branch(desk):
    spec = desk(SHIP)
    assert [(v.param, v.name) for v in values_of(spec.tools["ship"], spec)] == [
        *(("how", n) for n in ("post", "courier", "pigeon")), *(("insured", n) for n in ("open", "sent", "closed")),
    ]  # fmt: skip
    found = [(p.kind, text_of(spec, p)) for p in places_of(spec.tools["ship"].body)]
    assert [text for kind, text in found if kind == "branch"] == [
        'set order.note = "post"', 'set order.note = "dear"', 'set order.note = "cheap"', 'return "coo"',
    ]  # fmt: skip
    assert [text for kind, text in found if kind == "failure"] == [
        "orders[order_id]",
        "order.status != closed",
        'fail "never"',
    ]


def test_what_is_reached_and_what_is_not(desk):
    """A way to fail that no call goes is told, and is no fault; rules play no part in it."""
    spec = desk(SHIP + 'rule none "…" { before call to ship  require never: 1 == 2 }')
    found = parts_of(spec, "ship", "branches")
    assert (found.number, found.open) == (7, ())
    assert [text_of(spec, m.part) for m in found.missed] == ['fail "never"']
    assert about_parts(found) == []
    [named] = parts_named(parts_row(found, spec))
    assert named.startswith('    ship never fails at `fail "never"` (t.cove:')
    left = parts_row(evolve(found, missed=(), open=tuple(m.part for m in found.missed)), spec)
    assert parts_named(left)[0].startswith('    ship stays open at `fail "never"` (t.cove:')
    values = parts_of(spec, "ship", "values")
    assert len(values.missed) == values.number == 6
    assert about_parts(values) == []  # it is the tool that has no use


def test_what_cannot_be_is_asked_together_and_once_more_for_each(desk, monkeypatch):
    """Each conflict is its own: of a question that is put again, the goal alone is another."""
    asked = []
    monkeypatch.setattr(search, "ask_model", lambda *given: asked.append(ask_model(*given)) or asked[-1])
    spec = desk(SHIP.replace('return "coo"', 'if order.status == closed { fail "never" } return "coo"'))
    found = parts_of(spec, "ship", "branches")
    assert [text_of(spec, m.part) for m in found.missed] == ['fail "never"'] * 2
    goals = [[c.span for c in m.core if c.role == "goal"] for m in found.missed]
    assert goals == [[m.part.first] for m in found.missed]
    together, none = 2 * 2, sum(status == "unsat" for status, *_ in asked)
    assert none <= together + len(found.missed)


def test_a_value_that_no_rule_leaves_room_for_names_them(desk):
    spec = desk(
        SHIP
        + """rule no_birds "…" {
  before call to ship
  let order = orders[call.order_id] else skip
  when order.status == open
  require tame: call.how != pigeon
}
rule late_birds "…" {
  before call to ship
  let order = orders[call.order_id] else skip
  require later: call.how != pigeon or order.status == open
}"""
    )
    found = parts_of(spec, "ship", "values")
    (missed,) = found.missed
    (problem,) = about_parts(found)
    assert isinstance(missed.part, Value)
    assert (missed.part.param, missed.part.name) == ("how", "pigeon")
    assert problem.code == "unreachable-value"
    assert "`no_birds` and `late_birds` together" in problem.help[0]
    said = {spec.sources.locate(label.span).text for label in problem.labels if not label.primary}
    assert {"call.how != pigeon", "call.how != pigeon or order.status == open"} <= said


def test_a_value_is_looked_for_in_calls_of_the_tool_itself(desk):
    """Another tool's parameter of that name is in nobody's way: what must come first may be called so, too."""
    spec = desk("""enum Why { late, lost }
write tool weigh(order_id: ref orders, why: Why) -> text "…" { require order_id != "" else fail "none"  return "a" }
write tool repay(order_id: ref orders, amount: money, why: Why) -> text "…" { return "b" }
rule weighed "…" { before call to repay  require first: some earlier ok call to weigh }
rule most "…" { before call to repay  require most: call.amount <= $5 }
rule least "…" { before call to repay  when call.why == lost  require least: call.amount >= $6 }
""")
    (missed,) = parts_of(spec, "repay", "values").missed
    assert {c.text for c in missed.core if c.role == "rule"} == {"call.amount <= $5", "call.amount >= $6"}


@pytest.mark.parametrize(("test", "codes"), [("", ["unreachable-branch"]), ("later", [])])
def test_what_a_test_comes_to_is_reached(desk, test, codes):
    """A world that breaks an invariant is one that the solver does not look at."""
    tool = """write tool sweep(order_id: ref orders) -> text "…" {
  let order = orders[order_id] else fail "no order"
  if order.status == open and no order.lines { set order.note = "empty" }
  return "swept"
}
"""
    played = """test "an empty order" {
  given {
    insert User(user_id: "u", email: "a@b.example", limit: $1) into users
    insert Order(order_id: "o", user_id: "u", status: open, placed: clock, lines: []) into orders
  }
  user says "Sweep."
  agent calls sweep("o")
  expect violation of identified
}
"""
    spec = desk(tool + (played if test else ""))
    assert [p.code for p in about_parts(parts_of(spec, "sweep", "branches"))] == codes


def test_a_tool_without_use_names_the_rules_that_leave_no_room_for_it(desk):
    spec = desk("""rule big "…" { before call to note  require big: call.words == "yes" }
rule small "…" { before call to note  require small: call.words == "no" }""")
    found = examiner(spec).tool(spec.tools["note"])
    problem = about_finding(found, spec)
    assert problem.code == "unreachable-tool"
    assert problem.help == ("`big` and `small` together leave no room for it",)
    said = {spec.sources.locate(label.span).text for label in problem.labels if not label.primary}
    assert said == {'call.words == "yes"', 'call.words == "no"'}


@pytest.mark.parametrize("name", ["clinic", "retail", "telecom", "airline"])
def test_the_desks_have_no_part_without_use(name):
    spec = load_spec(name)
    found = list(Surveyor(spec).parts())
    assert [q.code for p in found for q in about_parts(p)] == []
    assert all(p.open == () for p in found if p.kind == "values")
    asked = sum(p.number for p in found)
    assert asked > 0
    assert sum(len(p.open) for p in found) * 5 < asked
    assert all(isinstance(m.part, Place) and m.part.kind == "failure" for p in found for m in p.missed)
