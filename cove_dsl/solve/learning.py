"""Whether an agent can come by what a scenario's wishes need: keys, and what the user has to say.

Enters: a specification without errors. Leaves: warnings for keys that a scenario's goals name, that its user does not
know, and that no tool can have shown by then; and for facts that a rule about such a call asks for, and that nothing
the user knows can state. A tool can be used once the keys that it asks for are known; what it shows is read off the
type of its result. Nothing is said where a result without a type might show anything, or where a rule may not apply: an
agent that is warned of here is stuck for sure.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from ..core.nodes import (
    Apply,
    Branch,
    Check,
    Const,
    Disclosure,
    Each,
    Expr,
    Get,
    Goal,
    Is,
    Rule,
    Scenario,
    Stmt,
    Tool,
    Var,
)  # fmt: skip
from ..core.spec import Define, Spec, Table
from ..core.types import ID, JSON, TEXT, EnumType, ListType, MapType, Prim, RecordType, Ref, TupleType, Type, strip
from ..core.walk import walk
from ..source import Diagnostic, Span
from . import errors
from .hearing import hears

Keys = frozenset[str]
ANYTHING = "*"  # what a result without a type may show


def out_of_reach(spec: Spec) -> Iterator[Diagnostic]:
    """A warning for each thing that nobody could tell the agent."""
    yield from _never_shown(spec)
    yield from _never_said(spec)


# --- keys -------------------------------------------------------------------------------------------------------------


def _never_shown(spec: Spec) -> Iterator[Diagnostic]:
    for scenario in spec.scenarios.values():
        known = _learnable(spec, _told(spec, scenario))
        if ANYTHING not in known:
            reported: set[str] = set()
            for table, tool, span in _needed(spec, scenario):
                if table not in known and table not in reported:
                    reported.add(table)
                    yield errors.never_shown(scenario.name, _key(spec, table), tool, span)


def _key(spec: Spec, table: str) -> str:
    """What is missing, as an author would name it."""
    found: Table | None = spec.tables.get(table)
    return f"`{table}.{found.key}`" if found is not None else f"a key of `{table}`"


def _told(spec: Spec, scenario: Scenario) -> Keys:
    """The keys that the user can say."""
    told: set[str] = set()
    for disclosure in scenario.disclosures:
        if disclosure.kind != "describes":
            for part in _said(disclosure):
                told |= _keys_in(spec, part.type)
    for part in _wished(scenario):
        told |= _keys_in(spec, part.type)
    return frozenset(told)


def _said(disclosure: Disclosure) -> Iterator[Expr]:
    return _typed((disclosure.expr, *disclosure.says))


def _wished(scenario: Scenario) -> Iterator[Expr]:
    """What the texts of a scenario's goals hold, which its user says."""
    return _typed(tuple(g.says for g in _goals(scenario.goals) if g.says is not None))


def _given(scenario: Scenario) -> Iterator[Expr]:
    """All that a scenario's user may say: what is known, and what the texts of its goals hold."""
    return chain(chain.from_iterable(map(_said, scenario.disclosures)), _wished(scenario))


def _typed(things: tuple[Expr, ...]) -> Iterator[Expr]:
    return (node for node in walk(things) if hasattr(node, "type"))


def _learnable(spec: Spec, told: Keys) -> Keys:
    """The keys that can be known in the end: what is told, and what tools show that can be used by then."""
    known = told
    while True:
        usable = [t for t in spec.tools.values() if _asks_for(t) <= known]
        shown = frozenset(
            k for t in usable for k in _keys_in(spec, t.returns, opaque=t.kind == "read" or t.body is None)
        )
        if shown <= known:
            return known
        known |= shown


def _asks_for(tool: Tool) -> Keys:
    return frozenset(p.type.table for p in tool.params if isinstance(p.type, Ref))


