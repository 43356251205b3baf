"""The policy that `docs/coming-from` shows in several languages: the same calls are allowed and denied in each.

Cedar and Rego are asked where an engine is installed (`cedarpy`, `regopy`); our own decisions are pinned here always.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import cove_dsl as cove

ROOT = Path(__file__).parents[2]
SPEC, STATE = ROOT / "docs/examples/refunds.cove", ROOT / "docs/examples/refunds.json"
ORDERS: dict[str, Any] = json.loads(STATE.read_text(encoding="utf-8"))["orders"]
Agreed = list[tuple[str, int]]

# A refund (order, amount), what the supervisor has agreed to before, and the rules that it breaks.
CASES: list[tuple[str, int, Agreed, set[str]]] = [
    ("T1", 50, [], set()),
    ("T1", 100, [], set()),
    ("T1", 250, [], {"ask_above_100"}),
    ("T1", 250, [("T1", 250)], set()),
    ("T1", 250, [("T1", 150), ("T2", 250)], {"ask_above_100"}),
    ("T1", 500, [("T1", 500)], set()),
    ("T1", 800, [("T1", 800)], {"at_most_500"}),
    ("T2", 40, [], {"own_orders"}),
    ("T2", 800, [], {"own_orders", "at_most_500", "ask_above_100"}),
    ("T9", 8, [], {"own_orders"}),
]


def blocks(page: str, tag: str) -> list[str]:
    text = (ROOT / "docs/coming-from" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{tag}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("order", "amount", "agreed", "broken"), CASES)
def test_ours(order: str, amount: int, agreed: Agreed, broken: set[str]):
    desk = cove.load(SPEC)
    monitor = desk.monitor(cove.World.from_json(STATE, desk), complete=True)
    for i, (of, sum_) in enumerate(agreed):
        function = {"name": "ask_supervisor", "arguments": json.dumps({"order_id": of, "amount": sum_})}
        asks = {"role": "assistant", "tool_calls": [{"id": f"c{i}", "type": "function", "function": function}]}
        monitor.observe([asks, {"role": "tool", "tool_call_id": f"c{i}", "content": "Yes"}])
    decision = monitor.allows({"name": "refund", "arguments": {"order_id": order, "amount": amount}})
    assert (decision.verdict, set(decision.rules)) == ("deny" if broken else "allow", broken)


@pytest.mark.parametrize(("order", "amount", "agreed", "broken"), CASES)
def test_cedar(order: str, amount: int, agreed: Agreed, broken: set[str]):
    engine = pytest.importorskip("cedarpy", reason="no Cedar engine: pip install cedarpy")
    (policies,) = blocks("cedar.md", "cedar")

    def entity(kind: str, key: str) -> dict[str, Any]:
        return {"__entity": {"type": kind, "id": key}}

    entities: list[dict[str, Any]] = [
        {
            "uid": {"type": "Order", "id": key},
            "attrs": {"customer": entity("Customer", o["customer_id"])},
            "parents": [],
        }
        for key, o in ORDERS.items()
    ]
    agent = {"uid": {"type": "Agent", "id": "a"}, "attrs": {"customer": entity("Customer", "ada")}, "parents": []}
    request = {
        "principal": 'Agent::"a"',
        "action": 'Action::"refund"',
        "resource": f'Order::"{order}"',
        "context": {
            "cents": amount * 100,
            "agreed": [{"order": entity("Order", of), "cents": sum_ * 100} for of, sum_ in agreed],
        },
    }
    found = engine.is_authorized(request, policies, [agent, *entities])
    assert found.allowed == (not broken)


@pytest.mark.parametrize(("order", "amount", "agreed", "broken"), CASES)
def test_rego(order: str, amount: int, agreed: Agreed, broken: set[str]):
    engine = pytest.importorskip("regopy", reason="no Rego engine: pip install regopy")
    policy, _ = blocks("rego.md", "rego")
    earlier = [{"tool": "ask_supervisor", "ok": True, "order_id": of, "amount": sum_} for of, sum_ in agreed]
    asked = {"customer_id": "ada", "call": {"order_id": order, "amount": amount}, "earlier": earlier}
    found = queried(engine, policy, "data.refunds", asked, {"orders": ORDERS})
    assert (set(found["deny"]), found["allow"]) == (broken, not broken)


def test_rego_afterwards():
    """The amount said, not said, and said inside another number: the last is what the page warns of."""
    engine = pytest.importorskip("regopy", reason="no Rego engine: pip install regopy")
    _, policy = blocks("rego.md", "rego")
    refund = {"tool": "refund", "ok": True, "amount": 250}
    for said, broken in (("You get $250 back.", False), ("Done.", True), ("You get $2500 back.", False)):
        events = {"events": [refund, {"role": "agent", "text": said}]}
        assert bool(queried(engine, policy, "data.afterwards", events, {})["violations"]) == broken


def queried(engine: Any, policy: str, query: str, asked: Any, data: Any) -> Any:
    rego = engine.Interpreter()
    rego.add_module("policy", policy)
    rego.add_data(data)
    rego.set_input(asked)
    return json.loads(str(rego.query(query)))["expressions"][0]
