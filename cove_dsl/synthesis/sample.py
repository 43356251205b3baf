"""Draws tasks over a world. In: a desk, a world, a seed. Out: tasks, each with plans that were carried out in the
sandbox before the task was kept. A task is fixed by its seed and its index alone, so any of them can be made again.
"""

import random
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice, product
from typing import Any

from attrs import define, evolve, field, frozen

from ..backends.python.runtime.engine import Sandbox
from ..backends.python.runtime.values import UNKNOWN, is_number
from ..backends.python.scenarios import Aim, Scene, Told
from ..core.nodes import Disclosure, Goal
from ..core.types import MONEY, EnumType, ListType, RecordType, Ref, Type, strip
from ..core.walk import walk
from ..world.desk import Desk, World
from ..world.state import diff_pointers
from .describe import Description, Speaker, describe, shape_of, values_at
from .goals import MOST_PLANS, Planned, Resolver, Steps, evaluate
from .scenes import Shape, scenes_of
from .tasks import Fact, Lookup, Move, Need, Plan, Profile, Task, stable_hash
from .wording import stated

DRAWS = 400  # candidates looked at before a scenario is given up for this task
TRIES = 60  # scenarios drawn before a task is given up
COMPOSED = 0.25  # the share of tasks with several wishes, where a specification composes any
WIDTH = 80  # candidates of one pick that are tried


class NoTask(Exception):
    """The draws of this budget met no task."""


@frozen
class Drawn:
    """One scenario with values for all its names."""

    scene: Scene
    bindings: dict[str, Any]
    offered: dict[str, list[Any]]


@frozen
class Resolved:
    """A drawn scenario with its plans, its witness, and what the user says."""

    drawn: Drawn
    plans: list[Steps]
    moves: tuple[Move, ...]
    said: tuple[dict[str, Any], ...]
    facts: tuple[Fact, ...]
    descriptions: tuple[Description, ...]


