"""Whether scenarios can be played out: examples that replay, proofs with minimal cores, refusals by the right rule."""

import pytest
from attrs import evolve

from cove_dsl.backends.smt import Budget
from cove_dsl.backends.smt import solve as solver
from cove_dsl.backends.smt.bounded.around import binding, relevant_reads
from cove_dsl.backends.smt.bounded.decode import Happened, decode
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.world import Bounds
from cove_dsl.backends.smt.solve import SolverCrash, ask_model
from cove_dsl.solve import search
from cove_dsl.solve.errors import BOUNDED, EVERY_WORLD, REPLAYED, Refuted
from cove_dsl.solve.replay import Replay, check_world, witness_of
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.survey import Surveyor, about_scenario
from cove_dsl.solve.telling import conversation, heard, plan_of, tell
from cove_dsl.tools.render_solved import scenario_lines, scenario_row

PICK = "  pick user from users\n  pick order from orders where .user_id == user.user_id"


def scenario(body: str) -> str:
    return f'scenario s "…" {{\n{body}\n}}\n'


def test_a_plan_that_replays_is_shown_with_its_world(desk):
    spec = desk(scenario(f"{PICK} and .status == open\n  goal close(order.order_id)"))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.argument, answer.expected) == ("sat", REPLAYED, True)
    assert [c["name"] for c in plan_of(answer.story)] == ["find_user", "close"]
    check_world(spec, answer.story.state)
    assert any(p.endswith("/status") and (a, b) == ("open", "closed") for _, p, a, b in answer.story.changes)
    assert heard(spec, answer.story)
    assert len(conversation(answer.story)) >= 5
    assert any("close(" in line for line in tell(answer.story))


@pytest.mark.parametrize(("end", "status"), [("closed", "sat"), ("open", "unsat")])
def test_a_row_that_was_drawn_is_read_at_the_end_as_it_is_then(desk, end, status):
    spec = desk(
        scenario(f"{PICK} and .status == open\n  goal close(order.order_id)\n  goal reach order.status == {end}")
    )
    assert ask_scenario(spec, spec.scenarios["s"]).status == status


def test_goals_hold_lists(desk):
    spec = desk(
        scenario(
            f"{PICK}\n  goal any {{ close(order.order_id), nothing }}\n  goal reach order.status in [sent, closed]"
        )
    )
    assert ask_scenario(spec, spec.scenarios["s"]).status == "sat"


def test_equal_questions_get_equal_answers(desk):
    spec = desk(scenario(f"{PICK} and total(it) > $7\n  goal close(order.order_id)"))
    one, two = (ask_scenario(spec, spec.scenarios["s"]).story for _ in range(2))
    assert one.state == two.state
    assert plan_of(one) == plan_of(two)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("total(order) == $3.25", "sat"),
        ("total(order) == $0", "unknown"),
        ("count(order.lines) == 2 and total(order) < $3", "sat"),
        ("clock - order.placed == 90 minutes", "sat"),
        ("order.note is absent or order.note == \"x\"", "sat"),
        ("only(order.lines)?.thing == \"tea\"", "sat"),
        ("first(order.lines ordered by .price)?.thing != first(order.lines)?.thing", "sat"),
        ("min(order.lines.price) != max(order.lines.price)", "sat"),
        ("date_of(order.placed) == 2024-05-14 and time_of(order.placed) > 12:00", "sat"),
        ("count(orders where .status == sent) == 1", "sat"),
        ("no (orders where .user_id == user.user_id)", "unsat"),
    ],
)  # fmt: skip
def test_conditions_over_small_worlds(desk, condition, status):
    spec = desk(scenario(f"{PICK} and .status == open\n  require {condition}\n  goal close(order.order_id)"))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.status == status
    assert status != "unknown" or answer.argument == BOUNDED


def test_a_conflict_with_what_was_called_before_is_a_proof(desk):
    limit = 'rule once "Once." { at most 1 ok call to note per .order_id }\n'
    goals = 'goal all { note(order.order_id, "a"), note(order.order_id, "b") }'
    spec = desk(limit + scenario(f"{PICK}\n  {goals}"))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.argument, answer.minimal) == ("unsat", EVERY_WORLD, True)
    assert {c.role for c in answer.core} == {"goal", "rule"}
    assert about_scenario(answer, spec).code == "unsatisfiable"


