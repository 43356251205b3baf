"""What the solver proves of conversations of any length, against conversations that were held.

pytest -q tests/differential/test_talked.py              a minute
pytest -q -s -m long tests/differential/test_talked.py   more of them, then every mutant; prints what it saw
"""

import os
from collections import Counter
from collections.abc import Callable
from multiprocessing import Pool

import pytest

from cove_dsl.backends.smt import Budget, check_scenario

from .proof_mutants import TALK, misproved
from .talked import talked

BUDGET = Budget(steps=300_000)


def compared(seeds: range) -> tuple[Counter[str], Counter[str], list[int]]:
    """Answers, what the rules that were kept rest on, and the conversations that were refuted."""
    answers, kept, wrong = Counter[str](), Counter[str](), []
    for seed in seeds:
        if (made := talked(seed)) is not None:
            kept.update(f"{r.when} {r.basis}{' with duties' if r.duties else ''}" for r in made.binding)
            status = check_scenario(made.spec, made.scenario, BUDGET).status
            answers[status] += 1
            wrong += [seed] if status == "unsat" else []
    return answers, kept, wrong


def noticed(name: str, seeds: range, enough: Callable[[int], bool] = lambda found: found > 0) -> int:
    """How many conversations a mistake refutes."""
    found = 0
    for seed in seeds:
        made = talked(seed) if not enough(found) else None
        if made is not None:
            with misproved(name):
                found += check_scenario(made.spec, made.scenario, BUDGET).status == "unsat"
    return found


def test_some_conversations_are_not_refuted() -> None:
    answers, kept, wrong = compared(range(12))
    assert wrong == []
    assert answers.total() >= 6
    assert sum(n for what, n in kept.items() if not what.startswith("before contract")) >= 3 * answers.total()


@pytest.mark.parametrize("name", ["past at any time", "anybody's events", "one more than there are"])
def test_some_mistakes_are_noticed(name: str) -> None:
    assert noticed(name, range(60))


# --- the campaign -----------------------------------------------------------------------------------------------------


def _share(start: int) -> tuple[Counter[str], Counter[str], list[int]]:
    return compared(range(start, start + 20))


@pytest.mark.long
def test_hundreds_of_conversations_are_not_refuted() -> None:
    answers, kept, wrong = Counter[str](), Counter[str](), list[int]()
    with Pool(os.cpu_count()) as pool:
        for some, rules, refuted in pool.imap_unordered(_share, range(0, 1200, 20)):
            answers, kept, wrong = answers + some, kept + rules, wrong + refuted
    print(f"\n{answers.total()} conversations that were held: {dict(answers)}; refuted: {wrong}")
    print("".join(f"  {many:5} rules {what}\n" for what, many in kept.most_common()))
    assert wrong == []


def _mutant(name: str) -> tuple[str, int]:
    return name, noticed(name, range(1200))


@pytest.mark.long
def test_every_mistake_refutes_a_conversation() -> None:
    with Pool(os.cpu_count()) as pool:
        found = dict(pool.imap(_mutant, TALK))
    print(found)
    assert [name for name, many in found.items() if not many] == []
