"""What a definition comes to, for as long as nothing changes that it looks at: most rules and tools ask the same of the
same rows, at one moment and at later ones."""

from typing import Any

from attrs import define, field

from ....core.nodes import Apply, Get
from ....core.spec import Define, Spec
from ....core.types import AnyType, EventType, ListType, MapType, Optional, Prim, RecordType, TupleType, Type
from ..relevance import looks_at, looks_back, once, record_of, through
from .values import Arguments, Happening, Maybe, Seq, Value

Kept = dict[tuple[Value, ...], Value]
PLAIN = frozenset({"and", "or", "not", "or_unknown"})  # what does not look into a record


@define
class Memory:
    """Values of definitions by name and arguments. `lasting` are those that stay while the world does, `passing` those
    that rest on what has happened, too: on `past`, as it was when they were worked out."""

    spec: Spec
    lasting: dict[str, Kept] = field(factory=dict)
    passing: dict[str, Kept] = field(factory=dict)
    past: tuple[Any, ...] = ()

    def of(self, made: Define, args: tuple[Value, ...], past: tuple[Any, ...]) -> Kept:
        """Where a definition's values are kept."""
        if not looks_back(made.body, self.spec) and not any(map(_is_event, args)):
            return self.lasting.setdefault(made.name, {})
        if self.past is not past:
            self.passing.clear()
            self.past = past
        return self.passing.setdefault(made.name, {})

    def forget(self, changed: str = "") -> None:
        """After a change: of a field of all records of a type (`Record.name`), of a table or state (`table.NAME`,
        `state.NAME`), or of anything."""
        for kept in (self.lasting, self.passing):
            for name in list(kept):
                seen = _looked_at(self.spec.defines[name], self.spec)
                if not changed or seen is None or changed in seen:
                    del kept[name]


@once
def _looked_at(made: Define, spec: Spec) -> frozenset[str] | None:
    """What a definition's value rests on, as `forget` is told of it; None where it may be anything."""
    for node in through(made.body, spec):
        match node:
            case Get(target) if record_of(target.type) is None and not _of_events(target.type):
                return None
            case Apply(op, args) if op not in PLAIN and not op.startswith("define:"):
                if any(_holds_records(a.type) for a in args):  # these are looked at as wholes
                    return None
    fields, roots = looks_at(made.body, spec)
    return fields | roots


def _of_events(kind: Type) -> bool:
    """Whether something is an event, or several: what is read of one changes with the past alone."""
    match kind:
        case EventType():
            return True
        case ListType(inner) | Optional(inner):
            return _of_events(inner)
    return False


def _holds_records(kind: Type) -> bool:
    match kind:
        case RecordType() | MapType() | AnyType() | Prim("json"):
            return True
        case ListType(inner) | Optional(inner):
            return _holds_records(inner)
        case TupleType(items):
            return any(map(_holds_records, items))
    return False


def _is_event(value: Any) -> bool:
    """Whether a value is an event, or holds some: what can be told of one grows with time."""
    match value:
        case Happening() | Arguments():
            return True
        case Maybe(_, inner):
            return _is_event(inner)
        case Seq(items):
            return any(_is_event(v) for _, v in items)
    return False


__all__ = ["Memory"]
