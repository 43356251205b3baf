"""The telecom desk against recorded reality: every sequence, every gold task, every compared end."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.backends.python.runtime.likeness import alike
from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.core.interpreter import Interpreter
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.pipeline import Compiler, module_files, specs_folder
from cove_dsl.source.files import spec_files
from cove_dsl.synthesis.scenes import scenes_of
from cove_dsl.world.conversations import CallSequence, Record, read_calls, read_records
from cove_dsl.world.generate import state_of
from cove_dsl.world.state import apply_start, diff_pointers, dumps
from cove_dsl.world.verify import verify_record
from tests.differential import recorded as shared
from tests.differential.recorded import Recorded

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def telecom(shared_data: Path) -> Recorded:
    return Recorded.of("telecom", shared_data)


class OneProcess:
    """The recording process: it has one VPN profile for all phones, which the first set-up of a slow VPN spoils."""

    def __init__(self) -> None:
        self.spoilt: Any = None

    def __call__(self, sequence: CallSequence) -> CallSequence:
        start = list(sequence.start or ())
        self.spoilt = self.spoilt or dict(start).get("/user/device/vpn_details")
        return evolve(sequence, start=[*start, ("/user/vpn_profile", self.spoilt)] if self.spoilt else start)


def test_every_recorded_sequence_is_replayed_exactly(telecom: Recorded) -> None:
    assert shared.check_sequences(telecom, OneProcess()) == 588


def test_the_reference_interpreter_gives_the_same(telecom: Recorded) -> None:
    path, prepare, count = telecom.folder / "transitions.jsonl", OneProcess(), 0
    for sequence, line in zip(read_calls(path), shared.lines(path), strict=True):
        assert isinstance(sequence, CallSequence)
        start = apply_start(telecom.world.inner, prepare(sequence).start)
        state = telecom.desk.program.schema.flat(state_of(start))
        interpreter = Interpreter(telecom.desk.spec, MemoryWorld(telecom.desk.spec, state))
        for call in line["calls"]:
            found = interpreter.call(call["name"], call["arguments"])
            assert found.ok is call["ok"], (sequence.id, call)
            assert alike(found.value if found.ok else found.text, call["result"]), (sequence.id, call)
            count += 1
    assert count == 2947


def test_gold_calls_leave_the_recorded_world(telecom: Recorded) -> None:
    """The benchmark runs gold without what follows each real call."""
    assert shared.check_gold_worlds(telecom, sync=False) == 74


def test_end_states_agree_with_the_benchmark(telecom: Recorded) -> None:
    assert shared.check_end_states(telecom, sync_plans=False) == 100


def test_rewards_agree_with_the_benchmark(telecom: Recorded) -> None:
    """Assertions, actions and how a conversation ended: the whole reward, recomputed for every record."""
    count = 0
    for file in telecom.conversations:
        for record, line in zip(read_records(file), shared.lines(file), strict=True):
            assert isinstance(record, Record)
            row = verify_record(telecom.desk.program, telecom.world.inner, record, frozenset())
            met = all(check["met"] for check in line["reward_info"]["env_assertions"])
            assert (row["outcome"]["asserted"] == "met") is met, record.id
            assert row["outcome"]["benchmark_reward"] == record.recorded_reward, record.id
            assert row["world"]["mismatches"] == [], record.id
            count += 1
    assert count == 100


def test_rules_know_what_the_world_shows(telecom: Recorded) -> None:
    """Where everything is known, only recognised language leaves a verdict open; every rule is seen in real talk."""
    seen: set[str] = set()
    for file in telecom.conversations:
        for record in read_records(file):
            assert isinstance(record, Record)
            for line in verify_record(telecom.desk.program, telecom.world.inner, record)["rules"]:
                assert line["verdict"] != "unknown" or line["basis"] in ("recogniser", "judge"), (record.id, line)
                seen |= {line["rule"]} if line["triggered"] else set()
    rules = telecom.desk.spec.rules.values()
    assert {r.name for r in rules if r.when != "judged"} == seen


def test_a_full_score_is_a_reward_without_a_fault(telecom: Recorded) -> None:
    """What the benchmark fails never scores 1; what it rewards does, unless a rule is broken or cannot be judged."""
    faults = 0
    for file in telecom.conversations:
        for record in read_records(file):
            assert isinstance(record, Record)
            row = verify_record(telecom.desk.program, telecom.world.inner, record)
            at_fault = {r["verdict"] for r in row["rules"] if r["severity"] == "error"} != {"satisfied"}
            assert (row["score"] == 1) is (record.recorded_reward == 1 and not at_fault), record.id
            faults += record.recorded_reward == 1 and at_fault
    assert faults == 9


def test_gold_that_is_followed_like_real_calls_finds_more_good_ends(telecom: Recorded) -> None:
    """With `sync` after gold calls too, ends count as reached in which the phone has noticed what the account did. The
    benchmark calls them different; none that it calls equal is lost."""
    found = [(state == "met", record.db_match) for record, state in shared.end_states(telecom)]
    assert sum(ours is theirs for ours, theirs in found) == 78
    assert (found.count((True, False)), found.count((False, True))) == (22, 0)


# How the specification says what the benchmark's set-up does; the others have the same name and arguments.
SET_UP = {
    "set_network_mode_preference": "prefer_network(only_2g)",
    "simulate_network_search": "search_network()",
    "lock_sim_card": "lock_sim_card(locked_pin)",
    "enable_roaming": None,
    "disable_roaming": None,
}


def set_up(call: dict[str, Any]) -> str:
    """A statement of `given` for a call of the benchmark's set-up, on the line that all its tasks are about."""
    name, arguments = call["func_name"], dict(call["arguments"])
    if name in ("enable_roaming", "disable_roaming"):
        return f"set line.roaming_enabled = {str(name == 'enable_roaming').lower()}"
    if name in SET_UP:
        return f"do {SET_UP[name]}"
    owned = arguments.pop("customer_id", None) is not None
    assert arguments.pop("line_id", "L1002") == "L1002"
    values = [v if k == "permission" else dumps(v) for k, v in arguments.items()]
    return f"do {name}({', '.join(['line'] * owned + values)})"


