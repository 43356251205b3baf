"""The surface tree: what the author wrote, every form of the grammar kept apart. Spans take no part in equality.

One file, however long: a flat list of node types that refer to each other, in the order of the grammar's sections.
"""

from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import field, fields, frozen

from ..source import NOWHERE, Span


def _span() -> Any:
    return field(default=NOWHERE, eq=False, repr=False)


class Node:
    """Equality, hash and picture of every node, by its fields but for the span.

    Written once: made anew for each of eighty classes, they would be a tenth of what a first check costs.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _told(type(self)))

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in _told(type(self)))))

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in _told(type(self)))
        return f"{type(self).__name__}({parts})"


_TOLD: dict[type, tuple[str, ...]] = {}


def _told(kind: type) -> tuple[str, ...]:
    """The fields that tell a node from another."""
    if kind not in _TOLD:
        _TOLD[kind] = tuple(f.name for f in fields(kind) if f.name != "span")
    return _TOLD[kind]


@frozen(eq=False, repr=False)
class Word(Node):
    """A name with its place."""

    text: str
    span: Span = _span()


# --- types ------------------------------------------------------------------------------------------------------------


@frozen(eq=False, repr=False)
class NamedType(Node):
    name: Word
    span: Span = _span()


@frozen(eq=False, repr=False)
class ListOf(Node):
    item: "TypeExpr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class MapOf(Node):
    key: "TypeExpr"
    value: "TypeExpr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class RefTo(Node):
    path: tuple[Word, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class OptionalOf(Node):
    item: "TypeExpr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class TupleOf(Node):
    items: "tuple[TypeExpr, ...]"
    span: Span = _span()


TypeExpr: TypeAlias = NamedType | ListOf | MapOf | RefTo | OptionalOf | TupleOf

# --- expressions ------------------------------------------------------------------------------------------------------


@frozen(eq=False, repr=False)
class Name(Node):
    name: str
    span: Span = _span()


@frozen(eq=False, repr=False)
class It(Node):
    span: Span = _span()


@frozen(eq=False, repr=False)
class Literal_(Node):
    """`kind` is the type's name; durations are in seconds."""

    kind: Literal["int", "decimal", "money", "duration", "datetime", "date", "time"]
    value: int | Decimal | str
    span: Span = _span()


