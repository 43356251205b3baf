"""What a refusal tells the agent to do: read off the rule, true, and not against itself."""

from typing import Any

import pytest

import cove_dsl as cove
from cove_dsl.world.monitor import Reason, _advice
from cove_dsl.world.moves import NONE

DESK = """
domain mews "A falconers' mews"
clock 2025-11-14T13:00:00+00:00
enum Quarry { rabbit, crow }
record Bird { bird_id: id, weight: int, flown: datetime }
table birds: Bird key bird_id
read tool look(bird_id: ref birds) -> Bird "Looks." { let b = birds[bird_id] else fail "None"  return b }
read tool list_birds() -> list[Bird] "Lists." { return birds }
write tool fly(bird_id: ref birds, minutes: int, quarry: Quarry?, until: time?) -> text "Flies." { return "ok" }

rule look_first "Look at a bird first." {
  before call to fly
  require looked: some (earlier ok call to look where .bird_id == call.bird_id) or some (earlier ok call to list_birds)
}
rule home "Every bird is back by dusk." { before call to fly  require dusk: call.minutes <= 180 }
rule keen "Fly no bird that is too heavy." {
  before call to fly
  let bird = birds[call.bird_id]  else skip
  require light: bird.weight <= 600
}
rule rested "Fly a bird after 20 hours of rest." {
  before call to fly
  let bird = birds[call.bird_id]  else skip
  require rest: clock - bird.flown >= 20 hours
}
rule often "Not too often." { at most 3 ok call to fly }
rule never_again "Not after a list that was made too early." {
  before call to fly
  when call.minutes == 7
  require not_seen: not some (earlier ok call to list_birds) and call.quarry is present
}
"""
YES = """
rule asked "Ask first." {
  before call to fly
  let answer   = last(earlier user message)                 else fail "the user has said nothing yet"
  let proposal = last(earlier agent message before answer)  else fail "nothing was proposed"
  require affirmed: affirms(answer)
  require listed:   lists(proposal, call)
}
"""
BIRDS = {
    "B1": {"bird_id": "B1", "weight": 600, "flown": "2025-11-13T09:00:00+00:00"},
    "B2": {"bird_id": "B2", "weight": 601, "flown": "2025-11-13T09:00:00+00:00"},
    "B3": {"bird_id": "B3", "weight": 600, "flown": "2025-11-14T09:00:00+00:00"},
}


@pytest.fixture
def guarded(tmp_path):
    def made(rules: str = DESK) -> cove.Guard:
        (tmp_path / "mews.cove").write_text(rules, encoding="utf-8")
        desk = cove.load(str(tmp_path / "mews.cove"))
        world = cove.World.from_dict({"birds": BIRDS}, desk)
        box = desk.sandbox(world)
        tools = {n: (lambda n=n, **given: box.call(n, given).value) for n in desk.program.tools}
        return cove.guard(tools, desk.monitor(world))

    return made


def fly(guard: cove.Guard, bird: str = "B1", minutes: int = 30, **more: Any) -> list[str]:
    """What a refusal says, line by line, after its first."""
    return str(guard["fly"](bird_id=bird, minutes=minutes, **more)).splitlines()[1:]


def test_of_two_ways_one_is_to_be_taken(guarded):
    assert fly(guarded())[-1] == 'Either first call `look` with bird_id "B1", or first call `list_birds`.'


def test_what_must_not_have_happened_is_not_asked_for(guarded):
    guard = guarded()
    guard["list_birds"]()
    assert not any("First call" in line for line in fly(guard, minutes=7, quarry="crow"))


def test_a_line_that_is_drawn_is_named_with_what_lies_beyond_it(guarded):
    guard = guarded()
    guard["list_birds"]()
    assert fly(guard, minutes=200) == [
        "home: Every bird is back by dusk. `minutes` must be at most 180.",
        "This cannot be done with minutes 200: choose otherwise, or tell the user so.",
    ]
    assert fly(guard, "B2") == [
        "keen: Fly no bird that is too heavy. Go ahead only if the bird's weight is at most 600.",
        "As things stand this cannot be done: tell the user so.",
    ]
    assert fly(guard, "B2", 200)[-1] == "As things stand this cannot be done: tell the user so."


def test_a_line_that_the_author_has_named_is_not_told_again(guarded):
    guard = guarded()
    guard["list_birds"]()
    assert fly(guard, "B3")[0] == "rested: Fly a bird after 20 hours of rest."


def test_a_limit_says_how_often(guarded):
    guard = guarded()
    guard["list_birds"]()
    assert [fly(guard) for _ in range(3)] == [[]] * 3
    assert fly(guard)[-1] == "It has been done as often as is allowed (3 times): do not repeat it."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"quarry": "crows"}, "argument `quarry` is `crows`, which is no Quarry: it may be `rabbit`, `crow`; did you"),
        ({"until": "4 pm"}, "argument `until` is `4 pm`, which is no time: write it as `12:00`"),
        ({"note": "x"}, "unexpected argument `note`"),
        ({"minutes": "30"}, "argument `minutes` must be int"),
    ],
)
@pytest.mark.parametrize("agreed", [True, False])
def test_what_the_tool_does_not_take_is_told_and_never_confirmed(given, said, agreed, guarded):
    guard = guarded(DESK + YES)
    guard["list_birds"]()
    if agreed:
        words = ", ".join(f"{name} {value}" for name, value in ({"minutes": 30} | given).items())
        guard.observe({"role": "assistant", "content": f"I can fly bird B1: {words}. Shall I?"})
        guard.observe({"role": "user", "content": "Yes."})
    told = fly(guard, **given)
    assert guard.refusals[-1].decision.rules == (() if agreed else ("asked",))
    assert told[0].startswith(f"`fly`: {said}")
    assert len(told) == 1


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("At most $5.", "At most $5. More is for the boss.", "At most $5. More is for the boss."),
        ("At most $5. More is for the boss.", "At most $5.", "At most $5. More is for the boss."),
        ("At most $5. It is late.", "At most $5. It is far.", "At most $5. It is late. It is far."),
        ("At most $5 (a)", "At most $5 (b)", "At most $5 (a) At most $5 (b)"),
        ("Never.", "Always ask.", "Never. Always ask."),
        ("At most $5.", "At most $50.", "At most $5. At most $50."),
    ],
)
def test_a_rule_that_is_broken_in_two_ways_is_told_once(one, other, both):
    ways = [Reason("small", label, text, NONE) for label, text in (("a", one), ("b", other))]
    assert _advice(tuple(ways)).splitlines()[0] == f"small: {both}"
