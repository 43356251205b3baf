"""Core statements as Python source: tools over a world that they own, rules that write judgements down.

In a tool every step has to be known: where it is not, the runtime's `known`, `holds`, `listed`, `place` and the like
end the call, and nothing was changed. In a rule what is not known becomes doubt, which the engine keeps.
"""

from typing import Literal, assert_never

from attrs import define, field

from ...core.nodes import Apply, Bind, Branch, Check, Collect, Duty, Each, Exit, Expr, Stmt, Var, Write
from ...core.partial import may_leave_rule
from ...core.spec import Spec
from ...core.types import EnumType, Prim, Ref, Type
from ...core.walk import walk
from .expressions import ExpressionEmitter, name_of

Way = tuple[Stmt, ...]


def is_scalar(kind: Type) -> bool:
    """Whether values of a type share nothing that could change."""
    return isinstance(kind, (EnumType, Ref)) or (isinstance(kind, Prim) and kind.name != "json")


def asks_what_is_listed(condition: Expr, spec: Spec) -> bool:
    """Whether a condition asks what a message lists, by definitions too."""
    seen: set[str] = set()
    waiting: list[Expr] = [condition]
    for expr in waiting:
        called = {n.op for n in walk(expr) if isinstance(n, Apply)} - seen
        if "lists" in called:
            return True
        seen |= called
        names = (op.removeprefix("define:") for op in called if op.startswith("define:"))
        waiting += [spec.defines[name].body for name in names if name in spec.defines]
    return False