def _keys_in(spec: Spec, kind: Type, opaque: bool = False, seen: Keys = frozenset()) -> set[str]:
    """The tables whose keys a value of a type holds. `opaque`: a plain text may be a key too."""
    match strip(kind):
        case Ref(table):
            return {table}
        case Prim() as plain:
            return {ANYTHING} if opaque and plain in (TEXT, ID, JSON) and not seen else set()
        case ListType(item):
            return _keys_in(spec, item, opaque, seen)
        case MapType(key, item):
            return _keys_in(spec, key, opaque, seen) | _keys_in(spec, item, opaque, seen)
        case TupleType(items):
            return {k for item in items for k in _keys_in(spec, item, opaque, seen)}
        case RecordType(name) if name not in seen:
            return _keys_in_record(spec, name, seen | {name})
    return set()


def _keys_in_record(spec: Spec, name: str, seen: Keys) -> set[str]:
    """Of a row of a table, its own key too, and those of its maps."""
    record = spec.records[name]
    fields = [*record.fields.values(), *(f for c in record.cases.values() for f in c.fields.values())]
    tables = [t.name for t in spec.tables.values() if t.record == name]
    own = {*tables, *(f"{t}.{f.name}" for t in tables for f in fields if isinstance(strip(f.type), MapType))}
    if any(strip(f.type) == JSON for f in fields):
        return {ANYTHING}
    return own | {k for f in fields for k in _keys_in(spec, f.type, seen=seen)}


def _needed(spec: Spec, scenario: Scenario) -> Iterator[tuple[str, str, Span]]:
    """The keys that the agent's calls name, with the tool and the place."""
    for goal in _goals(scenario.goals):
        tool = spec.tools.get(goal.tool)
        if goal.kind == "do" and tool is not None and tool.requestor == "agent":
            for param, value in zip(tool.params, goal.args, strict=False):
                kind = strip(param.type)
                inner = strip(kind.item) if isinstance(kind, ListType) else kind
                if isinstance(inner, Ref) and isinstance(value, Get):
                    yield inner.table, tool.name, value.span


def _goals(goals: tuple[Goal, ...]) -> Iterator[Goal]:
    for goal in goals:
        yield goal
        yield from _goals(goal.goals)


# --- facts ------------------------------------------------------------------------------------------------------------


def _never_said(spec: Spec) -> Iterator[Diagnostic]:
    for scenario in spec.scenarios.values():
        done = {g.tool for g in _goals(scenario.goals) if g.kind == "do"} if scenario.refusal is None else set()
        for rule in spec.rules.values():
            if _is_about(rule, done):
                for fact, span in _asked(rule.body, spec):
                    if not _can_say(spec, scenario, fact):
                        yield errors.never_said(scenario.name, rule.name, fact.name, fact.doc, scenario.span, span)
                    elif unheard := _unheard(scenario, fact):
                        yield errors.never_heard(scenario.name, rule.name, fact.name, unheard, scenario.span, fact.span)


def _is_about(rule: Rule, tools: set[str]) -> bool:
    """Whether a rule is judged before some of these calls of the agent."""
    pattern = rule.pattern
    called = rule.when == "before" and pattern is not None and pattern.kind == "call" and pattern.role != "user"
    return called and rule.severity == "error" and pattern is not None and bool(tools & pattern.tools)


def _asked(body: tuple[Stmt, ...], spec: Spec) -> Iterator[tuple[Define, Span]]:
    """The facts that must have been stated, as far as nothing before them narrows the rule."""
    for stmt in body:
        if isinstance(stmt, (Branch, Each)) or (isinstance(stmt, Check) and stmt.otherwise is not None):
            return
        if isinstance(stmt, Check):
            for name in _stated(stmt.condition):
                yield spec.defines[name], stmt.span


def _stated(condition: Expr) -> Iterator[str]:
    """The facts without which a condition cannot hold."""
    match condition:
        case Apply("and", parts):
            for part in parts:
                yield from _stated(part)
        case Apply("eq", (one, two)):
            yield from (name for side in (one, two) if (name := _fact(side)))
        case Is(target, "present"):
            yield from filter(None, [_fact(target)])


def _fact(expr: Expr) -> str:
    stated = isinstance(expr, Apply) and expr.op.startswith("define:stated.")
    return expr.op.removeprefix("define:") if stated and isinstance(expr, Apply) else ""


