"""The end of a conversation against what was wanted: the world, what had to be said, what had to hold.

It looks at the end, not at the way there: any calls in any order that reach an acceptable world are right.
"""

import re
from typing import Any

from .ends import differences, run_plan, without_sync
from .engine import Run
from .events import Call, Trajectory
from .facts import dates_in
from .language import declines, says_amount
from .likeness import alike
from .redundant import fewest
from .sandbox import Program, Result, Sandbox
from .shapes import conforms
from .values import UNKNOWN, OverBudget, fresh_budget, is_number
from .wanted import Asserted, Wanted
from .world import World

_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}):([0-9]{2})\S*)?")
_TIME = re.compile(r"(?<![0-9:.])([0-9]{1,2})(?:[:.]([0-9]{2}))?(?: ?([ap])\.?m\b)?(?![0-9:])")

NO_TASK: dict[str, Any] = {
    "verdict": "unknown", "state": "absent", "said": "absent", "asserted": "absent", "actions": "absent",
    "missing": [], "redundant": [], "benchmark_reward": None,
}  # fmt: skip


def judge_outcome(
    program: Program,
    trajectory: Trajectory,
    run: Run,
    start: World,
    wanted: Wanted | None,
    done: bool | None = None,
    sync_plans: bool = True,
) -> dict[str, Any] | None:
    """The end against what was wanted; None without a task."""
    if wanted is None:
        return None
    best: dict[str, Any] | None = None
    words = [(s.text or "").lower().replace(",", "") for s in trajectory.steps if s.role == "agent"]
    said = [_said(item, words, trajectory) for item in wanted.said]
    asserted = [(a, _holds(program, run.world, a)) for a in wanted.asserted]
    earned = [ok for a, ok in asserted if ok is not True or _holds(program, start, a) is not True]
    for plan in wanted.plans:
        found = _against(program, run, start, plan, sync_plans, wanted.frame)
        if (
            best is None
            or found["met"] * best["parts"] > best["met"] * found["parts"]
            or (found["state"] == "met") > (best["state"] == "met")
        ):
            best = found
        if best["state"] == "met":
            break
    assert best is not None
    return _outcome(best, said, asserted, earned, wanted, trajectory, done)


def _holds(program: Program, end: World, asserted: Asserted) -> Any:
    """Whether a named condition comes to what it must at the end; unknown where nobody can tell."""
    known = program.assertions.get(asserted.name)
    if known is None or asserted.arguments.keys() - {name for name, _ in known.params}:
        return UNKNOWN
    arguments = [(asserted.arguments.get(name), kind) for name, kind in known.params]
    if not all(conforms(value, kind, program.records) for value, kind in arguments):
        return UNKNOWN
    fresh_budget()
    try:
        found = known.run(Sandbox(program, end), *(value for value, _ in arguments))
    except OverBudget:
        return UNKNOWN
    return found is asserted.value if isinstance(found, bool) else UNKNOWN


def _against(
    program: Program,
    run: Run,
    start: World,
    plan: list[tuple[str, str, dict[str, Any]]],
    sync_plans: bool,
    frame: bool,
) -> dict[str, Any]:
    goal, results = run_plan(program if sync_plans else without_sync(program), start, plan)
    if run.strayed or not (start.complete and run.world.complete and goal.complete):
        return {
            "state": "unknown", "missing": [], "redundant": [], "parts": 1, "met": 0, "plan": plan, "errors": [],
        }  # fmt: skip
    wanted, missing = differences(run.world, goal, start)
    if frame:
        wanted, missing = 0, [m for m in missing if m["kind"] == "unwanted"]
    unmet = sum(m["kind"] == "missing" for m in missing)
    extra = fewest(program, start, run.writes, goal) if not missing and not frame else []
    parts = len(missing) if frame else max(wanted + len(missing) - unmet, 1)
    met = wanted - unmet if wanted or frame else int(not missing)
    return {
        "state": "unmet" if missing else "met",
        "missing": missing,
        "redundant": extra,
        "parts": parts,
        "met": met,
        "plan": plan,
        "errors": plan_errors(program, plan, results),
    }


def plan_errors(program: Program, plan: list[tuple[str, str, dict[str, Any]]], results: list[Result]) -> list[Any]:
    """What a task's own plan cannot do: a write that is refused, a tool or an argument that is not declared. Such a
    task may pay for doing nothing, so nothing is paid for it."""
    sandbox = Sandbox(program, World(program.schema, {}))
    found = []
    for i, ((_, name, arguments), result) in enumerate(zip(plan, results, strict=True)):
        tool = program.tools.get(name)
        wrong = tool is None or sandbox.argument_problem(tool, arguments) is not None
        if result.ok is False and (wrong or (tool is not None and tool.kind == "write")):
            found.append({"action": i, "tool": name, "error": result.value})
    return found


