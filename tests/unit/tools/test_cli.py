"""The outside of the program: exit codes, what goes where, and nothing half-written, whatever comes in."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cove_dsl.tools.cli import covec, main
from tests.conftest import ROOT

EXAMPLES = Path(__file__).parents[3] / "docs/examples"

SHOP = """domain shop "A small shop"
enum Status { open, closed }
record Order { order_id: id, status: Status, total: money }
table orders: Order key order_id
read tool get_order(order_id: ref orders) -> Order "Shows an order." {
  let order = orders[order_id] else fail "Order not found"
  return order
}
write tool close_order(order_id: ref orders) -> Order "Closes an open order." {
  let order = orders[order_id] else fail "Order not found"
  require order.status == open else fail "Order is not open"
  set order.status = closed
  return order
}
rule look_first "Look at an order before closing it." {
  before call to close_order
  require looked: some (earlier ok call to get_order where .order_id == call.order_id)
}
"""
STATE = {"orders": {"A1": {"order_id": "A1", "status": "open", "total": 12.5}}}
CALLS = [
    {
        "id": "one",
        "calls": [
            {"name": "close_order", "arguments": {"order_id": "A1"}},
            {"name": "close_order", "arguments": {"order_id": "A1"}},
        ],
    }
]


def call(name: str, arguments: dict[str, object], number: str) -> dict[str, object]:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": number, "type": "function", "function": {"name": name, "arguments": arguments}}],
    }


def closed_order() -> str:
    return json.dumps({"order_id": "A1", "status": "closed", "total": 12.5})


MESSAGES = [
    {"role": "user", "content": "Please close A1."},
    call("close_order", {"order_id": "A1"}, "1"),
    {"role": "tool", "tool_call_id": "1", "content": closed_order()},
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.cove").write_text(SHOP, encoding="utf-8")
    (tmp_path / "db.json").write_text(json.dumps(STATE), encoding="utf-8")
    (tmp_path / "calls.jsonl").write_text("".join(json.dumps(c) + "\n" for c in CALLS), encoding="utf-8")
    return tmp_path


def covec_run(*args: str) -> Result:
    return CliRunner().invoke(covec, list(args))


def code_of(*args: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of the whole program, its own error handling included."""
    monkeypatch.setattr("sys.argv", ["covec", *args])
    with pytest.raises(SystemExit) as done:
        main()
    return int(done.value.code or 0)


def test_a_sound_specification_is_fine(shop: Path) -> None:
    assert covec_run("check", "shop.cove", "--no-solve").exit_code == 0


def test_a_slip_is_one_diagnostic_with_its_place(shop: Path) -> None:
    (shop / "shop.cove").write_text(SHOP.replace("== open", "== opne"), encoding="utf-8")
    result = covec_run("check", "shop.cove", "--no-solve", "--format", "json")
    assert result.exit_code == 1
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [r["code"] for r in rows] == ["unknown-value"]
    span = rows[0]["labels"][0]["span"]
    assert (span["path"], span["start"]["line"]) == ("shop.cove", 11)
    assert "open" in rows[0]["help"][0]


def test_replay_gives_results_and_what_changed(shop: Path) -> None:
    result = covec_run("replay", "shop.cove", "--state", "db.json", "--calls", "calls.jsonl", "--format", "json")
    assert result.exit_code == 0
    row = json.loads(result.stdout.splitlines()[0])
    assert [c["ok"] for c in row["calls"]] == [True, False]
    assert row["calls"][1]["result"] == "Error: Order is not open"
    assert row["diff"] == [["/orders/A1/status", "closed"]]


def test_verify_names_rule_event_and_blame(shop: Path) -> None:
    (shop / "talk.jsonl").write_text(
        json.dumps({"id": "t", "messages": MESSAGES, "gold_actions": CALLS[0]["calls"][:1]}) + "\n", encoding="utf-8"
    )  # type: ignore[index]
    result = covec_run("verify", "shop.cove", "talk.jsonl", "--state", "db.json", "--format", "json")
    assert result.exit_code == 1
    row = json.loads(result.stdout.splitlines()[0])
    assert (row["verdict"], row["outcome"]["state"]) == ("violated", "met")
    (rule,) = row["rules"]
    assert (rule["rule"], rule["verdict"], rule["blame"]) == ("look_first", "violated", "agent")
    assert rule["events"][0]["message"] == 1
    assert 0 < row["score"] < 1


