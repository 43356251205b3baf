"""Trajectories of a fixed length: slots in order, each under the condition that it happens, and the court over them.

The court follows the reference judge event by event; each verdict is a term. `broken` and `unsure` say when a rule is
violated, or not known; `heard` when one of its requirements was judged at all.
"""

from collections.abc import Iterable
from typing import Any, Literal, assert_never

from attrs import Factory, define, field

from ....core.judge import chained, party_of
from ....core.nodes import Bind, Branch, Check, Duty, Each, Exit, Expr, Pattern, Rule, Stmt, Tool
from ....core.partial import may_leave_rule
from ....core.types import AnyType, Prim
from ....source import Span
from .. import terms
from ..terms import FALSE, TRUE
from . import sequences as lists
from .expressions import Env
from .statements import Frame, Statements
from .values import UNSEEN, Happening, Seq, Truth, Unsupported, Value, as_maybe, detached, merge, sure, where_known


@define(eq=False)
class Slot:
    """A message or call that may happen. `goal` is the goal that asks for it, with its number; `must` says that it
    succeeds; `open` that it is only asked whether it may be made."""

    kind: Literal["message", "call"]
    role: Literal["agent", "user"]
    occurs: str = TRUE
    tool: str = ""
    args: dict[str, Value] = field(factory=dict)
    index: int = -1
    ok: str = TRUE
    result: Value | None = None
    goal: Any = None
    must: bool = False
    open: bool = False
    failed: list[tuple[str, Span]] = field(factory=list)
    unknown: str = FALSE

    @property
    def first_position(self) -> int:
        return self.index

    @property
    def last(self) -> int:
        return self.index

    def meets(self, pattern: Pattern, status: bool = True) -> str:
        """When this is an event that a pattern means."""
        if self.kind != pattern.kind or (pattern.role is not None and self.role != pattern.role):
            return FALSE
        if self.kind == "call" and pattern.tools and self.tool not in pattern.tools:
            return FALSE
        if self.kind != "call" or not status or pattern.status is None:
            return self.occurs
        if self.open:  # nothing has come of it
            return FALSE
        return terms.both([self.occurs, self.ok if pattern.status == "ok" else terms.negate(self.ok)])


@define(eq=False)
class StepSlot:
    """All that a party does in one message."""

    role: Literal["agent", "user"]
    message: Slot | None
    calls: tuple[Slot, ...]
    kind: Literal["step"] = "step"

    @property
    def events(self) -> tuple[Slot, ...]:
        return (*((self.message,) if self.message is not None else ()), *self.calls)

    @property
    def index(self) -> int:
        return self.events[0].index

    first_position = index

    @property
    def last(self) -> int:
        return self.events[-1].index

    @property
    def occurs(self) -> str:
        return terms.either(e.occurs for e in self.events)

    def meets(self, pattern: Pattern, status: bool = True) -> str:
        meant = pattern.kind == "step" and pattern.role in (None, self.role)
        return self.occurs if meant else FALSE


@define
class Owed:
    """Duties of a rule that are open: `active` says when each is due, `later` when it will be, and after what."""

    rule: Rule
    duties: tuple[Duty, ...]
    env: Env
    since: int
    active: list[str]
    in_doubt: str
    unsure: str = FALSE
    released: str = FALSE
    later: list[tuple[int, int, str]] = field(factory=list)

    def catch_up(self, position: float) -> None:
        """What became due before a position is due there."""
        for at, since, guard in self.later:
            if since < position:
                self.active[at] = terms.either([self.active[at], guard])
        self.later = [(at, since, guard) for at, since, guard in self.later if since >= position]


@define
class Verdicts:
    """When a requirement of a rule is broken, and when it is not known; by rule and label."""

    broken: dict[tuple[str, str], list[str]] = field(factory=dict)
    unsure: dict[str, list[str]] = field(factory=dict)
    heard: dict[str, list[str]] = field(factory=dict)
    owing: dict[str, list[str]] = field(factory=dict)
    places: dict[tuple[str, str], list[tuple[str, Span]]] = field(factory=dict)

    def breaks(self, rule: str, label: str = "") -> str:
        return terms.either(g for (r, la), gs in self.broken.items() if r == rule and label in ("", la) for g in gs)

    def doubts(self, rule: str) -> str:
        return terms.either(self.unsure.get(rule, ()))

    def hears(self, rule: str) -> str:
        return terms.either(self.heard.get(rule, ()))

    def owes(self, rule: str) -> str:
        return terms.either(self.owing.get(rule, ()))


