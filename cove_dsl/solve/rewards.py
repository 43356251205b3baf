"""Which tasks pay an agent that serves nobody? Tasks are drawn from each scenario; agents without merit carry them out
in the sandbox, opposite the scripted user; the one scorer judges them. A scenario whose tasks give one of them the full
score rewards nothing that anybody would want to train.

Enters: a specification and a database. Leaves: a `Row` for each scenario.
"""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import islice, product
from typing import Any

from attrs import field, frozen

from ..backends.prompt import render_agent
from ..backends.python.runtime.sandbox import Sandbox
from ..core.nodes import Goal, Scenario, Tool
from ..core.spec import Spec
from ..core.types import Optional, is_text, strip
from ..source import Span
from ..synthesis.dialogue import Caps, hold_now
from ..synthesis.parties import Chat, Party, calling, spoken
from ..synthesis.sample import NoTask, Sampler
from ..synthesis.scenes import exact_words
from ..synthesis.scripted_agent import ScriptedAgent, Talk
from ..synthesis.scripted_user import ScriptedUser
from ..synthesis.tasks import Call, Task
from ..world.desk import Desk, World
from ..world.state import apply_start, world_of

STEPS = 40  # of a conversation; an idle agent soon meets the end of a user's patience
MOST_TRIED = 400  # calls tried to find one that takes another back
NOTHING, REFUSE, HAND_OVER, UNDO = STRATEGIES = ("do-nothing", "refuse-all", "transfer-at-once", "goal-then-undo")
SUMMARY = "The user needs help."


# --- agents without merit ---------------------------------------------------------------------------------------------


class Idle:
    """Says the same whatever it hears, and does nothing."""

    def __init__(self, text: str) -> None:
        self.text = text

    def reply(self, messages: list[Chat]) -> Chat:
        return spoken(self.text)


class HandsOver:
    """Makes one call that changes nothing, says what the rules want said after it, and is done."""

    def __init__(self, tool: Tool, spec: Spec) -> None:
        lines = [line for r in spec.rules.values() if r.when == "after" and r.pattern is not None
                 and tool.name in r.pattern.tools and (line := exact_words(r))]  # fmt: skip
        self.line = lines[0] if lines else "You are being transferred to a human agent."
        self.call = tool.name, {p.name: SUMMARY for p in tool.params if not isinstance(p.type, Optional)}
        self.called = False

    def reply(self, messages: list[Chat]) -> Chat:
        if self.called:
            return spoken(self.line)
        self.called = True
        return calling(*self.call, 1)


class Undoes(ScriptedAgent):
    """Serves every wish as it should be, and takes each change back at once where some call does that."""

    undone = 0

    def _carry_out(self, call: Call) -> Talk:
        before = self.monitor.run.world.fork()
        result = yield from super()._carry_out(call)
        back = self._back(call, before)
        if back is not None:
            self.undone += 1
            yield from self._call(back["name"], back["arguments"])
        return result

    def _back(self, call: Call, before: Any) -> Call | None:
        """A call after which the world is what it was."""
        wanted = before.digest()
        for other in islice(self._candidates(call, before), MOST_TRIED):
            sandbox = Sandbox(self.monitor.run.program, self.monitor.run.world.fork())
            if sandbox.call(other["name"], other["arguments"]).ok and sandbox.world.digest() == wanted:
                return other
        return None

    def _candidates(self, call: Call, before: Any) -> Iterator[Call]:
        """Calls of what writes, with this call's own arguments and with what stood in the rows that it names."""
        keys = [v for v in call["arguments"].values() if isinstance(v, str)]
        rows = [r for t in self.spec.tables for k in keys if isinstance(r := before.row(t, k), dict)]
        for tool in self.spec.tools.values():
            if tool.kind != "write" or tool.requestor != "agent":
                continue
            values = [_values(p.name, call["arguments"], rows) for p in tool.params]
            for chosen in product(*values) if all(values) else ():
                yield {"name": tool.name, "arguments": dict(zip((p.name for p in tool.params), chosen, strict=True))}


def _values(name: str, given: dict[str, Any], rows: list[dict[str, Any]]) -> list[Any]:
    """What a parameter of a name may be: the fields of that name, also inside records, then the argument itself."""
    inside = [part for row in rows for part in (row, *(v for v in row.values() if isinstance(v, dict)))]
    found = [part[name] for part in inside if name in part]
    found += [given[name]] if name in given else []
    return [v for i, v in enumerate(found) if v not in found[:i]]


def hands_over(spec: Spec) -> list[Tool]:
    """The agent's tools that neither look nor change anything, and want words alone."""
    return [
        t for t in spec.tools.values()
        if t.kind == "generic" and t.requestor == "agent" and t.params
        and all(is_text(strip(p.type)) for p in t.params)
    ]  # fmt: skip


# --- what is found ----------------------------------------------------------------------------------------------------


@frozen
class Paid:
    """A task that gave a strategy the full score; `due` where what the strategy does is all that is right."""

    strategy: str
    task: Task = field(repr=False)
    messages: list[Chat] = field(repr=False)
    due: bool = False


