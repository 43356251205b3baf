"""Users who only tell something, what a rule wants at once, and orders of which nothing or not all can come."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from cove_dsl.solve.survey import Surveyor, about_scenario
from cove_dsl.synthesis.order import Order
from cove_dsl.synthesis.parties import STOP
from cove_dsl.synthesis.run import INTERRUPTED, synthesize
from cove_dsl.tools.cli import covec
from cove_dsl.tools.commands.synth import _outcome
from cove_dsl.world.desk import load
from cove_dsl.world.generate import generate_world

DESK = """domain gate "A gate that people pass"
record Guest { guest_id: id, phone: text }
table guests: Guest key guest_id
generate "A few." {
  for i in 1..9 { insert Guest(guest_id: "G{i}", phone: "0171-{unique_digits(6)}") into guests }
}
read tool find_guest(phone: text) -> Guest "Finds a guest." {
  let guest = first(guests where .phone == phone)  else fail "No such guest"
  return guest
}
tool call_guard(summary: text) -> text "Hands over to a guard." { return "coming" }
scenario told "A guest tells something." {
  pick guest from guests
  goal nothing
  volunteers "I can't breathe in here!"
  knows guest.phone
}
"""
AT_ONCE = """rule at_once "Whoever cannot breathe is handed over at once." {
  after user message
  when mentions(message, {"can't breathe"})
  then call to call_guard
}
"""

HIVES = """
domain hives "Hives on fields"
clock 2026-05-04T08:00:00+02:00
record Grower { grower_id: id, phone: text }
record Place { place_id: id, grower_id: ref growers, weak: int, credited: money }
table growers: Grower key grower_id
table places: Place key place_id
describe growers by phone
define most(place: Place) -> money "The most: $15 for each weak hive." = $15 * place.weak
read tool find_grower(phone: text) -> Grower "Finds a grower."
{ let g = first(growers where .phone == phone) else fail "None"  return g }
read tool look(grower_id: ref growers) -> Place "Looks at a grower's hives."
{ let p = first(places where .grower_id == grower_id) else fail "None"  return p }
write tool credit(place_id: ref places, amount: money) -> Place "Credits weak hives."
{ let p = places[place_id] else fail "None"  increase p.credited by amount  return p }
tool hand_over(summary: text) -> text "Hands over." { return "Done" }
use identity(identify: find_grower, found: (earlier ok call to find_grower).result.grower_id, hand_over: hand_over)
use desk(user: the_user, writes: writes, hand_over: hand_over, transfer_line: "One moment.")
scenario weak "Hives hardly fly." {
  pick grower from growers
  pick place  from places where .grower_id == grower.grower_id
  goal credit(place.place_id, most(place)) "claim a credit"
  knows grower.phone
}
generate "Hives." {
  insert Grower(grower_id: "G1", phone: "0171-55") into growers
  insert Place(place_id: "P1", grower_id: "G1", weak: 11, credited: $0) into places
}
"""


@pytest.fixture(params=[DESK, DESK + AT_ONCE], ids=["free", "at_once"])
def desk(request, tmp_path):
    path = tmp_path / "gate.cove"
    path.write_text(request.param)
    return load(str(path))


def rows_of(desk, folder):
    order = Order(desk, generate_world(desk.spec, 0), 8)
    summary = synthesize(order, folder, lambda counts: None)
    assert summary["verified"] == 8
    return [json.loads(line) for line in (folder / "dialogues.jsonl").read_text().splitlines()]


def test_what_is_volunteered_is_said_and_nothing_after_the_end(desk, tmp_path):
    for row in rows_of(desk, tmp_path / "run"):
        said = [m["content"] for m in row["messages"] if m["role"] == "user"]
        assert "I can't breathe in here!" in said[0]
        assert STOP not in said[0]
        assert said[-1].endswith(STOP)


def test_what_a_rule_wants_at_once_comes_before_all_else(desk, tmp_path):
    for row in rows_of(desk, tmp_path / "run"):
        calls = [m["name"] for m in row["messages"] if m["role"] == "tool"]
        assert calls == (["call_guard"] if desk.spec.rules else ["find_guest"])


LINES = """rule close "Say who comes." {
  after ok call to call_guard
  then agent message where says(it, "A guard is on the way.")
}
rule leave "Send them out." {
  after ok call to call_guard
  when mentions(call.summary, "breathe")
  eventually agent message where says(it, "Please leave the hall.")
}
rule fire "Speak of the fire." {
  after ok call to call_guard
  when mentions(call.summary, "fire")
  eventually agent message where says(it, "Do not use the lift.")
}
"""


def test_every_line_that_is_owed_after_a_hand_over_is_said_and_no_other(tmp_path):
    path = tmp_path / "gate.cove"
    path.write_text(DESK + AT_ONCE + LINES)
    for row in rows_of(load(str(path)), tmp_path / "run"):
        last = [m["content"] for m in row["messages"] if m["role"] == "assistant"][-1]
        assert last == "A guard is on the way. Please leave the hall."


def test_a_goal_of_nothing_is_told_unless_a_rule_may_want_something(desk):
    (found,) = Surveyor(desk.spec).scenarios()
    said = about_scenario(found, desk.spec)
    assert (said.code if said else None) == (None if desk.spec.rules else "idle-goal")


def test_a_run_without_a_task_leaves_no_folder(tmp_path):
    path = tmp_path / "gate.cove"
    path.write_text(DESK.replace("from guests\n", 'from guests where .phone == "no"\n'))
    folder = tmp_path / "run"
    made = CliRunner().invoke(covec, ["synth", str(path), "-n", "1", "-o", str(folder)])
    assert (made.exit_code, folder.exists()) == (1, False)
    path.write_text(DESK)
    assert CliRunner().invoke(covec, ["synth", str(path), "-n", "1", "-o", str(folder)]).exit_code == 0


@pytest.mark.parametrize("asked", [["--wishes", "2..2"], ["--composed", "1"]])
def test_several_wishes_of_a_desk_that_composes_none_are_refused(tmp_path, asked):
    path = tmp_path / "gate.cove"
    path.write_text(DESK)
    made = CliRunner().invoke(covec, ["synth", str(path), "-n", "1", "-o", str(tmp_path / "run"), *asked])
    assert made.exit_code == 2
    assert "puts no scenarios together" in made.output
    assert not (tmp_path / "run").exists()


def test_a_scenario_without_a_task_is_named_last(tmp_path):
    path = tmp_path / "gate.cove"
    lost = (
        DESK[DESK.index("scenario told") :].replace("told", "lost").replace("guests\n", 'guests where .phone == "no"\n')
    )
    path.write_text(DESK + lost)
    made = CliRunner().invoke(covec, ["synth", str(path), "-n", "6", "-o", str(tmp_path / "run")])
    assert made.exit_code == 0
    assert made.output.splitlines()[-1].startswith("  lost: nothing to draw")


@pytest.mark.parametrize(
    "said", ['"My number is {guest.phone}."', '"My number is {guest.phone}." or "It is {guest.phone}."']
)
def test_what_a_sentence_says_of_the_person_finds_the_person(tmp_path, said):
    path = tmp_path / "gate.cove"
    path.write_text(DESK.replace("knows guest.phone", f'knows {said} "your number"'))
    desk = load(str(path))
    for row in rows_of(desk, tmp_path / "run"):
        assert [m["name"] for m in row["messages"] if m["role"] == "tool"] == ["find_guest"]
        said_by_user = [m["content"] for m in row["messages"] if m["role"] == "user"]
        assert sum("0171-" in text for text in said_by_user) == 1


@pytest.mark.parametrize(
    ("blame", "missing", "stopped", "scripted", "code"),
    [
        ({}, 0, None, True, 0),
        ({"undecided": 2}, 0, None, True, 3),
        ({"undecided": 1, "agent": 1}, 0, None, True, 1),
        ({"agent": 1}, 3, INTERRUPTED, True, 1),
        ({"undecided": 1}, 3, INTERRUPTED, True, 130),
        ({"undecided": 1, "agent": 1}, 0, None, False, 0),
        ({}, 3, "budget", False, 3),
    ],
)
def test_what_a_run_ends_with(blame, missing, stopped, scripted, code):
    order = SimpleNamespace(models=lambda: not scripted, flaws=lambda: False)
    told = {"dialogues": 9, "verified": 9 - sum(blame.values()), "blame": blame, "missing": missing, "stopped": stopped}
    assert _outcome(order, told) == code


def test_a_dialogue_that_nobody_can_decide_ends_with_three(tmp_path):
    """The agent has to state $15 for each of a row's weak hives, which no tool shows."""
    path = tmp_path / "hives.cove"
    path.write_text(
        HIVES.replace('-> Place "Looks', '-> ref places "Looks').replace("return p }", "return p.place_id }", 1)
    )
    made = CliRunner().invoke(covec, ["synth", str(path), "-n", "2", "-o", str(tmp_path / "run")])
    assert made.exit_code == 3, made.output
    assert "give the desk a tool that shows it" in made.output
    found = CliRunner().invoke(covec, ["verify", str(tmp_path / "run/spec"), str(tmp_path / "run")])
    assert found.exit_code == 3
    assert "can be worked out (a tool that shows them would tell)" in found.output
