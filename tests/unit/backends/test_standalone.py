"""The standalone checker as a program: what it prints, and what it ends with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.emit import checker_source
from cove_dsl.backends.python.runtime.standalone import NO_STATE
from cove_dsl.tools.cli import covec
from cove_dsl.world.desk import load

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
SHOP = str(EXAMPLES / "shop.json")


@pytest.fixture(scope="module")
def checker(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("checker") / "checker.py"
    path.write_text(checker_source(load(str(EXAMPLES / "tea.cove")).spec), encoding="utf-8")
    return path


def run(checker: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(checker), *args], capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_each_is_told_in_words_and_all_are_counted(checker):
    done = run(checker, str(EXAMPLES / "conversations.jsonl"), "--state", SHOP, "--short")
    assert done.stdout.splitlines() == [
        "satisfied with-a-yes", "violated without-asking: explicit_yes", "satisfied too-late",
    ]  # fmt: skip
    assert done.stderr == "2 satisfied \u00b7 1 violated\n"
    assert done.returncode == 1


def test_reports_are_whole_where_nothing_else_is_asked(checker):
    done = run(checker, str(EXAMPLES / "conversations.jsonl"), "--state", SHOP)
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["satisfied", "violated", "satisfied"]
    assert done.stderr == "2 satisfied \u00b7 1 violated\n"


def test_what_is_refused_is_named_and_counted_apart(checker, tmp_path):
    path = tmp_path / "talk.jsonl"
    path.write_text('{"id": "a\\u001b[2J", "messages": [{"content": "hi"}]}\n{\n', encoding="utf-8")
    done = run(checker, str(path), "--short")
    first, second = done.stdout.splitlines()
    assert first.startswith("refused a\ufffd[2J: message 0, field `role`: is missing")
    assert second.startswith("refused line 2: not JSON")
    assert done.stderr.splitlines()[0] == "2 refused"
    assert "one line of JSON" in done.stderr
    assert done.returncode == 1


def test_what_only_a_state_could_tell_is_named(checker):
    done = run(checker, str(EXAMPLES / "conversations.jsonl"), "--short")
    assert done.stdout.splitlines()[0] == "unknown with-a-yes: state unknown"
    assert done.stderr.splitlines()[0] == NO_STATE
    assert done.returncode == 1


DESK = """
domain hives "Hives on fields"
clock 2026-05-04T08:00:00+02:00
enum Crop { apple, cherry, sour = "sour cherry" }
record Grower { grower_id: id, places: list[ref places] }
record Place {
  place_id: id, grower_id: ref growers, crop: Crop, last: date, hives: int where it > 0, weak: int,
  seen: map[Crop, date]?, best: (Crop, time)?,
}
table growers: Grower key grower_id
table places: Place key place_id
state place: Place?
invariant weak_are_some "No more are weak than stand there." = every(p.weak <= p.hives for p in places)
define is_over(place: Place) -> bool = place.last < date_of(clock)
read tool look(place_id: ref places) -> Place "Looks." { let p = places[place_id] else fail "None"  return p }
rule running "Look at what is not over." {
  before call to look
  let place = places[call.place_id]  else skip
  require now: not is_over(place)
}
"""
PLACE = {
    "place_id": "P1", "grower_id": "G1", "crop": "sour cherry", "last": "2026-05-20", "hives": 3, "weak": 1,
    "seen": {"apple": "2026-05-01"}, "best": ["cherry", "09:00"],
}  # fmt: skip
GROWER = {"G1": {"grower_id": "G1", "places": ["P1"]}}
LOOK = {"role": "assistant", "content": None, "tool_calls": [
    {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"place_id": "P1"}'}},
]}  # fmt: skip


@pytest.fixture(scope="module")
def hives(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hives")
    (folder / "hives.cove").write_text(DESK, encoding="utf-8")
    (folder / "checker.py").write_text(checker_source(load(str(folder / "hives.cove")).spec), encoding="utf-8")
    answer = {"role": "tool", "tool_call_id": "c1", "content": json.dumps(PLACE)}
    (folder / "talk.jsonl").write_text(json.dumps({"id": "a", "messages": [LOOK, answer]}), encoding="utf-8")
    return folder


def both(hives: Path, *args: str) -> tuple[list[str], int]:
    """What the checker and `covec verify` say beside the conversations, which must be the same."""
    done = run(hives / "checker.py", str(hives / "talk.jsonl"), "--short", *args)
    other = CliRunner().invoke(covec, ["verify", str(hives / "hives.cove"), str(hives / "talk.jsonl"), *args])
    told = [line for line in other.stderr.splitlines() if line.startswith(("error", "warning: /", "without"))]
    assert [line for line in done.stderr.splitlines() if line.startswith(("error", "warning", "without"))] == told
    assert done.returncode == other.exit_code
    return told, done.returncode


WRONG = {
    "enum": ({"crop": "sour cherri"}, "/places/P1/crop is `sour cherri`, which is no Crop: it may be `apple`"),
    "near": ({"crop": "sour cherri"}, "; did you mean `sour cherry`?"),
    "wire": ({"crop": "sour"}, "which is no Crop"),
    "date": ({"last": "20.5.2026"}, "/places/P1/last is `20.5.2026`, which is no date: write it as `2025-03-10`"),
    "condition": ({"hives": 0, "weak": 0}, "/places/P1/hives is 0, against its `where it > 0`"),
    "key of a map": ({"seen": {"pear": "2026-05-01"}}, "/places/P1/seen/pear is `pear`"),
    "entry of a map": ({"seen": {"apple": "May"}}, "/places/P1/seen/apple is `May`"),
    "part of a tuple": ({"best": ["cherry", "9"]}, "/places/P1/best/1 is `9`, which is no time"),
    "shape": ({"weak": "one"}, "/places/P1/weak must be a whole number"),
    "other key": ({"place_id": "P2"}, "/places/P1/place_id must equal the row's own key"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_state_is_held_to_its_types_as_by_the_command(name, hives, tmp_path):
    changed, said = WRONG[name]
    state = tmp_path / "db.json"
    state.write_text(json.dumps({"growers": GROWER, "places": {"P1": PLACE | changed}}), encoding="utf-8")
    told, code = both(hives, "--state", str(state))
    assert said in told[0]
    assert code == 1


def test_a_state_that_is_no_json_or_not_there(hives, tmp_path):
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    (tmp_path / "b.json").write_bytes(b"\xff")
    assert "not JSON" in both(hives, "--state", str(tmp_path / "a.json"))[0][0]
    assert "is not UTF-8 text: byte 0" in both(hives, "--state", str(tmp_path / "b.json"))[0][0]
    assert "cannot be read" in both(hives, "--state", str(tmp_path / "c.json"))[0][0]


def test_a_state_that_is_not_whole_is_warned_of(hives, tmp_path):
    state = tmp_path / "db.json"
    other = PLACE | {"place_id": "P2", "grower_id": "G9", "weak": 8}
    state.write_text(json.dumps({"growers": GROWER, "places": {"P1": PLACE, "P2": other}}), encoding="utf-8")
    told, code = both(hives, "--state", str(state))
    assert [line.partition("db.json: ")[2] for line in told] == [
        "1 key leads to nothing in growers; the first: /places/P2/grower_id is `G9`",
        "the invariant `weak_are_some` does not hold: No more are weak than stand there.",
    ]
    assert code == 0


@pytest.mark.parametrize(("now", "code"), [("2026-05-20T23:59", 0), ("2026-05-21", 1), ("2026-05-20T23:30-08:00", 0)])
def test_the_moment_is_the_one_that_is_given(now, code, hives, tmp_path):
    state = tmp_path / "db.json"
    state.write_text(json.dumps({"growers": GROWER, "places": {"P1": PLACE}}), encoding="utf-8")
    assert both(hives, "--state", str(state), "--now", now) == ([], code)
    done = run(hives / "checker.py", str(hives / "talk.jsonl"), "--state", str(state), "--now", now)
    other = CliRunner().invoke(
        covec, ["verify", str(hives / "hives.cove"), str(hives / "talk.jsonl"), "--state", str(state), "--now", now,
                "--format", "json"],
    )  # fmt: skip
    ours, theirs = json.loads(done.stdout), json.loads(other.stdout.splitlines()[0])
    assert (ours["now"], ours["verdict"]) == (theirs["now"], theirs["verdict"])


def test_what_is_no_moment_is_refused(hives):
    done = run(hives / "checker.py", str(hives / "talk.jsonl"), "--now", "noon")
    assert "`noon` is no moment: write it as `2026-05-04T08:00:00+02:00`" in done.stderr
    assert done.returncode == 2
