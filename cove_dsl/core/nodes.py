"""The core language: what every back end reads. Twenty-four kinds of node; every expression carries its type.

Expressions are total and pure. Boolean operators are Kleene's; every other operation on an unknown is unknown.
Statements are shared by tools (where a failed `Check` ends the call with an error) and rules (where it is a verdict).
Spans take no part in equality.
"""

from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from ..source import NOWHERE, Span
from .types import BOOL, Type


def _span() -> Any:
    return field(default=NOWHERE, eq=False, repr=False)


def _told_apart(value: Any) -> Any:
    """A literal as it is compared and hashed: expressions are told apart in sets, whatever lists they hold."""
    if isinstance(value, list):
        return tuple(map(_told_apart, value))
    return frozenset((k, _told_apart(v)) for k, v in value.items()) if isinstance(value, dict) else value


# --- expressions ------------------------------------------------------------------------------------------------------


@frozen
class Const:
    """A literal: None (absent), bool, int, Decimal, text, or a list or dict of them. Durations are seconds.

    `now`: the specification's clock, which can be set from outside.
    """

    value: Any = field(eq=_told_apart)
    type: Type
    span: Span = _span()
    now: bool = False


@frozen
class Var:
    """A local name, a parameter, or `it`; `state.NAME` is a single record, `table.NAME` the list of a table's rows."""

    name: str
    type: Type
    span: Span = _span()


@frozen
class Get:
    """A field of a record or event. Of an absent record it is absent. `lifted` maps it over a list."""

    target: "Expr"
    name: str
    type: Type
    lifted: bool = False
    span: Span = _span()


@frozen
class Lookup:
    """The row, entry or item at a key, or absent. The target is a table (`Var("table.X")`), map or list."""

    target: "Expr"
    key: "Expr"
    type: Type
    span: Span = _span()


@frozen
class Make:
    """A new record, variant case, list, map or tuple. `names` are field names, or empty for lists and tuples;
    of a map the items alternate key and value."""

    kind: Literal["record", "list", "map", "tuple"]
    names: tuple[str, ...]
    items: tuple["Expr", ...]
    type: Type
    span: Span = _span()


@frozen
class Apply:
    """A built-in (`op` in `builtins.OPS`) or a definition of the specification (`define:NAME`) applied to arguments."""

    op: str
    args: tuple["Expr", ...]
    type: Type
    span: Span = _span()


@frozen
class If:
    """An unknown condition gives unknown, unless both branches give the same known value."""

    condition: "Expr"
    then: "Expr"
    other: "Expr"
    type: Type
    span: Span = _span()


@frozen
class Is:
    """`present`, `absent`, or a variant's case: `test` is the case's wire name, `tag` the field that holds it."""

    target: "Expr"
    test: str
    tag: str | None
    type: Type = BOOL
    span: Span = _span()


@frozen
class Let:
    name: str
    value: "Expr"
    body: "Expr"
    type: Type
    span: Span = _span()


@frozen
class Clause:
    """One step of a comprehension (not a node of its own): `for names in expr`, `let name = expr` or `where expr`."""

    kind: Literal["for", "let", "where"]
    names: tuple[str, ...]
    expr: "Expr"


@frozen
class Collect:
    """A list comprehension. An item whose condition is unknown makes the whole list unknown, except under a `Fold`
    that does not need it."""

    clauses: tuple[Clause, ...]
    body: "Expr"
    type: Type
    span: Span = _span()


@frozen
class Fold:
    """A list brought down to one value: some, every, no, count, first, last, only, sum, min, max."""

    op: Literal["some", "every", "no", "count", "first", "last", "only", "sum", "min", "max"]
    source: "Expr"
    type: Type
    span: Span = _span()


@frozen
class Pattern:
    """Which events are meant (not a node of its own). `status` None is the attempt, whatever came of it."""

    kind: Literal["message", "call", "step"]
    role: Literal["agent", "user"] | None = None
    tools: frozenset[str] = frozenset()
    status: Literal["ok", "failed"] | None = None


@frozen
class Events:
    """The past events that match, oldest first; optionally only those strictly before or after another event."""

    pattern: Pattern
    type: Type
    before: "Expr | None" = None
    after: "Expr | None" = None
    span: Span = _span()


Expr: TypeAlias = Const | Var | Get | Lookup | Make | Apply | If | Is | Let | Collect | Fold | Events


# --- statements -------------------------------------------------------------------------------------------------------


@frozen
class Exit:
    """Leave: `return` a value or `fail` with a text (tools), `skip`, `violate` with a text or `unknown` (rules),
    `yield` a value to the collecting loop."""

    kind: Literal["return", "fail", "skip", "violate", "unknown", "yield"]
    value: Expr | None = None
    span: Span = _span()


@frozen
class Bind:
    """A name for a value. With `otherwise`, an absent value leaves by it, and the name is present afterwards.
    In a tool a name bound to a record of the world *is* that record."""

    name: str
    value: Expr
    otherwise: Exit | None = None
    span: Span = _span()


