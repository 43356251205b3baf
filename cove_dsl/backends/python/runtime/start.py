"""What differs from the database when a conversation begins: values put at JSON pointers."""

from typing import Any

from .values import UNKNOWN, UnknownEffect
from .world import Fail, World, copied


def apply_start(world: World, start: Any) -> World:
    """A fork of a world with values put at JSON pointers: `[[pointer, value]…]`, or None for nothing. Raises ValueError
    for a pointer that leads nowhere, or a value that cannot stand there."""
    made = world.fork()
    for pair in start or ():
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ValueError("start must be a list of [pointer, value] pairs")
        try:
            _put(made, pair[0], pair[1])
        except (Fail, UnknownEffect, LookupError, TypeError, AttributeError):
            raise ValueError(f"`{pair[0]}` leads nowhere, or cannot hold this value") from None
    return made


def _put(world: World, pointer: str, value: Any) -> None:
    steps = [p.replace("~1", "/").replace("~0", "~") for p in pointer.lstrip("/").split("/")]
    table, path = world.schema.locate(steps)
    if table in world.schema.singles and not path:
        world.set_single(table, value)
        return
    if table in world.schema.singles:
        record = world.own_single(table)
    elif not path:
        world.replace_rows(table, list(value.values()) if isinstance(value, dict) else value)
        return
    else:
        key = _row_key(world, table, path.pop(0))
        if not path:
            if key is not None:
                world.remove(table, key)
            if value is not None:
                world.insert(table, copied(value))
            return
        record = world.own(table, key)
    _set_in(record, path, value, pointer)


def _row_key(world: World, table: str, step: str) -> str | None:
    """The key of the row that a step of a pointer names: itself, or in a table that is a list its position's; `-` is
    the place after the last, where no row is."""
    key, as_list = world.schema.tables[table]
    if not as_list:
        return step
    return None if step == "-" else str(world.all_rows(table)[_position(step)][key])


def _set_in(place: Any, path: list[str], value: Any, pointer: str) -> None:
    """Puts a value into a record; list items are named by their positions."""
    for step in path[:-1]:
        place = place[_position(step)] if isinstance(place, list) else place[step] if isinstance(place, dict) else None
    if isinstance(place, dict):
        place[path[-1]] = copied(value)
    elif isinstance(place, list):
        place[_position(path[-1])] = copied(value)
    else:
        raise ValueError(f"`{pointer}` leads {'to what is not known' if place is UNKNOWN else 'nowhere'}")


def _position(step: str) -> int:
    if not step.isdecimal():
        raise LookupError(step)
    return int(step)