def test_a_friends_order_is_refused_by_the_rule_about_owners(desk):
    body = """  pick user from users
  pick friend from users where .user_id != user.user_id
  pick order from orders where .user_id == friend.user_id and .status == open
  expect refusal by own
  goal close(order.order_id)
  otherwise nothing"""
    spec = desk(scenario(body))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.expected) == ("unsat", True)
    assert {c.by for c in answer.core if c.by} == {"identified.found", "own.owner"}
    assert answer.refusal.story.broken(spec) == {"own"}
    assert answer.refusal.also == ()
    assert answer.fallback.calls == []
    assert about_scenario(answer, spec) is None


OVERLAPPING = """rule open_only "…" {
  before call to note
  let order = orders[call.order_id] else skip
  require is_open: order.status == open
  require unlined: no order.lines
}
rule lined "…" { before call to note  let order = orders[call.order_id] else skip  require few: count(order.lines) < 2 }
"""
NOTED = "pick order from orders where .status == {} and count(.lines) {}\n  expect refusal by {}\n"


@pytest.mark.parametrize(
    ("status", "lines", "rule", "needed", "texts"),
    [
        ("sent", "== 0", "open_only", True, set()),
        ("sent", "== 0", "open_only.is_open", True, set()),
        ("sent", "== 1", "open_only", True, set()),
        ("sent", "== 1", "open_only.is_open", False, {"no order.lines"}),
        ("sent", ">= 2", "open_only", False, {"count(order.lines) < 2"}),
        ("open", ">= 2", "lined", False, {"no order.lines"}),
    ],
)
def test_a_rule_is_in_every_conflict_where_all_can_be_done_but_for_it(desk, status, lines, rule, needed, texts):
    spec = desk(OVERLAPPING + scenario(f'{NOTED.format(status, lines, rule)}  goal note(order.order_id, "now")'))
    answer = ask_scenario(spec, spec.scenarios["s"])
    but_for, problem = answer.refusal.but_for, about_scenario(answer, spec)
    name = rule.partition(".")[0]
    assert (answer.status, but_for.needed) == ("unsat", needed)
    assert (problem.code if problem else "") == ("" if needed else "refused-anyway")
    if needed:
        assert any(c.tool == "note" and c.ok for c in but_for.story.calls)
        assert but_for.story.broken(spec) == {name}
        assert heard(spec, but_for.story)
    else:
        assert but_for.argument == EVERY_WORLD
        assert texts == {c.text for c in but_for.core if c.role == "rule"}
        assert not any(c.by == rule for c in but_for.core)
        row = scenario_row(answer, spec, Knobs(), False)
        assert texts <= {c["text"] for c in row["refusal"]["otherwise"]}


SMOKE = """rule smoke "…" { after user message  when mentions(message, {"smoke", "fire"})  then call to note }
"""


@pytest.mark.parametrize(
    ("text", "status"),
    [("get help with smoke", "unknown"), ("get help", "sat"), ("get {order.order_id} out of smoke", "sat")],
)
def test_who_comes_for_something_says_so_at_once(desk, text, status):
    """The words of the goal are heard in the first message, and what they set off has to be done then."""
    spec = desk(SMOKE + scenario(f'{PICK}\n  goal note(order.order_id, "now") "{text}"'))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.argument) == (status, BOUNDED if status == "unknown" else REPLAYED)
    assert status == "sat" or {c.by.partition(".")[0] for c in answer.core if c.by} == {"smoke", "identified"}


def test_a_tool_may_check_what_the_rule_says(desk):
    """That is told, and is nothing to be warned of."""
    checked = """rule only_open "…" {
  before call to close
  let order = orders[call.order_id] else skip
  require is_open: order.status == open
}
"""
    picked = "pick order from orders where .status == sent\n  expect refusal by only_open\n"
    spec = desk(checked + scenario(f"{picked}  goal close(order.order_id)"))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.refusal.but_for.needed is False
    assert answer.refusal.but_for.by_tool
    assert about_scenario(answer, spec) is None
    lines = scenario_lines(answer, scenario_row(answer, spec, Knobs(), False), True)
    assert "by only_open (the tool refuses it as well)" in lines[0]
    assert "    without only_open this conflicts:" in lines


