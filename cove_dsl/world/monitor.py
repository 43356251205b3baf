"""Judges a conversation while it goes on: what the rules say of a call, a message or a step before it happens, and what
came of it afterwards. The engine is the one that judges recorded conversations, so the two cannot disagree.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Literal

from attrs import field, frozen

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call, Message, Step, Trajectory, read_trajectory
from ..backends.python.runtime.sandbox import Judgement, Program
from ..backends.python.runtime.soundness import Checker
from ..backends.python.runtime.values import UNKNOWN
from ..backends.python.runtime.world import World
from ..core.partial import homes
from ..core.spec import Spec
from ..source import suggest
from .guidance import limit_of, look_up_of, needs_words, shows_rows
from .moments import LiveClock
from .moves import NONE, UNASKED, UNDECIDED, Move, Way, settled, way_of
from .options import Attempt
from .planning import Planner
from .program import module_of
from .rehearsal import copy_of

Verdict = Literal["allow", "deny", "undecided"]


@frozen
class Reason:
    """One requirement that decided: what the rule asks, in its own words, and the way out of it, if one is known."""

    rule: str
    label: str
    text: str
    way: Way = field(repr=False)

    @property
    def way_out(self) -> str:
        return self.way.text


@frozen
class Decision:
    """What the rules say of something before it happens. `advice` tells the agent what to do instead, and `moves` are
    the steps in it; they and `reasons` are made when they are asked for. `about`: the requirements that decided, by
    rule and label."""

    verdict: Verdict
    rules: tuple[str, ...]
    about: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    _why: Callable[[], tuple[Reason, ...]] = field(default=tuple, repr=False, eq=False)
    _said: str = field(default="", repr=False)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Each requirement that decided, and what would stand in the way after them."""
        return self._why()

    @property
    def moves(self) -> tuple[Move, ...]:
        """What the advice says to do, one after the other; of several ways the first."""
        return tuple(m for way in settled(r.way for r in self.reasons) for m in way.moves)

    @property
    def advice(self) -> str:
        """The rules by name with what they ask, then the ways out."""
        return self._said or _advice(self.reasons)


ALLOWED = Decision("allow", ())


