"""A specification as synthesis looks at it: its compiled scenarios, and what its types say about tools and people.

Everything that a scripted party knows of a desk comes from here, so that no desk is known to the parties themselves.
"""

from collections.abc import Iterable
from typing import Any

from attrs import define, field

from ..backends.python.emit import module_source
from ..backends.python.expressions import define_name
from ..backends.python.runtime.sandbox import Program
from ..backends.python.scenarios import NAMES, Function, Scene, scenes_source
from ..core.nodes import Apply, Const, Events, Get, Rule, Tool
from ..core.spec import Define, Record, Spec
from ..core.types import ListType, MapType, Optional, Prim, RecordType, Ref, Type, is_text, strip
from ..core.walk import walk
from ..world.program import program_of
from .tasks import Lookup

MOST_KEPT = 32
MOST_RULES = 2_000
_MODULES: dict[tuple[str, str | None], dict[str, Any]] = {}
_RECOGNISERS: dict[int, tuple[Rule, list[str]]] = {}


def scenes_of(spec: Spec) -> dict[str, Scene]:
    """The compiled scenarios of a specification."""
    return _module(spec)["SCENES"]  # type: ignore[no-any-return]


def definition(spec: Spec, name: str) -> Function:
    """A definition of a specification as a function of the sandbox and its arguments."""
    return _module(spec)[define_name(name)]  # type: ignore[no-any-return]


def _module(spec: Spec) -> dict[str, Any]:
    key = (spec.hash, spec.clock)  # at another moment a specification keeps its hash
    if key not in _MODULES:
        if len(_MODULES) >= MOST_KEPT:
            _MODULES.clear()
        names: dict[str, Any] = {"__name__": f"cove_scenes_{spec.name}", **NAMES}
        exec(compile(f"{module_source(spec)}\n\n{scenes_source(spec)}", f"<scenes:{spec.name}>", "exec"), names)
        _MODULES[key] = names
    return _MODULES[key]