def test_of_several_calls_the_rule_is_left_out_of_all(desk):
    """The call that it forbids is the first of two; both are made where it is not."""
    body = """pick order from orders where .status == sent
  expect refusal by first_open
  goal all { note(order.order_id, "now"), note(order.order_id, "then") }"""
    rules = """rule first_open "…" {
  before call to note
  let order = orders[call.order_id] else skip
  require is_open: order.status == open
}
"""
    spec = desk(rules + scenario(body))
    answer = ask_scenario(spec, spec.scenarios["s"])
    story = answer.refusal.but_for.story
    assert [c.arguments["words"] for c in story.calls if c.tool == "note" and c.ok] == ["now", "then"]


def test_a_refusal_that_nothing_forces_comes_with_a_conversation(desk):
    spec = desk(scenario(f"{PICK} and .status == open\n  expect refusal by own\n  goal close(order.order_id)"))
    answer = ask_scenario(spec, spec.scenarios["s"])
    problem = about_scenario(answer, spec)
    assert (answer.status, problem.code) == ("sat", "refusal-not-forced")
    assert "close(" in problem.notes[0]


def test_a_wrong_witness_is_refuted(desk):
    spec = desk(scenario(f"{PICK} and .status == open\n  goal close(order.order_id)"))
    asked, plan = spec.scenarios["s"], spec.scenarios["s"].goals
    question = Question(spec, Bounds(), judged=binding(spec))
    question.scenario(asked, plan, relevant_reads(spec, binding(spec), {"close"}))
    question.succeed()
    question.comply()
    question.finish(("has_lines",))
    status, model, _ = ask_model(question.script.text(), Budget())
    witness = decode(question, model)
    assert status == "sat"
    assert Replay(spec, witness).story(asked, plan).broken(spec) == set()
    orders = {k: {**row, "status": "sent"} for k, row in witness.state["orders"].items()}
    with pytest.raises(Refuted):
        Replay(spec, evolve(witness, state={**witness.state, "orders": orders})).story(asked, plan)
    with pytest.raises(Refuted):
        Replay(spec, evolve(witness, picks={**witness.picks, (0, "order"): [7]})).story(asked, plan)
    silent = tuple(e for e in witness.events if e.tool != "find_user")
    story = Replay(spec, evolve(witness, events=silent, said=())).story(asked, plan)
    assert story.broken(spec) == {"identified"}
    assert isinstance(silent[0], Happened)


def test_a_budget_that_is_spent_is_undecided(desk):
    spec = desk(scenario(f"{PICK} and total(it) > $7\n  goal close(order.order_id)"))
    answer = ask_scenario(spec, spec.scenarios["s"], Knobs(Budget(steps=1)))
    assert (answer.status, answer.doubt.knob) == ("unknown", "--steps")
    assert about_scenario(answer, spec).code == "undecided"


def test_a_solver_that_fails_is_undecided(desk, monkeypatch):
    def crash(*_):
        raise SolverCrash("out of memory")

    monkeypatch.setattr(search, "ask_model", crash)
    monkeypatch.setattr(solver, "ask", crash)
    spec = desk(scenario(f'{PICK}\n  goal note(order.order_id, "x")'))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.status == "unknown"
    assert "out of memory" in answer.doubt.why


def test_every_scenario_of_retail_is_answered(retail):
    answers = list(Surveyor(retail).scenarios())
    assert [a.scenario for a in answers if not a.expected] == []
    proved = {a.scenario for a in answers if a.status == "unsat"}
    assert {"friends_order", "friends_profile", "second_thoughts"} <= proved
    assert all(a.story is not None for a in answers if a.refusal is None)
    assert all(heard(retail, a.story) for a in answers if a.story is not None)
    assert all(a.refusal.story is not None for a in answers if a.refusal is not None)
    told = {a.scenario: p.code for a in answers if (p := about_scenario(a, retail)) is not None}
    assert told == dict.fromkeys(("cancel_after_a_change", "second_thoughts"), "refused-anyway")
    assert {a.scenario for a in answers if a.refusal and a.refusal.but_for.needed} >= {
        "friends_order",
        "friends_profile",
    }


