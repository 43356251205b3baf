"""The world in which a conversation begins: a JSON state, checked against its types, and what differs from it."""

from typing import Any

from .exact import MAX_DEPTH, TOO_DEEP, exact_number
from .sandbox import Program
from .shapes import shape_problem
from .start import apply_start
from .world import World


class BadInput(Exception):
    """A state or task of the wrong shape; the text says where."""


def open_world(program: Program, state: Any) -> World:
    """A world over a JSON state; None: nothing is known. Raises BadInput."""
    if state is None:
        return World(program.schema, {}, complete=False)
    if isinstance(state, World):
        return state.fork()
    try:
        state = exact_state(state)
    except ValueError as error:
        raise BadInput(str(error)) from None
    problem = state_problem(program, state)
    if problem is not None:
        raise BadInput(problem)
    return World(program.schema, program.schema.load(state))


def begin(program: Program, world: World, start: Any) -> World:
    """The world in which a conversation begins: `start` puts values at pointers. Raises BadInput."""
    if not start:
        return world
    try:
        made = apply_start(world, exact_state(start))
    except ValueError as error:
        raise BadInput(f"start: {error}") from None
    states = dict(program.states)
    for (table, key), (_, row) in made.changes(world).items():
        kind = ("record", program.rows[table]) if table else states[key]
        problem = shape_problem(row, kind, program.records, f"/{table}/{key}") if row is not None else None
        if problem is None and table and row is not None and row[program.schema.tables[table][0]] != key:
            problem = f"/{table}/{key} must stand at its own key"
        if problem is not None:
            raise BadInput(f"start: {problem}")
    return made


def exact_state(value: Any, depth: int = 0) -> Any:
    """JSON as any reader gives it, its floats made exact decimals; what holds none is handed back as it is. Raises
    ValueError for what nothing written as JSON could be: a key that is no text, a float that is no number, what is
    nested too deeply."""
    if depth > MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key is not a text")
        made = {k: exact_state(v, depth + 1) for k, v in value.items()}
        return value if all(made[k] is value[k] for k in made) else made
    if isinstance(value, list):
        items = [exact_state(v, depth + 1) for v in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return exact_number(value) if isinstance(value, float) else value


def state_problem(program: Program, state: Any) -> str | None:
    """Why a JSON state is no world of this desk, or None."""
    if not isinstance(state, dict):
        return "the state must be an object"
    if state.get("cove_hash", program.hash) != program.hash:
        return "the state was made for another version of this specification"
    stray = program.schema.stray({name: value for name, value in state.items() if name != "cove_hash"})
    if stray is not None:
        return f"{stray} is no table or state of `{program.name}`"
    state = program.schema.flat(state)
    for name, kind in program.states:
        problem = shape_problem(state.get(name), kind, program.records, f"/{name}")
        if problem is not None:
            return problem
    for table, record in program.rows.items():
        problem = _table_problem(program, state, table, record)
        if problem is not None:
            return problem
    return None


def _table_problem(program: Program, state: Any, table: str, record: str) -> str | None:
    rows = state.get(table)
    key = program.schema.tables[table][0]
    if isinstance(rows, list):
        if any(not isinstance(row, dict) or not isinstance(row.get(key), str) for row in rows):
            return f"/{table}: every row must be an object with a text `{key}`"
        if len({row[key] for row in rows}) < len(rows):
            return f"/{table}: two rows have the same `{key}`"
        rows = {row[key]: row for row in rows}
    if not isinstance(rows, dict):
        return f"/{table} must be an object or a list of rows"
    for name, row in rows.items():
        problem = shape_problem(row, ("record", record), program.records, f"/{table}/{name}")
        if problem is not None:
            return problem
        if row[key] != name:
            return f"/{table}/{name}/{key} must equal the row's own key"
    return None
