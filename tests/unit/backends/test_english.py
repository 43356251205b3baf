"""Controlled English: what the formal part of a rule reads like."""

import pytest

from cove_dsl.backends.prompt import phrases
from cove_dsl.backends.prompt.rules import read_rule
from cove_dsl.backends.prompt.words import (
    article,
    duration,
    infinitive,
    moment,
    money,
    plural,
    sentence,
    series,
    singular,
    told_moment,
    words,
)
from cove_dsl.semantics.builtins import BUILTINS

from .conftest import Compile

DESK = """
domain travel "Flight desk"
clock 2024-05-15T15:00:00-05:00
enum Cabin { basic_economy = "basic economy", economy, business }
variant Method by source { certificate { id: id, amount: money }, credit_card { id: id } }
record User { user_id: id, methods: map[id, Method], bookings: list[ref bookings] }
record Leg { number: id, price: money, flown: bool }
record Booking { booking_id: id, user_id: ref users, cabin: Cabin, legs: list[Leg], created_at: datetime, note: text? }
table users: User key user_id
table bookings: Booking key booking_id
define fee(booking: Booking) -> money = $5 * count(booking.legs)
recogniser sorry(m: message) -> bool "Whether a message says sorry." version 1 {
  when mentions(m, "sorry") then true otherwise false }
fact reason: text "why the user calls" from user version 1 { when mentions(it, "ill") then "health" }
fact asked: bool "whether the user asks for money" from user version 1 { when mentions(it, "money") then true }
read tool look(booking_id: ref bookings) -> Booking { let b = bookings[booking_id] else fail "no" return b }
write tool cancel(booking_id: ref bookings) -> text { return "ok" }
write tool pay(booking_id: ref bookings, method_ids: list[id], amount: money, why: text) -> text { return "ok" }
"""
CASES = [
    (
        "before call to cancel let b = bookings[call.booking_id] else skip require (b.cabin == business) == "
        "(b.note is present)",
        "Before calling `cancel`: go ahead only if both or neither of these hold: the booking's cabin is 'business'; "
        "the booking's note is given.",
    ),
    (
        "before call to cancel require (some earlier call to pay) == false",
        "Before calling `cancel`: no earlier call to `pay` may have been made.",
    ),
    (
        'after ok call to cancel then agent message where mentions(it, "now or it goes") or says_amount(it, $5)',
        "After a successful call to `cancel`: the very next thing must be a message from you that mentions “now or it "
        "goes” or states the amount $5.",
    ),
    (
        'after ok call to cancel then agent message where length(it.text) < 20 and mentions(it, "bye")',
        "After a successful call to `cancel`: the very next thing must be a message from you for which the length of "
        "its text is less than 20 and it mentions “bye”.",
    ),
    (
        'before message require message.role == "agent"',
        "Before each message: the sender of the message must be “agent”.",
    ),
    (
        "before call to cancel let b = bookings[call.booking_id] else skip require b.cabin == business",
        "Before calling `cancel`: go ahead only if the booking's cabin is 'business'.",
    ),
    (
        "before call to cancel let booking = bookings[call.booking_id] else skip require clock - "
        "booking.created_at <= 24 hours",
        "Before calling `cancel`: go ahead only if the time since the booking's created-at time is at most 24 hours.",
    ),
    (
        "before call to cancel let booking = bookings[call.booking_id] else skip require no "
        "(booking.legs where .flown)",
        "Before calling `cancel`: go ahead only if none of the booking's legs is flown.",
    ),
    (
        "before call to cancel let booking = bookings[call.booking_id] else skip require every(l.price > "
        "$0 for l in booking.legs)",
        "Before calling `cancel`: go ahead only if the price of every one of the booking's legs is more than $0.",
    ),
    (
        "before call to cancel let booking = bookings[call.booking_id] else skip when booking.cabin != "
        "business require booking.note is absent",
        "Before calling `cancel`: if the booking's cabin is not 'business', go ahead only if the booking's note is not "
        "given.",
    ),
    (
        "before call to pay require count(call.method_ids) in 1..3",
        "Before calling `pay`: the number of `method_ids` must be between 1 and 3.",
    ),
    (
        "before call to pay require call.amount == $50 or call.amount >= $1000.50",
        "Before calling `pay`: `amount` must be $50 or `amount` must be at least $1,000.50.",
    ),
    (
        "before call to pay require call.why == stated.reason",
        "Before calling `pay`: `why` must be what the user said about why the user calls.",
    ),
    ("before call to pay require stated.asked", "Before calling `pay`: go ahead only if the user asks for money."),
    (
        "before call to pay require some (earlier ok call to look where .booking_id == call.booking_id)",
        "Before calling `pay`: an earlier successful call to `look` must have the same `booking_id`.",
    ),
    (
        "before call to pay require some earlier failed call to cancel",
        "Before calling `pay`: there must have been an earlier failed call to `cancel`.",
    ),
    (
        "before agent message require not sorry(message)",
        "Before each message to the user: your message must not say sorry.",
    ),
    (
        "at most 2 ok call to { pay, cancel } per .booking_id",
        "Before calling `cancel` or `pay`: `cancel` or `pay` may be called successfully at most twice "
        "for the same `booking_id`.",
    ),
    (
        'after ok call to cancel then agent message where .text == "Bye."',
        "After a successful call to `cancel`: the very next thing must be a message from you that says "
        "exactly \u201cBye.\u201d",
    ),
    (
        "after ok call to cancel never call to pay until user message where sorry(it)",
        "After a successful call to `cancel`: there must never again be a call to `pay`, until there is "
        "a message from the "
        "user that says sorry.",
    ),
    (
        "on agent step require count(step.calls) <= 1",
        "Whenever you act: the number of the tool calls in the step must be at most 1.",
    ),
    (
        "at end for c in earlier ok call to cancel { require some (earlier agent message where says_amount(it, $5)) }",
        "By the end of the conversation: for every successful call to `cancel`, an earlier message of "
        "yours must state the amount $5.",
    ),
    (
        "before call to cancel let booking = bookings[call.booking_id] else skip let cheap = "
        "booking.legs with lowest .price "
        "let extra = fee(booking) + $2 require sum(cheap.price) > extra",
        "Before calling `cancel`: go ahead only if the total of the prices of the cheap is more than the extra, the "
        "cheap being those of the "
        "booking's legs with the lowest price, the extra being the fee of the booking plus $2.",
    ),
]


