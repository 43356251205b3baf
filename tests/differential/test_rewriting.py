"""What normal forms show of two policies, against what the reference says of conversations under both.

pytest -q tests/differential/test_rewriting.py             half a minute
pytest -q -s -m long tests/differential/test_rewriting.py  a thousand desks, then every mutant; prints what it saw

COVE_SHARD=2/4 takes the second of four parts.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from attrs import define, evolve, field

from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.solve import meaning, normal
from cove_dsl.solve.difference import OTHER, Side

from .campaign import added_up, shard, unnoticed
from .machine import Ears, Pair, make_desk, make_pair
from .rewriting import OTHERWISE, SAME, Both, Claim, both, claims, verdicts

CONVERSATIONS, POLICIES = 6, 5  # of each desk


@define
class Count:
    """What a campaign saw. `tested` is how often a rule was broken of which it is shown that others are broken with it,
    `apart` how often a rule was broken under one policy alone."""

    rules: int = 0
    claims: int = 0
    conversations: int = 0
    tested: int = 0
    apart: int = 0
    how: Counter[str] = field(factory=Counter)
    wrong: list[str] = field(factory=list)

    def __add__(self, other: "Count") -> "Count":
        return Count(*(getattr(self, n) + getattr(other, n) for n in Count.__slots__ if n[0] != "_"))


def compared(start: int, stop: int) -> Count:
    count = Count()
    for seed in range(start, stop):
        if (desk := make_desk(seed)) is None:
            continue
        pairs = list(filter(_proper, (make_pair(desk, seed * CONVERSATIONS + n) for n in range(CONVERSATIONS))))
        count.conversations += len(pairs)
        before = [verdicts(desk.spec, pair, Ears(desk.program)) for pair in pairs]
        for number in range(POLICIES):
            made = both(desk, seed * POLICIES + number)
            shown = claims(made)
            count.rules, count.claims = count.rules + len(made.how), count.claims + len(shown)
            count.how.update(name for names in made.how.values() for name in names)
            for pair, old in zip(pairs, before, strict=True):
                _held_against(shown, {"old": old, "new": verdicts(made.new, pair, Ears(desk.program))}, made, count)
    return count


def _held_against(shown: tuple[Claim, ...], found: dict[Side, dict[str, set[str]]], made: Both, count: Count) -> None:
    for claim in shown:
        broken, other = claim.rule in found[claim.side]["violated"], found[OTHER[claim.side]]
        count.tested += broken
        if broken and not claim.by & (other["violated"] | other["unknown"]):
            count.wrong.append(f"{made.desk.spec.hash}: {claim.side} {claim.rule} {made.how[claim.rule]}")
    count.apart += len(found["old"]["violated"] ^ found["new"]["violated"])


def _proper(pair: Pair) -> bool:
    """Tools are called that there are, each by the party whose tool it is: of others nothing is shown."""
    calls = (e for e in read_trajectory(pair.messages).events if e.kind == "call")
    tools = pair.desk.spec.tools
    return all(c.tool in tools and tools[c.tool].requestor == c.role for c in calls)


def test_what_is_shown_of_policies_holds_of_conversations() -> None:
    count = compared(0, 16)
    assert count.wrong == []
    assert count.claims >= count.rules
    assert count.tested >= 60
    assert count.apart >= 15


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _anywhere(right: Any) -> Any:
    return lambda self, other, pool: right(evolve(self, trigger=other.trigger), other, pool)


def _taken_or_not(right: Any) -> Any:
    return lambda self, other, pool: right(evolve(self, taken=other.taken), other, pool)


def _some_literal(right: Any) -> Any:
    def implies(self: Any, other: Any, pool: Any) -> bool:
        return self.trigger == other.trigger and any(pool.follows(a, b) for a in self.literals for b in other.literals)

    return implies


def _as_strict(right: Any) -> Any:
    return lambda self, number: self.put("lt", *t[:0:-1]) if (t := self.of(number))[0] == "lt" else right(self, number)


def _unguarded(right: Any) -> Any:
    def bind(self: Any, stmt: Any, env: Any, guards: Any) -> Any:
        right(self, stmt, env, guards)
        return guards

    return bind


def _without_when(right: Any) -> Any:
    def check(self: Any, condition: int, label: str, otherwise: Any, guards: Any, span: Any) -> Any:
        right(self, condition, label, otherwise, guards, span)
        return guards

    return check


def _collected_in_silence(right: Any) -> Any:
    """A requirement in a loop that collects something is none."""

    def each(self: Any, loop: Any, env: Any, guards: Any) -> Any:
        if loop.into is None:
            return right(self, loop, env, guards)
        found = list(self.found)
        guards = right(self, loop, env, guards)
        self.found[:] = found
        return guards

    return each


MISTAKES: dict[str, tuple[type, str, Callable[[Any], Any]]] = {
    "at any trigger": (meaning.Requirement, "implies", _anywhere),
    "nothing taken for granted": (meaning.Requirement, "implies", _taken_or_not),
    "one condition is enough": (meaning.Requirement, "implies", _some_literal),
    "less is no more": (normal.Pool, "negate", _as_strict),
    "bounds the other way round": (normal.Pool, "_tighter", lambda right: lambda self, a, b: right(self, b, a)),
    "narrower the other way round": (normal.Pool, "_narrower", lambda right: lambda self, a, b: right(self, b, a)),
    "an absence is looked over": (meaning.Body, "_bind", _unguarded),
    "when is looked over": (meaning.Body, "_check", _without_when),
    "branches are looked over": (
        meaning.Body, "_branch", lambda right: lambda self, c, then, other, env, guards: self.run(then, env, guards),
    ),
    "loops are silent": (meaning.Body, "_each", _collected_in_silence),
    "duties are alike": (meaning.Body, "_duty", lambda right: lambda self, d: right(self, evolve(d, mode="then"))),
    "any status": (
        normal.Meanings, "pattern",
        lambda right: lambda self, p: right(self, p if p is None else evolve(p, status=None)),
    ),
    "order is nothing": (
        normal.Pool, "put",
        lambda right: lambda self, *t: right(self, *t[:1], *sorted(t[1:])) if t[0] == "lt" else right(self, *t),
    ),
    "all is some": (
        normal.Meanings, "every",
        lambda right: lambda self, clauses, body: self.pool.negate(right(self, clauses, body)),
    ),
}  # fmt: skip


@contextmanager
def mistaken(name: str) -> Iterator[None]:
    owner, method, change = MISTAKES[name]
    with patch.object(owner, method, change(getattr(owner, method))):
        yield


def noticed(name: str, seeds: range) -> tuple[int, int]:
    """How many desks notice a mistake, of how many that were tried until a few did."""
    found = tried = 0
    for seed in seeds:
        with mistaken(name):
            tried, found = tried + 1, found + bool(compared(seed, seed + 1).wrong)
        if found >= 3:
            break
    return found, tried


@pytest.mark.parametrize("name", ["one condition is enough", "bounds the other way round", "order is nothing"])
def test_some_mistakes_are_noticed(name: str) -> None:
    assert noticed(name, range(60))[0]


# --- the campaign -----------------------------------------------------------------------------------------------------


def _share(bounds: tuple[int, int]) -> Count:
    return compared(*bounds)


@pytest.mark.long
def test_a_thousand_policies() -> None:
    part, parts = shard()
    bounds = [(s, s + 10) for s in range(0, 1200, 10)][part - 1 :: parts]
    count = added_up(_share, bounds, Count())
    print(f"\n{count.rules} rules written otherwise, {count.claims} claims, {count.conversations} conversations")
    print(f"{count.tested} times such a rule was broken, {count.apart} times under one policy alone")
    print("".join(f"  {many:6} {name}\n" for name, many in count.how.most_common()))
    print(f"{len(count.wrong)} disagreements")
    print("".join(f"  {text}\n" for text in count.wrong[:50]))
    assert count.wrong == []
    assert count.tested >= 3_000 / parts * 0.9
    assert set(count.how) == set(SAME) | set(OTHERWISE)


def _mutant(name: str) -> tuple[str, int, int]:
    return name, *noticed(name, range(1200))


@pytest.mark.long
def test_every_mistake_is_noticed() -> None:
    assert unnoticed(_mutant, MISTAKES, "noticed by {many} of {tried} desks") == []