def test_the_timeline_reads(shop: Path) -> None:
    (shop / "talk.jsonl").write_text(json.dumps({"id": "t", "messages": MESSAGES}) + "\n", encoding="utf-8")
    result = covec_run("verify", "shop.cove", "talk.jsonl", "--state", "db.json", "--timeline")
    assert "Please close A1." in result.stdout
    assert "/orders/A1/status" in result.stdout
    assert "look_first.looked violated" in result.stdout


BAD_STATES = {
    "not json": "{",
    "not an object": "[]",
    "nan": '{"orders": {"A1": {"order_id": "A1", "status": "open", "total": NaN}}}',
    "duplicate key": '{"orders": {}, "orders": {}}',
    "unknown table": '{"orders": {}, "ordres": {}}',
    "missing table": "{}",
    "missing field": '{"orders": {"A1": {"order_id": "A1", "status": "open"}}}',
    "wrong type": '{"orders": {"A1": {"order_id": "A1", "status": "open", "total": "12"}}}',
    "wrong key": '{"orders": {"A1": {"order_id": "A2", "status": "open", "total": 1}}}',
}


@pytest.mark.parametrize("text", BAD_STATES.values(), ids=BAD_STATES.keys())
def test_a_bad_database_is_refused_and_nothing_is_written(shop: Path, text: str) -> None:
    (shop / "db.json").write_text(text, encoding="utf-8")
    result = covec_run("replay", "shop.cove", "--state", "db.json", "--calls", "calls.jsonl", "-o", "out.jsonl")
    assert result.exit_code == 1
    assert "db.json" in result.stderr
    assert not (shop / "out.jsonl").exists()
    assert not list(shop.glob(".out*"))


