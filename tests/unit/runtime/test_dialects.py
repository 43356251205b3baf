"""One conversation in the words of several APIs is one conversation; what is none of them is refused with its place."""

import json
from typing import Any

import pytest

from cove_dsl.backends.python.runtime.events import Call, TrajectoryError, read_trajectory
from cove_dsl.world.desk import World, load
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
TALK = [json.loads(line) for line in (EXAMPLES / "conversations.jsonl").read_text(encoding="utf-8").splitlines()]
Messages = list[dict[str, Any]]


def called(message: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, name and arguments of each call of a message."""
    found = []
    for n, call in enumerate(message.get("tool_calls") or ()):
        body = call.get("function", call)
        given = body["arguments"]
        found.append((call.get("id") or f"c{n}", body["name"], json.loads(given) if isinstance(given, str) else given))
    return found


def anthropic(messages: Messages) -> Messages:
    """Blocks; results come in a user's message, together with what the user says next."""
    made: Messages = []
    for m in messages:
        if m["role"] == "tool":
            content = [{"type": "text", "text": m["content"]}]
            block = {"type": "tool_result", "tool_use_id": m["tool_call_id"], "content": content,
                     "is_error": bool(m.get("error", m["content"].startswith("Error")))}  # fmt: skip
            made.append({"role": "user", "content": [block]})
        elif called(m):
            blocks: list[Any] = [{"type": "thinking", "thinking": "hm", "signature": "x"}]
            blocks += [{"type": "text", "text": m["content"]}] if m.get("content") else []
            blocks += [{"type": "tool_use", "id": i, "name": n, "input": a} for i, n, a in called(m)]
            made.append({"role": "assistant", "content": blocks})
        elif m["role"] == "user" and made and isinstance(made[-1]["content"], list) and made[-1]["role"] == "user":
            made[-1]["content"].append({"type": "text", "text": m["content"]})
        else:
            made.append({"role": m["role"], "content": [{"type": "text", "text": m["content"]}]})
    return made


def responses(messages: Messages) -> Messages:
    made: Messages = []
    for m in messages:
        if m["role"] == "tool":
            made.append({"type": "function_call_output", "call_id": m["tool_call_id"], "output": m["content"]})
            continue
        if m.get("content"):
            kind = "output_text" if m["role"] == "assistant" else "input_text"
            made.append({"type": "message", "role": m["role"], "content": [{"type": kind, "text": m["content"]}]})
        for number, name, given in called(m):
            made.append({"type": "reasoning", "summary": []})
            made.append({"type": "function_call", "call_id": number, "name": name, "arguments": json.dumps(given)})
    return made


def legacy(messages: Messages) -> Messages:
    made: Messages = []
    for m in messages:
        if m["role"] == "tool":
            made.append(
                {"role": "function", "name": next(iter(made[-1]["function_call"].values())), "content": m["content"]}
            )
        elif called(m):
            (_, name, given) = called(m)[0]
            call = {"name": name, "arguments": json.dumps(given)}
            made.append({"role": "assistant", "content": m.get("content"), "function_call": call})
        else:
            made.append(m)
    return made


def told(messages: Messages) -> list[Any]:
    """What happened, without where it stands."""
    return [
        (e.role, e.tool, e.arguments, e.ok, e.result) if isinstance(e, Call) else (e.role, e.text)
        for e in read_trajectory(messages).events
    ]


@pytest.mark.parametrize("dialect", [anthropic, responses, legacy], ids=lambda d: d.__name__)
@pytest.mark.parametrize("record", TALK, ids=lambda r: r["id"])
def test_the_same_in_other_words(dialect, record):
    plain = [m for m in record["messages"] if m["role"] != "system"]
    assert told(dialect(plain)) == told(plain)
    desk = load(str(EXAMPLES / "tea.cove"))
    world = World.from_json(EXAMPLES / "shop.json", desk)
    one, two = (desk.verify(m, world=world, task=record) for m in (plain, dialect(plain)))
    assert (one.verdict, one.score) == (two.verdict, two.score)
    assert [(r["rule"], r["verdict"]) for r in one.rules] == [(r["rule"], r["verdict"]) for r in two.rules]


def test_places_are_those_of_the_messages_given():
    calls = [{"type": "tool_use", "id": f"c{n}", "name": "look", "input": {"n": n}} for n in range(2)]
    results: list[Any] = [{"type": "tool_result", "tool_use_id": f"c{n}", "content": str(n)} for n in (1, 0)]
    results[0]["is_error"] = True
    said = {"type": "text", "text": "And now?"}
    found = read_trajectory(
        [
            {"role": "assistant", "content": [{"type": "text", "text": "Hm."}, *calls]},
            {"role": "user", "content": [*results, said]},
        ]
    ).events
    assert [(e.kind, e.message) for e in found] == [("message", 0), ("call", 0), ("call", 0), ("message", 1)]
    assert [(e.call, e.ok, e.result, e.result_message) for e in found if isinstance(e, Call)] == [
        (0, True, 0, 1),
        (1, False, 1, 1),
    ]


def sharegpt(messages: Messages) -> Messages:
    made: Messages = []
    for m in messages:
        if m["role"] == "tool":
            made.append({"from": "observation", "value": m["content"]})
            continue
        if m.get("content"):
            made.append({"from": {"user": "human", "assistant": "gpt"}[m["role"]], "value": m["content"]})
        for _, name, given in called(m):
            made.append({"from": "function_call", "value": json.dumps({"name": name, "arguments": given})})
    return made


def steps(messages: Messages) -> list[Any]:
    """What each party did in each of its steps."""
    return [
        (s.role, s.text, [(c.tool, c.arguments, c.result) for c in s.calls]) for s in read_trajectory(messages).steps
    ]


@pytest.mark.parametrize("dialect", [anthropic, responses, sharegpt], ids=lambda d: d.__name__)
def test_calls_made_at_once_are_one_step(dialect):
    """Also where each of them is written down by itself: a rule about a step sees it whole."""
    looks = [{"id": f"c{n}", "function": {"name": "get_order", "arguments": json.dumps({"order_id": f"T{n}"})}}
             for n in (1, 2)]  # fmt: skip
    results = [{"role": "tool", "tool_call_id": f"c{n}", "content": f'{{"order_id": "T{n}"}}'} for n in (1, 2)]
    plain: Messages = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "One moment.", "tool_calls": looks},
        *results,
        {"role": "assistant", "content": None, "tool_calls": [{**looks[0], "id": "c3"}]},
        {**results[0], "tool_call_id": "c3"},
        {"role": "assistant", "content": None, "tool_calls": [{**looks[1], "id": "c4"}]},
    ]
    assert [len(calls) for _, _, calls in steps(plain)] == [0, 2, 1, 1]
    assert steps(dialect(plain)) == steps(plain)
    desk = load(str(EXAMPLES / "tea.cove"))
    broken = {r["rule"] for r in desk.verify(dialect(plain)).rules if r["verdict"] == "violated"}
    assert "one_at_a_time" in broken


