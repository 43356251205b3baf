"""What stands in the way of a scenario besides a rule: a conflict in which the rule has no part."""

from ...core.nodes import Check
from ...core.spec import Spec
from ...core.walk import walk
from ...source import Span
from .feasibility import CoreClause, Feasibility, core_clause
from .solve import Budget, SolverCrash
from .terms import Clause
from .ways import Ways


def otherwise(found: Feasibility, spec: Spec, rule: tuple[str, str], budget: Budget) -> tuple[CoreClause, ...]:
    """A minimal core of a refuted scenario without a rule (or its check of a label) and without those that take it for
    granted; one that needs no check of a tool's, if there is one. Empty if there is none, or none is known."""
    ways = found.ways()
    left = _others(ways, spec, *rule)
    of_policy = [n for n in left if ways.clauses[n].role != "require"]
    opened = ways.opened(left, budget)
    try:
        status, used = opened.ask(left)
        if status == "sat":
            return ()
        told, least = opened.ask(of_policy)
        if "unsat" not in (status, told):
            return ()
        core = opened.shrink([n for n in ways.clauses if n in (least if told == "unsat" else used)])
    except SolverCrash:
        return ()
    return tuple(core_clause(spec, ways.clauses[n]) for n in core.core)


def _others(ways: Ways, spec: Spec, rule: str, label: str) -> list[str]:
    resting = {n for n, r in spec.rules.items() if rule in r.presupposes}
    places = labelled(spec, rule, label)

    def is_meant(clause: Clause) -> bool:
        of = clause.name.split(".")[1] if clause.role == "rule" else ""
        return of in resting or (of == rule and (not label or clause.span in places))

    return [n for n, c in ways.clauses.items() if not is_meant(c)]


def labelled(spec: Spec, rule: str, label: str) -> set[Span]:
    """Where the requirements of a rule stand that have a label."""
    of = spec.rules[rule]
    checks = {n.condition.span for n in walk(of.body) if isinstance(n, Check) and n.label == label}
    return checks | {d.span for d in of.duties if d.label == label}


__all__ = ["otherwise"]
