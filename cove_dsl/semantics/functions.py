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
    Lookup,
    Param,
    Pattern,
    Var,
)
from ..core.spec import (
    Define,
)
from ..core.types import (
    ANY,
    DATE,
    AnyType,
    EnumType,
    EventType,
    ListType,
    MapType,
    Type,
    is_text,
    optional,
    strip,
)
from ..source import Diagnostic, Label
from ..syntax import ast
from . import misnamed
from .environment import params_of
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
            return _lookup(node, checker)
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


def _lookup(node: ast.LookupDecl, checker: Statements) -> Define:
    """A written table: rows by the first parameter, columns by the second. Every combination must be there."""
    params = params_of(checker.env, node.params)
    returns = checker.env.resolve_type(node.returns)
    cells = tuple(tuple(w.text for w in row) for row in node.rows if not all(set(w.text) <= set("-: ") for w in row))
    rows = [row for row in node.rows if not all(set(w.text) <= set("-: ") for w in row)]
    body: Expr = Const(None, returns, node.span)
    if len(params) == 2 and rows:
        header, *lines = rows
        before = len(checker.problems)
        table: dict[str, dict[str, Any]] = {}
        for line in lines:
            key = _cell(line[0], params[0].type, checker)
            if len(line) != len(header):
                checker.report(
                    Diagnostic(
                        "bad-table",
                        f"this row has {len(line)} cells, the first one {len(header)}",
                        (Label(line[0].span),),
                    )
                )
                continue
            table[str(key)] = {
                str(_cell(h, params[1].type, checker)): _cell(c, returns, checker)
                for h, c in zip(header[1:], line[1:], strict=True)
            }
        for param in params:
            if not (isinstance(param.type, EnumType | AnyType) or is_text(param.type) or param.type == DATE):
                checker.report(
                    Diagnostic(
                        "bad-table",
                        f"rows and columns are found by texts, dates or values of an enum, not by `{param.type}`",
                        (Label(node.name.span, f"`{param.name}` is of type `{param.type}`"),),
                    )
                )
        if len(checker.problems) == before:
            _whole_table(table, params, node, checker)
        inner = MapType(params[1].type, returns)
        outer = Lookup(
            Const(table, MapType(params[0].type, inner), node.span),
            Var(params[0].name, params[0].type),
            optional(inner),
            node.span,
        )
        body = Apply(
            "or_unknown",
            (Lookup(outer, Var(params[1].name, params[1].type), optional(returns), node.span),),
            returns,
            node.span,
        )
    else:
        checker.report(
            Diagnostic(
                "bad-table",
                "a lookup has two parameters: one for the rows, one for the columns",
                (Label(node.name.span),),
            )
        )
    return Define(node.name.text, params, returns, node.doc or "", body, "lookup", 0, cells, (), node.span)


def _cell(cell: ast.Word, kind: Type, checker: Statements) -> Any:
    """A cell's value, read as its type asks."""
    from ..syntax import parse_expr

    if isinstance(kind, EnumType):
        values = checker.env.enums[kind.name].values
        if cell.text not in values:
            checker.report(misnamed.unknown_value(kind.name, cell.text, cell.span, values))
        return values.get(cell.text)
    try:
        found = checker.want(
            parse_expr(cell.text, cell.span.piece, cell.span.start), Scope("define"), kind, "this cell"
        )
    except ValueError:
        found = Const(None, ANY)
        checker.report(Diagnostic("bad-table", f"`{cell.text}` cannot be read as `{kind}`", (Label(cell.span),)))
    return found.value if isinstance(found, Const) else None


def _whole_table(
    table: dict[str, dict[str, Any]], params: tuple[Param, ...], node: ast.LookupDecl, checker: Statements
) -> None:
    enums = [checker.env.enums[p.type.name].values.values() for p in params if isinstance(p.type, EnumType)]
    if len(enums) == 2:
        missing = [f"{r} × {c}" for r in enums[0] for c in enums[1] if c not in table.get(r, {})]
        if missing:
            checker.report(
                Diagnostic(
                    "bad-table",
                    f"the table says nothing about {', '.join(missing[:3])}",
                    (Label(node.name.span),),
                )
            )


def check_effect(node: ast.EffectDecl, checker: Statements) -> None:
    """An effect is checked where it is declared; it is put in place where it is done."""
    params = params_of(checker.env, node.params)
    checker.effects = (node.name.text,)
    checker.body(node.body, param_scope("tool", params, node.params))
