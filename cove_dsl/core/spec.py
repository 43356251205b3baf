"""A checked specification: the schema of its world and its behaviour in core nodes. What every back end is given."""

from typing import Any, Literal

from attrs import field, frozen

from ..source import NOWHERE, SourceMap, Span
from .nodes import Duty, Expr, Param, Rule, Scenario, Stmt, Tool
from .types import Type


def _span() -> Any:
    return field(default=NOWHERE, eq=False, repr=False)


@frozen
class Enum:
    """Values by name, with what each is called on the wire."""

    name: str
    values: dict[str, str]
    span: Span = _span()


@frozen
class Field:
    name: str
    type: Type
    doc: str = ""
    condition: Expr | None = None
    span: Span = _span()


@frozen
class Case:
    """A case of a variant; `wire` is the value of the tag field."""

    name: str
    wire: str
    fields: dict[str, Field]
    span: Span = _span()


@frozen
class Record:
    """A record, or with `tag` and `cases` a tagged variant. The tag is a field of each case's object on the wire."""

    name: str
    doc: str
    fields: dict[str, Field]
    tag: str | None = None
    cases: dict[str, Case] = field(factory=dict)
    span: Span = _span()


@frozen
class Table:
    """Rows of a record, found by key; stored as a JSON object by key, or as a list of rows.

    `place` says where in the JSON state; empty: under its own name.
    """

    name: str
    record: str
    key: str
    as_list: bool = False
    place: tuple[str, ...] = ()
    span: Span = _span()


@frozen
class State:
    """A single record beside the tables; `of_user` says whose tools may see it; `place` as for tables."""

    name: str
    type: Type
    of_user: bool = False
    place: tuple[str, ...] = ()
    span: Span = _span()


@frozen
class Description:
    """Ways to name a row without its key: each way is a list of paths that together must single it out."""

    table: str
    within: str | None
    ways: tuple[tuple["Path", ...], ...]
    span: Span = _span()


@frozen
class Path:
    """Field names from a row; `some` means that one of several values is enough."""

    names: tuple[str, ...]
    some: bool = False


@frozen
class Invariant:
    name: str
    doc: str
    condition: Expr
    span: Span = _span()


@frozen
class Define:
    """A function of the specification. `kind` says how it was declared; recognisers and facts carry a version."""

    name: str
    params: tuple[Param, ...]
    returns: Type
    doc: str
    body: Expr
    kind: Literal["define", "assertion", "lookup", "recogniser", "fact"] = "define"
    version: int = 0
    cells: tuple[tuple[str, ...], ...] = ()
    phrases: tuple[tuple[tuple[str, ...], Any], ...] = ()
    span: Span = _span()


@frozen
class Exemption:
    """An exception to a rule's check: where its condition holds, the check does not bind."""

    name: str
    rule: str
    label: str | None
    doc: str
    span: Span = _span()


@frozen
class Compose:
    low: int
    high: int
    scenarios: tuple[str, ...]
    sharing: str | None
    span: Span = _span()


@frozen
class Says:
    role: Literal["agent", "user"]
    text: Expr
    span: Span = _span()


@frozen
class Calls:
    role: Literal["agent", "user"]
    tool: str
    names: tuple[str, ...]
    args: tuple[Expr, ...]
    fails: str | None
    gives: Expr | None = None
    span: Span = _span()


@frozen
class Expect:
    kind: Literal["violation", "no_violation", "satisfied", "unknown", "attempted", "that"]
    rule: str | None = None
    label: str | None = None
    condition: Expr | None = None
    span: Span = _span()


@frozen
class Test:
    """A conversation that pins intent. `steps` are statements (before the first event), events and expectations."""

    __test__ = False
    name: str
    fixture: str | None
    given: tuple[Stmt, ...]
    events: tuple[Says | Calls, ...]
    expects: tuple[Expect, ...]
    span: Span = _span()


@frozen
class Spec:
    """Everything that was declared, resolved and typed. `hash` names its meaning: equal text gives an equal hash."""

    name: str
    doc: str
    clock: str | None
    enums: dict[str, Enum]
    records: dict[str, Record]
    tables: dict[str, Table]
    states: dict[str, State]
    descriptions: tuple[Description, ...]
    invariants: tuple[Invariant, ...]
    defines: dict[str, Define]
    tools: dict[str, Tool]
    toolsets: dict[str, frozenset[str]]
    sync: tuple[Stmt, ...]
    generate: tuple[Stmt, ...] | None
    fixtures: dict[str, tuple[Stmt, ...]]
    rules: dict[str, Rule]
    exemptions: tuple[Exemption, ...]
    scenarios: dict[str, Scenario]
    composes: tuple[Compose, ...]
    tests: tuple[Test, ...]
    sources: SourceMap = field(eq=False, repr=False)
    hash: str = ""

    def writes(self) -> frozenset[str]:
        """The tools that change the world."""
        return frozenset(name for name, tool in self.tools.items() if tool.kind == "write")


__all__ = [name for name in dir() if not name.startswith("_")] + ["Duty"]
