"""A desk whose author has written no sentence for its users: they and the clerk speak like people all the same."""

import random
import re
from pathlib import Path

import pytest
from attrs import evolve

from cove_dsl.backends.prompt.counts import one_of
from cove_dsl.backends.prompt.user import is_name, named_in
from cove_dsl.synthesis import phrases as say
from cove_dsl.synthesis.deeds import is_of_the_desk, is_wish, verb_phrase
from cove_dsl.synthesis.describe import day
from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.synthesis.tasks import Fact, Move
from cove_dsl.synthesis.wording import (
    amount_owed,
    answers,
    duty_sentence,
    fact_sentence,
    reason_sentence,
    rule_sentence,
    stated,
)
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import apply_start, world_of
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def boats():
    return load(str(Path(__file__).parent / "boats.cove"))


@pytest.fixture(scope="module")
def talks(boats):
    world = World(boats.program, world_of(generate_world(boats.spec, 0), boats.program))
    sampler = Sampler(boats, world, 0, None, Dials(spread=True, composed=0))
    held = []
    for task in map(sampler.task, range(36)):
        start = World(boats.program, apply_start(world.inner, list(task.start)))
        agent = ScriptedAgent(task, boats, start, sampler.shape)
        messages = hold_now(ScriptedUser(task, boats.spec), agent, boats.sandbox(start)).messages
        held.append((task, messages, boats.verify(messages, start, {"cove": task.cove_object()})))
    return held


PRICED = """
scenario jackets_and_price "Children come along, and money is short." {
  pick guest from guests
  pick rental from rentals where .guest_id == guest.guest_id and .status == booked
  goal add_life_jackets(rental.rental_id, 2)
  goal learn price = rental.price "what the rental costs then"
  knows guest.email
  describes rental by day
}
"""


def test_a_clerk_does_not_look_again_at_what_a_result_has_just_shown(tmp_path):
    text = (Path(__file__).parent / "boats.cove").read_text(encoding="utf-8")
    (tmp_path / "boats.cove").write_text(text + PRICED, encoding="utf-8")
    desk = load(str(tmp_path))
    world = World(desk.program, world_of(generate_world(desk.spec, 0), desk.program))
    sampler = Sampler(desk, world, 0, "jackets_and_price")
    for task in map(sampler.task, range(8)):
        start = World(desk.program, apply_start(world.inner, list(task.start)))
        agent = ScriptedAgent(task, desk, start, sampler.shape)
        messages = hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(start)).messages
        calls = [c["function"]["name"] for m in messages for c in m.get("tool_calls") or ()]
        assert calls[-1] == "add_life_jackets", calls
        assert desk.verify(messages, start, {"cove": task.cove_object()}).score == 1
        asked = any("what the rental costs then" in text for text in said_by(messages, "user"))
        open_ = any("What the rental costs is $" in text for text in said_by(messages, "assistant"))
        assert (asked, open_) == (True, False)


def said_by(messages, role):
    return [m["content"] for m in messages if m["role"] == role and m["content"]]


def test_every_dialogue_verifies(talks):
    assert [t.id for t, _, report in talks if report.score != 1] == []


def test_users_do_not_name_fields_nor_write_dates_as_machines_do(talks):
    for task, messages, _ in talks:
        for text in said_by(messages, "user"):
            assert not re.search(r"with (day|name) |\d{4}-\d\d-\d\d|\bmy boat\b|_|(^|\. )(Day|Hours) (is|are)", text), (
                text
            )
            assert not re.search(r"[a-z] *$", text), (task.id, text)


def test_the_user_says_how_many_before_the_clerk_writes_it(talks):
    of_jackets = [(t, ms) for t, ms, _ in talks if "jackets" in t.scenarios[0]]
    assert len(of_jackets) >= 8
    for task, messages in of_jackets:
        number = str(task.moves[0].call["arguments"]["count"])
        assert any(re.search(rf"\b{number}\b", text) for text in said_by(messages, "user")), messages


