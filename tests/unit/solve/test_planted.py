"""Planted defects are found, and their clean twins raise no alarm."""

import pytest

from cove_dsl.pipeline import Compiler
from cove_dsl.solve.survey import Surveyor, about_finding, about_scenario

from .planted import Plant, plants

PLANTS = list(plants())


def found(plant: Plant) -> list[str]:
    """The codes that the solver gives to what the defect is about."""
    compiled = Compiler().compile([("t.cove", plant.text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    spec, surveyor = compiled.spec, Surveyor(compiled.spec)
    if plant.kind == "scenario":
        problems = [about_scenario(a, spec) for a in surveyor.scenarios((plant.about,))]
    elif plant.kind == "rule":
        problems = [about_finding(f, spec) for f in surveyor.rules((plant.about,))]
    else:
        problems = [about_finding(f, spec) for f in surveyor.tools() if f.name == plant.about]
    return [p.code for p in problems if p is not None]


def test_there_are_many():
    assert sum(bool(p.code) for p in PLANTS) >= 60


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: p.name)
def test_a_planted_defect_is_found_and_its_twin_is_clean(plant: Plant):
    assert found(plant) == ([plant.code] if plant.code else [])
