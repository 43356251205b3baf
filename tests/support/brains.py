"""Scripted parties behind a chat server: they know only what a request says, and are played anew up to its end."""

import json
from typing import Any

from cove_dsl.backends.prompt import render_agent
from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World
from cove_dsl.world.state import apply_start, dumps


class Brains:
    """Plays either side of any of the first `n` tasks of a sampler."""

    def __init__(self, sampler: Sampler, n: int) -> None:
        self.sampler, self.desk = sampler, sampler.desk
        self.policy = render_agent(self.desk.spec)
        self.tasks = [sampler.task(i) for i in range(n)]
        self.by_prompt = {t.prompt: t for t in self.tasks}
        self.said = {t.id: self._words(t) for t in self.tasks}

    def _words(self, task) -> list[str]:
        """What the scripted user of a task says to the scripted agent."""
        held = hold_now(ScriptedUser(task, self.desk.spec), self._agent(task), self.desk.sandbox(self._start(task)))
        return [m["content"] for m in held.messages if m["role"] == "user"]

    def _start(self, task) -> World:
        return World(self.desk.program, apply_start(self.sampler.world.inner, list(task.start)))

    def _agent(self, task) -> ScriptedAgent:
        return ScriptedAgent(task, self.desk, self._start(task), self.sampler.shape)

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        system, *seen = body["messages"]
        if system["content"] == self.policy:
            return self.as_agent(system, seen)
        user = ScriptedUser(self.by_prompt[system["content"]], self.desk.spec)
        return sent({**self._played(user, [], list(well_formed(flipped(seen))), "user"), "role": "assistant"})

    def as_agent(self, system: dict[str, Any], seen: list[dict[str, Any]]) -> dict[str, Any]:
        task = self._task([m["content"] for m in seen if m["role"] == "user"])
        return sent(self._played(self._agent(task), [system], list(well_formed(seen)), "assistant"))

    def _task(self, heard: list[str]):
        """The task whose user speaks so."""
        fits = [t for t in self.tasks if self.said[t.id][0] == heard[0]]
        return max(fits, key=lambda t: sum(text in self.said[t.id] for text in heard))

    @staticmethod
    def _played(party, opening: list[dict[str, Any]], seen: list[dict[str, Any]], role: str) -> dict[str, Any]:
        """What a party says next, once it has said what it said."""
        for at, message in enumerate(seen):
            if message["role"] == role:
                party.reply([*opening, *seen[:at]])
        return party.reply([*opening, *seen])


def well_formed(seen):
    """A conversation without the calls that were spoilt on the way, arguments read."""
    spoilt = set()
    for message in seen:
        if message["role"] == "tool" and message["tool_call_id"] in spoilt:
            continue
        calls = message.get("tool_calls")
        if not calls:
            yield message
            continue
        try:
            read = [with_read_arguments(c) for c in calls]
        except ValueError:
            read = []
        if not read or read[0]["function"]["name"] == "look_up_everything":
            spoilt |= {c["id"] for c in calls}
            continue
        spoilt -= {c["id"] for c in calls}
        yield {**message, "tool_calls": read}


def flipped(seen):
    """What the user's side was sent, with the roles as they are in the conversation."""
    other = {"user": "assistant", "assistant": "user"}
    return [{**m, "role": other.get(m["role"], m["role"])} for m in seen]


def sent(message):
    """A message as the protocol has it: arguments as JSON text."""
    calls = [
        {**c, "function": {**c["function"], "arguments": dumps(c["function"]["arguments"])}}
        for c in message.get("tool_calls") or ()
    ]
    return {**message, "tool_calls": calls} if calls else message


def with_read_arguments(call):
    function = call["function"]
    return {**call, "function": {**function, "arguments": json.loads(function["arguments"])}}
