"""Core statements as Python source: tools over a world that they own, rules that write judgements down."""

from typing import assert_never

from attrs import define, field

from ...core.nodes import Apply, Bind, Branch, Check, Duty, Each, Events, Exit, Expr, Lookup, Stmt, Var, Write
from ...core.types import EnumType, Prim, Ref, Type
from ...core.walk import walk
from .expressions import ExpressionEmitter, name_of

SCALARS = (Prim, EnumType, Ref)


@define
class Body:
    """Lines of one function. `mode`: what a failed check and an unknown mean here."""

    expressions: ExpressionEmitter
    mode: str
    lines: list[str] = field(factory=list)
    depth: int = 1
    loops: list[str | None] = field(factory=list)
    doubts: int = 0
    roots: dict[str, str] = field(factory=dict)

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def block(self, stmts: tuple[Stmt, ...]) -> None:
        """Indented statements; an empty block passes."""
        self.depth += 1
        before = len(self.lines)
        for stmt in stmts:
            self.statement(stmt)
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    @property
    def doubt(self) -> str:
        return f"doubt{self.doubts}" if self.doubts else "False"

    def value(self, expr: Expr) -> str:
        """An expression; in a tool it must be known."""
        made = self.expressions.emit(expr)
        return f"known({made})" if self.mode == "tool" else made

    def statement(self, stmt: Stmt) -> None:
        match stmt:
            case Bind():
                self._bind(stmt)
            case Check():
                self._check(stmt)
            case Each():
                self._each(stmt)
            case Branch():
                self._branch(stmt)
            case Write():
                self._write(stmt)
            case Exit():
                self._exit(stmt)
            case _:
                assert_never(stmt)

    # --- names and conditions

    def _bind(self, stmt: Bind) -> None:
        made = self.value(stmt.value) if self.mode == "tool" and stmt.otherwise is not None else self.expressions.emit(stmt.value)
        if stmt.name in self.roots and not _owned_already(stmt.value):
            made = f"c.world.own_row({self.roots[stmt.name]!r}, {made})"
        if isinstance(stmt.value, Events) and stmt.value.before is stmt.value.after is None:
            made += "[:]"  # the engine's list grows on
        self.line(f"{name_of(stmt.name)} = {made}")
        if stmt.otherwise is not None:
            self.line(f"if {name_of(stmt.name)} is None:")
            self.block((stmt.otherwise,))

    def _check(self, stmt: Check) -> None:
        condition = self.expressions.emit(stmt.condition)
        if self.mode == "tool":
            self.line(f"if not holds({condition}):")
            self.block((stmt.otherwise,) if stmt.otherwise else ())
        elif stmt.otherwise is not None and stmt.otherwise.kind == "skip":
            self._narrow(condition, stmt.otherwise)
        else:
            text = f", {self.expressions.emit(stmt.otherwise.value)}" if stmt.otherwise and stmt.otherwise.value is not None else ""
            self.line(f"c.judge({stmt.label!r}, {condition}, {self.doubt}{text})")

    def _narrow(self, condition: str, leave: Exit) -> None:
        """`when`: nothing after it is judged unless it holds, and only in doubt if that is not known."""
        self.line(f"when = {condition}")
        self.line("if when is False:")
        self.block((leave,))
        outer = self.doubt
        self.doubts += 1
        self.line(f"doubt{self.doubts} = {outer} or when is UNKNOWN")

    def _each(self, stmt: Each) -> None:
        if stmt.into is not None:
            self.line(f"{name_of(stmt.into)} = []")
        source = self.expressions.emit(stmt.source)
        outer = self.doubts
        names = ", ".join(map(name_of, stmt.names))
        if self.mode == "tool":
            self.line(f"for {names} in list(known({source}) or ()):")
            self._loop_body(stmt)
        else:
            self.line(f"each = {source}")
            self.line("if each is UNKNOWN:")
            self.depth += 1
            self.line(f"{name_of(stmt.into)} = UNKNOWN" if stmt.into else f"c.judge('', UNKNOWN, {self.doubt})")
            self.depth -= 1
            self.line(f"for {names} in list(each or ()) if each is not UNKNOWN else ():")
            self._loop_body(stmt)
        self.doubts = outer

    def _loop_body(self, stmt: Each) -> None:
        self.loops.append(stmt.into)
        self.block(stmt.body)
        self.loops.pop()

    def _branch(self, stmt: Branch) -> None:
        condition = self.expressions.emit(stmt.condition)
        if self.mode == "tool":
            self.line(f"if holds({condition}):")
            self.block(stmt.then)
            if stmt.other:
                self.line("else:")
                self.block(stmt.other)
            return
        outer, which = self.doubts, f"branch{len(self.lines)}"
        self.line(f"{which} = {condition}")
        for test, body in ((f"{which} is not False", stmt.then), (f"{which} is not True", stmt.other)):
            if body:
                self.line(f"if {test}:")
                self.depth += 1
                before = self.doubt
                self.doubts = outer + 1
                self.line(f"doubt{self.doubts} = {before} or {which} is UNKNOWN")
                for inner in body:
                    self.statement(inner)
                self.depth -= 1
                self.doubts = outer

    # --- leaving

    def _exit(self, stmt: Exit) -> None:
        value = self.expressions.emit(stmt.value) if stmt.value is not None else "None"
        match stmt.kind:
            case "return":
                self.line(f"return known({value})")
            case "fail":
                self.line(f"raise Fail(known({value}))")
            case "yield":
                into = next((name for name in reversed(self.loops) if name is not None), None)
                self.line(f"{name_of(into or 'lost')}.append({value})")
            case "skip":
                self._leave()
            case "violate":
                self.line(f"c.judge('', False, {self.doubt}, {value})")
                self._leave()
            case "unknown":
                self.line(f"c.judge('', UNKNOWN, {self.doubt})")
                self._leave()
            case _:
                assert_never(stmt.kind)

    def _leave(self) -> None:
        self.line("continue" if self.loops else "return")

    # --- changes

    def _write(self, stmt: Write) -> None:
        value = self._written(stmt.value) if stmt.value is not None else "None"
        target = stmt.target
        if isinstance(target, Var) and target.name.startswith("table."):
            self._write_table(stmt, target.name.removeprefix("table."), value)
        elif isinstance(target, Var) and target.name.startswith("state.") and stmt.name is None:
            self.line(f"c.world.set_single({target.name.removeprefix('state.')!r}, {value})")
        elif stmt.name is not None:
            self._write_field(stmt, f"known({self.expressions.emit(target)})", value)
        else:
            place, key = f"known({self.expressions.emit(target)})", f"known({self.expressions.emit(stmt.key)})" if stmt.key else "None"
            self.line(f"{place}.pop({key}, None)" if stmt.kind == "remove" else f"{place}[{key}] = {value}")

    def _write_table(self, stmt: Write, table: str, value: str) -> None:
        if stmt.kind == "insert":
            self.line(f"c.world.insert({table!r}, {value})")
        elif stmt.kind == "insert_all":
            self.line(f"for row in {value}:")
            self.line(f"    c.world.insert({table!r}, row)")
        else:
            key = f"known({self.expressions.emit(stmt.key)})" if stmt.key else "None"
            self.line(f"c.world.remove({table!r}, {key})")

    def _write_field(self, stmt: Write, target: str, value: str) -> None:
        place = f"{target}[{stmt.name!r}]"
        match stmt.kind:
            case "set":
                self.line(f"{place} = {value}")
            case "add":
                self.line(f"{place} = [*({target}.get({stmt.name!r}) or ()), {value}]")
            case "extend":
                self.line(f"{place} = [*({target}.get({stmt.name!r}) or ()), *{value}]")
            case "remove":
                self.line(f"{place} = None")
            case "insert" | "insert_all":
                raise AssertionError(stmt.kind)
            case _:
                assert_never(stmt.kind)

    def _written(self, expr: Expr) -> str:
        made = self.value(expr)
        return made if isinstance(expr.type, SCALARS) else f"copied({made})"

    # --- duties

    def duties(self, duties: tuple[Duty, ...]) -> None:
        if not duties:
            return
        made = [self._duty(d) for d in duties]
        self.line(f"c.owe([{', '.join(made)}])")

    def _duty(self, duty: Duty) -> str:
        parts = [repr(duty.mode)]
        for pattern, condition in ((duty.pattern, duty.condition), (duty.until, duty.until_condition)):
            parts.append(self.expressions.pattern(pattern) if pattern is not None else "None")
            parts.append(f"lambda it_: {self.expressions.emit(condition)}" if condition is not None else "None")
        return f"c.duty({', '.join(parts)}, {self.doubt})"


