"""Texts and months of small worlds: what is put together, what begins with some letters, how long ago a day is."""

import random
from datetime import date

import pytest

from cove_dsl.backends.smt import Budget
from cove_dsl.backends.smt.bounded import calendar
from cove_dsl.backends.smt.solve import ask
from cove_dsl.solve.errors import BOUNDED, REPLAYED
from cove_dsl.solve.scenarios import ask_scenario

PICK = "  pick user from users\n  pick order from orders where .user_id == user.user_id"
NOTED = "order.note is present and "


@pytest.mark.parametrize(
    ("condition", "argument"),
    [
        ('order.order_id == "B{user.user_id}0125"', REPLAYED),
        ('order.order_id == "{user.user_id}-1" and starts_with(user.user_id, "U")', REPLAYED),
        ('order.order_id == "B{user.user_id}" and order.order_id == "B{user.user_id}0"', BOUNDED),
        ('order.order_id == "B7" and order.order_id == "B{user.user_id}" and user.user_id != "7"', BOUNDED),
        ('order.order_id == "B7" and order.order_id == "B{user.user_id}"', REPLAYED),
        ('order.order_id == "{count(order.lines)} lines" and count(order.lines) == 2', REPLAYED),
        ('order.order_id == "9 lines" and order.order_id == "{count(order.lines)} lines"', BOUNDED),
        ('order.order_id == "{date_of(order.placed)}" and date_of(order.placed) == 2024-05-14', REPLAYED),
        ('order.order_id == "2024-05-14" and order.order_id == text(date_of(order.placed))', REPLAYED),
        ('order.order_id == "2024-02-31" and order.order_id == text(date_of(order.placed))', BOUNDED),
        ('order.order_id == text(total(order)) and total(order) == $3.25', REPLAYED),
        ('order.order_id == "$4.00" and order.order_id == dollars(total(order))', REPLAYED),
        ('starts_with(order.order_id, "L")', REPLAYED),
        ('starts_with(order.order_id, "Li") and not starts_with(order.order_id, "L")', BOUNDED),
        ('starts_with(order.order_id, "L") and starts_with(order.order_id, "D")', BOUNDED),
        ('starts_with(order.order_id, "L") and ends_with(order.order_id, "-9")', REPLAYED),
        ('starts_with(order.order_id, "L") and contains(order.order_id, "x#")', REPLAYED),
        ('contains(order.order_id, "x") and not contains(order.order_id, "xy")', REPLAYED),
        ('starts_with("No. {order.order_id}", "No")', REPLAYED),
        ('starts_with("No. {order.order_id}", "Ye")', BOUNDED),
        (f'{NOTED}lower(order.note) == "abc" and order.note != "abc" and order.note in {{"ABC", "x"}}', REPLAYED),
        (f'{NOTED}lower(order.note) == "ABC"', BOUNDED),
        (f'{NOTED}same_text(order.note, "ABC") and order.note == "Abc"', REPLAYED),
        (f'{NOTED}same_text(order.note, "ABC") and order.note == "Abd"', BOUNDED),
        ('text(order.status) == "open"', REPLAYED),
        ('lower("ID {order.order_id}") == "id 7" and order.order_id == "7"', REPLAYED),
    ],
)  # fmt: skip
def test_texts_are_put_together_and_read_back(desk, condition, argument):
    spec = desk(f'scenario s "…" {{\n{PICK}\n  require {condition}\n  goal note(order.order_id, "x")\n}}\n')
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.argument == argument, (condition, answer.doubt)


@pytest.mark.parametrize(
    ("condition", "argument"),
    [
        ("months_between(date_of(order.placed), date_of(clock)) == 3", REPLAYED),
        ("months_between(date_of(order.placed), 2024-02-29) == 1 and date_of(order.placed) == 2024-01-29", REPLAYED),
        ("months_between(date_of(order.placed), 2024-02-29) == 1 and date_of(order.placed) == 2024-01-30", BOUNDED),
        ("months_between(date_of(order.placed), 2024-03-01) == 1 and date_of(order.placed) == 2024-01-31", REPLAYED),
        ("months_between(2023-06-30, date_of(order.placed)) == -2", REPLAYED),
        ("months_between(1931-12-31, date_of(order.placed)) == 1000", REPLAYED),
        ("months_between(date_of(order.placed), date_of(clock)) == 0 "
         "and date_of(order.placed) <= date_of(clock) - 30 days", BOUNDED),
    ],
)  # fmt: skip
def test_months_are_counted_in_small_worlds(desk, condition, argument):
    spec = desk(f'scenario s "…" {{\n{PICK}\n  require {condition}\n  goal note(order.order_id, "x")\n}}\n')
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.argument == argument, (condition, answer.doubt)


def test_every_day_has_its_month():
    """The arithmetic on open days, put to the solver for days of which the calendar is known."""
    dice = random.Random(7)
    days = [calendar.BEGIN, calendar.END, *(dice.randint(calendar.BEGIN, calendar.END) for _ in range(300))]
    wrong = []
    for day in days:
        found = date.fromordinal(date(1970, 1, 1).toordinal() + day)
        word = f"(- {-day})" if day < 0 else str(day)
        months, of_month = calendar.months_and_day(word)
        right = (found.year - 1904) * 12 + found.month - 3
        wrong.append(f"(not (and {calendar.within(word)} (= {months} {right}) (= {of_month} {found.day - 1})))")
    assert ask(f"(set-logic ALL)(assert (or {' '.join(wrong)}))", Budget())[0] == "unsat"
    assert ask(f"(set-logic ALL)(assert {calendar.within(str(calendar.END + 1))})", Budget())[0] == "unsat"