def test_a_call_written_down_by_itself_says_where_it_stands():
    call = {"type": "function_call", "call_id": "a", "name": "look", "arguments": "{}"}
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hm."}]}
    found = read_trajectory([said, {"type": "reasoning"}, call, {**call, "call_id": "b"}])
    assert [(e.kind, e.message) for e in found.events] == [("message", 0), ("call", 2), ("call", 3)]
    assert [c.call for s in found.steps for c in s.calls] == [0, 0]
    with pytest.raises(TrajectoryError, match="message 3, field"):
        read_trajectory([said, {"type": "reasoning"}, call, {**call, "name": ""}])
    between = {"role": "developer", "content": "Go on."}
    assert len(read_trajectory([said, call, between, call]).steps) == 2


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "image_url", "image_url": {}}]},
        {"role": "user", "content": [{"type": "document"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "x", "input": {}}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "look", "input": 7}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "nobody", "content": "x"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": [{"type": "image"}]}]},
        {"type": "function_call_output", "call_id": "nobody", "output": "x"},
        {"type": "web_search_call", "id": "x"},
        {"role": "function", "name": "look", "content": "x"},
        {"role": "assistant", "function_call": "look"},
        {"type": ["odd"]},
        {"role": "assistant", "type": "function_call", "name": "look", "arguments": "{}", "content": ""},
        {"role": "assistant", "content": None, "audio": {"id": "x", "transcript": "Hello."}},
        {"role": "assistant", "content": None, "refusal": 7},
    ],
    ids=str,
)
def test_what_is_none_of_them_is_refused(message):
    with pytest.raises(TrajectoryError):
        read_trajectory([message])


