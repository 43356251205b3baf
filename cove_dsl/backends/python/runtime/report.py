"""What a conversation came to: the outcome against what was wanted, the rules, and one score.

The outcome looks at the end, not at the way there: any calls in any order that reach an acceptable world are right.
How the score is made, and what it guarantees, is written in `docs/scoring.md`.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from .engine import Run, alike
from .events import Call, Trajectory, TrajectoryError, parse_json, read_trajectory
from .language import declines, says_amount
from .sandbox import Judgement, Program, Result, RuleInfo, Sandbox
from .shapes import conforms, shape_problem
from .start import apply_start
from .values import UNKNOWN, OverBudget, fresh_budget, is_number
from .world import World

MOST_REPLAYS = 4_096
MOST_MISMATCHES = 20


class BadInput(Exception):
    """A state or task of the wrong shape; the text says where."""


# --- worlds ---------------------------------------------------------------------------------------------------------


def open_world(program: Program, state: Any) -> World:
    """A world over a JSON state; None: nothing is known. Raises BadInput."""
    if state is None:
        return World(program.schema, {}, complete=False)
    if isinstance(state, World):
        return state.fork()
    try:
        state = exact_state(state)
    except ValueError as error:
        raise BadInput(str(error)) from None
    problem = state_problem(program, state)
    if problem is not None:
        raise BadInput(problem)
    return World(program.schema, program.schema.load(state))


def begin(program: Program, world: World, start: Any) -> World:
    """The world in which a conversation begins: `start` puts values at pointers. Raises BadInput."""
    if not start:
        return world
    try:
        made = apply_start(world, exact_state(start))
    except ValueError as error:
        raise BadInput(f"start: {error}") from None
    states = dict(program.states)
    for (table, key), (_, row) in made.changes(world).items():
        kind = ("record", program.rows[table]) if table else states[key]
        problem = shape_problem(row, kind, program.records, f"/{table}/{key}") if row is not None else None
        if problem is None and table and row is not None and row[program.schema.tables[table][0]] != key:
            problem = f"/{table}/{key} must stand at its own key"
        if problem is not None:
            raise BadInput(f"start: {problem}")
    return made


def exact_state(value: Any) -> Any:
    """JSON as any reader gives it, its floats made exact decimals; what holds none is handed back as it is."""
    if isinstance(value, dict):
        made = {k: exact_state(v) for k, v in value.items()}
        return value if all(made[k] is value[k] for k in made) else made
    if isinstance(value, list):
        items = [exact_state(v) for v in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return parse_json(repr(value)) if isinstance(value, float) else value


def state_problem(program: Program, state: Any) -> str | None:
    """Why a JSON state is no world of this desk, or None."""
    if not isinstance(state, dict):
        return "the state must be an object"
    if state.get("cove_hash", program.hash) != program.hash:
        return "the state was made for another version of this specification"
    stray = program.schema.stray({name: value for name, value in state.items() if name != "cove_hash"})
    if stray is not None:
        return f"{stray} is no table or state of `{program.name}`"
    state = program.schema.flat(state)
    for name, kind in program.states:
        problem = shape_problem(state.get(name), kind, program.records, f"/{name}")
        if problem is not None:
            return problem
    for table, record in program.rows.items():
        problem = _table_problem(program, state, table, record)
        if problem is not None:
            return problem
    return None


def _table_problem(program: Program, state: Any, table: str, record: str) -> str | None:
    rows = state.get(table)
    key = program.schema.tables[table][0]
    if isinstance(rows, list):
        if any(not isinstance(row, dict) or not isinstance(row.get(key), str) for row in rows):
            return f"/{table}: every row must be an object with a text `{key}`"
        if len({row[key] for row in rows}) < len(rows):
            return f"/{table}: two rows have the same `{key}`"
        rows = {row[key]: row for row in rows}
    if not isinstance(rows, dict):
        return f"/{table} must be an object or a list of rows"
    for name, row in rows.items():
        problem = shape_problem(row, ("record", record), program.records, f"/{table}/{name}")
        if problem is not None:
            return problem
        if row[key] != name:
            return f"/{table}/{name}/{key} must equal the row's own key"
    return None


# --- what was wanted ------------------------------------------------------------------------------------------------


class Wanted:
    """A task: acceptable ways to the end (each a list of calls), things that must be said, conditions that the end must
    meet. `compared`: for each action of the first plan, the arguments that tell whether it was made (None: all)."""

    __slots__ = ("asserted", "basis", "compared", "plans", "refusal", "said")

    def __init__(
        self,
        plans: list[list[tuple[str, str, dict[str, Any]]]],
        said: list[dict[str, Any]],
        basis: tuple[str, ...],
        refusal: bool,
        asserted: list["Asserted"] | None = None,
        compared: list[list[str] | None] | None = None,
    ) -> None:
        self.plans, self.said, self.basis, self.refusal = plans, said, basis, refusal
        self.asserted, self.compared = asserted or [], compared or []

    @property
    def frame(self) -> bool:
        """Whether the end may differ from the plans' wherever these change something: assertions decide there."""
        return bool(self.asserted) and "ENV_ASSERTION" not in self.basis

    @property
    def compares_end(self) -> bool:
        """Whether the end is held against the plans'. Where a task rests on assertions, its plan is an example."""
        return not self.asserted or "DB" in self.basis or "ENV_ASSERTION" not in self.basis


