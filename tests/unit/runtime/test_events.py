"""Conversations become events, or are refused with the message and the field that are wrong."""

import json
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime import events
from cove_dsl.backends.python.runtime.events import Call, Message, TrajectoryError, read_trajectory
from cove_dsl.backends.python.runtime.exact import parse_json


def nested(name, arguments, call_id="c1"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def flat(name, arguments, call_id="c1", **more):
    return {"id": call_id, "name": name, "arguments": arguments, **more}


def calling(*calls, role="assistant", content=None):
    return {"role": role, "content": content, "tool_calls": list(calls)}


def answer(text, call_id="c1", **more):
    return {"role": "tool", "tool_call_id": call_id, "content": text, **more}


def only_call(*messages):
    (call,) = [event for event in read_trajectory(list(messages)).events if isinstance(event, Call)]
    return call


# --- parse_json -------------------------------------------------------------------------------------------------------


def test_numbers_are_exact():
    assert parse_json("[1, 0.1, 2.50, -3e2]") == [1, Decimal("0.1"), Decimal("2.50"), Decimal("-300")]
    assert str(parse_json("2.50")) == "2.50"
    assert parse_json("9" * 40) == int("9" * 40)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NaN", "`NaN` is not a number"),
        ("[-Infinity]", "`-Infinity` is not a number"),
        ('{"a": 1, "b": 2, "a": 3}', "the key `a` is given twice"),
        ("9" * 41, "more than 40 digits"),
        ("0." + "1" * 40, "more than 40 digits"),
        ("9" * 5000, "more than 40 digits"),
        ("1e31", "exponent beyond 30"),
        ("1e-31", "exponent beyond 30"),
        ("1e" + "9" * 5000, "exponent beyond 30"),
        ("[" * 201 + "]" * 201, "nested deeper than 200"),
        ('{"a":' * 201 + "1" + "}" * 201, "nested deeper than 200"),
        ("[" * 100_000 + "]" * 100_000, "nested deeper than 200"),
        ("[" * 100_000, "nested deeper than 200"),
        ("{", "not JSON"),
        ("", "not JSON"),
        ('"\n"', "not JSON"),
    ],
)
def test_what_json_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_json(text)


def test_depth_counts_no_brackets_in_texts():
    assert parse_json(json.dumps(["[{" * 500, '\\"[' * 500])) == ["[{" * 500, '\\"[' * 500]
    assert parse_json("[" * 200 + "]" * 200)