class Monitor:
    """Judges a conversation while it goes on: `allows` before a call is made, `observe` after each event."""

    def __init__(
        self, spec: Spec, program: Program, world: World, hears: bool = True, clock: LiveClock | None = None
    ) -> None:
        self._clock, program = clock, clock.names["PROGRAM"] if clock is not None else program
        self.left_out = () if hears else tuple(r.name for r in spec.rules.values() if needs_words(r, spec))
        if self.left_out:
            program = program._replace(rules={n: r for n, r in program.rules.items() if n not in self.left_out})
        self.spec, self.run, self.messages = spec, Run(program, world), 0
        self._homes = homes(spec)
        self._values = Checker(program.asked, program.rows, self.run, suggest, whole=False)
        self._names = cache(lambda: clock.names if clock is not None else module_of(spec))
        self._binding = {n for n, r in program.rules.items() if r.severity == "error"}

    def allows(self, call: Call | dict[str, Any], begun: bool = False) -> Decision:
        """Whether the rules let a call (or `{name, arguments}`, or an entry of `tool_calls`) be made now. Its step is
        judged with it, unless that has `begun`. Changes nothing. Raises TrajectoryError for a wrong shape."""
        self._tick()
        made = call if isinstance(call, Call) else _call_of(call)
        if unknown := self.unknown(made):
            return unknown
        found = self.run.allows(made, begun=begun)
        attempt = Attempt(made.tool, made.arguments)
        decision = self.decision(found, attempt)
        return decision if decision.verdict != "undecided" else self.decision(found, attempt, self._asked(made, begun))

    def _asked(self, call: Call, begun: bool) -> tuple[tuple[str, str], ...]:
        """The rows that the rules would have to know to judge a call."""
        world, self.run.world = self.run.world, _Asking.of(self.run.world)
        try:
            self.run.allows(call, begun=begun)
            return tuple(self.run.world.asked)
        finally:
            self.run.world = world

    def allows_message(self, message: dict[str, Any]) -> Decision:
        """Whether the rules let the agent write an assistant's message: its text, and its step as a whole. The calls
        in it are judged one by one, by `allows`. Changes nothing. Raises TrajectoryError for a wrong shape."""
        self._tick()
        trajectory = read_trajectory([message])
        if not trajectory.steps:
            return ALLOWED
        (step,) = trajectory.steps
        for thing in (step, *trajectory.events):
            thing.position += self.run.events
        said = next((e for e in trajectory.events if isinstance(e, Message)), None)
        return self.decision(self.run.foresees(step, said), Attempt(text=said.text if said is not None else None))

    def decision(self, found: list[Judgement], attempt: Attempt, rows: tuple[tuple[str, str], ...] = ()) -> Decision:
        """What judgements come to: denied by what is violated, undecided by what is unknown (`rows`: asked for, and not
        known)."""
        deciding = [j for j in found if j.verdict == "violated" and j.rule in self._binding]
        verdict: Verdict = "deny"
        if not deciding:
            deciding = [j for j in found if j.verdict == "unknown" and j.rule in self._binding]
            verdict = "undecided"
        if not deciding:
            return ALLOWED
        about = tuple(dict.fromkeys((j.rule, j.label) for j in deciding))
        planner = Planner(self.spec, copy_of(self.run), attempt, self._names)
        why = self._reasons if verdict == "deny" else self._doubts
        return Decision(
            verdict, tuple(dict.fromkeys(r for r, _ in about)), about, cache(lambda: why(deciding, planner, rows))
        )

    def _reasons(self, deciding: list[Judgement], planner: Planner, rows: object) -> tuple[Reason, ...]:
        """Why something is refused, and what would stand in the way next if nothing can be done about that."""
        plan = planner.plan()
        told = [(j, plan.ways.get((j.rule, j.label), NONE)) for j in deciding]
        return tuple(dict.fromkeys(self._reason(j, way) for j, way in (*told, *plan.further)))

    def _doubts(
        self, deciding: list[Judgement], planner: Planner, rows: tuple[tuple[str, str], ...]
    ) -> tuple[Reason, ...]:
        """Why something is not known to be allowed, and what would show it: the rows that the rules asked for, or what
        they look back at."""
        looks = (Move("call", look[0], {look[1]: key}) for table, key in rows if (look := look_up_of(self.spec, table)))
        found = planner.feasible(list(looks))
        return tuple(dict.fromkeys(self._reason(j, self._to_know(j, planner, found)) for j in deciding))

    def _to_know(self, found: Judgement, planner: Planner, looks: list[Move]) -> Way:
        moves = looks or planner.showing(found)
        if moves and all(m.heard and not m.text for m in moves):
            return Way(UNASKED, moves=tuple(moves))
        return way_of([tuple(moves)]) if moves else UNDECIDED

    def _reason(self, found: Judgement, way: Way) -> Reason:
        said = found.text if found.text[:1].isupper() or not found.text else f"({found.text})"
        limit = limit_of(self.spec, found.rule, found.label) if found.verdict == "violated" else ""
        text = " ".join(filter(None, (self.run.program.rules[found.rule].text.strip(), said, limit)))
        return Reason(found.rule, found.label, text, way)

    def unknown(self, call: Call) -> Decision | None:
        """The denial of a call that no rule can judge: of a tool that the specification does not know."""
        tools = self.run.program.tools
        return None if call.tool in tools else no_tool(call.tool, tools)

    def misfit(self, call: Call) -> Decision | None:
        """The denial of a call with arguments that its tool does not take. One that is missing may have a default of
        which the specification knows nothing: that is told only where the rules cannot decide without it."""
        problem = self.run.argument_problem(self.run.program.tools[call.tool], call.arguments)
        wrong = problem or next(self._values.arguments(call.tool, call.arguments), None)
        if wrong is None:
            return None
        decision = self.allows(call)
        if wrong.startswith("missing") and decision.verdict != "undecided":
            return None
        return Decision("deny", decision.rules if decision.verdict == "deny" else (), said=f"`{call.tool}`: {wrong}")

    def shows_rows(self, tool: str) -> bool:
        """Whether a tool is a look-up whose results show rows."""
        known = self.spec.tools[tool]
        return known.kind == "read" and shows_rows(known.returns, self._homes)

    def observe(self, event: dict[str, Any] | list[dict[str, Any]]) -> list[Judgement]:
        """Takes in a chat-completions message (or an assistant's message with its tool results) and says what it came
        to. Raises TrajectoryError for a wrong shape."""
        before, messages = len(self.run.judgements), event if isinstance(event, list) else [event]
        trajectory = read_trajectory(messages)
        self._tick()
        start = self.run.events
        for step, own in events_by_step(trajectory):
            step.position += start
            step.message += self.messages
            for e in own:
                e.position += start
                e.message += self.messages
            self.run.step(step, own)
        self.messages += len(messages)
        return self.run.judgements[before:]

    def finish(self) -> list[Judgement]:
        """The conversation is over: what was owed is judged."""
        self._tick()
        before = len(self.run.judgements)
        self.run.finish()
        return self.run.judgements[before:]

    def _tick(self) -> None:
        """A clock that goes on is asked before anything is judged, and not again until that has happened: a call that
        was allowed is judged by the same moment afterwards."""
        if self._clock is not None:
            self.run.seen.texts = (*self.run.seen.texts[:-1], self._clock.tick())


