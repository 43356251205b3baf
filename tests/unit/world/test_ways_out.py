"""What a refusal says to do, in policies of a dozen trades: the line itself, and that following it leads somewhere."""

import json
from typing import Any

import pytest
from attrs import frozen

import cove_dsl as cove
from tests.support.advised import Follower, Scene

YES = """
rule asked "Ask before a change." {
  before call to writes
  let answer   = last(earlier user message)                 else fail "the user has said nothing yet"
  let proposal = last(earlier agent message before answer)  else fail "nothing was proposed"
  require affirmed: affirms(answer)
  require listed:   lists(proposal, call)
}
"""
LEAD_OR_LOW = """
rule low "No higher than 10 cm." {
  before call to fire
  let p = pots[call.pot_id] else skip
  require low: p.height <= 10
}
exception held to low.low "Lead holds a pot of up to 30 cm." {
  before call to fire
  let p = pots[call.pot_id] else skip
  when call.glaze == lead and p.height <= 30
}
"""
SETTLING = """
write tool settle(pot_id: ref pots) -> text "Settles." {
  let p = pots[pot_id] else fail "No such pot"
  set p.fired = 9
  return "settled"
}
"""
CHARGING = """
write tool charge(pot_id: ref pots, amount: money) -> text "Charges." touches nothing
"""
HAND_OVER = """
tool fetch_master(note: text, urgency: Urgency) -> text "Fetches the master." { return "Done" }
enum Urgency { now, later }
"""

WANTS = """
recogniser wants(m: message) -> bool "Whether a message asks for it." version 1 {
  when some (sentences(m) where mentions(it, {"the master himself", "a person"})) then true
  otherwise false
}
"""


@frozen
class Case:
    """A policy with its rows, what happened (`user: …`, or a call), what is tried, and what is said to do."""

    policy: str
    rows: dict[str, Any]
    happened: tuple[Any, ...]
    call: tuple[str, dict[str, Any]]
    told: tuple[str, ...]
    came_to: str


def kiln(policy: str) -> str:
    return (
        """
domain kiln "A pottery studio"
clock 2026-03-02T09:00:00+00:00
enum Glaze { clear, lead }
record Pot { pot_id: id, owner: text, height: int, fired: int, day: date }
table pots: Pot key pot_id
read tool see(pot_id: ref pots) -> Pot "Shows a pot." { let p = pots[pot_id] else fail "No such pot"  return p }
write tool fire(pot_id: ref pots, glaze: Glaze, day: date) -> Pot "Fires a pot." {
  let p = pots[pot_id] else fail "No such pot"
  increase p.fired by 1
  return p
}
write tool pay_back(pot_id: ref pots, amount: money) -> text "Pays back." touches nothing
"""
        + policy
    )