@frozen(eq=False, repr=False)
class Text(Node):
    """Text with `{expr}` holes: parts alternate freely."""

    parts: tuple["str | Expr", ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ListExpr(Node):
    items: tuple["Expr", ...]
    is_set: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class TupleExpr(Node):
    items: tuple["Expr", ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class MapExpr(Node):
    pairs: tuple[tuple["Expr", "Expr"], ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ForClause(Node):
    names: tuple[Word, ...]
    source: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class LetClause(Node):
    name: Word
    value: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class WhereClause(Node):
    condition: "Expr"
    span: Span = _span()


ClauseExpr: TypeAlias = ForClause | LetClause | WhereClause


@frozen(eq=False, repr=False)
class Comprehension(Node):
    body: "Expr"
    clauses: tuple[ClauseExpr, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class FieldOf(Node):
    target: "Expr"
    name: Word
    safe: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class IndexOf(Node):
    target: "Expr"
    key: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Argument(Node):
    label: Word | None
    value: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class CallOf(Node):
    name: Word
    args: tuple[Argument, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class Chain(Node):
    op: Literal["and", "or"]
    items: tuple["Expr", ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class Not(Node):
    item: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Quantified(Node):
    which: Literal["some", "no"]
    item: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Compare(Node):
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    left: "Expr"
    right: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Member(Node):
    left: "Expr"
    right: "Expr"
    negated: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class IsTest(Node):
    target: "Expr"
    test: Word
    negated: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class Arith(Node):
    op: Literal["+", "-", "*", "/"]
    left: "Expr"
    right: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Negative(Node):
    item: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class RangeOf(Node):
    low: "Expr"
    high: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class IfThen(Node):
    condition: "Expr"
    then: "Expr"
    other: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Fallback(Node):
    """`a else b`: what `a` is if it is there, else `b`."""

    value: "Expr"
    other: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class Suffix(Node):
    """`xs where C`, `xs preferring C`, `xs with lowest K`, `xs ordered by K`: `it` is the item."""

    kind: Literal["where", "preferring", "lowest", "highest", "ordered", "descending"]
    source: "Expr"
    key: "Expr"
    span: Span = _span()


@frozen(eq=False, repr=False)
class LabelledOf(Node):
    """`any of { label: C, … }`: alternatives (or conjuncts) that an explanation can name."""

    which: Literal["any", "all"]
    parts: tuple[tuple[Word, "Expr"], ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ToolNames(Node):
    names: tuple[Word, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class CallEvent(Node):
    role: Literal["agent", "user"] | None
    status: Literal["ok", "failed"] | None
    to: ToolNames | None
    taking: ToolNames | None
    excluding: ToolNames | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class PartyEvent(Node):
    role: Literal["agent", "user"] | None
    kind: Literal["message", "step", "event"]
    span: Span = _span()


EventExpr: TypeAlias = CallEvent | PartyEvent


@frozen(eq=False, repr=False)
class Earlier(Node):
    event: EventExpr
    before: Word | None = None
    after: Word | None = None
    span: Span = _span()


Expr: TypeAlias = (
    Name
    | It
    | Literal_
    | Text
    | ListExpr
    | TupleExpr
    | MapExpr
    | Comprehension
    | FieldOf
    | IndexOf
    | CallOf
    | Chain
    | Not
    | Quantified
    | Compare
    | Member
    | IsTest
    | Arith
    | Negative
    | RangeOf
    | IfThen
    | Fallback
    | Suffix
    | LabelledOf
    | Earlier
)

# --- statements -------------------------------------------------------------------------------------------------------


@frozen(eq=False, repr=False)
class Leave(Node):
    kind: Literal["fail", "skip", "unknown", "return", "yield"]
    value: Expr | None = None
    span: Span = _span()


@frozen(eq=False, repr=False)
class LetStmt(Node):
    name: Word
    value: Expr
    otherwise: Leave | None = None
    span: Span = _span()


@frozen(eq=False, repr=False)
class GatherStmt(Node):
    name: Word
    names: tuple[Word, ...]
    source: Expr
    body: "tuple[Stmt, ...]"
    span: Span = _span()


@frozen(eq=False, repr=False)
class RequireStmt(Node):
    label: Word | None
    condition: Expr
    because: str | None = None
    otherwise: Leave | None = None
    span: Span = _span()


@frozen(eq=False, repr=False)
class WhenStmt(Node):
    condition: Expr
    span: Span = _span()


@frozen(eq=False, repr=False)
class IfStmt(Node):
    condition: Expr
    then: "tuple[Stmt, ...]"
    other: "tuple[Stmt, ...]" = ()
    span: Span = _span()


@frozen(eq=False, repr=False)
class ForStmt(Node):
    names: tuple[Word, ...]
    source: Expr
    body: "tuple[Stmt, ...]"
    span: Span = _span()


@frozen(eq=False, repr=False)
class SetStmt(Node):
    place: Expr
    value: Expr
    span: Span = _span()


@frozen(eq=False, repr=False)
class ChangeStmt(Node):
    direction: Literal["increase", "decrease"]
    place: Expr
    amount: Expr
    span: Span = _span()


@frozen(eq=False, repr=False)
class InsertStmt(Node):
    value: Expr
    place: Expr
    all: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class RemoveStmt(Node):
    place: Expr
    span: Span = _span()


@frozen(eq=False, repr=False)
class DoStmt(Node):
    name: Word
    args: tuple[Argument, ...]
    span: Span = _span()


Stmt: TypeAlias = (
    Leave
    | LetStmt
    | GatherStmt
    | RequireStmt
    | WhenStmt
    | IfStmt
    | ForStmt
    | SetStmt
    | ChangeStmt
    | InsertStmt
    | RemoveStmt
    | DoStmt
)

# --- declarations -----------------------------------------------------------------------------------------------------


@frozen(eq=False, repr=False)
class Domain(Node):
    name: Word
    doc: str | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class Clock(Node):
    value: str
    span: Span = _span()


@frozen(eq=False, repr=False)
class ParamDecl(Node):
    name: Word
    type: TypeExpr
    doc: str | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class Module(Node):
    name: Word
    params: tuple[ParamDecl, ...]
    doc: str | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class Use(Node):
    name: Word
    args: tuple[tuple[Word, Expr], ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ToolsDecl(Node):
    name: Word
    tools: ToolNames
    span: Span = _span()


@frozen(eq=False, repr=False)
class EnumDecl(Node):
    name: Word
    values: tuple[tuple[Word, str | None], ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class FieldDecl(Node):
    name: Word
    type: TypeExpr
    doc: str | None
    where: Expr | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class RecordDecl(Node):
    name: Word
    doc: str | None
    fields: tuple[FieldDecl, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class CaseDecl(Node):
    name: Word
    wire: str | None
    fields: tuple[FieldDecl, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class VariantDecl(Node):
    name: Word
    tag: Word
    doc: str | None
    cases: tuple[CaseDecl, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class TableDecl(Node):
    name: Word
    record: Word
    key: Word
    as_list: bool
    stored: tuple[Word, ...] = ()
    span: Span = _span()


@frozen(eq=False, repr=False)
class StateDecl(Node):
    name: Word
    type: TypeExpr
    of_user: bool
    stored: tuple[Word, ...] = ()
    span: Span = _span()


@frozen(eq=False, repr=False)
class PathPart(Node):
    names: tuple[Word, ...]
    some: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class DescribeDecl(Node):
    place: tuple[Word, ...]
    within: Word | None
    ways: tuple[tuple[PathPart, ...], ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class InvariantDecl(Node):
    name: Word
    doc: str | None
    condition: Expr
    span: Span = _span()


@frozen(eq=False, repr=False)
class DefineDecl(Node):
    name: Word
    params: tuple[ParamDecl, ...]
    returns: TypeExpr | None
    doc: str | None
    body: Expr
    span: Span = _span()


@frozen(eq=False, repr=False)
class AssertionDecl(DefineDecl):
    """A condition on a world that a task may name."""


@frozen(eq=False, repr=False)
class LookupDecl(Node):
    """Rows are cells of text: the first row names the columns of the last parameter."""

    name: Word
    params: tuple[ParamDecl, ...]
    returns: TypeExpr
    doc: str | None
    rows: tuple[tuple[Word, ...], ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class RecogniserDecl(Node):
    name: Word
    params: tuple[ParamDecl, ...]
    returns: TypeExpr
    doc: str | None
    version: int
    rows: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class FactDecl(Node):
    name: Word
    type: TypeExpr
    doc: str | None
    role: Literal["agent", "user"]
    version: int
    rows: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class EffectDecl(Node):
    name: Word
    params: tuple[ParamDecl, ...]
    doc: str | None
    body: tuple[Stmt, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ToolDecl(Node):
    name: Word
    kind: Literal["read", "write", "generic"]
    of_user: bool
    params: tuple[ParamDecl, ...]
    returns: TypeExpr | None
    doc: str | None
    body: tuple[Stmt, ...] | None
    touches: tuple[PathPart, ...] = ()
    span: Span = _span()


@frozen(eq=False, repr=False)
class BlockDecl(Node):
    """`sync`, `generate` or `fixture`: a named block of statements."""

    kind: Literal["sync", "generate", "fixture"]
    name: Word | None
    doc: str | None
    body: tuple[Stmt, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class Trigger(Node):
    when: Literal["before", "after", "on", "end", "judged"]
    event: EventExpr | None = None
    span: Span = _span()


@frozen(eq=False, repr=False)
class LimitItem(Node):
    most: int
    event: EventExpr
    per: tuple[Word, ...]
    because: str | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class DutyItem(Node):
    mode: Literal["then", "eventually", "never", "nothing"]
    event: EventExpr | None = None
    where: Expr | None = None
    until: EventExpr | None = None
    until_where: Expr | None = None
    because: str | None = None
    span: Span = _span()


RuleItem: TypeAlias = LimitItem | DutyItem | Stmt


@frozen(eq=False, repr=False)
class RuleDecl(Node):
    name: Word
    doc: str | None
    presupposes: tuple[Word, ...]
    severity: Literal["error", "warning"]
    trigger: Trigger | None
    items: tuple[RuleItem, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ExceptionDecl(Node):
    name: Word
    to: Word
    label: Word | None
    doc: str | None
    trigger: Trigger | None
    items: tuple[RuleItem, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class GoalExpr(Node):
    kind: Literal["do", "reach", "learn", "all", "any", "nothing"]
    name: Word | None = None
    args: tuple[Argument, ...] = ()
    choices: tuple[tuple[Word, Expr], ...] = ()
    when: Expr | None = None
    expr: Expr | None = None
    text: Text | None = None
    goals: "tuple[GoalExpr, ...]" = ()
    span: Span = _span()


@frozen(eq=False, repr=False)
class PickItem(Node):
    name: Word
    source: Expr
    amount: Expr | None = None
    span: Span = _span()


@frozen(eq=False, repr=False)
class GivenItem(Node):
    body: tuple[Stmt, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class GoalItem(Node):
    goal: GoalExpr
    otherwise: bool = False
    span: Span = _span()


@frozen(eq=False, repr=False)
class DisclosureItem(Node):
    """`things`: what is disclosed, in one or several ways of saying it, and a label; `ways` to describe a thing, each
    with what it is then called."""

    kind: Literal["knows", "volunteers", "hides", "describes"]
    things: tuple[tuple[tuple[Expr, ...], str | None], ...]
    ways: tuple[tuple[tuple[PathPart, ...], "Text | None"], ...] = ()
    span: Span = _span()


@frozen(eq=False, repr=False)
class RefusalItem(Node):
    rule: Word
    label: Word | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class PersonaItem(Node):
    text: str
    span: Span = _span()


@frozen(eq=False, repr=False)
class ConditionItem(Node):
    condition: Expr
    span: Span = _span()


ScenarioItem: TypeAlias = (
    PickItem | LetStmt | GatherStmt | ConditionItem | GivenItem | GoalItem | DisclosureItem | RefusalItem | PersonaItem
)


@frozen(eq=False, repr=False)
class ScenarioDecl(Node):
    name: Word
    weight: int
    doc: str | None
    items: tuple[ScenarioItem, ...]
    span: Span = _span()


@frozen(eq=False, repr=False)
class ComposeDecl(Node):
    low: int
    high: int
    scenarios: tuple[Word, ...]
    sharing: Word | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class SaysItem(Node):
    role: Literal["agent", "user"]
    text: Text
    span: Span = _span()


@frozen(eq=False, repr=False)
class CallsItem(Node):
    role: Literal["agent", "user"]
    tool: Word
    args: tuple[Argument, ...]
    gives: Expr | None
    fails: str | None
    span: Span = _span()


@frozen(eq=False, repr=False)
class ExpectItem(Node):
    kind: Literal["violation", "no_violation", "satisfied", "unknown", "attempted", "that"]
    rule: Word | None = None
    label: Word | None = None
    condition: Expr | None = None
    span: Span = _span()


TestItem: TypeAlias = GivenItem | LetStmt | GatherStmt | SaysItem | CallsItem | ExpectItem


@frozen(eq=False, repr=False)
class TestDecl(Node):
    name: str
    fixture: Word | None
    items: tuple[TestItem, ...]
    span: Span = _span()


Declaration: TypeAlias = (
    Domain
    | Clock
    | Module
    | Use
    | ToolsDecl
    | EnumDecl
    | RecordDecl
    | VariantDecl
    | TableDecl
    | StateDecl
    | DescribeDecl
    | InvariantDecl
    | DefineDecl
    | AssertionDecl
    | LookupDecl
    | RecogniserDecl
    | FactDecl
    | EffectDecl
    | ToolDecl
    | BlockDecl
    | RuleDecl
    | ExceptionDecl
    | ScenarioDecl
    | ComposeDecl
    | TestDecl
)
