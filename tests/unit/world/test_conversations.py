"""Files of conversations and calls are read record by record, and a bad record never stops the others."""

import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.world import splitting
from cove_dsl.world.conversations import (
    CallSequence,
    Gold,
    PlannedCall,
    Record,
    Refusal,
    TasksError,
    read_calls,
    read_records,
    read_tasks,
)

HELLO = [{"role": "user", "content": "hello"}]
LEND = PlannedCall("assistant", "lend", {"book": "B1"})
TASK = {
    "id": "t1",
    "evaluation_criteria": {
        "actions": [{"action_id": "x", "name": "lend", "arguments": {"book": "B1"}}],
        "communicate_info": ["4.50"],
        "env_assertions": [{"func_name": "assert_lent", "arguments": {}}],
        "nl_assertions": None,
        "reward_basis": ["DB", "COMMUNICATE"],
    },
}
GOLD = Gold((LEND,), ("4.50",), ("DB", "COMMUNICATE"), [{"func_name": "assert_lent", "arguments": {}}])
RUN = {
    "task_id": 3,
    "trial": 1,
    "reward": 0.5,
    "info": {"task": {"actions": [{"name": "lend", "kwargs": {"book": "B1"}}], "outputs": ["4.50"]}},
    "traj": HELLO,
}
SIMULATION = {
    "id": "s1",
    "task_id": "t1",
    "messages": HELLO,
    "reward_info": {"reward": 1.0, "db_check": {"db_match": True, "db_reward": 1.0}},
    "termination_reason": "user_stop",
}


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "input"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def line(**fields):
    return json.dumps({"id": "r1", "messages": HELLO} | fields) + "\n"


def read_one(path, **options):
    (record,) = read_records(path, **options)
    return record


# --- the three shapes -------------------------------------------------------------------------------------------------


def test_lines(write):
    start = [["/books/B1/lent", False], ["/fee", 1.5]]
    text = line(start=start, task=TASK, task_id=7, reward=1.0, cove={"seed": 1}, bench="tau2", solo=True, extra=[{}])
    assert read_one(write("\ufeff" + text)) == Record(
        "r1",
        HELLO,
        start=[("/books/B1/lent", False), ("/fee", Decimal("1.5"))],
        gold=GOLD,
        task_id="7",
        recorded_reward=Decimal("1.0"),
        cove={"seed": 1},
        bench="tau2",
        solo=True,
        line=1,
    )


@pytest.mark.parametrize("indent", [None, 2])
def test_a_results_file_of_tau_bench(write, indent):
    first, second = read_records(write(json.dumps([RUN, RUN | {"trial": 2}], indent=indent)))
    assert (first.id, second.id, first.task_id, first.bench) == ("3-1", "3-2", "3", "tau1")
    assert first.gold == Gold((LEND,), ("4.50",))
    assert first.recorded_reward == Decimal("0.5")
    assert (first.line, second.line) == (
        (1, 1) if indent is None else (2, 2 + len(json.dumps(RUN, indent=2).splitlines()))
    )


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("tasks_first", [True, False])
def test_a_simulations_file_of_tau2_bench(write, indent, tasks_first):
    members = {"info": {"simulations": [1], "a": "[{"}, "tasks": [TASK], "simulations": [SIMULATION], "n": 1}
    members = members if tasks_first else dict(reversed(members.items()))
    record = read_one(write(json.dumps(members, indent=indent)))
    assert (record.id, record.gold, record.bench, record.termination) == ("s1", GOLD, "tau2", "user_stop")
    assert (record.db_match, record.recorded_reward) == (True, 1)


def test_shapes_are_told_apart_in_any_chunks(write, monkeypatch):
    content = json.dumps({"tasks": [TASK], "simulations": [SIMULATION | {"note": 'a\\"]}'}]})
    for size in (1, 2, 3, 7, 64):
        monkeypatch.setattr(splitting, "_CHUNK", size)
        record = read_one(write(content))
        assert (record.id, record.gold) == ("s1", GOLD)


def test_an_empty_file_holds_no_records(write):
    for content in ("", "\n \n", "[]", '{"simulations": [], "tasks": []}'):
        assert list(read_records(write(content))) == []


# --- gold -------------------------------------------------------------------------------------------------------------


def test_gold_is_taken_from_task_then_gold_actions_then_tasks(write):
    actions = [{"requestor": "user", "name": "wait", "arguments": {}}]
    wait = Gold((PlannedCall("user", "wait", {}),))
    known = {"t1": GOLD}
    assert read_one(write(line(task=TASK, gold_actions=actions, task_id="t1")), tasks={"t1": wait}).gold == GOLD
    assert read_one(write(line(gold_actions=actions, task_id="t1")), tasks=known).gold == wait
    assert read_one(write(line(gold_actions=[], outputs=["5"])), tasks=known).gold == Gold((), ("5",))
    assert read_one(write(line(task_id="t1")), tasks=known).gold == GOLD
    assert read_one(write(line(task_id="t2")), tasks=known).gold is None
    assert read_one(write(line(task={"id": "t2"}))).gold is None


