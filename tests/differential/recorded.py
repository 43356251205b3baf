"""Desks against recorded reality: what the tests of every desk share.

In: a bundled desk and the benchmark's files for it (`db.json`, `transitions.jsonl`, `gold.train.jsonl`,
`tasks.train.json`). Each `check_…` function asserts one agreement and returns how often it was looked at.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.backends.python.runtime.likeness import alike
from cove_dsl.world.conversations import CallSequence, PlannedCall, Record, read_calls, read_records
from cove_dsl.world.desk import Desk, Report, World, load
from cove_dsl.world.replay import replay
from cove_dsl.world.state import dumps
from cove_dsl.world.verify import verify_record

Calls = list[dict[str, Any]]


@frozen
class Recorded:
    """A desk, the benchmark's world for it, and where the benchmark's files lie."""

    desk: Desk
    world: World
    folder: Path

    @classmethod
    def of(cls, name: str, shared: Path) -> "Recorded":
        desk = load(name)
        return cls(desk, World.from_json(shared / name / "db.json", desk), shared / name)

    @property
    def conversations(self) -> list[Path]:
        return sorted(self.folder.parent.glob(f"trajectories/{self.folder.name}-*.jsonl"))


@frozen
class Gold:
    """A task with the calls that the benchmark holds to be right, whether each succeeds, and what they change."""

    id: str
    calls: Calls
    diff: list[list[Any]]
    task: dict[str, Any]
    start: list[tuple[str, Any]] | None = None


def lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield parse_json(line)


def gold(recorded: Recorded) -> list[Gold]:
    text = (recorded.folder / "tasks.train.json").read_text(encoding="utf-8")
    tasks = {t["id"]: t for t in parse_json(text)}  # type: ignore[union-attr]
    found = lines(recorded.folder / "gold.train.jsonl")
    return [Gold(g["id"], g["calls"], g["diff"], {"task": tasks[g["id"]]}, g.get("start")) for g in found]


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


def as_recorded(sequence: CallSequence) -> CallSequence:
    return sequence


def check_sequences(recorded: Recorded, prepare: Callable[[CallSequence], CallSequence] = as_recorded) -> int:
    """Every recorded call sequence gives the recorded results, errors and end state. `prepare` adds to a sequence what
    its record does not show."""
    file, count = recorded.folder / "transitions.jsonl", 0
    sequences = [prepare(s) for s in read_calls(file) if isinstance(s, CallSequence)]
    for sequence, line in zip(sequences, lines(file), strict=True):
        row = replay(recorded.desk.program, recorded.world.inner, sequence)
        for made, call in zip(row["calls"], line["calls"], strict=True):
            assert made["ok"] is call["ok"], (row["id"], call, made)
            assert alike(made["result"], call["result"]), (row["id"], call, made)
        assert same_leaves(row["diff"], line["diff"]), row["id"]
        count += 1
    return count


def check_gold_worlds(recorded: Recorded, sync: bool = True) -> int:
    """Every task's gold calls succeed and fail as recorded, and leave the recorded world."""
    found = gold(recorded)
    for task in found:
        calls = tuple(PlannedCall(c.get("requestor", "assistant"), c["name"], c["arguments"]) for c in task.calls)
        row = replay(recorded.desk.program, recorded.world.inner, CallSequence(task.id, calls, task.start), sync)
        assert [c["ok"] for c in row["calls"]] == [c["ok"] for c in task.calls], task.id
        assert same_leaves(row["diff"], task.diff), task.id
    return len(found)


def conversation(recorded: Recorded, calls: Calls) -> tuple[list[dict[str, Any]], list[bool | None]]:
    """The calls as a bare conversation with the sandbox's own results."""
    sandbox = recorded.desk.sandbox(recorded.world)
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


def judged(recorded: Recorded, calls: Calls, task: dict[str, Any]) -> tuple[Report, list[bool | None]]:
    messages, oks = conversation(recorded, calls)
    return recorded.desk.verify(messages, recorded.world, task), oks


def check_gold_goals(recorded: Recorded) -> int:
    """A task's gold calls meet the task, and the sandbox gives what it gave."""
    found = gold(recorded)
    for task in found:
        report, _ = judged(recorded, task.calls, task.task)
        assert report.outcome["state"] == "met", task.id
        assert not report.data["world"]["mismatches"], task.id
    return len(found)


