"""What is drawn from ranges and lists of any size: what contradicts it is proved, and what does not is found."""

import pytest

from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.core.spec import Spec
from cove_dsl.solve.scenarios import Answer, ask_scenario

from .test_planted import spec_of

HEAD = """domain kiln "A pottery."
clock 2025-01-01
enum Model { m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23 }
record Pot { pot_id: id, minutes: int where it >= 0, price: money?, day: date?, model: Model? }
table pots: Pot key pot_id
write tool fire(pot_id: ref pots, minutes: int) -> text "Fires." {
  let p = pots[pot_id] else fail "None"
  set p.minutes = minutes
  return "done"
}
write tool mark(pot_id: ref pots, price: money, day: date, model: Model) -> text "Marks." {
  let p = pots[pot_id] else fail "None"
  set p.price = price
  set p.day = day
  set p.model = model
  return "done"
}
"""


def rule(tool: str, requires: str) -> str:
    return f'rule r "…" {{ before call to {tool}  require n: {requires} }}\n'


def fired(pick: str, minutes: str = "drawn", refusal: bool = False) -> str:
    refused = "  expect refusal by r\n" if refusal else ""
    picks = f"  pick pot from pots\n  pick drawn from {pick}\n"
    return f'scenario s "…" {{\n{picks}{refused}  goal fire(pot.pot_id, {minutes})\n}}\n'


def answer(text: str) -> Answer:
    spec: Spec = spec_of(HEAD + text)
    return ask_scenario(spec, spec.scenarios["s"])


RANGES = (
    "20..39",
    "20..40",
    "20..90",
    "20..900",
    "20..9000",
    "[n for n in 20..90 where n != 25]",
    "20..90 where it > 19",
)


@pytest.mark.parametrize("pick", RANGES)
def test_a_contradiction_with_a_range_is_proved_whatever_its_size(pick: str):
    found = answer(rule("fire", "call.minutes <= 15") + fired(pick))
    assert found.status == "unsat"
    assert "r.n" in {c.by for c in found.core}
    refused = answer(rule("fire", "call.minutes <= 15") + fired(pick, refusal=True))
    assert refused.expected
    assert refused.refusal is not None
    assert refused.refusal.story is not None


@pytest.mark.parametrize("pick", RANGES)
@pytest.mark.parametrize(
    "requires", ["call.minutes == 33", "call.minutes != 20", "call.minutes <= 35 and call.minutes > 30"]
)
def test_a_number_that_fits_is_found_in_a_range(pick: str, requires: str):
    found = answer(rule("fire", requires) + fired(pick))
    assert found.status == "sat"
    assert found.story is not None
    assert found.story.bindings["drawn"] == found.story.calls[-1].arguments["minutes"]


def test_the_ends_of_a_range_may_be_those_of_a_row():
    below = """rule r "…" {
  before call to fire
  let p = pots[call.pot_id]  else skip
  require n: call.minutes < p.minutes or call.minutes > 100
}
"""
    assert answer(below + fired("pot.minutes..100")).status == "unsat"
    assert answer(below + fired("pot.minutes..101")).status == "sat"
    assert answer(fired("1..pot.minutes", "drawn + 20")).status == "sat"


@pytest.mark.parametrize(("requires", "status"), [("call.minutes <= 20", "unsat"), ("call.minutes <= 21", "sat")])
def test_what_is_computed_of_a_number_of_a_range(requires: str, status: str):
    assert answer(rule("fire", requires) + fired("1..40", "drawn + 20")).status == status


def marked(pick: str) -> str:
    args = {"price": "$5", "day": "2025-01-01", "model": "m1"} | {pick.partition(" ")[0]: "drawn"}
    goal = f"goal mark(pot.pot_id, {', '.join(args.values())})"
    return f'scenario s "…" {{\n  pick pot from pots\n  pick drawn from {pick.partition(" ")[2]}\n  {goal}\n}}\n'


PRICES = ", ".join(f"${n}.50" for n in range(20, 60))
DAYS = ", ".join(f"2025-{m:02}-{d:02}" for m in (2, 3) for d in range(1, 28))


@pytest.mark.parametrize(
    ("pick", "clashes", "fits"),
    [
        (f"price [{PRICES}]", "call.price < $20", "call.price == $33.50"),
        (f"day [{DAYS}]", "call.day < 2025-02-01", "call.day == 2025-03-20"),
        ("model Model", "call.model not in Model", "call.model == m22"),
        ("model [m for m in Model where m != m22]", "call.model == m22", "call.model == m21"),
    ],
)
def test_what_is_drawn_from_a_long_list(pick: str, clashes: str, fits: str):
    assert answer(rule("mark", clashes) + marked(pick)).status == "unsat"
    assert answer(rule("mark", fits) + marked(pick)).status == "sat"


ODD = 'not ends_with(text(call.minutes), "0")'  # of the letters of a number small worlds know nothing


def test_what_the_reference_refutes_is_not_drawn_again():
    found = answer(rule("fire", ODD) + fired("20..90"))
    assert found.status == "sat"
    assert found.story is not None
    assert found.story.bindings["drawn"] % 10


def test_without_another_draw_it_stays_open(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Question, "other_than", lambda self, model: None)
    assert answer(rule("fire", ODD) + fired("20..90")).status == "unknown"


def test_what_is_only_approximated_is_blamed_with_what_to_do():
    length = 'length("{call.pot_id}{call.pot_id}")'
    text = rule("fire", f"{length} == 7") + fired("20..90")
    found = answer(text)
    assert found.status == "unknown"
    assert found.doubt is not None
    assert found.doubt.knob == "exact"
    located = spec_of(HEAD + text).sources.locate(found.doubt.span)
    assert located is not None
    assert located.text == length