@define
class Shape:
    """What follows from the types of a specification."""

    spec: Spec
    program: Program = field(init=False)
    lookups: dict[str, list[Tool]] = field(init=False)
    readers: dict[str, Tool] = field(init=False)
    calculator: str | None = field(init=False)
    callings: dict[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        spec, tools = self.spec, [t for t in self.spec.tools.values() if t.requestor == "agent"]
        self.program = program_of(spec)
        self.lookups, self.readers = {}, {}
        for tool in tools:
            if tool.kind == "read":
                self._reader(tool)
        if not self.lookups:
            self.lookups = {t: [reader] for t, reader in self.readers.items() if self._is_named_by_key(t)}
        general = next((t for t in tools if _shows_anything(t)), None)
        if general is not None:
            self.readers = {**dict.fromkeys(spec.tables, general), **self.readers}
        self.calculator = next(
            (t.name for t in tools if any(isinstance(n, Apply) and n.op == "arithmetic" for n in walk(t.body or ()))),
            None,
        )
        self.callings = {
            p.type.name: d.name
            for d in spec.defines.values() if d.kind == "define" and len(d.params) == 1 and is_text(d.returns)
            for p in d.params if isinstance(p.type, RecordType)
        }  # fmt: skip

    def _reader(self, tool: Tool) -> None:
        """Sorts a read tool: finds a row's key by its details, or shows a row by its key."""
        found, params = strip(tool.returns), tool.params
        if (table := self._searched(tool)) is not None:
            of_rows = [bool(self.path_to(table, p.name)) for p in params]
            if any(of_rows) and not self._strange(table, tool):
                self.lookups.setdefault(table, []).append(tool)
        elif isinstance(found, RecordType) and len(params) == 1 and isinstance(params[0].type, Ref):
            self.readers.setdefault(params[0].type.table, tool)

    def _searched(self, tool: Tool) -> str | None:
        """The table of whose rows a tool finds one by anything but keys."""
        found, params = strip(tool.returns), tool.params
        if not params or any(isinstance(p.type, Ref) for p in params):
            return None
        if isinstance(found, Ref):
            return found.table if found.table in self.spec.tables else None
        return self.table_of(found) if isinstance(found, RecordType) else None

    def _strange(self, table: str, tool: Tool) -> list[str]:
        """What a tool has to be given that is no detail of a table's rows. What may be left out may be anything."""
        return [p.name for p in tool.params if not isinstance(p.type, Optional) and not self.path_to(table, p.name)]

    def unfit(self) -> tuple[str, str, str] | None:
        """A tool that would find people but for an argument: its name, the argument and the record without it."""
        tools = [t for t in self.spec.tools.values() if t.requestor == "agent" and t.kind == "read"]
        searched = ((t, table) for t in tools if (table := self._searched(t)) is not None)
        missed = ((t.name, p, self.spec.tables[table].record) for t, table in searched for p in self._strange(table, t))
        return next(missed, None) if not self.lookups else None

    def asked_of(self, table: str, lookups: Iterable[Lookup]) -> list[tuple[str, list[str]]]:
        """The tools that find people in a table, and what each asks for: of the details that may be left out, those
        by which it finds this person."""
        used = {k.tool: k.arguments for k in lookups}
        asked = (
            (t.name, [p.name for p in t.params if p.name in used.get(t.name, ()) or not isinstance(p.type, Optional)])
            for t in self.lookups.get(table, [])
        )
        return [(tool, details) for tool, details in asked if details]

    def _is_named_by_key(self, table: str) -> bool:
        """Whether users know the keys of a table's rows: then they say who they are, and nobody looks them up."""
        key, record = self.key_field(table), self.spec.tables[table].record
        known = [d.expr for s in self.spec.scenarios.values() for d in s.disclosures if d.kind == "knows"]
        return any(isinstance(e, Get) and e.name == key and strip(e.target.type) == RecordType(record) for e in known)

    def record(self, table: str) -> Record:
        return self.spec.records[self.spec.tables[table].record]

    def path_to(self, table: str, name: str) -> tuple[str, ...] | None:
        """The way from a row to a plain field of a name, through records alone."""
        return self._path(self.record(table), name, ())

    def _path(self, record: Record, name: str, at: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in record.fields:
            return (*at, name)
        for field_ in record.fields.values():
            if (
                isinstance(field_.type, RecordType)
                and field_.type.name != record.name
                and not self.spec.records[field_.type.name].tag
            ):
                found = self._path(self.spec.records[field_.type.name], name, (*at, field_.name))
                if found:
                    return found
        return None

    def type_at(self, table: str, path: tuple[str, ...]) -> Type | None:
        """The type that a path from a table's rows leads to, through records and lists, if it does."""
        kind: Type = self.row_type(table)
        for step in path:
            kind = strip(kind)
            kind = strip(kind.item) if isinstance(kind, ListType) else kind
            if not isinstance(kind, RecordType) or step not in (fields := self.spec.records[kind.name].fields):
                return None
            kind = fields[step].type
        return kind

    def row_type(self, table: str) -> Type:
        """The type of a table's rows, or with `houses.hearths` of the entries of a map in them."""
        name, *steps = table.split(".")
        kind: Type = RecordType(self.spec.tables[name].record)
        for step in steps:
            held = strip(self.spec.records[kind.name].fields[step].type) if isinstance(kind, RecordType) else kind
            kind = strip(held.value) if isinstance(held, MapType) else held
        return kind

    def maps_of(self, kind: Type) -> list[tuple[str, str]]:
        """The tables and fields that map keys to things of a type."""
        return [
            (t.name, f.name)
            for t in self.spec.tables.values()
            for f in self.record(t.name).fields.values()
            if isinstance(held := strip(f.type), MapType) and strip(held.value) == strip(kind)
        ]

    def table_of(self, kind: Type) -> str | None:
        """The table whose rows have a type."""
        kind = strip(kind)
        return next(
            (t.name for t in self.spec.tables.values() if isinstance(kind, RecordType) and t.record == kind.name), None
        )

    def links(self, table: str, to: str) -> list[str]:
        """Fields of a table's rows that hold keys of another: one, or a list of them."""
        fields = self.record(table).fields.values()
        return [f.name for f in fields if strip(f.type) in (Ref(to), ListType(Ref(to)))]

    def key_field(self, table: str) -> str:
        return self.spec.tables[table].key


def _shows_anything(tool: Tool) -> bool:
    """Whether a tool shows what stands under an id, whatever it is."""
    shows = tool.kind == "read" and tool.returns == Prim("json")
    return shows and len(tool.params) == 1 and tool.params[0].type == Prim("id")


def exact_words(rule: Rule) -> str | None:
    """The sentence that a rule wants said word for word, if it names one."""
    for node in walk(tuple(d.condition for d in rule.duties if d.condition is not None)):
        if isinstance(node, Apply) and node.op == "says" and isinstance(node.args[1], Const):
            return str(node.args[1].value)
    return None


def owed_phrases(rule: Rule) -> list[str]:
    """Of each `mentions` that a rule's duties rest on, the first phrase."""
    conditions = tuple(d.condition for d in rule.duties if d.condition is not None and d.mode in ("then", "eventually"))
    found = [n.args[1] for n in walk(conditions) if isinstance(n, Apply) and n.op == "mentions"]
    values = [n.value for n in found if isinstance(n, Const)]
    return [str(v[0] if isinstance(v, (list, tuple)) else v) for v in values if v]


def recognisers_in(rule: Rule) -> list[str]:
    """The recognisers that a rule's requirements rest on. Asked for before every change, so looked for once; rules are
    known by who they are, as comparing them would take as long."""
    known = _RECOGNISERS.get(id(rule))
    if known is None or known[0] is not rule:
        if len(_RECOGNISERS) >= MOST_RULES:
            _RECOGNISERS.clear()
        defines = [n.op for n in walk(rule.body) if isinstance(n, Apply) and n.op.startswith("define:")]
        known = _RECOGNISERS[id(rule)] = (rule, [name.removeprefix("define:") for name in defines])
    return known[1]


def facts_in(rule: Rule, spec: Spec) -> list[str]:
    """The facts of the user's that a rule's requirements rest on, as definitions: `stated.reason`."""
    return [n for n in recognisers_in(rule) if n.startswith("stated.") and not _is_of_agent(spec.defines[n])]


def _is_of_agent(fact: Define) -> bool:
    """Whether the agent is the one who states a fact."""
    roles = {n.pattern.role for n in walk(fact.body) if isinstance(n, Events)}
    return roles == {"agent"}


__all__ = ["Shape", "definition", "exact_words", "facts_in", "owed_phrases", "recognisers_in", "scenes_of"]
