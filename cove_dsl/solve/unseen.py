"""Whether an agent can see what a rule decides by.

Enters: a specification without errors. Leaves: warnings for fields that a requirement reads before an agent's call or
message, and that nothing shows: no result of a tool holds them, no tool reads them itself, and no user speaks of them.
Nothing is said of a specification without look-ups, or with a tool that nobody wrote and whose result might show
anything: what is warned of here, an agent cannot know.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..core.nodes import Apply, Check, Exit, Expr, Get, Rule, Tool, Write
from ..core.spec import Spec
from ..core.types import ID, ListType, MapType, RecordType, Ref, TupleType, Type, strip
from ..core.walk import walk
from ..source import Diagnostic
from ..world.guidance import asked_by, reached
from . import errors

Fields = set[tuple[str, str]]  # by record and name


def out_of_sight(spec: Spec) -> Iterator[Diagnostic]:
    """A warning for each field that rules decide by and nobody shows, at the first place that reads it."""
    if not _looks_up(spec):
        return
    whole = _shown_whole(spec)
    seen = _told(spec) | _read_by_tools(spec) | _derived(spec)
    for rule in spec.rules.values():
        for get in _decides_by(rule, spec):
            record = _record(get)
            if record and record not in whole and (record, get.name) not in seen:
                seen.add((record, get.name))
                yield errors.never_seen(rule.name, _named(spec, record, get.name), get.span)


def _looks_up(spec: Spec) -> bool:
    """Whether tools show things, and all that they show is known."""
    tools = spec.tools.values()
    known = all(t.body is not None or not _holds_anything(t.returns) for t in tools)
    return known and any(t.kind == "read" for t in tools)


def _holds_anything(kind: Type) -> bool:
    """Whether a result of a type could tell of a field of any record: whatever is no row and no reference."""
    match strip(kind):
        case RecordType() | Ref():
            return False
        case ListType(item) | MapType(_, item):
            return _holds_anything(item)
    return True


# --- what is seen -----------------------------------------------------------------------------------------------------


def _shown_whole(spec: Spec) -> set[str]:
    """The records that tools show or take as they are, by name."""
    kinds = [k for t in spec.tools.values() for k in (t.returns, *(p.type for p in t.params))]
    kinds += [e.type for t in spec.tools.values() for e in _results(t)]
    found: set[str] = set()
    for kind in kinds:
        _add_records(spec, kind, found)
    return found


def _results(tool: Tool) -> Iterator[Expr]:
    """What a tool returns or fails with, and what goes into texts and definitions in it."""
    for node in walk(tool.body or ()):
        if isinstance(node, Exit) and node.value is not None:
            yield node.value
            yield from (arg for n in walk(node.value) if isinstance(n, Apply) for arg in n.args)


def _add_records(spec: Spec, kind: Type, found: set[str]) -> None:
    match strip(kind):
        case ListType(item):
            _add_records(spec, item, found)
        case MapType(key, item):
            _add_records(spec, key, found)
            _add_records(spec, item, found)
        case TupleType(items):
            for item in items:
                _add_records(spec, item, found)
        case RecordType(name) if name not in found:
            found.add(name)
            record = spec.records[name]
            for each in (*record.fields.values(), *(f for c in record.cases.values() for f in c.fields.values())):
                _add_records(spec, each.type, found)


def _read_by_tools(spec: Spec) -> Fields:
    """The fields that tools read, and so check or tell themselves. A change of a field by itself tells nothing."""
    found: Fields = set()
    for body in (*(t.body or () for t in spec.tools.values()), spec.sync):
        nodes = list(reached(body, spec))
        own = {id(n) for w in nodes if isinstance(w, Write) for n in _of_itself(w)}
        found |= _fields(n for n in nodes if id(n) not in own)
    return found


def _of_itself(write: Write) -> Iterator[Get]:
    """Where a change reads what it changes."""
    for node in walk(write.value) if write.value is not None else ():
        if isinstance(node, Get) and (_record(node), node.name) == (_name(write.target.type), write.name):
            yield node


def _told(spec: Spec) -> Fields:
    """The fields that users know or ask about, or that rows are described by."""
    found: Fields = set()
    for scenario in spec.scenarios.values():
        found |= _fields(n for part in (scenario.disclosures, scenario.goals) for n in reached(part, spec))
    for description in spec.descriptions:
        names = {name for way in description.ways for path in way for name in path.names}
        found |= {(record, name) for record in spec.records for name in names}
    return found


def _derived(spec: Spec) -> Fields:
    """The fields that follow from others: invariants say what they are equal to."""
    equal = [n for i in spec.invariants for n in reached(i.condition, spec) if isinstance(n, Apply) and n.op == "eq"]
    return _fields(n for e in equal for n in walk(e))


# --- what is decided by -----------------------------------------------------------------------------------------------


def _decides_by(rule: Rule, spec: Spec) -> Iterator[Get]:
    """The values in records that the requirements of a rule rest on, but for keys, which lead from one to another."""
    pattern = rule.pattern
    if rule.when != "before" or rule.severity != "error" or pattern is None or pattern.role == "user":
        return
    if pattern.tools and all(spec.tools[t].requestor == "user" for t in pattern.tools):
        return
    for label in dict.fromkeys(n.label for n in walk(rule.body) if isinstance(n, Check) and n.otherwise is None):
        for node in reached(tuple(asked_by(rule, label)), spec):
            if isinstance(node, Get) and _is_plain(node.type):
                yield node


def _is_plain(kind: Type) -> bool:
    inner = strip(kind)
    while isinstance(inner, ListType):
        inner = strip(inner.item)
    return inner != ID and not isinstance(inner, (Ref, RecordType, MapType, TupleType))


def _fields(nodes: Iterable[Any]) -> Fields:
    return {(_record(n), n.name) for n in nodes if isinstance(n, Get)}


def _record(get: Get) -> str:
    """The record whose field is read; else nothing."""
    return _name(get.target.type)


def _name(kind: Type) -> str:
    inner = strip(kind)
    while isinstance(inner, ListType):
        inner = strip(inner.item)
    return inner.name if isinstance(inner, RecordType) else ""


def _named(spec: Spec, record: str, field: str) -> str:
    """A field as an author would name it."""
    table = next((t.name for t in spec.tables.values() if t.record == record), record)
    return f"{table}.{field}"


__all__ = ["out_of_sight"]
