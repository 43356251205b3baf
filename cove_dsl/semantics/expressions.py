"""Expressions: names resolved, types checked, and written in the core, in one walk.

Enters: a surface expression, a scope, and the type that is wanted if one is. Leaves: a core expression that carries its
type; what is wrong goes to `problems` and stands as an anything, so one slip is one error.
"""

from collections.abc import Mapping
from typing import assert_never

from attrs import define, evolve, field

from ..core.nodes import Apply, Clause, Collect, Const, Events, Expr, Fold, Get, If, Is, Let, Lookup, Make, Pattern, Var
from ..core.patterns import fault_of
from ..core.spec import Field, Record
from ..core.types import (
    ABSENT,
    ANY,
    BOOL,
    DATE,
    DATETIME,
    DECIMAL,
    DURATION,
    INT,
    JSON,
    MONEY,
    TEXT,
    TIME,
    AbsentType,
    AnyType,
    EnumType,
    EventType,
    ListType,
    MapType,
    Optional,
    Prim,
    RecordType,
    Ref,
    ToolSet,
    TupleType,
    Type,
    comparable,
    fits,
    is_number,
    is_text,
    join,
    optional,
    strip,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors
from .builtins import BUILTINS
from .environment import Environment, tools_named
from .moments import TEMPORAL, applied, instant, member, same_moments
from .scope import Scope, variable

ORDER_OPS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
LITERALS = {
    "int": INT,
    "decimal": DECIMAL,
    "money": MONEY,
    "duration": DURATION,
    "datetime": DATETIME,
    "date": DATE,
    "time": TIME,
}
Facts = Mapping[ast.Expr, Type]
TELLABLE = (ast.Name, ast.It, ast.FieldOf, ast.IndexOf, ast.CallOf)
PAST = "the past"
FIXED = frozenset({"absent", "true", "false", "clock", "stated"})


@define
class Expressions:
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

    # --- the walk

    def check(self, expr: ast.Expr, scope: Scope, wanted: Type | None = None) -> Expr:
        """The core of an expression, its type narrowed by what tests have told."""
        found = self._check(expr, scope, wanted)
        if scope.told and isinstance(expr, TELLABLE):
            told = scope.told.get(expr)
            if told is not None and not isinstance(found.type, AnyType):
                found = evolve(found, type=told)
        self._found[id(expr), id(scope)] = (expr, scope, found)
        return found

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
                return self.wrong(errors.may_be_absent(absent.type, absent.span), expr.span)
            return self.wrong(errors.wrong_type(what, f"`{wanted}`", found.type, expr.span), expr.span)
        return found

    def condition(self, expr: ast.Expr, scope: Scope, what: str = "a condition") -> Expr:
        return self.want(expr, scope, BOOL, what)

    def _check(self, expr: ast.Expr, scope: Scope, wanted: Type | None) -> Expr:
        match expr:
            case ast.Name():
                return self._name(expr, scope, wanted)
            case ast.It(span):
                return (
                    scope.it
                    if scope.it is not None
                    else self.wrong(errors.not_allowed("`it`", "outside `where` and its like", span), span)
                )
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

    def _tuple(self, expr: ast.TupleExpr, scope: Scope, wanted: Type | None) -> Expr:
        items, span = expr.items, expr.span
        parts = (
            wanted.items if isinstance(wanted, TupleType) and len(wanted.items) == len(items) else (None,) * len(items)
        )
        made = tuple(self.check(i, scope, w) for i, w in zip(items, parts, strict=True))
        return Make("tuple", (), made, TupleType(tuple(m.type for m in made)), span)

    def _negative(self, expr: ast.Negative, scope: Scope, wanted: Type | None) -> Expr:
        item, span = expr.item, expr.span
        found = self.check(item, scope, wanted)
        if not (is_number(found.type) or found.type == DURATION):
            return self.wrong(errors.wrong_type("what `-` turns round", "a number", found.type, item.span), span)
        return Apply("negate", (found,), found.type, span)

    def _labelled(self, expr: ast.LabelledOf, scope: Scope) -> Expr:
        which, parts, span = expr.which, expr.parts, expr.span
        self.distinct_labels([word for word, _ in parts])
        chain = ast.Chain("or" if which == "any" else "and", tuple(p for _, p in parts), span)
        return self._chain(chain, scope)

    def _literal_type(self, kind: str, wanted: Type | None) -> Type:
        goal = strip(wanted) if wanted is not None else None
        return goal if kind in ("int", "decimal") and goal in (MONEY, DECIMAL) and goal is not None else LITERALS[kind]

    # --- names

    def _name(self, expr: ast.Name, scope: Scope, wanted: Type | None) -> Expr:
        name, span = expr.name, expr.span
        enum = self._wanted_enum(wanted)
        if name in scope.names:
            if enum is not None and name in self.env.enums[enum].values and scope.names[name].type != EnumType(enum):
                self.report(errors.ambiguous_value(name, enum, span))
            return evolve(scope.names[name], span=span)
        if enum is not None and name in self.env.enums[enum].values:
            return Const(self.env.enums[enum].values[name], EnumType(enum), span)
        found = self._global(name, span)
        if found is not None:
            return found
        if enum is not None:
            return self.wrong(
                errors.unknown_value(
                    enum, name, span, [*self.env.enums[enum].values, *scope.names], self._fields_of_it(scope)
                ),
                span,
            )
        homes = [e for e in self.env.enums.values() if name in e.values]
        if len(homes) == 1:
            return Const(homes[0].values[name], EnumType(homes[0].name), span)
        if homes:
            return self.wrong(errors.which_enum(name, [e.name for e in homes], span), span)
        known = [
            *scope.names,
            *self.env.tables,
            *self.env.states,
            *self.env.functions,
            *(v for e in self.env.enums.values() for v in e.values),
        ]
        return self.wrong(errors.unknown_name("name", name, span, known, self._fields_of_it(scope)), span)

    def _fields_of_it(self, scope: Scope) -> tuple[str, ...]:
        """The fields of the item at hand."""
        kind = strip(scope.it.type) if scope.it is not None else None
        record = self.env.records.get(kind.name) if isinstance(kind, RecordType) else None
        return tuple(record.fields) if record is not None else ()

    def _wanted_enum(self, wanted: Type | None) -> str | None:
        goal = strip(wanted) if wanted is not None else None
        return goal.name if isinstance(goal, EnumType) and goal.name in self.env.enums else None

    def _global(self, name: str, span: Span) -> Expr | None:
        env = self.env
        if name in self.holes:
            return evolve(self.holes[name], span=span)
        if name == "absent":
            return Const(None, ABSENT, span)
        if name in ("true", "false"):
            return Const(name == "true", BOOL, span)
        if name == "clock" and env.clock is not None:
            return Const(env.clock, DATETIME, span, now=True)
        if name in env.tables:
            return Var(f"table.{name}", ListType(RecordType(env.tables[name].record)), span)
        if name in env.states:
            return Var(f"state.{name}", env.states[name].type, span)
        if name in env.functions and not env.functions[name].params:
            self.uses.add(name)
            return Apply(f"define:{name}", (), env.functions[name].returns, span)
        if name in env.enums:
            values = list(env.enums[name].values.values())
            return Const(values, ListType(EnumType(name)), span)
        if name in env.tools or name in env.toolsets:
            tools = frozenset({name}) if name in env.tools else env.toolsets[name]
            return Const(None, ToolSet(tools), span)
        return None

    # --- making values

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

    def distinct_labels(self, words: list[ast.Word]) -> None:
        """Labels name verdicts and reasons: each is used once."""
        first: dict[str, Span] = {}
        for word in words:
            if word.text in first:
                self.report(errors.label_taken(word.text, word.span, first[word.text]))
            first.setdefault(word.text, word.span)

    def named(self, scope: Scope, word: ast.Word, expr: Expr) -> Scope:
        """A scope with one more name; a name that is already there is a mistake."""
        if word.text in scope.names:
            self.report(errors.name_taken(word.text, word.span, scope.places.get(word.text, word.span)))
        elif word.text in FIXED:
            self.report(errors.built_in(word.text, word.span))
        return scope.bind(word.text, expr, word.span)

    def bind_items(
        self, names: tuple[ast.Word, ...], item: Type, scope: Scope, span: Span
    ) -> tuple[Scope, tuple[str, ...]]:
        """Names for an item, or for the parts of a tuple."""
        parts: tuple[Type, ...] = (item,)
        if len(names) > 1:
            if isinstance(item, TupleType):
                parts = item.items
            elif not isinstance(item, AnyType):
                parts = (ANY,)
            if len(parts) != len(names):
                if not isinstance(item, AnyType):
                    self.report(errors.wrong_number_of_names(len(parts), len(names), span))
                parts = (ANY,) * len(names)
        made = []
        for word, kind in zip(names, parts, strict=True):
            var = variable(scope, word.text, kind, word.span)
            scope = self.named(scope, word, var)
            made.append(var.name)
        return scope, tuple(made)

    def item_of(self, found: Expr, span: Span) -> Type:
        match found.type:
            case ListType(item):
                return item
            case AnyType():
                return ANY
            case Optional():
                self.report(errors.may_be_absent(found.type, span))
            case MapType():
                self.report(
                    Diagnostic(
                        "wrong-type",
                        "a map is gone through by `keys(…)` or `values(…)`",
                        (Label(span, f"of type `{found.type}`"),),
                    )
                )
            case _:
                self.report(errors.not_a_list(found.type, span))
        return ANY

    # --- reaching into values

    def _field(self, expr: ast.FieldOf, scope: Scope) -> Expr:
        if isinstance(expr.target, ast.Name) and expr.target.name == "stated" and "stated" not in scope.names:
            return self._stated(expr)
        target = self.check(expr.target, scope)
        kind, safe = target.type, expr.safe
        if isinstance(kind, Optional) and not safe:
            return self.wrong(errors.may_be_absent(kind, expr.target.span), expr.span)
        if isinstance(strip(kind), ListType) and not isinstance(kind, Optional):
            item = kind.item if isinstance(kind, ListType) else ANY
            found = self._field_type(item, expr.name, scope)
            return Get(target, expr.name.text, ListType(found), True, expr.span)
        found = self._field_type(strip(kind), expr.name, scope)
        return Get(target, expr.name.text, optional(found) if isinstance(kind, Optional) else found, False, expr.span)

    def _stated(self, expr: ast.FieldOf) -> Expr:
        fact = self.env.facts.get(expr.name.text)
        if fact is None:
            return self.wrong(errors.unknown_name("fact", expr.name.text, expr.name.span, self.env.facts), expr.span)
        self.uses.add(f"stated.{fact.name}")
        return Apply(f"define:stated.{fact.name}", (), fact.returns, expr.span)

    def _field_type(self, kind: Type, name: ast.Word, scope: Scope) -> Type:
        match kind:
            case RecordType(record, case):
                return self._record_field(self.env.records[record], case, name)
            case EventType():
                return self._event_field(kind, name)
            case AnyType():
                return ANY
            case Prim("json"):
                return optional(JSON)
            case Ref(table) if table in self.env.tables:
                self.report(errors.field_of_key(table, name.text, name.span))
                return ANY
        self.report(errors.unknown_field(f"`{kind}`", name.text, name.span, ()))
        return ANY

    def _record_field(self, record: Record, case: str | None, name: ast.Word) -> Type:
        fields = self.fields_of(record, case)
        if name.text in fields:
            return fields[name.text].type
        if record.tag == name.text:
            return TEXT
        owner = f"`{record.name}`" if case is None else f"`{case}`"
        cases = [c.name for c in record.cases.values() if name.text in c.fields]
        problem = errors.unknown_field(owner, name.text, name.span, fields)
        if cases and case is None:
            have = "have" if len(cases) > 1 else "has"
            listed = " and ".join(f"`{c}`" for c in cases)
            problem = evolve(
                problem,
                message=f"only {listed} of `{record.name}` {have} a field `{name.text}`",
                help=(f"test for it first: `… is {cases[0]}`",),
            )
        self.report(problem)
        return ANY

    def fields_of(self, record: Record, case: str | None) -> dict[str, Field]:
        """The fields that are surely there: a case's own, or those that all cases share."""
        if case is not None:
            return record.cases[case].fields
        if not record.cases:
            return record.fields
        first, *rest = record.cases.values()
        return {
            n: f for n, f in first.fields.items() if all(n in c.fields and c.fields[n].type == f.type for c in rest)
        }

    def _event_field(self, kind: EventType, name: ast.Word) -> Type:
        every: dict[str, dict[str, Type]] = {
            "message": {"text": TEXT, "role": TEXT},
            "step": {"text": optional(TEXT), "role": TEXT, "calls": ListType(EventType("call"))},
            "call": {"tool": TEXT, "role": TEXT, "error": optional(TEXT), "arguments": JSON},
        }
        common = every[kind.kind]
        if kind.kind != "call":
            if name.text not in common:
                self.report(errors.unknown_field(f"a {kind.kind}", name.text, name.span, common))
            return common.get(name.text, ANY)
        signatures = [self.env.tools[t] for t in kind.tools or self.env.tools if t in self.env.tools]
        if name.text == "result":
            return self._joined([s.returns for s in signatures]) or JSON
        found = [next((p.type for p in s.params if p.name == name.text), None) for s in signatures]
        if found and None not in found:
            return self._joined([f for f in found if f is not None]) or JSON
        if name.text in common:
            return common[name.text]
        if any(found):
            self.report(
                errors.not_in_all(
                    name.text, [s.name for s, f in zip(signatures, found, strict=True) if f is None], name.span
                )
            )
        else:
            known = {p.name for s in signatures for p in s.params} | set(common) | {"result"}
            self.report(errors.unknown_field("this call", name.text, name.span, known))
        return ANY

    def _joined(self, kinds: list[Type]) -> Type | None:
        result = kinds[0] if kinds else None
        for kind in kinds[1:]:
            result = join(result, kind) if result is not None else None
        return result

    def _index(self, expr: ast.IndexOf, scope: Scope) -> Expr:
        target = self.check(expr.target, scope)
        match target.type:
            case ListType(RecordType()) if isinstance(target, Var) and target.name.startswith("table."):
                table = target.name.removeprefix("table.")
                key = self._key(expr.key, scope, Ref(table), f"a key of `{table}`")
                return Lookup(target, key, optional(target.type.item), expr.span)
            case MapType(key_type, value):
                key = self._key(expr.key, scope, key_type, "a key of this map")
                return Lookup(target, key, optional(value), expr.span)
            case ListType(item):
                return Lookup(target, self.want(expr.key, scope, INT, "a position"), optional(item), expr.span)
            case Optional(MapType(key_type, value)):
                key = self._key(expr.key, scope, key_type, "a key of this map")
                return Lookup(target, key, optional(value), expr.span)
            case Optional(ListType(item)):
                return Lookup(target, self.want(expr.key, scope, INT, "a position"), optional(item), expr.span)
            case AnyType():
                self.check(expr.key, scope)
                return self.untyped(expr.span)
        return self.wrong(
            errors.wrong_type("what is looked into", "a table, a map or a list", target.type, expr.target.span),
            expr.span,
        )

    def _key(self, expr: ast.Expr, scope: Scope, wanted: Type, what: str) -> Expr:
        """A key may be absent: then so is what it leads to."""
        found = self.check(expr, scope, wanted)
        if not fits(strip(found.type), wanted):
            return self.wrong(errors.wrong_type(what, f"`{wanted}`", found.type, expr.span), expr.span)
        return found

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
        return self.wrong(errors.unknown_name("function", name, expr.name.span, known), expr.span)

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
                self.report(errors.unknown_field(f"`{expr.name.text}`", arg.label.text, arg.label.span, fields))
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
                    errors.unknown_argument(name.text, label, where, [p for p, _ in params])
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
            return self.wrong(
                errors.wrong_count(name, _counted(builtin.low), len(expr.args), expr.name.span), expr.span
            )
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
            return self.wrong(errors.bad_argument(name, result, expr.args[0].span), expr.span)
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

    # --- logic

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
                return self.wrong(errors.not_comparable(a.type, b.type, expr.left.span, expr.right.span), expr.span)
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
            return self.wrong(errors.not_ordered(a.type, b.type, expr.span), expr.span)
        return Apply(ORDER_OPS[expr.op], (instant(a), instant(b)), BOOL, expr.span)

    def _among_values(self, kind: Type, other: Expr) -> None:
        """A text that an enum is compared with must be what one of its values is called on the wire."""
        if not isinstance(kind, EnumType) or not isinstance(other, Const):
            return
        wires = list(self.env.enums[kind.name].values.values())
        for value in other.value if isinstance(other.value, list) else [other.value]:
            if isinstance(value, str) and value not in wires:
                self.report(errors.unknown_value(kind.name, value, other.span, wires))

    def _among_tools(self, side: Expr, other: Expr) -> None:
        """A text that a call's tool is compared with must be the name of a tool."""
        if not (isinstance(side, Get) and side.name == "tool" and isinstance(side.target.type, EventType)):
            return
        for name in other.value if isinstance(other, Const) and isinstance(other.value, list) else [other]:
            text = name.value if isinstance(name, Const) else name
            if isinstance(text, str) and text not in self.env.tools:
                self.report(errors.unknown_tool(text, other.span, self.env.tools))

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
                return self.wrong(errors.unknown_value(record.name, test, expr.test.span, record.cases), expr.span)
            found = Is(target, record.cases[test].wire, record.tag, BOOL, expr.span)
        else:
            return self.wrong(
                errors.wrong_type("what is tested with `is`", "optional or a variant", target.type, expr.target.span),
                expr.span,
            )
        return Apply("not", (found,), BOOL, expr.span) if expr.negated else found

    def _told_present(self, expr: ast.Expr, scope: Scope) -> bool:
        return expr in scope.told

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
                kind = EventType("call", None, known) if len(self.problems) == before else ANY
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
                self.report(errors.unknown_name("tool argument", word.text, word.span, known))
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


def _counted(n: int) -> str:
    return f"{n} argument{'s' if n != 1 else ''}"


def _absent_branch(expr: Expr) -> Expr:
    """Of a choice, the branch that may be absent, if it is one of them alone."""
    while isinstance(expr, If) and isinstance(expr.then.type, Optional) != isinstance(expr.other.type, Optional):
        expr = expr.then if isinstance(expr.then.type, Optional) else expr.other
    return expr
