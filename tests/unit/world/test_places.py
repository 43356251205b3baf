"""Tables and states stand where a specification says, and pointers lead there."""

import pytest

from cove_dsl.backends.python.runtime.opening import state_problem
from cove_dsl.pipeline import Compiler
from cove_dsl.world.generate import state_of
from cove_dsl.world.program import program_of
from cove_dsl.world.state import apply_start, diff_pointers, world_of

SPEC = b"""
domain places
record Shelf { shelf_id: id, tins: int }
record Door { open: bool }
table shelves: Shelf key shelf_id as list at storeroom.shelves
table bins: Shelf key shelf_id
state door: Door at street.door
"""
STATE = {
    "storeroom": {"shelves": [{"shelf_id": "7", "tins": 1}, {"shelf_id": "0", "tins": 2}]},
    "bins": {"0": {"shelf_id": "0", "tins": 3}},
    "street": {"door": {"open": False}},
}


@pytest.fixture(scope="module")
def program():
    compiled = Compiler().compile([("places.cove", SPEC)], {})
    assert not compiled.problems
    return program_of(compiled.spec)


@pytest.fixture
def world(program):
    return world_of(STATE, program)


def test_a_state_is_read_and_written_in_its_own_form(program, world):
    assert world.row("shelves", "7")["tins"] == 1
    assert world.single("door") == {"open": False}
    assert state_of(world) == STATE


@pytest.mark.parametrize(
    ("state", "pointer"),
    [
        ({**STATE, "street": {"door": {"open": True}, "lamp": {}}}, "/street/lamp"),
        ({**STATE, "shelves": []}, "/shelves"),
        ({**STATE, "street": 3}, "/street"),
    ],
)
def test_what_stands_elsewhere_is_refused(program, state, pointer):
    assert pointer in (state_problem(program, state) or "")


@pytest.mark.parametrize(
    "change",
    [
        ["/storeroom/shelves/1/tins", 9],
        ["/storeroom/shelves/-", {"shelf_id": "8", "tins": 4}],
        ["/storeroom/shelves", [{"shelf_id": "0", "tins": 2}]],
        ["/bins/0/tins", 5],
        ["/street/door/open", True],
    ],
)
def test_what_a_pointer_changes_is_found_again(world, change):
    assert diff_pointers(apply_start(world, [change]), world) == [change]


def test_a_list_is_put_in_its_order(world):
    rows = [{"shelf_id": "9", "tins": 1}, {"shelf_id": "7", "tins": 1}]
    assert apply_start(world, [["/storeroom/shelves", rows]]).all_rows("shelves") == rows


@pytest.mark.parametrize("pointer", ["/storeroom/shelves/7/tins", "/storeroom", "/street/lamp", "/shelves/0/tins"])
def test_a_pointer_that_leads_nowhere_is_refused(world, pointer):
    with pytest.raises(ValueError, match="nowhere"):
        apply_start(world, [[pointer, 1]])
