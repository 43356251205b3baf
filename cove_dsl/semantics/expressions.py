"""Expressions: names resolved, types checked, and written in the core, in one walk.

Enters: a surface expression, a scope, and the type that is wanted if one is. Leaves: a core expression that carries its
type; what is wrong goes to `problems` and stands as an anything, so one slip is one error. What all checks stand on is
in `checking`, names in `names`, values that are made in `making`, conditions in `logic`; here is the walk, with
choices, arithmetic, lists of things and the past.
"""

from typing import assert_never

from attrs import define, evolve

from ..core.nodes import Apply, Clause, Collect, Const, Events, Expr, Fold, If, Is, Let, Pattern, Var
from ..core.types import (
    ANY,
    BOOL,
    DATE,
    DATETIME,
    DECIMAL,
    DURATION,
    INT,
    MONEY,
    TIME,
    AbsentType,
    AnyType,
    EventType,
    ListType,
    Optional,
    Type,
    is_number,
    is_text,
    join,
    optional,
    strip,
)
from ..source import Diagnostic, Label
from ..syntax import ast
from . import errors, hints, misnamed
from .environment import tools_named
from .logic import Logic
from .moments import TEMPORAL, instant
from .scope import Scope, variable

LITERALS = {
    "int": INT,
    "decimal": DECIMAL,
    "money": MONEY,
    "duration": DURATION,
    "datetime": DATETIME,
    "date": DATE,
    "time": TIME,
}
PAST = "the past"
LEAVING = frozenset({"skip", "unknown", "fail"})


