"""Scenes for the solver: a desk and the shape of a conversation, written down once as a question, and fillings of it.

A `Scene` leaves the world, the arguments and what is said open. A `Filling` closes it: a database, arguments and words,
with what comes of the calls in the reference. A `Reading` is what the reference judge makes of a filling.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from unittest.mock import patch

from attrs import define, field, frozen

from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.backends.smt import terms
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.trajectory import Slot, StepSlot
from cove_dsl.backends.smt.bounded.values import Scalar, Unsupported, Value
from cove_dsl.backends.smt.bounded.world import Bounds
from cove_dsl.core import evaluator as evaluation
from cove_dsl.core import judge as court
from cove_dsl.core.evaluator import LANGUAGE
from cove_dsl.core.interpreter import Interpreter, UnknownEffect
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.nodes import Apply, Rule
from cove_dsl.core.partial import homes, learn
from cove_dsl.core.spec import Spec
from cove_dsl.core.values import UNKNOWN, holds_unknown

from .machine import Desk, Ears, Messages, plainly
from .strategies import KEYS, Filler, speak

BOUNDS = Bounds(rows=2, items=2, entries=2, grain=100)
MOST_TEXT = 400_000  # characters of a question; a larger one is refused, and counted


class Beyond(Exception):
    """A filling that does not fit the shape of the question."""


# --- shapes -----------------------------------------------------------------------------------------------------------


@frozen
class Turn:
    """What one party does at once: perhaps a message, then calls."""

    role: str
    speaks: bool
    tools: tuple[str, ...]


Shape = tuple[Turn, ...]
Computed = dict[str, list[tuple[tuple[Any, ...], Any]]]  # by operation: arguments, and what they give


def some_shape(desk: Desk, dice: random.Random) -> Shape:
    turns = []
    for _ in range(dice.randint(1, 5)):
        tools = tuple(dice.choice(list(desk.spec.tools)) for _ in range(dice.choice((0, 1, 1, 1, 2))))
        role = "user" if dice.random() < (0.1 if tools else 0.6) else "agent"
        turns.append(Turn(role, not tools or dice.random() < 0.4, tools))
    return tuple(turns)


def shape_of(desk: Desk, seed: int) -> Shape:
    return some_shape(desk, random.Random(seed))


# --- the question -----------------------------------------------------------------------------------------------------


@frozen
class Say:
    """What the encoding notes of a rule: when it is heard, broken, unsure."""

    rule: str
    label: str | None
    heard: str
    broken: str
    unsure: str


@define
class Observed(Question):
    """A question that keeps count of what it says, and of the functions that it leaves open. These are, of texts, all
    but those of literals: how open texts are put together is held by tests of its own."""

    says: list[Say] = field(factory=list)
    functions: dict[str, tuple[str, list[Value], Value]] = field(factory=dict)

    def say(self, rule: Rule, label: str | None, heard: str, broken: str, unsure: str, span: Any) -> None:
        self.says.append(Say(rule.name, label, heard, broken, unsure))
        super().say(rule, label, heard, broken, unsure, span)

    def textual(self, expr: Apply, args: list[Value]) -> Value | None:
        names = self.literals()
        written = all(isinstance(a, Scalar) and a.term in names for a in args)
        return super().textual(expr, args) if written else None

    def uninterpreted(self, expr: Apply, args: list[Value]) -> Value:
        made = super().uninterpreted(expr, args)
        self.functions[f"{expr.op}:{len(self.functions)}"] = (expr.op, args, made)
        return made


@frozen
class Scene:
    desk: Desk
    shape: Shape
    rules: tuple[Rule, ...]
    question: Observed


def encodable(desk: Desk, shape: Shape, refused: Counter[str]) -> Scene | None:
    """The question about a shape, with every rule of the desk that the encoding takes. What it refuses is counted:
    whole shapes for what a tool does, rules one by one."""
    every = tuple(r for r in desk.spec.rules.values() if r.when != "judged")
    try:
        return write_down(desk, shape, every)
    except Unsupported:
        pass
    try:
        write_down(desk, shape, ())
    except Unsupported as gap:
        refused[f"shape: {gap.what}"] += 1
        return None
    kept: list[Rule] = []
    for rule in every:
        needed = tuple(r for r in every if r is rule or r.name in rule.presupposes)
        try:
            write_down(desk, shape, needed)
            kept.append(rule)
        except Unsupported as gap:
            refused[f"rule: {gap.what}"] += 1
    names = {r.name for r in kept}
    while any(not set(r.presupposes) <= names for r in kept):
        kept = [r for r in kept if set(r.presupposes) <= names]
        names = {r.name for r in kept}
    try:
        return write_down(desk, shape, tuple(kept)) if kept else None
    except Unsupported as gap:
        refused[f"together: {gap.what}"] += 1
        return None


def write_down(desk: Desk, shape: Shape, rules: tuple[Rule, ...]) -> Scene:
    """The encoding itself, over an open world. Raises Unsupported."""
    question = Observed(desk.spec, BOUNDS, judged=rules)
    steps = []
    for turn in shape:
        role: Any = turn.role
        calls = [question.optional_call(desk.spec.tools[t], must=False, occurs=terms.TRUE) for t in turn.tools]
        for call in calls:
            call.role = role
        steps.append(StepSlot(role, Slot("message", role) if turn.speaks else None, tuple(calls)))
    question.play(steps)
    question.close()
    question.finish()
    if sum(map(len, question.script.declared.values())) > MOST_TEXT:
        raise Unsupported("a question that grows too large")
    return Scene(desk, shape, rules, question)


# --- fillings ---------------------------------------------------------------------------------------------------------


class Tame(Filler):
    """Values that a small world can hold: references lead somewhere, and times are written as the clock is."""

    def __init__(self, dice: random.Random, records: Any, keys: dict[str, list[str]]) -> None:
        super().__init__(dice, records)
        self.keys = keys

    def value(self, kind: Any, wild: bool = False) -> Any:
        match type(kind).__name__:
            case "ListType":
                return [self.value(kind.item) for _ in range(self.dice.randint(0, BOUNDS.items))]
            case "MapType":
                keys = self.dice.sample(["k0", "k1", "B1", "yes"], self.dice.randint(0, BOUNDS.entries))
                return {k: self.value(kind.value) for k in keys}
            case "Ref":
                return self.dice.choice(self.keys[kind.table] if not wild else KEYS[kind.table])
            case "Optional":
                return None if self.dice.random() < 0.4 else self.value(kind.item, wild)
        return super().value(kind)

    def prim(self, name: str) -> Any:
        match name:
            case "date":
                return self.dice.choice(["2024-05-15", "2024-05-20", "2023-12-31"])
            case "datetime":
                return self.dice.choice(["2024-05-15T15:00:00-05:00", "2024-05-14T23:30:00-05:00",
                                         "2024-05-16T00:00:00-05:00"])  # fmt: skip
            case "time":
                return self.dice.choice(["15:00:00", "00:00:00", "23:30:00"])
            case "duration":
                return self.dice.choice([0, 3600, 86400, 1_209_600])
            case "int":
                return self.dice.choice([0, 1, 2, 5, 7])
        return super().prim(name)


@frozen
class Filling:
    """A conversation with the database in which it happens. `known` is what the judges are given of that, and `shown`
    are the tables of which results show rows."""

    state: dict[str, Any]
    known: dict[str, Any] | None
    shown: frozenset[str]
    messages: Messages
    computed: Computed


def small_world(spec: Spec, dice: random.Random, values: type[Tame] = Tame) -> tuple[dict[str, Any], Tame]:
    """A database within the bounds, and what made its values."""
    keys = {t: list(KEYS[t][: BOUNDS.rows]) for t in spec.tables}
    for table in keys.values():
        del table[dice.randint(1, len(table)) :]
    tame = values(dice, spec.records, keys)
    state: dict[str, Any] = {}
    for table in spec.tables.values():
        rows = [{**tame.record(spec.records[table.record]), table.key: key} for key in keys[table.name]]
        state[table.name] = rows if table.as_list else {row[table.key]: row for row in rows}
    for name, single in spec.states.items():
        state[name] = tame.record(spec.records[single.type.name])
    return state, tame


def fill(scene: Scene, seed: int) -> Filling | None:
    """A filling; None where what a call does is not known even here."""
    dice = random.Random(seed)
    spec = scene.desk.spec
    state, tame = small_world(spec, dice)
    world = MemoryWorld(spec, deepcopy(state))
    shown = Shown(world)
    with _computing(scene) as computed:
        messages = _converse(scene, world, tame, shown)
    if messages is None:
        return None
    known = state if shown.made_up or dice.random() < 0.75 else None
    return Filling(state, known, frozenset(shown.tables), messages, computed)


def _converse(scene: Scene, world: MemoryWorld, tame: Tame, shown: "Shown") -> Messages | None:
    """What is said and called, with what comes of it in a world."""
    dice, spec = tame.dice, scene.desk.spec
    messages: Messages = []
    many = 0
    for turn in scene.shape:
        made = [_arguments(spec.tools[t], tame) for t in turn.tools]
        ids = [f"c{many + i}" for i in range(len(made))]
        said = (speak(dice) or "well") if turn.speaks else None
        role = {"agent": "assistant", "user": "user"}[turn.role]
        wanted = [{"id": i, "name": n, "arguments": a} for i, n, a in zip(ids, turn.tools, made, strict=True)]
        messages.append({"role": role, "content": said, **({"tool_calls": wanted} if wanted else {})})
        many += len(made)
        for call_id, name, given in zip(ids, turn.tools, made, strict=True):
            outcome = _outcome(spec, world, name, given, tame, shown)
            if outcome is None:
                return None
            messages.append({"role": "tool", "tool_call_id": call_id, **outcome})
    return messages


def _arguments(tool: Any, tame: Tame) -> dict[str, Any]:
    found = {p.name: tame.value(p.type, wild=tame.dice.random() < 0.2) for p in tool.params}
    return {name: value for name, value in found.items() if value is not None}


@define
class Shown:
    """What results show of a world: rows as they are, as judges take them to be, or rows that are `made_up`."""

    world: MemoryWorld
    tables: set[str] = field(factory=set)
    made_up: bool = False

    def learn(self, table: str, row: dict[str, Any]) -> None:
        self.tables.add(table)
        own = self.world.row(table, str(row.get(self.world.spec.tables[table].key)))
        self.made_up |= plainly(own) != plainly(row)


def _outcome(
    spec: Any, world: MemoryWorld, name: str, given: dict[str, Any], tame: Tame, shown: Shown
) -> dict[str, Any] | None:
    tool = spec.tools[name]
    if tool.body is None:
        value: Any = tame.value(tool.returns)
        Interpreter(spec, world).sync()
    else:
        try:
            outcome = Interpreter(spec, world).call(name, deepcopy(given))
        except UnknownEffect:
            return None
        if holds_unknown(outcome.value) or "Fraction" in repr(outcome.value):
            return None  # JSON would round it
        if not outcome.ok:
            return {"content": f"Error: {outcome.value}", "error": True}
        value = outcome.value
    learn(shown, tool.returns, value, homes(spec))  # type: ignore[arg-type]
    return {"content": value if isinstance(value, str) else to_json(value), "error": False}


# --- what the reference says ------------------------------------------------------------------------------------------


@frozen
class Heard:
    """One answer about language: the operation, the events listened to, what else it was about, and the answer."""

    op: str
    events: tuple[int, ...]
    about: tuple[Any, ...]
    answer: Any


@define
class Listening:
    """The desk's own recognisers, with what they were asked and said."""

    ears: Ears
    heard: list[Heard] = field(factory=list)
    unsure: bool = False

    def language(self, op: str, args: tuple[Any, ...], history: Any) -> Any:
        found = self.ears.language(op, args, history)
        if op == "sentences":
            if not isinstance(found, list) or len(found) != 1:
                raise Beyond("a message of several sentences")
            return found
        self.unsure |= found is None or found is UNKNOWN
        self.heard.append(Heard(op, _positions(args[0]), args[1:], found))
        return found

    def random(self, op: str, args: tuple[Any, ...]) -> Any:
        raise AssertionError(op)


