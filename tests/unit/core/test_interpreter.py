"""What tools do to a world, and that a call which fails does nothing."""

import json
from copy import deepcopy
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.core.interpreter import Interpreter, Outcome, UnknownEffect
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.values import UNKNOWN


@pytest.fixture(scope="module")
def spec(desk):
    return desk()


@pytest.fixture
def run(spec, world):
    """An interpreter over a fresh world, and that world."""

    def start(unknown=False, **tables):
        made = world(spec, unknown, **tables)
        return Interpreter(spec, made), made

    return start


def test_a_tool_changes_its_world_and_gives_a_copy(run, state):
    interpreter, world = run()
    assert interpreter.call("close", {"ticket_id": "T1"}) == Outcome(True, "closed")
    assert world.row("tickets", "T1")["status"] == "closed for good"
    shown = interpreter.call("look", {"ticket_id": "T1"}).value
    shown["notes"].append("mine")
    assert world.row("tickets", "T1")["notes"] == []
    assert state["tickets"]["T1"]["status"] == "fresh"


def test_a_failure_is_a_value_with_the_tools_words(run):
    interpreter, _ = run()
    found = interpreter.call("look", {"ticket_id": "T9"})
    assert found == Outcome(False, "no ticket T9")
    assert found.text == "Error: no ticket T9"


def test_a_call_that_fails_half_way_changes_nothing(run):
    interpreter, world = run()
    before = world.dump()["tickets"]
    assert interpreter.call("pay", {"ticket_id": "T1", "amounts": [4, Decimal("5.50"), 1]}) == Outcome(
        False, "too much"
    )
    assert world.dump()["tickets"] == before
    assert interpreter.call("pay", {"ticket_id": "T1", "amounts": [4, 5]}) == Outcome(True, Decimal("1.00"))
    assert [n["text"] for n in world.row("tickets", "T1")["notes"]] == ["paid 4", "paid 5"]


def test_sync_follows_every_call(run):
    interpreter, world = run()
    for key in ("T1", "T9"):
        interpreter.call("look", {"ticket_id": key})
    assert world.state("counter")["calls"] == 2


def test_rows_are_never_shared(run):
    interpreter, world = run()
    made = interpreter.call("open", {"ticket_id": "T3", "copy_of": "T1"})
    assert [n["text"] for n in made.value["notes"]] == ["copied"]
    assert world.row("tickets", "T1")["notes"] == []
    assert world.row("tickets", "T3")["contacts"] is not world.row("tickets", "T1")["contacts"]
    assert interpreter.call("open", {"ticket_id": "T2", "copy_of": "T1"}) == Outcome(False, "T2 is already in tickets")
    assert list(world.dump()["tickets"]) == ["T1", "T2", "T3"]


ARGUMENTS = [
    ("look", {}, "missing argument `ticket_id`"),
    ("look", {"ticket_id": None}, "missing argument `ticket_id`"),
    ("look", {"ticket_id": 5}, "argument `ticket_id` must be ref tickets"),
    ("look", {"ticket_id": "T1", "more": 1}, "unexpected argument `more`"),
    ("close", {"ticket_id": "T1", "reason": 5}, "argument `reason` must be text"),
    ("pay", {"ticket_id": "T1", "amounts": ["5"]}, "argument `amounts` must be list[money]"),
    ("pay", {"ticket_id": "T1", "amounts": [True]}, "argument `amounts` must be list[money]"),
    ("none", {}, "there is no tool `none`"),
]


@pytest.mark.parametrize(("tool", "arguments", "text"), ARGUMENTS)
def test_arguments_are_looked_at_before_the_world(run, tool, arguments, text):
    interpreter, world = run()
    assert interpreter.call(tool, arguments) == Outcome(False, text)
    assert world.state("counter")["calls"] == 1


def test_an_outcome_that_hangs_on_the_unknown_leaves_no_trace(run):
    interpreter, world = run(unknown=True)
    before = world.dump()
    for tool, arguments in (("look", {"ticket_id": "T9"}), ("open", {"ticket_id": "T3", "copy_of": "T1"})):
        with pytest.raises(UnknownEffect):
            interpreter.call(tool, arguments)
        assert world.dump() == before
    assert interpreter.call("look", {"ticket_id": "T1"}).ok


def test_what_an_opaque_tool_touches_is_unknown_afterwards(run):
    interpreter, world = run()
    with pytest.raises(UnknownEffect):
        interpreter.call("archive", {"ticket_id": "T1"})
    assert world.rows("tickets") is UNKNOWN
    assert world.row("tickets", "T1") is UNKNOWN
    assert world.state("counter")["calls"] == 0


