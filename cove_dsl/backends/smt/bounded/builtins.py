"""The built-ins over a small world. Language becomes free facts; letters of texts are looked at only where both texts
are literals, and are otherwise left to the replay."""

from fractions import Fraction
from typing import Any

from attrs import define, evolve, field

from ....core import ops
from ....core.evaluator import LANGUAGE
from ....core.nodes import Apply, Expr
from ....core.types import BOOL, ListType, Prim, Type, strip
from ....core.values import is_number
from ....source import Span
from .. import terms
from ..terms import FALSE, TRUE
from . import calendar
from . import sequences as lists
from .language import Language
from .texts import TEXTUAL
from .values import (
    NOTHING,
    Cell,
    Doubt,
    Entry,
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
    spelled,
    sure,
    where_known,
    wholly_known,
)
from .zones import DAY

COMPARES = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ADDS = {"add": "+", "subtract": "-", "multiply": "*"}
COMPARE_ITEMS = frozenset({"contains_all", "same_items", "distinct"})
OPAQUE = "the letters of a text"
COUNTED = "months from 1904 to 2100"
NAMED = "texts that tools name as examples"


@define
class Builtins(Language):
    """`approximated` are the places that a model may get wrong, `examples` the texts that tools name as such."""

    approximated: dict[tuple[Span, str], None] = field(factory=dict)
    examples: dict[str, None] = field(factory=dict)
    numbered: int = 0

    def encode(self, expr: Expr, env: dict[str, Value]) -> Value:
        raise NotImplementedError

    def literal(self, value: Any, kind: Type, span: Span) -> Value:
        raise NotImplementedError

    def entries_of(self, pairs: list[Entry]) -> list[Entry]:
        raise NotImplementedError

    def fresh_number(self) -> int:
        self.numbered += 1
        return self.numbered

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
        inside = (wholly_known(a) for a in args if op in COMPARE_ITEMS)
        known = terms.both([*(_observed(a) for a in args), *inside])
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
        elif kind == Prim("datetime"):
            term = f"(- {scalar.term} {terms.number(self.zone, 'Real')})" if self.zone else scalar.term
            scalar = Scalar(term, "Real", scalar.known)
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
            case "shift", [Scalar(a, zone=zone), Scalar(b, sort)]:
                by = terms.real(b, sort)
                if expr.type == Prim("date"):
                    days = self.shared(f"(/ {by} {DAY})", "Real")
                    return Scalar(f"(+ {a} {days})", "Real", f"(is_int {days})")
                moved = self.shared(f"(+ {a} {by})", "Real")
                day = terms.both([f"(>= {moved} 0.0)", f"(< {moved} {DAY})"]) if expr.type == Prim("time") else TRUE
                return Scalar(moved, "Real", day, zone)
            case "date_of", [Scalar() as moment]:
                return self.date_of(moment)
            case "time_of", [Scalar() as moment]:
                return self.time_of(moment)
            case "at_time", [Scalar(a, _), Scalar(b, _)]:
                return Scalar(f"(+ (* {DAY} {a}) {b})", "Real", zone=self.unzoned())
            case "months_between", [Scalar(a, _), Scalar(b, _)]:
                (one, seen), (two, also) = self._of_month(a), self._of_month(b)
                return self._as_far(Scalar(calendar.months_between(one, two), "Int"), terms.both([seen, also]), COUNTED)
        return None

    def _as_far(self, value: Value, known: str, what: str) -> Value:
        """A value that is computed under a condition alone: where that does not hold it is left out, or may be any."""
        if known == TRUE:
            return value
        if not self.loose:
            self.narrow[what] = None
            return where_known(value, known)
        other = Scalar(self.constant("some.number", "Int"), "Int")
        return merge(known, value, where_known(other, self.constant("some.known", "Bool")))

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
            case "range", [Scalar(low), Scalar(high)] if low.isdigit() and high.isdigit():
                if int(high) - int(low) >= lists.MOST_ITEMS:
                    raise Unsupported(f"a range of more than {lists.MOST_ITEMS} numbers", expr.span)
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
        pairs: list[Entry] = []
        for guard, pair in lists.certain(lists.settled(seq)):
            assert isinstance(pair, Seq)
            key, value = (v for _, v in pair.items)
            if not isinstance(key, Scalar) or isinstance(value, Doubt):
                raise Unsupported("a map whose keys are no texts", expr.span)
            pairs.append((guard, key, value))
        made.entries = self.entries_of(pairs)
        return Place(((TRUE, made),))

    # --- what stays open

    def uninterpreted(self, expr: Apply, args: list[Value]) -> Value:
        """Some function of its arguments."""
        self.approximated[expr.span, OPAQUE] = None
        key = f"{expr.op}:{expr.type}:{[spelled(a) for a in args]}"
        if key not in self.opaque:
            made = self.leaf(expr.type, f"some.{expr.op}", FALSE, loose=True)
            made = where_known(made, self.constant("some.known", "Bool")) if self.loose else made
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
        if self.examples and not self.loose:
            self.narrow[NAMED] = None
            otherwise = where_known(otherwise, FALSE)
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


def _observed(value: Value) -> str:
    """When an argument of a strict operation can be worked with: it is there, and all of it is known."""
    if isinstance(value, Maybe):
        return terms.both([value.known, value.present, _observed(value.value)])
    if isinstance(value, Seq):
        return lists.whole(value)
    return known_of(value)


__all__ = ["Builtins"]