class Asserted(NamedTuple):
    """A condition that a task names: an assertion of the specification, its arguments, and what it must come to."""

    name: str
    arguments: dict[str, Any]
    value: bool


def require_same_version(program: Program, task: Any) -> None:
    """A task that names the specification it was made for is judged by that one only. Raises BadInput."""
    cove = task.get("cove") if isinstance(task, dict) else None
    made_for = cove.get("spec") if isinstance(cove, dict) else None
    if made_for is not None and made_for != program.hash:
        raise BadInput("the task was made for another version of this specification")


def read_wanted(task: Any) -> Wanted | None:
    """The task of a record, whichever shape it has; None if it has none. Raises BadInput."""
    if not isinstance(task, dict):
        return None
    try:
        return _wanted(task)
    except (TypeError, AttributeError, KeyError, ValueError):
        raise BadInput("the task has a wrong shape") from None


def _wanted(task: dict[str, Any]) -> Wanted | None:
    cove = task.get("cove")
    if cove is not None and not (isinstance(cove, dict) and "accept" in cove):
        raise BadInput("`cove` must be an object with `accept`: the plans that are acceptable")
    for name, kind in (("task", dict), ("gold_actions", list)):
        if task.get(name) is not None and not isinstance(task[name], kind):
            raise BadInput(f"`{name}` must be {'an object' if kind is dict else 'a list'}")
    if isinstance(cove, dict) and "accept" in cove:
        plans = [[_call(c) for c in plan] for plan in cove["accept"]]
        if not plans:
            raise BadInput("the task accepts nothing: `accept` is empty")
        said = [_owed(item) for item in cove.get("said", ())]
        asserted = [_asserted(a) for a in cove.get("asserted") or ()]
        return Wanted(plans, said, ("DB", "COMMUNICATE"), bool(cove.get("refusal")), asserted)
    inner: dict[str, Any] = task["task"] if isinstance(task.get("task"), dict) else task
    criteria = inner.get("evaluation_criteria")
    if isinstance(criteria, dict):
        said = [{"text": t} for t in criteria.get("communicate_info") or ()]
        actions = criteria.get("actions") or ()
        basis = tuple(criteria.get("reward_basis") or ())
        asserted = [_asserted(a) for a in criteria.get("env_assertions") or ()]
        compared = [_compared(a) for a in actions]
        return Wanted([[_call(c) for c in actions]], said, basis, False, asserted, compared)
    actions = inner.get("actions") if isinstance(inner.get("actions"), list) else task.get("gold_actions")
    if not isinstance(actions, list):
        return None
    said = [{"text": t} for t in inner.get("outputs") or ()]
    return Wanted([[_call(c) for c in actions]], said, ("DB", "COMMUNICATE") if "outputs" in inner else ("DB",), False)


def _owed(item: Any) -> dict[str, Any]:
    """Something that must be said: a text, an amount, a refusal; or a call that must be made."""
    found = [k for k in OWED if isinstance(item, dict) and item.get(k) is not None]
    value = exact_state(item[found[0]]) if len(found) == 1 else None
    right = {"amount": is_number(value), "refusal": value is True}
    if value is None or not right.get(found[0], isinstance(value, str) and bool(value.strip())):
        raise BadInput("an item of `said` must hold one of `text`, `amount`, `call` and `refusal`")
    return {**item, found[0]: value}


