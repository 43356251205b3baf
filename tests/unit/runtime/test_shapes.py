"""Whatever JSON comes from outside has the shape of a type or has it not; nothing in it ends a verification."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.shapes import conforms, declared, has_only_declared, shape_problem
from cove_dsl.world.desk import load

SHAPES = {
    "way": ("kind", {"card": {"id": "text", "limit": ("optional", "number")}, "gift": {"id": "text"}}),
    "one": (None, {"": {"ways": ("map", ("record", "way")), "n": "int", "tags": ("list", ("tuple", "text", "bool"))}}),
}
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["card", "gift", "x", ""])
NAMES = st.sampled_from(["kind", "id", "limit", "ways", "n", "tags", "x"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))
KINDS = st.sampled_from([("record", "way"), ("record", "one"), ("optional", ("record", "way")), ("list", "text")])


@given(JSON, KINDS)
@example({"kind": []}, ("record", "way"))
@example({"ways": {"a": {"kind": {}}}}, ("record", "one"))
def test_what_does_not_fit_has_a_problem_and_nothing_else_has(value, kind):
    fits = conforms(value, kind, SHAPES)
    assert (shape_problem(value, kind, SHAPES) is None) == fits
    kept = declared(value, kind, SHAPES)
    assert conforms(kept, kind, SHAPES) == fits
    if fits and kind[0] == "record":
        assert has_only_declared(kept, SHAPES[kind[1]])


def test_a_result_whose_case_is_no_name_is_judged_like_any_other_that_misses_its_type():
    desk = load("retail")
    person = {
        "user_id": "u", "name": {"first_name": "A", "last_name": "B"}, "email": "a@example.com", "orders": [],
        "address": dict.fromkeys(("address1", "address2", "city", "country", "state", "zip"), "x"),
    }  # fmt: skip
    verdicts = []
    for source in (["gift_card"], {"gift_card": 1}, "no such card"):
        result = json.dumps({**person, "payment_methods": {"p": {"source": source, "id": "p"}}})
        call = {
            "id": "c",
            "type": "function",
            "function": {"name": "get_user_details", "arguments": '{"user_id": "u"}'},
        }
        messages = [
            {"role": "user", "content": "Hello."}, {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": result},
        ]  # fmt: skip
        verdicts.append(desk.verify(messages).data)
    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert "error" not in verdicts[0]
