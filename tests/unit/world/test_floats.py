"""Tasks and arguments as `json.loads` gives them: a float stands for the decimal that it prints as."""

import json
import math
from decimal import Decimal
from typing import Any

import cove_dsl as cove
from cove_dsl.pipeline import Compiler
from cove_dsl.world.desk import Desk

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
