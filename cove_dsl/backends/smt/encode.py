"""Expressions of the core as SMT-LIB terms.

Every term is exact or arbitrary, never wrong: what cannot be said becomes a value about which nothing is known, and is
recorded with its place. So whatever the solver refutes is refuted for every world.
"""

import re
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, assert_never

from attrs import define, evolve

from ...core.folding import folded
from ...core.nodes import Apply, Clause, Collect, Const, Events, Expr, Fold, Get, If, Is, Let, Lookup, Make, Var
from ...core.spec import Record
from ...core.times import zone_of
from ...core.types import BOOL, ListType, MapType, Optional, Prim, RecordType, Type, strip
from ...core.walk import walk
from . import errors, terms
from .heard import SAID, Heard
from .lists import truth
from .past import END
from .relevance import few, looks_back, once
from .spellings import holds_moments, is_moment, spelling
from .terms import Sort
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
    written,
)  # fmt: skip
from .world import NOTHING

COMPARES = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MOST_WRITTEN = 20  # numbers of a range that are gone through one by one
ADDS = {"add": "+", "subtract": "-", "multiply": "*"}


@define
class Encoder(Heard):
    """Encodes expressions into its script."""

    def encode(self, expr: Expr, env: Env) -> Value:
        value = self._encode(expr, env)
        if isinstance(value, Maybe) and value != NOTHING and not isinstance(expr.type, Optional):
            return value.value
        return value

    def _encode(self, expr: Expr, env: Env) -> Value:
        match expr:
            case Const(value, kind):
                return self.constant(value, kind, expr)
            case Var(name, kind):
                return self.variable(name, kind, env)
            case Get():
                return self.get(expr, env)
            case Lookup():
                return self.lookup(expr, env)
            case Make():
                return self.make(expr, env)
            case Apply():
                known = folded(expr, zone_of(self.spec.clock))
                return self.applied(expr, env) if known is None else self.constant(known.value, known.type, known)
            case If(condition, then, other, kind):
                return self.choose(
                    self.condition(condition, env), self.encode(then, env), self.encode(other, env), kind
                )
            case Is():
                return Scalar(self.test(expr, env), "Bool")
            case Let(name, value, body):
                return self.encode(body, {**env, name: self.encode(value, env)})
            case Collect():
                return Query(expr, seen_by(expr, env), self.moment, self.stamp(expr))
            case Fold():
                return self.fold(expr, env)
            case Events():
                return self.events(expr, env)
            case _:
                assert_never(expr)

    def opaque(self, expr: Expr, env: Env, why: str) -> Value:
        """A value about which nothing is known, but that it is the same each time."""
        self.weaken(expr.span, why)
        return self.recall(f"{self.stamp(expr)}:{written(expr, env)}", expr.type, "unknown")

    def stamp(self, expr: Expr) -> str | None:
        """What tells apart two looks at one thing between which something happened that changed nothing."""
        return self.now if looks_back(expr, self.spec) else None

    # --- the past

    def events(self, expr: Events, env: Env) -> Value:
        """What has happened by now, on one side of another event if so it says; of an absent one, nothing."""
        self.weaken(expr.span, errors.HISTORY)
        there: list[str] = []
        above: list[str] = []
        below = [self.now] if self.now != END else []
        for bound, side in ((expr.before, below), (expr.after, above)):
            if bound is not None and (place := self.place_of(self.encode(bound, env), there)) is not None:
                side.append(place)
            elif bound is not None:
                return self.opaque(expr, env, errors.HISTORY)
        return Past(expr.pattern, tuple(above), tuple(below), terms.both(there))

    def place_of(self, value: Value, there: list[str]) -> str | None:
        """Where an event stands, if it is one that is spoken of; what makes it present is added."""
        if isinstance(value, Maybe):
            there.append(value.present)
            value = value.value
        spans = isinstance(value, Event) and value.type.kind == "step"
        return value.at if isinstance(value, Event) and not spans else "0" if there[-1:] == [terms.FALSE] else None

    # --- literals and names

    def constant(self, value: Any, kind: Type, expr: Expr) -> Value:
        kind = strip(kind)
        if value is None:
            return NOTHING
        if isinstance(value, list) and isinstance(kind, ListType):
            return Items(tuple(self.constant(v, kind.item, expr) for v in value))
        if isinstance(value, bool):
            return Scalar(terms.TRUE if value else terms.FALSE, "Bool")
        sort = sort_of(kind)
        if isinstance(value, str) and sort == "Text":
            return Scalar(self.script.literal(value), "Text")
        if isinstance(value, (int, Decimal)) and sort in ("Int", "Real"):
            return Scalar(terms.number(value, sort), sort)
        if (
            isinstance(value, str)
            and sort == "Real"
            and isinstance(kind, Prim)
            and (seconds := instant(value, kind.name)) is not None
        ):
            return Scalar(terms.number(seconds, "Real"), "Real")
        return self.opaque(expr, {}, errors.WRITTEN_TABLE)

    def variable(self, name: str, kind: Type, env: Env) -> Value:
        if name in env:
            return env[name]
        if name.startswith("table."):
            return self.table(name.removeprefix("table."))
        version = self.versions.get(name, 0)
        return self.function(f"{name}@{version}" if version else name, [], kind)

    # --- reaching into values

    def get(self, expr: Get, env: Env) -> Value:
        target = self.encode(expr.target, env)
        if expr.lifted:
            return self.lifted(target, expr)
        if isinstance(target, Maybe):
            inner = self.field_of(target.value, expr, env)
            return NOTHING if target == NOTHING else both_present(target.present, inner)
        return self.field_of(target, expr, env)

    def field_of(self, target: Value, expr: Get, env: Env) -> Value:
        match target:
            case Event():
                return self.seen_of(target, expr.name, expr.type)
            case Thing(_, RecordType()):
                return self.read(target, expr.name)
            case Thing(term, _):
                return self.function(f"of.{expr.name}:{expr.type}@{self.moment}", [(term, "Thing")], expr.type)
        return self.opaque(expr, env, errors.HISTORY)

    def lookup(self, expr: Lookup, env: Env) -> Value:
        target, key = self.encode(expr.target, env), self.encode(expr.key, env)
        there = terms.both(v.present for v in (target, key) if isinstance(v, Maybe))
        target, key = (v.value if isinstance(v, Maybe) else v for v in (target, key))
        if there == terms.FALSE:
            return NOTHING
        match expr.target, target, key:
            case Var(name), _, Scalar(word, "Text") if name.startswith("table."):
                return both_present(there, self.row(name.removeprefix("table."), word))
            case _, Thing(_, MapType()), Scalar(word, sort) if sort == self.key_sort(target):
                return both_present(there, self.entry(target, word, expr.type))
            case _, Items(items), Scalar(word, "Int") if word.isdigit():
                return both_present(there, items[int(word)]) if int(word) < len(items) else NOTHING
            case _, Thing(_, ListType(item)), Scalar(word, "Int") if word.isdigit():
                return both_present(there, self.at(target, word, item))
        return self.opaque(expr, env, errors.WRITTEN_TABLE)

    def test(self, expr: Is, env: Env) -> str:
        target = self.encode(self._as_declared(expr.target), env)
        there = target.present if isinstance(target, Maybe) else terms.TRUE
        if expr.tag is None:
            return there if expr.test == "present" else terms.negate(there)
        inner = target.value if isinstance(target, Maybe) else target
        if isinstance(inner, Thing) and isinstance(inner.type, RecordType):
            return terms.both([there, self.case_is(inner, expr.tag, expr.test)])
        return self.condition_of(self.opaque(expr, env, errors.OPAQUE))

    def _as_declared(self, place: Expr) -> Expr:
        """A field by its own type: what was told of it before a call need not be so behind."""
        if not isinstance(place, Get) or not isinstance(strip(place.target.type), RecordType):
            return place
        field = self.declared(strip(place.target.type).name, place.name)  # type: ignore[union-attr]
        return evolve(place, type=field.type) if field is not None and isinstance(field.type, Optional) else place

    def condition_of(self, value: Value) -> str:
        return truth(value) or self.script.fresh("condition", "Bool")

    # --- making values

    def make(self, expr: Make, env: Env) -> Value:
        parts = [self.encode(item, env) for item in expr.items]
        if expr.kind in ("list", "tuple"):
            return Items(tuple(parts))
        if expr.kind == "map" or not isinstance(expr.type, RecordType):
            return self.opaque(expr, env, errors.OPAQUE)
        made = self.fresh(expr.type, f"new.{expr.type.name}")
        assert isinstance(made, Thing)
        self.made.add(made.term)
        for name, part in zip(expr.names, parts, strict=True):
            self.script.fact(self.same(self.initially(made, expr.type.name, name), part))
        return made

    def copied(self, value: Value) -> Value:
        """A value to be kept in another place: equal, and from then on its own. What was just made is nobody else's the
        first time."""
        match value:
            case Maybe(there, inner) if value != NOTHING:
                return Maybe(there, self.copied(inner))
            case Items(items):
                return Items(tuple(map(self.copied, items)))
            case Thing(term, RecordType()):
                if term not in self.made or term in self.placed:
                    copy = self.fresh(value.type, "copy")
                    assert isinstance(copy, Thing)
                    self.made.add(copy.term)
                    self.script.fact(self.same(copy, value))
                    value = copy
                self.placed.add(value.term)
        return value

    # --- equality

    def same(self, a: Value, b: Value, depth: int = 3) -> str:
        """That two values are equal."""
        match a, b:
            case Maybe(p, x), Maybe(q, y):
                if NOTHING in (a, b):
                    return terms.negate(q if a == NOTHING else p)
                return terms.both([terms.equal(p, q), terms.implies(p, self.same(x, y, depth))])
            case (Maybe(p, x), y) | (y, Maybe(p, x)):
                return terms.both([p, self.same(x, y, depth)])
            case Event(x), Event(y):
                return terms.equal(x, y)
            case Scalar(x, s), Scalar(y, t) if s == t:
                return terms.equal(x, y)
            case Scalar(x, s), Scalar(y, t) if {s, t} == {"Int", "Real"}:
                return terms.equal(terms.real(x, s), terms.real(y, t))
            case Thing(x, of), Thing(y, _):
                return terms.TRUE if x == y else self.alike(a, b, of, depth)
            case Items(xs), Items(ys):
                return (
                    terms.both(self.same(x, y, depth) for x, y in zip(xs, ys, strict=True))
                    if len(xs) == len(ys)
                    else terms.FALSE
                )
        return self.condition_of(self.recall(f"{spelled(a)}={spelled(b)}", BOOL, "same"))

    def same_as(self, kind: Type, a: Value, b: Value, depth: int = 3) -> str:
        """That two values of a type are equal: of moments, that they are written alike, which only equal ones are."""
        same = self.same(a, b, depth)
        if not holds_moments(kind):
            return same
        match a, b:
            case Scalar(x, _), Scalar(y, _) if x != y:
                return terms.both([same, terms.equal(spelling(self.script, x), spelling(self.script, y))])
        return terms.both([same, self.script.fresh("written.alike", "Bool")])

    def alike(self, a: Thing, b: Thing, kind: Type, depth: int) -> str:
        """Equality of records, field by field. Rows, variants, lists and maps are equal where they are one; where they
        are equal, so are their fields, as far as these are looked at."""
        record = self.spec.records[kind.name] if isinstance(kind, RecordType) else None
        rows = {t.record for t in self.spec.tables.values()}
        if record is not None and record.fields and depth and record.name not in rows:
            return terms.both(
                self.same_as(f.type, self.read(a, n), self.read(b, n), depth - 1) for n, f in record.fields.items()
            )
        word = terms.apply(self.script.function(f"same@{self.moment}", ("Thing", "Thing"), "Bool"), a.term, b.term)
        self.script.fact(terms.implies(terms.equal(a.term, b.term), word))
        if record is not None and record.tag is not None and depth:
            self.script.fact(terms.implies(word, self.same_case(a, b, record, depth)))
        return word

    def same_case(self, a: Thing, b: Thing, record: Record, depth: int) -> str:
        """That two variants have the same case, and in it the same fields."""
        assert record.tag is not None
        fields = [
            terms.implies(
                self.case_is(a, record.tag, case.wire),
                terms.both(
                    self.same_as(f.type, self.read(a, n), self.read(b, n), depth - 1) for n, f in case.fields.items()
                ),
            )
            for case in record.cases.values()
        ]
        return terms.both([self.same(self.read(a, record.tag), self.read(b, record.tag)), *fields])

    # --- functions

    def applied(self, expr: Apply, env: Env) -> Value:
        op = expr.op
        if op.startswith("define:"):
            return self.defined(expr, op.removeprefix("define:"), env)
        if op in ("and", "or"):
            join = terms.both if op == "and" else terms.either
            return Scalar(join(self.condition(a, env) for a in expr.args), "Bool")
        if op == "not":
            with self.doubting():
                return Scalar(terms.negate(self.condition(expr.args[0], env)), "Bool")
        with self.doubting() if few(expr) else nullcontext():
            args = [self.encode(a, env) for a in expr.args]
        if op == "eq":
            return Scalar(self.same_as(expr.args[0].type, args[0], args[1]), "Bool")
        if op in SAID:
            return self.said_of(expr, args)
        special = self.logic(expr, args) or self.arithmetic(expr, args) or self.of_lists(expr, args)
        special = special or self.of_texts(expr, args)
        return special if special is not None else self.uninterpreted(expr, args)

    def of_texts(self, expr: Apply, args: list[Value]) -> Value | None:
        """What a built-in makes of texts that are written down, such as one that a goal gives to a call."""
        written_down = {term: text for text, term in self.script.literals.items()}
        known = tuple(
            Const(written_down[v.term], a.type, a.span) if isinstance(v, Scalar) and v.term in written_down else a
            for a, v in zip(expr.args, args, strict=True)
        )
        found = folded(evolve(expr, args=known), zone_of(self.spec.clock)) if known != expr.args else None
        return self.constant(found.value, found.type, found) if found is not None else None

    def defined(self, expr: Apply, name: str, env: Env) -> Value:
        """A definition, put in place."""
        define = self.spec.defines[name]
        inside = {p.name: self.encode(a, env) for p, a in zip(define.params, expr.args, strict=True)}
        return self.encode(define.body, inside)

    def logic(self, expr: Apply, args: list[Value]) -> Value | None:
        match expr.op, args:
            case "in", [item, Items(items)]:
                return Scalar(terms.either(self.same(item, other) for other in items), "Bool")
            case "in", [Scalar(word, "Int"), Stretch(low, high)]:
                return Scalar(f"(<= {low} {word} {high})", "Bool")
            case "in", [item, (Past() | Query()) as among]:
                return Scalar(self.among(item, among, expr.args[1].type), "Bool")
            case "in", [Scalar() | Thing() as item, Thing() as among]:
                return Scalar(self.member(among, item), "Bool")
            case "in", [Scalar() | Thing() as item, Maybe(there, Thing() as among)]:
                return Scalar(
                    terms.choose(there, self.member(among, item), self.script.fresh("condition", "Bool")), "Bool"
                )
            case "or_unknown", [Maybe(_, value)]:
                return value if args[0] != NOTHING else None
            case (("or_unknown" | "instant"), [value]):
                return value
        return None

    def arithmetic(self, expr: Apply, args: list[Value]) -> Value | None:
        match expr.op, args:
            case ("add" | "subtract" | "multiply" | "lt" | "le" | "gt" | "ge" | "divide") as op, [
                Scalar(_, "Int" | "Real") as a,
                Scalar(_, "Int" | "Real") as b,
            ]:
                return self.binary(op, a, b)
            case "shift", [Scalar(_, "Real") as a, Scalar(_, "Int" | "Real") as b] if expr.type == Prim("datetime"):
                return self.binary("add", a, b)
            case "shift", [Scalar(_, "Real") as a, Scalar(_, "Int" | "Real") as b] if self._whole_days(expr):
                return self.binary("add", a, b)
            case "negate", [Scalar(word, sort)]:
                return Scalar(f"(- {word})", sort)
            case "abs", [Scalar(word, sort)]:
                return Scalar(f"(ite (>= {word} {terms.number(0, sort)}) {word} (- {word}))", sort)
            case "floor", [Scalar(word, "Real")]:
                return Scalar(f"(to_int {word})", "Int")
            case "ceiling", [Scalar(word, "Real")]:
                return Scalar(f"(- (to_int (- {word})))", "Int")
        return None

    def _whole_days(self, expr: Apply) -> bool:
        """Whether a date is moved, by so many days: within a day there is no date to move to."""
        return expr.type == Prim("date") and self._counts_days(expr.args[1])

    def _counts_days(self, by: Expr) -> bool:
        """Whether a duration is one of whole days for sure: some, several times so many, or such ones put together."""
        if (known := folded(by, zone_of(self.spec.clock))) is not None:
            return bool(known.value % 86400 == 0)
        match by:
            case Apply("multiply", (a, b)):
                return any(strip(n.type) == Prim("int") and self._counts_days(d) for d, n in ((a, b), (b, a)))
            case Apply("add" | "subtract" | "negate", parts):
                return all(self._counts_days(part) for part in parts)
        return False

    def binary(self, op: str, a: Scalar, b: Scalar) -> Scalar:
        sort: Sort = "Int" if a.sort == b.sort == "Int" and op != "divide" else "Real"
        x, y = (v.term if sort == "Int" else terms.real(v.term, v.sort) for v in (a, b))
        if op == "divide":
            return Scalar(f"(/ {x} {y})", "Real")
        if op in COMPARES:
            return Scalar(f"({COMPARES[op]} {x} {y})", "Bool")
        return Scalar(f"({ADDS[op]} {x} {y})", sort)

    def of_lists(self, expr: Apply, args: list[Value]) -> Value | None:
        match expr.op, args:
            case "zip", _ if all(isinstance(a, Items) for a in args):
                lists = [a.items for a in args if isinstance(a, Items)]
                return Items(tuple(Items(row) for row in zip(*lists, strict=False)))
            case "contains_all", [Thing() as whole, Items(items)] if all(isinstance(i, (Scalar, Thing)) for i in items):
                return Scalar(self.contains(whole, items), "Bool")
            case ("values" | "keys") as op, [Thing() as mapping]:
                return self.part(op, mapping, expr.type)
            case "range", [Scalar(low, "Int"), Scalar(high, "Int")]:
                if low.isdigit() and high.isdigit() and int(high) - int(low) < MOST_WRITTEN:
                    return Items(tuple(Scalar(str(n), "Int") for n in range(int(low), int(high) + 1)))
                return Stretch(low, high)
        return None

    def contains(self, whole: Thing, items: tuple[Value, ...]) -> str:
        """Of one item, membership; of several, each must be in, and how often stays open."""
        inside = terms.both(self.member(whole, item) for item in items)
        return inside if len(items) == 1 else terms.both([inside, self.script.fresh("often", "Bool")])

    def uninterpreted(self, expr: Apply, args: list[Value]) -> Value:
        """A built-in as some function of its arguments: equal arguments give equal results."""
        self.weaken(expr.span, errors.OPAQUE)
        words: list[tuple[str, Sort]] = [
            (a.term, a.sort if isinstance(a, Scalar) else "Thing") for a in args if isinstance(a, (Scalar, Thing))
        ]
        if len(words) != len(args):
            return self.recall(f"{expr.op}({' '.join(map(spelled, args))}):{expr.type}", expr.type, "unknown")
        written = zip(args, expr.args, strict=True)
        words += [
            (spelling(self.script, a.term), "Text") for a, e in written if isinstance(a, Scalar) and is_moment(e.type)
        ]
        sorts = ",".join(sort for _, sort in words)
        moment = f"@{self.moment}" if "Thing" in sorts else ""
        return self.function(f"{expr.op}:{sorts}:{expr.type}{moment}", words, expr.type)

    # --- folds

    def fold(self, expr: Fold, env: Env) -> Value:
        source, kind = self.encode(expr.source, env), expr.source.type
        source = source.value if isinstance(source, Maybe) else source
        if isinstance(source, Query) and not self.is_current(source):
            return self.opaque(expr, env, errors.CHANGED)
        match expr.op:
            case "some":
                return Scalar(self.exists(source, kind), "Bool")
            case "no":
                with self.doubting():
                    return Scalar(terms.negate(self.exists(source, kind)), "Bool")
            case "every":
                with self.doubting():
                    return self.every(source, expr, env)
            case "count":
                return self.count(source, kind)
            case "first" | "last" | "only":
                return self.pick(expr.op, source, kind)
            case "sum" | "min" | "max":
                return self.reduced(expr, source, env)
            case _:
                assert_never(expr.op)

    def every(self, source: Value, expr: Fold, env: Env) -> Value:
        """Nothing in the list is false."""
        if isinstance(source, Items):
            return Scalar(terms.both(map(self.condition_of, source.items)), "Bool")
        if isinstance(source, Query):
            false = against(source.collect, expr)
            return Scalar(terms.negate(self.exists(evolve(source, collect=false), expr.source.type)), "Bool")
        return self.opaque(expr, env, errors.OPAQUE)

    def reduced(self, expr: Fold, source: Value, env: Env) -> Value:
        """A sum, least or greatest."""
        found, exact = self.cases(source, expr.source.type) if not isinstance(source, Thing) else ([], False)
        sort = sort_of(expr.type)
        values = [
            (c, terms.real(v.term, v.sort) if sort == "Real" else v.term) for c, v in found if isinstance(v, Scalar)
        ]
        if exact and len(values) == len(found) and expr.op == "sum":
            return self.total([Scalar(terms.choose(c, v, terms.number(0, sort)), sort) for c, v in values], sort)
        if isinstance(source, Items) and len(values) == len(found):
            return extreme([Scalar(v, sort) for _, v in values], "<=" if expr.op == "min" else ">=")
        if isinstance(source, Thing):
            return self.function(f"{expr.op}:{expr.type}", [(source.term, "Thing")], expr.type)
        return self.opaque(expr, env, errors.OPAQUE)


