"""What would satisfy a scenario's goals: concrete plans, each proved by carrying it out in a fork of the world."""

from collections.abc import Iterator
from itertools import islice, permutations, product
from typing import Any, Literal

from attrs import field, frozen

from ..backends.python.expressions import name_of
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call as Event
from ..backends.python.runtime.events import Step
from ..backends.python.runtime.sandbox import Judgement, Program, Result, Sandbox
from ..backends.python.runtime.texts import to_json
from ..backends.python.runtime.values import UNKNOWN
from ..backends.python.runtime.world import World
from ..backends.python.scenarios import Aim, Function
from .tasks import Call, Lookup

MOST_PLANS = 200
MOST_ORDERS = 24


@frozen
class Planned:
    """A call of a plan, the goal that asks for it, and the bindings under which it does."""

    call: Call
    aim: Aim
    bindings: dict[str, Any] = field(repr=False, eq=False)


Steps = tuple[Planned, ...]


def evaluate(run: Function, c: Sandbox, bindings: dict[str, Any]) -> Any:
    return run(c, **{name_of(n): v for n, v in bindings.items()})


class Resolver:
    """Turns goals into plans over one world."""

    def __init__(
        self, program: Program, world: World, tools: dict[str, tuple[str, ...]], binding: Program, remembers: bool
    ) -> None:
        """`binding`: the program with the rules alone that bind plans; `remembers`: some look back or ahead."""
        self.program, self.world, self.params = program, world, tools
        self.binding, self.remembers = binding, remembers
        self.c = Sandbox(program, world.fork())
        self.lookups: tuple[Lookup, ...] = ()
        self.breaks = ""

    def plans(self, aim: Aim, bindings: dict[str, Any]) -> list[Steps]:
        """Every way to meet a goal that can be gone to its end; empty if there is none."""
        match aim.kind:
            case "do":
                return [p for p in self.calls(aim, bindings) if self.goes(p)]
            case "any":
                return [p for a in aim.aims for p in self.plans(a, bindings)][:MOST_PLANS]
            case "first":
                return next((found for a in aim.aims if (found := self.plans(a, bindings))), [])
            case "all":
                return self.together([self.options(a, bindings) for a in aim.aims])
            case "reach":
                return [()] if self.reached(aim, bindings, self.c) else []
            case _:
                return [()]

    def options(self, aim: Aim, bindings: dict[str, Any]) -> list[Steps]:
        """The ways to meet a goal that others stand beside: whether its calls can be made may depend on theirs."""
        return list(self.calls(aim, bindings)) if aim.kind == "do" else self.plans(aim, bindings)

    def reached(self, aim: Aim, bindings: dict[str, Any], c: Sandbox) -> bool:
        """Whether a condition that is to be reached holds in a world."""
        return aim.condition is not None and evaluate(aim.condition, c, bindings) is True

    def reaching(self, plans: list[Steps], ends: list[Aim], bindings: dict[str, Any]) -> list[Steps]:
        """The plans at whose ends every condition holds that is to be reached."""
        worlds = ((p, Sandbox(self.program, self.end(p))) for p in plans)
        return [p for p, c in worlds if all(self.reached(a, self.then(bindings, c.world), c) for a in ends)]

    def then(self, bindings: dict[str, Any], end: World) -> dict[str, Any]:
        """What was drawn, as it stands in a later world. A row that is gone stands as it was."""
        return {name: self._later(value, end) for name, value in bindings.items()}

    def _later(self, value: Any, end: World) -> Any:
        if isinstance(value, list):
            return [self._later(item, end) for item in value]
        for table, (key, _) in self.world.schema.tables.items() if isinstance(value, dict) else ():
            if self.world.row(table, value.get(key)) is value:
                return end.row(table, value[key]) or value
        return value

    def asserted(self, ends: list[Aim], bindings: dict[str, Any]) -> list[dict[str, Any]]:
        """The conditions that are to be reached, as a task names them: those that are assertions."""
        made = []
        for aim in (a for a in ends if a.tool):
            names = [name for name, _ in self.program.assertions[aim.tool].params]
            values = [evaluate(a, self.c, bindings) for a in aim.args]
            given = {n: v for n, v in zip(names, values, strict=True) if v is not None}
            made.append({"func_name": aim.tool, "arguments": given})
        return made

    def calls(self, aim: Aim, bindings: dict[str, Any]) -> Iterator[Steps]:
        """The calls that a goal stands for, whether they can be made or not."""
        for chosen in islice(self._chosen(aim.choices, bindings), MOST_PLANS):
            if aim.condition is not None and evaluate(aim.condition, self.c, chosen) is not True:
                continue
            values = [evaluate(a, self.c, chosen) for a in aim.args]
            if any(v is UNKNOWN for v in values):
                continue
            arguments = {n: v for n, v in zip(self.params[aim.tool], values, strict=True) if v is not None}
            role = "user" if self.program.tools[aim.tool].role == "user" else "assistant"
            yield (Planned({"requestor": role, "name": aim.tool, "arguments": arguments}, aim, chosen),)

    def _chosen(self, choices: tuple[tuple[str, Function], ...], bindings: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not choices:
            yield bindings
            return
        (name, run), *rest = choices
        for value in evaluate(run, self.c, bindings) or ():
            yield from self._chosen(tuple(rest), bindings | {name: value})

    def together(self, parts: list[list[Steps]]) -> list[Steps]:
        """One plan of each part, in an order in which all of them go."""
        found = []
        for chosen in islice(product(*parts), MOST_PLANS):
            orders = islice(permutations(chosen), MOST_ORDERS)
            plan = next((p for order in orders if self.goes(p := tuple(s for part in order for s in part))), None)
            if plan is not None:
                found.append(plan)
        return found

    def forbidden(self, aim: Aim, bindings: dict[str, Any]) -> list[Steps]:
        """The calls of a goal that is to be refused, one way."""
        if aim.kind in ("all", "any", "first"):
            parts = [self.forbidden(a, bindings) for a in (aim.aims if aim.kind == "all" else aim.aims[:1])]
            return [tuple(s for part in parts for s in part[0])] if all(parts) else []
        return list(islice(self.calls(aim, bindings), 1))

    def goes(self, plan: Steps) -> bool:
        """Whether every call succeeds and breaks no rule that binds plans; `breaks` is the one that was broken."""
        self.breaks = ""
        run = Run(self.binding, self.world.fork())
        if self.remembers:
            return self._goes_on(run, plan)
        return all(
            self._keeps(run.allows(event_of(s.call))) and run.call(s.call["name"], s.call["arguments"]).ok for s in plan
        )

    def _goes_on(self, run: Run, plan: Steps) -> bool:
        """Likewise, where rules look back on calls: after the person was found, and to the end of it all."""
        for lookup in self.lookups:
            observe(run, {"name": lookup.tool, "arguments": lookup.arguments})
        begun = len(run.judgements)
        for step in plan:
            if not self._keeps(run.allows(event_of(step.call))) or not observe(run, step.call).ok:
                return False
        run.finish()
        return self._keeps(run.judgements[begun:])

    def _keeps(self, judgements: list[Judgement]) -> bool:
        found = broken(judgements)
        self.breaks = found[0].rule if found else ""
        return not found

    def end(self, plan: Steps) -> World:
        sandbox = Sandbox(self.program, self.world.fork())
        for step in plan:
            sandbox.call(step.call["name"], step.call["arguments"])
        return sandbox.world

    def refused_at(self, plan: Steps, rule: tuple[str, str], lookup: Lookup | None) -> int | None:
        """Which call of a plan fails or is forbidden by the rule, once the person is known; None if all may be made."""
        run = Run(self.program, self.world.fork())
        if lookup is not None:
            observe(run, {"name": lookup.tool, "arguments": lookup.arguments})
        for i, step in enumerate(plan):
            judged = run.allows(event_of(step.call))
            forbidden = any(j.rule == rule[0] and (not rule[1] or j.label == rule[1]) for j in broken(judged))
            if forbidden or observe(run, step.call).ok is not True:
                return i
        return None


def broken(judgements: list[Judgement]) -> list[Judgement]:
    return [j for j in judgements if j.verdict == "violated"]


def event_of(call: Call) -> Event:
    """A call that nobody has made yet."""
    role: Literal["agent", "user"] = "user" if call.get("requestor") == "user" else "agent"
    step = Step(role, None, -1, -1)
    made = Event(role, call["name"], call["arguments"], None, step)
    step.calls.append(made)
    return made


def observe(run: Run, call: Call) -> Result:
    """Makes a call in a run as if the agent had, and lets the run remember it."""
    result = Sandbox(run.program, run.world.fork()).call(call["name"], call["arguments"])
    event = event_of(call)
    event.ok, event.result = result.ok, result.value
    event.result_text = result.value if isinstance(result.value, str) else to_json(result.value)
    event.position = event.step.position = run.events
    run.observe(event)
    return result


__all__ = ["MOST_PLANS", "Planned", "Resolver", "Steps", "broken", "evaluate", "event_of", "observe"]
