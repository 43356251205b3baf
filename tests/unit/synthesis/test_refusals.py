"""Nobody is refused over a figure or a day that nobody has said."""

import re
from pathlib import Path
from typing import Any

import pytest

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World, load

TEXT = """domain store "A store"
clock 2026-05-04T09:00:00+02:00
record Tenant { tenant_id: id, email: email, locked: bool }
table tenants: Tenant key tenant_id
read tool find_tenant(email: email) -> Tenant "Finds a tenant." {
  let t = first(tenants where same_text(.email, email)) else fail "no such tenant"
  return t
}
write tool credit(tenant_id: ref tenants, amount: money, day: date) -> text "Credits an amount from a day on." {
  let t = tenants[tenant_id] else fail "no such tenant"
  set t.locked = false
  return "Done"
}
rule limits "Credit little, and soon." {
  before call to credit
  require little: call.amount <= $50 because "It is at most $50."
}
rule soon "Credit soon." {
  before call to credit
  require soon: call.day <= date_of(clock) + 20 days because "It has to be within twenty days."
}
rule locked_out "Credit nobody who is locked out." {
  before call to credit
  let tenant = tenants[call.tenant_id] else skip
  require open: not tenant.locked because "You are locked out."
}
scenario wants "Somebody wants money back." {
  pick tenant from tenants where .locked == LOCKED
  pick amount from [AMOUNT]
  pick ahead from [AHEAD]
  let day = date_of(clock) + ahead * 1 day
  expect refusal by RULE
  goal credit(tenant.tenant_id, amount, day) "get money back"
  otherwise nothing
  knows tenant.email, KNOWS
}
"""
STATE = {
    "tenants": {
        "T1": {"tenant_id": "T1", "email": "ada@example.com", "locked": False},
        "T2": {"tenant_id": "T2", "email": "ben@example.com", "locked": True},
    }
}
PLAIN = 'amount "how much you want", day "from which day on"'
SENTENCES = '"I want {dollars(amount)} back." "how much you want", day "from which day on"'
TOO_MUCH = {"RULE": "limits.little", "AMOUNT": "$61", "AHEAD": "3", "LOCKED": "false"}
TOO_LATE = {"RULE": "soon.soon", "AMOUNT": "$12", "AHEAD": "30", "LOCKED": "false"}
LOCKED_OUT = {"RULE": "locked_out.open", "AMOUNT": "$12", "AHEAD": "3", "LOCKED": "true"}


def turns(folder: Path, holes: dict[str, str], knows: str, text: str = TEXT) -> list[list[dict[str, Any]]]:
    for name, filling in {**holes, "KNOWS": knows}.items():
        text = text.replace(name, filling, 1)
    (folder / "store.cove").write_text(text, encoding="utf-8")
    desk = load(str(folder / "store.cove"))
    world = World.from_dict(STATE, desk)
    sampler = Sampler(desk, world, 0)
    held = []
    for index in range(3):
        task = sampler.task(index)
        agent = ScriptedAgent(task, desk, world, sampler.shape)
        messages = hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(world)).messages
        assert desk.verify(messages, world, {"cove": task.cove_object()}).score == 1, messages
        held.append(messages)
    return held


def said(messages: list[dict[str, Any]], role: str) -> str:
    return " ".join(m["content"] or "" for m in messages if m["role"] == role)


@pytest.mark.parametrize("knows", [PLAIN, SENTENCES])
@pytest.mark.parametrize(("holes", "figure"), [(TOO_MUCH, r"\$61"), (TOO_LATE, r"3 June")])
def test_what_a_refusal_hangs_on_is_asked_first(tmp_path, holes, knows, figure):
    for messages in turns(tmp_path, holes, knows):
        assert re.search(figure, said(messages, "user")), messages


def test_what_a_refusal_does_not_hang_on_is_not_asked(tmp_path):
    for messages in turns(tmp_path, LOCKED_OUT, PLAIN):
        assert "how much" not in said(messages, "assistant")
        assert "$12" not in said(messages, "user")


REASONS = (
    TEXT.replace("day: date)", "day: date, why: Why)")
    .replace("amount, day)", "amount, day, why)")
    .replace("  expect refusal", "  pick why from [sorry]\n  expect refusal")
    + """
enum Why { sorry, wrong_bill }
fact said_why: Why "why the tenant wants money back" from user version 1 {
  when mentions(it, {"a present"}) then sorry
  when mentions(it, {"wrong bill"}) then wrong_bill
}
rule told "The tenant says why." { before call to credit  require told: call.why == stated.said_why }
rule bills "Credit wrong bills alone." {
  before call to credit
  require bill: call.why == wrong_bill and stated.said_why == wrong_bill
}
"""
)


@pytest.mark.parametrize(("rule", "is_asked"), [("soon.soon", False), ("bills.bill", True)])
def test_a_reason_is_asked_only_where_the_refusal_hangs_on_it(tmp_path, rule, is_asked):
    for messages in turns(tmp_path, {**TOO_LATE, "RULE": rule}, f'{PLAIN}, why "why"', REASONS):
        assert ("wrong bill" in said(messages, "assistant")) == is_asked, messages


def test_an_order_to_the_clerk_is_no_reason_for_the_customer(tmp_path):
    text = TEXT.replace(' because "It is at most $50."', "").replace("Credit little, and soon.", "Check what is owed.")
    for messages in turns(tmp_path, TOO_MUCH, PLAIN, text):
        assert "Check what is owed" not in said(messages, "assistant")
        assert all("  " not in (m["content"] or "") for m in messages), messages
