"""Equality and the built-ins over a small world. Language becomes free facts; letters of texts are looked at only where
both texts are literals, and are otherwise left to the replay."""

from fractions import Fraction
from typing import Any

from attrs import define, evolve, field, frozen

from ....core import ops
from ....core.evaluator import LANGUAGE
from ....core.nodes import Apply, Const, Expr
from ....core.types import BOOL, ListType, MapType, Prim, RecordType, Type, strip
from ....core.values import is_number
from ....source import Span
from .. import terms
from ..terms import FALSE, TRUE
from . import calendar
from . import sequences as lists
from .texts import TEXTUAL, Texts
from .values import (
    NOTHING,
    Arguments,
    Cell,
    Doubt,
    Happening,
    Maybe,
    Place,
    Scalar,
    Seq,
    Sort,
    Truth,
    Unsupported,
    Value,
    as_maybe,
    known_of,
    merge,
    sure,
    where_known,
)

COMPARES = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ADDS = {"add": "+", "subtract": "-", "multiply": "*"}
DAY = "86400.0"
MOST_STATED = 2
OPAQUE = "the letters of a text"


@frozen
class Fact:
    """Something that a message says or does not: an operation, the message's slot, and what else it is about. `about`
    are literals, slots, and terms whose value the model gives."""

    op: str
    slot: Any
    about: tuple[Any, ...]
    term: str


@frozen
class Amount:
    """A value that a fact is about: the constants that hold it, for the model to tell."""

    value: Value
    kind: Type
    index: str


@frozen
class Statement:
    """The texts that a message states (`claims`, `invented`), each under its condition."""

    op: str
    slot: Any
    items: tuple[tuple[str, Scalar], ...]


