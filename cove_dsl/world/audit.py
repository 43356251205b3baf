"""What a benchmark asks and rewards, held against the policy that it gives to agents.

In: tasks with their gold calls, and runs with the reward that was recorded. Out: an `Audit`: tasks that nobody could or
should solve as written, runs that were paid although they broke a rule, runs that were not paid although they broke
none, how often each rule was at stake, and where our own judging differs from what was recorded.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

from attrs import field, frozen

from ..backends.python.runtime.ends import without_sync
from ..backends.python.runtime.events import Call, read_trajectory
from ..backends.python.runtime.likeness import alike
from ..backends.python.runtime.sandbox import Program, Sandbox
from ..backends.python.runtime.texts import to_json
from ..backends.python.runtime.world import World
from .conversations import Gold, PlannedCall, Record, Start
from .state import apply_start
from .verify import ENDED, verify_record

Kind = Literal["gold_fails", "pays_for_nothing", "gold_breaks_rule", "idle_write"]

KINDS: dict[Kind, str] = {
    "gold_fails": "a gold call is refused by the tool that it calls",
    "pays_for_nothing": "the end is right before anything is done, and nothing has to be said",
    "gold_breaks_rule": "the gold calls break a rule about the state of the world, whatever is said around them",
    "idle_write": "a gold write could be left out: the end is the same without it",
}


@frozen
class Task:
    """One task of a benchmark: its gold, and what its world holds that the database does not."""

    id: str
    gold: Gold
    start: Start | None = None


@frozen
class Finding:
    """Something wrong with a task. `where`: a gold call by its index, or a rule's name."""

    task: str
    kind: Kind
    where: str
    evidence: str


@frozen
class Breach:
    """A rule that a run broke, at its first event."""

    rule: str
    label: str
    message: int
    blame: str


Place = tuple[int, int | None]  # a message, and a call in it


@frozen
class Stake:
    """What a rule came to in one run: its verdict, how often it was triggered, and where it was not satisfied."""

    verdict: str
    triggered: int
    violated: tuple[Place, ...] = ()
    attempted: tuple[Place, ...] = ()
    unknown: tuple[Place, ...] = ()

    @property
    def satisfied(self) -> int:
        """How often it was satisfied."""
        return self.triggered - len(self.violated) - len(self.attempted) - len(self.unknown)


@frozen
class Audited:
    """One run: what was recorded of it, and what we make of it. `known` is the recorded database check."""

    id: str
    task: str | None
    reward: int | Decimal | None
    known: bool | None
    recomputed: int | None
    verdict: str
    state: str
    breaches: tuple[Breach, ...]
    unmet: tuple[str, ...]  # what the task asked for and did not get
    mismatches: tuple[dict[str, Any], ...]  # as in a report, with the tool's name
    rules: Mapping[str, Stake] = field(repr=False)

    @property
    def paid(self) -> bool | None:
        """Whether the benchmark gave the full reward."""
        return None if self.reward is None else self.reward >= 1

    @property
    def state_differs(self) -> bool:
        """Whether our verdict on the end state is another than the recorded one."""
        return self.known is not None and self.state != ("met" if self.known else "unmet")

    @property
    def reward_differs(self) -> bool:
        """Whether the reward that we can recompute is another than the recorded one."""
        return self.reward is not None and self.recomputed is not None and not alike(self.recomputed, self.reward)


@frozen
class Times:
    """How often a rule was triggered, and what it came to."""

    triggered: int
    satisfied: int
    violated: int
    attempted: int
    unknown: int


@frozen
class Tally:
    """How often a rule was triggered, and what it came to: in conversations, and each time in all of them."""

    rule: str
    severity: str
    triggered: int
    satisfied: int
    violated: int
    unknown: int
    times: Times


@frozen
class Audit:
    """All that was found of one desk. `refused`: records and tasks that could not be judged, and why."""

    desk: str
    tasks: int
    findings: tuple[Finding, ...]
    runs: tuple[Audited, ...]
    rules: tuple[Tally, ...]
    calls: int
    refused: tuple[tuple[str, str], ...]


