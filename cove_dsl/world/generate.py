"""Worlds made by a specification's own `generate` block.

In: a specification and a seed. Out: a JSON state. Guaranteed: equal seeds give equal states, and a state that misses a
type, a field's `where` or an invariant is never handed out.
"""

import random
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any, TypeVar

from ..backends.python.blocks import Block, compile_blocks
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.values import UnknownEffect
from ..backends.python.runtime.world import Fail, World, copied
from ..core.spec import Spec
from ..source import DataProblem
from .program import program_of
from .soundness import world_problems

T = TypeVar("T")
MOST_DIGITS = 100


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
        if not 1 <= n <= MOST_DIGITS:
            raise Fail(f"a number of {n} digits was asked for; it has from 1 to {MOST_DIGITS}")
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


__all__ = [
    "Dice",
    "GenerateError",
    "Maker",
    "empty_world",
    "generate_world",
    "state_of",
]
