"""What rules say about conversations."""

import pytest

from cove_dsl.core.interpreter import Interpreter
from cove_dsl.core.judge import judge
from cove_dsl.core.memory_world import MemoryWorld


class Listener:
    """Hears a phrase where it stands; does not know what to make of `perhaps`."""

    def language(self, op, args, history):
        return None if "perhaps" in args[0].text else args[1] in args[0].text

    def random(self, op, args):
        raise AssertionError


@pytest.fixture
def verdicts(desk, world):
    """The verdicts of one rule text on a conversation: (label, verdict, position)."""

    def judged(text, said, rule="r", unknown=False):
        spec = desk(text)
        report = judge(spec, said.events, said.steps, world(spec, unknown), Listener())
        found = [(j.label, j.verdict, j.position) for j in report.judgements if j.rule == rule]
        assert (report.summary[rule] == "vacuous") == (not found)
        return found

    return judged


def close(key="T1", ok=True, result="closed"):
    return ("close", {"ticket_id": key}, ok, result)


def look(key="T1", ok=True):
    return ("look", {"ticket_id": key}, ok, None)


GUARD = (
    'rule r "…" { before call to close  let t = tickets[call.ticket_id] else skip  require fresh: t.status == fresh }'
)


def test_a_guard_sees_the_world_just_before_its_call(verdicts, talk):
    said = talk().calls(close("T1"), close("T1", None, None), close("T9"))
    assert verdicts(GUARD, said) == [("fresh", "satisfied", 0), ("fresh", "violated", 1)]


def test_a_call_that_the_tool_refused_was_only_attempted(verdicts, talk):
    assert verdicts(GUARD, talk().calls(close("T2", False, "Error: already closed"))) == [("fresh", "attempted", 0)]


def test_an_unknown_world_gives_unknown(verdicts, talk):
    text = 'rule r "…" { before call to close  require mine: tickets[call.ticket_id]?.owner == "mia" }'
    assert verdicts(text, talk().calls(close("T9")), unknown=True) == [("mine", "unknown", 0)]
    assert verdicts(text, talk().calls(close("T9"))) == [("mine", "violated", 0)]


def test_a_refusal_is_excused_only_where_the_contract_decides(verdicts, talk):
    text = 'rule r "…" { before call to close  require looked: some earlier ok call to look }'
    assert verdicts(text, talk().calls(close("T1", False, "Error"))) == [("looked", "violated", 0)]
    assert verdicts(text, talk().calls(look(), close("T1", False, "Error"))) == [("looked", "satisfied", 1)]


def test_limits_count_what_succeeded(verdicts, talk):
    text = 'rule r "…" { at most 1 ok call to close per .ticket_id }'
    said = talk().calls(close("T1"), close("T2", False, "no"), close("T2"), close("T1", False, "no"), close("T1"))
    found = [verdict for _, verdict, _ in verdicts(text, said)]
    assert found == ["satisfied", "satisfied", "satisfied", "attempted", "violated"]


def test_narrowing_on_the_unknown_leaves_doubt(verdicts, talk):
    text = """rule r "…" { before call to close
      when some (earlier user message where mentions(it, "go"))
      require never: 1 == 2 }"""
    for heard, expected in (("go", ["violated"]), ("stop", []), ("perhaps", ["unknown"])):
        found = verdicts(text, talk().says("user", heard).calls(close()))
        assert [verdict for _, verdict, _ in found] == expected


def test_a_doubt_inside_a_turn_ends_with_it(verdicts, talk):
    text = """rule r "…" { at end
      for m in earlier user message { when mentions(m, "go")  require never: m.text == "" }
      require after: 1 == 2 }"""
    said = talk().says("user", "perhaps").says("user", "go").says("user", "stop")
    assert verdicts(text, said) == [
        ("never", "unknown", None),
        ("never", "violated", None),
        ("after", "violated", None),
    ]


def test_an_unknown_branch_goes_both_ways_in_doubt(verdicts, talk):
    text = """rule r "…" { before call to close
      if some (earlier user message where mentions(it, "go")) { require one: 1 == 2  skip } else { require two: 1 == 1 }
      require after: 1 == 2 }"""
    said = talk().says("user", "perhaps").calls(close())
    assert verdicts(text, said) == [("one", "unknown", 1), ("two", "satisfied", 1), ("after", "unknown", 1)]
    said = talk().says("user", "stop").calls(close())
    assert verdicts(text, said) == [("two", "satisfied", 1), ("after", "violated", 1)]


def test_leaving_with_a_verdict(verdicts, talk):
    text = """rule r "…" { before call to close
      let t = tickets[call.ticket_id] else fail "no such ticket"
      let o = t.owner else unknown
      require never: 1 == 2 }"""
    assert verdicts(text, talk().calls(close("T9"))) == [("", "violated", 0)]
    assert verdicts(text, talk().calls(close("T1"))) == [("", "unknown", 0)]


