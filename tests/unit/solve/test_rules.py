"""Whether rules do something and tools can be used."""

import pytest

from cove_dsl.backends.smt import Budget, questions
from cove_dsl.backends.smt.cores import cores, corrections
from cove_dsl.backends.smt.solve import ask
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.telling import heard, tell

ORDER = "before call to close  let o = orders[call.order_id] else skip"


def finding(spec, name):
    return examiner(spec).rule(spec.rules[name])


def test_a_rule_is_broken_alone(desk):
    spec = desk()
    for name in ("identified", "own"):
        found = finding(spec, name)
        assert found.finding == "alone"
        assert found.story.broken(spec) == {name}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (f"{ORDER}  when o.status == open  when o.status == sent  require n: 1 == 2", "dead"),
        (f"{ORDER}  require n: o.status in Status", "unbreakable"),
        (f"{ORDER}  require n: total(o) > $0 or o.status != open", "unbreakable"),
        ("before call except { find_user }  require n: some earlier call to find_user", "shared"),
        ("before call to close  require n: some earlier user message", "alone"),
        ("after ok call to close  eventually agent message", "alone"),
        ("after ok call to close  never call to note", "alone"),
        ("after ok call to close  then agent message  then nothing", "alone"),
        ("at most 2 ok call to note per .order_id", "alone"),
        ("on agent step  require n: count(step.calls) <= 1", "alone"),
        ("before agent message  require n: some earlier user message", "alone"),
        ("at end  require n: no earlier ok call to close", "alone"),
        ("after ok call to find_user  require n: call.result == the_user", "alone"),
        ("before call to note  require n: mentions(last(earlier user message), {\"please\"})", "alone"),
    ],
)  # fmt: skip
def test_findings(desk, rule, found):
    spec = desk(f'rule r "…" {{ {rule} }}')
    answer = finding(spec, "r")
    assert answer.finding == found, answer.doubt
    if answer.finding == "alone":
        assert answer.story.broken(spec) == {"r"}


def test_an_exception_that_takes_all_away(desk):
    exception = 'exception e to own.owner "Everybody." { before call taking order_id }'
    assert finding(desk(exception), "own").finding == "overridden"
    narrow = 'exception e to own.owner "Notes." { before call to note }'
    assert finding(desk(narrow), "own").finding == "alone"


def test_the_other_rules_that_are_named_are_needed(desk):
    spec = desk('rule r "…" { before call taking order_id  require n: some earlier ok call to find_user }')
    found = finding(spec, "r")
    assert (found.finding, found.others) == ("shared", ("identified",))


def test_tools(desk):
    spec = desk('rule never "Close nothing." { before call to close  require n: 1 == 2 }')
    found = {t: examiner(spec).tool(tool).finding for t, tool in spec.tools.items()}
    assert found == {"find_user": "reachable", "get_order": "reachable", "close": "unreachable", "note": "reachable"}


def test_every_minimal_core_and_what_ends_them(desk):
    spec = desk("""rule r "…" {
  before call to close
  let order = orders[call.order_id] else skip
  require s: order.status == open
}
scenario s "…" {
  pick user from users
  pick order from orders where .status == sent
  goal close(order.order_id)
}""")
    script = questions(spec, spec.scenarios["s"])[0].script
    everything = list(script.clauses)
    found = list(cores(script, Budget()))
    assert len(found) == len(set(found)) == 2
    for core in found:
        left_out = [n for n in everything if n not in core]
        assert ask(script.text(without=left_out), Budget())[0] == "unsat"
        for name in core:
            assert ask(script.text(without=[*left_out, name]), Budget())[0] == "sat"
    ended = corrections(script, Budget(), frozenset(everything))
    assert {len(c) for c in ended} == {1}
    for dropped in ended:
        assert ask(script.text(without=dropped), Budget())[0] == "sat"


def test_every_rule_and_tool_of_retail(retail):
    made = examiner(retail)
    findings = {r.name: made.rule(r).finding for r in retail.rules.values() if r.when != "judged"}
    assert {n for n, f in findings.items() if f != "alone"} == {"one_change_per_order", "return_or_exchange_once"}
    assert {findings["one_change_per_order"], findings["return_or_exchange_once"]} == {"shared"}
    tools = {t.name: made.tool(t).finding for t in retail.tools.values()}
    assert {n for n, f in tools.items() if f != "reachable"} <= {"calculate"}


def test_a_pattern_is_said_in_words_that_fit_it(desk):
    """What a conversation owes to a pattern is heard by the generated checker."""
    spec = desk("""rule r "…" {
  before call to note
  require asked: some (earlier user message where matches(it, "(write|note) [it] down"))
}
rule s "…" { before call to note  require never: 1 == 2 }""")
    found = finding(spec, "s")
    assert found.finding == "alone"
    assert heard(spec, found.story)
    assert any("“write down”" in line for line in tell(found.story))
