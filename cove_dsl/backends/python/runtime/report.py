"""What a conversation came to: the outcome against what was wanted, the rules, and one score.

The outcome looks at the end, not at the way there: any calls in any order that reach an acceptable world are right.
How the score is made, and what it guarantees, is written in `docs/scoring.md`.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from .engine import Run
from .events import Trajectory, TrajectoryError, read_trajectory
from .opening import BadInput, begin, open_world
from .outcome import NO_TASK, judge_outcome
from .sandbox import Judgement, Program, RuleInfo
from .wanted import read_wanted, require_same_version
from .world import World

MOST_MISMATCHES = 20


def verify_conversation(
    program: Program,
    messages: Any,
    state: Any = None,
    task: Any = None,
    rules: Any = None,
    done: bool | None = None,
    start: Any = None,
    sync_plans: bool = True,
    helping: frozenset[str] = frozenset(),
    cut: bool = False,
) -> dict[str, Any]:
    """Judges one conversation. Never raises on bad input: the report then says what is wrong and knows nothing.

    `state`: a JSON state, an opened `World`, or None. `task`: a record with gold, or None. `rules`: names to judge.
    `helping`: names judged too, because others presuppose them, and left out of the report.
    `sync_plans`: whether `sync` follows the calls of the task's plan, as it follows those of the conversation.
    `cut`: whether a conversation that ends with a call broke off there: what the agent still owes is then unknown.
    """
    try:
        trajectory = read_trajectory(messages)
        world = begin(program, open_world(program, state), start)
        require_same_version(program, task)
        wanted = read_wanted(task)
    except TrajectoryError as error:
        return refused(str(error))
    except BadInput as error:
        return refused(str(error))
    cut = cut and bool(trajectory.events) and trajectory.events[-1].kind == "call"
    judged = rules if rules is None else helping.union(rules)
    run, origin = walk_doubting(program, trajectory, world, judged, cut)
    outcome = judge_outcome(program, trajectory, run, origin, wanted, done, sync_plans)
    report = assemble_report(run, origin, outcome, rule_reports(program, run, rules))
    run.release()
    trajectory.release()
    return report


def refused(reason: str) -> dict[str, Any]:
    """The report of a record that cannot be judged."""
    return {"verdict": "unknown", "score": None, "error": reason}


def walk_through(
    program: Program,
    trajectory: Trajectory,
    world: World,
    rules: Any = None,
    cut: bool = False,
    doubts: Callable[[set[str]], World | None] | None = None,
) -> Run:
    """Every event of a conversation judged in order. `cut`: see `Run.finish`. `doubts`: the world in which a walk that
    has come upon these contradictions is made again; what is left of this one then goes by without judging."""
    run = Run(program if rules is None else _only(program, rules), world)
    begin, observe = run.begin, run.observe
    step, known = None, 0
    for event in trajectory.events:
        if event.step is not step:
            step = event.step
            begin(step)
        observe(event)
        if doubts is not None and len(run.contradicted) > known:
            known = len(run.contradicted)
            if doubts(run.contradicted) is not None:
                run.stop_judging()
                doubts = None
    run.finish(cut)
    return run


def walk_doubting(
    program: Program, trajectory: Trajectory, world: World, rules: Any = None, cut: bool = False
) -> tuple[Run, World]:
    """The same in the world given as far as the conversation bears it out, and the world in which it began.

    What a recorded result contradicts was not so when the conversation began, and what was judged before it came up
    rested on it. So the conversation is judged again: first with rows that the state lacks unknown instead of absent,
    and, where that does not do, with nothing known of what is contradicted. The mismatches are those with the world
    given.
    """
    start = world
    runs: list[Run] = []
    while True:
        run = walk_through(program, trajectory, start.fork(), rules, cut, start.doubting)
        doubted = start.doubting(run.contradicted) if run.contradicted else None
        if doubted is None:
            break
        runs.append(run)
        start = doubted
    run.mismatches = runs[0].mismatches if runs else run.mismatches
    for earlier in runs:
        earlier.release()
    return run, start


def _only(program: Program, rules: Any) -> Program:
    """A specification with some of its rules. Where none is left, nobody looks back."""
    chosen = {n: r for n, r in program.rules.items() if n in rules}
    return program._replace(rules=chosen, patterns=program.patterns if chosen else ())


def rule_reports(program: Program, run: Run, rules: Any = None) -> list[dict[str, Any]]:
    """A line for every rule: what it came to, at which events, and whose fault it was."""
    by_rule: dict[str, list[Judgement]] = {}
    for found in run.judgements:
        if found.rule in by_rule:
            by_rule[found.rule].append(found)
        else:
            by_rule[found.rule] = [found]
    return [
        _rule_report(name, rule, by_rule.get(name, _NONE_JUDGED))
        for name, rule in program.rules.items()
        if rules is None or name in rules
    ]


_NONE_JUDGED: list[Judgement] = []


def _rule_report(name: str, rule: RuleInfo, judged: list[Judgement]) -> dict[str, Any]:
    """What one rule came to: violated where it was so once, else unknown where it was so once."""
    _, when, _, basis, severity, _, text, _, span, _ = rule
    positions: set[int] = set()
    wrong: list[Judgement] = []
    doubtful: list[Judgement] = []
    for found in judged:
        positions.add(found.position)
        if found.verdict != "satisfied":
            (doubtful if found.verdict == "unknown" else wrong).append(found)
    line = {
        "rule": name, "verdict": "satisfied", "basis": basis, "severity": severity, "triggered": len(positions),
        "events": [], "blame": None, "message": text, "span": span,
    }  # fmt: skip
    if when == "judged":
        line |= {"verdict": "unknown", "severity": "judged"}
    elif wrong or doubtful:
        line["blame"] = blame = next((j.role for j in wrong if j.verdict == "violated"), None)
        line["verdict"] = "violated" if blame else "unknown" if doubtful else "satisfied"
        line["events"] = [_event(j) for j in wrong + doubtful]
        line["message"] = _message(text, wrong or doubtful)
    return line


def _event(found: Judgement) -> dict[str, Any]:
    if found.call is None:
        return {"message": found.message, "label": found.label, "verdict": found.verdict}
    return {"message": found.message, "call": found.call, "label": found.label, "verdict": found.verdict}


def _message(text: str, wrong: list[Judgement]) -> str:
    if not wrong:
        return text
    reasons = {j.text or j.label: None for j in wrong}
    reasons.pop("", None)
    return f"{text} ({'; '.join([*reasons][:3])})" if reasons else text


def worst(verdicts: Iterable[str]) -> str:
    found = frozenset(verdicts)
    return "violated" if "violated" in found else "unknown" if "unknown" in found else "satisfied"


def assemble_report(
    run: Run, start: World, outcome: dict[str, Any] | None, rules: list[dict[str, Any]]
) -> dict[str, Any]:
    """One object: verdict, score, outcome, rules, world."""
    binding = [r["verdict"] for r in rules if r["severity"] == "error"]
    verdict = worst([*binding, *([outcome["verdict"]] if outcome else [])])
    mismatches = [
        {"event": {"message": call.message, "call": call.call}, "expected": result.value, "recorded": call.result_text}
        for call, result in run.mismatches[:MOST_MISMATCHES]
    ]
    odd = [
        {
            "event": {"message": call.message, "call": call.call}, "tool": call.tool,
            "problem": "unreadable arguments" if call.tool in run.tools else "unknown tool",
        }
        for call in run.odd[:MOST_MISMATCHES]
    ]  # fmt: skip
    return {
        "verdict": verdict, "score": score(outcome, rules), "outcome": outcome or dict(NO_TASK), "rules": rules,
        "world": {"hash": run.world.digest() if run.world.complete else None, "mismatches": mismatches},
        "odd_calls": odd,
    }  # fmt: skip


def score(outcome: dict[str, Any] | None, rules: list[dict[str, Any]]) -> float | None:
    """The share of what was wanted that is met, divided by one more than the redundant writes and by one more than the
    broken rules. Null where an unknown verdict could change it: where nothing is met, no rule can."""
    binding = [r for r in rules if r["severity"] == "error"]
    if (
        outcome is None
        or (outcome["parts"]["met"] and any(r["verdict"] == "unknown" for r in binding))
        or "unknown" in (outcome["said"], outcome.get("asserted"))
        or outcome["parts"].get("unknown")
        or (outcome.get("compares_end", True) and (outcome["state"] == "unknown" or outcome.get("plan_errors")))
    ):
        return None
    parts = outcome["parts"]
    broken = sum(r["verdict"] == "violated" for r in binding)
    exact = Fraction(parts["met"], parts["of"]) / (1 + len(outcome["redundant"])) / (1 + broken)
    return 1.0 if exact == 1 else min(round(float(exact), 6), 0.999999)
