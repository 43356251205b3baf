"""A small desk, a world for it, and conversations to judge."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler, compile_path

DESK = """
domain desk "A desk for tickets"
clock 2024-05-15T15:00:00-05:00

enum Status { fresh, closed = "closed for good" }
variant Contact by kind { mail { address: text }, phone { number: text } }
record Note { text: text }
record Ticket {
  ticket_id: id, status: Status, owner: text?, notes: list[Note], tags: list[text], amount: money, due: date,
  contacts: map[id, Contact],
}
record Counter { calls: int, log: list[text] }
table tickets: Ticket key ticket_id
state counter: Counter

read tool look(ticket_id: ref tickets) -> Ticket "Shows a ticket."
{
  let ticket = tickets[ticket_id] else fail "no ticket {ticket_id}"
  return ticket
}
write tool close(ticket_id: ref tickets, reason: text?) -> text "Closes a ticket."
{
  let ticket = tickets[ticket_id] else fail "no ticket {ticket_id}"
  require ticket.status == fresh else fail "already closed"
  set ticket.status = closed
  return "closed"
}
write tool pay(ticket_id: ref tickets, amounts: list[money]) -> money "Takes amounts off, until they are too much."
{
  let ticket = tickets[ticket_id] else fail "no ticket {ticket_id}"
  for amount in amounts {
    insert Note(text: "paid {amount}") into ticket.notes
    decrease ticket.amount by amount
    require ticket.amount >= $0 else fail "too much"
  }
  return ticket.amount
}
write tool open(ticket_id: id, copy_of: ref tickets) -> Ticket "A copy of a ticket."
{
  let old = tickets[copy_of] else fail "no ticket {copy_of}"
  insert Ticket(ticket_id: ticket_id, status: old.status, notes: old.notes, tags: old.tags, amount: old.amount,
                due: old.due, contacts: old.contacts) into tickets
  let new = tickets[ticket_id] else fail "not there"
  insert Note(text: "copied") into new.notes
  return new
}
write tool archive(ticket_id: id) "Nobody knows what it does." touches tickets
tool greet(name: text) -> text "Says hello." { return "hello {name}" }

sync { increase counter.calls by 1 }
"""


@define
class Said:
    role: str
    text: str
    position: int
    kind: str = "message"


@define
class Called:
    tool: str
    arguments: dict[str, Any]
    ok: bool | None
    result: Any
    position: int
    role: str = "agent"
    kind: str = "call"

    @property
    def malformed(self) -> bool:
        return False

    @property
    def result_text(self) -> str:
        return str(self.result)


@define
class Stepped:
    role: str
    text: str | None
    calls: list[Called]
    position: int


@define
class Talk:
    """A conversation being written down."""

    events: list[Any] = field(factory=list)
    steps: list[Stepped] = field(factory=list)

    def says(self, role: str, text: str, *calls: tuple[str, dict[str, Any], bool | None, Any]) -> "Talk":
        return self._step(role, text, calls)

    def calls(self, *calls: tuple[str, dict[str, Any], bool | None, Any]) -> "Talk":
        return self._step("agent", None, calls)

    def _step(self, role: str, text: str | None, calls: Any) -> "Talk":
        start = len(self.events)
        if text is not None:
            self.events.append(Said(role, text, start))
        made = [Called(*call, len(self.events) + i, role) for i, call in enumerate(calls)]
        self.events += made
        self.steps.append(Stepped(role, text, made, start))
        return self


def ticket(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "ticket_id": key,
        "status": "fresh",
        "notes": [],
        "tags": ["a", "b"],
        "amount": Decimal("10.00"),
        "due": "2024-05-20",
        "contacts": {"c1": {"kind": "mail", "address": "m@example.com"}},
        **changes,
    }


def compiled(text: str) -> Spec:
    found = Compiler().compile([("desk.cove", text.encode())], {})
    assert not found.errors, [p.message for p in found.errors]
    assert found.spec is not None
    return found.spec


@pytest.fixture(scope="session")
def desk():
    """Compiles the desk with more declarations."""
    return lambda more="": compiled(DESK + more)


@pytest.fixture
def state():
    return {
        "tickets": {"T1": ticket("T1"), "T2": ticket("T2", status="closed for good", amount=Decimal(3))},
        "counter": {"calls": 0, "log": []},
    }


@pytest.fixture
def world(state):
    return lambda spec, unknown=False, **tables: MemoryWorld(spec, {**state, **tables}, unknown)


@pytest.fixture
def talk():
    return Talk


@pytest.fixture(scope="session")
def retail():
    found = compile_path(Path(__file__).parents[3] / "specs" / "retail")
    assert found.spec is not None, [p.message for p in found.errors]
    return found.spec
