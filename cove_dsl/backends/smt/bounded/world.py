"""A small world: so many rows a table, so many items a list, and constants of the solver for all that stands in them.

Nothing is there before it is asked for: a field that no question reads has no constant, and its table may not even
exist. What every world obeys (keys differ, references lead somewhere, a field's `where`) is said when a place appears.
"""

from attrs import define, field, frozen

from ....core.nodes import Expr
from ....core.spec import Field, Spec
from ....core.types import (
    AnyType,
    EnumType,
    ListType,
    MapType,
    Optional,
    Prim,
    RecordType,
    Ref,
    TupleType,
    Type,
)
from .. import terms
from ..coins import CENTS, to_the_cent
from ..terms import FALSE, TRUE, Script
from .values import (
    NOTHING,
    Cell,
    Entry,
    Happening,
    Maybe,
    Place,
    Scalar,
    Seq,
    Sort,
    Truth,
    Unsupported,
    Value,
    sure,
)

FIRST_TEXT = 1_000_000  # numbers of literals begin here, far from those that a solver takes first
LARGEST = 1_500_000  # characters of terms, after which a question is given up
TOO_LARGE = "a question that grows too large"
WHOLE = "whole amounts"
TO_THE_CENT = "money to the cent"
NEAR = "days from 1970 to 2065"
EVER = (-719_161, 2_932_895)  # every day of the calendar but the first and the last
LONG = 120  # a term longer than this gets a name, so that it is written once


def finer(grain: int) -> str:
    """What is said of amounts in so many steps of a unit."""
    return f"amounts of at most {len(str(grain)) - 1} decimal places"


@frozen
class Bounds:
    """How large a world is looked at. `grain`: how many steps a unit of an amount has (of money, no more than cents),
    and with one step only days of our time are looked at. 0 for any amount, day and text: then whatever is said holds
    of all of them, so a refutation is one of all of them, and a model may well mean nothing.
    """

    rows: int = 2
    items: int = 2
    entries: int = 2
    grain: int = 1
    tables: tuple[tuple[str, int], ...] = ()

    def of(self, table: str) -> int:
        return dict(self.tables).get(table, self.rows)


