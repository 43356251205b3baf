"""The retail desk against recorded reality: every sequence, every gold task, and every small damage to a gold task."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cove_dsl.backends.python.runtime.engine import alike
from cove_dsl.backends.python.runtime.events import parse_json
from cove_dsl.world.conversations import CallSequence, read_calls, read_records
from cove_dsl.world.desk import Desk, Report, World, load
from cove_dsl.world.replay import replay
from cove_dsl.world.state import diff_pointers, dumps
from cove_dsl.world.verify import verify_record

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load("retail")


@pytest.fixture(scope="module")
def retail(shared_data: Path) -> Path:
    return shared_data / "retail"


@pytest.fixture(scope="module")
def world(desk: Desk, retail: Path) -> World:
    return World.from_json(retail / "db.json", desk)


def lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield parse_json(line)


def leaves(pairs: list[list[Any]]) -> dict[str, Any]:
    """Pointers to leaves: a value may be a whole subtree; null also stands for absent."""
    found: dict[str, Any] = {}
    stack = [(p, v) for p, v in pairs]
    while stack:
        at, value = stack.pop()
        if isinstance(value, dict) and value:
            stack += [(f"{at}/{k.replace('~', '~0').replace('/', '~1')}", v) for k, v in value.items()]
        elif isinstance(value, list) and value:
            stack += [(f"{at}/{i}", v) for i, v in enumerate(value)]
        elif value is not None:
            found[at] = value
    return found


def same_leaves(a: list[list[Any]], b: list[list[Any]]) -> bool:
    one, two = leaves(a), leaves(b)
    return one.keys() == two.keys() and all(alike(one[k], two[k]) for k in one)


def test_every_recorded_sequence_is_replayed_exactly(desk: Desk, world: World, retail: Path) -> None:
    count = 0
    sequences = [s for s in read_calls(retail / "transitions.jsonl") if isinstance(s, CallSequence)]
    for sequence, recorded in zip(sequences, lines(retail / "transitions.jsonl"), strict=True):
        row = replay(desk.program, world.inner, sequence)
        for made, call in zip(row["calls"], recorded["calls"], strict=True):
            assert made["ok"] is call["ok"], (row["id"], call)
            assert alike(made["result"], call["result"]), (row["id"], call)
        assert same_leaves(row["diff"], recorded["diff"]), row["id"]
        count += 1
    assert count == 1200


def gold(retail: Path) -> list[tuple[str, list[dict[str, Any]], list[list[Any]], dict[str, Any]]]:
    tasks = {t["id"]: t for t in parse_json((retail / "tasks.train.json").read_text(encoding="utf-8"))}  # type: ignore[union-attr]
    return [(g["id"], g["calls"], g["diff"], {"task": tasks[g["id"]]}) for g in lines(retail / "gold.train.jsonl")]


def test_gold_calls_leave_the_recorded_world(desk: Desk, world: World, retail: Path) -> None:
    found = gold(retail)
    assert len(found) == 74
    for name, calls, diff, _ in found:
        sandbox = desk.sandbox(world)
        assert [sandbox.call(c["name"], c["arguments"]).ok for c in calls] == [c["ok"] for c in calls], name
        assert same_leaves(diff_pointers(sandbox.world, world.inner), diff), name


def conversation(
    desk: Desk, world: World, calls: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[bool | None]]:
    """The calls as a bare conversation with the sandbox's own results."""
    sandbox = desk.sandbox(world)
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Hello."}]
    oks = []
    for i, call in enumerate(calls):
        result = sandbox.call(call["name"], call["arguments"])
        oks.append(result.ok)
        text = result.value if isinstance(result.value, str) else dumps(result.value)
        function = {"name": call["name"], "arguments": call["arguments"]}
        messages.append(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": str(i), "type": "function", "function": function}],
            }
        )
        messages.append({"role": "tool", "tool_call_id": str(i), "content": text if result.ok else f"Error: {text}"})
    return messages, oks


def judged(
    desk: Desk, world: World, calls: list[dict[str, Any]], task: dict[str, Any]
) -> tuple[Report, list[bool | None]]:
    messages, oks = conversation(desk, world, calls)
    return desk.verify(messages, world, task), oks


def test_gold_meets_its_own_goal(desk: Desk, world: World, retail: Path) -> None:
    for name, calls, _, task in gold(retail):
        report, _ = judged(desk, world, calls, task)
        assert report.outcome["state"] == "met", name
        assert not report.data["world"]["mismatches"], name


# Gold that contains writes without effect: dropping or changing one of them changes nothing.
NO_OP_GOLD = {
    "22": "the default address is changed and changed back: the last write counts",
    "110": "an address is written that the profile already holds",
    "105": "the gold exchange itself fails, so no variation of it changes anything",
}


def damaged(value: Any) -> Any:
    if isinstance(value, str):
        return value + "9"
    return value[:-1] if len(value) > 1 else [f"{value[0]}9"] if value else ["x"]


def test_every_damage_to_gold_is_noticed(desk: Desk, world: World, retail: Path) -> None:
    writes = desk.spec.writes()
    counts: Counter[tuple[str, str]] = Counter()
    for name, calls, _, task in gold(retail):
        for i, call in enumerate(calls):
            if call["name"] not in writes:
                continue
            report, _ = judged(desk, world, calls[:i] + calls[i + 1 :], task)
            counts["drop", report.outcome["state"]] += 1
            assert report.outcome["state"] == "unmet" or name in NO_OP_GOLD
            for argument, value in call["arguments"].items():
                other = {**call, "arguments": {**call["arguments"], argument: damaged(value)}}
                report, _ = judged(desk, world, [*calls[:i], other, *calls[i + 1 :]], task)
                counts["argument", report.outcome["state"]] += 1
                assert report.outcome["state"] == "unmet" or name in NO_OP_GOLD
            report, oks = judged(desk, world, [*calls[: i + 1], call, *calls[i + 1 :]], task)
            counts["double", "redundant" if report.outcome["redundant"] else "error"] += 1
            assert report.outcome["redundant"] or oks[i + 1] is False, name
            assert report.score is None or report.score < 1
    print(json.dumps({" ".join(k): n for k, n in sorted(counts.items())}))
    assert sum(counts.values()) > 600


def test_end_states_agree_with_the_benchmark(desk: Desk, world: World, shared_data: Path) -> None:
    """The literal end state against gold's, wherever the benchmark's own verdict is recorded."""
    count = 0
    for file in sorted(shared_data.glob("trajectories/retail-*.jsonl")):
        for record in read_records(file):
            if getattr(record, "db_match", None) is not None:
                row = verify_record(desk.program, world.inner, record, frozenset())  # type: ignore[arg-type]
                assert (row["outcome"]["state"] == "met") is record.db_match, row["id"]  # type: ignore[union-attr]
                count += 1
    assert count >= 154
