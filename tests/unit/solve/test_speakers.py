"""Who speaks, in small worlds: a user states no other's key, and says one thing about equal values."""

import pytest

from cove_dsl.backends.smt.bounded.language import STATED
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.looked import Looked
from cove_dsl.solve.scenarios import ask_scenario

DESK = """domain shop "A shop"
record User  { user_id: id, name: text }
record Order { order_id: id, user_id: ref users, total: money where it > $0, closed: bool }
table users: User key user_id
table orders: Order key order_id
write tool close(order_id: ref orders) -> text "Closes." {
  let order = orders[order_id] else fail "no order"
  require not order.closed else fail "closed"
  set order.closed = true
  return "done"
}
define ids -> list[id] = [lower(c) for m in earlier user message for c in claims(m) where users[lower(c)] is present]
rule given "Act for a user who has given the id." {
  before call to close
  let order = orders[call.order_id] else skip
  require told: order.user_id in ids
}
"""


def answer(text: str):
    compiled = Compiler().compile([("t.cove", (DESK + text).encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return ask_scenario(compiled.spec, compiled.spec.scenarios["s"])


@pytest.mark.parametrize(("knows", "status"), [("  knows user.user_id\n", "unknown"), ("", "sat")])
def test_nobody_gives_anothers_key(knows, status):
    """Where the scenario says that the caller knows an own key, a friend's order cannot be closed by naming the friend;
    where it says nothing of who calls, it can."""
    found = answer(f"""scenario s "…" {{
  pick user   from users
  pick friend from users where .user_id != user.user_id
  pick order  from orders where .user_id == friend.user_id and not .closed
  expect refusal by given
  goal close(order.order_id)
{knows}}}
""")
    assert found.status == status
    assert found.expected is (status == "unknown")
    assert found.refusal.story is not None
    assert found.looked == (Looked((("close",),), ((3, 3),), (STATED,)) if status == "unknown" else None)


def test_an_own_key_is_given():
    found = answer("""scenario s "…" {
  pick user  from users
  pick order from orders where .user_id == user.user_id and not .closed
  goal close(order.order_id)
  knows user.user_id
}
""")
    assert found.status == "sat"
    assert found.story.bindings["user"]["user_id"] in {t for s in found.story.said for t in s.texts}


def test_of_equal_amounts_the_same_is_said():
    """The price is said and the total is not; that they are equal cannot be."""
    rule = """rule priced "Say the total, not the price." {{
  before call to close
  let order = orders[call.order_id] else skip
  let answer = last(earlier user message) else fail "nothing was said"
  require total: says_amount(answer, order.total)
  require other: not says_amount(answer, order.total {0} $0)
}}
"""
    scenario = """scenario s "…" {
  pick user  from users
  pick order from orders where .user_id == user.user_id and not .closed
  goal close(order.order_id)
  knows user.user_id
}
"""
    assert answer(rule.format("*").replace("* $0", "* 2") + scenario).status == "sat"
    found = answer(rule.format("+") + scenario)
    assert found.status == "unsat"
    assert {c.by for c in found.core if c.by} == {"priced.total", "priced.other"}
