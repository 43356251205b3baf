"""Statements of tools, effects, rules, and of the blocks that make or change worlds.

Enters: surface statements and a scope whose `where` says what kind of body this is. Leaves: core statements and the
scope at their end. Effects (`do`) are put in place here, so the core has no procedures.
"""

from typing import assert_never

from attrs import define, evolve, field

from ..core.nodes import Apply, Bind, Branch, Check, Const, Each, Exit, Expr, Fold, Get, Lookup, Stmt, Var, Write
from ..core.types import (
    ABSENT,
    ANY,
    TEXT,
    AnyType,
    ListType,
    MapType,
    Optional,
    RecordType,
    Type,
    fits,
    is_number,
    join,
    strip,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, misnamed, undone
from .environment import params_of
from .expressions import Expressions
from .scope import Scope, taken_names, variable

WORLDLY = ("tool", "sync", "generate", "fixture", "given")
DEEPEST_EFFECT = 20
MOST_EFFECTS = 500


@define
class Statements(Expressions):
    """Checks the statements of one declaration. `returns` is the type a tool must give back."""

    returns: Type = TEXT
    yields: list[Type] = field(factory=list)
    effects: tuple[str, ...] = ()
    gathering: int = 0
    done: int = 0

    def body(self, stmts: tuple[ast.Stmt, ...], scope: Scope) -> tuple[tuple[Stmt, ...], Scope]:
        """Statements in order; each sees the names of those before it, and their tests where no change undid them."""
        made: list[Stmt] = []
        for stmt in stmts:
            count = len(made)
            scope = undone.after(self.statement(stmt, scope, made), made[count:], self.env)
        return tuple(made), scope

    def _where_in(self, scope: Scope) -> str:
        return errors.in_a("effect" if self.effects else scope.where)

    def statement(self, stmt: ast.Stmt, scope: Scope, into: list[Stmt]) -> Scope:
        match stmt:
            case ast.LetStmt():
                return self._let(stmt, scope, into)
            case ast.GatherStmt():
                return self._gather(stmt, scope, into)
            case ast.RequireStmt():
                return self._require(stmt, scope, into)
            case ast.WhenStmt(condition, span):
                if scope.where != "rule":
                    self.report(errors.not_allowed("`when`", self._where_in(scope), span, "use `if … { … }`"))
                into.append(Check(self.condition(condition, scope), otherwise=Exit("skip"), span=span))
                return scope.tell(self.facts(condition, scope)[0])
            case ast.IfStmt():
                return self._if_statement(stmt, scope, into)
            case ast.ForStmt():
                self._for(stmt, scope, into)
            case ast.Leave():
                into.append(self._leave(stmt, scope))
            case ast.DoStmt():
                self._do(stmt, scope, into)
            case ast.SetStmt() | ast.ChangeStmt() | ast.InsertStmt() | ast.RemoveStmt():
                self._change(stmt, scope, into)
            case _:
                assert_never(stmt)
        return scope

    # --- names

    def _let(self, stmt: ast.LetStmt, scope: Scope, into: list[Stmt]) -> Scope:
        value = self.check(stmt.value, scope)
        kind, otherwise = value.type, None
        if stmt.otherwise is not None:
            if not isinstance(kind, (Optional, AnyType)):
                self.report(errors.cannot_be_absent(stmt.value.span))
            otherwise, kind = self._leave(stmt.otherwise, scope), strip(kind)
        var = variable(scope, stmt.name.text, kind, stmt.name.span)
        into.append(Bind(var.name, value, otherwise, stmt.span))
        return self.named(scope, stmt.name, var)

    def _gather(self, stmt: ast.GatherStmt, scope: Scope, into: list[Stmt]) -> Scope:
        outer, self.yields = self.yields, []
        self.gathering += 1
        names, source, body = self._loop(stmt.names, stmt.source, stmt.body, scope, stmt.span)
        self.gathering -= 1
        kind: Type = ANY
        for item in self.yields:
            kind = join(kind, item) or kind
        if not self.yields:
            self.report(
                Diagnostic(
                    "checks-nothing",
                    "this loop yields nothing",
                    (Label(stmt.span),),
                    help=("end it with `yield …`",),
                )
            )
        self.yields = outer
        var = variable(scope, stmt.name.text, ListType(kind), stmt.name.span)
        into.append(Each(names, source, body, var.name, var.type, stmt.span))
        return self.named(scope, stmt.name, var)

    def _for(self, stmt: ast.ForStmt, scope: Scope, into: list[Stmt]) -> None:
        names, source, body = self._loop(stmt.names, stmt.source, stmt.body, scope, stmt.span)
        into.append(Each(names, source, body, span=stmt.span))

    def _loop(
        self, words: tuple[ast.Word, ...], source: ast.Expr, stmts: tuple[ast.Stmt, ...], scope: Scope, span: Span
    ) -> tuple[tuple[str, ...], Expr, tuple[Stmt, ...]]:
        found = self.check(source, scope)
        inside, names = self.bind_items(words, self.item_of(found, source.span), scope, span)
        problems, unclear, yields, done = len(self.problems), len(self.unclear), len(self.yields), self.done
        body, _ = self.body(stmts, inside)
        again = undone.after(inside, body, self.env)
        if again is not inside:  # what a turn of the loop undoes, the next must not rest on
            del self.problems[problems:], self.unclear[unclear:], self.yields[yields:]
            self.done = done
            body, _ = self.body(stmts, again)
        return names, found, body

    # --- leaving and requiring

    def _leave(self, leave: ast.Leave, scope: Scope) -> Exit:
        kind, span = leave.kind, leave.span
        rule = scope.where == "rule"
        if kind == "fail":
            assert leave.value is not None
            text = self.want(leave.value, scope, TEXT, "the reason of a failure")
            return Exit("violate" if rule else "fail", text, span)
        if kind == "yield":
            assert leave.value is not None
            value = self.check(leave.value, scope)
            self.yields.append(value.type)
            if not self.gathering:
                self.report(errors.not_allowed("`yield`", "outside a collecting `let … = for … { … }`", span))
            return Exit("yield", value, span)
        if kind == "return":
            assert leave.value is not None
            if scope.where != "tool" or self.effects:
                self.report(errors.not_allowed("`return`", self._where_in(scope), span))
                return Exit("return", self.check(leave.value, scope), span)
            return Exit("return", self.want(leave.value, scope, self.returns, "what the tool returns"), span)
        if (kind == "skip" and scope.where == "tool") or (kind == "unknown" and not rule):
            instead = "a tool returns or fails" if scope.where == "tool" and not self.effects else ""
            self.report(errors.not_allowed(f"`{kind}`", self._where_in(scope), span, instead))
        return Exit(kind, None, span)

    def _require(self, stmt: ast.RequireStmt, scope: Scope, into: list[Stmt]) -> Scope:
        condition = self.condition(stmt.condition, scope, "what is required")
        otherwise = self._leave(stmt.otherwise, scope) if stmt.otherwise else None
        if otherwise is None and scope.where != "rule":
            otherwise = Exit("fail", Const(stmt.because or "A requirement is not met", TEXT), stmt.span)
        if scope.where == "rule" and otherwise is not None and otherwise.kind == "skip":
            self.report(
                errors.not_allowed("`else skip`", "after `require`", stmt.span, "write `when …` to narrow a rule")
            )
            otherwise = None
        label = stmt.label.text if stmt.label else ""
        into.append(Check(condition, label, stmt.because or "", otherwise, stmt.span))
        told = self.facts(stmt.condition, scope)[0] if scope.where != "rule" else {}
        return scope.tell(told)

    def _if_statement(self, stmt: ast.IfStmt, scope: Scope, into: list[Stmt]) -> Scope:
        condition = self.condition(stmt.condition, scope)
        yes, no = self.facts(stmt.condition, scope)
        then, _ = self.body(stmt.then, scope.tell(yes))
        other, _ = self.body(stmt.other, scope.tell(no))
        into.append(Branch(condition, then, other, stmt.span))
        leaves = bool(then) and isinstance(then[-1], Exit)
        return scope.tell(no) if leaves else scope

    # --- effects

    def _do(self, stmt: ast.DoStmt, scope: Scope, into: list[Stmt]) -> None:
        effect = self.env.effects.get(stmt.name.text)
        if effect is None:
            self.report(misnamed.unknown_name("effect", stmt.name.text, stmt.name.span, self.env.effects))
            return
        if effect.name.text in self.effects or len(self.effects) > DEEPEST_EFFECT:
            self.report(errors.recursive(effect.name.text, [*self.effects, effect.name.text], stmt.span))
            return
        self.done += 1
        if self.done > MOST_EFFECTS:
            if self.done == MOST_EFFECTS + 1:
                self.report(errors.too_many_effects(MOST_EFFECTS, stmt.span))
            return
        params = params_of(self.env, effect.params)
        args = self.arguments(stmt.name, tuple((p.name, p.type) for p in params), stmt.args, scope)
        inside = Scope(scope.where, reserved=taken_names(scope))
        for param, arg, word in zip(params, args, effect.params, strict=True):
            var = variable(inside, param.name, param.type, word.span)
            into.append(Bind(var.name, arg, None, stmt.span))
            inside = inside.bind(param.name, var, word.span)
        outer, self.effects = self.effects, (*self.effects, effect.name.text)
        made, _ = self.body(effect.body, inside)
        self.effects = outer
        into.extend(made)

    def _change(
        self, stmt: ast.SetStmt | ast.ChangeStmt | ast.InsertStmt | ast.RemoveStmt, scope: Scope, into: list[Stmt]
    ) -> None:
        if scope.where not in WORLDLY:
            self.report(errors.not_allowed("a change", self._where_in(scope), stmt.span))
            return
        match stmt:
            case ast.SetStmt(place, value):
                self._set(place, value, scope, into, stmt.span)
            case ast.ChangeStmt():
                self._shift(stmt, scope, into)
            case ast.InsertStmt():
                self._insert(stmt, scope, into)
            case ast.RemoveStmt(place):
                target, name, key, kind = self._place(place, scope)
                if name is not None and not isinstance(kind, (Optional, AnyType)):
                    self.report(errors.wrong_type("what is removed", "optional", kind, place.span))
                into.append(Write("remove", target, name, key, None, stmt.span))

    def _set(self, place: ast.Expr, value: ast.Expr, scope: Scope, into: list[Stmt], span: Span) -> None:
        if isinstance(place, ast.Name) and place.name in self.env.states:
            made = self.want(value, scope, self.env.states[place.name].type, "the new value")
            into.append(Write("set", Var(f"state.{place.name}", made.type), None, None, made, span))
            return
        target, name, key, kind = self._place(place, scope)
        into.append(Write("set", target, name, key, self.want(value, scope, kind, "the new value"), span))

    def _shift(self, stmt: ast.ChangeStmt, scope: Scope, into: list[Stmt]) -> None:
        target, name, key, kind = self._place(stmt.place, scope)
        if name and isinstance(kind, Optional) and isinstance(self.check(stmt.place, scope).type, Optional):
            self.report(errors.nothing_to_change(kind, stmt.place.span))
        kind = strip(kind)
        amount = self.check(stmt.amount, scope, kind)
        if not ((is_number(kind) and is_number(amount.type)) or fits(amount.type, kind)):
            self.report(errors.wrong_type("the amount", f"`{kind}`", amount.type, stmt.amount.span))
        now: Expr = (
            Get(target, name, kind, False, stmt.place.span)
            if name
            else Lookup(target, key or Const(None, ABSENT), kind, stmt.place.span)
        )
        op = "add" if stmt.direction == "increase" else "subtract"
        into.append(Write("set", target, name, key, Apply(op, (now, amount), kind, stmt.span), stmt.span))

    def _insert(self, stmt: ast.InsertStmt, scope: Scope, into: list[Stmt]) -> None:
        if (
            isinstance(stmt.place, ast.Name)
            and stmt.place.name in self.env.tables
            and stmt.place.name not in scope.names
        ):
            table = self.env.tables[stmt.place.name]
            row = RecordType(table.record)
            value = self.want(stmt.value, scope, ListType(row) if stmt.all else row, f"a row of `{table.name}`")
            rows = Var(f"table.{table.name}", ListType(row), stmt.place.span)
            into.append(Write("insert_all" if stmt.all else "insert", rows, None, None, value, stmt.span))
            return
        target, name, _, kind = self._place(stmt.place, scope)
        kind = strip(kind)
        if isinstance(kind, MapType):
            self.report(errors.set_an_entry(stmt.place.span))
            return
        if not isinstance(kind, (ListType, AnyType)):
            self.report(errors.not_a_list(kind, stmt.place.span))
            return
        if name is None:
            self.report(errors.not_a_place(stmt.place.span))
            return
        item: Type = kind if stmt.all else kind.item if isinstance(kind, ListType) else ANY
        into.append(
            Write(
                "extend" if stmt.all else "add",
                target,
                name,
                None,
                self.want(stmt.value, scope, item, "what is inserted"),
                stmt.span,
            )
        )

    def _not_a_key(self, kind: RecordType, place: ast.FieldOf) -> None:
        """A row stands at its key for as long as it is there."""
        tables = [t for t in self.env.tables.values() if (t.record, t.key) == (kind.name, place.name.text)]
        if tables:
            self.report(errors.key_is_fixed(tables[0].name, place.name.text, place.name.span))

    def _place(self, place: ast.Expr, scope: Scope) -> tuple[Expr, str | None, Expr | None, Type]:
        """The record and field, or the map or table and key, that a change is made at."""
        lenient = scope.where in ("given", "fixture", "generate")
        if isinstance(place, ast.FieldOf):
            found = self.check(place.target, scope)
            kind = strip(found.type) if lenient or place.safe else found.type
            if isinstance(kind, Optional):
                self.report(errors.may_be_absent(kind, place.target.span))
            elif isinstance(kind, RecordType) and is_place(found):
                self._not_a_key(kind, place)
                return found, place.name.text, None, self._field_type(kind, place.name, scope)
            elif not isinstance(kind, AnyType):
                self.report(errors.not_a_place(place.span))
        elif isinstance(place, ast.IndexOf):
            found = self.check(place.target, scope)
            kind = strip(found.type) if lenient else found.type
            if isinstance(kind, MapType) and is_place(found):
                return found, None, self.want(place.key, scope, kind.key, "a key of this map"), kind.value
            if isinstance(found, Var) and found.name.startswith("table."):
                return found, None, self.check(place.key, scope), kind.item if isinstance(kind, ListType) else ANY
            if not isinstance(kind, AnyType):
                self.report(errors.not_a_place(place.span))
        else:
            self.report(errors.not_a_place(place.span))
        return Const(None, ANY), "?", None, ANY


def is_place(expr: Expr) -> bool:
    """Whether an expression leads to something that is kept, not to a value made on the way."""
    match expr:
        case Var():
            return True
        case Get(target, _, _, lifted):
            return not lifted and is_place(target)
        case Lookup(target):
            return is_place(target)
        case Fold("first" | "last" | "only"):
            return True
        case Apply(op) if op.startswith("define:"):
            return True
    return False


def present(expr: Expr) -> Expr:
    """The same expression, taken to be there."""
    return evolve(expr, type=strip(expr.type))


__all__ = ["Statements", "is_place", "present"]
