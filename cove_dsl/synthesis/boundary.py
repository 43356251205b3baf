"""Tasks that sit just on either side of a rule: a minute within its hours, a cent short of its amount.

A drawn task's own calls are judged by a checker that hears the numbers on both sides of every comparison
(`core.conditions`). Where the world may be completed, a number of a row that the task is about is then moved so that a
comparison comes out just so, and the task is drawn again over the changed world with the same rows: what its scenario
asks for, its plan and its refusal are proved there like those of any task. Over a given database nothing is changed,
and of many draws the one with a comparison nearest its edge is taken.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.values import is_number
from ..backends.python.runtime.world import World
from ..core.nodes import Apply, Get
from ..core.spec import Spec
from ..core.types import RecordType, strip
from ..core.walk import walk
from ..source import Span
from ..world.coverage import Comparisons
from ..world.soundness import changed_problems
from .goals import event_of, observe
from .tasks import Task

if TYPE_CHECKING:
    from .sample import Sampler

NEAREST_OF = 48  # draws of which the nearest is taken
MOST_LEAVES = 24  # numbers of rows that are tried for one comparison
UNITS = {
    "money": Fraction(1, 100), "duration": Fraction(60), "moment": Fraction(60), "day": Fraction(86_400),
    "decimal": Fraction(1, 100), "int": Fraction(1),
}  # fmt: skip
STEPS = {"lt": (-1, 0), "le": (-1, 0, 1), "gt": (1, 0), "ge": (1, 0, -1)}  # units from the edge, true sides first


@frozen
class Edge:
    """A comparison that a task meets at `margin`, the left side less the right one; `unit` is the smallest step."""

    key: str
    left: Fraction
    right: Fraction
    unit: Fraction

    @property
    def margin(self) -> Fraction:
        return self.left - self.right


@frozen
class Leaf:
    """A number, a moment or a day in a row."""

    table: str
    key: str
    path: tuple[str | int, ...]


class Edges:
    """Finds the comparisons that the tasks of a sampler meet, and moves tasks to their edges."""

    def __init__(self, sampler: "Sampler") -> None:
        self.sampler, self.spec = sampler, sampler.desk.spec
        self.heard = Comparisons(self.spec)
        self.fields = {key: _fields(c, self.spec) for key, c in self.heard.comparisons.items()}
        self.units = {key: UNITS[_kind(c)] for key, c in self.heard.comparisons.items()}

    def met(self, task: Task, world: World) -> list[Edge]:
        """The comparisons about rows that a task's calls meet, made or refused, in the world in which it begins."""
        run = Run(self.heard.program, world.fork())
        self.heard.met.clear()
        for lookup in task.lookups[:1]:
            observe(run, {"name": lookup.tool, "arguments": lookup.arguments})
        for move in (m for m in task.moves if m.call):
            if move.kind == "refuse":
                run.allows(event_of(move.call))
            else:
                observe(run, move.call)
        found = [(k, Fraction(a), Fraction(b)) for k, a, b in self.heard.met if is_number(a) and is_number(b)]
        return [Edge(k, a, b, self.units[k]) for k, a, b in dict.fromkeys(found) if self.fields[k]]

    def moved(self, task: Task, base: World, rng: random.Random) -> Iterator[tuple[str, Fraction, World]]:
        """Worlds in which a task of the same kind would meet a comparison just at an edge: the comparison, the margin
        that is to be, and the world."""
        edges = self.met(task, base)
        rng.shuffle(edges)
        for edge in edges:
            steps = list(STEPS[self.heard.comparisons[edge.key].op])
            rng.shuffle(steps)
            for leaf in list(self._leaves(task, base, self.fields[edge.key]))[:MOST_LEAVES]:
                for step in steps:
                    world = self._at(edge, edge.unit * step, leaf, task, base)
                    if world is not None:
                        yield edge.key, edge.unit * step, world

    def _at(self, edge: Edge, wanted: Fraction, leaf: Leaf, task: Task, base: World) -> World | None:
        """The world with a leaf moved so far that the margin would be as wanted, if it depends on the leaf at all."""
        nudged = changed(base, leaf, edge.unit)
        if nudged is None:
            return None
        now = [e for e in self.met(task, nudged) if e.key == edge.key]
        slopes = {(e.margin - edge.margin) / edge.unit for e in now} - {0}
        if len(slopes) != 1:
            return None
        world = changed(base, leaf, (wanted - edge.margin) / slopes.pop())
        fine = world is not None and not any(changed_problems(self.spec, world, [(leaf.table, leaf.key)]))
        return world if fine else None

    def _leaves(self, task: Task, world: World, fields: frozenset[str]) -> Iterator[Leaf]:
        """The numbers and moments under some field names in the rows that a task is about."""
        rows = dict.fromkeys([*((n.table, n.key) for m in task.moves for n in m.needs), task.person])
        for table, key in rows:
            row = world.row(table, key) if table else None
            if isinstance(row, dict):
                yield from (Leaf(table, key, path) for path in _paths(row, fields))

    def told(self, key: str, margin: Fraction, task: Task, world: World) -> dict[str, Any] | None:
        """What a task says of the edge that it sits on; None if it does not meet it there."""
        found = next((e for e in self.met(task, world) if e.key == key and e.margin == margin), None)
        if found is None:
            return None
        return self.words(found)

    def words(self, edge: Edge) -> dict[str, Any]:
        comparison = self.heard.comparisons[edge.key]
        holds = {"lt": edge.margin < 0, "le": edge.margin <= 0, "gt": edge.margin > 0, "ge": edge.margin >= 0}
        return {
            "rule": self.heard.owners[edge.key], "text": _text(comparison.span, self.spec), "left": _plain(edge.left),
            "right": _plain(edge.right), "of": _kind(comparison), "holds": holds[comparison.op],
        }  # fmt: skip


