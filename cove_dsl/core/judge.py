"""The reference judge: what rules say about a conversation. It looks everything up again, and remembers little.

Enters: a specification, the events and steps of a conversation, and the world before it. Leaves: judgements in the
order in which they are made. Guaranteed: a guard is judged in the world and past just before its event, and never
again; what is not known is never a violation.

At one event: steps that begin (`on`), `before` rules, the call itself, duties that are open, `after` rules. A step in
which nothing is said and nothing called is none.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias, assert_never

from attrs import define, field, frozen

from .evaluator import Evaluator, Event, Past, Step, kind_of, last_position, matches, unpack
from .interpreter import Interpreter, Outcome, Store, UnknownEffect
from .nodes import Bind, Branch, Check, Duty, Each, Exit, Expr, Pattern, Rule, Stmt, Tool, Write
from .partial import homes, learn, may_leave_rule, may_read, may_write, shown_alike, written
from .spec import Spec
from .values import UNKNOWN, Host, Silent, Truth, Unknown, Value, detached, holds_unknown, truth

Verdict: TypeAlias = Literal["satisfied", "violated", "unknown", "attempted"]
Summary: TypeAlias = Literal["satisfied", "violated", "unknown", "attempted", "vacuous"]
Thing: TypeAlias = Event | Step
Alike: TypeAlias = Callable[[Value, Value], bool]

SUMMARIES: tuple[Summary, ...] = ("violated", "unknown", "satisfied", "attempted")


@frozen
class Judgement:
    """One verdict of one rule. What is judged at the end has no position."""

    rule: str
    label: str
    verdict: Verdict
    position: int | None


@frozen
class Left:
    """Where a rule stopped: the statement with which it found nothing more to say."""

    rule: str
    statement: Bind | Check | Exit
    position: int | None


@frozen
class Report:
    judgements: tuple[Judgement, ...]
    summary: dict[str, Summary]
    left: tuple[Left, ...] = ()


def judge(
    spec: Spec,
    events: Sequence[Event],
    steps: Sequence[Step],
    world: Store,
    host: Host | None = None,
    alike: Alike | None = None,
) -> Report:
    """Every rule over a whole conversation. The world is taken along: it ends as the conversation leaves it.

    `alike`: when two recorded values mean the same. Without it, results are taken to be those of the tools themselves.
    """
    taken = [step for step in steps if step.text is not None or step.calls]
    court = Court(spec, events, taken, world, host or Silent(), alike)
    for event in events:
        court.see(event)
    court.close()
    return Report(tuple(court.judgements), summarise(spec, court.judgements), tuple(court.left))


def summarise(spec: Spec, judgements: Sequence[Judgement]) -> dict[str, Summary]:
    """The gravest verdict on each rule."""
    found: dict[str, Summary] = {}
    for rule in spec.rules:
        verdicts = {j.verdict for j in judgements if j.rule == rule}
        found[rule] = next((s for s in SUMMARIES if s in verdicts), "vacuous")
    return found


def decide(holds: Truth, in_doubt: bool = False) -> Verdict:
    """The verdict on what must hold. In doubt, nobody is accused."""
    if isinstance(holds, Unknown):
        return "unknown"
    return "satisfied" if holds else "unknown" if in_doubt else "violated"


# --- duties  ----------------------------------------------------------------------------------------------------------


@define
class Owed:
    """Duties of one rule that are open: one of `eventually` or `never`, or a chain of which the first is due.

    Only what happens after `since` counts. `unsure` once something may have met the duty, or may have broken it;
    `released` once the `until` of a `never` may have come.
    """

    rule: Rule
    duties: tuple[Duty, ...]
    names: dict[str, Value]
    since: float
    in_doubt: bool
    unsure: bool = False
    released: bool = False

    @property
    def due(self) -> Duty:
        return self.duties[0]


def chained(duties: tuple[Duty, ...]) -> list[tuple[Duty, ...]]:
    """Neighbouring `then` and `nothing` follow each other; the others stand alone."""
    chains: list[tuple[Duty, ...]] = []
    open_chain = False
    for duty in duties:
        links = duty.mode in ("then", "nothing")
        if links and open_chain:
            chains[-1] = (*chains[-1], duty)
        else:
            chains.append((duty,))
        open_chain = links
    return chains


def party_of(pattern: Pattern | None) -> str | None:
    """Whose next event is waited for; None is anybody's."""
    if pattern is None:
        return "agent"
    return pattern.role or ("agent" if pattern.kind == "call" else None)


# --- the court  -------------------------------------------------------------------------------------------------------


