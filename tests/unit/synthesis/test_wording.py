"""What scripted parties say reads as people speak, and what is stated is still heard as what it states."""

import random
import re

import attrs
import pytest
from attrs import evolve

from cove_dsl.backends.prompt import describe
from cove_dsl.backends.prompt.counts import measured
from cove_dsl.backends.prompt.user import after_noun, render_template
from cove_dsl.backends.prompt.words import shown, told_moment
from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.python.runtime.facts import claims, supports
from cove_dsl.backends.python.runtime.outcome import _said
from cove_dsl.backends.python.runtime.values import UNKNOWN
from cove_dsl.core.types import ANY, DATE, TEXT, EnumType, Prim
from cove_dsl.synthesis import phrases as say
from cove_dsl.synthesis.describe import Naming, Speaker
from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scenes import Shape, definition
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.synthesis.tasks import Fact
from cove_dsl.synthesis.wanted import Want, sentences_for
from cove_dsl.synthesis.wording import asked_for, asked_of, asking_once, fact_sentence, rule_sentence, stated
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import world_of
from tests.support.scripted import scripted_dialogues

DESKS = ("retail", "airline", "clinic")


def sentences(desk):
    """Every choice that users of a desk state, with the sentences that they state it in."""
    for fact in (d for d in desk.spec.defines.values() if d.kind == "fact"):
        for group, value in fact.phrases:
            made = {stated(str(value), group, "", random.Random(seed)) for seed in range(60)}
            yield from ((fact.name, value, text) for text in sorted(made))


@pytest.mark.parametrize("name", DESKS)
def test_what_is_stated_is_a_sentence_and_heard_as_what_it_states(name):
    desk = load(name)
    found = list(sentences(desk))
    assert len(found) >= 8
    for fact, value, text in found:
        assert re.fullmatch(r"[A-Z].*[a-z]\.", text), text
        assert not text.startswith("The reason:"), text
        monitor = desk.monitor()
        monitor.observe({"role": "user", "content": text})
        assert definition(desk.spec, fact)(monitor.run) == value, text


def test_a_choice_that_no_template_fits_is_named_as_it_is():
    assert stated("late", ["lateness, dear me"], "", random.Random(0)) == "Lateness, dear me."


@pytest.mark.parametrize(
    ("doc", "asked"),
    [
        ("why the user cancels", "why you cancel"),
        ("what the caller has tried", "what you have tried"),
        ("where the guest is", "where you are"),
        ("the colour", "the colour"),
    ],
)
def test_a_fact_is_asked_of_the_one_who_states_it(doc, asked):
    assert asked_of(doc) == asked


def test_reasons_that_a_clerk_gives_are_not_orders_to_the_clerk():
    desks = [load(name) for name in (*DESKS, "telecom")]
    refusals = {(d, s.refusal[0]) for d in desks for s in d.spec.scenarios.values() if s.refusal is not None}
    said = [rule_sentence(d.spec.rules[rule]) for d, rule in sorted(refusals, key=lambda r: (r[0].name, r[1]))]
    assert len(said) > 20
    for text in said:
        assert not re.match(r"(Never|Deny|Refuse|Do not|Tell|Ask)\b", text), text
        assert ": hand over" not in text, text


