"""What messages say, over a small world: free facts, of which equal ones have one answer."""

from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import define, field, frozen

from ....core.nodes import Apply, Const, Expr
from ....core.types import Type
from .. import terms
from ..terms import FALSE, TRUE
from . import sequences as lists
from .equality import Equality
from .values import (
    Doubt,
    Happening,
    Maybe,
    Scalar,
    Seq,
    Unsupported,
    Value,
    as_maybe,
    known_of,
    spelled,
    sure,
    where_known,
)
from .zones import ZONE

MOST_STATED = 2
ONE_SENTENCE = "messages of one sentence"
STATED = f"at most {MOST_STATED} claims in a message"
SAID = frozenset({ONE_SENTENCE, STATED, ZONE})  # what is left out however a question is asked
FIXED = frozenset({"mentions", "matches", "says"})  # what is asked about words that the source may fix

# Whether a text of which one operation is true, about something fixed, is one of which another is true: the letters of
# texts are known to the recognisers of another back end alone.
Follows: TypeAlias = Callable[[str, Any, str, Any], bool]


def _nothing_follows(op: str, about: Any, other: str, wanted: Any) -> bool:
    return False


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
class Language(Equality):
    """`facts` are the free truths about language, `statements` the texts that messages state, `amounts` the values that
    facts are about. `opaque` are values that nothing is known of, by what they are called. `follows` tells what fixed
    words say besides."""

    facts: dict[str, Fact] = field(factory=dict)
    statements: dict[str, Statement] = field(factory=dict)
    opaque: dict[str, Value] = field(factory=dict)
    amounts: dict[str, Amount] = field(factory=dict)
    follows: Follows = _nothing_follows

    def uninterpreted(self, expr: Apply, args: list[Value]) -> Value:
        """Some function of its arguments."""
        raise NotImplementedError

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
            self.narrow[ONE_SENTENCE] = None
            return Seq(tuple((g, Happening(((TRUE, s),))) for g, s in slots), known)
        if expr.op in ("claims", "invented"):
            return Seq(
                lists.limited([(terms.both([there, g, h]), v) for g, s in slots for h, v in self.stated(expr.op, s)]),
                known,
            )
        rest = args[1:]
        term = terms.both([there, terms.either(terms.both([g, self._fact(expr, s, rest)]) for g, s in slots)])
        seen = terms.both([known, *(as_maybe(a).known for a in rest), *(_whole(a) for a in rest)])
        return where_known(sure(term), seen)

    def stated(self, op: str, slot: Any) -> tuple[tuple[str, Scalar], ...]:
        """What a message states: so many texts at most, whichever."""
        key = f"{op}.{slot.index}"
        if key not in self.statements:
            numbered = [f"{key}.{i}" for i in range(MOST_STATED)]
            self.narrow[STATED] = None
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
        key = spelled(value)
        if key not in self.amounts:
            inner = as_maybe(value)
            if not isinstance(inner.value, Scalar):
                raise Unsupported(f"`{expr.op}` about a value that is no scalar", expr.span)
            constant = self.constant("amount", "Int" if inner.value.sort == "Int" else "Real")
            self.fact(f"(= {constant} {inner.value.term})")
            zone = inner.value.zone
            held: Value = Scalar(constant, inner.value.sort, zone=zone if zone.isdigit() else self.held(zone, "Int"))
            if isinstance(value, Maybe):
                present = self.constant("amount?", "Bool")
                self.fact(f"(= {present} {inner.present})")
                held = Maybe(present, held)
            self.amounts[key] = Amount(held, arg.type, f"${len(self.amounts)}")
        return self.amounts[key]

    def _exclude(self, made: Fact) -> None:
        """About equal values, the same is said; what mentions one of some phrases mentions one of more; what holds some
        words is heard as these words are."""
        for other in (f for f in self.facts.values() if f.slot is made.slot):
            if other.op == made.op and (same := self._about_the_same(made, other)) != FALSE:
                self.fact(terms.implies(same, terms.equal(made.term, other.term)))
            for one, two in ((made, other), (other, made)):
                if _said_with(one, two) or self._is_heard_with(one, two):
                    self.fact(terms.implies(one.term, two.term))

    def _is_heard_with(self, one: Fact, two: Fact) -> bool:
        return is_fixed(one) and is_fixed(two) and self.follows(one.op, one.about[0], two.op, two.about[0])

    def _about_the_same(self, a: Fact, b: Fact) -> str:
        """When two facts are about equal values, one of which the source leaves open."""
        if len(a.about) != 1 or len(b.about) != 1 or not any(isinstance(f.about[0], Amount) for f in (a, b)):
            return FALSE
        x, y = (f.about[0].value if isinstance(f.about[0], Amount) else f.about[0] for f in (a, b))
        x, y = (self.text(v) if isinstance(v, str) else v for v in (x, y))
        return self.equal(x, y) if isinstance(x, (Scalar, Maybe)) and isinstance(y, (Scalar, Maybe)) else FALSE


def _whole(value: Value) -> str:
    return lists.whole(value) if isinstance(value, Seq) else known_of(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _said_with(one: Fact, two: Fact) -> bool:
    """Whether all phrases of which one is mentioned are among those of another fact."""
    a, b = (_phrases(f.about[0]) if f.op == "mentions" else frozenset[Any]() for f in (one, two))
    return bool(a and b and a <= b)


def is_fixed(fact: Fact) -> bool:
    """Whether the source fixes the words that a fact is about."""
    return (
        fact.op in FIXED and len(fact.about) == 1 and (isinstance(fact.about[0], str) or bool(_phrases(fact.about[0])))
    )


def _phrases(about: Any) -> frozenset[Any]:
    if isinstance(about, str):
        return frozenset({about})
    return frozenset(about) if isinstance(about, tuple) and all(isinstance(p, str) for p in about) else frozenset()


__all__ = ["SAID", "Amount", "Fact", "Follows", "Language", "Statement", "is_fixed"]
