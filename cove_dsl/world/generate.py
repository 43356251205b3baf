"""Worlds made by a specification's own `generate` block, and whether a world is what the specification says it is.

In: a specification and a seed. Out: a JSON state. Guaranteed: equal seeds give equal states, and a state that misses a
type, a field's `where` or an invariant is never handed out.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any, TypeVar

from ..backends.python.blocks import Block, Blocks, compile_blocks
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.opening import state_problem
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.values import UnknownEffect
from ..backends.python.runtime.world import Fail, World, copied
from ..core.nodes import Expr
from ..core.spec import Field, Record, Spec
from ..core.types import EnumType, ListType, MapType, RecordType, Ref, TupleType, Type, strip
from ..source import DataProblem
from .program import program_of
from .state import world_of

T = TypeVar("T")
MOST_PROBLEMS = 50


class GenerateError(Exception):
    """No world could be made, or not one that the specification allows; `problems` say why."""

    def __init__(self, message: str, problems: tuple[DataProblem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


# --- chance -----------------------------------------------------------------------------------------------------------


class Dice:
    """Where `generate` draws from. Everything follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.source = seed, random.Random(seed)
        self.used: dict[int, set[str]] = {}

    def choose(self, items: list[T]) -> T:
        if not items:
            raise Fail("`choose` was given an empty list")
        return items[self.source.randrange(len(items))]

    def choose_some(self, items: list[T], most: int) -> list[T]:
        """Different places of a list, in any order; all of them if there are no more."""
        return self.source.sample(items, max(0, min(int(most), len(items))))

    def between(self, low: Any, high: Any, whole: bool) -> Any:
        """A whole number, or an amount in cents; both ends belong."""
        scale = 1 if whole else 100
        first = int((Decimal(low) * scale).to_integral_value(ROUND_CEILING))
        final = int((Decimal(high) * scale).to_integral_value(ROUND_FLOOR))
        if first > final:
            raise Fail(f"`between` was given {low} and {high}, which have nothing between them")
        drawn = self.source.randint(first, final)
        return drawn if whole else Decimal(drawn).scaleb(-2)

    def chance(self, share: Any) -> bool:
        return bool(self.source.random() < share)

    def digits(self, n: int) -> str:
        """A number of so many digits, as text; it does not begin with 0, unless it is one digit."""
        low = 10 ** (int(n) - 1) if n > 1 else 0
        return str(self.source.randrange(low, 10 ** int(n)))

    def unique_digits(self, n: int) -> str:
        """Digits that were not drawn before."""
        used = self.used.setdefault(int(n), set())
        if len(used) >= (9 * 10 ** (int(n) - 1) if n > 1 else 10):
            raise Fail(f"`unique_digits({n})` has given every number of {n} digits")
        while (drawn := self.digits(n)) in used:
            pass
        used.add(drawn)
        return drawn

    def fake(self, kind: str) -> str:
        """A made-up name, street and the like, by its name in Faker."""
        make = getattr(self._faker, kind, None)
        if not callable(make):
            raise Fail(f"`fake` knows no kind `{kind}`")
        return str(make())

    @cached_property
    def _faker(self) -> Any:
        try:
            from faker import Faker
        except ImportError:
            raise GenerateError("`fake` needs Faker: install `cove-dsl[data]`") from None
        made = Faker("en_US")
        made.seed_instance(self.seed)
        return made


class Maker(Run):
    """What `generate` runs over."""

    def __init__(self, program: Program, world: World, dice: Dice) -> None:
        super().__init__(program, world)
        self.random = dice


# --- making -----------------------------------------------------------------------------------------------------------


def generate_world(spec: Spec, seed: int) -> dict[str, Any]:
    """The JSON state that a specification's `generate` block makes. Raises GenerateError."""
    if spec.generate is None:
        raise GenerateError(f"`{spec.name}` has no `generate` block")
    program = program_of(spec)
    blocks = compile_blocks(spec, {"generate": Block(spec.generate)})
    maker = Maker(program, empty_world(program), Dice(seed))
    try:
        blocks.functions["generate"](maker)
    except Fail as failure:
        raise GenerateError(f"`generate` failed: {failure}") from None
    except UnknownEffect:
        raise GenerateError("`generate` came upon a value that is not known") from None
    state = state_of(maker.world)
    problems = world_problems(spec, state)
    if problems:
        raise GenerateError(f"`generate` made a world that breaks the specification: {problems[0].message}", problems)
    return state


def empty_world(program: Program) -> World:
    """A world in which every table is known to be empty."""
    return World(program.schema, program.schema.load({}))