def _can_say(spec: Spec, scenario: Scenario, fact: Define) -> bool:
    """Whether something that the user knows may state a fact: a value of its type, or words that it listens for."""
    wanted, heard = strip(fact.returns), [p for phrases, _ in fact.phrases for p in phrases]
    if not heard:
        return True
    if any(strip(part.type) == wanted for part in _given(scenario)):
        return True
    words = _words(spec, scenario)
    low = words.lower()
    return any(p.lower() in low for p in heard) or any(hears(*asked(words)) for asked in _listening(fact, spec))


def _words(spec: Spec, scenario: Scenario) -> str:
    """All fixed texts that the user of a scenario has to say."""
    said = [n.value for n in _given(scenario) if isinstance(n, Const)]
    said += [
        n.value for n in walk(tuple(spec.defines[c].body for c in _called(scenario, spec))) if isinstance(n, Const)
    ]
    said += [g.text for g in _goals(scenario.goals)]
    return " ".join(map(str, said))


def could_say(spec: Spec, scenario: Scenario) -> Callable[[str, Any], bool]:
    """Whether something fixed (an operation and what it is about) can be heard of the user of a scenario: in the words
    that it gives, or because a fact that listens for it is of the type of a value that the user knows or wishes for."""
    given = [part.type for part in _given(scenario)]
    given += [a.type for g in _goals(scenario.goals) for a in g.args]
    kinds = {strip(kind) for kind in given}
    wires = [w for kind in kinds if isinstance(kind, EnumType) for w in spec.enums[kind.name].values.values()]
    words = " ".join([_words(spec, scenario), scenario.persona, *(f"{w}." for w in wires)])
    known = [d for d in spec.defines.values() if d.kind == "fact" and strip(d.returns) in kinds]
    free = {(op, about) for d in known for asked in _listening(d, spec) for op, _, about in [asked("")]}
    return lambda op, about: (op, about) in free or hears(op, words, about)


def opens_with(scenario: Scenario) -> Callable[[str, Any], bool]:
    """Whether something fixed is surely heard when the user says what it is about: in the words of the first goal,
    where they are the same of every task."""
    goal = scenario.goals[0] if scenario.goals else None
    while goal is not None and goal.kind == "first":
        goal = goal.goals[0]
    words = goal.text if goal is not None and "{" not in goal.text else ""
    return lambda op, about: bool(words) and op in ("mentions", "matches") and hears(op, words, about)


def _listening(fact: Define, spec: Spec, seen: Keys = frozenset()) -> Iterator[Callable[[str], tuple[str, str, Any]]]:
    """What a fact listens for, itself and by the recognisers that it asks: of a text, what is to be heard in it."""
    for node in walk(fact.body):
        match node:
            case Apply("mentions" | "matches" as op, (_, Const(value))):
                wanted = tuple(value) if isinstance(value, list) else value
                yield lambda text, op=op, wanted=wanted: (op, text, wanted)  # type: ignore[misc]
            case Apply(op) if (name := op.removeprefix("define:")) in spec.defines and name not in seen:
                yield from _listening(spec.defines[name], spec, seen | {name})


def _unheard(scenario: Scenario, fact: Define) -> list[str]:
    """The values that are drawn to be stated by themselves, and that no row of the fact gives."""
    given, kind = [n.value for n in walk(fact.body) if isinstance(n, Const)], ListType(strip(fact.returns))
    stated = {d.expr.name for d in scenario.disclosures if isinstance(d.expr, Var) and not d.says}
    drawn = [p.source for p in scenario.picks if p.name in stated and strip(p.source.type) == kind]
    return [v for source in drawn if isinstance(source, Const) for v in source.value if v not in given]


def _called(scenario: Scenario, spec: Spec) -> set[str]:
    """The definitions that put things into words."""
    ops = {n.op for n in _given(scenario) if isinstance(n, Apply)}
    return {op.removeprefix("define:") for op in ops if op.startswith("define:")} & spec.defines.keys()


__all__ = ["could_say", "opens_with", "out_of_reach"]
