"""Texts of a small world. A text is a number: literals have one each, what is open has any.

A text that is put together (`concat`, `text`, `dollars`, `lower`) has a number of its own; which other numbers that may
be follows from its parts. What is asked of an open text's letters (`starts_with` and the like) is free, as far as what
is known of literals and of other such answers allows. The model then says which letters a text must have, and reading
it back makes some up. Two things are left out of small worlds: open texts have no capital letters, and texts that are
put together in different ways differ.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import define, field, frozen

from ....core import ops, times
from ....core.nodes import Apply
from ....core.types import BOOL, TEXT, AnyType, Prim, Type, is_text, strip
from ....core.values import Undefined, settle
from .. import terms
from ..terms import FALSE, TRUE
from . import sequences as lists
from .values import Happening, Scalar, Sort, Value, sure
from .world import FIRST_TEXT
from .zones import Zones

TEXTUAL = frozenset({"lower", "concat", "text", "dollars", "contains", "starts_with", "ends_with", "only_characters",
                     "length", "split", "join", "arithmetic"})  # fmt: skip
ASKED = ("starts_with", "ends_with", "contains")
WRITTEN = ("int", "money", "decimal", "date")  # what has one way of being written
FIRST_COMPOSED, MOST_ALIKE = 100_000, 500  # where the numbers of texts put together begin, and how many each way has
SPELLED = "texts in small letters"  # and what else the first words of this file leave out
OWN_LETTERS = frozenset("(agent, user) 0123456789")  # of a message, as it is replayed
_CONSTANT = re.compile(r"\$(?:composed|lower)(?:@\d+)?")


@frozen
class Piece:
    """An open part of a text: an open text, or a number or date and the operation that writes it."""

    term: str
    kind: Type
    op: str = ""


Parts: TypeAlias = tuple[str | Piece, ...]


@frozen
class Asked:
    """That an open text begins with some letters, ends with them or has them, if the term is true."""

    op: str
    of: str
    letters: str
    term: str


@define
class Texts(Zones):
    """`composed` are the texts put together, by the constant that holds the number; `lowered` those that differ from
    another in capital letters only (`used` and `heeded` those that matter); `asked` what was asked of letters."""

    composed: dict[str, Parts] = field(factory=dict)
    lowered: dict[str, str] = field(factory=dict)
    asked: dict[tuple[str, str, str], Asked] = field(factory=dict)
    holding: dict[str, str] = field(factory=dict)
    likened: dict[str, list[str]] = field(factory=dict)
    settled: set[str] = field(factory=set)
    used: dict[str, Parts] = field(factory=dict)
    heeded: dict[str, str] = field(factory=dict)

    def sort_of(self, kind: Type) -> Sort:
        inner = strip(kind)
        whole = not isinstance(inner, Prim) or inner.name in ("int", "text", "id", "email", "json")
        return "Bool" if inner == BOOL else "Int" if whole else "Real"

    def literals(self) -> dict[str, str]:
        """The texts of the source by their numbers, as terms."""
        return {str(code): text for text, code in self.texts.items()}

    def held(self, term: str, sort: Sort) -> str:
        """A constant for a term, for the model to tell."""
        if term.startswith(("$", "|$")):
            return term
        if term not in self.holding:
            self.holding[term] = self.constant("part", sort)
            self.fact(f"(= {self.holding[term]} {term})")
        return self.holding[term]

    # --- operations

    def textual(self, expr: Apply, args: list[Value]) -> Value | None:
        """The value of an operation over texts; None for what stays some function of its arguments."""
        if expr.op in ASKED and isinstance(args[0], Happening):
            return self._of_a_message(args[1])
        if not all(isinstance(a, Scalar) for a in args):
            return None
        scalars = [a for a in args if isinstance(a, Scalar)]
        if expr.op == "same_text":
            a, b = (self._lower(s.term) for s in scalars)
            return sure(lists.number_equal(a, b))
        if expr.op not in TEXTUAL:
            return None
        names = self.literals()
        known = [names.get(s.term) for s in scalars]
        if all(t is not None for t in known) and all(self.sort_of(a.type) == "Int" for a in expr.args):
            return self._computed(expr, known)
        return self._half_open(expr, scalars, known)

    def _of_a_message(self, letters: Value) -> Value | None:
        """A message is replayed with a text of its own, which has none of anybody's letters."""
        if self.loose:
            return None
        self.narrow[SPELLED] = None
        text = self.literals().get(letters.term, "") if isinstance(letters, Scalar) else ""
        return sure(FALSE) if text and not set(text) <= OWN_LETTERS else None

    def _computed(self, expr: Apply, args: list[str | None]) -> Value | None:
        found = ops.apply(expr.op, tuple(args))
        match found:
            case bool():
                return sure(TRUE if found else FALSE)
            case str():
                return self.text(found)
            case int():
                return Scalar(str(found), "Int")
        return None

    def _half_open(self, expr: Apply, args: list[Scalar], known: list[str | None]) -> Value | None:
        match expr.op:
            case "lower":
                return Scalar(self._lower(args[0].term), "Int")
            case "concat" | "text" | "dollars":
                found = [self._parts(a, e.type, expr.op) for a, e in zip(args, expr.args, strict=True)]
                parts = [p for some in found if some is not None for p in some]
                return None if None in found else Scalar(self._compose(_joined(parts)), "Int")
            case "starts_with" | "ends_with" | "contains" if known[1] is not None:
                return sure(self._has(expr.op, args[0].term, known[1]))
        return None

    # --- texts that are put together

    def _parts(self, value: Scalar, kind: Type, op: str) -> Parts | None:
        inner = strip(kind)
        if is_text(inner) and not isinstance(inner, AnyType) and op != "dollars" and self.sort_of(inner) == "Int":
            literal = self.literals().get(value.term)
            open_part = self.composed.get(value.term) or (Piece(self.held(value.term, "Int"), TEXT),)
            return (literal,) if literal is not None else open_part
        if not isinstance(inner, Prim) or inner.name not in WRITTEN or op == "concat":
            return None
        if inner.name == "int" and re.fullmatch(r"\d+", value.term):
            return (str(ops.apply(op, (int(value.term),))),)
        return (Piece(self.held(value.term, self.sort_of(inner)), inner, op),)

    def _compose(self, parts: Parts) -> str:
        """The number of a text by its parts."""
        match parts:
            case ():
                return self.text("").term
            case (str(text),):
                return self.text(text).term
            case (Piece(term, _, ""),):
                return term
        for term, other in self.composed.items():
            if other == parts:
                return term
        made = self.constant("composed", "Int")
        self.composed[made] = parts
        return made

    def _lower(self, term: str) -> str:
        """A text without capital letters."""
        if (literal := self.literals().get(term)) is not None:
            return self.text(literal.lower()).term
        if (parts := self.composed.get(term)) is not None:
            low = (p.lower() if isinstance(p, str) else (Piece(self._lower(p.term), p.kind) if not p.op else p)
                   for p in parts)  # fmt: skip
            return self._compose(_joined(list(low)))
        if term in self.lowered.values():
            return term
        if term not in self.lowered:
            self.lowered[term] = self.constant("lower", "Int")
        return self.lowered[term]

    # --- letters

    def _has(self, op: str, term: str, letters: str) -> str:
        parts = self.composed.get(term)
        end = parts[0 if op == "starts_with" else -1] if parts is not None and op != "contains" else None
        if isinstance(end, str):
            inside, beyond = (end.startswith(letters), letters.startswith(end)) if op == "starts_with" else (
                end.endswith(letters), letters.endswith(end))  # fmt: skip
            if inside or not beyond:
                return TRUE if inside else FALSE
        term = self.held(term, "Int")
        key = op, term, letters
        if key not in self.asked:
            self.asked[key] = Asked(op, term, letters, self.constant(op, "Bool"))
        return self.asked[key].term

    # --- what follows

    def settle_texts(self) -> None:
        """What numbers the texts have that are put together, and what their letters may be. Said when everything else
        has been, as it looks at every literal; said anew where more is said afterwards."""
        for fact in self.settled:
            self.script.facts.pop(fact, None)
        before = set(self.script.facts)
        self._say_texts()
        self.settled = set(self.script.facts) - before

    def _say_texts(self) -> None:
        self.likened.clear()
        self._find_used()
        done = 0
        while done < len(self.texts):
            fresh, done = list(self.texts)[done:], len(self.texts)
            for text in fresh:
                self._say_literal(text)
        self._tell_apart()
        capital = [self.text(t).term for t in self.texts if t.lower() != t]
        for term, low in self.heeded.items():
            if self.loose:
                continue
            self.narrow[SPELLED] = None
            other = terms.negate(terms.either(terms.equal(term, t) for t in capital))
            self.fact(terms.implies(other, terms.equal(low, term)))
        for one in self.asked.values():
            self._say_letters(one)

    def _find_used(self) -> None:
        """Of a text that nothing looks at, nothing has to be said."""
        used = set(_CONSTANT.findall(self.script.text())) if self.composed or self.lowered else set()
        pending = [t for t in self.composed if t in used]
        while pending:
            more = {p.term for p in self.composed[pending.pop()] if isinstance(p, Piece)} - used
            used |= more
            pending += [t for t in more if t in self.composed]
        self.used = {t: p for t, p in self.composed.items() if t in used}
        self.heeded = {t: low for t, low in self.lowered.items() if low in used}

    def _say_literal(self, text: str) -> None:
        """When a text that is put together is some literal, and what a literal is without capital letters."""
        code = self.text(text).term
        for term, parts in self.used.items():
            if self.loose and _pieces(parts) > 1:
                continue
            if (here := self._is_literal(parts, text)) != FALSE:
                self.likened.setdefault(term, []).append(code)
                self.fact(terms.equal(f"(= {term} {code})", here))
        for term, low in self.heeded.items() if text.lower() != text else ():
            self.fact(terms.implies(terms.equal(term, code), terms.equal(low, self.text(text.lower()).term)))

    def _is_literal(self, parts: Parts, text: str) -> str:
        """When a text that is put together is a literal: its one open part stands for what is between the others."""
        pieces = [p for p in parts if isinstance(p, Piece)]
        before, after = (p if isinstance(p, str) else "" for p in (parts[0], parts[-1]))
        if len(pieces) != 1 or len(text) < len(before) + len(after):
            return FALSE
        if not text.startswith(before) or not text.endswith(after):
            return FALSE
        return self._stands_for(pieces[0], text[len(before) : len(text) - len(after)])

    def _stands_for(self, piece: Piece, text: str) -> str:
        if not piece.op:
            return terms.equal(piece.term, self.text(text).term)
        value, size = _read(text, piece)
        written = ops.apply(piece.op, (value,)) if value is not None else None
        return terms.equal(terms.real(piece.term, self.sort_of(piece.kind)), size) if written == text else FALSE

    def _tell_apart(self) -> None:
        """Of two texts put together in the same way, each part is the same if they are. Each way has numbers of its
        own, besides those of the literals that it may make."""
        ways: dict[tuple[Any, ...], list[str]] = {}
        for term, parts in self.used.items():
            alike = ways.setdefault(_form(parts), [])
            if self.loose and _pieces(parts) > 1:
                continue
            for other in alike:
                same = terms.both(terms.equal(p.term, q.term) for p, q in zip(parts, self.composed[other], strict=True)
                                  if isinstance(p, Piece) and isinstance(q, Piece))  # fmt: skip
                self.fact(terms.equal(f"(= {term} {other})", same))
            alike.append(term)
            if self.loose:
                continue
            if len(ways) > 1 or _pieces(parts) > 1:
                self.narrow[SPELLED] = None
            low = FIRST_COMPOSED + list(ways).index(_form(parts)) * MOST_ALIKE
            literal = [terms.equal(term, code) for code in self.likened.get(term, ())]
            self.fact(terms.either([f"(<= {low} {term} {low + MOST_ALIKE - 1})", *literal]))

    def _say_letters(self, one: Asked) -> None:
        having = [self.text(t).term for t in self.texts if ops.apply(one.op, (t, one.letters)) is True]
        literal = terms.either(terms.equal(one.of, code) for code in having)
        self.fact(f"(=> (>= {one.of} {FIRST_TEXT}) {terms.equal(one.term, literal)})")
        for other in self.asked.values():
            if other is one:
                continue
            if other.of != one.of:
                if (other.op, other.letters) == (one.op, one.letters) and one.term < other.term:
                    self.fact(terms.implies(terms.equal(one.of, other.of), terms.equal(one.term, other.term)))
            elif _implied(other, one):
                self.fact(terms.implies(one.term, other.term))
            elif one.op == other.op != "contains" and not _implied(one, other):
                self.fact(terms.negate(terms.both([one.term, other.term])))


