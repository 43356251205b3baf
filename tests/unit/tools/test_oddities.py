"""What `covec verify` says of results that differ, tools that nobody knows and arguments that nobody can read."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from cove_dsl.tools.cli import covec
from cove_dsl.tools.oddities import sentences
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
TEA, SHOP = str(EXAMPLES / "tea.cove"), str(EXAMPLES / "shop.json")


def call(tool: str, arguments: Any, result: str) -> list[dict[str, Any]]:
    made = {"id": "c", "type": "function", "function": {"name": tool, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [made]},
        {"role": "tool", "tool_call_id": "c", "content": result},
    ]


ODD = {
    "result differs": call("find_customer", {"email": "bo@example.com"}, "bo"),
    "unknown tool": call("getOrder", {"order_id": "T1"}, "{}"),
    "unreadable arguments": call("find_customer", "{email: a}", "ada"),
}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.jsonl"
    rows = [{"id": kind, "messages": [{"role": "user", "content": "Hi."}, *m]} for kind, m in ODD.items()]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def verify(talk: Path, *more: str | Path) -> Result:
    return CliRunner().invoke(covec, ["verify", TEA, str(talk), "--state", SHOP, *map(str, more)])


def test_each_is_told_in_its_line_and_in_the_summary(talk):
    done = verify(talk)
    assert [line.rpartition("  ")[2] for line in done.stdout.splitlines()] == [
        "1 result differs",
        "1 call of an unknown tool",
        "1 unreadable call",
    ]
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 3
    assert "`bo` was recorded; in this database it is `No such customer`" in warnings[0]
    assert "`getOrder` is not in the specification; did you mean `get_order`?" in warnings[1]
    assert "the arguments of `find_customer` are no JSON object" in warnings[2]
    assert done.exit_code == 0


def test_each_is_in_the_data(talk):
    rows = [json.loads(line) for line in verify(talk, "--format", "json").stdout.splitlines()]
    assert [len(r["world"]["mismatches"]) for r in rows] == [1, 1, 0]
    assert [[o["problem"] for o in r["odd_calls"]] for r in rows] == [[], ["unknown tool"], ["unreadable arguments"]]
    assert rows[1]["odd_calls"][0] == {
        "event": {"message": 1, "call": 0}, "tool": "getOrder", "problem": "unknown tool",
    }  # fmt: skip


def test_each_is_in_the_reports(talk, tmp_path):
    junit, sarif = tmp_path / "junit.xml", tmp_path / "out.sarif"
    verify(talk, "--junit", junit, "--sarif", sarif)
    remarks = [case.findtext("system-out") for case in ET.parse(junit).iter("testcase")]
    assert all(remarks)
    results = json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"]
    found = {r["ruleId"]: r for r in results}
    assert found.keys() == {"call:result-differs", "call:unknown-tool", "call:unreadable-arguments"}
    assert {r["level"] for r in results} == {"warning"}


def test_a_conversation_without_an_id_is_named_by_its_line(tmp_path):
    path = tmp_path / "talk.jsonl"
    path.write_text('\n{"messages": []}\n', encoding="utf-8")
    done = verify(path)
    assert done.stdout.startswith("? line 2  refused: `id` is missing")
    assert done.stderr.splitlines()[-1] == "1 refused"


def test_what_was_proposed_for_a_call_that_nobody_can_read_is_unknown(tmp_path):
    talk = [
        {"role": "user", "content": "Hi, ada@example.com here. Cancel T1, I changed my mind."},
        *call("find_customer", {"email": "ada@example.com"}, "ada"),
        {"role": "assistant", "content": "I can cancel order T1, reason: changed my mind. Shall I?"},
        {"role": "user", "content": "Yes, please."},
        *call("cancel_order", "{order_id: T1", "Error: no"),
    ]
    path = tmp_path / "talk.jsonl"
    path.write_text(json.dumps({"id": "a", "messages": talk}), encoding="utf-8")
    done = verify(path, "--rule", "explicit_yes")
    assert done.exit_code == 3
    assert done.stdout.splitlines()[0].endswith("unknown explicit_yes  1 unreadable call")


def test_what_a_difference_is_measured_by():
    wrong = {"event": {"message": 1, "call": 0}, "recorded": 47, "expected": 48}
    row = {"id": "a", "odd_calls": [], "world": {"mismatches": [wrong]}}
    told = {known: [text for *_, text in sentences(row, (), known)] for known in (True, False)}
    assert told[True] == ["`47` was recorded; in this database it is `48`"]
    assert told[False] == ["`47` was recorded; after what came before, it should be `48`"]


def test_without_a_database_none_is_spoken_of(tmp_path):
    path = tmp_path / "talk.jsonl"
    calls = [*call("find_customer", {"email": "a@b.com"}, "ada"), *call("find_customer", {"email": "a@b.com"}, "bo")]
    path.write_text(json.dumps({"id": "a", "messages": [{"role": "user", "content": "Hi."}, *calls]}))
    done = CliRunner().invoke(covec, ["verify", TEA, str(path)])
    assert "this database" not in done.output
    shown = CliRunner().invoke(covec, ["show", str(path), "a", "--spec", TEA]).output
    assert "this database" not in shown
    assert "no task, so no score" in shown
    assert "score unknown" not in shown


def test_a_file_without_a_record_is_said_to_be_one(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    done = CliRunner().invoke(covec, ["verify", TEA, str(path)])
    assert done.exit_code == 0
    assert "no conversations: " in done.stderr
    assert "holds no record, so nothing was judged" in done.stderr
