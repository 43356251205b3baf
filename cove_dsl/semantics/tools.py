"""Tools become contracts with effects."""

from attrs import evolve

from ..core.nodes import (
    Exit,
    Stmt,
    Tool,
)
from ..core.types import (
    ANY,
    TEXT,
    RecordType,
    Type,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, misnamed
from .environment import params_of
from .functions import param_scope
from .statements import Statements
from .worlds import check_path


def check_tool(node: ast.ToolDecl, checker: Statements) -> Tool:
    params = params_of(checker.env, node.params)
    returns = checker.env.tools[node.name.text].returns if node.name.text in checker.env.tools else ANY
    checker.returns = returns
    body: tuple[Stmt, ...] | None = None
    if node.body is not None:
        body, _ = checker.body(node.body, param_scope("tool", params, node.params))
        if node.kind == "read" and (spot := _first_write(body)) is not None:
            checker.report(errors.not_allowed("a change", "in a read tool", spot, "declare it `write tool`"))
        if not _always_leaves(body) and returns != TEXT:
            checker.report(
                Diagnostic(
                    "no-return",
                    f"`{node.name.text}` may end without returning `{returns}`",
                    (Label(node.name.span),),
                )
            )
    touched = []
    for part in node.touches:
        table = part.names[0]
        if table.text not in checker.env.tables and table.text not in checker.env.states:
            checker.report(
                misnamed.unknown_name(
                    "table or state", table.text, table.span, [*checker.env.tables, *checker.env.states]
                )
            )
        else:
            _touched(part, checker)
        touched.append(table.text)
    return Tool(
        node.name.text,
        params,
        returns,
        node.doc or "",
        body,
        node.kind,
        "user" if node.of_user else "agent",
        tuple(touched),
        node.span,
    )


def _touched(part: ast.PathPart, checker: Statements) -> None:
    """What a tool touches is a table, a state, or a path of fields in one."""
    env, head = checker.env, part.names[0].text
    kind: Type = RecordType(env.tables[head].record) if head in env.tables else env.states[head].type
    check_path(evolve(part, names=part.names[1:]), kind, checker)


def _first_write(body: tuple[Stmt, ...]) -> Span | None:
    from ..core.nodes import Write
    from ..core.walk import walk

    return next((n.span for n in walk(body) if isinstance(n, Write)), None)


def _always_leaves(body: tuple[Stmt, ...]) -> bool:
    from ..core.nodes import Branch

    match body[-1:]:
        case (Exit(),):
            return True
        case (Branch(_, then, other),):
            return _always_leaves(then) and _always_leaves(other)
    return False