@pytest.mark.parametrize(
    ("doc", "said"),
    [
        ("Credit at most $50, and at most $20 as goodwill.", "I can credit at most $50, and at most $20 as goodwill."),
        ("Send no code for a unit that is locked out.", "I can send no code for a unit that is locked out."),
        ("Never cancel what was sent.", "I must never cancel what was sent."),
        ("Do not lend books for longer.", "I can't lend books for longer."),
        ("Move nothing for whoever owes money.", "I can't move anything for whoever owes money."),
        ("Only a booked visit can be moved.", "Only a booked visit can be moved."),
        ("Lend only books that are on the shelf.", "I can lend only books that are on the shelf."),
        ("Once it was sent, an order stays as it is.", "Once it was sent, an order stays as it is."),
        ("Bags can be added, but not removed.", "Bags can be added, but not removed."),
        ("The guest gives the reason; do not choose it.", "The guest gives the reason."),
        ("Serve only the orders of the user who was looked up.", "I can serve only your own orders."),
        ("Show only units of the tenant who has been verified.", "I can show only your own units."),
        ("If it was sent, refuse.", ""),
        ("Look at a unit before you change it.", ""),
        ("Tell the guest only what you know.", ""),
        ("Ask which card pays, unless the guest has named one.", ""),
        ("Credit what is right.", ""),
    ],
)
def test_a_rule_is_told_as_what_it_states_or_what_it_leaves_to_the_clerk(rule_told_as, doc, said):
    assert rule_told_as(doc) == said


@pytest.fixture(scope="session")
def rule_told_as():
    rule = next(iter(load("clinic").spec.rules.values()))
    return lambda doc: rule_sentence(attrs.evolve(rule, doc=doc))


@pytest.fixture(scope="module")
def airline_talks():
    desk = load("airline")
    world = World(desk.program, world_of(generate_world(desk.spec, 0), desk.program))
    sampler = Sampler(desk, world, 0, None, Dials(spread=True, composed=0))
    tasks = map(sampler.task, range(40))
    return [(task, d.messages) for task, d in scripted_dialogues(sampler, tasks)]


def test_proposals_name_people_and_ways_to_pay(airline_talks):
    lines = [
        x for _, ms in airline_talks for m in ms if m["role"] == "assistant" for x in str(m["content"]).splitlines()
    ]
    passengers = [x for x in lines if x.startswith("- Passengers:")]
    assert passengers
    assert all(re.search(r"[A-Z]\w+ [A-Z]\w+, (born )?\d{4}-\d\d-\d\d", x) for x in passengers), passengers
    paid = [x for x in lines if x.startswith("- Payment methods:")]
    assert paid
    plainly = [x for x in paid if re.search(r"_\d", x)]  # where the desk would not take the words for what is meant
    assert len(plainly) * 4 <= len(paid)


def test_nobody_says_how_they_behave_nor_nothing_at_all(airline_talks, dialogues):
    talks = [*airline_talks, *((t, d.messages) for t, d in dialogues)]
    for task, messages in talks:
        for text in (m["content"] for m in messages if m["role"] == "user" and m["content"]):
            assert "  " not in text, (task.id, text)
            assert text.strip()
            assert not re.search(r"(^|[.!] )I (insist|grumble|sound|speak|am (firm|friendly|in a hurry))\b", text), text
    assert all(re.match(say.STAGE_DIRECTION, s) for s in ("You are firm, and wait.", "You say that it is late."))
    assert not re.match(say.STAGE_DIRECTION, "You fly alone.")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-05-21T08:00:00+02:00", "21 May 2026, 8:00 am"),
        ("2026-12-01T00:05:00Z", "1 December 2026, 12:05 am"),
        ("2026-12-01T15:30:00+01:00", "1 December 2026, 3:30 pm"),
        ("2026-05-21", "21 May 2026"),
        ("20260521", "20260521"),
        ("delivered", "delivered"),
    ],
)
def test_a_moment_is_told_as_people_tell_it(value, told):
    assert told_moment(value) == told
    assert all(supports(claim, [value]) for claim in claims(told))
    assert said_of(value, told) is True


def said_of(value, text):
    trajectory = read_trajectory([{"role": "assistant", "content": text}])
    return _said({"name": "day", "text": value}, [text.lower().replace(",", "")], trajectory)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("On May 21st at 08:00.", True),
        ("It's 21 May, 8 a.m. sharp.", True),
        ("It's 2026-05-21T08:00:00+02:00.", True),
        ("On 21 May at eight.", UNKNOWN),
        ("On 21 May at 8:00 pm.", False),
        ("On 22 May at 8:00 am.", False),
        ("On 21 May 2025 at 8:00 am.", False),
    ],
)
def test_a_moment_that_is_owed_may_be_told_in_any_way(text, told):
    assert said_of("2026-05-21T08:00:00+02:00", text) is told


