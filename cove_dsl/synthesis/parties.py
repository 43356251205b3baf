"""The two sides of a conversation, as the dialogue loop sees them. A side may be scripted or a model.

Both are given the whole conversation so far, as chat-completions messages, and add one message to it. In it, the user's
own calls stand in messages of the role `user`; which part of it a side may see is for that side to know.
"""

from collections.abc import Awaitable
from typing import Any, Protocol

from ..backends.python.runtime.events import STOP_MARKERS

Chat = dict[str, Any]

STOP = STOP_MARKERS[0]


class Party(Protocol):
    """Plays the person who has come to the desk, or the desk."""

    def reply(self, messages: list[Chat]) -> Chat | Awaitable[Chat]:
        """The next message: a text, or one or more tool calls. A user's text with `STOP` in it ends the conversation.
        Raises PartyError where none could be made."""


class PartyError(Exception):
    """A side said nothing that can be used, however often it was asked."""


class InfrastructureError(Exception):
    """What carries a side has failed, which is nobody's fault in the conversation: there is no conversation then.
    `cause` is what is counted."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


def spoken(text: str, role: str = "assistant") -> Chat:
    return {"role": role, "content": text}


def calling(name: str, arguments: dict[str, Any], number: int, role: str = "assistant") -> Chat:
    """A message that makes one call."""
    call = {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": role, "content": None, "tool_calls": [call]}


def ends(text: str | None) -> bool:
    """Whether a user's words end the conversation."""
    return any(marker in (text or "") for marker in STOP_MARKERS)


def unmarked(messages: list[Chat]) -> list[Chat]:
    """A conversation without the markers by which its user ended it, as those see it who learn the agent's side. A
    message that was nothing else is left out."""
    found = []
    for message in messages:
        text = message.get("content") or ""
        if message["role"] == "user" and ends(text):
            for marker in STOP_MARKERS:
                text = text.replace(marker, "")
            if not text.strip() and not message.get("tool_calls"):
                continue
            message = {**message, "content": text.strip()}
        found.append(message)
    return found


__all__ = [
    "STOP", "Chat", "InfrastructureError", "Party", "PartyError", "calling", "ends", "spoken", "unmarked",
]  # fmt: skip
