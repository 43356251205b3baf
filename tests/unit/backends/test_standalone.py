"""The standalone checker as a program: what it prints, and what it ends with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cove_dsl.backends.python.emit import checker_source
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
    assert (done.stderr, done.returncode) == ("2 refused\n", 1)