def test_the_set_up_of_every_task_makes_the_recorded_world(telecom: Recorded, shared_data: Path) -> None:
    tasks: Any = parse_json((shared_data / "telecom/tasks.train.json").read_text(encoding="utf-8"))
    starts = {g.id: [list(pair) for pair in g.start or ()] for g in shared.gold(telecom)}
    actions = [task["initial_state"]["initialization_actions"] for task in tasks]
    scenarios = [
        f"scenario set_up_{i} {{ pick line from lines  given {{ {' '.join(map(set_up, calls))} }}  goal nothing }}"
        for i, calls in enumerate(actions)
    ]
    path = specs_folder() / "telecom"
    files = [*spec_files(path), ("set_up.cove", "\n".join(scenarios).encode())]
    compiled = Compiler().compile(files, module_files(path))
    assert compiled.spec is not None, compiled.errors
    scenes = scenes_of(compiled.spec)
    for i, task in enumerate(tasks):
        world = telecom.world.inner.fork()
        sandbox = Sandbox(telecom.desk.program, world)
        given = scenes[f"set_up_{i}"].given
        assert given is not None
        given(sandbox, line_=world.own("lines", "L1002"))
        sandbox.settle()
        pairs = [[at, value] for at, value in diff_pointers(world, telecom.world.inner) if at != "/user/vpn_profile"]
        assert alike(applied(telecom, pairs), applied(telecom, starts[task["id"]])), task["id"]
    assert len(tasks) == 74


def applied(telecom: Recorded, pairs: list[list[Any]]) -> dict[str, Any]:
    return state_of(apply_start(telecom.world.inner, pairs))
