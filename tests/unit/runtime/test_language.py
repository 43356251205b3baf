"""Each recogniser on invented sentences, both ways and unknown, and on hostile text."""

import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime import language
from cove_dsl.backends.python.runtime.details import lists
from cove_dsl.backends.python.runtime.facts import claims, dates_in, prices, supports
from cove_dsl.backends.python.runtime.language import (
    LIMIT,
    affirms,
    amounts,
    mentions,
    normalise,
    says_amount,
    says_text,
)

YES = [
    "yes",
    "YES.",
    "Yes, please proceed",
    "go ahead",
    "That's correct, please do.",
    "sure",
    "Sure, go ahead!",
    "sounds good",
    "confirm",
    "I confirm.",
    "ok do it",
    "yep",
    "Yes\u2014please proceed.",
    "**Yes** \u2013 proceed",
    "Option B, yes.",
    "No, that's all. Please go ahead.",
    "Yes, and I'd also like to add a lamp to the list.",
    "Wait, is that all? Fine, just do it.",
    "Yes. When will it arrive?",
    "Could you please go ahead and do that?",
    "Yes, even if it takes longer.",
    "Yes please, and let me know if you need anything else.",
    "Yes, it is no longer needed.",
]
NO = [
    "no",
    "No, thank you, don't do that.",
    "don't proceed",
    "Wait.",
    "hold on, let me look",
    "Actually, the blue one",
    "yes, but change the size to small",
    "Yes. Actually, make it the red one.",
    "Yes, please! The street should be 12 Elm, not 21.",
    "Use the other one instead.",
    "How much would that be?",
    "Can you tell me the price? And when does it come?",
    "Yes... wait. Hold on.",
    "I changed my mind.",
]
UNKNOWN = [
    "",
    "...",
    "I guess",
    "please paint my fence",
    "No, that's all.",
    "Sure! My name is Ada Byron.",
    "Yes, my name is Ada Byron.",
    "If it's under ten dollars, go ahead.",
    "I'll decide before we proceed.",
    "Actually, make it red. Go ahead.",
    "I don't remember the number. Yes, the first one.",
    "hmm " * LIMIT,
]


@pytest.mark.parametrize("text", YES)
def test_affirms_yes(text: str) -> None:
    assert affirms(text) is True


@pytest.mark.parametrize("text", NO)
def test_affirms_no(text: str) -> None:
    assert affirms(text) is False


@pytest.mark.parametrize("text", UNKNOWN)
def test_affirms_unknown(text: str) -> None:
    assert affirms(text) is None


def test_normalise() -> None:
    assert normalise("- **Caf\u00e9**\n  \u201cA\u201d  it\u2019s  x_1 _so_") == 'caf\u00e9 "a" it\'s x_1 so'


@pytest.mark.parametrize(
    ("text", "phrases", "expected"),
    [
        ("The red Lamp, please", "red lamp", True),
        ("blamped", "lamp", False),
        ("I want 10.", "10", True),
        ("I want 100", "10", False),
        ("It is $10.50", "10", False),
        ("It is $10.50", 10, False),
        ("It is $10.50", Decimal("10.5"), True),
        ("one two", ["three", "two"], True),
        ("one two", [], False),
        ("anything", "", False),
        ("anything", None, False),
        ("anything", True, False),
    ],
)
def test_mentions(text: str, phrases: object, expected: bool) -> None:
    assert mentions(text, phrases) is expected


@pytest.mark.parametrize(
    "text", ["$1,628.00", "1628", "it's 1,628 dollars.", "1628.0", "-$1,628", "(1628)", "**$1628**"]
)
def test_says_amount(text: str) -> None:
    assert says_amount(text, Decimal(1628)) is True
    assert says_amount(text, -1628) is True


@pytest.mark.parametrize(
    "text", ["", "11628", "1628.50", "#1628", "A1628", "x_1628", "1,628,000", "1628%", "1628-01-02"]
)
def test_says_amount_not_inside_another(text: str) -> None:
    assert says_amount(text, 1628) is False


def test_says_amount_unknown() -> None:
    assert says_amount("a" * (LIMIT + 1), 5) is None
    assert says_amount("5", Decimal("NaN")) is None


