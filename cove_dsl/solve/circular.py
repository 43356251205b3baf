"""Calls that rules make wait for each other: before one a second has to have been made, before that a third, and so on,
and none can be the first. However long the chain, the earliest of them would break a rule.

In: the rules that bind and the goals of a scenario. Out: a refutation, if there is one, with the rules of the chain and
those places of it without which nothing conflicts any more.
"""

from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from ..backends.smt import Feasibility, exhausted, plans
from ..backends.smt.feasibility import CoreClause
from ..core.nodes import Apply, Bind, Check, Collect, Events, Exit, Expr, Fold, Goal, Rule, Scenario, Stmt
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
    """Why a scenario asks for what can never come first; None if nothing says so. Nothing else is to conflict."""
    found = _waiting(spec, rules, scenario)
    if found is None:
        return None
    asked, chain = found
    core = [_wish(spec, g, optional=len(asked) > 1) for g in asked] + [_clause(spec, need) for need in chain]
    made = Feasibility(scenario.name, "unsat", tuple(core), expected=False, span=asked[0].span)
    return rechecked(spec, rules, scenario, evolve(made, ways_out=tuple((c,) for c in core)))


def rechecked(spec: Spec, rules: tuple[Rule, ...], scenario: Scenario, found: Feasibility) -> Feasibility:
    """A conflict, with those ways out that leave no calls waiting for each other, however long the chain."""
    if not found.ways_out or _waiting(spec, rules, scenario) is None:
        return found
    left = (way for way in found.ways_out if _waiting(*_dropped(spec, rules, scenario, way)) is None)
    return evolve(found, ways_out=tuple(left))


def _waiting(spec: Spec, rules: tuple[Rule, ...], scenario: Scenario) -> tuple[list[Goal], list[Need]] | None:
    """The goals that can never be met, at least one in each way to meet all, and what they wait for."""
    needs = {n: list(_needs(spec, rules, n)) for n in spec.tools}
    stuck = _stuck(needs)
    if scenario.refusal is not None or not stuck or not exhausted(scenario.goals, False):
        return None
    ways = plans(scenario.goals, False)
    barred = [next((g for g in way if g.kind == "do" and g.tool in stuck), None) for way in ways]
    asked = list(dict.fromkeys(g for g in barred if g is not None))
    return (asked, _chain({g.tool for g in asked}, needs, stuck)) if asked and None not in barred else None


# --- what would end it ------------------------------------------------------------------------------------------------


Asked = tuple[Spec, tuple[Rule, ...], Scenario]


def _dropped(spec: Spec, rules: tuple[Rule, ...], scenario: Scenario, clauses: Iterable[CoreClause]) -> Asked:
    """What is asked without some clauses: goals, or what rules ask for."""
    for clause in clauses:
        if clause.wish == "call":
            scenario = _without(scenario, clause.span)
        elif clause.by:
            eased = _eased(spec.rules[clause.by.partition(".")[0]], clause.span)
            rules = tuple(eased if r.name == eased.name else r for r in rules)
            spec = evolve(spec, rules={**spec.rules, eased.name: eased})
    return spec, rules, scenario


def _without(scenario: Scenario, goal: Span) -> Scenario:
    def left(one: Goal) -> Goal:
        met = one.kind == "do" and one.span == goal
        return Goal("nothing") if met else evolve(one, goals=tuple(map(left, one.goals)))

    return evolve(scenario, goals=tuple(map(left, scenario.goals)))


def _eased(rule: Rule, at: Span) -> Rule:
    """A rule that asks for something no more."""

    def left(stmt: Stmt) -> tuple[Stmt, ...]:
        if isinstance(stmt, Bind) and at in (stmt.span, stmt.value.span):
            return (evolve(stmt, otherwise=Exit("skip")),)
        return () if isinstance(stmt, Check) and stmt.condition.span == at else (stmt,)

    return evolve(rule, body=tuple(kept for stmt in rule.body for kept in left(stmt)))


# --- what waits for what ----------------------------------------------------------------------------------------------


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


__all__ = ["circular", "rechecked"]
