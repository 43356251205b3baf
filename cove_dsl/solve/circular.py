"""Calls that rules make wait for each other: before one a second has to have been made, before that a third, and so on,
and none can be the first. However long the chain, the earliest of them would break a rule.

In: the rules that bind and the goals of a scenario. Out: a refutation, with the rules of the chain, if there is one.
"""

from collections.abc import Iterator

from attrs import frozen

from ..backends.smt import Feasibility, exhausted, plans
from ..backends.smt.feasibility import CoreClause
from ..core.nodes import Apply, Bind, Check, Collect, Events, Expr, Fold, Goal, Rule, Scenario
from ..core.spec import Spec
from ..source import Span

FOUND = frozenset({"some", "first", "last", "only"})


@frozen
class Need:
    """What has to have been called before a call: one of some tools. `span` is where a rule says so."""

    rule: str
    label: str
    span: Span
    tools: frozenset[str]


def circular(spec: Spec, rules: tuple[Rule, ...], scenario: Scenario) -> Feasibility | None:
    """Why a scenario asks for what can never come first; None if nothing says so."""
    needs = {n: list(_needs(spec, rules, n)) for n in spec.tools}
    stuck = _stuck(needs)
    if scenario.refusal is not None or not stuck or not exhausted(scenario.goals, False):
        return None
    ways = plans(scenario.goals, False)
    barred = [next((g for g in way if g.kind == "do" and g.tool in stuck), None) for way in ways]
    if not barred or any(goal is None for goal in barred):
        return None
    asked = dict.fromkeys(g for g in barred if g is not None)
    chain = _chain({g.tool for g in asked}, needs, stuck)
    optional = len(asked) > 1
    core = [_wish(spec, g, optional) for g in asked] + [_clause(spec, need) for need in chain]
    return Feasibility(scenario.name, "unsat", tuple(core), expected=False, span=next(iter(asked)).span)


def _stuck(needs: dict[str, list[Need]]) -> frozenset[str]:
    """The tools that no conversation can come to: what remains when all are taken away that need nothing, or only what
    was taken away before."""
    free: set[str] = set()
    while more := {n for n, found in needs.items() if n not in free and all(need.tools & free for need in found)}:
        free |= more
    return frozenset(needs) - free


def _chain(asked: set[str], needs: dict[str, list[Need]], stuck: frozenset[str]) -> list[Need]:
    """For each tool that is waited for, a rule that nothing meets; as each has one, every one is needed."""
    chain: dict[str, Need] = {}
    pending = sorted(asked)
    while pending:
        name = pending.pop(0)
        if name not in chain:
            chain[name] = next(need for need in needs[name] if need.tools <= stuck)
            pending += sorted(chain[name].tools)
    return list(dict.fromkeys(chain.values()))


def _needs(spec: Spec, rules: tuple[Rule, ...], tool: str) -> Iterator[Need]:
    """What rules ask to have happened before any call of a tool, whatever its arguments."""
    for rule in rules:
        pattern = rule.pattern
        if rule.when != "before" or pattern is None or pattern.kind != "call":
            continue
        if tool in (pattern.tools or spec.tools) and pattern.role in (None, spec.tools[tool].requestor):
            yield from _unconditional(rule, frozenset(spec.tools))


def _unconditional(rule: Rule, tools: frozenset[str]) -> Iterator[Need]:
    """What a rule asks for before anything makes it leave."""
    for stmt in rule.body:
        if isinstance(stmt, Check) and stmt.otherwise is None:
            for part in _parts(stmt.condition):
                if (looked := _looked_for(part)) is not None:
                    yield Need(rule.name, stmt.label, stmt.condition.span, looked.pattern.tools or tools)
        elif isinstance(stmt, Bind):
            if stmt.otherwise is not None and stmt.otherwise.kind == "violate" and (looked := _looked_for(stmt.value)):
                yield Need(rule.name, "", stmt.span, looked.pattern.tools or tools)
            elif stmt.otherwise is not None and stmt.otherwise.kind != "violate":
                return
        elif not isinstance(stmt, Check) or stmt.otherwise is not None:
            return


def _parts(condition: Expr) -> Iterator[Expr]:
    if isinstance(condition, Apply) and condition.op == "and":
        for part in condition.args:
            yield from _parts(part)
    else:
        yield condition


def _looked_for(expr: Expr) -> Events | None:
    """The earlier calls of which an expression wants one."""
    if not isinstance(expr, Fold) or expr.op not in FOUND:
        return None
    source = expr.source
    while isinstance(source, Collect):
        source = source.clauses[0].expr
    return source if isinstance(source, Events) and source.pattern.kind == "call" else None


def _wish(spec: Spec, goal: Goal, optional: bool) -> CoreClause:
    return CoreClause(goal.span, _text(spec, goal.span), "goal", wish="call", optional=optional)


def _clause(spec: Spec, need: Need) -> CoreClause:
    return CoreClause(need.span, _text(spec, need.span), "rule", ".".join(filter(None, (need.rule, need.label))))


def _text(spec: Spec, span: Span) -> str:
    located = spec.sources.locate(span)
    return located.text if located else ""


__all__ = ["circular"]