def _outcome(
    best: dict[str, Any],
    said: list[Any],
    asserted: list[tuple[Asserted, Any]],
    earned: list[Any],
    wanted: Wanted,
    trajectory: Trajectory,
    done: bool | None,
) -> dict[str, Any]:
    compares = wanted.compares_end
    missing = list(best["missing"])
    missing += [
        {"kind": "unsaid", "at": str(item.get("name") or item.get("text")), "fields": []}
        for item, ok in zip(wanted.said, said, strict=True)
        if ok is False
    ]
    missing += [{"kind": "unmet", "at": a.name, "fields": []} for a, ok in asserted if ok is False]
    told, held = _together(said), _together([ok for _, ok in asserted])
    acted = _acted(best["plan"], wanted.compared, trajectory)
    if not compares and "ACTION" in wanted.basis:
        asserted, earned = [*asserted, (Asserted("actions", {}, True), acted)], [*earned, acted]
    states = (best["state"] if compares else "met", told, _together([ok for _, ok in asserted]))
    unsure = "unknown" in states or (compares and bool(best["errors"]))
    verdict = "violated" if "unmet" in states else "unknown" if unsure else "satisfied"
    parts = {
        "DB": best["state"], "COMMUNICATE": told if said else "met", "ENV_ASSERTION": held if asserted else "met",
        "ACTION": "met" if acted else "unmet",
    }  # fmt: skip
    owed = [*said, *(earned or [ok for _, ok in asserted])]
    return {
        "verdict": verdict, "state": best["state"], "said": told, "asserted": held, "compares_end": compares,
        "actions": "met" if acted else "unmet", "missing": missing,
        "redundant": [_place(c) for c in best["redundant"]] if compares else [], "plan_errors": best["errors"],
        "benchmark_reward": _reward(parts, wanted.basis, trajectory, done),
        "parts": {
            "met": (best["met"] if compares else 0) + sum(o is True for o in owed),
            "of": (best["parts"] if compares else 0) + len(owed), "unknown": owed.count(UNKNOWN),
        },
    }  # fmt: skip


def _together(found: list[Any]) -> str:
    """Several answers as one: absent, met, unmet, unknown."""
    return "absent" if not found else "unmet" if False in found else "unknown" if UNKNOWN in found else "met"


def _acted(
    plan: list[tuple[str, str, dict[str, Any]]], compared: list[list[str] | None], trajectory: Trajectory
) -> bool:
    """Whether every call of a plan was made, as far as its compared arguments tell."""
    calls = [(e.tool, e.arguments) for e in trajectory.events if e.kind == "call"]
    for i, (_, name, arguments) in enumerate(plan):
        only = compared[i] if i < len(compared) else None
        wanted = arguments if only is None else {n: v for n, v in arguments.items() if n in only}
        given = [a if only is None else {n: v for n, v in a.items() if n in only} for tool, a in calls if tool == name]
        if not any(alike(wanted, g) for g in given):
            return False
    return True


def _said(item: dict[str, Any], words: list[str], trajectory: Trajectory) -> Any:
    """Whether something owed was said, or a call that changes nothing made: a text anywhere in the agent's words, an
    amount in any usual form."""
    if item.get("call"):
        return any(e.kind == "call" and e.tool == item["call"] and e.ok is True for e in trajectory.events)
    if item.get("refusal"):
        return any(s.text is not None and declines(s.text) for s in trajectory.steps if s.role == "agent")
    if is_number(item.get("amount")):
        answers = [says_amount(s.text, item["amount"]) for s in trajectory.steps if s.role == "agent" and s.text]
        return True if True in answers else UNKNOWN if None in answers else False
    text = str(item.get("text", "")).lower().replace(",", "")
    if any(text in said for said in words):
        return True
    moment = _MOMENT.fullmatch(str(item.get("text", "")))
    return _says_moment(moment, trajectory) if moment is not None else False


def _says_moment(moment: re.Match[str], trajectory: Trajectory) -> Any:
    """Whether a day, and the time of day if there is one, was told as people tell it: `21 May 2026, 8:00 am`. Unknown
    where the day was told and no time that could be read."""
    day, hour, minute = moment.groups()
    told = [s.text for s in trajectory.steps if s.role == "agent" and s.text]
    told = [text for text in told if {day, day[4:]} & dates_in(text)]
    if not told or hour is None:
        return bool(told)
    times = {time for text in told for time in _times(text)}
    return True if (int(hour), int(minute)) in times else UNKNOWN if not times else False


def _times(text: str) -> set[tuple[int, int]]:
    """The times of day that a text states in digits: with minutes, or before or after noon, or both."""
    found = set()
    for hour, minute, half in _TIME.findall(text.lower()):
        if minute or half:
            at = int(hour) % 12 + 12 * (half == "p") if half else int(hour)
            found.add((at, int(minute or 0)))
    return found


def _reward(parts: dict[str, str], basis: tuple[str, ...], trajectory: Trajectory, done: bool | None) -> int | None:
    """The benchmark's own product over its basis, where no reader is needed; zero unless the conversation was ended."""
    if not basis:
        return None
    if done is False or (done is None and trajectory.ended is None):
        return 0 if done is False else None
    states = [parts.get(b, "unknown") for b in basis]
    if "unmet" in states:
        return 0
    return None if "unknown" in states else 1


def _place(call: Call) -> dict[str, Any]:
    return {"event": {"message": call.message, "call": call.call}, "tool": call.tool}
