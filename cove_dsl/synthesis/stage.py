"""One task becomes one row: drawn, talked about by two parties, verified, and judged for whose fault a failure is."""

from collections.abc import Sequence
from typing import Any

from ..backends.prompt import render_agent
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.schema.emit import tool_schemas
from ..world.desk import Desk, World
from ..world.state import apply_start
from .blame import judge
from .dialogue import Caps, hold
from .flaws import FLAWS, plantable
from .models.asking import Asker
from .models.parties import ModelAgent, ModelParty, ModelUser
from .parties import Party
from .sample import Sampler
from .scripted_agent import ScriptedAgent
from .scripted_user import ScriptedUser
from .tasks import Task
from .user_audit import vocabulary


class Stage:
    """Where dialogues are held. `askers` ask the models of those sides that are played by one; `flaws` are those of
    which the scripted agent has one."""

    def __init__(
        self, desk: Desk, sampler: Sampler, askers: dict[str, Asker], caps: Caps, flaws: Sequence[str] = ()
    ) -> None:
        self.desk, self.sampler, self.askers, self.caps, self.flaws = desk, sampler, askers, caps, list(flaws)
        self.policy = render_agent(desk.spec)
        self.vocabulary = vocabulary(sampler.shape, sampler.world.inner)
        self.tools = {side: tool_schemas(desk.spec, side) for side in ("agent", "user")}

    async def row(self, index: int) -> dict[str, Any]:
        """The dialogue of a task, with its task, its report, and what was drawn before it and not kept. Raises NoTask,
        and what an asker raises."""
        task, dropped = self._drawn(index)
        start = World(self.desk.program, apply_start(self.sampler.world.inner, list(task.start)))
        found = (
            await self._flawed(task, start) if self.flaws else await self._held(task, start, self._agent(task, start))
        )
        return {**found, "dropped": dropped}

    async def _flawed(self, task: Task, start: World) -> dict[str, Any]:
        """The dialogue of an agent with a flaw, one that breaks nothing else if there is such; without a flaw, if there
        is none at all. `unseen`: flaws that were tried and not found out."""
        unseen: list[str] = []
        best: dict[str, Any] | None = None
        for planted in plantable(self.desk.spec, task, self.flaws):
            agent = FLAWS[planted.flaw](task, self.desk, start, self.sampler.shape)
            row = await self._held(task, start, agent)
            if not agent.erred:
                continue
            told = planted.compare(row["blame"], row["causes"])
            if told["only"]:
                return {**row, "planted": told, "unseen": unseen}
            if told["found"]:
                best = best or {**row, "planted": told}
            else:
                unseen.append(planted.flaw)
        row = best or {**await self._held(task, start, self._agent(task, start)), "planted": None}
        return {**row, "unseen": unseen}

    async def _held(self, task: Task, start: World, agent: Party) -> dict[str, Any]:
        user, opening = self._user(task), [{"role": "system", "content": self.policy}]
        held = await hold(user, agent, Sandbox(self.desk.program, start.inner.fork()), opening, self.caps)
        cove = task.cove_object()
        report = self.desk.verify(held.messages, start, {"cove": cove}).data
        more = {"user_tools": self.tools["user"]} if self.tools["user"] else {}
        limits = agent.limits if isinstance(agent, ScriptedAgent) else {}
        verdict = judge(task, held, report, self.vocabulary, limits)
        beyond = [f.cause.removeprefix("rule:") for f in verdict.faults if f.who == "limit"]
        met = {"limits": {rule: limits[rule] for rule in beyond}} if beyond else {}
        return {
            "id": task.id, "messages": held.messages, "tools": self.tools["agent"], **more, **met,
            "start": [list(p) for p in task.start], "cove": cove, "termination": held.ended,
            **verdict.to_json(), "errors": _with_faults(held.errors, agent, user),
            "usage": _usage(agent, user), "user_prompt": task.prompt, "report": report,
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
