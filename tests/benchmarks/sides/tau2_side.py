"""Episodes of a service desk held by another project's orchestrator, with parties that say what was said before.

Run by the interpreter that has that project, with its data folder pointing to the world at hand. What is timed is what
its runner does for each simulation: make an environment, hold the conversation, judge it, and write it down. The words
are given, so that nothing is spent on finding them.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tau2.agent.base_agent import HalfDuplexAgent
from tau2.data_model.message import AssistantMessage, ToolCall, UserMessage
from tau2.data_model.tasks import Task
from tau2.domains.retail.environment import get_environment
from tau2.evaluator.evaluator import EvaluationType, evaluate_simulation
from tau2.orchestrator.orchestrator import Orchestrator
from tau2.user.user_simulator_base import HalfDuplexUser, UserState

Chat = dict[str, Any]


class Saying(HalfDuplexAgent[list[Any]]):
    """Says one message after the other."""

    def __init__(self, tools: list[Any], policy: str, messages: list[Chat]) -> None:
        super().__init__(tools=tools, domain_policy=policy)
        self.left: Iterator[Chat] = iter(messages)

    def get_init_state(self, message_history: Any = None) -> list[Any]:
        return []

    def generate_next_message(self, message: Any, state: list[Any]) -> tuple[AssistantMessage, list[Any]]:
        said = next(self.left)
        calls = [
            ToolCall(id=call["id"], name=call["function"]["name"], arguments=call["function"]["arguments"])
            for call in said.get("tool_calls") or ()
        ]
        return AssistantMessage(role="assistant", content=said["content"], tool_calls=calls or None, cost=0.0), state

    def set_seed(self, seed: int) -> None:
        pass


class Asking(HalfDuplexUser[UserState]):
    """Likewise, for the user."""

    def __init__(self, messages: list[Chat]) -> None:
        super().__init__(instructions="", tools=None)
        self.left: Iterator[Chat] = iter(messages)

    def get_init_state(self, message_history: Any = None) -> UserState:
        return UserState(system_messages=[], messages=[])

    def generate_next_message(self, message: Any, state: UserState) -> tuple[UserMessage, UserState]:
        return UserMessage(role="user", content=next(self.left)["content"], cost=0.0), state

    def set_seed(self, seed: int) -> None:
        pass

    @classmethod
    def is_stop(cls, message: Any) -> bool:
        return False


def episode(row: Chat, task: Task) -> tuple[float, list[float]]:
    """The reward, and seconds of the processor: for the environment, the conversation, the judgement."""
    times = [time.process_time()]
    environment = get_environment()
    times.append(time.process_time())
    agents = [m for m in row["messages"] if m["role"] == "assistant"][1:]  # the orchestrator greets by itself
    agent = Saying(environment.get_tools(), environment.get_policy(), agents)
    user = Asking([m for m in row["messages"] if m["role"] == "user"])
    simulation = Orchestrator("retail", agent, user, environment, task, max_steps=200, seed=0).run()
    times.append(time.process_time())
    simulation.reward_info = evaluate_simulation(simulation, task, EvaluationType.ALL, False, "retail")
    simulation.model_dump_json()
    times.append(time.process_time())
    return simulation.reward_info.reward, [after - before for before, after in pairwise(times)]


def main() -> None:
    job = json.load(sys.stdin)
    tasks = {task["id"]: task for task in json.loads(Path(job["tasks"]).read_text())}
    reward, spent, held = 0.0, [0.0, 0.0, 0.0], 0
    for row in map(json.loads, Path(job["dialogues"]).read_text().splitlines()):
        if row["id"] in tasks:
            found, times = episode(row, Task.model_validate(tasks[row["id"]]))
            reward, spent, held = reward + found, [a + b for a, b in zip(spent, times, strict=True)], held + 1
    json.dump({"episodes": held, "reward": reward, "spent": spent}, sys.stdout)


if __name__ == "__main__":
    main()
