"""One conversation: user, agent and sandbox in turn, until the user stops or a limit is met. Its end has a cause."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any, Literal

from attrs import field, frozen

from ..backends.python.runtime.sandbox import Result, Sandbox
from ..backends.python.runtime.texts import to_json
from .parties import Chat, Party, PartyError, ends

Ended = Literal[
    "user_stop", "too_many_steps", "too_many_errors", "agent_error", "user_error", "environment_error",
]  # fmt: skip
Side = Literal["agent", "user"]
ROLES: dict[Side, str] = {"agent": "assistant", "user": "user"}


@frozen
class Caps:
    """When a conversation is given up: `steps` counts the messages of both parties, `errors` the calls that failed."""

    steps: int = 80
    errors: int = 10


@frozen
class Dialogue:
    """What was said and called, and why it ended. `errors` counts what went wrong with calls, by side and kind."""

    messages: list[Chat]
    ended: Ended
    steps: int
    errors: dict[str, dict[str, int]] = field(factory=dict)


async def hold(
    user: Party, agent: Party, sandbox: Sandbox, opening: list[Chat] | None = None, caps: Caps | None = None
) -> Dialogue:
    """Lets two parties talk over a sandbox. The agent speaks first; who makes a call speaks again after its result.

    What the infrastructure does to a party is raised, as there is no conversation then.
    """
    talk = _Talk(user, agent, sandbox, list(opening or ()), caps or Caps())
    ended = await talk.run()
    errors: dict[str, dict[str, int]] = {
        side: dict(sorted(counts.items())) for side, counts in talk.errors.items() if counts
    }
    return Dialogue(talk.messages, ended, talk.steps, errors)


def hold_now(
    user: Party, agent: Party, sandbox: Sandbox, opening: list[Chat] | None = None, caps: Caps | None = None
) -> Dialogue:
    """`hold` for a caller without an event loop."""
    return asyncio.run(hold(user, agent, sandbox, opening, caps))


class _Talk:
    def __init__(self, user: Party, agent: Party, sandbox: Sandbox, messages: list[Chat], caps: Caps) -> None:
        self.parties: dict[Side, Party] = {"user": user, "agent": agent}
        self.sandbox, self.messages, self.caps = sandbox, messages, caps
        self.errors: dict[Side, Counter[str]] = {"agent": Counter(), "user": Counter()}
        self.steps = 0

    async def run(self) -> Ended:
        side: Side = "agent"
        while self.steps < self.caps.steps:
            try:
                said = await self._next(side)
            except PartyError:
                return "agent_error" if side == "agent" else "user_error"
            self.messages.append(said)
            self.steps += 1
            for call in said.get("tool_calls") or ():
                if not self._carry_out(side, call):
                    return "environment_error"
            if side == "user" and ends(said["content"]):
                return "user_stop"
            if sum(c.total() for c in self.errors.values()) > self.caps.errors:
                return "too_many_errors"
            if not said.get("tool_calls"):
                side = "user" if side == "agent" else "agent"
        return "too_many_steps"

    async def _next(self, side: Side) -> Chat:
        said = self.parties[side].reply(self.messages)
        return await said if isinstance(said, Awaitable) else said

    def _carry_out(self, side: Side, call: Chat) -> bool:
        """Makes a call and writes down its result; False where the sandbox, not the caller, has failed."""
        function = call["function"]
        kind, result = self._result(side, function["name"], function["arguments"])
        if kind is not None:
            self.errors[side][kind] += 1
        message = {"role": "tool", "tool_call_id": call["id"], "name": function["name"], "content": wire_text(result)}
        self.messages.append(message)
        return result.ok is not None

    def _result(self, side: Side, name: str, arguments: Any) -> tuple[str | None, Result]:
        """What is wrong with a call, if anything, and what the caller gets to see."""
        tool = self.sandbox.program.tools.get(name)
        if tool is None or tool.role != side:
            return "unknown_tool", Result(False, f"there is no tool `{name}`")
        if not isinstance(arguments, dict):
            return "malformed_arguments", Result(False, "the arguments are not a JSON object")
        if (problem := self.sandbox.argument_problem(tool, arguments)) is not None:
            return "wrong_arguments", Result(False, problem)
        result = self.sandbox.call(name, arguments)
        return "failed_call" if result.ok is False else None, result


def wire_text(result: Result) -> str:
    """A result as a tool message carries it: texts as they are, all else as JSON, failures after `Error: `."""
    if result.ok is not True:
        return f"Error: {result.value if result.ok is False else 'the effect of this call is not known'}"
    value: Any = result.value
    return value if isinstance(value, str) else to_json(value)


__all__ = ["Caps", "Dialogue", "Ended", "hold", "hold_now", "wire_text"]
