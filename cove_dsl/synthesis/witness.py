"""Puts a plan into the order of a conversation: what the user asks for one after the other, and what is right to do."""

import re
from collections.abc import Iterator
from typing import Any

from attrs import evolve, frozen

from ..backends.python.runtime.sandbox import Sandbox
from ..backends.python.runtime.world import World
from ..backends.python.scenarios import Aim
from ..core.nodes import Goal
from ..core.types import DATE, DATETIME, MONEY, Prim, Ref, strip
from ..core.walk import walk
from .describe import Speaker
from .drawing import Drawn
from .goals import Planned, Steps, evaluate
from .scenes import Shape
from .searches import holds
from .tasks import Fact, Move, Need

SAYABLE = frozenset({MONEY, DATE, DATETIME, Prim("int"), Prim("decimal"), Prim("text")})


@frozen
class Person:
    """Who calls: the name that a scenario has for that row, its table and its key."""

    name: str = ""
    table: str = ""
    key: str = ""


class Witness:
    """The moves of one drawn scenario; each fact is said with the first move that it bears on."""

    def __init__(
        self, shape: Shape, c: Sandbox, drawn: Drawn, facts: tuple[Fact, ...], person: Person, holders: "Holders"
    ) -> None:
        self.shape, self.c, self.drawn, self.person, self.holders = shape, c, drawn, person, holders
        self.facts = [f for f in facts if set(f.names) - {person.name} or f.shape in ("thing", "sentence")]
        self.told: set[int] = set()

    def moves(self, plans: list[Steps], refused: tuple[Steps, int] | None, unmet: Planned | None) -> tuple[Move, ...]:
        """The witness of the first plan. `refused`: a plan and which of its calls is refused; `unmet`: what the user
        asks for although nothing fits."""
        others = tuple(p[0].call for p in plans[1:]) if len(plans[0]) == 1 else ()
        made = [self._move(kind, step, others) for kind, step in self._steps(plans[0], refused, unmet)]
        questions = [self._question(a) for a in self.drawn.scene.aims if a.kind == "learn"]
        led = any(a.kind == "reach" for a in self.drawn.scene.aims)
        made = [*questions, *made] if led else [*made, *questions]
        made = sorted((evolve(m, led=led) for m in made), key=lambda m: m.kind == "act")
        if not made and self.facts:
            made = [Move("tell", self.drawn.scene.name)]
        rest = [f for f in self.facts if id(f) not in self.told]
        order = {id(f): i for i, f in enumerate(self.facts)}
        first = sorted((*made[0].facts, *rest), key=lambda f: order.get(id(f), len(order))) if made else ()
        return (evolve(made[0], facts=tuple(first)), *made[1:]) if made else ()

    def _steps(
        self, plan: Steps, refused: tuple[Steps, int] | None, unmet: Planned | None
    ) -> list[tuple[Any, Planned]]:
        writes = self.shape.spec.writes()
        steps: list[tuple[Any, Planned]] = [
            ("ask" if s.call["requestor"] == "user" else "do" if s.call["name"] in writes else "act", s) for s in plan
        ]
        if refused is not None:
            forbidden, at = refused
            before = [s for s in steps if any(s[1].call == f.call for f in forbidden[:at])]
            steps = [*before, ("refuse", forbidden[at]), *(s for s in steps if s not in before)]
        return [("unable", unmet), *steps] if unmet is not None else steps

    def _move(self, kind: Any, step: Planned, others: tuple[dict[str, Any], ...]) -> Move:
        aim, scene = step.aim, self.drawn.scene
        tool = self.shape.spec.tools[aim.tool]
        slots = {p.name: tuple(sorted(names)) for p, names in zip(tool.params, aim.arg_names, strict=True)}
        unsaid = self._unsaid(step, kind) if kind in ("do", "refuse") and not aim.text else {}
        slots |= {name: fact.names for name, fact in unsaid.items()}
        own, chosen = self._own(step), any(isinstance(step.bindings.get(n), dict) for n, _ in aim.choices)
        rule = scene.refusal if kind == "refuse" and scene.refusal else ("", "")
        facts = (*self._take(aim.names), *unsaid.values())
        return Move(
            kind, scene.name, step.call, facts, slots, self._needs(step.call), rule=rule, own=own,
            story=chosen or not own or kind == "unable", others=others if kind == "do" else (), text=aim.text,
            sums=tuple(self._sums(step)) if kind == "do" else (),
        )  # fmt: skip

    def _unsaid(self, step: Planned, kind: str) -> dict[str, Fact]:
        """What a goal itself gives a call, by parameter, where nothing that is disclosed says it: how many, how much,
        on which day. A user who wants this knows it, and says so when asked; of its own accord where nobody would ask,
        as it is refused."""
        told = " ".join([*(f.phrase for f in self.facts), self.shape.spec.scenarios[self.drawn.scene.name].persona])
        found: dict[str, Fact] = {}
        how: Any = "volunteers" if kind == "refuse" else "knows"
        speaker = Speaker(self.shape, self.c)
        tool = self.shape.spec.tools[step.aim.tool]
        for p, names in zip(tool.params, step.aim.arg_names, strict=True):
            value = step.call["arguments"].get(p.name)
            if names or strip(p.type) not in SAYABLE or not value:
                continue
            phrase = speaker.phrase(value, p.type)
            if not re.search(rf"(?<![\w.-]){re.escape(phrase)}(?![\w-])", told):
                found[p.name] = Fact(how, p.name, value, phrase, (f"={p.name}",))
        return found

    def _sums(self, step: Planned) -> Iterator[tuple[Any, str]]:
        for value, text in step.aim.amounts:
            yield evaluate(value, self.c, step.bindings), evaluate(text, self.c, step.bindings)

    def _own(self, step: Planned) -> bool:
        """Whether a call is about rows of the person, as far as its keys tell."""
        for p in self.shape.spec.tools[step.aim.tool].params:
            if isinstance(p.type, Ref) and p.type.table in self.shape.spec.tables:
                at = step.call["arguments"].get(p.name)
                row = self.c.world.row(p.type.table, at) or {}
                owners = {row.get(f) for f in self.shape.links(p.type.table, self.person.table)} - {None}
                if (at if p.type.table == self.person.table else self.person.key) not in {self.person.key}:
                    return False
                if owners - {self.person.key} and p.type.table != self.person.table:
                    return False
        return True

    def _question(self, aim: Aim) -> Move:
        value = evaluate(aim.args[0], self.c, self.drawn.bindings)
        total = evaluate(aim.sum, self.c, self.drawn.bindings) if aim.sum is not None else None
        return Move(
            "learn", self.drawn.scene.name, facts=self._take(aim.names), needs=self._needs({}), name=aim.name,
            text=aim.text, value=value, is_money=self._is_money(aim.name), sum=total,
        )  # fmt: skip

    def _is_money(self, name: str) -> bool:
        goals = [g for g in walk(self.shape.spec.scenarios[self.drawn.scene.name].goals) if isinstance(g, Goal)]
        return any(g.kind == "learn" and g.name == name and strip(g.args[0].type) == MONEY for g in goals)

    def _take(self, names: frozenset[str]) -> tuple[Fact, ...]:
        """The facts that speak of what a goal rests on and were not said yet."""
        about = names - {self.person.name}
        mine = [f for f in self.facts if id(f) not in self.told and set(f.names) & about]
        self.told.update(map(id, mine))
        return tuple(mine)

    def _needs(self, call: dict[str, Any]) -> tuple[Need, ...]:
        """The rows that a wish is about, and those that hold what its call names, in the order of drawing."""
        found = [(t, row) for _, t, row in self.drawn.rows(self.shape) if t != self.person.table]
        for key in _keys(call.get("arguments", {})):
            if not any(holds(row, key) for _, row in found):
                found += self._holding(key)
        named = [Need(t, key) for t, key in self._referred(call) if t != self.person.table]
        return tuple(dict.fromkeys([*(Need(t, row[self.shape.key_field(t)]) for t, row in found), *named]))

    def _referred(self, call: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The rows whose keys a call's arguments are."""
        for p in self.shape.spec.tools[call["name"]].params if call else ():
            key = call["arguments"].get(p.name)
            if not isinstance(p.type, Ref) or not isinstance(key, str):
                continue
            if p.type.table in self.shape.readers and self.c.world.row(p.type.table, key) is not None:
                yield p.type.table, key

    def _holding(self, key: str) -> list[tuple[str, Any]]:
        """The row that holds an entry under a key: a product for one of its variants."""
        for table, name in self.holders.get(key, ()):
            row = self.c.world.row(table, name)
            if table != self.person.table and row is not None and _has_entry(row, key):
                return [(table, row)]
        return []


Holders = dict[str, list[tuple[str, str]]]


def holders_of(shape: Shape, world: World) -> Holders:
    """The rows, by table and key, that hold an entry under a key, of tables that a tool shows."""
    found: Holders = {}
    for table in (t for t in shape.readers if t in shape.spec.tables):
        for row in world.all_rows(table):
            for name in {n for value in row.values() if isinstance(value, dict) for n in value}:
                found.setdefault(name, []).append((table, row[shape.key_field(table)]))
    return found


def _has_entry(row: dict[str, Any], key: str) -> bool:
    return any(isinstance(value, dict) and key in value for value in row.values())


def _keys(arguments: dict[str, Any]) -> Iterator[str]:
    for value in arguments.values():
        yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))


__all__ = ["Holders", "Person", "Witness", "holders_of"]
