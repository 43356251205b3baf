"""What a change undoes of what tests have told: after `remove order.note`, no note is known to be there.

In: a scope and the core statements that were passed since. Out: the scope with what still holds. A fact goes where the
field, entry or row that it speaks of, or is reached through, may have been written: whoever holds it, as two names may
mean one record.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from ..core.nodes import Branch, Each, Exit, Stmt, Var, Write
from ..core.types import ABSENT, Type, fits
from ..syntax import ast
from .environment import Environment
from .scope import Scope

ADDING = frozenset({"add", "extend", "insert", "insert_all"})


def after(scope: Scope, passed: Iterable[Stmt], env: Environment) -> Scope:
    """A scope behind statements."""
    writes = [w for w in _writes(passed) if w.kind not in ADDING] if scope.told else []
    if not writes:
        return scope
    told = {e: t for e, t in scope.told.items() if all(_Undoing(w, scope, env).spares(e, t) for w in writes)}
    return attrs.evolve(scope, told=told) if len(told) < len(scope.told) else scope


def _writes(stmts: Iterable[Stmt]) -> Iterator[Write]:
    """The changes of statements, but for branches that do not lead on."""
    for stmt in stmts:
        match stmt:
            case Write():
                yield stmt
            case Each():
                yield from _writes(stmt.body)
            case Branch():
                for branch in (stmt.then, stmt.other):
                    if not (branch and isinstance(branch[-1], Exit)):
                        yield from _writes(branch)


@attrs.frozen
class _Undoing:
    """A change, and the scope of the facts that it may undo."""

    write: Write
    scope: Scope
    env: Environment

    def spares(self, expr: ast.Expr, told: Type) -> bool:
        """Whether a fact still holds: it is about something else, or what was written there fits it as well."""
        if any(map(self._touches, _parts(expr))):
            return False
        new = self.write.value.type if self.write.value is not None else ABSENT
        return not self._touches(expr) or (not isinstance(expr, ast.CallOf | ast.Name) and fits(new, told))

    def _touches(self, expr: ast.Node) -> bool:
        """Whether it may change what an expression gives, leaving aside what that is reached through."""
        write = self.write
        match expr:
            case ast.FieldOf(_, name):
                return write.name == name.text
            case ast.IndexOf(target):
                return write.key is not None and self._table() == self._named_table(target)
            case ast.CallOf():
                return True
            case ast.Name(name) if name not in self.scope.names:
                return name in self.env.functions or (
                    write.name is None and write.key is None and name in self.env.states
                )
        return False

    def _table(self) -> str | None:
        """The table that is changed, if it is one and not a map."""
        target = self.write.target
        return target.name.removeprefix("table.") if isinstance(target, Var) and target.name[:6] == "table." else None

    def _named_table(self, expr: ast.Expr) -> str | None:
        named = isinstance(expr, ast.Name) and expr.name not in self.scope.names and expr.name in self.env.tables
        return expr.name if named and isinstance(expr, ast.Name) else None


def _parts(expr: Any) -> Iterator[Any]:
    """All that an expression is reached through."""
    for field in attrs.fields(type(expr)) if attrs.has(type(expr)) else ():
        value = getattr(expr, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, ast.Node):
                yield part
                yield from _parts(part)


__all__ = ["after"]