calls = st.tuples(
    st.sampled_from(["look", "close", "pay", "open", "archive", "greet"]),
    st.fixed_dictionaries(
        {},
        optional={
            "ticket_id": st.sampled_from(["T1", "T2", "T3", "T9"]),
            "copy_of": st.sampled_from(["T1", "T3"]),
            "amounts": st.lists(st.integers(-2, 6), max_size=4),
            "name": st.text(max_size=3),
        },
    ),
)


@given(st.lists(calls, max_size=12), st.booleans(), st.booleans())
def test_a_call_that_fails_changes_nothing_whatever_came_before(desk, sequence, unknown, as_list):
    spec = evolve(desk(), sync=())
    rows = [{**TICKET, "ticket_id": key} for key in ("T1", "T2")]
    tickets = rows if as_list else {row["ticket_id"]: row for row in rows}
    world = MemoryWorld(spec, deepcopy({"tickets": tickets, "counter": {"calls": 0}}), unknown)
    interpreter = Interpreter(spec, world)
    for tool, arguments in sequence:
        before = json.dumps(world.dump(), default=str)
        try:
            same = not interpreter.call(tool, arguments).ok
        except UnknownEffect:
            same = tool != "archive"
        if same or tool in ("look", "greet"):
            assert json.dumps(world.dump(), default=str) == before


TICKET = {"status": "fresh", "notes": [], "tags": [], "amount": 10, "due": "2024-05-20", "contacts": {}}


SCRATCH = """
fixture scratch {
  let t = tickets["T1"] else fail "T1 is gone"
  let before = t.tags
  insert all ["c", "d"] into t.tags
  set counter.log = before
  let found = for tag in t.tags {
    if tag == "b" { skip }
    yield "{tag}!"
  }
  insert all found into counter.log
  let both = for a in before { for b in before { yield "{a}{b}" } }
  insert all both into counter.log
  set t.contacts["c2"] = phone(number: "1")
  remove t.contacts["c1"]
  remove tickets["T2"]
  set t.owner = "mia"
  remove t.owner
}
fixture broken { remove tickets["T1"]  insert "x" into counter.log  let t = tickets["T9"] else fail "T9 is gone" }
"""


def test_lists_are_values_and_records_are_places(desk, world):
    spec = desk(SCRATCH)
    made = world(spec)
    assert Interpreter(spec, made).fixture("scratch") == Outcome(True, None)
    found = made.dump()
    assert found["counter"]["log"] == ["a", "b", "a!", "c!", "d!", "aa", "ab", "ba", "bb"]
    assert found["tickets"]["T1"]["tags"] == ["a", "b", "c", "d"]
    assert found["tickets"]["T1"]["contacts"] == {"c2": {"kind": "phone", "number": "1"}}
    assert found["tickets"]["T1"]["owner"] is None
    assert list(found["tickets"]) == ["T1"]


def test_a_block_that_fails_is_taken_back_order_and_all(desk, world):
    spec = desk(SCRATCH)
    made = world(spec)
    before = json.dumps(made.dump(), default=str)
    assert Interpreter(spec, made).fixture("broken") == Outcome(False, "T9 is gone")
    assert json.dumps(made.dump(), default=str) == before


class Dice:
    """Always the first, always the least."""

    drawn = 0

    def language(self, op, args, history):
        return None

    def random(self, op, args):
        Dice.drawn += 1
        match op:
            case "choose":
                return args[0][0]
            case "choose_some":
                return args[0][: args[1]]
            case "between":
                return args[0]
            case "chance":
                return False
        return f"{op}-{Dice.drawn}"


def test_the_shop_is_made(retail):
    world = MemoryWorld(retail)
    assert Interpreter(retail, world).fixture("shop").ok
    assert [len(world.dump()[name]) for name in ("products", "users", "orders")] == [2, 3, 8]
    made = MemoryWorld(retail)
    assert Interpreter(retail, made, Dice()).generate() == Outcome(True, None)
    assert [len(made.dump()[name]) for name in ("products", "users", "orders")] == [50, 500, 1000]


def test_invariants_hold_in_the_shop_after_a_cancellation(retail):
    world = MemoryWorld(retail)
    interpreter = Interpreter(retail, world)
    interpreter.fixture("shop")
    assert interpreter.call("cancel_pending_order", {"order_id": "#W2", "reason": "no longer needed"}).ok
    assert world.row("users", "mia_kim_1")["payment_methods"]["gift_card_1"]["balance"] == 226
    for invariant in retail.invariants:
        assert interpreter.evaluator.evaluate(invariant.condition, {}) is True
