"""Rules that wait for each other in a ring, however long, and rings that are open somewhere."""

import pytest

from cove_dsl.pipeline import Compiler
from cove_dsl.solve.errors import EVERY_WORLD
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.survey import about_scenario
from cove_dsl.tools.render_solved import scenario_row

WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven")

HEAD = """domain ring "A ring"
clock 2026-01-01T00:00:00+00:00
record Pot { pot_id: id, fired: bool }
table pots: Pot key pot_id
write tool fire(pot_id: ref pots) -> text "Fires." {
  let pot = pots[pot_id] else fail "none"
  set pot.fired = true
  return "done"
}
scenario s "A pot is to be fired." { pick pot from pots  goal fire(pot.pot_id)  knows pot.pot_id }
"""
CLOSING = "require n: some (earlier ok call to fire where .pot_id == call.pot_id)"


def ring(links: int, last: str = CLOSING, more: str = ""):
    """`fire` waits for the first look, each look for the next, and the last for what it `last` says."""
    looks = [f"look_{n}" for n in range(1, links + 1)]
    text = HEAD + more
    text += "".join(
        f'read tool {name}(pot_id: ref pots) -> text "Looks." {{ let p = pots[pot_id] else fail "no"  return "so" }}\n'
        for name in looks
    )
    for call, wanted in zip(["fire", *looks], looks, strict=False):
        text += f'rule {call}_waits "…" {{ before call to {call}  require n: some earlier ok call to {wanted} }}\n'
    text += f'rule closing "…" {{ before call to {looks[-1]}  {last} }}\n'
    made = Compiler().compile([("t.cove", text.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec, ask_scenario(made.spec, made.spec.scenarios["s"])


@pytest.mark.parametrize("links", [1, 2, 3, 5])
def test_a_ring_is_refuted_however_long(links):
    spec, answer = ring(links)
    assert (answer.status, answer.argument, answer.story) == ("unsat", EVERY_WORLD, None)
    by = {c.by.partition(".")[0] for c in answer.core if c.by}
    assert by == {"closing", "fire_waits", *(f"look_{n}_waits" for n in range(1, links))}
    problem = about_scenario(answer, spec)
    assert problem.code == "unsatisfiable"
    assert all(f"`{name}`" in problem.help[0] for name in by)
    assert answer.proof.ways_out == tuple((c,) for c in answer.core)
    assert problem.notes == (f"no conflict is left without any one of the {WORDS[len(answer.core)]}",)
    resolve = scenario_row(answer, spec, Knobs(), all_cores=True)["resolve"]
    assert [[c["role"] for c in way] for way in resolve] == [["goal"], *[["rule"]] * (links + 1)]


def test_where_two_rings_bar_a_call_no_single_rule_ends_it():
    """Without the rule of one ring the other still bars it, and so only the call itself can be dropped."""
    other = 'rule as_well "…" { before call to fire  require n: some earlier ok call to fire }\n'
    spec, answer = ring(2, more=other)
    assert [c.wish for (c,) in answer.proof.ways_out] == ["call"]
    assert "`fire(pot.pot_id)`" in about_scenario(answer, spec).notes[0]
    assert not scenario_row(answer, spec, Knobs(), all_cores=True)["cores_complete"]


def test_where_a_ring_can_be_left_in_no_single_place_none_is_named():
    """Two rules let the last look wait for the first call, so it takes both to go."""
    again = 'rule closed_again "…" { before call to look_2  require n: some earlier ok call to fire }\n'
    answer = ring(2, more=again)[1]
    named = {c.by.partition(".")[0] for (c,) in answer.proof.ways_out}
    assert named == {"", "fire_waits", "look_1_waits"}


@pytest.mark.parametrize(
    "last",
    [
        'let a = last(earlier ok call to fire) else fail "none"  require n: a.pot_id == call.pot_id',
        "require n: 1 < 2 and some earlier call to {fire, look_2}",
        'require m: call.pot_id != ""  require n: some earlier ok call to fire',
    ],
)
def test_a_ring_may_be_closed_in_other_words(last):
    assert ring(3, last)[1].argument == EVERY_WORLD


@pytest.mark.parametrize(
    ("last", "more"),
    [
        ("require n: 1 < 2", ""),
        ('when call.pot_id == ""  ' + CLOSING, ""),
        ("let p = pots[call.pot_id] else skip  when p.fired  " + CLOSING, ""),
        ("require n: some (earlier ok call to {fire, greet})", 'read tool greet() -> text "Greets." { return "so" }\n'),
        ("require n: not (some earlier failed call to fire)", ""),
        ("require n: some earlier ok call to fire or 1 < 2", ""),
        (CLOSING, 'exception e to closing "…" { when call.pot_id != "" }\n'),
    ],
)
def test_a_ring_that_is_open_somewhere_can_be_gone(last, more):
    answer = ring(3, last, more)[1]
    assert answer.status == "sat", answer.doubt
