"""Flawed agents: each flaw breaks what it is expected to break, and nothing else; the agent is to blame."""

import asyncio

import pytest

from cove_dsl.synthesis.dialogue import Caps
from cove_dsl.synthesis.flaws import FLAWS, plantable
from cove_dsl.synthesis.stage import Stage

# What each flaw breaks at a shop, written down by hand from its policy.
BREAKS = {
    "unasked": {"rule:explicit_yes"},
    "unidentified": {"rule:identified_first"},
    "hasty": {"rule:look_before_change"},
    "hurried": {"rule:one_at_a_time"},
    "chatty": {"rule:one_at_a_time"},
    "inventive": {"rule:nothing_invented"},
    "forgetful": {"rule:remind_to_list_all", "rule:reason_is_the_users"},
    "lax": {"rule:own_profile_only", "rule:own_orders_only", "rule:refund_method", "goal:unsaid", "goal:unwanted"},
    "idle": {"goal:missing"},
    "mistaken": {"goal:missing", "goal:unwanted"},
    "silent": {"goal:unsaid"},
    "curt": {"rule:hand_over_line"},
    "wasteful": {"redundant"},
}
RARE = {"mistaken", "curt", "lax", "hasty", "wasteful", "forgetful"}


@pytest.fixture(scope="module")
def rows(retail, sampler):
    stage = Stage(retail, sampler, {}, Caps(), list(FLAWS))

    async def all_rows():
        return [await stage.row(i) for i in range(90)]

    return asyncio.run(all_rows())


def test_every_flaw_is_written_down():
    assert BREAKS.keys() == FLAWS.keys()


def test_every_task_gets_a_flaw_that_is_found_out_and_breaks_nothing_else(rows):
    assert [r["id"] for r in rows if r["planted"] is None] == []
    for row in rows:
        assert row["blame"] == "agent", row["id"]
        assert row["planted"]["only"], (row["id"], row["planted"], row["causes"])
        assert set(row["causes"]) <= BREAKS[row["planted"]["flaw"]], row["id"]
        assert row["report"]["score"] < 1


def test_all_but_rare_flaws_occur(rows):
    assert {r["planted"]["flaw"] for r in rows} >= FLAWS.keys() - RARE


@pytest.mark.parametrize("flaw", sorted(RARE - {"mistaken"}))
def test_rare_flaws_are_found_out_where_there_is_occasion(retail, sampler, tasks, flaw):
    stage = Stage(retail, sampler, {}, Caps(), [flaw])
    found = [asyncio.run(stage.row(t.index)) for t in tasks if plantable(retail.spec, t, [flaw])]
    planted = [row for row in found if row["planted"]]
    assert planted
    for row in planted:
        assert row["blame"] == "agent"
        refused = (row["cove"]["refusal"] or {"rule": ""})["rule"]
        assert set(row["causes"]) & (BREAKS[flaw] | {f"rule:{refused}"}), row["causes"]


def test_a_mistake_leaves_the_end_other_than_wanted(retail, sampler, tasks):
    stage = Stage(retail, sampler, {}, Caps(), ["mistaken"])
    found = [asyncio.run(stage.row(t.index)) for t in tasks if plantable(retail.spec, t, ["mistaken"])]
    planted = [row for row in found if row["planted"]]
    assert len(planted) > 5
    assert all("goal:missing" in row["causes"] for row in planted)


def test_a_flaw_that_breaks_nothing_is_told(retail, sampler, tasks):
    """A tool that refuses what the agent should have refused leaves nothing to find."""
    late = [t for t in tasks if t.scenarios == ("cancel_too_late",)]
    row = asyncio.run(Stage(retail, sampler, {}, Caps(), ["lax"]).row(late[0].index))
    assert row["planted"] is None
    assert row["unseen"] == ["lax"]
    assert row["blame"] is None
