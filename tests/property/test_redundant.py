"""The search for the shortest part of a conversation's writes against trying every part there is."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.ends import differences, run_plan
from cove_dsl.backends.python.runtime.events import Call, Step
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.redundant import fewest
from cove_dsl.backends.python.runtime.sandbox import Program
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

SPEC = """domain lamps "Lamps, some of which hang on others"
record Look { colour: text, dimmed: bool }
record Lamp { lamp_id: id, on: bool, turns: int, look: Look, notes: map[text, text], past: list[Look] }
table lamps: Lamp key lamp_id
record Hall { lit: int, watched: bool, main: Look? }
state hall: Hall
write tool switch(lamp: ref lamps) -> text "Switches a lamp." {
  let found = lamps[lamp] else fail "no lamp"
  set found.on = not found.on
  return "done"
}
write tool light(lamp: ref lamps) -> text "Lights a lamp, and counts how often." {
  let found = lamps[lamp] else fail "no lamp"
  require not found.on else fail "it is on"
  set found.on = true
  set found.turns = found.turns + 1
  return "done"
}
write tool paint(lamp: ref lamps, colour: text) -> text "Paints a lamp." {
  let found = lamps[lamp] else fail "no lamp"
  set found.look.colour = colour
  insert Look(colour: colour, dimmed: found.look.dimmed) into found.past
  return "done"
}
write tool dim(lamp: ref lamps) -> text "Dims a lamp that is on." {
  let found = lamps[lamp] else fail "no lamp"
  require found.on else fail "it is off"
  let look = found.look
  set look.dimmed = true
  return "done"
}
write tool note(lamp: ref lamps, words: text) -> text "Notes something." {
  let found = lamps[lamp] else fail "no lamp"
  set found.notes["note"] = words
  return "done"
}
write tool hang(lamp: id) -> text "Hangs up a lamp." {
  require lamps[lamp] is absent else fail "it hangs there"
  let look = Look(colour: "red", dimmed: false)
  insert Lamp(lamp_id: lamp, on: false, turns: 0, look: look, notes: {}, past: []) into lamps
  return "done"
}
write tool take_down(lamp: ref lamps) -> text "Takes a lamp down." {
  let found = lamps[lamp] else fail "no lamp"
  remove lamps[found.lamp_id]
  return "done"
}
write tool watch() -> text "Watches the hall." {
  set hall.watched = not hall.watched
  if hall.main is absent { set hall.main = Look(colour: "red", dimmed: false) }
  return "done"
}
sync "The hall counts its lamps." {
  set hall.lit = count(lamps where .on)
}
"""


def program(with_sync: bool) -> Program:
    text = SPEC if with_sync else SPEC[: SPEC.index("sync ")]
    compiled = Compiler().compile([("lamps.cove", text.encode())], {})
    assert compiled.spec is not None, compiled.problems
    return program_of(compiled.spec)


PROGRAMS = {sync: program(sync) for sync in (False, True)}
LAMPS = st.sampled_from("ab")
CALLS = st.one_of(
    st.tuples(st.sampled_from(["switch", "light", "dim", "take_down", "hang"]), st.fixed_dictionaries({"lamp": LAMPS})),
    st.tuples(st.just("paint"), st.fixed_dictionaries({"lamp": LAMPS, "colour": st.sampled_from(["red", "blue"])})),
    st.tuples(st.just("note"), st.fixed_dictionaries({"lamp": LAMPS, "words": st.sampled_from(["x", "y"])})),
    st.tuples(st.just("watch"), st.just({})),
)


def lamp(name: str) -> dict[str, object]:
    look = {"colour": "red", "dimmed": False}
    return {"lamp_id": name, "on": False, "turns": 0, "look": look, "notes": {}, "past": []}


STATE = {"lamps": {"a": lamp("a")}, "hall": {"lit": 0, "watched": False, "main": None}}


@settings(max_examples=300, deadline=None)
@given(st.booleans(), st.lists(CALLS, min_size=2, max_size=6))
def test_no_shorter_part_leads_there_and_no_earlier_one_is_as_short(sync, wished):
    spec = PROGRAMS[sync]
    start = open_world(spec, STATE)
    plan = [("assistant", name, arguments) for name, arguments in wished]
    results = run_plan(spec, start, plan)[1]
    plan = [call for call, result in zip(plan, results, strict=True) if result.ok]
    end = run_plan(spec, start, plan)[0]
    if len(plan) < 2 or not end.changes(start):
        return
    shortest = next(
        part
        for length in range(1, len(plan) + 1)
        for part in combinations(range(len(plan)), length)
        if leads([plan[i] for i in part], spec, start, end)
    )
    step = Step("agent", None, 0, 0)
    writes = [Call("agent", name, arguments, None, step) for _, name, arguments in plan]
    left_out = fewest(spec, start, writes, end)
    assert tuple(i for i, w in enumerate(writes) if w not in left_out) == shortest


def leads(plan, spec, start, end) -> bool:
    reached, results = run_plan(spec, start, plan)
    return all(r.ok for r in results) and differences(reached, end, start)[1] == []
