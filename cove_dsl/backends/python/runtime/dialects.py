"""Other ways to write the same conversation. In: one message as some API or log has it. Out: chat-completions messages
that say the same, in order; a message that is one already is given back as it is.

Read are content blocks with `tool_use` and `tool_result` (Anthropic), items of type `message`, `function_call` and
`function_call_output` (OpenAI's Responses), the legacy `function_call` with its role `function`, `from` and `value`
(ShareGPT), and calls with `args` (LangChain). Thoughts are nobody's words and are left out. What is none of these stays
as it is, for the reader to refuse. Where each call of a step is written down by itself, the reader puts the step
together.
"""

from typing import Any

from .exact import parse_json

Chat = dict[str, Any]

THOUGHTS = ("thinking", "redacted_thinking", "reasoning")
TEXTS = ("input_text", "output_text")


def chat_messages(message: Chat) -> list[Chat]:
    """The chat-completions messages that a message stands for."""
    if "from" in message and "role" not in message:
        return [_told(message)]
    kind, content = message.get("type"), message.get("content")
    if kind is not None and "role" not in message:
        return _item(message, kind)
    if message.get("function_call") is not None:
        plain = {k: v for k, v in message.items() if k != "function_call"}
        return [{"content": None, **plain, "tool_calls": _with(message, [{"function": message["function_call"]}])}]
    if message.get("role") == "function":
        return [{**message, "role": "tool"}]
    if isinstance(content, list) and any(isinstance(b, dict) and b.get("type") not in ("text", None) for b in content):
        return _blocks(message, content)
    return [message]


def is_call_alone(message: Chat) -> bool:
    """Whether a message is one call of a step, of which the rest stands in messages before and behind it."""
    kind = message["from"] if "from" in message else message.get("type")
    return "role" not in message and kind == "function_call"


SHAREGPT = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


def _told(message: Chat) -> Chat:
    """A message of `from` and `value`; a call is JSON in its value, a result answers the call before it."""
    party, value = message["from"], message.get("value")
    if party in ("observation", "tool"):
        return {"role": "tool", "content": value}
    if party == "function_call":
        call = _parsed(value)
        return {"role": "assistant", "content": None, "tool_calls": [call if isinstance(call, dict) else {}]}
    return {"role": SHAREGPT.get(party, party) if isinstance(party, str) else party, "content": value}


def _parsed(text: object) -> object:
    try:
        return parse_json(text) if isinstance(text, str) else text
    except ValueError:
        return None


def _item(message: Chat, kind: object) -> list[Chat]:
    """An item of a response: a call, its output, or a thought."""
    if kind == "function_call":
        call = {"id": message.get("call_id"), "function": {k: message.get(k) for k in ("name", "arguments")}}
        return [{"role": "assistant", "content": None, "tool_calls": [call]}]
    if kind == "function_call_output":
        return [{"role": "tool", "tool_call_id": message.get("call_id"), "content": message.get("output")}]
    return [] if kind in THOUGHTS else [message]


def _blocks(message: Chat, content: list[Any]) -> list[Chat]:
    """A message of blocks: results that came in come first, then what was said, with the calls that were made."""
    made: list[Chat] = []
    said: list[Any] = []
    calls: list[Chat] = []
    for block in content:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "tool_result":
            made.append(_result(block))
        elif kind == "tool_use":
            calls.append(
                {"id": block.get("id"), "function": {"name": block.get("name"), "arguments": block.get("input")}}
            )
        elif kind in TEXTS:
            said.append({**block, "type": "text"})
        elif kind not in THOUGHTS:
            said.append(block)
    if said or calls or not made:
        made.append({**message, "content": said or None, **({"tool_calls": _with(message, calls)} if calls else {})})
    return made


def _with(message: Chat, calls: list[Chat]) -> object:
    """Calls that a message has beside its `tool_calls`, together with these: some say the same call in both ways."""
    others = message.get("tool_calls")
    if not isinstance(others, list):
        return others or calls
    return [*(c for c in calls if not any(_is_same(c, other) for other in others)), *others]


def _is_same(call: Chat, other: Any) -> bool:
    if not isinstance(other, dict):
        return False
    if call.get("id") is not None:
        return bool(call["id"] == other.get("id"))
    body, given = other.get("function", other), call["function"]
    return isinstance(body, dict) and isinstance(given, dict) and body.get("name") == given.get("name")


def _result(block: Chat) -> Chat:
    content, error = block.get("content"), block.get("is_error")
    return {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": content, "error": error}


__all__ = ["chat_messages", "is_call_alone"]