@define
class Builtins(Texts):
    """`facts` are the free truths about language; `approximated` the places that a model may get wrong."""

    facts: dict[str, Fact] = field(factory=dict)
    approximated: dict[tuple[Span, str], None] = field(factory=dict)
    statements: dict[str, "Statement"] = field(factory=dict)
    opaque: dict[str, Value] = field(factory=dict)
    examples: dict[str, None] = field(factory=dict)
    amounts: dict[str, Amount] = field(factory=dict)
    numbered: int = 0

    def encode(self, expr: Expr, env: dict[str, Value]) -> Value:
        raise NotImplementedError

    def literal(self, value: Any, kind: Type, span: Span) -> Value:
        raise NotImplementedError

    def fresh_number(self) -> int:
        self.numbered += 1
        return self.numbered

    @property
    def zone(self) -> int:
        return ops.zone_of(self.spec.clock)

    # --- equality

    def same(self, a: Value, b: Value) -> Truth:
        """Equality; unknown where one side is."""
        term = self.equal(a, b)
        known = terms.both([known_of(a), known_of(b)])
        if known == TRUE:
            return sure(self.shared(term, "Bool"))
        return Truth(terms.both([known, term]), terms.both([known, terms.negate(term)]))

    def equal(self, a: Value, b: Value) -> str:
        match a, b:
            case (Maybe(), _) | (_, Maybe()):
                return self._equal_optionals(as_maybe(a), as_maybe(b))
            case Scalar(x, s), Scalar(y, t):
                return lists.number_equal(x, y) if s == t else terms.equal(terms.real(x, s), terms.real(y, t))
            case Truth(x, _), Truth(y, _):
                return terms.equal(x, y) if TRUE not in (x, y) else x if y == TRUE else y
            case Place(xs), Place(ys):
                return terms.either(terms.both([g, h, self.equal_cells(c, d)]) for g, c in xs for h, d in ys)
            case Seq(), Seq():
                return lists.equal_lists(a, b, self.same)
            case Happening(xs), Happening(ys):
                return terms.either(terms.both([g, h]) for g, c in xs for h, d in ys if c is d)
            case Arguments(x), Arguments(y):
                return terms.either(
                    terms.both([g, h, self._equal_arguments(c, d)]) for g, c in x.alts for h, d in y.alts
                )
            case (Happening() as said, Scalar(word)) | (Scalar(word), Happening() as said):
                return terms.either(
                    terms.both([g, lists.number_equal(self.words_of(s).term, word)]) for g, s in said.alts
                )
        return FALSE

    def _equal_optionals(self, a: Maybe, b: Maybe) -> str:
        neither = terms.both([terms.negate(a.present), terms.negate(b.present)])
        if FALSE in (a.present, b.present):
            return neither
        return terms.either([neither, terms.both([a.present, b.present, self.equal(a.value, b.value)])])

    def equal_cells(self, a: Cell, b: Cell) -> str:
        if a is b:
            return TRUE
        if isinstance(a.type, MapType):
            return self._equal_maps(a, b)
        if not isinstance(a.type, RecordType) or not isinstance(b.type, RecordType) or a.type.name != b.type.name:
            return FALSE
        record = self.spec.records[a.type.name]
        parts = [self.equal(a.read(n), b.read(n)) for n in record.fields]
        if record.tag is not None:
            tag = a.read(record.tag)
            parts.append(self.equal(tag, b.read(record.tag)))
            for case in record.cases.values():
                here = self.equal(tag, self.text(case.wire))
                if here != FALSE:
                    fields = terms.both(self.equal(a.read(n), b.read(n)) for n in case.fields)
                    parts.append(terms.implies(here, fields))
        return self.shared(terms.both(parts), "Bool")

    def _equal_maps(self, a: Cell, b: Cell) -> str:
        def within(x: Cell, y: Cell) -> str:
            return terms.both(
                terms.implies(
                    g, terms.either(terms.both([h, self.equal(k, m), self.equal(v, w)]) for h, m, w in y.entries)
                )
                for g, k, v in x.entries
            )

        return terms.both([within(a, b), within(b, a)])

    def _equal_arguments(self, a: Any, b: Any) -> str:
        names = dict.fromkeys([*a.args, *b.args])
        return terms.both(self.equal(a.args.get(n, NOTHING), b.args.get(n, NOTHING)) for n in names)

    # --- language

    def words_of(self, slot: Any) -> Scalar:
        """The text of a message, as a value of its own."""
        name = f"words.{slot.index}"
        if name not in self.opaque:
            self.opaque[name] = Scalar(self.constant(name, "Int"), "Int")
        found = self.opaque[name]
        assert isinstance(found, Scalar)
        return found

    def language(self, expr: Apply, args: list[Value]) -> Value:
        """What a message says is free; the same question about the same message has one answer. A text is heard as one
        sentence; of several messages, one that says it is enough."""
        heard = self._heard(args[0])
        if heard is None:
            return self.uninterpreted(expr, args)
        slots, there, known = heard
        if expr.op == "sentences":
            return Seq(tuple((g, Happening(((TRUE, s),))) for g, s in slots), known)
        if expr.op in ("claims", "invented"):
            return Seq(
                lists.limited([(terms.both([there, g, h]), v) for g, s in slots for h, v in self.stated(expr.op, s)]),
                known,
            )
        rest = args[1:]
        term = terms.both([there, terms.either(terms.both([g, self._fact(expr, s, rest)]) for g, s in slots)])
        seen = terms.both([known, *(as_maybe(a).known for a in rest), *(known_of(a) for a in rest)])
        return where_known(sure(term), seen)

    def stated(self, op: str, slot: Any) -> tuple[tuple[str, Scalar], ...]:
        """What a message states: so many texts at most, whichever."""
        key = f"{op}.{slot.index}"
        if key not in self.statements:
            numbered = [f"{key}.{i}" for i in range(MOST_STATED)]
            items = tuple((self.constant(f"{n}!", "Bool"), Scalar(self.constant(n, "Int"), "Int")) for n in numbered)
            self.statements[key] = Statement(op, slot, items)
        return self.statements[key].items

    def _heard(self, value: Value) -> tuple[list[tuple[str, Any]], str, str] | None:
        """The slots whose words are meant, each under its condition; when there are any, and when that is known."""
        inner = as_maybe(value)
        match inner.value:
            case Happening(alts, known):
                return list(alts), inner.present, terms.both([inner.known, known])
            case Seq() as seq:
                settled = lists.settled(seq)
                found = [(terms.both([g, h]), s) for g, v in lists.certain(settled) if isinstance(v, Happening)
                         for h, s in v.alts]  # fmt: skip
                return found, inner.present, terms.both([inner.known, settled.known])
        return None

    def _fact(self, expr: Apply, slot: Any, rest: list[Value]) -> str:
        about: list[Any] = []
        for arg, value in zip(expr.args[1:], rest, strict=True):
            if isinstance(arg, Const):
                about.append(_frozen(arg.value))
            elif (written := self._written(value)) is not None:
                about.append(written)
            elif isinstance(value, Happening) and len(value.alts) == 1:
                about.append(value.alts[0][1])
            else:
                about.append(self._amount(value, arg, expr))
        key = f"{expr.op}.{slot.index}:{[a if isinstance(a, (str, tuple)) else getattr(a, 'index', a) for a in about]}"
        if key not in self.facts:
            term = self.constant(f"says.{expr.op}.{slot.index}", "Bool")
            made = Fact(expr.op, slot, tuple(about), term)
            self._exclude(made)
            self.facts[key] = made
        return self.facts[key].term

    def _written(self, value: Value) -> Any:
        """A text or list of texts that the source fixes; None for what a model has to tell."""
        names = {str(code): text for text, code in self.texts.items()}
        match value:
            case Scalar(term) if term in names:
                return names[term]
            case Seq(items) if all(g == TRUE for g, _ in items):
                parts = [None if isinstance(v, Doubt) else self._written(v) for _, v in items]
                return None if None in parts else tuple(parts)
        return None

    def _amount(self, value: Value, arg: Expr, expr: Apply) -> "Amount":
        """A value that a fact is about, held by constants."""
        key = _spelled(value)
        if key not in self.amounts:
            inner = as_maybe(value)
            if not isinstance(inner.value, Scalar):
                raise Unsupported(f"`{expr.op}` about a value that is no scalar", expr.span)
            constant = self.constant("amount", "Int" if inner.value.sort == "Int" else "Real")
            self.fact(f"(= {constant} {inner.value.term})")
            held: Value = Scalar(constant, inner.value.sort)
            if isinstance(value, Maybe):
                present = self.constant("amount?", "Bool")
                self.fact(f"(= {present} {inner.present})")
                held = Maybe(present, held)
            self.amounts[key] = Amount(held, arg.type, f"${len(self.amounts)}")
        return self.amounts[key]

    def _exclude(self, made: Fact) -> None:
        """What mentions one of some phrases mentions one of more; about equal values, the same is said."""
        for other in (f for f in self.facts.values() if f.slot is made.slot and f.op == made.op):
            if (same := self._about_the_same(made, other)) != FALSE:
                self.fact(terms.implies(same, terms.equal(made.term, other.term)))
            if made.op != "mentions":
                continue
            a, b = (_phrases(f.about[0]) for f in (made, other))
            if a and b and a <= b:
                self.fact(terms.implies(made.term, other.term))
            if a and b and b <= a:
                self.fact(terms.implies(other.term, made.term))

    def _about_the_same(self, a: Fact, b: Fact) -> str:
        """When two facts are about equal values, one of which the source leaves open."""
        if len(a.about) != 1 or len(b.about) != 1 or not any(isinstance(f.about[0], Amount) for f in (a, b)):
            return FALSE
        x, y = (f.about[0].value if isinstance(f.about[0], Amount) else f.about[0] for f in (a, b))
        x, y = (self.text(v) if isinstance(v, str) else v for v in (x, y))
        return self.equal(x, y) if isinstance(x, (Scalar, Maybe)) and isinstance(y, (Scalar, Maybe)) else FALSE

    # --- operations

    def builtin(self, expr: Apply, args: list[Value]) -> Value:
        op = expr.op
        if op in LANGUAGE:
            return self.language(expr, args)
        if op == "eq":
            return self.same(args[0], args[1])
        if op == "or_unknown":
            found = as_maybe(args[0])
            return where_known(found.value, terms.both([found.present, found.known]))
        if op == "in":
            return self._is_in(args[0], args[1])
        if op == "instant":
            return self._instant(expr, args[0])
        if op in ("date_of", "time_of") and isinstance(expr.args[0], Const):  # in whichever zone it is written
            return self.literal(ops.apply(op, (expr.args[0].value,)), expr.type, expr.span)
        known = terms.both(_observed(a, expr) for a in args)
        plain = [a.value if isinstance(a, Maybe) else a for a in args]
        made = self._numeric(expr, plain) or self._temporal(expr, plain) or self._of_lists(expr, plain)
        made = made or self.textual(expr, plain)
        return where_known(made if made is not None else self.uninterpreted(expr, args), known)

    def _is_in(self, item: Value, among: Value) -> Truth:
        inner = as_maybe(among)
        if not isinstance(inner.value, Seq):
            raise Unsupported("`in` what is no list")
        seq = inner.value
        there = [(terms.both([inner.present, g]), v) for g, v in lists.certain(seq)]
        yes = terms.either(terms.both([g, self.same(item, v).yes]) for g, v in there)
        no = terms.both(terms.implies(g, self.same(item, v).no) for g, v in there)
        known = terms.both([inner.known, seq.known, terms.negate(lists.doubt(seq))])
        return Truth(terms.both([known, yes]), terms.both([known, no]))

    def _instant(self, expr: Apply, value: Value) -> Value:
        kind = strip(expr.args[0].type)
        inner = as_maybe(value)
        if not isinstance(inner.value, Scalar):
            raise Unsupported("an instant of what is no time", expr.span)
        scalar = inner.value
        if kind == Prim("date"):
            scalar = Scalar(f"(* {DAY} {scalar.term})", "Real", scalar.known)
        elif kind == Prim("datetime") and self.zone:
            scalar = Scalar(f"(- {scalar.term} {_whole(self.zone)})", "Real", scalar.known)
        return evolve(value, value=scalar) if isinstance(value, Maybe) else scalar

    def _numeric(self, expr: Apply, args: list[Value]) -> Value | None:
        match expr.op, args:
            case ("add" | "subtract" | "multiply" | "lt" | "le" | "gt" | "ge" | "divide") as op, [
                Scalar() as a,
                Scalar() as b,
            ]:
                return self._binary(op, a, b)
            case "negate", [Scalar(word, sort)]:
                return Scalar(f"(- {word})", sort)
            case "abs", [Scalar(word, sort)]:
                return Scalar(f"(ite (>= {word} {terms.number(0, sort)}) {word} (- {word}))", sort)
            case "floor", [Scalar(word, sort)]:
                return Scalar(f"(to_int {word})", "Int") if sort == "Real" else args[0]
            case "ceiling", [Scalar(word, sort)]:
                return Scalar(f"(- (to_int (- {word})))", "Int") if sort == "Real" else args[0]
            case "round", [Scalar(word, sort), Scalar(places)] if places.isdigit() and int(places) < 10:
                return Scalar(self._rounded(terms.real(word, sort), int(places)), "Real") if sort == "Real" else args[0]
        return None

    def _rounded(self, word: str, places: int) -> str:
        """To the nearest, ties to even."""
        scaled = self.shared(f"(* {10**places}.0 {word})", "Real")
        low = self.shared(f"(to_int {scaled})", "Int")
        over = f"(- {scaled} (to_real {low}))"
        up = terms.either([f"(> {over} 0.5)", terms.both([f"(= {over} 0.5)", f"(= (mod {low} 2) 1)"])])
        return f"(/ (to_real (ite {up} (+ {low} 1) {low})) {10**places}.0)"

    def _binary(self, op: str, a: Scalar, b: Scalar) -> Value:
        sort: Sort = "Int" if a.sort == b.sort == "Int" and op != "divide" else "Real"
        x, y = (v.term if sort == "Int" else terms.real(v.term, v.sort) for v in (a, b))
        if op == "divide":
            return Scalar(f"(/ {x} {y})", "Real", terms.negate(terms.equal(y, "0.0")))
        if op in COMPARES:
            return sure(f"({COMPARES[op]} {x} {y})")
        return Scalar(f"({ADDS[op]} {x} {y})", sort)

    def _temporal(self, expr: Apply, args: list[Value]) -> Value | None:
        match expr.op, args:
            case "shift", [Scalar(a, _), Scalar(b, sort)]:
                by = terms.real(b, sort)
                if expr.type == Prim("date"):
                    days = self.shared(f"(/ {by} {DAY})", "Real")
                    return Scalar(f"(+ {a} {days})", "Real", f"(is_int {days})")
                moved = self.shared(f"(+ {a} {by})", "Real")
                day = terms.both([f"(>= {moved} 0.0)", f"(< {moved} {DAY})"]) if expr.type == Prim("time") else TRUE
                return Scalar(moved, "Real", day)
            case "date_of", [Scalar(a, _)]:
                return Scalar(f"(to_real (to_int (/ {a} {DAY})))", "Real")
            case "time_of", [Scalar(a, _)]:
                return Scalar(f"(- {a} (* {DAY} (to_real (to_int (/ {a} {DAY})))))", "Real")
            case "at_time", [Scalar(a, _), Scalar(b, _)]:
                return Scalar(f"(+ (* {DAY} {a}) {b})", "Real")
            case "months_between", [Scalar(a, _), Scalar(b, _)]:
                (one, seen), (two, also) = self._of_month(a), self._of_month(b)
                return Scalar(calendar.months_between(one, two), "Int", terms.both([seen, also]))
        return None

    def _of_month(self, day: str) -> tuple[tuple[str, str], str]:
        """The months and the day of the month of a day, and when they are known."""
        if (found := calendar.literal_day(day)) is not None:
            return found, TRUE
        whole = self.shared(calendar.whole_day(day), "Int")
        months, of_month = (self.shared(t, "Int") for t in calendar.months_and_day(whole))
        return (months, of_month), calendar.within(whole)

    def _of_lists(self, expr: Apply, args: list[Value]) -> Value | None:
        blank = self.blank(expr.type.item) if isinstance(expr.type, ListType) else NOTHING
        match expr.op, args:
            case "zip", _ if all(isinstance(a, Seq) for a in args):
                blanks = [self.blank(strip(a.type).item) for a in expr.args]  # type: ignore[union-attr]
                return lists.zipped([a for a in args if isinstance(a, Seq)], blanks)
            case "contains_all", [Seq() as a, Seq() as b]:
                return lists.contains_all(a, b, self.same)
            case "same_items", [Seq() as a, Seq() as b]:
                size = lists.number_equal(lists.count(a).term, lists.count(b).term)
                inside = lists.contains_all(a, b, self.same)
                return Truth(terms.both([inside.yes, size]), terms.either([inside.no, terms.negate(size)]))
            case "values", [Place(alts)]:
                return Seq(lists.limited([(terms.both([g, h]), v) for g, c in alts for h, _, v in c.entries]))
            case "keys", [Place(alts)]:
                return Seq(lists.limited([(terms.both([g, h]), k) for g, c in alts for h, k, _ in c.entries]))
            case "range", [Scalar(low), Scalar(high)] if low.isdigit() and high.isdigit() and int(high) - int(low) < 50:
                return Seq(tuple((TRUE, Scalar(str(n), "Int")) for n in range(int(low), int(high) + 1)))
            case "flatten", [Seq() as a]:
                return lists.flattened(a)
            case "reversed", [Seq() as a]:
                return Seq(tuple(reversed(a.items)), a.known)
            case "take", [Seq() as a, Scalar(many)]:
                return lists.take(a, many)
            case "distinct", [Seq() as a]:
                return lists.distinct(a, self.same)
            case "running_totals", [Seq() as a]:
                return lists.running_totals(
                    a, self.sort_of(expr.type.item if isinstance(expr.type, ListType) else BOOL)
                )
            case ("sorted" | "order" | "order_descending") as op, [Seq() as a, *keys]:
                return self._ordered(expr, op, a, keys, blank)
            case "map_of", [Seq() as a]:
                return self._map_of(expr, a)
        return None

    def _ordered(self, expr: Apply, op: str, seq: Seq, keys: list[Value], blank: Value) -> Value:
        by = keys[0] if keys else seq
        found = [v for _, v in lists.certain(by)] if isinstance(by, Seq) else []
        scalars = [v for v in found if isinstance(v, Scalar)]
        if len(scalars) != len(lists.certain(seq)):
            raise Unsupported("an order by what is no scalar", expr.span)
        if isinstance(expr.args[-1].type, ListType) and self.sort_of(expr.args[-1].type.item) == "Int":
            self.approximated[expr.span, "the order of texts"] = None
        return lists.ordered(seq, scalars, op == "order_descending", blank)

    def _map_of(self, expr: Apply, seq: Seq) -> Value:
        made = Cell(expr.type, f"new{self.fresh_number()}", TRUE, lambda _, __: NOTHING)
        pairs = lists.certain(lists.settled(seq))
        keys = [v.items[0][1] for _, v in pairs if isinstance(v, Seq)]
        for i, (guard, pair) in enumerate(pairs):
            assert isinstance(pair, Seq)
            key, value = (v for _, v in pair.items)
            if not isinstance(key, Scalar) or isinstance(value, Doubt):
                raise Unsupported("a map whose keys are no texts", expr.span)
            rest = zip(pairs[i + 1 :], keys[i + 1 :], strict=True)
            later = [terms.both([g, self.equal(key, k)]) for (g, _), k in rest if not isinstance(k, Doubt)]
            made.entries.append((terms.both([guard, terms.negate(terms.either(later))]), key, value))
        return Place(((TRUE, made),))

    # --- what stays open

    def uninterpreted(self, expr: Apply, args: list[Value]) -> Value:
        """Some function of its arguments."""
        self.approximated[expr.span, OPAQUE] = None
        key = f"{expr.op}:{expr.type}:{[_spelled(a) for a in args]}"
        if key not in self.opaque:
            made = self.leaf(expr.type, f"some.{expr.op}", FALSE, loose=True)
            self.opaque[key] = self._by_example(expr, args, made) if expr.op in TEXTUAL else made
        return self.opaque[key]

    def _by_example(self, expr: Apply, args: list[Value], otherwise: Value) -> Value:
        """What a built-in gives for the examples that tools name of a text, if that is all that is open; of any other
        text it is then not known."""
        names = {str(code): text for text, code in self.texts.items()}
        words = [a.term if isinstance(a, Scalar) else "" for a in args]
        free = [i for i, w in enumerate(words) if w not in names]
        if len(free) != 1 or not words[free[0]] or self.sort_of(expr.args[free[0]].type) != "Int":
            return otherwise
        otherwise = where_known(otherwise, FALSE) if self.examples else otherwise
        for example in self.examples:
            texts = tuple(example if i in free else names[w] for i, w in enumerate(words))
            found = self._exactly(ops.apply(expr.op, texts), expr)
            if found is not None:
                otherwise = merge(terms.equal(words[free[0]], self.text(example).term), found, otherwise)
        return otherwise

    def _exactly(self, found: Any, expr: Apply) -> Value | None:
        """A computed value of a scalar type."""
        match found:
            case None:
                return NOTHING
            case bool():
                return sure(TRUE if found else FALSE)
            case str():
                return self.text(found)
        if not is_number(found) or found < 0:
            return None
        size, sort = Fraction(found), self.sort_of(expr.type)
        return Scalar(str(size.numerator) if sort == "Int" else f"(/ {size.numerator}.0 {size.denominator}.0)", sort)