@given(st.text(alphabet='[]{}",:0123456789.eE+-\\ntrufalsNI \ud800\x00', max_size=60))
def test_no_text_raises_anything_but_value_error(text):
    with suppress(ValueError):
        parse_json(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_json_writes_is_read_back(value):
    assert parse_json(json.dumps(value)) == value


# --- events -----------------------------------------------------------------------------------------------------------


def test_a_conversation_becomes_events_in_order_of_execution():
    trajectory = read_trajectory(
        [
            {"role": "system", "content": 3},
            {"role": "user", "content": "where is my parcel?"},
            calling(nested("find", '{"n": 1.5}', "a"), nested("track", "{}", "b"), content="one moment"),
            answer('{"found": 2.25}', "a"),
            answer("Error: no parcel", "b"),
            {"role": "assistant", "content": [{"type": "text", "text": "it is "}, {"type": "text", "text": "lost"}]},
            {"role": "user", "content": "thanks ###STOP###"},
        ]
    )
    said = [event.text if isinstance(event, Message) else event.tool for event in trajectory.events]
    assert said == ["where is my parcel?", "one moment", "find", "track", "it is lost", "thanks ###STOP###"]
    assert [event.position for event in trajectory.events] == list(range(6))
    assert [event.kind for event in trajectory.events] == ["message", "message", "call", "call", "message", "message"]
    assert [(step.role, step.message, step.position) for step in trajectory.steps] == [
        ("user", 1, 0),
        ("agent", 2, 1),
        ("agent", 5, 4),
        ("user", 6, 5),
    ]
    find, track = trajectory.steps[1].calls
    assert (find.arguments, find.ok, find.result, find.result_message) == (
        {"n": Decimal("1.5")},
        True,
        {"found": Decimal("2.25")},
        3,
    )
    assert (track.call, track.ok, track.result, track.result_text) == (1, False, "Error: no parcel", "Error: no parcel")
    assert trajectory.events[1].step is find.step is track.step
    assert trajectory.ended == "###STOP###"


def test_nothing_said_is_no_event():
    trajectory = read_trajectory([{"role": "user", "content": " \n"}, calling(nested("look", ""), content="")])
    assert [event.kind for event in trajectory.events] == ["call"]
    assert [step.text for step in trajectory.steps] == [None, None]
    assert trajectory.ended is None


def test_no_result_is_unknown():
    call = only_call(calling(nested("look", "{}")))
    assert (call.ok, call.result, call.result_text, call.result_message) == (None, None, None, None)


@pytest.mark.parametrize(
    ("text", "flag", "ok"),
    [
        ("Error: no", {}, False),
        ("Error no", {}, False),
        ("Errors: none", {}, True),
        ("Error: no", {"error": None}, False),
        ("Error: none found", {"error": False}, True),
        ("fine", {"error": True}, False),
        ("fine", {}, True),
        (None, {}, True),
    ],
)
def test_what_counts_as_a_failure(text, flag, ok):
    assert only_call(calling(nested("look", "{}")), answer(text, **flag)).ok is ok


def test_a_users_calls_are_told_from_the_agents():
    messages = [
        calling(flat("reboot", {}, "a", requestor="user"), flat("wait", {}, "b"), role="user"),
        calling(flat("press", {}, "c", requestor="user"), flat("look", {}, "d", requestor="assistant")),
    ]
    roles = [event.role for event in read_trajectory(messages).events]
    assert roles == ["user", "user", "user", "agent"]


@pytest.mark.parametrize("arguments", ["{'a': 1}", "[1]", '{"a": NaN}', '{"a": 1, "a": 2}', "{", "null"])
def test_arguments_a_model_misspells_are_kept_as_malformed(arguments):
    call = only_call(calling(nested("look", arguments)))
    assert (call.malformed, call.arguments) == (True, {})


def test_arguments_given_as_an_object_are_made_exact():
    call = only_call(calling(flat("pay", {"sum": 0.1, "parts": [1, True, None, {"x": Decimal("2.5")}]})))
    assert call.arguments == {"sum": Decimal("0.1"), "parts": [1, True, None, {"x": Decimal("2.5")}]}
    assert not call.malformed


# --- pairing ----------------------------------------------------------------------------------------------------------


def results(messages):
    return [event.result for event in read_trajectory(messages).events if isinstance(event, Call)]


def test_results_are_paired_by_id_in_any_order():
    messages = [calling(flat("a", {}, "1"), flat("b", {}, "2")), answer("two", "2"), answer("one", "1")]
    assert results(messages) == ["one", "two"]


def test_a_result_may_carry_its_id_as_id():
    messages = [calling(flat("a", {}, "1")), {"role": "tool", "id": "1", "content": "one"}]
    assert results(messages) == ["one"]


def test_an_id_used_again_means_the_newest_message():
    messages = [
        calling(flat("a", {})),
        calling(flat("b", {})),
        answer("second"),
        calling(flat("c", {})),
        answer("third"),
    ]
    assert results(messages) == [None, "second", "third"]


def test_an_id_used_twice_in_one_message_is_answered_in_order():
    messages = [calling(flat("a", {}), flat("b", {})), answer("first"), answer("second")]
    assert results(messages) == ["first", "second"]


def test_without_ids_results_are_paired_by_order_and_name():
    messages = [
        calling(flat("a", {}, None), flat("b", {}, ""), flat("a", {}, None)),
        answer("b1", None, name="b"),
        answer("a1", None, name="a"),
        answer("a2", None),
    ]
    assert results(messages) == ["a1", "b1", "a2"]
    assert results([calling(flat("a", {}, None)), answer("late", "x")]) == ["late"]


def test_pairing_is_linear():
    count = 20_000
    calls = [flat("a" if n % 2 else "b", {}, None) for n in range(count)]
    answers = [answer(str(n), None, name="b") for n in range(count // 2)]
    answers += [answer(str(n), None) for n in range(count // 2)]
    assert None not in results([calling(*calls), *answers])


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "index", "field"),
    [
        ({}, None, "messages"),
        (["hello"], 0, "role"),
        ([{}], 0, "role"),
        ([{"role": "boss"}], 0, "role"),
        ([{"role": ["user"]}], 0, "role"),
        ([{"role": "function", "content": "x"}], 0, "id"),
        ([{"role": "assistant", "content": None, "function_call": {"name": "f"}}], 0, "tool_calls[0].arguments"),
        ([{"role": "assistant"}], 0, "content"),
        ([{"role": "user", "content": 5}], 0, "content"),
        ([{"role": "user", "content": ["x"]}], 0, "content[0]"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], 0, "content[0].type"),
        ([{"role": "user", "content": [{"type": "text"}]}], 0, "content[0].text"),
        ([{"role": "assistant", "tool_calls": {}}], 0, "tool_calls"),
        ([calling("x")], 0, "tool_calls[0]"),
        ([calling({"type": "custom"})], 0, "tool_calls[0].type"),
        ([calling({"function": "f"})], 0, "tool_calls[0].function"),
        ([calling(flat("", {}))], 0, "tool_calls[0].name"),
        ([calling(flat("a", {}), flat("b", [1]))], 0, "tool_calls[1].arguments"),
        ([calling(flat("a", None))], 0, "tool_calls[0].arguments"),
        ([calling(flat("a", {"x": float("nan")}))], 0, "tool_calls[0].arguments"),
        ([calling(flat("a", {"x": Decimal("sNaN")}))], 0, "tool_calls[0].arguments"),
        ([calling(flat("a", {"x": 10**40}))], 0, "tool_calls[0].arguments"),
        ([calling(flat("a", {"x": {1: 2}}))], 0, "tool_calls[0].arguments"),
        ([calling(flat("a", {"x": {1}}))], 0, "tool_calls[0].arguments"),
        ([calling(flat("a", {}, 7))], 0, "tool_calls[0].id"),
        ([calling(flat("a", {}, requestor="judge"))], 0, "tool_calls[0].requestor"),
        ([{"role": "user", "content": "x"}, answer("y")], 1, "tool_call_id"),
        ([calling(flat("a", {})), answer("y"), answer("z")], 2, "tool_call_id"),
        ([calling(flat("a", {})), answer("y", "c9")], 1, "tool_call_id"),
        ([calling(flat("a", {})), answer("y", name="b")], 1, "name"),
        ([calling(flat("a", {}, None)), answer("y", None, name="b")], 1, "id"),
        ([calling(flat("a", {})), answer("y", error="yes")], 1, "error"),
        ([calling(flat("a", {})), answer({"x": 1})], 1, "content"),
    ],
)
def test_a_wrong_shape_names_message_and_field(messages, index, field):
    with pytest.raises(TrajectoryError) as caught:
        read_trajectory(messages)
    assert (caught.value.message_index, caught.value.field) == (index, field)
    assert str(caught.value).splitlines() == [str(caught.value)]


def test_a_message_for_people_stays_on_one_line():
    with pytest.raises(TrajectoryError, match=r"`boss\\n\\u202e`"):
        read_trajectory([{"role": "boss\n\u202e"}])


def test_deep_arguments_are_refused_or_malformed():
    deep = {}
    for _ in range(5000):
        deep = {"x": deep}
    with pytest.raises(TrajectoryError, match="nested deeper"):
        read_trajectory([calling(flat("a", deep))])
    assert only_call(calling(nested("a", '{"x":' * 5000 + "1" + "}" * 5000))).malformed


texts = st.text(max_size=6) | st.sampled_from(["a", "user", "assistant", "text", "1", "{}", "\ud800", "\x00"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
likely_calls = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "2", "", None]) | anything,
        "name": st.sampled_from(["a", "b"]) | anything,
        "arguments": st.sampled_from(["{}", "{", {}]) | anything,
        "requestor": st.sampled_from(["user", "assistant"]) | anything,
        "function": st.fixed_dictionaries({"name": st.just("a"), "arguments": texts}) | anything,
        "type": st.just("function") | anything,
    },
)
likely_messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "system", "function"]) | anything},
    optional={
        "content": texts | st.lists(st.fixed_dictionaries({"type": texts, "text": texts}), max_size=2) | anything,
        "tool_calls": st.lists(likely_calls, max_size=3) | anything,
        "function_call": anything,
        "tool_call_id": st.sampled_from(["1", "2", "", None]) | anything,
        "id": st.sampled_from(["1", "2", "", None]) | anything,
        "name": st.sampled_from(["a", "b"]) | anything,
        "error": st.booleans() | anything,
    },
)


@given(st.lists(likely_messages | anything, max_size=6) | anything)
def test_no_conversation_raises_anything_but_a_trajectory_error(messages):
    with suppress(TrajectoryError):
        trajectory = read_trajectory(messages)
        assert [event.position for event in trajectory.events] == list(range(len(trajectory.events)))
        assert len(trajectory.steps) <= len(messages)


def test_the_module_stands_alone():
    lines = Path(events.__file__).read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported - {""} <= sys.stdlib_module_names  # `dialects` stands beside it
