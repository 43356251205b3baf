"""What the policy asks of a whole conversation: of the calls of the plan, and of whatever else must have happened.

A rule binds every event that it is about. Those in play are told what it asks of them, each seen from where it stands:
of the world there nothing is known, unless it is a call of the plan. What a rule owes afterwards has a witness, and
what it rules out is told to every event behind.
"""

from typing import Literal, TypeAlias

from attrs import define, evolve, field

from ...core.judge import chained, party_of
from ...core.nodes import Apply, Bind, Check, Duty, Events, Exit, Expr, Pattern, Rule, Stmt
from ...core.spec import Spec
from ...core.walk import walk
from . import terms
from .contracts import Contracts, Frame, Planned
from .heard import SAID
from .past import END, Standpoint
from .relevance import looks_at, once, through
from .terms import FALSE, TRUE
from .values import Event, Value

KINDS: tuple[Literal["message", "call"], ...] = ("message", "call")
ROLES: tuple[Literal["agent", "user"], ...] = ("agent", "user")

Env: TypeAlias = dict[str, Value]


@define
class Policy(Contracts):
    """Encodes rules where they have not been yet. `judged` are the events and rules that were; `whole` how often the
    whole policy was asked for."""

    judged: set[tuple[str, str]] = field(factory=set)
    whole: int = 0

    def whole_policy(self) -> None:
        """First every rule about the calls of the plan; when asked again, about what these need to have happened; then
        about what that needs, and so on."""
        for planned in self.planned if not self.whole else ():
            for rule in self.binding():
                if not self.binds(rule) and rule.when in ("before", "after"):
                    at = planned.before if rule.when == "before" else planned.behind
                    self.bind_event(rule, planned.event, at, planned.done)
        if not self.whole:
            with self.standing(self.elsewhere(END)):
                for rule in (r for r in self.binding() if r.when == "end"):
                    self.obey(rule, {}, TRUE, END)
        else:
            self.hear(self.bind_all, idly=False)
        self.whole += 1
        self.catch_up()

    def binding(self) -> list[Rule]:
        return [r for r in self.spec.rules.values() if self.may_bind(r)]

    def bind_all(self, event: Event) -> None:
        """What every rule asks of an event of which only is known what happened by then."""
        if self.depth >= self.whole or any(p.event.at == event.at for p in self.planned):
            return
        for rule in (r for r in self.binding() if r.when in ("before", "after")):
            now = event.at if rule.when == "before" else f"(+ {event.at} 1)"
            if (asked := anywhere(rule, self.spec)) is not None:
                self.bind_event(asked, event, self.elsewhere(now), TRUE)

    def bind_event(self, rule: Rule, event: Event, at: Standpoint, guard: str) -> None:
        """What a rule asks of an event, seen from somewhere, if it is one that it is about."""
        if rule.pattern is None or rule.pattern.kind == "step" or (event.at, rule.name) in self.judged:
            return
        self.judged.add((event.at, rule.name))
        meant = self.is_meant(rule.pattern, event)
        if meant == FALSE:
            return
        tried = [self.of("ok", event.at)] if rule.when == "before" and excuses(rule) else []
        with self.standing(at):
            self.obey(rule, {event.type.kind: event}, terms.both([guard, meant, *tried]), event.at)

    def obey(self, rule: Rule, env: Env, guard: str, place: str) -> None:
        frame = Frame("rule", f"rule.{rule.name}", rule.span)
        end = self.run(rule.body, env, guard, frame)
        for chain in chained(rule.duties) if place != END else ():
            self.owe(rule, chain, env, end, place)

    # --- duties

    def owe(self, rule: Rule, chain: tuple[Duty, ...], env: Env, guard: str, since: str) -> None:
        """What must follow, one duty of a chain after the other."""
        for duty in chain:
            if any(p is not None and p.kind == "step" for p in (duty.pattern, duty.until)):
                return
            match duty.mode:
                case "eventually":
                    self._follows(rule, duty, env, guard, since)
                case "never":
                    self._never(rule, duty, env, guard, since)
                case "then":
                    place = self._follows(rule, duty, env, guard, since)
                    self._next(rule, duty, guard, since, place)
                    since = place
                case "nothing":
                    self._next(rule, duty, guard, since, None)
                    return  # what follows it in a chain is never due

    def _follows(self, rule: Rule, duty: Duty, env: Env, guard: str, since: str) -> str:
        """An event that meets a duty; where it stands."""
        assert duty.pattern is not None
        event = self.some_event(duty.pattern, f"{rule.name}.{duty.mode}")
        met = self._met(duty.pattern, duty.condition, env, event)
        self.claim(rule, duty, terms.implies(guard, terms.both([f"(> {event.at} {since})", met])))
        return event.at

    def _never(self, rule: Rule, duty: Duty, env: Env, guard: str, since: str) -> None:
        """No such event, unless another has ended the duty by then, be it the very one that would break it."""
        ending = self.some_event(duty.until, "until") if duty.until is not None else None
        over = self._met(duty.until, duty.until_condition, env, ending) if duty.until and ending else FALSE

        def tell(event: Event) -> None:
            assert duty.pattern is not None
            if (broken := self._met(duty.pattern, duty.condition, env, event)) != FALSE:
                here = terms.both([guard, f"(> {event.at} {since})", broken])
                between = [f"(< {since} {ending.at})", f"(<= {ending.at} {event.at})"] if ending is not None else []
                self.claim(rule, duty, terms.implies(here, terms.both([over, *between])))

        self.hear(tell)

    def _met(self, pattern: Pattern, condition: Expr | None, env: Env, event: Event) -> str:
        """That an event is such a one. The condition is read just behind it; of the world nothing is known there."""
        meant = self.is_meant(pattern, event)
        if meant == FALSE or condition is None:
            return meant
        with self.standing(self.elsewhere(f"(+ {event.at} 1)")):
            return terms.both([meant, self.condition(condition, {**env, "it": event})])

    def _next(self, rule: Rule, duty: Duty, guard: str, since: str, place: str | None) -> None:
        """Every event of the party behind one place stands at another or behind it; or there is none."""
        party = party_of(duty.pattern)

        def tell(event: Event) -> None:
            meant = [self.is_meant(Pattern(k, role), event) for k in KINDS for role in ROLES if party in (None, role)]
            here = terms.both([guard, terms.either(meant), f"(> {event.at} {since})"])
            self.claim(rule, duty, terms.implies(here, f"(>= {event.at} {place})" if place is not None else FALSE))

        self.hear(tell)

    def claim(self, rule: Rule, duty: Duty, term: str) -> None:
        self.demand("rule", f"rule.{rule.name}", duty.span, term)


