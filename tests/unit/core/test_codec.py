"""What is written as JSON reads back as it was."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.core.codec import NotCore, decode, encode, from_json, to_json
from cove_dsl.core.nodes import (
    Apply,
    Clause,
    Collect,
    Const,
    Events,
    Exit,
    Fold,
    Get,
    If,
    Let,
    Lookup,
    Make,
    Pattern,
    Var,
)
from cove_dsl.core.types import BOOL, INT, TEXT, EventType, ListType, MapType, Optional, RecordType, Ref, TupleType
from cove_dsl.source import Span

names = st.text(max_size=6)
call = EventType("call", None, frozenset({"a", "b"}))
prims = [BOOL, INT, TEXT, Ref("a.b"), RecordType("R"), RecordType("R", "c"), call]
types = st.sampled_from(
    [
        *prims,
        ListType(prims[0]),
        Optional(prims[3]),
        MapType(prims[1], Optional(prims[4])),
        TupleType((prims[0], prims[6])),
    ]
)
numbers = st.one_of(st.integers(), st.decimals(allow_nan=False), st.fractions())
constants = st.recursive(
    st.one_of(st.none(), st.booleans(), names, numbers),
    lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(names, v, max_size=3)),
    max_leaves=6,
)
spans = st.builds(Span, names, st.integers(0, 99), st.integers(0, 99))
leaves = st.one_of(st.builds(Const, constants, types, spans), st.builds(Var, names, types, spans))
patterns = st.builds(
    Pattern, st.sampled_from(["message", "call", "step"]), st.sampled_from([None, "agent"]), st.frozensets(names)
)
expressions = st.recursive(
    leaves,
    lambda e: st.one_of(
        st.builds(Get, e, names, types, st.booleans(), spans),
        st.builds(Lookup, e, e, types),
        st.builds(Make, st.just("list"), st.just(()), st.lists(e, max_size=3).map(tuple), types),
        st.builds(Apply, names, st.lists(e, max_size=3).map(tuple), types),
        st.builds(If, e, e, e, types),
        st.builds(Let, names, e, e, types),
        st.builds(lambda x, y, t: Collect((Clause("for", ("a", "b"), x), Clause("where", (), y)), x, t), e, e, types),
        st.builds(Fold, st.sampled_from(["some", "count"]), e, types),
        st.builds(Events, patterns, types, st.none() | e, st.none() | e),
    ),
    max_leaves=6,
)


@given(expressions)
def test_expressions_round_trip(expr):
    again = from_json(to_json(expr))
    assert again == expr
    assert to_json(again) == to_json(expr)  # 1 and True are equal to Python, and written differently


@given(constants)
def test_constants_keep_their_kinds(value):
    again = from_json(to_json(value))
    assert repr(again) == repr(value)


def test_a_whole_specification_round_trips(retail):
    again = from_json(to_json(retail))
    assert again == retail
    assert to_json(again) == to_json(retail)
    some = next(iter(retail.tools.values()))
    assert again.tools[some.name].span == some.span


def test_numbers_are_exact():
    assert encode(Decimal("1.50")) == {"decimal": "1.50"}
    assert encode(Fraction(1, 3)) == {"fraction": "1/3"}
    assert encode((1, [2])) == [1, {"list": [2]}]


def test_what_has_its_default_is_left_out():
    assert encode(Exit("skip")) == {"is": "Exit", "kind": "skip"}


@pytest.mark.parametrize(
    "data", [{}, {"is": "Nothing"}, {"is": "Var", "x": 1}, {"decimal": "x"}, {"fraction": "1/0"}, 1.5]
)
def test_anything_else_is_refused(data):
    with pytest.raises(NotCore):
        decode(data)


def test_text_that_is_not_json_is_refused():
    with pytest.raises(NotCore):
        from_json("{")
    with pytest.raises(TypeError):
        encode(object())
    assert json.loads(to_json(Exit("skip")))["kind"] == "skip"
