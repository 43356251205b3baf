"""A look-up that takes this or that detail finds a person by whichever is known."""

import re
from pathlib import Path
from typing import Any

import pytest

from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import NoTask, Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.world.desk import World, load

TEXT = """domain gym "A gym"
record Member { member_id: id, card: text, name: text, open: bool }
table members: Member key member_id
read tool find_member(card: text?, name: text?) -> ref members "Finds a member." {
  let m = first(members where .card == card or .name == name) else fail "no such member"
  return m.member_id
}
write tool freeze(member_id: ref members) -> text "Freezes." {
  let m = members[member_id] else fail "no such member"
  set m.open = false
  return "Done"
}
tool desk(summary: text) -> text "Hands over." { return "Done" }
use identity(identify: find_member, found: (earlier ok call to find_member).result, hand_over: desk)
scenario pause "Somebody wants a break." {
  pick member from members where .open
  goal freeze(member.member_id) "freeze my plan"
  KNOWS
}
"""
STATE = {
    "members": {
        "M1": {"member_id": "M1", "card": "1234", "name": "Ada", "open": True},
        "M2": {"member_id": "M2", "card": "5678", "name": "Ben", "open": False},
    }
}


def looked_up(folder: Path, knows: str) -> list[dict[str, str]]:
    (folder / "gym.cove").write_text(TEXT.replace("KNOWS", knows), encoding="utf-8")
    desk = load(str(folder / "gym.cove"))
    task = Sampler(desk, World.from_dict(STATE, desk), 0).task(0)
    return [lookup.arguments for lookup in task.lookups]


@pytest.mark.parametrize(
    ("knows", "arguments"),
    [
        ("knows member.card", {"card": "1234"}),
        ("knows member.name", {"name": "Ada"}),
        ("knows member.card, member.name", {"card": "1234", "name": "Ada"}),
    ],
)
def test_what_is_not_known_and_need_not_be_given_is_left_out(tmp_path, knows, arguments):
    assert looked_up(tmp_path, knows) == [arguments]


def test_somebody_who_knows_nothing_is_not_found(tmp_path):
    with pytest.raises(NoTask, match="no look-up finds `member` by what they know"):
        looked_up(tmp_path, 'knows "I come on Mondays." "when you come"')


def held(folder: Path, form: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """A dialogue in the gym whose look-up asks for something more, and what the agent could not do."""
    text = TEXT.replace("card: text?, name: text?", form).replace(" or .name == name", "")
    (folder / "gym.cove").write_text(text.replace("KNOWS", "knows member.card"), encoding="utf-8")
    desk = load(str(folder / "gym.cove"))
    world = World.from_dict(STATE, desk)
    sampler = Sampler(desk, world, 0)
    task = sampler.task(0)
    agent = ScriptedAgent(task, desk, world, sampler.shape)
    return hold_now(ScriptedUser(task, desk.spec), agent, desk.sandbox(world)).messages, agent.limits


@pytest.mark.parametrize("form", ["card: text, town: text?", "card: text?, town: text?, phone: text?"])
def test_what_no_row_holds_may_be_left_out_of_a_look_up(tmp_path, form):
    messages, limits = held(tmp_path, form)
    said = " ".join(m["content"] or "" for m in messages if m["role"] == "assistant")
    calls = [c["function"] for m in messages for c in m.get("tool_calls") or ()]
    assert not {"town", "phone"} & set(re.findall(r"\w+", said))
    assert [(c["name"], c["arguments"]) for c in calls] == [
        ("find_member", {"card": "1234"}), ("freeze", {"member_id": "M1"})
    ]  # fmt: skip
    assert not limits
    assert "I can freeze your plan now. Shall I go ahead?" in said  # nothing is to be listed


def test_a_look_up_that_asks_for_what_no_row_holds_is_named_where_a_rule_wants_it(tmp_path):
    _, limits = held(tmp_path, "card: text, town: text")
    assert any("`find_member` asks for `town`, and no field of `Member`" in limit for limit in limits.values())