POTS = {
    "P1": {"pot_id": "P1", "owner": "ann", "height": 20, "fired": 0, "day": "2026-03-05"},
    "P2": {"pot_id": "P2", "owner": "bob", "height": 90, "fired": 1, "day": "2026-03-05"},
}
FIRE = ("fire", {"pot_id": "P1", "glaze": "clear", "day": "2026-03-05"})
CONFIRM_FIRE = (
    "List these details to the user, ask for confirmation of: "
    'fire with pot_id "P1", glaze "clear", day "2026-03-05", and wait for an explicit yes.'
)
CASES = {
    "a line in the rule's own words": Case(
        kiln('rule hot "Warn." { before call to fire  '
             'require said: some (earlier agent message where says(it, "It will be very hot.")) }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ('First say, word for word: "It will be very hot."',), "allowed",
    ),
    "a line with what it is about in it": Case(
        kiln('rule hot "Warn." { before call to fire  '
             'require said: some (earlier agent message where says(it, "Pot {call.pot_id} may crack.")) }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ('First say, word for word: "Pot P1 may crack."',), "allowed",
    ),
    "words to mention, one of several": Case(
        kiln('rule hot "Warn." { before call to fire  '
             'require said: some (earlier agent message where mentions(it, {"at your own risk", "no warranty"})) }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ('First say so in these words: "at your own risk"',), "allowed",
    ),
    "two lines that are both wanted": Case(
        kiln('rule hot "Warn." { before call to fire  '
             'require said: some (earlier agent message where says(it, "It is hot.")) '
             'and some (earlier agent message where matches(it, "(may|can) crack")) }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ('First say, word for word: "It is hot." First say so in these words: "may crack"',), "allowed",
    ),
    "an amount to name": Case(
        kiln('rule cost "Say what it costs." { before call to fire  let p = pots[call.pot_id] else skip  '
             'require told: some (earlier agent message where says_amount(it, $2 * p.height)) }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ("First say what it comes to: $40.",), "allowed",
    ),
    "a yes after a look": Case(
        kiln('rule look "Look." { before call to fire  '
             'require looked: some (earlier ok call to see where .pot_id == call.pot_id) }' + YES),
        {"pots": POTS}, ("user: Fire P1, clear, on 2026-03-05.",), FIRE,
        ('First call `see` with pot_id "P1".', CONFIRM_FIRE), "allowed",
    ),
    "no yes for what a limit forbids": Case(
        kiln('rule little "Pay back at most $20 in all." { before call to pay_back  '
             'require total: sum((earlier ok call to pay_back).amount) + call.amount <= $20 }' + YES),
        {"pots": POTS}, ("user: I want $15 back, twice.", ("pay_back", {"pot_id": "P1", "amount": 15})),
        ("pay_back", {"pot_id": "P1", "amount": 15}),
        ("This cannot be done with amount 15: tell the user so. It is for the user to ask for something else.",),
        "given up",
    ),
    "a number that the agent has chosen, though the user has to agree": Case(
        kiln('rule little "Pay back at most $20 in all." { before call to pay_back  '
             'require total: sum((earlier ok call to pay_back).amount) + call.amount <= $20 }' + YES),
        {"pots": POTS}, ("user: I want my money back for P1.", ("pay_back", {"pot_id": "P1", "amount": 15})),
        ("pay_back", {"pot_id": "P1", "amount": 10}),
        ("This cannot be done with amount 10: choose otherwise, or tell the user so.",), "given up",
    ),
    "a change that makes room": Case(
        kiln(SETTLING + 'rule settled "Settle first." { before call to fire  let p = pots[call.pot_id] else skip  '
             'require settled: p.fired == 9 }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ('First call `settle` with pot_id "P1".',), "allowed",
    ),
    "a change that makes room, for which it takes a yes and an amount that the rules name": Case(
        kiln(CHARGING + 'rule charged "Charge the fee first." { before call to fire  '
             'require charged: some (earlier ok call to charge where .pot_id == call.pot_id) }'
             'rule right "The fee is $4.35 a cm." { before call to charge  let p = pots[call.pot_id] else skip  '
             'require right: call.amount == p.height * $4.35 }' + YES),
        {"pots": POTS}, ("user: Fire P1.", ("see", {"pot_id": "P1"})), FIRE,
        ('List these details to the user, ask for confirmation of: charge with pot_id "P1", amount 87, and wait for an '
         'explicit yes. Then call `charge` with pot_id "P1", amount 87.', CONFIRM_FIRE), "allowed",
    ),
    "a change that would make room, and that nobody speaks of": Case(
        kiln(SETTLING + 'rule fired "Only pots that were fired nine times." { before call to fire  '
             'let p = pots[call.pot_id] else skip  require nine: p.fired == 9 }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        (), "the rule's words",
    ),
    "a change that makes no room": Case(
        kiln(SETTLING + 'rule settled "Never twice." { before call to fire  let p = pots[call.pot_id] else skip  '
             'require settled: p.fired == 7 }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE,
        ("As things stand this cannot be done: tell the user so.",), "given up",
    ),
    "a change of which nobody knows what it comes to": Case(
        kiln('write tool recount(pot_id: ref pots, times: int) -> text "Recounts." '
             '{ let p = pots[pot_id] else fail "none"  set p.fired = times  return "done" }'
             'rule settled "Count first." { before call to fire  let p = pots[call.pot_id] else skip  '
             'require settled: p.fired == 7 }'),
        {"pots": POTS}, ("user: Fire P1.",), FIRE, (), "the rule's words",
    ),
    "a limit, and nothing that needs a yes": Case(
        kiln('rule low "No higher than 50 cm." { before call to fire  let p = pots[call.pot_id] else skip  '
             'require low: p.height <= 50 }'),
        {"pots": POTS}, ("user: Fire P2.",), ("fire", {"pot_id": "P2", "glaze": "clear", "day": "2026-03-05"}),
        ("As things stand this cannot be done: tell the user so.",), "given up",
    ),
    "what the agent may choose": Case(
        kiln('rule no_lead "No lead." { before call to fire  require safe: call.glaze != lead }'),
        {"pots": POTS}, ("user: Fire P1.",), ("fire", {"pot_id": "P1", "glaze": "lead", "day": "2026-03-05"}),
        ('This cannot be done with glaze "lead": choose otherwise, or tell the user so.',), "given up",
    ),
    "what another value would make possible": Case(
        kiln(LEAD_OR_LOW), {"pots": POTS}, ("user: Fire P1.",),
        ("fire", {"pot_id": "P1", "glaze": "clear", "day": "2026-03-05"}),
        ('This cannot be done with glaze "clear": choose otherwise, or tell the user so.',), "given up",
    ),
    "what no value makes possible": Case(
        kiln(LEAD_OR_LOW), {"pots": POTS}, ("user: Fire P2.",),
        ("fire", {"pot_id": "P2", "glaze": "clear", "day": "2026-03-05"}),
        ("As things stand this cannot be done: tell the user so.",), "given up",
    ),
    "what two other values together make possible": Case(
        kiln('rule late "Only slowly, with lead." { before call to rest  '
             'require late: call.glaze == lead and call.slow }'
             'write tool rest(glaze: Glaze, slow: bool) -> text { return "Done" }'),
        {"pots": POTS}, ("user: Let it rest.",), ("rest", {"glaze": "clear", "slow": False}),
        ('This cannot be done with glaze "clear": choose otherwise, or tell the user so.',), "given up",
    ),
    "what may be left out, and is possible without": Case(
        kiln('rule bare "Never with a glaze." { before call to rest  '
             'require bare: call.glaze != lead and call.glaze != clear }'
             'write tool rest(glaze: Glaze?) -> text { return "Done" }'),
        {"pots": POTS}, ("user: Let it rest.",), ("rest", {"glaze": "clear"}),
        ('This cannot be done with glaze "clear": choose otherwise, or tell the user so.',), "given up",
    ),
    "what the user has stated is not the agent's to change": Case(
        kiln('rule no_lead "No lead." { before call to fire  require safe: call.glaze != lead }\n'
             'rule told "The user says which." { before call to fire  require same: call.glaze == stated.glaze }\n'
             'fact glaze: Glaze? "which glaze it is to be" from user version 1 {\n'
             '  when mentions(it, {"lead"}) then lead\n  when mentions(it, {"clear"}) then clear\n}'),
        {"pots": POTS}, ("user: With lead, please.",), ("fire", {"pot_id": "P1", "glaze": "lead", "day": "2026-03-05"}),
        ('This cannot be done with glaze "lead": tell the user so. It is for the user to ask for something else.',),
        "given up",
    ),
    "the other way round: the agent has taken the wrong one": Case(
        kiln('rule told "The user says which." { before call to fire  require same: call.glaze == stated.glaze }\n'
             'fact glaze: Glaze? "which glaze it is to be" from user version 1 {\n'
             '  when mentions(it, {"lead"}) then lead\n  when mentions(it, {"clear"}) then clear\n}'),
        {"pots": POTS}, ("user: With the clear one, please.",),
        ("fire", {"pot_id": "P1", "glaze": "lead", "day": "2026-03-05"}),
        ('What the user has stated is glaze "clear": make the call with that.',), "allowed",
    ),
    "nobody is asked to agree to what nobody has said": Case(
        kiln('rule told "The user says which." { before call to fire  require same: call.glaze == stated.glaze }\n'
             'fact glaze: Glaze? "which glaze it is to be" from user version 1 {\n'
             '  when mentions(it, {"lead"}) then lead\n  when mentions(it, {"clear"}) then clear\n}' + YES),
        {"pots": POTS}, ("user: Fire P1 on 2026-03-05.",), FIRE,
        ("Ask the user which glaze it is to be.",), "allowed",
    ),
    "what the user has to name": Case(
        kiln('rule named "The user names the pot." { before call to fire  '
             'require said: some (earlier user message where mentions(it, call.pot_id)) }'),
        {"pots": POTS}, ("user: Fire my pot.",), FIRE, ("Ask the user for pot_id.",), "allowed",
    ),
    "what the user has to say, sentence by sentence": Case(
        kiln('rule asked "Only when asked." { before call to fire  '
             'require asked: some (earlier user message where wants(it)) }' + WANTS),
        {"pots": POTS}, ("user: Fire my pot.",), FIRE, ("Do it only if the user asks for it.",), "allowed",
    ),
    "what the agent has to say, sentence by sentence": Case(
        kiln('rule asked "Only when told." { before call to fire  '
             'require told: some (earlier agent message where wants(it)) }' + WANTS),
        {"pots": POTS}, ("user: Fire my pot.",), FIRE,
        ('First say so in these words: "the master himself"',), "allowed",
    ),
    "a look-up that another rule forbids": Case(
        kiln('rule own "Only P1." { before call taking pot_id  require own: call.pot_id == "P1" }\n'
             'rule look "Look." { before call to fire  '
             'require looked: some (earlier ok call to see where .pot_id == call.pot_id) }'),
        {"pots": POTS}, ("user: Fire P2.",), ("fire", {"pot_id": "P2", "glaze": "clear", "day": "2026-03-05"}),
        ('This cannot be done with pot_id "P2": choose otherwise, or tell the user so.',), "given up",
    ),
    "a look-up that fails": Case(
        kiln('rule look "Look." { before call to fire  '
             'require looked: some (earlier ok call to see where .pot_id == call.pot_id) }'),
        {"pots": POTS}, ("user: Fire P9.",), ("fire", {"pot_id": "P9", "glaze": "clear", "day": "2026-03-05"}),
        ('`see` with pot_id "P9" fails: check with the user what is meant.',), "the rule's words",
    ),
    "a rule that a look uncovers": Case(
        kiln('rule look "Look." { before call to fire  '
             'require looked: some (earlier ok call to see where .pot_id == call.pot_id) }\n'
             'rule once "Never fire one twice." presupposes look { before call to fire  '
             'let p = pots[call.pot_id] else skip  require raw: p.fired == 0 }'),
        {"pots": POTS}, ("user: Fire P2.",), ("fire", {"pot_id": "P2", "glaze": "clear", "day": "2026-03-05"}),
        ("As things stand this cannot be done: tell the user so.",), "given up",
    ),
    "another way that the rule names": Case(
        kiln('rule tall "Above 50 cm the master decides: fetch the master." { before call to fire  '
             'let p = pots[call.pot_id] else skip  require low: p.height <= 50 }' + HAND_OVER),
        {"pots": POTS}, ("user: Fire P2.",), ("fire", {"pot_id": "P2", "glaze": "clear", "day": "2026-03-05"}),
        ("As things stand this cannot be done: do what tall says instead, or tell the user so.",), "given up",
    ),
    "a call with the argument that it must have": Case(
        kiln('rule burnt "Fetch the master at once." { after user message  when mentions(message, {"burnt"})  '
             'then call to fetch_master where .urgency == now }' + HAND_OVER),
        {"pots": POTS}, ("user: I have burnt my hand!",), ("fetch_master", {"note": "a hand", "urgency": "later"}),
        ('First call `fetch_master` with urgency "now", note "a hand".',), "allowed",
    ),
    "the same, and nothing after it": Case(
        kiln('rule burnt "Fetch the master at once." { after user message  when mentions(message, {"burnt"})  '
             'then call to fetch_master where .urgency == now  then agent message where says(it, "Hold on.")  '
             'then nothing }' + HAND_OVER),
        {"pots": POTS}, ("user: I have burnt my hand!",), ("see", {"pot_id": "P1"}),
        ('Call `fetch_master` with urgency "now" instead.',), "something else",
    ),
    "what is owed is quoted": Case(
        kiln('rule line "Say the line." { after ok call to fetch_master  '
             'then agent message where says(it, "He is coming.")  then nothing }' + HAND_OVER),
        {"pots": POTS}, ("user: Help!", ("fetch_master", {"note": "-", "urgency": "now"})), ("see", {"pot_id": "P1"}),
        ('Say, word for word: "He is coming."',), "something else",
    ),
    "two limits of one rule, told once": Case(
        kiln('rule pay "Pay little back." { before call to pay_back  require one: call.amount <= $20  '
             'require total: sum((earlier ok call to pay_back).amount) + call.amount <= $30 because "It is much." }'),
        {"pots": POTS}, ("user: $500, please.",), ("pay_back", {"pot_id": "P1", "amount": 500}),
        ("This cannot be done with amount 500: choose otherwise, or tell the user so.",), "given up",
    ),
}  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    def made(policy: str) -> cove.Desk:
        (tmp_path / "policy.cove").write_text(policy, encoding="utf-8")
        return cove.load(str(tmp_path / "policy.cove"))

    return made


def scene_of(case: Case, desk: cove.Desk) -> Scene:
    scene = Scene(desk, cove.World.from_dict(case.rows, desk), [])
    for what in case.happened:
        if isinstance(what, tuple):
            scene.calls(*what)
        else:
            role, _, text = what.partition(": ")
            scene.says({"agent": "assistant"}.get(role, role), text)
    return scene


@pytest.mark.parametrize("name", CASES)
def test_the_advice_is_what_it_should_be_and_leads_where_it_says(name, desk):
    case = CASES[name]
    scene = scene_of(case, desk(case.policy))
    decision = scene.decides(*case.call)
    assert decision.verdict == "deny"
    lines = decision.advice.splitlines()
    end = len(lines) - len(case.told)
    assert tuple(lines[end:]) == case.told
    asked = lines[:end]
    assert len(asked) == len({line.partition(":")[0] for line in asked}) >= len(decision.rules)
    assert Follower(scene, *case.call).follow().came_to == case.came_to


def test_what_only_might_be_there_is_not_said_to_fail(desk):
    """Of a snapshot nobody knows which rows have come since."""
    case = CASES["a look-up that fails"]
    made = desk(case.policy)
    monitor = made.monitor(cove.World.from_dict(case.rows, made))
    tool, arguments = case.call
    look = 'First call `see` with pot_id "P9".'
    assert monitor.allows({"name": tool, "arguments": arguments}).advice.endswith(look)
    called = {"id": "c", "type": "function", "function": {"name": "see", "arguments": '{"pot_id": "P9"}'}}
    made_call = {"role": "assistant", "content": None, "tool_calls": [called]}
    failed = {"role": "tool", "tool_call_id": "c", "content": "Error: No such pot", "error": True}
    monitor.observe([made_call, failed])
    assert look not in monitor.allows({"name": tool, "arguments": arguments}).advice


def test_what_is_advised_is_worked_out_as_things_stood(desk):
    """A decision may be asked for its advice after the conversation has gone on."""
    case = CASES["a line in the rule's own words"]
    scene = scene_of(case, desk(case.policy))
    decision = scene.decides(*case.call)
    scene.says("assistant", "It will be very hot.")
    assert decision.advice.endswith(case.told[0])
    assert scene.decides(*case.call).verdict == "allow"


def test_trying_leaves_no_trace(desk):
    case = CASES["a yes after a look"]
    scene = scene_of(case, desk(case.policy))
    run = scene.monitor.run
    before = run.events, len(run.judgements), run.world.digest(), len(run.seen.events), set(run.broken)
    assert scene.decides(*case.call).advice
    assert (run.events, len(run.judgements), run.world.digest(), len(run.seen.events), set(run.broken)) == before
    assert not {"says", "mentions", "matches", "says_amount", "says_id"} & vars(run).keys()


def test_inexact_amounts_are_read_as_they_are_written(desk):
    case = CASES["two limits of one rule, told once"]
    made = desk(case.policy)
    monitor = made.monitor(cove.World.from_dict(case.rows, made))
    for amount, verdict in ((20.01, "deny"), (19.99, "allow")):
        call = {"name": "pay_back", "arguments": {"pot_id": "P1", "amount": amount}}
        assert monitor.allows(call).verdict == verdict


def test_no_yes_is_asked_for_while_nobody_knows_what_else_helps(desk):
    odd = 'rule odd "See it fail first." { before call to fire  require failed: some (earlier failed call to see) }'
    case = Case(kiln(odd + YES), {"pots": POTS}, ("user: Fire P1, clear, on 2026-03-05.",), FIRE, (), "")
    decision = scene_of(case, desk(case.policy)).decides(*FIRE)
    assert set(decision.rules) == {"odd", "asked"}
    assert decision.moves == ()
    assert "confirmation" not in decision.advice
    assert "cannot be done" not in decision.advice


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("user", "Look up what this rests on, or do it only if the user asks for it."),
        ("agent", 'First say so in these words: "the master himself"'),
    ],
)
def test_of_the_undecided_nothing_is_advised_that_is_done_or_is_for_the_user_to_say(role, told, desk):
    rule = (
        'rule r "Only when asked, or for one with a tall pot." { before call to fetch_master  '
        "let owners = (earlier ok call to see).result.owner  "
        "let tall = [p for p in pots where p.owner in owners and p.height > 50]  "
        f"require needed: any of {{ asked: some (earlier {role} message where wants(it)), tall: some tall }} }}"
    )
    made = desk(kiln(rule + WANTS + HAND_OVER))
    monitor = made.monitor()
    body = {"name": "see", "arguments": json.dumps({"pot_id": "P1"})}
    called = {"id": "c", "type": "function", "function": body}
    shown = {"role": "tool", "tool_call_id": "c", "content": json.dumps(POTS["P1"])}
    asked = {"role": "user", "content": "What is with my pot?"}
    monitor.observe([asked, {"role": "assistant", "content": None, "tool_calls": [called]}, shown])
    decision = monitor.allows({"name": "fetch_master", "arguments": {"note": "-", "urgency": "now"}})
    assert decision.verdict == "undecided"
    assert decision.advice.splitlines()[-1] == told