@pytest.mark.parametrize(("rule", "expected"), CASES)
def test_formal_part(compile_text: Compile, rule: str, expected: str) -> None:
    text = DESK + "rule it_is { " + rule + " }\n"
    spec = compile_text(text)
    (atom,) = read_rule(spec, spec.rules["it_is"])
    assert not atom.authored
    assert atom.formal == expected


LEGS = "before call to cancel let booking = bookings[call.booking_id] else skip require "
AS_CHECKED = [
    (
        "before call to pay "
        'require call.amount == (if call.why == "a" then (if call.why == "b" then $1 else $2) else $3)',
        "($1 if `why` is “b”, otherwise $2) if `why` is “a”, otherwise $3",
    ),
    (
        "before call to pay "
        'require call.amount == (if call.why == "a" then $1 else if call.why == "b" then $2 else $3)',
        "$1 if `why` is “a”, otherwise $2 if `why` is “b”, otherwise $3",
    ),
    (
        LEGS + "every(l.flown or l.price > $5 for l in booking.legs)",
        "for every leg in the booking's legs, the leg is flown or the leg's price is more than $5",
    ),
    (
        LEGS + "every(l.price > $5 for l in booking.legs where l.flown)",
        "for every leg in the booking's legs for which the leg is flown, the leg's price is more than $5",
    ),
    (
        LEGS + "every(l.price >= k.price for l in booking.legs for k in booking.legs)",
        "for every leg in the booking's legs and for every leg `k` in the booking's legs, the leg's price is at least "
        "the leg `k`'s price",
    ),
    (
        LEGS + "no (booking.legs where .flown or .price > $5)",
        "there is no leg in the booking's legs for which the leg is flown or the leg's price is more than $5",
    ),
    (
        LEGS + "some [l for l in booking.legs let more = l.price + $1 where more > $5]",
        "there is a leg in the booking's legs for which the leg's price plus $1 is more than $5",
    ),
    (
        LEGS + 'every(affirms(m) or mentions(m, "x") for m in earlier user message)',
        "for every earlier message of the user, that message must be an explicit yes or that message must mention",
    ),
    (
        "before agent message require every(affirms(m) for m in earlier user message)",
        "for every earlier message of the user, that message must be an explicit yes",
    ),
    ("before call to pay let s = call.amount + $5 require s * 2 <= $10", "(`amount` plus $5) times 2"),
    ("before call to pay let s = call.amount - $5 require $9 - s <= $10", "$9 minus (`amount` minus $5)"),
    (
        "before call to pay require count([c for c in earlier ok call to cancel]) < 2",
        "the number of earlier successful calls to `cancel` must be less than 2",
    ),
    (
        "before call to pay let m = last(earlier user message) else skip "
        "require count([c for c in earlier call to pay after m]) < 2",
        "the number of earlier calls to `pay` since the user's last message must be less than 2",
    ),
    (
        'before call to pay require every(m != "x" for m in call.method_ids) and call.amount > $1',
        "for every method id in `method_ids`, the method id must not be \u201cx\u201d; and `amount` must be more than",
    ),
    ("at most 2 agent message", "a message from you may be sent at most twice"),
    ("before call to pay require call.amount <= $0.125", "`amount` must be at most $0.125"),
    (
        'before call to pay require (call.amount > $5 or call.why == "x") and call.amount < $50',
        "`amount` must be less than $50, and either `amount` must be more than $5 or `why` must be \u201cx\u201d",
    ),
    (
        'before call to pay require (not (call.amount > $5) or call.why == "x") and call.amount < $50',
        "`amount` must be less than $50, and if `amount` is more than $5, `why` must be \u201cx\u201d",
    ),
]


