"""One conversation: user, agent and sandbox in turn, until the user stops or the turns run out."""

from typing import Any, Literal

from attrs import frozen

from ..backends.python.runtime.sandbox import Result, Sandbox
from ..backends.python.runtime.values import to_json
from .parties import STOP, Agent, Chat, User

MOST_STEPS = 80

Ended = Literal["user_stop", "too_many_steps", "agent_error"]


@frozen
class Dialogue:
    """What was said and called, and why it ended. `steps` counts the messages of both parties."""

    messages: list[Chat]
    ended: Ended
    steps: int


def hold(
    user: User, agent: Agent, sandbox: Sandbox, opening: list[Chat] | None = None, most_steps: int = MOST_STEPS
) -> Dialogue:
    """Lets two parties talk over a sandbox. The agent speaks first; after a call it speaks again."""
    messages: list[Chat] = list(opening or [])
    for step in range(most_steps):
        said = agent.reply(messages)
        messages.append(said)
        if said.get("tool_calls"):
            messages += [_carry_out(sandbox, call) for call in said["tool_calls"]]
            continue
        text = user.reply(messages)
        messages.append({"role": "user", "content": text})
        if STOP in text:
            return Dialogue(messages, "user_stop", step + 1)
    return Dialogue(messages, "too_many_steps", most_steps)


def _carry_out(sandbox: Sandbox, call: Chat) -> Chat:
    function = call["function"]
    result = sandbox.call(function["name"], function["arguments"])
    return {"role": "tool", "tool_call_id": call["id"], "name": function["name"], "content": wire_text(result)}


def wire_text(result: Result) -> str:
    """A result as a tool message carries it: texts as they are, all else as JSON, failures after `Error: `."""
    if not result.ok:
        return f"Error: {result.value}"
    value: Any = result.value
    return value if isinstance(value, str) else to_json(value)


__all__ = ["MOST_STEPS", "Dialogue", "hold", "wire_text"]
