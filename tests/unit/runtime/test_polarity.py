"""An amount is stated where it is said, and not where it is denied: forms, any amount, and hostile text."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.runtime.details import lists
from cove_dsl.backends.python.runtime.language import LIMIT, says_amount

DENIED = [
    "You will not be charged the {} fee.",
    "We will not charge you the {} fee.",
    "You won't be charged {}.",
    "There is no {} fee.",
    "There's no fee of {}",
    "There is no additional {} cancellation fee.",
    "There won't be a {} charge.",
    "There has never been a {} fee.",
    "There are no {} fees",
    "No {} fee applies.",
    "The fee isn't {}.",
    "The fee is not {}.",
    "The fee isn\u2019t **{}**.",
    "It is no longer {}.",
    "It doesn't cost {}.",
    "It does not carry a {} fee.",
    "You don't have to pay the {} fee",
    "You do not need to pay {}",
    "You're not going to be charged a cancellation fee of {}",
    "You will not incur a penalty or a {} fee.",
    "Nobody will charge you {}.",
    "You will not receive {}.",
    "You won't get a refund of {}.",
    "You can cancel without paying the {} fee.",
    "You can cancel without a {} fee.",
    "It is free instead of {}.",
    "It is free, not {}!",
    "I don't see a {} fee.",
    "The {} fee does not apply.",
    "The {} fee will not be charged.",
    "A {} charge isn't due.",
    "The cancellation fee of {} won't apply.",
    "You do not owe us {}.",
    "The {} fee is waived.",
    "Unfortunately the fee of {} will be waived today",
    "I am afraid the {} fee does not apply",
]
# Told as lost, and not as returned.
KEPT = [
    "You do not get the deposit of {} back",
    "You won't be getting your {} back.",
    "You will not receive {} back",
    "You do not get back the deposit of {}.",
    "We will not give you the {} deposit back",
    "We can't pay you the {} back if it is late.",
    "The deposit of {} will not be refunded",
    "Unfortunately, your security deposit of {} cannot be returned.",
    "I am afraid your {} won't be coming back",
    "The {} deposit is no longer refunded.",
    "You will not be refunded the deposit of {}.",
    "We do not refund the {} deposit",
    "We won't return your {}.",
    "Your {} is forfeited",
    "The deposit of {} is lost.",
    "You forfeit the {} deposit",
    "You lose your deposit of {}, sorry.",
    "So we keep the deposit of {}.",
    "The deposit of {} has been retained.",
]
STATED = [
    "You will be charged the {} fee.",
    "There is a {} fee",
    "The fee is {}.",
    "The fee ({}) is due.",
    "We cannot waive the {} fee.",
    "We can't refund the {} fee",
    "You will not be refunded the {} fee.",
    "The {} fee is not refundable",
    "The {} fee cannot be waived",
    "The {} fee has not been paid.",
    "There is no refund of the {} fee.",
    "There is no way around the {} fee",
    "There is no doubt: it is {}.",
    "You will not be charged more than {}",
    "Not only {}, but also the tax.",
    "Nothing but {} is due.",
    "There is no fee except {}.",
    "There is no change (it stays {}).",
    "You can't cancel without paying the {} fee",
    "You will not be charged today. The fee is {}.",
    "You will not be charged until you arrive, then it is {}",
    "You will not be charged another {}",
    "If you do not cancel, {} is charged",
    "No, the fee is {}.",
    "No, {} is the fee.",
    "No problem, {}.",
    "Isn't the fee {}?",
    "Don't you owe {}?",
    "Don't forget the {} fee",
    "You haven't paid {}.",
    "Without insurance you pay {}.",
    "It is not free but costs {}",
    "The fee is not due now. It is {}.",
    "The total will not exceed {}.",
    "It is no more than {}.",
    "Not only {} but also the tax is due",
    "Do not forget the {} fee",
    "The {} fee is not waived.",
    "The {} fee is waived for members",
    "The {} fee can be waived.",
    "The cancellation fee of {} will not be refunded.",
    "You do not get the {} fee refunded",
    "You do not get the helmet for {} back",
    "You cannot return the {} helmet.",
    "The {} deposit fee is not refunded.",
    "You will not lose the deposit of {}",
    "Your {} is not forfeited.",
    "You get the deposit of {} back, not a voucher",
    "You do not have to wait to get the deposit of {} back",
    "You keep the {} helmet.",
    "The deposit of {} is never late",
    "Your deposit of {} is kept safe",
]
PRICES = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999.99"), places=2)


def written(amount: Decimal, form: str) -> str:
    return {"$": f"${amount:,.2f}", "dollars": f"{amount} dollars", "USD": f"USD {amount}"}[form]


@pytest.mark.parametrize("form", DENIED)
@given(amount=PRICES, way=st.sampled_from(["$", "USD"]))
def test_a_denied_amount_is_never_stated(form: str, amount: Decimal, way: str) -> None:
    assert says_amount(form.format(written(amount, way)), amount) is False


@pytest.mark.parametrize("form", STATED)
@given(amount=PRICES, way=st.sampled_from(["$", "dollars", "USD"]))
def test_an_affirmed_amount_is_always_stated(form: str, amount: Decimal, way: str) -> None:
    assert says_amount(form.format(written(amount, way)), amount) is True


@pytest.mark.parametrize("form", KEPT)
@given(amount=PRICES, way=st.sampled_from(["$", "dollars", "USD"]))
def test_money_that_does_not_come_back_is_neither_stated_nor_denied(form: str, amount: Decimal, way: str) -> None:
    assert says_amount(form.format(written(amount, way)), amount) is None
    assert lists(form.format(written(amount, way)), {"amount": amount}, lambda _: []) is None


@given(denied=st.sampled_from(DENIED + KEPT), stated=st.sampled_from(STATED), amount=PRICES, first=st.booleans())
def test_one_place_that_states_it_is_enough(denied: str, stated: str, amount: Decimal, first: bool) -> None:
    parts = [denied, stated] if first else [stated, denied]
    assert says_amount("\n".join(parts).format(*[f"${amount}"] * 2), amount) is True


@given(denied=st.sampled_from(DENIED), amounts=st.lists(PRICES, min_size=2, max_size=2, unique=True))
def test_what_is_denied_of_one_amount_is_not_denied_of_another(denied: str, amounts: list[Decimal]) -> None:
    one, other = amounts
    text = f"{denied.format(f'${one}')}\nYou pay ${other}."
    assert (says_amount(text, one), says_amount(text, other)) == (False, True)


@pytest.mark.parametrize(
    ("text", "expected"), [("I book it for $30. Shall I?", True), ("There is no $30 fee. Shall I book it?", False)]
)
def test_a_denied_amount_lists_no_argument(text: str, expected: bool) -> None:
    assert lists(text, {"price": 30}, lambda _: []) is expected


def test_hostile_text_takes_linear_time() -> None:
    start = time.process_time()
    for text in ("not 5 " * 3000, "no a " * 3000 + "5", "not be " * 2800 + "5", "5 is not " * 2000):
        says_amount(text[:LIMIT], 5)
    assert time.process_time() - start < 5