def ways(fact):
    return {fact_sentence(fact, random.Random(seed)) for seed in range(40)}


def known(label, value, phrase):
    return Fact("knows", label, value, phrase, ("more",), authored=True)


@pytest.mark.parametrize(
    ("label", "number", "nouns", "phrase"),
    [
        ("how many more", 6, ["more", "hives"], "6 more hives"),
        ("how many more", 1, ["more", "hives"], "1 more hive"),
        ("how many more hives you need", 6, ["more"], "6 more hives"),
        ("how many more", 6, ["more"], "6 more"),
        ("how many guests come", 4, ["n"], "4 guests"),
        ("how many is enough", 4, ["n"], "4"),
        ("how long", 55, ["minutes"], "55 minutes"),
        ("how long", 55, ["span", "minutes"], "55 minutes"),
        ("how long", 55, ["hives"], "55"),
        ("how long", "{minutes}", ["minutes"], "{minutes} minutes"),
        ("how often", 2, ["n"], "2 times"),
        ("how much it weighs", 30, ["grams"], "30 grams"),
        ("the number", 30, ["grams"], "30"),
    ],
)
def test_a_number_is_said_with_what_it_counts(label, number, nouns, phrase):
    assert measured(label, number, nouns) == phrase


@pytest.mark.parametrize(
    ("label", "value", "phrase", "expected"),
    [
        (
            "how many more",
            6,
            "6 more hives",
            {"It's 6 more hives.", "6 more hives, please.", "That would be 6 more hives."},
        ),
        ("how much", 6, "6", {"It's 6.", "6.", "6, please."}),
        ("how long", 55, "55 minutes", {"For 55 minutes.", "It'd be 55 minutes.", "55 minutes, please."}),
        ("how long", 55, "55", {"How long? 55."}),
        ("how far", 55, "55", {"How far? 55."}),
        ("when", "2026-05-08", "8 May", {"8 May."}),
        ("which boat", "Otter", "Otter", {"Otter, please."}),
        ("what colour", "red", "red", {"Red, please."}),
        ("what colour you want", "red", "red", {"Red, please."}),
        ("what time suits you", "10:00", "10:00", {"It's 10:00."}),
        ("what happened", "a fall", "a fall", {"It's a fall."}),
        ("why", "it leaks", "it leaks", {"It leaks."}),
        ("whose bike it is", "my sister's", "my sister's", {"My sister's."}),
        ("whether you want insurance", True, "yes", {"Yes."}),
    ],
)
def test_a_question_as_a_label_is_answered(label, value, phrase, expected):
    assert ways(known(label, value, phrase)) == expected


def test_a_model_that_plays_the_user_is_told_days_as_people_say_them():
    assert shown("2026-04-04", DATE) == "4 April 2026"
    assert shown({"first_name": "Ann", "born": "2001-02-03"}, ANY) == "first name: Ann, born: 3 February 2001"
    assert shown(["A-2026-04-04"], ANY) == "A-2026-04-04"


@pytest.mark.parametrize(
    ("name", "said", "is_moment", "detail"),
    [
        ("at", "5 May at 07:00", True, "on 5 May at 07:00"),
        ("at", "Mill Farm", False, "at Mill Farm"),
        ("to", "Rome", False, "to Rome"),
        ("until", "5 May", True, "until 5 May"),
        ("placed_on", "5 May", True, "placed on 5 May"),
        ("placed", "5 May", True, "placed on 5 May"),
        ("placed", "{order.placed}", False, ""),
        ("farm", "Mill Farm", False, ""),
        ("day", "5 May", True, ""),
    ],
)
def test_a_field_whose_name_is_no_noun_follows_what_it_belongs_to(name, said, is_moment, detail):
    assert after_noun(name, said, is_moment) == detail


