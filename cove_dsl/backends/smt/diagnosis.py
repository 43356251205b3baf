"""What is to be said of a scenario that conflicts, or of a refusal that nothing forces."""

from collections.abc import Callable

from ...core.nodes import Bind, Check, Expr, Goal, Stmt, Var
from ...core.spec import Spec
from ...core.touched import touched
from ...core.walk import walk
from ...source import NOWHERE, Diagnostic, Span
from . import errors
from .cores import MOST_OUT
from .feasibility import GIVEN, CoreClause, Feasibility
from .relevance import looks_at

LONGEST_CLAUSE = 60  # characters, where several are named in a line


def diagnose(
    found: Feasibility, spec: Spec | None = None, refuses: Callable[[str], bool] = lambda by: True
) -> Diagnostic | None:
    """What is to be said about an answer: nothing, if it is as it should be or was not decided.

    With the specification at hand, a conflict with a tool's own check can name a rule that says the same. `refuses`:
    whether a rule, with the label of a check, forbids what a goal names.
    """
    if found.status == "unsat" and not found.expected:
        return _conflict(found, spec, refuses)
    if found.refusal and found.status == "sat" and found.span is not None:
        return errors.not_forced(found.scenario, found.refusal, found.span, len(found.abstracted))
    return None


def _conflict(found: Feasibility, spec: Spec | None, refuses: Callable[[str], bool]) -> Diagnostic:
    core = found.core
    own = [c for c in core if c.role == "pick"] or [c for c in core if c.role in ("goal", "given")] or list(core)
    own = [c for c in own if (c,) in found.ways_out] or own
    primary = (
        (own[-1].span, own[-1].label if own[-1].wish else errors.ASKED)
        if own
        else (found.span or NOWHERE, errors.ASKED)
    )
    others = [(c.span, c.label) for c in core if not own or c is not own[-1]]
    done, told = _done_for(found, spec)
    others += [(g.span, errors.DONE_FOR_IT) for g in done]
    asked = any(c.role == "goal" for c in core) and not found.refusal
    rule = next((by for by in _refusing(found, spec) if refuses(by)), "") if asked else ""
    chosen = [c for c in core if c.role not in GIVEN]
    out = [[_named(c) for c in way] for way in found.ways_out]
    any_one = found.minimal and {(c,) for c in chosen} <= set(found.ways_out)
    rules = list(dict.fromkeys(c.by.partition(".")[0] for c in core if c.by))
    clash = rules if len(rules) > 1 and {c.role for c in core} <= {"goal", "rule"} else []
    several = any(c.optional for c in core)
    if found.minimal and not any_one and 0 < len(out) < MOST_OUT and len(out[0]) == 1:
        told = (errors.more_conflicts(found.scenario), *told)
    if changers := _changers(found, spec):
        told = (*told, errors.changed_first(changers))
    return errors.unsatisfiable(len(chosen) or len(core), primary, others, rule, clash, out, any_one, told, several)


def _changers(found: Feasibility, spec: Spec | None) -> list[str]:
    """The tools that no goal calls and that may write a field at which the rules or tools of a core look."""
    if spec is None:
        return []
    wanted = {g.tool for g in walk(spec.scenarios[found.scenario].goals) if isinstance(g, Goal) and g.kind == "do"}
    rules = tuple(spec.rules[c.by.partition(".")[0]].body for c in found.core if c.by)
    spans = {c.span for c in found.core if c.role == "require"}
    checks = tuple(_checked(spec.tools[n].body or (), spans) for n in sorted(wanted))
    looked, _ = looks_at((rules, checks), spec)
    others = [t for n, t in spec.tools.items() if n not in wanted and t.body]
    return [t.name for t in others if any(f"{r}.{f}" in looked for r, f in touched(t.body or ()) or ())]


def _checked(body: tuple[Stmt, ...], spans: set[Span]) -> tuple[Expr, ...]:
    """What a tool checks at some places, and what the names in it stand for."""
    named = {n.name: n.value for n in walk(body) if isinstance(n, Bind)}
    asked = [n.condition for n in walk(body) if isinstance(n, Check) and n.condition.span in spans]
    for condition in asked:
        used = {n.name for n in walk(condition) if isinstance(n, Var)}
        asked += [named.pop(name) for name in sorted(used & named.keys())]
    return tuple(asked)


def _done_for(found: Feasibility, spec: Spec | None) -> tuple[list[Goal], tuple[str, ...]]:
    """Of an end that is not reached, the calls that are made for it and have no part in the conflict; what to know of
    it where there are none at all."""
    if spec is None or all(c.wish != "end" for c in found.core):
        return [], ()
    goals = [g for g in walk(spec.scenarios[found.scenario].goals) if isinstance(g, Goal) and g.kind == "do"]
    shown = {c.span for c in found.core}
    return [g for g in goals if g.span not in shown], () if goals else (errors.FROM_THE_BEGINNING,)


def _named(clause: CoreClause) -> str:
    """A clause in a line: by the rule that it comes from, or as it is written."""
    if clause.by:
        return f"the rule `{clause.by}`"
    text = " ".join(clause.text.split())
    return f"`{text if len(text) <= LONGEST_CLAUSE else text[: LONGEST_CLAUSE - 1] + '…'}`"


def _refusing(found: Feasibility, spec: Spec | None) -> list[str]:
    """The rules of a conflict that speak of a call that a goal names; or else one that asks for the very thing that a
    tool's check in it asks for."""
    rules = [c.by for c in found.core if c.by]
    if spec is None or not rules:
        return rules or _same_rule(found, spec)
    goals = spec.scenarios[found.scenario].goals
    called = frozenset(g.tool for g in walk(goals) if isinstance(g, Goal) and g.kind == "do")
    patterns = ((by, spec.rules[by.partition(".")[0]].pattern) for by in dict.fromkeys(rules))
    return [by for by, p in patterns if p is not None and p.kind == "call" and (p.tools or called) & called]


def _same_rule(found: Feasibility, spec: Spec | None) -> list[str]:
    """A rule that asks for the very thing that a tool's check in the core asks for."""
    spans = {c.span for c in found.core if c.role == "require"}
    checks = [n for t in spec.tools.values() for n in walk(t.body or ()) if isinstance(n, Check)] if spec else []
    asked = [c.condition for c in checks if c.condition.span in spans]
    rules = spec.rules.values() if spec and asked else ()
    same = ((r, n) for r in rules for n in walk(r.body) if isinstance(n, Check) and n.condition in asked)
    return [".".join(filter(None, (rule.name, node.label))) for rule, node in same]


__all__ = ["diagnose"]
