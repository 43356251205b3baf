"""The conditions that rules decide by, taken apart into atoms, and a specification that says what each atom came to.

In: a checked specification. Out: every condition of its rules (what is required, what narrows, what a branch or a duty
asks, and the definitions that these rest on), and the specification rewritten so that each condition is one call of a
definition whose arguments are its atoms. The rewritten specification means the same: a definition's arguments are
evaluated first, and expressions are total and pure. Whoever listens to these definitions learns what the atoms were,
from the evaluator or checker that is there anyway.

An atom is a part of a condition without `and`, `or`, `not` or `if ... then ... else`; a quantifier is one atom. What is
written twice in a condition is one atom.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import define, evolve, field, frozen

from ..source import Span
from .evaluator import Evaluator
from .memory_world import MemoryWorld
from .nodes import (
    Apply,
    Bind,
    Branch,
    Check,
    Clause,
    Const,
    Duty,
    Each,
    Exit,
    Expr,
    If,
    Is,
    Let,
    Param,
    Rule,
    Stmt,
    Var,
)  # fmt: skip
from .spec import Define, Spec
from .types import BOOL, Type, strip
from .values import UNKNOWN, Truth, truth
from .walk import fields_of

COMPARISONS: Final = frozenset({"lt", "le", "gt", "ge"})
MARK: Final = "ƛ"  # begins no name of a specification
Kind: TypeAlias = Literal["require", "when", "if", "otherwise", "duty", "until", "value"]
Vector: TypeAlias = tuple[bool | None, ...]


@frozen
class Condition:
    """One condition: where it stands, its atoms, and how they make it true. `key` names the definition that hears it;
    `owner` is the rule or the definition that it belongs to. Of a name that must not be absent (`otherwise`) the one
    atom is whether it is there."""

    key: str
    owner: str
    of: Literal["rule", "define"]
    kind: Kind
    label: str
    whole: Expr
    skeleton: Expr
    atoms: tuple[Expr, ...]
    span: Span

    def outcome(self, atoms: Vector, spec: Spec) -> Truth:
        """What the condition comes to; an atom that is None is unknown."""
        names = {_name(i): UNKNOWN if v is None else v for i, v in enumerate(atoms)}
        return truth(Evaluator(spec, MemoryWorld(spec, {})).evaluate(self.skeleton, names))

    def deciding(self, atoms: Vector, spec: Spec) -> tuple[bool, ...]:
        """Of each atom, whether the condition would come out the other way if it alone did."""
        now = self.outcome(atoms, spec)
        return tuple(now is not UNKNOWN and self._turns(atoms, i, now, spec) for i in range(len(atoms)))

    def _turns(self, atoms: Vector, at: int, now: Truth, spec: Spec) -> bool:
        if atoms[at] is None:
            return False
        other = self.outcome((*atoms[:at], not atoms[at], *atoms[at + 1 :]), spec)
        return other is not UNKNOWN and other is not now


@frozen
class Listening:
    """A specification that means the same and calls a definition for each condition, by that condition's key."""

    spec: Spec
    conditions: dict[str, Condition] = field(factory=dict)


def listening(spec: Spec, rules: Iterable[str] | None = None) -> Listening:
    """A specification with the conditions of its rules (or of some) taken apart."""
    maker = _Maker(spec)
    chosen = set(spec.rules if rules is None else rules)
    made = {n: maker.rule(r) if n in chosen else r for n, r in spec.rules.items()}
    defines = {**spec.defines, **maker.defines}
    return Listening(evolve(spec, rules=made, defines=defines, hash=f"{spec.hash}:conditions"), maker.conditions)


@frozen
class Comparing:
    """A specification that means the same and calls a definition, by its key, with both sides of every comparison that
    its rules rest on. `owners`: the rule or definition in which each stands."""

    spec: Spec
    comparisons: dict[str, Apply] = field(factory=dict)
    owners: dict[str, str] = field(factory=dict)


def comparing(spec: Spec) -> Comparing:
    """A specification with the comparisons of its rules heard."""
    maker = _Comparer(spec)
    rules = {n: maker.rule(r) for n, r in spec.rules.items()}
    made = evolve(spec, rules=rules, defines={**spec.defines, **maker.defines}, hash=f"{spec.hash}:comparisons")
    return Comparing(made, maker.comparisons, maker.owners)