def test_a_clerk_names_a_boat_that_some_result_has_shown(talks):
    rented = [ms for t, ms, _ in talks if t.scenarios == ("rent",)]
    assert rented
    for messages in rented:
        at, listed = next(
            (i, m["content"])
            for i, m in enumerate(messages)
            if m["role"] == "assistant" and "- Boat:" in str(m["content"])
        )
        name = re.search(r"- Boat: (.+)", listed)[1]
        assert any(f'"name": "{name}"' in m["content"] for m in messages[:at] if m["role"] == "tool"), messages


def test_nobody_asks_for_an_amount_that_was_just_told(talks):
    told = 0
    for task, messages, _ in talks:
        if task.scenarios != ("cancel",):
            continue
        spoken = [m for m in messages if m["content"] and m["role"] != "tool"]
        after = next(i for i, m in enumerate(spoken) if "Rental: " in m["content"]) + 2
        if "What comes back is $" in spoken[after]["content"]:
            told += 1
            assert "comes back" not in spoken[after + 1]["content"]
        else:
            assert "comes back" in spoken[after + 1]["content"]
    assert told


def test_some_say_at_once_who_they_are_and_are_not_asked_again(talks):
    early = [ms for _, ms, _ in talks if "@" in said_by(ms, "user")[0]]
    assert 0 < len(early) < len(talks) / 2
    for messages in early:
        assert not any("your email" in text for text in said_by(messages, "assistant")), messages


def test_a_refusal_gives_the_reason_that_the_author_wrote(talks):
    refused = [ms for t, ms, _ in talks if t.scenarios == ("too_many_jackets",)]
    assert refused
    for messages in refused:
        assert any("A rental comes with four life jackets at most." in x for x in said_by(messages, "assistant"))


# --- phrases ----------------------------------------------------------------------------------------------------------


def move_of(tool, **more):
    return Move("do", "s", {"requestor": "assistant", "name": tool, "arguments": {}}, **more)


@pytest.mark.parametrize(
    ("tool", "mine", "yours", "of_the_desk"),
    [
        ("cancel_rental", "cancel my rental", "cancel your rental", False),
        ("add_life_jackets", "add life jackets to my rental", "add life jackets to your rental", True),
        ("rent_boat", "rent a boat to me", "rent a boat", True),
    ],
)
def test_a_deed_is_said_from_where_the_speaker_stands(boats, tool, mine, yours, of_the_desk):
    move = move_of(tool)
    assert verb_phrase(move, boats.spec, random.Random(0)) == mine
    assert verb_phrase(move, boats.spec, random.Random(0), "your") == yours
    assert is_of_the_desk(move, boats.spec) is of_the_desk


def test_an_authors_own_words_for_a_wish_come_first(boats):
    move = move_of("rent_boat", text="Go out on the lake.")
    assert verb_phrase(move, boats.spec, random.Random(0)) == "go out on the lake"
    assert not is_of_the_desk(move, boats.spec)
    assert is_wish(move, boats.spec)


@pytest.mark.parametrize(
    ("text", "of_the_desk"),
    [
        ("bring you more hives", True),
        ("give me a credit for the weak hives", True),
        ("let you know the price", True),
        ("fetch the hives for you", True),
        ("send the lamp back to you", True),
        ("have your hives fetched early", False),
        ("have somebody call you", False),
        ("get more hives for you", False),
        ("cancel your order", False),
        ("return what is due to you", False),
        ("find out what suits you", False),
    ],
)
def test_what_is_done_for_the_customer_is_asked_of_the_desk(boats, text, of_the_desk):
    move = move_of("rent_boat", text=text)
    assert is_of_the_desk(move, boats.spec) is of_the_desk
    assert is_wish(move, boats.spec) is not of_the_desk