def test_a_map_has_no_more_entries_than_its_keys_have_values(desk):
    """Worlds that are larger than an enum are worlds all the same."""
    spec = desk(
        "record Shelf { shelf_id: id, tins: map[Status, int] }\ntable shelves: Shelf key shelf_id\n"
        + scenario(f"  pick shelf from shelves where count(.tins) >= 3\n{PICK}\n  goal close(order.order_id)")
    )
    question = Question(spec, Bounds(2, 5, 5), judged=binding(spec))
    question.scenario(spec.scenarios["s"], spec.scenarios["s"].goals, ())
    question.finish()
    assert ask_model(question.script.text(), Budget())[0] == "sat"


BOXES = """record Box { box_id: id, parts: map[id, text] }
table boxes: Box key box_id
"""


@pytest.mark.parametrize("differ", [".parts != a.parts", "a.parts != .parts"])
def test_a_map_that_is_part_of_another_is_not_equal(desk, differ):
    part = "every(a.parts[k] == it.parts[k] for k in keys(a.parts))"
    whole = "count(keys(a.parts)) == count(keys(it.parts))"
    picks = "  pick user from users\n  pick order from orders where .user_id == user.user_id and .status == open\n"
    for more, status in (("", "sat"), (f" and {whole}", "unknown")):
        made = f"{picks}  pick a from boxes\n  pick b from boxes where {differ} and {part}{more}"
        spec = desk(BOXES + scenario(f"{made}\n  goal close(order.order_id)"))
        assert ask_scenario(spec, spec.scenarios["s"], Knobs(rows=2)).status == status


def test_days_from_the_clock_are_days_like_any_other(desk):
    later = 'tool later(day: date) -> text "Puts it off." touches nothing\n'
    rule = 'rule soon "Soon." { before call to later  require soon: call.day <= date_of(clock) + 30 days }\n'
    for days, status in ((45, "unsat"), (30, "sat")):
        spec = desk(later + rule + scenario(f"  pick user from users\n  goal later(date_of(clock) + {days} days)"))
        answer = ask_scenario(spec, spec.scenarios["s"])
        assert answer.status == status, days


def test_a_model_whose_call_answers_nothing_known_is_no_bug(desk):
    text = """
enum Size { small, large }
lookup price(size: Size, day: date) -> money {
  |       | 2024-01-01 | 2024-06-01 |
  | small | 60         | 70         |
  | large | 40         | 50         |
}
record Note { note_id: id, price: money }
table notes: Note key note_id
write tool write(size: Size) -> Note "Writes." {
  insert Note(note_id: "N1", price: price(size, 2024-01-01)) into notes
  let note = notes["N1"] else fail "no"
  return note
}
rule careful "Careful." { before call to write  require large: call.size == large }
"""
    surveyor = Surveyor(desk(text))
    found = list(surveyor.answers(surveyor.asks((), ()), lambda _: None))
    assert {"careful", "write"} <= {f.name for f in found if not hasattr(f, "scenario")}


def problem_of(desk, text):
    spec = desk(text)
    return about_scenario(ask_scenario(spec, spec.scenarios["s"]), spec)


def test_what_always_holds_is_no_requirement_to_drop(desk):
    body = """  pick user from users
  pick other from users where .limit + user.limit < $0
  pick order from orders
  goal note(order.order_id, "x")"""
    problem = problem_of(desk, scenario(body))
    assert problem.message == "no conversation can meet this requirement"
    assert "this always holds" in [label.text for label in problem.labels]
    assert problem.notes == ("no conflict is left without `.limit + user.limit < $0`",)


TWICE = """rule r "…" {
  before call to close
  let order = orders[call.order_id] else skip
  require s: order.status == open
}
"""


