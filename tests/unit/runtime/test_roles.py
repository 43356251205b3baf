"""Which part a value plays in a message: what stays as it is, which of two is which, and days that share a month."""

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.details import Listed, listing
from cove_dsl.backends.python.runtime.facts import claims, dates_in
from cove_dsl.backends.python.runtime.language import LIMIT

MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


def listed(text: str, arguments: dict[str, object]) -> Listed:
    return listing(text, arguments, lambda key: [], lambda name, key: False)


ONE_OF_TWO = [
    "I will keep {kept} and cancel {meant}. Shall I?",
    "Shall I cancel {meant} instead of {kept}?",
    "Shall I cancel {meant}, not {kept}?",
    "Shall I cancel {meant} and leave {kept} as it is?",
    "Shall I cancel {meant}? **{kept}** stays.",
    "{kept} remains unchanged, and {meant} is cancelled.",
    "I won't touch your stay {kept}, only {meant}.",
    "{kept} will not be changed. Cancel {meant}?",
    "Keep stays ZZ9003 and {kept}; cancel {meant}?",
]
IDS = st.from_regex(r"[A-Z]{2}[0-9]{4}", fullmatch=True)


@pytest.mark.parametrize("form", ONE_OF_TWO)
@given(ids=st.lists(IDS.filter(lambda i: i != "ZZ9003"), min_size=2, max_size=2, unique=True))
def test_what_is_kept_is_not_listed_and_what_is_meant_is(form: str, ids: list[str]) -> None:
    text = form.format(kept=ids[0], meant=ids[1])
    assert listed(text, {"stay_id": ids[0]}) == Listed(False, (f"stay_id={ids[0]}",))
    assert listed(text, {"stay_id": ids[1]}).answer is True


@pytest.mark.parametrize(
    "text",
    [
        "Keep ST1001 but with a double bed? ST1002 is yours too.",
        "I keep ST1001's dates and cancel ST1002's breakfast.",
        "I keep everything else in ST1001. ST1002 is cancelled already.",
        "Shall I keep ST1001 and move it to May 5?",
        "ST1002 is past. I would keep ST1001 for you; shall I extend ST1001?",
    ],
)
def test_what_is_named_otherwise_too_is_listed(text: str) -> None:
    assert listed(text, {"stay_id": "ST1001"}).answer is True


def test_what_is_kept_beside_another_of_the_same_call_is_listed() -> None:
    text = "I keep flight HAT1001 and add flight HAT1002."
    assert listed(text, {"flights": ["HAT1001", "HAT1002"]}).answer is True


DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 1))
FORMS = [lambda d: d.isoformat(), lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}", lambda d: f"{d.day} May"]
SPANS = [
    "Check-in: {a}, check-out: {b}. Shall I?",
    "You check in on {a} and check out on {b}.",
    "Your check-in date is {a}; the check-out date is {b}.",
    "Check-in {a} to check-out {b}?",
]


@pytest.mark.parametrize("form", SPANS)
@given(first=DAYS, nights=st.integers(1, 40), way=st.integers(0, 1))
def test_days_told_the_other_way_round_are_not_listed(form: str, first: date, nights: int, way: int) -> None:
    second = first + timedelta(nights)
    text = form.format(a=FORMS[way](first), b=FORMS[way](second))
    right = {"check_in": first.isoformat(), "check_out": second.isoformat()}
    swapped = {"check_in": second.isoformat(), "check_out": first.isoformat()}
    assert listed(text, right).answer is True
    assert listed(text, swapped) == Listed(False, tuple(f"{name}={day}" for name, day in swapped.items()))


ENDS_OF_A_PERIOD = [
    "From {a} to {b}?",
    "The first day is {a}, the last day {b}.",
    "First day: {a}. Last day: {b}.",
    "Due {b}, pick-up {a}. Shall I?",
    "You pick it up on {a}, and it is due back on {b}.",
    "It starts on Wednesday, {a} and ends {b}",
    "| Start | {a} |\n| Return by | {b} |",
    "You collect it {a} and return it by the {b}",
    "Collection: {a}, until {b}.",
    "{a} - {b}?",
    "{a} until {b}.",
]
NAMES_OF_ENDS = [
    ("pick_up", "due"),
    ("start_date", "end_date"),
    ("first_day", "last_day"),
    ("from_day", "until_day"),
    ("check_in", "check_out"),
    ("collected", "return_by"),
]