@define
class Court(Statements):
    """Plays a trajectory out and judges it. `judged` are the rules that are looked at; `weighed` also those that they
    take for granted, such as warnings: they may be broken, and then the others are not judged."""

    judged: tuple[Rule, ...] = ()
    weighed: tuple[Rule, ...] = field(default=Factory(lambda self: self._weighed(), takes_self=True))
    verdicts: Verdicts = field(factory=Verdicts)
    owed: list[Owed] = field(factory=list)
    slots: list[Slot] = field(factory=list)
    steps: list[StepSlot] = field(factory=list)

    def _weighed(self) -> tuple[Rule, ...]:
        """In the order of the specification."""
        found, pending = {r.name: r for r in self.judged}, list(self.judged)
        while pending:
            presumed = [self.spec.rules[n] for n in pending.pop().presupposes if n not in found]
            found |= {r.name: r for r in presumed}
            pending += presumed
        if len(found) == len(self.judged):
            return self.judged
        return tuple(found[n] for n in self.spec.rules if n in found)

    def play(self, steps: Iterable[StepSlot]) -> None:
        for step in steps:
            for event in step.events:
                event.index = len(self.slots)
                if event.kind == "call" and not event.must and not event.open:
                    event.ok = self.constant(f"ok.{event.index}", "Bool")
                self.slots.append(event)
            self.steps.append(step)
            self._see(step)

    def close(self) -> None:
        for rule in self.weighed:
            if rule.when == "end":
                self.past = (*self.slots, *self.steps)
                self._hear(rule, None, self._presumed(rule), len(self.slots))
        for owed in self.owed:
            self._settle(owed)
        self.owed.clear()

    def _see(self, step: StepSlot) -> None:
        before = tuple(s for s in self.past)
        for i, event in enumerate(step.events):
            self.past = (*before, *step.events[:i])
            if i == 0:
                self._meet(step)
                self._trigger("on", step)
            self._trigger("before", event)
            if event.kind == "call":
                self._carry_out(event)
            self.past = (*before, *step.events[: i + 1])
            if i == len(step.events) - 1:
                self.past = (*self.past, step)
            self._meet(event)
            self._trigger("after", event)

    # --- calls

    def _carry_out(self, slot: Slot) -> None:
        tool = self.spec.tools[slot.tool]
        if slot.open:
            return
        if tool.body is None:
            if tool.touches:
                raise Unsupported("a tool whose effect nobody wrote", tool.span)
            slot.result = self._any_result(tool, slot)
            slot.unknown = slot.occurs
            return
        mark, frame = len(self.undo), Frame()
        self.run(tool.body, dict(slot.args), slot.occurs, frame)
        ok = self.shared(terms.negate(frame.fails), "Bool")
        slot.failed = [(g, s) for g, s in frame.failed if g != FALSE]
        slot.unknown = terms.either(frame.unknown)
        if not slot.must:
            self.keep_if(ok, mark)
        if not slot.must:
            self.fact(terms.equal(slot.ok, ok))
        slot.result = self._result(frame)
        mark, after = len(self.undo), Frame()
        self.run(self.spec.sync, {}, slot.occurs, after)
        self.keep_if(self.shared(terms.negate(after.fails), "Bool"), mark)
        slot.unknown = terms.either([slot.unknown, *after.unknown])

    def _any_result(self, tool: Tool, slot: Slot) -> Value:
        """Some result; unknown if it may be of any form."""
        if isinstance(tool.returns, AnyType) or tool.returns == Prim("json"):
            return UNSEEN
        return self.leaf(tool.returns, f"result.{slot.index}", slot.occurs)

    def _result(self, frame: Frame) -> Value | None:
        if not frame.returned:
            return None
        answer = frame.returned[-1][1]
        for guard, value in reversed(frame.returned[:-1]):
            answer = merge(guard, value, answer)
        return answer

    # --- rules

    def _trigger(self, when: str, thing: Slot | StepSlot) -> None:
        for rule in self.weighed:
            if rule.when != when or rule.pattern is None:
                continue
            meant = thing.meets(rule.pattern, when == "after")
            guard = terms.both([meant, self._presumed(rule)])
            if guard != FALSE:
                self._hear(rule, thing, self.shared(guard, "Bool"), thing.last)

    def _presumed(self, rule: Rule) -> str:
        """That no rule which this one takes for granted has been broken."""
        return terms.negate(terms.either(self.verdicts.breaks(p) for p in rule.presupposes))

    def _hear(self, rule: Rule, thing: Slot | StepSlot | None, guard: str, since: int) -> None:
        env: Env = {thing.kind: Happening(((TRUE, thing),))} if thing is not None else {}
        hearing = Hearing(self, rule, thing)
        end = hearing.run(rule.body, env, guard)
        if rule.duties:
            kept = {name: detached(value) for name, value in env.items()}
            for chain in chained(rule.duties):
                self.say(rule, None, end, FALSE, FALSE, chain[0].span)
                if chain[0].mode in ("then", "eventually"):
                    self.verdicts.owing.setdefault(rule.name, []).append(end)
                self.owed.append(Owed(rule, chain, kept, since, [end, *[FALSE] * (len(chain) - 1)], hearing.doubt))

    def say(self, rule: Rule, label: str | None, heard: str, broken: str, unsure: str, span: Span) -> None:
        """Notes when a requirement is judged, broken or unknown."""
        if heard != FALSE:
            self.verdicts.heard.setdefault(rule.name, []).append(heard)
        if broken != FALSE and label is not None:
            term = self.shared(broken, "Bool")
            self.verdicts.broken.setdefault((rule.name, label), []).append(term)
            self.verdicts.places.setdefault((rule.name, label), []).append((term, span))
        if unsure != FALSE:
            self.verdicts.unsure.setdefault(rule.name, []).append(self.shared(unsure, "Bool"))

    # --- duties

    def _meet(self, thing: Slot | StepSlot) -> None:
        for owed in self.owed:
            if thing.first_position > owed.since:
                self._due(owed, thing)

    def _due(self, owed: Owed, thing: Slot | StepSlot) -> None:
        """What is settled goes off, and the next of its chain becomes due by what comes after all of this."""
        owed.catch_up(thing.first_position)
        active = owed.active
        done = [FALSE if a == FALSE else self._met(owed, d, a, thing) for d, a in zip(owed.duties, active, strict=True)]
        owed.active = [self.shared(terms.both([a, terms.negate(d)]), "Bool") for a, d in zip(active, done, strict=True)]
        for i in range(1, len(active)):
            if (due := terms.both([active[i - 1], done[i - 1]])) != FALSE:
                owed.later.append((i, thing.last, self.shared(due, "Bool")))

    def _met(self, owed: Owed, duty: Duty, active: str, thing: Slot | StepSlot) -> str:
        """When what happens settles a duty that is due."""
        here = terms.both([active, thing.occurs])
        match duty.mode:
            case "then":
                about_steps = duty.pattern is not None and duty.pattern.kind == "step"
                if (thing.kind == "step") != about_steps or party_of(duty.pattern) not in (None, thing.role):
                    return FALSE
                met = self._meant(owed, duty.pattern, duty.condition, thing)
                self._decide(owed, duty, here, met)
                return thing.occurs
            case "nothing":
                if thing.kind == "step" or party_of(duty.pattern) not in (None, thing.role):
                    return FALSE
                self._decide(owed, duty, here, Truth(FALSE, TRUE))
                return thing.occurs
            case "eventually":
                met = self._meant(owed, duty.pattern, duty.condition, thing)
                owed.unsure = terms.either([owed.unsure, terms.both([here, met.unsure])])
                return terms.both([thing.occurs, met.yes])
            case "never":
                return self._never(owed, duty, here, thing)
            case _:
                assert_never(duty.mode)

    def _never(self, owed: Owed, duty: Duty, here: str, thing: Slot | StepSlot) -> str:
        ended = Truth(FALSE, TRUE) if duty.until is None else self._meant(owed, duty.until, duty.until_condition, thing)
        broken = self._meant(owed, duty.pattern, duty.condition, thing)
        over = terms.both([here, ended.yes, owed.unsure])
        owed.released = terms.either([owed.released, terms.both([here, ended.unsure])])
        doubt = terms.either([owed.in_doubt, owed.released])
        hit = terms.both([here, terms.negate(ended.yes), broken.yes])
        owed.unsure = terms.either([owed.unsure, terms.both([here, broken.unsure])])
        self.say(
            owed.rule, duty.label, FALSE, terms.both([hit, terms.negate(doubt)]),
            terms.either([over, terms.both([hit, doubt])]), duty.span,
        )  # fmt: skip
        return terms.both([thing.occurs, terms.either([ended.yes, broken.yes])])

    def _meant(self, owed: Owed, pattern: Pattern | None, condition: Expr | None, thing: Slot | StepSlot) -> Truth:
        if pattern is None:
            return Truth(FALSE, TRUE)
        meant = sure(thing.meets(pattern))
        if condition is None or meant.yes == FALSE:
            return meant
        held = self.condition(condition, {**owed.env, "it": Happening(((TRUE, thing),))})
        return Truth(terms.both([meant.yes, held.yes]), terms.either([meant.no, held.no]))

    def _decide(self, owed: Owed, duty: Duty, here: str, met: Truth) -> None:
        broken = terms.both([here, met.no, terms.negate(owed.in_doubt)])
        unsure = terms.both([here, terms.either([met.unsure, terms.both([met.no, owed.in_doubt])])])
        self.say(owed.rule, duty.label, FALSE, broken, unsure, duty.span)

    def _settle(self, owed: Owed) -> None:
        owed.catch_up(float("inf"))
        for active, duty in zip(owed.active, owed.duties, strict=True):
            if duty.mode in ("then", "eventually"):
                doubt = terms.either([owed.in_doubt, owed.unsure])
                self.say(owed.rule, duty.label, FALSE, terms.both([active, terms.negate(doubt)]),
                         terms.both([active, doubt]), duty.span)  # fmt: skip
            else:
                self.say(owed.rule, duty.label, FALSE, FALSE, terms.both([active, owed.unsure]), duty.span)


