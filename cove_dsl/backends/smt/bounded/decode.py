"""A model read back: the world's rows, what was drawn, what was said and called. Values are those of the language.

What no clause looked at is filled in with the plainest value that its type and its condition allow.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import define, evolve, field, frozen

from ....core.evaluator import Evaluator
from ....core.memory_world import MemoryWorld
from ....core.spec import Field, Spec
from ....core.types import (
    TEXT,
    EnumType,
    ListType,
    MapType,
    Optional,
    Prim,
    RecordType,
    Ref,
    TupleType,
    Type,
    is_text,
    strip,
)
from ....core.values import settle
from ..terms import TRUE
from .language import Amount
from .questions import Choice, Question
from .texts import letters_of, put_together, spelled_out
from .trajectory import Slot
from .values import Cell, Doubt, Maybe, Place, Scalar, Seq, Truth, Unsupported, Value

Model = Mapping[str, Any]
NOBODYS = -10_000_000  # numbers of texts that the model says nothing about
TRIED = (0, 1, 2, 5, 10, 50, 100, 1000, -1)


@frozen
class Said:
    """A fact about a message: what is asked (`op`), about what else, and that it is so; or the `texts` that it states.
    An event is named by number."""

    op: str
    event: int
    about: tuple[Any, ...]
    texts: tuple[str, ...] = ()


@frozen
class Happened:
    """An event of a witness: a message, or a call with its arguments. `goal` numbers the goal that asks for it; `open`
    says that it is only asked whether the call may be made."""

    kind: str
    role: str
    tool: str = ""
    arguments: dict[str, Any] = field(factory=dict)
    goal: int = 0
    step: int = 0
    open: bool = False


@frozen
class Witness:
    """A world and a conversation in it. `picks` gives positions among the candidates of each draw, by goal and name;
    `numbers` what is drawn from a range. `played` is for whoever carries it out, to keep what does not hang on what is
    said."""

    state: dict[str, Any]
    picks: dict[tuple[int, str], list[int]]
    events: tuple[Happened, ...]
    said: tuple[Said, ...]
    numbers: dict[tuple[int, str], int] = field(factory=dict)
    played: list[Any] = field(factory=list, init=False, eq=False, repr=False)

    def saying(self, said: tuple[Said, ...]) -> "Witness":
        """The same world and calls with other facts about what is said."""
        other = evolve(self, said=said)
        object.__setattr__(other, "played", self.played)
        return other


@define
class Reader:
    """Reads values out of a model."""

    question: Question
    model: Model
    names: dict[int, str] = field(factory=dict)
    used: set[str] = field(factory=set)
    made: dict[str, list[str]] = field(factory=dict)
    free: dict[str, int] = field(factory=dict)
    extra: dict[str, list[dict[str, Any]]] = field(factory=dict)
    open: set[int] = field(factory=set)

    @property
    def spec(self) -> Spec:
        return self.question.spec

    def __attrs_post_init__(self) -> None:
        self.names = {code: text for text, code in self.question.texts.items()}
        self.used = set(self.question.texts)

    def constant(self, term: str, kind: Type | None = None) -> Any:
        """The value of a constant; wrappings of one (`to_real`, a division by the grain) are undone by hand. Of a text
        that a model says nothing about, only that it is like no other."""
        if term in ("true", "false"):
            return term == "true"
        if term.lstrip("-").isdigit():
            return int(term)
        if term.startswith("(to_real "):
            return self.constant(term[9:-1])
        if term.startswith("(/ (to_real "):
            inner, _, grain = term[3:-1].rpartition(" ")
            return Fraction(self.constant(inner)) / Fraction(grain)
        if term not in self.model and kind is not None:
            return self.free.setdefault(term, NOBODYS - len(self.free)) if is_text(kind) else 0
        return self.model.get(term, 0)

    def holds(self, guard: str) -> bool:
        """A guard of the opening world: `true` or a constant."""
        return guard == TRUE or bool(self.model.get(guard, False))

    def text(self, code: int, hint: str, end: str = "") -> str:
        """The text of a number: the literal's, one that is put together, or one made up after a hint."""
        if code not in self.names:
            made = self._composed(code) or self._made_up(code, hint, end)
            self.names[code] = made
            self.used.add(made)
        return self.names[code]

    def _composed(self, code: int) -> str | None:
        parts = next((p for t, p in self.question.used.items() if self.model.get(t) == code), None)
        if parts is None:
            return None
        if code in self.open:
            raise Unsupported("texts that are parts of each other")
        self.open.add(code)
        return put_together(parts, lambda p: self.scalar(self.constant(p.term), p.kind, ""),
                            lambda p: self.text(self.constant(p.term, TEXT), "text"))  # fmt: skip

    def _made_up(self, code: int, hint: str, end: str) -> str:
        asked, n = list(letters_of(code, self.question, self.model.get)), 1
        while (made := spelled_out(asked, hint, n, end)) in self.used:
            n += 1
        return made

    # --- values

    def value(self, value: Value, kind: Type, hint: str) -> Any:
        match value, kind:
            case Maybe(present, inner), _:
                return self.value(inner, strip(kind), hint) if self.holds(present) else None
            case Truth(yes), _:
                return bool(self.constant(yes))
            case Scalar(term, zone=zone), Prim("datetime"):
                return self._datetime(int(self.constant(term, kind)), int(self.constant(zone)))
            case Scalar(term), _:
                return self.scalar(self.constant(term, strip(kind)), strip(kind), hint)
            case Seq(items), ListType(item):
                return [self.value(v, item, hint) for g, v in items if not isinstance(v, Doubt) and self.holds(g)]
            case Seq(items), TupleType(kinds):
                return [
                    self.value(v, k, hint) for (_, v), k in zip(items, kinds, strict=True) if not isinstance(v, Doubt)
                ]
            case Place(alts), MapType():
                return self.mapping(alts[0][1], kind)
            case Place(alts), RecordType():
                return self.record(alts[0][1])
        raise Unsupported("a value that cannot be read back")

    def scalar(self, found: Any, kind: Type, hint: str) -> Any:
        match kind:
            case Prim("int"):
                return int(found)
            case Prim("money" | "decimal" | "duration"):
                size = settle(Fraction(found))
                if isinstance(size, Fraction):
                    raise Unsupported("a number that has no last digit")
                return size
            case Prim("date"):
                return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=int(found))).date().isoformat()
            case Prim("time"):
                return f"{int(found) // 3600:02}:{int(found) // 60 % 60:02}:{int(found) % 60:02}"
            case Prim("email"):
                return self.text(int(found), "mail", "@example.com")
            case _:
                return self.text(int(found), hint)

    def _datetime(self, seconds: int, zone: int) -> str:
        """In a zone, by its number; open values are in the clock's."""
        local = timedelta(seconds=seconds + self.question.ahead(zone))
        return (datetime(1970, 1, 1) + local).isoformat() + self.question.spellings[zone]

    def mapping(self, cell: Cell, kind: MapType) -> dict[str, Any]:
        entries = self.question.opened.get(id(cell), ())
        hint = cell.name.rpartition(".")[2].rstrip("s") or "entry"
        return {
            str(self.value(k, kind.key, hint)): self.value(v, kind.value, hint) for g, k, v in entries if self.holds(g)
        }

    def record(self, cell: Cell) -> dict[str, Any]:
        assert isinstance(cell.type, RecordType)
        record = self.spec.records[cell.type.name]
        row: dict[str, Any] = {}
        fields = record.fields
        if record.tag is not None:
            row[record.tag] = self._wire(cell, record.tag, [c.wire for c in record.cases.values()])
            fields = next(c.fields for c in record.cases.values() if c.wire == row[record.tag])
        for name, declared in fields.items():
            if name in cell.initial:
                row[name] = self.value(cell.initial[name], declared.type, name)
            else:
                row[name] = self.plain(declared, f"{name}")
        return row

    def _wire(self, cell: Cell, tag: str, wires: list[str]) -> str:
        if tag not in cell.initial:
            return wires[0]
        found = cell.initial[tag]
        assert isinstance(found, Scalar)
        text = self.text(int(self.constant(found.term)), tag)
        return text if text in wires else wires[0]

    # --- what nothing looked at

    def plain(self, declared: Field, hint: str) -> Any:
        """The plainest value of a field that meets its condition."""
        value = self.default(declared.type, hint)
        if declared.condition is None or value is None:
            return value
        judge = Evaluator(self.spec, MemoryWorld(self.spec))
        for tried in (value, *TRIED):
            if judge.condition(declared.condition, {"it": tried}) is True:
                return tried
        raise Unsupported("a field whose condition no plain value meets", declared.span)

    def default(self, kind: Type, hint: str) -> Any:
        match kind:
            case Optional():
                return None
            case Prim("bool"):
                return False
            case Prim("int" | "decimal" | "money" | "duration"):
                return 0
            case Prim("date" | "time" | "datetime" as which):
                return self._now(which)
            case Prim("json"):
                return None
            case Prim("email"):
                return self.text(-1_000_000 - len(self.names), "mail", "@example.com")
            case Prim():
                return self.text(-1_000_000 - len(self.names), hint)
            case EnumType(name):
                return next(iter(self.spec.enums[name].values.values()))
            case Ref(table):
                return self.some_key(table)
            case ListType():
                return []
            case MapType():
                return {}
            case TupleType(items):
                return [self.default(t, hint) for t in items]
            case RecordType():
                return self.record(Cell(kind, hint, TRUE, _never))
        raise Unsupported(f"a value of type `{kind}`")

    def _now(self, which: str) -> str:
        clock = self.spec.clock or "2024-01-01T00:00:00"
        day, _, rest = clock.partition("T")
        return {"date": day, "time": (rest or "00:00:00")[:8], "datetime": clock if rest else f"{day}T00:00:00"}[which]

    def some_key(self, ref: str) -> str:
        """A key that leads somewhere; a row is made where there is none."""
        table, _, path = ref.partition(".")
        keys = self.made.setdefault(table, [])
        if not keys and not path:
            key = self.text(-1_000_000 - len(self.names), f"{table.rstrip('s')}_")
            keys.append(key)
            self.extra.setdefault(table, []).append(self._plain_row(table, key))
        if path and ref not in self.made:
            self._plain_entry(table, path)
        return self.made[ref][0]

    def _plain_row(self, table: str, key: str) -> dict[str, Any]:
        row = self.record(Cell(RecordType(self.spec.tables[table].record), table, TRUE, _never))
        return {**row, self.spec.tables[table].key: key}

    def _plain_entry(self, table: str, path: str) -> None:
        """A row with one entry, for what has to lead there."""
        kind = self.spec.records[self.spec.tables[table].record].fields[path].type
        if not isinstance(kind, MapType):
            raise Unsupported(f"a key of `{table}.{path}` that nothing asked for")
        key = self.text(-1_000_000 - len(self.names), f"{path.rstrip('s')}_")
        self.made[f"{table}.{path}"] = [key]
        row = self._plain_row(table, self.text(-1_000_000 - len(self.names), f"{table.rstrip('s')}_"))
        row[path] = {key: self.default(kind.value, path)}
        self.extra.setdefault(table, []).append(row)


