"""What a rule looks at, read off its formula: which calls, facts and arguments could make a requirement hold.

In: a rule's core nodes. Out: what an agent could try. Nothing here knows a desk, and nothing here judges: whether
something helps is found out by trying it (`planning`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from ..core.nodes import (
    Apply,
    Bind,
    Check,
    Clause,
    Collect,
    Const,
    Events,
    Expr,
    Fold,
    Get,
    If,
    Lookup,
    Node,
    Pattern,
    Rule,
    Tool,
    Var,
)
from ..core.spec import Spec
from ..core.types import ListType, MapType, RecordType, Ref, Type, strip
from ..core.walk import children, walk

WORDS = ("message", "step")
COMPARISONS = ("eq", "lt", "le", "gt", "ge", "in")


def needs_words(rule: Rule, spec: Spec) -> bool:
    """Whether a rule can be judged only by one who hears what is said: it looks at messages, steps or
    stated facts. A guard sees calls alone. `Rule.talk` asks another question, whether a rule is about what is said, and
    sets aside rules for an agent that works alone: recognised language in an argument is talk, and needs no ear; a step
    is looked at by ear, and is talk by its text alone.
    """
    patterns = [rule.pattern, *(p for d in rule.duties for p in (d.pattern, d.until))]
    patterns += [n.pattern for n in reached((rule.body, rule.duties), spec) if isinstance(n, Events)]
    facts = any(isinstance(n, Apply) and n.op.startswith("define:stated.") for n in reached(rule.body, spec))
    return facts or any(p is not None and p.kind in WORDS for p in patterns)


def is_settled(rule: Rule, label: str, spec: Spec) -> bool:
    """Whether nothing that may still happen bears on a requirement: how things stand decides it, the call, and what
    was the first of its kind. What narrows the rule may also be that something has happened."""
    checks = [n for n in walk(rule.body) if isinstance(n, Check)]
    narrowing = _with_names([c.condition for c in checks if c.otherwise is not None], named_values(rule))
    may_change = any(_may_change(e, spec, _SETTLED) for e in asked_by(rule, label))
    return not (rule.duties or may_change or any(_may_change(e, spec, _LASTING) for e in narrowing))


_SETTLED, _LASTING = frozenset({"first"}), frozenset({"first", "some"})


def _with_names(exprs: list[Expr], names: Mapping[str, Expr]) -> list[Expr]:
    """Expressions, and what the names in them stand for."""
    found, left = list(exprs), dict(names)
    for expr in found:
        used = {n.name for n in walk(expr) if isinstance(n, Var)}
        found += [left.pop(name) for name in sorted(used & left.keys())]
    return found


def _may_change(node: Node, spec: Spec, lasting: frozenset[str]) -> bool:
    """Whether what will yet happen may change a value. `lasting`: the folds of events that stay as they are, once
    there is something to fold."""
    match node:
        case Events():
            return True
        case Fold(op) if op in lasting:
            return False
        case Apply("not", args):
            return any(_may_change(a, spec, _SETTLED) for a in args)
        case Apply(op, args) if op.startswith("define:"):
            define = spec.defines.get(op.removeprefix("define:"))
            parts = (*args, *([define.body] if define is not None else []))
            return op.startswith("define:stated.") or any(_may_change(p, spec, lasting) for p in parts)
    return any(_may_change(c, spec, lasting) for c in children(node))


def reached(things: Any, spec: Spec) -> Iterator[Node]:
    """The nodes of some parts of a rule, and of every definition that they lead to."""
    seen: set[str] = set()
    waiting = [things]
    while waiting:
        for node in walk(waiting.pop()):
            yield node
            if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
                seen.add(node.op)
                define = spec.defines.get(node.op.removeprefix("define:"))
                waiting += [define.body] if define is not None else []


def asked_by(rule: Rule, label: str) -> list[Expr]:
    """What a requirement asks, and what its names stand for; without a label, what must be there."""
    there = [n.value for n in walk(rule.body) if isinstance(n, Bind) and n.otherwise and n.otherwise.kind == "violate"]
    asked = there if not label and there else [c.condition for c in checks_of(rule, label)]
    return _with_names(asked, named_values(rule))


def checks_of(rule: Rule, label: str) -> list[Check]:
    """The requirements of a label; where none has it, all."""
    checks = [n for n in walk(rule.body) if isinstance(n, Check) and n.otherwise is None]
    return [c for c in checks if c.label == label] or checks


# --- calls and facts --------------------------------------------------------------------------------------------------


@frozen
class Asked:
    """Calls that a formula looks for: of one of these tools, with arguments that are equal to something."""

    tools: frozenset[str]
    equal: tuple[tuple[str, Expr], ...] = ()


def asked_calls(exprs: Iterable[Expr], spec: Spec, names: Mapping[str, Expr]) -> Iterator[Asked]:
    """The calls that some expressions look back at, and that have not failed. `names`: what names in them stand for."""
    under: set[int] = set()
    for node in reached(tuple(exprs), spec):
        if isinstance(node, Collect) and isinstance(events := _named(node.clauses[0].expr, names), Events):
            under.add(id(events))
            if _is_asked(events.pattern):
                yield Asked(events.pattern.tools, tuple(_equal(node.clauses)))
        elif isinstance(node, Events) and id(node) not in under and _is_asked(node.pattern):
            yield Asked(node.pattern.tools)


def _named(expr: Expr, names: Mapping[str, Expr]) -> Expr:
    return names[expr.name] if isinstance(expr, Var) and expr.name in names else expr


def _is_asked(pattern: Pattern) -> bool:
    return pattern.kind == "call" and pattern.status != "failed"


def _equal(clauses: tuple[Clause, ...]) -> Iterator[tuple[str, Expr]]:
    item = clauses[0].names[0]
    for clause in clauses[1:]:
        if clause.kind == "where":
            yield from equal_parts(clause.expr, item)


def equal_parts(condition: Expr | None, item: str = "it") -> Iterator[tuple[str, Expr]]:
    """The arguments of a call `item` that a condition wants to be equal to something."""
    match condition:
        case Apply("and", args):
            for arg in args:
                yield from equal_parts(arg, item)
        case If(asked, then, Const(False)):
            yield from equal_parts(asked, item)
            yield from equal_parts(then, item)
        case Apply("eq", (Get(Var(name), field), other)) if name == item:
            yield field, other
        case Apply("eq", (other, Get(Var(name), field))) if name == item:
            yield field, other


def facts_in(things: Any, spec: Spec) -> list[str]:
    """The definitions of facts that some parts of a rule rest on, by name."""
    found = (n.op.removeprefix("define:") for n in reached(things, spec) if isinstance(n, Apply))
    return [name for name in dict.fromkeys(found) if name.startswith("stated.")]


def named_values(rule: Rule) -> dict[str, Expr]:
    """What the names of a rule stand for."""
    return {n.name: n.value for n in walk(rule.body) if isinstance(n, Bind)}


# --- the call's own arguments -----------------------------------------------------------------------------------------


def compared(condition: Expr, names: Mapping[str, Expr]) -> Iterator[str]:
    """The arguments of the call that a condition compares, themselves or in a sum or a definition. `names`: what the
    rule's names stand for."""
    for node in walk(condition):
        if isinstance(node, Apply) and (node.op in COMPARISONS or node.op.startswith("define:")):
            yield from (name for arg in node.args for name in _operands(arg, names))