def written_tables(body: tuple[Stmt, ...], defines: dict[str, Expr]) -> tuple[frozenset[str], dict[str, str]]:
    """The tables and states that statements may change, and the names that stand for rows found by looking through one."""
    binds = {s.name: s.value for s in walk(body) if isinstance(s, Bind)}
    loops = {n: s.source for s in walk(body) if isinstance(s, Each) for n in s.names}
    tables: set[str] = set()
    for write in (n for n in walk(body) if isinstance(n, Write)):
        tables |= _sources(write.target, binds | loops, defines, set())
    roots = {}
    for name, value in binds.items():
        searched = [t for t in tables if not _looks_up(value, t) and _searches(value, t, defines)]
        if len(searched) == 1:
            roots[name] = searched[0]
    return frozenset(tables), roots


def _sources(expr: Expr, names: dict[str, Expr], defines: dict[str, Expr], seen: set[str]) -> set[str]:
    found: set[str] = set()
    for node in walk(expr):
        if isinstance(node, Var):
            kind, _, rest = node.name.partition(".")
            if rest:
                found.add(rest)
            elif node.name in names and node.name not in seen:
                seen.add(node.name)
                found |= _sources(names[node.name], names, defines, seen)
        elif isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
            seen.add(node.op)
            found |= _sources(defines[node.op.removeprefix("define:")], names, defines, seen)
    return found


def _looks_up(expr: Expr, table: str) -> bool:
    return any(isinstance(n, Lookup) and isinstance(n.target, Var) and n.target.name == f"table.{table}" for n in walk(expr))


def _searches(expr: Expr, table: str, defines: dict[str, Expr]) -> bool:
    from ...core.types import Optional, RecordType

    kind: Type = expr.type.item if isinstance(expr.type, Optional) else expr.type
    return isinstance(kind, RecordType) and any(isinstance(n, Var) and n.name == f"table.{table}" for n in walk(expr))


def _owned_already(expr: Expr) -> bool:
    return isinstance(expr, Lookup)
