"""The reference interpreter: what tools, effects, `sync`, `generate` and fixtures do to a world.

Enters: statements and a world. Leaves: an outcome, and the world changed. Guaranteed: a call that fails changes
nothing; a call whose course hangs on something unknown changes nothing and raises `UnknownEffect`.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Literal, Protocol, assert_never

from attrs import field, frozen

from ..source import Span
from .evaluator import Evaluator, World, unpack
from .nodes import Bind, Branch, Check, Each, Exit, Expr, Stmt, Tool, Var, Write
from .spec import Spec
from .types import Optional, strip
from .values import UNKNOWN, Host, Silent, Unknown, Value, conforms, detached, truth


class Store(World, Protocol):
    """A world that can be changed, and changed back."""

    def put(self, place: dict[str, Value], name: str, value: Value) -> None: ...
    def drop(self, place: dict[str, Value], name: str) -> None: ...
    def put_row(self, table: str, key: str, row: Value) -> None: ...
    def drop_row(self, table: str, key: str) -> None: ...
    def put_state(self, name: str, value: Value) -> None: ...
    def forget(self, name: str) -> None: ...
    def learn(self, table: str, row: dict[str, Value]) -> None: ...
    def mark(self) -> int: ...
    def undo(self, mark: int) -> None: ...
    def keep(self) -> None: ...


class UnknownEffect(Exception):
    """What a call would do is not known. Nothing was changed, but what an opaque tool touches is now unknown."""


class Failure(Exception):
    """A call or block fails on the way to a place that is not there. Its text is what the caller reads."""


@frozen
class Outcome:
    """What came of a call or block: a value, or why it failed."""

    ok: bool
    value: Value

    @property
    def text(self) -> str:
        """A failure as the caller reads it."""
        return f"Error: {self.value}"


@frozen
class Left:
    """How a sequence of statements was left before its end."""

    kind: Literal["return", "fail", "skip", "yield"]
    value: Value = None


@frozen
class Interpreter:
    """Carries statements out. `trace`, where given, gains each that was, with whether it is a check or a name by which
    a block was left."""

    spec: Spec
    world: Store
    host: Host = field(factory=Silent)
    trace: set[tuple[Span, bool]] | None = None

    @property
    def evaluator(self) -> Evaluator:
        return Evaluator(self.spec, self.world, self.host)

    # --- from outside

    def call(self, name: str, arguments: Mapping[str, Value]) -> Outcome:
        """One call, and then `sync`, as one: if either is unknown, both leave no trace."""
        start = self.world.mark()
        try:
            outcome = self._tool(name, arguments)
            self._whole(self.spec.sync, {})
        except UnknownEffect:
            self.world.undo(start)
            self._forget(name)
            raise
        finally:
            self.world.keep()
        return outcome

    def probe(self, name: str, arguments: Mapping[str, Value]) -> Outcome | None:
        """What a call would come to, before what follows it; None if that is not known. Changes nothing."""
        start = self.world.mark()
        try:
            return self._tool(name, arguments)
        except UnknownEffect:
            return None
        finally:
            self.world.undo(start)

    def sync(self) -> Outcome:
        """What follows every call. If it fails, it changes nothing."""
        return self.run(self.spec.sync)

    def fixture(self, name: str) -> Outcome:
        return self.run(self.spec.fixtures[name])

    def generate(self) -> Outcome:
        return self.run(self.spec.generate or ())

    def run(self, stmts: tuple[Stmt, ...], names: dict[str, Value] | None = None) -> Outcome:
        """A block, whole or not at all. `names` gains what it binds."""
        try:
            return self._whole(stmts, {} if names is None else names)
        finally:
            self.world.keep()

    # --- tools

    def _tool(self, name: str, arguments: Mapping[str, Value]) -> Outcome:
        tool = self.spec.tools.get(name)
        if tool is None:
            return Outcome(False, f"there is no tool `{name}`")
        problem = self._refusal(tool, arguments)
        if problem is not None:
            return Outcome(False, problem)
        if tool.body is None:
            raise UnknownEffect(f"nobody wrote what `{name}` does")
        return self._whole(tool.body, {param.name: deepcopy(arguments.get(param.name)) for param in tool.params})

    def _refusal(self, tool: Tool, arguments: Mapping[str, Value]) -> str | None:
        """What is wrong with the arguments of a call before anybody looks at the world."""
        for param in tool.params:
            value = arguments.get(param.name)
            if value is None and not isinstance(param.type, Optional):
                return f"missing argument `{param.name}`"
            if not conforms(value, param.type, self.spec.records):
                return f"argument `{param.name}` must be {strip(param.type)}"
        known = {param.name for param in tool.params}
        return next((f"unexpected argument `{name}`" for name in arguments if name not in known), None)

    def _forget(self, name: str) -> None:
        tool = self.spec.tools.get(name)
        for touched in tool.touches if tool is not None and tool.body is None else ():
            self.world.forget(touched)

    def _whole(self, stmts: tuple[Stmt, ...], names: dict[str, Value]) -> Outcome:
        """Statements to their end, or their changes taken back."""
        start = self.world.mark()
        try:
            left = self._statements(stmts, names, [])
        except Failure as failure:
            left = Left("fail", str(failure))
        except UnknownEffect:
            self.world.undo(start)
            raise
        if left is not None and left.kind == "fail":
            self.world.undo(start)
            return Outcome(False, left.value)
        return Outcome(True, deepcopy(left.value) if left is not None else None)

    # --- statements

    def _statements(self, stmts: tuple[Stmt, ...], names: dict[str, Value], yielded: list[Value]) -> Left | None:
        """`yielded` is the list of the collecting loop around them."""
        for stmt in stmts:
            if self.trace is not None:
                self.trace.add((stmt.span, False))
            left = self._statement(stmt, names, yielded)
            if left is not None:
                if self.trace is not None and isinstance(stmt, (Bind, Check)):
                    self.trace.add((stmt.span, True))
                return left
        return None

    def _statement(self, stmt: Stmt, names: dict[str, Value], yielded: list[Value]) -> Left | None:
        match stmt:
            case Exit():
                return self._exit(stmt, names, yielded)
            case Bind(name, value, otherwise):
                names[name] = self._value(value, names)
                return self._bound(names[name], otherwise, names, yielded)
            case Check(condition, _, because, otherwise):
                if self._decided(condition, names):
                    return None
                text = because or "A requirement is not met"
                return self._exit(otherwise, names, yielded) if otherwise else Left("fail", text)
            case Branch(condition, then, other):
                return self._statements(then if self._decided(condition, names) else other, names, yielded)
            case Each():
                return self._each(stmt, names, yielded)
            case Write():
                self._write(stmt, names)
                return None
            case _:
                assert_never(stmt)

    def _exit(self, leave: Exit, names: dict[str, Value], yielded: list[Value]) -> Left:
        value = self._value(leave.value, names) if leave.value is not None else None
        match leave.kind:
            case "yield":
                yielded.append(value)
                return Left("yield")
            case "return" | "fail" | "skip":
                return Left(leave.kind, value)
            case "violate" | "unknown":
                raise AssertionError("only rules have verdicts")
            case _:
                assert_never(leave.kind)

    def _bound(
        self, value: Value, otherwise: Exit | None, names: dict[str, Value], yielded: list[Value]
    ) -> Left | None:
        if otherwise is None:
            return None
        if value is UNKNOWN:
            raise UnknownEffect("whether it is there is not known")
        return self._exit(otherwise, names, yielded) if value is None else None

    def _each(self, loop: Each, names: dict[str, Value], yielded: list[Value]) -> Left | None:
        """Over the items as they are now. A `yield` ends the innermost turn, and gives to the collecting loop."""
        collected: list[Value] = [] if loop.into is not None else yielded
        for item in self._listed(loop.source, names):
            names.update(unpack(loop.names, item))
            left = self._statements(loop.body, names, collected)
            if left is not None and left.kind in ("return", "fail"):
                return left
        if loop.into is not None:
            names[loop.into] = collected
        return None

    # --- values

    def _value(self, expr: Expr, names: dict[str, Value]) -> Value:
        return self.evaluator.evaluate(expr, names)

    def _decided(self, condition: Expr, names: dict[str, Value]) -> bool:
        decided = truth(self._value(condition, names))
        if isinstance(decided, Unknown):
            raise UnknownEffect("a condition is not known")
        return decided

    def _listed(self, source: Expr, names: dict[str, Value]) -> list[Value]:
        items = self._value(source, names)
        if items is not None and not isinstance(items, list):
            raise UnknownEffect("what is gone through is not known")
        return list(items or ())

    # --- changes

    def _write(self, stmt: Write, names: dict[str, Value]) -> None:
        target = stmt.target
        if isinstance(target, Var) and target.name.startswith("table."):
            self._write_table(stmt, target.name.removeprefix("table."), names)
        elif isinstance(target, Var) and target.name.startswith("state.") and stmt.name is None and stmt.key is None:
            state = target.name.removeprefix("state.")
            self.world.put_state(state, self._new(stmt, self.world.state(state), names))
        else:
            self._write_place(stmt, names)

    def _write_place(self, stmt: Write, names: dict[str, Value]) -> None:
        place = self._value(stmt.target, names)
        name = stmt.name if stmt.key is None else self._key(stmt.key, names)
        if place is UNKNOWN:
            raise UnknownEffect("where to write is not known")
        if not isinstance(place, dict) or name is None:
            raise Failure("there is nothing to change")
        if stmt.kind == "remove" and stmt.key is not None:
            self.world.drop(place, name)
        else:
            self.world.put(place, name, self._new(stmt, place.get(name), names))

    def _new(self, stmt: Write, old: Value, names: dict[str, Value]) -> Value:
        """What stands at the place afterwards. What is new is copied: records are never shared; what was in a list
        before is still itself."""
        value = detached(self._value(stmt.value, names)) if stmt.value is not None else None
        match stmt.kind:
            case "set" | "remove":
                return value
            case "add" | "extend":
                more = [value] if stmt.kind == "add" else value
                return UNKNOWN if old is UNKNOWN or more is UNKNOWN else [*(old or []), *(more or [])]
            case "insert" | "insert_all":
                raise AssertionError("rows go into tables")
            case _:
                assert_never(stmt.kind)

    def _write_table(self, stmt: Write, table: str, names: dict[str, Value]) -> None:
        match stmt.kind:
            case "insert" | "insert_all":
                rows = self._value(stmt.value, names) if stmt.value is not None else None
                self._insert(table, [rows] if stmt.kind == "insert" else rows)
            case "set" | "remove":
                key = self._key(stmt.key, names) if stmt.key is not None else None
                if key is None:
                    raise Failure("there is nothing to change")
                if stmt.kind == "remove":
                    self.world.drop_row(table, key)
                else:
                    self.world.put_row(table, key, self._row(table, key, self._new(stmt, None, names)))
            case "add" | "extend":
                raise AssertionError("a table has rows, not items")
            case _:
                assert_never(stmt.kind)

    def _row(self, table: str, key: str, row: Value) -> Value:
        """A row that is to stand at a key, which is its own."""
        own = row.get(self.spec.tables[table].key) if isinstance(row, dict) else row
        if own is UNKNOWN:
            raise UnknownEffect("which row this is is not known")
        if own != key:
            raise Failure(f"a row of {table} stands at its own key")
        return row

    def _insert(self, table: str, rows: Value) -> None:
        if rows is UNKNOWN:
            raise UnknownEffect("which rows are new is not known")
        for row in rows or ():
            key = row.get(self.spec.tables[table].key) if isinstance(row, dict) else row
            there = self.world.row(table, key) if isinstance(key, str) else None
            if key is UNKNOWN or there is UNKNOWN:
                raise UnknownEffect("whether the row is new is not known")
            if not isinstance(key, str):
                raise Failure(f"a row of {table} needs a key")
            if there is not None:
                raise Failure(f"{key} is already in {table}")
            self.world.put_row(table, key, row)

    def _key(self, expr: Expr, names: dict[str, Value]) -> str | None:
        key = self._value(expr, names)
        if key is UNKNOWN:
            raise UnknownEffect("which entry is meant is not known")
        return key if isinstance(key, str) else None
