"""Whether rules do something and tools can be used."""

import pytest

from cove_dsl.backends.smt import Budget, check_scenario, questions
from cove_dsl.backends.smt.cores import all_cores, cores, corrections
from cove_dsl.backends.smt.solve import ask
from cove_dsl.solve.errors import within
from cove_dsl.solve.rules import examiner
from cove_dsl.solve.survey import about_finding
from cove_dsl.solve.telling import heard, tell
from cove_dsl.tools.render_solved import finding_lines

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
    assert all_cores(script, Budget()).complete
    assert not all_cores(script, Budget(), most=1).complete
    assert not all_cores(script, Budget(steps=1)).complete
    for core in found:
        left_out = [n for n in everything if n not in core]
        assert ask(script.text(without=left_out), Budget())[0] == "unsat"
        for name in core:
            assert ask(script.text(without=[*left_out, name]), Budget())[0] == "sat"
    ended = corrections(script, Budget(), frozenset(everything))
    assert {len(c) for c in ended} == {1}
    for dropped in ended:
        assert ask(script.text(without=dropped), Budget())[0] == "sat"


def test_a_core_leaves_none_of_several_ways_and_opening_one_ends_it(desk):
    """Each way has a conflict of its own, and neither is one of both."""
    spec = desk("""rule r "…" { before call to close  require never: call.order_id == "" and call.order_id != "" }
rule n "…" {
  before call to note
  let order = orders[call.order_id] else skip
  require s: order.status == open
}
scenario s "…" {
  pick order from orders where .status == sent
  goal any { close(order.order_id), note(order.order_id, "now") }
}""")
    found = check_scenario(spec, spec.scenarios["s"])
    ways = found.ways()
    assert (found.status, len(ways.scripts)) == ("unsat", 2)
    said = [{ways.clauses[n].text for n in core} for core in cores(ways, Budget())]
    assert all_cores(ways, Budget()).complete
    assert len(said) == 2
    for core in all_cores(ways, Budget()).cores:
        assert ways.ask(core, Budget())[0] == "unsat"
        assert all(ways.ask([n for n in core if n != name], Budget())[0] == "sat" for name in core)
    assert all('note(order.order_id, "now")' in core and "close(order.order_id)" in core for core in said)
    assert all("order.status == open" in core for core in said)
    ended = corrections(ways, Budget(), frozenset(ways.clauses))
    assert {ways.clauses[n].text for (n,) in ended} >= {".status == sent", "order.status == open"}
    for dropped in ended:
        assert ways.ask([n for n in ways.clauses if n not in dropped], Budget())[0] == "sat"
    assert {c.text for way in found.ways_out for c in way} >= {".status == sent", "order.status == open"}


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


TOO_FAR = """rule r "…" {
  before call to close
  let o = orders[call.order_id] else skip
  require n: count(orders) < LIMIT
}
fixture many "…" {
  insert User(user_id: "U1", email: "a@example.com", limit: $1) into users
  for n in 1..LIMIT {
    insert Order(order_id: "O{n}", user_id: "U1", status: open, placed: clock,
                 lines: [Line(thing: "pen", price: $1)]) into orders
  }
}
"""
CLOSING = """test "too many" {
  agent calls find_user("a@example.com")
  agent calls close("O1")
  expect violation of r
}
"""


def told(spec, name):
    found = finding(spec, name)
    return found, about_finding(found, spec)


def test_what_a_test_breaks_can_be_broken(desk):
    text = TOO_FAR.replace("LIMIT", "9")
    bare, problem = told(desk(text), "r")
    assert bare.finding == "unbreakable"
    assert f"within {within(bare.looked)}; no test breaks it" in problem.notes[0]
    assert "leave it out" not in " ".join(problem.help)
    shown, problem = told(desk(text + CLOSING), "r")
    assert (shown.finding, shown.test, problem) == ("alone", "too many", None)
    assert "shown by the test “too many”" in finding_lines(shown, stories=True)[0]


