"""The two sides of a conversation, as the dialogue loop sees them. A side may be scripted or a model.

Both are given the whole conversation so far, as chat-completions messages, and add one message to it.
"""

from typing import Any, Protocol

Chat = dict[str, Any]

STOP = "###STOP###"


class User(Protocol):
    """Plays the person who has come to the desk."""

    def reply(self, messages: list[Chat]) -> str:
        """The next thing that the user says; with `STOP` in it, the conversation is over."""


class Agent(Protocol):
    """Plays the desk."""

    def reply(self, messages: list[Chat]) -> Chat:
        """The next message of the agent: a text, or one or more tool calls."""


def spoken(text: str) -> Chat:
    return {"role": "assistant", "content": text}


def calling(name: str, arguments: dict[str, Any], number: int) -> Chat:
    """An assistant's message that makes one call."""
    call = {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


__all__ = ["STOP", "Agent", "Chat", "User", "calling", "spoken"]
