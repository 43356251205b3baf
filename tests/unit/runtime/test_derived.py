"""What can be worked out from what was stated, and what cannot."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.derived import Amounts, Days
from cove_dsl.backends.python.runtime.facts import dates_in

LAMPS = [{"id": "L100", "price": 120}, {"id": "L200", "price": Decimal("75.50")}]


def missing(text: str, results: list[Any], before: str = "", rows: list[Any] | None = None) -> list[str]:
    """The prices of a text that nothing gives, of those written `$…`."""
    known = Amounts(("A late parcel earns $15.",))
    known.see(results, [])
    if before:
        known.hear(before, [])
    found = [word.strip(".,;") for word in text.split() if word.startswith("$")]
    return known.missing(text, found, rows or [])


@pytest.mark.parametrize(
    "text",
    [
        "It costs $120.",
        "$120 and $75.50 make $195.50",
        "The lamp at $120 is $44.50 dearer than $75.50",
        "$75.50 for each, so $226.50 for the three of them",
        "$120, that is $30 for each of the 4",
        "$120 + $75.50 = $195.50; for 3 rooms $586.50, less $120 it is $466.50",
        "about $75",
        "$45 for 3 late parcels at $15",
        "all in all $195.50",  # what the rows listed together come to
    ],
)
def test_what_a_short_calculation_gives_is_not_missing(text: str) -> None:
    assert missing(text, [LAMPS]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs $121.", "$121"),
        ("$120 and $75.50 make $196.50", "$196.50"),
        ("$240 in all", "$240"),  # of what? no number of things is named
        ("$1,080 for 9 of them, and $1,081 with the card", "$1,081"),
    ],
)
def test_what_none_gives_is_missing(text: str, expected: str) -> None:
    assert missing(text, [LAMPS]) == [expected]


def test_a_step_starts_from_what_the_text_states_or_names() -> None:
    results = [{"id": f"L{n}", "price": n} for n in (105, 215, 540)]
    assert missing("together $755", results) == ["$755"]
    assert missing("L215 and the other: $755", results, rows=[results[1]]) == []


@pytest.mark.parametrize(
    ("factors", "text", "expected"),
    [
        ((), "A fee of $24 is due.", ["$24"]),
        (((1, 5), (4, 5)), "A fee of $24 is due.", []),  # a fifth of $120
        (((1, 5), (4, 5)), "$96 comes back.", []),
        (((7, 20),), "A fee of $26.43 is due.", []),  # 35 % of $75.50 is $26.425
        (((7, 20),), "A fee of $26.42 is due.", []),  # and rounds either way
        (((7, 20),), "A fee of $26.44 is due.", ["$26.44"]),
        (((12, 1),), "$1,440 a year.", []),
        (((12, 1),), "$1,441 a year.", ["$1,441"]),
    ],
)
def test_what_the_policy_multiplies_amounts_by(
    factors: tuple[tuple[int, int], ...], text: str, expected: list[str]
) -> None:
    known = Amounts((), factors)
    known.see([LAMPS], [])
    claims = [word.strip(".,;") for word in text.split() if word.startswith("$")]
    assert known.missing(text, claims, []) == expected


def test_what_was_worked_out_once_is_known_from_then_on() -> None:
    assert missing("So $586.50 it is.", [LAMPS]) == ["$586.50"]
    assert missing("So $586.50 it is.", [LAMPS], "$195.50 for each of the 3: $586.50") == []
    assert missing("So $9,999 it is.", [LAMPS], "That will be $9,999.") == ["$9,999"]


def test_amounts_of_rows_kept_by_their_keys_are_listed_together_too() -> None:
    cards = {"cards": {"a": {"amount": 198}, "b": {"amount": 129}}}
    assert missing("$327 on your cards", [cards]) == []


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=6), st.data())
def test_any_sum_of_stated_prices_can_be_worked_out(prices: list[int], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(range(len(prices))), min_size=2, unique=True))
    listed = ", ".join(f"${p}" for p in prices)
    total = sum(prices[i] for i in chosen)
    assert missing(f"{listed}: ${total}", [prices]) == []


def test_a_long_text_over_many_amounts_is_read_in_time() -> None:
    results = [[{"price": n * 7} for n in range(2000)]]
    text = " ".join(f"${n * 13 + 1}.17" for n in range(400))
    begun = time.process_time()
    assert len(missing(text, results)) > 300
    assert time.process_time() - begun < 20


# --- dates ------------------------------------------------------------------------------------------------------------

SOURCES = '{"day": "2024-05-18"}'  # a Saturday


@pytest.mark.parametrize(
    ("said", "claim", "expected"),
    [
        ("one day later", "2024-05-19", True),
        ("the next day", "2024-05-17", True),
        ("two days later", "2024-05-20", True),
        ("two days later", "2024-05-21", None),
        ("in 3 nights", "2024-05-21", True),
        ("a couple of days on", "2024-05-16", True),
        ("by a week", "2024-05-25", True),
        ("2 weeks", "2024-06-01", True),
        ("on Friday", "2024-05-24", True),
        ("on Fridays", "2024-05-17", True),
        ("on Friday", "2024-05-23", None),
        ("at the weekend", "2024-05-19", True),
        ("tomorrow", "2024-05-19", True),
        ("in some days", "2024-05-22", None),
        ("one day later", "2024-06-30", False),
        ("daily, please", "2024-05-19", False),
        ("one day later", "2024-02-30", False),
    ],
)
def test_dates_that_are_counted_out(said: str, claim: str, expected: bool | None) -> None:
    days = Days()
    days.hear(said)
    assert days.reach(claim, dates_in(SOURCES)) is expected


def test_a_result_counts_days_too() -> None:
    days = Days()
    days.look('{"date": "2024-05-18", "arrival": "00:10:00+1"}')
    assert days.reach("2024-05-19", dates_in(SOURCES)) is True
    assert days.reach("2024-05-20", dates_in(SOURCES)) is False
