"""What follows from letters alone is what the recognisers hear, whatever stands around."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.language import mentions, says_amount, says_text
from cove_dsl.backends.smt.words import amounts_in, holds_phrase

WORDS = (
    "a",
    "blade",
    "Costs",
    "$45",
    "45",
    "$1,628.00",
    "7%",
    "1.5",
    "3,",
    "2024",
    "wood.",
    "12:30",
    "it's",
    "5;",
    "$9!",
    "is",
    "fee",
    "will",
    "pay",
    "the",
    "to",
    "not",
    "and",
    "I am afraid",
    "your",
    "deposit",
    "of",
    "get",
)
BEFORE = (
    "not ",
    "no ",
    "I do not pay ",
    "You won't have ",
    "instead of ",
    "without paying ",
    "never ",
    "nobody is to ",
    "you lose ",
    "we do not give you back ",
    "You don't get ",
)
BEHIND = (
    *(" does not apply", " will not be charged", " isn't due", " never apply", "n't be billed", " not be charged"),
    *(" will not be refunded", " is forfeited", " is waived", " back"),
)
LETTERS = st.text(st.sampled_from("a 1$.,-%x_\n*7'"), max_size=4)


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=7),
    st.sampled_from(BEFORE) | LETTERS,
    st.sampled_from(BEHIND) | LETTERS,
)
def test_what_follows_is_heard_in_every_text(words, before, after):
    sentence = " ".join(words)
    text = f"{before}{sentence}{after}"
    assert says_text(text, sentence)
    assert all(says_amount(text, amount) for amount in amounts_in(sentence))
    for phrase in ("a", "blade", "costs", "a blade"):
        assert not holds_phrase(phrase, sentence, False) or mentions(text, phrase)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Metal in the wood costs $45 a blade.", [45]),
        ("It costs 1,628.50 in all, and $7 more.", ["1628.50"]),
        ("You get a blade, and the price is $45 a blade.", [45]),
        ("You will not be charged $45 a blade.", []),
        ("I am afraid your deposit of $45 will", []),
        ("We keep the deposit of $45 then.", []),
        ("Costs $45 a blade", []),
        ("the $45 fee", []),
        ("$45 a blade", []),
        ("It costs $45", []),
        ("It is 7% of a 12:30 train to 4-2 x", []),
    ],
)
def test_amounts_are_sure_only_between_words_and_where_nothing_can_deny_them(sentence, found):
    assert amounts_in(sentence) == [Decimal(n) for n in found]
