"""Whether a world is what its specification says it is: beyond shapes, its enum values, dates and times, what fields
must meet (`where`), and for a world that is complete its references and invariants.

In: a specification and a world whose shapes fit. Out: what does not fit, a sentence each, with the JSON pointer of the
value and what may stand there.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.opening import state_problem
from ..backends.python.runtime.soundness import MOST_PROBLEMS, Checker, LooseEnds
from ..backends.python.runtime.world import World
from ..core.spec import Spec
from ..source import DataProblem, suggest
from .program import program_of


def world_problems(spec: Spec, state: Any) -> tuple[DataProblem, ...]:
    """Where a JSON state misses the types, field conditions, references and invariants of a specification."""
    program = program_of(spec)
    problem = state_problem(program, state)
    if problem is not None:
        return (_problem(problem),)
    world = World(program.schema, program.schema.load(state))
    found = list(checker(spec, world).problems())
    return tuple(map(_problem, found[:MOST_PROBLEMS]))


def value_problems(spec: Spec, world: World) -> Iterator[str]:
    """Where the values of a world that was given miss their types and field conditions. Nothing is asked of references
    and invariants: what is known of a live system need not be all of it."""
    return checker(spec, world, whole=False).values()


def changed_problems(spec: Spec, world: World, places: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the rows at some places, by table and key, and with the invariants of their world."""
    found = checker(spec, world)
    for table, key in places:
        yield from found.value(world.row(table, key), ("record", spec.tables[table].record), f"/{table}/{key}")
    yield from found.broken_invariants()


def loose_ends(spec: Spec, world: World) -> Iterator[str]:
    """What is odd about a world, if it is meant to be whole: keys that lead nowhere, invariants that do not hold. A
    part of a live system may well have both, so they are warned of and refuse nothing."""
    program = program_of(spec)
    return LooseEnds(program.asked, program.rows, Run(program, world), suggest).found()


def checker(spec: Spec, world: World, whole: bool = True) -> Checker:
    """What goes through the values of a world."""
    program = program_of(spec)
    return Checker(program.asked, program.rows, Run(program, world), suggest, whole)


def _problem(message: str) -> DataProblem:
    return DataProblem("bad-state", message, "")


__all__ = ["MOST_PROBLEMS", "changed_problems", "checker", "loose_ends", "value_problems", "world_problems"]
