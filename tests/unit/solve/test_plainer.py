"""Stories read as a desk's own: nothing is said for nothing, values are real, and the end is told."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from cove_dsl.backends.smt.bounded.decode import Happened, Said, Witness
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.errors import Refuted
from cove_dsl.solve.plainer import plainest
from cove_dsl.solve.replay import Replay
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.telling import heard, tell
from cove_dsl.tools.render_solved import scenario_lines, scenario_row

MEWS = """domain mews "A mews"
clock 2025-11-14T13:00:00+00:00
enum Quarry { none, rabbit, crow }
enum Species { kestrel, harris = "Harris hawk" }
record Keeper { keeper_id: id, permit: id, email: email }
record Bird {
  bird_id: id, keeper_id: ref keepers, species: Species, last_flown: datetime, flown_at: Quarry?, out: bool
}
table keepers: Keeper key keeper_id
table birds: Bird key bird_id
read tool find(permit: id) -> ref keepers "Finds." {
  let k = first(keepers where same_text(.permit, permit)) else fail "nobody"
  return k.keeper_id
}
read tool listed(keeper_id: ref keepers) -> list[Bird] "Lists." { return birds where .keeper_id == keeper_id }
write tool fly(bird_id: ref birds, quarry: Quarry) -> Bird "Flies." {
  let b = birds[bird_id] else fail "no bird"
  set b.last_flown = clock
  set b.flown_at = quarry
  return b
}
tool hand_over(summary: text) -> text "Hands over." { return "done" }
rule told "The keeper says at what." { before call to fly  require it_is: call.quarry == stated.prey }
fact prey: Quarry? "at what" from user version 1 {
  when mentions(it, {"rabbit", "rabbits"}) then rabbit
  when mentions(it, {"crow", "crows"}) then crow
}
rule looked "Look first." { before call to fly  require listed: some earlier ok call to listed }
rule no_crows "Crows are left in peace." { before call to fly  require peace: call.quarry != crow }
rule hurt "A hurt bird." { after user message  when mentions(message, "broken wing")  then call to hand_over }
scenario kept_in "No crows." {
  pick keeper from keepers
  pick bird from birds where .keeper_id == keeper.keeper_id
  expect refusal by no_crows.peace
  goal fly(bird.bird_id, crow) "fly your bird"
  otherwise nothing
  volunteers "At crows."
  knows keeper.permit
}
"""


@pytest.fixture(scope="module")
def mews():
    compiled = Compiler().compile([("mews.cove", MEWS.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


def broken_by(spec, name):
    found = examiner(spec).rule(spec.rules[name])
    assert found.finding == "alone", found.doubt
    return found.story


@pytest.mark.parametrize("name", ["told", "looked", "hurt"])
def test_calls_take_real_values_and_nothing_is_said_for_nothing(mews, name):
    story = broken_by(mews, name)
    enums = {v for e in mews.enums.values() for v in e.values.values()}
    for call in story.calls:
        assert call.arguments.get("quarry", "none") in {"none", "rabbit", "crow"}
        assert call.arguments.get("permit") not in enums
    silent = [e for e in story.events if e.kind == "message" and all(s.event != e.position for s in story.said)]
    assert all(e.position == 0 and e.role == "user" for e in silent), tell(story)
    for row in story.state["birds"].values():
        assert abs(datetime.fromisoformat(row["last_flown"]).year - 2025) <= 2
    assert story.broken(mews) == {name}
    assert heard(mews, story)


def test_what_a_rule_still_wants_at_the_end_is_told(mews):
    assert tell(broken_by(mews, "hurt")) == ["  user says “broken wing”", "  the conversation ends"]
    assert tell(broken_by(mews, "told"))[-1] != "  the conversation ends"


def test_a_refusal_that_settles_for_nothing_is_not_cut_off(mews):
    scenario = mews.scenarios["kept_in"]
    answer = ask_scenario(mews, scenario)
    lines = scenario_lines(answer, scenario_row(answer, mews, Knobs(), False), stories=True)
    assert lines[-1] == "    and so nothing is done"


def noisy(mews, **more):
    """A bird flown unseen, with noise, made-up values, keys of nobody, and a moment of long ago."""
    state = {
        "keepers": {
            "k1": {"keeper_id": "k1", "permit": "Harris hawk", "email": "N"},
            "k2": {"keeper_id": "k2", "permit": "broken wing", "email": "b2@example.com"},
        },
        "birds": {
            "b1": {
                "bird_id": "b1", "keeper_id": "k1", "species": "Harris hawk", "out": False,
                "last_flown": datetime(1970, 1, 1, tzinfo=UTC).isoformat(), "flown_at": None,
            }
        },
    }  # fmt: skip
    events = (
        Happened("message", "user", step=0),
        Happened("message", "agent", step=1),
        Happened("call", "agent", "find", {"permit": "harris hawk"}, step=2),
        Happened("call", "agent", "listed", {"keeper_id": "k2"}, step=3),
        Happened("message", "user", step=4),
        Happened("call", "agent", "fly", {"bird_id": "b1", "quarry": "quarry1"}, step=5),
    )
    said = (Said("mentions", 4, (("rabbit", "rabbits"),)),)
    return Witness(**{"state": state, "picks": {}, "events": events, "said": said, **more})


def test_a_moment_at_the_end_of_the_calendar_is_moved_alone(mews):
    witness = noisy(mews)
    bird = witness.state["birds"]["b1"]
    last = datetime(9999, 12, 31, tzinfo=UTC).isoformat()
    birds = {"b1": bird, "b2": bird | {"bird_id": "b2", "last_flown": last}}
    _, story = plainest(evolve(witness, state=witness.state | {"birds": birds}), accepting(mews, "told"), mews)
    for row in story.state["birds"].values():
        assert abs(datetime.fromisoformat(row["last_flown"]).year - 2025) <= 2


def accepting(mews, *rules):
    def accept(witness):
        story = Replay(mews, witness).story(None, ())
        if story.broken(mews) != set(rules) or len(story.calls) != 3:
            raise Refuted("no answer")
        return story

    return accept


def test_every_change_is_tried_first(mews):
    _, story = plainest(noisy(mews), accepting(mews, "told"), mews)
    assert [(e.role, e.tool, e.arguments) for e in story.events] == [
        ("user", "", {}),
        ("agent", "find", {"permit": "permit1"}),
        ("agent", "listed", {"keeper_id": "k1"}),
        ("agent", "fly", {"bird_id": "b1", "quarry": "none"}),
    ]
    assert story.state["keepers"]["k1"] == {"keeper_id": "k1", "permit": "permit1", "email": "email1@example.com"}
    assert story.state["keepers"]["k2"]["permit"] == "permit2"
    bird = story.state["birds"]["b1"]
    assert (bird["species"], bird["last_flown"]) == ("Harris hawk", "2025-10-15T00:00:00+00:00")


def test_what_is_no_answer_stays_as_it_was(mews):
    witness = noisy(mews)

    def stubborn(tried):
        if tried is not witness:
            raise Refuted("nothing else will do")
        return accepting(mews, "told")(tried)

    _, story = plainest(witness, stubborn, mews)
    assert [e.kind for e in story.events] == [e.kind for e in witness.events]
    assert story.calls[-1].arguments["quarry"] == "quarry1"


def test_what_is_no_answer_at_all_is_refuted(mews):
    with pytest.raises(Refuted):
        plainest(noisy(mews), accepting(mews, "looked"), mews)


def test_calls_are_about_days_of_this_year_or_so():
    text = """domain d "…"
clock 2026-01-01T00:00:00+00:00
record O { id: id, day: date? }
table os: O key id
write tool move(id: ref os, start: date, end: date) -> text "Moves it." {
  require start < end else fail "order"
  let o = os[id] else fail "none"
  set o.day = end
  return "moved"
}
rule r "…" { before call to move  require never: false }
"""
    made = Compiler().compile([("t.cove", text.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    story = examiner(made.spec).rule(made.spec.rules["r"]).story
    assert story is not None
    first, last = (datetime.fromisoformat(story.calls[-1].arguments[n]) for n in ("start", "end"))
    assert abs(first.year - 2026) <= 1
    assert first < last


def test_a_text_that_looks_like_a_day_and_is_none(desk):
    """Whether it is long ago is not asked of it."""
    spec = desk("""
rule r "Not these." { before call to note  let o = orders[call.order_id] else skip
  require n: o.note is absent or o.note not in {"1999-99-99", "1998-01-01T10:00 or so"} }
""")
    found = examiner(spec).rule(spec.rules["r"])
    assert found.finding == "alone"
    assert found.story.broken(spec) == {"r"}
