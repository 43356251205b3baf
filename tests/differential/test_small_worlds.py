"""The exact encoding against the reference evaluator: generated expressions mean the same to both.

Each expression is closed, so the encoding has no freedom: the solver is asked for any way in which its term could
differ from the reference's value, and has to find none. What is unknown to one must be unknown to the other.
"""

import random

import pytest

from cove_dsl.backends.smt import Budget, terms
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.values import known_of
from cove_dsl.backends.smt.solve import ask
from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.values import UNKNOWN
from cove_dsl.pipeline import Compiler

KINDS = ("int", "decimal", "bool", "list[int]")


class Writer:
    """Writes well-typed expressions of a kind, so many operations deep."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def of(self, kind: str, depth: int, names: tuple[str, ...] = ()) -> str:
        if depth == 0:
            return self.leaf(kind, names)
        return {"int": self.whole, "decimal": self.decimal, "bool": self.truth, "list[int]": self.items}[kind](
            depth - 1, names
        )

    def leaf(self, kind: str, names: tuple[str, ...]) -> str:
        if kind == "int" and names and self.dice.random() < 0.5:
            return self.dice.choice(names)
        if kind == "int":
            return str(self.dice.randint(0, 6))
        if kind == "decimal":
            return f"{self.dice.randint(0, 5)}.{self.dice.choice(('0', '25', '5'))}"
        if kind == "bool":
            return self.dice.choice(("true", "false"))
        return f"[{', '.join(str(self.dice.randint(0, 4)) for _ in range(self.dice.randint(1, 4)))}]"

    def whole(self, d: int, n: tuple[str, ...]) -> str:
        i, xs = (lambda: self.of("int", d, n)), (lambda: self.of("list[int]", d, n))
        x, b = (lambda: self.of("decimal", d, n)), (lambda: self.of("bool", d, n))
        return self.dice.choice((
            lambda: f"({i()} {self.dice.choice('+-*')} {i()})", lambda: f"abs({i()} - {i()})", lambda: f"floor({x()})",
            lambda: f"sum({xs()})", lambda: f"count({xs()})", lambda: f"ceiling({x()})",
            lambda: f"(if {b()} then {i()} else {i()})", lambda: f"max({i()}, {i()}, {i()})",
            lambda: f"min({i()}, {i()})", lambda: f"count(distinct({xs()}))",
            lambda: f"sum(a * b for a, b in zip({xs()}, {xs()}))",
        ))()  # fmt: skip

    def decimal(self, d: int, n: tuple[str, ...]) -> str:
        x, y = (lambda: self.of(self.dice.choice(("decimal", "int")), d, n)), (lambda: self.of("decimal", d, n))
        return self.dice.choice((
            lambda: f"({x()} / {x()})", lambda: f"({x()} * {y()})", lambda: f"({y()} - {x()})",
            lambda: f"round({y()}, {self.dice.randint(0, 2)})",
        ))()  # fmt: skip

    def truth(self, d: int, n: tuple[str, ...]) -> str:
        b, i, xs = (lambda: self.of("bool", d, n)), (lambda: self.of("int", d, n)), (lambda: self.of("list[int]", d, n))
        x, within = (lambda: self.of("decimal", d, n)), (lambda: self.of("bool", d, ("x",)))
        return self.dice.choice((
            lambda: f"({b()} and {b()})", lambda: f"({b()} or {b()})", lambda: f"(not {b()})",
            lambda: f"({i()} {self.dice.choice(('<', '<=', '==', '!=', '>'))} {i()})", lambda: f"({i()} in {xs()})",
            lambda: f"({x()} <= {x()})", lambda: f"(some ({xs()} where {self.about_it(d)}))",
            lambda: f"(no ({xs()} where {self.about_it(d)}))", lambda: f"every({within()} for x in {xs()})",
            lambda: f"contains_all({xs()}, {xs()})", lambda: f"same_items({xs()}, {xs()})",
            lambda: f"({xs()} == {xs()})", lambda: f"(first({xs()}) == {i()})", lambda: f"(last({xs()}) == {i()})",
            lambda: f"(only({xs()}) is present)", lambda: f"({xs()}[{self.dice.randint(0, 3)}] == {i()})",
            lambda: f"(min({xs()}) == max({xs()}))",
        ))()  # fmt: skip

    def about_it(self, d: int) -> str:
        return f"it {self.dice.choice(('<', '>=', '==', '!='))} {self.of('int', min(d, 1))}"

    def items(self, d: int, n: tuple[str, ...]) -> str:
        xs = lambda: self.of("list[int]", d, n)  # noqa: E731
        return self.dice.choice((
            lambda: f"({xs()} where {self.about_it(d)})", lambda: f"[{self.of('int', d, ('x',))} for x in {xs()}]",
            lambda: f"sorted({xs()})", lambda: f"reversed({xs()})", lambda: f"take({xs()}, {self.dice.randint(0, 3)})",
            lambda: f"distinct({xs()})", lambda: f"flatten([{xs()}, {xs()}])", lambda: f"running_totals({xs()})",
            lambda: f"({xs()} preferring {self.about_it(d)})", lambda: f"({xs()} ordered by 0 - it)",
            lambda: f"({xs()} with lowest {self.dice.choice(('it', 'abs(it - 2)'))})", lambda: "(1..3)",
        ))()  # fmt: skip


def differences(seed: int, many: int) -> list[str]:
    """The expressions of a seed that the encoding and the reference see differently."""
    writer = Writer(seed)
    found: list[str] = []
    asked = 0
    for _ in range(many):
        kind = writer.dice.choice(KINDS)
        text = writer.of(kind, writer.dice.randint(1, 3))
        compiled = Compiler().compile([("t.cove", f"domain d\ndefine e -> {kind} = {text}\n".encode())], {})
        if compiled.spec is None:
            continue
        asked += 1
        body = compiled.spec.defines["e"].body
        wanted = Evaluator(compiled.spec, MemoryWorld(compiled.spec)).evaluate(body, {})
        question = Question(compiled.spec)
        value = question.encode(body, {})
        known = known_of(value)
        if wanted is UNKNOWN:
            wrong = known
        else:
            same = question.equal(value, question.literal(wanted, body.type, body.span))
            wrong = terms.negate(terms.both([known, same]))
        question.script.fact(wrong)
        if wrong == terms.FALSE:
            continue
        if wrong == terms.TRUE or ask(question.script.text(), Budget())[0] != "unsat":
            found.append(f"{text}: the reference says {wanted}")
    assert asked >= many * 0.8  # most of what is written is well typed
    return found


@pytest.mark.parametrize("seed", range(4))
def test_generated_expressions_mean_the_same(seed: int) -> None:
    assert differences(seed, 60) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_generated_expressions_mean_the_same(seed: int) -> None:
    assert differences(seed, 250) == []
