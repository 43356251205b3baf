"""That chance writes all that the machines are compared on: every construct, but for those that are named here."""

import pytest

from .constructs import all_there_is, said_in
from .played import written
from .wider import WIDE, writer_of

ENOUGH = 60  # desks of each kind; most constructs are in the first few

# By the beginning of their names, with what else holds them.
UNWRITTEN = {
    "CallsItem": "a specification's own tests: tests/cases/tests, tests/unit/world",
    "ExpectItem": "a specification's own tests",
    "SaysItem": "a specification's own tests",
    "TestDecl": "a specification's own tests",
    "AssertionDecl": "what a test of the specification, or a task, expects in the end",
    "BlockDecl": "worlds that are made by chance, and fixtures: tests/cases/worlds",
    "between(…)": "worlds that are made by chance",
    "chance(…)": "worlds that are made by chance",
    "choose": "worlds that are made by chance",
    "digits(…)": "worlds that are made by chance",
    "fake(…)": "worlds that are made by chance",
    "unique_digits(…)": "worlds that are made by chance",
    "ComposeDecl": "tasks of several scenarios: tests/unit/synthesis",
    "DescribeDecl": "what users call things: tests/unit/synthesis",
    "PathPart.some": "what users call things",
    "DisclosureItem": "what users know: tests/unit/synthesis, tests/unit/solve/test_learning",
    "PersonaItem": "what users are like",
    "PickItem.amount": "several rows at once: tests/unit/solve/test_drawn",
    "GoalExpr": "goals besides calls and ends: tests/unit/solve/test_scenarios, tests/cases/scenarios",
    "GoalItem.otherwise": "goals besides calls and ends",
    "RefusalItem": "expected refusals: tests/unit/solve/planted",
    "Module": "modules are put in before anything is compared: tests/cases/modules",
    "Use": "modules",
    "PartyEvent.kind event": "not allowed in any rule: tests/cases/rules",
    "Trigger.when judged": "gives no verdict",
    "ExceptionDecl.trigger absent": "an exception that takes a trigger over: tests/cases/exceptions",
    "DefineDecl.returns absent": "not allowed outside of a module",
    "CaseDecl.wire absent": "the wire name is then the name",
}
DOCS = ".doc "  # comments mean nothing


def unwritten(constructs: set[str]) -> set[str]:
    """Those that somebody has to write, of some."""
    return {c for c in constructs if DOCS not in c and not c.startswith(tuple(UNWRITTEN))}


def test_chance_writes_every_construct() -> None:
    missing = all_there_is()
    for seed in (s for n in range(ENOUGH) for s in (n, WIDE + n)):
        missing -= said_in(writer_of(seed).desk() if seed >= WIDE else written(seed))
        if not unwritten(missing):
            break
    assert unwritten(missing) == set()


@pytest.mark.parametrize("name", UNWRITTEN)
def test_what_chance_does_not_write_is_there(name: str) -> None:
    assert any(c.startswith(name) for c in all_there_is())


def test_a_construct_that_nothing_writes_is_missed() -> None:
    plain = set().union(*(said_in(written(seed)) for seed in range(3)))
    assert {"type time", "EffectDecl", "LabelledOf.which any", "map_of(…)"} <= unwritten(all_there_is() - plain)