AROUND = [
    ('if call.why == "x" { skip } require call.amount < $50', ["if `why` is not \u201cx\u201d, `amount` must be"]),
    (
        'if call.why == "x" { when call.amount > $1 } require call.amount < $50',
        ["if whenever `why` is \u201cx\u201d, `amount` is more than $1, `amount` must be less than $50"],
    ),
    (
        'if call.why == "x" { if call.amount > $1 { skip } else { skip } } require call.amount < $50',
        ["if `why` is not \u201cx\u201d, `amount` must be less than $50"],
    ),
    (
        'let look = last(earlier ok call to look) else skip require look.booking_id == "x"',
        ["if there has been an earlier successful call to `look`, `booking_id` of the last successful call to `look`"],
    ),
    (
        'for m in call.method_ids { when m == "x" require call.amount > $5 }',
        ["for every method id in `method_ids`, if the method id is \u201cx\u201d, `amount` must be more than $5"],
    ),
    (
        'when call.amount > $1 or call.amount < $0 when call.why == "x" require call.amount < $50',
        ["if `why` is \u201cx\u201d, and either `amount` is more than $1 or `amount` is less than $0, `amount` must"],
    ),
]


@pytest.mark.parametrize(("body", "said"), AROUND)
def test_words_say_when_a_requirement_is_reached(compile_text: Compile, body: str, said: list[str]) -> None:
    spec = compile_text(DESK + "rule it_is { before call to pay " + body + " }\n")
    found = [atom.formal or "" for atom in read_rule(spec, spec.rules["it_is"])]
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True)), found


def test_of_duties_one_after_the_other_each_says_after_what(compile_text: Compile) -> None:
    spec = compile_text(DESK + "rule it_is { after ok call to cancel then call to pay then agent message }\n")
    first, second = [atom.formal for atom in read_rule(spec, spec.rules["it_is"])]
    assert first == "After a successful call to `cancel`: the very next thing must be a call to `pay`."
    assert second == (
        "After a successful call to `cancel`: after the call to `pay` that follows, the very next thing must be a "
        "message from you."
    )


@pytest.mark.parametrize(("rule", "said"), AS_CHECKED)
def test_words_mean_what_is_checked(compile_text: Compile, rule: str, said: str) -> None:
    """Where taking a condition apart, or leaving out its brackets, would say something else."""
    spec = compile_text(DESK + "rule it_is { " + rule + " }\n")
    (atom,) = read_rule(spec, spec.rules["it_is"])
    assert atom.formal is not None
    assert said in atom.formal


def test_a_number_inside_of_another_is_not_said(compile_text: Compile) -> None:
    spec = compile_text(DESK + 'rule seven { before call to pay require call.amount == $7 because "It must be $70." }')
    (atom,) = read_rule(spec, spec.rules["seven"])
    assert atom.sentence == "It must be $70. `amount` must be $7."


