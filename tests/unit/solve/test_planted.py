"""Planted defects are found, and their clean twins raise no alarm."""

from collections import Counter

import pytest

from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.learning import out_of_reach
from cove_dsl.solve.survey import Surveyor, about_finding, about_parts, about_scenario
from cove_dsl.solve.unseen import out_of_sight
from tests.contracts.test_codes import emitted_in

from .planted import Plant, plants
from .planted_gaps import gaps
from .planted_talk import CLASHES, HEAD, Clash, clashes

PLANTS = [*plants(), *clashes(), *gaps()]


def spec_of(text: str) -> Spec:
    compiled = Compiler().compile([("t.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


def found(plant: Plant) -> list[str]:
    """The codes that the solver gives to what the defect is about."""
    spec = spec_of(plant.text)
    surveyor = Surveyor(spec)
    if plant.kind == "scenario":
        problems = [about_scenario(a, spec) for a in surveyor.scenarios((plant.about,))]
    elif plant.kind == "gaps":
        problems = [*out_of_reach(spec), *out_of_sight(spec)]
    elif plant.kind in ("values", "branches"):
        parts = (p for p in surveyor.parts() if (p.name, p.kind) == (plant.about, plant.kind))
        problems = [q for p in parts for q in about_parts(p)]
    elif plant.kind == "rule":
        problems = [about_finding(f, spec) for f in surveyor.rules((plant.about,))]
    elif plant.kind == "duty":
        problems = [about_finding(f, spec) for f in surveyor.duties((plant.about,))]
    else:
        problems = [about_finding(f, spec) for f in surveyor.tools() if f.name == plant.about]
    return [p.code for p in problems if p is not None]


def test_there_are_many():
    assert sum(bool(p.code) for p in PLANTS) >= 60
    assert len(CLASHES) >= 6


def test_every_code_of_the_solver_is_planted_in_two_desks_and_lacking_in_their_twins():
    """Two at least: another field that it is about, or another field of business."""
    planted = Counter(p.code for p in PLANTS if p.code)
    assert {c: planted[c] for c in emitted_in("cove_dsl/solve", "cove_dsl/backends/smt") if planted[c] < 2} == {}
    twins = {p.name.removesuffix(":clean") for p in PLANTS if not p.code}
    assert [p.name for p in PLANTS if p.code and p.name not in twins] == []


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: p.name)
def test_a_planted_defect_is_found_and_its_twin_is_clean(plant: Plant):
    assert found(plant) == ([plant.code] if plant.code else [])


@pytest.mark.parametrize("clash", CLASHES, ids=lambda c: c.name)
def test_a_contradiction_is_proved_while_an_author_writes_and_names_its_rules(clash: Clash):
    spec = spec_of(HEAD + clash.rules + clash.last + clash.scenario)
    (answer,) = Surveyor(spec).scenarios(cheap=True)
    assert answer.status == "unsat"
    assert answer.minimal
    assert {c.by.partition(".")[0] for c in answer.core if c.by} == clash.named
    assert any(c.role == "goal" for c in answer.core)