def events_by_step(trajectory: Trajectory) -> Iterator[tuple[Step, list[Message | Call]]]:
    """The steps of a conversation in order, each with its events; an empty message has none."""
    own: dict[int, list[Message | Call]] = {}
    for event in trajectory.events:
        own.setdefault(id(event.step), []).append(event)
    for step in trajectory.steps:
        yield step, own.get(id(step), [])


class _Asking(World):
    """A world that notes which rows it is asked for and does not know."""

    __slots__ = ("asked",)
    asked: dict[tuple[str, str], None]

    @classmethod
    def of(cls, world: World) -> "_Asking":
        made, fork = cls(world.schema, world.base), world.fork()
        for name in World.__slots__:
            setattr(made, name, getattr(fork, name))
        made.asked = {}
        return made

    def row(self, table: str, key: Any) -> Any:
        found = super().row(table, key)
        if found is UNKNOWN and isinstance(key, str):
            self.asked[table, key] = None
        return found


def no_tool(name: str, known: Iterable[str]) -> Decision:
    near = " or ".join(f"`{n}`" for n in suggest(name, known))
    said = f"there is no tool `{name}`" + (f"; did you mean {near}?" if near else "")
    return Decision("deny", (), said=said)


def _advice(reasons: tuple[Reason, ...]) -> str:
    """The rules by name with what they ask, then what to do; nothing twice."""
    asked: dict[str, str] = {}
    for r in reasons:
        asked[r.rule] = r.text if r.rule not in asked else _longer(asked[r.rule], r.text)
    lines = [f"{name}: {text}" for name, text in asked.items()]
    return "\n".join([*lines, *(way.text for way in settled(r.way for r in reasons))])


def _longer(text: str, other: str) -> str:
    """Two texts that begin alike, as one."""
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    at = other.rfind(". ", 0, same + 1)
    rest = other[at + 2 :] if at >= 0 else other
    return text if rest in text else f"{text} {rest}"


def _call_of(call: dict[str, Any]) -> Call:
    """A call as a recording of it is read, not yet anywhere in a conversation. Raises TrajectoryError."""
    (step,) = read_trajectory([{"role": "assistant", "content": None, "tool_calls": [call]}]).steps
    (made,) = step.calls
    for thing in (step, made):
        thing.position = thing.message = -1
    return made


__all__ = ["ALLOWED", "Decision", "Monitor", "Reason", "Verdict", "events_by_step", "no_tool"]
