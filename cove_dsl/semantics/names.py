"""Names, what they stand for, and what is reached from there: fields, keys, items."""

from attrs import define, evolve

from ..core.nodes import Apply, Const, Expr, Get, Lookup, Var
from ..core.spec import Field, Record
from ..core.types import (
    ABSENT,
    ANY,
    BOOL,
    DATETIME,
    INT,
    JSON,
    TEXT,
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
    fits,
    join,
    optional,
    strip,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, hints, misnamed
from .checking import Checking
from .scope import Scope, variable

LIMIT = "at_most"  # the label of limits: a call that the tool refuses does not break them
FIXED = frozenset({"absent", "true", "false", "clock", "stated"})


@define
class Names(Checking):
    """Resolves names, binds new ones, and reaches into values."""

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
                misnamed.unknown_value(
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
        problem = misnamed.unknown_value_name(name, span, known, self._fields_of_it(scope))
        return self.wrong(self._explained(problem, name, scope), span)

    def _explained(self, problem: Diagnostic, name: str, scope: Scope) -> Diagnostic:
        """With what the name stands for elsewhere, rather than names that look like it."""
        parameters = {t: [p.name for p in tool.params] for t, tool in self.env.tools.items()}
        meant = hints.without_clock(name) or hints.of_the_call(name, scope.names, parameters)
        return evolve(problem, help=meant) if meant else problem

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

    # --- new names

    def distinct_labels(self, words: list[ast.Word]) -> None:
        """Labels name verdicts and reasons: each is used once, and that of limits is theirs alone."""
        first: dict[str, Span] = {}
        for word in words:
            if word.text == LIMIT:
                self.report(errors.built_in(word.text, word.span))
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
            problem = errors.may_be_absent(kind, expr.target.span)
            return self.wrong(hints.helped(problem, *hints.for_result(target)), expr.span)
        if isinstance(strip(kind), ListType) and not isinstance(kind, Optional):
            item = kind.item if isinstance(kind, ListType) else ANY
            found = self._field_type(item, expr.name, scope)
            return Get(target, expr.name.text, ListType(found), True, expr.span)
        found = self._field_type(strip(kind), expr.name, scope)
        return Get(target, expr.name.text, optional(found) if isinstance(kind, Optional) else found, False, expr.span)

    def _stated(self, expr: ast.FieldOf) -> Expr:
        fact = self.env.facts.get(expr.name.text)
        if fact is None:
            return self.wrong(misnamed.unknown_name("fact", expr.name.text, expr.name.span, self.env.facts), expr.span)
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
        self.report(misnamed.unknown_field(f"`{kind}`", name.text, name.span, ()))
        return ANY

    def _record_field(self, record: Record, case: str | None, name: ast.Word) -> Type:
        fields = self.fields_of(record, case)
        if name.text in fields:
            return fields[name.text].type
        if record.tag == name.text:
            return TEXT
        owner = f"`{record.name}`" if case is None else f"`{case}`"
        cases = [c.name for c in record.cases.values() if name.text in c.fields]
        problem = misnamed.unknown_field(owner, name.text, name.span, fields)
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
                self.report(misnamed.unknown_field(f"a {kind.kind}", name.text, name.span, common))
            return common.get(name.text, ANY)
        signatures = [self.env.tools[t] for t in kind.tools or self.env.tools if t in self.env.tools]
        if name.text == "result":
            given = self._joined([s.returns for s in signatures]) or JSON
            return given if kind.ok else optional(given)
        found = [next((p.type for p in s.params if p.name == name.text), None) for s in signatures]
        if found and None not in found:
            return self._joined([f for f in found if f is not None]) or JSON
        if name.text in common:
            return common[name.text]
        having = [t.name for t in self.env.tools.values() if any(p.name == name.text for p in t.params)]
        meant = [s.name for s in signatures]
        if any(found):
            self.report(misnamed.not_in_all(name.text, meant, having, name.span))
        else:
            known = {p.name for s in signatures for p in s.params} | set(common) | {"result"}
            problem = misnamed.unknown_field("this call", name.text, name.span, known)
            shared = [
                p.name for p in (signatures[0].params if signatures else ())
                if all(any(q.name == p.name for q in s.params) for s in signatures)
            ]  # fmt: skip
            self.report(misnamed.of_no_call(problem, name.text, meant, shared, having))
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
