"""What is said in stories, in words: a story counts once the generated checker hears it as it is meant."""

import random

import pytest
from attrs import evolve

from cove_dsl.solve import search, wording
from cove_dsl.solve.errors import BOUNDED, EVERY_WORLD, UNHEARD, Refuted
from cove_dsl.solve.hearing import follows, hears
from cove_dsl.solve.naming import named_by_accident
from cove_dsl.solve.plainer import plainest
from cove_dsl.solve.replay import Replay, witness_of
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.survey import about_scenario
from cove_dsl.solve.telling import conversation, heard, to_json

WARN = """rule warn "Say what cannot be undone." {
  before call to close
  require said: some (earlier agent message where says(it, "A closed order cannot be restored."))
}
"""
CLOSING = """scenario s "…" {
  pick user from users
  pick order from orders where .user_id == user.user_id and .status == open
  goal close(order.order_id)
}
"""


def hush(condition: str) -> str:
    return f'rule hush "Not a word of that." {{ before agent message  require silent: not {condition} }}\n'


@pytest.mark.parametrize(
    ("never", "status"),
    [
        ('mentions(message, "restored")', "unsat"),
        ('mentions(message, {"reopened", "Closed order"})', "unsat"),
        ('says(message, "cannot be")', "unknown"),
        ('mentions(message, "store")', "sat"),
        ('mentions(message, "reopened")', "sat"),
        ('says(message, "Cannot be")', "sat"),
        ('matches(message, "order can be restored")', "sat"),
    ],
)
def test_fixed_words_are_heard_in_the_proof_as_checkers_hear_them(desk, never, status):
    spec = desk(WARN + hush(never) + CLOSING)
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.status == status
    if status == "sat":
        assert to_json(answer.story, spec)["heard"] is True
    else:
        assert answer.argument == (EVERY_WORLD if status == "unsat" else BOUNDED)
        assert {c.by.partition(".")[0] for c in answer.core if c.role == "rule"} >= {"warn", "hush"}


def test_a_story_that_nobody_can_put_into_words_decides_nothing(desk):
    """The letters could go on (“colder”), so the solver may not be told otherwise; the checker hears it."""
    rules = WARN.replace("A closed order cannot be restored.", "cold") + hush('mentions(message, "cold")')
    spec = desk(rules + CLOSING)
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.story) == ("unknown", None)
    assert answer.doubt.why == UNHEARD
    assert answer.doubt.span == spec.rules["hush"].span, "the rule that hears something else"


def test_what_could_be_denied_is_left_to_the_words(desk):
    spec = desk(WARN + hush('matches(message, "order cannot ... restored")') + CLOSING)
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.doubt.why, answer.doubt.span) == ("unknown", UNHEARD, spec.rules["hush"].span)


def test_a_question_can_be_answered_with_a_denial():
    call = "Tell me at once, please, if there is a fire"
    assert follows("says", f"{call}.", "matches", "fire")
    assert not follows("says", f"{call}?", "matches", "fire")


def test_findings_about_rules_and_tools_count_in_words_too(desk, monkeypatch):
    spec = desk(WARN)
    look = examiner(spec)
    assert look.rule(spec.rules["warn"]).finding == "alone"
    assert look.tool(spec.tools["close"]).finding == "reachable"
    monkeypatch.setattr(wording, "heard", lambda *_: False)
    assert look.rule(spec.rules["warn"]).doubt.why == UNHEARD
    assert look.tool(spec.tools["close"]).doubt.why == UNHEARD


def test_what_an_agent_states_is_given_by_the_user_where_no_result_shows_it(desk):
    spec = desk("""rule known "Make nothing up." {
  before agent message
  require given: no invented(message)
}
rule asked "Ask first." {
  before call to rebook
  require told: some (earlier agent message where lists(it, call))
}
record Visit { visit_id: id, user_id: ref users, day: date }
table visits: Visit key visit_id
write tool rebook(visit_id: ref visits, day: date) -> text "Rebooks." {
  let visit = visits[visit_id] else fail "no visit"
  set visit.day = day
  return "done"
}
scenario s "…" {
  pick user from users
  pick visit from visits where .user_id == user.user_id
  pick days from 3..9
  goal rebook(visit.visit_id, date_of(clock) + 1 day * days)
}
""")
    story = ask_scenario(spec, spec.scenarios["s"]).story
    day = next(c.arguments["day"] for c in story.calls if c.tool == "rebook")
    said = [(m["role"], day in (m["content"] or "")) for m in conversation(story)]
    assert said.index(("user", True)) < said.index(("assistant", True))
    assert heard(spec, story)


HOUSES = """record House { house_id: id, street: text }
table houses: House key house_id
read tool find_house(street: text "The street, such as 'Mill Lane'.") -> ref houses "Finds." {
  let house = first(houses where same_text(.street, street)) else fail "nobody"
  return house.house_id
}
rule asked "Look the house up." {
  before call to close
  require found: some earlier ok call to find_house
}
rule loud "No alarms." { before agent message  require calm: not mentions(message, {"CO alarm", "chimney fire"}) }
"""


