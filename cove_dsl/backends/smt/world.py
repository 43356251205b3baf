"""The world as functions over places: fields, rows by key, entries of maps, and what calls have changed so far.

Nothing here says more than the schema does. `orders.at` of a key is a place; a row that was picked is at its own key,
so two ways to the same row meet by congruence. A change is remembered as (where, what, under which condition); a change
that cannot be followed makes its field forgotten, which only weakens the question. `known` are the places that general
statements are told about, as long as the writer is `curious` for more, and of a kind there are not the `most` yet.
"""

from math import inf

from attrs import define, field, frozen

from ...core.spec import Field, Spec
from ...core.types import TEXT, EnumType, ListType, MapType, Optional, Prim, RecordType, Type, strip
from ...source import Span
from . import terms
from .terms import Script, Sort
from .values import Event, Items, Maybe, Query, Scalar, Thing, Value, sort_of

NOTHING = Maybe(terms.FALSE, Items(()))
MOST_KNOWN = 8  # places of one kind, where more are looked for


@frozen
class Update:
    guard: str
    place: str
    value: Value


@define
class World:
    """Terms about one world, as a script is being written. `abstracted` holds what was weakened, and where."""

    spec: Spec
    script: Script = field(factory=Script)
    updates: dict[tuple[str, str], list[Update]] = field(factory=dict)
    versions: dict[str, int] = field(factory=dict)
    moment: int = 0
    known: dict[str, list[Thing]] = field(factory=dict)
    abstracted: dict[tuple[Span, str], None] = field(factory=dict)
    said: set[str] = field(factory=set)
    made: set[str] = field(factory=set)  # records, by term, that no world held before
    placed: set[str] = field(factory=set)  # those of them that a place holds by now
    curious: bool = True
    most: float = inf
    keys: dict[str, dict[str, None]] = field(factory=dict)
    parts: dict[str, tuple[str, Thing, int]] = field(factory=dict)
    initial: dict[tuple[str, str, str, int, bool], Value] = field(factory=dict)
    own: dict[tuple[str, str], Thing] = field(factory=dict)  # rows of a table for certain, by table and key

    def weaken(self, span: Span, why: str) -> None:
        self.abstracted[span, why] = None

    # --- making values

    def fresh(self, kind: Type, hint: str) -> Value:
        """An arbitrary value of a type."""
        if isinstance(kind, Optional):
            return Maybe(self.script.fresh(f"{hint}.present", "Bool"), self.fresh(kind.item, hint))
        return self.typed(self.script.fresh(hint, sort_of(kind)), kind)

    def function(self, name: str, args: list[tuple[str, Sort]], kind: Type) -> Value:
        """What a function of the world gives: the same for the same arguments, otherwise arbitrary."""
        sorts = tuple(s for _, s in args)
        words = [t for t, _ in args]
        if isinstance(kind, Optional):
            present = terms.apply(self.script.function(f"{name}.present", sorts, "Bool"), *words)
            return Maybe(present, self.function(name, args, kind.item))
        return self.typed(terms.apply(self.script.function(name, sorts, sort_of(kind)), *words), kind)

    def typed(self, term: str, kind: Type) -> Value:
        """A term as a value of its type, with what the type alone says of it."""
        sort = sort_of(kind)
        if isinstance(kind, EnumType):
            values = self.spec.enums[kind.name].values.values()
            self.script.fact(terms.either(terms.equal(term, self.script.literal(v)) for v in values))
        if sort != "Thing":
            return Scalar(term, sort)
        made = Thing(self.script.named(term, sort), kind)
        if isinstance(kind, RecordType):
            self._know(made, kind.name)
        return made

    def _know(self, thing: Thing, record: str) -> None:
        found = self.known.setdefault(record, [])
        if self.curious and len(found) < self.most and all(other.term != thing.term for other in found):
            found.append(thing)

    def number_of(self, thing: Thing) -> str:
        """How many items a list has."""
        term = terms.apply(self.script.function("count", ("Thing",), "Int"), thing.term)
        self.script.fact(f"(>= {term} 0)")
        return term

    def member(self, collection: Thing, value: Value) -> str:
        """That a value is in a list."""
        sort: Sort = value.sort if isinstance(value, Scalar) else "Thing"
        term = value.term if isinstance(value, (Scalar, Thing)) else self.script.fresh("item", sort)
        inside = terms.apply(self.script.function(f"in:{sort}", ("Thing", sort), "Bool"), collection.term, term)
        self.script.fact(terms.implies(inside, f"(>= {self.number_of(collection)} 1)"))
        return inside

    # --- fields

    def declared(self, record: str, name: str) -> Field | None:
        """A field of a record, or of the first case of a variant that has it; None for the tag."""
        found = self.spec.records[record]
        homes = [found.fields, *(c.fields for c in found.cases.values())]
        return next((fields[name] for fields in homes if name in fields), None)

    def read(self, thing: Thing, name: str) -> Value:
        """A field of a record as the world stands now."""
        assert isinstance(thing.type, RecordType)
        record = thing.type.name
        value = self.initially(thing, record, name)
        for update in self.updates.get((record, name), ()):
            here = terms.both([update.guard, terms.equal(thing.term, update.place)])
            value = self.choose(here, update.value, value, thing.type)
        return value

    def initially(self, thing: Thing, record: str, name: str) -> Value:
        """A field of a record as it was after the last change of which nothing is known. What the type says of it is
        said once."""
        version = self.versions.get(f"{record}.{name}", 0)
        key = (thing.term, record, name, version, self.curious)
        if key not in self.initial:
            self.initial[key] = self._initially(thing, record, name, version)
        return self.initial[key]

    def _initially(self, thing: Thing, record: str, name: str, version: int) -> Value:
        declared = self.declared(record, name)
        value = self.function(
            _versioned(f"{record}.{name}", version), [(thing.term, "Thing")], declared.type if declared else TEXT
        )
        if declared is None and isinstance(value, Scalar):
            wires = [c.wire for c in self.spec.records[record].cases.values()]
            self.script.fact(terms.either(terms.equal(value.term, self.script.literal(w)) for w in wires))
        elif declared is not None and declared.condition is not None and not version and thing.term not in self.made:
            self.limit(record, name, declared, value)
        return value

    def limit(self, record: str, name: str, declared: Field, value: Value) -> None:
        """Says the `where` of a field; expressions are the business of those who encode them."""

    def case_is(self, thing: Thing, tag: str, wire: str) -> str:
        found = self.read(thing, tag)
        assert isinstance(found, Scalar)
        return terms.equal(found.term, self.script.literal(wire))

    # --- rows and entries

    def table(self, name: str) -> Thing:
        """The rows of a table, as a list."""
        record = RecordType(self.spec.tables[name].record)
        constant = self.script.function(_versioned(f"table.{name}", self.versions.get(f"table.{name}", 0)), (), "Thing")
        return Thing(terms.apply(constant), ListType(record))

    def row(self, name: str, key: str) -> Maybe:
        """The row at a key. A row that is there has that key."""
        table = self.spec.tables[name]
        version = self.versions.get(f"table.{name}", 0)
        present = terms.apply(self.script.function(_versioned(f"{name}.has", version), ("Text",), "Bool"), key)
        row = self.function(_versioned(f"{name}.at", version), [(key, "Text")], RecordType(table.record))
        assert isinstance(row, Thing)
        row = self.own.get((name, key), row) if not version else row
        if (fact := f"{present}:{row.term}") not in self.said:
            self.said.add(fact)
            own = self.initially(row, table.record, table.key)
            assert isinstance(own, Scalar)
            self.script.fact(terms.implies(present, terms.equal(own.term, key)))
            self.script.fact(terms.implies(present, self.member(self.table(name), row)))
        return Maybe(present, row)

    def settle(self, name: str, row: Thing) -> str:
        """That a row of a table is the one at its own key."""
        table = self.spec.tables[name]
        key = self.initially(row, table.record, table.key)
        assert isinstance(key, Scalar)
        found = self.row(name, key.term)
        assert isinstance(found.value, Thing)
        return terms.both([found.present, terms.equal(found.value.term, row.term)])

    def owned(self, name: str, row: Thing) -> None:
        """Remembers that something is a row of a table, whatever else is so: it is then the one at its own key."""
        table = self.spec.tables[name]
        key = self.initially(row, table.record, table.key)
        if isinstance(key, Scalar) and not self.versions.get(f"table.{name}", 0):
            self.script.fact(self.settle(name, row))
            self.own.setdefault((name, key.term), row)

    def key_sort(self, mapping: Thing) -> Sort | None:
        """The sort of a map's keys, if equal keys are equal terms: dates are written in one way, moments are not."""
        kind = strip(mapping.type.key) if isinstance(mapping.type, MapType) else TEXT
        return sort if (sort := sort_of(kind)) == "Text" or kind == Prim("date") else None

    def entry(self, mapping: Thing, key: str, kind: Type) -> Maybe:
        """The entry of a map at a key."""
        version, sort = self.versions.get("entry", 0), self.key_sort(mapping)
        assert sort is not None
        by = "" if sort == "Text" else f":{sort}"
        present = terms.apply(
            self.script.function(_versioned(f"has{by}", version), ("Thing", sort), "Bool"), mapping.term, key
        )
        keys = self.keys.setdefault(str(mapping.type), {})
        if self.curious and len(keys) < self.most:
            keys[key] = None
        name = _versioned(f"entry{by}:{strip(kind)}", version)
        return Maybe(present, self.function(name, [(mapping.term, "Thing"), (key, sort)], strip(kind)))

    def part(self, op: str, mapping: Thing, kind: Type) -> Value:
        """The keys or the values of a map, as a list. What is looked up by a key and what is gone through are one."""
        version = self.versions.get("entry", 0)
        made = self.function(f"{op}@{version}", [(mapping.term, "Thing")], kind)
        if isinstance(made, Thing):
            self.parts[made.term] = (op, mapping, version)
        return made

    def entries(self, part: Thing) -> list[tuple[str, Value]]:
        """Of the keys or values of a map, those at the keys in play, each with the condition that it is one."""
        op, mapping, version = self.parts.get(part.term, ("", part, -1))
        sort = self.key_sort(mapping)
        if version != self.versions.get("entry", 0) or not isinstance(mapping.type, MapType) or sort is None:
            return []
        found = [(k, self.entry(mapping, k, mapping.type.value)) for k in tuple(self.keys.get(str(mapping.type), ()))]
        return [(e.present, Scalar(k, sort) if op == "keys" else e.value) for k, e in found]

    def keyed(self, part: Thing, item: Value) -> str:
        """What makes something one of the keys or values of a map: that it stands at some key."""
        op, mapping, version = self.parts.get(part.term, ("", part, -1))
        by = self.key_sort(mapping)
        if version != self.versions.get("entry", 0) or not isinstance(mapping.type, MapType) or by is None:
            return terms.TRUE
        if not isinstance(item, (Scalar, Thing)):
            return terms.TRUE
        if op == "keys":
            return self.entry(mapping, item.term, mapping.type.value).present
        sort: Sort = item.sort if isinstance(item, Scalar) else "Thing"
        name = _versioned(f"key:{sort}{'' if by == 'Text' else f':{by}'}", version)
        made = self.script.function(name, ("Thing", sort), by)
        key = terms.apply(made, mapping.term, item.term)
        found = self.entry(mapping, key, mapping.type.value)
        here = terms.equal(found.value.term, item.term) if isinstance(found.value, (Scalar, Thing)) else terms.TRUE
        return terms.both([found.present, here])

    # --- two values as one

    def choose(self, condition: str, then: Value, other: Value, kind: Type) -> Value:
        """One of two values."""
        if then == NOTHING or other == NOTHING:
            kept, when = (other, terms.negate(condition)) if then == NOTHING else (then, condition)
            inner = kept if isinstance(kept, Maybe) else Maybe(terms.TRUE, kept)
            return Maybe(terms.both([when, inner.present]), inner.value)
        match then, other:
            case Scalar(a, s), Scalar(b, t) if s == t:
                return Scalar(terms.choose(condition, a, b), s)
            case Scalar(a, s), Scalar(b, t) if {s, t} == {"Int", "Real"}:
                return Scalar(terms.choose(condition, terms.real(a, s), terms.real(b, t)), "Real")
            case Thing(a, of), Thing(b, _):
                return self._one_of(condition, a, b, of)
            case Event(a, of), Event(b, _) if not then.fields and not other.fields:
                return Event(terms.choose(condition, a, b), of)
            case Maybe(p, a), Maybe(q, b):
                return Maybe(terms.choose(condition, p, q), self.choose(condition, a, b, kind))
            case Maybe(p, a), _:
                return Maybe(terms.choose(condition, p, terms.TRUE), self.choose(condition, a, other, kind))
            case _, Maybe(q, b):
                return Maybe(terms.choose(condition, terms.TRUE, q), self.choose(condition, then, b, kind))
            case Items(xs), Items(ys) if len(xs) == len(ys):
                return Items(tuple(self.choose(condition, x, y, kind) for x, y in zip(xs, ys, strict=True)))
            case ((Items() | Query() | Thing()), (Items() | Query() | Thing())):
                return self._one_of(condition, self.listed(then, kind).term, self.listed(other, kind).term, kind)
        return self.fresh(kind, "either")

    def _one_of(self, condition: str, a: str, b: str, kind: Type) -> Thing:
        chosen = terms.choose(condition, a, b)
        made = Thing(chosen, kind)
        if isinstance(kind, RecordType):
            self._know(made, kind.name)
        return made

    def listed(self, value: Value, kind: Type) -> Thing:
        """A list as one thing: its items, if they are known, are in it."""
        if isinstance(value, Thing):
            return value
        made = Thing(self.script.fresh("list", "Thing"), kind)
        if isinstance(value, Items):
            self.script.fact(terms.equal(self.number_of(made), str(len(value.items))))
            for item in value.items:
                if isinstance(item, (Scalar, Thing)):
                    self.script.fact(self.member(made, item))
        return made

    # --- changes

    def change(self, place: Thing, name: str, value: Value, guard: str) -> None:
        """A field set at one place, under a condition."""
        assert isinstance(place.type, RecordType)
        self.moment += 1
        self.updates.setdefault((place.type.name, name), []).append(Update(guard, place.term, value))

    def forget(self, record: str, name: str) -> None:
        """Whatever a field was, it may now be anything, everywhere."""
        self.moment += 1
        self.updates.pop((record, name), None)
        self.bump(f"{record}.{name}")

    def bump(self, what: str) -> None:
        self.moment += 1
        self.versions[what] = self.versions.get(what, 0) + 1


def _versioned(name: str, version: int) -> str:
    return f"{name}@{version}" if version else name
