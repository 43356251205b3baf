"""Models that play the desk or the person.

Each sees its own side alone: the agent the policy, its tools and what was said to it; the user its instructions and
what was said to it, with the roles turned round. What a model gets wrong about a call comes back to it as that call's
result; a message with nothing in it is asked for anew, a few times.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ...backends.python.runtime.exact import parse_json
from ...world.state import dumps
from .. import phrases as say
from ..parties import Chat, PartyError, spoken
from .asking import Answer, Asker, Encoded, encoded

MOST_BLANKS = 3


class ModelParty:
    """What both sides have in common. `prompt` and `tools` are those of the side; `salt` tells this conversation's
    answers from those of others."""

    role = ""

    def __init__(self, asker: Asker, prompt: str, tools: list[dict[str, Any]], salt: str) -> None:
        self.asker, self.salt = asker, f"{asker.side}:{salt}"
        self.opening = Encoded(encoded({"role": "system", "content": prompt}))
        self.fixed = {"tools": Encoded(encoded(tools))} if tools else {}
        self.usage: dict[str, int] = {"requests": 0, "prompt_tokens": 0, "completion_tokens": 0}
        self.faults: dict[str, int] = {}

    async def _ask(self, seen: Sequence[Chat | Encoded]) -> Chat:
        request: dict[str, Any] = {"messages": [self.opening, *seen], **self.fixed}
        for attempt in range(MOST_BLANKS):
            answer = await self.asker.ask(request, f"{self.salt}:{attempt}" if attempt else self.salt)
            self._note(answer)
            said = read_message(answer.message, self.role, len(seen))
            if said is not None:
                return said
            self.faults["blank_message"] = self.faults.get("blank_message", 0) + 1
        raise PartyError(f"the {self.asker.side} sent {MOST_BLANKS} blank messages")

    def _note(self, answer: Answer) -> None:
        self.usage["requests"] += 1
        for name, n in answer.usage.items():
            self.usage[name] += n
        if answer.finish == "length":
            self.faults["cut_short"] = self.faults.get("cut_short", 0) + 1


class ModelAgent(ModelParty):
    """Plays the desk. It greets with fixed words, as models cannot be asked before anybody has spoken."""

    role = "assistant"

    def __init__(self, asker: Asker, prompt: str, tools: list[dict[str, Any]], salt: str) -> None:
        super().__init__(asker, prompt, tools, salt)
        self.seen: list[Encoded] = []
        self.read, self.addressed = 0, False

    async def reply(self, messages: list[Chat]) -> Chat:
        self._read_on(messages)
        return await self._ask(self.seen) if self.addressed else spoken(say.GREETING[0])

    def _read_on(self, messages: list[Chat]) -> None:
        """Encodes what was said since the last reply: a conversation only grows, and all of it goes into each
        request."""
        calls = (m for m in reversed(messages[: self.read]) if m.get("tool_calls"))
        by_user = next((m["role"] == "user" for m in calls), False)
        for message in agent_view(messages[self.read :], by_user):
            self.addressed |= message["role"] == "user"
            self.seen.append(Encoded(encoded(message)))
        self.read = len(messages)


class ModelUser(ModelParty):
    """Plays the person who has come to the desk."""

    role = "user"

    async def reply(self, messages: list[Chat]) -> Chat:
        return await self._ask(list(user_view(messages)))


# --- what each side sees ----------------------------------------------------------------------------------------------


def agent_view(messages: list[Chat], by_user: bool = False) -> Iterator[Chat]:
    """A conversation as the agent's model is sent it: without what the user does with tools. `by_user`: whether the
    last calls before these messages were the user's."""
    for message, calls_are_users in _with_caller(messages, by_user):
        if message["role"] == "user" and message.get("content"):
            yield {"role": "user", "content": message["content"]}
        elif message["role"] == "assistant":
            yield wire_form(message, "assistant")
        elif message["role"] == "tool" and not calls_are_users:
            yield {"role": "tool", "tool_call_id": message["tool_call_id"], "content": message["content"]}