def test_says_text() -> None:
    assert says_text("Well.  Please\nhold on. Bye", "Please hold on.") is True
    assert says_text("please hold on.", "Please hold on.") is False
    assert says_text("x" * (LIMIT + 1), "Please") is None


def test_amounts() -> None:
    assert amounts("Pay $1,200.50 for 3, not 4%") == [Decimal("1200.50"), Decimal(3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Row #K12345 costs $1,628.00.", ["#K12345", "$1,628.00"]),
        ("On May 12, 2024 and 2024-06-01", ["2024-05-12", "2024-06-01"]),
        ("card_part_99120 and 1234567", ["card_part_99120", "1234567"]),
        ("move_to_2024_05_19_before_9pm: true, booked_within_24_hours: false", []),
        ("rows_found_north_5_18, ask_about_gate_may_22, TAKE_THE_LAMP_AT_725, #K12345_rows", []),
        ("It looks like this, e.g., `AB12CD` or, for example, card_part_99120.", []),
        ("for example row AB12CD", ["AB12CD"]),
        ("a 15-inch 128GB IPX4 i7 screen, 2nd, 5-7 days, 10:30", []),
        ("write to ada1815@example.com on May 12", []),
    ],
)
def test_claims(text: str, expected: list[str]) -> None:
    assert claims(text) == expected


@pytest.mark.parametrize(
    ("claim", "source", "expected"),
    [
        ("$1,628.00", '{"total": 1628.0}', True),
        ("$1,628.00", '{"total": "1628"}', True),
        ("$1,628.00", '{"total": 16280}', False),
        ("#K12345", '{"id": "#k12345"}', True),
        ("K12345", '{"id": "AK12345"}', False),
        ("2024-05-12", "on May 12, 2024", True),
        ("2024-05-12", '{"at": "2024-05-12T10:00"}', True),
        ("2024-05-12", "on May 13, 2024", False),
        ("2024-05-12", "on May 12", True),
        ("1234567", '{"id": "card_1234567"}', True),
        ("1234567", '{"id": "card_91234567"}', False),
        ("1234567", '{"id": "1234567_card"}', False),
    ],
)
def test_supports(claim: str, source: str, expected: bool) -> None:
    assert supports(claim, ["nothing", source]) is expected


def test_supports_unknown_beyond_the_limit() -> None:
    assert supports("$5", ["a" * (language.SOURCE_LIMIT + 1)]) is None


ROWS: dict[str, list[object]] = {
    "7000001": [{"item_id": "7000001", "name": "Desk Lamp", "price": 12}],
    "7000002": [
        {"item_id": "7000002", "options": {"color": "black", "power": "usb", "size": "small"}, "available": True}
    ],
    "card_part_99120": [{"id": "card_part_99120", "brand": "visa", "last_four": "7285"}],
}


def _known(value: str) -> list[object]:
    return ROWS.get(value, [])


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("Row #K12 with reason: no longer needed", {"id": "#K12", "reason": "no_longer_needed"}, True),
        ("The desk lamp", {"ids": ["7000001"]}, True),
        ("The black usb model", {"ids": ["7000002"]}, True),
        ("The black model", {"ids": ["7000002"]}, None),
        ("The green model", {"ids": ["7000002"]}, False),
        ("Your Visa ending in 7285", {"pay": "card_part_99120"}, True),
        ("your card part", {"pay": "card_part_5"}, True),
        ("two pieces on May 4", {"n": 2, "day": "2024-05-04", "flag": False, "note": "", "z": 0}, True),
        ("on May\u202f19", {"day": "2024-05-19"}, True),
        ("two pieces", {"n": 3}, False),
        ("with a 15% discount", {"percent": 15}, True),
        ("with a 12.5 % discount", {"share": 0.125}, True),
        ("with 15% off", {"percent": 5}, False),
        ("code A-15% off", {"percent": 15}, False),
        ("the reason: change of plans", {"reason": "changed_plan"}, None),
        ("a long list of one two four five", {"a": ["one", "two", "four", "five"], "b": "six"}, None),
        ("Shall I?", {"id": "#K12"}, False),
        ("Shall I?", {}, True),
        ("a" * (LIMIT + 1), {"id": "#K12"}, None),
    ],
)
def test_lists(text: str, arguments: dict[str, object], expected: bool | None) -> None:
    assert lists(text, arguments, _known) is expected


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("Shall I cancel your loan, because it is overdue?", {"loan_id": "L85981", "why": "overdue"}, True),
        ("Shall I cancel your loan?", {"loan_id": "L85981"}, None),
        ("Shall I cancel your loan L85981?", {"loan_id": "L85981"}, True),
        ("Shall I cancel a loan, because it is overdue?", {"loan_id": "L85981", "why": "overdue"}, False),
    ],
)
def test_the_only_thing_of_its_kind_needs_no_id(text: str, arguments: dict[str, object], expected: bool | None) -> None:
    assert lists(text, arguments, _known, lambda name, key: (name, key) == ("loan_id", "L85981")) is expected
    if "L85981" not in text:
        assert lists(text, arguments, _known) is False


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("The lamp", {"ids": ["7000001"]}, True),
        ("The desk", {"ids": ["7000001"]}, False),
        ("A desk lamp for a desk lamp", {"old": "7000001", "new": "7000003"}, None),
        ("A desk lamp for the red and tall desk lamp", {"old": "7000001", "new": "7000003"}, True),
        ("your card part 123456", {"pay": "card_part_5"}, None),
    ],
)
def test_lists_tells_rows_apart(text: str, arguments: dict[str, object], expected: bool | None) -> None:
    rows = {**ROWS, "7000003": [{"item_id": "7000003", "name": "Desk Lamp", "colour": "red", "size": "tall"}]}
    assert lists(text, arguments, lambda value: rows.get(value, [])) is expected


