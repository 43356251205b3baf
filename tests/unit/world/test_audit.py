"""An audit finds each kind of flaw in a small benchmark, and nothing in a sound one."""

import json
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner

from cove_dsl.tools.cli import covec
from cove_dsl.tools.render_audit import kind_of, to_markdown
from cove_dsl.world.audit import Task, Times, audit, audit_task, stake_of
from cove_dsl.world.conversations import Gold, PlannedCall, Record
from cove_dsl.world.desk import World, load
from cove_dsl.world.program import program_of
from cove_dsl.world.verify import verify_record

TEA = Path(__file__).parents[3] / "docs" / "examples" / "tea.cove"
STATE = {
    "customers": {
        "ada": {
            "customer_id": "ada",
            "name": "Ada",
            "email": "ada@example.com",
            "wallet": {"v1": {"kind": "voucher", "id": "v1", "balance": 5}},
        }
    },
    "orders": {
        name: {
            "order_id": name,
            "customer_id": "ada",
            "placed": "2025-03-09T18:00:00+00:00",
            "status": status,
            "lines": [{"tea": "Assam", "grams": 250, "price": 12}],
            "paid_with": "v1",
        }
        for name, status in (("T1", "open"), ("T2", "sent"))
    },
}


@pytest.fixture(scope="module")
def tea():
    return load(str(TEA))


@pytest.fixture(scope="module")
def world(tea, tmp_path_factory):
    path = tmp_path_factory.mktemp("tea") / "db.json"
    path.write_text(json.dumps(STATE))
    return World.from_json(path, tea)


def cancel(order="T1", reason="changed my mind"):
    return PlannedCall("assistant", "cancel_order", {"order_id": order, "reason": reason})


def gold(*calls, said=()):
    return Gold(calls, said, ("DB", "COMMUNICATE"))


def kinds(tea, world, wanted, start=None):
    found = audit_task(program_of(tea.spec), world.inner, Task("t", wanted, start))
    return [(f.kind, f.where) for f in found]


def test_a_sound_task_has_no_findings(tea, world):
    assert kinds(tea, world, gold(cancel(), said=("12",))) == []


def test_a_gold_call_that_its_tool_refuses(tea, world):
    assert kinds(tea, world, gold(cancel(), cancel("T2"))) == [("gold_fails", "call 1: `cancel_order`")]


def test_a_task_that_pays_for_nothing(tea, world):
    assert kinds(tea, world, gold()) == [("pays_for_nothing", "the task")]
    assert kinds(tea, world, gold(said=("we are sorry",))) == []


def test_a_start_counts_as_the_task_s_own_world(tea, world):
    sent = [("/orders/T1/status", "sent")]
    assert [k for k, _ in kinds(tea, world, gold(cancel()), sent)] == ["gold_fails"]


def test_gold_that_breaks_a_rule_of_the_policy_alone(tmp_path, world):
    lax = TEA.read_text().replace(
        '  require order.status == open   else fail "Only open orders can be cancelled"\n', ""
    )
    assert lax != TEA.read_text()
    path = tmp_path / "lax.cove"
    path.write_text(lax)
    desk = load(str(path))
    found = list(audit_task(desk.program, world.inner, Task("t", gold(cancel("T2")))))
    assert [(f.kind, f.evidence) for f in found] == [("gold_breaks_rule", "only_open_orders")]


def talk(*events, reward=1, match=True, name="r", wanted=None):
    messages = [{"role": role, "content": text} for role, text in events if isinstance(text, str)]
    return Record(name, messages, gold=wanted or gold(cancel()), task_id="t", recorded_reward=reward, db_match=match,
                  termination="user_stop")  # fmt: skip


def test_a_run_is_held_against_what_was_recorded_of_it(tea, world):
    quiet = talk(("user", "Hello"), ("user", "###STOP###"), reward=1, match=True)
    found = audit(tea.program, world.inner, [], [quiet])
    (run,) = found.runs
    assert (run.state, run.recomputed, run.state_differs, run.reward_differs) == ("unmet", 0, True, True)
    assert run.unmet == ("a change was not made",)
    assert found.tasks == 1, "the run brings its task along"