@define
class Sampler:
    """Draws tasks of one desk over one world; `dropped` counts what was drawn and not kept, by scenario and reason."""

    desk: Desk
    world: World
    seed: int = 0
    glob: str | None = None
    shape: Shape = field(init=False)
    scenes: dict[str, Scene] = field(init=False)
    dropped: Counter[tuple[str, str]] = field(factory=Counter)
    kinds: dict[str, dict[str, Type]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.shape = Shape(self.desk.spec)
        every = scenes_of(self.desk.spec)
        self.scenes = {n: s for n, s in every.items() if self.glob is None or fnmatchcase(n, self.glob)}
        if not self.scenes:
            raise NoTask(f"no scenario of `{self.desk.name}` is called `{self.glob}`" if every else f"`{self.desk.name}` has no scenarios")
        for name, scenario in self.desk.spec.scenarios.items():
            self.kinds[name] = {p.name: _drawn_type(p.source.type, p.kind == "pick", p.many) for p in scenario.picks if p.name}

    def task(self, index: int) -> Task:
        """The task of an index. Raises NoTask where the budget is spent."""
        rng = random.Random(f"{self.seed}:{index}")
        for _ in range(TRIES):
            task = self._attempt(rng, index)
            if task is not None:
                return task
        raise NoTask(f"no task was found in {TRIES} draws")

    def _attempt(self, rng: random.Random, index: int) -> Task | None:
        scenes, sharing = self._choose(rng)
        drawn: list[Drawn] = []
        for scene in scenes:
            fixed = {sharing: drawn[0].bindings[sharing]} if sharing and drawn else {}
            found = self._draw(scene, rng, fixed)
            if found is None or self._overlap(found, drawn, sharing):
                self.dropped[scene.name, "nothing to draw" if found is None else "the same row twice"] += 1
                return None
            drawn.append(found)
        return self._build(drawn, rng, index)

    def _choose(self, rng: random.Random) -> tuple[list[Scene], str | None]:
        composes = [c for c in self.desk.spec.composes if sum(s in self.scenes for s in c.scenarios) >= max(c.low, 2)]
        if self.glob is None and composes and rng.random() < COMPOSED:
            compose = rng.choice(composes)
            names = [n for n in compose.scenarios if n in self.scenes]
            chosen = rng.sample(names, min(rng.randint(max(compose.low, 2), compose.high), len(names)))
            scenes = [self.scenes[n] for n in chosen]
            return sorted(scenes, key=lambda s: any(a.kind != "learn" for a in s.aims)), compose.sharing
        scenes = list(self.scenes.values())
        return [rng.choices(scenes, [s.weight for s in scenes])[0]], None

    # --- drawing

    def _draw(self, scene: Scene, rng: random.Random, fixed: dict[str, Any]) -> Drawn | None:
        budget = [DRAWS]
        c = Sandbox(self.desk.program, self.world.inner)
        found = next(self._extend(scene, 0, {}, {}, rng, fixed, budget, c), None)
        return found

    def _extend(
        self, scene: Scene, at: int, bound: dict[str, Any], offered: dict[str, list[Any]], rng: random.Random, fixed: dict[str, Any], budget: list[int], c: Sandbox
    ) -> Iterator[Drawn]:
        """Every way to give the names from a step on, in random order, while the budget lasts."""
        if at == len(scene.draws):
            yield Drawn(scene, bound, offered)
            return
        draw = scene.draws[at]
        value = evaluate(draw.run, c, bound)
        if value is UNKNOWN or draw.kind == "where":
            if value is True:
                yield from self._extend(scene, at + 1, bound, offered, rng, fixed, budget, c)
            return
        if draw.kind == "let":
            yield from self._extend(scene, at + 1, bound | {draw.name: value}, offered, rng, fixed, budget, c)
            return
        value = value or []
        for picked in _candidates(value, draw.low, draw.high, draw.many, rng, fixed.get(draw.name)):
            budget[0] -= 1
            if budget[0] < 0:
                return
            yield from self._extend(scene, at + 1, bound | {draw.name: picked}, offered | {draw.name: value}, rng, fixed, budget, c)

    def _overlap(self, found: Drawn, others: list[Drawn], sharing: str | None) -> bool:
        """Whether two scenarios of a task would speak of the same row."""
        mine = set(self._rows(found, sharing))
        return any(mine & set(self._rows(o, sharing)) for o in others)

    def _rows(self, drawn: Drawn, sharing: str | None) -> Iterator[tuple[str, str]]:
        for name, kind in self.kinds[drawn.scene.name].items():
            table = self.shape.table_of(kind)
            if table is not None and name != sharing and isinstance(drawn.bindings.get(name), dict):
                yield table, drawn.bindings[name][self.shape.key_field(table)]

    # --- from values to a task

    def _build(self, drawn: list[Drawn], rng: random.Random, index: int) -> Task | None:
        world = self.world.inner.fork()
        drawn = [self._given(d, world) for d in drawn]
        resolver = Resolver(self.desk.program, world, {t.name: tuple(p.name for p in t.params) for t in self.desk.spec.tools.values()})
        person, lookups = self._person(drawn)
        found = []
        for one in drawn:
            made = self._resolve(one, resolver, person, lookups, rng)
            if isinstance(made, str):
                self.dropped[one.scene.name, made] += 1
                return None
            found.append(made)
        accept = _accepted(resolver, [r.plans for r in found])
        if not accept:
            self.dropped[drawn[0].scene.name, "the wishes do not go together"] += 1
            return None
        return self._task(found, accept, person, lookups, world, index)

    def _given(self, drawn: Drawn, world: Any) -> Drawn:
        """What holds before the conversation begins; rows are then seen as they are."""
        if drawn.scene.given is None:
            return drawn
        evaluate(drawn.scene.given, Sandbox(self.desk.program, world), drawn.bindings)
        kinds = self.kinds[drawn.scene.name]
        fresh = {
            n: world.row(t, v[self.shape.key_field(t)])
            for n, v in drawn.bindings.items() if isinstance(v, dict) and (t := self.shape.table_of(kinds[n])) is not None
        }  # fmt: skip
        return evolve(drawn, bindings=drawn.bindings | fresh)

    def _person(self, drawn: list[Drawn]) -> tuple[tuple[str, str, str], tuple[Lookup, ...]]:
        """Who calls: the first pick of a table that a tool finds people in, and the ways to be found by what is known."""
        first = drawn[0]
        for draw in first.scene.draws:
            table = self.shape.table_of(self.kinds[first.scene.name].get(draw.name, RecordType("")))
            if table in self.shape.lookups:
                row = first.bindings[draw.name]
                known = [v for d in drawn for t in d.scene.told if t.kind != "describes" and t.names == {draw.name} for v in self._leaves(d, t)]
                return (draw.name, table, row[self.shape.key_field(table)]), tuple(self._lookups(table, row, known))
        return ("", "", ""), ()

    def _leaves(self, drawn: Drawn, told: Told) -> list[Any]:
        value = evaluate(told.run, Sandbox(self.desk.program, self.world.inner), drawn.bindings)
        return list(value.values()) if isinstance(value, dict) else [value]

    def _lookups(self, table: str, row: Any, known: list[Any]) -> Iterator[Lookup]:
        sandbox = Sandbox(self.desk.program, self.world.inner.fork())
        for tool in self.shape.lookups[table]:
            arguments = {p.name: next(iter(values_at(row, self.shape.path_to(table, p.name) or ())), None) for p in tool.params}
            if all(v in known for v in arguments.values()) and sandbox.call(tool.name, arguments).value == row[self.shape.key_field(table)]:
                yield Lookup(tool.name, arguments)

    def _resolve(self, drawn: Drawn, resolver: Resolver, person: tuple[str, str, str], lookups: tuple[Lookup, ...], rng: random.Random) -> Resolved | str:
        if person[0] and not lookups:
            return "the person cannot be found"
        facts, descriptions = self._facts(drawn, resolver, rng, person)
        if facts is None:
            return "a description fits several rows"
        goals = [a for a in drawn.scene.aims if a.kind != "learn"]
        refused: tuple[Steps, int] | None = None
        if drawn.scene.refusal is not None:
            refused = self._refused(goals[0], drawn, resolver, lookups)
            if refused is None:
                return "what should be refused is allowed"
            rest = goals[0].aims[1:] if goals[0].kind == "first" else ()
            goals = [Aim("first", "", (), (), None, "", "", (*rest, _NOTHING), frozenset(), (), None), *goals[1:]]
        plans = resolver.together([resolver.plans(g, drawn.bindings) for g in goals]) if goals else [()]
        if not plans:
            return "no plan goes through"
        unmet = _unmet(goals, resolver, drawn) if refused is None else None
        moves = _Witness(self, drawn, facts, person).moves(plans, refused, unmet)
        return Resolved(drawn, plans, moves, self._said(drawn, resolver, plans[0], refused is not None), facts, descriptions)

    def _refused(self, goal: Aim, drawn: Drawn, resolver: Resolver, lookups: tuple[Lookup, ...]) -> tuple[Steps, int] | None:
        forbidden = resolver.forbidden(goal.aims[0] if goal.kind == "first" else goal, drawn.bindings)
        assert drawn.scene.refusal is not None
        for plan in forbidden:
            at = resolver.refused_at(plan, drawn.scene.refusal, lookups[0] if lookups else None)
            if at is not None:
                return plan, at
        return None

    def _said(self, drawn: Drawn, resolver: Resolver, plan: Steps, refused: bool) -> tuple[dict[str, Any], ...]:
        """What the agent owes in words, and the calls that change nothing but have to be made."""
        said: list[dict[str, Any]] = [{"name": "refusal", "refusal": True}] if refused else []
        for aim in drawn.scene.aims:
            if aim.kind == "learn":
                value = evaluate(aim.args[0], resolver.c, drawn.bindings)
                said.append({"name": aim.name, "amount": value} if is_number(value) else {"name": aim.name, "text": str(value)})
        writes = self.desk.spec.writes()
        return (*said, *({"name": s.call["name"], "call": s.call["name"]} for s in plan if s.call["name"] not in writes))

    # --- what the user says

    def _facts(
        self, drawn: Drawn, resolver: Resolver, rng: random.Random, person: tuple[str, str, str]
    ) -> tuple[tuple[Fact, ...] | None, tuple[Description, ...]]:
        scenario = self.desk.spec.scenarios[drawn.scene.name]
        speaker = Speaker(self.shape, resolver.c)
        facts: list[Fact] = []
        descriptions = []
        for told, declared in zip(drawn.scene.told, scenario.disclosures, strict=True):
            value = evaluate(told.run, resolver.c, drawn.bindings)
            if told.kind == "describes":
                found = self._describe(told, declared, value, drawn, resolver, rng)
                if found is None:
                    return None, ()
                descriptions.append(found)
                facts.append(Fact("describes", told.label, None, found.text, tuple(sorted(told.names)), shape="thing"))
            elif told.kind == "volunteers" and not self._singles_out(told, value, drawn, resolver):
                return None, ()
            else:
                kind = strip(declared.expr.type)
                phrase = self._stated(kind, value, rng) if isinstance(kind, EnumType) else speaker.phrase(value, kind)
                facts.append(_fact(told, value, phrase, kind))
        return tuple(facts), tuple(descriptions)

    def _stated(self, kind: EnumType, value: Any, rng: random.Random) -> str:
        """A value among few, in words that the specification recognises."""
        facts = (d for d in self.desk.spec.defines.values() if d.kind == "fact" and strip(d.returns) == kind)
        phrases = [p for d in facts for ps, v in d.phrases if v == value for p in ps]
        return stated(str(value), phrases, rng)

    def _describe(self, told: Told, declared: Disclosure, row: Any, drawn: Drawn, resolver: Resolver, rng: random.Random) -> Description | None:
        table = self.shape.table_of(declared.expr.type)
        if table is None or not isinstance(row, dict):
            return None
        within = next((d.within for d in self.desk.spec.descriptions if d.table == table and d.within), None)
        rows = resolver.world.all_rows(table)
        if within in drawn.bindings:
            owner = self.shape.table_of(self.kinds[drawn.scene.name][within])
            key = drawn.bindings[within][self.shape.key_field(owner)] if owner else None
            rows = [r for r in rows if any(r.get(f) == key for f in self.shape.links(table, owner or ""))]
        return describe(table, row[self.shape.key_field(table)], row, told.ways, rows, rng)

    def _singles_out(self, told: Told, value: Any, drawn: Drawn, resolver: Resolver) -> bool:
        """What is said of a thing that was picked must fit no other candidate of that pick."""
        if len(told.names) != 1 or (name := next(iter(told.names))) not in drawn.offered:
            return True
        many = isinstance(drawn.bindings[name], list)
        wanted = value if many else [value]
        every = [evaluate(told.run, resolver.c, drawn.bindings | {name: [o] if many else o}) for o in drawn.offered[name]]
        flat = [v[0] if many else v for v in every]
        return all(flat.count(w) == 1 for w in wanted)

    # --- the task

    def _task(
        self, found: list[Resolved], accept: list[Plan], person: tuple[str, str, str], lookups: tuple[Lookup, ...], world: Any, index: int
    ) -> Task:
        writes = self.desk.spec.writes()
        names = tuple(r.drawn.scene.name for r in found)
        start = tuple((pointer, value) for pointer, value in diff_pointers(world, self.world.inner))
        bindings = {f"{n}/{k}" if len(found) > 1 else k: v for n, r in zip(names, found, strict=True) for k, v in r.drawn.bindings.items()}
        plans = tuple([c for c in plan if c["name"] in writes] for plan in accept)
        refusal = next((r.drawn.scene.refusal for r in found if r.drawn.scene.refusal), None)
        said = tuple({str(s): s for r in found for s in r.said}.values())
        described = tuple({"table": d.table, "key": d.key, "by": [[list(p), some, v] for p, some, v in d.parts], "text": d.text} for r in found for d in r.descriptions)
        moves = tuple(m for r in found for m in r.moves)
        return Task(
            id=f"{names[0]}-{stable_hash(self.desk.hash, list(names), bindings, index, self.seed)[:12]}", scenarios=names, seed=self.seed, index=index,
            spec=self.desk.hash, world=self.world.digest(), start=start, bindings=bindings, profile=self._profile(found, person[0]),
            person=person[1:], lookups=lookups, accept=plans, said=said, refusal=refusal, facts=_stated(found), descriptions=described, moves=moves,
        )  # fmt: skip

    def _profile(self, found: list[Resolved], person: str) -> Profile:
        facts = {(f.kind, f.label, f.phrase): f for r in found for f in r.facts}.values()
        about = tuple(f for f in facts if f.names == (person,) and f.kind != "describes" and f.shape != "thing")
        kinds = {k: tuple(f for f in facts if f.kind == k and f not in about) for k in ("knows", "volunteers", "describes")}
        personas = tuple(p for r in found if (p := self.desk.spec.scenarios[r.drawn.scene.name].persona))
        return Profile(kinds["knows"], kinds["volunteers"], kinds["describes"], about, personas)


_NOTHING = Aim("nothing", "", (), (), None, "", "", (), frozenset(), (), None)


def _drawn_type(kind: Type, picked: bool, many: bool) -> Type:
    inner = strip(kind)
    return inner.item if picked and not many and isinstance(inner, ListType) else inner


def _candidates(values: list[Any], low: int, high: int, many: bool, rng: random.Random, fixed: Any) -> Iterator[Any]:
    if fixed is not None:
        yield from [fixed] if any(v is fixed or v == fixed for v in values) else []
    elif many:
        for _ in range(3 if len(values) >= low else 0):
            size = rng.randint(low, min(high, len(values)))
            yield [values[i] for i in sorted(rng.sample(range(len(values)), size))]
    else:
        for i in rng.sample(range(len(values)), min(len(values), WIDTH)):
            yield values[i]


def _fact(told: Told, value: Any, phrase: str, kind: Type) -> Fact:
    shape: Any = shape_of(kind)
    named = str(told.label).endswith("name") or "name" in told.label.split(".")
    return Fact(told.kind, told.label, value, phrase, tuple(sorted(told.names)), told.authored or " " in told.label, shape if not named else "text")  # type: ignore[arg-type]


def _stated(found: list[Resolved]) -> dict[str, Any]:
    """Values of enums that the user states: what a recogniser has to find in the conversation."""
    return {f.label: f.value for r in found for f in r.facts if f.shape == "choice"}


def _unmet(goals: list[Aim], resolver: Resolver, drawn: Drawn) -> Planned | None:
    """What the user asks for first where the data rule it out, as far as it can be named."""
    goal = next((g for g in goals if g.kind == "first"), None)
    if goal is None or goal.aims[0].kind != "do" or resolver.plans(goal.aims[0], drawn.bindings):
        return None
    aim = goal.aims[0]
    values = [evaluate(a, resolver.c, drawn.bindings) for a in aim.args]
    return Planned({"name": aim.tool, "arguments": dict(zip(resolver.params[aim.tool], values, strict=True))}, aim, drawn.bindings)


def _accepted(resolver: Resolver, parts: list[list[Steps]]) -> list[Plan]:
    """Every way to serve all wishes, one for each end of the world."""
    ends: dict[str, Plan] = {}
    for chosen in islice(product(*parts), MOST_PLANS):
        plan = tuple(s for part in chosen for s in part)
        if len(parts) == 1 or resolver.goes(plan):
            calls = [s.call for s in plan]
            ends.setdefault(f"{resolver.end(plan).digest()}", calls)
    return list(ends.values())


class _Witness:
    """Puts a plan into the order of a conversation, and gives each move what the user says about it."""

    def __init__(self, sampler: Sampler, drawn: Drawn, facts: tuple[Fact, ...], person: tuple[str, str, str]) -> None:
        self.sampler, self.drawn, self.person = sampler, drawn, person
        self.shape = sampler.shape
        self.facts = [f for f in facts if set(f.names) - {person[0]} or f.kind == "describes"]

    def moves(self, plans: list[Steps], refused: tuple[Steps, int] | None, unmet: Planned | None) -> tuple[Move, ...]:
        plan = plans[0]
        steps: list[tuple[str, Planned]] = [("unable", unmet)] if unmet is not None else []
        steps += [("do", s) for s in plan]
        if refused is not None:
            forbidden, at = refused
            before = [s for s in steps if any(s[1].call == f.call for f in forbidden[:at])]
            steps = [*before, ("refuse", forbidden[at]), *(s for s in steps if s not in before)]
        writes = self.sampler.desk.spec.writes()
        told: set[int] = set()
        others = tuple(p[0].call for p in plans[1:]) if len(plan) == 1 else ()
        made = [self._move(k if k != "do" or s.call["name"] in writes else "act", s, told) for k, s in steps]
        made += [self._question(a, told) for a in self.drawn.scene.aims if a.kind == "learn"]
        made = [evolve(m, others=others) if m.kind == "do" else m for m in made]
        acts = [m for m in made if m.kind == "act"]
        made = [m for m in made if m.kind != "act"] + acts
        rest = tuple(f for f in self.facts if id(f) not in told)
        return (evolve(made[0], facts=(*made[0].facts, *rest)), *made[1:]) if made else ()

    def _move(self, kind: Any, step: Planned, told: set[int]) -> Move:
        aim, scene = step.aim, self.drawn.scene
        mine = self._take(aim.names, told)
        tool = self.sampler.desk.spec.tools[aim.tool]
        slots = {p.name: tuple(sorted(names)) for p, names in zip(tool.params, aim.arg_names, strict=True)}
        return Move(kind, scene.name, step.call, mine, slots, self._needs(aim, step), rule=scene.refusal if kind == "refuse" and scene.refusal else ("", ""))

    def _question(self, aim: Aim, told: set[int]) -> Move:
        c = Sandbox(self.sampler.desk.program, self.sampler.world.inner)
        value = evaluate(aim.args[0], c, self.drawn.bindings)
        total = evaluate(aim.sum, c, self._lets()) if aim.sum is not None else None
        return Move("learn", self.drawn.scene.name, {}, self._take(aim.names, told), {}, self._needs(aim, None), aim.name, aim.text, value, self._is_money(aim.name), total)

    def _is_money(self, name: str) -> bool:
        goals = walk(self.sampler.desk.spec.scenarios[self.drawn.scene.name].goals)
        return any(isinstance(g, Goal) and g.kind == "learn" and g.name == name and strip(g.args[0].type) == MONEY for g in goals)

    def _lets(self) -> dict[str, Any]:
        return self.drawn.bindings

    def _take(self, names: frozenset[str], told: set[int]) -> tuple[Fact, ...]:
        """The facts that speak of what a goal rests on, each said once."""
        about = self._behind(names) - {self.person[0]}
        mine = [f for f in self.facts if id(f) not in told and set(f.names) & about]
        told.update(map(id, mine))
        return tuple(mine)

    def _behind(self, names: frozenset[str]) -> set[str]:
        return set(names)

    def _needs(self, aim: Aim, step: Planned | None) -> tuple[Need, ...]:
        """The rows that the goal's things are or belong to, in the order in which they were drawn."""
        kinds, found = self.sampler.kinds[self.drawn.scene.name], []
        described = {n for f in self.facts if f.kind == "describes" for n in f.names}
        for name, value in self.drawn.bindings.items():
            if isinstance(value, dict) and (table := self.shape.table_of(kinds[name])) is not None and table != self.person[1]:
                found.append((table, value))
            elif step is not None and name in aim.names and name not in described:
                found += self._holders(value)
        for key in _keys(step.call["arguments"]) if step is not None else ():
            if not any(_holds(row, key) for _, row in found):
                found += self._holding(key)
        made = [Need(t, row[self.shape.key_field(t)], str(next(iter(values_at(row, ("name",))), ""))) for t, row in found]
        return tuple(dict.fromkeys(made))

    def _holders(self, value: Any) -> list[tuple[str, Any]]:
        """The rows that a thing names as the ones it belongs to, where a description leads there."""
        return []

    def _holding(self, key: str) -> list[tuple[str, Any]]:
        """The row that holds an entry under a key: a product for one of its variants."""
        tables = [t for t in self.shape.readers if t in self.shape.spec.tables and t != self.person[1]]
        rows = ((t, r) for t in tables for r in self.sampler.world.inner.all_rows(t))
        return next(([(t, r)] for t, r in rows if any(isinstance(v, dict) and key in v for v in r.values())), [])


def _keys(arguments: dict[str, Any]) -> Iterator[str]:
    for value in arguments.values():
        yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))


def _holds(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(v, key) for v in value.values())
    return any(_holds(v, key) for v in value) if isinstance(value, list) else value == key


def sample_tasks(desk: Desk, world: World, n: int, seed: int = 0, scenario_glob: str | None = None) -> Iterator[Task]:
    """The first `n` tasks of a seed. Raises NoTask where a task's budget is spent without one."""
    sampler = Sampler(desk, world, seed, scenario_glob)
    yield from map(sampler.task, range(n))


__all__ = ["NoTask", "Sampler", "sample_tasks"]
