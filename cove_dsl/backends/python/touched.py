"""Which fields of which records a body may write, so that a search can tell what can still be put right."""

from ...core.nodes import Get, Stmt, Var, Write
from ...core.types import RecordType, Type, strip
from ...core.walk import walk

Fields = tuple[tuple[str, str], ...]


def touched(body: tuple[Stmt, ...]) -> Fields | None:
    """The fields (record and name) that statements may write, tables and states as a whole under the empty name. None
    if a target does not tell, as a map by another name or free-form JSON does not."""
    found = {_place(node) for node in walk(body) if isinstance(node, Write)}
    return None if None in found else tuple(sorted(place for place in found if place is not None))


def _place(write: Write) -> tuple[str, str] | None:
    target = write.target
    if isinstance(target, Var) and target.name.startswith("table."):
        return "", target.name.removeprefix("table.")
    if write.name is not None:
        return _field(target.type, write.name)
    if write.key is None and isinstance(target, Var) and target.name.startswith("state."):
        return "", target.name.removeprefix("state.")
    return _field(target.target.type, target.name) if isinstance(target, Get) and not target.lifted else None


def _field(record: Type, name: str) -> tuple[str, str] | None:
    kind = strip(record)
    return (kind.name, name) if isinstance(kind, RecordType) else None


__all__ = ["touched"]
