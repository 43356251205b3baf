"""What the solver proves, against what the reference has played out: no argument refutes a story that there is.

pytest -q tests/differential/test_played.py             seconds
pytest -q -s -m long tests/differential/test_played.py  thousands of scenarios, then every mutant; prints what it saw

COVE_SHARD=2/4 takes the second of four parts.
"""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from attrs import define, evolve, field

from cove_dsl.backends.smt import Budget, check_scenario
from cove_dsl.core.nodes import Apply, Expr, Goal, Pick, Scenario
from cove_dsl.core.spec import Spec
from cove_dsl.core.types import BOOL
from cove_dsl.solve.errors import BOUNDED
from cove_dsl.solve.scenarios import Answer, ask_scenario
from cove_dsl.solve.search import Knobs

from .campaign import added_up, shard, unnoticed
from .played import Played, played
from .proof_mutants import NAMES, misproved
from .test_solver import TooLarge, at_most

BUDGET = Budget(steps=300_000)
SECONDS = 6  # of computing, for one search in small worlds


@define
class Count:
    """What a campaign saw. `proofs` are refutations of scenarios of which one condition was turned round."""

    scenarios: int = 0
    calls: int = 0
    answers: Counter[str] = field(factory=Counter)
    proofs: int = 0
    searched: int = 0
    found: int = 0
    wrong: list[str] = field(factory=list)

    def __add__(self, other: "Count") -> "Count":
        return Count(*(getattr(self, n) + getattr(other, n) for n in Count.__slots__ if n[0] != "_"))


def compared(start: int, stop: int, every: int) -> Count:
    """Scenarios from seeds: each must not be refuted; of every so many, small worlds are searched, too."""
    count = Count()
    for seed in range(start, stop):
        made = _some(seed)
        if made is None:
            continue
        count.scenarios += 1
        count.calls += len(made.witness.events)
        _not_refuted(seed, made, count)
        _refuted_then_not_found(seed, made, count)
        if seed % every == 0 and made.at_home:
            _found(seed, made, count)
    return count


def _some(seed: int) -> Played | None:
    """Chance writes tools of which every call doubles a list, and calls of them in loops."""
    try:
        with at_most(SECONDS):
            return played(seed)
    except TooLarge:
        return None


def _not_refuted(seed: int, made: Played, count: Count) -> None:
    proof = check_scenario(made.spec, made.scenario, BUDGET)
    count.answers[proof.status] += 1
    if proof.status == "unsat":
        count.wrong.append(f"scenario {seed} is refuted: {[c.text for c in proof.core]}")


def _refuted_then_not_found(seed: int, made: Played, count: Count) -> None:
    """With a condition turned round: if that is refuted, no story may be found."""
    other = turned(made.scenario, random.Random(seed))
    if other is None or check_scenario(made.spec, other, BUDGET).status != "unsat":
        return
    count.proofs += 1
    answer = sought(made.spec, other)
    if answer is not None and answer.status == "sat":
        count.wrong.append(f"scenario {seed} with a condition turned round is refuted, and has a story")


def _found(seed: int, made: Played, count: Count) -> None:
    """A story in a small world may be missed for want of time, not for want of one. Rules are left out: what a
    question adds to a conversation, such as the words that it begins with, may be what a rule of chance forbids."""
    answer = sought(evolve(made.spec, rules={}), made.scenario)
    if answer is not None:
        count.searched += 1
        count.found += answer.status == "sat"
        if answer.argument == BOUNDED:
            count.wrong.append(f"scenario {seed} has a story that is not found")


def sought(spec: Spec, scenario: Scenario) -> Answer | None:
    try:
        with at_most(SECONDS):
            return ask_scenario(spec, scenario, Knobs(BUDGET, rows=2))
    except TooLarge:
        return None


def turned(scenario: Scenario, dice: random.Random) -> Scenario | None:
    """A scenario with one condition denied."""
    picks = [i for i, p in enumerate(scenario.picks) if p.kind == "where"]
    goals = [i for i, g in enumerate(scenario.goals) if g.kind == "reach"]
    at = dice.choice([*((True, i) for i in picks), *((False, i) for i in goals)]) if picks or goals else None
    if at is None:
        return None

    def no(condition: Expr) -> Expr:
        return Apply("not", (condition,), BOOL, condition.span)

    def pick(i: int, p: Pick) -> Pick:
        return evolve(p, source=no(p.source)) if at == (True, i) else p

    def goal(i: int, g: Goal) -> Goal:
        return evolve(g, condition=no(g.condition)) if at == (False, i) and g.condition is not None else g

    return evolve(
        scenario,
        picks=tuple(pick(i, p) for i, p in enumerate(scenario.picks)),
        goals=tuple(goal(i, g) for i, g in enumerate(scenario.goals)),
    )


def test_some_stories_are_not_refuted() -> None:
    count = compared(0, 60, 6)
    assert count.wrong == []
    assert count.scenarios >= 20
    assert count.calls >= count.scenarios
    assert count.answers["sat"] >= 0.9 * count.scenarios
    assert count.proofs >= count.scenarios / 4
    assert count.found


@pytest.mark.parametrize("seed", [336, 894])
def test_a_story_is_not_denied_where_small_worlds_cannot_say_it(seed: int) -> None:
    made, count = played(seed), Count()
    assert made is not None
    _found(seed, made, count)
    assert count.searched == 1
    assert count.wrong == []


@pytest.mark.parametrize("seed", [881, 1298, 1727, 3153, 4168, 5054, 5081])
def test_what_was_once_refuted_is_not(seed: int) -> None:
    made, count = played(seed), Count()
    assert made is not None
    _not_refuted(seed, made, count)
    assert count.wrong == []


def refuted(name: str, seeds: range, enough: Callable[[int], bool] = lambda found: False) -> tuple[int, int]:
    """How many stories a mistake refutes, of how many. An error is no disagreement: it is raised."""
    found = tried = 0
    for seed in seeds:
        made = played(seed) if not enough(found) else None
        if made is None:
            continue
        tried += 1
        with misproved(name):
            found += check_scenario(made.spec, made.scenario, BUDGET).status == "unsat"
    return found, tried


@pytest.mark.parametrize("name", ["present denied", "calls change nothing", "choices swapped"])
def test_some_mistakes_are_noticed(name: str) -> None:
    assert refuted(name, range(60), lambda found: found > 0)[0]


# --- the campaign -----------------------------------------------------------------------------------------------------


def _share(bounds: tuple[int, int]) -> Count:
    return compared(*bounds, 6)


@pytest.mark.long
def test_thousands_of_stories_are_not_refuted() -> None:
    part, parts = shard()
    bounds = [(s, s + 20) for s in range(0, 6000, 20)][part - 1 :: parts]
    count = added_up(_share, bounds, Count())
    print(f"\n{count.scenarios} scenarios that were played out, in {count.calls} calls: {dict(count.answers)}")
    print(f"{count.proofs} refuted with a condition turned round, and no story found of those")
    print(f"{count.searched} looked for in small worlds: {count.found} found, and no claim that there is none")
    print(f"{len(count.wrong)} disagreements")
    print("".join(f"  {text}\n" for text in count.wrong[:50]))
    assert count.wrong == []
    assert count.scenarios >= 2_500 / parts * 0.9
    assert count.proofs >= count.scenarios / 4


def _mutant(name: str) -> tuple[str, int, int]:
    return name, *refuted(name, range(1000), lambda found: found >= 5)


@pytest.mark.long
def test_every_mistake_refutes_a_story() -> None:
    assert unnoticed(_mutant, NAMES, "refutes {many} of {tried} stories") == []
