"""What an agent has the user do: asked for in words, and looked at before it is changed."""

import pytest

from cove_dsl.synthesis.requests import looks, request, requested
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import world_of
from tests.support.scripted import scripted_dialogues


@pytest.fixture(scope="module")
def telecom():
    return load("telecom")


@pytest.fixture(scope="module")
def held(telecom):
    """Dialogues in which the user mends a phone."""
    world = World(telecom.program, world_of(generate_world(telecom.spec, 0), telecom.program))
    found = []
    for glob in ("no_service", "slow_data", "no_pictures"):
        sampler = Sampler(telecom, world, 0, glob)
        tasks = map(sampler.task, range(4))
        found += [(task, d.messages) for task, d in scripted_dialogues(sampler, tasks)]
    return found


def user_calls(messages):
    return [c["function"]["name"] for m in messages if m["role"] == "user" for c in m.get("tool_calls") or ()]


def test_the_phone_is_looked_at_before_it_is_changed(telecom, held):
    for task, messages in held:
        made = user_calls(messages)
        assert made, task.id
        assert telecom.spec.tools[made[0]].kind == "read", (task.id, made)


def test_every_step_of_the_witness_is_made_once(held):
    for task, messages in held:
        steps = [m.call["name"] for m in task.moves if m.kind == "ask"]
        assert [name for name in user_calls(messages) if name in steps] == steps, task.id


def test_nothing_is_asked_for_by_a_name_of_code(telecom, held):
    for task, messages in held:
        said = " ".join(m["content"] for m in messages if m["role"] == "assistant" and m["content"])
        assert not [n for n in telecom.spec.tools if "_" in n and n in said], task.id


def test_each_look_is_made_for_something_that_was_not_said_before(telecom, held):
    for task, messages in held:
        results = [m["content"] for m in messages if m["role"] == "tool"]
        seen = [m["content"] for m in messages if m["role"] == "tool" and telecom.spec.tools[m["name"]].kind == "read"]
        assert len(set(seen)) == len(seen), (task.id, results)


def test_a_request_is_understood_as_the_call_that_it_is_for(telecom):
    spec = telecom.spec
    call = {"requestor": "user", "name": "grant_app_permission", "arguments": {"app_name": "m", "permission": "sms"}}
    other = {**call, "arguments": {"app_name": "m", "permission": "storage"}}
    verb, how = request(call, spec)
    assert (verb, how) == ("grant the app permission", " with app name m and permission sms")
    assert requested(f"Could you {verb}{how}?", [other, call], spec)[0] == call
    assert requested("Use `grant_app_permission`.", [call], spec) == [call]
    assert requested("Is there anything else?", [call, *looks(spec, call)], spec) == []


def test_what_the_tools_write_in_capitals_is_asked_for_so(telecom):
    call = {"requestor": "user", "name": "reset_apn_settings", "arguments": {}}
    assert request(call, telecom.spec) == ("reset the APN settings", "")
    assert requested("Please reset the apn settings.", [call], telecom.spec) == [call]
    assert request({**call, "name": "toggle_data"}, telecom.spec)[0] == "toggle the data"


def test_a_look_takes_over_the_arguments_that_it_has_in_common(telecom):
    call = {"requestor": "user", "name": "grant_app_permission", "arguments": {"app_name": "m", "permission": "sms"}}
    found = {look["name"]: look["arguments"] for look in looks(telecom.spec, call)}
    assert found["check_app_permissions"] == {"app_name": "m"}
    assert found["check_status_bar"] == {}
    assert "reboot_device" not in found