def user_view(messages: list[Chat]) -> Iterator[Chat]:
    """A conversation as the user's model is sent it: its own words as the assistant's, the agent's as the user's, and
    nothing of what the agent does with tools. What the agent says in a row comes as one message."""
    pending: list[str] = []
    for message, by_user in _with_caller(messages):
        if message["role"] == "assistant" and message.get("content"):
            pending.append(message["content"])
        elif message["role"] == "user" or (message["role"] == "tool" and by_user):
            if pending:
                yield {"role": "user", "content": "\n\n".join(pending)}
                pending = []
            yield (
                wire_form(message, "assistant")
                if message["role"] == "user"
                else {"role": "tool", "tool_call_id": message["tool_call_id"], "content": message["content"]}
            )
    if pending:
        yield {"role": "user", "content": "\n\n".join(pending)}


def _with_caller(messages: list[Chat], by_user: bool = False) -> Iterator[tuple[Chat, bool]]:
    """Each message, and whether the calls that were made last are the user's."""
    for message in messages:
        if message.get("tool_calls"):
            by_user = message["role"] == "user"
        yield message, by_user


def wire_form(message: Chat, role: str) -> Chat:
    """A message as it is sent: arguments as JSON text, and nothing that the protocol does not know."""
    sent: Chat = {"role": role, "content": message.get("content")}
    if message.get("tool_calls"):
        sent["tool_calls"] = [_sent_call(call) for call in message["tool_calls"]]
    return sent


def _sent_call(call: Chat) -> Chat:
    arguments = call["function"]["arguments"]
    text = arguments if isinstance(arguments, str) else dumps(arguments)
    return {"id": call["id"], "type": "function", "function": {"name": call["function"]["name"], "arguments": text}}


# --- what comes back --------------------------------------------------------------------------------------------------


def read_message(message: dict[str, Any], role: str, position: int) -> Chat | None:
    """A model's message as a conversation holds it; None for one with nothing in it. A refusal are its words. Arguments
    that are no JSON object stay the text that they are."""
    given = message.get("tool_calls")
    calls = [_call(c, f"call_{position}_{i}") for i, c in enumerate(given if isinstance(given, list) else ())]
    text = _words(message.get("content")) or (None if calls else _words(message.get("refusal")))
    if any(c is None for c in calls) or (text is None and not calls):
        return None
    said: Chat = {"role": role, "content": text}
    if calls:
        ids = [c["id"] for c in calls if c is not None]
        for i, call in enumerate(c for c in calls if c is not None):
            call["id"] = call["id"] if ids.count(call["id"]) == 1 else f"call_{position}_{i}"
        said["tool_calls"] = calls
    thought = message.get("reasoning_content")
    return {**said, "reasoning_content": thought} if isinstance(thought, str) and thought else said


def _words(content: Any) -> str | None:
    """What is said in a `content`, which may come in parts; None where that is nothing."""
    if isinstance(content, list):
        texts = (p.get("text") for p in content if isinstance(p, dict) and p.get("type") == "text")
        content = "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) and content.strip() else None


def _call(given: Any, name: str) -> Chat | None:
    """A call of a model's message; None where it names no tool."""
    function = given.get("function") if isinstance(given, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str) or not function["name"]:
        return None
    own = given.get("id")
    call_id = own if isinstance(own, str) and own else name
    arguments = read_arguments(function.get("arguments"))
    return {"id": call_id, "type": "function", "function": {"name": function["name"], "arguments": arguments}}


def read_arguments(given: Any) -> Any:
    """The arguments of a call: an object with exact numbers, or the text that is none."""
    text = given if isinstance(given, str) else dumps(given) if given is not None else "{}"
    try:
        found = parse_json(text) if text.strip() else {}
    except ValueError:
        return text
    return found if isinstance(found, dict) else text


__all__ = ["ModelAgent", "ModelUser", "agent_view", "read_arguments", "read_message", "user_view", "wire_form"]
