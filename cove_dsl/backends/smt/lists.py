"""Lists: what can be said of them without saying what is in them.

A list whose items are known is gone through. Of any other list, `some` has a witness, and its denial is told to every
place known so far; both directions only say what is true of every list, so a refutation stays a proof.
"""

from typing import Any

from attrs import define, evolve, field

from ...core.nodes import Apply, Collect, Events, Expr, Get
from ...core.types import BOOL, INT, AnyType, ListType, RecordType, Type, optional, strip
from ...source import Span
from . import errors, terms
from .values import Call, Env, History, Items, Maybe, Query, Scalar, Thing, Value, spelled
from .world import NOTHING, World

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
class Lists(World):
    """Encodes what is asked of lists. `remembered` keeps one answer for what is asked twice."""

    remembered: dict[str, Value] = field(factory=dict)

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

    # --- every way through a comprehension that is known

    def cases(self, value: Value, kind: Type) -> tuple[Cases, bool]:
        """Known items of a list, each with the condition under which it is one; and whether these are all."""
        match value:
            case Items(items):
                return [(terms.TRUE, item) for item in items], True
            case Query(collect, env, moment) if moment == self.moment:
                return self._through(collect, 0, dict(env), [])
            case History(_, past, _, name):
                return [(g, self.part_of(c, name, item_type(kind))) for g, c in past], False
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
            case Query(collect, env, moment) if moment == self.moment:
                return self._one(collect, dict(env), hint)
        return [(terms.FALSE, span)] if value == Items(()) else [], self.fresh(item, hint)

    def _settle(self, source: Thing, made: Value) -> None:
        """A row of a table is the one at its own key, or none at all."""
        for name in self.spec.tables:
            if self.table(name).term == source.term and isinstance(made, Thing):
                self.script.fact(terms.implies(self.member(source, made), self.settle(name, made)))

    def _one(self, collect: Collect, env: dict[str, Value], hint: str) -> tuple[list[Demand], Value]:
        demands: list[Demand] = []
        for clause in collect.clauses:
            if clause.kind == "where":
                demands += [(self.condition(part, env), part.span) for part in conjuncts(clause.expr)]
                continue
            value = self.encode(clause.expr, env)
            if clause.kind == "for":
                more, value = self.element(value, clause.expr.type, hint)
                demands += more
            env |= self.named(clause.names, value)
        return demands, self.encode(collect.body, env)

    # --- folds

    def exists(self, value: Value, kind: Type) -> str:
        """That a list has an item."""
        if isinstance(value, Thing):
            return f"(>= {self.number_of(value)} 1)"
        found, exact = self.cases(value, kind)
        if exact:
            return terms.either(condition for condition, _ in found)
        if isinstance(value, Query):
            self.weaken(value.collect.span, errors.GENERAL)
        key = f"{self.moment}:some:{spelled(value)}"
        if key not in self.remembered:
            self.remembered[key] = self.fresh(BOOL, "some")
            demands, _ = self.element(value, kind, "some.item")
            witness = self.remembered[key]
            assert isinstance(witness, Scalar)
            self.script.fact(terms.implies(witness.term, terms.both(term for term, _ in demands)))
        answer = self.remembered[key]
        assert isinstance(answer, Scalar)
        for condition, _ in found:
            self.script.fact(terms.implies(condition, answer.term))
        return answer.term

    def count(self, value: Value, kind: Type) -> Value:
        if isinstance(value, Thing):
            return Scalar(self.number_of(value), "Int")
        found, exact = self.cases(value, kind)
        if exact:
            return self.total([Scalar(terms.choose(c, "1", "0"), "Int") for c, _ in found], "Int")
        some = self.exists(value, kind)
        number = self.recall(spelled(value), INT, "count")
        assert isinstance(number, Scalar)
        if _of_the_past(value):
            least = self.total([Scalar(terms.choose(c, "1", "0"), "Int") for c, _ in found], "Int")
            self.script.fact(f"(>= {number.term} {least.term})")
        self.script.fact(f"(>= {number.term} 0)")
        self.script.fact(terms.equal(some, f"(>= {number.term} 1)"))
        return number

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

    def met_first(self, value: History) -> Call | None:
        """What is known of the first of some past events; given by the floor above this one."""
        return None

    def part_of(self, call: Call, name: str, kind: Type) -> Value:
        """A past event, or what is looked at of it."""
        return call.fields.get(name) or self.recall(f"{spelled(call)}.{name}", kind, "of.call") if name else call

    def _picked(self, op: str, value: Value, kind: Type) -> Maybe:
        if isinstance(value, History):
            call = self.met_first(value) if op == "first" else None
            present = self.exists(value, kind) if op != "only" else self.script.fresh("only", "Bool")
            there = call is not None and value.field in ("", *call.fields)
            return Maybe(present, self.part_of(call, value.field, item_type(kind)) if call is not None and there
                         else self.fresh(item_type(kind), op))  # fmt: skip
        some, (demands, one) = self.exists(value, kind), self.element(value, kind, op)
        present = some if op != "only" else terms.both([some, self.script.fresh("only", "Bool")])
        self.script.fact(terms.implies(present, terms.both(term for term, _ in demands)))
        for condition, item in self.cases(value, kind)[0] if op == "only" else ():
            self.script.fact(terms.implies(terms.both([present, condition]), self.same(item, one)))
        return Maybe(present, one)

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
            case History():
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


def _of_the_past(value: Value) -> bool:
    """Whether distinct known items are surely distinct: past calls are; rows may be one and the same."""
    first = value.collect.clauses[0].expr if isinstance(value, Query) and value.collect.clauses else None
    return isinstance(value, History) or isinstance(first, Events)


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of an `and`, each a condition of its own."""
    if isinstance(expr, Apply) and expr.op == "and":
        return [part for arg in expr.args for part in conjuncts(arg)]
    return [expr]


__all__ = ["Lists", "conjuncts", "item_type", "truth"]
