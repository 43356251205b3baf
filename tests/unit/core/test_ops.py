"""Operations are exact, total, and strict about what is unknown."""

from decimal import Decimal
from fractions import Fraction
from inspect import signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.core.ops import OPS, apply
from cove_dsl.core.values import UNKNOWN, Undefined, as_fraction, equal, is_number, plain, same, settle

truths = st.sampled_from([True, False, UNKNOWN])
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
numbers = st.one_of(st.integers(-(10**12), 10**12), decimals, st.fractions(max_denominator=1000))
texts = st.text(max_size=8)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.just(UNKNOWN))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize("a", [True, False, UNKNOWN])
@pytest.mark.parametrize("b", [True, False, UNKNOWN])
def test_the_tables_of_kleene(a, b):
    rank = {id(False): 0, id(UNKNOWN): 1, id(True): 2}
    back = [False, UNKNOWN, True]
    assert apply("and", (a, b)) is back[min(rank[id(a)], rank[id(b)])]
    assert apply("or", (a, b)) is back[max(rank[id(a)], rank[id(b)])]
    assert apply("not", (a,)) is back[2 - rank[id(a)]]


@given(st.lists(truths))
def test_de_morgan(items):
    denied = tuple(apply("not", (i,)) for i in items)
    assert apply("not", (apply("and", tuple(items)),)) is apply("or", denied)
    assert apply("not", (apply("or", tuple(items)),)) is apply("and", denied)


@given(st.lists(truths), st.data())
def test_knowing_more_never_changes_what_was_known(items, data):
    refined = tuple(data.draw(st.booleans()) if i is UNKNOWN else i for i in items)
    for name in ("and", "or"):
        before = apply(name, tuple(items))
        assert before is UNKNOWN or before is apply(name, refined)


def test_unknown_has_no_truth():
    with pytest.raises(TypeError):
        bool(UNKNOWN)


@given(numbers, numbers)
def test_arithmetic_is_exact(a, b):
    fa, fb = as_fraction(a), as_fraction(b)
    expected = {"add": fa + fb, "subtract": fa - fb, "multiply": fa * fb}
    for name, exact in expected.items():
        assert as_fraction(apply(name, (a, b))) == exact
    assert apply("divide", (a, b)) is UNKNOWN if b == 0 else as_fraction(apply("divide", (a, b))) == fa / fb
    assert [apply(n, (a, b)) for n in ("lt", "le", "gt", "ge")] == [fa < fb, fa <= fb, fa > fb, fa >= fb]


@given(numbers, numbers)
def test_a_fraction_stands_only_where_no_decimal_can(a, b):
    if b != 0:
        found = apply("divide", (a, b))
        rest = as_fraction(found).denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        assert isinstance(found, Fraction) == (rest != 1)


@given(numbers, st.integers(-4, 6))
def test_rounding_is_to_the_nearest_even(number, places):
    assert as_fraction(apply("round", (number, places))) == round(as_fraction(number), places)


@given(st.one_of(st.integers(), decimals))
def test_plain_notation_reads_back(number):
    text = plain(number)
    assert as_fraction(Decimal(text)) == as_fraction(number)
    assert not set(text) - set("-.0123456789")
    assert text != "-0"
    assert "." not in text or text[-1] not in "0."


ARITIES = {name: len(signature(function).parameters) for name, function in OPS.items()}


@given(st.sampled_from(sorted(OPS)), st.lists(values, min_size=3, max_size=3))
def test_no_operation_raises_and_unknown_arguments_stay_unknown(name, args):
    given_args = tuple(args[: ARITIES[name]])
    found = apply(name, given_args)
    if any(a is UNKNOWN for a in given_args) and name not in ("and", "or", "not", "in"):
        assert found is UNKNOWN