@define
class Court:
    """Goes through a conversation event by event."""

    spec: Spec
    events: Sequence[Event]
    steps: Sequence[Step]
    world: Store
    host: Host
    alike: Alike | None = None
    judgements: list[Judgement] = field(factory=list)
    owed: list[Owed] = field(factory=list)
    left: list[Left] = field(factory=list)

    def evaluator(self, point: float) -> Evaluator:
        return Evaluator(self.spec, self.world, self.host, Past(self.events, self.steps, point))

    def see(self, event: Event) -> None:
        here, afterwards = event.position, event.position + 1
        for step in self.steps:
            if step.position == here:
                self._meet(step, here)
                self._trigger("on", step, here)
        shown = self._look(event)
        self._trigger("before", event, here)
        self._happen(event, shown)
        self._meet(event, afterwards)
        self._trigger("after", event, afterwards)

    def close(self) -> None:
        """The end: `end` rules, duties that are open, and what nobody but a judge could tell."""
        for rule in self.spec.rules.values():
            if rule.when == "end" and not self._presumed_broken(rule):
                self._hear(rule, None, float("inf"))
        for owed in self.owed:
            self._settle(owed)
        self.owed.clear()
        for rule in self.spec.rules.values():
            if rule.when == "judged":
                self.record(rule, "", "unknown", None)

    def record(self, rule: Rule, label: str, verdict: Verdict, position: int | None) -> None:
        self.judgements.append(Judgement(rule.name, label, verdict, position))

    def _look(self, event: Event) -> bool:
        """What a successful look-up shows was so before it too. False for what is no look-up."""
        tool = self.spec.tools.get(event.tool) if kind_of(event) == "call" and event.ok else None
        if tool is None or tool.kind != "read" or tool.touches or event.malformed:
            return False
        interpreter = Interpreter(self.spec, self.world, self.host)
        if self._contradicts(event, tool, interpreter.probe(event.tool, event.arguments)):
            self._learn(event, tool)
            if self._contradicts(event, tool, interpreter.probe(event.tool, event.arguments)):
                self._forget(may_read(tool, self.spec))
        self._learn(event, tool)
        return True

    def _learn(self, call: Event, tool: Tool) -> None:
        learn(self.world, tool.returns, self.evaluator(call.position + 1).result(call, tool.returns), homes(self.spec))

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self.world.forget(name)

    def _happen(self, event: Event, shown: bool) -> None:
        """The world moves on. What the record says decides whether a call had an effect, the world which one. If that
        is not known, nothing is known any more of what may have changed. `shown`: a look-up, taken in already."""
        if kind_of(event) != "call" or event.ok is None:
            return
        interpreter, tool = Interpreter(self.spec, self.world, self.host), self.spec.tools.get(event.tool)
        try:
            if event.ok and event.malformed:
                raise UnknownEffect("what it was called with is not known")
            if event.ok:
                ours = interpreter.call(event.tool, event.arguments)
                if tool is not None and not shown and self._contradicts(event, tool, ours):
                    self._forget(may_read(tool, self.spec) | may_write(tool, self.spec))
            else:
                # A tool of the other party is refused for that alone.
                own = tool if tool is not None and tool.requestor == event.role else None
                if own is not None and self._contradicts(event, own, interpreter.probe(event.tool, event.arguments)):
                    self._forget(may_read(own, self.spec))
                interpreter.sync()
        except UnknownEffect:
            wrote = written(self.spec.sync, self.spec.defines)
            self._forget(may_write(tool, self.spec) if event.ok and tool is not None else wrote)
        if event.ok and tool is not None and not shown:
            self._learn(event, tool)

    def _contradicts(self, call: Event, tool: Tool, ours: Outcome | None) -> bool:
        """Whether what was recorded cannot be so in the world we know. In which words a call fails is no matter."""
        if self.alike is None or ours is None or call.malformed:
            return False
        if call.ok is not ours.ok:
            return True
        if not ours.ok or holds_unknown(ours.value):
            return False
        return not shown_alike(call.result, ours.value, tool.returns, self.spec.records, self.alike)

    def _trigger(self, when: str, thing: Thing, point: float) -> None:
        for rule in self.spec.rules.values():
            meant = rule.when == when and rule.pattern is not None
            if meant and matches(thing, rule.pattern, status=when == "after") and not self._presumed_broken(rule):  # type: ignore[arg-type]
                self._hear(rule, thing, point)

    def _presumed_broken(self, rule: Rule) -> bool:
        """Whether a rule that this one takes for granted has been broken."""
        return any(j.verdict == "violated" and j.rule in rule.presupposes for j in self.judgements)

    def _hear(self, rule: Rule, thing: Thing | None, point: float) -> None:
        """One rule, at its trigger; then what it owes is open."""
        names: dict[str, Value] = {kind_of(thing): thing} if thing is not None else {}
        hearing = Hearing(rule, thing, self.evaluator(point), self.record, names, left=self.left)
        if hearing.statements(rule.body) is not None:
            return
        since = last_position(thing) if thing is not None else float("inf")
        names = {name: detached(value) for name, value in hearing.names.items()} if rule.duties else {}
        for chain in chained(rule.duties):
            self.owed.append(Owed(rule, chain, names, since, hearing.in_doubt))

    # --- open duties

    def _meet(self, thing: Thing, point: float) -> None:
        """What something that happens means for every open duty. Those that are settled are struck off."""
        self.owed = [owed for owed in self.owed if thing.position <= owed.since or self._stays(owed, thing, point)]

    def _stays(self, owed: Owed, thing: Thing, point: float) -> bool:
        duty = owed.due
        match duty.mode:
            case "then":
                return self._then(owed, thing, point)
            case "nothing":
                mine = kind_of(thing) != "step" and party_of(duty.pattern) in (None, thing.role)
                return not mine or self._rule_on(owed, decide(False, owed.in_doubt), thing)
            case "eventually":
                met = self._is_meant(owed, duty.pattern, duty.condition, thing, point)
                owed.unsure |= met is UNKNOWN
                return met is not True or self._rule_on(owed, "satisfied", thing)
            case "never":
                return self._never(owed, thing, point)
            case _:
                assert_never(duty.mode)

    def _then(self, owed: Owed, thing: Thing, point: float) -> bool:
        pattern = owed.due.pattern
        about_steps = pattern is not None and pattern.kind == "step"
        if (kind_of(thing) == "step") != about_steps or party_of(pattern) not in (None, thing.role):
            return True
        met = self._is_meant(owed, pattern, owed.due.condition, thing, point)
        return self._rule_on(owed, decide(met, owed.in_doubt), thing)

    def _never(self, owed: Owed, thing: Thing, point: float) -> bool:
        """An event that ends the duty does not break it."""
        duty = owed.due
        ended = False if duty.until is None else self._is_meant(owed, duty.until, duty.until_condition, thing, point)
        if ended is True:
            return self._rule_on(owed, "unknown" if owed.unsure else "satisfied", thing)
        owed.released |= ended is UNKNOWN
        broken = self._is_meant(owed, duty.pattern, duty.condition, thing, point)
        owed.unsure |= broken is UNKNOWN
        in_doubt = owed.in_doubt or owed.released
        return broken is not True or self._rule_on(owed, decide(False, in_doubt), thing)

    def _is_meant(
        self, owed: Owed, pattern: Pattern | None, condition: Expr | None, thing: Thing, point: float
    ) -> Truth:
        if pattern is None or not matches(thing, pattern):
            return False
        return condition is None or self.evaluator(point).condition(condition, {**owed.names, "it": thing})

    def _rule_on(self, owed: Owed, verdict: Verdict, thing: Thing) -> bool:
        """Settles the duty that is due; whether the chain goes on, with what happens later."""
        self.record(owed.rule, owed.due.label, verdict, thing.position)
        owed.since = last_position(thing)
        owed.duties = owed.duties[1:]
        return bool(owed.duties)

    def _settle(self, owed: Owed) -> None:
        """What a duty that is still open at the end comes to."""
        duty = owed.due
        match duty.mode:
            case "then" | "eventually":
                verdict = "unknown" if owed.unsure else decide(False, owed.in_doubt)
            case "nothing" | "never":
                verdict = "unknown" if owed.unsure else "satisfied"
            case _:
                assert_never(duty.mode)
        self.record(owed.rule, duty.label, verdict, None)


