"""The surface tree: what the author wrote, every form of the grammar kept apart. Spans take no part in equality."""

from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from ..source import NOWHERE, Span


def _span() -> Any:
    return field(default=NOWHERE, eq=False, repr=False)


@frozen
class Word:
    """A name with its place."""

    text: str
    span: Span = _span()


# --- types ------------------------------------------------------------------------------------------------------------


@frozen
class NamedType:
    name: Word
    span: Span = _span()


@frozen
class ListOf:
    item: "TypeExpr"
    span: Span = _span()


@frozen
class MapOf:
    key: "TypeExpr"
    value: "TypeExpr"
    span: Span = _span()


@frozen
class RefTo:
    path: tuple[Word, ...]
    span: Span = _span()


@frozen
class OptionalOf:
    item: "TypeExpr"
    span: Span = _span()


@frozen
class TupleOf:
    items: "tuple[TypeExpr, ...]"
    span: Span = _span()


TypeExpr: TypeAlias = NamedType | ListOf | MapOf | RefTo | OptionalOf | TupleOf

# --- expressions ------------------------------------------------------------------------------------------------------


@frozen
class Name:
    name: str
    span: Span = _span()


@frozen
class It:
    span: Span = _span()


@frozen
class Literal_:
    """`kind` is the type's name; durations are in seconds."""

    kind: Literal["int", "decimal", "money", "duration", "datetime", "date", "time"]
    value: int | Decimal | str
    span: Span = _span()


@frozen
class Text:
    """Text with `{expr}` holes: parts alternate freely."""

    parts: tuple["str | Expr", ...]
    span: Span = _span()


@frozen
class ListExpr:
    items: tuple["Expr", ...]
    is_set: bool = False
    span: Span = _span()


@frozen
class TupleExpr:
    items: tuple["Expr", ...]
    span: Span = _span()


@frozen
class MapExpr:
    pairs: tuple[tuple["Expr", "Expr"], ...]
    span: Span = _span()


@frozen
class ForClause:
    names: tuple[Word, ...]
    source: "Expr"
    span: Span = _span()


@frozen
class LetClause:
    name: Word
    value: "Expr"
    span: Span = _span()


@frozen
class WhereClause:
    condition: "Expr"
    span: Span = _span()


ClauseExpr: TypeAlias = ForClause | LetClause | WhereClause


@frozen
class Comprehension:
    body: "Expr"
    clauses: tuple[ClauseExpr, ...]
    span: Span = _span()


@frozen
class FieldOf:
    target: "Expr"
    name: Word
    safe: bool = False
    span: Span = _span()


@frozen
class IndexOf:
    target: "Expr"
    key: "Expr"
    span: Span = _span()


@frozen
class Argument:
    label: Word | None
    value: "Expr"
    span: Span = _span()


@frozen
class CallOf:
    name: Word
    args: tuple[Argument, ...]
    span: Span = _span()


@frozen
class Chain:
    op: Literal["and", "or"]
    items: tuple["Expr", ...]
    span: Span = _span()


@frozen
class Not:
    item: "Expr"
    span: Span = _span()


@frozen
class Quantified:
    which: Literal["some", "no"]
    item: "Expr"
    span: Span = _span()


@frozen
class Compare:
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    left: "Expr"
    right: "Expr"
    span: Span = _span()


@frozen
class Member:
    left: "Expr"
    right: "Expr"
    negated: bool = False
    span: Span = _span()


@frozen
class IsTest:
    target: "Expr"
    test: Word
    negated: bool = False
    span: Span = _span()


@frozen
class Arith:
    op: Literal["+", "-", "*", "/"]
    left: "Expr"
    right: "Expr"
    span: Span = _span()


@frozen
class Negative:
    item: "Expr"
    span: Span = _span()


@frozen
class RangeOf:
    low: "Expr"
    high: "Expr"
    span: Span = _span()


@frozen
class IfThen:
    condition: "Expr"
    then: "Expr"
    other: "Expr"
    span: Span = _span()


@frozen
class Suffix:
    """`xs where C`, `xs preferring C`, `xs with lowest K`, `xs ordered by K`: `it` is the item."""

    kind: Literal["where", "preferring", "lowest", "highest", "ordered", "descending"]
    source: "Expr"
    key: "Expr"
    span: Span = _span()


@frozen
class LabelledOf:
    """`any of { label: C, … }`: alternatives (or conjuncts) that an explanation can name."""

    which: Literal["any", "all"]
    parts: tuple[tuple[Word, "Expr"], ...]
    span: Span = _span()


@frozen
class ToolNames:
    names: tuple[Word, ...]
    span: Span = _span()