PEOPLE: dict[str, list[object]] = {
    "1990-04-05": [{"first_name": "Mia", "last_name": "Kim", "dob": "1990-04-05"}],
    "1970-06-06": [{"name": {"first_name": "Omar", "last_name": "Rossi"}, "email": "o@x.example", "dob": "1970-06-06"}],
    "2024-05-20": [{"flight": "K12345", "date": "2024-05-20"}],
}


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("For Mia Kim?", "1990-04-05", True),
        ("For Omar Rossi?", "1970-06-06", True),
        ("For Mia?", "1990-04-05", False),
        ("For Mia Kim?", "1970-06-06", False),
        ("With K12345?", "2024-05-20", False),
        ("On May 20?", "2024-05-20", True),
    ],
)
def test_the_day_of_birth_of_who_is_named_in_full_needs_no_saying(text: str, day: str, expected: bool) -> None:
    assert lists(text, {"day": day}, lambda value: PEOPLE.get(value, [])) is expected


RECOGNISERS: list[Callable[[str], object]] = [
    normalise,
    affirms,
    amounts,
    claims,
    lambda text: mentions(text, ["yes no", 5]),
    lambda text: says_amount(text, 5),
    lambda text: says_text(text, "a b"),
    lambda text: supports("#K12345", [text]),
    lambda text: supports(text, ["$5 on 2024-05-12"]),
    prices,
    dates_in,
    lambda text: lists(text, {"a": "x_1", "b": [1, text]}, _known),
]
WORDS = [
    "yes",
    "no",
    "but",
    "if ",
    "that's",
    "fine",
    "$1,000",
    "2024-05-12",
    "May 1",
    "#",
    "_",
    "-",
    "\u2014",
    "\n",
    " ",
    "?",
    "*",
]


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join), st.lists(st.sampled_from(WORDS)).map("".join))
)
def test_nothing_raises(text: str) -> None:
    for recognise in RECOGNISERS:
        recognise(text)


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists)))
def test_lists_takes_any_arguments(arguments: dict[str, object]) -> None:
    assert lists("a 1", arguments, lambda value: [{"name": value}, [value], None]) in (True, False, None)


@pytest.mark.parametrize(
    "unit", ["yes ", "ok, ", " ", "a", "_", "1,", "1", ". ", "-\n", "\n", "#", "may 1 ", ", yes", "\u2014", "@a"]
)
def test_hostile_text_is_read_in_bounded_time(unit: str) -> None:
    for text in (unit * (LIMIT // len(unit)), unit * 100_000):
        start = time.perf_counter()
        for recognise in RECOGNISERS[:8]:
            recognise(text)
        assert time.perf_counter() - start < 5


def test_a_fraction_that_no_decimal_holds_is_never_said():
    assert says_amount("That is 3.33 dollars.", Fraction(10, 3)) is False
