"""One meaning, five machines: what the reference says of a conversation, and what is generated from a desk says.

A `Pair` is a desk and a conversation over a database. `disagreement` runs it through the reference judge, the generated
checker, the monitor, the standalone module and, call by call, the sandbox; it gives back the first difference, or None.
"""

import random
from copy import deepcopy
from fractions import Fraction
from functools import cache
from typing import Any

from attrs import define, frozen

from cove_dsl.backends.python.emit import checker_source, module_source, program_source, runtime_source
from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.python.runtime.likeness import alike
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.report import verify_conversation, walk_through
from cove_dsl.backends.python.runtime.sandbox import Program, Sandbox
from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.backends.python.runtime.values import UNKNOWN as RUNTIME_UNKNOWN
from cove_dsl.backends.python.runtime.values import is_number
from cove_dsl.backends.python.runtime.world import World
from cove_dsl.core import judge as court
from cove_dsl.core.interpreter import Interpreter, UnknownEffect
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.spec import Spec
from cove_dsl.core.values import holds_unknown
from cove_dsl.pipeline import Compiler
from cove_dsl.world.desk import Monitor

from .retelling import retold
from .strategies import KEYS, Filler, fill_state, some_call, speak
from .wider import writer_of

Messages = list[dict[str, Any]]
FAR = 1000  # beyond the seeds that a test takes
TRIES = 5
DUTIES = ("then", "nothing", "never", "eventually")


@define
class Desk:
    """A specification in every form."""

    text: str
    spec: Spec
    program: Program


@frozen
class Pair:
    desk: Desk
    state: dict[str, Any] | None
    full: dict[str, Any]
    messages: Messages
    calls: list[tuple[str, dict[str, Any]]]


@frozen
class Seen:
    """What the reference made of a pair."""

    judgements: list[court.Judgement]

    @property
    def trivial(self) -> bool:
        return not self.judgements


# --- making pairs -----------------------------------------------------------------------------------------------------


def compiled(text: str) -> Spec | None:
    found = Compiler().compile([("desk.cove", text.encode())], {})
    return None if found.errors else found.spec


def program_from(source: str) -> Program:
    names: dict[str, Any] = {"__name__": "desk"}
    exec(compile(source, "<desk>", "exec"), names)
    return names["PROGRAM"]  # type: ignore[no-any-return]


def make_desk(seed: int) -> Desk | None:
    """A desk from a seed; None where chance wrote one that is not well typed."""
    return desk_of(writer_of(seed).desk())


def desk_of(text: str) -> Desk | None:
    """A desk as it is written; None if it is not well typed."""
    spec = compiled(text)
    return None if spec is None else Desk(text, spec, program_from(module_source(spec)))


def some_desk(seed: int) -> Desk:
    """A desk from a seed, or where chance wrote none there, which is rare, from another far away."""
    found = next(filter(None, map(make_desk, range(seed, seed + TRIES * FAR, FAR))), None)
    assert found is not None, f"chance wrote no desk at {seed} {TRIES} times over"
    return found


def make_pair(desk: Desk, seed: int) -> Pair:
    dice = random.Random(seed)
    full = fill_state(desk.spec, dice)
    state = full if dice.random() < 0.75 else None
    messages, calls = converse(desk, full, dice)
    return Pair(desk, state, full, messages, calls)


def converse(
    desk: Desk, full: dict[str, Any], dice: random.Random
) -> tuple[Messages, list[tuple[str, dict[str, Any]]]]:
    """A conversation whose results are mostly the sandbox's own."""
    sandbox = Sandbox(desk.program, open_world(desk.program, deepcopy(full)))
    filler = Filler(dice, desk.spec.records)
    messages: Messages = []
    calls = []
    for _ in range(dice.randint(1, 9)):
        if dice.random() < 0.35:
            messages.append({"role": "user", "content": speak(dice)})
            continue
        said = speak(dice) if dice.random() < 0.45 else None
        made = [
            some_call(desk.spec, dice, filler) for _ in range(dice.choice((0, 1, 1, 1, 2, 3) if said else (1, 1, 1, 2)))
        ]
        ids = [f"c{len(calls) + i}" for i in range(len(made))]
        wanted = [{"id": i, "name": n, "arguments": a, **_requestor(dice)} for i, (n, a) in zip(ids, made, strict=True)]
        role = "user" if dice.random() < 0.07 else "assistant"
        messages.append(
            {"role": role, "content": said, "tool_calls": wanted} if wanted else {"role": role, "content": said}
        )
        calls += made
        for call_id, (name, arguments) in zip(ids, made, strict=True):
            if dice.random() < 0.95:
                messages.append(
                    {"role": "tool", "tool_call_id": call_id, **_result(desk, sandbox, name, arguments, dice, filler)}
                )
    return messages, calls


