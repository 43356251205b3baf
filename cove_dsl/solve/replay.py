"""Replays a witness in the reference evaluator: the only way in which a model of the solver comes to be believed.

In: a specification, a scenario's plan and what a model says. Out: a `Story`, or `Refuted` with what did not hold. The
reference is given the world and the facts alone: candidates, arguments, results and verdicts are its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from attrs import define, field, frozen

from ..backends.smt.bounded.decode import Happened, Said, Witness
from ..core.evaluator import Evaluator
from ..core.interpreter import Interpreter, UnknownEffect
from ..core.judge import Judgement, Left, judge
from ..core.memory_world import MemoryWorld
from ..core.nodes import Bind, Check, Exit, Expr, Goal, Rule, Scenario
from ..core.ops import written
from ..core.spec import Field, Spec
from ..core.types import ListType, MapType, Optional, RecordType, Ref, Type
from ..core.values import Undefined, Value, conforms, holds_unknown
from ..core.walk import walk
from ..source import Span
from .errors import Refuted


def _heard(what: Value) -> Iterator[int]:
    """The numbers of the events that are listened to: a message, its text, or several of either."""
    if isinstance(what, list):
        for one in what:
            yield from _heard(one)
    elif hasattr(what, "position"):
        yield what.position
    elif isinstance(what, str) and (found := _OWN_TEXT.fullmatch(what)):
        yield int(found[1])


_OWN_TEXT = re.compile(r"\((?:agent|user), (\d+)\)")
LISTING = frozenset({"claims", "invented"})  # what gives the list of what is said


@define(eq=False)
class Event:
    """A message or call as the reference judge reads it."""

    kind: str
    role: str
    position: int
    text: str = ""
    tool: str = ""
    arguments: dict[str, Value] = field(factory=dict)
    ok: bool | None = None
    result: Value = None
    result_text: str = ""
    malformed: bool = False


@define(eq=False)
class Step:
    role: str
    position: int
    text: str | None
    calls: list[Event]


@frozen
class Facts:
    """Answers what language means by a list of facts; what is not in it is not so."""

    said: dict[tuple[str, int, Any], bool]
    texts: dict[tuple[str, int], tuple[str, ...]] = field(factory=dict)

    def language(self, op: str, args: tuple[Value, ...], history: Any) -> Value:
        if op == "sentences":
            return [getattr(args[0], "text", args[0])]
        if op in LISTING:
            return [text for n in _heard(args[0]) for text in self.texts.get((op, n), ())]
        about = tuple(map(_plain, args[1:]))
        return any(self.said.get((op, n, about), False) for n in _heard(args[0]))

    def random(self, op: str, args: tuple[Value, ...]) -> Value:
        raise Undefined(f"`{op}` needs dice")


@frozen
class Story:
    """What came of a replay: the world before, what each name stands for, the events, what was judged, and what each
    call changed: the event's number, a JSON pointer, the value before and after."""

    state: dict[str, Any]
    bindings: dict[str, Any]
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    said: tuple[Said, ...]
    judgements: tuple[Judgement, ...]
    changes: tuple[tuple[int, str, Any, Any], ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def calls(self) -> list[Event]:
        return [e for e in self.events if e.kind == "call"]

    def broken(self, spec: Spec) -> set[str]:
        """The rules of severity `error` that were violated."""
        return {j.rule for j in self.judgements if j.verdict == "violated" and spec.rules[j.rule].severity == "error"}

    def doubted(self, spec: Spec) -> set[str]:
        rules = {n for n, r in spec.rules.items() if r.severity == "error" and r.when != "judged"}
        return {j.rule for j in self.judgements if j.verdict == "unknown" and j.rule in rules}


def passed(story: Story, rule: Rule) -> list[tuple[Span, str]]:
    """Why a rule lets the last call of a conversation pass: where it stopped, and what it required that holds."""
    if not story.calls:
        return []
    last = story.calls[-1].position
    stops = (left.statement for left in story.left if (left.rule, left.position) == (rule.name, last))
    found = {stop.span: STOPPED[type(stop)] for stop in stops}
    held = {j.label for j in story.judgements if (j.rule, j.position, j.verdict) == (rule.name, last, "satisfied")}
    checks = (n for n in walk(rule.body) if isinstance(n, Check) and n.otherwise is None and n.label in held)
    return [*found.items(), *((check.span, "this holds there") for check in checks)]


STOPPED = {
    Bind: "this is absent there, so nothing is required",
    Check: "this does not hold there, so nothing is required",
    Exit: "the rule ends here",
}


@frozen(eq=False)
class Played:
    """What a witness comes to, whatever is said in it: for which question, the world before, what each name stands for,
    the events, and what each call changed."""

    spec: Spec
    scenario: Scenario | None
    plan: tuple[Goal, ...]
    passed_over: Sequence[Goal]
    before: dict[str, Any]
    names: dict[str, Value]
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    changes: tuple[tuple[int, str, Any, Any], ...]

    def answers(self, *question: Any) -> bool:
        mine = self.spec, self.scenario, self.plan, self.passed_over
        return all(a is b for a, b in zip(mine, question, strict=True))


@define
class Replay:
    """One witness, carried out step by step. Raises Refuted where the reference does not agree."""

    spec: Spec
    witness: Witness
    names: dict[str, Value] = field(factory=dict)
    calls: dict[int, dict[str, Value]] = field(factory=dict)
    changes: list[tuple[int, str, Any, Any]] = field(factory=list)

    def story(self, scenario: Scenario | None, plan: tuple[Goal, ...], passed_over: Sequence[Goal] = ()) -> Story:
        known = (p for p in self.witness.played if p.answers(self.spec, scenario, plan, passed_over))
        if (played := next(known, None)) is None:
            played = self._played(scenario, plan, passed_over)
            self.witness.played.append(played)
        told = Facts(
            {(s.op, s.event, tuple(_about(a) for a in s.about)): True for s in self.witness.said},
            {(s.op, s.event): s.texts for s in self.witness.said if s.op in LISTING},
        )
        report = judge(self.spec, played.events, played.steps, MemoryWorld(self.spec, played.before), told)  # type: ignore[arg-type]
        bindings = {n: deepcopy(v) for n, v in played.names.items()}
        return Story(
            played.before,
            bindings,
            played.events,
            played.steps,
            self.witness.said,
            report.judgements,
            played.changes,
            report.left,
        )

    def _played(self, scenario: Scenario | None, plan: tuple[Goal, ...], passed_over: Sequence[Goal]) -> Played:
        check_world(self.spec, self.witness.state)
        world = MemoryWorld(self.spec, self.witness.state)
        if scenario is not None:
            self._draw(scenario, world)
            outcome = Interpreter(self.spec, world).run(scenario.given, dict(self.names))
            if not outcome.ok:
                raise Refuted("what is given cannot be carried out", scenario.span)
        before = world.dump()
        if scenario is not None and holds_unknown(before):  # no database says that something is not known
            raise Refuted("what is given is not known", scenario.span)
        for goal in passed_over:
            if goal.condition is not None and self._value(goal.condition, world) is not False:
                raise Refuted("a goal is passed over that can be met", goal.span)
        for number, goal in enumerate(plan, 1):
            if goal.kind == "do":
                self._ask(number, goal, world)
        drawn = deepcopy(self.names)
        events, steps = self._carry_out(world)
        for goal in plan:
            if goal.kind == "reach" and goal.condition is not None:
                self._must(goal.condition, world, goal)  # rows that were drawn are those rows still, as they are now
        found = (before, drawn, tuple(events), tuple(steps), tuple(self.changes))
        return Played(self.spec, scenario, plan, passed_over, *found)

    # --- draws

    def _draw(self, scenario: Scenario, world: MemoryWorld) -> None:
        for pick in scenario.picks:
            found = self._value(pick.source, world)
            match pick.kind:
                case "let":
                    self.names[pick.name] = found
                case "where":
                    if found is not True:
                        raise Refuted("a condition of the scenario does not hold", pick.span)
                case "pick":
                    taken = self._taken(found, (0, pick.name), pick.span)
                    self.names[pick.name] = taken if pick.many else taken[0]
                    if pick.many and not pick.low <= len(taken) <= pick.high:
                        raise Refuted("a draw of another size", pick.span)

    def _taken(self, candidates: Value, key: tuple[int, str], span: Any) -> list[Value]:
        number = self.witness.numbers.get(key)
        if isinstance(candidates, list) and number is not None and number in candidates:
            return [number]
        positions = self.witness.picks.get(key, [])
        if not isinstance(candidates, list) or any(p >= len(candidates) for p in positions) or not positions:
            raise Refuted("a draw has no such candidate", span)
        return [candidates[p] for p in positions]

    def _ask(self, number: int, goal: Goal, world: MemoryWorld) -> None:
        """The arguments that a goal asks for, as the reference computes them."""
        saved = dict(self.names)
        for name, source in goal.choices:
            self.names[name] = self._taken(self._value(source, world), (number, name), source.span)[0]
        if goal.condition is not None:
            self._must(goal.condition, world, goal)
        params = [p.name for p in self.spec.tools[goal.tool].params]
        values = {n: self._value(a, world) for n, a in zip(params, goal.args, strict=True)}
        if any(holds_unknown(v) for v in values.values()):
            raise Refuted("an argument is not known", goal.span)
        self.calls[number] = deepcopy({n: v for n, v in values.items() if v is not None})
        self.names = saved

    def _value(self, expr: Expr, world: MemoryWorld) -> Value:
        return Evaluator(self.spec, world).evaluate(expr, self.names)

    def _must(self, condition: Expr, world: MemoryWorld, goal: Goal) -> None:
        if self._value(condition, world) is not True:
            raise Refuted("a goal's condition does not hold", goal.span)

    # --- events

    def _carry_out(self, world: MemoryWorld) -> tuple[list[Event], list[Step]]:
        """The events with the results that the reference gives them. The world is taken along."""
        interpreter = Interpreter(self.spec, world)
        events: list[Event] = []
        steps: list[Step] = []
        last = -1
        for n, happened in enumerate(self.witness.events):
            event = self._event(n, happened)
            if event.kind == "call" and not happened.open:
                before = world.dump()
                self._call(event, interpreter, happened)
                self.changes += [(n, *change) for change in differences(before, world.dump())]
            events.append(event)
            if happened.step != last:
                steps.append(Step(event.role, n, None, []))
                last = happened.step
            if event.kind == "message":
                steps[-1].text = event.text
            else:
                steps[-1].calls.append(event)
        return events, steps

    def _event(self, n: int, happened: Happened) -> Event:
        if happened.kind == "message":
            return Event("message", happened.role, n, text=f"({happened.role}, {n})")
        arguments = self.calls[happened.goal] if happened.goal else happened.arguments
        return Event("call", happened.role, n, tool=happened.tool, arguments=deepcopy(arguments))

    def _call(self, event: Event, interpreter: Interpreter, happened: Happened) -> None:
        try:
            outcome = interpreter.call(event.tool, event.arguments)
        except UnknownEffect:
            if self.spec.tools[event.tool].body is None:
                event.ok, event.result, event.result_text = True, None, ""
                return
            raise Refuted(f"what `{event.tool}` does is not known") from None
        event.ok, event.result = outcome.ok, outcome.value
        try:
            event.result_text = written_text(outcome.value) if outcome.ok else outcome.text
        except Undefined:  # part of it is unknown: nothing can be shown of such a call
            raise Refuted(f"what `{event.tool}` answers is not known") from None


def differences(a: Any, b: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ: a pointer, and what stands there in each. Lists of one length go item by item."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            yield from differences(a.get(key), b.get(key), f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from differences(x, y, f"{at}/{i}")
    elif a != b:
        yield at, a, b


def written_text(value: Value) -> str:
    return value if isinstance(value, str) else "" if value is None else str(written(value))


def _about(about: Any) -> Any:
    if isinstance(about, tuple) and len(about) == 2 and about[0] == "event":
        return about
    return _plain(about)


def _plain(value: Value) -> Any:
    """An argument as it can be compared: an event by its number."""
    if hasattr(value, "position"):
        return ("event", value.position)
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value


def witness_of(story: Story, until: int | None = None, carried_out: bool = False) -> Witness:
    """The world and the conversation of a story, up to some event; with `carried_out`, what was only asked about is
    called."""
    firsts = [step.position for step in story.steps]
    events = tuple(
        Happened(e.kind, e.role, e.tool, e.arguments, step=sum(f <= e.position for f in firsts),
                 open=e.kind == "call" and e.ok is None and not carried_out)
        for e in story.events[:until]
    )  # fmt: skip
    return Witness(story.state, {}, events, tuple(s for s in story.said if s.event < len(events)))


# --- worlds that may be -----------------------------------------------------------------------------------------------


def check_world(spec: Spec, state: Mapping[str, Any]) -> None:
    """Whether a world has the types, references, conditions and invariants that every world has. Raises Refuted."""
    world = MemoryWorld(spec, state)
    evaluator = Evaluator(spec, world)
    for name, table in spec.tables.items():
        rows = world.rows(name)
        assert isinstance(rows, list)
        for row in rows:
            _check_value(row, RecordType(table.record), spec, evaluator, world)
    for name, declared in spec.states.items():
        _check_value(world.state(name), declared.type, spec, evaluator, world)
    for invariant in spec.invariants:
        if evaluator.condition(invariant.condition, {}) is not True:
            raise Refuted(f"invariant:{invariant.name}", invariant.span)


def _check_value(value: Value, kind: Type, spec: Spec, evaluator: Evaluator, world: MemoryWorld) -> None:
    if not conforms(value, kind, spec.records):
        raise Refuted(f"a value that is no `{kind}`")
    match kind:
        case Optional(item) if value is not None:
            _check_value(value, item, spec, evaluator, world)
        case ListType(item):
            for part in value:
                _check_value(part, item, spec, evaluator, world)
        case MapType(_, item):
            for part in value.values():
                _check_value(part, item, spec, evaluator, world)
        case Ref(table):
            _check_reference(value, table, world)
        case RecordType(name):
            record = spec.records[name]
            fields: dict[str, Field] = record.fields
            if record.tag is not None:
                fields = next(c.fields for c in record.cases.values() if c.wire == value[record.tag])
            for field_ in fields.values():
                inner = value.get(field_.name)
                _check_value(inner, field_.type, spec, evaluator, world)
                met = field_.condition is None or inner is None or evaluator.condition(field_.condition, {"it": inner})
                if met is not True and field_.condition is not None:
                    raise Refuted(f"a `{field_.name}` that its condition rules out", field_.condition.span)


def _check_reference(key: str, ref: str, world: MemoryWorld) -> None:
    table, _, path = ref.partition(".")
    rows = world.rows(table)
    assert isinstance(rows, list)
    if world.row(table, key) is None if not path else not any(key in (row.get(path) or {}) for row in rows):
        raise Refuted(f"a key of `{ref}` that leads nowhere")


__all__ = ["Event", "Facts", "Replay", "Step", "Story", "check_world", "passed", "witness_of"]
