"""Tasks as τ²-bench takes them, with a database of their own. Enters: a row of a run. Leaves: a task, or why not.

That benchmark compares one end of the database and looks for texts, so only tasks with a single acceptable end go
there, and none that an agent passes by doing nothing.
"""

from typing import Any

from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.world import World
from ..world.state import apply_start

Row = dict[str, Any]
GREETED = "You have contacted a service desk, and its agent greets you first."


class NotThere(Exception):
    """A task that the benchmark cannot hold; the text says why."""


def as_task(row: Row, domain: str, world: World) -> Row:
    """Raises NotThere."""
    cove = row["cove"]
    if len(cove["accept"]) != 1:
        raise NotThere("several ends are right")
    if any(item.get("call") for item in cove["said"]):
        raise NotThere("a call that changes nothing is owed")
    told = [_text(item) for item in cove["said"] if not item.get("refusal")]
    if not cove["accept"][0] and not told:
        raise NotThere("doing nothing would pass")
    actions = [
        {
            "action_id": f"{row['id']}_{i}", "requestor": call.get("requestor", "assistant"), "name": call["name"],
            "arguments": call["arguments"], "info": None,
        }
        for i, call in enumerate(cove["accept"][0])
    ]  # fmt: skip
    return {
        "id": row["id"],
        "description": {"purpose": ", ".join(cove["scenario"]), "relevant_policies": None, "notes": None},
        "user_scenario": {"persona": None, "instructions": row["user_prompt"]},
        "initial_state": _initial(row, world),
        "evaluation_criteria": {
            "actions": actions, "communicate_info": told, "nl_assertions": None,
            "reward_basis": ["DB", "COMMUNICATE"] if told else ["DB"],
        },
        "cove": {**cove, "export": "tau2", "domain": domain},
    }  # fmt: skip


def _text(item: Row) -> str:
    """What is looked for in the agent's words, from which commas are taken out."""
    return plain_number(item["amount"]) if "amount" in item else str(item["text"]).replace(",", "")


def _initial(row: Row, world: World) -> Row | None:
    """The rows that the task begins with instead of the database's. They are merged into it: a row that lost an entry
    cannot be told that way."""
    if not row["start"]:
        return None
    start = apply_start(world, [tuple(p) for p in row["start"]])
    data: dict[str, Any] = {}
    for (table, key), (before, after) in start.changes(world).items():
        if after is None or _lost(before, after):
            raise NotThere("its beginning takes something away from the database")
        data.setdefault(table, {})[key] = after
        if not table:
            raise NotThere(
                "its beginning changes more than rows of tables, which only that benchmark's own calls can set up"
            )
    return {
        "initialization_data": {"agent_data": data, "user_data": None}, "initialization_actions": None,
        "message_history": None,
    }  # fmt: skip


def _lost(before: Any, after: Any) -> bool:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    return any(name not in after or _lost(before[name], after[name]) for name in before)


__all__ = ["NotThere", "as_task"]