def test_a_bad_line_is_refused_and_the_others_are_judged(shop: Path) -> None:
    good = json.dumps({"id": "good", "messages": MESSAGES})
    lines = [
        "{broken",
        good,
        '{"id": "x"}',
        '{"id": "y", "messages": [{"role": "wizard"}]}',
        '{"id": "good", "messages": []}',
    ]
    (shop / "talk.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = covec_run("verify", "shop.cove", "talk.jsonl", "--state", "db.json", "--format", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert len(rows) == 5
    assert [("error" in r) for r in rows] == [True, False, True, True, True]


def test_an_unknown_tool_in_calls_is_a_failed_call(shop: Path) -> None:
    (shop / "calls.jsonl").write_text(
        '{"id": "a", "calls": [{"name": "clsoe_order", "arguments": {}}]}\n', encoding="utf-8"
    )
    result = covec_run("replay", "shop.cove", "--state", "db.json", "--calls", "calls.jsonl", "--format", "json")
    assert json.loads(result.stdout.splitlines()[0])["calls"][0]["ok"] is False


def test_an_existing_output_is_kept(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "out.jsonl").write_text("mine", encoding="utf-8")
    args = ("replay", "shop.cove", "--state", "db.json", "--calls", "calls.jsonl", "-o", "out.jsonl")
    assert code_of(*args, monkeypatch=monkeypatch) == 2
    assert (shop / "out.jsonl").read_text(encoding="utf-8") == "mine"
    assert code_of(*args, "--force", monkeypatch=monkeypatch) == 0


@pytest.mark.parametrize(
    "args",
    [
        ("chekc", "shop.cove"),
        ("check",),
        ("check", "nowhere.cove"),
        ("verify", "shop.cove", "nowhere.jsonl"),
        ("check", "--frob", "shop.cove"),
    ],
)
def test_wrong_usage_is_two(shop: Path, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_of(*args, monkeypatch=monkeypatch) == 2


def test_without_a_database_what_results_reveal_is_known(shop: Path) -> None:
    talk = [
        *MESSAGES,
        call("close_order", {"order_id": "A1"}, "2"),
        {"role": "tool", "tool_call_id": "2", "content": "Error: Order is not open"},
    ]
    (shop / "talk.jsonl").write_text(json.dumps({"id": "t", "messages": talk}) + "\n", encoding="utf-8")
    result = covec_run("verify", "shop.cove", "talk.jsonl", "--format", "json")
    row = json.loads(result.stdout.splitlines()[0])
    assert not row["world"]["mismatches"]
    assert row["world"]["hash"] is None


def test_terminal_escapes_of_a_conversation_are_shown_not_sent(shop: Path) -> None:
    talk = [{"role": "user", "content": "hello \x1b[31mred\x1b[0m \u202e"}]
    (shop / "talk.jsonl").write_text(json.dumps({"id": "t\x1b[2J", "messages": talk}) + "\n", encoding="utf-8")
    result = covec_run("verify", "shop.cove", "talk.jsonl", "--state", "db.json", "--timeline")
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


def test_two_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Equivalent is 0, different is 1, open is 3; what cannot be read is told apart from all of them."""
    old, same, new, judged, broken = (tmp_path / f"{n}.cove" for n in ("old", "same", "new", "judged", "broken"))
    old.write_text(SHOP)
    same.write_text(SHOP.replace("looked: some (", "seen: not no (").replace("rule look_first", "rule first_look"))
    new.write_text(SHOP.replace("earlier ok call", "earlier call"))
    judged.write_text(SHOP + 'rule kind "Be kind." { judged }')
    broken.write_text(SHOP.replace("earlier", "early"))
    found = {path.stem: covec_run("diff", str(old), str(path)) for path in (old, same, new, judged, broken)}
    assert {n: r.exit_code for n, r in found.items()} == {"old": 0, "same": 0, "new": 1, "judged": 3, "broken": 1}
    assert found["same"].output.startswith("equivalent: NEW forbids just what OLD forbids (proved")
    assert found["new"].output.startswith("looser: ")
    assert "only a reader can tell" in found["judged"].output
    assert "unexpected" in found["broken"].output
    assert code_of("diff", str(old), str(tmp_path / "nothing.cove"), monkeypatch=monkeypatch) == 2
    target = tmp_path / "found.jsonl"
    assert covec_run("diff", str(old), str(new), "-o", str(target)).exit_code == 1
    assert json.loads(target.read_text().splitlines()[0])["relation"] == "looser"


def test_an_output_brings_its_folder_along(tmp_path):
    words = ["verify", str(EXAMPLES / "tea.cove"), str(EXAMPLES / "conversations.jsonl"), "-o"]
    place = tmp_path / "a" / "b" / "verdicts.jsonl"
    done = CliRunner().invoke(covec, [*words, str(place)])
    assert (done.exit_code, len(place.read_text().splitlines())) == (1, 3), done.output
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(covec, [*words, str(tmp_path / "file" / "x.jsonl")])
    assert done.exit_code == 2
    assert "cannot write" in done.output


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--scenario", "cancel_in_tiem"), "no scenario matches `cancel_in_tiem`; did you mean `cancel_in_time`?"),
        (("--rule", "cancl*"), "no rule matches `cancl*`"),
        (("--rows", "0"), "0 is not in the range x>=1"),
    ],
)
def test_solve_refuses_to_ask_nothing(args: tuple[str, ...], said: str) -> None:
    found = covec_run("solve", str(ROOT / "docs/examples/tea.cove"), *args)
    assert found.exit_code == 2
    assert said in found.output
    assert found.stdout == ""


def test_desks_of_different_worlds_are_compared() -> None:
    """What was so before a conversation is told of the tables that its world has."""
    found = covec_run("diff", *(str(ROOT / "docs/examples" / name) for name in ("tea.cove", "returns.cove")))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    assert found.exit_code == 1


def test_a_folder_in_the_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    code = code_of(
        "verify", *(str(ROOT / "docs/examples" / name) for name in ("tea.cove", "conversations.jsonl")),
        "-o", str(tmp_path), "--force", monkeypatch=monkeypatch,
    )  # fmt: skip
    assert code == 2
    assert f"error: {tmp_path}: Is a directory" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_the_signs_is_written_to_in_utf8(encoding):
    command = [sys.executable, "-m", "cove_dsl.tools.cli", "test", str(EXAMPLES / "tea.cove")]
    done = subprocess.run(
        command, capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": encoding}, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().startswith("✓ ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--neighbours", "--state", "x.json"), "--state does not go with --neighbours"),
        (("--as-tests", "--scenario", "*"), "--scenario does not go with --as-tests"),
        (("--rewards", "--rule", "*"), "--rule does not go with --rewards"),
        (("--state", "x.json", "--all-cores"), "--all-cores does not go with --state"),
    ],
)
def test_nothing_that_solve_is_asked_is_left_aside(words, said):
    done = CliRunner().invoke(covec, ["solve", str(EXAMPLES / "returns.cove"), *words])
    assert (done.exit_code, said in done.stderr) == (2, True)