def _implied(a: Asked, b: Asked) -> bool:
    """Whether a text that answers to the second answers to the first."""
    match a.op:
        case "contains":
            return a.letters in b.letters
        case "starts_with":
            return b.op == a.op and b.letters.startswith(a.letters)
        case _:
            return b.op == a.op and b.letters.endswith(a.letters)


def _joined(parts: list[str | Piece]) -> Parts:
    """Neighbouring literals as one."""
    made: list[str | Piece] = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        elif part != "":
            made.append(part)
    return tuple(made)


def _pieces(parts: Parts) -> int:
    """How many parts are open. With several, one text may be put together in two ways, and may be some literal."""
    return sum(isinstance(p, Piece) for p in parts)


def _form(parts: Parts) -> tuple[Any, ...]:
    return tuple(p if isinstance(p, str) else (p.kind, p.op) for p in parts)


def _read(text: str, piece: Piece) -> tuple[Any, str]:
    """The number or date that a text may write, and as a term; None for one that writes none."""
    try:
        dated = piece.kind == Prim("date")
        size = Fraction(times.read_moment(text).days if dated else text.replace("$", "").replace(",", ""))
    except (ValueError, ZeroDivisionError, Undefined):
        return None, ""
    word = f"(/ {abs(size.numerator)}.0 {size.denominator}.0)"
    return text if dated else settle(size), f"(- {word})" if size < 0 else word


# --- read back --------------------------------------------------------------------------------------------------------


def letters_of(code: int, made: Texts, value: Any) -> Iterator[Asked]:
    """What is asked of a text with some number, and so in a model."""
    return (a for a in made.asked.values() if value(a.term) is True and value(a.of) == code)


def spelled_out(asked: list[Asked], hint: str, number: int, end: str) -> str:
    """A text with the letters that it must have."""
    longest = {op: max((a.letters for a in asked if a.op == op), key=len, default="") for op in ASKED[:2]}
    middle = "".join(a.letters for a in asked if a.op == "contains")
    return f"{longest['starts_with']}{hint.lower()}{number}{middle}{longest['ends_with'] or end}"


def put_together(parts: Parts, value: Any, text: Any) -> str:
    """The text of some parts: `value` reads a piece's number or date, `text` an open text."""
    return "".join(
        p if isinstance(p, str) else text(p) if not p.op else str(ops.apply(p.op, (value(p),))) for p in parts
    )


__all__ = ["TEXTUAL", "Asked", "Parts", "Piece", "Texts", "letters_of", "put_together", "spelled_out"]