def _positions(thing: Any) -> tuple[int, ...]:
    if isinstance(thing, list):
        return tuple(n for one in thing for n in _positions(one))
    if not hasattr(thing, "position"):
        raise Beyond("listening to a text that is no message")
    return (thing.position,)


@frozen
class Reading:
    """The reference's judgements on the rules of a scene and on every rule, the answers that it was given, and whether
    it knew all that it asked for."""

    judgements: tuple[court.Judgement, ...]
    every: tuple[court.Judgement, ...]
    heard: tuple[Heard, ...]
    computed: Computed
    whole: bool


def read(scene: Scene, filling: Filling) -> Reading:
    spec = scene.desk.spec
    trajectory = read_trajectory(filling.messages)
    world = MemoryWorld(spec, deepcopy(filling.known or {}), filling.known is None)
    ears = Listening(Ears(scene.desk.program))
    with _computing(scene) as computed:
        found = court.judge(spec, trajectory.events, trajectory.steps, world, ears)  # type: ignore[arg-type]
    names = {r.name for r in scene.rules}
    every = tuple(j for j in found.judgements if spec.rules[j.rule].when != "judged")
    mine = tuple(j for j in every if j.rule in names)
    for op, kept in filling.computed.items():  # a call that fails is not carried out again
        computed[op] += kept
    undefined = any(value is UNKNOWN for kept in computed.values() for _, value in kept)
    whole = filling.known is not None and not ears.unsure and not undefined
    return Reading(mine, every, tuple(ears.heard), computed, whole)


@contextmanager
def _computing(scene: Scene) -> Iterator[Computed]:
    """Keeps what the operations that the question leaves open give in the reference."""
    right = evaluation.ops.apply
    ops = {op for op, _, _ in scene.question.functions.values()} - LANGUAGE
    found: Computed = {op: [] for op in ops}
    seen: set[str] = set()

    def apply(name: str, args: tuple[Any, ...]) -> Any:
        value = right(name, args)
        if name in found and not any(map(holds_unknown, args)) and (key := f"{name}{args!r}") not in seen:
            seen.add(key)
            found[name].append((args, value))
        return value

    with patch.object(evaluation.ops, "apply", apply):
        yield found