def taken_apart(expr: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """A condition as a skeleton over `ƛ0`, `ƛ1` and on, and its atoms."""
    atoms: list[Expr] = []
    skeleton = _skeleton(expr, atoms)
    return skeleton, tuple(atoms)


def _skeleton(expr: Expr, atoms: list[Expr]) -> Expr:
    match expr:
        case Apply("and" | "or" | "not", args):
            return evolve(expr, args=tuple(_skeleton(a, atoms) for a in args))
        case If(condition, then, other) if strip(expr.type) == BOOL:
            parts = [_skeleton(e, atoms) for e in (condition, then, other)]
            return evolve(expr, condition=parts[0], then=parts[1], other=parts[2])
        case Const():
            return expr
        case _:
            if expr not in atoms:
                atoms.append(expr)
            return Var(_name(atoms.index(expr)), BOOL, expr.span)


def _name(at: int) -> str:
    return f"{MARK}{at}"


@define
class _Maker:
    """Rewrites rules, and the definitions that they lead to under names of their own: tools keep theirs."""

    spec: Spec
    conditions: dict[str, Condition] = field(factory=dict)
    defines: dict[str, Define] = field(factory=dict)
    owner: tuple[str, Literal["rule", "define"]] = ("", "rule")

    def rule(self, rule: Rule) -> Rule:
        self.owner = (rule.name, "rule")
        return evolve(rule, body=self._stmts(rule.body), duties=tuple(map(self._duty, rule.duties)))

    def _duty(self, duty: Duty) -> Duty:
        met, until = duty.condition, duty.until_condition
        return evolve(
            duty,
            condition=None if met is None else self.condition(met, "duty", duty.label),
            until_condition=None if until is None else self.condition(until, "until", duty.label),
        )

    # --- statements

    def _stmts(self, stmts: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        return tuple(map(self._stmt, stmts))

    def _stmt(self, stmt: Stmt) -> Stmt:
        match stmt:
            case Check(condition, label, _, leave):
                kind: Kind = "when" if leave is not None and leave.kind == "skip" else "require"
                return evolve(stmt, condition=self.condition(condition, kind, label))
            case Bind(_, value, leave):
                value = self.expr(value)
                ends = leave is not None and leave.kind in ("violate", "unknown")
                return evolve(stmt, value=self._present(value, stmt.value) if ends else value)
            case Branch(condition, then, other):
                asked = self.condition(condition, "if", "")
                return evolve(stmt, condition=asked, then=self._stmts(then), other=self._stmts(other))
            case Each(_, source, body):
                return evolve(stmt, source=self.expr(source), body=self._stmts(body))
            case Exit(_, value) if value is not None:
                return evolve(stmt, value=self.expr(value))
            case _:
                return stmt

    def _present(self, value: Expr, written: Expr) -> Expr:
        """A value that must not be absent, heard on its way."""
        atom = Is(written, "present", None, BOOL, written.span)
        return self._heard("otherwise", "", atom, Var(_name(0), written.type), (atom,), (value,), written.type)

    # --- expressions

    def condition(self, expr: Expr, kind: Kind, label: str) -> Expr:
        """A condition as one call over its atoms. Names that it binds itself stay around it."""
        if isinstance(expr, Let):
            return evolve(expr, value=self.expr(expr.value), body=self.condition(expr.body, kind, label))
        skeleton, atoms = taken_apart(expr)
        given = tuple(map(self.expr, atoms))
        return self._heard(kind, label, expr, skeleton, atoms, given, expr.type)

    def _heard(
        self, kind: Kind, label: str, whole: Expr, skeleton: Expr, atoms: tuple[Expr, ...], given: tuple[Expr, ...],
        type_: Type,
    ) -> Expr:  # fmt: skip
        key = f"{MARK}{len(self.conditions)}"
        owner, of = self.owner
        self.conditions[key] = Condition(key, owner, of, kind, label, whole, skeleton, atoms, whole.span)
        params = tuple(Param(_name(i), a.type) for i, a in enumerate(given))
        self.defines[key] = Define(key, params, type_, "", skeleton, span=whole.span)
        return Apply(f"define:{key}", given, type_, whole.span)

    def expr(self, expr: Expr) -> Expr:
        """An expression with the definitions that it leads to, and what they choose by, taken apart."""
        made: Expr = _mapped(expr, self.expr)
        if isinstance(made, Apply) and made.op.startswith("define:"):
            return evolve(made, op=f"define:{self._define(made.op.removeprefix('define:'))}")
        return made

    def _define(self, name: str) -> str:
        """The definition to call in place of another: recognisers, facts and tables stay as they are."""
        found, own = self.spec.defines[name], f"{MARK}{name}"
        if found.kind != "define":
            return name
        if own not in self.defines:
            outer, self.owner = self.owner, (name, "define")
            several = strip(found.returns) == BOOL and len(taken_apart(found.body)[1]) > 1
            body = self.condition(found.body, "value", "") if several else self.expr(found.body)
            self.defines[own] = evolve(found, name=own, body=body)
            self.owner = outer
        return own


@define
class _Comparer(_Maker):
    """Leaves conditions whole, and hears what is compared."""

    comparisons: dict[str, Apply] = field(factory=dict)
    owners: dict[str, str] = field(factory=dict)

    def condition(self, expr: Expr, kind: Kind, label: str) -> Expr:
        return self.expr(expr)

    def _present(self, value: Expr, written: Expr) -> Expr:
        return value

    def expr(self, expr: Expr) -> Expr:
        made = super().expr(expr)
        if not isinstance(made, Apply) or made.op not in COMPARISONS:
            return made
        key = f"{MARK}compared{len(self.comparisons)}"
        self.comparisons[key], self.owners[key] = evolve(made, args=expr.args), self.owner[0]  # type: ignore[union-attr]
        params = tuple(Param(_name(i), a.type) for i, a in enumerate(made.args))
        body = evolve(made, args=tuple(Var(p.name, p.type, made.span) for p in params))
        self.defines[key] = Define(key, params, made.type, "", body, span=made.span)
        return evolve(made, op=f"define:{key}")


def _mapped(node: Any, change: Any) -> Any:
    """An expression with its parts changed."""
    made = {}
    for name in fields_of(node):
        value = getattr(node, name)
        new = tuple(_part(v, change) for v in value) if isinstance(value, tuple) else _part(value, change)
        if new != value or new is not value:
            made[name] = new
    return evolve(node, **made) if made else node


def _part(value: Any, change: Any) -> Any:
    if isinstance(value, Clause):
        return _mapped(value, change)
    return change(value) if isinstance(value, _EXPRESSIONS) else value


_EXPRESSIONS = get_args(Expr)

__all__ = ["Comparing", "Condition", "Kind", "Listening", "Vector", "comparing", "listening", "taken_apart"]
