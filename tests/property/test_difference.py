"""Laws of comparing policies: the normal form tells no lie, and what is found does not depend on who comes first."""

import random
from itertools import product

import pytest

from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.judge import judge
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.values import UNKNOWN
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.difference import SAME, compare
from cove_dsl.solve.meaning import Reader, entailed
from cove_dsl.solve.normal import Meanings, Pool
from cove_dsl.world.load import load_spec

HELPERS = """define held(h: bool, xs: list[int]) -> bool = every(h for x in xs)
define head(xs: list[int]) -> int? = first(xs)
"""
PARAMS = "a: bool, b: bool, n: int, m: int, xs: list[int], o: int?"
OPPOSITE = {"stricter": "looser", "looser": "stricter"}


class Writer:
    """Writes conditions over a few parameters."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def condition(self, depth: int) -> str:
        if depth == 0:
            return self.atom()
        one, other = self.condition(depth - 1), self.condition(depth - 1)
        return self.dice.choice((
            f"({one} and {other})", f"({one} or {other})",
            f"(not {one})", f"(if {one} then {other} else {self.atom()})",
        ))  # fmt: skip

    def atom(self) -> str:
        few = self.dice.randint(0, 2)
        about = self.dice.choice((f"it > {few}", f"it <= {few}", "it == n", f"it > {few} and it != m"))
        op = self.dice.choice(("<", "<=", ">", ">=", "==", "!="))
        return self.dice.choice((
            "a", "b", f"n {op} m", f"n {op} {few}", f"{few} {op} n", f"n in {{{few}, 2}}", f"n not in {{1, {few}}}",
            f"some (xs where {about})", f"no (xs where {about})", f"every(x > {few} for x in xs)",
            f"count(xs) {op} {few}",
            f"every(x <= {few} or x == n for x in xs)", "o is present", "o is absent", f"o == {few}",
            f"every(x > {few} for x in xs where x != m)", f"first([x for x in xs where x >= n]) == {few}",
            f"head([x for x in xs where x >= n]) == {few}", f"every(some (xs where x > {few}) for x in xs)",
            f"held(some (xs where {about}), xs)", f"every(some (xs where it > {few}) for x in xs)",
        ))  # fmt: skip


def environments(dice: random.Random, many: int):
    """Values of the parameters; each may be unknown, and so may items."""

    def maybe(value):
        return UNKNOWN if dice.random() < 0.15 else value

    for _ in range(many):
        xs = [maybe(dice.randint(0, 3)) for _ in range(dice.randint(0, 3))]
        yield {
            "a": maybe(dice.random() < 0.5), "b": maybe(dice.random() < 0.5), "n": maybe(dice.randint(0, 3)),
            "m": maybe(dice.randint(0, 3)), "xs": maybe(xs), "o": maybe(dice.choice((None, 0, 1, 2))),
        }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_what_a_normal_form_says_holds_wherever_one_looks(seed):
    """Equal numbers are equal values, and what follows is true where it follows from what is true, and false only where
    that is false: also where much is unknown."""
    writer = Writer(seed)
    texts = [writer.condition(writer.dice.randint(0, 2)) for _ in range(220)]
    defines = "".join(f"define e{i}({PARAMS}) -> bool = {t}\n" for i, t in enumerate(texts))
    compiled = Compiler().compile([("t.cove", f"domain d\n{HELPERS}{defines}".encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems][:3]
    spec, pool = compiled.spec, Pool()
    reader = Meanings(spec, pool, frozenset())
    bodies = [spec.defines[f"e{i}"].body for i in range(len(texts))]
    numbers = [reader.of(body, {}) for body in bodies]
    evaluator = Evaluator(spec, MemoryWorld(spec))
    tables = [[evaluator.evaluate(b, env) for b in bodies] for env in environments(writer.dice, 150)]
    same = follows = 0
    for i, j in product(range(len(texts)), repeat=2):
        if texts[i] == texts[j]:
            continue
        if numbers[i] == numbers[j]:
            same += 1
            assert all(t[i] is t[j] for t in tables), (texts[i], texts[j])
        if pool.follows(numbers[i], numbers[j]) and numbers[i] != numbers[j]:
            follows += 1
            assert all(t[j] is True for t in tables if t[i] is True), (texts[i], texts[j])
            assert all(t[i] is False for t in tables if t[j] is False), (texts[i], texts[j])
    assert same >= 20
    assert follows >= 60


class Bodies(Writer):
    """Writes bodies of rules; the parameters are states of the world."""

    names = 0

    def body(self, depth: int, more: str = "") -> str:
        """Some statements; `more` is a condition on the item of the loop that they stand in."""
        asked = more if more and self.dice.random() < 0.5 else self.atom()
        if depth == 0:
            return f"require {self.name()}: {asked}"
        rest, item, leave = self.body(depth - 1, more), self.name(), self.leave()
        about = f"{item} {self.dice.choice(('<', '>', '=='))} {self.dice.choice(('m', '1'))}"
        return self.dice.choice((
            f"when {asked}  {rest}", f"require {item}: {asked}  {rest}", f"{rest}  {self.body(0, more)}",
            f"if {asked} {{ {rest} }} else {{ {self.body(0)} }}", f"if {asked} {{ {leave} }}  {rest}",
            f"for {item} in xs {{ {self.body(depth - 1, about)} }}", f"{leave}  {rest}",
            f"for {item} in xs {{ when {about}  {leave} }}  {rest}",
            f"require {self.name()}: every({about} for {item} in xs where {asked})",
        ))  # fmt: skip

    def leave(self) -> str:
        way = self.dice.choice(("skip", "unknown", 'fail "…"'))
        return f"let {self.name()} = first(xs) else {way}"

    def name(self) -> str:
        self.names += 1
        return f"v{self.names}"


@pytest.mark.parametrize("seed", range(3))
def test_where_every_requirement_follows_no_more_is_forbidden(seed):
    """What breaks a rule whose requirements follow from another's breaks the other too: also where much is unknown."""
    writer = Bodies(seed)
    texts = [writer.body(writer.dice.randint(0, 2)) for _ in range(160)]
    rules = "".join(f'rule r{i} "…" {{ at end  {t} }}\n' for i, t in enumerate(texts))
    states = "".join(f"state {p}\n" for p in PARAMS.split(", "))
    compiled = Compiler().compile([("t.cove", f"domain d\n{HELPERS}{states}{rules}".encode())], {})
    assert compiled.spec is not None, [(p.code, p.message) for p in compiled.problems][:3]
    spec, pool = compiled.spec, Pool()
    reader = Reader(spec, pool, frozenset())
    required = [reader.rule(f"r{i}") for i in range(len(texts))]
    worlds = environments(writer.dice, 150)
    broken = [judge(spec, (), (), MemoryWorld(spec, {**w})).summary for w in worlds]
    followed = 0
    for i, j in product(range(len(texts)), repeat=2):
        if texts[i] != texts[j] and entailed(required[i], required[j], pool) == required[i]:
            followed += 1
            assert all(b[f"r{j}"] == "violated" for b in broken if b[f"r{i}"] == "violated"), (texts[i], texts[j])
    assert followed >= 200


