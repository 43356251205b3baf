"""A guard in front of a system that moves on: what it shows counts for more than what was known of it before."""

import asyncio
import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

import cove_dsl as cove
from cove_dsl.backends.python.runtime.values import UNKNOWN
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
DESK = cove.load(str(EXAMPLES / "tea.cove"))
SNAPSHOT = cove.World.from_json(EXAMPLES / "shop.json", DESK)
ORDER = {
    "placed": "2025-03-10T11:00:00+00:00", "status": "open", "paid_with": "v1", "reason": None,
    "lines": [{"tea": "Oolong", "grams": 50, "price": 8}],
}  # fmt: skip


class Live:
    """The shop of today: T5 is Bo's and T6 Ada's, both newer than the snapshot; T1 has left since."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {
            "T1": {**ORDER, "order_id": "T1", "customer_id": "ada", "status": "sent"},
            "T5": {**ORDER, "order_id": "T5", "customer_id": "bo"},
            "T6": {**ORDER, "order_id": "T6", "customer_id": "ada"},
        }
        self.cancelled: list[str] = []

    def find_customer(self, email: str) -> str:
        return email.partition("@")[0]

    def get_order(self, order_id: str) -> dict[str, Any]:
        if order_id not in self.orders:
            raise LookupError("No such order")
        return deepcopy(self.orders[order_id])

    def cancel_order(self, order_id: str, reason: str) -> dict[str, Any]:
        self.cancelled.append(order_id)
        self.orders[order_id] |= {"status": "cancelled", "reason": reason}
        return deepcopy(self.orders[order_id])


@pytest.fixture
def shop() -> Live:
    return Live()


def guarded(shop: Live, **options: Any) -> cove.Guard:
    tools = [shop.find_customer, shop.get_order, shop.cancel_order]
    guard = cove.guard(tools, DESK.monitor(SNAPSHOT, **options))
    guard.observe({"role": "user", "content": "ada@example.com. I changed my mind, cancel it."})
    guard["find_customer"](email="ada@example.com")
    return guard


def agree(guard: cove.Guard, order: str) -> Any:
    guard.observe({"role": "assistant", "content": f"I can cancel order {order}, reason: changed my mind. Shall I?"})
    guard.observe({"role": "user", "content": "Yes, please."})
    return guard["cancel_order"](order_id=order, reason="changed my mind")


def test_what_is_newer_than_the_snapshot_is_not_waved_through(shop):
    guard = guarded(shop)
    refused = agree(guard, "T5")
    assert refused.decision.verdict == "undecided"
    assert refused.endswith('First call `get_order` with order_id "T5".')
    assert shop.cancelled == []


def test_a_strangers_newer_row_is_looked_at_and_not_shown(shop):
    guard = guarded(shop)
    withheld = guard["get_order"](order_id="T5")
    assert isinstance(withheld, cove.Denied)
    assert withheld.startswith("Error: what this call shows is not for this conversation.\nown_orders")
    assert guard.refusals[-1].looked
    assert "bo" not in str(guard.messages)
    assert agree(guard, "T5").decision.verdict == "deny"
    assert shop.cancelled == []
    assert DESK.verify(guard.messages, world=SNAPSHOT).verdict == "satisfied"


def test_ones_own_newer_row_can_be_changed_once_it_is_looked_up(shop):
    guard = guarded(shop)
    assert guard["get_order"](order_id="T6")["status"] == "open"
    assert agree(guard, "T6")["status"] == "cancelled"
    assert shop.cancelled == ["T6"]
    report = DESK.verify(guard.messages, world=SNAPSHOT)
    assert report.verdict == "satisfied"
    assert len(report.data["world"]["mismatches"]) == 1


def test_a_row_that_has_changed_since_is_believed_as_it_is_now(shop):
    guard = guarded(shop)
    guard["get_order"](order_id="T1")
    assert agree(guard, "T1").decision.rules == ("only_open_orders",)
    assert shop.cancelled == []


def test_a_change_that_went_otherwise_leaves_nothing_assumed(shop):
    """The shop shows T1 as sent after cancelling it. So what the tool looks at and writes is known by that alone."""

    def cancel_order(order_id: str, reason: str) -> dict[str, Any]:
        return deepcopy(shop.orders[order_id])

    guard = cove.guard([shop.find_customer, cancel_order], DESK.monitor(SNAPSHOT))
    guard.observe({"role": "user", "content": "ada@example.com. I changed my mind, cancel it."})
    guard["find_customer"](email="ada@example.com")
    world = guard.monitor.run.world
    assert (world.row("orders", "T1")["status"], world.row("customers", "ada")["name"]) == ("open", "Ada")
    assert agree(guard, "T1")["status"] == "sent"
    assert (world.row("orders", "T1")["status"], world.row("customers", "ada")) == ("sent", UNKNOWN)
    assert world.row("orders", "T2") is UNKNOWN


def test_a_look_up_that_fails_fails_as_it_did(shop):
    guard = guarded(shop)
    with pytest.raises(LookupError, match="No such order"):
        guard["get_order"](order_id="T77")
    assert guard.messages[-1]["content"] == "Error: No such order"


def test_a_look_up_that_is_awaited_is_decided_by_what_it_shows(shop):
    async def get_order(order_id: str) -> dict[str, Any]:
        return shop.get_order(order_id)

    guard = cove.guard([shop.find_customer, get_order], DESK.monitor(SNAPSHOT))
    guard.observe({"role": "user", "content": "ada@example.com"})
    guard["find_customer"](email="ada@example.com")
    stranger, own = (asyncio.run(guard["get_order"](order_id=t)) for t in ("T5", "T6"))
    assert isinstance(stranger, cove.Denied)
    assert own["order_id"] == "T6"


@pytest.mark.parametrize("whole", [True, {"orders"}, "orders"])
def test_a_complete_table_holds_every_row(shop, whole):
    guard = guarded(shop, complete=whole)
    assert agree(guard, "T5")["status"] == "cancelled"  # there is no T5, so `own_orders` has nothing to say
    assert guard.monitor.run.contradicted >= {"orders"}


def test_a_table_that_is_declared_complete_must_be_one():
    with pytest.raises(ValueError, match="`shelves` is no table"):
        DESK.monitor(SNAPSHOT, complete=["shelves"])


def test_with_nothing_known_look_ups_are_still_made(shop):
    guard = cove.guard([shop.find_customer, shop.get_order, shop.cancel_order], DESK.monitor())
    guard.observe({"role": "user", "content": "ada@example.com. I changed my mind, cancel it."})
    guard["find_customer"](email="ada@example.com")
    assert isinstance(guard["get_order"](order_id="T5"), cove.Denied)
    assert guard["get_order"](order_id="T6")["customer_id"] == "ada"
    assert agree(guard, "T6")["status"] == "cancelled"


def test_a_person_is_asked_after_the_look_up(shop):
    """What a look-up settles needs nobody's permission."""
    asked: list[dict[str, Any]] = []

    def ask(decision: cove.Decision, what: dict[str, Any]) -> bool:
        asked.append(what)
        return False

    guard = cove.guard([shop.find_customer, shop.get_order, shop.cancel_order], DESK.monitor(SNAPSHOT), ask)
    guard.observe({"role": "user", "content": "ada@example.com. I changed my mind, cancel it."})
    guard["find_customer"](email="ada@example.com")
    guard["get_order"](order_id="T6")
    assert asked == []
    assert isinstance(agree(guard, "T5"), cove.Denied)
    assert [w["name"] for w in asked] == ["cancel_order"]


def test_a_world_from_what_is_at_hand():
    state = json.loads((EXAMPLES / "shop.json").read_text(encoding="utf-8"))
    assert cove.World.from_dict(state, DESK).inner.row("orders", "T1")["lines"][0]["price"] == Decimal("12.5")
    with pytest.raises(cove.StateError, match="/orders"):
        cove.World.from_dict({**state, "orders": [1]}, DESK)
    with pytest.raises(TypeError, match=r"`World\.from_dict`"):
        cove.World.from_json(state, DESK)
