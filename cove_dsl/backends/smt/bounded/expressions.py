"""Expressions of the core over a small world, exactly, three-valued where the reference evaluator is.

What cannot be computed (the letters of a text, what a phrase means) becomes some function of its arguments and is kept
in `approximated`; a model that rests on it has to stand the replay.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_never

from attrs import Factory, define, evolve, field

from ....core import times
from ....core.nodes import Apply, Clause, Collect, Const, Events, Expr, Fold, Get, If, Is, Let, Lookup, Make, Var
from ....core.spec import Define
from ....core.types import AbsentType, ListType, MapType, Optional, Prim, RecordType, Type, strip
from ....source import Span
from .. import terms
from ..terms import FALSE, TRUE
from . import sequences as lists
from .builtins import Builtins
from .memory import Memory
from .values import (
    DOUBT,
    MISSING,
    NOTHING,
    Arguments,
    Cell,
    Doubt,
    Entry,
    Happening,
    Maybe,
    Missing,
    Place,
    Scalar,
    Seq,
    Truth,
    Unsupported,
    Value,
    as_maybe,
    merge,
    sure,
    where_known,
)
from .world import LONG

Env = dict[str, Value]
DAY = 86_400


@define
class Expressions(Builtins):
    """Encodes expressions into a script. `past` are the slots before the moment that is looked at from."""

    past: tuple[Any, ...] = ()
    depth: int = field(default=0)
    constants: dict[int, tuple[Const, Value]] = field(factory=dict)
    memory: Memory = field(default=Factory(lambda self: Memory(self.spec), takes_self=True))

    def encode(self, expr: Expr, env: Env) -> Value:
        value = self._encode(expr, env)
        absent = isinstance(expr.type, (Optional, AbsentType)) or (isinstance(value, Missing) and value.present != TRUE)
        if isinstance(value, Maybe) and not absent:
            there = value.value if value.present != FALSE else self.blank(expr.type)
            return where_known(there, value.known)
        return self._named(value)

    def condition(self, expr: Expr, env: Env) -> Truth:
        found = self.encode(expr, env)
        if isinstance(found, Maybe):
            known = terms.both([found.present, found.known])
            found = Truth(FALSE, FALSE) if known == FALSE else where_known(found.value, known)
        if not isinstance(found, Truth):
            raise Unsupported("a condition that is no truth value", expr.span)
        return found

    def _named(self, value: Value) -> Value:
        """Long terms get names, so that they are written once."""
        match value:
            case Scalar(term, sort, known, zone):
                if max(len(term), len(known), len(zone)) < LONG:
                    return value
                return Scalar(self.shared(term, sort), sort, self.shared(known, "Bool"), self.shared(zone, "Int"))
            case Truth(yes, no):
                if max(len(yes), len(no)) < LONG:
                    return value
                short = self.shared(yes, "Bool")
                return sure(short) if no == terms.negate(yes) else Truth(short, self.shared(no, "Bool"))
            case Maybe(present, inner, known):
                return evolve(value, present=self.shared(present, "Bool"), value=self._named(inner),
                              known=self.shared(known, "Bool"))  # fmt: skip
            case Seq(items, known):
                return Seq(tuple((self.shared(g, "Bool"), v) for g, v in items), self.shared(known, "Bool"))
        return value

    def _encode(self, expr: Expr, env: Env) -> Value:
        match expr:
            case Const():
                return self._constant(expr)
            case Var(name, kind):
                return self._variable(name, kind, env)
            case Get():
                return self._get(expr, env)
            case Lookup():
                return self._lookup(expr, env)
            case Make():
                return self._make(expr, env)
            case Apply():
                return self._apply(expr, env)
            case If():
                return self._if(expr, env)
            case Is():
                return self._is(expr, env)
            case Let(name, value, body):
                return self.encode(body, {**env, name: self.encode(value, env)})
            case Collect():
                return lists.settled(self._items(expr, env))
            case Fold():
                return self._fold(expr, env)
            case Events():
                return self._events(expr, env)
            case _:
                assert_never(expr)

    # --- literals and names

    def _constant(self, expr: Const, as_it_is: bool = False) -> Value:
        """What is written in the source, made once; a map or record only where it is looked at `as_it_is`."""
        known = self.constants.get(id(expr))
        if known is not None:
            return known[1]
        numbered = self.numbered
        value = self.literal(expr.value, expr.type, expr.span)
        if as_it_is or numbered == self.numbered:
            self.constants[id(expr)] = expr, value
        return value

    def literal(self, value: Any, kind: Type, span: Span) -> Value:
        kind = strip(kind)
        if value is None:
            return NOTHING
        if isinstance(value, bool):
            return sure(TRUE if value else FALSE)
        if isinstance(value, list):
            item = kind.item if isinstance(kind, ListType) else kind
            return Seq(tuple((TRUE, self.literal(v, item, span)) for v in value))
        if isinstance(value, (int, Decimal, Fraction)):
            return number(value, kind)
        if isinstance(value, str):
            return self.moment(value, kind) if _is_moment(kind) else self.text(value)
        if isinstance(value, dict):
            return self._written_map(value, kind, span)
        raise Unsupported("a value that is written in no known form", span)

    def _written_map(self, value: dict[str, Any], kind: Type, span: Span) -> Value:
        """A map or record of the source, such as the rows of a lookup table."""
        made = Cell(kind, f"new{self.fresh_number()}", TRUE, self._unmade)
        if isinstance(kind, RecordType):
            types = {n: f.type for n in value if (f := self.declared(kind.name, n)) is not None}
            made.fields = {n: self.literal(v, types.get(n, kind), span) for n, v in value.items()}
        else:
            item = kind.value if isinstance(kind, MapType) else kind
            made.entries = [(TRUE, self.text(k), self.literal(v, item, span)) for k, v in value.items()]
        return Place(((TRUE, made),))

    def moment(self, text: str, kind: Type) -> Scalar:
        """A date in days, a time of day in seconds, a datetime in seconds of the clock's own zone."""
        read = times.read_moment(text)
        if read.date and read.time:
            zone = self.zone_written(read.zone or "")
            seconds = read.days * DAY + read.seconds - self.ahead(zone)
            return Scalar(real_literal(seconds), "Real", zone=str(zone))
        return Scalar(real_literal(read.seconds if read.time else Fraction(read.days)), "Real")

    def _variable(self, name: str, kind: Type, env: Env) -> Value:
        if name in env:
            return env[name]
        if name.startswith("table."):
            return Seq(tuple((g, Place(((TRUE, c),))) for g, c in self.rows(name.removeprefix("table.")) if g != FALSE))
        if name.startswith("state."):
            return self.state(name.removeprefix("state."))
        raise Unsupported(f"the name `{name}`")

    # --- reaching into values

    def _get(self, expr: Get, env: Env) -> Value:
        target = self.encode(expr.target, env)
        if expr.lifted:
            return self._lifted(target, expr)
        if isinstance(target, Maybe):
            if target.present == FALSE:
                return evolve(target, value=self.blank(strip(expr.type)))
            inner = as_maybe(self.field_of(target.value, expr))
            return evolve(target, present=terms.both([target.present, inner.present]), value=inner.value,
                          known=terms.both([target.known, terms.implies(target.present, inner.known)]))  # fmt: skip
        return self.field_of(target, expr)

    def _lifted(self, target: Value, expr: Get) -> Value:
        """A field of every item; of a list that is missing, nothing."""
        plain = target.value if isinstance(target, Maybe) else target
        if not isinstance(plain, Seq):
            raise Unsupported("a field of what is no list", expr.span)
        inner = Get(expr.target, expr.name, expr.type.item if isinstance(expr.type, ListType) else expr.type)
        plain = lists.settled(plain)
        found = Seq(tuple((g, self.field_of(v, inner)) for g, v in lists.certain(plain)), plain.known)
        return evolve(target, value=found) if isinstance(target, Maybe) else found

    def field_of(self, target: Value, expr: Get) -> Value:
        match target:
            case Place(alts, known):
                found = self._either([(g, cell.read(expr.name)) for g, cell in alts], expr.type)
                return where_known(found, known)
            case Happening(alts, known):
                found = self._either([(g, self.of_event(slot, expr)) for g, slot in alts], expr.type)
                return where_known(found, known)
            case Maybe(_, inner, _):
                return self.field_of(inner, expr)
        raise Unsupported(f"the field `{expr.name}` of a value that is taken as it comes", expr.span)

    def _either(self, found: list[tuple[str, Value]], kind: Type) -> Value:
        """One of several values; the last stands where no condition holds."""
        if not found:
            return self.blank(kind)
        answer = found[-1][1]
        for guard, value in reversed(found[:-1]):
            answer = merge(guard, value, answer)
        return answer

    def _lookup(self, expr: Lookup, env: Env) -> Value:
        key = as_maybe(self.encode(expr.key, env))
        if isinstance(expr.target, Var) and expr.target.name.startswith("table."):
            return self._row(expr.target.name.removeprefix("table."), key)
        written = isinstance(expr.target, Const)
        target = as_maybe(self._constant(expr.target, True) if written else self.encode(expr.target, env))  # type: ignore[arg-type]
        item = strip(expr.type)
        there = terms.both([target.present, key.present])
        match target.value, key.value:
            case Place(alts, known), Scalar(word, _, seen):
                found = [
                    (terms.both([g, h, lists.number_equal(k.term, word)]), v) for g, c in alts for h, k, v in c.entries
                ]
                present = terms.both([there, terms.either(g for g, _ in found)])
                value = self._either(found, item)
            case Seq() as seq, Scalar(word, _, seen):
                one, known = lists.at(seq, word, self.blank(item)), TRUE
                present, value, known = terms.both([there, one.present]), one.value, one.known
            case _:
                raise Unsupported("a look-up in a value that is taken as it comes", expr.span)
        inner = as_maybe(value)
        known = terms.both([known, terms.implies(present, inner.known)])
        known = terms.both([seen, target.known, terms.implies(target.present, known)])
        known = terms.both([key.known, terms.implies(key.present, known)])
        if not isinstance(expr.type, Optional):  # it is supposed to be there
            known = terms.both([known, present])
        return Maybe(terms.both([present, inner.present]), inner.value, known)

    def _row(self, table: str, key: Maybe) -> Maybe:
        word = key.value
        assert isinstance(word, Scalar)
        alts = [
            (terms.both([g, lists.number_equal(self.key(table, c).term, word.term)]), c) for g, c in self.rows(table)
        ]
        alts = [(self.shared(g, "Bool"), c) for g, c in alts if g != FALSE]
        present = terms.both([key.present, terms.either(g for g, _ in alts)])
        return Maybe(present, Place(tuple(alts)), terms.both([key.known, word.known]))

    def _is(self, expr: Is, env: Env) -> Value:
        target = as_maybe(self._encode(expr.target, env))  # what was told of it before a call need not be so behind
        if expr.tag is None:
            answer = target.present if expr.test == "present" else terms.negate(target.present)
            return where_known(sure(answer), target.known)
        if not isinstance(target.value, Place):
            raise Unsupported("a case of a value that is taken as it comes", expr.span)
        wire = self.text(expr.test).term
        cases = [terms.both([g, lists.number_equal(_tag(c, expr.tag).term, wire)]) for g, c in target.value.alts]
        return where_known(sure(terms.both([target.present, terms.either(cases)])), target.known)

    # --- making values

    def _make(self, expr: Make, env: Env) -> Value:
        parts = [self.encode(item, env) for item in expr.items]
        if expr.kind in ("list", "tuple"):
            return Seq(tuple((TRUE, p) for p in parts))
        made = Cell(expr.type, f"new{self.fresh_number()}", TRUE, self._unmade)
        if expr.kind == "map":
            keys = [k if isinstance(k, Scalar) else Scalar("0", "Int") for k in parts[::2]]
            made.entries = self.entries_of([(TRUE, k, v) for k, v in zip(keys, parts[1::2], strict=True)])
        else:
            made.fields = dict(zip(expr.names, parts, strict=True))
            if isinstance(expr.type, RecordType):
                for name in self.spec.records[expr.type.name].fields.keys() - made.fields.keys():
                    made.fields[name] = NOTHING
        return Place(((TRUE, made),))

    def _unmade(self, cell: Cell, name: str) -> Value:
        """A field that a value was made without."""
        declared = self.declared(cell.type.name, name) if isinstance(cell.type, RecordType) else None
        return self.blank(declared.type) if declared is not None else NOTHING

    def entries_of(self, pairs: list[Entry]) -> list[Entry]:
        """Entries of a map; of several under one key, the first has the place, and the last the value."""
        made: list[Entry] = []
        for i, (guard, key, value) in enumerate(pairs):
            same = [terms.both([g, lists.number_equal(k.term, key.term)]) for g, k, _ in pairs]
            for again, (_, _, later) in zip(same[i + 1 :], pairs[i + 1 :], strict=True):
                value = merge(again, later, value)
            made.append((terms.both([guard, terms.negate(terms.either(same[:i]))]), key, value))
        return made

    # --- choosing

    def _if(self, expr: If, env: Env) -> Value:
        decided = self.condition(expr.condition, env)
        then, other = self.encode(expr.then, env), self.encode(expr.other, env)
        chosen = merge(decided.yes, then, other)
        if decided.unsure == FALSE:
            return chosen
        agree = terms.either([decided.yes, decided.no, self.same(then, other).yes])
        return where_known(chosen, agree)

    def _apply(self, expr: Apply, env: Env) -> Value:
        if expr.op.startswith("define:"):
            define_ = self.spec.defines[expr.op.removeprefix("define:")]
            return self._defined(define_, tuple(self.encode(a, env) for a in expr.args))
        if expr.op in ("and", "or"):
            found = [self.condition(a, env) for a in expr.args]
            yes, no = (terms.both, terms.either) if expr.op == "and" else (terms.either, terms.both)
            made = yes(t.yes for t in found)
            if all(t.no == terms.negate(t.yes) for t in found):
                return sure(made)
            return Truth(made, no(t.no for t in found))
        if expr.op == "not":
            found_one = self.condition(expr.args[0], env)
            return Truth(found_one.no, found_one.yes)
        return self.builtin(expr, [self.encode(a, env) for a in expr.args])

    def _defined(self, made: Define, args: tuple[Value, ...]) -> Value:
        """What a definition comes to. What makes a new record or list anew each time is not kept: it may be changed."""
        kept = self.memory.of(made, args, self.past)
        if args in kept:
            return kept[args]
        numbered = self.numbered
        value = self.encode(made.body, dict(zip((p.name for p in made.params), args, strict=True)))
        if numbered == self.numbered:
            kept[args] = value
        return value

    # --- going through

    def _items(self, expr: Collect, env: Env) -> Seq:
        found: list[tuple[str, Value | Doubt]] = []
        self._through(expr.clauses, expr.body, env, TRUE, found)
        return Seq(lists.limited(found))

    def _through(self, clauses: tuple[Clause, ...], body: Expr, env: Env, guard: str, found: list[Any]) -> None:
        if guard == FALSE:
            return
        if not clauses:
            found.append((guard, self.encode(body, env)))
            return
        clause, rest = clauses[0], clauses[1:]
        match clause.kind:
            case "let":
                self._through(rest, body, {**env, clause.names[0]: self.encode(clause.expr, env)}, guard, found)
            case "where":
                holds = self.condition(clause.expr, env)
                if (unsure := terms.both([guard, holds.unsure])) != FALSE:
                    found.append((self.shared(unsure, "Bool"), DOUBT))
                self._through(rest, body, env, self.shared(terms.both([guard, holds.yes]), "Bool"), found)
            case "for":
                source = as_maybe(self.encode(clause.expr, env))
                if not isinstance(source.value, Seq):
                    raise Unsupported("going through what is no list", clause.expr.span)
                known = terms.both([source.known, source.value.known])
                if (unsure := terms.both([guard, terms.negate(known)])) != FALSE:
                    found.append((unsure, DOUBT))
                for there, item in lists.certain(source.value):
                    inside = {**env, **self.unpack(clause.names, item)}
                    self._through(rest, body, inside, terms.both([guard, known, source.present, there]), found)
                lists.limited(found)

    def unpack(self, names: tuple[str, ...], item: Value) -> Env:
        if len(names) == 1:
            return {names[0]: item}
        if isinstance(item, Seq) and len(item.items) == len(names):
            return {n: v for n, (_, v) in zip(names, item.items, strict=True) if not isinstance(v, Doubt)}
        raise Unsupported("taking apart what is no tuple")

    def _fold(self, expr: Fold, env: Env) -> Value:
        source = expr.source
        found = self._items(source, env) if isinstance(source, Collect) else self.encode(source, env)
        seq = self._listed(found, expr)
        item = strip(source.type)
        blank = self.blank(strip(item.item)) if isinstance(item, ListType) else NOTHING
        match expr.op:
            case "some":
                return lists.some(seq)
            case "no":
                there = lists.some(seq)
                return Truth(there.no, there.yes)
            case "every":
                return lists.every(seq)
            case "count":
                return lists.count(seq)
            case "first":
                return lists.first(seq, blank)
            case "last":
                return lists.last(seq, blank)
            case "only":
                return lists.only(seq, blank)
            case "sum":
                return lists.total(seq, self.sort_of(expr.type))
            case "min" | "max":
                return lists.extreme(seq, "<" if expr.op == "min" else ">", blank)
            case _:
                assert_never(expr.op)

    def _listed(self, found: Value, expr: Fold) -> Seq:
        match found:
            case Seq():
                return found
            case Maybe(present, Seq(items, known), seen):
                return Seq(tuple((terms.both([present, g]), v) for g, v in items), terms.both([known, seen]))
            case Place(alts, known):
                return Seq(tuple((terms.both([g, h]), v) for g, cell in alts for h, _, v in cell.entries), known)
        raise Unsupported(f"`{expr.op}` of what is no list", expr.span)

    # --- the past

    def _events(self, expr: Events, env: Env) -> Value:
        found = [(slot.meets(expr.pattern), slot) for slot in self.past_of(expr.pattern.kind)]
        known = TRUE
        for bound, before in ((expr.before, True), (expr.after, False)):
            if bound is not None:
                other = as_maybe(self.encode(bound, env))
                if not isinstance(other.value, Happening):
                    raise Unsupported("before or after what is no event", expr.span)
                alts = other.value.alts
                known = terms.both([known, other.known, terms.implies(other.present, other.value.known)])
                found = [(terms.both([g, other.present, self._side(s, alts, before)]), s) for g, s in found]
        return Seq(tuple((self.shared(g, "Bool"), Happening(((TRUE, s),))) for g, s in found if g != FALSE), known)

    def _side(self, slot: Any, alts: tuple[tuple[str, Any], ...], before: bool) -> str:
        fits = [
            g for g, other in alts if (slot.last < other.first_position if before else slot.first_position > other.last)
        ]
        return TRUE if fits and len(fits) == len(alts) else terms.either(fits)

    def past_of(self, kind: str) -> list[Any]:
        return [s for s in self.past if (s.kind == "step") == (kind == "step")]

    def of_event(self, slot: Any, expr: Get) -> Value:
        """A field of a message, call or step."""
        match slot.kind, expr.name:
            case "message", "text":
                return self.words_of(slot)
            case _, "role":
                return self.text(slot.role)
            case "step", "text":
                message = slot.message
                return NOTHING if message is None else Maybe(message.occurs, self.words_of(message))
            case "step", "calls":
                return Seq(tuple((c.occurs, Happening(((TRUE, c),))) for c in slot.calls))
            case "call", _:
                return self._of_call(slot, expr)
        raise Unsupported(f"`{expr.name}` of an event", expr.span)

    def _of_call(self, slot: Any, expr: Get) -> Value:
        """A result and its like first, then parameters by name. What came of a call is not there before its time."""
        done = slot in self.past
        if expr.name == "result":
            if not done or slot.result is None:
                return MISSING
            found = as_maybe(slot.result)
            return Missing(terms.both([slot.ok, found.present]), found.value, found.known)
        if expr.name in slot.args:
            given = slot.args[expr.name]
            left_out = isinstance(given, Maybe) and not isinstance(expr.type, Optional)
            return Missing(given.present, given.value, given.known) if left_out else given
        match expr.name:
            case "tool":
                return self.text(slot.tool)
            case "arguments":
                return Arguments(Happening(((TRUE, slot),)))
            case "error":
                return Maybe(terms.negate(slot.ok), self.words_of(slot)) if done else NOTHING
        return where_known(self.blank(expr.type), FALSE)


def number(value: int | Decimal | Fraction, kind: Type) -> Scalar:
    if isinstance(value, int) and not (isinstance(kind, Prim) and kind.name in ("decimal", "money", "duration")):
        return Scalar(terms.number(value, "Int"), "Int")
    return Scalar(real_literal(Fraction(value)), "Real")


def real_literal(value: Fraction) -> str:
    size = abs(value)
    text = f"{size.numerator}.0" if size.denominator == 1 else f"(/ {size.numerator}.0 {size.denominator}.0)"
    return f"(- {text})" if value < 0 else text


def _is_moment(kind: Type) -> bool:
    return isinstance(kind, Prim) and kind.name in ("date", "time", "datetime")


def _tag(cell: Cell, name: str) -> Scalar:
    found = cell.read(name)
    if not isinstance(found, Scalar):
        raise Unsupported("a tag that is no text")
    return found


__all__ = ["Env", "Expressions", "real_literal"]
