"""The scripted agent says what rules want said, whatever form they have; where it can't, it says which rule that is."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.synthesis.dialogue import Caps
from cove_dsl.synthesis.flaws import FLAWS
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.stage import Stage
from cove_dsl.tools.cli import covec
from cove_dsl.world.desk import World, load
from cove_dsl.world.state import world_of

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
LINE = "A cancelled order cannot be restored."
SAID = f'says(it, "{LINE}")'
BEFORE = "before call to cancel_order"
PERSON = """
scenario person "Somebody wants a person." {
  pick customer from customers
  goal hand_over(n) for any n in ["A person."] "speak to a person"
  knows customer.email
}"""
PLAIN = {
    "before a call": f"{BEFORE}  require said: some (earlier agent message where {SAID})",
    "or else fail": f'{BEFORE}  let m = last(earlier agent message where {SAID})  else fail "not said"\n'
    'require told: m.text != ""',
    "as the last message": f'{BEFORE}  let m = last(earlier agent message)  else fail "silent"\n'
    f'require said: says(m, "{LINE}")',
    "before the yes": f'{BEFORE}  let yes = last(earlier user message where affirms(it))  else fail "no yes"\n'
    f"require said: some (earlier agent message before yes where {SAID})",
    "two sentences": f"{BEFORE}  require one: some (earlier agent message where {SAID})\n"
    'require two: some (earlier agent message where says(it, "It is final."))',
    "one and not another": f'{BEFORE}  require said: no (earlier agent message where says(it, "It is nothing.")) '
    f"and count(earlier agent message where {SAID}) >= 1",
    "with a value in it": f"{BEFORE}  require said: "
    'some (earlier agent message where says(it, "Order {call.order_id} cannot be restored."))',
    "words": f'{BEFORE}  require said: some (earlier agent message where mentions(it, {{"our archive", "the files"}}))',
    "both of two": "after ok call to cancel_order\n"
    f'eventually agent message where {SAID} and mentions(it, {{"archive", "files"}})',
    "a pattern": f"{BEFORE}  require said: "
    'some (earlier agent message where matches(it, "(cannot|can not) be [ever] (restored|undone)"))',
    "an amount": f"{BEFORE}  let order = orders[call.order_id]  else skip\n"
    "require said: some (earlier agent message where says_amount(it, total(order)))",
    "a count": f"{BEFORE}  let order = orders[call.order_id]  else skip\n"
    "require said: some (earlier agent message where says_amount(it, count(order.lines)))",
    "an id after a look": "after ok call to get_order  eventually agent message where says_id(it, call.order_id)",
    "a fact of the agent's": f"{BEFORE}  require said: stated.warned is present",
    "a recogniser": f"{BEFORE}  require said: some (earlier agent message where warns(it))",
    "right after a call": f"after ok call to cancel_order  then agent message where {SAID}",
    "one message after the other": f"after ok call to cancel_order  then agent message where {SAID}\n"
    'then agent message where says(it, "It is final.")',
    "until it is said": f"after ok call to get_order  never call to cancel_order until agent message where {SAID}",
    "at the opening": 'before agent message  require name: some earlier agent message or says(message, "Tea, hello.")',
    "in every message": 'before agent message  require begins: starts_with(message.text, "Tea:")',
    "before the look-up": "before call to find_customer\n"
    'require greeted: some (earlier agent message where says(it, "Good morning"))',
    "on what the user says": 'after user message  when mentions(message, {"assam", "sencha"})\n'
    f"then agent message where {SAID}",
    "by the end": f"at end  require said: some (earlier agent message where {SAID})",
    "by the end, of what was done": "at end  let done = last(earlier ok call to cancel_order)  else skip\n"
    f"require said: some (earlier agent message after done where {SAID})",
}
HANDED_OVER = {
    "after the line": f"after ok call to hand_over  eventually agent message where {SAID}",
    "before it": f"before call to hand_over  require said: some (earlier agent message where {SAID})",
}
MORE = """
fact warned: bool? "whether it was said that this is final" from agent version 1 {
  when mentions(it, {"is final"}) then true
}
recogniser warns(m: message) -> bool "Whether a message warns." version 1 {
  when mentions(m, {"cannot be restored", "is final"}) then true
  otherwise false
}
"""


def stage_of(tmp_path, rule: str, scenario: str | None = None, more: str = "") -> Stage:
    spec = tmp_path / "tea.cove"
    tea = (EXAMPLES / "tea.cove").read_text(encoding="utf-8")
    spec.write_text(f'{tea}\nrule words "Say it." {{\n{rule}\n}}\n{MORE}{more}', encoding="utf-8")
    desk = load(str(spec))
    state = parse_json((EXAMPLES / "shop.json").read_text(encoding="utf-8"))
    sampler = Sampler(desk, World(desk.program, world_of(state, desk.program)), 0, scenario)
    return Stage(desk, sampler, {}, Caps())


def rows(stage: Stage, n: int = 3):
    return [asyncio.run(stage.row(i)) for i in range(n)]


def said(row) -> list[str]:
    return [m["content"] for m in row["messages"] if m["role"] == "assistant" and m["content"]]


@pytest.mark.parametrize("form", PLAIN)
def test_what_a_rule_wants_said_is_said(form, tmp_path):
    for row in rows(stage_of(tmp_path, PLAIN[form])):
        assert (row["report"]["score"], row["blame"], row["termination"]) == (1, None, "user_stop"), said(row)
        assert "limits" not in row


@pytest.mark.parametrize("form", HANDED_OVER)
def test_words_beside_the_line_of_a_hand_over(form, tmp_path):
    for row in rows(stage_of(tmp_path, HANDED_OVER[form], "person", PERSON), 2):
        assert (row["report"]["score"], row["blame"]) == (1, None), said(row)
        assert any(LINE in text for text in said(row))


def test_a_warning_stands_before_the_question_for_a_yes(tmp_path):
    (row,) = rows(stage_of(tmp_path, PLAIN["before a call"], "cancel_in_time"), 1)
    (proposal,) = [text for text in said(row) if LINE in text]
    before, _, after = proposal.partition(f"\n{LINE}\n")
    assert "Order: T1" in before
    assert "?" in after


def test_a_fact_of_the_agent_is_not_asked_of_the_user(tmp_path):
    for row in rows(stage_of(tmp_path, PLAIN["a fact of the agent's"])):
        assert not any("whether" in text for text in said(row))


def test_a_rule_without_words_is_named_and_nobody_is_blamed(tmp_path):
    rule = f"{BEFORE}  require long: some (earlier agent message where length(it.text) > 3000)"
    for row in rows(stage_of(tmp_path, rule, "cancel_in_time"), 2):
        assert (row["blame"], row["causes"]) == ("limit", ["rule:words"])
        assert "`words` (long)" in row["limits"]["words"]
        assert "no words" in row["limits"]["words"]


def test_a_rule_that_forbids_the_words_of_another_is_named(tmp_path):
    more = 'rule silent "No." { before agent message  require silent: not mentions(message, "cannot be restored") }'
    for row in rows(stage_of(tmp_path, PLAIN["before a call"], "cancel_in_time", more), 2):
        assert row["blame"] == "limit"
        assert "`words` (said) wants something said that rule `silent` forbids" in row["limits"]["words"]


def test_two_rules_that_no_call_keeps_are_both_named(tmp_path):
    rule = 'after user message  when mentions(message, {"smoke"})  then call to hand_over'
    first = 'rule looked_first "Look first." {\nbefore call to hand_over\n'
    first += "require looked: some earlier ok call to find_customer\n}"
    scenario = PERSON.replace("speak to a person", "get help: there is smoke")
    for row in rows(stage_of(tmp_path, rule, "person", first + scenario), 1):
        assert (row["blame"], row["causes"]) == ("limit", ["rule:looked_first"])
        assert "`words` wants `hand_over`, and" in row["limits"]["looked_first"]
        assert "`looked_first` forbids it" in row["limits"]["looked_first"]


EVENTUALLY = "after ok call to cancel_order\n  eventually call to hand_over"


def test_a_call_that_is_owed_before_the_end_is_made(tmp_path):
    for row in rows(stage_of(tmp_path, EVENTUALLY, "cancel_in_time"), 2):
        assert (row["report"]["score"], row["blame"]) == (1, None), said(row)
        calls = [c["function"] for m in row["messages"] for c in m.get("tool_calls") or ()]
        assert [c["name"] for c in calls][-2:] == ["cancel_order", "hand_over"]
        wish = next(m["content"] for m in row["messages"] if m["role"] == "user")
        assert wish in calls[-1]["arguments"].values()  # not the last "Yes."


def test_a_call_that_is_owed_before_the_end_and_forbidden_is_nobodys_fault(tmp_path):
    never = 'rule kept "Keep them." { before call to hand_over  require new: no (earlier ok call to cancel_order) }'
    for row in rows(stage_of(tmp_path, EVENTUALLY, "cancel_in_time", never), 2):
        assert (row["blame"], row["causes"]) == ("limit", ["rule:kept"])
        assert "`words` wants `hand_over`, and rule `kept` forbids it" in row["limits"]["kept"]


@pytest.mark.parametrize(("flaw", "form"), [("forgetful", "before a call"), ("curt", "by the end")])
def test_a_flawed_agent_leaves_the_words_out(flaw, form, tmp_path):
    stage = stage_of(tmp_path, PLAIN[form], "cancel_in_time")
    task = stage.sampler.task(0)
    start = stage.sampler.world
    agent = FLAWS[flaw](task, stage.desk, start, stage.sampler.shape)
    row = asyncio.run(stage._held(task, start, agent))
    assert agent.erred
    assert (row["blame"], row["causes"]) == ("agent", ["rule:words"])


def test_synth_says_what_the_script_could_not_do(tmp_path):
    stage_of(tmp_path, f"{BEFORE}  require long: some (earlier agent message where length(it.text) > 3000)")
    given = ["synth", str(tmp_path / "tea.cove"), "--state", str(EXAMPLES / "shop.json"), "-n", "2"]
    done = CliRunner().invoke(covec, [*given, "-o", str(tmp_path / "run")])
    assert done.exit_code == 3
    assert "at fault: nobody; limit (2)" in done.output
    assert "task 0: rule `words` (long) wants something said" in done.output
    assert "write in it what is to be said" in done.output
