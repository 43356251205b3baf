"""The forms in which trainers take a dialogue. Enters: a row of a run. Leaves: the rows of a dataset.

Every row keeps, under `cove`, what it is judged by: the constraints, how things were described, the hashes of
specification and world, the score. Arguments are objects, as templates want them; a text that is no object stays one.
Only who learns to play the user is shown the marker by which users end a conversation.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..synthesis.models.parties import agent_view, read_arguments, user_view
from ..synthesis.parties import unmarked
from ..world.state import dumps

Row = dict[str, Any]
Chat = dict[str, Any]


class NotThere(Exception):
    """A dialogue that a form cannot hold; the text says why."""


def about(row: Row, form: str, source: bool) -> Row:
    """What a dataset's row says of itself. `source`: the dialogue lies beside the dataset, as the row does not hold
    all of it."""
    report = row["report"]
    more = {"blame": row["blame"], "causes": row["causes"]} if row["blame"] is not None else {}
    return {
        **row["cove"], "export": form, "source": source, "dialogue": row["id"], "score": report["score"],
        "verdict": report["verdict"], "termination": row["termination"], **more,
    }  # fmt: skip


# --- whole dialogues --------------------------------------------------------------------------------------------------


def as_messages(row: Row) -> Iterator[Row]:
    """The agent's side of a dialogue, as chat-completions messages and tools."""
    source = _has_user_calls(row["messages"])
    messages = _agents(row["messages"]) if source else unmarked(row["messages"])
    yield {
        "id": row["id"], "messages": [plain(m) for m in messages], "tools": row["tools"], "start": row["start"],
        "termination": row["termination"], "cove": about(row, "messages", source),
    }  # fmt: skip


def as_llama_factory(row: Row) -> Iterator[Row]:
    """ShareGPT turns as LLaMA-Factory names them; a call and its result are JSON texts, several at once one list.

    That trainer leaves out, with a warning, a row whose sides do not alternate or whose last turn is not the agent's:
    such rows are not made. Raises NotThere.
    """
    system, *rest = _agents(row["messages"])
    turns: list[Row] = []
    for message in _answered(rest):
        side, text = _sharegpt(message)
        if turns and turns[-1]["from"] == side != "function_call":
            turns[-1]["value"] += f"\n{text}" if side == "observation" else f"\n\n{text}"
        else:
            turns.append({"from": side, "value": text})
    if not turns or turns[-1]["from"] not in ("gpt", "function_call"):
        raise NotThere("the agent has not the last word")
    if turns[0]["from"] == "gpt":
        turns.insert(0, {"from": "human", "value": ""})
    if any((turn["from"] in ("human", "observation")) != (at % 2 == 0) for at, turn in enumerate(turns)):
        raise NotThere("its sides do not take turns")
    yield {
        "id": row["id"], "conversations": turns, "system": system["content"], "tools": dumps(row["tools"]),
        "cove": about(row, "llama-factory", True),
    }  # fmt: skip


def as_ms_swift(row: Row) -> Iterator[Row]:
    """Messages with the roles `tool_call` and `tool_response`."""
    system, *rest = _agents(row["messages"])
    messages: list[Chat] = []
    for message in (system, *_answered(rest)):
        if message.get("tool_calls"):
            messages += [{"role": "assistant", "content": message["content"]}] if message.get("content") else []
            messages += [{"role": "tool_call", "content": dumps(_bare_call(c))} for c in message["tool_calls"]]
        else:
            role = "tool_response" if message["role"] == "tool" else message["role"]
            messages.append({"role": role, "content": message["content"] or ""})
    yield {
        "id": row["id"], "messages": messages, "tools": dumps(row["tools"]), "cove": about(row, "ms-swift", True),
    }  # fmt: skip


def _answered(messages: list[Chat]) -> list[Chat]:
    """A dialogue without what the user said last: nothing was answered to it, so nothing is learnt of it."""
    ends = [at for at, m in enumerate(messages, 1) if m["role"] != "user"]
    return messages[: ends[-1] if ends else 0]


def _sharegpt(message: Chat) -> tuple[str, str]:
    """Whose turn a message is, and what stands in it. Raises NotThere."""
    if not message.get("tool_calls"):
        return {"user": "human", "tool": "observation", "assistant": "gpt"}[message["role"]], message["content"] or ""
    if message.get("content"):
        raise NotThere("the agent speaks and calls a tool at once")
    calls = [_bare_call(c) for c in message["tool_calls"]]
    return "function_call", dumps(calls[0] if len(calls) == 1 else calls)


# --- turns ------------------------------------------------------------------------------------------------------------


def as_turns(row: Row) -> Iterator[Row]:
    """A row for each message of the agent: what came before as the prompt, the message alone to be learnt."""
    seen = [plain(m) for m in _agents(row["messages"])]
    places = [i for i, m in enumerate(seen) if m["role"] == "assistant" and i > 1]
    for turn, at in enumerate(places):
        cove = about(row, "turns", True) | {"turn": turn, "turns": len(places)}
        yield {
            "id": f"{row['id']}#{turn}", "prompt": seen[:at], "completion": [seen[at]], "tools": row["tools"],
            "cove": cove,
        }  # fmt: skip


def as_user_model(row: Row) -> Iterator[Row]:
    """The user's side: the agent's words as the user's, its own as the assistant's, which alone are learnt from. What
    the agent did with tools is not there, as no user sees it."""
    seen = [{"role": "system", "content": row["user_prompt"]}, *user_view(row["messages"][1:])]
    messages = [plain(as_read(m)) for m in seen]
    yield {
        "id": row["id"], "messages": messages, "learn": [m["role"] == "assistant" for m in messages],
        "tools": row.get("user_tools", []), "cove": about(row, "user-model", True),
    }  # fmt: skip


FORMS: dict[str, Callable[[Row], Iterator[Row]]] = {
    "messages": as_messages,
    "trl": as_messages,
    "axolotl": as_messages,
    "turns": as_turns,
    "user-model": as_user_model,
    "llama-factory": as_llama_factory,
    "ms-swift": as_ms_swift,
}


# --- messages ---------------------------------------------------------------------------------------------------------


def plain(message: Chat) -> Chat:
    """A message without anything that is null: templates print a null as a word."""
    kept = {k: v for k, v in message.items() if v is not None}
    return {**kept, "content": message.get("content") or ""}


def _agents(messages: list[Chat]) -> list[Chat]:
    """What the agent sees of a dialogue, for one who learns to be it."""
    return [messages[0], *_named(map(as_read, agent_view(unmarked(messages[1:]))))]


def _named(messages: Iterable[Chat]) -> Iterator[Chat]:
    """Results with the names of their tools. An id is that of the newest call that has it: the two sides may give their
    calls the same ids, and a model may give each of its messages' calls the same again."""
    names: dict[str, str] = {}
    for message in messages:
        names |= {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or ()}
        yield message | {"name": names.get(message["tool_call_id"])} if message["role"] == "tool" else message


def as_read(message: Chat) -> Chat:
    """A message as it was before it was sent: with arguments as objects."""
    if not message.get("tool_calls"):
        return message
    calls = [
        {**c, "function": {**c["function"], "arguments": read_arguments(c["function"]["arguments"])}}
        for c in message["tool_calls"]
    ]
    return {**message, "tool_calls": calls}


def _has_user_calls(messages: list[Chat]) -> bool:
    return any(m["role"] == "user" and m.get("tool_calls") for m in messages)


def _bare_call(call: Chat) -> Row:
    return {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}


__all__ = ["FORMS", "NotThere", "about", "as_messages", "as_read", "as_turns", "as_user_model", "plain"]
