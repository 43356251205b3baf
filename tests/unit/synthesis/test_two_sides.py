"""A desk whose users have tools of their own: what they come for is an end, and the agent leads there."""

import re

import pytest

from cove_dsl.synthesis.parties import STOP
from cove_dsl.world.desk import load
from cove_dsl.world.generate import generate_world
from tests.support.scripted import sampler_over, scripted_dialogues, starts_of


@pytest.fixture(scope="module")
def telecom():
    return load("telecom")


@pytest.fixture(scope="module")
def sampler(telecom):
    return sampler_over(telecom, generate_world(telecom.spec, 0))


@pytest.fixture(scope="module")
def tasks(sampler):
    return [sampler.task(index) for index in range(60)]


@pytest.fixture(scope="module")
def start_of(sampler):
    return starts_of(sampler)


@pytest.fixture(scope="module")
def dialogues(sampler, tasks):
    return scripted_dialogues(sampler, tasks)


def judged(telecom, start_of, task, messages):
    return telecom.verify(messages, start_of(task), {"cove": task.cove_object()})


def test_every_scripted_dialogue_verifies(telecom, dialogues, start_of):
    scores = {task.id: judged(telecom, start_of, task, held.messages).score for task, held in dialogues}
    assert {name: score for name, score in scores.items() if score != 1} == {}


def test_an_agent_that_does_nothing_earns_nothing(telecom, tasks, start_of):
    silent = [{"role": "assistant", "content": "Hello."}, {"role": "user", "content": f"Bye. {STOP}"}]
    ends = [t for t in tasks if t.asserted]
    assert len(ends) > 20
    for task in ends:
        assert judged(telecom, start_of, task, silent).score == 0, task.id


def test_users_call_their_own_tools_and_agents_theirs(telecom, dialogues):
    made = {
        (m["role"], telecom.spec.tools[c["function"]["name"]].requestor)
        for _, held in dialogues for m in held.messages for c in m.get("tool_calls") or ()
    }  # fmt: skip
    assert made == {("user", "user"), ("assistant", "agent")}


def test_steps_towards_an_end_are_the_agents_own_ideas_and_say_what_is_to_be_paid(dialogues):
    led = {task.id: {m.call["name"] for m in task.moves if m.led and m.kind == "do"} for task, _ in dialogues}
    texts = [
        str(m["content"]) for task, held in dialogues if led[task.id] for m in held.messages if m["role"] == "assistant"
    ]
    bills = [line for text in texts for line in text.splitlines() if line.startswith("- Bill: ")]
    assert len(bills) > 1
    assert all(re.search(r" \(\$[\d.]+\)$", line) for line in bills), bills
    assert not [text for text in texts if re.search(r"You would like to|you want to|Your request to", text)]


def test_another_way_to_the_same_end_is_right(telecom, tasks, start_of):
    """A phone that was switched off and on again is as good as new; a line that was suspended on the way is not."""
    task = next(t for t in tasks if t.scenarios == ("no_pictures",))
    calls = list(task.accept[0])
    more = [{"requestor": "user", "name": "toggle_data_saver_mode", "arguments": {}}]
    harm = [{"requestor": "assistant", "name": "disable_roaming", "arguments": another_line(start_of(task), task)}]
    outcomes = [
        judged(telecom, start_of, task, played(telecom, start_of(task), c)).outcome
        for c in (calls + more, calls + harm)
    ]
    assert [o["asserted"] for o in outcomes] == ["met", "met"]
    assert [o["state"] for o in outcomes] == ["met", "unmet"]


def another_line(start, task):
    customer = next(
        c for c in start.inner.all_rows("customers")
        if c["customer_id"] != task.person[1] and start.inner.row("lines", c["line_ids"][0])["roaming_enabled"]
    )  # fmt: skip
    return {"customer_id": customer["customer_id"], "line_id": customer["line_ids"][0]}


def played(telecom, start, calls):
    """Bare calls as a conversation, each by its own side."""
    sandbox = telecom.sandbox(start)
    messages = [{"role": "user", "content": "Hello."}]
    for i, call in enumerate(calls):
        role = "user" if call["requestor"] == "user" else "assistant"
        body = {"name": call["name"], "arguments": call["arguments"]}
        messages.append(
            {"role": role, "content": None, "tool_calls": [{"id": str(i), "type": "function", "function": body}]}
        )
        messages.append(
            {
                "role": "tool",
                "tool_call_id": str(i),
                "content": str(sandbox.call(call["name"], call["arguments"]).value),
            }
        )
    return messages


def test_users_are_told_ends_and_not_what_is_wrong(tasks):
    for task in tasks:
        assert "toggle" not in task.prompt, task.id
        assert "among the faults" not in task.prompt, task.id


@pytest.mark.parametrize(("role", "tool"), [("assistant", "toggle_airplane_mode"), ("user", "get_customer_by_phone")])
def test_a_call_of_the_other_party_is_refused_and_nobody_elses_fault(telecom, tasks, start_of, role, tool):
    """What the sandbox says of a tool that is not the caller's is what a verifier expects."""
    arguments = {"phone_number": "555-123-2002"} if role == "user" else {}
    call = {"id": "c", "type": "function", "function": {"name": tool, "arguments": arguments}}
    messages = [
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Hi, my phone has no service."},
        {"role": role, "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "name": tool, "content": f"Error: there is no tool `{tool}`"},
        {"role": "user", "content": f"Bye. {STOP}"},
    ]
    found = telecom.verify(messages, start_of(tasks[0])).data
    assert found["world"]["mismatches"] == []
