"""One generated shop and its sampler, shared by every test of synthesis."""

import pytest

from cove_dsl.world.desk import load
from cove_dsl.world.generate import generate_world
from tests.support.scripted import sampler_over, scripted_dialogues, starts_of


@pytest.fixture(scope="session")
def retail():
    return load("retail")


@pytest.fixture(scope="session")
def shop(retail):
    return generate_world(retail.spec, 0)


@pytest.fixture(scope="session")
def sampler(retail, shop):
    return sampler_over(retail, shop)


@pytest.fixture(scope="session")
def tasks(sampler):
    return [sampler.task(index) for index in range(200)]


@pytest.fixture(scope="session")
def start_of(sampler):
    return starts_of(sampler)


@pytest.fixture(scope="session")
def dialogues(sampler, tasks):
    """Each task with its scripted dialogue."""
    return scripted_dialogues(sampler, tasks)