@pytest.mark.parametrize(
    ("text", "mine", "yours"),
    [
        ("have my hives fetched early", "have my hives fetched early", "have your hives fetched early"),
        ("have your hives fetched early", "have my hives fetched early", "have your hives fetched early"),
        ("have somebody call you", "have somebody call me", "have somebody call you"),
        ("be given a call, if you are in", "be given a call, if I am in", "be given a call, if you are in"),
        ("have me and mine moved, as I am", "have me and mine moved, as I am", "have you and yours moved, as you are"),
        ("have them give you a credit", "have them give me a credit", "have them give you a credit"),
        ("get back what you paid", "get back what I paid", "get back what you paid"),
        ("return the watch you bought", "return the watch I bought", "return the watch you bought"),
        ("have them bring you more hives", "have them bring me more hives", "have them bring you more hives"),
    ],
)  # fmt: skip
def test_a_wish_turns_with_the_speaker(boats, text, mine, yours):
    move = move_of("rent_boat", text=text)
    assert verb_phrase(move, boats.spec, random.Random(0)) == mine
    assert verb_phrase(move, boats.spec, random.Random(0), "your") == yours


SAID = (("It's ", ""), ("", ", please"), ("That would be ", ""))


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (
            Fact("knows", "stay.nights", 2, "2", ("stay",)),
            {"It's 2 nights.", "2 nights, please.", "That would be 2 nights."},
        ),
        (Fact("knows", "nights", 1, "1", ("nights",)), {f"{b}1 night{e}." for b, e in SAID}),
        (Fact("knows", "day", "2025-07-02", "2 July", ("day",)), {"The day is 2 July.", "The day would be 2 July."}),
    ],
)
def test_a_fact_without_a_sentence_is_said_as_one(fact, expected):
    assert {fact_sentence(fact, random.Random(seed)) for seed in range(40)} == expected


@pytest.mark.parametrize(
    ("phrase", "label", "noun", "expected"),
    [
        ("sitter", "", "service", {"Sitter, please.", "Sitter.", "Service: sitter."}),
        ("sitter", "what you need", "", {"Sitter, please.", "I'd say sitter."}),
        ("brakes", "", "reason", {"The reason: brakes.", "Brakes, that's why."}),
        ("brakes", "why you bring it", "", {"The reason: brakes.", "Brakes, that's why."}),
        ("sold the bike", "why you cancel", "", {"I sold the bike."}),
        ("my sister takes", "why", "", {"The reason: my sister takes.", "My sister takes, that's why."}),
        ("the wrong size", "why", "", {"It's the wrong size."}),
        ("not going away", "why", "", {"I am not going away."}),
        ("chose the wrong size", "", "why", {"I chose the wrong size."}),
    ],
)
def test_a_choice_is_said_as_a_sentence(phrase, label, noun, expected):
    assert {stated("x", [phrase], label, random.Random(seed), noun) for seed in range(40)} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" more nights.", " more night."),
        (" hours", " hour"),
        (" gps", " gps"),
        (" has", " has"),
        (" and two days", " and two days"),
    ],
)
def test_what_follows_a_one_is_singular(text, expected):
    assert one_of(text) == expected


def test_a_day_is_said_with_its_year_only_where_it_is_another(boats):
    now = str(boats.spec.clock)
    assert day("2025-06-08", now) == "8 June"
    assert day("2026-01-31", now) == "31 January 2026"


def test_a_reason_for_the_clerk_alone_is_not_read_out(boats):
    assert reason_sentence("Ask the guest to settle the bill first.", boats.spec) == "Please settle the bill first."
    assert reason_sentence("Too much is owed to this guest.", boats.spec) == "Too much is owed to you."
    assert reason_sentence("What you wrote must list the details.", boats.spec) is None
    assert reason_sentence("Cancel the old one first.", boats.spec) is None


def test_what_can_be_done_for_nobody_is_not_something_that_can_be_done(boats):
    assert rule_sentence(boats.spec.rules["no_debts"]).startswith("I can't rent anything to guests")


