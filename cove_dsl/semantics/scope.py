"""Names in scope while a body is read, and what tests have told about them."""

from collections.abc import Mapping

from attrs import evolve, field, frozen

from ..core.nodes import Expr, Var
from ..core.types import Type
from ..source import Span
from ..syntax import ast


@frozen
class Scope:
    """Immutable: entering a block makes a new one. `names` maps what the author wrote to what it stands for.

    `told` narrows the type of an expression that a test has looked at (`method is gift_card`, `line is present`).
    `where` says which kind of body this is; `it` is the innermost item of a `where`, `item` what the innermost `for` of
    a comprehension calls its own.
    """

    where: str
    names: Mapping[str, Expr] = field(factory=dict)
    told: Mapping[ast.Expr, Type] = field(factory=dict)
    places: Mapping[str, Span] = field(factory=dict)
    it: Expr | None = None
    item: str = ""
    reserved: frozenset[str] = frozenset()

    def bind(self, name: str, expr: Expr, span: Span) -> "Scope":
        told = {e: t for e, t in self.told.items() if not _starts_with(e, name)}
        return evolve(self, names={**self.names, name: expr}, places={**self.places, name: span}, told=told)

    def with_it(self, expr: Expr) -> "Scope":
        told = {e: t for e, t in self.told.items() if not _is_it(e)}
        return evolve(self, it=expr, told=told)

    def tell(self, facts: Mapping[ast.Expr, Type]) -> "Scope":
        return evolve(self, told={**self.told, **facts}) if facts else self


def _root(expr: ast.Expr) -> ast.Expr:
    while isinstance(expr, (ast.FieldOf, ast.IndexOf)):
        expr = expr.target
    return expr


def _starts_with(expr: ast.Expr, name: str) -> bool:
    return _root(expr) == ast.Name(name)


def _is_it(expr: ast.Expr) -> bool:
    return isinstance(_root(expr), ast.It)


def variable(scope: Scope, name: str, kind: Type, span: Span) -> Var:
    """A core variable whose name no other in scope has, so bodies can be put inside each other safely."""
    taken = taken_names(scope)
    fresh, n = name, 1
    while fresh in taken:
        n += 1
        fresh = f"{name}_{n}"
    return Var(fresh, kind, span)


def taken_names(scope: Scope) -> frozenset[str]:
    """The core names that mean something here."""
    inner = {e.name for e in scope.names.values() if isinstance(e, Var)}
    return scope.reserved | inner | ({scope.it.name} if isinstance(scope.it, Var) else set())