def _requestor(dice: random.Random) -> dict[str, str]:
    return {"requestor": "user"} if dice.random() < 0.05 else {}


def _result(
    desk: Desk, sandbox: Sandbox, name: str, arguments: dict[str, Any], dice: random.Random, filler: Filler
) -> dict[str, Any]:
    result = sandbox.call(name, deepcopy(arguments))
    tool = desk.spec.tools.get(name)
    ok, value = result.ok, result.value
    if ok is None or dice.random() < 0.1:
        ok = dice.random() < 0.7
        value = filler.value(tool.returns, dice.random() < 0.2) if ok and tool is not None else "it failed"
    elif ok and tool is not None and dice.random() < 0.2:
        value = retold(value, tool.returns, filler)
    if not ok:
        return {"content": f"Error: {value}"}
    return {"content": value if isinstance(value, str) else to_json(value), "error": False}


# --- the reference ----------------------------------------------------------------------------------------------------


class Ears:
    """The runtime's recognisers, for the reference; they hear what has happened so far."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.runs: dict[float, Run] = {}

    def language(self, op: str, args: tuple[Any, ...], history: Any) -> Any:
        run = self.runs.get(history.point)
        if run is None:
            run = self.runs[history.point] = Run(self.program, World(self.program.schema, {}))
            for event in history.events:
                if event.position < history.point:
                    run.events += 1
                    run.memory.note(event)
                    run.seen.events.append(event)
        found = getattr(run, op)(*args)
        return None if found is RUNTIME_UNKNOWN else found

    def random(self, op: str, args: tuple[Any, ...]) -> Any:
        raise AssertionError(op)


def reference(pair: Pair) -> tuple[list[court.Judgement], MemoryWorld]:
    trajectory = read_trajectory(pair.messages)
    world = MemoryWorld(pair.desk.spec, deepcopy(pair.state or {}), pair.state is None)
    found = court.judge(
        pair.desk.spec,
        trajectory.events,  # type: ignore[arg-type]
        trajectory.steps,  # type: ignore[arg-type]
        world,
        Ears(pair.desk.program),
        alike,
    )
    judged = {r.name for r in pair.desk.spec.rules.values() if r.when == "judged"}
    return [j for j in found.judgements if j.rule not in judged], world


# --- comparing --------------------------------------------------------------------------------------------------------


def plainly(value: Any) -> Any:
    """A value in which equal things are equal to Python too."""
    if type(value).__name__ == "Unknown":  # each machine has its own
        return "?unknown?"
    if isinstance(value, dict):
        return {k: plainly(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [plainly(v) for v in value]
    if isinstance(value, bool):
        return f"?{value}?"
    return Fraction(value) if is_number(value) else value


def worlds_differ(spec: Spec, world: World, memory: MemoryWorld) -> str | None:
    for table in spec.tables:
        keys = {*KEYS[table], *(f"new{i}" for i in range(12))}
        one, two = world.all_rows(table), memory.rows(table)
        if plainly(one) != plainly(two):
            return f"rows of {table}: {plainly(one)} != {plainly(two)}"
        for key in keys:
            if plainly(world.row(table, key)) != plainly(memory.row(table, key)):
                return f"{table}[{key}]: {plainly(world.row(table, key))} != {plainly(memory.row(table, key))}"
    for state in spec.states:
        if plainly(world.single(state)) != plainly(memory.state(state)):
            return f"{state}: {plainly(world.single(state))} != {plainly(memory.state(state))}"
    return None


def judgements_differ(wanted: list[court.Judgement], found: list[Any]) -> str | None:
    one = [(j.rule, j.label, j.verdict, j.position) for j in wanted]
    two = [(j.rule, j.label, j.verdict, j.position) for j in found]
    two = [(*t[:3], None) if i < len(one) and one[i][3] is None else t for i, t in enumerate(two)]
    if one == two:
        return None
    at = next(i for i in range(max(len(one), len(two))) if one[i : i + 1] != two[i : i + 1])
    return f"judgement {at}: reference {one[at : at + 2]}, checker {two[at : at + 2]}"


def run_offline(pair: Pair) -> Run:
    return walk_through(pair.desk.program, read_trajectory(pair.messages), open_world(pair.desk.program, pair.state))


def disagreement(pair: Pair, whole: bool = False) -> tuple[str | None, Seen]:
    """The first difference between the machines, and what the reference saw. `whole`: the standalone file as it is."""
    wanted, memory = reference(pair)
    return _first(pair, wanted, memory, whole), Seen(wanted)


def _first(pair: Pair, wanted: list[court.Judgement], memory: MemoryWorld, whole: bool) -> str | None:
    before = to_json(pair.full)
    run = run_offline(pair)
    found = judgements_differ(wanted, run.judgements)
    if found:
        return f"offline: {found}"
    if found := worlds_differ(pair.desk.spec, run.world, memory):
        return f"end: {found}"
    if found := online(pair, wanted):
        return f"online: {found}"
    if found := calls_differ(pair):
        return f"sandbox: {found}"
    if to_json(pair.full) != before:
        return "the database given was changed"
    return standalone_differs(pair, whole)


def online(pair: Pair, wanted: list[court.Judgement]) -> str | None:
    """The monitor, message by message; what `allows` says beforehand is what the guard says then."""
    monitor = Monitor(pair.desk.spec, pair.desk.program, open_world(pair.desk.program, pair.state))
    rules = pair.desk.program.rules
    for chunk in chunks(pair.messages):
        calls = chunk[0].get("tool_calls") or []
        foreseen = None
        if (
            len(calls) == 1
            and not (chunk[0].get("content") or "").strip()
            and chunk[0]["role"] == "assistant"
            and "requestor" not in calls[0]
        ):
            position = monitor.run.events
            event = read_trajectory([chunk[0]]).events[0]
            event.position = event.step.position = position
            answered = read_trajectory(chunk).events[0]
            event.ok, event.result, event.result_text = answered.ok, answered.result, answered.result_text  # type: ignore[union-attr]
            if event.ok:
                monitor.run.news(event)  # type: ignore[arg-type]  # the guard looks first, too
            allowed = monitor.run.allows(event)  # type: ignore[arg-type]
            foreseen = [(j.rule, j.label, j.verdict) for j in allowed if j.label not in DUTIES]
        said = monitor.observe(chunk)
        if foreseen is not None:
            then = [
                (j.rule, j.label, "violated" if j.verdict == "attempted" else j.verdict)
                for j in said
                if rules[j.rule].when in ("before", "on") and j.position == position and j.label not in DUTIES
            ]
            if foreseen != then and not _refused_chain(said):
                return f"allows {foreseen}, then {then}"
    monitor.finish()
    return judgements_differ(wanted, monitor.run.judgements)


def _refused_chain(said: list[Any]) -> bool:
    """What was only attempted breaks no rule, so that what presupposes it was judged after all."""
    return any(j.verdict == "attempted" for j in said)


def chunks(messages: Messages) -> list[Messages]:
    found: list[Messages] = []
    for message in messages:
        if message["role"] == "tool":
            found[-1].append(message)
        else:
            found.append([message])
    return found


def calls_differ(pair: Pair) -> str | None:
    """The tools themselves, one call after the other, in the whole database and in one of which nothing is known."""
    for state in (pair.full, None):
        sandbox = Sandbox(pair.desk.program, open_world(pair.desk.program, state))
        memory = MemoryWorld(pair.desk.spec, deepcopy(state or {}), state is None)
        interpreter = Interpreter(pair.desk.spec, memory)
        for name, arguments in pair.calls:
            result = sandbox.call(name, deepcopy(arguments))
            try:
                outcome = interpreter.call(name, deepcopy(arguments))
                known = not (outcome.ok and holds_unknown(outcome.value))
                wanted = (outcome.ok, outcome.value) if known else (None, None)
            except UnknownEffect:
                wanted = (None, None)
            if (result.ok, plainly(result.value)) != (wanted[0], plainly(wanted[1])):
                return f"{name}({arguments}): {result} != {wanted}"
            if found := worlds_differ(pair.desk.spec, sandbox.world, memory):
                return f"after {name}({arguments}) -> {result}: {found}"
    return None


@cache
def _runtime_code() -> Any:
    return compile(runtime_source(), "<runtime>", "exec")


def standalone_differs(pair: Pair, whole: bool) -> str | None:
    names: dict[str, Any] = {"__name__": "standalone"}
    if whole:
        exec(compile(checker_source(pair.desk.spec), "<checker>", "exec"), names)
        found = names["verify"](pair.messages, deepcopy(pair.state))
    else:
        exec(_runtime_code(), names)
        exec(compile(program_source(pair.desk.spec), "<program>", "exec"), names)
        found = names["verify_conversation"](names["PROGRAM"], pair.messages, deepcopy(pair.state))
    wanted = verify_conversation(pair.desk.program, pair.messages, deepcopy(pair.state))
    return None if plainly(found) == plainly(wanted) else f"standalone: {found.get('error')} {wanted.get('error')}"
