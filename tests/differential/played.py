"""Scenarios that can be played out, by construction: a small world first, then draws, calls and ends that it has.

Chance writes many conditions and calls about a few rows. Those conditions are kept that hold in the world (of the
others, the opposite), those calls that succeed one after the other, and those rules that nothing of this breaks. What
is left has been played out by the reference, so no argument may refute it.
"""

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from attrs import evolve, frozen

from cove_dsl.backends.smt import plans
from cove_dsl.backends.smt.bounded.decode import Happened, Witness
from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.interpreter import Interpreter, UnknownEffect
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.nodes import Apply, Const, Expr, Fold, Get, Goal, Is, Pick, Scenario, Var
from cove_dsl.core.spec import Spec
from cove_dsl.core.types import BOOL, INT, EnumType, ListType, Optional, Prim, RecordType, Type, strip
from cove_dsl.core.values import holds_unknown
from cove_dsl.core.walk import walk
from cove_dsl.solve.errors import Refuted
from cove_dsl.solve.replay import Replay, Story

from . import strategies
from .machine import compiled
from .scenes import Tame, small_world

PICKED = {"boxes": "box", "people": "person"}
CONDITIONS, CALLS, ENDS = 6, 6, 6  # that are written; those that fit are kept
MOST_CALLS = 2
PINNED = 0.4

Drawn = dict[tuple[int, str], list[int]]  # as a witness has it: positions by the number of the goal, and the name


class Elsewhere(Tame):
    """Values of small worlds whose times are written in any zone."""

    def prim(self, name: str) -> Any:
        if name == "datetime" and self.dice.random() < 0.5:
            return self.dice.choice(["2024-05-15T20:00:00Z", "2024-05-15T15:00:00", "2024-05-15T04:30:00+00:00"])
        return super().prim(name)


class Whole(Tame):
    """Values of the smallest worlds, in which amounts are whole."""

    def prim(self, name: str) -> Any:
        return self.dice.choice([0, 1, 3, 10, -2]) if name in ("money", "decimal") else super().prim(name)


@frozen
class Played:
    """A scenario with the world and the story in which it was played out, and the specification that it is one of.
    `at_home`: the world is one of the smallest that the solver looks at."""

    spec: Spec
    scenario: Scenario
    witness: Witness
    story: Story
    at_home: bool

    @property
    def plan(self) -> tuple[Goal, ...]:
        return plans(self.scenario.goals, False)[0]


# --- written by chance ------------------------------------------------------------------------------------------------


def written(seed: int) -> str:
    """A desk with a scenario of more conditions and calls than can hold together."""
    writer = strategies.Writer(seed)
    desk = writer.desk()
    env = strategies.Env({name: ("rec", writer.schema.tables[t][0]) for t, name in PICKED.items()}, "tool")

    def truth() -> str:
        return writer.expr(strategies.BOOL, env, 3)

    items = [f"pick {name} from {table}" for table, name in PICKED.items()]
    items += [f"require {truth()}" for _ in range(CONDITIONS)]
    if writer.chance(0.5):
        changes: list[str] = []
        writer.statements(env, changes, writer.dice.randint(1, 2), "tool", 1)
        items += ["given {\n    " + "\n    ".join(changes) + "\n  }"]
    items += [f"goal {_call(writer, env)}" for _ in range(CALLS)]
    items += [f"goal reach {truth()}" for _ in range(ENDS)]
    return desk + '\nscenario played "By chance." {\n  ' + "\n  ".join(items) + "\n}\n"


def _call(writer: strategies.Writer, env: strategies.Env) -> str:
    tool = writer.pick(writer.tools)
    args = []
    for _, kind in writer.tools[tool][0]:
        own = PICKED.get(kind[1]) if kind[0] == "ref" else None
        key = writer.schema.tables[kind[1]][1] if own is not None else ""
        args.append(f"{own}.{key}" if own is not None and writer.chance(0.8) else writer.expr(kind, env, 2))
    return f"{tool}({', '.join(args)})"


# --- played out -------------------------------------------------------------------------------------------------------


def played(seed: int, spec: Spec | None = None) -> Played | None:
    """A scenario and its story; None where chance wrote what is not well typed, or cannot be begun."""
    dice = random.Random(seed)
    spec = spec or compiled(written(seed))
    if spec is None:
        return None
    at_home = dice.random() < 0.5
    state, _ = small_world(spec, dice, Whole if at_home else Elsewhere)
    try:
        return _kept(spec, state, at_home, dice)
    except (Refuted, UnknownEffect):
        return None


def _kept(spec: Spec, state: dict[str, Any], at_home: bool, dice: random.Random) -> Played | None:
    whole = spec.scenarios["played"]
    world = MemoryWorld(spec, deepcopy(state))
    names: dict[str, Any] = {}
    drawn: Drawn = {}
    denied: set[str] = set()
    picks = list(_draws(spec, whole, world, names, drawn, denied, dice))
    picks += [Pick("where", "", c, span=whole.span) for c in _pinned(spec, names, world, dice)]
    if not Interpreter(spec, world).run(whole.given, dict(names)).ok:
        return None
    calls = _calls(spec, [g for g in whole.goals if g.kind == "do" and not _rests_on(g.args, denied)], names, world)
    for goal, arguments in calls:
        Interpreter(spec, world).call(goal.tool, deepcopy(arguments))
    ends = [c for g in whole.goals if g.condition is not None for c in _true(spec, g.condition, world, names, denied)][
        :3
    ]
    reached = [Goal("reach", condition=c, span=whole.span) for c in (*ends, *_pinned(spec, names, world, dice))]
    scenario = evolve(whole, picks=tuple(picks), goals=(*(g for g, _ in calls), *reached) or (Goal("nothing"),))
    events = tuple(Happened("call", spec.tools[g.tool].requestor, g.tool, goal=n, step=n - 1)
                   for n, (g, _) in enumerate(calls, 1))  # fmt: skip
    return _obeyed(spec, scenario, Witness(state, drawn, events, ()), at_home)