def state_of(world: World) -> dict[str, Any]:
    """A complete world as JSON that shares nothing with it."""
    state: dict[str, Any] = {}
    for table, (key, as_list) in world.schema.tables.items():
        rows = copied(world.all_rows(table))
        state[table] = rows if as_list else {row[key]: row for row in rows}
    singles = ((name, world.single(name)) for name in world.schema.singles)
    return world.schema.nested(state | {name: copied(value) for name, value in singles if value is not None})


# --- checking ---------------------------------------------------------------------------------------------------------


def world_problems(spec: Spec, state: Any) -> tuple[DataProblem, ...]:
    """Where a JSON state misses the types, field conditions and invariants of a specification."""
    program = program_of(spec)
    problem = state_problem(program, state)
    if problem is not None:
        return (_problem(problem),)
    world = world_of(state, program)
    found = list(_Checker(spec, program, world).problems())
    return tuple(map(_problem, found[:MOST_PROBLEMS]))


def changed_problems(spec: Spec, world: World, places: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the rows at some places, by table and key, and with the invariants of their world."""
    checker = _Checker(spec, program_of(spec), world)
    for table, key in places:
        record = RecordType(spec.tables[table].record)
        yield from checker._value(world.row(table, key), record, f"/{table}/{key}")
    yield from checker.broken_invariants()


def _problem(message: str) -> DataProblem:
    return DataProblem("bad-state", message, "")


class _Checker:
    """Goes through every value of a world once."""

    def __init__(self, spec: Spec, program: Program, world: World) -> None:
        self.spec, self.world = spec, world
        conditions = {f"{r.name}.{c}.{f.name}": f.condition for r, c, f in _fields(spec) if f.condition is not None}
        invariants = {i.name: i.condition for i in spec.invariants}
        compiled = compile_blocks(spec, _expressions(conditions, ("it",)) | _expressions(invariants, ()))
        self.run = Run(program._replace(patterns=compiled.patterns), world)
        self.conditions = {name: self._condition(compiled, name) for name in conditions}
        self.invariants = {name: compiled.functions[name](self.run)[0] for name in invariants}
        self.nested: dict[str, set[str]] = {}

    def _condition(self, compiled: Blocks, name: str) -> Callable[[Any], Any]:
        return lambda value: compiled.functions[name](self.run, value)[0](self.run)

    def problems(self) -> Iterator[str]:
        for table in self.spec.tables.values():
            for row in self.world.all_rows(table.name):
                yield from self._value(row, RecordType(table.record), f"/{table.name}/{row[table.key]}")
        for state in self.spec.states.values():
            yield from self._value(self.world.single(state.name), state.type, f"/{state.name}")
        yield from self.broken_invariants()

    def broken_invariants(self) -> Iterator[str]:
        for invariant in self.spec.invariants:
            if self.invariants[invariant.name](self.run) is not True:
                words = f": {invariant.doc}" if invariant.doc else ""
                yield f"the invariant `{invariant.name}` does not hold{words}"

    def _value(self, value: Any, kind: Type, at: str) -> Iterator[str]:
        """What is wrong with a value that has the shape of its type."""
        if value is None:
            return
        match strip(kind):
            case RecordType(name):
                yield from self._record(value, self.spec.records[name], at)
            case ListType(item):
                for i, each in enumerate(value):
                    yield from self._value(each, item, f"{at}/{i}")
            case MapType(key, item):
                for name, each in value.items():
                    yield from self._value(name, key, f"{at}/{name}")
                    yield from self._value(each, item, f"{at}/{name}")
            case TupleType(items):
                for i, (each, item) in enumerate(zip(value, items, strict=True)):
                    yield from self._value(each, item, f"{at}/{i}")
            case EnumType(name):
                if value not in self.spec.enums[name].values.values():
                    yield f"{at} is `{value}`, which is no {name}"
            case Ref(table):
                if value not in self._keys(table):
                    yield f"{at} is `{value}`, which leads to nothing in {table}"

    def _record(self, value: dict[str, Any], record: Record, at: str) -> Iterator[str]:
        case = next((c for c in record.cases.values() if record.tag and c.wire == value.get(record.tag)), None)
        for field in (case.fields if case else record.fields).values():
            inner = value.get(field.name)
            yield from self._value(inner, field.type, f"{at}/{field.name}")
            condition = self.conditions.get(f"{record.name}.{case.name if case else ''}.{field.name}")
            if condition is not None and inner is not None and condition(inner) is not True:
                yield f"{at}/{field.name} is {inner}, against its `where`"

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


__all__ = [
    "Dice",
    "GenerateError",
    "Maker",
    "changed_problems",
    "empty_world",
    "generate_world",
    "state_of",
    "world_problems",
]
