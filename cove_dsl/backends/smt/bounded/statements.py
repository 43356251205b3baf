"""What tools do to a small world. Statements are gone through under the condition that they are reached; a change is
made under it, so what stands at a place afterwards is one of two values. A call that fails leaves nothing behind."""

from typing import Any, assert_never

from attrs import define, field

from ....core.nodes import Bind, Branch, Check, Each, Exit, Expr, Stmt, Var, Write
from ....core.types import RecordType
from ....source import Span
from .. import terms
from ..terms import FALSE, TRUE
from . import sequences as lists
from .expressions import Env, Expressions
from .values import (
    NOTHING,
    Cell,
    Doubt,
    Maybe,
    Place,
    Scalar,
    Seq,
    Unsupported,
    Value,
    as_maybe,
    detached,
    merge,
)


@define
class Frame:
    """A body being gone through: under which conditions it was left for good, with what, and where it failed."""

    left: list[str] = field(factory=list)
    returned: list[tuple[str, Value]] = field(factory=list)
    failed: list[tuple[str, Span]] = field(factory=list)
    unknown: list[str] = field(factory=list)
    yielded: list[tuple[str, Value | Doubt]] = field(factory=list)

    @property
    def fails(self) -> str:
        return terms.either(g for g, _ in self.failed)