@once
def against(collect: Collect, expr: Fold) -> Collect:
    """The items of a comprehension of conditions that are false."""
    false = Clause("where", (), Apply("not", (collect.body,), BOOL, expr.span))
    return Collect((*collect.clauses, false), collect.body, collect.type, expr.span)


def seen_by(expr: Expr, env: Env) -> dict[str, Value]:
    """The names of an environment that an expression uses."""
    return {name: env[name] for name in names_in(expr) if name in env}


@once
def names_in(expr: Expr) -> tuple[str, ...]:
    """The names in an expression, in order."""
    return tuple(sorted({node.name for node in walk(expr) if isinstance(node, Var)}))


def extreme(values: list[Scalar], relation: str) -> Value:
    """The first of the values that stands in a relation to all others."""
    if not values:
        return NOTHING
    best = values[0]
    for value in values[1:]:
        best = Scalar(terms.choose(f"({relation} {best.term} {value.term})", best.term, value.term), best.sort)
    return best


_READERS: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}


def instant(text: str, kind: str) -> int | None:
    """A date, time or moment in seconds, or None where its text leaves that open."""
    found = _READERS[kind](re.sub(r"Z\Z", "+00:00", text)) if kind in _READERS else None
    match found:
        case datetime():
            return int(found.timestamp()) if found.tzinfo else None
        case date():
            return (found - date(1970, 1, 1)).days * 86400  # as `instant` folds a date
        case time():
            return found.hour * 3600 + found.minute * 60 + found.second
    return None
