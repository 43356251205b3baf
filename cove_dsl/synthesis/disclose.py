"""What a user can say in a drawn scenario. What is described or named is singled out; what is not is an error."""

import random
from typing import Any

from attrs import frozen

from ..backends.prompt import describe as described_sentence
from ..backends.prompt import placeholder
from ..backends.prompt.counts import measured, one_of
from ..backends.prompt.user import names_of
from ..backends.prompt.words import words
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.python.scenarios import Aim, Hole, Told
from ..core.nodes import Apply, Disclosure, Expr, Goal, Make
from ..core.types import EnumType, Type, strip
from .deeds import is_own, mine
from .describe import Description, Naming, Speaker, describe, shape_of
from .drawing import Drawn
from .goals import evaluate
from .scenes import Shape
from .tasks import Fact
from .wording import noun_of, stated


class Ambiguous(Exception):
    """What the user would say fits several things."""


@frozen
class Disclosed:
    """What the user can say. `values` and `sentences` are the same for the prompt of a model that plays the user;
    `aims`: the scenario's, with what their texts hold filled in."""

    facts: tuple[Fact, ...]
    descriptions: tuple[Description, ...]
    values: dict[str, Any]
    sentences: tuple[str, ...]
    aims: tuple[Aim, ...] = ()


class Discloser:
    """Goes through the disclosures of one drawn scenario."""

    def __init__(self, shape: Shape, c: Sandbox, drawn: Drawn, rng: random.Random) -> None:
        self.shape, self.c, self.drawn, self.rng = shape, c, drawn, rng
        self.speaker = Speaker(shape, c)

    def disclose(self) -> Disclosed:
        """The facts, in the order of the scenario. Raises Ambiguous."""
        declared = self.shape.spec.scenarios[self.drawn.scene.name].disclosures
        facts: list[Fact] = []
        descriptions: list[Description] = []
        values: dict[str, Any] = {}
        sentences: list[str] = []
        for told, disclosure in zip(self.drawn.scene.told, declared, strict=True):
            value = evaluate(told.run, self.c, self.drawn.bindings)
            if told.kind == "describes":
                descriptions.append(found := self._describe(told, disclosure, value))
                called = self._words(told.says[found.way], disclosure.says[found.way]) if told.says else ""
                facts.append(self._thing(told, called or found.text, bool(called)))
                sentences.append(described_sentence(told.label, self._details(found), called))
            elif told.says:
                facts.append(self._sentence(told, disclosure, value))
                values |= {placeholder(e): self._held(h) for h, e in _holes(told.says[0], disclosure.says[0])}
            else:
                values[placeholder(disclosure.expr)] = value
                facts.append(self._fact(told, value, disclosure.expr))
        goals = self.shape.spec.scenarios[self.drawn.scene.name].goals
        aims = tuple(self._wished(a, g, values) for a, g in zip(self.drawn.scene.aims, goals, strict=True))
        return Disclosed(tuple(facts), tuple(descriptions), values, tuple(sentences), aims)

    def _details(self, found: Description) -> list[tuple[tuple[str, ...], bool, Any]]:
        """What a row is described by, the values of an enum in words."""
        kinds = [self.shape.type_at(found.table, path) for path, _, _ in found.parts]
        return [
            (path, some, words(str(value)) if kind is not None and isinstance(strip(kind), EnumType) else value)
            for (path, some, value), kind in zip(found.parts, kinds, strict=True)
        ]

    def _wished(self, aim: Aim, goal: Goal, values: dict[str, Any]) -> Aim:
        """A goal in words. Adds what its text holds to `values`."""
        inner = tuple(self._wished(a, g, values) for a, g in zip(aim.aims, goal.goals, strict=True))
        if goal.says is None:
            return aim._replace(aims=inner)
        values |= {placeholder(e): self._held(h) for h, e in _holes(aim.says, goal.says)}
        return aim._replace(aims=inner, text=" ".join(self._words(aim.says, goal.says).split()))

    def _thing(self, told: Told, phrase: str, is_said: bool) -> Fact:
        names = tuple(sorted(told.names))
        shape: Any = "sentence" if is_said else "thing"
        return Fact("describes", told.label, None, phrase, names, is_said, shape)

    def _sentence(self, told: Told, declared: Disclosure, value: Any) -> Fact:
        """One of the sentences that say it. Raises Ambiguous where a value in it fits several things."""
        for hole, _ in _holes(told.says[0], declared.says[0]):
            if told.kind == "volunteers" and not self._singles_out(hole, self._held(hole)):
                raise Ambiguous(told.label)
        at = self.rng.randrange(len(told.says))
        phrase = self._words(told.says[at], declared.says[at])
        how: Any = told.kind
        names = tuple(sorted(told.names))
        if len(names) == 1 and isinstance(self.drawn.kinds[names[0]], EnumType):
            return Fact(how, told.label, self.drawn.bindings[names[0]], phrase, names, True, "choice")
        return Fact(how, told.label, value, phrase, names, True, "sentence")

    def _words(self, said: tuple[str | Hole, ...], declared: Expr) -> str:
        """A sentence with its holes filled, as people say what they hold."""
        if not isinstance(declared, Make):
            return ""
        filled = [self._part(part, expr) for part, expr in zip(said, declared.items, strict=True)]
        ones = [False, *(isinstance(p, Hole) and self._held(p) in (1, "1") for p in said[:-1])]
        return "".join(one_of(text) if one else text for text, one in zip(filled, ones, strict=True))

    def _part(self, part: str | Hole, expr: Expr) -> str:
        if isinstance(part, str):
            return part
        phrase = self.speaker.phrase(self._held(part), strip(expr.type))
        # What the desk calls `your card` is the user's own.
        return mine(phrase) if isinstance(expr, Apply) and expr.op.startswith("define:") else phrase

    def _held(self, hole: Hole) -> Any:
        return evaluate(hole.run, self.c, self.drawn.bindings)

    def _fact(self, told: Told, value: Any, expr: Expr) -> Fact:
        if told.kind == "volunteers" and not self._singles_out(told, value):
            raise Ambiguous(told.label)
        kind = strip(expr.type)
        phrase = self._stated(kind, value, told) if isinstance(kind, EnumType) else self.speaker.phrase(value, kind)
        if told.authored and str(kind) == "int":
            phrase = measured(
                told.label, value, names_of(expr, self.shape.spec.scenarios[self.drawn.scene.name], self.shape.spec)
            )
        how: Any = told.kind
        return Fact(how, told.label, value, phrase, tuple(sorted(told.names)), told.authored, shape_of(kind))

    def _stated(self, kind: EnumType, value: Any, told: Told) -> str:
        """A value among few, in words that the specification recognises."""
        facts = (d for d in self.shape.spec.defines.values() if d.kind == "fact" and strip(d.returns) == kind)
        phrases = [p for d in facts for ps, v in d.phrases if v == value for p in ps]
        noun = "" if told.authored else noun_of(told.label)
        return stated(str(value), phrases, told.label if told.authored else "", self.rng, noun)

    def _describe(self, told: Told, declared: Disclosure, row: Any) -> Description:
        table = self.shape.table_of(declared.expr.type)
        found = None
        if table is not None and isinstance(row, dict):
            key = row[self.shape.key_field(table)]
            ways, among = told.ways, self._among(table)
            found = describe(table, key, row, ways, among, self.rng, self._naming(table))
        elif (entry := self._entry(declared.expr.type, row)) is not None:
            place, key, among = entry
            found = describe(place, key, row, told.ways, among, self.rng, self._naming(place))
        if found is None:
            raise Ambiguous(told.label)
        return found

    def _entry(self, kind: Type, thing: Any) -> tuple[str, str, list[Any]] | None:
        """Where an entry of a map in a row stands, its key, and the entries beside it; of a row that was drawn first,
        as entries of several may be alike."""
        drawn = list(self.drawn.bindings.values())
        for table, name in self.shape.maps_of(kind):
            rows = sorted(self.c.world.all_rows(table), key=lambda row: row not in drawn)
            for entries in (row.get(name) or {} for row in rows):
                key = next((k for k, v in entries.items() if v == thing), None)
                if key is not None:
                    return f"{table}.{name}", key, list(entries.values())
        return None

    def _naming(self, table: str) -> Naming:
        """How rows of a table are named: as one's own, if they are people's, and by the types of their fields."""
        own = "." in table or is_own(table, self.shape.spec)
        return Naming("my" if own else "the", lambda path: self.shape.type_at(table, path), self.speaker)

    def _among(self, table: str) -> list[Any]:
        """The rows that a description has to tell apart: those within the row that the specification names."""
        rows: list[Any] = self.c.world.all_rows(table)
        within = next((d.within for d in self.shape.spec.descriptions if d.table == table and d.within), None)
        owner = self.shape.table_of(self.drawn.kinds[within]) if within in self.drawn.bindings else None
        if within is None or owner is None:
            return rows
        key, links = self.drawn.bindings[within][self.shape.key_field(owner)], self.shape.links(table, owner)
        return [r for r in rows if any(r.get(f) == key for f in links)]

    def _singles_out(self, told: Told | Hole, value: Any) -> bool:
        """What is said of a thing that was picked must fit no other candidate of that pick."""
        if len(told.names) != 1 or (name := next(iter(told.names))) not in self.drawn.offered:
            return True
        many = isinstance(self.drawn.bindings[name], list)
        every = [self._said_of(told, name, [o] if many else o) for o in self.drawn.offered[name]]
        flat = [v[0] if many else v for v in every]
        return all(flat.count(w) == 1 for w in (value if many else [value]))

    def _said_of(self, told: Told | Hole, name: str, thing: Any) -> Any:
        return evaluate(told.run, self.c, self.drawn.bindings | {name: thing})


def _holes(said: tuple[str | Hole, ...], declared: Expr) -> list[tuple[Hole, Expr]]:
    parts = declared.items if isinstance(declared, Make) else ()
    return [(part, expr) for part, expr in zip(said, parts, strict=True) if isinstance(part, Hole)]


__all__ = ["Ambiguous", "Disclosed", "Discloser"]
