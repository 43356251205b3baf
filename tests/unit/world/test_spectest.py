"""A specification's own tests say what its rules mean; here it is checked that they are carried out as written, and
that those of the bundled desks leave no rule unpinned."""

from functools import cache

import pytest
from attrs import evolve

from cove_dsl.core.nodes import Bind, Branch, Check, Each, Exit
from cove_dsl.pipeline import Compiler
from cove_dsl.world.desk import Desk
from cove_dsl.world.load import load_spec
from cove_dsl.world.spectest import run_tests

LIBRARY = """
domain library "Lends books"
clock 2024-05-01T12:00:00Z

record Book { book_id: id, title: text, copies: int, lent_to: list[id] }
table books: Book key book_id

read tool find(title: text) -> ref books "Finds a book." {
  let book = first(books where .title == title)  else fail "No such book"
  return book.book_id
}
write tool lend(book_id: ref books, card: id) -> Book "Lends a book." {
  let book = books[book_id]                      else fail "No such book"
  require book.copies > 0                        else fail "All copies are out"
  decrease book.copies by 1
  insert card into book.lent_to
  return book
}
write tool post(book_id: ref books) -> Book "Sends a book; nobody knows how." touches books

rule two_books "A card takes two books." { at most 2 ok call to lend per .card }
rule in_stock "Only books in stock are lent." {
  before call to lend
  let book = books[call.book_id]  else skip
  require left: book.copies > 0
}
rule polite "Say hello first." warning {
  before call to { find, lend, post }
  require greeted: some (earlier agent message where mentions(it, "hello"))
}

fixture shelf {
  insert Book(book_id: "B1", title: "Dune", copies: 2, lent_to: []) into books
  insert Book(book_id: "B2", title: "Emma", copies: 0, lent_to: []) into books
}
"""