@define
class Statements(Expressions):
    """Carries statements out. `undo` remembers what stood at every place that was changed, `passed` under which
    conditions each statement is carried out, or is a check or a name by which a block is left."""

    undo: list[tuple[Any, str, Any]] = field(factory=list)
    passed: dict[tuple[Span, bool], list[str]] = field(factory=dict)

    def run(self, stmts: tuple[Stmt, ...], env: Env, guard: str, frame: Frame) -> str:
        """Goes through statements; the condition under which their end is reached."""
        for stmt in stmts:
            if guard == FALSE:
                return guard
            guard = self.shared(self.step(stmt, env, guard, frame), "Bool")
        return guard

    def step(self, stmt: Stmt, env: Env, guard: str, frame: Frame) -> str:
        self.passed.setdefault((stmt.span, False), []).append(guard)
        match stmt:
            case Bind():
                return self._bind(stmt, env, guard, frame)
            case Check(condition, _, _, otherwise):
                holds = self.condition(condition, env)
                frame.unknown.append(terms.both([guard, holds.unsure]))
                out = terms.both([guard, holds.no])
                self.passed.setdefault((stmt.span, True), []).append(out)
                self._leave(otherwise or Exit("fail", None, condition.span), env, out, frame, condition.span)
                return terms.both([guard, holds.yes])
            case Branch():
                return self._branch(stmt, env, guard, frame)
            case Exit():
                self._leave(stmt, env, guard, frame, stmt.span)
                return FALSE
            case Each():
                return self._each(stmt, env, guard, frame)
            case Write():
                self.write(stmt, env, guard, frame)
                return guard
            case _:
                assert_never(stmt)

    def _leave(self, leave: Exit, env: Env, guard: str, frame: Frame, span: Span) -> None:
        if guard == FALSE:
            return
        match leave.kind:
            case "fail":
                frame.failed.append((guard, span))
                frame.left.append(guard)
            case "return":
                value = self.encode(leave.value, env) if leave.value is not None else NOTHING
                frame.returned.append((guard, detached(value)))
                frame.left.append(guard)
            case "yield":
                if leave.value is not None:
                    frame.yielded.append((guard, self.encode(leave.value, env)))
            case "skip":
                pass
            case _:
                raise Unsupported("a verdict in a tool", span)

    def _bind(self, stmt: Bind, env: Env, guard: str, frame: Frame) -> str:
        value = self.encode(stmt.value, env)
        if stmt.otherwise is None:
            env[stmt.name] = value
            return guard
        found = as_maybe(value)
        frame.unknown.append(terms.both([guard, terms.negate(found.known)]))
        out = terms.both([guard, terms.negate(found.present)])
        self.passed.setdefault((stmt.span, True), []).append(terms.both([found.known, out]))
        self._leave(stmt.otherwise, env, out, frame, stmt.value.span)
        env[stmt.name] = found.value
        return terms.both([guard, found.present])

    def _branch(self, stmt: Branch, env: Env, guard: str, frame: Frame) -> str:
        decided = self.condition(stmt.condition, env)
        frame.unknown.append(terms.both([guard, decided.unsure]))
        ends = [
            self.run(stmt.then, dict(env), terms.both([guard, decided.yes]), frame),
            self.run(stmt.other, dict(env), terms.both([guard, decided.no]), frame),
        ]
        if ends == [terms.both([guard, decided.yes]), terms.both([guard, decided.no])]:
            return guard
        return terms.either(ends)

    def _each(self, loop: Each, env: Env, guard: str, frame: Frame) -> str:
        source = as_maybe(self.encode(loop.source, env))
        if not isinstance(source.value, Seq):
            raise Unsupported("going through what is no list", loop.source.span)
        seq = lists.settled(source.value)
        frame.unknown.append(terms.both([guard, terms.negate(terms.both([source.known, seq.known]))]))
        inner = Frame(frame.left, frame.returned, frame.failed, frame.unknown) if loop.into is not None else frame
        before = len(frame.left)
        for there, item in lists.certain(seq):
            gone = terms.negate(terms.either(frame.left[before:]))
            turn = terms.both([guard, source.present, there, gone])
            self.run(loop.body, {**env, **self.unpack(loop.names, item)}, self.shared(turn, "Bool"), inner)
        if loop.into is not None:
            env[loop.into] = Seq(lists.limited(inner.yielded))
        return terms.both([guard, terms.negate(terms.either(frame.left[before:]))])

    # --- changes

    def write(self, stmt: Write, env: Env, guard: str, frame: Frame) -> None:
        target = stmt.target
        if isinstance(target, Var) and target.name.startswith("table."):
            self._write_table(stmt, target.name.removeprefix("table."), env, guard, frame)
        elif isinstance(target, Var) and target.name.startswith("state.") and stmt.name is None and stmt.key is None:
            self._write_state(stmt, target.name, env, guard)
        else:
            self._write_place(stmt, env, guard, frame)

    def _write_state(self, stmt: Write, name: str, env: Env, guard: str) -> None:
        state = name.removeprefix("state.")
        old = self.state(state)
        self.undo.append((self.states, state, old))
        self.states[state] = merge(guard, self._new(stmt, old, env), old)
        self.memory.forget(f"state.{state}")

    def _write_place(self, stmt: Write, env: Env, guard: str, frame: Frame) -> None:
        place = as_maybe(self.encode(stmt.target, env))
        if not isinstance(place.value, Place):
            raise Unsupported("a change of what is taken as it comes", stmt.span)
        frame.failed.append((terms.both([guard, terms.negate(place.present)]), stmt.span))
        for g, cell in place.value.alts:
            here = self.shared(terms.both([guard, place.present, g]), "Bool")
            if stmt.key is not None:
                self._write_entry(stmt, cell, env, here)
            elif stmt.name is not None:
                old = cell.read(stmt.name)
                self.undo.append((cell.fields, stmt.name, old))
                cell.fields[stmt.name] = self._named(merge(here, self._fitted(self._new(stmt, old, env), old), old))
                self.memory.forget(self._field(cell, stmt.name))

    def _field(self, cell: Cell, name: str) -> str:
        """What is changed when a field is; where that may be anything, no name."""
        record = self.spec.records.get(cell.type.name) if isinstance(cell.type, RecordType) else None
        return f"{record.name}.{name}" if record is not None and name != record.tag else ""

    def _fitted(self, value: Value, old: Value) -> Value:
        return as_maybe(value) if isinstance(old, Maybe) else value

    def _write_entry(self, stmt: Write, cell: Cell, env: Env, guard: str) -> None:
        assert stmt.key is not None
        key = as_maybe(self.encode(stmt.key, env)).value
        if not isinstance(key, Scalar):
            raise Unsupported("a key that is no text", stmt.span)
        self.undo.append((cell, "entries", list(cell.entries)))
        here = [terms.both([guard, lists.number_equal(k.term, key.term)]) for _, k, _ in cell.entries]
        if stmt.kind == "remove":
            cell.entries = [
                (terms.both([g, terms.negate(h)]), k, v) for h, (g, k, v) in zip(here, cell.entries, strict=True)
            ]
            self.memory.forget()
            return
        there = terms.either(terms.both([h, g]) for h, (g, _, _) in zip(here, cell.entries, strict=True))
        changed = [
            (g, k, merge(terms.both([h, g]), self._new(stmt, v, env), v))
            for h, (g, k, v) in zip(here, cell.entries, strict=True)
        ]
        fresh = self._new(stmt, Seq(()), env)
        cell.entries = [*changed, (terms.both([guard, terms.negate(there)]), key, fresh)]
        self.memory.forget()

    def _new(self, stmt: Write, old: Value, env: Env) -> Value:
        """What stands at the place afterwards."""
        value = detached(self.encode(stmt.value, env)) if stmt.value is not None else NOTHING
        if stmt.kind in ("set", "remove"):
            return value
        (items, known), added = _listed(old, stmt.span), TRUE
        more: tuple[tuple[str, Value | Doubt], ...] = ((TRUE, value),)
        if stmt.kind == "extend":
            more, added = _listed(value, stmt.span)
        return Seq((*items, *more), terms.both([known, added]))

    # --- rows

    def _write_table(self, stmt: Write, table: str, env: Env, guard: str, frame: Frame) -> None:
        rows = self.rows(table)
        self.undo.append((self.tables, table, list(rows)))
        match stmt.kind:
            case "insert" | "insert_all":
                value = detached(self.encode(stmt.value, env)) if stmt.value is not None else NOTHING
                new = Seq(((TRUE, value),)) if stmt.kind == "insert" else as_maybe(value).value
                assert isinstance(new, Seq)
                for g, row in lists.certain(new):
                    self._insert(table, row, terms.both([guard, g]), frame, stmt)
            case "remove":
                self.tables[table] = [(self._without(table, stmt.key, c, env, guard, g), c) for g, c in rows]
                self.memory.forget(f"table.{table}")
            case _:
                raise Unsupported("a row put in the place of another", stmt.span)

    def _insert(self, table: str, row: Value, guard: str, frame: Frame, stmt: Write) -> None:
        if not isinstance(row, Place) or len(row.alts) != 1:
            raise Unsupported("a new row that is one of several", stmt.span)
        cell = row.alts[0][1]
        key = self.key(table, cell)
        taken = terms.either(
            terms.both([g, lists.number_equal(self.key(table, c).term, key.term)]) for g, c in self.tables[table]
        )
        frame.failed.append((terms.both([guard, taken]), stmt.span))
        self.tables[table] = [*self.tables[table], (terms.both([guard, terms.negate(taken)]), cell)]
        self.memory.forget(f"table.{table}")

    def _without(self, table: str, key: Expr | None, cell: Cell, env: Env, guard: str, there: str) -> str:
        word = as_maybe(self.encode(key, env)).value if key is not None else None
        if not isinstance(word, Scalar):
            raise Unsupported("a row without a key")
        meant = terms.both([guard, lists.number_equal(self.key(table, cell).term, word.term)])
        return terms.both([there, terms.negate(meant)])

    # --- whole or not at all

    def keep_if(self, ok: str, since: int) -> None:
        """What was changed since a mark stays only under a condition."""
        if ok == TRUE:
            return
        first: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        for place, name, old in self.undo[since:]:
            first.setdefault((id(place), name), (place, name, old))
        for place, name, old in first.values():
            if name == "entries" and isinstance(place, Cell):
                place.entries = _merged_rows(ok, place.entries, old)
            elif place is self.tables:
                self.tables[name] = _merged_rows(ok, self.tables[name], old)
            else:
                place[name] = merge(ok, place[name], old)
        if first:
            self.memory.forget()


