"""Whose fault it is: users held to what their task lets them say, and to staying until the agent could do its part."""

import copy

import pytest

from cove_dsl.synthesis.blame import hidden_keys, judge, user_faults
from cove_dsl.synthesis.dialogue import Dialogue
from cove_dsl.synthesis.parties import STOP


@pytest.fixture(scope="module")
def verdict_of(retail, start_of):
    """The verdict over messages as a dialogue of a task that its user ended."""

    def found(task, messages, ended="user_stop"):
        report = retail.verify(messages, start_of(task), {"cove": task.cove_object()}).data
        return judge(task, Dialogue(messages, ended, len(messages)), report)

    return found


@pytest.fixture(scope="module")
def held(dialogues):
    """A dialogue in which something is described and changed."""
    return next((t, d) for t, d in dialogues if t.profile.describes and [m.kind for m in t.moves] == ["do"])


def changed(dialogue, at, text):
    messages = copy.deepcopy(dialogue.messages)
    messages[at]["content"] += " " + text
    return messages


def user_turns(dialogue):
    return [i for i, m in enumerate(dialogue.messages) if m["role"] == "user"]


def test_scripted_users_are_never_at_fault(retail, dialogues, verdict_of):
    assert [(t.id, verdict_of(t, d.messages).causes) for t, d in dialogues if verdict_of(t, d.messages).who] == []


@pytest.mark.parametrize(
    "words",
    [
        "My order is #W9999999.",
        "It cost $1,234.56.",
        "I bought it on March 3, 2021.",
        "I am at nobody@nowhere.example.",
    ],
)
def test_what_nobody_told_the_user_is_invented(held, verdict_of, words):
    task, dialogue = held
    at = user_turns(dialogue)[0]
    verdict = verdict_of(task, changed(dialogue, at, words))
    assert (verdict.who, verdict.causes) == ("user", ("invented",))
    assert verdict.faults[0].message == at


def test_a_key_that_the_task_hides_is_leaked(held, verdict_of):
    task, dialogue = held
    key = next(k for k in sorted(hidden_keys(task)) if k.startswith("#"))
    verdict = verdict_of(task, changed(dialogue, user_turns(dialogue)[0], f"It is {key}."))
    assert (verdict.who, verdict.causes) == ("user", ("leaked",))


def test_what_the_agent_said_may_be_said_after_it(held, verdict_of):
    task, dialogue = held
    key = next(k for k in sorted(hidden_keys(task)) if k.startswith("#"))
    told = next(i for i, m in enumerate(dialogue.messages) if m["role"] == "assistant" and key in (m["content"] or ""))
    later = next(i for i in user_turns(dialogue) if i > told)
    assert verdict_of(task, changed(dialogue, later, f"That is {key}, yes.")).who is None


def test_what_tools_told_the_agent_alone_is_no_source(held, verdict_of):
    task, dialogue = held
    first = next(i for i, m in enumerate(dialogue.messages) if m["role"] == "tool")
    later = next(i for i in user_turns(dialogue) if i > first)
    key = next(k for k in sorted(hidden_keys(task)) if k.startswith("#"))
    said = " ".join(m["content"] or "" for m in dialogue.messages[:later] if m["role"] == "assistant")
    if key not in said:
        assert verdict_of(task, changed(dialogue, later, key)).causes == ("leaked",)


def test_leaving_at_the_agents_question_is_the_users_fault(held, verdict_of):
    task, dialogue = held
    asked = next(
        i
        for i, m in enumerate(dialogue.messages)
        if "yes or no" in (m["content"] or "") or "go ahead" in (m["content"] or "")
    )
    messages = [*dialogue.messages[: asked + 1], {"role": "user", "content": STOP}]
    verdict = verdict_of(task, messages)
    assert (verdict.who, verdict.causes) == ("user", ("left_at_a_question",))


def test_leaving_before_the_wish_was_told_is_the_users_fault(held, verdict_of):
    task, dialogue = held
    messages = [*dialogue.messages[:2], {"role": "user", "content": f"Never mind. {STOP}"}]
    messages[1] = {"role": "assistant", "content": "Welcome."}
    assert verdict_of(task, messages).causes == ("left_without_asking",)


def test_an_agent_that_gives_up_is_at_fault_itself(held, verdict_of):
    task, dialogue = held
    wish = user_turns(dialogue)[0]
    no = {"role": "assistant", "content": "I'm sorry, I can't help you with that."}
    messages = [*dialogue.messages[: wish + 1], no, {"role": "user", "content": f"Oh well. {STOP}"}]
    verdict = verdict_of(task, messages)
    assert (verdict.who, verdict.causes) == ("agent", ("goal:missing",))


def test_who_erred_first_is_to_blame(held, verdict_of):
    task, dialogue = held
    calls = [i for i, m in enumerate(dialogue.messages) if m.get("tool_calls")]
    messages = copy.deepcopy(dialogue.messages)
    messages[calls[0]]["content"] = "One moment."
    late = copy.deepcopy(messages)
    late[user_turns(dialogue)[-1]]["content"] += " #W9999999"
    assert verdict_of(task, late).who == "agent"
    early = copy.deepcopy(messages)
    early[user_turns(dialogue)[0]]["content"] += " #W9999999"
    assert verdict_of(task, early).who == "user"


def test_a_result_that_the_sandbox_does_not_give_is_the_environments_fault(held, verdict_of):
    task, dialogue = held
    messages = copy.deepcopy(dialogue.messages)
    result = next(m for m in messages if m["role"] == "tool")
    result["content"] = "somebody_else_1234"
    verdict = verdict_of(task, messages)
    assert verdict.who == "environment"
    assert "other_result" in verdict.causes


def test_the_users_own_calls_are_sources_for_the_user(held):
    task, dialogue = held
    call = {"id": "u1", "type": "function", "function": {"name": "look_at_phone", "arguments": {}}}
    seen = [
        *dialogue.messages[:2],
        {"role": "user", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "u1", "name": "look_at_phone", "content": "Number AB1234567"},
        {"role": "user", "content": "It says AB1234567."},
    ]
    report = {"outcome": None}
    assert list(user_faults(task, Dialogue(seen, "too_many_steps", 3), report)) == []
    seen[2]["role"] = "assistant"
    assert [f.cause for f in user_faults(task, Dialogue(seen, "too_many_steps", 3), report)] == ["invented"]