def test_tasks_are_read_from_an_array_or_a_member(write):
    silent = {"id": 2, "evaluation_criteria": None}
    assert read_tasks(write(json.dumps([TASK, silent], indent=1))) == {"t1": GOLD}
    assert read_tasks(write(json.dumps({"info": {}, "tasks": [TASK]}))) == {"t1": GOLD}


def test_bad_tasks_name_the_place(write):
    bad = {"id": "t2", "evaluation_criteria": {"actions": [{"name": "lend"}]}}
    with pytest.raises(TasksError) as caught:
        read_tasks(write(json.dumps([TASK, bad], indent=0)))
    problem = caught.value.problem
    assert (problem.record, problem.field) == ("t2", "evaluation_criteria.actions[0].arguments")
    with pytest.raises(TasksError, match="earlier record"):
        read_tasks(write(json.dumps([TASK, TASK])))


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "record", "field", "reason"),
    [
        ("nonsense", None, None, "not JSON"),
        ('{"id": "x", "messages": [', None, None, "not JSON"),
        ('{"id": "x", "messages": [NaN]}', None, None, "`NaN` is not a number"),
        ('{"id": "x", "id": "y", "messages": []}', None, None, "given twice"),
        ("[1]", None, None, "must be a JSON object"),
        ("[" * 100_000, None, None, "nested deeper"),
        (b'{"id": "\xff"}', None, None, "byte 9 is 0xff"),
        ('{"messages": []}', None, "id", "`id` is missing"),
        ('{"id": true, "messages": []}', None, "id", "must be a text"),
        ('{"id": " ", "messages": []}', None, "id", "not blank"),
        (json.dumps({"id": "x" * 1001, "messages": []}), None, "id", "longer than 1000"),
        ('{"id": "x"}', "x", "messages", "is missing"),
        ('{"id": "x", "messages": {}}', "x", "messages", "must be a list"),
        (line(id="x", start=[["a", 1]]), "x", "start[0]", "JSON pointer"),
        (line(id="x", start=[["/a", 1], ["/b"]]), "x", "start[1]", "JSON pointer"),
        (line(id="x", task="t"), "x", "task", "must be an object"),
        (line(id="x", gold_actions=[{"name": 1}]), "x", "gold_actions[0].name", "must be a text"),
        (line(id="x", gold_actions=[{"arguments": {}}]), "x", "gold_actions[0].name", "name of a tool"),
        (line(id="x", gold_actions=["f"]), "x", "gold_actions[0]", "must be an object"),
        (line(id="x", cove=[]), "x", "cove", "must be an object"),
        (line(id="x", reward="1"), "x", "reward", "must be a number"),
        (
            line(id="x", reward_info={"db_check": {"db_match": 1}}),
            "x",
            "reward_info.db_check.db_match",
            "true or false",
        ),
        (line(id="good"), "good", "id", "earlier record"),
    ],
)
def test_a_bad_line_is_refused_and_the_others_are_read(write, bad, record, field, reason):
    bad = bad if isinstance(bad, bytes) else bad.encode()
    path = write(line(id="good").encode() + b"\r\n" + bad.strip() + b"\n" + line(id="last").encode())
    good, refusal, last = read_records(path)
    assert (good.id, last.id, last.line) == ("good", "last", 4)
    problem = refusal.problem
    assert (refusal.id, problem.record, problem.field) == (record, record, field)
    assert (problem.code, problem.path, problem.line) == ("bad-record", str(path), 3)
    assert reason in problem.message


@pytest.mark.parametrize("bad", ["[1]", "nonsense", '{"id": 1', "[" * 1000, '{"messages": 3', "{}", '"'])
def test_a_bad_first_line_is_refused_alone(write, bad):
    refusal, good = read_records(write(bad + "\n" + line()))
    assert (refusal.problem.line, good.id, good.line) == (1, "r1", 2)


def test_a_line_beyond_the_limit_is_refused(write):
    refusal, good = read_records(write(line(id="x", pad="y" * 3_000_000) + line()), limit=100)
    assert "longer than 100 bytes" in refusal.problem.message
    assert good.id == "r1"
    exact = line().rstrip("\n")
    assert isinstance(read_one(write(exact), limit=len(exact)), Record)
    assert isinstance(read_one(write(exact), limit=len(exact) - 1), Refusal)