@frozen
class Row:
    """One scenario: how many tasks were drawn, on how many of them each strategy was tried, and which of them paid."""

    scenario: str
    span: Span
    tasks: int
    tried: dict[str, int]
    paid: dict[str, int]
    examples: tuple[Paid, ...]
    why_none: str = ""

    @property
    def wrong(self) -> tuple[Paid, ...]:
        return tuple(p for p in self.examples if not p.due)


def rewards(spec: Spec, state: Any, globs: tuple[str, ...] = (), seed: int = 0, many: int = 3) -> Iterator[Row]:
    """Every scenario, with so many tasks each."""
    desk = Desk(spec)
    sampler = Sampler(desk, World(desk.program, world_of(state, desk.program)), seed)
    scenes = dict(sampler.scenes)
    for name, scenario in spec.scenarios.items():
        if name in scenes and (not globs or any(fnmatchcase(name, g) for g in globs)):
            sampler.scenes = {name: scenes[name]}
            sampler.dropped.clear()
            yield _Tried(desk, sampler, scenario).row(many)


class _Tried:
    """Tries every strategy on the tasks of one scenario."""

    def __init__(self, desk: Desk, sampler: Sampler, scenario: Scenario) -> None:
        self.desk, self.sampler, self.scenario = desk, sampler, scenario
        self.opening = [{"role": "system", "content": render_agent(desk.spec)}]
        self.tried = dict.fromkeys(STRATEGIES, 0)
        self.paid = dict.fromkeys(STRATEGIES, 0)
        self.examples: dict[str, Paid] = {}

    def row(self, many: int) -> Row:
        tasks, why = 0, ""
        for index in range(many):
            try:
                task = self.sampler.task(index)
            except NoTask as none:
                why = str(none)
                break
            tasks += 1
            for strategy in STRATEGIES:
                self._try(strategy, task)
        return Row(self.scenario.name, self.scenario.span, tasks, self.tried, self.paid,
                   tuple(self.examples.values()), "" if tasks else why)  # fmt: skip

    def _try(self, strategy: str, task: Task) -> None:
        start = World(self.desk.program, apply_start(self.sampler.world.inner, list(task.start)))
        played = False
        for make in self._agents(strategy, task, start):
            agent = make()
            messages, score = self._play(task, start, agent)
            if isinstance(agent, Undoes) and not agent.undone:
                continue
            played = True
            if score == 1:
                self.paid[strategy] += 1
                self.examples.setdefault(strategy, Paid(strategy, task, messages, self._is_due(strategy, task, agent)))
                break
        self.tried[strategy] += played

    def _agents(self, strategy: str, task: Task, start: World) -> list[Callable[[], Party]]:
        spec = self.desk.spec
        match strategy:
            case "do-nothing":
                return [lambda: Idle("Thank you for getting in touch.")]
            case "refuse-all":
                return [lambda: Idle("I'm sorry, but I can't do that.")]
            case "transfer-at-once":
                return [lambda tool=tool: HandsOver(tool, spec) for tool in hands_over(spec)]  # type: ignore[misc]
        return [lambda: Undoes(task, self.desk, start, self.sampler.shape)]

    def _play(self, task: Task, start: World, agent: Party) -> tuple[list[Chat], float | None]:
        user, sandbox = ScriptedUser(task, self.desk.spec), Sandbox(self.desk.program, start.inner.fork())
        held = hold_now(user, agent, sandbox, list(self.opening), Caps(STEPS))
        report = self.desk.verify(held.messages, start, {"cove": task.cove_object()}).data
        return held.messages, report["score"]

    def _is_due(self, strategy: str, task: Task, agent: Party) -> bool:
        """Whether the scenario asks for the very thing that the strategy does: a refusal and nothing besides, or the
        call that hands over."""
        if strategy == REFUSE:
            return task.refusal is not None and not any(task.accept)
        asked = {g.tool for g in _calls(self.scenario.goals)}
        return strategy == HAND_OVER and isinstance(agent, HandsOver) and agent.call[0] in asked


def _calls(goals: tuple[Goal, ...]) -> Iterator[Goal]:
    for goal in goals:
        if goal.kind == "do":
            yield goal
        yield from _calls(goal.goals)


def why(paid: Paid) -> str:
    """What makes the task pay."""
    task = paid.task
    if paid.strategy == UNDO:
        return "what was changed is put back, and counts all the same"
    if any(task.accept):
        return "its end is reached without a call"
    if paid.strategy == HAND_OVER:
        return "nothing has to change, and handing over is enough"
    return "a refusal is all that is right" if task.refusal else "nothing has to change, and nothing is owed"


def remedy(paid: Paid) -> str:
    """What would end it."""
    if paid.strategy == UNDO or any(paid.task.accept):
        return "let the picks exclude what is so already"
    if paid.task.refusal:
        return "let it owe an act besides: `otherwise` a call, or another `goal` such as `learn`"
    return "name a goal that changes something, or one to `learn`"


__all__ = ["HAND_OVER", "REFUSE", "STRATEGIES", "Paid", "Row", "hands_over", "remedy", "rewards", "why"]
