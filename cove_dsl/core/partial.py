"""What a partly known world loses and gains by the calls that were recorded.

A call whose effect is not known may have changed whatever its tool, or `sync`, may write. A result shows rows as they
are now.
"""

from collections.abc import Iterable, Iterator, Mapping

from .interpreter import Store
from .nodes import Apply, Bind, Check, Each, Exit, Expr, Stmt, Tool, Var, Write
from .spec import Define, Spec
from .types import ListType, MapType, Optional, RecordType, Type
from .values import Value
from .walk import walk

# --- what is lost  ----------------------------------------------------------------------------------------------------


def may_write(tool: Tool, spec: Spec) -> frozenset[str]:
    """The tables and states that a call of a tool, and what follows it, may change."""
    own = written(tool.body, spec.defines) if tool.body is not None else frozenset(tool.touches)
    return own | written(spec.sync, spec.defines)


def written(body: tuple[Stmt, ...], defines: Mapping[str, Define]) -> frozenset[str]:
    """The tables and states that statements may change: where their targets, through any name, may lead."""
    names = _sources_of_names(body)
    found: set[str] = set()
    for write in (n for n in walk(body) if isinstance(n, Write)):
        found |= _roots(write.target, names, defines, set())
    return frozenset(found)


def may_leave_rule(body: tuple[Stmt, ...]) -> bool:
    """Whether statements of a rule may leave the rule, and not only this turn of a loop."""
    nodes = list(walk(body))
    texts = {id(n.otherwise) for n in nodes if isinstance(n, Check)}  # of a requirement: what it says, not a way out
    return any(isinstance(n, Exit) and n.kind in ("violate", "unknown") and id(n) not in texts for n in nodes)


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


__all__ = ["homes", "learn", "may_leave_rule", "may_write", "written"]
