"""Two policies over one world, as one specification that the solver can be asked about.

The world is the new one, with the tools that both have. The old rules come along under names of their own, with the
definitions they use. Where the new world lacks what an old rule looks at, the rule does not fit, and why is said.
"""

from collections.abc import Iterator
from typing import Any

import attrs
from attrs import evolve, frozen

from ..core.nodes import Apply, Const, Events, Get, Make, Pattern, Rule, Var
from ..core.spec import Case, Record, Spec
from ..core.types import EnumType, RecordType, Type, strip
from ..core.walk import walk
from ..source import Span

OLD = "old:"
OF_OLD = "__old"  # ends the names of old definitions, which the generated checker has to be able to use
NO_TOOL = "-"  # in a pattern that is about no tool of both, as none at all would mean every one


@frozen
class Joint:
    """`spec` holds both policies; `old` and `new` name the rules of each in it. `carried` is the old policy in the new
    world: the old specification itself where the worlds are the same."""

    spec: Spec
    old: dict[str, str]
    new: dict[str, str]
    carried: Spec
    unfit: dict[str, tuple[str, Span]]


def join(old: Spec, new: Spec, same_world: bool, shared: frozenset[str]) -> Joint:
    """`shared` are the rules that are the same in both, by name."""
    common = frozenset(old.tools) & frozenset(new.tools)
    other = _other_defines(old, new)
    moved = {n: f"{n}{OF_OLD}" for n in old.defines if n in other}
    unfit: dict[str, tuple[str, Span]] = {}
    for name, rule in () if same_world else old.rules.items():
        misfit = next(_misfits(rule, old, new), None)
        if misfit is not None:
            unfit[name] = misfit
    names = {n: n if n in shared else f"{OLD}{n}" for n in old.rules}
    moving = _Moving(moved, common)
    fitting = [r for n, r in old.rules.items() if n not in unfit]
    rules = {names[r.name]: moving.rule(r, names) for r in fitting if r.name not in shared}
    defines = {moved[n]: moving.of(evolve(d, name=moved[n])) for n, d in old.defines.items() if n in moved}
    tools = {n: t for n, t in new.tools.items() if n in common}
    defines = {**new.defines, **defines}
    joint = evolve(new, tools=tools, rules={**new.rules, **rules}, defines=defines, hash=f"{old.hash}+{new.hash}")
    carried = old if same_world else evolve(
        new, rules={r.name: moving.rule(r, {}) for r in fitting}, defines=defines, exemptions=old.exemptions,
        sources=old.sources, hash=f"{old.hash} in {new.hash}",
    )  # fmt: skip
    return Joint(joint, names, {n: n for n in new.rules}, carried, unfit)


def _other_defines(old: Spec, new: Spec) -> frozenset[str]:
    """The definitions of the old policy that are not the same in both, or that use one which is not."""
    users: dict[str, list[str]] = {}
    other: set[str] = set()
    for name, define in old.defines.items():
        for used in _defines_in(define.body):
            users.setdefault(used, []).append(name)
        if name not in new.defines or evolve(define, doc="") != evolve(new.defines[name], doc=""):
            other.add(name)
    pending = list(other)
    while pending:
        found = set(users.get(pending.pop(), ())) - other
        other |= found
        pending += found
    return frozenset(other)


def _defines_in(body: Any) -> set[str]:
    """The definitions that an expression uses itself."""
    ops = (n.op for n in walk(body) if isinstance(n, Apply))
    return {op.removeprefix("define:") for op in ops if op.startswith("define:")}