def test_of_several_conflicts_what_ends_them_all_is_named(desk):
    body = "  pick order from orders where .status == sent\n  goal close(order.order_id)"
    problem = problem_of(desk, TWICE + scenario(body))
    assert problem.notes == (
        "no conflict is left without `.status == sent`, or without `close(order.order_id)`",
        "this is not the only conflict: `covec solve … --scenario s --all-cores` shows every one",
    )


def test_two_changes_are_needed_where_nothing_is_in_every_conflict(desk):
    body = """  pick user from users where .limit > $5
  pick order from orders where .status == sent
  require user.limit < $4
  require order.status == open
  goal note(order.order_id, "x")"""
    problem = problem_of(desk, scenario(body))
    assert len(problem.notes) == 1
    assert problem.notes[0].startswith("it takes two changes: no conflict is left without ")
    assert " and `" in problem.notes[0]


def test_a_refusal_that_is_not_forced_is_no_success(desk):
    body = "  pick order from orders where .status == open\n  expect refusal by own\n  goal close(order.order_id)"
    spec = desk(scenario(body))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.expected) == ("sat", False)
    line = scenario_lines(answer, scenario_row(answer, spec, Knobs(), False), stories=False)[0]
    assert line.startswith("! s is not refused by own: it can be done")


@pytest.mark.parametrize(
    ("rule", "text", "why"),
    [
        ("require same: order == order", "require same: order == order", "this holds there"),
        ("when order.status == sent  require never: 1 == 2", "when order.status == sent", "this does not hold there"),
        ("let n = order.note else skip  require never: 1 == 2", "let n = order.note else skip", "this is absent there"),
        ("if order.status == open { skip }  require never: 1 == 2", "skip", "the rule ends here"),
    ],
)  # fmt: skip
def test_why_a_rule_lets_pass_what_it_should_refuse_is_shown(desk, rule, text, why):
    head = 'rule r "…" { before call to close  let order = orders[call.order_id] else skip '
    pick = "  pick order from orders where .status == open and .note is absent\n"
    body = f"{pick}  expect refusal by r\n  goal close(order.order_id)"
    spec = desk(f"{head} {rule} }}\n" + scenario(body))
    problem = about_scenario(ask_scenario(spec, spec.scenarios["s"]), spec)
    assert problem.code == "refusal-not-forced"
    (shown,) = (label for label in problem.labels if not label.primary)
    assert spec.sources.locate(shown.span).text == text
    assert shown.text.startswith(why)


def test_what_would_end_a_conflict_about_what_came_before_is_said(desk):
    rules = """rule looked "Look first." { before call to close  require seen: some (earlier ok call to get_order) }
rule unlooked "Do not look." { before call to close  require unseen: no (earlier call to get_order) }
"""
    spec = desk(rules + scenario(f"{PICK} and .status == open\n  goal close(order.order_id)"))
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.argument) == ("unsat", EVERY_WORLD)
    row = scenario_row(answer, spec, Knobs(), True)
    texts = {c["text"] for c in row["core"]}
    assert len(texts) == 3
    assert {c["text"] for (c,) in row["resolve"]} == texts
    assert [{c["text"] for c in core} for core in row["cores"]] == [texts]


def test_words_that_another_rule_hears_otherwise_are_no_success_in_a_quick_look_either(desk):
    rules = """rule told "Say the price." {
  before call to close  require price: some (earlier agent message where says(it, "Closing it costs $45."))
}
rule silent "No prices." { before agent message  require none: not says_amount(message, $45) }
"""
    body = scenario(f"{PICK} and .status == open\n  goal close(order.order_id)")
    for text, status in ((rules + body, "unknown"), (rules.replace("$45)", "$46)") + body, "sat")):
        (answer,) = Surveyor(desk(text)).scenarios(cheap=True)
        assert answer.status == status


SPEAKING = """recogniser asks(m: message) -> bool "Asks." version 1 {
  when mentions(m, {"done with", "finished"}) then true
  otherwise false
}
rule told "They say it." {
  before call to close
  require asked: some (earlier user message where asks(it))
  require sure: some (earlier user message where mentions(it, {"finished", "over"}))
}
rule mild "Another way of saying it does no harm." {
  before call to close
  when some (earlier user message where mentions(it, {"whatever", "you choose"}))
  require seen: some earlier ok call to get_order
}
"""


