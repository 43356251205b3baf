"""What rules forbid, in a normal form: a rule is broken where one of its requirements is false.

A requirement is a trigger and a set of conditions of which one has to hold: `when A  require B` and `require not A or
B` are the same one. Rules may be cut up, put together, renamed and reworded without a trace. Where every requirement of
one policy follows from one of another, it is proved that the other forbids all that the one forbids.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from typing import Any

from attrs import define, evolve, field, frozen

from ..core.judge import chained
from ..core.nodes import Bind, Branch, Check, Duty, Each, Exit, Expr, Rule, Stmt
from ..core.partial import may_leave_rule
from ..core.spec import Spec
from ..source import Span
from .normal import Env, Meanings, Pool

MOST_WAYS = 64  # requirements that one condition may fall into, before it is kept whole


@frozen(cache_hash=True)
class Requirement:
    """One way to break a rule: at `trigger`, where none of `literals` holds. `taken` are the rules taken for granted,
    each as its requirements; `excused`: a call that the tool refuses does not break it."""

    trigger: tuple[Any, ...]
    literals: frozenset[int]
    taken: frozenset[frozenset["Requirement"]] = frozenset()
    excused: bool = False
    label: str = field(default="", eq=False)
    span: Span | None = field(default=None, eq=False)

    def implies(self, other: "Requirement", pool: Pool) -> bool:
        """Whether the other holds wherever this one does."""
        alike = (self.trigger, self.taken) == (other.trigger, other.taken) and (not self.excused or other.excused)
        return alike and all(any(pool.follows(a, b) for b in other.literals) for a in self.literals)


Requirements = frozenset[Requirement]


@define
class Reader:
    """Reads rules of one specification. `tools` are those that both policies know."""

    spec: Spec
    pool: Pool
    tools: frozenset[str]
    _known: dict[str, Requirements] = field(factory=dict)

    def rule(self, name: str) -> Requirements:
        if name not in self._known:
            self._known[name] = frozenset(self._read(self.spec.rules[name]))
        return self._known[name]

    def all(self, names: Iterable[str]) -> Requirements:
        return frozenset(r for name in names for r in self.rule(name))

    def _read(self, rule: Rule) -> Iterator[Requirement]:
        taken = frozenset(self.rule(p) for p in rule.presupposes)
        for trigger, tool in self._triggers(rule):
            body = Body(Meanings(self.spec, self.pool, self.tools, tool), rule)
            guards = body.run(rule.body, body.env, ())
            body.owe(rule.duties, guards)
            for made in body.found:
                yield evolve(made, trigger=trigger, taken=taken)

    def _triggers(self, rule: Rule) -> Iterator[tuple[tuple[Any, ...], str | None]]:
        """Each tool and each party apart: a rule about two tools is two rules."""
        pattern = rule.pattern
        if pattern is None:
            yield (rule.when, *((rule.doc,) if rule.when == "judged" else ())), None
        elif pattern.kind == "call":
            for tool in sorted(Meanings(self.spec, self.pool, self.tools).meant(pattern)):
                yield (rule.when, "call", tool, pattern.status if rule.when == "after" else None), tool
        else:
            for role in (pattern.role,) if pattern.role is not None else ("agent", "user"):
                yield (rule.when, pattern.kind, role), None


@define
class Body:
    """The body of a rule at one trigger. `found` are its requirements so far. A guard is what has to hold for a
    statement to be reached, as the conditions of which one has to fail."""

    meanings: Meanings
    rule_: Rule
    env: Env = field(factory=dict)
    found: list[Requirement] = field(factory=list)

    @property
    def pool(self) -> Pool:
        return self.meanings.pool

    def run(self, stmts: tuple[Stmt, ...], env: Env, guards: tuple[int, ...]) -> tuple[int, ...]:
        """Goes through statements; what has to hold for their end to be reached."""
        for stmt in stmts:
            guards = self._step(stmt, env, guards)
        return guards

    def _step(self, stmt: Stmt, env: Env, guards: tuple[int, ...]) -> tuple[int, ...]:
        match stmt:
            case Bind():
                return self._bind(stmt, env, guards)
            case Check(condition, label, _, otherwise, span):
                return self._check(self.meanings.of(condition, env), label, otherwise, guards, span)
            case Exit():
                return self._leave(stmt, guards)
            case Branch(condition, then, other):
                return self._branch(self.meanings.of(condition, env), then, other, env, guards)
            case Each():
                return self._each(stmt, env, guards)
        raise AssertionError("rules change nothing")

    def _bind(self, stmt: Bind, env: Env, guards: tuple[int, ...]) -> tuple[int, ...]:
        env[stmt.name] = self.meanings.of(stmt.value, env)
        if stmt.otherwise is None:
            return guards
        there = self.pool.put("is", env[stmt.name], "present", None)
        self._leave(stmt.otherwise, (*guards, self.pool.negate(there)))
        return (*guards, there)

    def _check(
        self, condition: int, label: str, otherwise: Exit | None, guards: tuple[int, ...], span: Span
    ) -> tuple[int, ...]:
        if otherwise is not None and otherwise.kind == "skip":
            return (*guards, condition)
        if otherwise is None or otherwise.kind != "unknown":
            self.require(guards, condition, label, span)
        return guards

    def _leave(self, leave: Exit, guards: tuple[int, ...]) -> tuple[int, ...]:
        if leave.kind == "violate":
            self.require(guards, self.pool.false, "", leave.span)
        return (*guards, self.pool.false)

    def _branch(
        self, condition: int, then: tuple[Stmt, ...], other: tuple[Stmt, ...], env: Env, guards: tuple[int, ...]
    ) -> tuple[int, ...]:
        ends = []
        for taken, stmts in ((condition, then), (self.pool.negate(condition), other)):
            after = self.run(stmts, dict(env), (*guards, taken))[len(guards) + 1 :]
            ends.append((taken, self.pool.both(after)))
        narrowed = [self.pool.either((self.pool.negate(taken), end)) for taken, end in ends if end != self.pool.true]
        return (*guards, *narrowed)

    def _each(self, loop: Each, env: Env, guards: tuple[int, ...]) -> tuple[int, ...]:
        """A requirement inside a loop is one about every item, also where the loop collects something. Leaving the rule
        in a turn is kept as it is written."""
        source = self.meanings.of(loop.source, env)
        item, inside = self.meanings.bound(loop.names, source, env)
        if loop.into is not None:
            env[loop.into] = self.pool.put("gather", source, item, self.meanings.statements(loop.body, inside))
        inner = evolve(self, found=[])
        inner.run(loop.body, dict(inside), ())
        for made in inner.found:
            body = self.pool.either(made.literals)
            every = self.meanings.every((("for", source, item),), body)
            self.require(guards, every, made.label, made.span or loop.span)
        if may_leave_rule(loop.body):
            gone = self.meanings.statements(loop.body, inside)
            return (*guards, self.pool.put("gone through", source, item, gone))
        return guards

    # --- requirements

    def require(self, guards: tuple[int, ...], condition: int, label: str, span: Span) -> None:
        """One of these has to hold: a guard that fails, or the condition. What is a matter of course is left out."""
        excused = self.rule_.when == "before" and (self.rule_.basis == "contract" or label == "at_most")
        for way in self._ways(guards, condition):
            literals = frozenset(way) - {self.pool.false}
            if self.pool.true not in literals and not any(self.pool.negate(n) in literals for n in literals):
                false = frozenset(map(self.pool.unordered, literals))
                self.found.append(Requirement((), false, frozenset(), excused, label, span))

    def _ways(self, guards: tuple[int, ...], condition: int) -> list[list[int]]:
        """Every set of conditions of which one has to hold: `and` below `or` is multiplied out."""
        whole = self.pool.disjuncts(self.pool.either([*map(self.pool.negate, guards), condition]))
        parts = [self.pool.conjuncts(n) for n in whole]
        if prod(map(len, parts)) > MOST_WAYS:
            return [whole]
        return [[d for n in way for d in self.pool.disjuncts(n)] for way in product(*parts)]

    def owe(self, duties: tuple[Duty, ...], guards: tuple[int, ...]) -> None:
        """A chain of duties stands as one condition: what it captures is what names stood for at its trigger."""
        for chain in chained(duties):
            self.require(guards, self.pool.put("owed", *map(self._duty, chain)), chain[0].label, chain[0].span)

    def _duty(self, duty: Duty) -> tuple[Any, ...]:
        meant = self.meanings.pattern(duty.pattern), self._later(duty.condition)
        until = self.meanings.pattern(duty.until), self._later(duty.until_condition)
        return (duty.mode, *meant, *until)

    def _later(self, condition: Expr | None) -> int | None:
        """What is looked at later knows its names from before."""
        if condition is None:
            return None
        kept = {n: self.pool.put("kept", v) for n, v in self.env.items()}
        for event in ("call", "message", "step"):
            kept.setdefault(event, self.pool.put("kept", self.pool.put("var", event)))
        return evolve(self.meanings, tool=None).of(condition, kept)


def entailed(wanted: Requirements, given: Requirements, pool: Pool) -> frozenset[Requirement]:
    """The requirements that follow from one of the given ones."""
    return frozenset(r for r in wanted if r in given or any(g.implies(r, pool) for g in given))


__all__ = ["Reader", "Requirement", "Requirements", "entailed"]