OWED = ("text", "amount", "call", "refusal")


def _asserted(item: Any) -> Asserted:
    """An assertion of a benchmark's task."""
    if isinstance(item, dict) and isinstance(item.get("func_name"), str):
        arguments, value = item.get("arguments"), item.get("assert_value")
        if isinstance(arguments, (dict, type(None))) and isinstance(value, (bool, type(None))):
            return Asserted(item["func_name"], exact_state(arguments or {}), value is not False)
    raise BadInput("an assertion of the task must be an object with `func_name` and `arguments`")


def _compared(action: Any) -> list[str] | None:
    names = action.get("compare_args") if isinstance(action, dict) else None
    if names is None or (isinstance(names, list) and all(isinstance(n, str) for n in names)):
        return names
    raise BadInput("`compare_args` of an action must be a list of argument names")


def _call(action: Any) -> tuple[str, str, dict[str, Any]]:
    """Requestor, tool and arguments of a wanted call."""
    if isinstance(action, dict) and isinstance(action.get("name"), str):
        arguments = action.get("arguments", action.get("kwargs"))
        if isinstance(arguments, dict):
            return action.get("requestor") or "assistant", action["name"], arguments
    raise BadInput("an action of the task must be an object with `name` and `arguments`")


# --- the outcome ----------------------------------------------------------------------------------------------------


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
    for place, want, have in sorted(_unlike(end, wanted, goal), key=lambda unlike: unlike[0]):
        found.append(
            {
                "kind": "missing" if place in goal else "unwanted",
                "at": f"/{place[0]}/{place[1]}".replace("//", "/"),
                "fields": _fields(want, have),
            }
        )
    return len(goal), found


def _unlike(end: World, wanted: World, goal: Any) -> Iterator[tuple[tuple[str, str], Any, Any]]:
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


def fewest(program: Program, start: World, writes: list[Call], reaches: World) -> list[Call]:
    """The writes that could have been left out: those not in a shortest ordered part that leads to the same end."""
    goal = reaches.changes(start)
    if not goal or len(writes) < 2:  # no writes at all lead nowhere else
        return [] if goal else list(writes)
    if 2 ** len(writes) > MOST_REPLAYS:
        return _one_by_one(program, start, writes, reaches)
    kept = _shortest(Sandbox(program, start.fork()), writes, reaches, goal)
    return [w for i, w in enumerate(writes) if i not in kept]


def _shortest(sandbox: Sandbox, writes: list[Call], reaches: World, goal: Any) -> tuple[int, ...]:
    """The indexes of the first of the shortest ordered parts that lead to an end. Parts that begin alike share the
    worlds on their way; where a write fails, no part goes on."""
    best = tuple(range(len(writes)))
    stack: list[tuple[Sandbox, tuple[int, ...]]] = [(sandbox, ())]
    while stack:
        at, kept = stack.pop()
        ways = []
        for i in range(kept[-1] + 1 if kept else 0, len(writes)) if len(kept) + 1 < len(best) else ():
            then = at.fork()
            if not then.call(writes[i].tool, writes[i].arguments, keep=False).ok:
                continue
            longer = (*kept, i)
            if not any(_unlike(then.world, reaches, goal)):
                best = min(best, longer, key=lambda part: (len(part), part))
            ways.append((then, longer))
        stack += reversed(ways)
    return best


def _one_by_one(program: Program, start: World, writes: list[Call], reaches: World) -> list[Call]:
    kept = list(writes)
    for write in reversed(writes):
        rest = [w for w in kept if w is not write]
        if _leads(program, start, rest, reaches):
            kept = rest
    return [w for w in writes if w not in kept]


def _leads(program: Program, start: World, writes: list[Call], reaches: World) -> bool:
    end, results = run_plan(program, start, [("", w.tool, w.arguments) for w in writes])
    return all(r.ok for r in results) and not any(_unlike(end, reaches, reaches.changes(start)))