def test_bad_elements_of_an_array_are_refused_alone(write):
    content = "[" + ",\n".join([json.dumps(RUN), '{"traj": NaN}', "7", json.dumps(RUN), json.dumps(RUN | {"trial": 9})])
    *read, end = read_records(write(content))
    assert [item.id for item in read] == ["3-1", None, None, "3-1"]
    assert [isinstance(item, Record) for item in read] == [True, False, False, False]
    assert "the file ends inside" in end.problem.message
    first, refusal = read_records(write(json.dumps([RUN, RUN | {"trial": 2, "pad": "y" * 900}])), limit=400)
    assert (first.id, "longer than 400" in refusal.problem.message) == ("3-1", True)


def test_what_follows_an_array_is_refused(write):
    first, refusal = read_records(write(json.dumps([RUN]) + "\n[]"))
    assert (first.id, "something follows" in refusal.problem.message) == ("3-1", True)


def test_a_bad_task_in_a_simulations_file_is_refused_alone(write):
    tasks = [{"id": "t0", "evaluation_criteria": 1}, TASK]
    refusal, record = read_records(write(json.dumps({"tasks": tasks, "simulations": [SIMULATION]})))
    assert (refusal.id, refusal.problem.field, record.gold) == ("t0", "evaluation_criteria", GOLD)


pieces = st.sampled_from(
    [
        *'{}[]",:\\\n \ufeff',
        '"id"',
        '"messages"',
        '"simulations"',
        '"tasks"',
        '"traj"',
        "1",
        "NaN",
        line(),
        json.dumps(RUN),
    ]
)


@given(st.lists(pieces, max_size=20).map("".join).map(str.encode) | st.binary(max_size=40))
def test_no_file_raises(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    for item in [*read_records(path, limit=200), *read_calls(path)]:
        assert isinstance(item, Record | CallSequence | Refusal)
    with suppress(TasksError):
        read_tasks(path)


# --- calls ------------------------------------------------------------------------------------------------------------


def test_calls(write):
    calls = [{"name": "lend", "arguments": {"book": "B1"}}, {"requestor": "user", "name": "wait", "arguments": {}}]
    lines = [
        {"id": "c1", "start": [], "calls": calls, "diff": []},
        {"id": "c2", "calls": [{"name": "x"}]},
        {"id": "c3"},
    ]
    good, wrong, missing = read_calls(write("\n".join(map(json.dumps, lines))))
    assert good == CallSequence("c1", (LEND, PlannedCall("user", "wait", {})), [], 1)
    assert (wrong.id, wrong.problem.field) == ("c2", "calls[0].arguments")
    assert (missing.id, missing.problem.field) == ("c3", "calls")


# --- recorded data ----------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_all_recorded_data_is_read(shared_data):
    counts = Counter()
    for path in sorted(shared_data.glob("trajectories/*.jsonl")):
        for record in read_records(path):
            assert isinstance(record, Record), record
            trajectory = read_trajectory(record.messages)
            calls = [event for event in trajectory.events if event.kind == "call"]
            assert all(call.ok is not None and not call.malformed for call in calls)
            counts += Counter(records=1, events=len(trajectory.events), calls=len(calls))
            counts += Counter(failed=sum(not call.ok for call in calls), stopped=trajectory.ended is not None)
            counts += Counter(gold=record.gold is not None, db_match_known=record.db_match is not None)
    for path in sorted(shared_data.glob("*/transitions.jsonl")):
        for sequence in read_calls(path):
            assert isinstance(sequence, CallSequence), sequence
            counts += Counter(sequences=1, sequence_calls=len(sequence.calls))
    for path in sorted(shared_data.glob("*/tasks.train.json")):
        counts += Counter(tasks=len(read_tasks(path)))
    print(dict(counts))
    assert (counts["records"], counts["gold"], counts["db_match_known"]) == (709, 709, 503)
    assert (counts["sequences"], counts["tasks"]) == (2788, 178)


# --- files of another shape -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps({"id": "a", "messages": HELLO}, indent=1), "in a line of its own (JSON Lines)"),
        (json.dumps(HELLO * 3), "these are messages"),
        (json.dumps([HELLO, HELLO]), "these are messages"),
        ("\n".join(json.dumps(m) for m in HELLO * 3), "these are messages"),
        ('{"from": "human", "value": "hi"}\n{"from": "gpt", "value": "hello"}', "these are messages"),
    ],
)
def test_a_file_of_another_shape_is_refused_once(write, content, said):
    (refusal,) = read_records(write(content))
    assert isinstance(refusal, Refusal)
    assert said in refusal.problem.message


def test_messages_under_another_name_are_pointed_at(write):
    (refusal,) = read_records(write(json.dumps({"id": "a", "dialogue": HELLO})))
    assert refusal.problem.message == "`messages` is missing; is that what stands under `dialogue`?"


def test_sharegpt_is_read(write):
    said = [{"from": "human", "value": "hello"}, {"from": "gpt", "value": "hi"}]
    (record,) = read_records(write(json.dumps({"id": "a", "conversations": said})))
    assert [(e.role, e.text) for e in read_trajectory(record.messages).events] == [("user", "hello"), ("agent", "hi")]
