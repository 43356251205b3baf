"""Facts looked for where they can stand, against the same facts read out of the whole text."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.facts import Sources, claims, dates_in, supports
from cove_dsl.backends.python.runtime.language import numbers_in, plain_text, states_digits, states_number
from cove_dsl.backends.python.runtime.seen import Shown, _keys_in

PIECES = (
    *(
        "$12",
        "$1,234.50",
        "1,234",
        "1234,567",
        "12.50",
        "12.5",
        "0",
        "00",
        "$0.10",
        "7",
        "99",
        "123",
        "1,,234",
        ":",
        "%",
    ),
    *(
        "#W123456",
        "W1234567",
        "123456",
        "1234567",
        "A12-3",
        "-",
        "_",
        "#",
        "x",
        "é",
        "ß",
        ".",
        ",",
        "/",
        "\n",
        "٣",
        "²",
    ),
    *("may", "maybe 5", "May 5", "5th of may", "12 may", "sept. 12", "Dec 3, 2024", "3rd", "2024-05-12", "smart 3"),
    *("gift_card_123", "credit_card_1_a", "128GB", "e.g. ", "*", "~", "ﬁ", "№5", "'"),
)
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(("", " "))), max_size=12).map(
    lambda parts: "".join(a + b for a, b in parts)
)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4))
@example("$1,234.50", ["1234.500", "x1234.50"])
def test_sources_read_together_state_what_each_of_them_states(text: str, sources: list[str]) -> None:
    together = Sources(sources[:1])
    for claim in claims(text):
        together.state(claim)
    together.add(sources[1:])
    for claim in claims(text):
        assert together.state(claim) is any(supports(claim, [source]) for source in sources)
    assert together.dates() == set().union(*map(dates_in, sources))


@given(TEXTS, st.decimals(0, 9999, places=2))
@example("1,234.5", Decimal("1234.50"))
@example("1111,1111 111", Decimal(111))
def test_a_number_stands_where_it_is_looked_for(text: str, other: Decimal) -> None:
    stated = numbers_in(text)
    for value in (*stated, other):
        whole, _, cents = f"{value:f}".partition(".")
        part = (whole.lstrip("0")[-3:] or "0") + (f".{cents}".rstrip(".0"))
        assert states_number(plain_text(text), part, value) is (value in stated)


@given(TEXTS, st.sampled_from(("123456", "1234567", "123", "12")))
def test_digits_stand_on_their_own_or_end_a_name(text: str, digits: str) -> None:
    alone = re.compile(rf"(?<![^\W_])(?<![0-9][.,]){digits}(?!\w)(?![.,][0-9])")
    assert states_digits(text, digits) is (alone.search(text) is not None)


@given(TEXTS)
@example("x#123456 #123456 1234567_")
def test_what_may_be_an_id(text: str) -> None:
    word = re.compile(r"(?<!\w)#?(?:(?=\w*[0-9])(?=\w*[^\W0-9])\w+|[0-9]{6,})")
    assert set(_keys_in([text])) == set(word.findall(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("maybe 5 of them, and a smart 3", set()),
        ("on May 5", {"-05-05"}),
        ("may. 5, or 6 of june 2024", {"-05-05", "2024-06-06"}),
        ("the 7th of december", {"-12-07"}),
        ("5 mayors", set()),
    ],
)
def test_days_beside_months(text: str, expected: set[str]) -> None:
    assert dates_in(text) == expected


# --- objects in results -----------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.sampled_from(("a", "b", 'say "b"', "ä", "a/b", "id", 7)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "x", "ö")), inner, max_size=3),
    max_leaves=12,
)


def _objects(value: Any) -> list[dict[str, Any]]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*([value] if isinstance(value, dict) else []), *(o for part in parts for o in _objects(part))]


@given(st.lists(VALUES, max_size=4), st.booleans(), st.sampled_from(("a", 'say "b"', "ä", "a/b", "id")))
def test_objects_that_hold_a_text_are_found_however_it_is_written(
    values: list[Any], ascii_only: bool, key: str
) -> None:
    shown = Shown()
    for value in values:
        shown.holding(key)
        shown.add(json.dumps(value, ensure_ascii=ascii_only).replace("/", "\\/" if ascii_only else "/"), value)
    holding = [o for value in values for o in _objects(value) if key in o.values()]
    assert sorted(map(id, shown.holding(key))) == sorted(map(id, holding))
    texts = {o["id"] for value in values for o in _objects(value) if isinstance(o.get("id"), str)}
    assert (shown.texts_in("id") == {key}) is (texts == {key})
