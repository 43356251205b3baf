"""Every scenario of the airline desk can be drawn, is held by the scripted parties, and verifies."""

import pytest

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scenes import Shape
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.synthesis.searches import search_for
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.load import load_spec
from cove_dsl.world.state import apply_start, world_of


@pytest.fixture(scope="module")
def airline():
    return load("airline")


@pytest.fixture(scope="module")
def world(airline):
    return World(airline.program, world_of(generate_world(airline.spec, 0), airline.program))


@pytest.mark.parametrize("scenario", sorted(load_spec("airline").scenarios))
def test_a_scripted_dialogue_of_each_scenario_verifies(airline, world, scenario):
    sampler = Sampler(airline, world, seed=0, glob=scenario)
    task = sampler.task(0)
    start = World(airline.program, apply_start(world.inner, list(task.start)))
    agent = ScriptedAgent(task, airline, start, sampler.shape)
    held = hold_now(ScriptedUser(task, airline.spec), agent, airline.sandbox(start))
    report = airline.verify(held.messages, start, {"cove": task.cove_object()})
    assert (report.score, held.ended) == (1, "user_stop"), [r for r in report.rules if r["verdict"] == "violated"]


def test_users_who_know_their_own_key_are_looked_up_by_it(airline):
    assert {table: [t.name for t in tools] for table, tools in Shape(airline.spec).lookups.items()} == {
        "users": ["get_user_details"]
    }


def test_a_search_is_made_with_what_was_said(airline, world):
    flight = next(f for f in world.inner.all_rows("flights") if f["dates"]["2024-05-20"]["status"] == "available")
    said = ["2024-05-20", flight["destination"], flight["origin"]]
    found = search_for(airline.spec, airline.sandbox(world), flight["flight_number"], said)
    assert found == {
        "name": "search_direct_flight",
        "arguments": {"origin": flight["origin"], "destination": flight["destination"], "date": "2024-05-20"},
    }
    assert search_for(airline.spec, airline.sandbox(world), "HAT000", said) is None