def comparisons(condition: Expr) -> Iterator[Expr]:
    """What a condition compares and cannot do without."""
    match condition:
        case Apply("and", args):
            yield from (part for arg in args for part in comparisons(arg))
        case If(asked, then, Const(False)):
            yield from (*comparisons(asked), *comparisons(then))
        case Apply(op) if op in COMPARISONS:
            yield condition


def arguments_read(rule: Rule, tool: Tool) -> list[str]:
    """The arguments of the call that a rule reads, but for those that say only which row is meant."""
    keys = {id(n.key) for n in walk(rule.body) if isinstance(n, Lookup)}
    read = [n for n in walk(rule.body) if isinstance(n, Get) and isinstance(n.target, Var) and n.target.name == "call"]
    named = {n.name for n in read if id(n) not in keys}
    whole = sum(isinstance(n, Var) and n.name == "call" for n in walk(rule.body)) > len(read)
    return [p.name for p in tool.params if (whole or p.name in named) and not isinstance(strip(p.type), Ref)]


def _operands(expr: Expr, names: Mapping[str, Expr]) -> Iterator[str]:
    match expr:
        case Get(Var("call"), name):
            yield name
        case Var(name) if name in names:
            yield from _operands(names[name], {n: e for n, e in names.items() if n != name})
        case Apply(op, args) if op in ("add", "subtract", "multiply", "divide", "round") or op.startswith("define:"):
            yield from (name for arg in args for name in _operands(arg, names))


