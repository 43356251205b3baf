"""Conditions: `and`, `or`, quantifiers, comparisons, membership and tests."""

from attrs import define

from ..core.nodes import Apply, Const, Expr, Fold, Get, Is
from ..core.types import (
    ANY,
    BOOL,
    DURATION,
    AbsentType,
    AnyType,
    EnumType,
    EventType,
    ListType,
    Optional,
    RecordType,
    Type,
    comparable,
    is_number,
    strip,
)
from ..syntax import ast
from . import errors, hints, misnamed
from .making import Making
from .moments import TEMPORAL, instant, member, same_moments
from .scope import Scope

ORDER_OPS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@define
class Logic(Making):
    """Checks what is true or false."""

    def _chain(self, expr: ast.Chain, scope: Scope) -> Expr:
        items = []
        outer, told = scope, dict[ast.Expr, Type]()
        before = len(self.problems)
        for item in expr.items:
            items.append(self.condition(item, scope, f"each side of `{expr.op}`"))
            yes, no = self.facts(item, scope)
            told.update(yes if expr.op == "and" else no)
            scope = scope.tell(yes if expr.op == "and" else no)
        self._told[id(expr), id(outer)] = (expr, outer, (told, {}) if expr.op == "and" else ({}, told))
        return Apply(expr.op, tuple(items), BOOL if len(self.problems) == before else ANY, expr.span)

    def _labelled(self, expr: ast.LabelledOf, scope: Scope) -> Expr:
        which, parts, span = expr.which, expr.parts, expr.span
        self.distinct_labels([word for word, _ in parts])
        chain = ast.Chain("or" if which == "any" else "and", tuple(p for _, p in parts), span)
        return self._chain(chain, scope)

    def _quantified(self, expr: ast.Quantified, scope: Scope) -> Expr:
        item = self.check(expr.item, scope)
        if isinstance(item.type, (ListType, AnyType)):
            return Fold(expr.which, item, BOOL, expr.span)
        if isinstance(item.type, Optional) and isinstance(item.type.item, ListType):
            return self.wrong(errors.may_be_absent(item.type, expr.item.span), expr.span)
        return self.wrong(
            errors.wrong_type(f"what follows `{expr.which}`", "a list", item.type, expr.item.span), expr.span
        )

    def pair(self, left: ast.Expr, right: ast.Expr, scope: Scope) -> tuple[Expr, Expr]:
        """Both sides of a comparison: an enum's value takes its type from the other side, whichever comes first."""
        if isinstance(left, ast.Name) and left.name not in scope.names and self._global(left.name, left.span) is None:
            b = self.check(right, scope)
            return self.check(left, scope, b.type), b
        a = self.check(left, scope)
        return a, self.check(right, scope, strip(a.type))

    def _compare(self, expr: ast.Compare, scope: Scope) -> Expr:
        a, b = self.pair(expr.left, expr.right, scope)
        if isinstance(a.type, AnyType) or isinstance(b.type, AnyType):
            return self.untyped(expr.span)
        if expr.op in ("==", "!="):
            if not comparable(a.type, b.type):
                problem = errors.not_comparable(a.type, b.type, expr.left.span, expr.right.span)
                return self.wrong(hints.helped(problem, *self._units(expr, a, b)), expr.span)
            self._among_values(strip(a.type), b)
            self._among_values(strip(b.type), a)
            self._among_tools(a, b)
            self._among_tools(b, a)
            same: Expr = Apply("eq", same_moments(a, b), BOOL, expr.span)
            return same if expr.op == "==" else Apply("not", (same,), BOOL, expr.span)
        for side, node in ((a, expr.left), (b, expr.right)):
            if isinstance(side.type, Optional):
                return self.wrong(errors.may_be_absent(side.type, node.span), expr.span)
        numbers = (is_number(a.type) and is_number(b.type)) or a.type == b.type == DURATION
        if not numbers and not (a.type == b.type and a.type in TEMPORAL):
            problem = errors.not_ordered(a.type, b.type, expr.span)
            return self.wrong(hints.helped(problem, *self._units(expr, a, b)), expr.span)
        return Apply(ORDER_OPS[expr.op], (instant(a), instant(b)), BOOL, expr.span)

    def _units(self, expr: ast.Compare, a: Expr, b: Expr) -> tuple[str, ...]:
        return hints.unit_for_number(strip(a.type), strip(b.type), (expr.left, expr.right))

    def _among_values(self, kind: Type, other: Expr) -> None:
        """A text that an enum is compared with must be what one of its values is called on the wire."""
        if not isinstance(kind, EnumType) or not isinstance(other, Const):
            return
        wires = list(self.env.enums[kind.name].values.values())
        for value in other.value if isinstance(other.value, list) else [other.value]:
            if isinstance(value, str) and value not in wires:
                self.report(misnamed.unknown_value(kind.name, value, other.span, wires))

    def _among_tools(self, side: Expr, other: Expr) -> None:
        """A text that a call's tool is compared with must be the name of a tool."""
        if not (isinstance(side, Get) and side.name == "tool" and isinstance(side.target.type, EventType)):
            return
        for name in other.value if isinstance(other, Const) and isinstance(other.value, list) else [other]:
            text = name.value if isinstance(name, Const) else name
            if isinstance(text, str) and text not in self.env.tools:
                self.report(misnamed.unknown_tool(text, other.span, self.env.tools))

    def _member(self, expr: ast.Member, scope: Scope) -> Expr:
        if isinstance(expr.right, ast.ListExpr):
            a = self.check(expr.left, scope)
            b = self.check(expr.right, scope, ListType(strip(a.type)))
        else:
            b = self.check(expr.right, scope)
            inner = strip(b.type)
            a = self.check(expr.left, scope, inner.item if isinstance(inner, ListType) else None)
        kind = strip(b.type)
        if isinstance(kind, AnyType) or isinstance(a.type, AnyType):
            return self.untyped(expr.span)
        if not isinstance(kind, ListType):
            return self.wrong(errors.not_a_list(b.type, expr.right.span), expr.span)
        if not comparable(a.type, kind.item):
            return self.wrong(errors.not_comparable(a.type, kind.item, expr.left.span, expr.right.span), expr.span)
        self._among_values(strip(a.type), b)
        self._among_tools(a, b)
        found: Expr = Apply("in", member(a, b), BOOL, expr.span)
        return Apply("not", (found,), BOOL, expr.span) if expr.negated else found

    def _is(self, expr: ast.IsTest, scope: Scope) -> Expr:
        target = self.check(expr.target, scope)
        test, kind = expr.test.text, strip(target.type)
        if isinstance(kind, AnyType):
            return self.untyped(expr.span)
        found: Expr
        if test in ("present", "absent"):
            if not isinstance(target.type, (Optional, AbsentType)) and not self._told_present(expr.target, scope):
                fact = target.op.removeprefix("define:stated.") if isinstance(target, Apply) else ""
                stated = fact if isinstance(target, Apply) and fact != target.op else ""
                self.report(errors.surely_there(expr.target.span, stated, target.type))
            found = Is(target, test, None, BOOL, expr.span)
        elif isinstance(kind, RecordType) and self.env.records[kind.name].cases:
            record = self.env.records[kind.name]
            if test not in record.cases:
                return self.wrong(misnamed.unknown_value(record.name, test, expr.test.span, record.cases), expr.span)
            found = Is(target, record.cases[test].wire, record.tag, BOOL, expr.span)
        else:
            return self.wrong(
                errors.wrong_type("what is tested with `is`", "optional or a variant", target.type, expr.target.span),
                expr.span,
            )
        return Apply("not", (found,), BOOL, expr.span) if expr.negated else found

    def _told_present(self, expr: ast.Expr, scope: Scope) -> bool:
        return expr in scope.told
