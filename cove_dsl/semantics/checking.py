"""What every check of an expression stands on: what is reported, what was found, and what tests tell of types.

Enters: a surface expression, a scope, and the type that is wanted if one is. Leaves: a core expression with its type.
"""

from collections.abc import Mapping

from attrs import define, evolve, field

from ..core.nodes import Const, Expr, If
from ..core.types import (
    ANY,
    BOOL,
    AbsentType,
    AnyType,
    Optional,
    RecordType,
    Type,
    fits,
    strip,
)
from ..source import Diagnostic, Span
from ..syntax import ast
from . import errors, hints
from .environment import Environment
from .scope import Scope

Facts = Mapping[ast.Expr, Type]
TELLABLE = (ast.Name, ast.It, ast.FieldOf, ast.IndexOf, ast.CallOf)


@define
class Checking:
    """Checks expressions of one declaration. `uses` collects the functions it calls, for the recursion check."""

    env: Environment
    holes: Mapping[str, Expr] = field(factory=dict)
    problems: list[Diagnostic] = field(factory=list)
    uses: set[str] = field(factory=set)
    unclear: list[Span] = field(factory=list)
    _found: dict[tuple[int, int], tuple[ast.Expr, Scope, Expr]] = field(factory=dict)
    _told: dict[tuple[int, int], tuple[ast.Expr, Scope, tuple[Facts, Facts]]] = field(factory=dict)

    def report(self, problem: Diagnostic) -> None:
        self.problems.append(problem)

    def wrong(self, problem: Diagnostic, span: Span) -> Expr:
        self.problems.append(problem)
        return Const(None, ANY, span)

    def check(self, expr: ast.Expr, scope: Scope, wanted: Type | None = None) -> Expr:
        """The core of an expression, its type narrowed by what tests have told."""
        found = self._check(expr, scope, wanted)
        if scope.told and isinstance(expr, TELLABLE):
            told = scope.told.get(expr)
            if told is not None and not isinstance(found.type, AnyType):
                found = evolve(found, type=told)
        self._found[id(expr), id(scope)] = (expr, scope, found)
        return found

    def _check(self, expr: ast.Expr, scope: Scope, wanted: Type | None) -> Expr:
        """The core of an expression, one arm for each form."""
        raise NotImplementedError

    def untyped(self, span: Span) -> Expr:
        """Something whose type follows from a mistake reported elsewhere, or from nothing but an empty list."""
        self.unclear.append(span)
        return Const(None, ANY, span)

    def want(self, expr: ast.Expr, scope: Scope, wanted: Type, what: str) -> Expr:
        """An expression that must fit a type."""
        found = self.check(expr, scope, wanted)
        if not fits(found.type, wanted):
            if isinstance(found.type, Optional) and fits(found.type.item, wanted):
                absent = _absent_branch(found)
                problem = errors.may_be_absent(absent.type, absent.span)
                return self.wrong(hints.helped(problem, *hints.for_result(absent)), expr.span)
            return self.wrong(errors.wrong_type(what, f"`{wanted}`", found.type, expr.span), expr.span)
        return found

    def condition(self, expr: ast.Expr, scope: Scope, what: str = "a condition") -> Expr:
        return self.want(expr, scope, BOOL, what)

    # --- what tests tell

    def facts(self, expr: ast.Expr, scope: Scope) -> tuple[Facts, Facts]:
        """What a condition tells when it holds, and when it does not."""
        known = self._told.get((id(expr), id(scope)))
        if known is None:
            known = self._told[id(expr), id(scope)] = (expr, scope, self._facts(expr, scope))
        return known[2]

    def _facts(self, expr: ast.Expr, scope: Scope) -> tuple[Facts, Facts]:
        match expr:
            case ast.IsTest(target, test, negated):
                yes, no = self._told_by_test(target, test.text, scope)
                return (no, yes) if negated else (yes, no)
            case ast.Not(item):
                yes, no = self.facts(item, scope)
                return no, yes
            case ast.Chain("and", items):
                return self._all_facts(items, scope, 0), {}
            case ast.Chain("or", items):
                return {}, self._all_facts(items, scope, 1)
            case ast.Compare("==", left, right):
                kind = self._quiet(left, scope).type
                other = self._quiet(right, scope).type
                present = isinstance(kind, Optional) and not isinstance(other, (Optional, AbsentType, AnyType))
                return ({left: strip(kind)} if present else {}), {}
        return {}, {}

    def _all_facts(self, items: tuple[ast.Expr, ...], scope: Scope, side: int) -> Facts:
        told: dict[ast.Expr, Type] = {}
        for item in items:
            facts = self.facts(item, scope.tell(told))[side]
            told.update(facts)
        return told

    def _quiet(self, expr: ast.Expr, scope: Scope) -> Expr:
        """An expression looked at for its type alone: it has been checked, and reported on, elsewhere."""
        known = self._found.get((id(expr), id(scope)))
        if known is not None:
            return known[2]
        count = len(self.problems)
        found = self.check(expr, scope)
        del self.problems[count:]
        return found

    def _told_by_test(self, target: ast.Expr, test: str, scope: Scope) -> tuple[Facts, Facts]:
        kind = self._quiet(target, scope).type
        if test == "present":
            return {target: strip(kind)}, {}
        if test == "absent":
            return {}, {target: strip(kind)}
        inner = strip(kind)
        if not isinstance(inner, RecordType) or test not in self.env.records[inner.name].cases:
            return {}, {}
        others = [c for c in self.env.records[inner.name].cases if c != test]
        rest = (
            {target: RecordType(inner.name, others[0])} if len(others) == 1 and not isinstance(kind, Optional) else {}
        )
        return {target: RecordType(inner.name, test)}, rest


def _absent_branch(expr: Expr) -> Expr:
    """Of a choice, the branch that may be absent, if it is one of them alone."""
    while isinstance(expr, If) and isinstance(expr.then.type, Optional) != isinstance(expr.other.type, Optional):
        expr = expr.then if isinstance(expr.then.type, Optional) else expr.other
    return expr