class Unjudged(Exception):
    """A task that cannot be judged; the text says why."""


def audit(
    program: Program,
    world: World,
    tasks: Iterable[Task],
    records: Iterable[Record],
    sync_plans: bool = True,
    rules: frozenset[str] | None = None,
) -> Audit:
    """Goes through tasks and runs. The tasks that runs bring along are audited too, each once.

    `sync_plans`: whether what follows every call also follows a gold call. `rules`: those to judge; None: all.
    """
    found: dict[str, Task] = {t.id: t for t in tasks}
    runs, refused, calls = [], [], 0
    for record in records:
        row = verify_record(program, world, record, rules, sync_plans)
        if "error" in row:
            refused.append((record.id, str(row["error"])))
            continue
        tools = _tools(record)
        runs.append(_audited(record, row, tools))
        calls += len(tools)
        if record.task_id is not None and record.gold is not None and record.bench != "tau1":
            found.setdefault(record.task_id, Task(record.task_id, record.gold, record.start))
    findings: list[Finding] = []
    for task in found.values():
        try:
            findings += list(audit_task(program, world, task, sync_plans, rules))
        except Unjudged as why:
            refused.append((task.id, str(why)))
    tallies = _tallies(program, runs, rules)
    return Audit(
        program.name, len(found), tuple(findings), tuple(runs), tuple(tallies), calls, tuple(refused)
    )  # fmt: skip


# --- tasks ------------------------------------------------------------------------------------------------------------


def audit_task(
    program: Program, world: World, task: Task, sync_plans: bool = True, rules: frozenset[str] | None = None
) -> Iterator[Finding]:
    """What is wrong with one task. Raises Unjudged."""
    try:
        start = apply_start(world, task.start)
    except ValueError as error:
        raise Unjudged(str(error)) from None
    results = _results(program if sync_plans else without_sync(program), start, task.gold)
    for i, (call, (ok, text)) in enumerate(zip(task.gold.actions, results, strict=True)):
        if ok is False:
            yield Finding(task.id, "gold_fails", f"call {i}: `{call.name}`", text)
    if _judged(program, world, task, _SILENCE, sync_plans, rules)["outcome"]["verdict"] == "satisfied":
        yield Finding(task.id, "pays_for_nothing", "the task", "doing nothing ends where gold ends")
    report = _judged(program, world, task, _as_messages(task.gold, results), sync_plans, rules)
    for rule in report["rules"]:
        if rule["basis"] == "contract" and rule["verdict"] == "violated":
            at = next(e["message"] for e in rule["events"] if e["verdict"] == "violated") // 2
            yield Finding(task.id, "gold_breaks_rule", f"call {at}: `{task.gold.actions[at].name}`", rule["rule"])
    for place in report["outcome"]["redundant"]:
        at = place["event"]["message"] // 2
        yield Finding(task.id, "idle_write", f"call {at}: `{place['tool']}`", "the end is the same without it")


_SILENCE: list[dict[str, Any]] = [{"role": "user", "content": "###STOP###"}]


def _results(program: Program, world: World, gold: Gold) -> list[tuple[bool | None, str]]:
    sandbox = Sandbox(program, world.fork())
    made = [sandbox.call(c.name, c.arguments) for c in gold.actions]
    return [(r.ok, r.value if isinstance(r.value, str) else to_json(r.value)) for r in made]


def _as_messages(gold: Gold, results: list[tuple[bool | None, str]]) -> list[dict[str, Any]]:
    """The gold calls as a conversation of calls alone: a message and its result for each."""
    made: list[dict[str, Any]] = []
    for i, (call, (ok, text)) in enumerate(zip(gold.actions, results, strict=True)):
        made.append({"role": "assistant", "content": None, "tool_calls": [_wire(f"gold_{i}", call)]})
        made.append({"role": "tool", "id": f"gold_{i}", "content": text, "error": ok is False})
    return made


def _wire(name: str, call: PlannedCall) -> dict[str, Any]:
    return {"id": name, "name": call.name, "arguments": call.arguments, "requestor": call.requestor}


