"""Worlds at the end: how a plan leaves one, and where it differs from how it should be."""

from collections.abc import Iterable, Iterator
from typing import Any

from .likeness import alike
from .sandbox import Program, Result, Sandbox
from .world import World


def without_sync(program: Program) -> Program:
    """A specification in which nothing follows a call."""
    return program._replace(sync=None, sync_writes=())


def run_plan(
    program: Program, world: World, plan: Iterable[tuple[str, str, dict[str, Any]]]
) -> tuple[World, list[Result]]:
    """The world after some calls, and what they gave. What only reads is not run where nothing follows a call."""
    sandbox = Sandbox(program, world.fork())
    results = []
    for _, name, arguments in plan:
        tool = program.tools.get(name)
        idle = tool is not None and tool.kind == "read" and tool.run is not None and program.sync is None
        problem = sandbox.argument_problem(tool, arguments) if idle and tool is not None else None
        quick = Result(problem is None, problem) if idle else None
        results.append(quick or sandbox.call(name, arguments, keep=False))
    return sandbox.world, results


def differences(end: World, wanted: World, start: World) -> tuple[int, list[dict[str, Any]]]:
    """How many changes were wanted, and where the end differs from them: wanted but not there, there but not wanted."""
    goal = wanted.changes(start)
    found = []
    for place, want, have in sorted(unlike(end, wanted, goal), key=lambda unlike: unlike[0]):
        found.append(
            {
                "kind": "missing" if place in goal else "unwanted",
                "at": f"/{place[0]}/{place[1]}".replace("//", "/"),
                "fields": _fields(want, have),
            }
        )
    return len(goal), found


def unlike(end: World, wanted: World, goal: Any) -> Iterator[tuple[tuple[str, str], Any, Any]]:
    """The places where an end is not as wanted, what was wanted there and what is. `goal`: what was to change."""
    for place in goal.keys() | end.written():
        want = goal[place][1] if place in goal else wanted.single(place[1]) if place[0] == "" else wanted.row(*place)
        have = end.single(place[1]) if place[0] == "" else end.row(*place)
        if want is not have and not alike(want, have):
            yield place, want, have


def _fields(want: Any, have: Any) -> list[dict[str, Any]]:
    """The fields in which two rows differ."""
    if not isinstance(want, dict) or not isinstance(have, dict):
        return [{"field": "", "wanted": want, "found": have}]
    return [
        {"field": k, "wanted": want.get(k), "found": have.get(k)}
        for k in sorted(want.keys() | have.keys())
        if not alike(want.get(k), have.get(k))
    ]
