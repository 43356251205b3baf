"""What the solver proves of conversations of any length, against conversations that were held.

pytest -q tests/differential/test_talked.py              a minute
pytest -q -s -m long tests/differential/test_talked.py   more of them, then every mutant; prints what it saw

COVE_SHARD=2/4 takes the second of four parts.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from attrs import define, field

from cove_dsl.backends.smt import Budget, check_scenario
from cove_dsl.backends.smt.world import MOST_KNOWN

from .campaign import added_up, shard, unnoticed
from .proof_mutants import TALK, misproved
from .talked import talked

BUDGET = Budget(steps=300_000)


@define
class Count:
    """Answers, what the rules that were kept rest on, and the conversations that were refuted, by seed."""

    answers: Counter[str] = field(factory=Counter)
    kept: Counter[str] = field(factory=Counter)
    wrong: list[int] = field(factory=list)

    def __add__(self, other: "Count") -> "Count":
        return Count(self.answers + other.answers, self.kept + other.kept, self.wrong + other.wrong)


def compared(seeds: range) -> Count:
    count = Count()
    for seed in seeds:
        if (made := talked(seed)) is not None:
            count.kept.update(f"{r.when} {r.basis}{' with duties' if r.duties else ''}" for r in made.binding)
            status = check_scenario(made.spec, made.scenario, BUDGET).status
            count.answers[status] += 1
            count.wrong += [seed] if status == "unsat" else []
    return count


def noticed(name: str, seeds: range, enough: Callable[[int], bool] = lambda found: found > 0) -> tuple[int, int]:
    """How many conversations a mistake refutes, of how many."""
    found = tried = 0
    for seed in seeds:
        made = talked(seed) if not enough(found) else None
        if made is not None:
            tried += 1
            with misproved(name):
                found += check_scenario(made.spec, made.scenario, BUDGET).status == "unsat"
    return found, tried


def test_some_conversations_are_not_refuted() -> None:
    count = compared(range(20))
    assert count.wrong == []
    assert count.answers.total() >= 6
    assert _about_the_past(count) >= 3 * count.answers.total()


def test_few_rows_come_up_while_a_conversation_is_told() -> None:
    """Lists in lists of rows, which duties of chance look at: each row that comes up is gone through for each event."""
    made = talked(667)
    assert made is not None
    proof = check_scenario(made.spec, made.scenario, BUDGET, depth=2)
    (question,) = proof.asked
    assert proof.status == "sat"
    assert max(map(len, question.known.values())) < 2 * MOST_KNOWN  # some are there before
    assert len(question.happened) >= 40


def test_a_plan_with_numbers_that_no_message_can_hold_is_no_conversation() -> None:
    assert talked(941) is None


def _about_the_past(count: Count) -> int:
    return sum(n for what, n in count.kept.items() if not what.startswith("before contract"))


@pytest.mark.parametrize("name", ["past at any time", "anybody's events", "one more than there are"])
def test_some_mistakes_are_noticed(name: str) -> None:
    assert noticed(name, range(60))[0]


# --- the campaign -----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_hundreds_of_conversations_are_not_refuted() -> None:
    part, parts = shard()
    shares = [range(s, s + 20) for s in range(0, 1200, 20)][part - 1 :: parts]
    count = added_up(compared, shares, Count())
    print(f"\n{count.answers.total()} conversations that were held: {dict(count.answers)}; refuted: {count.wrong}")
    print("".join(f"  {many:5} rules {what}\n" for what, many in count.kept.most_common()))
    assert count.wrong == []
    assert count.answers.total() >= 500 / parts * 0.9
    assert count.answers["sat"] >= 0.95 * count.answers.total()
    assert _about_the_past(count) >= 3 * count.answers.total()


def _mutant(name: str) -> tuple[str, int, int]:
    return name, *noticed(name, range(1200), lambda found: found >= 5)


@pytest.mark.long
def test_every_mistake_refutes_a_conversation() -> None:
    assert unnoticed(_mutant, TALK, "refutes {many} of {tried} conversations") == []
