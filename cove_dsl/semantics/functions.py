"""Definitions, lookup tables, recognisers, facts and effects become the core's functions."""

from typing import Any, Literal

from ..core.nodes import (
    Apply,
    Clause,
    Collect,
    Const,
    Events,
    Expr,
    Fold,
    If,
    Is,
    Let,
    Param,
    Pattern,
    Var,
)
from ..core.spec import (
    Define,
)
from ..core.types import (
    ANY,
    EventType,
    ListType,
    Type,
    optional,
    strip,
)
from ..syntax import ast
from .environment import params_of
from .lookups import check_lookup
from .scope import Scope
from .statements import Statements


def param_scope(where: str, params: tuple[Param, ...], words: tuple[ast.ParamDecl, ...]) -> Scope:
    scope = Scope(where)
    for param, word in zip(params, words, strict=True):
        scope = scope.bind(param.name, Var(param.name, param.type, word.name.span), word.name.span)
    return scope


def check_function(node: Any, checker: Statements) -> Define:
    match node:
        case ast.DefineDecl(name, words, _, doc, body, span):
            signature = checker.env.functions.get(name.text)
            params = params_of(checker.env, words)
            kind_of: Literal["assertion", "define"] = "assertion" if isinstance(node, ast.AssertionDecl) else "define"
            scope = param_scope(kind_of, params, words)
            returns = signature.returns if signature else ANY
            value = checker.want(body, scope, returns, f"`{name.text}`")
            return Define(name.text, params, returns, doc or "", value, kind_of, span=span)
        case ast.LookupDecl():
            return check_lookup(node, checker)
        case ast.RecogniserDecl(name, words, returns, doc, version, rows, otherwise, span):
            params = params_of(checker.env, words)
            kind = checker.env.resolve_type(returns)
            scope = param_scope("recogniser", params, words)
            if len(params) == 1:
                scope = scope.with_it(Var(params[0].name, params[0].type))
            made = _rows(rows, otherwise, kind, scope, checker)
            return Define(
                name.text,
                params,
                kind,
                doc or "",
                Apply("or_unknown", (made,), kind, span),
                "recogniser",
                version,
                span=span,
            )
        case ast.FactDecl():
            return _fact(node, checker)
    raise AssertionError(node)


def _rows(
    rows: tuple[tuple[ast.Expr, ast.Expr], ...],
    otherwise: ast.Expr | None,
    kind: Type,
    scope: Scope,
    checker: Statements,
) -> Expr:
    """The first row whose condition holds decides; none leaves it absent."""
    body: Expr = checker.want(otherwise, scope, kind, "the last row") if otherwise else Const(None, optional(kind))
    for condition, value in reversed(rows):
        body = If(
            checker.condition(condition, scope),
            checker.want(value, scope, kind, "a row's value"),
            body,
            optional(kind),
            condition.span,
        )
    return body


def _fact(node: ast.FactDecl, checker: Statements) -> Define:
    """What the last message that says anything about it says; if none does, unknown, or absent where the type says that
    it may be."""
    returns = checker.env.resolve_type(node.type)
    kind = strip(returns)
    message = Var("it", EventType("message", node.role), node.span)
    chain = _rows(node.rows, None, kind, Scope("fact").with_it(message), checker)
    said = Var("said", optional(kind), node.span)
    heard = Collect(
        (
            Clause("for", ("it",), Events(Pattern("message", node.role), ListType(message.type), span=node.span)),
            Clause("let", ("said",), chain),
            Clause("where", (), Is(said, "present", None, span=node.span)),
        ),
        said,
        ListType(kind),
        node.span,
    )
    body: Expr = Fold("last", heard, optional(kind), node.span)
    if node.otherwise is not None:
        other = checker.want(node.otherwise, Scope("fact"), kind, "the last row")
        last = Var("last_said", optional(kind), node.span)
        body = Let("last_said", body, If(Is(last, "present", None), last, other, kind), kind, node.span)
    if kind == returns:
        body = Apply("or_unknown", (body,), kind, node.span)
    return Define(
        f"stated.{node.name.text}",
        (),
        returns,
        node.doc or "",
        body,
        "fact",
        node.version,
        span=node.span,
    )


def check_effect(node: ast.EffectDecl, checker: Statements) -> None:
    """An effect is checked where it is declared; it is put in place where it is done."""
    params = params_of(checker.env, node.params)
    checker.effects = (node.name.text,)
    checker.body(node.body, param_scope("tool", params, node.params))