def test_what_a_test_breaks_besides_is_said(desk):
    text = TOO_FAR.replace("LIMIT", "9")
    unknown = CLOSING.replace('  agent calls find_user("a@example.com")\n', "")
    found, _ = told(desk(text + unknown), "r")
    assert (found.finding, found.test, found.others) == ("broken", "too many", ("identified",))
    assert "r can be broken with identified · shown by the test “too many”" in finding_lines(found, stories=True)[0]
    worse = unknown.replace("too many", "worse").replace("expect", 'agent says "Done."\n  expect')
    quiet = 'rule quiet "…" { after ok call to close  never agent message }\n'
    worst, _ = told(desk(quiet + text + worse), "r")
    assert worst.others == ("identified", "quiet")
    assert "r can be broken with identified and quiet" in finding_lines(worst, stories=False)[0]
    fewest, _ = told(desk(quiet + text + worse + unknown), "r")
    assert (fewest.test, fewest.others) == ("too many", ("identified",))


def test_worlds_are_as_large_as_a_rule_counts(desk):
    found = finding(desk(TOO_FAR.replace("LIMIT", "3")), "r")
    assert (found.finding, found.attempt) == ("alone", False)


def test_a_tool_that_a_test_uses_can_be_used(desk):
    rule = 'rule r "…" { before call to close  require n: count(orders) >= 9 }\n'
    text = TOO_FAR.replace("LIMIT", "9").partition("fixture")[2]
    bare = desk(f"{rule}fixture{text}")
    assert examiner(bare).tool(bare.tools["close"]).finding == "unreachable"
    spec = desk(f"{rule}fixture{text}{CLOSING.replace('expect violation of r', 'expect no violation')}")
    found = examiner(spec).tool(spec.tools["close"])
    assert (found.finding, found.test) == ("reachable", "too many")


def test_what_only_a_test_judges_stays_open(desk):
    rule = f'rule r "…" {{ {ORDER}  when count(orders) >= 9  require n: o.status == open }}\n'
    text = TOO_FAR.replace("LIMIT", "9").partition("fixture")[2]
    assert finding(desk(f"{rule}fixture{text}"), "r").finding == "dead"
    spec = desk(f"{rule}fixture{text}{CLOSING.replace('expect violation of r', 'expect no violation')}")
    found = finding(spec, "r")
    assert found.finding == "unknown"
    assert "“too many” judges it" in found.doubt.why


RESULTS = """record Found { order: Order, fee: money }
read tool find(order_id: ref orders) -> Found {
  let order = orders[order_id] else fail "no order"
  return Found(order: order, fee: $1)
}
read tool look(order_id: ref orders) -> Order? { return orders[order_id] }
tool quote(order_id: ref orders) -> Found touches nothing
"""
DUTY = "eventually agent message where says_amount(it, {0})"


@pytest.mark.parametrize(
    "rule",
    [
        "after ok call to find  when call.result.fee > $0  " + DUTY.format("call.result.fee"),
        "after ok call to find  when call.result.order.status == open  " + DUTY.format("call.result.fee"),
        "after ok call to look  let o = call.result else skip  when o.status == open  " + DUTY.format("total(o)"),
    ],
)
def test_results_have_the_fields_that_tools_give_them(desk, rule):
    spec = desk(RESULTS + f'rule r "…" {{ {rule} }}')
    assert finding(spec, "r").finding == "alone"


def test_a_result_that_nobody_wrote_is_named_and_a_test_may_give_it(desk):
    rule = f'rule r "…" {{ after ok call to quote  when call.result.fee > $0  {DUTY.format("call.result.fee")} }}\n'
    found, problem = told(desk(RESULTS + rule), "r")
    assert found.finding == "unknown"
    assert "what `quote` gives is not known" in problem.message
    assert "a test in which it `gives`" in problem.help[0]
    others = desk(RESULTS + rule)
    assert {finding(others, n).finding for n in ("identified", "own")} == {"alone"}
    text = TOO_FAR.replace("LIMIT", "9").partition("fixture")[2]
    calls = """test "a fee" {
  let o = orders["O1"] else fail "none"
  agent calls find_user("a@example.com")
  agent calls quote("O1") gives Found(order: o, fee: $2)
  agent says "Done."
  expect violation of r
}
"""
    found, problem = told(desk(f"{RESULTS}{rule}fixture{text}{calls}"), "r")
    assert (found.finding, found.test, problem) == ("alone", "a fee", None)


def test_what_is_only_asked_about_has_no_end(desk):
    """What is owed once a call went through is not owed for one that is only asked about."""
    spec = desk("""
tool hand_over(summary: text) -> text "Hands over." { return "ok" }
rule nobody_hands_over "Never." { before call to hand_over  require n: 1 == 2 }
rule hands_over "Hand over." { after ok call to close  then call to hand_over }
rule r "Only open ones." { before call to close  let o = orders[call.order_id] else skip  require n: o.status == open }
""")
    found = finding(spec, "r")
    assert found.finding == "alone"
    assert found.story.broken(spec) == {"r"}


