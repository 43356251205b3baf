"""A conversation scored against a task by the library, as whoever trains an agent does."""

import json
from pathlib import Path

import cove_dsl as cove

EXAMPLES = Path(__file__).parents[3] / "docs/examples"


def test_a_task_begins_in_the_world_that_it_says():
    """In that world the order has left, so what the look-up has shown cannot be."""
    desk = cove.load(str(EXAMPLES / "tea.cove"))
    world = cove.World.from_json(EXAMPLES / "shop.json", desk)
    record = json.loads((EXAMPLES / "conversations.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert desk.verify(record["messages"], world=world, task=record).score == 1.0
    sent = [["/orders/T1/status", "sent"]]
    later = desk.verify(record["messages"], world=world, task=record | {"start": sent})
    assert (later.score, later.outcome["state"]) == (None, "unknown")
    wrong = [["/orders/T9/status", "sent"]]
    assert "start" in desk.verify(record["messages"], world=world, task=record | {"start": wrong}).data["error"]
