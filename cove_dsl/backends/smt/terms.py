"""SMT-LIB as text: symbols, terms and scripts. Knows nothing of specifications and nothing of any solver.

A script holds declarations, facts (what every world obeys) and clauses: named assertions, each standing for one place
of the source. Everything keeps the order in which it was said, so equal questions are equal texts.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from attrs import define, field

from ...source import Span

Sort: TypeAlias = Literal["Bool", "Int", "Real", "Text", "Thing"]
TRUE, FALSE = "true", "false"
LONG = 60  # characters of a term that gets a name

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_.@$]*\Z")


@lru_cache(2**16)
def symbol(name: str) -> str:
    """A name as an SMT-LIB symbol; what may not stand between bars is spelled out."""
    if _PLAIN.match(name):
        return name
    kept = "".join(c if c.isascii() and c.isprintable() and c not in "|\\%" else f"%{ord(c):x}" for c in name)
    return f"|{kept}|"


def apply(name: str, *args: str) -> str:
    return f"({symbol(name)} {' '.join(args)})" if args else symbol(name)


def negate(term: str) -> str:
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    return term[5:-1] if term.startswith("(not ") else f"(not {term})"


def both(terms: Iterable[str]) -> str:
    kept = dict.fromkeys(terms)
    if FALSE in kept:
        return FALSE
    kept.pop(TRUE, None)
    return f"(and {' '.join(kept)})" if len(kept) > 1 else next(iter(kept), TRUE)


def either(terms: Iterable[str]) -> str:
    kept = dict.fromkeys(terms)
    if TRUE in kept:
        return TRUE
    kept.pop(FALSE, None)
    return f"(or {' '.join(kept)})" if len(kept) > 1 else next(iter(kept), FALSE)


def implies(condition: str, term: str) -> str:
    if condition == TRUE or term == TRUE:
        return term
    return negate(condition) if term == FALSE else TRUE if condition == FALSE else f"(=> {condition} {term})"


def equal(a: str, b: str) -> str:
    return TRUE if a == b else f"(= {a} {b})"


def choose(condition: str, then: str, other: str) -> str:
    if condition in (TRUE, FALSE) or then == other:
        return then if condition == TRUE or then == other else other
    return f"(ite {condition} {then} {other})"


def number(value: int | Decimal, sort: Sort) -> str:
    """A number as its exact decimal text."""
    text = f"{abs(value):f}" if isinstance(value, Decimal) else str(abs(value))
    text = f"{text}.0" if sort == "Real" and "." not in text else text
    return f"(- {text})" if value < 0 else text


def real(term: str, sort: Sort) -> str:
    return f"(to_real {term})" if sort == "Int" else term


@define
class Clause:
    """One place of the source and what it demands. `role` says what kind of place it is; `text` is for people."""

    name: str
    span: Span
    role: Literal["pick", "given", "goal", "require", "effect", "rule", "field", "invariant"]
    text: str
    terms: list[str] = field(factory=list)


@define
class Script:
    """A question being written down."""

    declared: dict[str, str] = field(factory=dict)
    literals: dict[str, str] = field(factory=dict)
    facts: dict[str, None] = field(factory=dict)
    clauses: dict[str, Clause] = field(factory=dict)
    hints: dict[str, int] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)

    def function(self, name: str, sorts: tuple[Sort, ...], result: Sort) -> str:
        if name not in self.declared:
            self.declared[name] = f"(declare-fun {symbol(name)} ({' '.join(sorts)}) {result})"
        return name

    def define(self, name: str, signature: str, term: str) -> str:
        """A function that stands for a term."""
        self.declared.setdefault(name, f"(define-fun {symbol(name)} {signature} {term})")
        return name

    def named(self, term: str, sort: Sort) -> str:
        """A name for a long term, which may be said often and within itself."""
        if len(term) < LONG:
            return term
        if (name := self.names.get(term)) is None:
            name = self.names[term] = symbol(f"~{len(self.names)}")
            self.declared[name] = f"(define-fun {name} () {sort} {term})"
        return name

    def fresh(self, hint: str, sort: Sort) -> str:
        """A constant that no one else has: the hint, marked as one, and numbered from its second use."""
        n = self.hints.get(hint, 0) + 1
        while (name := f"${hint}@{n}" if n > 1 else f"${hint}") in self.declared:
            n += 1
        self.hints[hint] = n
        self.declared[name] = f"(declare-const {symbol(name)} {sort})"
        return symbol(name)

    def literal(self, text: str) -> str:
        """A text of the source: a constant, different from those of all other texts."""
        known = self.literals.get(text)
        return known if known is not None else self.literals.setdefault(text, symbol(f"'{text}'"))

    @property
    def size(self) -> int:
        """How much is said: grows whenever more is."""
        return len(self.facts) + sum(len(c.terms) for c in self.clauses.values())

    def fact(self, term: str) -> None:
        if term != TRUE:
            self.facts[term] = None

    def clause(self, made: Clause, term: str) -> None:
        """Adds a demand to the clause of its name."""
        self.clauses.setdefault(made.name, made).terms.append(term)

    def text(self, without: Iterable[str] = ()) -> str:
        """The whole script, optionally without some of its clauses."""
        left_out = set(without)
        lines = self._facts()
        for clause in self.clauses.values():
            if clause.name not in left_out:
                lines += [f"; {clause.role}: {' '.join(clause.text.split())}"]
                lines += [f"(assert (! {both(clause.terms)} :named {symbol(clause.name)}))"]
        return "\n".join([*lines, "(check-sat)", ""])

    def switched(self, names: Iterable[str], switch: str) -> str:
        """The facts, and some clauses that hold only where a truth of the same name, with a prefix, does."""
        lines = self._facts()
        for name in names:
            lines += [f"(declare-const {symbol(switch + name)} Bool)"]
            lines += [f"(assert (=> {symbol(switch + name)} {both(self.clauses[name].terms)}))"]
        return "\n".join(lines)

    def _facts(self) -> list[str]:
        lines = [
            "(set-option :produce-unsat-cores true)",
            "(set-logic ALL)",
            "(declare-sort Text 0)",
            "(declare-sort Thing 0)",
        ]
        lines += [f"(declare-const {name} Text)" for name in self.literals.values()]
        lines += [f"(assert (distinct {' '.join(self.literals.values())}))"] if len(self.literals) > 1 else []
        lines += self.declared.values()
        return [*lines, *(f"(assert {fact})" for fact in self.facts)]