@frozen
class CallEvent:
    status: Literal["ok", "failed"] | None
    to: ToolNames | None
    taking: ToolNames | None
    excluding: ToolNames | None
    span: Span = _span()


@frozen
class PartyEvent:
    role: Literal["agent", "user"] | None
    kind: Literal["message", "step", "event"]
    span: Span = _span()


EventExpr: TypeAlias = CallEvent | PartyEvent


@frozen
class Earlier:
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
    | Suffix
    | LabelledOf
    | Earlier
)

# --- statements -------------------------------------------------------------------------------------------------------


@frozen
class Leave:
    kind: Literal["fail", "skip", "unknown", "return", "yield"]
    value: Expr | None = None
    span: Span = _span()


@frozen
class LetStmt:
    name: Word
    value: Expr
    otherwise: Leave | None = None
    span: Span = _span()


@frozen
class GatherStmt:
    name: Word
    names: tuple[Word, ...]
    source: Expr
    body: "tuple[Stmt, ...]"
    span: Span = _span()


@frozen
class RequireStmt:
    label: Word | None
    condition: Expr
    because: str | None = None
    otherwise: Leave | None = None
    span: Span = _span()


@frozen
class WhenStmt:
    condition: Expr
    span: Span = _span()


@frozen
class IfStmt:
    condition: Expr
    then: "tuple[Stmt, ...]"
    other: "tuple[Stmt, ...]" = ()
    span: Span = _span()


@frozen
class ForStmt:
    names: tuple[Word, ...]
    source: Expr
    body: "tuple[Stmt, ...]"
    span: Span = _span()


@frozen
class SetStmt:
    place: Expr
    value: Expr
    span: Span = _span()


@frozen
class ChangeStmt:
    direction: Literal["increase", "decrease"]
    place: Expr
    amount: Expr
    span: Span = _span()


@frozen
class InsertStmt:
    value: Expr
    place: Expr
    all: bool = False
    span: Span = _span()


@frozen
class RemoveStmt:
    place: Expr
    span: Span = _span()


@frozen
class DoStmt:
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


@frozen
class Domain:
    name: Word
    doc: str | None
    span: Span = _span()


@frozen
class Clock:
    value: str
    span: Span = _span()


@frozen
class ParamDecl:
    name: Word
    type: TypeExpr
    doc: str | None
    span: Span = _span()


@frozen
class Module:
    name: Word
    params: tuple[ParamDecl, ...]
    doc: str | None
    span: Span = _span()


@frozen
class Use:
    name: Word
    args: tuple[tuple[Word, Expr], ...]
    span: Span = _span()


@frozen
class ToolsDecl:
    name: Word
    tools: ToolNames
    span: Span = _span()


@frozen
class EnumDecl:
    name: Word
    values: tuple[tuple[Word, str | None], ...]
    span: Span = _span()


@frozen
class FieldDecl:
    name: Word
    type: TypeExpr
    doc: str | None
    where: Expr | None
    span: Span = _span()


@frozen
class RecordDecl:
    name: Word
    doc: str | None
    fields: tuple[FieldDecl, ...]
    span: Span = _span()


@frozen
class CaseDecl:
    name: Word
    wire: str | None
    fields: tuple[FieldDecl, ...]
    span: Span = _span()


@frozen
class VariantDecl:
    name: Word
    tag: Word
    doc: str | None
    cases: tuple[CaseDecl, ...]
    span: Span = _span()


@frozen
class TableDecl:
    name: Word
    record: Word
    key: Word
    as_list: bool
    span: Span = _span()


@frozen
class StateDecl:
    name: Word
    type: TypeExpr
    of_user: bool
    span: Span = _span()


@frozen
class PathPart:
    names: tuple[Word, ...]
    some: bool = False
    span: Span = _span()


@frozen
class DescribeDecl:
    name: Word
    within: Word | None
    ways: tuple[tuple[PathPart, ...], ...]
    span: Span = _span()


@frozen
class InvariantDecl:
    name: Word
    doc: str | None
    condition: Expr
    span: Span = _span()


@frozen
class DefineDecl:
    name: Word
    params: tuple[ParamDecl, ...]
    returns: TypeExpr | None
    doc: str | None
    body: Expr
    span: Span = _span()


@frozen
class LookupDecl:
    """Rows are cells of text: the first row names the columns of the last parameter."""

    name: Word
    params: tuple[ParamDecl, ...]
    returns: TypeExpr
    doc: str | None
    rows: tuple[tuple[Word, ...], ...]
    span: Span = _span()