@define
class SmallWorld:
    """Tables, states and texts of one world while a question about it is written."""

    spec: Spec
    bounds: Bounds = field(factory=Bounds)
    script: Script = field(factory=Script)
    tables: dict[str, list[tuple[str, Cell]]] = field(factory=dict)
    opening: dict[str, tuple[tuple[str, Cell], ...]] = field(factory=dict)
    states: dict[str, Value] = field(factory=dict)
    opening_states: dict[str, Value] = field(factory=dict)
    texts: dict[str, int] = field(factory=dict)
    pending: list[tuple[Expr, Value, str]] = field(factory=list)
    touched: set[str] = field(factory=set)
    narrow: dict[str, None] = field(factory=dict)  # what is looked at instead of all there is, in words

    @property
    def loose(self) -> bool:
        """Whether nothing may be said that does not hold of all amounts, days and texts."""
        return self.bounds.grain == 0

    # --- constants

    def constant(self, hint: str, sort: Sort) -> str:
        return self.script.fresh(hint, sort)

    def shared(self, term: str, sort: Sort) -> str:
        """A name for a long term."""
        if len(term) < LONG:
            return term
        key = f"{sort}:{term}"
        if key not in self.named:
            name = f"t{len(self.named)}"
            self.script.declared[name] = f"(define-fun {name} () {sort} {term})"
            self.named[key] = name
            self.size += len(term)
            if self.size > LARGEST:
                raise Unsupported(TOO_LARGE)
        return self.named[key]

    named: dict[str, str] = field(factory=dict)
    size: int = 0

    def text(self, literal: str) -> Scalar:
        """The number of a text of the source."""
        return Scalar(str(self.texts.setdefault(literal, FIRST_TEXT + len(self.texts))), "Int")

    def fact(self, term: str) -> None:
        self.script.fact(term)

    # --- values about which nothing is known but their type

    def leaf(self, kind: Type, hint: str, alive: str = TRUE, loose: bool = False) -> Value:
        """An open value of a type. A `loose` one may be a key that no row has, or no value of its enum."""
        match kind:
            case Optional(item):
                present = self.constant(f"{hint}?", "Bool")
                return Maybe(present, self.leaf(item, hint, terms.both([alive, present]), loose))
            case Prim(name):
                return self._primitive(name, hint)
            case EnumType(name):
                return self._enum(name, hint, loose)
            case Ref(table):
                code = Scalar(self.constant(hint, "Int"), "Int")
                if not loose:
                    self.fact(terms.implies(alive, self.leads(table, code)))
                return code
            case RecordType():
                return Place(((TRUE, Cell(kind, hint, alive, self.make_field)),))
            case MapType():
                return Place(((TRUE, self._map(kind, hint, alive)),))
            case ListType(item):
                return self._list(item, hint, alive, loose)
            case TupleType(items):
                return Seq(tuple((TRUE, self.leaf(t, f"{hint}.{i}", alive, loose)) for i, t in enumerate(items)))
        raise Unsupported(f"an open value of type `{kind}`")

    def _primitive(self, name: str, hint: str) -> Value:
        match name:
            case "bool":
                return sure(self.constant(hint, "Bool"))
            case "text" | "id" | "email" | "int":
                return Scalar(self.constant(hint, "Int"), "Int")
            case "decimal" | "money":
                return Scalar(self._amount_of(name, hint), "Real")
            case "date" | "time" | "datetime" | "duration":
                return Scalar(f"(to_real {self._moment(name, hint)})", "Real")
        raise Unsupported(f"an open value of type `{name}`")

    def _amount_of(self, name: str, hint: str) -> str:
        """An open amount, in steps of so much of a unit: of money, no more than cents if no finer amount is written."""
        grain = self.bounds.grain
        if grain == 0:
            return self.constant(hint, "Real")
        in_cents = name == "money" and grain >= CENTS and to_the_cent(self.spec)
        grain = CENTS if in_cents else grain
        self.narrow[WHOLE if grain == 1 else TO_THE_CENT if in_cents else finer(grain)] = None
        whole = f"(to_real {self.constant(hint, 'Int')})"
        return whole if grain == 1 else f"(/ {whole} {grain}.0)"

    def _moment(self, name: str, hint: str) -> str:
        """An instant: whole days, or whole seconds, within the calendar."""
        term = self.constant(hint, "Int")
        near = self.bounds.grain == 1
        days = (0, 40_000) if near else EVER
        seconds = (0, 3_000_000_000) if near else tuple(86_400 * d for d in EVER)
        found = {"date": days, "time": (0, 86_399), "datetime": seconds}.get(name)
        if found is not None:
            low, high = (terms.number(n, "Int") for n in found)
            self.fact(f"(<= {low} {term} {high})")
        if near and name in ("date", "datetime"):
            self.narrow[NEAR] = None
        return term

    def _enum(self, name: str, hint: str, loose: bool) -> Scalar:
        code = Scalar(self.constant(hint, "Int"), "Int")
        values = [self.text(v).term for v in self.spec.enums[name].values.values()]
        if not loose:
            self.fact(terms.either(terms.equal(code.term, v) for v in values))
        return code

    def _list(self, item: Type, hint: str, alive: str, loose: bool) -> Seq:
        """So many items at most; an item is there only if the one before it is."""
        items: list[tuple[str, Value]] = []
        before = TRUE
        for i in range(self.bounds.items):
            there = self.constant(f"{hint}.{i}!", "Bool")
            self.fact(terms.implies(there, before))
            items.append((there, self.leaf(item, f"{hint}.{i}", terms.both([alive, there]), loose)))
            before = there
        return Seq(tuple(items))

    def _map(self, kind: MapType, hint: str, alive: str) -> Cell:
        cell = Cell(kind, hint, alive, self.make_field)
        before = TRUE
        keys: list[str] = []
        many = self.bounds.entries
        if isinstance(kind.key, EnumType):  # keys differ, also those of entries that are not there
            many = min(many, len(self.spec.enums[kind.key.name].values))
        for i in range(many):
            there = self.constant(f"{hint}.{i}!", "Bool")
            self.fact(terms.implies(there, before))
            nested = isinstance(kind.key, Ref) and "." in kind.key.table
            key = self.leaf(kind.key, f"{hint}.{i}.key", terms.both([alive, there]), loose=nested)
            assert isinstance(key, Scalar)
            for other in keys:
                self.fact(f"(not (= {other} {key.term}))")
            keys.append(key.term)
            cell.entries.append((there, key, self.leaf(kind.value, f"{hint}.{i}", terms.both([alive, there]))))
            before = there
        cell.initial["entries"] = Seq(tuple((g, v) for g, _, v in cell.entries))
        self.opened[id(cell)] = tuple(cell.entries)
        return cell

    opened: dict[int, tuple[Entry, ...]] = field(factory=dict)

    # --- records

    def declared(self, record: str, name: str) -> Field | None:
        """A field of a record, or of the first case of a variant that has it; None for the tag."""
        found = self.spec.records[record]
        homes = [found.fields, *(c.fields for c in found.cases.values())]
        return next((fields[name] for fields in homes if name in fields), None)

    def make_field(self, cell: Cell, name: str) -> Value:
        """A field that is read for the first time."""
        assert isinstance(cell.type, RecordType)
        record = self.spec.records[cell.type.name]
        declared = self.declared(record.name, name)
        self.touched.add(f"{record.name}.{name}")
        if declared is None:
            if name != record.tag:
                raise Unsupported(f"a field `{name}` that `{record.name}` does not declare")
            code = Scalar(self.constant(f"{cell.name}.{name}", "Int"), "Int")
            self.fact(terms.either(terms.equal(code.term, self.text(c.wire).term) for c in record.cases.values()))
            return code
        alive = terms.both([cell.alive, self._in_case(cell, name)])
        own = any(t.record == record.name and t.key == name for t in self.spec.tables.values())
        value = self.leaf(declared.type, f"{cell.name}.{name}", alive, loose=own)
        if declared.condition is not None:
            self.pending.append((declared.condition, value, alive))
        return value

    def _in_case(self, cell: Cell, name: str) -> str:
        """That a variant has a case with this field."""
        assert isinstance(cell.type, RecordType)
        record = self.spec.records[cell.type.name]
        if record.tag is None:
            return TRUE
        tag = cell.first(record.tag)
        assert isinstance(tag, Scalar)
        having = [c for c in record.cases.values() if name in c.fields]
        if len(having) == len(record.cases):
            return TRUE
        return terms.either(terms.equal(tag.term, self.text(c.wire).term) for c in having)

    # --- tables

    def rows(self, table: str) -> list[tuple[str, Cell]]:
        """The rows of a table as it stands, each under the condition that it is there."""
        if table not in self.tables:
            self._open(table)
        return self.tables[table]

    def _open(self, name: str) -> None:
        table = self.spec.tables[name]
        rows: list[tuple[str, Cell]] = []
        self.tables[name] = rows
        before = TRUE
        for i in range(self.bounds.of(name)):
            there = self.constant(f"{name}.{i}!", "Bool")
            self.fact(terms.implies(there, before))
            rows.append((there, Cell(RecordType(table.record), f"{name}.{i}", there, self.make_field)))
            before = there
        self.opening[name] = tuple(rows)
        keys = [self.key(name, cell) for _, cell in rows]
        for i, key in enumerate(keys):
            for other in keys[:i]:
                self.fact(f"(not (= {other.term} {key.term}))")

    def key(self, table: str, cell: Cell) -> Scalar:
        found = cell.read(self.spec.tables[table].key)
        assert isinstance(found, Scalar)
        return found

    def leads(self, ref: str, code: Scalar) -> str:
        """That a key leads to a row, or to an entry of a map in one."""
        table, _, path = ref.partition(".")
        found: list[str] = []
        for there, cell in self.opening.get(table) or tuple(self.rows(table)):
            if not path:
                own = cell.first(self.spec.tables[table].key)
                assert isinstance(own, Scalar)
                found.append(terms.both([there, terms.equal(own.term, code.term)]))
                continue
            inner = cell.first(path)
            for _, mapping in inner.alts if isinstance(inner, Place) else ():
                found += [
                    terms.both([there, g, terms.equal(k.term, code.term)]) for g, k, _ in self.opened[id(mapping)]
                ]
        return terms.either(found)

    def state(self, name: str) -> Value:
        if name not in self.states:
            declared = self.spec.states[name]
            self.states[name] = self.opening_states[name] = self.leaf(declared.type, f"state.{name}")
        return self.states[name]

    # --- values that do not matter

    def blank(self, kind: Type) -> Value:
        """Some value of a type, for where there is none."""
        match kind:
            case Optional():
                return NOTHING
            case Prim("bool"):
                return Truth(FALSE, TRUE)
            case Prim("text" | "id" | "email" | "int" | "json") | Ref() | EnumType() | AnyType():
                return Scalar("0", "Int")
            case Prim():
                return Scalar("0.0", "Real")
            case RecordType() | MapType():
                return Place(())
            case ListType():
                return Seq(())
            case TupleType(items):
                return Seq(tuple((TRUE, self.blank(t)) for t in items))
            case _:
                return Happening(())