def test_a_paid_run_that_broke_a_rule_is_named_with_its_place(tea, world):
    calls = [{"id": "c", "name": "cancel_order", "arguments": cancel().arguments}]
    shown = tea.sandbox(world).call("cancel_order", cancel().arguments)
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c", "content": json.dumps(shown.value, default=str)},
        {"role": "user", "content": "###STOP###"},
    ]
    record = Record("r", messages, gold=gold(cancel()), task_id="t", recorded_reward=1, db_match=True,
                    termination="user_stop")  # fmt: skip
    found = audit(tea.program, world.inner, [Task("t", gold(cancel()))], [record])
    (run,) = found.runs
    assert (run.state, run.paid, run.state_differs, run.reward_differs) == ("met", True, False, False)
    assert {(b.rule, b.message, b.blame) for b in run.breaches} >= {("identified_first", 1, "agent")}
    tally = {t.rule: t for t in found.rules}["identified_first"]
    assert (tally.triggered, tally.violated) == (1, 1)
    assert tally.times == Times(triggered=1, satisfied=0, violated=1, attempted=0, unknown=0)
    assert run.rules["identified_first"].violated == ((1, 0),)


def test_where_no_user_took_part_rules_about_words_are_left_out(tea, world):
    record = talk(("assistant", "Hello"), name="alone")
    judged = {r["rule"] for r in verify_record(tea.program, world.inner, record)["rules"]}
    alone = {r["rule"] for r in verify_record(tea.program, world.inner, evolve(record, solo=True))["rules"]}
    assert judged - alone == {"explicit_yes", "nothing_invented", "hand_over_line", "one_at_a_time", "reason_is_told"}
    assert alone >= {"identified_first", "own_orders", "only_open_orders"}


def test_a_write_recorded_otherwise_leaves_the_state_unknown(tea, world):
    calls = [{"id": "c", "name": "cancel_order", "arguments": cancel().arguments}]
    messages = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c", "content": '{"order_id": "T1", "status": "on hold"}'},
    ]
    record = Record("r", messages, gold=gold(cancel()), task_id="t", termination="user_stop")
    (run,) = audit(tea.program, world.inner, [], [record]).runs
    assert (run.state, run.recomputed) == ("unknown", None)
    assert [m["tool"] for m in run.mismatches] == ["cancel_order"]


def test_results_are_compared_however_calls_were_written_down(tea, world):
    order = '{"order_id": "T1", "status": "on hold"}'
    made = {"type": "tool_use", "id": "c", "name": "get_order", "input": {"order_id": "T1"}}
    came = {"type": "tool_result", "tool_use_id": "c", "content": order}
    blocks = [{"role": "assistant", "content": [made]}, {"role": "user", "content": [came]}]
    body = json.dumps({"name": "get_order", "arguments": {"order_id": "T1"}})
    told = [{"from": "function_call", "value": body}, {"from": "observation", "value": order}]
    for messages in (blocks, told):
        found = audit(tea.program, world.inner, [], [Record("r", messages)])
        assert [m["tool"] for m in found.runs[0].mismatches] == ["get_order"]
        assert found.calls == 1


@pytest.mark.parametrize(
    ("task", "why"),
    [
        (Task("t", gold(), [("/nowhere/x", 1)]), "leads nowhere"),
        (Task("t", Gold(assertions=[{"arguments": {}}])), "func_name"),
    ],
)
def test_a_task_that_cannot_be_judged_is_named_and_stops_no_other(tea, world, task, why):
    found = audit(tea.program, world.inner, [task, Task("fine", gold(said=("$5",)))], [])
    ((name, told),) = found.refused
    assert name == "t"
    assert why in told
    assert found.tasks == 2


def test_a_place_counts_once_as_the_worst_that_was_found_there():
    events = [
        {"message": 4, "call": 0, "verdict": "unknown"},
        {"message": 4, "call": 0, "verdict": "violated"},
        {"message": 4, "call": 0, "verdict": "violated"},
        {"message": 6, "verdict": "unknown"},
        {"message": 8, "call": 1, "verdict": "attempted"},
    ]
    stake = stake_of({"verdict": "violated", "triggered": 5, "events": events})
    assert (stake.violated, stake.attempted, stake.unknown) == (((4, 0),), ((8, 1),), ((6, None),))
    assert stake.satisfied == 2


