"""Rules and their exceptions become checks, limits and duties at a trigger."""

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from ..core.nodes import (
    Apply,
    Bind,
    Check,
    Clause,
    Collect,
    Const,
    Duty,
    Events,
    Exit,
    Expr,
    Fold,
    Get,
    If,
    Is,
    Let,
    Pattern,
    Rule,
    Stmt,
    Var,
)
from ..core.types import (
    BOOL,
    INT,
    TEXT,
    ListType,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, hints, misnamed
from .moments import same_moments
from .names import LIMIT
from .scope import Scope
from .statements import Statements


class Exempting:
    """An exception to a rule, before it is worked into the rule's checks."""

    def __init__(self, node: ast.ExceptionDecl, condition: Expr) -> None:
        self.node, self.condition = node, condition


def check_rule(node: ast.RuleDecl, checker: Statements) -> Rule:
    limits = [i for i in node.items if isinstance(i, ast.LimitItem)]
    duties = [i for i in node.items if isinstance(i, ast.DutyItem)]
    stmts = tuple(i for i in node.items if not isinstance(i, (ast.LimitItem, ast.DutyItem)))
    presupposes = known_rules(node.presupposes, checker)
    checker.distinct_labels(_labels_in(stmts))
    common: dict[str, Any] = {"presupposes": presupposes, "severity": node.severity, "span": node.span}
    if node.trigger is None and limits:
        return _limit_rule(node, limits, checker, common)
    if node.trigger is None:
        more = hints.for_duty(duties[0].mode if duties else "")
        checker.report(hints.helped(errors.unused_trigger(node.name.span), *more))
        return Rule(node.name.text, node.doc or "", "judged", None, (), **common)
    if node.trigger.when == "judged":
        return Rule(node.name.text, node.doc or "", "judged", None, (), basis="judge", **common)
    pattern, scope = trigger_scope(node.trigger, checker)
    body, scope = checker.body(stmts, scope)
    made = tuple(_duty(d, scope, checker) for d in duties)
    if not made and not any(_requires(s) for s in body):
        checker.report(errors.no_check(node.name.text, node.name.span))
    return Rule(node.name.text, node.doc or "", node.trigger.when, pattern, body, made, **common)


def _labels_in(items: Iterable[Any]) -> list[ast.Word]:
    """The labels of the requirements among some statements, those inside loops and branches too."""
    found: list[ast.Word] = []
    for item in items:
        match item:
            case ast.RequireStmt(ast.Word() as label):
                found.append(label)
            case ast.ForStmt(body=body) | ast.GatherStmt(body=body):
                found += _labels_in(body)
            case ast.IfStmt(_, then, other):
                found += [w for w in _labels_in(then) if w.text not in {o.text for o in _labels_in(other)}]
                found += _labels_in(other)
    return found


def _requires(stmt: Stmt) -> bool:
    from ..core.walk import walk

    return any(
        (isinstance(n, Check) and not (n.otherwise and n.otherwise.kind == "skip"))
        or (isinstance(n, Exit) and n.kind == "violate")
        for n in walk(stmt)
    )


def known_rules(words: tuple[ast.Word, ...], checker: Statements) -> tuple[str, ...]:
    for word in words:
        if word.text not in checker.env.rules:
            checker.report(misnamed.unknown_rule(word.text, word.span, checker.env.rules))
    return tuple(w.text for w in words if w.text in checker.env.rules)


def trigger_scope(trigger: ast.Trigger, checker: Statements) -> tuple[Pattern | None, Scope]:
    """What the trigger binds: `call`, `message` or `step`."""
    scope = Scope("rule")
    if trigger.event is None:
        return None, scope
    pattern, kind = checker.pattern(trigger.event)
    if trigger.when == "before" and pattern.status is not None:
        checker.report(errors.not_allowed("`ok` or `failed`", "before a call is made", trigger.event.span))
    if (trigger.when == "on") != (pattern.kind == "step"):
        checker.report(
            errors.not_allowed(
                "this trigger",
                "here",
                trigger.span,
                "write `on agent step`, `before call …`, `after ok call …` or `before agent message`",
            )
        )
    return pattern, scope.bind(pattern.kind, Var(pattern.kind, kind, trigger.span), trigger.span)


def _limit_rule(node: ast.RuleDecl, limits: list[ast.LimitItem], checker: Statements, common: dict[str, Any]) -> Rule:
    """`at most N E per .k` is judged before each attempt: fewer than N such events have happened for the same key."""
    checks: list[Stmt] = []
    pattern: Pattern | None = None
    for limit in limits:
        if limit.most < 1:
            checker.report(errors.bad_number("a limit is at least 1; write `never` to forbid something", limit.span))
        pattern, kind = checker.pattern(limit.event)
        if pattern.kind == "step":
            where = "in a limit"
            checker.report(errors.not_allowed("a step", where, limit.event.span, "count messages or calls"))
        call = Var(pattern.kind, kind, limit.span)
        past = Events(pattern, ListType(kind), span=limit.span)
        it = Var("it", kind, limit.span)
        clauses = [Clause("for", ("it",), past)]
        for key in limit.per:
            typed = checker._field_type(kind, key, Scope("rule"))
            sides = same_moments(*(Get(e, key.text, typed, span=key.span) for e in (it, call)))
            same = Apply("eq", sides, BOOL, key.span)
            clauses.append(Clause("where", (), same))
        earlier = Fold("count", Collect(tuple(clauses), it, ListType(kind), limit.span), INT, limit.span)
        checks.append(
            Check(
                Apply("lt", (earlier, Const(limit.most, INT)), BOOL, limit.span),
                LIMIT,
                limit.because or "",
                None,
                limit.span,
            )
        )
    if len(limits) != len(node.items) or len(limits) != 1:
        other = next((i for i in node.items if i is not limits[0]), limits[0])
        checker.report(Diagnostic("wrong-rule", "a limit stands alone in its rule", (Label(other.span),)))
    attempt = evolve(pattern, status=None) if pattern else None
    return Rule(node.name.text, node.doc or "", "before", attempt, tuple(checks), **common)


def _duty(item: ast.DutyItem, scope: Scope, checker: Statements) -> Duty:
    pattern, condition = _duty_event(item.event, item.where, scope, checker)
    until, until_condition = _duty_event(item.until, item.until_where, scope, checker)
    return Duty(item.mode, pattern, condition, until, until_condition, item.mode, item.because or "", item.span)


def _duty_event(
    event: ast.EventExpr | None, where: ast.Expr | None, scope: Scope, checker: Statements
) -> tuple[Pattern | None, Expr | None]:
    if event is None:
        return None, None
    pattern, kind = checker.pattern(event)
    inside = scope.with_it(Var("it", kind, event.span))
    return pattern, checker.condition(where, inside) if where is not None else None


def check_exception(node: ast.ExceptionDecl, checker: Statements) -> Exempting:
    """An exception's condition: its trigger's tools, its `let … else skip` and its `when`s, all together."""
    known = [*checker.env.rules, *checker.env.exceptions]
    if node.to.text not in known:
        checker.report(misnamed.unknown_rule(node.to.text, node.to.span, known))
    if node.trigger is None and not node.items:
        checker.report(errors.always_excepted(node.name.text, node.name.span))
    scope, guard = _inherited(node, checker), None
    if node.trigger is not None:
        pattern, scope = trigger_scope(node.trigger, checker)
        if pattern is not None and pattern.kind == "call":
            call = scope.names["call"]
            guard = Apply(
                "in",
                (Get(call, "tool", TEXT), Const(sorted(pattern.tools or checker.env.tools), ListType(TEXT))),
                BOOL,
                node.span,
            )
    stmts, _ = checker.body(tuple(i for i in node.items if not isinstance(i, (ast.LimitItem, ast.DutyItem))), scope)
    condition = _narrowing(stmts, checker, node.span)
    return Exempting(node, Apply("and", (guard, condition), BOOL, node.span) if guard is not None else condition)


def _inherited(node: ast.ExceptionDecl, checker: Statements) -> Scope:
    """Without a trigger of its own, an exception sees the call or message that its rule is judged at."""
    env, seen, name = checker.env, set[str](), node.name.text
    while name in env.exceptions and name not in seen:
        seen.add(name)
        trigger = env.triggers.get(name)
        if trigger is not None:
            break
        name = env.exceptions[name]
    trigger = env.triggers.get(name)
    if node.trigger is not None or trigger is None or trigger.event is None:
        return Scope("rule")
    count = len(checker.problems)
    _, scope = trigger_scope(trigger, checker)
    del checker.problems[count:]
    return scope


def _narrowing(stmts: tuple[Stmt, ...], checker: Statements, span: Span) -> Expr:
    condition: Expr = Const(True, BOOL)
    for stmt in reversed(stmts):
        match stmt:
            case Check(found, "", _, Exit("skip")):
                condition = Apply("and", (found, condition), BOOL, found.span)
            case Bind(name, value, otherwise):
                inner: Expr = condition
                if otherwise is not None:
                    inner = If(
                        Is(Var(name, value.type), "present", None), condition, Const(False, BOOL), BOOL, stmt.span
                    )
                condition = Let(name, value, inner, BOOL, stmt.span)
            case _:
                checker.report(
                    errors.not_allowed(
                        "this", "in an exception: only `let` and `when`", stmt.span if stmt.span.piece else span
                    )
                )
    return condition
