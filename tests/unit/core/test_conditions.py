"""Conditions, their atoms, and when an atom decides."""

import pytest

from cove_dsl.core.conditions import listening
from cove_dsl.pipeline import Compiler

DESK = """domain shop
record Row { id: id, a: bool, b: bool, c: bool, n: int }
table rows: Row key id
define fits(r: Row) -> bool = r.a and (r.b or r.n > 3)
define is_large(r: Row) -> bool = r.n > 10
tool use_it(id: ref rows) -> text { return "ok" }
rule r "It must fit." {
  before call to use_it
  let row = rows[call.id] else fail "no such row"
  when row.c or row.c and row.a
  require fit:   if row.a then fits(row) else not row.b
  require small: not is_large(row)
}
"""


@pytest.fixture(scope="module")
def spec():
    found = Compiler().compile([("shop.cove", DESK.encode())], {})
    assert not found.errors, found.problems
    return found.spec


@pytest.fixture(scope="module")
def conditions(spec):
    return {(c.owner, c.kind, c.label): c for c in listening(spec).conditions.values()}


def texts(spec, condition):
    return [spec.sources.locate(a.span).text for a in condition.atoms]


def test_every_condition_is_there_with_its_atoms(spec, conditions):
    assert {key: texts(spec, c) for key, c in conditions.items()} == {
        ("r", "otherwise", ""): ["rows[call.id]"],
        ("r", "when", ""): ["row.c", "row.a"],
        ("r", "require", "fit"): ["row.a", "fits(row)", "row.b"],
        ("r", "require", "small"): ["is_large(row)"],
        ("fits", "value", ""): ["r.a", "r.b", "r.n > 3"],
    }


def test_a_definition_of_one_atom_is_no_condition_of_its_own(conditions):
    assert not any(owner == "is_large" for owner, _, _ in conditions)


@pytest.mark.parametrize(
    ("atoms", "deciding"),
    [
        ((True, True, False), (True, True, False)),  # a and (b or c)
        ((True, True, True), (True, False, False)),
        ((False, False, False), (False, False, False)),
        ((False, True, False), (True, False, False)),
        ((True, False, False), (False, True, True)),
        ((True, None, False), (False, False, False)),
        ((True, None, True), (True, False, False)),
        ((None, True, True), (False, False, False)),
    ],
)
def test_an_atom_decides_where_the_outcome_turns_with_it(spec, conditions, atoms, deciding):
    assert conditions["fits", "value", ""].deciding(atoms, spec) == deciding


def test_what_is_written_twice_turns_as_one(spec, conditions):
    """`c or c and a`: no value of `a` makes a difference."""
    for c in (True, False):
        for a in (True, False):
            assert conditions["r", "when", ""].deciding((c, a), spec) == (True, False)


def test_tools_keep_the_definitions_that_rules_use(spec):
    made = listening(spec).spec
    assert made.tools == spec.tools
    assert all(made.defines[name] == define for name, define in spec.defines.items())


def test_only_the_rules_that_are_asked_about_are_taken_apart(spec):
    assert not listening(spec, ()).conditions