@frozen
class _Moving:
    """Rewrites what old rules say: definitions get their other names, patterns speak of tools that both have."""

    defines: dict[str, str]
    common: frozenset[str]

    def rule(self, rule: Rule, names: dict[str, str]) -> Rule:
        made: Rule = self.of(rule)
        taken = tuple(names.get(n, n) for n in rule.presupposes)
        return evolve(made, name=names.get(rule.name, rule.name), presupposes=taken)

    def of(self, thing: Any) -> Any:
        if isinstance(thing, tuple):
            return tuple(map(self.of, thing))
        if isinstance(thing, Pattern):
            tools = thing.tools & self.common or frozenset({NO_TOOL})
            return evolve(thing, tools=tools) if thing.tools else thing
        if isinstance(thing, Const) or not attrs.has(type(thing)) or isinstance(thing, Span):
            return thing
        changed = {f.name: self.of(getattr(thing, f.name)) for f in attrs.fields(type(thing)) if f.name not in _KEPT}
        if isinstance(thing, Apply) and thing.op.startswith("define:"):
            name = thing.op.removeprefix("define:")
            changed["op"] = f"define:{self.defines.get(name, name)}"
        return evolve(thing, **changed)


_KEPT = {"type", "span", "returns", "params", "name", "names"}


# --- what does not fit ------------------------------------------------------------------------------------------------


def _misfits(rule: Rule, old: Spec, new: Spec) -> Iterator[tuple[str, Span]]:
    """What an old rule looks at and the new world does not have, or has otherwise."""
    for node in _reached(rule, old):
        why = _misfit(node, old, new)
        if why is not None:
            yield why, rule.span if not node.span.piece else node.span


def _reached(rule: Rule, spec: Spec) -> Iterator[Any]:
    """Every node of a rule, and of the definitions that it uses."""
    pending, seen = [rule], set[str]()
    while pending:
        for node in _nodes(pending.pop()):
            yield node
            if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
                seen.add(node.op)
                pending.append(spec.defines[node.op.removeprefix("define:")].body)  # type: ignore[arg-type]


def _nodes(thing: Any) -> Iterator[Any]:
    yield from (n for n in walk(thing) if hasattr(n, "span"))


def _misfit(node: Any, old: Spec, new: Spec) -> str | None:
    match node:
        case Var(name) if name.startswith("table."):
            table = name.removeprefix("table.")
            return None if new.tables.get(table) == old.tables[table] else f"the table `{table}` is another"
        case Var(name) if name.startswith("state."):
            state = name.removeprefix("state.")
            return None if new.states.get(state) == old.states[state] else f"`{state}` is another"
        case Get(target, name):
            return _field_misfit(target.type, name, old, new)
        case Make(kind="record", type=kind) if isinstance(kind, RecordType):
            same = old.records[kind.name] == new.records.get(kind.name)
            return None if same else f"`{kind.name}` is made of other fields"
        case Const(value, kind):
            enum = strip(kind)
            return _value_misfit(value, enum, old, new) if isinstance(enum, EnumType) else None
        case Events(pattern):
            gone = sorted(pattern.tools - new.tools.keys())
            return f"`{gone[0]}` is not there any more" if gone and not pattern.tools & new.tools.keys() else None
    return None


def _field_misfit(kind: Type, name: str, old: Spec, new: Spec) -> str | None:
    """Of a record, that the field is there and of the same type; of a call, the argument."""
    record = strip(kind)
    record = getattr(record, "item", record)
    record = strip(record)
    if isinstance(record, RecordType):
        before, after = (_types(s, record.name).get(name) for s in (old, new))
        return None if before == after else f"`{record.name}.{name}` is another, or gone"
    for tool in getattr(record, "tools", None) or ():
        if tool in old.tools and tool in new.tools:
            params = [{p.name: p.type for p in s.tools[tool].params}.get(name) for s in (old, new)]
            returns = [s.tools[tool].returns if name == "result" else None for s in (old, new)]
            if params[0] != params[1] or returns[0] != returns[1]:
                return f"`{name}` of `{tool}` is another, or gone"
    return None


def _types(spec: Spec, name: str) -> dict[str, str]:
    record = spec.records.get(name)
    if record is None:
        return {}
    parts: list[Record | Case] = [record, *record.cases.values()]
    return {n: str(f.type) for part in parts for n, f in part.fields.items()} | {record.tag or "": "tag"}


def _value_misfit(value: Any, enum: EnumType, old: Spec, new: Spec) -> str | None:
    known = set(new.enums[enum.name].values.values()) if enum.name in new.enums else set()
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one not in known:
            return f"`{one}` is no value of `{enum.name}` any more"
    return None


__all__ = ["Joint", "join"]
