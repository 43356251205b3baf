"""`covec show`: which conversation is meant, and what is told of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cove_dsl.tools.cli import covec
from cove_dsl.tools.timeline import moments_of
from cove_dsl.world.desk import load
from cove_dsl.world.state import world_of
from tests.conftest import ROOT
from tests.support.work import work

TALK = str(ROOT / "docs/examples/conversations.jsonl")
DESK = ["--spec", str(ROOT / "docs/examples/tea.cove"), "--state", str(ROOT / "docs/examples/shop.json")]


def show(*args: str) -> Result:
    return CliRunner().invoke(covec, ["show", *args])


def test_without_an_id_they_are_listed():
    found = show(TALK)
    assert found.exit_code == 0
    assert [line.split()[0] for line in found.stdout.splitlines()] == ["with-a-yes", "without-asking", "too-late"]
    assert [json.loads(line)["id"] for line in show(TALK, "--format", "json").stdout.splitlines()][2] == "too-late"


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        ("without-asking", 1, "✗ violated · score 0.5 · state met"),
        ("with-a-yes", 0, "✓ satisfied · score 1"),
        ("too", 0, "attempted"),
        ("with", 2, "2 conversations have `with` in their id: with-a-yes, without-asking"),
        ("too-lat3", 2, "has no conversation `too-lat3`; did you mean `too-late`?"),
    ],
)
def test_one_is_told(wanted, code, said):
    found = show(TALK, wanted, *DESK)
    assert said in found.output
    assert found.exit_code == code


def test_what_a_call_changed_stands_below_it():
    lines = [line.strip() for line in show(TALK, "with-a-yes", *DESK).stdout.splitlines()]
    at = next(i for i, line in enumerate(lines) if line.startswith("cancel_order("))
    assert any(line == "± /orders/T1/status = cancelled" for line in lines[at:])
    assert not any(line.startswith("±") for line in lines[:at])


def test_a_run_brings_its_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(covec, ["synth", "retail", "-n", "3", "-o", "run"]).exit_code == 0
    listed = show("run").stdout.splitlines()
    assert len(listed) == 3
    assert all(line.endswith("satisfied") for line in listed)
    told = show("run", listed[0].split()[0])
    assert told.exit_code == 0, told.output
    assert "✓ satisfied" in told.stdout
    assert "\\n" not in told.stdout


def test_which_desk_must_be_said(tmp_path: Path):
    assert "--spec SPEC" in show(TALK, "too-late").output
    assert show(TALK, "too-late").exit_code == 2
    assert show(str(tmp_path / "nowhere.jsonl")).exit_code == 2


def test_what_cannot_be_told(tmp_path: Path):
    talk = tmp_path / "talk.jsonl"
    rows = ['{"id": "odd", "messages": [{"role": "wizard", "content": "x"}]}', '{"id": "worse"}', "{"]
    talk.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert "wizard" in show(str(talk), "odd", *DESK).stderr
    worse = show(str(talk), "worse", *DESK)
    assert worse.exit_code == 1
    assert "`messages` is missing" in worse.stderr
    assert [line.split()[0] for line in show(str(talk)).stdout.splitlines()] == ["odd"]


@pytest.mark.parametrize("manifest", ["[" * 9000, '{"spec": 5}', "[5]"])
def test_a_damaged_run_is_listed_as_far_as_it_goes(tmp_path: Path, manifest: str):
    (tmp_path / "manifest.json").write_text(manifest)
    whole = {"id": "a", "messages": [{"role": "user", "content": "Hello."}], "report": {"verdict": 5}}
    rows = ["[" * 9000, "5", '{"id": [], "report": {"verdict": "x"}}', json.dumps(whole)]
    (tmp_path / "dialogues.jsonl").write_text("\n".join(rows) + "\n")
    found = show(str(tmp_path))
    assert (found.exit_code, found.stdout.split()) == (0, ["a", "1", "messages", "5"])
    assert found.stderr.count("error[bad-record]") == 3
    told = show(str(tmp_path), "a")
    assert told.exit_code == 2
    assert "say which desk this is of" in told.output


def saying(path: Path, *texts: str) -> str:
    """A file with one conversation, `long`, in which the user says this and the agent answers each."""
    messages = [
        {"role": role, "content": text} for said in texts for role, text in (("user", said), ("assistant", "Ok."))
    ]
    path.write_text(json.dumps({"id": "long", "messages": messages}), encoding="utf-8")
    return str(path)


def test_of_a_very_long_message_the_beginning_is_shown(tmp_path: Path):
    path = saying(tmp_path / "talks.jsonl", "word " * 2_000_000)
    told = show(path, "long", *DESK)
    assert told.exit_code == 0, told.output
    assert "… and 9,990,000 more characters" in " ".join(told.stdout.split())
    assert len(told.stdout) < 30_000
    whole = json.loads(show(path, "long", *DESK, "--format", "json").stdout)
    assert len(whole["timeline"][0]["text"]) == 10_000_000


def test_a_long_conversation_is_told_with_work_in_proportion():
    program = load(str(ROOT / "docs/examples/tea.cove")).program
    start = world_of({}, program)
    told = [
        work(list, moments_of(program, start, [{"role": "user", "content": str(i)} for i in range(n)]))
        for n in (300, 1200)
    ]
    assert told[1] < 4.5 * told[0], told