# --- the report -----------------------------------------------------------------------------------------------------


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
    origin = world.fork()
    cut = cut and bool(trajectory.events) and trajectory.events[-1].kind == "call"
    run = walk_through(program, trajectory, world, rules if rules is None else helping.union(rules), cut)
    outcome = judge_outcome(program, trajectory, run, origin, wanted, done, sync_plans)
    found = rule_reports(program, run, rules)
    return assemble_report(run, origin, outcome, found)


def refused(reason: str) -> dict[str, Any]:
    """The report of a record that cannot be judged."""
    return {"verdict": "unknown", "score": None, "error": reason}


def walk_through(program: Program, trajectory: Trajectory, world: World, rules: Any = None, cut: bool = False) -> Run:
    """Every event of a conversation judged in order. `cut`: see `Run.finish`."""
    run = Run(program if rules is None else _only(program, rules), world)
    step = None
    for event in trajectory.events:
        if event.step is not step:
            step = event.step
            run.begin(step)
        run.observe(event)
    run.finish(cut)
    return run


def _only(program: Program, rules: Any) -> Program:
    """A specification with some of its rules. Where none is left, nobody looks back."""
    chosen = {n: r for n, r in program.rules.items() if n in rules}
    return program._replace(rules=chosen, patterns=program.patterns if chosen else ())


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
    return any(text in said for said in words)


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
    beside = [j for j in judged if j.verdict != "satisfied"]
    line = {
        "rule": name, "verdict": "satisfied", "basis": basis, "severity": severity,
        "triggered": len({j.position for j in judged}), "events": [], "blame": None, "message": text, "span": span,
    }  # fmt: skip
    if when == "judged":
        line |= {"verdict": "unknown", "severity": "judged"}
    elif beside:
        wrong = [j for j in beside if j.verdict in ("violated", "attempted")]
        doubtful = [j for j in beside if j.verdict == "unknown"]
        line["verdict"] = worst([j.verdict for j in beside])
        line["events"] = [_event(j) for j in (*wrong, *doubtful)]
        line["blame"] = next((j.role for j in wrong if j.verdict == "violated"), None)
        line["message"] = _message(text, wrong or doubtful)
    return line


def _event(found: Judgement) -> dict[str, Any]:
    if found.call is None:
        return {"message": found.message, "label": found.label, "verdict": found.verdict}
    return {"message": found.message, "call": found.call, "label": found.label, "verdict": found.verdict}


def _message(text: str, wrong: list[Judgement]) -> str:
    if not wrong:
        return text
    said = (j.text or j.label for j in wrong)
    reasons = [r for r in dict.fromkeys(said) if r]
    return f"{text} ({'; '.join(reasons[:3])})" if reasons else text


def worst(verdicts: Iterable[str]) -> str:
    found = frozenset(verdicts)
    return "violated" if "violated" in found else "unknown" if "unknown" in found else "satisfied"


NO_TASK: dict[str, Any] = {
    "verdict": "unknown", "state": "absent", "said": "absent", "asserted": "absent", "actions": "absent",
    "missing": [], "redundant": [], "benchmark_reward": None,
}  # fmt: skip


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
    return {
        "verdict": verdict, "score": score(outcome, rules), "outcome": outcome or dict(NO_TASK), "rules": rules,
        "world": {"hash": run.world.digest() if run.world.complete else None, "mismatches": mismatches},
    }  # fmt: skip


def score(outcome: dict[str, Any] | None, rules: list[dict[str, Any]]) -> float | None:
    """The share of what was wanted that is met, divided by one more than the redundant writes and by one more than the
    broken rules. Null where an unknown verdict could change it."""
    binding = [r for r in rules if r["severity"] == "error"]
    if (
        outcome is None
        or any(r["verdict"] == "unknown" for r in binding)
        or "unknown" in (outcome["said"], outcome.get("asserted"))
        or outcome["parts"].get("unknown")
        or (outcome.get("compares_end", True) and (outcome["state"] == "unknown" or outcome.get("plan_errors")))
    ):
        return None
    parts = outcome["parts"]
    broken = sum(r["verdict"] == "violated" for r in binding)
    exact = Fraction(parts["met"], parts["of"]) / (1 + len(outcome["redundant"])) / (1 + broken)
    return 1.0 if exact == 1 else min(round(float(exact), 6), 0.999999)
