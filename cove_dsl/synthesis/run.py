"""Synthesis from end to end: sample, let the parties talk, verify, store. Equal arguments give equal bytes."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ..backends.prompt import render_agent
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.schema.emit import tool_schemas
from ..world.desk import Desk, World
from ..world.state import apply_start, world_of
from .dialogue import hold
from .sample import Sampler
from .scripted_agent import ScriptedAgent
from .scripted_user import ScriptedUser
from .store import RunStore
from .tasks import Task, stable_hash

Progress = Callable[[int], None]


@frozen
class Order:
    """What a run was asked for. `agent` and `user` name the parties."""

    desk: Desk
    state: dict[str, Any] = field(repr=False)
    n: int
    seed: int = 0
    glob: str | None = None
    agent: str = "scripted"
    user: str = "scripted"

    def manifest(self) -> dict[str, Any]:
        """What decides every byte of the run."""
        return {
            "spec": self.desk.name, "spec_hash": self.desk.hash, "world_hash": stable_hash(self.state), "n": self.n,
            "seed": self.seed, "scenario": self.glob, "agent": self.agent, "user": self.user,
            "versions": {"cove-dsl": version("cove-dsl"), "python": sys.version.split()[0]},
        }  # fmt: skip


def synthesize(order: Order, folder: Path, progress: Progress = lambda done: None) -> dict[str, Any]:
    """Makes or completes a run; its summary. Raises OtherRun, NoTask."""
    store = RunStore(folder, order.manifest())
    done = store.open()
    store.world(order.state)
    world = World(order.desk.program, world_of(order.state, order.desk.program))
    sampler = Sampler(order.desk, world, order.seed, order.glob)
    head = {"tools": tool_schemas(order.desk.spec), "system": render_agent(order.desk.spec)}
    progress(done)
    for index in range(done, order.n):
        store.add(_row(sampler, sampler.task(index), head))
        progress(index + 1)
    summary = summarize(order.manifest(), store.rows())
    store.finish(summary)
    return summary


def _row(sampler: Sampler, task: Task, head: dict[str, Any]) -> dict[str, Any]:
    """One dialogue with its task, its report, and what was drawn before it and not kept."""
    desk = sampler.desk
    dropped = {f"{scenario}: {reason}": n for (scenario, reason), n in sorted(sampler.dropped.items())}
    sampler.dropped.clear()
    start = World(desk.program, apply_start(sampler.world.inner, list(task.start)))
    user, agent = ScriptedUser(task, desk.spec), ScriptedAgent(task, desk, start, sampler.shape)
    opening = [{"role": "system", "content": head["system"]}]
    held = hold(user, agent, Sandbox(desk.program, start.inner.fork()), opening)
    cove = task.cove_object()
    report = desk.verify(held.messages, start, {"cove": cove}).data
    return {
        "id": task.id, "messages": held.messages, "tools": head["tools"], "start": [list(p) for p in task.start],
        "cove": cove, "ended": held.ended, "dropped": dropped, "report": report,
    }  # fmt: skip


def summarize(manifest: dict[str, Any], rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The yield by scenario, the verdicts, the broken rules, what was dropped, and the length of a run's dialogues."""
    verdicts: Counter[str] = Counter()
    made: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    turns = calls = total = good = 0
    for row in rows:
        report = row["report"]
        verified = report["score"] == 1 and row["ended"] == "user_stop"
        verdicts[report["verdict"]] += 1
        made.update(row["cove"]["scenario"])
        kept.update(row["cove"]["scenario"] if verified else ())
        broken.update(r["rule"] for r in report.get("rules", ()) if r["verdict"] == "violated")
        dropped.update(row["dropped"])
        turns += sum(m["role"] == "user" for m in row["messages"])
        calls += sum(m["role"] == "tool" for m in row["messages"])
        total, good = total + 1, good + verified
    return {
        "run": manifest, "dialogues": total, "verified": good, "verdicts": dict(sorted(verdicts.items())),
        "broken": dict(sorted(broken.items())), "dropped": dict(sorted(dropped.items())),
        "scenarios": {name: {"made": n, "verified": kept[name]} for name, n in sorted(made.items())},
        "mean_user_turns": round(turns / max(total, 1), 2), "mean_calls": round(calls / max(total, 1), 2),
    }  # fmt: skip


__all__ = ["Order", "summarize", "synthesize"]
