"""Lists: what can be said of them without saying what is in them.

A list whose items are known is gone through. Of any other list, `some` has a witness, and its denial is told to every
place known so far; both directions only say what is true of every list, so a refutation stays a proof.
"""

from typing import Any

from attrs import define, evolve, field

from ...core.nodes import Apply, Collect, Expr, Get
from ...core.types import BOOL, INT, AnyType, ListType, Optional, RecordType, Type, optional, strip
from ...source import Span
from . import errors, terms
from .past import END, Conversation
from .values import (
    Env,
    Event,
    Items,
    Maybe,
    Past,
    Query,
    Scalar,
    Stretch,
    Thing,
    Value,
    both_present,
    sort_of,
    spelled,
)  # fmt: skip
from .world import NOTHING

Demand = tuple[str, Span]
Cases = list[tuple[str, Value]]


def item_type(kind: Type) -> Type:
    inner = strip(kind)
    return inner.item if isinstance(inner, ListType) else AnyType()


def truth(value: Value) -> str | None:
    """The term of a condition."""
    match value:
        case Scalar(term, "Bool"):
            return term
        case Maybe(present, Scalar(term, "Bool")):
            return terms.both([present, term])
    return None


@define
class Lists(Conversation):
    """Encodes what is asked of lists. `remembered` keeps one answer for what is asked twice; `counted` is how many past
    events something counts, at most."""

    remembered: dict[str, Value] = field(factory=dict)
    witnesses: dict[str, tuple[str, Value, Event | None]] = field(factory=dict)
    counted: int = 1

    def encode(self, expr: Expr, env: Env) -> Value:
        """The value of an expression; given by the floor above this one."""
        raise NotImplementedError

    def condition(self, expr: Expr, env: Env) -> str:
        """A condition as a term; one that cannot be encoded is arbitrary."""
        found = truth(self.encode(expr, env))
        return found if found is not None else self.script.fresh("condition", "Bool")

    def recall(self, key: str, kind: Type, hint: str) -> Value:
        """An arbitrary value, the same one each time."""
        key = f"{self.moment}:{hint}:{key}"
        if key not in self.remembered:
            self.remembered[key] = self.fresh(kind, hint)
        return self.remembered[key]

    def is_current(self, query: Query) -> bool:
        """Whether a comprehension was written for the world, and the past, as they are here."""
        return query.moment == self.moment and query.now in (None, self.now)

    def is_of_the_past(self, value: Value) -> bool:
        """Whether the items of a list are past events, or come of one each."""
        match value:
            case Past():
                return True
            case Query(collect, env, _, now) if now is not None or any(isinstance(v, Past) for v in env.values()):
                sources = [c.expr for c in collect.clauses if c.kind == "for"]
                return len(sources) == 1 and isinstance(self.encode(sources[0], env), Past)
        return False

    # --- every way through a comprehension that is known

    def cases(self, value: Value, kind: Type) -> tuple[Cases, bool]:
        """Known items of a list, each with the condition under which it is one; and whether these are all."""
        match value:
            case Items(items):
                return [(terms.TRUE, item) for item in items], True
            case Query(collect, env) if self.is_current(value):
                return self._through(collect, 0, dict(env), [])
            case Past() if self.alone is not None and (inside := self.is_among(value, self.alone)) != terms.FALSE:
                return [(inside, self.part_of(self.alone, value.field, item_type(kind)))], False
            case Thing():
                item = item_type(kind)
                known = self.known.get(item.name, []) if isinstance(item, RecordType) else []
                found = [(self.member(value, thing), thing) for thing in list(known)]
                return [*found, *self.entries(value)], False
        return [], False

    def _through(self, collect: Collect, at: int, env: dict[str, Value], so_far: list[str]) -> tuple[Cases, bool]:
        if at == len(collect.clauses):
            return [(terms.both(so_far), self.encode(collect.body, env))], True
        clause = collect.clauses[at]
        if clause.kind == "let":
            return self._through(collect, at + 1, {**env, clause.names[0]: self.encode(clause.expr, env)}, so_far)
        if clause.kind == "where":
            return self._through(collect, at + 1, env, [*so_far, self.condition(clause.expr, env)])
        found, exact = self.cases(self.encode(clause.expr, env), clause.expr.type)
        gone: Cases = []
        for condition, item in found:
            inner, whole = self._through(
                collect, at + 1, {**env, **self.named(clause.names, item)}, [*so_far, condition]
            )
            gone += inner
            exact = exact and whole
        return gone, exact

    def named(self, names: tuple[str, ...], item: Value) -> dict[str, Value]:
        """Names for an item, or for the parts of a tuple."""
        if len(names) == 1:
            return {names[0]: item}
        if isinstance(item, Items) and len(item.items) == len(names):
            return dict(zip(names, item.items, strict=True))
        return {name: self.fresh(AnyType(), name) for name in names}

    # --- one item, whichever

    def element(self, value: Value, kind: Type, hint: str) -> tuple[list[Demand], Value]:
        """Some item of a list, and what makes it one."""
        item, span = item_type(kind), Span("", 0, 0)
        match value:
            case Items((only,)):
                return [], only
            case Items((first, *rest)):
                chosen = first
                for other in rest:
                    chosen = self.choose(self.script.fresh(f"{hint}.choice", "Bool"), chosen, other, item)
                return [], chosen
            case Thing():
                made = self.fresh(item, hint)
                demands = [(self.member(value, made), span)] if isinstance(made, (Scalar, Thing)) else []
                self._settle(value, made)
                if demands:
                    self.script.fact(terms.implies(demands[0][0], self.keyed(value, made)))
                return demands, made
            case Stretch(low, high):
                number = self.script.fresh(hint, "Int")
                return [(f"(<= {low} {number} {high})", span)], Scalar(number, "Int")
            case Past():
                event = self.some_event(value.pattern, hint)
                return [(self.is_among(value, event), span)], self.part_of(event, value.field, item)
            case Query(collect, env) if self.is_current(value):
                return self._one(collect, dict(env), hint)
        return [(terms.FALSE, span)] if value == Items(()) else [], self.fresh(item, hint)

    def _settle(self, source: Thing, made: Value) -> None:
        """A row of a table is the one at its own key, or none at all."""
        for name in self.spec.tables:
            if self.table(name).term == source.term and isinstance(made, Thing):
                self.script.fact(terms.implies(self.member(source, made), self.settle(name, made)))

    def _one(self, collect: Collect, env: dict[str, Value], hint: str) -> tuple[list[Demand], Value]:
        demands: list[Demand] = []
        event = self.latest
        for clause in collect.clauses:
            if clause.kind == "where":
                demands += [(self.condition(part, env), part.span) for part in conjuncts(clause.expr)]
                continue
            value = self.encode(clause.expr, env)
            if clause.kind == "for":
                more, value = self.element(value, clause.expr.type, hint)
                demands, event = demands + more, self.latest
            env |= self.named(clause.names, value)
        body, self.latest = self.encode(collect.body, env), event
        return demands, body

    # --- folds

    def exists(self, value: Value, kind: Type) -> str:
        """That a list has an item."""
        if isinstance(value, Thing):
            return f"(>= {self.number_of(value)} 1)"
        if isinstance(value, Stretch):
            return f"(<= {value.low} {value.high})"
        found, exact = self.cases(value, kind)
        if exact:
            return terms.either(condition for condition, _ in found)
        if isinstance(value, Query):
            self.weaken(value.collect.span, errors.GENERAL)
        answer = self._some(value, kind)[0]
        for condition, _ in found:
            self.script.fact(terms.implies(condition, answer))
        return answer

    def _some(self, value: Value, kind: Type) -> tuple[str, Value]:
        """Whether a list of which not all is known has an item, and which one it is that was thought of."""
        key = f"{self.moment}:some:{spelled(value)}"
        if key not in self.witnesses:
            answer, self.latest = self.script.fresh("some", "Bool"), None
            demands, one = self.element(value, kind, "some.item")
            event = self.latest if self.is_of_the_past(value) else None
            self.script.fact(terms.implies(answer, terms.both(term for term, _ in demands)))
            if event is not None:
                self.hear(lambda other: self._there(value, kind, answer, event, other))
            self.witnesses[key] = answer, one, event
        answer, one, event = self.witnesses[key]
        if event is not None and not self.idly:
            self.comes_up(event, self.depth + 1)
        return answer, one

    def _there(self, value: Value, kind: Type, answer: str, first: Event, event: Event) -> None:
        """Some past event answers yes; of those that do, the one that was thought of is the first."""
        for condition, _ in self.cases(value, kind)[0]:
            in_order = f"(<= {first.at} {event.at})" if first.at != event.at else terms.TRUE
            self.script.fact(terms.implies(condition, terms.both([answer, in_order])))

    def count(self, value: Value, kind: Type) -> Value:
        if isinstance(value, Thing):
            return Scalar(self.number_of(value), "Int")
        if isinstance(value, Stretch):
            return Scalar(terms.choose(self.exists(value, kind), f"(+ 1 (- {value.high} {value.low}))", "0"), "Int")
        found, exact = self.cases(value, kind)
        if exact:
            return self.total([Scalar(terms.choose(c, "1", "0"), "Int") for c, _ in found], "Int")
        some = self.exists(value, kind)
        number = self.recall(spelled(value), INT, "count")
        assert isinstance(number, Scalar)
        if number.term not in self.numbers and self.is_of_the_past(value):
            self.numbers[number.term] = []
            self.hear(lambda event: self._counted(value, kind, number.term, event))
            self._so_many(value, kind, number.term)
        self.script.fact(f"(>= {number.term} 0)")
        self.script.fact(terms.equal(some, f"(>= {number.term} 1)"))
        return number

    def _counted(self, value: Value, kind: Type, number: str, event: Event) -> None:
        """Past events that differ are counted apart; rows may be one and the same."""
        if conditions := [c for c, _ in self.cases(value, kind)[0]]:
            self.numbers[number].append((terms.either(conditions), event.at))

    def _so_many(self, value: Value, kind: Type, number: str) -> None:
        """Where there are several, so many that differ, one behind the other."""
        behind = ""
        for least in range(1, self.counted + 1) if self.counted > 1 else ():
            self.latest = None
            demands, _ = self.element(value, kind, "counted")
            if self.latest is None:
                return
            after = [f"(> {self.latest.at} {behind})"] if behind else []
            self.script.fact(terms.implies(f"(>= {number} {least})", terms.both([*(t for t, _ in demands), *after])))
            behind = self.latest.at

    def total(self, values: list[Scalar], sort: Any) -> Scalar:
        """Numbers added up."""
        words = [v.term for v in values if v.term not in ("0", "0.0")]
        zero = "0.0" if sort == "Real" else "0"
        return Scalar(f"(+ {' '.join(words)})" if len(words) > 1 else words[0] if words else zero, sort)

    def pick(self, op: str, value: Value, kind: Type) -> Value:
        """`first`, `last` or `only` of a list."""
        item = item_type(kind)
        if isinstance(value, Thing):
            return (
                self.function(op, [(value.term, "Thing")], optional(item))
                if op != "first"
                else self.at(value, "0", item)
            )
        if isinstance(value, Stretch) and op in ("first", "last"):
            return Maybe(self.exists(value, kind), Scalar(value.low if op == "first" else value.high, "Int"))
        found, exact = self.cases(value, kind)
        if exact and op != "only":
            answer: Value = NOTHING
            for condition, one in reversed(found) if op == "first" else found:
                answer = self.choose(condition, Maybe(terms.TRUE, one), answer, item)
            return answer
        if isinstance(value, Items):
            return Maybe(terms.TRUE, value.items[0]) if len(value.items) == 1 else NOTHING
        key = f"{self.moment}:{op}:{spelled(value)}"
        if key not in self.remembered:
            self.remembered[key] = self._picked(op, value, kind)
        return self.remembered[key]

    def part_of(self, event: Event, name: str, kind: Type) -> Value:
        """A past event, or what is looked at of it."""
        return self.seen_of(event, name, kind) if name else event

    def seen_of(self, event: Event, name: str, kind: Type) -> Value:
        """What can be read of an event from here: the result of a call, where it is not known to have succeeded, is
        there if it did."""
        if name != "result" or event.type.kind != "call" or not isinstance(kind, Optional):
            return self.told_of(event, name, kind)
        given = [self.spec.tools[t].returns for t in event.type.tools or self.spec.tools]
        surely = not any(isinstance(g, Optional) for g in given)
        past = [f"(< {event.at} {self.now})"] if self.now != END else []
        there = terms.both([self.of("ok", event.at), *past])
        return both_present(there, self.told_of(event, name, strip(kind) if surely else kind))

    def told_of(self, event: Event, name: str, kind: Type) -> Value:
        """An argument, the result or another part of an event: the same for the same event."""
        if name in event.fields:
            return event.fields[name]
        sort = sort_of(kind)
        of = str(strip(kind)) if sort == "Thing" else sort
        return self.function(f"event.{name}:{of}", [(event.at, "Int")], kind)

    def _picked(self, op: str, value: Value, kind: Type) -> Value:
        some, self.latest = self.exists(value, kind), None
        if op == "first" and self.is_of_the_past(value):
            return both_present(some, self._some(value, kind)[1])
        demands, one = self.element(value, kind, op)
        present = some if op != "only" else terms.both([some, self.script.fresh("only", "Bool")])
        self.script.fact(terms.implies(present, terms.both(term for term, _ in demands)))
        if op != "first" and self.is_of_the_past(value) and self.latest is not None:
            place = self.latest.at
            self.hear(lambda event: self._placed(op, value, kind, present, place, event))
        for condition, item in self.cases(value, kind)[0] if op == "only" else ():
            self.script.fact(terms.implies(terms.both([present, condition]), self.same(item, one)))
        return both_present(present, one)

    def _placed(self, op: str, value: Value, kind: Type, present: str, place: str, event: Event) -> None:
        """Of past events, nothing stands behind the last, or beside the only one."""
        relation = {"last": ">=", "only": "="}[op]
        for condition, _ in self.cases(value, kind)[0]:
            self.script.fact(terms.implies(terms.both([present, condition]), f"({relation} {place} {event.at})"))

    def among(self, item: Value, value: Value, kind: Type) -> str:
        """That something is in a list of which not all is known."""
        found, exact = self.cases(value, kind)
        if exact:
            return terms.either(terms.both([c, self.same(one, item)]) for c, one in found)
        key = f"{self.moment}:among:{spelled(item)}:{spelled(value)}"
        if key not in self.remembered:
            answer = self.remembered[key] = self.fresh(BOOL, "among")
            assert isinstance(answer, Scalar)
            demands, one = self.element(value, kind, "among.item")
            there = terms.both([*(term for term, _ in demands), self.same(one, item)])
            self.script.fact(terms.implies(answer.term, there))
            if self.is_of_the_past(value):
                self.hear(lambda event: self._in(item, value, kind, answer.term))
            self._in(item, value, kind, answer.term)
        kept = self.remembered[key]
        assert isinstance(kept, Scalar)
        return kept.term

    def _in(self, item: Value, value: Value, kind: Type, answer: str) -> None:
        for condition, one in self.cases(value, kind)[0]:
            self.script.fact(terms.implies(terms.both([condition, self.same(one, item)]), answer))

    def same(self, a: Value, b: Value, depth: int = 3) -> str:
        """That two values are equal; given by the floor above this one."""
        raise NotImplementedError

    def at(self, value: Thing, index: str, item: Type) -> Maybe:
        present = f"(> {self.number_of(value)} {index})"
        return Maybe(
            present, self.function(f"item:{strip(item)}", [(value.term, "Thing"), (index, "Int")], strip(item))
        )

    def lifted(self, value: Value, expr: Get) -> Value:
        """A field of every item of a list."""
        match value:
            case Items(items):
                return Items(
                    tuple(
                        self.read(i, expr.name)
                        if isinstance(i, Thing) and isinstance(i.type, RecordType)
                        else self.fresh(item_type(expr.type), expr.name)
                        for i in items
                    )
                )
            case Past():
                return evolve(value, field=expr.name)
            case Query(collect):
                body = Get(collect.body, expr.name, item_type(expr.type), span=expr.span)
                return evolve(value, collect=evolve(collect, body=body, type=expr.type))
            case Thing(term, kind):
                made = self.function(f"each.{expr.name}:{item_type(kind)}@{self.moment}", [(term, "Thing")], expr.type)
                assert isinstance(made, Thing)
                self.script.fact(terms.equal(self.number_of(made), self.number_of(value)))
                for inside, thing in self.cases(value, kind)[0]:
                    if isinstance(thing, Thing) and isinstance(one := self.read(thing, expr.name), (Scalar, Thing)):
                        self.script.fact(terms.implies(inside, self.member(made, one)))
                return made
        return self.fresh(expr.type, expr.name)


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of an `and`, each a condition of its own."""
    if isinstance(expr, Apply) and expr.op == "and":
        return [part for arg in expr.args for part in conjuncts(arg)]
    return [expr]


__all__ = ["Lists", "conjuncts", "item_type", "truth"]