def _listed(value: Value, span: Span) -> tuple[tuple[tuple[str, Value | Doubt], ...], str]:
    """The items of a list, none of one that is absent, and when it is known."""
    inner = as_maybe(value)
    if not isinstance(inner.value, Seq):
        if inner.present != FALSE:
            raise Unsupported("adding what is no list, or to what is none", span)
        return (), inner.known
    items = tuple((terms.both([inner.present, g]), v) for g, v in inner.value.items)
    return items, terms.both([inner.known, terms.implies(inner.present, inner.value.known)])


def _merged_rows(ok: str, now: list[Any], old: list[Any]) -> list[Any]:
    """Rows or entries as they are now, or as they were: the old ones come first, in their order."""
    otherwise = terms.negate(ok)
    made = []
    for i, item in enumerate(now):
        if i >= len(old):
            made.append((terms.both([ok, item[0]]), *item[1:]))
            continue
        before = old[i]
        guard = terms.choose(ok, item[0], before[0]) if item[0] != before[0] else item[0]
        if len(item) == 3 and item[2] is not before[2]:
            made.append((terms.either([terms.both([ok, item[0]]), terms.both([otherwise, before[0]])]), item[1],
                         merge(ok, item[2], before[2])))  # fmt: skip
        else:
            made.append((guard, *item[1:]))
    return made
