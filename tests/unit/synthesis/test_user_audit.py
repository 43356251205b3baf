"""Users are held to what they were told: models that lie are found out, those that do not are let be."""

import copy

import pytest

from cove_dsl.synthesis.blame import judge
from cove_dsl.synthesis.dialogue import Dialogue
from cove_dsl.synthesis.user_audit import Vocabulary, untold, vocabulary

KNOWN = Vocabulary(("zip", "city", "phone number", "date of birth"), frozenset({"ada lovelace"}), frozenset({"SXGWLO"}))
PROMPT = "You are Mia Garcia, mia.garcia2723@example.com. Your zip is 95119. You paid $120 and $30.50."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My name is John Smith.", ["John Smith"]),
        ("my first name is John and I need help", ["John"]),
        ("Hi, I'm John Smith, and I want a refund.", ["John Smith"]),
        ("This is John Smith calling about a tent.", ["John Smith"]),
        ("It was ordered by Ada Lovelace last week.", ["Ada Lovelace"]),
        ("My zip is 78701.", ["78701"]),
        ("My zip code is 78701, thanks", ["78701"]),
        ("my city is Austin", ["Austin"]),
        ("My phone number is 555-123-2002.", ["555-123-2002"]),
        ("Call me at (555) 123 2002!", ["(555) 123 2002"]),
        ("I paid 400 dollars for it.", ["$400"]),
        ("That was EUR 77.10", ["$77.10"]),
        ("The reservation is SXGWLO.", ["SXGWLO"]),
    ],
)
def test_what_nobody_told_is_found(text, found):
    assert untold(text, [PROMPT], KNOWN)[: len(found)] == found


@pytest.mark.parametrize(
    "text",
    [
        "My name is Mia Garcia.",
        "I'm Mia Garcia, and my zip is 95119.",
        "My name is Maria Garcia.",  # half of it was told: a slip, perhaps
        "My name is on the order.",
        "My name is the same as before.",
        "I'm Happy with that.",
        "I am Not Sure about this one and would rather wait",
        "I'm calling about Customer Service.",
        "My zip is the one on file.",
        "My city is still the same.",
        "My phone number is in my profile.",
        "I paid 120 dollars, and 30.50 dollars on top, so 150.5 dollars.",
        "It is about 2 tents and 3 lamps, since 2024-05-20 or 05/20/2024.",
        "Please CANCEL EVERYTHING NOW.",
        "It should come to 89.5 dollars less.",
        "I paid ٣ dollars for it.",  # a digit that no amount is read from
        f"I paid {'9' * 50} dollars for it.",
    ],
)
def test_what_was_told_or_states_nothing_is_let_be(text):
    assert untold(text, [PROMPT], KNOWN) == []


def test_what_the_agent_said_may_be_repeated():
    assert untold("My city is Austin.", [PROMPT, "I have Austin as your city."], KNOWN) == []


def test_a_desk_gives_the_kinds_and_its_world_the_people(retail, sampler):
    known = vocabulary(sampler.shape, sampler.world.inner)
    assert {"zip", "city"} <= set(known.details)
    rows = sampler.world.inner.all_rows("users")
    assert f"{rows[0]['name']['first_name']} {rows[0]['name']['last_name']}".lower() in known.people


@pytest.fixture(scope="module")
def verdict_of(retail, start_of, sampler):
    known = vocabulary(sampler.shape, sampler.world.inner)

    def found(task, messages):
        report = retail.verify(messages, start_of(task), {"cove": task.cove_object()}).data
        return judge(task, Dialogue(messages, "user_stop", len(messages)), report, known)

    return found


def test_scripted_users_are_never_at_fault(dialogues, verdict_of):
    assert [(t.id, f) for t, d in dialogues for f in verdict_of(t, d.messages).faults if f.who == "user"] == []


def liars(sampler):
    """What a model may come up with in a first turn, each with a row of somebody else's."""
    other = sampler.world.inner.all_rows("users")
    return [
        lambda task: f"My name is {_stranger(other, task)}.",
        lambda task: f"I ordered it together with {_stranger(other, task)}.",
        lambda task: "My zip is 00501.",
        lambda task: "I paid 7777 dollars for it.",
        lambda task: "You can reach me at 555-999-0000.",
    ]


def _stranger(rows, task):
    """Somebody whose names nothing in the task has."""
    names = ((r["name"]["first_name"], r["name"]["last_name"]) for r in rows)
    told = f"{task.prompt} {task.profile.person}".lower()
    return next(f"{a} {b}" for a, b in names if a.lower() not in told and b.lower() not in told)


def test_every_lie_of_a_first_turn_is_the_users_fault(sampler, dialogues, verdict_of):
    for number, lie in enumerate(liars(sampler)):
        for task, dialogue in dialogues[number::40]:
            messages = copy.deepcopy(dialogue.messages)
            at = next(i for i, m in enumerate(messages) if m["role"] == "user")
            messages[at]["content"] += " " + lie(task)
            verdict = verdict_of(task, messages)
            assert (verdict.who, verdict.faults[0].cause, verdict.faults[0].message) == ("user", "invented", at)
