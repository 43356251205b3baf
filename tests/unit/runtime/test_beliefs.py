"""Recorded results against the state given: what they contradict is not taken for granted."""

import json
from typing import Any

import pytest

import cove_dsl as cove
from cove_dsl.pipeline import Compiler
from cove_dsl.world.desk import Desk
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
DESK = cove.load(str(EXAMPLES / "tea.cove"))
WORLD = cove.World.from_json(EXAMPLES / "shop.json", DESK)
STATE = json.loads((EXAMPLES / "shop.json").read_text(encoding="utf-8"))
T1 = STATE["orders"]["T1"]
T5 = {**T1, "order_id": "T5", "customer_id": "bo"}


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def made(tool: str, arguments: Any, result: Any, ok: bool = True) -> list[dict[str, Any]]:
    text = result if isinstance(result, str) else json.dumps(result)
    call = {"id": "c", "type": "function", "function": {"name": tool, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": text, "error": not ok},
    ]


FOUND = [
    said("user", "ada@example.com, I changed my mind."),
    *made("find_customer", {"email": "ada@example.com"}, "ada"),
]


def agreed(order: str) -> list[dict[str, Any]]:
    return [said("assistant", f"Shall I cancel order {order}, reason: changed my mind?"), said("user", "Yes.")]


def cancelled(order: dict[str, Any]) -> list[dict[str, Any]]:
    after = {**order, "status": "cancelled", "reason": "changed my mind"}
    return made("cancel_order", {"order_id": order["order_id"], "reason": "changed my mind"}, after)


def looked(order: dict[str, Any]) -> list[dict[str, Any]]:
    return made("get_order", {"order_id": order["order_id"]}, order)


def judged(*parts: list[dict[str, Any]], world: cove.World | None = WORLD) -> tuple[dict[str, str], int]:
    """The rules that are not satisfied, and how many results differ."""
    report = DESK.verify([m for part in parts for m in part], world=world)
    assert report.rules, report.data
    differ = len(report.data["world"]["mismatches"])
    return {r["rule"]: r["verdict"] for r in report.rules if r["verdict"] != "satisfied"}, differ


def test_a_row_that_the_state_lacks_is_unknown_as_soon_as_the_record_shows_one():
    """Judged in the state as given, T5 would be no order at all, and `own_orders` would say nothing of it."""
    broken, differ = judged(FOUND, agreed("T5"), cancelled(T5))
    assert broken == {"own_orders": "unknown", "only_open_orders": "unknown"}
    assert differ == 1


def test_a_look_up_shows_what_was_so_before_it():
    assert judged(FOUND, looked(T5)) == ({"own_orders": "violated"}, 1)
    assert judged(FOUND, looked(T5), world=None) == ({"own_orders": "violated"}, 0)
    assert judged(FOUND, looked({**T5, "customer_id": "ada"})) == ({}, 1)


def test_what_was_judged_before_a_contradiction_came_up_is_judged_again():
    """T1 was cancelled as an open order. Then a look-up shows that it never was this order."""
    other = {**T1, "placed": "2024-01-01T00:00:00+00:00", "customer_id": "bo"}
    broken, differ = judged(FOUND, agreed("T1"), cancelled(T1), looked(other))
    assert broken["only_open_orders"] == "unknown"
    assert differ == 1


def test_the_end_is_not_known_where_the_state_was_contradicted():
    task = {"gold_actions": [{"name": "cancel_order", "arguments": {"order_id": "T1", "reason": "changed my mind"}}]}
    right = [m for part in (FOUND, agreed("T1"), cancelled(T1)) for m in part]
    assert DESK.verify(right, world=WORLD, task=task).outcome["state"] == "met"
    wrong = DESK.verify([*right, *looked(T1)], world=WORLD, task=task)
    assert (wrong.outcome["state"], wrong.score) == ("unknown", None)


def test_a_call_that_was_refused_though_it_could_not_be_says_that_the_state_is_another():
    refused = made("get_order", {"order_id": "T1"}, "Error: No such order", ok=False)
    broken, differ = judged(FOUND, refused, agreed("T1"), cancelled(T1))
    assert broken == {"own_orders": "unknown", "only_open_orders": "unknown"}
    assert differ == 1


@pytest.mark.parametrize(
    ("call", "differ"),
    [
        (looked({**T1, "colour": "green"}), 1),  # a field that nobody declared
        (made("get_order", {"order_id": "T9"}, "Error: not found", ok=False), 1),  # other words
        (looked(T1), 0),
    ],
)
def test_what_contradicts_nothing_leaves_the_state_as_it_was(call, differ):
    assert judged(FOUND, call, agreed("T1"), cancelled(T1)) == ({}, differ)


def test_arguments_that_nobody_can_read_are_no_arguments():
    """A call that went through in spite of them may have done anything that its tool does."""
    odd = made("cancel_order", "{order_id: T1", {**T1, "status": "cancelled"})
    report = DESK.verify([*FOUND, *agreed("T1"), *odd], world=WORLD)
    verdicts = {r["rule"]: r["verdict"] for r in report.rules}
    assert verdicts["own_orders"] == verdicts["only_open_orders"] == verdicts["reason_is_told"] == "unknown"


def test_a_field_that_a_result_leaves_out_is_not_denied():
    """An older tool may show less of a row; what it shows must be so, and what may be absent must not be there."""
    less = {name: value for name, value in T1.items() if name != "customer_id"}
    assert judged(FOUND, looked(less), agreed("T1"), cancelled(T1)) == ({}, 1)
    other = {**less, "status": "sent"}
    verdicts, _ = judged(FOUND, looked(other), agreed("T1"), cancelled(T1))
    assert verdicts["own_orders"] == verdicts["only_open_orders"] == "unknown"


def test_what_no_state_explains_tells_of_the_tool_and_not_of_the_state():
    """A cancelled order has the reason of the call in whatever world: a tool that shows another one works otherwise.
    What was known before it stays known; behind it, nobody knows more than it showed."""
    stubborn = made(
        "cancel_order", {"order_id": "T1", "reason": "changed my mind"}, {**T1, "status": "cancelled", "reason": "slow"}
    )
    assert judged(FOUND, agreed("T1"), stubborn) == ({}, 1)
    again, _ = judged(FOUND, agreed("T1"), stubborn, agreed("T1"), cancelled(T1))
    assert again == {"own_orders": "unknown", "only_open_orders": "violated"}


def test_what_a_state_could_explain_tells_of_the_state_whatever_else_differs():
    after = {**T1, "status": "cancelled", "reason": "slow", "customer_id": "bo"}
    other = made("cancel_order", {"order_id": "T1", "reason": "changed my mind"}, after)
    assert judged(FOUND, agreed("T1"), other) == ({"own_orders": "unknown", "only_open_orders": "unknown"}, 1)


ASKED = b"""domain opaque "Somebody else's"
read tool ask(about: text) -> json "Somebody else answers." touches nothing
"""


def test_a_look_up_that_shows_nothing_of_the_world_is_odd_all_the_same_if_nobody_can_read_it():
    desk = Desk(Compiler().compile([("opaque.cove", ASKED)], {}).spec)
    report = desk.verify(made("ask", "{not json", {"fine": True})).data
    assert [odd["problem"] for odd in report["odd_calls"]] == ["unreadable arguments"]
    assert desk.verify(made("ask", {"about": "tea"}, {"fine": True})).data["odd_calls"] == []
