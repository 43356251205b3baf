"""What a partly known world loses and gains by the calls that were recorded.

A call whose effect is not known may have changed whatever its tool, or `sync`, may write. A result shows rows as they
are now. One that is not what the tool gives in the world we know contradicts that world: what the tool reads and writes
is not known any more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from .interpreter import Store
from .nodes import Apply, Bind, Branch, Each, Exit, Expr, Stmt, Tool, Var, Write
from .spec import Define, Field, Record, Spec
from .types import ListType, MapType, Optional, RecordType, Type
from .values import Value
from .walk import walk

# --- what is lost  ----------------------------------------------------------------------------------------------------


def may_write(tool: Tool, spec: Spec) -> frozenset[str]:
    """The tables and states that a call of a tool, and what follows it, may change."""
    own = written(tool.body, spec.defines) if tool.body is not None else frozenset(tool.touches)
    return own | written(spec.sync, spec.defines)


def may_read(tool: Tool, spec: Spec) -> frozenset[str]:
    """The tables and states that a tool looks at to come to its result."""
    return mentioned(tool.body, spec.defines) if tool.body is not None else frozenset()


def mentioned(things: object, defines: Mapping[str, Define]) -> frozenset[str]:
    """The tables and states that statements or an expression look at, by definitions too."""
    return _mentioned(things, defines, set())


def _mentioned(things: object, defines: Mapping[str, Define], seen: set[str]) -> frozenset[str]:
    found: set[str] = set()
    for node in walk(things):
        if isinstance(node, Var) and node.name.startswith(("table.", "state.")):
            found.add(node.name.partition(".")[2])
        elif isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
            seen.add(node.op)
            found |= _mentioned(defines[node.op.removeprefix("define:")].body, defines, seen)
    return frozenset(found)


def written(body: tuple[Stmt, ...], defines: Mapping[str, Define]) -> frozenset[str]:
    """The tables and states that statements may change: where their targets, through any name, may lead."""
    names = _sources_of_names(body)
    found: set[str] = set()
    for write in (n for n in walk(body) if isinstance(n, Write)):
        found |= _roots(write.target, names, defines, set())
    return frozenset(found)


def may_leave_rule(body: tuple[Stmt, ...]) -> bool:
    """Whether statements of a rule may leave the rule, and not only this turn of a loop. What a requirement says where
    it does not hold is no way out."""
    for stmt in body:
        match stmt:
            case Exit() | Bind(otherwise=Exit()):
                leave = stmt if isinstance(stmt, Exit) else stmt.otherwise
                if leave is not None and leave.kind in ("violate", "unknown"):
                    return True
            case Branch(then=then, other=other) if may_leave_rule(then) or may_leave_rule(other):
                return True
            case Each(body=inner) if may_leave_rule(inner):
                return True
    return False


def _sources_of_names(body: tuple[Stmt, ...]) -> dict[str, list[Expr]]:
    """All that a name may stand for. Blocks that exclude each other may use one name twice."""
    found: dict[str, list[Expr]] = {}
    for stmt in walk(body):
        if isinstance(stmt, Bind):
            found.setdefault(stmt.name, []).append(stmt.value)
        elif isinstance(stmt, Each):
            for name in stmt.names:
                found.setdefault(name, []).append(stmt.source)
            if stmt.into is not None:
                found.setdefault(stmt.into, []).extend(_yielded(stmt.body))
    return found


def _yielded(body: tuple[Stmt, ...]) -> Iterator[Expr]:
    return (n.value for n in walk(body) if isinstance(n, Exit) and n.kind == "yield" and n.value is not None)


def _roots(expr: Expr, names: Mapping[str, list[Expr]], defines: Mapping[str, Define], seen: set[str]) -> set[str]:
    found: set[str] = set()
    for node in walk(expr):
        match node:
            case Var(name) if name.startswith(("table.", "state.")):
                found.add(name.partition(".")[2])
            case Var(name) if name not in seen:
                seen.add(name)
                found |= _all_roots(names.get(name, ()), names, defines, seen)
            case Apply(op) if op.startswith("define:") and op not in seen:
                seen.add(op)
                found |= _roots(defines[op.removeprefix("define:")].body, {}, defines, seen)
    return found


def _all_roots(
    exprs: Iterable[Expr], names: Mapping[str, list[Expr]], defines: Mapping[str, Define], seen: set[str]
) -> set[str]:
    return {root for expr in exprs for root in _roots(expr, names, defines, seen)}


# --- what is contradicted  --------------------------------------------------------------------------------------------


def shown_alike(
    one: Value, other: Value, kind: Type, records: Mapping[str, Record], alike: Callable[[Value, Value], bool]
) -> bool:
    """Whether a recorded value (`one`) says the same as another as far as their type goes: of records, the declared
    fields alone, and of those that cannot be absent only what is there. What a result leaves out it does not deny."""
    match kind:
        case Optional(item) if one is not None and other is not None:
            return shown_alike(one, other, item, records, alike)
        case ListType(item) if isinstance(one, list) and isinstance(other, list):
            pairs = zip(one, other, strict=False)
            return len(one) == len(other) and all(shown_alike(a, b, item, records, alike) for a, b in pairs)
        case MapType(_, item) if isinstance(one, dict) and isinstance(other, dict):
            named = ((one[k], other[k]) for k in one.keys() & other.keys())
            return one.keys() == other.keys() and all(shown_alike(a, b, item, records, alike) for a, b in named)
        case RecordType(name) if isinstance(one, dict) and isinstance(other, dict):
            fields = _fields_of(records[name], one)
            if fields is None or _fields_of(records[name], other) is not fields:
                return False
            told = [f for f, declared in fields.items() if f in one or isinstance(declared.type, Optional)]
            return all(shown_alike(one.get(f), other.get(f), fields[f].type, records, alike) for f in told)
    return alike(one, other)


def _fields_of(record: Record, value: Mapping[str, Value]) -> Mapping[str, Field] | None:
    """The declared fields of a record, or of the case that its tag names."""
    if record.tag is None:
        return record.fields
    return next((c.fields for c in record.cases.values() if c.wire == value.get(record.tag)), None)


# --- what is gained  --------------------------------------------------------------------------------------------------


def homes(spec: Spec) -> dict[str, str]:
    """The table of each record that has exactly one."""
    records = [table.record for table in spec.tables.values()]
    return {table.record: table.name for table in spec.tables.values() if records.count(table.record) == 1}


def learn(world: Store, kind: Type, value: Value, tables: Mapping[str, str]) -> None:
    """Rows that a value of a type shows become known."""
    match kind:
        case Optional(item) if value is not None:
            learn(world, item, value, tables)
        case ListType(item) if isinstance(value, list):
            for part in value:
                learn(world, item, part, tables)
        case MapType(_, item) if isinstance(value, dict):
            for part in value.values():
                learn(world, item, part, tables)
        case RecordType(name) if isinstance(value, dict) and name in tables:
            world.learn(tables[name], value)


__all__ = ["homes", "learn", "may_leave_rule", "may_read", "may_write", "mentioned", "shown_alike", "written"]