@pytest.mark.parametrize(
    ("name", "value", "phrase", "said", "asked"),
    [
        ("at", "2026-05-05", "5 May", "On 5 May.", "when"),
        ("to", "Rome", "Rome", "To Rome.", "where to"),
        ("from", "2026-05-05", "5 May", "From 5 May.", "from when"),
        ("to", "2026-05-05", "5 May", "To 5 May.", "to which day"),
        ("for", 3, "3", "For 3.", "for what"),
        ("shift", "early", "early", None, "the shift"),
    ],
)
def test_a_value_whose_name_is_a_preposition_is_said_and_asked_for(name, value, phrase, said, asked):
    fact = Fact("knows", name, value, phrase, (name,))
    assert said is None or ways(fact) == {said}
    assert asked_for(fact) == asked


def test_a_thing_is_told_to_who_plays_the_user_by_what_its_fields_are_called():
    at, farm = (("at",), False, "2026-05-05T07:00"), (("farm",), False, "Mill Farm")
    assert describe("visit", [at, farm]) == "The visit on 5 May 2026, 7:00 am with farm Mill Farm."
    assert describe("bird", [(("name",), False, "Juno"), (("weight",), False, 600)]) == (
        "The bird called Juno with weight 600."
    )


@pytest.mark.parametrize(
    ("value", "phrases", "sentence"),
    [
        ("too_expensive", ["can't afford"], "I can't afford it."),
        ("away", [], "I am away."),
        ("no_time", ["too busy"], "I am too busy."),
        ("too_hot", ["too hot"], "It is too hot."),
    ],
)
def test_a_few_words_are_no_turn_by_themselves(value, phrases, sentence):
    assert stated(value, phrases, "why", random.Random(1)) == sentence


@pytest.mark.parametrize(
    ("clock", "said"),
    [("09:00", "Good morning!"), ("13:00", "Good afternoon!"), ("19:30", "Good evening!"), ("", "Good afternoon!")],
)
def test_a_clerk_greets_as_it_is_done_at_that_hour(clock, said):
    spec = evolve(load("clinic").spec, clock=f"2026-05-04T{clock}:00+02:00" if clock else None)
    phrases = ("good afternoon", "good evening", "good morning")
    assert sentences_for(Want("mentions", phrases), [], spec)[0] == said
    pattern = Want("matches", ("good (afternoon|evening|morning)",))
    assert sentences_for(pattern, [], spec)[0] == said


PLOTS = """
domain plots "Gardens"
enum Time { morning, night = "at night" }
enum Why { moving, old }
record Tenant { tenant_id: id, phone: text, born: date, plots: list[ref plots] }
record Plot { plot_id: id, tenant_id: ref tenants, row: int, time: Time, until: date?, why: Why? }
table tenants: Tenant key tenant_id
table plots: Plot key plot_id
describe plots within tenant by row or by time
read tool find_tenant(phone: text, born: date) -> Tenant {
  let tenant = first(tenants where .phone == phone and .born == born) else fail "Nobody"
  return tenant
}
read tool get_plot(plot_id: ref plots) -> Plot { let plot = plots[plot_id] else fail "No plot"  return plot }
write tool give_up_plot(plot_id: ref plots, until: date, why: Why) -> Plot "Ends a lease." {
  let plot = plots[plot_id] else fail "No plot"
  set plot.until = until
  set plot.why = why
  return plot
}
write tool call_off(plot_id: ref plots) -> Plot "Calls a visit off." {
  let plot = plots[plot_id] else fail "No plot"
  return plot
}
tool hand_over(summary: text) -> text { return "Done" }
use desk(user: first((earlier ok call to find_tenant).result.tenant_id), writes: writes, hand_over: hand_over,
         transfer_line: "One moment.")
scenario leave "It is too much." {
  pick tenant from tenants
  pick plot from plots where .tenant_id == tenant.tenant_id
  pick why from Why
  let until = 2026-06-12
  goal give_up_plot(plot.plot_id, until, why)
  knows tenant.phone, tenant.born, why, until
  describes plot by row or by time
}
scenario stay "Nobody need come." {
  pick tenant from tenants
  pick plot from plots where .tenant_id == tenant.tenant_id
  goal call_off(plot.plot_id)
  knows tenant.phone, tenant.born
}
generate "Gardens." {
  for i in 1..4 {
    let keys = for n in [1, 2] {
      let key = "P{unique_digits(3)}"
      insert Plot(plot_id: key, tenant_id: "T{i}", row: 2 * i + n, time: if n == 1 then morning else night) into plots
      yield key
    }
    insert Tenant(tenant_id: "T{i}", phone: "555-{unique_digits(4)}", born: 1990-01-01 + 1 day * i, plots: keys)
      into tenants
  }
}
"""