def test_no_name_is_a_phrase_by_accident(desk):
    spec = desk(HOUSES + CLOSING)
    scenario = spec.scenarios["s"]
    found = witness_of(ask_scenario(spec, scenario).story)

    def accept(witness):
        return accepted(Replay(spec, witness).story(None, ()))

    def accepted(story):
        if any(c.ok is False for c in story.calls) or story.broken(spec):
            raise Refuted("it does not hold")
        return story

    houses = {k: {**house, "street": "CO alarm"} for k, house in found.state["houses"].items()}
    events = (evolve(e, arguments={"street": "co alarm"}) if e.tool == "find_house" else e for e in found.events)
    haunted = evolve(found, state={**found.state, "houses": houses}, events=tuple(events))
    assert accept(haunted).calls
    assert ("CO alarm", "street") in named_by_accident(haunted, spec)
    witness, story = plainest(haunted, accept, spec)
    assert named_by_accident(witness, spec) == []
    assert {c.arguments["street"].casefold() for c in story.calls if c.tool == "find_house"} != {"co alarm"}


def test_a_name_that_is_needed_stays(desk):
    spec = desk(
        HOUSES
        + """scenario s "…" {
  pick house from houses where .street == "chimney fire"
  goal find_house(house.street)
}
"""
    )
    story = ask_scenario(spec, spec.scenarios["s"]).story
    assert [c.arguments["street"] for c in story.calls if c.tool == "find_house"] == ["chimney fire"]


SENTENCES = ("Keep the hearth cold.", "cold", "A cancelled order cannot be restored.", "Fee: $5", "I am the owner.")
WANTED = (
    ("mentions", "cold"), ("mentions", ("restored", "fee")), ("mentions", 5), ("matches", "i am [the] owner"),
    ("matches", ("hearth ... cold", "order cannot")), ("says", "cannot be"), ("says", "5"),
)  # fmt: skip
AMONG = ("", " ", "x", "not ", "Never say: ", "5", ".5", "_", "\n", ", ", "no ", "un", "don't ", "*", '"', "ß")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_follows_of_a_sentence_is_heard_in_every_text_that_has_it(sentence):
    """Against the recognisers themselves, with all kinds of things around the sentence."""
    dice, claimed = random.Random(sentence), [w for w in WANTED if follows("says", sentence, *w)]
    for _ in range(400):
        text = f"{''.join(dice.choices(AMONG, k=3))}{sentence}{''.join(dice.choices(AMONG, k=3))}"
        if hears("says", text, sentence):
            assert all(hears(op, text, about) for op, about in claimed), text


def test_what_follows_of_a_phrase():
    assert follows("mentions", "keep cold", "mentions", "cold")
    assert follows("mentions", ("keep cold", "cold hearth"), "mentions", ("cold", "warm"))
    assert not follows("mentions", ("keep cold", "warm"), "mentions", "cold")
    assert not follows("mentions", "colder", "mentions", "cold")
    assert not follows("mentions", "i am the owner", "matches", "i am the owner"), "it may be denied"
    assert not follows("matches", "cold", "mentions", "cold")


def test_words_are_looked_for_among_few_only(desk, monkeypatch):
    """However many ways there are to say something."""
    tries = []
    monkeypatch.setattr(wording, "heard", lambda *_: tries.append(1))
    spec = desk(WARN + CLOSING)
    assert ask_scenario(spec, spec.scenarios["s"]).doubt.why == UNHEARD
    assert len(tries) <= wording.FEW_TRIES * 2 * search.ATTEMPTS * 3


ROLES = """enum Role { owner, tenant }
fact role: Role? "the role" from user version 1 {
  when matches(it, "(i am|i'm) [the] owner") or mentions(it, {"my own house"})  then owner
  when mentions(it, "the tenant")  then tenant
}
rule owners "Only owners." { before call to close  require o: stated.role == owner }
"""


@pytest.mark.parametrize(
    ("knows", "status"),
    [
        ('knows "I am the tenant." "whether you are the owner"', "unknown"),
        ("", "unknown"),
        ('knows "I am the owner." "whether you are the owner"', "sat"),
        ('volunteers "It is my own house."', "sat"),
        ("pick role from Role  knows role", "sat"),
    ],
)
def test_a_refusal_is_held_against_what_this_very_user_says(desk, knows, status):
    goal = "  goal close(order.order_id)\n"
    picks, told = (f"  {knows.partition('  ')[0]}\n", knows.partition("  ")[2]) if "pick" in knows else ("", knows)
    closing = CLOSING.replace(goal, f"{picks}  expect refusal by owners\n{goal}  otherwise nothing\n  {told}\n")
    spec = desk(ROLES + closing)
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.status == status
    problem = about_scenario(answer, spec)
    assert (problem.code if problem else "") == ("refusal-not-forced" if status == "sat" else "")
    if problem:
        assert all("\n" not in note for note in problem.notes), "shortly"
        assert "close(" in problem.notes[0]
        assert "owner" in problem.notes[0] or "my own house" in problem.notes[0]
