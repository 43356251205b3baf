"""One declaration becomes its part of the core. Bodies are read here, against the environment of signatures."""

from typing import Any, assert_never

from ..core.spec import (
    Invariant,
)
from ..source import Diagnostic
from ..syntax import ast
from . import errors
from .environment import Entry, Environment
from .functions import check_effect, check_function
from .rules import check_exception, check_rule
from .scenarios import check_compose, check_scenario
from .scope import Scope
from .spectests import check_test
from .statements import Statements
from .tools import check_tool
from .worlds import check_conditions, check_description


def declare(entry: Entry, env: Environment) -> tuple[list[Any], list[Diagnostic], set[str]]:
    """The core parts of one declaration, the problems in it, and the functions it uses."""
    checker = Statements(env, entry.holes)
    env.problems.clear()
    try:
        parts = parts_of(entry.node, env, checker)
    except RecursionError:
        parts = []
        checker.report(errors.too_deep(entry.node.span))
    parts += [("unclear", "", span) for span in checker.unclear[:1]]
    return parts, [*checker.problems, *env.problems], checker.uses


def parts_of(node: ast.Declaration, env: Environment, checker: Statements) -> list[Any]:
    parts: list[Any]
    match node:
        case ast.DefineDecl() | ast.LookupDecl() | ast.RecogniserDecl() | ast.FactDecl():
            parts = [check_function(node, checker)]
        case ast.ToolDecl():
            parts = [check_tool(node, checker)]
        case ast.BlockDecl(kind, name, _, body):
            stmts, _ = checker.body(body, Scope(kind))
            parts = [(kind, name.text if name else "", stmts)]
        case ast.RuleDecl():
            parts = [check_rule(node, checker)]
        case ast.ExceptionDecl():
            parts = [check_exception(node, checker)]
        case ast.ScenarioDecl():
            parts = [check_scenario(node, checker)]
        case ast.ComposeDecl():
            parts = [check_compose(node, checker)]
        case ast.TestDecl():
            parts = [check_test(node, checker)]
        case ast.InvariantDecl(name, doc, condition, span):
            parts = [Invariant(name.text, doc or "", checker.condition(condition, Scope("invariant")), span)]
        case ast.DescribeDecl():
            parts = [check_description(node, checker)]
        case ast.RecordDecl() | ast.VariantDecl():
            parts = [check_conditions(node, checker)]
        case ast.EffectDecl():
            check_effect(node, checker)
            parts = []
        case (
            ast.Domain()
            | ast.Clock()
            | ast.Module()
            | ast.Use()
            | ast.ToolsDecl()
            | ast.EnumDecl()
            | ast.TableDecl()
            | ast.StateDecl()
        ):
            parts = []
        case _:
            assert_never(node)
    return parts