def _never(cell: Cell, name: str) -> Value:
    raise AssertionError(name)


def decode(question: Question, model: Model) -> Witness:
    """The witness that a model stands for. Raises Unsupported where it cannot be read back."""
    reader = Reader(question, model)
    state = _state(question, reader)
    numbers = {id(slot): n for n, slot in enumerate(s for s in question.slots if _happens(s, reader))}
    events = tuple(_event(s, question, reader) for s in question.slots if _happens(s, reader))
    said = tuple(
        Said(f.op, numbers[id(f.slot)], tuple(_about(a, numbers, reader) for a in f.about))
        for f in question.facts.values()
        if model.get(f.term, False) and id(f.slot) in numbers
    )
    listed = (
        Said(
            s.op, numbers[id(s.slot)], (), tuple(reader.value(v, TEXT, "claim") for g, v in s.items if reader.holds(g))
        )
        for s in question.statements.values()
        if id(s.slot) in numbers
    )
    said += tuple(s for s in listed if s.texts)
    picks = {key: _positions(c, reader.holds) for key, c in question.choices.items() if not c.number}
    drawn = {key: int(reader.constant(c.number)) for key, c in question.choices.items() if c.number}
    return Witness(state, picks, events, said, drawn)


def _state(question: Question, reader: Reader) -> dict[str, Any]:
    """Every table and state. Keys come first, so that what leads to them can be named after them."""
    spec = question.spec
    for name, rows in question.opening.items():
        kind = spec.records[spec.tables[name].record].fields[spec.tables[name].key].type
        reader.made[name] = [
            reader.value(c.initial[spec.tables[name].key], kind, f"{name.rstrip('s')}_")
            for g, c in rows
            if reader.holds(g)
        ]
    tables = {n: [reader.record(c) for g, c in question.opening.get(n, ()) if reader.holds(g)] for n in spec.tables}
    states: dict[str, Any] = {}
    for name, declared in spec.states.items():
        value = question.opening_states.get(name)
        states[name] = (
            reader.default(declared.type, name) if value is None else reader.value(value, declared.type, name)
        )
    for name, more in reader.extra.items():
        tables[name] += more
    return {
        n: rows if (t := spec.tables[n]).as_list else {row[t.key]: row for row in rows} for n, rows in tables.items()
    } | states


