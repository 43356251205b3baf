"""Every scenario of the airline desk can be drawn, is held by the scripted parties, and verifies."""

import pytest

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scenes import Shape
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.synthesis.searches import search_for, searches
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


def held_and_verified(airline, world, sampler, task):
    start = World(airline.program, apply_start(world.inner, list(task.start)))
    agent = ScriptedAgent(task, airline, start, sampler.shape)
    held = hold_now(ScriptedUser(task, airline.spec), agent, airline.sandbox(start))
    return held, airline.verify(held.messages, start, {"cove": task.cove_object()})


@pytest.mark.parametrize("scenario", sorted(load_spec("airline").scenarios))
def test_a_scripted_dialogue_of_each_scenario_verifies(airline, world, scenario):
    sampler = Sampler(airline, world, seed=0, glob=scenario)
    held, report = held_and_verified(airline, world, sampler, sampler.task(0))
    assert (report.score, held.ended) == (1, "user_stop"), [r for r in report.rules if r["verdict"] == "violated"]


def test_reasons_that_differ_from_wish_to_wish_are_asked_for_each_time(airline, world):
    sampler = Sampler(airline, world, 0, "cancel_*", Dials(composed=1, wishes=(2, 3)))
    tasks = [sampler.task(i) for i in range(12)]
    differing = [t for t in tasks if len({t.bindings[f"{s}/reason"] for s in t.scenarios}) > 1]
    assert len(differing) >= 4
    for task in differing:
        held, report = held_and_verified(airline, world, sampler, task)
        assert report.score == 1
        asked = [
            m for m in held.messages if m["role"] == "assistant" and "reason for a cancellation" in str(m["content"])
        ]
        assert len(asked) >= 2


def test_a_way_with_a_stop_is_searched_for_whatever_else_was_read(airline, world):
    """What the call itself says is tried before what many rows say."""
    sandbox, rows = airline.sandbox(world), world.inner.all_rows("reservations")[:150]
    trips = [{"origin": f["origin"], "destination": rows[0]["origin"]} for f in world.inner.all_rows("flights")]
    found = ((t, sandbox.fork().call("search_onestop_flight", t | {"date": "2024-05-20"}).value) for t in trips)
    trip, ways = next((t, w) for t, w in found if isinstance(w, list) and w)
    legs = [{"flight_number": leg["flight_number"], "date": "2024-05-20"} for leg in ways[0]]
    call = {"name": "book_reservation", "arguments": {**trip, "flights": legs}}
    search = {"name": "search_onestop_flight", "arguments": trip | {"date": "2024-05-20"}}
    assert list(searches(airline.spec, sandbox, call, rows, lambda key: False)) == [search, search]


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