def check_gold_keeps_contracts(recorded: Recorded) -> Counter[str]:
    """Gold calls break no rule over the world and one call alone. Gives back how often each such rule was judged."""
    counts: Counter[str] = Counter()
    for task in gold(recorded):
        report, _ = judged(recorded, task.calls, task.task)
        for rule in report.rules:
            if rule["basis"] == "contract" and rule["triggered"]:
                counts[rule["rule"]] += 1
                assert rule["verdict"] == "satisfied", (task.id, rule["rule"])
    return counts


def check_damages(recorded: Recorded, without_effect: Mapping[str, str]) -> Counter[str]:
    """A write left out, changed in one argument, or made twice is noticed. Gives back how often what was found.

    `without_effect` names, with a reason each, the tasks whose gold holds writes that can be missed.
    """
    counts: Counter[str] = Counter()
    for task in gold(recorded):
        for i, call in enumerate(task.calls):
            if call["name"] in recorded.desk.spec.writes():
                counts += _damages_to(recorded, task, i, task.id in without_effect)
    return counts


def _damages_to(recorded: Recorded, task: Gold, at: int, lenient: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    before, call, after = task.calls[:at], task.calls[at], task.calls[at + 1 :]
    report, _ = judged(recorded, before + after, task.task)
    counts[f"drop {report.outcome['state']}"] += 1
    assert report.outcome["state"] == "unmet" or lenient, (task.id, call)
    for argument, value in call["arguments"].items():
        other = {**call, "arguments": {**call["arguments"], argument: damaged(value)}}
        report, _ = judged(recorded, [*before, other, *after], task.task)
        counts[f"argument {report.outcome['state']}"] += 1
        assert report.outcome["state"] == "unmet" or lenient, (task.id, other)
    report, oks = judged(recorded, [*before, call, call, *after], task.task)
    found = "error" if oks[at + 1] is False else "redundant" if report.outcome["redundant"] else report.outcome["state"]
    counts[f"double {found}"] += 1
    assert found != "met" or lenient, (task.id, call)
    assert found == "error" or report.score is None or report.score < 1, (task.id, call)
    return counts


def damaged(value: Any) -> Any:
    """Another value of the same shape."""
    if isinstance(value, str):
        return value + "9"
    if isinstance(value, list):
        return value[:-1] if len(value) > 1 else [f"{value[0]}9"] if value else ["x"]
    return value + 1


def check_end_states(recorded: Recorded, sync_plans: bool = True) -> int:
    """The literal end state against gold's, wherever the benchmark's own verdict is recorded."""
    count = 0
    for record, state in end_states(recorded, sync_plans):
        assert (state == "met") is record.db_match, record.id
        count += 1
    return count


def end_states(recorded: Recorded, sync_plans: bool = True) -> Iterator[tuple[Record, str]]:
    """The records whose end the benchmark compared, and what we say of it."""
    for record in _records(recorded):
        if record.db_match is not None:
            row = verify_record(recorded.desk.program, recorded.world.inner, record, frozenset(), sync_plans)
            yield record, row["outcome"]["state"]


def check_rewards(recorded: Recorded) -> Counter[str]:
    """The benchmark's reward worked out anew, wherever it is recorded and no reader is needed: `same` and `other`."""
    counts: Counter[str] = Counter()
    for record in _records(recorded):
        row = verify_record(recorded.desk.program, recorded.world.inner, record, frozenset())
        found = (row.get("outcome") or {}).get("benchmark_reward")
        if record.recorded_reward is not None and found is not None:
            counts["same" if found == record.recorded_reward else "other"] += 1
    return counts


def mismatches(recorded: Recorded) -> list[dict[str, Any]]:
    """What recorded tools gave and the desk's own do not, in conversations with the benchmark's present environment."""
    rows = (
        verify_record(recorded.desk.program, recorded.world.inner, record, frozenset())
        for record in _records(recorded)
        if record.bench == "tau2"
    )
    return [found for row in rows for found in row["world"]["mismatches"]]


def _records(recorded: Recorded) -> Iterator[Record]:
    for file in recorded.conversations:
        yield from (record for record in read_records(file) if isinstance(record, Record))
