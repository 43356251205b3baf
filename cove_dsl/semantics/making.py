"""Values that are made: texts, lists, maps, comprehensions, and what functions give."""

from attrs import define, evolve

from ..core.nodes import Apply, Clause, Collect, Const, Expr, Fold, Make
from ..core.patterns import fault_of
from ..core.spec import Record
from ..core.types import (
    ABSENT,
    ANY,
    TEXT,
    AnyType,
    ListType,
    MapType,
    Optional,
    RecordType,
    TupleType,
    Type,
    fits,
    is_text,
    join,
    strip,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, hints, misnamed
from .builtins import BUILTINS
from .moments import applied
from .names import Names
from .scope import Scope, variable


@define
class Making(Names):
    """Checks what makes a value out of others."""

    def _text(self, expr: ast.Text, scope: Scope) -> Expr:
        if all(isinstance(p, str) for p in expr.parts):
            return Const("".join(str(p) for p in expr.parts), TEXT, expr.span)
        parts: list[Expr] = []
        for part in expr.parts:
            if isinstance(part, str):
                parts.append(Const(part, TEXT, expr.span))
                continue
            found = self.check(part, scope)
            if isinstance(found.type, Optional):
                self.report(errors.may_be_absent(found.type, part.span))
            parts.append(found if is_text(found.type) else Apply("text", (found,), TEXT, part.span))
        return Apply("concat", tuple(parts), TEXT, expr.span)

    def _list(self, expr: ast.ListExpr, scope: Scope, wanted: Type | None) -> Expr:
        goal = strip(wanted) if wanted is not None else None
        if expr.is_set and not expr.items and isinstance(goal, MapType):
            return Make("map", (), (), goal, expr.span)
        item_type: Type | None = goal.item if isinstance(goal, ListType) else None
        items, kind = [], ANY if item_type is None else item_type
        for item in expr.items:
            found = self.check(item, scope, item_type if item_type is not None else (kind if kind != ANY else None))
            joined = join(kind, found.type)
            if joined is None:
                self.report(errors.wrong_type("an item of this list", f"`{kind}`", found.type, item.span))
            kind = joined or kind
            items.append(found)
        if items and all(isinstance(i, Const) for i in items):
            return Const([i.value for i in items if isinstance(i, Const)], ListType(kind), expr.span)
        return Make("list", (), tuple(items), ListType(kind), expr.span)

    def _tuple(self, expr: ast.TupleExpr, scope: Scope, wanted: Type | None) -> Expr:
        items, span = expr.items, expr.span
        parts = (
            wanted.items if isinstance(wanted, TupleType) and len(wanted.items) == len(items) else (None,) * len(items)
        )
        made = tuple(self.check(i, scope, w) for i, w in zip(items, parts, strict=True))
        return Make("tuple", (), made, TupleType(tuple(m.type for m in made)), span)

    def _map(self, expr: ast.MapExpr, scope: Scope, wanted: Type | None) -> Expr:
        goal = strip(wanted) if wanted is not None else None
        key, value = (goal.key, goal.value) if isinstance(goal, MapType) else (None, None)
        items: list[Expr] = []
        for k, v in expr.pairs:
            items += [self.check(k, scope, key), self.check(v, scope, value)]
        key_type = self._shared(expr.pairs, items[::2], key, 0, "a key of this map")
        value_type = self._shared(expr.pairs, items[1::2], value, 1, "a value of this map")
        return Make("map", (), tuple(items), MapType(key_type, value_type), expr.span)

    def _shared(
        self, pairs: tuple[tuple[ast.Expr, ast.Expr], ...], items: list[Expr], wanted: Type | None, side: int, what: str
    ) -> Type:
        """The type that all keys, or all values, of a written map share."""
        shared: Type = wanted if wanted is not None else ANY
        for pair, item in zip(pairs, items, strict=True):
            if wanted is not None and fits(item.type, wanted):
                continue
            joined = join(shared, item.type) if wanted is None else None
            if joined is None:
                self.report(errors.wrong_type(what, f"`{shared}`", item.type, pair[side].span))
            shared = joined or shared
        return shared

    def _comprehension(self, expr: ast.Comprehension, scope: Scope, wanted: Type | None = None) -> Expr:
        clauses: list[Clause] = []
        for clause in expr.clauses:
            scope = self._clause(clause, scope, clauses)
        item = wanted.item if isinstance(wanted, ListType) else None
        body = self.check(expr.body, scope, item)
        return Collect(tuple(clauses), body, ListType(body.type), expr.span)

    def _clause(self, clause: ast.ClauseExpr, scope: Scope, into: list[Clause]) -> Scope:
        match clause:
            case ast.ForClause(names, source):
                found = self.check(source, scope)
                scope, made = self.bind_items(names, self.item_of(found, source.span), scope, clause.span)
                scope = evolve(scope, item=names[0].text)
                into.append(Clause("for", made, found))
            case ast.LetClause(name, value):
                found = self.check(value, scope)
                var = variable(scope, name.text, found.type, name.span)
                into.append(Clause("let", (var.name,), found))
                scope = self.named(scope, name, var)
            case ast.WhereClause(condition):
                into.append(Clause("where", (), self.condition(condition, scope)))
                scope = scope.tell(self.facts(condition, scope)[0])
        return scope

    # --- functions

    def _call(self, expr: ast.CallOf, scope: Scope, wanted: Type | None) -> Expr:
        name = expr.name.text
        if name in self.env.records and not self.env.records[name].cases:
            return self._make(expr, scope, self.env.records[name], None)
        if name in self.env.cases:
            return self._make_case(expr, scope, wanted)
        if name in self.env.functions:
            return self._defined(expr, scope)
        if name in BUILTINS:
            return self._builtin(expr, scope, wanted)
        for arg in expr.args:
            self.check(arg.value, scope)
        known = [*self.env.functions, *BUILTINS, *self.env.records, *self.env.cases]
        return self.wrong(misnamed.unknown_function(name, expr.name.span, known), expr.span)

    def _make_case(self, expr: ast.CallOf, scope: Scope, wanted: Type | None) -> Expr:
        """A case that several variants have is of the one that is wanted here."""
        name, homes = expr.name.text, self.env.cases[expr.name.text]
        goal = strip(wanted) if wanted is not None else None
        if isinstance(goal, RecordType) and goal.name in homes:
            homes = (goal.name,)
        if len(homes) > 1:
            return self.wrong(errors.which_variant(name, homes, expr.name.span), expr.span)
        return self._make(expr, scope, self.env.records[homes[0]], name)

    def _make(self, expr: ast.CallOf, scope: Scope, record: Record, case: str | None) -> Expr:
        fields = record.cases[case].fields if case else record.fields
        given: dict[str, Expr] = (
            {record.tag: Const(record.cases[case].wire, TEXT, expr.name.span)} if case and record.tag else {}
        )
        for arg in expr.args:
            if arg.label is None:
                self.report(
                    Diagnostic(
                        "wrong-arguments",
                        f"write `field: value`: `{expr.name.text}` is made by naming its fields",
                        (Label(arg.span),),
                    )
                )
            elif arg.label.text not in fields:
                self.report(misnamed.unknown_field(f"`{expr.name.text}`", arg.label.text, arg.label.span, fields))
            elif arg.label.text in given:
                self.report(errors.given_twice(arg.label.text, arg.label.span))
            else:
                given[arg.label.text] = self.want(arg.value, scope, fields[arg.label.text].type, f"`{arg.label.text}`")
        missing = [n for n, f in fields.items() if n not in given and not isinstance(f.type, Optional)]
        if missing:
            self.report(errors.missing_fields(expr.name.text, missing, expr.name.span))
        tagged = [record.tag] if case and record.tag else []
        names = (*tagged, *fields)
        items = tuple(given.get(n) or Const(None, ABSENT, expr.span) for n in names)
        return Make("record", names, items, RecordType(record.name, case), expr.span)

    def arguments(
        self, name: ast.Word, params: tuple[tuple[str, Type], ...], args: tuple[ast.Argument, ...], scope: Scope
    ) -> tuple[Expr, ...]:
        """Arguments in the order of the parameters; labels may be used for any of them."""
        given: dict[str, Expr] = {}
        lacking = [p for p, t in params[len(args) :] if not isinstance(t, Optional)]
        if lacking and not any(a.label for a in args):
            for arg in args:
                self.check(arg.value, scope)
            self.report(errors.not_given(name.text, lacking, name.span))
            return tuple(Const(None, ANY, name.span) for _ in params)
        for i, arg in enumerate(args):
            label = arg.label.text if arg.label else params[i][0] if i < len(params) else None
            kind = dict(params).get(label) if label else None
            if label is None or kind is None:
                where = arg.label.span if arg.label else arg.span
                self.report(
                    misnamed.unknown_argument(name.text, label, where, [p for p, _ in params])
                    if label
                    else errors.wrong_count(name.text, _counted(len(params)), len(args), name.span)
                )
                break
            if label in given:
                self.report(errors.given_twice(label, arg.span))
                break
            given[label] = self.want(arg.value, scope, kind, f"`{label}`")
        missing = [p for p, t in params if p not in given and not isinstance(t, Optional)]
        if missing and len(given) == len(args):
            self.report(errors.not_given(name.text, missing, name.span))
        return tuple(given.get(p) or Const(None, ABSENT, name.span) for p, _ in params)

    def _defined(self, expr: ast.CallOf, scope: Scope) -> Expr:
        signature = self.env.functions[expr.name.text]
        self.uses.add(signature.name)
        args = self.arguments(expr.name, tuple((p.name, p.type) for p in signature.params), expr.args, scope)
        return Apply(f"define:{signature.name}", args, signature.returns, expr.span)

    def _builtin(self, expr: ast.CallOf, scope: Scope, wanted: Type | None) -> Expr:
        name = expr.name.text
        builtin = BUILTINS[name]
        if builtin.kind == "random" and scope.where != "generate":
            return self.wrong(
                errors.not_allowed(f"`{name}`", "here: chance belongs to `generate` blocks", expr.name.span), expr.span
            )
        if not builtin.low <= len(expr.args) <= builtin.high:
            problem = errors.wrong_count(name, _counted(builtin.low), len(expr.args), expr.name.span)
            return self.wrong(hints.helped(problem, *hints.usage(name)), expr.span)
        for arg in expr.args:
            if arg.label is not None:
                self.report(
                    Diagnostic("wrong-arguments", f"`{name}` takes its arguments by position", (Label(arg.label.span),))
                )
        args = tuple(
            self.check(a.value, scope, wanted if name in ("min", "max") and len(expr.args) > 1 else None)
            for a in expr.args
        )
        if any(isinstance(a.type, AnyType) for a in args):
            result = builtin.typer([a.type for a in args])
            return evolve(self.untyped(expr.span), type=ANY if isinstance(result, str) else result)
        if isinstance(args[0].type, Optional) and name not in ("mentions",):
            return self.wrong(errors.may_be_absent(args[0].type, expr.args[0].span), expr.span)
        result = builtin.typer([a.type for a in args])
        if isinstance(result, str):
            problem = errors.bad_argument(name, result, expr.args[0].span)
            return self.wrong(hints.helped(problem, *hints.for_messages(name, args[0].type)), expr.span)
        if name == "matches":
            self._patterns(args[1])
        return self._applied(name, args, result, expr.span)

    def _patterns(self, given: Expr) -> None:
        """Patterns are written out, so that a slip in one is found here."""
        if not isinstance(given, Const):
            self.report(errors.bad_pattern("`matches` needs patterns that are written out", given.span))
            return
        for pattern in given.value if isinstance(given.value, list) else [given.value]:
            fault = fault_of(str(pattern))
            if fault is not None:
                self.report(errors.bad_pattern(f"the pattern `{pattern}` {fault}", given.span))

    def _applied(self, name: str, args: tuple[Expr, ...], result: Type, span: Span) -> Expr:
        if BUILTINS[name].fold:
            return Fold(name, args[0], result, span)  # type: ignore[arg-type]
        if name in ("min", "max"):
            source = args[0] if len(args) == 1 else Make("list", (), args, ListType(result), span)
            return Fold(name, source, result, span)  # type: ignore[arg-type]
        return applied(name, args, result, span)


def _counted(n: int) -> str:
    return f"{n} argument{'s' if n != 1 else ''}"