@define
class Expressions(Logic):
    """Checks every form of expression."""

    def _check(self, expr: ast.Expr, scope: Scope, wanted: Type | None) -> Expr:
        match expr:
            case ast.Name():
                return self._name(expr, scope, wanted)
            case ast.It(span):
                return scope.it if scope.it is not None else self.wrong(errors.no_item(scope.item, span), span)
            case ast.Literal_(kind, value, span):
                return Const(value, self._literal_type(kind, wanted), span)
            case ast.Text():
                return self._text(expr, scope)
            case ast.ListExpr():
                return self._list(expr, scope, wanted)
            case ast.TupleExpr():
                return self._tuple(expr, scope, wanted)
            case ast.MapExpr():
                return self._map(expr, scope, wanted)
            case ast.Comprehension():
                return self._comprehension(expr, scope, wanted)
            case ast.FieldOf():
                return self._field(expr, scope)
            case ast.IndexOf():
                return self._index(expr, scope)
            case ast.CallOf():
                return self._call(expr, scope, wanted)
            case ast.Chain():
                return self._chain(expr, scope)
            case ast.Not(item, span):
                return Apply("not", (self.condition(item, scope, "what `not` denies"),), BOOL, span)
            case ast.Quantified():
                return self._quantified(expr, scope)
            case ast.Compare():
                return self._compare(expr, scope)
            case ast.Member():
                return self._member(expr, scope)
            case ast.IsTest():
                return self._is(expr, scope)
            case ast.Arith():
                return self._arith(expr, scope, wanted)
            case ast.Negative():
                return self._negative(expr, scope, wanted)
            case ast.RangeOf(low, high, span):
                bounds = (
                    self.want(low, scope, INT, "the start of a range"),
                    self.want(high, scope, INT, "the end of a range"),
                )
                return Apply("range", bounds, ListType(INT), span)
            case ast.Fallback():
                return self._fallback(expr, scope, wanted)
            case ast.IfThen():
                return self._if(expr, scope, wanted)
            case ast.Suffix():
                return self._suffix(expr, scope, wanted)
            case ast.LabelledOf():
                return self._labelled(expr, scope)
            case ast.Earlier():
                return self._earlier(expr, scope)
            case _:
                assert_never(expr)

    def _literal_type(self, kind: str, wanted: Type | None) -> Type:
        goal = strip(wanted) if wanted is not None else None
        return goal if kind in ("int", "decimal") and goal in (MONEY, DECIMAL) and goal is not None else LITERALS[kind]

    def _negative(self, expr: ast.Negative, scope: Scope, wanted: Type | None) -> Expr:
        item, span = expr.item, expr.span
        found = self.check(item, scope, wanted)
        if not (is_number(found.type) or found.type == DURATION):
            return self.wrong(errors.wrong_type("what `-` turns round", "a number", found.type, item.span), span)
        return Apply("negate", (found,), found.type, span)

    def _if(self, expr: ast.IfThen, scope: Scope, wanted: Type | None) -> Expr:
        condition = self.condition(expr.condition, scope)
        yes, no = self.facts(expr.condition, scope)
        then = self.check(expr.then, scope.tell(yes), wanted)
        other = self.check(expr.other, scope.tell(no), wanted if wanted is not None else then.type)
        kind = join(then.type, other.type)
        if kind is None:
            return self.wrong(
                errors.wrong_type("the other branch", f"`{then.type}`", other.type, expr.other.span), expr.span
            )
        return If(condition, then, other, kind, expr.span)

    def _fallback(self, expr: ast.Fallback, scope: Scope, wanted: Type | None) -> Expr:
        """`a else b`: `b` where `a` is absent; where it is unknown, so is the whole, unless both come to the same."""
        value = self.check(expr.value, scope, wanted)
        there = strip(value.type)
        if isinstance(expr.other, ast.Name) and expr.other.name in LEAVING and expr.other.name not in scope.names:
            return self.wrong(errors.leaves_nothing(expr.other.name, expr.other.span), expr.span)
        other = self.check(expr.other, scope, wanted if wanted is not None else there)
        if isinstance(there, AnyType) or isinstance(other.type, AnyType):
            return self.untyped(expr.span)
        if not isinstance(value.type, (Optional, AbsentType)):
            self.report(errors.cannot_be_absent(expr.value.span))
            return value
        kind = other.type if isinstance(there, AbsentType) else join(there, other.type)
        if kind is None:
            wrong = errors.wrong_type("what counts instead", f"`{there}`", other.type, expr.other.span)
            return self.wrong(wrong, expr.span)
        name = f"found_{expr.span.start}"
        found = Is(Var(name, value.type, expr.span), "present", None, BOOL, expr.span)
        chosen = If(found, Var(name, there, expr.span), other, kind, expr.span)
        return Let(name, value, chosen, kind, expr.span)

    # --- arithmetic

    def _arith(self, expr: ast.Arith, scope: Scope, wanted: Type | None) -> Expr:
        goal = strip(wanted) if wanted is not None else None
        hint = goal if expr.op in "+-" and goal in (MONEY, DECIMAL, INT) else None
        a = self.check(expr.left, scope, hint)
        b = self.check(expr.right, scope, hint if hint is not None else (a.type if expr.op in "+-" else None))
        for side, node in ((a, expr.left), (b, expr.right)):
            if isinstance(side.type, Optional):
                return self.wrong(errors.may_be_absent(side.type, node.span), expr.span)
        if isinstance(a.type, AnyType) or isinstance(b.type, AnyType):
            return self.untyped(expr.span)
        found = self._temporal(expr, a, b) or self._numeric(expr, a, b)
        return found or self.wrong(
            Diagnostic(
                "wrong-type",
                f"`{expr.op}` cannot combine `{a.type}` and `{b.type}`",
                (
                    Label(expr.right.span, f"of type `{b.type}`"),
                    Label(expr.left.span, f"of type `{a.type}`", primary=False),
                ),
                help=(
                    *(hints.unit_for_number(a.type, b.type, (expr.left, expr.right)) if expr.op in "+-" else ()),
                    *errors.as_it_comes(a.type, b.type),
                ),
            ),
            expr.span,
        )

    def _temporal(self, expr: ast.Arith, a: Expr, b: Expr) -> Expr | None:
        if a.type in TEMPORAL and b.type == DURATION and expr.op in "+-":
            by = b if expr.op == "+" else Apply("negate", (b,), DURATION, expr.span)
            return Apply("shift", (a, by), a.type, expr.span)
        if a.type in TEMPORAL and a.type == b.type and expr.op == "-":
            return Apply("subtract", (instant(a), instant(b)), DURATION, expr.span)
        return None

    def _numeric(self, expr: ast.Arith, a: Expr, b: Expr) -> Expr | None:
        op = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}[expr.op]
        left, right = a.type, b.type
        kind: Type | None = None
        if expr.op in "+-":
            kind = (
                join(left, right)
                if is_number(left) and is_number(right)
                else left
                if left == right == DURATION
                else None
            )
        elif expr.op == "*" and (is_number(left) or left == DURATION) and (is_number(right) or right == DURATION):
            special = [t for t in (left, right) if t in (MONEY, DURATION)]
            kind = None if len(special) == 2 else special[0] if special else join(left, right)
        elif expr.op == "/" and is_number(right) and right != MONEY and (is_number(left) or left == DURATION):
            kind = left if left in (MONEY, DURATION) else DECIMAL
        elif expr.op == "/" and left == right and left in (MONEY, DURATION):
            kind = DECIMAL
        return Apply(op, (a, b), kind, expr.span) if kind is not None else None

    # --- lists of things

    def _suffix(self, expr: ast.Suffix, scope: Scope, wanted: Type | None) -> Expr:
        source = self.check(expr.source, scope, wanted if isinstance(wanted, ListType) else None)
        if source.type == BOOL and expr.kind == "where":
            return self.wrong(errors.no_quantifier_where(expr.span), expr.span)
        kind = self.item_of(source, expr.source.span)
        it = variable(scope, "it", kind, expr.span)
        inside = scope.with_it(it)
        if expr.kind in ("where", "preferring"):
            condition = self.condition(expr.key, inside)
            told = self.facts(expr.key, inside)[0].get(ast.It())
            kept_type = told if told is not None else kind
            return self._where(expr, source, it, condition, kept_type)
        key = self.check(expr.key, inside)
        if isinstance(key.type, Optional):
            return self.wrong(errors.may_be_absent(key.type, expr.key.span), expr.span)
        if not (
            is_number(key.type)
            or key.type in (*TEMPORAL, DURATION)
            or (is_text(key.type) and expr.kind in ("ordered", "descending"))
        ):
            return self.wrong(errors.not_ordered(key.type, key.type, expr.key.span), expr.span)
        return self._by_key(expr, source, it, instant(key))

    def _where(self, expr: ast.Suffix, source: Expr, it: Var, condition: Expr, kind: Type) -> Expr:
        span = expr.span
        if expr.kind == "where":
            return Collect(
                (Clause("for", (it.name,), source), Clause("where", (), condition)),
                evolve(it, type=kind),
                ListType(kind),
                span,
            )
        all_ = Var(f"{it.name}_all", source.type, span)
        best = Var(f"{it.name}_best", source.type, span)
        filtered = Collect((Clause("for", (it.name,), all_), Clause("where", (), condition)), it, source.type, span)
        choice = If(Fold("some", best, BOOL, span), best, all_, source.type, span)
        return Let(all_.name, source, Let(best.name, filtered, choice, source.type, span), source.type, span)

    def _by_key(self, expr: ast.Suffix, source: Expr, it: Var, key: Expr) -> Expr:
        span = expr.span
        all_ = Var(f"{it.name}_all", source.type, span)
        keys = Collect((Clause("for", (it.name,), all_),), key, ListType(key.type), span)
        if expr.kind in ("ordered", "descending"):
            op = "order" if expr.kind == "ordered" else "order_descending"
            return Let(all_.name, source, Apply(op, (all_, keys), source.type, span), source.type, span)
        best = Var(f"{it.name}_best", optional(key.type), span)
        ties = Collect(
            (Clause("for", (it.name,), all_), Clause("where", (), Apply("eq", (key, best), BOOL, span))),
            it,
            source.type,
            span,
        )
        least = Fold("min" if expr.kind == "lowest" else "max", keys, optional(key.type), span)
        return Let(all_.name, source, Let(best.name, least, ties, source.type, span), source.type, span)

    # --- the past

    def pattern(self, event: ast.EventExpr) -> tuple[Pattern, Type]:
        """Which events are meant, and what is known of one."""
        match event:
            case ast.CallEvent(role, status, to, taking, excluding):
                before = len(self.problems)
                tools = tools_named(self.env, to, dict(self.holes)) if to else frozenset(self.env.tools)
                self._drain()
                if taking is not None:
                    tools = self._taking(tools, taking)
                if excluding is not None:
                    tools = tools - tools_named(self.env, excluding, dict(self.holes))
                    self._drain()
                known = tools if (to or taking or excluding) else frozenset()
                if not known and (to or taking or excluding) and len(self.problems) == before:
                    self.report(errors.no_tools(event.span))
                kind = EventType("call", None, known, status == "ok") if len(self.problems) == before else ANY
                return Pattern("call", role, known, status), kind
            case ast.PartyEvent(role, what):
                if what == "event":
                    self.report(errors.not_allowed("`event`", "here; say `message`, `step` or `call`", event.span))
                    what = "message"
                return Pattern(what, role), EventType(what, role)
            case _:
                assert_never(event)

    def _drain(self) -> None:
        self.problems.extend(self.env.problems)
        self.env.problems.clear()

    def _taking(self, tools: frozenset[str], taking: ast.ToolNames) -> frozenset[str]:
        names = {w.text for w in taking.names}
        found = frozenset(
            t for t in tools if t in self.env.tools and names <= {p.name for p in self.env.tools[t].params}
        )
        if not found:
            known = {p.name for t in self.env.tools.values() for p in t.params}
            word = next((w for w in taking.names if w.text not in known), None)
            if word is not None:
                self.report(misnamed.unknown_name("tool argument", word.text, word.span, known))
        return found

    def _earlier(self, expr: ast.Earlier, scope: Scope) -> Expr:
        if scope.where not in ("rule", "define", "fact", "recogniser"):
            return self.wrong(
                errors.not_allowed("the past", f"{errors.in_a(scope.where)}: only rules look back", expr.span),
                expr.span,
            )
        self.uses.add(PAST)
        pattern, kind = self.pattern(expr.event)
        windows = [self._window(w, scope) for w in (expr.before, expr.after)]
        return Events(pattern, ListType(kind), windows[0], windows[1], expr.span)

    def _window(self, word: ast.Word | None, scope: Scope) -> Expr | None:
        if word is None:
            return None
        found = self.check(ast.Name(word.text, word.span), scope)
        if not isinstance(found.type, (EventType, AnyType)):
            self.report(errors.wrong_type("the bound of a window", "an event", found.type, word.span))
        return found