# --- whole policies ---------------------------------------------------------------------------------------------------

DESK = """domain d
clock 2024-05-15T15:00:00-05:00
enum Status { open, sent, closed }
record Order { order_id: id, status: Status, parts: int where it >= 0, gift: bool }
table orders: Order key order_id
read tool look(order_id: ref orders) -> Order "Shows." { let o = orders[order_id] else fail "none"  return o }
write tool drop(order_id: ref orders) -> text "Drops." {
  let o = orders[order_id] else fail "none"
  remove orders[order_id]
  return "dropped"
}
"""
ATOMS = ("o.status == open", "o.status in {open, sent}", "o.parts > 2", "o.parts <= 4", "o.gift", "not o.gift",
         "some earlier ok call to look", "some earlier user message")  # fmt: skip


class Policies(Writer):
    """Writes policies of some rules, as text and in other words."""

    def atom(self) -> str:
        return self.dice.choice(ATOMS)

    def rules(self) -> list[str]:
        return [self.condition(self.dice.randint(0, 2)) for _ in range(self.dice.randint(1, 3))]

    def condition(self, depth: int) -> str:
        if depth == 0:
            return self.atom()
        one, other = self.condition(depth - 1), self.condition(depth - 1)
        return self.dice.choice((f"({one} and {other})", f"({one} or {other})", f"(not {one})"))


def policy(conditions: list[str], tools: str = "drop"):
    rules = "".join(
        f'rule r{i} "…" {{ before call to {tools}  let o = orders[call.order_id] else skip  require n: {c} }}\n'
        for i, c in enumerate(conditions)
    )
    made = Compiler().compile([("t.cove", (DESK + rules).encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


@pytest.mark.parametrize("seed", range(12))
def test_more_rules_are_never_looser_and_the_other_way_round_is_the_opposite(seed):
    writer = Policies(seed)
    conditions, more = writer.rules(), writer.condition(1)
    there = compare(policy(conditions), policy([*conditions, more]))
    back = compare(policy([*conditions, more]), policy(conditions))
    assert there.relation in ("stricter", "equivalent")
    assert (there.allows.status, there.allows.proved) == ("none", True)
    assert back.relation == OPPOSITE.get(there.relation, there.relation)


@pytest.mark.parametrize("seed", range(12))
def test_in_other_words_and_another_order_it_is_the_same(seed):
    """Double negations, De Morgan's forms and `when` for `not … or` are seen through; and so is every reordering."""
    writer = Policies(seed)
    conditions = writer.rules()
    other = [f"not (not ({c}))" if i % 2 else f"not (not ({c}) and not ({c}))" for i, c in enumerate(conditions)]
    found = compare(policy(conditions), policy(other[::-1]))
    assert (found.relation, found.allows.argument, found.forbids.argument) == ("equivalent", SAME, SAME)


@pytest.mark.parametrize("seed", range(8))
def test_two_policies_differ_alike_from_either_side(seed):
    """What one side forbids and the other allows is the same question, whoever is called new."""
    writer = Policies(100 + seed)
    a, b = policy(writer.rules()), policy(writer.rules())
    there, back = compare(a, b), compare(b, a)
    assert (there.forbids.status, there.allows.status) == (back.allows.status, back.forbids.status)
    assert back.relation == OPPOSITE.get(there.relation, there.relation)


@pytest.mark.parametrize("name", ["retail", "airline", "telecom", "clinic"])
def test_a_desk_does_not_differ_from_itself(name):
    spec = load_spec(name)
    found = compare(spec, spec)
    assert (found.relation, found.allows.argument, found.forbids.argument) == ("equivalent", SAME, SAME)
    assert found.changed == ()
