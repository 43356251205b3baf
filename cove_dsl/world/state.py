"""Databases: read from JSON files, changed by pointers, written back."""

import hashlib
import json
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.opening import open_world, state_problem
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.start import apply_start
from ..backends.python.runtime.values import UNKNOWN
from ..backends.python.runtime.world import World, canonical
from ..core.spec import Spec
from ..core.values import UNKNOWN as UNDEFINED
from ..source import DataProblem
from .program import program_of
from .soundness import MOST_PROBLEMS, value_problems

LIMIT_BYTES = 512 * 1024 * 1024


class StateError(Exception):
    """A database that cannot be read, or does not fit; `problems` say where."""

    def __init__(self, *problems: DataProblem) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def read_state(path: str | Path, spec: Spec) -> Any:
    """The JSON of a database, checked against the types and field conditions of a specification. Raises StateError."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
        if len(data) > LIMIT_BYTES:
            raise StateError(DataProblem("bad-state", f"the file holds more than {LIMIT_BYTES:,} bytes", str(path)))
        state = parse_json(data.decode("utf-8-sig"))
    except OSError as error:
        raise StateError(DataProblem("bad-state", f"cannot be read: {error.strerror or error}", str(path))) from None
    except UnicodeDecodeError as error:
        raise StateError(DataProblem("bad-state", f"is not UTF-8 text: byte {error.start}", str(path))) from None
    except ValueError as error:
        raise StateError(DataProblem("bad-state", str(error), str(path))) from None
    problem = state_problem(program_of(spec), state)
    if problem is not None:
        raise StateError(DataProblem("bad-state", problem, str(path)))
    check_values(spec, world_of(state, program_of(spec)), str(path))
    return state


def check_values(spec: Spec, world: World, path: str) -> None:
    """Raises StateError for the values of a world that miss their types or their fields' conditions."""
    found = islice(value_problems(spec, world), MOST_PROBLEMS)
    problems = [DataProblem("bad-state", message, path) for message in found]
    if problems:
        raise StateError(*problems)


def world_of(state: Any, program: Program) -> World:
    """A world over a state that has been checked."""
    return World(program.schema, program.schema.load(state)) if state is not None else open_world(program, None)


def world_hash(world: World) -> str:
    """A hash of everything that a complete world holds, the same however its file was laid out."""
    tables = {t: {row[key]: row for row in world.all_rows(t)} for t, (key, _) in world.schema.tables.items()}
    singles = {name: world.single(name) for name in world.schema.singles}
    return hashlib.sha256(canonical({**tables, **singles}).encode("utf-8", "surrogatepass")).hexdigest()


def diff_pointers(end: World, start: World) -> list[list[Any]]:
    """What changed, as [pointer, new value] pairs: the smallest places that differ; lists of another length whole.

    Rows of a table that is stored as a list are named by position, new ones at its end by `-`; such a table is given
    whole where a row is gone.
    """
    found: list[list[Any]] = []
    schema, changes = start.schema, sorted(end.changes(start).items())
    gone = {table for (table, _), (_, after) in changes if table and schema.tables[table][1] and after is None}
    positions = {t: _positions(start, t) for t in {table for (table, _), _ in changes} if t and schema.tables[t][1]}
    for (table, key), (before, after) in changes:
        at = "".join(f"/{escaped(step)}" for step in schema.place(table or key))
        if table in gone:
            if not any(pointer == at for pointer, _ in found):
                found.append([at, end.all_rows(table)])
        elif table in positions:
            _diff(f"{at}/{positions[table].get(key, '-')}", before, after, found)
        else:
            _diff(f"{at}/{escaped(key)}" if table else at, before, after, found)
    return found


def _positions(world: World, table: str) -> dict[str, int]:
    key = world.schema.tables[table][0]
    return {row[key]: i for i, row in enumerate(world.all_rows(table))}


def _diff(at: str, before: Any, after: Any, into: list[list[Any]]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            _diff(f"{at}/{escaped(name)}", before.get(name), after.get(name), into)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (a, b) in enumerate(zip(before, after, strict=True)):
            _diff(f"{at}/{i}", a, b, into)
    elif before != after:
        into.append([at, after])


def escaped(name: str) -> str:
    """A step of a JSON pointer as it is written."""
    return name.replace("~", "~0").replace("/", "~1")


def to_jsonable(value: Any) -> Any:
    """JSON that the standard encoder writes: exact numbers become ints, or floats as short as they can be. What is not
    known is one value to the reference and another to the checker."""
    if isinstance(value, dict):
        return {k: to_jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_jsonable(v) for v in value]
    if value is UNKNOWN or value is UNDEFINED:
        return {"unknown": True}
    if isinstance(value, (Decimal, Fraction)):
        return int(value) if value == int(value) else float(value)
    return value


def dumps(value: Any, **options: Any) -> str:
    """One line of JSON, like that of `to_jsonable`; lone surrogates and control characters are escaped."""
    return json.dumps(value, ensure_ascii=True, default=_unusual, **options)


def _unusual(value: Any) -> Any:
    """What the standard encoder does not know. Raises TypeError."""
    found = to_jsonable(value)
    if found is value:
        raise TypeError(f"{type(value).__name__} is no JSON")
    return found


__all__ = [
    "StateError", "apply_start", "check_values", "diff_pointers", "dumps", "escaped", "read_state", "to_jsonable",
    "world_hash", "world_of",
]  # fmt: skip
