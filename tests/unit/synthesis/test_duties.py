"""Whatever the rules want said after a call, the scripted agent says: in any of the forms in which it can be wanted."""

from pathlib import Path

import pytest

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World, load
from cove_dsl.world.state import apply_start, read_state, world_of

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
DUTIES = {
    "then_mentions": """rule owed "Leave nobody without the number of our kitchen." {
      after ok call to cancel_order
      then agent message where mentions(it, {"kitchen number 7", "kitchen"})
    }""",
    "eventually_mentions": """rule owed "Wish them well." {
      after ok call to cancel_order
      eventually agent message where mentions(it, "all the best")
    }""",
    "then_says": """rule owed "Close as we close." {
      after ok call to cancel_order
      then agent message where says(it, "The kettle is on.")
    }""",
    "says_before": """rule owed "Warn them first." {
      before call to cancel_order
      require warned: some (earlier agent message where says(it, "Cold tea is no tea."))
    }""",
    "says_or_mentions_before": """rule owed "Warn them first." {
      before call to cancel_order
      require warned: not some (earlier user message where says(it, "Never mind.")) and
        (some (earlier agent message where says(it, "Cold tea is no tea."))
          or some (earlier failed call to cancel_order))
    }""",
    "a_fee": """define fee(order: Order) -> money "What it costs to cancel." = if total(order) > $10 then $4 else $1.50
    rule owed "Tell the user what it costs to cancel." {
      after ok call to cancel_order
      let order = orders[call.order_id] else skip
      eventually agent message where says_amount(it, fee(order))
    }""",
    "a_share": """rule owed "Tell the user what a tenth of the price would be, which we keep." {
      after ok call to cancel_order
      let order = orders[call.order_id] else skip
      eventually agent message where says_amount(it, total(order) * 0.1)
    }""",
    "two_things": """rule owed "Tell the user that the money is on its way." {
      after ok call to cancel_order
      then agent message where mentions(it, "money") and mentions(it, {"tea towel", "towel"})
    }""",
}


@pytest.mark.parametrize("duty", sorted(DUTIES))
def test_a_duty_is_paid(tmp_path, duty):
    path = tmp_path / "tea.cove"
    path.write_text((EXAMPLES / "tea.cove").read_text() + "\n" + DUTIES[duty] + "\n")
    desk = load(str(path))
    world = World(desk.program, world_of(read_state(EXAMPLES / "shop.json", desk.spec), desk.program))
    sampler = Sampler(desk, world, glob="cancel_in_time")
    for index in range(4):
        task = sampler.task(index)
        start = World(desk.program, apply_start(world.inner, list(task.start)))
        agent = ScriptedAgent(task, desk, start, sampler.shape)
        held = hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(start))
        report = desk.verify(held.messages, start, {"cove": task.cove_object()})
        owed = next(r for r in report.rules if r["rule"] == "owed")
        assert (owed["triggered"], owed["verdict"]) == (1, "satisfied"), held.messages
        assert report.score == 1
