"""Tasks and arguments as `json.loads` gives them: a float stands for the decimal that it prints as."""

import json
import math
from decimal import Decimal
from typing import Any

import pytest

import cove_dsl as cove
from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.pipeline import Compiler
from cove_dsl.world.desk import Desk
from tests.conftest import ROOT

SHOP = """domain shop "A shop."
record Order { order_id: id, owed: money where it >= $0 }
table orders: Order key order_id
write tool pay(order_id: ref orders, amount: money "How much.") -> Order "Takes a payment." {
  let order = orders[order_id]  else fail "no order"
  require amount <= order.owed  else fail "too much"
  decrease order.owed by amount
  return order
}
"""
ROW = """{"messages": [
  {"role": "user", "content": "I pay."},
  {"role": "assistant", "content": null, "tool_calls": [
    {"id": "a", "type": "function", "function": {"name": "pay", "arguments": {"order_id": "o", "amount": 13.05}}}]},
  {"role": "tool", "tool_call_id": "a", "content": "{\\"order_id\\": \\"o\\", \\"owed\\": 0.00}"},
  {"role": "assistant", "content": "Done."}],
  "cove": {"accept": [[{"name": "pay", "arguments": {"order_id": "o", "amount": 13.05}}]]}}"""


def shop() -> tuple[Desk, Any]:
    compiled = Compiler().compile([("t.cove", SHOP.encode())], {})
    assert compiled.spec is not None, compiled.problems
    desk = Desk(compiled.spec)
    return desk, cove.World.from_dict({"orders": {"o": {"order_id": "o", "owed": 13.05}}}, desk)


def test_a_task_that_was_read_with_floats_is_met() -> None:
    desk, world = shop()
    exact, plain = json.loads(ROW, parse_float=Decimal), json.loads(ROW)
    for task in (exact, plain):
        report = desk.verify(plain["messages"], world=world, task=task)
        assert (report.verdict, report.score) == ("satisfied", 1), report.data


def test_a_sandbox_takes_floats() -> None:
    desk, world = shop()
    sandbox = desk.sandbox(world)
    assert sandbox.call("pay", {"order_id": "o", "amount": 13.0}).ok
    assert sandbox.call("pay", {"order_id": "o", "amount": 0.1}).value == "too much"
    assert sandbox.call("pay", {"order_id": "o", "amount": 0.05}).ok
    assert not sandbox.call("pay", {"order_id": "o", "amount": math.nan}).ok


def nested(levels: int) -> list[object]:
    found: list[object] = []
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("odd", "why"), [(nested(5_000), "nested deeper"), ({1: 2}, "a key is not a text"), (float("inf"), "`inf`")]
)
def test_what_no_json_can_be_is_refused_wherever_it_stands(odd, why):
    desk = cove.load(str(ROOT / "docs/examples/tea.cove"))
    state = json.loads((ROOT / "docs/examples/shop.json").read_text())
    with pytest.raises(cove.StateError, match=why):
        cove.World.from_dict({**state, "orders": {"T1": odd}}, desk)
    said = [{"role": "user", "content": "Hello"}]
    call = {"name": "cancel_order", "arguments": {"order_id": odd}}
    assert verify_conversation(desk.program, said, {**state, "orders": odd})["error"].count(why) == 1
    assert why in verify_conversation(desk.program, said, state, start=[["/orders/T1/status", odd]])["error"]
    assert "wrong shape" in verify_conversation(desk.program, said, state, {"cove": {"accept": [[call]]}})["error"]
    assert why in str(desk.sandbox(cove.World.from_dict(state, desk)).call("cancel_order", call["arguments"]).value)
