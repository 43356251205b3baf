"""Tasks as τ²-bench takes them, with a database of their own. Enters: a row of a run. Leaves: a task, or why not.

That benchmark compares one end of the database, looks for texts, and asks functions of its environment. So only tasks
with a single acceptable end go there, none that is passed by doing nothing, and none whose own dialogue, which was
verified here, would not be rewarded there.
"""

from typing import Any

from attrs import frozen

from ..backends.prompt.words import told_moment
from ..backends.python.runtime.report import verify_conversation
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.world import World
from ..core.nodes import Apply, Var
from ..core.spec import Spec
from ..core.walk import walk
from ..world.state import apply_start
from .forms import NotThere

Row = dict[str, Any]
AGENT, USER = "agent", "user"
DEFINED, KEPT = "define:", ("table.", "state.")


@frozen
class Bench:
    """What the tasks of a run have in common: the specification, the checker made of it, and their database."""

    spec: Spec
    program: Program
    world: World

    @property
    def two_sided(self) -> bool:
        """Whether the user has a database of its own."""
        return any(place[0] == USER for place in self.program.schema.places.values())

    def task(self, row: Row) -> Row:
        """Raises NotThere."""
        cove = row["cove"]
        if len(cove["accept"]) != 1:
            raise NotThere("several ends are right")
        if any(item.get("call") for item in cove["said"]):
            raise NotThere("a call that changes nothing is owed")
        criteria = self._criteria(row["id"], cove)
        start = apply_start(self.world, [tuple(p) for p in row["start"]])
        if self._rewarded([], start, criteria):
            raise NotThere("doing nothing would pass")
        task = {
            "id": row["id"],
            "description": {"purpose": ", ".join(cove["scenario"]), "relevant_policies": None, "notes": None},
            "user_scenario": {"persona": None, "instructions": row["user_prompt"]},
            "initial_state": self._initial(start),
            "evaluation_criteria": criteria,
            "cove": {**cove, "export": "tau2", "domain": self.spec.name},
        }
        if not self._rewarded(row["messages"], start, criteria):
            raise NotThere("its verified dialogue would not be rewarded there")
        return task

    def _criteria(self, name: str, cove: Row) -> Row:
        """Where a task names conditions of its end, they decide; its plan is then one way to get there."""
        told = [text for item in cove["said"] if not item.get("refusal") for text in looked_for(item)]
        actions = [
            {
                "action_id": f"{name}_{i}", "requestor": call.get("requestor", "assistant"), "name": call["name"],
                "arguments": call["arguments"], "info": None,
            }
            for i, call in enumerate(cove["accept"][0])
        ]  # fmt: skip
        asserted = [
            {
                "env_type": USER if self._is_users(a["func_name"]) else "assistant", "func_name": a["func_name"],
                "arguments": a["arguments"], "assert_value": True, "message": None,
            }
            for a in cove.get("asserted", ())
        ]  # fmt: skip
        return {
            "actions": actions, "env_assertions": asserted or None, "communicate_info": told, "nl_assertions": None,
            "reward_basis": ["ENV_ASSERTION" if asserted else "DB", *(["COMMUNICATE"] if told else [])],
        }  # fmt: skip

    def _is_users(self, assertion: str) -> bool:
        """Whether an assertion asks about the user's side: that is where the benchmark looks for the function."""
        waiting, seen = [assertion], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for node in walk(self.spec.defines[name].body):
                if isinstance(node, Apply) and node.op.startswith(DEFINED):
                    waiting.append(node.op.removeprefix(DEFINED))
                elif isinstance(node, Var) and node.name.startswith(KEPT):
                    place = self.program.schema.place(node.name.partition(".")[2])
                    if place[0] == USER:
                        return True
        return False

    def _rewarded(self, messages: list[Row], start: World, criteria: Row) -> bool:
        """What the benchmark's own scoring comes to, which does not bring both sides into step after a plan's calls."""
        task = {"evaluation_criteria": criteria}
        report = verify_conversation(self.program, messages, start, task, frozenset(), True, None, False)
        return bool(report["outcome"]["benchmark_reward"] == 1)

    def _initial(self, start: World) -> Row | None:
        """What the task begins with instead of what the database holds. It is merged into it, lists whole: a record
        that lost an entry cannot be told that way. A row is given as it is then."""
        data: Row = {}
        for (table, key), (before, after) in start.changes(self.world).items():
            if after is None or _lost(before, after):
                raise NotThere("its beginning takes something away from the database")
            name, as_list = table or key, bool(table) and self.world.schema.tables[table][1]
            *around, last = self.world.schema.place(name)
            inside = data
            for step in around:
                inside = inside.setdefault(step, {})
            if as_list:
                inside[last] = start.all_rows(table)
            elif table:
                inside.setdefault(last, {})[key] = after
            else:
                inside[last] = _merged(before, after)
        if not data:
            return None
        given = None if self.two_sided else {"agent_data": data, "user_data": None}
        calls = _updates(data) if self.two_sided else None
        return {"initialization_data": given, "initialization_actions": calls, "message_history": None}


def _updates(data: Row) -> list[Row]:
    """The calls that merge changes into two databases. The data of a task are no way there: that benchmark takes them
    for changes of one database that both sides share. The agent's come first, as the user's are brought into step with
    them after each call."""
    sides = {"assistant": data.get(AGENT), USER: data.get(USER)}
    return [
        {"env_type": side, "func_name": "update_db", "arguments": {"update_data": changes}}
        for side, changes in sides.items() if changes
    ]  # fmt: skip


def looked_for(item: Row) -> list[str]:
    """What is looked for in the agent's words, from which commas are taken out: of a moment, its day and its time, as
    they are told."""
    if "amount" in item:
        return [plain_number(item["amount"])]
    text = str(item["text"])
    return told_moment(text).split(", ") if told_moment(text) != text else [text.replace(",", "")]


def _merged(before: Any, after: Any) -> Any:
    """What has to be merged into a record to make it another."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    return {k: _merged(before.get(k), v) for k, v in after.items() if k not in before or before[k] != v}


def _lost(before: Any, after: Any) -> bool:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    return any(name not in after or _lost(before[name], after[name]) for name in before)


__all__ = ["Bench", "NotThere", "looked_for"]