@once
def anywhere(rule: Rule, spec: Spec) -> Rule | None:
    """What a rule asks wherever nothing is known of the world: as far as nothing of the world narrows it, what rests on
    the past or on words, and its duties. None where that is nothing."""
    kept: list[Stmt] = []
    duties = rule.duties
    for stmt in rule.body:
        worldly = any(looks_at(stmt, spec))
        if worldly and _narrows(stmt):
            duties = ()
            break
        if not worldly or _speaks(stmt, spec):
            kept.append(stmt)
    asked = any(not isinstance(s, Bind) and not _narrows(s) for s in kept)
    return evolve(rule, body=tuple(kept), duties=duties) if asked or duties else None


def _narrows(stmt: Stmt) -> bool:
    """Whether what follows may not be judged."""
    return any(isinstance(n, Exit) and n.kind in ("skip", "unknown") for n in walk(stmt))


def _speaks(stmt: Stmt, spec: Spec) -> bool:
    """Whether something looks at the past, or reads words; a name for something may be needed."""
    return isinstance(stmt, Bind) or any(
        isinstance(n, Events) or (isinstance(n, Apply) and n.op in SAID) for n in through(stmt, spec)
    )


def excuses(rule: Rule) -> bool:
    """Whether a call that the tool refuses breaks nothing of a rule."""
    labels = {s.label for s in rule.body if isinstance(s, Check)}
    return rule.basis == "contract" or "at_most" in labels


__all__ = ["Planned", "Policy"]