@frozen
class Check:
    """What must hold. In a tool, false leaves by `otherwise`. In a rule it is judged under its label; with
    `otherwise` = skip it narrows (`when`): nothing after it is judged unless it holds."""

    condition: Expr
    label: str = ""
    because: str = ""
    otherwise: Exit | None = None
    span: Span = _span()


@frozen
class Each:
    """Statements for each item. With `into`, the values of `Exit("yield")` are collected under that name."""

    names: tuple[str, ...]
    source: Expr
    body: tuple["Stmt", ...]
    into: str | None = None
    type: Type | None = None
    span: Span = _span()


@frozen
class Branch:
    condition: Expr
    then: tuple["Stmt", ...]
    other: tuple["Stmt", ...] = ()
    span: Span = _span()


@frozen
class Write:
    """A change at a place. `target` is a record of the world and `name` its field, or a map and `key` its entry, or a
    table: set, add (append), extend (append all), insert (a row; insert_all: several), remove (an entry, a row, an
    optional's value). Of a state as a whole, `name` and `key` are None."""

    kind: Literal["set", "add", "extend", "insert", "insert_all", "remove"]
    target: Expr
    name: str | None = None
    key: Expr | None = None
    value: Expr | None = None
    span: Span = _span()


Stmt: TypeAlias = Exit | Bind | Check | Each | Branch | Write


# --- behaviour --------------------------------------------------------------------------------------------------------


@frozen
class Param:
    name: str
    type: Type
    doc: str = ""


@frozen
class Tool:
    """A tool's contract and effect. `body` None: nobody wrote the effect; what `touches` names is unknown after it."""

    name: str
    params: tuple[Param, ...]
    returns: Type
    doc: str
    body: tuple[Stmt, ...] | None
    kind: Literal["read", "write", "generic"] = "generic"
    requestor: Literal["agent", "user"] = "agent"
    touches: tuple[str, ...] = ()
    span: Span = _span()


@frozen
class Duty:
    """What a rule owes after its trigger: `then` (the very next event of the pattern's party), `eventually`, `never`
    (until `until`), or `end` of everything (`then nothing`)."""

    mode: Literal["then", "eventually", "never", "nothing"]
    pattern: Pattern | None = None
    condition: Expr | None = None
    until: Pattern | None = None
    until_condition: Expr | None = None
    label: str = ""
    because: str = ""
    span: Span = _span()


@frozen
class Rule:
    """Judged at its trigger: `before` a call or message is made, `after` it, on a whole `step`, or at the `end`.

    `basis` is derived: contract (the world and this call alone), trajectory (history), recogniser (language), judge.
    So is `talk`: whether the rule is about what is said, by whomever.
    """

    name: str
    doc: str
    when: Literal["before", "after", "on", "end", "judged"]
    pattern: Pattern | None
    body: tuple[Stmt, ...]
    duties: tuple[Duty, ...] = ()
    presupposes: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"
    basis: Literal["contract", "trajectory", "recogniser", "judge"] = "trajectory"
    talk: bool = False
    span: Span = _span()


@frozen
class Goal:
    """What the user came for: `do` a call, `reach` a condition, `learn` a value; `all` or `any` of others; `first`
    of alternatives that can be done, as data decides; `nothing`.

    `text`: the author's words for it; `says`: where they hold values, the same as a tuple of texts and of expressions.
    """

    kind: Literal["do", "reach", "learn", "all", "any", "first", "nothing"]
    tool: str = ""
    args: tuple[Expr, ...] = ()
    choices: tuple[tuple[str, Expr], ...] = ()
    condition: Expr | None = None
    name: str = ""
    text: str = ""
    says: Expr | None = None
    goals: tuple["Goal", ...] = ()
    span: Span = _span()


@frozen
class Pick:
    """One draw of the sampler, or a `let` (a step of a scenario, not a node of its own)."""

    kind: Literal["pick", "let", "where"]
    name: str
    source: Expr
    low: int = 1
    high: int = 1
    many: bool = False
    span: Span = _span()


@frozen
class Disclosure:
    """How something reaches the agent: the user knows it, volunteers it, or only describes it.

    `says`: sentences that say it, each a tuple of texts and of the expressions between them; of what is described, what
    it is called for each way of `by`, empty where the author says nothing.
    """

    kind: Literal["knows", "volunteers", "describes"]
    label: str
    expr: Expr
    by: tuple[Expr, ...] = ()
    says: tuple[Expr, ...] = ()
    span: Span = _span()


@frozen
class Scenario:
    name: str
    doc: str
    weight: int
    picks: tuple[Pick, ...]
    given: tuple[Stmt, ...]
    goals: tuple[Goal, ...]
    disclosures: tuple[Disclosure, ...] = ()
    refusal: tuple[str, str] | None = None
    persona: str = ""
    span: Span = _span()


Node: TypeAlias = Expr | Stmt | Tool | Rule | Duty | Scenario | Goal
