"""Can each scenario be played out in this very database? Evaluation comes first: a draw whose conversation scripted
parties hold in the sandbox, and in which the checker finds nothing wrong, is a proof. Only a scenario for which there
was none is asked of the solver: what no world has, this one has not either.
"""

import time
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ..backends.python.runtime.sandbox import Sandbox
from ..backends.smt import check_scenario
from ..backends.smt.bounded.around import binding
from ..core.spec import Spec
from ..synthesis.dialogue import hold_now
from ..synthesis.sample import NoTask, Sampler
from ..synthesis.scripted_agent import ScriptedAgent
from ..synthesis.scripted_user import ScriptedUser
from ..synthesis.tasks import Task
from ..world.desk import Desk, World
from ..world.generate import GenerateError, generate_world
from ..world.state import apply_start, world_of
from .errors import EVERY_WORLD

TRIED = "a plan that was carried out in it"
HELD = "a conversation that was held in it"
REFUSED = "a call that is refused in it, and a conversation that does what is right"
NO_ROWS = "it has no rows that its picks ask for"
UNHEARD = "its calls can be carried out, but in no conversation that was tried are all rules kept"
TASKS = 3  # drawn of a scenario, until the conversation of one keeps every rule


def instances(spec: Spec, state: Any, globs: tuple[str, ...] = (), seed: int = 0) -> Iterator[dict[str, Any]]:
    """`{scenario, status, argument, plan, bindings, refused, millis}` for each scenario over a database."""
    desk = Desk(spec)
    sampler = Sampler(desk, World(desk.program, world_of(state, desk.program)), seed)
    scenes = dict(sampler.scenes)
    for name, scenario in spec.scenarios.items():
        if globs and not any(fnmatchcase(name, g) for g in globs):
            continue
        began = time.perf_counter()
        sampler.scenes = {name: scenes[name]}
        row = _instance(sampler, name)
        if row["status"] == "unknown" and scenario.refusal is None and check_scenario(spec, scenario).status == "unsat":
            row |= {"status": "unsat", "argument": EVERY_WORLD}
        yield row | {"millis": round((time.perf_counter() - began) * 1000)}


def played_out(spec: Spec, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Of some scenarios, those that can be played out in the specification's own world, each with its row."""
    if not names or spec.generate is None:
        return {}
    try:
        state = generate_world(spec, 0)
    except (GenerateError, ModuleNotFoundError):
        return {}
    return {row["scenario"]: row for row in instances(spec, state, names) if row["status"] == "sat"}


def _instance(sampler: Sampler, name: str) -> dict[str, Any]:
    sampler.dropped.clear()
    plain = all(rule.basis == "contract" for rule in binding(sampler.desk.spec))
    argument, task = "", None
    for index in range(TASKS):
        try:
            task = sampler.task(index)
        except NoTask as none:
            if name in sampler.barren:
                return _row(name, "unsat", NO_ROWS, None)
            why = Counter(reason for _, reason in sampler.dropped.elements()).most_common(1)
            argument = argument or (why[0][0] if why else str(none))
            break
        if plain or _held(sampler, task):
            argument = REFUSED if task.refusal else TRIED if plain else HELD
            return _row(name, "sat", argument, task)
        argument = UNHEARD
    return _row(name, "unknown", argument, task)


def _row(name: str, status: str, argument: str, task: Task | None) -> dict[str, Any]:
    plan = task.accept[0] if task is not None and task.accept else []
    bindings = task.bindings if task is not None else {}
    refused = task is not None and task.refusal is not None
    return {"scenario": name, "status": status, "argument": argument, "plan": plan, "bindings": bindings,
            "refused": refused}  # fmt: skip


def _held(sampler: Sampler, task: Task) -> bool:
    """Whether scripted parties hold a conversation about a task in which nothing is wrong and nothing unknown."""
    desk, start = sampler.desk, World(sampler.desk.program, apply_start(sampler.world.inner, list(task.start)))
    agent, user = ScriptedAgent(task, desk, start, sampler.shape), ScriptedUser(task, desk.spec)
    held = hold_now(user, agent, Sandbox(desk.program, start.inner.fork()))
    report = desk.verify(held.messages, start, {"cove": task.cove_object()}).data
    return bool(report["score"] == 1)


__all__ = ["instances", "played_out"]