def _observed(value: Value, expr: Apply) -> str:
    """When an argument of a strict operation can be worked with."""
    if isinstance(value, Maybe):
        return terms.both([value.known, value.present, known_of(value.value)])
    if isinstance(value, Seq):
        return lists.settled(value).known
    return known_of(value)


def _spelled(value: Value) -> str:
    match value:
        case Scalar(term):
            return term
        case Truth(yes):
            return yes
        case Maybe(present, inner):
            return f"{present}?{_spelled(inner)}"
        case Seq(items):
            return f"[{' '.join(f'{g}:{_spelled(v)}' for g, v in items if not isinstance(v, Doubt))}]"
        case Place(alts):
            return f"<{' '.join(f'{g}:{c.name}' for g, c in alts)}>"
        case Happening(slots):
            return f"<{' '.join(f'{g}:{s.index}' for g, s in slots)}>"
        case Arguments(call):
            return f"args{_spelled(call)}"


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _phrases(about: Any) -> frozenset[Any]:
    if isinstance(about, str):
        return frozenset({about})
    return frozenset(about) if isinstance(about, tuple) and all(isinstance(p, str) for p in about) else frozenset()


def _whole(value: int) -> str:
    return f"(- {abs(value)}.0)" if value < 0 else f"{value}.0"


__all__ = ["Amount", "Builtins", "Fact", "Statement"]
