"""One task becomes one row: drawn, talked about by two parties, verified, and judged for whose fault a failure is."""

from typing import Any

from ..backends.prompt import render_agent
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.schema.emit import tool_schemas
from ..world.desk import Desk, World
from ..world.state import apply_start
from .blame import judge
from .dialogue import Caps, hold
from .models.asking import Asker
from .models.parties import ModelAgent, ModelParty, ModelUser
from .parties import Party
from .sample import Sampler
from .scripted_agent import ScriptedAgent
from .scripted_user import ScriptedUser
from .tasks import Task


class Stage:
    """Where dialogues are held. `askers` ask the models of those sides that are played by one."""

    def __init__(self, desk: Desk, sampler: Sampler, askers: dict[str, Asker], caps: Caps) -> None:
        self.desk, self.sampler, self.askers, self.caps = desk, sampler, askers, caps
        self.policy = render_agent(desk.spec)
        self.tools = {side: tool_schemas(desk.spec, side) for side in ("agent", "user")}

    async def row(self, index: int) -> dict[str, Any]:
        """The dialogue of a task, with its task, its report, and what was drawn before it and not kept. Raises NoTask,
        and what an asker raises."""
        task, dropped = self._drawn(index)
        start = World(self.desk.program, apply_start(self.sampler.world.inner, list(task.start)))
        user, agent = self._user(task), self._agent(task, start)
        opening = [{"role": "system", "content": self.policy}]
        held = await hold(user, agent, Sandbox(self.desk.program, start.inner.fork()), opening, self.caps)
        cove = task.cove_object()
        report = self.desk.verify(held.messages, start, {"cove": cove}).data
        more = {"user_tools": self.tools["user"]} if self.tools["user"] else {}
        return {
            "id": task.id, "messages": held.messages, "tools": self.tools["agent"], **more,
            "start": [list(p) for p in task.start], "cove": cove, "termination": held.ended,
            **judge(task, held, report).to_json(), "errors": _with_faults(held.errors, agent, user),
            "usage": _usage(agent, user), "dropped": dropped, "user_prompt": task.prompt, "report": report,
        }  # fmt: skip

    def _drawn(self, index: int) -> tuple[Task, dict[str, int]]:
        self.sampler.dropped.clear()
        task = self.sampler.task(index)
        dropped = {f"{scenario}: {reason}": n for (scenario, reason), n in sorted(self.sampler.dropped.items())}
        return task, dropped

    def _user(self, task: Task) -> Party:
        if "user" in self.askers:
            return ModelUser(self.askers["user"], task.prompt, self.tools["user"], task.id)
        return ScriptedUser(task, self.desk.spec)

    def _agent(self, task: Task, start: World) -> Party:
        if "agent" in self.askers:
            return ModelAgent(self.askers["agent"], self.policy, self.tools["agent"], task.id)
        return ScriptedAgent(task, self.desk, start, self.sampler.shape)


def _with_faults(errors: dict[str, dict[str, int]], agent: Party, user: Party) -> dict[str, dict[str, int]]:
    """What went wrong with calls, and with the messages of models."""
    found = {side: dict(kinds) for side, kinds in errors.items()}
    for side, party in (("agent", agent), ("user", user)):
        if isinstance(party, ModelParty) and party.faults:
            found[side] = dict(sorted({**found.get(side, {}), **party.faults}.items()))
    return dict(sorted(found.items()))


def _usage(agent: Party, user: Party) -> dict[str, dict[str, int]]:
    """Requests and tokens of the sides that are models, as they were when they were first answered."""
    return {
        side: dict(party.usage) for side, party in (("agent", agent), ("user", user)) if isinstance(party, ModelParty)
    }


__all__ = ["Stage"]