def test_nothing_is_said_in_a_story_that_need_not_be(desk):
    spec = desk(SPEAKING + scenario("  pick order from orders where .status == open\n  goal close(order.order_id)"))
    story = ask_scenario(spec, spec.scenarios["s"]).story
    for n in range(len(story.said)):
        witness = witness_of(evolve(story, said=story.said[:n] + story.said[n + 1 :]))
        assert Replay(spec, witness).story(None, ()).broken(spec)
    said = [line for line in tell(story) if "says" in line]
    assert any("“finished”" in line for line in said)
    assert not any("done with" in line or "over" in line for line in said)
    assert heard(spec, story)


def test_what_is_left_unsaid_is_judged_as_if_played_anew(retail):
    answer = ask_scenario(retail, retail.scenarios["cancel_order"])
    witness = witness_of(answer.story)
    again = [Replay(retail, witness).story(None, ())]
    for n in range(len(witness.said)):
        fewer = witness.said[:n] + witness.said[n + 1 :]
        shared, anew = witness.saying(fewer), evolve(witness, said=fewer)
        assert (shared.played, anew.played) == (witness.played, [])
        stories = [Replay(retail, w).story(None, ()) for w in (shared, anew)]
        assert stories[0].judgements == stories[1].judgements != again[0].judgements
        assert stories[0].changes == stories[1].changes


def test_another_world_or_specification_is_played_anew(retail):
    witness = witness_of(ask_scenario(retail, retail.scenarios["cancel_order"]).story)
    Replay(retail, witness).story(None, ())
    other = evolve(retail, rules={})
    assert Replay(other, witness).story(None, ()).judgements == ()
    assert evolve(witness, events=witness.events[:1]).played == []
    assert len(witness.played) == 2


@pytest.mark.parametrize(
    ("goals", "said"),
    [
        ("  goal close(order.order_id)\n  goal close(order.order_id)", "cannot be done by the calls that it names"),
        ("  goal close(order.order_id)\n  goal reach order.status == open", "cannot be reached by what its goals name"),
        ("  goal any { close(order.order_id), close(order.order_id) }", None),
    ],
)
def test_what_cannot_be_is_said_of_the_calls_that_goals_name(desk, goals, said):
    text = scenario(f"{PICK} and .status == open\n{goals}")
    spec = desk(text)
    answer = ask_scenario(spec, spec.scenarios["s"])
    line = scenario_lines(answer, scenario_row(answer, spec, Knobs(), False), False)[0]
    assert (f"✗ s {said} · proved" in line) if said else line.startswith("✓")


NEEDS = """
user read tool look_outside() -> text "Looks." { return "sunny" }
read tool search(query: text) -> json "Searches." touches nothing
write tool pack(order_id: ref orders) -> text "Packs." {
  let o = orders[order_id] else fail "none"
  require o.status == open  else fail "not open"
  set o.note = "packed"
  return "done"
}
"""


@pytest.mark.parametrize(
    ("needed", "status"),
    [
        ("some earlier failed call to get_order", "sat"),
        ("some earlier failed call to find_user", "sat"),
        ("some earlier failed call to pack", "sat"),
        ("some earlier ok user call to look_outside", "sat"),
        ("some earlier ok call to search", "sat"),
        ("some earlier ok call to pack", "unknown"),
        ("some earlier failed call to search and 1 == 2", "unsat"),
    ],
)
def test_what_has_to_come_before_changes_nothing(desk, needed, status):
    """Failures and look-ups of anybody's may come before what is wanted; a change that nobody asked for may not."""
    spec = desk(
        f'{NEEDS} rule this_first "First this." {{ before call to close  require n: {needed} }}\n'
        + scenario(f"{PICK} and .status == open\n  goal close(order.order_id)")
    )
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert answer.status == status, answer.doubt
    if answer.story is not None:
        assert [c.tool for c in answer.story.calls if spec.tools[c.tool].kind == "write" and c.ok] == ["close"]
        assert heard(spec, answer.story)
