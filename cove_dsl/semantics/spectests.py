"""A specification's own tests become steps and expectations."""

from typing import assert_never

from ..core.nodes import (
    Expr,
    Stmt,
)
from ..core.spec import (
    Calls,
    Expect,
    Says,
    Test,
)
from ..core.types import (
    TEXT,
    EnumType,
    Type,
    strip,
)
from ..source import Diagnostic, Label
from ..syntax import ast
from . import errors, misnamed
from .environment import Signature
from .rules import known_rules
from .scope import Scope
from .statements import Statements


def check_test(node: ast.TestDecl, checker: Statements) -> Test:
    scope = Scope("given")
    given: list[Stmt] = []
    events: list[Says | Calls] = []
    expects: list[Expect] = []
    if node.fixture is not None and node.fixture.text not in checker.env.fixtures:
        checker.report(misnamed.unknown_name("fixture", node.fixture.text, node.fixture.span, checker.env.fixtures))
    for item in node.items:
        match item:
            case ast.GivenItem(body):
                made, scope = checker.body(body, scope)
                given += made
            case ast.LetStmt() | ast.GatherStmt():
                scope = checker.statement(item, scope, given)
            case ast.SaysItem(role, text, span):
                events.append(Says(role, checker.check(text, scope), span))
            case ast.CallsItem():
                events.append(_calls(item, scope, checker))
            case ast.ExpectItem(kind, rule, label, condition, span):
                known_rules((rule,) if rule is not None else (), checker)
                found = checker.condition(condition, scope) if condition is not None else None
                expects.append(Expect(kind, rule.text if rule else None, label.text if label else None, found, span))
            case _:
                assert_never(item)
    if not expects:
        checker.report(Diagnostic("checks-nothing", f"the test `{node.name}` expects nothing", (Label(node.span),)))
    return Test(
        node.name, node.fixture.text if node.fixture else None, tuple(given), tuple(events), tuple(expects), node.span
    )


def _calls(item: ast.CallsItem, scope: Scope, checker: Statements) -> Calls:
    tool = checker.env.tools.get(item.tool.text)
    if tool is None:
        checker.report(misnamed.unknown_tool(item.tool.text, item.tool.span, checker.env.tools))
        return Calls(item.role, item.tool.text, (), (), item.fails, None, item.span)
    texts = {
        a.label.text if a.label else tool.params[i].name
        for i, a in enumerate(item.args[: len(tool.params)])
        if isinstance(a.value, ast.Text)
    }
    if tool.requestor != item.role:
        checker.report(errors.wrong_party(tool.name, tool.requestor, item.tool.span))
    if item.fails is None and tool.modelled:
        _written_rightly(item, tool, checker)
    params = tuple((p.name, _loosened(p.type) if p.name in texts else p.type) for p in tool.params)
    args = checker.arguments(item.tool, params, item.args, scope)
    gives = _given_result(item, tool, scope, checker)
    return Calls(item.role, tool.name, tuple(p.name for p in tool.params), args, item.fails, gives, item.span)


def _written_rightly(item: ast.CallsItem, tool: Signature, checker: Statements) -> None:
    """A text that stands for a value of an enum, and is none, is rarely meant where the call is to succeed."""
    kinds = {p.name: strip(p.type) for p in tool.params}
    for i, arg in enumerate(item.args[: len(tool.params)]):
        kind = kinds.get(arg.label.text if arg.label else tool.params[i].name)
        parts = arg.value.parts if isinstance(arg.value, ast.Text) else ()
        if isinstance(kind, EnumType) and len(parts) == 1 and isinstance(parts[0], str):
            values = checker.env.enums[kind.name].values
            if parts[0] not in values.values():
                checker.report(misnamed.no_such_text(kind.name, parts[0], arg.value.span, values))


def _given_result(item: ast.CallsItem, tool: Signature, scope: Scope, checker: Statements) -> Expr | None:
    """What the test says that a tool gives, which only makes sense where nobody wrote what it does."""
    if item.gives is None:
        return None
    if tool.modelled:
        why = f"`{tool.name}` says itself what it gives"
        checker.report(errors.not_allowed("`gives`", "for a tool with a body", item.gives.span, why))
    if item.fails is not None:
        checker.report(errors.not_allowed("`gives`", "for a call that fails", item.gives.span, "leave one of the two"))
    return checker.want(item.gives, scope, tool.returns, f"`{tool.name}`")


def _loosened(kind: Type) -> Type:
    """In a test, an enum may be given as text: an ill-valued argument is worth testing."""
    return TEXT if isinstance(strip(kind), EnumType) else kind