def test_what_is_presupposed_comes_first(verdicts, talk):
    text = """
rule r "…" presupposes base { before call to close  require never: 1 == 2 }
rule base "…" { before call to close  require looked: some earlier ok call to look }"""
    assert verdicts(text, talk().calls(close())) == []
    assert verdicts(text, talk().calls(look(), close())) == [("never", "violated", 1)]


def test_a_step_is_judged_when_it_begins(verdicts, talk):
    text = """rule r "…" { on agent step
      require one: count(step.calls) <= 1
      require quiet: step.text is absent or count(step.calls) == 0
      require first: no earlier call }"""
    said = talk().says("agent", "hi", look(), look()).calls(look())
    assert verdicts(text, said) == [
        ("one", "violated", 0), ("quiet", "violated", 0), ("first", "satisfied", 0),
        ("one", "satisfied", 3), ("quiet", "satisfied", 3), ("first", "violated", 3),
    ]  # fmt: skip


def test_after_a_call_its_result_and_its_effect_are_there(verdicts, talk):
    text = """rule r "…" { after ok call to close
      require told: call.result == "closed"  require shut: tickets[call.ticket_id]?.status == closed
      require past: some earlier ok call to close }"""
    assert {v for _, v, _ in verdicts(text, talk().calls(close()))} == {"satisfied"}
    assert verdicts(text, talk().calls(close("T2", False, "Error"))) == []


def test_a_window(verdicts, talk):
    text = """rule r "…" { before call to close
      let yes = last(earlier user message)  else fail "no answer"
      let asked = last(earlier agent message before yes)  else fail "nothing asked"
      require fresh: no earlier call after yes }"""
    said = talk().says("agent", "shall I?").says("user", "yes").calls(look(), close())
    assert verdicts(text, said) == [("fresh", "violated", 3)]
    assert verdicts(text, talk().says("user", "yes").says("agent", "ok").calls(close())) == [("", "violated", 2)]


CHAIN = 'rule r "…" { after ok call to close  then agent message where .text == "done"  then nothing }'


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["done"], [("then", "satisfied", 1), ("nothing", "satisfied", None)]),
        (["wait", "done"], [("then", "violated", 1), ("nothing", "violated", 2)]),
        (["done", "more"], [("then", "satisfied", 1), ("nothing", "violated", 2)]),
        ([], [("then", "violated", None)]),
    ],
)
def test_a_chain_of_duties(verdicts, talk, texts, expected):
    said = talk().calls(close())
    for text in texts:
        said.says("agent", text)
    assert verdicts(CHAIN, said) == expected
    assert verdicts(CHAIN, said.says("user", "well")) == expected


def test_eventually(verdicts, talk):
    text = """rule r "…" { after ok call to close
      let id = call.ticket_id
      eventually agent message where mentions(it, id) }"""
    assert verdicts(text, talk().calls(close()).says("user", "T1").says("agent", "T1")) == [
        ("eventually", "satisfied", 2)
    ]
    assert verdicts(text, talk().says("agent", "T1").calls(close())) == [("eventually", "violated", None)]
    assert verdicts(text, talk().calls(close()).says("agent", "perhaps")) == [("eventually", "unknown", None)]


NEVER = 'rule r "…" { after ok call to look  never call to close until user message where mentions(it, "go") }'


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (None, [("never", "violated", 1)]),
        ("go", [("never", "satisfied", 1)]),
        ("stop", [("never", "violated", 2)]),
        ("perhaps", [("never", "unknown", 2)]),
    ],
)
def test_never_until(verdicts, talk, heard, expected):
    said = talk().calls(look())
    if heard is not None:
        said.says("user", heard)
    assert verdicts(NEVER, said.calls(close())) == expected
    assert verdicts(NEVER, talk().calls(look())) == [("never", "satisfied", None)]


def test_a_rule_for_a_judge_is_unknown_once(verdicts, talk):
    assert verdicts('rule r "…" { judged }', talk().says("user", "hello").calls(look())) == [("", "unknown", None)]


def test_duties_do_not_open_when_the_body_was_left(verdicts, talk):
    text = 'rule r "…" { after ok call to close  when call.ticket_id == "T2"  then nothing }'
    assert verdicts(text, talk().calls(close()).says("agent", "more")) == []


def test_the_shops_policy_over_a_conversation(retail, talk):
    world = MemoryWorld(retail)
    Interpreter(retail, world).fixture("shop")
    cancel = {"order_id": "#W7", "reason": "no longer needed"}
    said = (
        talk().says("user", "hello").calls(("find_user_id_by_email", {"email": "mia@example.com"}, True, "mia_kim_1"))
    )
    said.calls(("cancel_pending_order", cancel, True, None), ("cancel_pending_order", cancel, False, "Error"))
    report = judge(retail, said.events, said.steps, world)
    assert set(report.summary) == set(retail.rules)
    assert report.summary["own_orders_only"] == "violated"
    assert report.summary["look_before_change"] == "violated"
    assert report.summary["two_reasons_only"] == "satisfied"
    assert [j.verdict for j in report.judgements if j.rule == "pending_to_cancel"] == ["satisfied", "attempted"]
    assert report.summary["refund_method"] == "vacuous"
    assert world.row("orders", "#W7")["status"] == "cancelled"