def _judged(
    program: Program,
    world: World,
    task: Task,
    messages: list[dict[str, Any]],
    sync_plans: bool,
    rules: frozenset[str] | None,
) -> dict[str, Any]:
    record = Record(task.id, list(messages), task.start, task.gold, termination="user_stop")
    row = verify_record(program, world, record, rules, sync_plans)
    if "error" in row:
        raise Unjudged(row["error"])
    return row


# --- runs -------------------------------------------------------------------------------------------------------------


def _audited(record: Record, row: dict[str, Any], tools: Mapping[Place, str]) -> Audited:
    """`tools`: those that the record's calls are to."""
    breaches = [
        Breach(r["rule"], e["label"], e["message"], r["blame"] or "agent")
        for r in row["rules"]
        if r["verdict"] == "violated" and r["severity"] == "error"
        for e in [next(e for e in r["events"] if e["verdict"] == "violated")]
    ]
    return Audited(
        record.id,
        record.task_id,
        record.recorded_reward,
        record.db_match,
        row["outcome"]["benchmark_reward"],
        row["verdict"],
        row["outcome"]["state"],
        tuple(breaches),
        tuple(_unmet(record, row["outcome"])),
        tuple({"tool": tools[m["event"]["message"], m["event"]["call"]], **m} for m in row["world"]["mismatches"]),
        {r["rule"]: stake_of(r) for r in row["rules"]},
    )


def _unmet(record: Record, outcome: dict[str, Any]) -> Iterator[str]:
    """What a task asked for and did not get."""
    basis = record.gold.reward_basis if record.gold is not None else ()
    if record.termination is not None and record.termination not in ENDED:
        yield "the conversation was not ended"
    kinds = {m["kind"] for m in outcome["missing"]} if outcome.get("compares_end", True) else set()
    if "missing" in kinds:
        yield "a change was not made"
    if "unwanted" in kinds:
        yield "a change was made that is not wanted"
    if outcome["said"] == "unmet":
        yield "something was not said"
    if outcome["asserted"] == "unmet":
        yield "an assertion does not hold"
    if outcome["actions"] == "unmet" and "ACTION" in basis:
        yield "a call was not made"


def _tools(record: Record) -> dict[Place, str]:
    """The tools that a record's calls are to, by their places, in whatever way the calls were written down."""
    return {(e.message, e.call): e.tool for e in read_trajectory(record.messages).events if isinstance(e, Call)}


def stake_of(rule: dict[str, Any]) -> Stake:
    """A report's line on a rule as counts. A place counts once, as the worst of what was found there."""
    at: dict[str, dict[Place, None]] = {"violated": {}, "attempted": {}, "unknown": {}}
    for event in rule["events"]:
        at[event["verdict"]].setdefault((event["message"], event.get("call")))
    worse: dict[Place, None] = {}
    for verdict, places in at.items():
        at[verdict] = {p: None for p in places if p not in worse}
        worse |= places
    return Stake(rule["verdict"], rule["triggered"], *(tuple(places) for places in at.values()))


def _tallies(program: Program, runs: list[Audited], chosen: frozenset[str] | None) -> Iterator[Tally]:
    for name, rule in program.rules.items():
        if rule.when == "judged" or (chosen is not None and name not in chosen):
            continue
        at_stake = [stake for run in runs if (stake := run.rules.get(name)) is not None and stake.triggered]
        verdicts = [stake.verdict for stake in at_stake]
        satisfied, violated, unknown = (verdicts.count(v) for v in ("satisfied", "violated", "unknown"))
        yield Tally(name, rule.severity, len(at_stake), satisfied, violated, unknown, _times(at_stake))


def _times(stakes: list[Stake]) -> Times:
    return Times(
        sum(s.triggered for s in stakes),
        sum(s.satisfied for s in stakes),
        sum(len(s.violated) for s in stakes),
        sum(len(s.attempted) for s in stakes),
        sum(len(s.unknown) for s in stakes),
    )
