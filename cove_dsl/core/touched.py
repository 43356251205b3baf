"""Which fields of which records a body may write, so that a search can tell what can still be put right, and which of
its result a call decides alone."""

from .nodes import Apply, Bind, Const, Each, Exit, Expr, Get, If, Is, Make, Stmt, Tool, Var, Write
from .types import EnumType, Prim, RecordType, Ref, Type, strip
from .walk import walk

Fields = tuple[tuple[str, str], ...]


def touched(body: tuple[Stmt, ...]) -> Fields | None:
    """The fields (record and name) that statements may write, tables and states as a whole under the empty name. None
    if a target does not tell, as a map by another name or free-form JSON does not."""
    found = {_place(node) for node in walk(body) if isinstance(node, Write)}
    return None if None in found else tuple(sorted(place for place in found if place is not None))


def decided(tool: Tool) -> frozenset[str]:
    """The fields of a tool's result that its arguments alone decide, in whatever world the call succeeds: plain values
    of the record that it gives back at its very end, set outright from arguments and constants, and nowhere else."""
    body = tool.body or ()
    nodes = list(walk(body))
    ways_out = [n for n in nodes if isinstance(n, Exit) and n.kind == "return"]
    places = [_place(n) for n in nodes if isinstance(n, Write)]
    given = body[-1].value if body and isinstance(body[-1], Exit) else None
    bound = [name for n in nodes for name in _bound(n)]
    if len(ways_out) != 1 or not isinstance(given, Var) or bound.count(given.name) != 1:
        return frozenset()
    if any(place is None or place[0] == "" for place in places):
        return frozenset()
    params = {p.name for p in tool.params}.difference(bound)
    return frozenset(
        s.name
        for s in body
        if isinstance(s, Write) and s.kind == "set" and isinstance(s.target, Var) and s.target.name == given.name
        and s.name is not None and s.value is not None and _is_plain(s.value.type)
        and places.count(_place(s)) == 1 and all(_rests_on(n, params) for n in walk(s.value))
    )  # fmt: skip


def _bound(node: object) -> tuple[str, ...]:
    return (node.name,) if isinstance(node, Bind) else node.names if isinstance(node, Each) else ()


def _rests_on(node: Expr, params: set[str]) -> bool:
    """Whether a part of an expression is an argument, a constant, or made of such."""
    match node:
        case Var(name):
            return name in params
        case Const():
            return not node.now
        case Apply(op):
            return not op.startswith("define:")
    return isinstance(node, (Get, If, Is, Make))


def _is_plain(kind: Type) -> bool:
    found = strip(kind)
    return isinstance(found, (EnumType, Ref)) or (isinstance(found, Prim) and found.name != "json")


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


__all__ = ["decided", "touched"]