@pytest.fixture(scope="module")
def gardens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gardens")
    (folder / "plots.cove").write_text(PLOTS, encoding="utf-8")
    desk = load(str(folder))
    world = World(desk.program, world_of(generate_world(desk.spec, 0), desk.program))
    sampler, talks = Sampler(desk, world, 0, "leave"), []
    for task in map(sampler.task, range(24)):
        agent = ScriptedAgent(task, desk, world, sampler.shape)
        messages = hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(world)).messages
        talks.append((task, {r: "\n".join(m["content"] for m in messages if m["role"] == r and m["content"])
                             for r in ("user", "assistant")}))  # fmt: skip
    return desk, talks


def test_names_of_fields_and_tools_become_english(gardens):
    _, talks = gardens
    described = set()
    for task, said in talks:
        assert "my date of birth is" in said["user"]
        assert "give up my plot" in said["user"]
        assert "Until 12 June 2026." in said["user"] or "Until 12 June." in said["user"]
        assert re.search(r"(?:May I ask|Could you tell me) why(?:: | \()moving", said["assistant"])
        assert re.search(r"- Plot: P\d+ \(row \d+\)\n", said["assistant"]), said["assistant"]
        assert "\n- Until: 12 June 2026\n" in task.prompt
        assert "\n- You: born on " in task.prompt
        assert "Give up the plot." in task.prompt
        described |= set(re.findall(r"my plot(?:, row| at night)|my morning plot", said["user"]))
    assert {"my plot, row", "my morning plot"} <= described


@pytest.mark.parametrize(
    ("name", "value", "called"),
    [
        ("time", "morning", "my morning lesson"),
        ("time", "at night", "my lesson at night"),
        ("to", "Rome", "my lesson to Rome"),
        ("at", "Mill Farm", "my lesson at Mill Farm"),
        ("row", 4, "my lesson, row 4"),
        ("hours", 4, "my lesson with 4 hours"),
        ("lesson_id", "L4", "my lesson L4"),
        ("number", 4, "my lesson 4"),
    ],
)
def test_a_row_is_named_by_one_field(name, value, called):
    kind = Prim("int") if isinstance(value, int) else EnumType("Time") if name == "time" else TEXT
    desk = load("clinic")
    speaker = Speaker(Shape(desk.spec), None)
    naming = Naming("my", lambda path: kind, speaker)
    assert naming.text("lessons", (((name,), False, value),)) == called


def test_a_deed_has_the_row_that_it_is_done_to(gardens):
    desk, _ = gardens
    assert "- Call off the plot." in render_template(desk.spec.scenarios["stay"], desk.spec)


def test_one_please_is_enough():
    assert asking_once(["Rabbits, please.", "55 minutes, please."]) == "Rabbits, please. 55 minutes."
    assert asking_once(["Rabbits.", "55 minutes, please."]) == "Rabbits. 55 minutes, please."