def tied(spec: Spec, tool: str) -> tuple[bool, set[str]]:
    """What of a call is the user's and not the agent's to choose: whether all of it needs the user's yes, and the
    arguments that must be what the user has stated."""
    confirmed, stated = False, set()
    for rule in spec.rules.values():
        pattern = rule.pattern
        if rule.when != "before" or pattern is None or pattern.kind != "call" or rule.severity != "error":
            continue
        if pattern.tools and tool not in pattern.tools:
            continue
        ops = {n.op for n in reached(rule.body, spec) if isinstance(n, Apply)}
        confirmed |= bool(ops & {"affirms", "lists"})
        for check in checks_of(rule, ""):
            stated |= {name for name, other in equal_parts(check.condition, "call") if facts_in(other, spec)}
    return confirmed, stated


# --- words ------------------------------------------------------------------------------------------------------------


def limit_of(spec: Spec, rule_name: str, label: str) -> str:
    """What a requirement asks, with its numbers, where it draws a line that the author's own words do not name."""
    from ..backends.prompt.demands import mentions_all
    from ..backends.prompt.rules import read_rule

    rule = spec.rules[rule_name]
    checks = [c for c in checks_of(rule, label) if any(_draws_a_line(n) for n in walk(c.condition))]
    if not checks or label == "at_most":
        return ""
    atoms = [a for a in read_rule(spec, rule) if a.label == label and a.exception is None and a.formal]
    asked = atoms[0].formal.partition(": ")[2] if atoms and atoms[0].formal else ""
    told = " ".join([rule.doc, *(c.because for c in checks)])
    return f"{asked[0].upper()}{asked[1:]}" if asked and not mentions_all(told, asked) else ""


def _draws_a_line(node: Node) -> bool:
    """A comparison of amounts, lengths of time or moments."""
    return isinstance(node, Apply) and node.op in ("lt", "le", "gt", "ge")


def most_often(rule: Rule) -> int | None:
    """How often `at most` lets something be done."""
    counted = [n for n in walk(rule.body) if isinstance(n, Check) and n.label == "at_most"]
    most = (a.value for c in counted for n in walk(c.condition) if isinstance(n, Apply) and n.op == "lt"
            for a in n.args if isinstance(a, Const))  # fmt: skip
    return next(most, None)


# --- rows -------------------------------------------------------------------------------------------------------------


def look_up_of(spec: Spec, table: str) -> tuple[str, str] | None:
    """The tool that shows a row by its key alone, and its parameter."""
    for tool in spec.tools.values():
        shows = strip(tool.returns) == RecordType(spec.tables[table].record)
        if tool.kind == "read" and tool.requestor == "agent" and shows and len(tool.params) == 1:
            (param,) = tool.params
            if strip(param.type) == Ref(table):
                return tool.name, param.name
    return None


def shows_rows(kind: Type, tables: Mapping[str, str]) -> bool:
    """Whether results of a type show rows. `tables`: the table of each record that has exactly one."""
    match strip(kind):
        case ListType(item) | MapType(_, item):
            return shows_rows(item, tables)
        case RecordType(name):
            return name in tables
    return False


__all__ = [
    "Asked", "asked_by", "asked_calls", "checks_of", "compared", "comparisons", "equal_parts", "facts_in",
    "is_settled", "limit_of", "look_up_of", "most_often", "named_values", "needs_words", "reached", "shows_rows",
    "tied",
]  # fmt: skip
