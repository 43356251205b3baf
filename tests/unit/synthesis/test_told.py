"""Users who only tell something, what a rule wants at once, and orders of which nothing or not all can come."""

import json

import pytest
from click.testing import CliRunner

from cove_dsl.solve.survey import Surveyor, about_scenario
from cove_dsl.synthesis.order import Order
from cove_dsl.synthesis.parties import STOP
from cove_dsl.synthesis.run import synthesize
from cove_dsl.tools.cli import covec
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