@define
class Hearing:
    """The body of a rule at one trigger. `doubt` once it may not be judged at all; `narrowed` tells an uncertain branch
    that doubt arose inside it; `lost` when a list that is being collected is no longer known."""

    court: Court
    rule: Rule
    thing: Slot | StepSlot | None
    doubt: str = FALSE
    narrowed: str = FALSE
    left: list[str] = field(factory=list)
    yielded: list[Any] = field(factory=list)
    lost: str = FALSE

    def _waver(self, condition: str) -> None:
        self.doubt = terms.either([self.doubt, condition])
        self.narrowed = terms.either([self.narrowed, condition])

    def run(self, stmts: tuple[Stmt, ...], env: Env, guard: str) -> str:
        for stmt in stmts:
            if guard == FALSE:
                return guard
            guard = self.court.shared(self._statement(stmt, env, guard), "Bool")
        return guard

    def _statement(self, stmt: Stmt, env: Env, guard: str) -> str:
        match stmt:
            case Bind():
                return self._bind(stmt, env, guard)
            case Check():
                return self._check(stmt, env, guard)
            case Exit():
                self._leave(stmt, env, guard)
                return FALSE
            case Branch():
                return self._branch(stmt, env, guard)
            case Each():
                return self._each(stmt, env, guard)
        raise Unsupported("a change made by a rule", stmt.span)

    def _judge(self, label: str, guard: str, no: str, unsure: str, span: Span) -> None:
        """A refused attempt broke nothing that the tool itself enforces."""
        broken = terms.both([guard, no, terms.negate(self.doubt)])
        doubtful = terms.both([guard, terms.either([unsure, terms.both([no, self.doubt])])])
        excusable = self.rule.basis == "contract" or label == "at_most"
        if self.rule.when == "before" and excusable and isinstance(self.thing, Slot) and self.thing.kind == "call":
            broken = terms.both([broken, self.thing.ok])
        self.court.say(self.rule, label, guard, broken, doubtful, span)

    def _check(self, check: Check, env: Env, guard: str) -> str:
        holds = self.court.condition(check.condition, env)
        if check.otherwise is not None and check.otherwise.kind == "skip":
            self._waver(terms.both([guard, holds.unsure]))
            return terms.both([guard, terms.negate(holds.no)])
        if check.otherwise is not None and check.otherwise.kind == "unknown":
            self._judge(check.label, guard, FALSE, terms.negate(holds.yes), check.condition.span)
        else:
            self._judge(check.label, guard, holds.no, holds.unsure, check.condition.span)
        return guard

    def _bind(self, stmt: Bind, env: Env, guard: str) -> str:
        value = self.court.encode(stmt.value, env)
        if stmt.otherwise is None:
            env[stmt.name] = value
            return guard
        found = as_maybe(value)
        env[stmt.name] = where_known(found.value, found.known)
        absent = terms.both([found.known, terms.negate(found.present)])
        self._leave(stmt.otherwise, env, terms.both([guard, absent]))
        unseen = terms.both([guard, terms.negate(found.known)])
        self._waver(unseen)
        if stmt.otherwise.kind == "yield":
            self.lost = terms.either([self.lost, unseen])
        elif stmt.otherwise.kind != "skip":
            self._judge("", unseen, FALSE, TRUE, stmt.otherwise.span)
        return terms.both([guard, terms.negate(absent)])

    def _leave(self, leave: Exit, env: Env, guard: str) -> None:
        if guard == FALSE:
            return
        match leave.kind:
            case "skip":
                pass
            case "violate":
                self._judge("", guard, TRUE, FALSE, leave.span)
                self.left.append(guard)
            case "unknown":
                self._judge("", guard, FALSE, TRUE, leave.span)
                self.left.append(guard)
            case "yield":
                self.lost = terms.either([self.lost, terms.both([guard, self.doubt])])
                if leave.value is not None:
                    self.yielded.append((guard, self.court.encode(leave.value, env)))
            case _:
                raise Unsupported("a result in a rule", leave.span)

    def _branch(self, stmt: Branch, env: Env, guard: str) -> str:
        """On an unknown condition both ways are gone, in doubt; what follows is in doubt if either may have left. The
        rule is left for good only if both ways leave it."""
        decided = self.court.condition(stmt.condition, env)
        unsure = terms.both([guard, decided.unsure])
        before, outer, left = self.doubt, self.narrowed, self.left
        self.doubt, self.narrowed = terms.either([before, unsure]), FALSE
        ways = [terms.both([guard, terms.negate(decided.no)]), terms.both([guard, terms.negate(decided.yes)])]
        ends, leaves = [], []
        for body, way in zip((stmt.then, stmt.other), ways, strict=True):
            self.left = []
            ends.append(self.run(body, dict(env), way))
            leaves.append(self.court.shared(terms.either(self.left), "Bool"))
        self.left = [*left, *_left_by(leaves, unsure)]
        gone = [FALSE if end == way else terms.both([unsure, terms.negate(end)])
                for end, way in zip(ends, ways, strict=True)]  # fmt: skip
        arisen = self.court.shared(terms.either([self.narrowed, *gone]), "Bool")
        self.doubt, self.narrowed = terms.either([before, arisen]), terms.either([outer, arisen])
        return terms.either(ends)

    def _each(self, loop: Each, env: Env, guard: str) -> str:
        source = as_maybe(self.court.encode(loop.source, env))
        if not isinstance(source.value, Seq):
            raise Unsupported("going through what is no list", loop.source.span)
        seq = lists.settled(source.value)
        seen, lasting = terms.both([source.known, seq.known]), may_leave_rule(loop.body)
        unseen = terms.both([guard, terms.negate(seen)])
        before, outer, lost = len(self.left), self.yielded, self.lost
        if loop.into is not None:
            self.yielded, self.lost = [], unseen
        if unseen != FALSE:
            self._judge("", unseen, FALSE, TRUE, loop.source.span)
        if lasting:
            self._waver(unseen)
        doubt, narrowed = self.doubt, self.narrowed
        for there, item in lists.certain(seq):
            gone = terms.negate(terms.either(self.left[before:]))
            turn = terms.both([guard, source.present, seen, there, gone])
            self.run(loop.body, {**env, **self.court.unpack(loop.names, item)}, turn)
            if not lasting:
                self.doubt, self.narrowed = doubt, narrowed
        if loop.into is not None:
            env[loop.into] = Seq(lists.limited(self.yielded), terms.negate(self.lost))
            self.yielded, self.lost = outer, lost
        return terms.both([guard, terms.negate(terms.either(self.left[before:]))])


def _left_by(leaves: list[str], unsure: str) -> list[str]:
    """When a branch leaves the rule: by the way that is gone, or by both."""
    if unsure == FALSE:
        return [way for way in leaves if way != FALSE]
    either = terms.both([terms.negate(unsure), terms.either(leaves)])
    return [left for left in (either, terms.both([unsure, *leaves])) if left != FALSE]
