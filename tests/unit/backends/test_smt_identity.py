"""What the encoding for proofs takes for one thing: rows by their keys, entries by their days, questions by what they
ask; and what it must not: a look back before and after something happened."""

import pytest

from cove_dsl.backends.smt import Budget, check_scenario, plans, question
from cove_dsl.backends.smt.solve import ask
from cove_dsl.pipeline import Compiler

DESK = """domain shop "A shop"
clock 2024-05-15T15:00:00-05:00
record Line { thing: text, price: money }
record Order { order_id: id, note: text, lines: list[Line], open: map[date, bool], seen: map[datetime, bool] }
record Wish { order_id: ref orders, day: date, at: datetime }
table orders: Order key order_id
read tool look(order_id: ref orders) -> text "Shows." { let o = orders[order_id] else fail "none"  return o.note }
read tool say(order_id: ref orders, word: text) -> text "Says." {
  let o = orders[order_id] else fail "none"
  return word
}
write tool drop(order_id: ref orders) -> text "Drops." {
  let o = orders[order_id] else fail "none"
  remove orders[order_id]
  return "dropped"
}
write tool book(wish: Wish) -> text "Books." { let o = orders[wish.order_id] else fail "none"  return "booked" }
define dear(o: Order) -> bool = some (o.lines where .price > $5)
"""


def spec_of(text: str):
    compiled = Compiler().compile([("t.cove", (DESK + text).encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


def scenario(picks: str, goal: str) -> str:
    return f'scenario s "…" {{\n{picks}\n  goal {goal}\n}}\n'


def status(text: str) -> str:
    spec = spec_of(text)
    return check_scenario(spec, spec.scenarios["s"]).status


AFTERWARDS = """rule r "Once it was looked at, only b is said." {
  before call to say
  when some (earlier ok call to look where .order_id != "x")
  require n: call.word == "b"
}
"""


def test_a_look_back_is_another_once_something_has_happened():
    goals = 'all { say(o.order_id, "a"), look(o.order_id), say(o.order_id, "b") }'
    spec = spec_of(AFTERWARDS + scenario('  pick o from orders where .order_id == "y"', goals))
    asked = spec.scenarios["s"]
    found = {
        tuple(g.args[-1].value if g.tool == "say" else "look" for g in plan): ask(
            question(spec, asked, plan).script.text(), Budget()
        )[0]
        for plan in plans(asked.goals, False)
    }
    possible = {("a", "look", "b"), ("a", "b", "look"), ("b", "a", "look")}
    assert {order for order, answer in found.items() if answer != "unsat"} == possible
    assert len(found) == 6


LINES = """rule r "Something dear is in it." {
  before call to drop
  let order = orders[call.order_id] else skip
  require dear: some (order.lines where it.price > $5)
}
"""


@pytest.mark.parametrize(("where", "answer"), [("not dear(it)", "unsat"), ("dear(it)", "sat"), ("true", "sat")])
def test_the_same_question_under_another_name_has_one_answer(where, answer):
    assert status(LINES + scenario(f"  pick mine from orders where {where}", "drop(mine.order_id)")) == answer


OPEN = """rule r "Open then." {
  before call to book
  let order = orders[call.wish.order_id] else skip
  require open: order.FIELD[call.wish.KEY] == true
}
"""


@pytest.mark.parametrize(
    ("field", "key", "answer"), [("open", "day", "unsat"), ("seen", "at", "sat")], ids=["days", "moments"]
)
def test_days_are_keys_and_moments_that_are_written_in_many_ways_are_not(field, key, answer):
    text = OPEN.replace("FIELD", field).replace("KEY", key)
    picks = f"  pick o from orders\n  pick k from keys(o.{field}) where o.{field}[it] == false"
    wish = {"open": "day: k, at: clock", "seen": "day: 2024-05-15, at: k"}[field]
    assert status(text + scenario(picks, f"book(Wish(order_id: o.order_id, {wish}))")) == answer
    assert status(text + scenario(picks.replace("false", "true"), f"book(Wish(order_id: o.order_id, {wish}))")) == "sat"


def test_a_row_that_was_taken_out_is_not_the_one_that_was_drawn():
    """What is put in its place may be another; what was drawn is only what it was."""
    put = 'write tool put(order_id: id) -> text "Puts." {\n  insert Order(order_id: order_id, note: "new", lines: [],' \
        ' open: {}, seen: {}) into orders\n  return "put"\n}\n'  # fmt: skip
    rule = """rule r "Only new ones." {
  before call to say
  let order = orders[call.order_id] else skip
  require fresh: order.note == "new"
}
"""
    goals = 'all { drop(o.order_id), put(o.order_id), say(o.order_id, "a") }'
    assert status(put + rule + scenario('  pick o from orders where .note == "old"', goals)) == "sat"
    assert status(rule + scenario('  pick o from orders where .note == "old"', 'say(o.order_id, "a")')) == "unsat"


SEARCH = """domain shelf "A shelf"
record Thing { thing_id: id, title: text, keeper: ref things?MORE }
table things: Thing key thing_id
read tool find(title: text) -> ref things "Finds." {
  let thing = first(things where .title == title) else fail "none"
  return thing.thing_id
}
write tool swap(one: ref things, two: ref things) -> text "Swaps." touches things
rule found_both "Find both." {
  before call to swap
  require one: some (earlier ok call to find where .result == call.one)
  require two: some (earlier ok call to find where .result == call.two)
}
"""


@pytest.mark.parametrize(
    ("more", "picks", "answer"),
    [
        ("", "where .thing_id != one.thing_id", "sat"),  # things that are looked for: none of them calls
        (", email: email", "where .thing_id != one.thing_id", "unsat"),  # nobody is two people
        (", email: email", "where .thing_id == one.thing_id", "sat"),
    ],
)
def test_of_several_things_that_are_looked_for_none_is_who_calls(more: str, picks: str, answer: str):
    drawn = f"  pick one from things  pick two from things {picks}"
    text = SEARCH.replace("MORE", more) + scenario(drawn, "swap(one.thing_id, two.thing_id)")
    compiled = Compiler().compile([("t.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    assert check_scenario(compiled.spec, compiled.spec.scenarios["s"]).status == answer


def test_those_within_whom_others_are_described_are_people():
    text = SEARCH.replace("MORE", "") + "describe things within thing by title\n"
    text += scenario("  pick one from things  pick two from things where .thing_id != one.thing_id",
                     "swap(one.thing_id, two.thing_id)")  # fmt: skip
    compiled = Compiler().compile([("t.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    assert check_scenario(compiled.spec, compiled.spec.scenarios["s"]).status == "unsat"
