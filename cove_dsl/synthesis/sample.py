"""Draws tasks over a world. In: a desk, a world, a seed. Out: tasks, each with plans that were carried out in the
sandbox before the task was kept. A task is fixed by its seed and its index alone, so any of them can be made again.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import islice, product
from typing import Any

from attrs import define, evolve, field, frozen

from ..backends.prompt import Visit, render_visits
from ..backends.python.runtime.sandbox import Program, Sandbox
from ..backends.python.runtime.values import is_number
from ..backends.python.runtime.world import World as Overlay
from ..backends.python.scenarios import Aim, Hole, Scene
from ..core.spec import Compose
from ..core.types import Optional, Type
from ..world.desk import Desk, World
from ..world.state import apply_start, diff_pointers, world_hash
from .bound import binding
from .boundary import NEAREST_OF, Edge, Edges
from .cover import Chooser
from .describe import values_at
from .dials import Dials, signatures
from .disclose import Ambiguous, Disclosed, Discloser
from .drawing import Drawer, Drawn, Fixed, begin, kinds_of, moved
from .goals import MOST_PLANS, Planned, Resolver, Steps, evaluate
from .scenes import Shape, scenes_of
from .tasks import Lookup, Move, Plan, Profile, Task, stable_hash
from .witness import Holders, Person, Witness, holders_of

ALLOWED = "what should be refused is allowed"
TRIES = 60  # scenarios drawn before a task is given up
EDGE_TRIES = 400  # likewise, where a task has to sit on an edge: most scenarios come near none
PATIENCE = 15  # of these, those given to a scenario whose turn it is


class NoTask(Exception):
    """The draws of this budget met no task."""


class Dropped(Exception):
    """What was drawn makes no task, and why. `sure`: nor does anything else that could be drawn."""

    def __init__(self, scenario: str, reason: str, sure: bool = False) -> None:
        super().__init__(reason)
        self.scenario, self.reason, self.sure = scenario, reason, sure


@frozen
class Resolved:
    """A drawn scenario with its plans, its witness, and what the user says."""

    drawn: Drawn
    plans: list[Steps]
    moves: tuple[Move, ...]
    said: tuple[dict[str, Any], ...]
    told: Disclosed
    asserted: tuple[dict[str, Any], ...] = ()


@define
class Sampler:
    """Draws tasks of one desk over one world; `dropped` counts what was drawn and not kept, by scenario and reason;
    `barren` are the scenarios of which the world has nothing to draw."""

    desk: Desk
    world: World
    seed: int = 0
    glob: str | None = None
    dials: Dials = Dials()
    dropped: Counter[tuple[str, str]] = field(factory=Counter)
    barren: set[str] = field(factory=set)
    shape: Shape = field(init=False)
    scenes: dict[str, Scene] = field(init=False)
    kinds: dict[str, dict[str, Type]] = field(init=False)
    world_hash: str = field(init=False)
    holders: Holders = field(init=False)
    _binding: dict[str, tuple[Program, bool]] = field(init=False, factory=dict)
    _chooser: Chooser | None = field(init=False, default=None)
    _edges: Edges | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        spec = self.desk.spec
        self.shape = Shape(spec)
        self.world_hash = world_hash(self.world.inner)
        self.holders = holders_of(self.shape, self.world.inner)
        self.kinds = {name: kinds_of(s) for name, s in spec.scenarios.items()}
        self.scenes = {n: s for n, s in scenes_of(spec).items() if self.glob is None or fnmatchcase(n, self.glob)}
        if not self.scenes:
            raise NoTask(f"no scenario of `{spec.name}` fits `{self.glob or '*'}`")

    def task(self, index: int) -> Task:
        """The task of an index. Raises NoTask where the budget is spent."""
        if not self.dials.cover:
            return self.candidate(index)
        if self._chooser is None:
            self._chooser = Chooser(self, self.candidate)
        return self._chooser.task(index)

    def binding(self, table: str) -> tuple[Program, bool]:
        """The rules that bind the plans of a person of this table."""
        if table not in self._binding:
            finders = frozenset(tool.name for tool in self.shape.lookups.get(table, ()))
            self._binding[table] = binding(self.desk.program, self.desk.spec, finders)
        return self._binding[table]

    def candidate(self, index: int, number: int = 0) -> Task:
        """One of the tasks that an index could have. Raises NoTask where the budget is spent."""
        rng = random.Random(f"{self.seed}:{index}:{number}" if number else f"{self.seed}:{index}")
        tries = TRIES if self.dials.boundary is None else EDGE_TRIES
        for attempt in range(tries):
            try:
                return self._wanted(self._attempt(rng, index, index + number, attempt))
            except Dropped as drop:
                self.dropped[drop.scenario, drop.reason] += 1
                self.barren |= {drop.scenario} if drop.sure else set()
        raise NoTask(f"no task was found in {tries} draws: {self._why()}")

    def _wanted(self, task: Task) -> Task:
        """A task that is not to be avoided. Raises Dropped."""
        if self.dials.avoid and self.dials.avoid & signatures(task.accept):
            raise Dropped(task.scenarios[0], "to be avoided")
        return task

    def _why(self) -> str:
        """What stood in the way of tasks most often, and of which scenario."""
        most = [f"{scenario}: {reason} ({n})" for (scenario, reason), n in self.dropped.most_common(3)]
        return "; ".join(most)

    def _attempt(self, rng: random.Random, index: int, turn: int, attempt: int) -> Task:
        """A task, or one at an edge if such are wanted. Raises Dropped."""
        scenes, sharing = self._choose(rng, turn + attempt // PATIENCE)
        if self.dials.boundary == "nearest":
            return self._nearest(rng, index, scenes, sharing)
        drawn = self._draw(rng, scenes, sharing, self.world.inner)
        task = _Maker(self, drawn, rng, self.world.inner).task(index)
        return task if self.dials.boundary is None else self._at_an_edge(rng, index, task, drawn, sharing)

    def _draw(
        self, rng: random.Random, scenes: list[Scene], sharing: str | None, base: Overlay, kept: Sequence[Fixed] = ()
    ) -> list[Drawn]:
        """Each scenario over a world. `kept`: the values that names of each must have. Raises Dropped."""
        drawn: list[Drawn] = []
        for number, scene in enumerate(scenes):
            fixed: Fixed = kept[number] if kept else {}
            fixed = fixed | ({sharing: drawn[0].bindings[sharing]} if sharing and drawn else {})
            c = Sandbox(self.desk.program, base)
            drawer = Drawer(scene, self.kinds[scene.name], c, rng)
            found = drawer.draw(fixed)
            if found is None:
                sure = base is self.world.inner and not fixed and not drawer.left_out
                raise Dropped(scene.name, "nothing to draw", sure)
            if any(self._keys(found, sharing) & self._keys(other, sharing) for other in drawn):
                raise Dropped(scene.name, "the same row twice")
            drawn.append(found)
        return drawn

    # --- at the edge of a rule

    @property
    def edges(self) -> Edges:
        if self._edges is None:
            self._edges = Edges(self)
        return self._edges

    def _at_an_edge(self, rng: random.Random, index: int, task: Task, drawn: list[Drawn], sharing: str | None) -> Task:
        """The same rows in a world that was changed so that a comparison is met at its edge. Raises Dropped."""
        scenes = [d.scene for d in drawn]
        for key, margin, world in self.edges.moved(task, self._began(task), rng):
            kept = [moved(d, world, self.shape) for d in drawn]
            try:
                again = self._draw(random.Random(rng.random()), scenes, sharing, world, kept)
                made = _Maker(self, again, rng, world).task(index)
            except Dropped:
                continue
            told = self.edges.told(key, margin, made, self._began(made))
            if told is not None:
                return evolve(made, edge=told)
        raise Dropped(task.scenarios[0], "no comparison can be brought to its edge")

    def _nearest(self, rng: random.Random, index: int, scenes: list[Scene], sharing: str | None) -> Task:
        """Of many draws, the one with a comparison nearest its edge. Raises Dropped."""
        best: tuple[Fraction, Task, Edge] | None = None
        for _ in range(NEAREST_OF):
            try:
                drawn = self._draw(rng, scenes, sharing, self.world.inner)
                task = _Maker(self, drawn, rng, self.world.inner).task(index)
            except Dropped:
                continue
            for edge in self.edges.met(task, self._began(task)):
                distance = abs(edge.margin) / edge.unit
                if best is None or distance < best[0]:
                    best = distance, task, edge
        if best is None:
            raise Dropped(scenes[0].name, "no comparison is met")
        return evolve(best[1], edge=self.edges.words(best[2]))

    def _began(self, task: Task) -> Overlay:
        """The world in which a task begins."""
        return apply_start(self.world.inner, list(task.start))

    def _keys(self, drawn: Drawn, sharing: str | None) -> set[tuple[str, str]]:
        rows = drawn.rows(self.shape)
        return {(table, row[self.shape.key_field(table)]) for name, table, row in rows if name != sharing}

    def _choose(self, rng: random.Random, index: int) -> tuple[list[Scene], str | None]:
        """One scenario by weight or in turn, or several that go together; questions first, before answers could
        change."""
        low, high = self.dials.wishes
        least = max(low, 2)
        composes = [c for c in self.desk.spec.composes if self._sharers(c) >= max(c.low, least) and c.high >= least]
        if composes and high >= least and (low > 1 or rng.random() < self.dials.composed):
            compose = rng.choice(composes)
            names = [n for n in compose.scenarios if n in self.scenes]
            most = min(compose.high, high, len(names))
            chosen = rng.sample(names, rng.randint(min(max(compose.low, least), most), most))
            scenes = [self.scenes[n] for n in chosen]
            return sorted(scenes, key=lambda s: any(a.kind != "learn" for a in s.aims)), compose.sharing
        return [self._one(rng, index)], None

    def _sharers(self, compose: Compose) -> int:
        return sum(s in self.scenes for s in compose.scenarios)

    def _one(self, rng: random.Random, index: int) -> Scene:
        scenes = list(self.scenes.values())
        if self.dials.spread:
            order = random.Random(f"{self.seed}:{index // len(scenes)}").sample(scenes, len(scenes))
            return order[index % len(scenes)]
        weights = [self.dials.weight(s.name, s.weight) for s in scenes]
        return rng.choices(scenes, weights)[0] if any(weights) else rng.choice(scenes)


_NOTHING = Aim("nothing", "", (), (), None, "", "", (), frozenset(), (), None)


class _Maker:
    """Makes the task of what was drawn, or says why there is none."""

    def __init__(self, sampler: Sampler, drawn: list[Drawn], rng: random.Random, base: Overlay) -> None:
        self.sampler, self.shape, self.desk, self.rng = sampler, sampler.shape, sampler.desk, rng
        self.world: Overlay = base.fork()
        self.drawn = [begin(d, self.shape, self.world) for d in drawn]
        params = {t.name: tuple(p.name for p in t.params) for t in self.desk.spec.tools.values()}
        self.person = self._person()
        self.resolver = Resolver(self.desk.program, self.world, params, *sampler.binding(self.person.table))
        self.c = self.resolver.c
        self.lookups = self.resolver.lookups = tuple(self._lookups()) if self.person.name else ()

    # --- who calls

    def _person(self) -> Person:
        """The first row that was drawn of a table in which a tool finds people."""
        rows = self.drawn[0].rows(self.shape)
        found = next(((n, t, r) for n, t, r in rows if t in self.shape.lookups), None)
        return Person(found[0], found[1], found[2][self.shape.key_field(found[1])]) if found else Person()

    def _lookups(self) -> Iterator[Lookup]:
        """The tools that find the person by what that person knows."""
        row = self.c.world.row(self.person.table, self.person.key)
        known = [v for d in self.drawn for v in self._known(d)]
        for tool in self.shape.lookups[self.person.table]:
            paths = {p.name: self.shape.path_to(self.person.table, p.name) for p in tool.params}
            values = {name: next(iter(values_at(row, path)), None) if path else None for name, path in paths.items()}
            spared = {p.name for p in tool.params if isinstance(p.type, Optional) and values[p.name] not in known}
            arguments = {name: value for name, value in values.items() if name not in spared}
            found = self.c.fork().call(tool.name, arguments)
            if self._key_of(found.value) == self.person.key and all(v in known for v in arguments.values()):
                yield Lookup(tool.name, arguments)

    def _key_of(self, found: Any) -> Any:
        """The key that a look-up gave, or that of the row."""
        return found.get(self.shape.key_field(self.person.table)) if isinstance(found, dict) else found

    def _known(self, drawn: Drawn) -> Iterator[Any]:
        for told in drawn.scene.told:
            if told.kind != "describes" and told.says:
                yield from self._held(told.says[0], drawn)  # every other way says as much
            elif told.kind != "describes" and told.names == {self.person.name}:
                value = evaluate(told.run, self.c, drawn.bindings)
                yield from value.values() if isinstance(value, dict) else [value]
        for aim in _every(drawn.scene.aims):
            yield from self._held(aim.says, drawn)

    def _held(self, said: tuple[str | Hole, ...], drawn: Drawn) -> Iterator[Any]:
        """What a sentence says of the person."""
        holes = (part for part in said if isinstance(part, Hole) and part.names == {self.person.name})
        return (evaluate(hole.run, self.c, drawn.bindings) for hole in holes)

    # --- plans

    def _resolve(self, drawn: Drawn) -> Resolved:
        if self.person.name and not self.lookups:
            raise Dropped(drawn.scene.name, f"no look-up finds `{self.person.name}` by what they know")
        try:
            told = Discloser(self.shape, self.c, drawn, self.rng).disclose()
        except Ambiguous:
            raise Dropped(drawn.scene.name, "a description fits several rows") from None
        drawn = evolve(drawn, scene=drawn.scene._replace(aims=told.aims))
        ends = [a for a in drawn.scene.aims if a.kind == "reach"]
        goals = [a for a in drawn.scene.aims if a.kind not in ("learn", "reach")]
        refused = self._refused(goals[0], drawn) if drawn.scene.refusal is not None else None
        if refused is not None:
            rest = goals[0].aims[1:] if goals[0].kind == "first" else ()
            goals = [_NOTHING._replace(kind="first", aims=(*rest, _NOTHING)), *goals[1:]]
        plans = self.resolver.together([self.resolver.options(g, drawn.bindings) for g in goals])
        plans = self.resolver.reaching(plans, ends, drawn.bindings)
        if not plans:
            raise Dropped(drawn.scene.name, self._no_plan())
        unmet = self._unmet(goals, drawn) if refused is None else None
        witness = Witness(self.shape, self.c, drawn, told.facts, self.person, self.sampler.holders)
        moves = witness.moves(plans, refused, unmet)
        asserted = tuple(self.resolver.asserted(ends, drawn.bindings))
        return Resolved(drawn, plans, moves, self._said(drawn, plans[0], refused is not None), told, asserted)

    def _no_plan(self) -> str:
        """Why nothing that was tried goes through."""
        rule = self.resolver.breaks
        return f"what is wanted breaks the rule `{rule}`" if rule else "no plan goes through"

    def _refused(self, goal: Aim, drawn: Drawn) -> tuple[Steps, int]:
        """The plan that is to be refused, and at which of its calls: proved by trying it. Raises Dropped."""
        assert drawn.scene.refusal is not None
        lookup = self.lookups[0] if self.lookups else None
        aim = goal.aims[0] if goal.kind == "first" else goal
        if drawn.scene.refusal[0] in self.resolver.binding.rules and self.resolver.plans(aim, drawn.bindings):
            raise Dropped(drawn.scene.name, ALLOWED)
        for plan in self.resolver.forbidden(aim, drawn.bindings):
            at = self.resolver.refused_at(plan, drawn.scene.refusal, lookup)
            if at is not None:
                return plan, at
        raise Dropped(drawn.scene.name, ALLOWED)

    def _unmet(self, goals: list[Aim], drawn: Drawn) -> Planned | None:
        """What the user asks for first where the data rule it out, as far as it can be named."""
        goal = next((g for g in goals if g.kind == "first"), None)
        if (
            goal is None
            or goal.aims[0].kind != "do"
            or self._not_wanted(goal.aims[0], drawn)
            or self.resolver.plans(goal.aims[0], drawn.bindings)
        ):
            return None
        aim = goal.aims[0]
        values = [evaluate(a, self.c, drawn.bindings) for a in aim.args]
        arguments = dict(zip(self.resolver.params[aim.tool], values, strict=True))
        return Planned({"requestor": "assistant", "name": aim.tool, "arguments": arguments}, aim, drawn.bindings)

    def _not_wanted(self, aim: Aim, drawn: Drawn) -> bool:
        """Whether a goal's own condition rules it out."""
        held = aim.condition is None or aim.choices or evaluate(aim.condition, self.c, drawn.bindings) is True
        return not held

    def _said(self, drawn: Drawn, plan: Steps, refused: bool) -> tuple[dict[str, Any], ...]:
        """What the agent owes in words, and the calls that change nothing but have to be made."""
        said: list[dict[str, Any]] = [{"name": "refusal", "refusal": True}] if refused else []
        for aim in (a for a in drawn.scene.aims if a.kind == "learn"):
            value = evaluate(aim.args[0], self.c, drawn.bindings)
            said.append({"name": aim.name, **({"amount": value} if is_number(value) else {"text": str(value)})})
        writes = self.desk.spec.writes()
        calls = [s.call["name"] for s in plan if s.call["name"] not in writes]
        return (*said, *({"name": name, "call": name} for name in calls))

    def _accepted(self, parts: list[list[Steps]]) -> tuple[Plan, ...]:
        """Every way to serve all wishes, one for each end of the world."""
        ends: dict[str, Plan] = {}
        writes = self.desk.spec.writes()
        for chosen in islice(product(*parts), MOST_PLANS):
            plan = tuple(s for part in chosen for s in part)
            if len(parts) == 1 or self.resolver.goes(plan):
                calls = [s.call for s in plan if s.call["name"] in writes]
                ends.setdefault(self.resolver.end(plan).digest(), calls)
        return tuple(ends.values())

    # --- the task

    def task(self, index: int) -> Task:
        found = [self._resolve(d) for d in self.drawn]
        accept = self._accepted([r.plans for r in found])
        first = tuple(step for r in found for step in r.plans[0])  # the one that is witnessed
        if not accept or (len(found) > 1 and not self.resolver.goes(first)):
            raise Dropped(self.drawn[0].scene.name, "the wishes do not go together")
        names = tuple(r.drawn.scene.name for r in found)
        bindings = {f"{n}/{k}": v for n, r in zip(names, found, strict=True) for k, v in r.drawn.bindings.items()}
        identity = stable_hash(self.desk.hash, list(names), bindings, index, self.sampler.seed)[:12]
        start = tuple((pointer, value) for pointer, value in diff_pointers(self.world, self.sampler.world.inner))
        return Task(
            id=f"{names[0]}-{identity}", scenarios=names, seed=self.sampler.seed, index=index, spec=self.desk.hash,
            world=self.sampler.world_hash, start=start, bindings=bindings, profile=self._profile(found),
            person=(self.person.table, self.person.key), lookups=self.lookups, accept=accept,
            said=tuple({str(s): s for r in found for s in r.said}.values()),
            refusal=next((r.drawn.scene.refusal for r in found if r.drawn.scene.refusal), None),
            facts=_choices(found),
            descriptions=tuple(d.to_json() for r in found for d in r.told.descriptions),
            moves=tuple(m for r in found for m in r.moves), prompt=self._prompt(found),
            asserted=tuple(a for r in found for a in r.asserted),
        )  # fmt: skip

    def _prompt(self, found: list[Resolved]) -> str:
        """What a model that plays the user is told."""
        declared = self.desk.spec.scenarios
        visits = [Visit(declared[r.drawn.scene.name], r.told.values, r.told.sentences) for r in found]
        return render_visits(visits, self.desk.spec)

    def _profile(self, found: list[Resolved]) -> Profile:
        facts = {(f.kind, f.label, f.phrase): f for r in found for f in r.told.facts}.values()
        about = tuple(f for f in facts if f.names == (self.person.name,) and f.shape not in ("thing", "sentence"))
        knows, volunteers, describes = (
            tuple(f for f in facts if f.kind == kind and f not in about)
            for kind in ("knows", "volunteers", "describes")
        )
        personas = tuple(self.desk.spec.scenarios[r.drawn.scene.name].persona for r in found)
        return Profile(knows, volunteers, describes, about, personas)


def _every(aims: Iterable[Aim]) -> Iterator[Aim]:
    """Goals, with those that they are made of."""
    for aim in aims:
        yield aim
        yield from _every(aim.aims)


def _choices(found: list[Resolved]) -> dict[str, Any]:
    """What the user states of choices, by label; where wishes differ in one, also by scenario."""
    stated: dict[str, Any] = {}
    for r in found:
        for fact in (f for f in r.told.facts if f.shape == "choice"):
            other = stated.setdefault(fact.label, fact.value)
            if other != fact.value:
                stated[f"{fact.label} ({r.drawn.scene.name})"] = fact.value
    return stated


def sample_tasks(desk: Desk, world: World, n: int, seed: int = 0, scenario_glob: str | None = None) -> Iterator[Task]:
    """The first `n` tasks of a seed. Raises NoTask where a task's budget is spent without one."""
    sampler = Sampler(desk, world, seed, scenario_glob)
    yield from map(sampler.task, range(n))


__all__ = ["NoTask", "Sampler", "sample_tasks"]