MEWS = """
domain mews "A mews"
clock 2025-11-14T13:00:00+00:00
record Keeper { keeper_id: id, level: text }
record Bird {
  bird_id: id, keeper_id: ref keepers, last_flown: datetime, out_until: datetime?, weak: int, moulting: bool,
  has_bells: bool, can_hunt: bool
}
table keepers: Keeper key keeper_id
table birds: Bird key bird_id
define days_left(b: Bird) -> int = 3 - b.weak
define most_credit(b: Bird) -> money = $15 * b.weak
define fee(b: Bird) -> money = $5 * b.weak
recogniser warns(m: message) -> bool "Whether a message warns of hawks." version 1 {
  when mentions(m, "hawk") then true otherwise false }
write tool fly(bird_id: ref birds, amount: money) -> text "Flies." { return "ok" }
read tool look(bird_id: ref birds) -> Bird "Looks." { let b = birds[bird_id] else fail "no" return b }
"""
BIRD = "before call to fly let b = birds[call.bird_id] else skip require "
OWED = "after ok call to fly let b = birds[call.bird_id] else skip eventually agent message where "


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (BIRD + "clock - b.last_flown >= 20 hours", "the time since the bird's `last_flown` is at least 20 hours"),
        (BIRD + "b.out_until is absent", "the bird's `out_until` is not given"),
        (BIRD + "days_left(b) >= 3", "the days left of the bird are at least 3"),
        (BIRD + "call.amount <= most_credit(b)", "`amount` must be at most the `most_credit` of the bird"),
        (BIRD + "b.weak <= 2", "the bird's `weak` is at most 2"),
        (BIRD + "not b.moulting", "the bird is not moulting"),
        (BIRD + "b.has_bells", "the bird has bells"),
        (BIRD + "not b.has_bells", "the bird does not have bells"),
        (BIRD + "b.can_hunt", "the bird can hunt"),
        (BIRD + "not b.can_hunt", "the bird cannot hunt"),
        (
            "before call to fly let b = birds[call.bird_id] else skip let k = keepers[b.keeper_id] else skip "
            'require k.level == "master"',
            "go ahead only if the bird's keeper's level is \u201cmaster\u201d",
        ),
        (
            'before call to fly require keepers[birds[call.bird_id]?.keeper_id]?.level == "master"',
            "the level of the keeper of the bird with bird id `bird_id`",
        ),
        (
            OWED + "says_amount(it, fee(b))",
            "before the conversation ends, tell the user how much the fee of the bird is.",
        ),
        (OWED + "says_amount(it, $5)", "before the conversation ends, tell the user the amount $5."),
        (OWED + 'mentions(it, "hawks")', "before the conversation ends, mention \u201chawks\u201d."),
        (OWED + "warns(it)", "there must be a message from you that warns of hawks."),
        (
            OWED + "warns(it) and says_amount(it, fee(b))",
            "a message from you that warns of hawks and states how much the fee of the bird is.",
        ),
        (
            "after ok call to fly then agent message where says_amount(it, $5)",
            "the very next thing must be a message from you that states the amount $5.",
        ),
        (
            "before call to fly require no (earlier ok call to fly where .bird_id == call.bird_id and .amount == $5)",
            "may be no earlier successful call to `fly` for which it has the same `bird_id` and its `amount` is $5",
        ),
        ("before agent message require not warns(message)", "your message must not warn of hawks."),
    ],
)
def test_names_that_are_no_nouns_and_duties_read_as_people_write(compile_text: Compile, rule: str, said: str) -> None:
    spec = compile_text(f"{MEWS}rule it_is {{ {rule} }}\n")
    (atom,) = read_rule(spec, spec.rules["it_is"])
    assert atom.formal is not None
    assert said in atom.formal


@pytest.mark.parametrize(
    ("does", "base"),
    [("says", "say"), ("promises", "promise"), ("wishes", "wish"), ("tries", "try"), ("passes", "pass"),
     ("is", "be"), ("has", "have"), ("goes", "go"), ("about", "")],
)  # fmt: skip
def test_infinitives(does: str, base: str) -> None:
    assert infinitive(does) == base


def test_a_recommendation_says_should(compile_text: Compile) -> None:
    spec = compile_text(DESK + "rule mild warning { before call to pay require call.amount <= $5 }")
    (atom,) = read_rule(spec, spec.rules["mild"])
    assert atom.formal == "Before calling `pay`: `amount` should be at most $5."


def test_every_function_has_words() -> None:
    said = {*phrases.OPERATORS, *phrases.PREDICATES, *phrases.FOLDS, *phrases.ANY_OF}
    assert {name for name, b in BUILTINS.items() if b.kind != "random"} <= said


def test_words() -> None:
    assert words("OrderStatus.item_ids") == "order status item ids"
    assert [series(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [article("order"), article("user"), article("`order_id`")] == ["an order", "a user", "an `order_id`"]
    assert [singular("entries"), plural("entry"), plural("address")] == ["entry", "entries", "addresses"]
    assert [money("1234.5"), money(-3), money("2.00")] == ["$1,234.50", "-$3", "$2"]
    assert [duration(86400), duration(604800), duration(90), duration(172800)] == [
        "24 hours",
        "1 week",
        "90 seconds",
        "2 days",
    ]
    assert moment("2024-05-15T15:00:00-05:00") == "15:00 on Wednesday, 15 May 2024 (UTC-05:00)"
    assert moment("2024-05-15T15:00-05:00") == "15:00 on Wednesday, 15 May 2024 (UTC-05:00)"
    assert [money("0.125"), money("-1234.5678")] == ["$0.125", "-$1,234.5678"]
    assert [singular("addresses"), singular("boxes"), singular("prices")] == ["address", "box", "price"]
    assert [told_moment("2026-05-21"), told_moment("1234-56-78")] == ["21 May 2026", "1234-56-78"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("go on", "Go on."),
        ('say: "Bye."', 'Say: "Bye."'),
        ("say \u201cBye!\u201d", "Say \u201cBye!\u201d"),
        ('say "Bye"', 'Say "Bye".'),
    ],
)
def test_a_sentence_ends_once(text: str, whole: str) -> None:
    assert sentence(text) == whole
