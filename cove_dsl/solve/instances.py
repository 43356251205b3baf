"""Can each scenario be played out in this very database? Evaluation comes first: a draw whose plan is carried out in
the sandbox, and breaks no rule about world and call, is a proof. Only a scenario for which no draw was found is asked
of the solver: what no world has, this one has not either.
"""

import time
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ..backends.smt import check_scenario
from ..core.spec import Spec
from ..synthesis.sample import NoTask, Sampler
from ..world.desk import Desk, World
from ..world.state import world_of
from .errors import EVERY_WORLD

TRIED = "a plan that was carried out in it"
REFUSED = "a call that is refused in it, and a plan for what is right"


def instances(spec: Spec, state: Any, globs: tuple[str, ...] = (), seed: int = 0) -> Iterator[dict[str, Any]]:
    """`{scenario, status, argument, plan, bindings, dropped, millis}` for each scenario over a database."""
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


def _instance(sampler: Sampler, name: str) -> dict[str, Any]:
    sampler.dropped.clear()
    try:
        task = sampler.task(0)
    except NoTask as none:
        why = Counter(reason for _, reason in sampler.dropped.elements()).most_common(1)
        return {
            "scenario": name,
            "status": "unknown",
            "argument": why[0][0] if why else str(none),
            "plan": [],
            "bindings": {},
        }
    plan = task.accept[0] if task.accept else []
    return {
        "scenario": name,
        "status": "sat",
        "argument": REFUSED if task.refusal else TRIED,
        "plan": plan,
        "bindings": task.bindings,
    }


__all__ = ["instances"]
