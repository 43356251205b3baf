"""That a mistake is noticed by what differs, never by what is broken: the comparison itself, or the mistake's name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

from cove_dsl.backends.smt import contracts
from cove_dsl.backends.smt.bounded import questions

from . import encoder_mutants, proof_mutants, test_checker, test_played, test_solver
from .encoder_mutants import misencoded
from .machine import make_desk, make_pair
from .mutants import mistaken
from .proof_mutants import misproved

SEEDS = range(31, 33)
NOTICING: dict[str, Callable[[], object]] = {
    "stories": lambda: test_played.refuted("gone", range(20)),
    "pairs": lambda: test_solver.noticed("gone", SEEDS),
}


def fails(error: type[Exception], *_: object, **__: object) -> Any:
    raise error("broken")


@pytest.mark.parametrize("mistake", [mistaken, misproved, misencoded])
@pytest.mark.parametrize("name", ["Duty nobody", "less is at mots", ""])
def test_a_misspelt_mistake_is_not_made(mistake: Callable[[str], AbstractContextManager[None]], name: str) -> None:
    with pytest.raises(AssertionError, match=f"no mistake is called '{name}'"), mistake(name):
        pass


@pytest.mark.parametrize("noticing", NOTICING.values(), ids=NOTICING)
def test_a_mistake_in_what_is_not_there_is_not_noticed(
    noticing: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(proof_mutants.MUTANTS, "gone", [(contracts.Contracts, "nowhere", lambda right: right)])
    monkeypatch.setitem(encoder_mutants.MUTANTS, "gone", [(questions.Question, "nowhere", lambda right: right)])
    with pytest.raises(AttributeError, match="nowhere"):
        noticing()


@pytest.mark.parametrize("error", [RuntimeError, AttributeError, KeyError, TypeError])
@pytest.mark.parametrize("noticing", NOTICING.values(), ids=NOTICING)
def test_a_comparison_that_is_broken_notices_nothing(
    noticing: Callable[[], object], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(proof_mutants.MUTANTS, "gone", [])
    monkeypatch.setitem(encoder_mutants.MUTANTS, "gone", [])
    monkeypatch.setattr(test_played, "check_scenario", partial(fails, error))
    monkeypatch.setattr(test_solver, "_compare_scene", partial(fails, error))
    with pytest.raises(error, match="broken"):
        noticing()


def test_a_checker_that_cannot_be_compared_is_not_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk(0)
    assert desk is not None
    pair = make_pair(desk, 0)
    for error in test_checker.NONSENSE:
        monkeypatch.setattr(test_checker, "reference", partial(fails, error))
        assert not test_checker.differs(pair)
    monkeypatch.setattr(test_checker, "reference", partial(fails, RuntimeError))
    with pytest.raises(RuntimeError, match="broken"):
        test_checker.differs(pair)