# --- one rule at its trigger  -----------------------------------------------------------------------------------------

Leaving: TypeAlias = Literal["turn", "rule"]


@define
class Hearing:
    """The body of a rule, at one trigger. `statements` says what was left: this turn of a loop, or the whole rule.

    `in_doubt` once it is not known whether what follows is judged at all: from then on nothing is violated.
    `narrowed` tells an uncertain branch that doubt arose inside it.
    """

    rule: Rule
    thing: Thing | None
    evaluator: Evaluator
    record: Callable[[Rule, str, Verdict, int | None], None]
    names: dict[str, Value]
    in_doubt: bool = False
    narrowed: bool = False
    collected: list[Value] | Unknown = field(factory=list)
    left: list[Left] = field(factory=list)

    @property
    def position(self) -> int | None:
        return self.thing.position if self.thing is not None else None

    def say(self, label: str, verdict: Verdict) -> None:
        if verdict == "violated" and self._is_attempt(label):
            verdict = "attempted"
        self.record(self.rule, label, verdict, self.position)

    def _is_attempt(self, label: str) -> bool:
        """A call that the tool refused broke nothing that the tool itself enforces, and used nothing up."""
        refused = self.rule.when == "before" and getattr(self.thing, "ok", None) is False
        return refused and (self.rule.basis == "contract" or label == "at_most")

    def statements(self, stmts: tuple[Stmt, ...]) -> Leaving | None:
        for stmt in stmts:
            left = self._statement(stmt)
            if left is not None:
                if isinstance(stmt, (Bind, Check, Exit)):
                    self.left.append(Left(self.rule.name, stmt, self.position))
                return left
        return None

    def _statement(self, stmt: Stmt) -> Leaving | None:
        match stmt:
            case Bind(name, value, otherwise):
                self.names[name] = self.evaluator.evaluate(value, self.names)
                return self._bound(self.names[name], otherwise) if otherwise is not None else None
            case Check():
                return self._check(stmt)
            case Exit():
                return self._exit(stmt)
            case Branch():
                return self._branch(stmt)
            case Each():
                return self._each(stmt)
            case Write():
                raise AssertionError("rules change nothing")
            case _:
                assert_never(stmt)

    def _bound(self, value: Value, otherwise: Exit) -> Leaving | None:
        """A name that may be absent or not: whether the rule is left by it is not known, nor, then, what that says."""
        if value is not UNKNOWN:
            return self._exit(otherwise) if value is None else None
        self.in_doubt = self.narrowed = True
        if otherwise.kind == "yield":
            self.collected = UNKNOWN
        elif otherwise.kind != "skip":
            self.say("", "unknown")
        return None

    def _holds(self, condition: Expr) -> Truth:
        return truth(self.evaluator.evaluate(condition, self.names))

    def _check(self, check: Check) -> Leaving | None:
        holds = self._holds(check.condition)
        if check.otherwise is not None and check.otherwise.kind == "skip":
            if holds is UNKNOWN:
                self.in_doubt = self.narrowed = True
            return "turn" if holds is False else None
        verdict = decide(holds, self.in_doubt)
        lenient = check.otherwise is not None and check.otherwise.kind == "unknown"
        self.say(check.label, "unknown" if lenient and holds is False else verdict)
        return None

    def _exit(self, leave: Exit) -> Leaving:
        match leave.kind:
            case "skip":
                return "turn"
            case "violate":
                self.say("", decide(False, self.in_doubt))
                return "rule"
            case "unknown":
                self.say("", "unknown")
                return "rule"
            case "yield":
                self._yield(leave)
                return "turn"
            case "return" | "fail":
                raise AssertionError("rules give verdicts")
            case _:
                assert_never(leave.kind)

    def _yield(self, leave: Exit) -> None:
        """What is yielded in doubt makes the whole list unknown."""
        if self.in_doubt:
            self.collected = UNKNOWN
        if not isinstance(self.collected, Unknown) and leave.value is not None:
            self.collected.append(self.evaluator.evaluate(leave.value, self.names))

    def _branch(self, branch: Branch) -> Leaving | None:
        """On an unknown condition both ways are gone, in doubt; what follows is in doubt if either may have left."""
        holds = self._holds(branch.condition)
        if not isinstance(holds, Unknown):
            return self.statements(branch.then if holds else branch.other)
        before, outer = self.in_doubt, self.narrowed
        self.in_doubt, self.narrowed = True, False
        ways = [self.statements(branch.then), self.statements(branch.other)]
        left = any(way is not None for way in ways)
        self.in_doubt = before or left or self.narrowed
        self.narrowed = outer or left or self.narrowed
        if None in ways:
            return None
        return "rule" if ways == ["rule", "rule"] else "turn"

    def _each(self, loop: Each) -> Leaving | None:
        items = self.evaluator.evaluate(loop.source, self.names)
        outer = self.collected
        if loop.into is not None:
            self.collected = []
        if items is not None and not isinstance(items, list):
            self.say("", "unknown")
            self.collected = UNKNOWN
            items = None
            if may_leave_rule(loop.body):
                self.in_doubt = self.narrowed = True
        left = self._turns(loop, items or [])
        if loop.into is not None:
            self.names[loop.into], self.collected = self.collected, outer
        return left

    def _turns(self, loop: Each, items: list[Value]) -> Leaving | None:
        """A doubt that arises in one turn ends with it, unless it may be whether the rule was left there."""
        doubt, narrowed, lasting = self.in_doubt, self.narrowed, may_leave_rule(loop.body)
        for item in items:
            self.names.update(unpack(loop.names, item))
            left = self.statements(loop.body)
            if not lasting:
                self.in_doubt, self.narrowed = doubt, narrowed
            if left == "rule":
                return left
        return None


__all__ = ["Court", "Judgement", "Left", "Report", "judge", "summarise"]
