"""Whether a world is what its specification says it is: beyond shapes, its enum values, dates and times, what fields
must meet (`where`), and for a world that is complete its references and invariants.

In: a specification and a world whose shapes fit. Out: what does not fit, a sentence each, with the JSON pointer of the
value and what may stand there.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from ..backends.python.blocks import Block, Blocks, compile_blocks
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.opening import state_problem
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.texts import to_json
from ..backends.python.runtime.times import date_of, instant
from ..backends.python.runtime.values import UNKNOWN
from ..backends.python.runtime.world import World
from ..core.nodes import Expr
from ..core.spec import Field, Record, Spec
from ..core.types import EnumType, ListType, MapType, Optional, Prim, RecordType, Ref, TupleType, Type, strip
from ..source import DataProblem, suggest
from .program import program_of

MOST_PROBLEMS = 50
MOST_VALUES = 12
WRITTEN = {"date": "2025-03-10", "time": "12:00", "datetime": "2025-03-10T12:00:00+00:00"}


def world_problems(spec: Spec, state: Any) -> tuple[DataProblem, ...]:
    """Where a JSON state misses the types, field conditions, references and invariants of a specification."""
    program = program_of(spec)
    problem = state_problem(program, state)
    if problem is not None:
        return (_problem(problem),)
    world = World(program.schema, program.schema.load(state))
    found = list(Checker(spec, program, world).problems())
    return tuple(map(_problem, found[:MOST_PROBLEMS]))


def value_problems(spec: Spec, world: World) -> Iterator[str]:
    """Where the values of a world that was given miss their types and field conditions. Nothing is asked of references
    and invariants: what is known of a live system need not be all of it."""
    return Checker(spec, program_of(spec), world, whole=False).values()


def changed_problems(spec: Spec, world: World, places: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the rows at some places, by table and key, and with the invariants of their world."""
    checker = Checker(spec, program_of(spec), world)
    for table, key in places:
        record = RecordType(spec.tables[table].record)
        yield from checker.value(world.row(table, key), record, f"/{table}/{key}")
    yield from checker.broken_invariants()


def _problem(message: str) -> DataProblem:
    return DataProblem("bad-state", message, "")


