"""Gives the names of a scenario values from a world: in order, in random order of candidates, taking steps back."""

import random
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from attrs import evolve, field, frozen

from ..backends.python.runtime.sandbox import Sandbox
from ..backends.python.runtime.values import UNKNOWN, is_number
from ..backends.python.runtime.world import World
from ..backends.python.scenarios import Draw, Scene
from ..core.nodes import Scenario
from ..core.types import ListType, Type, strip
from .goals import evaluate
from .scenes import Shape

DRAWS = 400  # candidates looked at before a scenario is given up for this task
WIDTH = 80  # candidates of one pick that are tried
Fixed = dict[str, Any]
HANDFULS = 3  # ways to pick several that are tried


@frozen
class Drawn:
    """One scenario with values for all its names; `offered` are the candidates that each pick had."""

    scene: Scene
    kinds: dict[str, Type]
    bindings: dict[str, Any]
    offered: dict[str, list[Any]] = field(repr=False)

    def rows(self, shape: Shape) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Names that stand for rows, with their tables."""
        for name, value in self.bindings.items():
            if isinstance(value, dict) and (table := shape.table_of(self.kinds[name])) is not None:
                yield name, table, value


class Drawer:
    """Draws one scenario. `fixed` holds values that some names must have."""

    def __init__(self, scene: Scene, kinds: dict[str, Type], c: Sandbox, rng: random.Random) -> None:
        self.scene, self.kinds, self.c, self.rng = scene, kinds, c, rng
        self.budget = DRAWS
        self.left_out = False  # whether there was more to try than was tried

    def draw(self, fixed: dict[str, Any]) -> Drawn | None:
        """The first values found; None if the budget met none."""
        return next(self._extend(Drawn(self.scene, self.kinds, {}, {}), 0, fixed), None)

    def _extend(self, so_far: Drawn, at: int, fixed: dict[str, Any]) -> Iterator[Drawn]:
        """Every way to give the names from a step on, while the budget lasts."""
        if at == len(self.scene.draws):
            yield so_far
            return
        draw = self.scene.draws[at]
        value = evaluate(draw.run, self.c, so_far.bindings)
        self.left_out = self.left_out or value is UNKNOWN
        if value is UNKNOWN or draw.kind == "where":
            if value is True:
                yield from self._extend(so_far, at + 1, fixed)
            return
        choices = [value] if draw.kind == "let" else self._candidates(draw, value or [], fixed.get(draw.name))
        for picked in choices:
            self.budget -= 1
            if self.budget < 0:
                self.left_out = True
                return
            offered = so_far.offered | ({draw.name: value or []} if draw.kind == "pick" else {})
            bound = evolve(so_far, bindings=so_far.bindings | {draw.name: picked}, offered=offered)
            yield from self._extend(bound, at + 1, fixed)

    def _candidates(self, draw: Draw, values: list[Any], fixed: Any) -> Iterator[Any]:
        if fixed is not None:
            yield from islice((v for v in values if v is fixed or v == fixed or alike(v, fixed)), 1)
        elif draw.many:
            self.left_out = self.left_out or len(values) >= draw.low
            for _ in range(HANDFULS if len(values) >= draw.low else 0):
                size = self.rng.randint(draw.low, min(draw.high, len(values)))
                yield [values[i] for i in sorted(self.rng.sample(range(len(values)), size))]
        else:
            self.left_out = self.left_out or len(values) > WIDTH
            for i in self.rng.sample(range(len(values)), min(len(values), WIDTH)):
                yield values[i]


def alike(a: Any, b: Any) -> bool:
    """Whether two things differ in numbers and moments alone."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b or (is_number(a) and is_number(b)) or (_is_moment(a) and _is_moment(b))


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) is not None


def moved(drawn: Drawn, world: World, shape: Shape) -> Fixed:
    """The same choices over a world that has changed: rows by their keys, other things by what they are alike."""
    rows = {name: world.row(table, row[shape.key_field(table)]) for name, table, row in drawn.rows(shape)}
    picked = {d.name for d in drawn.scene.draws if d.kind == "pick"}
    return {name: rows.get(name, value) for name, value in drawn.bindings.items() if name in picked}


def kinds_of(scenario: Scenario) -> dict[str, Type]:
    """The type of each of a scenario's names."""
    found: dict[str, Type] = {}
    for pick in (p for p in scenario.picks if p.name):
        kind = strip(pick.source.type)
        one = pick.kind == "pick" and not pick.many and isinstance(kind, ListType)
        found[pick.name] = kind.item if one and isinstance(kind, ListType) else kind
    return found


def begin(drawn: Drawn, shape: Shape, world: World) -> Drawn:
    """Puts what a scenario says is given into a world; rows are then seen as they have become."""
    if drawn.scene.given is None:
        return drawn
    sandbox = Sandbox(shape.program, world)
    evaluate(drawn.scene.given, sandbox, drawn.bindings)
    sandbox.settle()
    fresh = {name: world.row(table, row[shape.key_field(table)]) for name, table, row in drawn.rows(shape)}
    return evolve(drawn, bindings=drawn.bindings | fresh)


__all__ = ["Drawer", "Drawn", "Fixed", "begin", "kinds_of", "moved"]
