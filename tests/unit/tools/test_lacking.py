"""What a log lacks to be judged is said, by `covec verify` and by a checker that stands alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.tools.cli import covec
from tests.conftest import ROOT

TEA = str(ROOT / "docs/examples/tea.cove")
NO_TASK = "have no task, so there is no score: `gold_actions` or `cove` in a record says what was wanted"
NO_WORDS = "1 conversation has no messages: nothing was done in it, so no rule was broken"
WRONG = {
    "orphan": [{"role": "tool", "tool_call_id": "1", "content": "x"}],
    "role": [{"role": "wizard", "content": "x"}],
    "content": [{"role": "user"}],
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    talks = {"none": [], "hi": [{"role": "user", "content": "hi"}], **WRONG}
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"id": i, "messages": m}) + "\n" for i, m in talks.items()), encoding="utf-8")
    return path


def test_verify_says_what_is_lacking_and_where(log: Path) -> None:
    done = CliRunner().invoke(covec, ["verify", TEA, str(log)])
    assert done.exit_code == 1
    assert "✓ none  score –  state absent  no messages\n✓ hi  score –  state absent\n" in done.stdout
    said = done.stderr.splitlines()
    assert f"2 conversations {NO_TASK}; so does a file of tasks (`--tasks`)" in said
    assert NO_WORDS in said
    for line, name in enumerate(WRONG, 3):
        assert any(s.startswith(f"error[bad-record]: {log}:{line}: record {name}: message 0, field") for s in said)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "tea"
    assert CliRunner().invoke(covec, ["build", TEA, "-o", str(folder)]).exit_code == 0
    return folder / "checker.py"


def told(checker: Path, path: Path) -> str:
    return subprocess.run([sys.executable, str(checker), str(path)], capture_output=True, text=True, timeout=60).stderr


def test_a_checker_alone_says_so_too(checker: Path, log: Path) -> None:
    said = told(checker, log)
    assert f"2 conversations {NO_TASK}\n{NO_WORDS}\n" in said
    assert "one line of JSON" not in said


@pytest.mark.parametrize("text", ["", '{\n "a": 1\n}\n'])
def test_a_checker_alone_says_what_it_reads(checker: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    said = told(checker, path).splitlines()
    shape = said[-1].removeprefix("one line of JSON for each conversation is read, such as ")
    (tmp_path / "right.jsonl").write_text(shape + "\n", encoding="utf-8")
    assert told(checker, tmp_path / "right.jsonl").endswith("1 satisfied\n")


def test_a_build_takes_out_what_an_earlier_one_wrote_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "built"
    assert CliRunner().invoke(covec, ["build", "telecom", "-o", str(folder)]).exit_code == 0
    (folder / "prompts" / "user" / "notes.md").write_text("mine")
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] += ["../outside.txt", str(outside)]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert CliRunner().invoke(covec, ["build", TEA, "-o", str(folder), "--force"]).exit_code == 0
    left = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    made = set(json.loads((folder / "manifest.json").read_text())["files"])
    assert left == made | {"manifest.json", "prompts/user/notes.md"}
    assert outside.exists()