def test_an_amount_is_told_as_what_the_rule_calls_it(boats):
    rule = boats.spec.rules["tell_refund"]
    assert amount_owed(rule, boats.spec) == "What comes back is {amount}."
    for doc, said in [
        ("After a cancellation, name the refund.", say.AMOUNT),
        ("After a cancellation, tell the guest how much.", say.AMOUNT),
        ("After a cancellation, tell the guest what it costs.", "It costs {amount}."),
        ("After a cancellation, tell the guest what the early end cost.", "The early end cost {amount}."),
        ("After a cancellation, tell the guest how much comes back.", "What comes back is {amount}."),
        ("After a cancellation, tell the guest the early fee.", "The early fee is {amount}."),
    ]:
        assert amount_owed(evolve(rule, doc=doc), boats.spec) == said, doc


def test_an_answer_was_given_only_by_its_own_amount():
    done = move_of("cancel_rental")
    asked = Move("learn", "s", text="how much comes back", value=40, is_money=True)
    assert answers("What comes back is $40.", asked, done)
    assert not answers("What comes back is $400.", asked, done)
    assert not answers("What comes back is $40.", evolve(asked, scenario="t"), done)


def test_a_word_out_of_what_is_chosen_does_not_stand_for_it_all():
    every = [stated("dog is ill", ["ill", "unwell"], "why", random.Random(seed)) for seed in range(20)]
    assert set(every) == {"The reason: dog is ill.", "Dog is ill, that's why."}
    assert stated("dog is ill", ["ill", "sick"], "why", random.Random(0)) == "My dog is sick."
    assert stated("pet_is_ill", ["pet is ill", "is sick"], "why", random.Random(0)) == "My pet is sick."
    assert stated("pet is ill", ["has a cold"], "why", random.Random(0)) == "My pet has a cold."
    assert stated("moved house", ["is too far"], "why", random.Random(0)) == "It is too far."
    assert stated("illness", ["sick"], "why", random.Random(0)) == "I am sick."


def test_what_is_told_is_said_and_what_is_only_named_is_not(boats):
    rule = boats.spec.rules["tell_refund"]
    for doc, said in [
        ("Tell the guest that the refund takes a week.", "The refund takes a week."),
        ("Tell the guest the refund goes to the card.", "The refund goes to the card."),
        ("Tell the guest the early fee.", None),
    ]:
        assert duty_sentence(evolve(rule, doc=doc), boats.spec) == said


def test_the_name_of_another_thing_is_not_ones_own():
    assert is_name(("name",), "stay")
    assert is_name(("stay_name",), "stay")
    assert is_name(("called",), "bird")
    assert not is_name(("dog_name",), "stay")
    assert named_in(("dog_name",), "stay") == "dog"
    assert named_in(("first_name",), "guest") == ""


@pytest.mark.parametrize(
    "label",
    ["your e-mail address", "your address for mail", "your (private e-mail) address", "your e-mail*", "(your+)"],
)
def test_who_is_asked_by_the_desks_name_for_it_answers_by_any_other(tmp_path, label):
    text = (ROOT / "docs/examples/tea.cove").read_text()
    path = tmp_path / "tea.cove"
    path.write_text(text.replace("knows customer.email", f'knows customer.email "{label}"'))
    desk = load(str(path))
    world = World.from_json(ROOT / "docs/examples/shop.json", desk)
    sampler = Sampler(desk, world)
    for task in map(sampler.task, range(3)):
        start = World(desk.program, apply_start(world.inner, list(task.start)))
        agent = ScriptedAgent(task, desk, start, sampler.shape)
        held = hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(start))
        said = [m["content"] for m in held.messages if m["role"] == "user"]
        assert any("ada@example.com" in text for text in said)
        assert not any("at hand" in text or "remember" in text for text in said)