@pytest.mark.parametrize("form", ENDS_OF_A_PERIOD)
@pytest.mark.parametrize("names", NAMES_OF_ENDS)
@given(first=DAYS, nights=st.integers(1, 40), way=st.integers(0, 1), turned=st.booleans())
def test_the_ends_of_a_period_are_told_by_any_words_for_them(
    form: str, names: tuple[str, str], first: date, nights: int, way: int, turned: bool
) -> None:
    second = first + timedelta(nights)
    text = form.format(a=FORMS[way](first), b=FORMS[way](second))
    days = (first.isoformat(), second.isoformat())
    order = slice(None, None, -1 if turned else 1)
    assert listed(text, dict(list(zip(names, days, strict=True))[order])).answer is True
    assert listed(text, dict(list(zip(names, days[::-1], strict=True))[order])).answer is False


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("Moved from May 2 to May 5?", {"new_day": "2025-05-05", "old_day": "2025-05-02"}, True),
        ("Moved from May 2 to May 5?", {"new_day": "2025-05-02", "old_day": "2025-05-05"}, False),
        ("Hired May 2 to May 5?", {"day": "2025-05-02", "due": "2025-05-05"}, True),
        ("Hired May 5 to May 2?", {"day": "2025-05-02", "due": "2025-05-05"}, None),
        ("Leaving May 2, arriving May 5?", {"start": "2025-05-02", "end": "2025-05-05"}, True),
        ("Leaving May 2, arriving May 5?", {"departure": "2025-05-02", "arrival": "2025-05-05"}, True),
        ("Start May 2, end May 5, moved from May 5 to May 2?", {"start": "2025-05-02", "end": "2025-05-05"}, True),
        ("Move $50 from AC10001 to AC20002?", {"from_account": "AC10001", "to_account": "AC20002", "n": 50}, True),
        ("Move $50 from AC10001 to AC20002?", {"from_account": "AC20002", "to_account": "AC10001", "n": 50}, False),
        ("The old item 1001 for the new item 1002?", {"old_item_id": "1001", "new_item_id": "1002"}, True),
        ("The old item 1002 for the new item 1001?", {"old_item_id": "1001", "new_item_id": "1002"}, False),
        ("The deposit is $20, the rent $300.", {"deposit": 20, "rent": 300}, True),
        ("The deposit is $300, the rent $20.", {"deposit": 20, "rent": 300}, False),
        ("The deposit is $300. $20 is the rent?", {"deposit": 20, "rent": 300}, True),
        ("$20 and $300, deposit and rent?", {"deposit": 300, "rent": 20}, True),
        ("From December 20 to December 22?", {"arrives": "2025-12-20", "leaves": "2025-12-22"}, True),
        ("From December 20 to December 22?", {"arrives": "2025-12-22", "leaves": "2025-12-20"}, None),
        ("December 20 to 22?", {"arrives": "2025-12-22", "leaves": "2025-12-20"}, None),
        ("Arrival December 20, leaving December 22?", {"arrives": "2025-12-22", "leaves": "2025-12-20"}, False),
        ("December 20 (leaving), December 22 (arrival)?", {"arrives": "2025-12-20", "leaves": "2025-12-22"}, True),
        ("Arriving December 20, leaving on December 22?", {"arrives": "2025-12-22", "leaving": "2025-12-20"}, False),
        ("From December 20 to December 22?", {"until": "2025-12-22", "day": "2025-12-20"}, True),
    ],
)
def test_which_is_which(text: str, arguments: dict[str, object], expected: bool | None) -> None:
    assert listed(text, arguments).answer is expected


@pytest.mark.parametrize(
    "form",
    [
        "{m} {a} to {b}",
        "{m} {a}-{b}",
        "{m} {a} \u2013 {b}",
        "{a} to {b} {m}",
        "{m} {a} through the {b}",
        "{m} {a} and {b}",
        "the {a} to the {b} of {m}",
        "between {a} and {b} {m}",
        "{m} {a} until {b}",
        "{m} {a}, {b} and 31",
    ],
)
@given(month=st.sampled_from(MONTHS), a=st.integers(1, 29), b=st.integers(2, 30))
def test_a_month_named_once_holds_for_each_day_of_a_span(form: str, month: str, a: int, b: int) -> None:
    found = dates_in(f"We stay {form.format(m=month, a=a, b=b)}, if you like.")
    number = MONTHS.index(month) + 1
    told = {f"-{number:02d}-{day:02d}" for day in (a, b)}
    assert (told <= found) is (a < b) or a == b


@pytest.mark.parametrize(
    "text",
    [
        "May 2 to 5 pm",
        "May 2 to 5 days",
        "May 2 and 3 bags",
        "May 2 to 22:30",
        "May 2 and $20",
        "May 2, 3 bags",
        "May 22 to 20",
        "room 3, 4 May",
        "May 2 to 5%",
        "May 2 to 5-year-olds",
        "May 2 to 45",
        "May 2 - 3.5 stars",
    ],
)
def test_what_only_stands_beside_a_day_is_none(text: str) -> None:
    assert len(dates_in(text)) == 1


def test_a_claim_names_its_month() -> None:
    assert claims("From December 20 to 22, 2025.") == []
    assert listed("December 20 to 22?", {"from": "2025-12-20", "to": "2025-12-22"}).answer is True


def test_hostile_text_takes_linear_time() -> None:
    start = time.process_time()
    many: dict[str, object] = {f"a{n}_day": f"2024-05-{n % 28 + 1:02d}" for n in range(60)}
    ids: dict[str, object] = {f"i{n}_id": f"ST{n:04d}" for n in range(60)}
    for text in ("keep ST0001, " * 1500, "keep " + "1" * LIMIT, "May 1, 2, " * 2000, "May 1 to " * 2200, "1, " * 6000):
        listed(text[:LIMIT], ids)
        listed(text[:LIMIT], many)
    assert time.process_time() - start < 8
