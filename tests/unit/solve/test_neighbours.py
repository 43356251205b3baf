"""The smallest step over each rule: it breaks the rule and nothing else, and makes a test that notices a change."""

import re

import pytest

from cove_dsl.backends.smt import Budget
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.hunting import witness_of
from cove_dsl.solve.neighbours import neighbours
from cove_dsl.solve.plainer import cut_down
from cove_dsl.solve.replay import Replay
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.telling import heard
from cove_dsl.solve.written import Unwritten, as_test, quoted
from cove_dsl.tools.render_neighbours import neighbour_tests
from cove_dsl.world.desk import Desk
from cove_dsl.world.load import load_spec
from cove_dsl.world.spectest import run_tests

from .conftest import DESK

MORE = """rule one_note "A note for each order." { at most 1 ok call to note per .order_id }
rule open_only "Close open orders." {
  before call to close
  let order = orders[call.order_id] else skip
  require state: order.status == open and total(order) < $100
}
rule say_so "Say that it is closed." warning { after ok call to close  then agent message }
"""


def compiled(text: str):
    made = Compiler().compile([("t.cove", text.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


def judged_broken(spec, story) -> set[str]:
    """Every rule that is broken, warnings too."""
    return {j.rule for j in Replay(spec, witness_of(story)).story(None, ()).judgements if j.verdict == "violated"}


@pytest.fixture(scope="module")
def spec():
    return compiled(DESK + MORE)


@pytest.fixture(scope="module")
def every(spec):
    return list(neighbours(spec, Knobs()))


def test_each_rule_is_broken_alone_and_nothing_can_be_left_out(spec, every):
    found = every
    assert [n.rule for n in found] == list(spec.rules)
    for one in found:
        assert (one.status, one.shortest) == ("found", True), one.doubt
        assert judged_broken(spec, one.story) == {one.rule}
        assert heard(spec, one.spoken)
        witness = witness_of(one.story)
        for n in range(len(witness.events)):
            fewer = witness_of(one.story)
            shorter = fewer.events[:n] + fewer.events[n + 1 :]
            said = tuple(s for s in fewer.said if s.event < n)
            story = Replay(spec, type(fewer)(fewer.state, {}, shorter, said)).story(None, ())
            assert {j.rule for j in story.judgements if j.verdict == "violated"} != {one.rule} or said != fewer.said


def test_the_number_of_events_is_what_a_rule_needs(every):
    lengths = {n.rule: len(n.story.events) for n in every}
    assert lengths == {"identified": 1, "own": 2, "one_note": 3, "open_only": 3, "say_so": 2}


def test_as_tests_they_pass_and_notice_each_change(spec, every):
    """With a rule that forbids nothing any more, its own test fails, and no other."""
    texts = [as_test(n.spoken, n.rule, n.labels, n.rule, spec) for n in every]
    whole = DESK + MORE + "\n".join(texts)
    assert [r.name for r in run_tests(Desk(compiled(whole))) if not r.passed] == []
    for rule, old, new in (
        ("identified", "require found: some earlier ok call to find_user", "require found: 1 == 1"),
        ("own", "require owner: order.user_id == user", "require owner: user == user"),
        ("one_note", "at most 1 ok call", "at most 2 ok call"),
        ("open_only", "order.status == open and total(order) < $100", "1 == 1"),
    ):
        assert old in whole
        weaker = compiled(whole.replace(old, new))
        assert [r.name for r in run_tests(Desk(weaker)) if not r.passed] == [rule]


def test_a_test_begins_with_empty_tables(desk):
    """What a fixture holds is taken out first."""
    fixture = """fixture f "One." {
  insert User(user_id: "u", email: "u@example.com", limit: $0) into users
}
"""
    spec = desk(MORE + fixture)
    found = next(iter(neighbours(spec, Knobs(), ("own",))))
    text = as_test(found.spoken, found.rule, found.labels, "t", spec)
    assert "in f {" in text
    assert "for row in users { remove users[row.user_id] }" in text
    assert all(r.passed for r in run_tests(Desk(compiled(DESK + MORE + fixture + text))))


def test_a_rule_that_never_stands_alone_says_how_far_was_looked(desk):
    spec = desk('rule r "…" { before call taking order_id  require n: some earlier ok call to find_user }')
    found = next(iter(neighbours(spec, Knobs(), ("r",))))
    assert (found.status, found.story) == ("none", None)
    assert re.fullmatch(
        r"none found around one call or message, in up to \d+ events and \d+ rows in a table", found.argument
    )


def test_a_call_that_the_tool_refuses_is_only_asked_about(desk):
    """The tool of its own accord closes nothing that is not open."""
    spec = desk(MORE.replace("order.status == open and total(order) < $100", "order.status == open"))
    found = next(iter(neighbours(spec, Knobs(), ("open_only",))))
    assert (found.status, found.refused) == ("found", True)
    assert found.story.calls[-1].ok is None
    with pytest.raises(Unwritten, match="the tool itself refuses"):
        as_test(found.spoken, found.rule, found.labels, "t", spec)


def test_a_spent_budget_is_undecided(desk):
    found = next(iter(neighbours(desk(MORE), Knobs(Budget(steps=1)), ("own",))))
    assert (found.status, found.doubt.knob) == ("unknown", "--steps")


def test_cutting_down_leaves_what_a_test_wants(every):
    witness = witness_of(next(n for n in every if n.rule == "one_note").story)
    assert cut_down(witness, lambda w: w).events == ()
    assert cut_down(witness, lambda w: None if len(w.events) >= 2 else fail()) != witness


def fail() -> None:
    from cove_dsl.solve.errors import Refuted

    raise Refuted("too few")


@pytest.mark.parametrize("text", ["plain", 'a "quoted" word', "a {hole}", "a \\ and a\nline\tbreak"])
def test_a_text_is_read_as_it_was_written(text):
    spec = compiled(f"domain d\ndefine t -> text = {quoted(text)}\n")
    assert spec.defines["t"].body.value == text


def test_the_tests_of_a_whole_desk():
    """Most rules of a real desk have a neighbour; every test that is written has been run."""
    spec = load_spec("clinic")
    printed = "\n".join(neighbour_tests(list(neighbours(spec, Knobs())), spec, "clinic"))
    assert printed.count("\ntest ") >= 14
    assert printed.count("\ntest ") + printed.count(": no test, ") == sum(
        r.when != "judged" for r in spec.rules.values()
    )