# --- what a comparison is about ---------------------------------------------------------------------------------------


def _fields(comparison: Apply, spec: Spec) -> frozenset[str]:
    """The fields of records that a comparison rests on, through definitions."""
    seen: set[str] = set()
    found: set[str] = set()
    waiting: list[Any] = [comparison]
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, Get) and (isinstance(strip(node.target.type), RecordType) or node.lifted):
                found.add(node.name)
            elif isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
                seen.add(node.op)
                waiting.append(spec.defines[node.op.removeprefix("define:")].body)
    return frozenset(found)


def _kind(comparison: Apply) -> str:
    """What is compared: its smallest step is a cent, a minute, a day, a hundredth, or one."""
    kinds = [str(strip(a.type)) for a in comparison.args]
    if all(isinstance(a, Apply) and a.op == "instant" for a in comparison.args):
        days = [str(strip(a.args[0].type)) == "date" for a in comparison.args if isinstance(a, Apply)]
        return "day" if all(days) else "moment"
    return next((k for k in ("money", "duration", "decimal") if k in kinds), "int")


def _text(span: Span, spec: Spec) -> str:
    place = spec.sources.locate(span)
    return " ".join(place.text.split()) if place is not None else ""


def _plain(value: Fraction) -> int | float:
    return int(value) if value == int(value) else float(value)


# --- rows -------------------------------------------------------------------------------------------------------------


def _paths(value: Any, fields: frozenset[str], at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in fields and _moves(item):
                yield (*at, name)
            yield from _paths(item, fields, (*at, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _paths(item, fields, (*at, i))


def _moves(value: Any) -> bool:
    return is_number(value) or (isinstance(value, str) and _moment(value) is not None)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if len(text) >= 10 and text[:4].isdigit() else None
    except ValueError:
        return None


def changed(base: World, leaf: Leaf, by: Fraction) -> World | None:
    """A world in which a leaf is more by so much; None where it has no such value."""
    world = base.fork()
    place = world.own(leaf.table, leaf.key)
    *way, last = leaf.path
    for step in way:
        place = place[step]
    value = shifted(place[last], by)
    if value is None:
        return None
    place[last] = value
    return world


def shifted(value: Any, by: Fraction) -> Any:
    """A number, or a moment and seconds, that much more; None where it cannot be written so."""
    if isinstance(value, str):
        moment = _moment(value)
        whole_days = len(value) == 10
        if moment is None or by.denominator != 1 or (whole_days and by % 86_400):
            return None
        try:
            after = moment + timedelta(seconds=int(by))
        except OverflowError:  # beyond the calendar
            return None
        return after.date().isoformat() if whole_days else _like(after, value)
    total = Fraction(value) + by
    if (total * 100).denominator != 1:
        return None
    return int(total) if total.denominator == 1 else Decimal(int(total * 100)) / 100


def _like(moment: datetime, text: str) -> str:
    """A moment as another is written."""
    made = moment.isoformat(sep="T" if "T" in text else " ")
    return made.removesuffix("+00:00") + "Z" if text.endswith("Z") else made


__all__ = ["NEAREST_OF", "Edge", "Edges", "changed", "shifted"]