def _draws(
    spec: Spec,
    whole: Scenario,
    world: MemoryWorld,
    names: dict[str, Any],
    drawn: Drawn,
    denied: set[str],
    dice: random.Random,
) -> Iterator[Pick]:
    for pick in whole.picks:
        if pick.kind == "where":
            found = _true(spec, pick.source, world, names, denied)
            yield from (evolve(pick, source=c) for c in found if dice.random() < 0.6)
            continue
        rows = Evaluator(spec, world).evaluate(pick.source, names)
        if not isinstance(rows, list) or not rows:
            raise Refuted("nothing to draw")
        position = dice.randrange(len(rows))
        names[pick.name], drawn[0, pick.name] = rows[position], [position]
        yield pick


def _pinned(spec: Spec, names: dict[str, Any], world: MemoryWorld, dice: random.Random) -> Iterator[Expr]:
    """What stands in some fields of the rows that were drawn, and of the states, just now."""
    homes: list[tuple[Expr, str]] = [(Var(f"state.{n}", s.type), s.type.name) for n, s in spec.states.items()]
    for table, name in PICKED.items():
        record = spec.tables[table].record
        homes.append((Var(name, RecordType(record)), record))
    for home, record in homes:
        for name, declared in spec.records[record].fields.items():
            if dice.random() < PINNED:
                place = Get(home, name, declared.type)
                yield from _is_as(place, Evaluator(spec, world).evaluate(place, names))


def _is_as(place: Expr, value: Any) -> Iterator[Expr]:
    """That a place holds a value, as far as one literal can say it: of a list, how long it is."""
    if isinstance(place.type, Optional):
        yield Is(place, "present" if value is not None else "absent", None, BOOL)
    match strip(place.type):
        case ListType() if isinstance(value, list):
            yield _equal(Fold("count", place, INT), len(value), INT)
        case (Prim() | EnumType()) as kind if value is not None:
            yield _equal(place, value, kind)


def _equal(place: Expr, value: Any, kind: Type) -> Expr:
    both = (place, Const(value, kind))
    if kind in (Prim("datetime"), Prim("time")):
        return Apply("eq", tuple(Apply("instant", (e,), Prim("duration")) for e in both), BOOL)
    return Apply("eq", both, BOOL)


def _true(spec: Spec, condition: Expr, world: MemoryWorld, names: dict[str, Any], denied: set[str]) -> list[Expr]:
    """The condition, or its opposite; nothing where it is not known, or rests on what another one says, of which the
    opposite is taken. `denied` are the fields that such a one is about, which may be absent after all."""
    if _rests_on(condition, denied):
        return []
    holds = Evaluator(spec, world).condition(condition, names)
    if holds is not True:
        denied.update(_path(e) for e in walk(condition) if isinstance(e, Get) and isinstance(e.type, Optional))
    if not isinstance(holds, bool):
        return []
    return [condition if holds else Apply("not", (condition,), BOOL, condition.span)]


def _rests_on(things: object, denied: set[str]) -> bool:
    """Whether a field is taken to be there, or not to be, because of what was denied."""
    gets = (e for e in walk(things) if isinstance(e, Get) and not isinstance(e.type, Optional))
    return any(_path(e) in denied for e in gets)


def _path(place: Expr) -> str:
    """A field of something as it is written, whatever is known of it."""
    match place:
        case Get(target, name):
            return f"{_path(target)}.{name}"
        case Var(name):
            return name
    return "…"


def _arguments(spec: Spec, goal: Goal, names: dict[str, Any], world: MemoryWorld) -> dict[str, Any] | None:
    params = [p.name for p in spec.tools[goal.tool].params]
    values = {n: Evaluator(spec, world).evaluate(a, names) for n, a in zip(params, goal.args, strict=True)}
    return None if any(map(holds_unknown, values.values())) else {n: v for n, v in values.items() if v is not None}


def _calls(
    spec: Spec, goals: list[Goal], names: dict[str, Any], world: MemoryWorld
) -> list[tuple[Goal, dict[str, Any]]]:
    """The calls that succeed one after the other, a few at most, with the arguments that they have before them all."""
    kept: list[tuple[Goal, dict[str, Any]]] = []
    before = world.dump()
    for goal in goals:
        arguments = _arguments(spec, goal, names, world)
        if arguments is None or spec.tools[goal.tool].body is None or len(kept) == MOST_CALLS:
            continue
        trial = MemoryWorld(spec, before)
        outcome = Interpreter(spec, trial).call(goal.tool, deepcopy(arguments))
        if outcome.ok and not holds_unknown(outcome.value):
            kept.append((goal, arguments))
            before = trial.dump()
    return kept


def _obeyed(spec: Spec, scenario: Scenario, witness: Witness, at_home: bool) -> Played:
    """With the rules that the story keeps. Raises Refuted where the reference cannot play it out."""
    plan = plans(scenario.goals, False)[0]
    story = Replay(spec, witness).story(scenario, plan)
    assert all(c.ok for c in story.calls), "a call is kept that fails"
    while wrong := story.broken(spec) | story.doubted(spec):
        while more := {n for n, r in spec.rules.items() if wrong & set(r.presupposes)} - wrong:
            wrong |= more
        spec = evolve(spec, rules={n: r for n, r in spec.rules.items() if n not in wrong})
        story = Replay(spec, witness).story(scenario, plan)
    return Played(spec, scenario, witness, story, at_home)


__all__ = ["Played", "played", "written"]
