"""First pass: what is declared, with its type, before any body is read.

Enters: every declaration of a specification, modules included. Leaves: an `Environment` of signatures and the problems
found. Its `key` changes only when a signature does, so bodies that did not change need not be checked again.
"""

import hashlib
from typing import Literal

from attrs import define, field, frozen

from ..core.nodes import Const, Expr, Param
from ..core.spec import Case, Enum, Field, Record, State, Table
from ..core.types import (
    ANY,
    PRIMS,
    TEXT,
    EnumType,
    ListType,
    MapType,
    Optional,
    RecordType,
    Ref,
    ToolSet,
    TupleType,
    Type,
    is_text,
    optional,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, hints, misnamed
from .builtins import BUILTINS

# Words that mean something of their own wherever a name may stand.
RESERVED = frozenset(
    {"absent", "present", "true", "false", "clock", "stated", "writes", "call", "message", "step", "error", "result"}
    | {"tools", "list", "map", "ref", "it"}
)
# No expression calls a table or a state, so these may be named like a built-in function. A tool was named by others.
OWN_WORDS = RESERVED | frozenset(PRIMS)
TOOL_WORDS = frozenset({"writes"})


@frozen
class Signature:
    """A function, fact or tool as callers see it."""

    name: str
    params: tuple[Param, ...]
    returns: Type
    kind: Literal["define", "lookup", "recogniser", "fact", "tool"]
    write: bool = False
    requestor: Literal["agent", "user"] = "agent"
    modelled: bool = True
    span: Span = field(default=Span("", 0, 0), eq=False, repr=False)


@define
class Environment:
    """Names of the top level. Filled by `collect`, read-only afterwards."""

    enums: dict[str, Enum] = field(factory=dict)
    records: dict[str, Record] = field(factory=dict)
    tables: dict[str, Table] = field(factory=dict)
    states: dict[str, State] = field(factory=dict)
    functions: dict[str, Signature] = field(factory=dict)
    facts: dict[str, Signature] = field(factory=dict)
    tools: dict[str, Signature] = field(factory=dict)
    toolsets: dict[str, frozenset[str]] = field(factory=dict)
    effects: dict[str, ast.EffectDecl] = field(factory=dict)
    rules: dict[str, Span] = field(factory=dict)
    exceptions: dict[str, str] = field(factory=dict)
    triggers: dict[str, ast.Trigger | None] = field(factory=dict)
    scenarios: dict[str, Span] = field(factory=dict)
    fixtures: dict[str, Span] = field(factory=dict)
    cases: dict[str, tuple[str, ...]] = field(factory=dict)
    places: dict[str, Span] = field(factory=dict)
    conditions: dict[tuple[str, str | None, str], ast.Expr] = field(factory=dict)
    clock: str | None = None
    missing: set[str] = field(factory=set)
    problems: list[Diagnostic] = field(factory=list)

    @property
    def key(self) -> str:
        """A name for all signatures together."""
        parts = (
            self.enums,
            self.records,
            self.tables,
            self.states,
            self.functions,
            self.facts,
            self.tools,
            self.toolsets,
            [(e, e.span.piece) for e in self.effects.values()],
            sorted(self.rules),
            self.exceptions,
            self.triggers,
            sorted(self.scenarios),
            sorted(self.fixtures),
            self.clock,
        )
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def claim(self, name: ast.Word, taken: frozenset[str] = OWN_WORDS | frozenset(BUILTINS)) -> bool:
        """Takes a top-level name, or reports that it is `taken`."""
        if name.text in self.places:
            self.problems.append(errors.name_taken(name.text, name.span, self.places[name.text]))
            self.missing.add(name.text)
            return False
        if name.text in taken:
            self.problems.append(errors.built_in(name.text, name.span))
            return False
        self.places[name.text] = name.span
        return True

    def resolve_type(self, expr: ast.TypeExpr) -> Type:
        """The type an author wrote; unknown names are reported and stand for anything."""
        match expr:
            case ast.NamedType(name):
                return self._named_type(name)
            case ast.ListOf(item):
                return ListType(self.resolve_type(item))
            case ast.MapOf(key, value):
                return MapType(self.resolve_type(key), self.resolve_type(value))
            case ast.OptionalOf(item):
                return optional(self.resolve_type(item))
            case ast.TupleOf(items):
                return TupleType(tuple(map(self.resolve_type, items)))
            case ast.RefTo(path):
                return self._ref(path)

    def _named_type(self, name: ast.Word) -> Type:
        if name.text in PRIMS:
            return PRIMS[name.text]
        if name.text in self.enums:
            return EnumType(name.text)
        if name.text in self.records:
            return RecordType(name.text)
        if name.text == "tools":
            return ToolSet(frozenset())
        if name.text in ("message", "call", "step"):
            from ..core.types import EventType

            return EventType(name.text)  # type: ignore[arg-type]
        known = [*PRIMS, *self.enums, *self.records, "list", "map", "ref"]
        problem = misnamed.unknown_type(name.text, name.span, known)
        there = () if problem.help else misnamed.listed("types are", [*self.records, *self.enums, *PRIMS])
        self.problems.append(hints.helped(problem, *there))
        return ANY

    def _ref(self, path: tuple[ast.Word, ...]) -> Type:
        head = path[0]
        if head.text not in self.tables:
            self.problems.append(misnamed.unknown_name("table", head.text, head.span, self.tables))
            return ANY
        record = self.records.get(self.tables[head.text].record)
        for step in path[1:]:
            found = record.fields.get(step.text) if record else None
            if record is not None and (found is None or not isinstance(found.type, MapType)):
                missing = misnamed.unknown_field(f"`{record.name}`", step.text, step.span, record.fields)
                self.problems.append(errors.no_map(record.name, step.text, step.span) if found else missing)
                return ANY
            value = found.type.value if found and isinstance(found.type, MapType) else None
            record = self.records.get(value.name) if isinstance(value, RecordType) else None
        return Ref(".".join(w.text for w in path))


@frozen
class Entry:
    """A declaration as it stands in the specification: `holes` are a module's parameters, filled in by its `use`."""

    node: ast.Declaration
    holes: dict[str, Expr] = field(factory=dict, eq=False)


def collect(entries: list[Entry]) -> Environment:
    """Signatures of everything declared. Order in the text does not matter."""
    env = Environment()
    nodes = [e.node for e in entries]
    _names(env, nodes)
    _record_fields(env, nodes)
    _states(env, nodes)
    _functions(env, entries)
    _toolsets(env, entries)
    return env


def _names(env: Environment, nodes: list[ast.Declaration]) -> None:
    """Types by name first, so that fields may mention them in any order."""
    for node in nodes:
        match node:
            case ast.EnumDecl(name, values) if env.claim(name):
                env.enums[name.text] = Enum(
                    name.text, {w.text: wire if wire is not None else w.text for w, wire in values}, name.span
                )
                _repeated(env, [w for w, _ in values])
                _same_wire(env, [(w, wire if wire is not None else w.text) for w, wire in values])
            case ast.RecordDecl(name) if env.claim(name):
                env.records[name.text] = Record(name.text, node.doc or "", {}, span=name.span)
            case ast.VariantDecl(name, tag) if env.claim(name):
                env.records[name.text] = Record(name.text, node.doc or "", {}, tag.text, {}, name.span)
            case ast.TableDecl(name, record, key) if env.claim(name, OWN_WORDS):
                place = tuple(w.text for w in node.stored)
                env.tables[name.text] = Table(name.text, record.text, key.text, node.as_list, place, name.span)
            case ast.Clock(value):
                if env.clock is not None:
                    env.problems.append(
                        Diagnostic("name-taken", "the clock is set twice", (Label(node.span, "again"),))
                    )
                env.clock = value if "T" in value else f"{value}T00:00:00"  # a day alone is where it begins


def _same_wire(env: Environment, values: list[tuple[ast.Word, str]]) -> None:
    """Two values, or cases, that would be read as the same text."""
    first: dict[str, ast.Word] = {}
    for word, wire in values:
        other = first.setdefault(wire, word)
        if other.text != word.text:
            labels = (Label(word.span, "written alike"), Label(other.span, "first here", primary=False))
            message = f"`{word.text}` and `{other.text}` are both written `{wire}`"
            env.problems.append(Diagnostic("name-taken", message, labels))


def _repeated(env: Environment, words: list[ast.Word]) -> None:
    seen: dict[str, Span] = {}
    for word in words:
        if word.text in seen:
            env.problems.append(errors.name_taken(word.text, word.span, seen[word.text]))
        seen.setdefault(word.text, word.span)


def _on_wire(case: ast.CaseDecl) -> str:
    """The value of the tag field for a case; an empty text is one too."""
    return case.name.text if case.wire is None else case.wire


def _record_fields(env: Environment, nodes: list[ast.Declaration]) -> None:
    # maps of a record must be known before `ref table.field` can be resolved: two rounds, the first in silence
    for last in (False, True):
        before = list(env.problems)
        for node in nodes:
            match node:
                case ast.RecordDecl(name, _, fields) if name.text in env.records:
                    env.records[name.text].fields.update(_fields(env, name.text, None, fields))
                case ast.VariantDecl(name, _, _, cases) if name.text in env.records:
                    for case in cases:
                        made = Case(
                            case.name.text,
                            _on_wire(case),
                            _fields(env, name.text, case.name.text, case.fields),
                            case.span,
                        )
                        env.records[name.text].cases[case.name.text] = made
                        homes = env.cases.get(case.name.text, ())
                        env.cases[case.name.text] = tuple(dict.fromkeys((*homes, name.text)))
                    _repeated(env, [case.name for case in cases])
                    _same_wire(env, [(case.name, _on_wire(case)) for case in cases])
        if not last:
            env.problems[:] = before
    _check_tables(env, nodes)
    _key_types(env)
    _endless(env)


def _endless(env: Environment) -> None:
    """Records that hold themselves: no value of one would ever end."""
    inside = {
        r.name: {n for f in (*r.fields.values(), *(f for c in r.cases.values() for f in c.fields.values()))
                 for n in _records_in(f.type)}
        for r in env.records.values()
    }  # fmt: skip
    for name, reached in inside.items():
        while grown := set().union(*(inside.get(n, set()) for n in reached)) - reached:
            reached |= grown
        if name in reached:
            env.problems.append(errors.holds_itself(name, env.records[name].span))
            return


def _records_in(t: Type) -> set[str]:
    match t:
        case RecordType(name):
            return {name}
        case ListType(item) | Optional(item):
            return _records_in(item)
        case MapType(_, value):
            return _records_in(value)
        case TupleType(items):
            return set().union(*map(_records_in, items))
    return set()


def _fields(env: Environment, record: str, case: str | None, fields: tuple[ast.FieldDecl, ...]) -> dict[str, Field]:
    _repeated(env, [f.name for f in fields])
    for f in fields:
        if f.where is not None:
            env.conditions[record, case, f.name.text] = f.where
    return {f.name.text: Field(f.name.text, env.resolve_type(f.type), f.doc or "", None, f.name.span) for f in fields}


def _check_tables(env: Environment, nodes: list[ast.Declaration]) -> None:
    for node in nodes:
        if isinstance(node, ast.TableDecl) and node.name.text in env.tables:
            record = env.records.get(node.record.text)
            if record is None:
                env.problems.append(misnamed.unknown_name("record", node.record.text, node.record.span, env.records))
                env.missing.add(node.name.text)
                del env.tables[node.name.text]
            elif node.key.text not in record.fields:
                env.problems.append(
                    misnamed.unknown_field(f"`{record.name}`", node.key.text, node.key.span, record.fields)
                )
            elif not is_text(record.fields[node.key.text].type):
                kind = record.fields[node.key.text].type
                env.problems.append(errors.wrong_type("a key", "text or `id`", kind, node.key.span))


def _key_types(env: Environment) -> None:
    """The key field of a table's record, and of the records in a map that refs point into, *is* such a key."""
    import attrs

    for table in env.tables.values():
        record = env.records[table.record]
        if table.key in record.fields:
            record.fields[table.key] = attrs.evolve(record.fields[table.key], type=Ref(table.name))
    for table in env.tables.values():
        for f in list(env.records[table.record].fields.values()):
            _key_of_map(env, table.name, f)


def _key_of_map(env: Environment, table: str, f: Field) -> None:
    """`ref table.field` names the entries of a map field: its key type, and the entry's own key field, follow."""
    import attrs

    if not (isinstance(f.type, MapType) and isinstance(f.type.value, RecordType)):
        return
    path = f"{table}.{f.name}"
    used = any(_mentions(x.type, Ref(path)) for r in env.records.values() for x in r.fields.values())
    if used:
        env.records[env.tables[table].record].fields[f.name] = attrs.evolve(f, type=MapType(Ref(path), f.type.value))
        inner = env.records[f.type.value.name]
        for name, x in inner.fields.items():
            if x.type == PRIMS["id"]:
                inner.fields[name] = attrs.evolve(x, type=Ref(path))
                break


def _mentions(t: Type, ref: Ref) -> bool:
    match t:
        case ListType(item) | Optional(item):
            return _mentions(item, ref)
        case MapType(key, value):
            return _mentions(key, ref) or _mentions(value, ref)
    return t == ref


def _states(env: Environment, nodes: list[ast.Declaration]) -> None:
    for node in nodes:
        if isinstance(node, ast.StateDecl) and env.claim(node.name, OWN_WORDS):
            place = tuple(w.text for w in node.stored)
            env.states[node.name.text] = State(
                node.name.text, env.resolve_type(node.type), node.of_user, place, node.name.span
            )
    _places(env)


def _places(env: Environment) -> None:
    """No two things stand at one place of the state, and none inside another."""
    taken: dict[tuple[str, ...], Span] = {}
    things: list[Table | State] = [*env.tables.values(), *env.states.values()]
    for thing in things:
        place = thing.place or (thing.name,)
        for other, span in taken.items():
            shorter = min(len(place), len(other))
            if place[:shorter] == other[:shorter]:
                env.problems.append(errors.place_taken(".".join(place), thing.span, span))
        taken[place] = thing.span


def params_of(env: Environment, params: tuple[ast.ParamDecl, ...]) -> tuple[Param, ...]:
    _repeated(env, [p.name for p in params])
    return tuple(Param(p.name.text, env.resolve_type(p.type), p.doc or "") for p in params)


def _functions(env: Environment, entries: list[Entry]) -> None:
    for entry in entries:
        node = entry.node
        match node:
            case ast.DefineDecl(name, params, returns):
                if env.claim(name):
                    result = env.resolve_type(returns) if returns else None
                    if result is None:
                        env.problems.append(
                            Diagnostic(
                                "missing-type",
                                f"`{name.text}` needs a type: `define {name.text}(…) -> type = …`",
                                (Label(name.span),),
                            )
                        )
                    env.functions[name.text] = Signature(
                        name.text, params_of(env, params), result or ANY, "define", span=name.span
                    )
            case ast.LookupDecl(name, params, returns) if env.claim(name):
                env.functions[name.text] = Signature(
                    name.text, params_of(env, params), env.resolve_type(returns), "lookup", span=name.span
                )
            case ast.RecogniserDecl(name, params, returns) if env.claim(name):
                env.functions[name.text] = Signature(
                    name.text, params_of(env, params), env.resolve_type(returns), "recogniser", span=name.span
                )
            case ast.FactDecl(name) if name.text in env.facts:
                env.problems.append(errors.name_taken(name.text, name.span, env.facts[name.text].span))
            case ast.FactDecl(name, kind):
                env.facts[name.text] = Signature(name.text, (), env.resolve_type(kind), "fact", span=name.span)
            case ast.EffectDecl(name) if env.claim(name):
                env.effects[name.text] = node
            case ast.ToolDecl(name, kind, of_user, params, returns) if env.claim(name, TOOL_WORDS):
                env.tools[name.text] = Signature(
                    name.text,
                    params_of(env, params),
                    env.resolve_type(returns) if returns else TEXT,
                    "tool",
                    kind == "write",
                    "user" if of_user else "agent",
                    node.body is not None,
                    name.span,
                )
            case ast.RuleDecl(name) if env.claim(name):
                env.rules[name.text], env.triggers[name.text] = name.span, node.trigger
            case ast.ExceptionDecl(name) if env.claim(name):
                env.exceptions[name.text], env.triggers[name.text] = node.to.text, node.trigger
            case ast.ScenarioDecl(name) if env.claim(name):
                env.scenarios[name.text] = name.span
            case ast.BlockDecl("fixture", name) if name is not None and env.claim(name):
                env.fixtures[name.text] = name.span


def _toolsets(env: Environment, entries: list[Entry]) -> None:
    env.toolsets["writes"] = frozenset(n for n, t in env.tools.items() if t.write)
    pending = [e for e in entries if isinstance(e.node, ast.ToolsDecl)]
    for _ in range(len(pending) + 1):
        for entry in list(pending):
            node = entry.node
            assert isinstance(node, ast.ToolsDecl)
            if all(w.text in env.tools or w.text in env.toolsets for w in node.tools.names):
                if env.claim(node.name):
                    env.toolsets[node.name.text] = tools_named(env, node.tools, {})
                pending.remove(entry)
    for entry in pending:
        assert isinstance(entry.node, ast.ToolsDecl)
        env.toolsets[entry.node.name.text] = tools_named(env, entry.node.tools, {})


def tools_named(env: Environment, names: ast.ToolNames, holes: dict[str, Expr]) -> frozenset[str]:
    """The tools that a list of tool names and sets stands for."""
    found: set[str] = set()
    for word in names.names:
        hole = holes.get(word.text)
        if isinstance(hole, Const) and isinstance(hole.type, ToolSet):
            found |= hole.type.tools
        elif word.text in env.tools:
            found.add(word.text)
        elif word.text in env.toolsets:
            found |= env.toolsets[word.text]
        else:
            env.problems.append(misnamed.unknown_tool(word.text, word.span, [*env.tools, *env.toolsets, *holes]))
    return frozenset(found)