@frozen
class RecogniserDecl:
    name: Word
    params: tuple[ParamDecl, ...]
    returns: TypeExpr
    doc: str | None
    version: int
    rows: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    span: Span = _span()


@frozen
class FactDecl:
    name: Word
    type: TypeExpr
    doc: str | None
    role: Literal["agent", "user"]
    version: int
    rows: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    span: Span = _span()


@frozen
class EffectDecl:
    name: Word
    params: tuple[ParamDecl, ...]
    doc: str | None
    body: tuple[Stmt, ...]
    span: Span = _span()


@frozen
class ToolDecl:
    name: Word
    kind: Literal["read", "write", "generic"]
    of_user: bool
    params: tuple[ParamDecl, ...]
    returns: TypeExpr | None
    doc: str | None
    body: tuple[Stmt, ...] | None
    touches: tuple[PathPart, ...] = ()
    span: Span = _span()


@frozen
class BlockDecl:
    """`sync`, `generate` or `fixture`: a named block of statements."""

    kind: Literal["sync", "generate", "fixture"]
    name: Word | None
    doc: str | None
    body: tuple[Stmt, ...]
    span: Span = _span()


@frozen
class Trigger:
    when: Literal["before", "after", "on", "end", "judged"]
    event: EventExpr | None = None
    span: Span = _span()


@frozen
class LimitItem:
    most: int
    event: EventExpr
    per: tuple[Word, ...]
    because: str | None
    span: Span = _span()


@frozen
class DutyItem:
    mode: Literal["then", "eventually", "never", "nothing"]
    event: EventExpr | None = None
    where: Expr | None = None
    until: EventExpr | None = None
    until_where: Expr | None = None
    because: str | None = None
    span: Span = _span()


RuleItem: TypeAlias = LimitItem | DutyItem | Stmt


@frozen
class RuleDecl:
    name: Word
    doc: str | None
    presupposes: tuple[Word, ...]
    severity: Literal["error", "warning"]
    trigger: Trigger | None
    items: tuple[RuleItem, ...]
    span: Span = _span()


@frozen
class ExceptionDecl:
    name: Word
    to: Word
    label: Word | None
    doc: str | None
    trigger: Trigger | None
    items: tuple[RuleItem, ...]
    span: Span = _span()


@frozen
class GoalExpr:
    kind: Literal["do", "reach", "learn", "all", "any", "nothing"]
    name: Word | None = None
    args: tuple[Argument, ...] = ()
    choices: tuple[tuple[Word, Expr], ...] = ()
    when: Expr | None = None
    expr: Expr | None = None
    text: str | None = None
    goals: "tuple[GoalExpr, ...]" = ()
    span: Span = _span()


@frozen
class PickItem:
    name: Word
    source: Expr
    amount: Expr | None = None
    span: Span = _span()


@frozen
class GivenItem:
    body: tuple[Stmt, ...]
    span: Span = _span()


@frozen
class GoalItem:
    goal: GoalExpr
    otherwise: bool = False
    span: Span = _span()


@frozen
class DisclosureItem:
    kind: Literal["knows", "volunteers", "hides", "describes"]
    things: tuple[tuple[Expr, str | None], ...]
    ways: tuple[tuple[PathPart, ...], ...] = ()
    span: Span = _span()


@frozen
class RefusalItem:
    rule: Word
    label: Word | None
    span: Span = _span()


@frozen
class PersonaItem:
    text: str
    span: Span = _span()


@frozen
class ConditionItem:
    condition: Expr
    span: Span = _span()


ScenarioItem: TypeAlias = (
    PickItem | LetStmt | GatherStmt | ConditionItem | GivenItem | GoalItem | DisclosureItem | RefusalItem | PersonaItem
)


@frozen
class ScenarioDecl:
    name: Word
    weight: int
    doc: str | None
    items: tuple[ScenarioItem, ...]
    span: Span = _span()


@frozen
class ComposeDecl:
    low: int
    high: int
    scenarios: tuple[Word, ...]
    sharing: Word | None
    span: Span = _span()


@frozen
class SaysItem:
    role: Literal["agent", "user"]
    text: Text
    span: Span = _span()


@frozen
class CallsItem:
    role: Literal["agent", "user"]
    tool: Word
    args: tuple[Argument, ...]
    fails: str | None
    span: Span = _span()


@frozen
class ExpectItem:
    kind: Literal["violation", "no_violation", "satisfied", "unknown", "attempted", "that"]
    rule: Word | None = None
    label: Word | None = None
    condition: Expr | None = None
    span: Span = _span()


TestItem: TypeAlias = GivenItem | LetStmt | GatherStmt | SaysItem | CallsItem | ExpectItem


@frozen
class TestDecl:
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
