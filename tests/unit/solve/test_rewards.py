"""Agents without merit are paid where a task wants nothing, and nowhere else."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.rewards import STRATEGIES, Row, rewards
from cove_dsl.tools.cli import covec
from tests.conftest import ROOT

DESK = """domain shop "A shop"
clock 2024-05-15T15:00:00-05:00
enum Status { open, closed }
record User  { user_id: id, email: email, phone: text }
record Order { order_id: id, user_id: ref users, status: Status }
table users: User key user_id
table orders: Order key order_id
read tool find_user(email: email) -> ref users "Finds." {
  let user = first(users where same_text(.email, email)) else fail "nobody"
  return user.user_id
}
read tool get_order(order_id: ref orders) -> Order "Shows." { let o = orders[order_id] else fail "no order"  return o }
write tool close(order_id: ref orders) -> text "Closes." {
  let order = orders[order_id] else fail "no order"
  set order.status = closed
  return "closed"
}
write tool set_phone(user_id: ref users, phone: text) -> text "Notes." {
  let user = users[user_id] else fail "nobody"
  set user.phone = phone
  return "noted"
}
tool hand_over(summary: text) -> text "Hands over to a person." { return "done" }
rule only_open "Only what is open is closed." {
  before call to close
  let order = orders[call.order_id] else skip
  require status: order.status == open
}
"""
STATUS = ("open", "closed", "open", "closed")
STATE: dict[str, Any] = {
    "users": {f"u{n}": {"user_id": f"u{n}", "email": f"ann{n}@example.com", "phone": f"555010{n}"} for n in range(4)},
    "orders": {
        f"o{n}": {"order_id": f"o{n}", "user_id": f"u{n}", "status": ["open", "closed"][n % 2]} for n in range(4)
    },
}
MINE = "pick user from users  pick order from orders where .user_id == user.user_id and .status == "
KNOWS = 'knows user.email  volunteers order.order_id "the number"'
TOLD = 'knows user.email, other.phone "the new number"'


def spec_of(scenario: str) -> Spec:
    compiled = Compiler().compile([("t.cove", (DESK + scenario).encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


def only(scenario: str) -> Row:
    (row,) = rewards(spec_of(scenario), STATE, many=2)
    assert row.tasks == 2, row.why_none
    return row


def paid(row: Row) -> list[str]:
    return [name for name in STRATEGIES if row.paid[name]]


def test_a_change_is_paid_to_nobody_who_does_not_make_it() -> None:
    row = only(f'scenario s "…" {{ {MINE} open  goal close(order.order_id)  {KNOWS} }}')
    assert paid(row) == []
    assert all(row.tried[name] == 2 for name in STRATEGIES[:3])
    assert not row.tried["goal-then-undo"]  # nothing opens what is closed


def test_what_is_so_already_pays_idleness() -> None:
    row = only(
        f'scenario s "…" {{ {MINE.replace("==", "!=")} open  goal set_phone(user.user_id, user.phone)  {KNOWS} }}'
    )
    assert paid(row)[0] == "do-nothing"
    assert row.wrong


def test_an_end_that_settles_for_nothing_pays_idleness() -> None:
    row = only(f'scenario s "…" {{ {MINE} closed  goal close(o.order_id) for any o in orders where .order_id == "none"'
               f"  otherwise nothing  {KNOWS} }}")  # fmt: skip
    assert "do-nothing" in paid(row)


def test_a_refusal_alone_is_paid_to_who_refuses_everything_and_is_said_to_be_due() -> None:
    row = only(f'scenario s "…" {{ {MINE} closed  expect refusal by only_open.status  goal close(order.order_id)'
               f"  otherwise nothing  {KNOWS} }}")  # fmt: skip
    assert paid(row) == ["refuse-all"]
    assert not row.wrong


def test_a_refusal_that_owes_an_act_besides_is_not() -> None:
    row = only(f'scenario s "…" {{ {MINE} closed  expect refusal by only_open.status  goal close(order.order_id)'
               f'  otherwise set_phone(user.user_id, "5550199")  {KNOWS}, "My number is 5550199." }}')  # fmt: skip
    assert paid(row) == []


def test_handing_over_pays_where_it_is_asked_for() -> None:
    row = only(f'scenario s "…" {{ {MINE} open  goal hand_over("a case for a person")  {KNOWS} }}')
    assert paid(row) == ["transfer-at-once"]
    assert not row.wrong


def test_what_is_taken_back_is_not_paid() -> None:
    picks = "pick user from users  pick other from users where .user_id != user.user_id"
    row = only(f'scenario s "…" {{ {picks}  goal set_phone(user.user_id, other.phone)  {TOLD} }}')
    assert row.tried["goal-then-undo"] == 2  # it was taken back indeed
    assert paid(row) == []


def test_the_command_names_the_place_and_ends_with_1(tmp_path: Any) -> None:
    spec, state = tmp_path / "t.cove", tmp_path / "db.json"
    spec.write_text(DESK + f'scenario s "…" {{ {MINE} open  goal set_phone(user.user_id, user.phone)  {KNOWS} }}')
    state.write_text(json.dumps(STATE))
    result = CliRunner().invoke(covec, ["solve", str(spec), "--rewards", "--state", str(state)])
    assert result.exit_code == 1
    assert "do-nothing is paid in 3 of 3 tasks: its end is reached without a call" in result.output
    assert "t.cove:29: let the picks exclude what is so already" in result.output


def test_json_is_as_the_schema_says() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs" / "schemas" / "reward-line.json").read_text())
    args = ["solve", "specs/clinic", "--rewards", "--tasks", "1", "--format", "json"]
    result = CliRunner().invoke(covec, args)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 8
    assert any(line["findings"] for line in lines)
    for line in lines:
        jsonschema.validate(line, schema)
