"""The generated checker, the monitor, the standalone module and the sandbox against the reference, by chance.

pytest -q tests/differential/test_checker.py            about a minute
pytest -q -s -m long tests/differential/test_checker.py  ten thousand pairs, then every mutant; prints what it saw

COVE_SHARD=2/4 takes the second of four parts.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import attrs
import pytest

from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.interpreter import Interpreter
from cove_dsl.core.judge import Court, Hearing
from cove_dsl.core.walk import walk

from .campaign import shard, spread
from .machine import (
    Desk,
    Pair,
    calls_differ,
    disagreement,
    judgements_differ,
    make_desk,
    make_pair,
    reference,
    run_offline,
    worlds_differ,
)
from .mutants import CHECKER, REFERENCE, RESULTS, mistaken, mutated
from .wider import WIDE

KINDS = (
    *("Const", "Var", "Get", "Lookup", "Make", "Apply", "If", "Is", "Let", "Collect", "Fold", "Events"),
    *("Exit", "Bind", "Check", "Each", "Branch", "Write", "Tool", "Rule", "Duty"),
)
VERDICTS = ("satisfied", "violated", "unknown", "attempted")
LEAST = 0.01
SECONDS = 5
NONSENSE = (AttributeError, KeyError, TypeError)  # what comes of values that no mistake left as they should be


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Chance writes desks whose lists double at every call; such a pair is given up."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def desks(start: int, stop: int) -> Iterator[tuple[int, Desk]]:
    for seed in range(start, stop):
        desk = make_desk(seed)
        if desk is not None:
            yield seed, desk


def kinds_of(desk: Desk) -> set[str]:
    spec = desk.spec
    return {
        type(n).__name__
        for n in walk((*spec.rules.values(), *spec.tools.values(), *(d.body for d in spec.defines.values()), spec.sync))
    }


def compared(start: int, stop: int, many: int) -> tuple[int, int, Counter[str], list[str]]:
    """Desks, non-trivial pairs, what was in them, and what disagreed."""
    specs = pairs = 0
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for seed, desk in desks(start, stop):
        specs += 1
        kinds = kinds_of(desk)
        for n in range(many):
            try:
                with at_most(SECONDS):
                    found, made = disagreement(make_pair(desk, seed * 100 + n), whole=n == 0 and specs % 25 == 0)
            except TimeoutError:
                seen["too large"] += 1
                continue
            wrong += [f"desk {seed}, pair {n}: {found}"] if found else []
            if not made.trivial:
                pairs += 1
                seen.update(kinds)
                seen.update({j.verdict for j in made.judgements})
    return specs, pairs, seen, wrong


def test_a_few_hundred_pairs():
    specs, pairs, seen, wrong = compared(0, 85, 4)
    assert wrong == []
    assert specs >= 60
    assert pairs >= 200
    assert all(seen[v] >= LEAST * pairs for v in (*VERDICTS, *KINDS)), seen


def test_what_plain_desks_never_say():
    specs, pairs, _, wrong = compared(WIDE, WIDE + 20, 3)
    assert wrong == []
    assert specs >= 15
    assert pairs >= 40


# --- the campaign -----------------------------------------------------------------------------------------------------


def _share(bounds: tuple[int, int, int]) -> tuple[int, int, Counter[str], list[str]]:
    return compared(*bounds)


@pytest.mark.long
def test_ten_thousand_pairs():
    step, many = 25, 5
    specs = pairs = 0
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    mine, parts = shard()
    starts = [*range(0, 2600, step), *range(WIDE, WIDE + 600, step)]
    for part in spread(_share, [(s, s + step, many) for s in starts][mine - 1 :: parts]):
        specs, pairs, wrong = specs + part[0], pairs + part[1], wrong + part[3]
        seen += part[2]
    print(f"\n{specs} specifications, {pairs} pairs that are not trivial, {seen['too large']} given up")
    for name in (*VERDICTS, *KINDS):
        print(f"  {name:10} in {seen[name] / pairs:6.1%}")
    assert wrong == []
    assert seen["too large"] <= LEAST * pairs
    assert specs >= 2_000 / parts * 0.95
    assert pairs >= 10_000 / parts * 0.95
    assert all(seen[v] >= LEAST * pairs for v in (*VERDICTS, *KINDS)), seen


def differs(pair: Pair, program: Any = None) -> bool:
    """Whether the comparison notices anything. Where nonsense cannot be worked with, there is nothing to compare."""
    made = pair if program is None else attrs.evolve(pair, desk=attrs.evolve(pair.desk, program=program))
    try:
        wanted, memory = reference(pair)
        run = run_offline(made)
        return bool(
            judgements_differ(wanted, run.judgements)
            or worlds_differ(pair.desk.spec, run.world, memory)
            or calls_differ(made)
        )
    except NONSENSE:
        return False


@cache
def sample() -> list[tuple[Desk, list[Pair]]]:
    """Pairs to try mutants on; in each process made once."""
    return [(desk, [make_pair(desk, seed * 100 + n) for n in range(3)]) for seed, desk in desks(0, 70)]


def _checker_mutant(name: str) -> tuple[str, int, int]:
    noticed = tried = 0
    for desk, pairs in sample():
        other = mutated(desk, name)
        for pair in pairs:
            tried += 1
            noticed += other is not None and differs(pair, other.program)
    return f"checker: {name}", noticed, tried


def _reference_mutant(name: str) -> tuple[str, int, int]:
    noticed = tried = 0
    for _, pairs in sample():
        for pair in pairs:
            tried += 1
            with mistaken(name):
                noticed += differs(pair)
    return f"reference: {name}", noticed, tried


@pytest.mark.long
def test_every_mutant_is_noticed():
    found = [*spread(_checker_mutant, CHECKER), *spread(_reference_mutant, REFERENCE)]
    print()
    for name, noticed, tried in found:
        print(f"  {name:45} noticed in {noticed / tried:6.1%}")
    assert [name for name, noticed, _ in found if not noticed] == []


@pytest.mark.parametrize(
    "name",
    [
        "Apply of the opposite",
        "Collect without where",
        "If swapped",
        "Branch swapped",
        "Write skipped",
        "Duty of another mode",
    ],
)
def test_some_mutants_are_noticed(name):
    assert any(
        (other := mutated(desk, name)) is not None
        and any(differs(make_pair(desk, seed * 100 + n), other.program) for n in range(3))
        for seed, desk in desks(0, 40)
    )


@pytest.mark.parametrize("name", RESULTS)
def test_what_results_show_is_noticed(name):
    with mistaken(name):
        assert any(differs(make_pair(desk, seed * 100 + n)) for seed, desk in desks(0, 40) for n in range(4))


def test_the_names_patched_are_there():
    """Mistakes are made in these methods; under other names they would not be made at all."""
    assert all(
        callable(f)
        for f in (Evaluator.evaluate, Interpreter._statement, Interpreter._refusal, Hearing._statement, Court._stays)
    )
