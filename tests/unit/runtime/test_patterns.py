"""Patterns of words and ids on invented sentences: both ways, unknown, and on hostile text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.language import LIMIT
from cove_dsl.backends.python.runtime.patterns import matches, says_id
from cove_dsl.core.patterns import example_of, fault_of

FITTING = [
    ("Please transfer me to a human.", "transfer me"),
    ("Could you TRANSFER   *me*?", "transfer me"),
    ("I want to talk to a real person", "talk to [a] [real] (person|human)"),
    ("I want to talk to person", "talk to [a] [real] (person|human)"),
    ("We are moving house, so we cancel the old big contract", "cancel ... contract"),
    ("cancel contract", "cancel ... contract"),
    ("You can\u2019t do it, transfer me", "transfer me"),
    ("I am not sure if you can transfer me", "transfer me"),
    ("Isn't there some compensation?", "some compensation"),
    ("my plans have changed", "(plan|plans) [have] changed"),
    ("it arrived, broken", "arrived broken"),
    ("Nobody told me that the flight was cancelled", "was cancelled"),
    ("No, the flight was cancelled", "was cancelled"),
    ("Nobody is hurt", "(nobody|no one) is hurt"),
    ("Nobody came. The man is hurt", "is hurt"),
    ("Nobody answers and my hand is hurt", "is hurt"),
    ("There is nothing else, my saw is broken", "is broken"),
    ("It is not the rain, the man is hurt", "hurt"),
    ("I don't know who, but somebody is hurt", "hurt"),
    ("I am not just sick but hurt", "sick"),
    ("It isn't the heat, cold or wind, my saw is broken", "broken"),
    ("I don't have insurance with you but I have insurance elsewhere", "insurance"),
    ("It isn't working since it got wet", "wet"),
    ("I will not add any of the paid bags unless you ask", "(if|unless)"),
    ("I don't see any fees, or whether one is due", "whether"),
    ("Is anybody hurt? Yes, I am.", "hurt"),
    ("Is anybody hurt? No one answers.", "hurt"),
    ("Somebody is hurt! No, wait.", "hurt"),
]
UNFITTING = [
    ("transfer my balance", "transfer me"),
    ("I don't want to be transferred", "transferred"),
    ("Please help without transferring me.", "transferring me"),
    ("cancel one two three four five contract", "cancel ... contract"),
    ("I cancel. The contract stays.", "cancel ... contract"),
    ("planned", "plan"),
    ("I would rather not talk to anybody", "talk to anybody"),
    ("", "plan"),
    ("Nobody is hurt", "is hurt"),
    ("No, nobody was badly hurt.", "hurt"),
    ("No one is hurt", "hurt"),
    ("No-one in the old house has been hurt", "hurt"),
    ("none of us are hurt", "are hurt"),
    ("Nobody's hurt", "hurt"),
    ("He isn't hurt", "hurt"),
    ("He isn't hurt", "is hurt"),
    ("Nothing here is broken", "is broken"),
    ("No window was broken", "broken"),
    ("Nobody wants to cancel", "cancel"),
    ("There were no injuries or damage", "injuries"),
    ("There were no injuries or damage", "damage"),
    ("I have no fever, cough or rash", "fever"),
    ("I have no fever, cough or rash", "cough"),
    ("I have no fever, cough or rash", "rash"),
    ("I don't have a fever or a cough", "cough"),
    ("I don't have any kind of travel or health insurance", "insurance"),
    ("I do not currently have any active travel insurance", "insurance"),
    ("I don't think anyone is hurt", "hurt"),
    ("Neither of us is hurt", "hurt"),
    ("Nobody was injured or hurt", "hurt"),
    ("We won't be able to modify or cancel the order again", "cancel"),
    ("Is anybody hurt? No.", "hurt"),
    ("hurt? no", "hurt"),
    ("Injuries? Nope, none", "injuries"),
]


@pytest.mark.parametrize(("text", "pattern"), FITTING)
def test_it_fits(text: str, pattern: str) -> None:
    assert fault_of(pattern) is None
    assert matches(text, pattern) is True
    assert matches(text, ["something else", pattern]) is True


@pytest.mark.parametrize(("text", "pattern"), UNFITTING)
def test_it_does_not_fit(text: str, pattern: str) -> None:
    assert matches(text, pattern) is False


def test_what_was_not_read_is_unknown() -> None:
    long = "word " * LIMIT
    assert matches(long + "transfer me", "transfer me") is None
    assert matches("transfer me. " + long, "transfer me") is True
    assert says_id(long, "AB123") is None


@pytest.mark.parametrize(
    "pattern", ["", " ", "a  b", "(a", "a)", "(a|)", "a|b", "[a", "... a", "a ...", "a ... ... b", "[a]", "((a))"]
)
def test_faults_are_found(pattern: str) -> None:
    assert fault_of(pattern) is not None


WORD = st.text("abcdeé'-", min_size=1, max_size=5).filter(lambda w: w.strip("'-") == w)
WORDS = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
WAYS = st.lists(WORDS, min_size=1, max_size=3).map("|".join)
PATTERN = st.lists(st.one_of(WORD, WAYS.map("({})".format), WAYS.map("[{}]".format)), min_size=1, max_size=5).map(
    " ".join
)


@given(PATTERN, WORD)
def test_the_example_fits_its_pattern(pattern: str, more: str) -> None:
    if fault_of(pattern) is None:
        assert matches(example_of(pattern), pattern) is True
        wide = f"{pattern} ... {more}"
        assert fault_of(wide) is None
        assert matches(example_of(wide), wide) is True


@given(st.text(), st.text())
def test_nothing_raises(text: str, pattern: str) -> None:
    assert matches(text, pattern) in (True, False, None)
    assert says_id(text, pattern) in (True, False, None)


def test_hostile_text_takes_linear_time() -> None:
    start = time.process_time()
    for text in (
        "cancel " * 3000,
        "a" * LIMIT,
        "not " * 5000,
        "cancel a " * 2500,
        "no cancel x, or any " * 900,
        "1-" * 10_000,
    ):
        matches(text, ["cancel ... x ... contract", "(a|aa|aaa) [a] [a] b"])
        says_id(text, "1-2-3-4-5-6")
    assert time.process_time() - start < 5


SAID = [
    ("My order is #W123456.", "#W123456"),
    ("it's w123456 I think", "#W123456"),
    ("the order number is 123456", "#W123456"),
    ("call me on (555) 123-2002", "555-123-2002"),
    ("555 123 2002", "555-123-2002"),
    ("my id is mia_li_3668!", "mia_li_3668"),
    ("mia li 3668", "mia_li_3668"),
    ("code A B 1 2 3 C", "AB123C"),
    ("reservation HATHAT", "HATHAT"),
]
NOT_SAID = [
    ("#W1234567", "#W123456"),
    ("nothing", "AB123"),
    ("W12 and 3456 pounds", "#W999456"),
    ("mia_li_36689", "mia_li_3668"),
]
HINTED = [("the number that ends in 2002", "555-123-2002"), ("it is called hathat", "HATHAT"), ("7", None), ("7", True)]


@pytest.mark.parametrize(("text", "key"), SAID)
def test_an_id_is_said(text: str, key: str) -> None:
    assert says_id(text, key) is True


@pytest.mark.parametrize(("text", "key"), NOT_SAID)
def test_another_id_is_said(text: str, key: str) -> None:
    assert says_id(text, key) is False


@pytest.mark.parametrize(("text", "key"), HINTED)
def test_an_id_is_hinted_at(text: str, key: object) -> None:
    assert says_id(text, key) is None