@given(values, values)
def test_equality_is_symmetric_and_knows_what_it_does_not_know(a, b):
    assert same(a, b) is same(b, a)
    assert same(a, a) in (True, UNKNOWN)
    assert isinstance(same(UNKNOWN, a), type(UNKNOWN))
    assert isinstance(same([1, {"a": UNKNOWN}], b), type(UNKNOWN))


def test_equality_of_json():
    assert equal(1, Decimal("1.0"))
    assert not equal(True, 1)
    assert not equal(False, 0)
    assert equal({"a": None}, {})
    assert equal(None, None)
    assert not equal(None, 0)
    assert not equal("1", 1)
    assert equal([1, {"a": Fraction(1, 2)}], [Decimal(1), {"a": Decimal("0.5"), "b": None}])


MEANINGS = [
    ("in", (1, [UNKNOWN, 1]), True),
    ("in", (1, [2, UNKNOWN]), UNKNOWN),
    ("in", (UNKNOWN, []), False),
    ("in", (UNKNOWN, [1]), UNKNOWN),
    ("in", (1, None), False),
    ("or_unknown", (None,), UNKNOWN),
    ("divide", (1, 4), Decimal("0.25")),
    ("divide", (1, 3), Fraction(1, 3)),
    ("divide", (6, 3), 2),
    ("divide", (1, 0), UNKNOWN),
    ("add", (True, 1), UNKNOWN),
    ("round", (Decimal("2.665"), 2), Decimal("2.66")),
    ("round", (Decimal("18.250"), 2), Decimal("18.25")),
    ("round", (1250, -2), 1200),
    ("range", (2, 4), [2, 3, 4]),
    ("range", (1, 10_000), list(range(1, 10_001))),
    ("range", (0, 10_000), UNKNOWN),
    ("text", (Decimal("1E+3"),), "1000"),
    ("text", (Decimal("2.50"),), "2.5"),
    ("text", (Decimal("-0.0"),), "0"),
    ("text", (True,), "true"),
    ("text", ({"a": [1, None, "ü"], "b": Decimal("1.0")},), '{"a":[1,null,"ü"],"b":1}'),
    ("text", (Fraction(1, 3),), UNKNOWN),
    ("fixed", (Decimal("2.5"), 0), "2"),
    ("fixed", (Decimal("-0.125"), 2), "-0.12"),
    ("fixed", (275, 2), "275.00"),
    ("fixed", (Decimal("-0.001"), 2), "0.00"),
    ("dollars", (1628,), "$1,628.00"),
    ("dollars", (-5,), "-$5.00"),
    ("dollars", (Decimal("-0.001"),), "$0.00"),
    ("dollars", (Decimal("0.125"),), "$0.12"),
    ("same_text", ("Ab", "aB"), True),
    ("only_characters", ("1+1", "+1"), True),
    ("split", ("a, b", ", "), ["a", "b"]),
    ("split", ("ab", ""), ["ab"]),
    ("join", (["a", "b"], "-"), "a-b"),
    ("arithmetic", ("(100 - 45.25) / 3",), Decimal("18.25")),
    ("arithmetic", ("2 + 3 * -4",), -10),
    ("arithmetic", ("1 / 3 * 3",), 1),
    ("arithmetic", ("1 / 0",), None),
    ("arithmetic", ("2 +",), None),
    ("arithmetic", ("2 ** 3",), None),
    ("arithmetic", ("1 2",), None),
    ("arithmetic", ("",), None),
    ("arithmetic", ("(" * 50 + "1" + ")" * 50,), 1),
    ("arithmetic", ("(" * 51 + "1" + ")" * 51,), None),
    ("instant", ("1970-01-02",), 86_400),
    ("instant", ("01:00:30",), 3630),
    ("instant", ("1970-01-01T00:00:00", -18_000), 18_000),
    ("instant", ("1970-01-01T00:00:00Z", -18_000), 0),
    ("instant", ("1970-01-01T02:00:00+02:00", -18_000), 0),
    ("instant", ("2024-02-30",), UNKNOWN),
    ("instant", ("24:00:00",), UNKNOWN),
    ("instant", (None,), None),
    ("shift", ("2024-02-28", 2 * 86_400), "2024-03-01"),
    ("shift", ("2024-02-28", 60), UNKNOWN),
    ("shift", ("9999-12-31", 86_400), UNKNOWN),
    ("shift", ("2024-05-15T23:30:00-05:00", 3600), "2024-05-16T00:30:00-05:00"),
    ("shift", ("2024-05-15T23:30", 3600), "2024-05-16T00:30"),
    ("shift", ("10:00:00.50", Decimal("0.25")), "10:00:00.75"),
    ("shift", ("23:00:00", 3600), UNKNOWN),
    ("date_of", ("2024-05-15T23:30:00-05:00",), "2024-05-15"),
    ("time_of", ("2024-05-15T23:30:00-05:00",), "23:30:00"),
    ("date_of", ("2024-05-15",), UNKNOWN),
    ("at_time", ("2024-05-15", "10:00"), "2024-05-15T10:00"),
    ("at_time", ("2024-05-15", "10:00Z"), UNKNOWN),
    ("months_between", ("2000-06-03", "2025-06-02"), 299),
    ("months_between", ("2000-06-03", "2025-06-03"), 300),
    ("months_between", ("2000-02-29", "2001-02-28"), 11),
    ("months_between", ("2001-03-01", "2000-02-29"), -12),
    ("months_between", ("2000-02-29", "2000-02-29T10:00"), UNKNOWN),
    ("distinct", ([1, Decimal("1.0"), True, {"a": None}, {}],), [1, True, {}]),
    ("sorted", (["b", "a"],), ["a", "b"]),
    ("sorted", ([1, "a"],), UNKNOWN),
    ("sorted", ([2, UNKNOWN],), UNKNOWN),
    ("reversed", ([1, 2],), [2, 1]),
    ("flatten", ([[1], [], [2]],), [1, 2]),
    ("zip", ([1, 2], ["a"]), [[1, "a"]]),
    ("take", ([1, 2, 3], 2), [1, 2]),
    ("take", ([1], -1), []),
    ("running_totals", ([5, 6, 7],), [0, 5, 11]),
    ("contains_all", ([1, 1, 2], [1, 1]), True),
    ("contains_all", ([1, 2], [1, 1]), False),
    ("same_items", ([1, 2, 1], [2, 1, 1]), True),
    ("same_items", ([1, 2, 1], [2, 1]), False),
    ("map_of", ([["a", 1], ["a", 2]],), {"a": 2}),
    ("map_of", ([["a"]],), UNKNOWN),
    ("order", (["x", "y", "z"], [2, 1, 2]), ["y", "x", "z"]),
    ("order_descending", (["x", "y", "z"], [2, 1, 2]), ["x", "z", "y"]),
]


@pytest.mark.parametrize(("name", "args", "expected"), MEANINGS, ids=str)
def test_meaning(name, args, expected):
    found = apply(name, args)
    assert (found is UNKNOWN) == (expected is UNKNOWN)
    assert expected is UNKNOWN or equal(found, expected)


def test_numbers_that_would_run_away_are_undefined():
    huge = Decimal("1e999999999")
    assert apply("add", (huge, 1)) is UNKNOWN
    assert apply("floor", (huge,)) is UNKNOWN
    assert apply("text", (huge,)) is UNKNOWN
    assert apply("gt", (huge, 1)) is True
    assert not is_number(Decimal("NaN"))
    with pytest.raises(Undefined):
        as_fraction(huge)


def test_settled_numbers_are_as_plain_as_can_be():
    assert isinstance(settle(Fraction(4, 2)), int)
    assert isinstance(settle(Fraction(1, 8)), Decimal)
    assert isinstance(settle(Fraction(1, 3)), Fraction)
