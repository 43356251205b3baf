"""The exact encoding against the reference evaluator: generated expressions mean the same to both.

Each expression is closed, so the encoding has no freedom: the solver is asked for any way in which its term could
differ from the reference's value, and has to find none. What is unknown to one must be unknown to the other.
"""

import random

import pytest

from cove_dsl.backends.smt import Budget, terms
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.values import known_of, wholly_known
from cove_dsl.backends.smt.solve import ask
from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.values import UNKNOWN, holds_unknown
from cove_dsl.pipeline import Compiler

from .encoder_mutants import misencoded

KINDS = ("int", "decimal", "bool", "bool", "list[int]", "datetime", "date", "time")
CLOCK = "2024-05-15T15:00:00-05:00"
ZONES = ("", "Z", "-05:00", "+09:30")


class Writer:
    """Writes well-typed expressions of a kind, so many operations deep."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def of(self, kind: str, depth: int, names: tuple[str, ...] = ()) -> str:
        if depth == 0:
            return self.leaf(kind, names)
        write = {"int": self.whole, "decimal": self.decimal, "bool": self.truth, "list[int]": self.items,
                 "datetime": self.moment, "date": self.day, "time": self.hour}  # fmt: skip
        return write[kind](depth - 1, names)

    def leaf(self, kind: str, names: tuple[str, ...]) -> str:
        if kind == "int" and names and self.dice.random() < 0.5:
            return self.dice.choice(names)
        if kind == "int":
            return str(self.dice.randint(0, 6))
        if kind == "decimal":
            return f"{self.dice.randint(0, 5)}.{self.dice.choice(('0', '25', '5'))}"
        if kind == "bool":
            return self.dice.choice(("true", "false"))
        if kind in ("datetime", "date", "time"):
            return self.written(kind)
        return f"[{', '.join(str(self.dice.randint(0, 4)) for _ in range(self.dice.randint(1, 4)))}]"

    def written(self, kind: str) -> str:
        """A date or a time of the source; of a few, so that they meet, also across zones."""
        day = self.dice.choice(("2024-05-15", "2024-05-15", "2024-02-29"))
        hour = self.dice.choice(("19:30:00", "10:00:00", "05:00:00"))
        return {"date": day, "time": hour, "datetime": f"{day}T{hour}{self.dice.choice(ZONES)}"}[kind]

    def moment(self, d: int, n: tuple[str, ...]) -> str:
        m, b = (lambda: self.of("datetime", d, n)), (lambda: self.of("bool", d, n))
        return self.dice.choice((
            lambda: f"({m()} {self.dice.choice('+-')} {self.by()})", lambda: f"(if {b()} then {m()} else {m()})",
            lambda: f"at_time({self.of('date', d, n)}, {self.of('time', d, n)})", lambda: "clock",
        ))()  # fmt: skip

    def day(self, d: int, n: tuple[str, ...]) -> str:
        return self.dice.choice((
            lambda: f"date_of({self.of('datetime', d, n)})", lambda: f"({self.of('date', d, n)} + 1 day)",
        ))()  # fmt: skip

    def hour(self, d: int, n: tuple[str, ...]) -> str:
        b, t = (lambda: self.of("bool", d, n)), (lambda: self.of("time", d, n))
        return self.dice.choice((
            lambda: f"time_of({self.of('datetime', d, n)})", lambda: f"(if {b()} then {t()} else {t()})",
        ))()  # fmt: skip

    def by(self) -> str:
        return self.dice.choice(("90 minutes", "6 hours", "2 days"))

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
        if self.dice.random() < 0.3:
            return self.of_times(d, n)
        x, within = (lambda: self.of("decimal", d, n)), (lambda: self.of("bool", d, ("x",)))
        return self.dice.choice((
            lambda: f"({b()} and {b()})", lambda: f"({b()} or {b()})", lambda: f"(not {b()})",
            lambda: f"({i()} {self.dice.choice(('<', '<=', '==', '!=', '>'))} {i()})", lambda: f"({i()} in {xs()})",
            lambda: f"({x()} <= {x()})", lambda: f"(some ({xs()} where {self.about_it(d)}))",
            lambda: f"(no ({xs()} where {self.about_it(d)}))", lambda: f"every({within()} for x in {xs()})",
            lambda: f"contains_all({xs()}, {xs()})", lambda: f"same_items({xs()}, {xs()})",
            lambda: f"({xs()} == {xs()})", lambda: f"(first({xs()}) == {i()})", lambda: f"(last({xs()}) == {i()})",
            lambda: f"(only({xs()}) is present)", lambda: f"({xs()}[{self.dice.randint(0, 3)}] == {i()})",
            lambda: f"(min({xs()}) == max({xs()}))", lambda: f"([{self.perhaps(d, n)}] == {xs()})",
            lambda: f"([[{i()}], [{self.perhaps(d, n)}]] == [{xs()}, {xs()}])",
        ))()  # fmt: skip

    def of_times(self, d: int, n: tuple[str, ...]) -> str:
        """A condition about moments: by when they are, or by how they are written."""
        kind = self.dice.choice(("datetime", "datetime", "date", "time"))
        t = lambda: self.of(kind, d, n)  # noqa: E731
        return self.dice.choice((
            lambda: f"({t()} {self.dice.choice(('<', '<=', '==', '!=', '>'))} {t()})",
            lambda: f"({t()} in [{t()}, {t()}])", lambda: f"([{t()}] == [{t()}])",
            lambda: f"(count(distinct([{t()}, {t()}])) == 1)", lambda: f"(({t()} - {t()}) <= {self.by()})",
        ))()  # fmt: skip

    def perhaps(self, d: int, n: tuple[str, ...]) -> str:
        """A number, or what is divided by nothing: unknown."""
        return f"ceiling({self.of('int', d, n)} / {self.dice.choice(('0', '2', self.of('int', d, n)))})"

    def about_it(self, d: int) -> str:
        return f"it {self.dice.choice(('<', '>=', '==', '!='))} {self.of('int', min(d, 1))}"

    def items(self, d: int, n: tuple[str, ...]) -> str:
        xs = lambda: self.of("list[int]", d, n)  # noqa: E731
        return self.dice.choice((
            lambda: f"({xs()} where {self.about_it(d)})", lambda: f"[{self.of('int', d, ('x',))} for x in {xs()}]",
            lambda: f"sorted({xs()})", lambda: f"reversed({xs()})", lambda: f"take({xs()}, {self.dice.randint(0, 3)})",
            lambda: f"distinct({xs()})", lambda: f"flatten([{xs()}, {xs()}])", lambda: f"running_totals({xs()})",
            lambda: f"({xs()} preferring {self.about_it(d)})", lambda: f"({xs()} ordered by 0 - it)",
            lambda: f"[{self.of('int', d, n)}, {self.perhaps(d, n)}]", lambda: f"({xs()} where false)",
            lambda: f"({xs()} ordered by {self.perhaps(d, n)})", lambda: f"({xs()} ordered by 6 / it descending)",
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
        compiled = Compiler().compile(
            [("t.cove", f"domain d\nclock {CLOCK}\ndefine e -> {kind} = {text}\n".encode())], {}
        )
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
        elif holds_unknown(wanted):
            wrong = wholly_known(value)
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
    assert differences(seed, 120) == []


@pytest.mark.parametrize(("name", "seed"), [("lists are known without their items", 0), ("what is inside is known", 1)])
def test_mistakes_about_what_is_unknown_are_noticed(name: str, seed: int) -> None:
    with misencoded(name):
        assert differences(seed, 120)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_generated_expressions_mean_the_same(seed: int) -> None:
    assert differences(seed, 250) == []
