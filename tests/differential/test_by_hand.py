"""What one event decides, by hand: the reference, the generated checker and the solver all say what the author says."""

from copy import deepcopy

import pytest

from . import scenes, solver
from .by_hand import EVERY, WORLD, Told
from .encoder_mutants import BY_HAND, NAMES, misencoded

OF = {t.name: t for t in EVERY}


def case_of(told: Told) -> tuple[scenes.Scene, solver.Case]:
    desk = told.desk()
    scene = scenes.write_down(desk, tuple(s.turn for s in told.said), tuple(desk.spec.rules.values()))
    filling = scenes.Filling(deepcopy(WORLD), deepcopy(WORLD), frozenset(), told.messages(desk), {})
    return scene, solver.case_of(scene, filling)


@pytest.mark.parametrize("name", OF)
def test_all_three_say_what_the_author_says(name: str) -> None:
    scene, case = case_of(OF[name])
    assert tuple(f"{j.rule}.{j.label} {j.verdict}" for j in case.reading.judgements) == OF[name].verdicts
    assert solver.checker_differs(scene, case) == []
    (difference,) = solver.ask(scene, [case])
    assert difference is None


@pytest.mark.parametrize(("name", "mistake"), [(t.name, m) for t in EVERY for m in t.mistakes])
def test_a_mistake_is_noticed(name: str, mistake: str) -> None:
    with misencoded(mistake):
        scene, case = case_of(OF[name])
    (difference,) = solver.ask(scene, [case])
    assert difference not in (None, solver.UNDECIDED)


def test_every_mistake_is_noticed_by_one() -> None:
    assert {*NAMES, *BY_HAND} - {m for t in EVERY for m in t.mistakes} == set()