@define
class Body:
    """Lines of one function. `mode`: what a failed check and an unknown mean here. `loops`: for each loop around, the
    list that it collects into, if it does; `inside` says whether the function is one way of a branch."""

    expressions: ExpressionEmitter
    mode: Literal["tool", "rule"]
    lines: list[str] = field(factory=list)
    depth: int = 1
    loops: list[str | None] = field(factory=list)
    turns: int = 0
    inside: bool = False
    fresh: int = 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def block(self, stmts: Way) -> None:
        """Indented statements; an empty block passes."""
        self.depth += 1
        before = len(self.lines)
        for stmt in stmts:
            self.statement(stmt)
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def value(self, expr: Expr) -> str:
        return self.expressions.emit(expr)

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
        made, name = self.value(stmt.value), name_of(stmt.name)
        strict = self.mode == "tool" and stmt.otherwise is not None
        self.line(f"{name} = known({made})" if strict else f"{name} = {made}")
        if stmt.otherwise is None:
            return
        self.line(f"if {name} is None:")
        self.block((stmt.otherwise,))
        if self.mode == "rule":
            self.line(f"if {name} is UNKNOWN:")
            self._doubt(stmt.otherwise)

    def _doubt(self, leave: Exit) -> None:
        """It is not known whether a rule is left here: then neither is what leaving would say."""
        self.depth += 1
        self.line("c.in_doubt()")
        if leave.kind == "yield" and self.collected is not None:
            self.line(f"{self.collected}.append(MAYBE)")
        elif leave.kind in ("violate", "unknown"):
            self.line("c.judge('', UNKNOWN)")
        self.depth -= 1

    def _check(self, stmt: Check) -> None:
        condition, leave = self.value(stmt.condition), stmt.otherwise
        if self.mode == "tool":
            self.line(f"if not holds({condition}):")
            if leave is not None:
                self.block((leave,))
            else:
                self.line(f"    raise Fail({stmt.because or 'A requirement is not met'!r})")
        elif leave is not None and leave.kind == "skip":
            self.line(f"when = {condition}")
            self.line("if when is False:")
            self.block((leave,))
            self.line("if when is not True:")
            self._doubt(leave)
        elif leave is not None and leave.kind == "unknown":
            self.line(f"c.judge({stmt.label!r}, unless_false({condition}))")
        else:
            text = leave.value if leave is not None and leave.kind == "violate" else None
            said = f", lambda: {self.value(text)}" if text is not None else ""
            if asks_what_is_listed(stmt.condition, self.expressions.spec):
                said += ", listed=True"
            self.line(f"c.judge({stmt.label!r}, {condition}{said})")

    # --- loops and branches

    @property
    def collected(self) -> str | None:
        """The list of the innermost loop that collects."""
        return next((name for name in reversed(self.loops) if name is not None), None)

    def _each(self, stmt: Each) -> None:
        into = name_of(stmt.into) if stmt.into is not None else None
        source = self.value(stmt.source)
        if into is not None:
            self.line(f"{into} = []")
        lasting = self.mode == "rule" and may_leave_rule(stmt.body)
        passing = self.mode == "rule" and not lasting
        doubtful = passing and any(isinstance(n, (Bind, Check, Branch)) and _may_doubt(n) for n in walk(stmt.body))
        kept = f"doubt{self._number()}"
        if doubtful:
            self.line(f"{kept} = c.doubt, c.narrowed")
        gathers = into or self.collected
        more = f"{f', {gathers}' if gathers else ''}{', lasting=True' if lasting else ''}"
        items = f"listed({source})" if self.mode == "tool" else f"c.turns({source}{more})"
        item = name_of(stmt.names[0]) if len(stmt.names) == 1 else f"item{self._number()}"
        self.line(f"for {item} in {items}:")
        self.depth += 1
        if doubtful:
            self.line(f"c.doubt, c.narrowed = {kept}")
        if len(stmt.names) > 1:
            self.line(f"{', '.join(map(name_of, stmt.names))} = parts({item}, {len(stmt.names)})")
        self.depth -= 1
        self._loop_body(stmt, into)
        if doubtful:
            self.line(f"c.doubt, c.narrowed = {kept}")
        if into is not None:
            self.line(f"{into} = gathered({into})")

    def _loop_body(self, stmt: Each, into: str | None) -> None:
        self.loops.append(into)
        self.turns += 1
        self.block(stmt.body)
        self.turns -= 1
        self.loops.pop()

    def _number(self) -> int:
        self.fresh += 1
        return self.fresh

    def _branch(self, stmt: Branch) -> None:
        condition = self.value(stmt.condition)
        if self.mode == "tool":
            self.line(f"if holds({condition}):")
            self.block(stmt.then)
            if stmt.other:
                self.line("else:")
                self.block(stmt.other)
            return
        number = self._number()
        then = self._way(f"then{number}", stmt.then)
        other = self._way(f"else{number}", stmt.other) if stmt.other else "None"
        made = f"c.branch({condition}, {then}, {other})"
        if not any(isinstance(n, Exit) or _leaves(n) for n in walk((stmt.then, stmt.other))):
            self.line(made)
            return
        self.line(f"left = {made}")
        self._pass_on()

    def _way(self, name: str, stmts: Way) -> str:
        """One way of a branch as a function of its own: if the condition is not known, both are gone."""
        self.line(f"def {name}():")
        inner = Body(self.expressions, self.mode, [], self.depth, list(self.loops), 0, True, self.fresh)
        inner.block(stmts)
        self.lines += inner.lines
        self.fresh = inner.fresh
        return name

    def _pass_on(self) -> None:
        """What was left by a branch is left here too."""
        self.line("if left == 'rule':")
        self.line("    return 'rule'" if self.inside else "    return")
        self.line("if left == 'turn':")
        self.depth += 1
        self._leave_turn()
        self.depth -= 1

    # --- leaving

    def _exit(self, stmt: Exit) -> None:
        value = self.value(stmt.value) if stmt.value is not None else "None"
        match stmt.kind:
            case "return":
                self.line(f"return {value}")
            case "fail":
                self.line(f"raise Fail({value})")
            case "yield":
                self._yield(value)
                self._leave_turn()
            case "skip":
                self._leave_turn()
            case "violate":
                self.line(f"c.judge('', False, lambda: {value})")
                self._leave_rule()
            case "unknown":
                self.line("c.judge('', UNKNOWN)")
                self._leave_rule()
            case _:
                assert_never(stmt.kind)

    def _yield(self, value: str) -> None:
        if self.collected is not None:
            doubted = f"MAYBE if c.doubt else {value}" if self.mode == "rule" else value
            self.line(f"{self.collected}.append({doubted})")

    def _leave_turn(self) -> None:
        self.line("continue" if self.turns else "return 'turn'" if self.inside else "return")

    def _leave_rule(self) -> None:
        self.line("return 'rule'" if self.inside else "return")

    # --- changes

    def _write(self, stmt: Write) -> None:
        value = self._written(stmt.value) if stmt.value is not None else "None"
        target = stmt.target
        if isinstance(target, Var) and target.name.startswith("table."):
            self._write_table(stmt, target.name.removeprefix("table."), value)
        elif isinstance(target, Var) and target.name.startswith("state.") and stmt.name is None and stmt.key is None:
            self.line(f"c.world.set_single({target.name.removeprefix('state.')!r}, {value})")
        elif stmt.name is not None:
            self.line(f"here = place({self.value(target)})")
            self.line(f"here[{stmt.name!r}] = {self._new(stmt, f'here.get({stmt.name!r})', value)}")
        else:
            key = self.value(stmt.key) if stmt.key is not None else "None"
            self.line(f"here, key = spot({self.value(target)}, {key})")
            removed = stmt.kind == "remove"
            self.line("here.pop(key, None)" if removed else f"here[key] = {self._new(stmt, 'here.get(key)', value)}")

    def _new(self, stmt: Write, old: str, value: str) -> str:
        match stmt.kind:
            case "set" | "remove":
                return value
            case "add":
                return f"appended({old}, {value})"
            case "extend":
                return f"extended({old}, {value})"
            case "insert" | "insert_all":
                raise AssertionError("rows go into tables")
            case _:
                assert_never(stmt.kind)

    def _write_table(self, stmt: Write, table: str, value: str) -> None:
        if stmt.kind in ("insert", "insert_all"):
            self.line(f"c.world.{stmt.kind}({table!r}, {value})")
            return
        key = f"key_of({self.value(stmt.key) if stmt.key is not None else 'None'})"
        removed = stmt.kind == "remove"
        self.line(f"c.world.remove({table!r}, {key})" if removed else f"c.world.put_row({table!r}, {key}, {value})")

    def _written(self, expr: Expr) -> str:
        made = self.value(expr)
        return made if is_scalar(expr.type) else f"copied({made})"

    # --- duties

    def duties(self, duties: tuple[Duty, ...]) -> None:
        if not duties:
            return
        for name in self._kept(duties):
            self.line(f"{name} = copied({name})")
        self.line(f"c.owe({', '.join(self._duty(d) for d in duties)})")

    def _kept(self, duties: tuple[Duty, ...]) -> list[str]:
        """Names that conditions look at later, and whose values the world may have changed by then."""
        inner = {n for c in walk(duties) if isinstance(c, Collect) for clause in c.clauses for n in clause.names} | {
            "it"
        }
        names = {n.name: n.type for n in walk(duties) if isinstance(n, Var) and "." not in n.name}
        bound = {name_of(n) for n, kind in names.items() if n not in inner and not is_scalar(kind)}
        return sorted(b for b in bound if any(line.strip().startswith(f"{b} = ") for line in self.lines))

    def _duty(self, duty: Duty) -> str:
        parts = [repr(duty.mode)]
        for pattern, condition in ((duty.pattern, duty.condition), (duty.until, duty.until_condition)):
            parts.append(self.expressions.pattern(pattern) if pattern is not None else "None")
            parts.append(f"lambda it_: {self.value(condition)}" if condition is not None else "None")
        return f"Duty({', '.join(parts)})"


def _may_doubt(stmt: Bind | Check | Branch) -> bool:
    """Whether what follows a statement of a rule may be in doubt."""
    return isinstance(stmt, Branch) or (
        stmt.otherwise is not None and (isinstance(stmt, Bind) or stmt.otherwise.kind == "skip")
    )


def _leaves(node: object) -> bool:
    return isinstance(node, (Bind, Check)) and node.otherwise is not None


def written_params(body: Way, params: tuple[str, ...]) -> list[str]:
    """Parameters that a body may write into: they are the caller's, and have to be copied first."""
    targets = {n.name for w in walk(body) if isinstance(w, Write) for n in walk(w.target) if isinstance(n, Var)}
    return [p for p in params if targets and p in {n.name for n in walk(body) if isinstance(n, Var)}]


__all__ = ["Body", "is_scalar", "written_params"]