class Checker:
    """Goes through the values of a world once, but for those with whose types nothing can be wrong. `whole`: the world
    is complete, so references must lead somewhere and invariants hold."""

    def __init__(self, spec: Spec, program: Program, world: World, whole: bool = True) -> None:
        self.spec, self.world, self.whole = spec, world, whole
        self.fields = {f"{r.name}.{c}.{f.name}": f for r, c, f in _fields(spec) if f.condition is not None}
        conditions = {name: f.condition for name, f in self.fields.items() if f.condition is not None}
        invariants = {i.name: i.condition for i in spec.invariants if whole}
        compiled = compile_blocks(spec, _expressions(conditions, ("it",)) | _expressions(invariants, ()))
        self.run = Run(program._replace(patterns=compiled.patterns), world)
        self.conditions = {name: self._condition(compiled, name) for name in conditions}
        self.invariants = {name: compiled.functions[name](self.run)[0] for name in invariants}
        self.nested: dict[str, set[str]] = {}
        self.telling: frozenset[str] = frozenset()
        while (more := frozenset(self._telling())) != self.telling:
            self.telling = more

    def _condition(self, compiled: Blocks, name: str) -> Callable[[Any], Any]:
        return lambda value: compiled.functions[name](self.run, value)[0](self.run)

    def problems(self) -> Iterator[str]:
        yield from self.values()
        yield from self.broken_invariants()

    def values(self) -> Iterator[str]:
        """What is wrong with the values themselves."""
        for table in self.spec.tables.values():
            record = RecordType(table.record)
            if self._can_miss(record):
                for row in self.world.all_rows(table.name):
                    yield from self.value(row, record, f"/{table.name}/{row[table.key]}")
        for state in self.spec.states.values():
            yield from self.value(self.world.single(state.name), state.type, f"/{state.name}")

    def broken_invariants(self) -> Iterator[str]:
        for invariant in self.spec.invariants:
            if self.invariants[invariant.name](self.run) is not True:
                words = f": {invariant.doc}" if invariant.doc else ""
                yield f"the invariant `{invariant.name}` does not hold{words}"

    def _can_miss(self, kind: Type) -> bool:
        """Whether a value of the right shape can still be wrong."""
        match kind:
            case EnumType():
                return True
            case Ref():
                return self.whole
            case Prim(name):
                return name in WRITTEN
            case Optional(item) | ListType(item):
                return self._can_miss(item)
            case MapType(key, item):
                return self._can_miss(key) or self._can_miss(item)
            case TupleType(items):
                return any(map(self._can_miss, items))
            case RecordType(name):
                return name in self.telling
        return False

    def _telling(self) -> Iterator[str]:
        """The records that ask something of a field, or hold such a record."""
        for record in self.spec.records.values():
            kinds = [record.fields, *(c.fields for c in record.cases.values())]
            if any(f.condition is not None or self._can_miss(f.type) for fs in kinds for f in fs.values()):
                yield record.name

    def value(self, value: Any, kind: Type, at: str) -> Iterator[str]:
        """What is wrong with a value that has the shape of its type."""
        if value is None:
            return
        match strip(kind):
            case RecordType(name):
                yield from self._record(value, self.spec.records[name], at)
            case ListType(item):
                for i, each in enumerate(value):
                    yield from self.value(each, item, f"{at}/{i}")
            case MapType(key, item):
                keyed, valued = self._can_miss(key), self._can_miss(item)
                for name, each in value.items():
                    yield from self.value(name, key, f"{at}/{name}") if keyed else ()
                    yield from self.value(each, item, f"{at}/{name}") if valued else ()
            case TupleType(items):
                for i, (each, item) in enumerate(zip(value, items, strict=True)):
                    yield from self.value(each, item, f"{at}/{i}")
            case EnumType(name):
                if value not in (allowed := self.spec.enums[name].values.values()):
                    yield f"{at} is `{value}`, which is no {name}: {_one_of(value, list(allowed))}"
            case Ref(table) if self.whole:
                if value not in self._keys(table):
                    yield f"{at} is `{value}`, which leads to nothing in {table}"
            case Prim(name) if name in WRITTEN:
                if not _is_written(value, name):
                    yield f"{at} is `{value}`, which is no {name}: write it as `{WRITTEN[name]}`"

    def _record(self, value: dict[str, Any], record: Record, at: str) -> Iterator[str]:
        case = next((c for c in record.cases.values() if record.tag and c.wire == value.get(record.tag)), None)
        for field in (case.fields if case else record.fields).values():
            inner = value.get(field.name)
            if inner is None:
                continue
            if self._can_miss(field.type):
                yield from self.value(inner, field.type, f"{at}/{field.name}")
            name = f"{record.name}.{case.name if case else ''}.{field.name}"
            condition = self.conditions.get(name)
            if condition is not None and condition(inner) is not True:
                yield f"{at}/{field.name} is {to_json(inner)}, against its `where {self._written(name)}`"

    def _written(self, field: str) -> str:
        """The condition of a field as its author wrote it."""
        condition = self.fields[field].condition
        assert condition is not None
        place = self.spec.sources.locate(condition.span)
        return " ".join(place.text.split()) if place is not None else "…"

    def _keys(self, path: str) -> set[str]:
        """The keys of a table, or of all maps at a path of field names into its rows."""
        if path not in self.nested:
            table, *names = path.split(".")
            places = self.world.all_rows(table)
            key = self.spec.tables[table].key
            for name in names:
                places = [value for place in places for value in _inside(place, name)]
            self.nested[path] = {k for p in places for k in p} if names else {row[key] for row in places}
        return self.nested[path]


@lru_cache(maxsize=1 << 14)
def _is_written(value: str, kind: str) -> bool:
    """Whether a text is a date, a time or a date-time as the language writes them."""
    if kind == "datetime":
        return date_of(value) is not UNKNOWN
    return instant(value) is not UNKNOWN and date_of(value) is UNKNOWN and (":" in value) is (kind == "time")


def _one_of(value: Any, allowed: list[str]) -> str:
    near = suggest(str(value), allowed)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    more = f" and {len(allowed) - MOST_VALUES} more" if len(allowed) > MOST_VALUES else ""
    return f"it may be {', '.join(f'`{v}`' for v in allowed[:MOST_VALUES])}{more}{hint}"


def _inside(place: Any, name: str) -> list[Any]:
    value = place.get(name) if isinstance(place, dict) else None
    return [value] if value is not None else []


def _fields(spec: Spec) -> Iterator[tuple[Record, str, Field]]:
    for record in spec.records.values():
        for field in record.fields.values():
            yield record, "", field
        for case in record.cases.values():
            for field in case.fields.values():
                yield record, case.name, field


def _expressions(named: dict[str, Expr], params: tuple[str, ...]) -> dict[str, Block]:
    return {name: Block((), (expr,), params) for name, expr in named.items()}


__all__ = ["Checker", "changed_problems", "value_problems", "world_problems"]