@pytest.mark.parametrize(
    ("ours", "recorded", "kind"),
    [
        ("Order not found", "Error: order not found", "the same refusal, in other letters"),
        ("Order not found", "Error: nothing there", "refused for another reason"),
        ("Order not found", '{"id": "T1"}', "accepted there, refused here"),
        ({"id": "T1"}, "Error: order not found", "refused there, accepted here"),
        ({"id": "T1", "at": {"zip": "1", "state": "CA"}}, '{"id": "T1", "at": {"zip": "1", "province": "CA"}}',
         "other fields: `province`, `state`"),
        ({"rows": [{"price": 1}, {"price": 2}]}, '{"rows": [{"price": 1}, {"price": 3}]}', "other fields: `price`"),
        ([1, 2], "[1]", "another shape"),
    ],
)  # fmt: skip
def test_how_a_recorded_result_differs(ours, recorded, kind):
    assert kind_of({"expected": ours, "recorded": recorded}) == kind


def test_the_page_says_how_results_differ_and_why_runs_were_not_paid(tea, world):
    calls = [{"id": "c", "name": "cancel_order", "arguments": cancel().arguments}]
    messages = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c", "content": "Error: no such order"},
        {"role": "user", "content": "###STOP###"},
    ]
    strayed = Record("r", messages, gold=gold(cancel()), task_id="t", recorded_reward=0, termination="user_stop")
    idle = talk(("user", "Hello"), ("user", "###STOP###"), name="idle", reward=0, match=False)
    page = to_markdown(audit(tea.program, world.inner, [], [strayed, idle]))
    assert "| refused there, accepted here | `cancel_order` | 1 |" in page
    assert "| a change was not made | 1 |" in page


def test_the_command_writes_markdown_and_rows(tmp_path):
    state, tasks, runs = tmp_path / "db.json", tmp_path / "tasks.json", tmp_path / "runs.jsonl"
    state.write_text(json.dumps(STATE))
    criteria = {"actions": [], "communicate_info": [], "reward_basis": ["DB", "COMMUNICATE"]}
    tasks.write_text(json.dumps([{"id": "idle", "evaluation_criteria": criteria}]))
    runs.write_text(json.dumps({"id": "r", "task_id": "idle", "messages": [{"role": "user", "content": "Hi"}]}) + "\n")
    given = ["audit", str(TEA), str(runs), "--state", str(state), "--tasks", str(tasks)]
    text = CliRunner().invoke(covec, given)
    assert text.exit_code == 1
    assert "## tea" in text.output
    assert "`idle`" in text.output
    rows = CliRunner().invoke(covec, [*given, "--format", "json"])
    lines = [json.loads(line) for line in rows.stdout.splitlines() if line.startswith("{")]
    assert {row["kind_of_row"] for row in lines} == {"finding", "run", "rule"}


def test_a_record_that_cannot_be_read_is_shown_and_counts(tmp_path):
    state, runs = tmp_path / "db.json", tmp_path / "runs.jsonl"
    state.write_text(json.dumps(STATE))
    runs.write_text('{"id": "r", "messages": 3}\n')
    found = CliRunner().invoke(covec, ["audit", str(TEA), str(runs), "--state", str(state)])
    assert found.exit_code == 1
    assert "messages" in found.output


def test_a_record_that_cannot_be_judged_is_named(tmp_path):
    state, runs = tmp_path / "db.json", tmp_path / "runs.jsonl"
    state.write_text(json.dumps(STATE))
    runs.write_text('{"id": "odd", "messages": [{"role": "wizard", "content": "x"}]}\n')
    found = CliRunner().invoke(covec, ["audit", str(TEA), str(runs), "--state", str(state)])
    assert found.exit_code == 1
    assert "not judged: odd: message 0" in found.stderr


def test_the_command_says_what_it_cannot_read(tmp_path):
    given = ["audit", str(TEA), "--state", str(tmp_path / "none.json"), "--tasks", str(tmp_path / "none.json")]
    found = CliRunner().invoke(covec, given)
    assert found.exit_code == 2
    assert "cannot read" in found.output
