"""Draws that lack what is needed are not taken, questions that no rule needs are not asked, days are said in words."""

from pathlib import Path

import pytest

from cove_dsl.backends.prompt import placeholders, render_user
from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.core.workings import told_factors
from cove_dsl.synthesis.sample import NoTask, Sampler
from cove_dsl.world.desk import Desk, World, load
from cove_dsl.world.state import world_of
from tests.support.scripted import sampler_over, scripted_dialogues

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
WITH_A_REASON = """
scenario again "It was cancelled for a reason." {
  pick customer from customers
  pick order    from orders where .customer_id == customer.customer_id
  let why = order.reason  else skip
  goal learn why = why "why it was cancelled"
  knows customer.email, "I placed it on {date_of(order.placed)}." "when you placed it"
}"""
ILL = """
scenario ill "Somebody is ill, which is nobody's business." {
  pick customer from customers
  pick order    from orders where .customer_id == customer.customer_id and .status == open
  goal cancel_order(order.order_id, changed_mind)
  knows customer.email, "I am ill." "whether you are ill", "I changed my mind." "why"
  describes order by some lines.tea
}"""
PRICED = """
domain lofts
record Loft { loft_id: id, nests: int }
table lofts: Loft key loft_id
read tool get_loft(loft_id: ref lofts) -> Loft { let loft = lofts[loft_id]  else fail "No loft"  return loft }
write tool credit(loft_id: ref lofts, amount: money) -> text { return "Done" }
rule most "At most $15 for each nest." {
  before call to credit
  let loft = lofts[call.loft_id]  else skip
  require few: call.amount <= FORMULA
}
rule nothing_invented "Make nothing up." { before agent message  require known: no invented(message) }
"""


def desk_of(tmp_path, text: str) -> Desk:
    spec = tmp_path / "desk.cove"
    spec.write_text(text, encoding="utf-8")
    return load(str(spec))


def tea(tmp_path, more: str) -> Desk:
    return desk_of(tmp_path, (EXAMPLES / "tea.cove").read_text(encoding="utf-8") + more)


def state(**reasons):
    found = parse_json((EXAMPLES / "shop.json").read_text(encoding="utf-8"))
    for row in found["orders"].values():
        row["reason"] = reasons.get(row["order_id"])
    return found


def sampler(desk: Desk, data, scenario: str) -> Sampler:
    return Sampler(desk, World(desk.program, world_of(data, desk.program)), 0, scenario)


def test_only_draws_with_the_value_are_taken(tmp_path):
    desk = tea(tmp_path, WITH_A_REASON)
    tasks = [sampler(desk, state(T2="takes too long"), "again").task(i) for i in range(6)]
    assert [task.cove_object()["said"][0]["text"] for task in tasks] == ["takes too long"] * 6
    with pytest.raises(NoTask):
        sampler(desk, state(), "again").task(0)


def test_the_same_tasks_as_a_pick_of_what_is_there(tmp_path):
    as_pick = WITH_A_REASON.replace(
        "let why = order.reason  else skip", "pick why from [order.reason] where it is present"
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    data = state(T1="changed my mind", T2="takes too long")
    made = [
        [sampler(tea(tmp_path / place, text), data, "again").task(i).cove_object() | {"spec": ""} for i in range(5)]
        for place, text in (("a", WITH_A_REASON), ("b", as_pick))
    ]
    assert made[0] == made[1]


def test_a_day_in_a_sentence_is_said_in_words(tmp_path):
    desk = tea(tmp_path, WITH_A_REASON)
    scenario = desk.spec.scenarios["again"]
    values = {p.name: "2025-03-09" if "date_of" in p.name else "ada@example.com" for p in placeholders(scenario)}
    told = render_user(scenario, desk.spec, values)
    assert "I placed it on 9 March 2025." in told
    assert "2025-03-09" not in told


def test_what_no_rule_needs_is_not_asked(tmp_path):
    found = sampler_over(tea(tmp_path, ILL), state())
    tasks = [sampler(found.desk, state(), "ill").task(i) for i in range(4)]
    for _, held in scripted_dialogues(found, tasks):
        asked = [m["content"] for m in held.messages if m["role"] == "assistant" and m["content"]]
        assert not any("ill" in text.replace("will", "") for text in asked), asked


@pytest.mark.parametrize("formula", ["$15 * loft.nests", "loft.nests * $15", "most_for(loft)"])
def test_an_amount_for_each_of_a_shown_number_is_no_invention(formula, tmp_path):
    more = 'define most_for(loft: Loft) -> money "The most." = $15 * loft.nests\n'
    desk = desk_of(tmp_path, PRICED.replace("FORMULA", formula) + more)
    assert 15 in told_factors(desk.spec)
    world = World(desk.program, world_of({"lofts": {"L1": {"loft_id": "L1", "nests": 4}}}, desk.program))
    call = {"id": "1", "type": "function", "function": {"name": "get_loft", "arguments": {"loft_id": "L1"}}}
    shown = [
        {"role": "user", "content": "What can I get for L1?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "name": "get_loft", "content": '{"loft_id": "L1", "nests": 4}'},
    ]
    for said, verdict in (("At most $60.", "satisfied"), ("At most $61.", "unknown")):
        messages = [*shown, {"role": "assistant", "content": said}]
        rules = {r["rule"]: r["verdict"] for r in desk.verify(messages, world).rules}
        assert rules["nothing_invented"] == verdict
        assert desk.monitor(world).observe(messages)[-1].verdict == verdict
