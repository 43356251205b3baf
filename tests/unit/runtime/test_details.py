"""Which details of a call have to be listed: those that it changes, and that its tool knows."""

import json
from typing import Any

import pytest

from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.pipeline import Compiler
from cove_dsl.world.conversations import Record
from cove_dsl.world.program import program_of
from cove_dsl.world.verify import verify_record

SPEC = """domain rooms "Rooms that people have booked"
enum Bed { single, double, twin }
record Guest { first: text, last: text }
record Stay { stay_id: id, owner: id, bed: Bed, guests: list[Guest], floor: int }
record Owner { owner: id, floor: int }
table stays: Stay key stay_id
table owners: Owner key owner
read tool get_stay(stay_id: ref stays) -> Stay {
  let stay = stays[stay_id] else fail "no such stay"
  return stay
}
read tool get_owner(owner: ref owners) -> Owner {
  let found = owners[owner] else fail "nobody"
  return found
}
write tool change_stay(stay_id: ref stays, bed: Bed, guests: list[Guest]) -> Stay {
  let stay = stays[stay_id] else fail "no such stay"
  set stay.bed = bed
  set stay.guests = guests
  return stay
}
write tool book(owner: ref owners, bed: Bed, floor: int) -> text { return "booked" }
rule listed "List what is to change." {
  before call to { change_stay, book }
  require said: lists(earlier agent message, call)
}
rule reported "Say how it went." {
  after ok call to change_stay
  eventually agent message where mentions(it, "changed")
}
rule ends_politely "Part with good wishes." {
  at end
  when some earlier ok call to change_stay
  require wished: some (earlier agent message where mentions(it, "good night"))
}
"""

GUESTS = [{"first": "Ada", "last": "Moss"}, {"first": "Ben", "last": "Reed"}]
STAY = {"stay_id": "S10500", "owner": "ada_moss_12", "bed": "double", "guests": GUESTS, "floor": 3}
STATE = {"stays": {"S10500": STAY}, "owners": {"ada_moss_12": {"owner": "ada_moss_12", "floor": 7}}}
RENAMED = [{"first": "Ada", "last": "Moss"}, {"first": "Ben", "last": "Moss"}]


def turn(tool: str, arguments: dict[str, Any], result: Any) -> list[dict[str, Any]]:
    call = {"id": tool, "name": tool, "arguments": arguments, "requestor": "assistant"}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "id": tool, "content": json.dumps(result), "requestor": "assistant", "error": False},
    ]


def looked() -> list[dict[str, Any]]:
    return turn("get_stay", {"stay_id": "S10500"}, STAY)


def told(text: str) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": text}]


def verdicts(messages: list[dict[str, Any]], cut: bool = False) -> dict[str, str]:
    compiled = Compiler().compile([("rooms.cove", SPEC.encode())], {})
    assert compiled.spec is not None
    report = verify_conversation(program_of(compiled.spec), messages, STATE, cut=cut)
    return {r["rule"]: r["verdict"] for r in report["rules"]}


def change(guests: Any = RENAMED, bed: str = "double") -> list[dict[str, Any]]:
    after = {**STAY, "bed": bed, "guests": guests}
    return turn("change_stay", {"stay_id": "S10500", "bed": bed, "guests": guests}, after)


def test_what_stays_as_it_is_need_not_be_said():
    words = told("I make Ben's last name Moss in S10500. Shall I?")
    assert verdicts([*looked(), *words, *change()])["listed"] == "satisfied"


def test_what_the_agent_has_not_seen_counts_as_a_change():
    words = told("I make Ben's last name Moss in S10500. Shall I?")
    assert verdicts([*words, *change()])["listed"] == "violated"


def test_what_changes_must_be_said():
    words = told("I make Ben's last name Moss in S10500. Shall I?")
    assert verdicts([*looked(), *words, *change(bed="twin")])["listed"] == "violated"


def test_what_the_tool_does_not_know_is_no_detail():
    words = told("I make Ben's last name Moss in S10500. Shall I?")
    more = [{**guest, "price": 145} for guest in RENAMED]
    assert verdicts([*looked(), *words, *change(more)])["listed"] == "satisfied"


def test_a_row_that_is_only_pointed_to_lends_nothing():
    seen = [*turn("get_owner", {"owner": "ada_moss_12"}, STATE["owners"]["ada_moss_12"]), *looked()]
    new = {"owner": "ada_moss_12", "bed": "double", "floor": 3}
    words = told("A new stay for ada_moss_12 on floor 3?")
    assert verdicts([*seen, *words, *turn("book", new, "booked")])["listed"] == "violated"


def test_nobody_is_accused_of_what_was_still_to_come():
    ended = change()
    assert verdicts(ended, cut=True)["reported"] == "unknown"
    assert verdicts(ended, cut=True)["ends_politely"] == "unknown"
    assert verdicts(ended)["reported"] == "violated"


def test_a_conversation_that_ends_with_words_is_judged_to_its_end():
    ended = change()
    assert verdicts([*ended, *told("It is changed.")], cut=True)["reported"] == "satisfied"
    assert verdicts([*ended, *told("Anything else?")], cut=True)["reported"] == "violated"
    assert verdicts([*ended, *told("Anything else?")], cut=True)["ends_politely"] == "violated"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"bench": "tau2", "termination": "max_steps"}, "unknown"),
        ({"bench": "tau2", "termination": "user_stop"}, "violated"),
        ({"bench": "tau1"}, "unknown"),
        ({}, "violated"),
    ],
)
def test_which_records_broke_off(record: dict[str, Any], expected: str):
    compiled = Compiler().compile([("rooms.cove", SPEC.encode())], {})
    assert compiled.spec is not None
    program = program_of(compiled.spec)
    row = verify_record(program, open_world(program, STATE), Record("one", change(), **record))
    assert {r["rule"]: r["verdict"] for r in row["rules"]}["reported"] == expected
