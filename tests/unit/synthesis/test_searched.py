"""Nobody looks for what nobody has named, or names the wrong one: a boarding house, with pets in their owners' rows."""

from typing import Any

import pytest

from cove_dsl.backends.prompt.user import render_template
from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World, load

TEXT = """domain house "A boarding house"
clock 2026-11-20T10:00:00+00:00
enum Kind { kennel, suite, cattery }
record Pet { pet_id: id, name: text }
record Owner { owner_id: id, name: text, email: email, pets: map[id, Pet] }
record Room { room_id: id, kind: Kind, nightly: money, taken_by: text? }
record FreeRoom { room_id: ref rooms, price: money }
table owners: Owner key owner_id
table rooms: Room key room_id
read tool find_owner(email: email) -> Owner "Finds." {
  let owner = first(owners where same_text(.email, email)) else fail "nobody"
  return owner
}
read tool free_rooms(kind: Kind) -> list[FreeRoom] "Rooms of a kind." {
  return [FreeRoom(room_id: r.room_id, price: r.nightly) for r in rooms where r.kind == kind]
}
write tool book(room_id: ref rooms, pets: list[id], day: date) -> text "Books a room." {
  let room = rooms[room_id] else fail "no room"
  set room.taken_by = pets[0]
  return "booked"
}
rule explicit_yes "List it, and wait for a yes." {
  before call to writes
  let answer   = last(earlier user message)  else fail "nobody was asked"
  let proposal = earlier agent message before answer
  require listed: lists(proposal, call)
  require yes: affirms(answer)
}
scenario stay "A holiday." {
  pick owner from owners
  pick pet   from values(owner.pets)
  pick room  from rooms
  let day = date_of(clock) + 3 days
  goal book(r.room_id, [pet.pet_id], day) for any r in rooms when r.kind == room.kind "book a room for {pet.name}"
  knows owner.email, room.kind "the kind of room", pet.name, day "the day"
}
"""
STATE = {
    "owners": {
        "O1": {
            "owner_id": "O1", "name": "Jessica Bond", "email": "jessica@example.com",
            "pets": {"P7": {"pet_id": "P7", "name": "Poppy"}},
        }
    },
    "rooms": {
        f"R{n}": {"room_id": f"R{n}", "kind": kind, "nightly": 40 + n, "taken_by": None}
        for n, kind in enumerate(("kennel", "kennel", "suite", "cattery"))
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    file = tmp_path_factory.mktemp("house") / "house.cove"
    file.write_text(TEXT, encoding="utf-8")
    return load(str(file))


@pytest.fixture(scope="module")
def held(desk) -> list[tuple[Any, list[dict[str, Any]], Any]]:
    """Tasks with their dialogues and reports."""
    world = World.from_dict(STATE, desk)
    sampler = Sampler(desk, world, 3)
    found = []
    for task in map(sampler.task, range(12)):
        agent, user = ScriptedAgent(task, desk, world, sampler.shape), ScriptedUser(task, desk.spec)
        messages = hold_now(user, agent, desk.sandbox(world)).messages
        found.append((task, messages, desk.verify(messages, world, {"cove": task.cove_object()})))
    return found


def said(messages, role):
    return [m["content"] for m in messages if m["role"] == role and m.get("content")]


def test_every_dialogue_is_right(held):
    assert [report.data["score"] for _, _, report in held] == [1] * len(held)


def test_a_kind_that_is_searched_for_is_asked_for_first(held):
    for _, messages, _ in held:
        calls = [(n, c["function"]) for n, m in enumerate(messages) for c in m.get("tool_calls") or ()]
        at, kind = next((n, f["arguments"]) for n, f in calls if f["name"] == "free_rooms")
        before = " ".join(said(messages[:at], "user")).lower()
        assert any(k in before and k in str(kind) for k in ("kennel", "suite", "cattery"))


def test_a_thing_is_told_by_its_own_name_and_not_by_an_amount(held):
    for _, messages, _ in held:
        (listed,) = (text for text in said(messages, "assistant") if "- " in text)
        assert "Poppy" in listed
        assert "Jessica" not in listed
        assert "Room: R" in listed


def test_a_name_that_the_wish_holds_is_not_told_again(held):
    for _, messages, _ in held:
        assert sum("Poppy" in text for text in said(messages, "user")) == 1


def test_what_the_agent_is_to_choose_is_no_condition_of_the_wish(desk):
    text = render_template(desk.spec.scenarios["stay"], desk.spec)
    assert "Book a room for" in text
    assert "If " not in text.partition("## How to talk")[0]


LISTED = """domain house "A boarding house"
clock 2026-11-20T10:00:00+00:00
record Owner { owner_id: id, email: email }
record Stay { stay_id: id, owner_id: ref owners, check_in: date, nights: int, price: money }
table owners: Owner key owner_id
table stays: Stay key stay_id
read tool find_owner(email: email) -> ref owners "Finds." {
  let owner = first(owners where same_text(.email, email)) else fail "nobody"
  return owner.owner_id
}
read tool stays_of(owner_id: ref owners) -> list[Stay] "Stays." { return stays where .owner_id == owner_id }
write tool prolong(stay_id: ref stays) -> text "Adds a night." {
  let stay = stays[stay_id] else fail "no stay"
  increase stay.nights by 1
  return "ok"
}
rule price_first "Name the price of a night first." {
  before call to prolong
  let stay = stays[call.stay_id] else skip
  require told: some (earlier agent message where says_amount(it, stay.price))
}
scenario longer "One more night." {
  pick owner from owners
  pick stay from stays where .owner_id == owner.owner_id
  goal prolong(stay.stay_id) "add a night"
  goal learn price = stay.price "what a night costs"
  knows owner.email
  describes stay by check_in
}
"""
OWNED = {
    "owners": {"O1": {"owner_id": "O1", "email": "jessica@example.com"}},
    "stays": {"S1": {"stay_id": "S1", "owner_id": "O1", "check_in": "2026-11-25", "nights": 2, "price": 31}},
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """The dialogue of a desk whose rows no tool shows by their key."""
    file = tmp_path_factory.mktemp("listed") / "house.cove"
    file.write_text(LISTED, encoding="utf-8")
    desk = load(str(file))
    world = World.from_dict(OWNED, desk)
    sampler = Sampler(desk, world, 0)
    task = sampler.task(0)
    agent, user = ScriptedAgent(task, desk, world, sampler.shape), ScriptedUser(task, desk.spec)
    messages = hold_now(user, agent, desk.sandbox(world)).messages
    assert desk.verify(messages, world, {"cove": task.cove_object()}).score == 1, messages
    return messages


def test_what_no_tool_shows_by_its_key_is_listed_before_it_is_proposed(listed):
    calls = [c["function"]["name"] for m in listed for c in m.get("tool_calls") or ()]
    assert calls == ["find_owner", "stays_of", "prolong"]


def test_a_moment_at_which_something_is_done_is_named_as_such(listed):
    assert "my stay with check-in on 25 November" in said(listed, "user")[0]


def test_what_the_agent_had_to_tell_before_a_change_is_not_asked_again(listed):
    assert sum("$31" in text for text in said(listed, "assistant")) == 1
    assert not any("what a night costs" in text for text in said(listed, "user"))
