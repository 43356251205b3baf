"""What `covec check` says of fields that a rule decides by and nobody shows."""

import pytest

from cove_dsl.pipeline import Compiler
from cove_dsl.solve.unseen import out_of_sight

DESK = """domain shop
record Person { person_id: id, email: email, owes: money, limit: money }
record Order { order_id: id, person_id: ref persons, parts: int, fee: money, paid: bool }
table persons: Person key person_id
table orders: Order key order_id
write tool add(order_id: ref orders, parts: int) -> Order {
  let o = orders[order_id] else fail "No"
  let p = persons[o.person_id] else fail "No"
  increase o.parts by parts
  increase p.owes by $2 * parts
  return o
}
"""
LOOK = 'read tool look(order_id: ref orders) -> Order { let o = orders[order_id] else fail "No"  return o }\n'
BEGIN = """rule dues "Not while dues are open." {
  before call to add
  let o = orders[call.order_id] else skip
  let p = persons[o.person_id] else skip
"""
DUES = BEGIN + "  require paid: p.owes < $50\n}\n"
SUMS = 'invariant sums "Sums." = every(p.owes ? p.limit for p in persons)'
SEEN, OWES = "", "`dues` decides by `persons.owes`, and no tool's result shows it"
SCENARIO = """scenario s "Somebody comes." {
  pick o from orders
  pick p from persons where .person_id == o.person_id
  goal add(o.order_id, 1)
"""


def told(tool: str) -> str:
    return LOOK + tool + "\n" + DUES


FIELDS = {
    "nothing shows it": (LOOK + DUES, OWES),
    "a name stands for it": (LOOK + BEGIN + "  let owed = p.owes\n  require paid: owed < $50\n}", OWES),
    "a definition reads it": (
        LOOK + BEGIN + "  require paid: free(p)\n}\ndefine free(p: Person) -> bool = p.owes < $50", OWES,
    ),
    "it is counted in a table": (
        LOOK + 'rule dues "Few." { before call to add  require few: count(persons where .owes > $50) < 3 }', OWES,
    ),
    "two rules read it": (LOOK + DUES + DUES.replace("rule dues", "rule again"), OWES),
    "a rule that only warns": (LOOK + DUES.replace('open." {', 'open." warning {'), SEEN),
    "it only says when the rule applies": (LOOK + BEGIN + "  when p.owes > $50\n  require few: o.parts < 3\n}", SEEN),
    "what is shown is all it takes": (LOOK + BEGIN + "  require unpaid: not o.paid\n}", SEEN),
    "a key leads to the next row": (LOOK + BEGIN + "  require own: o.person_id == p.person_id\n}", SEEN),
    "a list of rows holds it": (told("read tool everybody() -> list[Person] { return persons }"), SEEN),
    "a row without a type holds it": (told("read tool everybody() -> json { return persons }"), SEEN),
    "a tool tells it": (told(
        'read tool owed(person_id: ref persons) -> money { let p = persons[person_id] else fail "No"  return p.owes }'
    ), SEEN),
    "a tool tells of it in words": (told(
        'read tool owed(person_id: ref persons) -> text '
        '{ let p = persons[person_id] else fail "No"  return "{p.owes}" }'
    ), SEEN),
    "a row stands in a text": (told(
        'read tool who(person_id: ref persons) -> text '
        '{ let p = persons[person_id] else fail "No"  return "It is {p}." }'
    ), SEEN),
    "a map holds it": (told(
        'read tool who(person_id: ref persons) -> map[text, Person] '
        '{ let p = persons[person_id] else fail "No"  return {"who": p} }'
    ), SEEN),
    "an agent gives it itself": (told('write tool note(who: Person) -> text { return "Done" }'), SEEN),
    "what follows by itself reads it": (told(
        "state desk: Desk\nrecord Desk { open: money }\n"
        "sync { set desk.open = sum(persons.owes) }"), SEEN),
    "a key of others": (
        (LOOK + BEGIN + '  require mine: p.card == "c1"\n}', DESK.replace("limit: ", "card: id, limit: ")), SEEN,
    ),
    "a tool tells something else of its row": (told(
        'read tool mail(person_id: ref persons) -> email { let p = persons[person_id] else fail "No"  return p.email }'
    ), OWES),
    "a tool checks it": (
        (LOOK + DUES, DESK.replace("  increase o", '  require p.owes < $50 else fail "Dues"\n  increase o')), SEEN,
    ),
    "a change of another field reads it": (
        (LOOK + DUES, DESK.replace("  return o\n", "  set o.fee = p.owes\n  return o\n")), SEEN,
    ),
    "a user knows it": (LOOK + DUES + SCENARIO + '  knows p.owes "what you owe"\n}', SEEN),
    "a user knows something else": (LOOK + DUES + SCENARIO + '  knows p.email "your email"\n}', OWES),
    "rows are described by it": (LOOK + DUES + "describe persons by owes", SEEN),
    "an invariant says what it is": (LOOK + DUES + SUMS.replace("?", "=="), SEEN),
    "an invariant bounds it": (LOOK + DUES + SUMS.replace("?", "<="), OWES),
    "nothing can be looked up": (DUES, SEEN),
    "a tool that nobody wrote": (told("read tool history(email: email) -> text touches nothing"), SEEN),
    "a tool that nobody wrote, of rows": (told("read tool newest() -> Order touches nothing"), OWES),
    "a tool that nobody wrote, of many rows": (told("read tool all() -> list[Order] touches nothing"), OWES),
    "a row holds a row that holds it": (
        told("record Firm { head: Person }\nread tool firm() -> Firm? { return absent }"), SEEN,
    ),
    "what is looked back at": (LOOK + DUES.replace("before call to add", "after ok call to add"), SEEN),
    "an agent's words": (
        LOOK + 'rule dues "Say so." { before agent message  require none: no (persons where .owes > $50) }', OWES,
    ),
    "a user's own call": (
        LOOK + DUES.replace("to add", "to wave")
        + 'user tool wave(order_id: ref orders) -> text { return "Done" }', SEEN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_a_rule_decides_by(name):
    text, said = FIELDS[name]
    desk, text = (text[1], text[0]) if isinstance(text, tuple) else (DESK, text)
    compiled = Compiler().compile([("shop.cove", (desk + text).encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    assert [p.message for p in out_of_sight(compiled.spec)] == ([said] if said else [])
