"""What tests of synthesis stand on: a sampler over a world, where each task begins, and how it goes by script."""

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World
from cove_dsl.world.state import apply_start, world_of


def sampler_over(desk, state):
    return Sampler(desk, World(desk.program, world_of(state, desk.program)), seed=0)


def starts_of(sampler):
    """From a task to the world that it begins in."""
    return lambda task: World(sampler.desk.program, apply_start(sampler.world.inner, list(task.start)))


def scripted_dialogues(sampler, tasks):
    """Each task with its scripted dialogue."""
    desk, start_of, found = sampler.desk, starts_of(sampler), []
    for task in tasks:
        start = start_of(task)
        agent = ScriptedAgent(task, desk, start, sampler.shape)
        found.append((task, hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(start))))
    return found
