"""A small desk for the solver's questions, and its parts put together by hand."""

from collections.abc import Callable

import pytest

from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler
from cove_dsl.world.load import load_spec

DESK = """domain shop "A shop"
clock 2024-05-15T15:00:00-05:00
enum Status { open, sent, closed }
record User  { user_id: id, email: email, limit: money where it >= $0 }
record Line  { thing: text, price: money where it > $0 }
record Order { order_id: id, user_id: ref users, status: Status, placed: datetime, lines: list[Line], note: text? }
table users: User key user_id
table orders: Order key order_id
invariant has_lines "An open order is about something." =
  every(count(o.lines) >= 1 for o in orders where o.status == open)
define total(order: Order) -> money = sum(order.lines.price)
read tool find_user(email: email) -> ref users "Finds." {
  let user = first(users where same_text(.email, email)) else fail "nobody"
  return user.user_id
}
read tool get_order(order_id: ref orders) -> Order "Shows." { let o = orders[order_id] else fail "no order"  return o }
write tool close(order_id: ref orders) -> Order "Closes." {
  let order = orders[order_id]  else fail "no order"
  require order.status == open  else fail "not open"
  set order.status = closed
  return order
}
write tool note(order_id: ref orders, words: text) -> text "Notes." {
  let order = orders[order_id]  else fail "no order"
  set order.note = words
  return "noted"
}
define the_user -> id? = first((earlier ok call to find_user).result)
rule identified "First of all, find the user." {
  before call except { find_user }
  require found: some earlier ok call to find_user
}
rule own "Only the user's own orders." presupposes identified {
  before call taking order_id
  let user = the_user else skip
  let order = orders[call.order_id] else skip
  require owner: order.user_id == user
}
"""


@pytest.fixture
def desk() -> Callable[[str], Spec]:
    """The small desk with more declarations."""

    def made(text: str = "") -> Spec:
        compiled = Compiler().compile([("t.cove", (DESK + text).encode())], {})
        assert compiled.spec is not None, [p.message for p in compiled.problems]
        return compiled.spec

    return made


@pytest.fixture(scope="session")
def retail() -> Spec:
    return load_spec("retail")