def test_logs_that_are_torn_or_out_of_order():
    """Developer messages in the middle, calls without results, calls without ids, several results in another order."""
    call = {"type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": "Be nice."},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "One "}, {"type": "text", "text": "moment."}],
            "tool_calls": [call, call],
        },
        {"role": "tool", "content": "1"},
        {"role": "system", "content": "Still be nice."},
        {"role": "tool", "content": "2"},
        {"role": "assistant", "content": None, "tool_calls": [{**call, "id": "last"}]},
    ]
    assert told(messages) == [
        ("user", "Hi"), ("agent", "One moment."), ("agent", "look", {}, True, 1), ("agent", "look", {}, True, 2),
        ("agent", "look", {}, None, None),
    ]  # fmt: skip


USED = {"type": "tool_use", "id": "a", "name": "look", "input": {}}


def listed(name: str, number: str | None = None) -> dict[str, Any]:
    return {"id": number, "function": {"name": name, "arguments": "{}"}}


@pytest.mark.parametrize(
    ("message", "tools"),
    [
        ({"content": [USED], "tool_calls": [listed("look", "a")]}, ["look"]),
        ({"content": [USED], "tool_calls": [listed("look", "b")]}, ["look", "look"]),
        ({"content": [USED], "tool_calls": []}, ["look"]),
        ({"function_call": {"name": "look", "arguments": "{}"}, "tool_calls": [listed("look", "a")]}, ["look"]),
        ({"function_call": {"name": "look", "arguments": "{}"}, "tool_calls": [listed("buy")]}, ["look", "buy"]),
    ],
    ids=str,
)
def test_calls_in_two_ways_are_read_once_and_none_is_lost(message, tools):
    found = read_trajectory([{"role": "assistant", "content": None, **message}]).events
    assert [e.tool for e in found if isinstance(e, Call)] == tools


@pytest.mark.parametrize(
    ("result", "ok"),
    [
        ({"role": "tool", "content": "boom", "status": "error"}, False),
        ({"role": "tool", "content": "boom", "status": "success"}, True),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": None}]}, True),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": True}]}, False),
    ],
    ids=str,
)
def test_results_say_whether_they_failed(result, ok):
    call, *_ = read_trajectory([{"role": "assistant", "content": [USED]}, result]).events
    assert isinstance(call, Call)
    assert call.ok is ok


def test_a_sign_of_failure_that_is_none_is_refused():
    block = {"type": "tool_result", "tool_use_id": "a", "content": "x", "is_error": "true"}
    with pytest.raises(TrajectoryError, match="must be true, false or absent"):
        read_trajectory([{"role": "assistant", "content": [USED]}, {"role": "user", "content": [block]}])


def test_a_refusal_is_said():
    assert told([{"role": "assistant", "content": None, "refusal": "I can't do that."}]) == [
        ("agent", "I can't do that.")
    ]


def test_sharegpt_calls_and_results():
    told = [
        {"from": "system", "value": "Be kind."},
        {"from": "human", "value": "Where is T1?"},
        {"from": "function_call", "value": '{"name": "get_order", "arguments": {"order_id": "T1"}}'},
        {"from": "observation", "value": '{"order_id": "T1"}'},
        {"from": "gpt", "value": "On its way."},
    ]
    user, call, agent = read_trajectory(told).events
    assert isinstance(call, Call)
    assert (user.role, agent.role) == ("user", "agent")
    assert (call.tool, call.arguments, call.ok, call.result) == (
        "get_order",
        {"order_id": "T1"},
        True,
        {"order_id": "T1"},
    )


@pytest.mark.parametrize("value", ["not JSON", None, "[]", '{"arguments": {}}'])
def test_a_sharegpt_call_that_is_none_is_refused(value):
    with pytest.raises(TrajectoryError, match="must be the name of a tool"):
        read_trajectory([{"from": "function_call", "value": value}])


def test_langchain_calls():
    call = {"name": "get_order", "args": {"order_id": "T1"}, "id": "c", "type": "tool_call"}
    (made,) = read_trajectory([{"role": "assistant", "content": "", "tool_calls": [call]}]).events
    assert (made.tool, made.arguments) == ("get_order", {"order_id": "T1"})


@pytest.mark.parametrize(("message", "said"), [({"role": "customer"}, "`customer` is not one of"), ({}, "is missing")])
def test_who_nobody_is_is_told_who_there_is(message, said):
    with pytest.raises(TrajectoryError, match=said) as caught:
        read_trajectory([{"content": "hi", **message}])
    assert "system, developer, user, assistant, tool" in str(caught.value)
