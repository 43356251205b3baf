"""One generated shop and its sampler, shared by every test of synthesis."""

import pytest

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import apply_start, world_of


@pytest.fixture(scope="session")
def retail():
    return load("retail")


@pytest.fixture(scope="session")
def shop(retail):
    return generate_world(retail.spec, 0)


@pytest.fixture(scope="session")
def sampler(retail, shop):
    return Sampler(retail, World(retail.program, world_of(shop, retail.program)), seed=0)


@pytest.fixture(scope="session")
def tasks(sampler):
    return [sampler.task(index) for index in range(200)]


@pytest.fixture(scope="session")
def start_of(retail, sampler):
    return lambda task: World(retail.program, apply_start(sampler.world.inner, list(task.start)))


@pytest.fixture(scope="session")
def dialogues(retail, sampler, tasks, start_of):
    """Each task with its scripted dialogue."""
    held = []
    for task in tasks:
        start = start_of(task)
        agent = ScriptedAgent(task, retail, start, sampler.shape)
        held.append((task, hold_now(ScriptedUser(task, retail.spec), agent, retail.sandbox(start))))
    return held