def library(*tests, extra=""):
    text = LIBRARY + extra + "\n" + "\n".join(f'test "t{i}"' + test for i, test in enumerate(tests))
    compiled = Compiler().compile([("library.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return Desk(compiled.spec)


def outcome(test, extra=""):
    return run_tests(library(test, extra=extra))[0]


def roles(result):
    return " ".join(m["role"] for m in result.messages)


def messages_of(test, extra=""):
    return [f.message for f in outcome(test, extra).failures]


# --- playing ----------------------------------------------------------------------------------------------------------


def test_calls_are_recorded_with_what_the_desk_gives():
    test = """ {
      user says "Dune?" agent says "hello"
      user says "yes" agent calls find("Dune") agent calls lend("B1", "C1")
      expect no violation
    }"""
    result = outcome(test)
    assert result.passed
    assert roles(result) == "user assistant user assistant tool assistant tool"
    assert [m["content"] for m in result.messages if m["role"] == "tool"] == [
        "B1", '{"book_id": "B1", "title": "Dune", "copies": 1, "lent_to": ["C1"]}'
    ]  # fmt: skip
    assert result.report["world"]["mismatches"] == []
    assert len(result.events) == 5


def test_calls_that_follow_the_agents_words_share_their_message():
    calls = 'agent calls find("Dune") agent calls find("Emma")'
    result = outcome(f' {{ agent says "hello" {calls} agent says "Both." expect no violation }}')
    assert roles(result) == "assistant tool tool assistant"
    assert [c["function"]["name"] for c in result.messages[0]["tool_calls"]] == ["find", "find"]


def test_each_other_call_is_a_message_of_its_own():
    result = outcome(' { user says "hi" agent calls find("Dune") agent calls find("Emma") expect violation of polite }')
    assert roles(result) == "user assistant tool assistant tool"


def test_words_and_arguments_may_be_computed_from_the_world_as_it_is_then():
    extra = "define copies_of(id: id) -> int = sum(b.copies for b in books where b.book_id == id)\n"
    test = """ {
      let dune = "B1"
      user says "Hi" agent calls lend(dune, "C1")
      user says "I see {copies_of(dune)} left" agent calls lend("B{copies_of(dune)}", "C2")
      expect no violation of two_books
    }"""
    result = outcome(test, extra)
    assert result.passed
    assert [m["content"] for m in result.messages if m["role"] == "user"] == ["Hi", "I see 1 left"]


def test_a_name_is_what_it_was_before_the_first_event():
    test = """ {
      let before = books["B1"]?.copies
      user says "Dune" agent calls lend("B1", "C1")
      expect that before == 2
      expect that books["B1"]?.copies == 1
    }"""
    assert outcome(test).passed


def test_given_changes_the_fixture():
    given = 'given { set books["B2"].copies = 1 }'
    assert outcome(f' {{ {given} user says "Emma" agent calls lend("B2", "C1") expect satisfied in_stock }}').passed


def test_an_expectation_may_look_back():
    extra = 'define lent -> int "How many were lent." = count(earlier ok call to lend)\n'
    test = ' { user says "x" agent calls lend("B1", "C1") expect that lent == 1 }'
    assert outcome(test, extra).passed


def test_a_tool_whose_effect_nobody_wrote_does_as_the_test_says():
    calls = 'agent calls post("B1") agent calls post("B1") fails "No stamps"'
    result = outcome(f' {{ user says "x" {calls} expect violation of polite }}')
    assert result.passed
    assert [m["content"] for m in result.messages if m["role"] == "tool"] == ["null", "Error: No stamps"]


def test_patterns_choose_tests_by_name():
    desk = library(*[' { user says "x" expect no violation }'] * 3)
    assert [t.name for t in run_tests(desk, "t[02]")] == ["t0", "t2"]
    assert [t.name for t in run_tests(desk)] == ["t0", "t1", "t2"]


# --- what a test finds wrong ------------------------------------------------------------------------------------------

WRONG = {
    "a missing row": (
        ' { given { set books["B9"].copies = 1 } user says "x" expect no violation }',
        'the test fails: there is no `books["B9"]` to change'),
    "an unexpected failure": (
        ' { user says "x" agent calls lend("B2", "C1") expect no violation }',
        "`lend` fails: All copies are out"),
    "an unexpected success": (
        ' { user says "x" agent calls lend("B1", "C1") fails "All copies are out" expect no violation }',
        "`lend` should fail with 'All copies are out', but succeeds"),
    "another failure": (
        ' { user says "x" agent calls lend("B2", "C1") fails "No such book" expect no violation }',
        "`lend` should fail with 'No such book', but fails with 'All copies are out'"),
    "no violation": (
        ' { agent says "hello" user says "x" agent calls find("Dune") expect violation of polite.greeted }',
        "expected a violation of `polite.greeted`, but it is satisfied"),
    "a violation": (
        ' { user says "x" agent calls find("Dune") expect no violation }',
        "expected no violation, but `polite.greeted` is violated"),
    "a vacuous rule": (
        ' { user says "x" expect satisfied in_stock }',
        "expected `in_stock` to be satisfied, but it was never judged: nothing triggered it"),
    "an attempt": (
        ' { user says "x" agent calls lend("B2", "C1") fails "All copies are out" expect satisfied in_stock }',
        "expected `in_stock` to be satisfied, but it is attempted"),
    "another world": (
        ' { user says "x" expect that books["B1"]?.copies == 1 }',
        "what was expected does not hold in the final world: `books[\"B1\"]?.copies` is 2"),
    "several sides": (
        ' { user says "x" expect that books["B9"] is present or books["B1"]?.copies in {7, 8} }',
        "what was expected does not hold in the final world: "
        "`books[\"B9\"]` is absent; `books[\"B1\"]?.copies` is 2"),
    "what is not known": (
        ' { user says "x" expect that 1 / 0 > count(books) }',
        "what was expected is not known in the final world: `1 / 0` is not known; `count(books)` is 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_as_expected_is_said(name):
    test, message = WRONG[name]
    assert messages_of(test) == [message]


def test_failures_point_at_what_was_written():
    desk = library(' { user says "x" expect satisfied in_stock }')
    place = desk.spec.sources.locate(run_tests(desk)[0].failures[0].span)
    assert place.text == "expect satisfied in_stock"


def test_with_several_fixtures_a_test_says_which():
    extra = "fixture empty { }\n"
    message = "the test must say which fixture it plays in: `shelf`, `empty`"
    assert messages_of(' { user says "x" expect no violation }', extra) == [message]
    assert outcome(' in empty { user says "x" expect that no books }', extra).passed


# --- the bundled desks ------------------------------------------------------------------------------------------------

DESKS = ("airline", "retail", "telecom")


@cache
def desk_called(name):
    return Desk(load_spec(name))


@pytest.mark.parametrize("name", DESKS)
def test_a_bundled_desk_passes_its_own_tests(name):
    failed = {t.name: [f.message for f in t.failures] for t in run_tests(desk_called(name)) if not t.passed}
    assert failed == {}


def expected(spec, *kinds):
    return {e.rule for t in spec.tests for e in t.expects if e.kind in kinds and e.rule is not None}


@pytest.mark.parametrize("name", DESKS)
def test_each_rule_is_seen_kept_and_seen_broken_or_attempted(name):
    spec = desk_called(name).spec
    rules = {r.name for r in spec.rules.values() if r.when != "judged"}
    assert rules - expected(spec, "satisfied") == set()
    assert rules - expected(spec, "violation", "attempted") == set()


def without_each_requirement(rule):
    """The rule again and again, each time short of one thing that it requires."""
    yield from ((f"{name}", evolve(rule, body=body)) for name, body in _shorter(rule.body))
    for i, duty in enumerate(rule.duties):
        yield duty.label, evolve(rule, duties=rule.duties[:i] + rule.duties[i + 1 :])


def _shorter(body):
    for i, stmt in enumerate(body):
        for name, less in _less(stmt):
            yield name, body[:i] + less + body[i + 1 :]


def _less(stmt):
    match stmt:
        case Check(_, label, _, otherwise) if otherwise is None or otherwise.kind != "skip":
            yield label, ()
        case Bind(name, _, Exit("violate")):
            yield f"let {name}", (evolve(stmt, otherwise=Exit("skip")),)
        case Each(_, _, inner):
            yield from ((n, (evolve(stmt, body=b),)) for n, b in _shorter(inner))
        case Branch(_, then, other):
            yield from ((n, (evolve(stmt, then=b),)) for n, b in _shorter(then))
            yield from ((n, (evolve(stmt, other=b),)) for n, b in _shorter(other))


def _mutants():
    specs = {name: load_spec(name) for name in DESKS}
    rules = [(name, r) for name, spec in specs.items() for r in spec.rules.values() if r.when != "judged"]
    return [(name, r.name, label) for name, r in rules for label, _ in without_each_requirement(r)]


@pytest.mark.parametrize(("name", "rule", "label"), _mutants())
def test_no_requirement_can_be_dropped_unnoticed(name, rule, label, monkeypatch, tmp_path):
    monkeypatch.setattr("cove_dsl.world.program.cache_folder", lambda: tmp_path)
    spec = desk_called(name).spec
    changed = dict(without_each_requirement(spec.rules[rule]))[label]
    about = tuple(t for t in spec.tests if any(e.rule == rule for e in t.expects))
    mutant = evolve(spec, rules={**spec.rules, rule: changed}, tests=about, hash=f"{spec.hash} without {rule}.{label}")
    assert not all(t.passed for t in run_tests(Desk(mutant)))


def test_a_day_alone_is_a_clock_with_a_time():
    """What is computed from it is known: a date as a clock made `date_of(clock)` unknown, and a rule silent."""
    text = b"""
domain days
clock 2024-05-01
test "the day begins" {
  user says "Hello."
  expect that date_of(clock) == 2024-05-01 and time_of(clock) == 00:00 and clock + 1 day == at_time(2024-05-02, 00:00)
}
"""
    spec = Compiler().compile([("days.cove", text)], {}).spec
    assert spec is not None
    assert [f.message for r in run_tests(Desk(spec)) for f in r.failures] == []


def test_a_requirement_that_was_not_reached_is_told_from_a_rule_that_was_not_triggered():
    text = b"""
domain polite
write tool act() -> text touches nothing
rule asked "Ask first." {
  before call to act
  let yes = last(earlier user message)  else fail "nothing was said"
  require short: length(yes.text) < 9
}
test "at once" {
  agent calls act() gives "Done"
  expect violation of asked.short
}
"""
    spec = Compiler().compile([("polite.cove", text)], {}).spec
    assert spec is not None
    assert [f.message for r in run_tests(Desk(spec)) for f in r.failures] == [
        "expected a violation of `asked.short`, but that was never reached: the rule is violated elsewhere"
    ]


def test_a_report_says_where_a_rule_stands_in_this_file():
    """Files of one meaning, with another name or with a line more, are not taken for each other."""
    text = b"""domain polite
write tool act() -> text touches nothing
rule asked "Ask first." { before call to act  require some earlier user message }
"""
    found = []
    for name, written in (("one.cove", text), ("two.cove", text), ("two.cove", b"# A remark.\n" + text)):
        spec = Compiler().compile([(name, written)], {}).spec
        assert spec is not None
        (rule,) = Desk(spec).verify([{"role": "user", "content": "Hello."}]).rules
        found.append((rule["span"]["path"], rule["span"]["start"]["line"]))
    assert found == [("one.cove", 3), ("two.cove", 3), ("two.cove", 4)]