def _happens(slot: Slot, reader: Reader) -> bool:
    return reader.holds(slot.occurs)


def _event(slot: Slot, question: Question, reader: Reader) -> Happened:
    step = next(i for i, s in enumerate(question.steps) if slot in s.events)
    if slot.kind == "message":
        return Happened("message", slot.role, step=step)
    goal = slot.goal[0] if slot.goal else 0
    params = question.spec.tools[slot.tool].params
    arguments = {} if goal else {p.name: reader.value(slot.args[p.name], p.type, p.name) for p in params}
    return Happened(
        "call", slot.role, slot.tool, {n: v for n, v in arguments.items() if v is not None}, goal, step, slot.open
    )


def _about(about: Any, numbers: dict[int, int], reader: Reader) -> Any:
    if isinstance(about, Slot):
        return ("event", numbers.get(id(about), -1))
    if isinstance(about, Amount):
        return reader.value(about.value, about.kind, "text")
    return about


def _positions(choice: Choice, holds: Callable[[str], bool]) -> list[int]:
    """Which of the candidates that are there are taken."""
    there = [i for i, g in enumerate(choice.there) if holds(g)]
    return [n for n, i in enumerate(there) if holds(choice.taken[i])]


__all__ = ["Happened", "Model", "Said", "Witness", "decode"]