def test_a_warning_that_a_rule_takes_for_granted(desk):
    """Where the warning is broken, the rule is not judged, and the tool can be used."""
    spec = desk("""
rule greets "Say hello." warning { before call to close  require n: some (earlier agent message where says(it, "Hi.")) }
rule r "Never." presupposes greets { before call to close  require n: 1 == 2 }
""")
    assert finding(spec, "r").finding == "alone"
    assert examiner(spec).tool(spec.tools["close"]).finding == "reachable"


CANCEL = """
write tool pack(order_id: ref orders) -> text "Packs." {
  let o = orders[order_id] else fail "none"
  set o.note = "packed"
  return "done"
}
user read tool look_outside() -> text "Looks." { return "sunny" }
tool hand_over(summary: text) -> text "Hands over." { return "ok" }
read tool search(query: text) -> json "Searches." touches nothing
"""


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("at most 2 failed call", "alone"),
        ("at most 2 failed call to close", "alone"),
        ("at most 2 call", "alone"),
        ('after failed call to close  then agent message where says(it, "Sorry.")', "alone"),
        ("before call to note  require n: no earlier failed call to close", "alone"),
        ("before call to note  require n: no earlier failed call", "alone"),
        ("before call to hand_over  require n: some earlier failed call to find_user", "alone"),
        ("before call to hand_over  require n: no earlier failed call to hand_over", "unbreakable"),
    ],
)  # fmt: skip
def test_findings_of_rules_about_failures(desk, rule, found):
    spec = desk(f'{CANCEL} rule r "…" {{ {rule} }}')
    answer = finding(spec, "r")
    assert answer.finding == found, answer.doubt
    if found == "alone":
        assert answer.story.broken(spec) == {"r"}


NEEDED = [
    "some (earlier ok call to pack where .order_id == call.order_id)",
    "some earlier failed call to find_user",
    "some earlier failed call to pack",
    "some earlier ok user call to look_outside",
    "some earlier ok call to search",
    "some earlier failed call",
    "some earlier ok user call",
]


@pytest.mark.parametrize("needed", NEEDED)
def test_a_tool_is_used_after_what_a_rule_asks_for(desk, needed):
    """A change, a failure, a look-up of the user's or one that nobody wrote may be what has to come before."""
    spec = desk(f"""{CANCEL}
rule this_first "First this." {{ before call to close  require n: {needed} }}
rule r "Not of today." {{ before call to close  let o = orders[call.order_id] else skip  require n: o.placed < clock }}
""")
    used = examiner(spec).tool(spec.tools["close"])
    assert used.finding == "reachable"
    assert not used.story.broken(spec)
    assert finding(spec, "r").finding == "alone"


@pytest.mark.parametrize("needed", ["1 == 2", "some earlier failed call to hand_over"])
def test_what_cannot_come_before_is_in_the_way(desk, needed):
    spec = desk(f'{CANCEL} rule this_first "First this." {{ before call to close  require n: {needed} }}')
    assert examiner(spec).tool(spec.tools["close"]).finding == "unreachable"


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("lower(call.words) == call.words", "only texts in small letters were looked at"),
        ("call.words == call.words", ""),
    ],
)
def test_what_is_only_looked_at_in_part_is_no_finding(desk, condition, why):
    """Capital letters break the first, and small worlds have none."""
    found = finding(desk(f'rule r "…" {{ before call to note  require n: {condition} }}'), "r")
    assert found.finding == ("unknown" if why else "unbreakable")
    assert not why or why in found.doubt.why


def test_how_a_message_is_heard_is_told(desk):
    found = finding(desk('rule r "…" { before agent message  require n: count(sentences(message)) <= 3 }'), "r")
    assert within(found.looked).endswith("messages of one sentence")


def test_what_is_approximated_in_the_rule_itself_is_to_blame(desk):
    """Another rule rests on letters, too, and has no part in it."""
    spec = desk("""
rule other "…" { before call to close  let o = orders[call.order_id] else skip  require n: text(o) != "" }
rule r "…" { before call to close  require n: join(orders.order_id, ", ") != "a, b" }
""")
    found = finding(spec, "r")
    assert found.finding == "unknown"
    assert spec.sources.locate(found.doubt.span).text == 'join(orders.order_id, ", ")'
