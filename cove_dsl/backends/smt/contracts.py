"""What a call demands: the tool's own checks, what it changes, and the rules that bind it.

A body is gone through under a *guard*, the condition under which a statement is reached. A check becomes a clause
`guard → condition`; leaving narrows the guard; a change is remembered under it.
"""

from typing import Literal, assert_never

from attrs import define, evolve, field, frozen

from ...core.nodes import Bind, Branch, Check, Each, Exit, Expr, Goal, Pattern, Rule, Stmt, Tool, Write
from ...core.spec import Field
from ...core.types import EventType, ListType, RecordType, Type, strip
from ...core.walk import walk
from ...source import Span
from . import errors, terms
from .encode import Encoder
from .past import END, Standpoint
from .terms import Clause
from .values import Event, Items, Maybe, Query, Scalar, Thing, Value
from .world import NOTHING


@define
class Frame:
    """The body being gone through: what its clauses are called, and what its loops have yielded."""

    role: Literal["require", "rule", "given"]
    name: str
    span: Span
    yielded: list[tuple[str, Value]] = field(factory=list)


@frozen
class Planned:
    """A call of the plan: when it is `done`, and what is seen from just before and from just behind it."""

    event: Event
    tool: Tool
    done: str
    before: Standpoint
    behind: Standpoint


@frozen
class Asked:
    """A call that a goal asks for: with which arguments, and whether it is made. `label` names it in the script."""

    tool: Tool
    args: dict[str, Value]
    done: str
    label: str


@define
class Contracts(Encoder):
    """Encodes bodies of tools and rules. `meant`: the rule that a scenario expects to refuse; `planned` are the calls
    of the plan so far."""

    meant: str = ""
    planned: list[Planned] = field(factory=list)

    def demand(self, role: str, name: str, span: Span, term: str) -> None:
        """A named assertion for a place of the source; one place is one clause."""
        key = next(
            (n for n, c in self.script.clauses.items() if c.span == span and c.role == role and n.startswith(name)),
            None,
        )
        if key is None:
            n = 1
            while (key := f"{name}.{n}" if n > 1 else name) in self.script.clauses:
                n += 1
        self.script.clause(Clause(key, span, role, self.source_text(span)), term)  # type: ignore[arg-type]

    def source_text(self, span: Span) -> str:
        found = self.spec.sources.locate(span)
        return found.text if found else ""

    def limit(self, record: str, name: str, declared: Field, value: Value) -> None:
        """A field's `where` holds of every value the world begins with."""
        here = value.value if isinstance(value, Maybe) else value
        key = f"{record}.{name}:{here}"
        if key in self.said or declared.condition is None:
            return
        self.said.add(key)
        term = self.condition(declared.condition, {"it": here})
        guard = value.present if isinstance(value, Maybe) else terms.TRUE
        self.demand("field", f"field.{record}.{name}", declared.condition.span, terms.implies(guard, term))

    # --- statements

    def run(self, stmts: tuple[Stmt, ...], env: dict[str, Value], guard: str, frame: Frame) -> str:
        """Goes through statements; the result is the condition under which their end is reached."""
        for stmt in stmts:
            guard = self.step(stmt, env, guard, frame)
        return guard

    def step(self, stmt: Stmt, env: dict[str, Value], guard: str, frame: Frame) -> str:
        match stmt:
            case Bind():
                return self.bind(stmt, env, guard, frame)
            case Check(condition, _, _, otherwise, _):
                return self.unless(otherwise, self.wanted(condition, otherwise, env), condition.span, guard, frame)
            case Branch(condition, then, other):
                with self.doubting():
                    yes = self.condition(condition, env)
                ends = [
                    self.run(then, dict(env), terms.both([guard, yes]), frame),
                    self.run(other, dict(env), terms.both([guard, terms.negate(yes)]), frame),
                ]
                return (
                    guard
                    if not any(isinstance(n, (Exit, Check, Bind)) for n in walk((then, other)))
                    else terms.either(ends)
                )
            case Exit("yield", value):
                frame.yielded.append((guard, self.encode(value, env) if value is not None else NOTHING))
                return guard
            case Exit(_, _, span):
                return self.unless(stmt, terms.FALSE, span, guard, frame)
            case Each():
                return self.each(stmt, env, guard, frame)
            case Write():
                self.write(stmt, env, guard, frame)
                return guard
            case _:
                assert_never(stmt)

    def wanted(self, condition: Expr, otherwise: Exit | None, env: dict[str, Value]) -> str:
        """A condition as a term: what must hold, or what only narrows."""
        if otherwise is None or otherwise.kind in ("fail", "violate"):
            return self.condition(condition, env)
        with self.doubting():
            return self.condition(condition, env)

    def unless(self, otherwise: Exit | None, term: str, span: Span, guard: str, frame: Frame) -> str:
        """Either the condition holds, or the body is left: an error is ruled out, any other way out is taken."""
        if otherwise is None or otherwise.kind in ("fail", "violate"):
            self.demand(frame.role, frame.name, span, terms.implies(guard, term))
            return guard
        return terms.both([guard, term])

    def bind(self, stmt: Bind, env: dict[str, Value], guard: str, frame: Frame) -> str:
        value = self.encode(stmt.value, env)
        if stmt.otherwise is not None and isinstance(value, Maybe):
            guard = self.unless(stmt.otherwise, value.present, stmt.value.span, guard, frame)
            value = value.value if value != NOTHING else self.fresh(strip(stmt.value.type), stmt.name)
        env[stmt.name] = value
        return guard

    def each(self, stmt: Each, env: dict[str, Value], guard: str, frame: Frame) -> str:
        source = self.encode(stmt.source, env)
        if not isinstance(source, Items):
            return self.each_unknown(stmt, env, guard)
        inner = evolve(frame, yielded=[])
        ends = []
        for item in source.items:
            local = {**env, **self.named(stmt.names, item)}
            guard = self.run(stmt.body, local, guard, inner)
            ends.append(guard)
        if stmt.into is not None:
            sure = len(inner.yielded) == len(ends) and not any(isinstance(n, Branch) for n in stmt.body)
            env[stmt.into] = (
                Items(tuple(v for _, v in inner.yielded))
                if sure
                else self.fresh(stmt.type or ListType(stmt.source.type), stmt.into)
            )
        return guard

    def each_unknown(self, stmt: Each, env: dict[str, Value], guard: str) -> str:
        """A loop over who knows what: its checks are dropped, what it changes is forgotten."""
        self.weaken(stmt.source.span, errors.LOOP)
        for node in walk(stmt.body):
            if isinstance(node, Write):
                self.lose(node)
        if stmt.into is not None:
            env[stmt.into] = self.fresh(stmt.type or ListType(stmt.source.type), stmt.into)
        leaves = any(isinstance(n, Exit) and n.kind in ("return", "skip", "unknown") for n in walk(stmt.body))
        return terms.both([guard, self.script.fresh("loop", "Bool")]) if leaves else guard

    # --- changes

    def write(self, stmt: Write, env: dict[str, Value], guard: str, frame: Frame) -> None:
        target = self.encode(stmt.target, env)
        target = target.value if isinstance(target, Maybe) else target
        value = self.encode(stmt.value, env) if stmt.value is not None else NOTHING
        if (
            stmt.name is None
            or not isinstance(target, Thing)
            or not isinstance(target.type, RecordType)
            or stmt.kind not in ("set", "remove", "add", "extend")
        ):
            self.lose(stmt)
            return
        done = self.script.fresh(f"effect.{stmt.name}", "Bool")
        self.demand("given" if frame.role == "given" else "effect", f"{frame.name}.{stmt.name}", stmt.span, done)
        now = (
            self.kept(value, strip(self.kind_of(target, stmt.name)))
            if stmt.kind in ("set", "remove")
            else self.longer(target, stmt, value)
        )
        self.change(target, stmt.name, now, terms.both([guard, done]))

    def kind_of(self, target: Thing, name: str) -> ListType | RecordType:
        assert isinstance(target.type, RecordType)
        declared = self.declared(target.type.name, name)
        return strip(declared.type) if declared else target.type  # type: ignore[return-value]

    def kept(self, value: Value, kind: Type) -> Value:
        """A value as a field holds it: of a list, its items need not be known any more."""
        return self.listed(value, kind) if isinstance(value, (Items, Query)) else self.copied(value)

    def longer(self, target: Thing, stmt: Write, value: Value) -> Value:
        """A list with one more item, or with those of another: only its length is followed."""
        assert stmt.name is not None
        before = self.read(target, stmt.name)
        made = self.fresh(strip(self.kind_of(target, stmt.name)), f"longer.{stmt.name}")
        old = before.value if isinstance(before, Maybe) else before
        if isinstance(made, Thing) and isinstance(old, Thing):
            more = "1" if stmt.kind == "add" else str(len(value.items)) if isinstance(value, Items) else None
            relation, extra = ("=", more) if more is not None else (">=", "0")
            self.script.fact(f"({relation} {self.number_of(made)} (+ {self.number_of(old)} {extra}))")
        return made

    def lose(self, stmt: Write) -> None:
        """A change that is not followed: what it changes may be anything from here on."""
        self.weaken(stmt.span, errors.ROWS)
        kind = strip(stmt.target.type)
        if stmt.name is not None and isinstance(kind, RecordType):
            self.forget(kind.name, stmt.name)
            return
        name = getattr(stmt.target, "name", "")
        self.bump(name if name.startswith(("table.", "state.")) else "entry")
        if name.startswith("table."):
            self.bump("entry")

    # --- calls

    def asked(self, goal: Goal, label: str, env: dict[str, Value]) -> Asked:
        """What a goal asks for, as the world is before the conversation."""
        env = dict(env)
        for name, source in goal.choices:
            found = self.encode(source, env)
            demands, env[name] = self.element(
                found.value if isinstance(found, Maybe) else found, source.type, f"{label}.{name}"
            )
            for term, span in demands:
                self.demand("goal", f"{label}.{name}", span if span.piece == goal.span.piece else source.span, term)
        tool = self.spec.tools[goal.tool]
        args = {p.name: self.copied(self.encode(a, env)) for p, a in zip(tool.params, goal.args, strict=True)}
        done = self.script.fresh(f"{label}.done", "Bool")
        wanted = self.condition(goal.condition, env) if goal.condition is not None else terms.TRUE
        self.demand("goal", label, goal.span, terms.implies(wanted, done))
        return Asked(tool, args, done, label)

    def call(self, asked: Asked) -> None:
        """A goal's call, done: the rules that look at the world and the call alone, then the tool itself."""
        tool, args, done, label = asked.tool, asked.args, asked.done, asked.label
        event = self.as_event(tool, args, done, f"{label}.at")
        before = self.now = event.at
        seen = self.here
        self.policy(tool, event, done)
        self.effects(tool, args, done)
        self.now = f"(+ {before} 1)"
        self.planned.append(Planned(event, tool, done, seen, self.here))
        self.now = END

    def as_event(self, tool: Tool, args: dict[str, Value], done: str, hint: str) -> Event:
        """The call as an event, behind those of the plan before it."""
        named = Scalar(self.script.literal(tool.name), "Text")
        kind = EventType("call", tool.requestor, frozenset({tool.name}))
        event = Event(self.script.fresh(hint, "Int"), kind, {"tool": named, **args})
        self.comes_up(event, 0)
        went = Pattern("call", tool.requestor, kind.tools, "ok")
        self.script.fact(terms.implies(done, self.is_meant(went, event)))
        bare = Event(event.at, kind)
        for param in tool.params:
            told = self.told_of(bare, param.name, param.type)
            self.script.fact(terms.implies(done, self.same(told, args[param.name])))
        for other in self.planned:
            self.script.fact(f"(> {event.at} {other.event.at})")
        return event

    def policy(self, tool: Tool, event: Event, done: str) -> None:
        for rule in self.spec.rules.values():
            bound = (
                rule.pattern is not None
                and rule.pattern.kind == "call"
                and rule.pattern.role in (None, tool.requestor)
                and (not rule.pattern.tools or tool.name in rule.pattern.tools)
            )
            if bound and self.binds(rule):
                self.run(rule.body, {"call": event}, done, Frame("rule", f"rule.{rule.name}", rule.span))

    def binds(self, rule: Rule) -> bool:
        """Rules about attempts that rest on the world, the call and what was done before it; of those that rest on what
        was said only the one that is `meant`."""
        seen = rule.basis in ("contract", "trajectory") or (rule.basis == "recogniser" and rule.name == self.meant)
        return rule.when == "before" and seen and not rule.duties and self.may_bind(rule)

    def may_bind(self, rule: Rule) -> bool:
        """What a rule takes for granted must bind as well, or it may not be judged at all."""
        presumed = [self.spec.rules[name] for name in rule.presupposes]
        return all(r.severity == "error" and r.when != "judged" for r in (rule, *presumed))

    def effects(self, tool: Tool, args: dict[str, Value], done: str) -> None:
        if tool.body is None:
            self.weaken(tool.span, errors.UNWRITTEN)
            self.touched(tool)
            return
        self.run(tool.body, dict(args), done, Frame("require", f"tool.{tool.name}", tool.span))
        self.followed()

    def followed(self) -> None:
        """What `sync` writes may be anything after a call."""
        for node in (n for n in walk(self.spec.sync) if isinstance(n, Write)):
            self.weaken(node.span, errors.SYNC)
            self.lose(node)

    def touched(self, tool: Tool) -> None:
        """What a tool touches may be anything from then on."""
        for name in tool.touches:
            self.bump(f"table.{name}" if name in self.spec.tables else f"state.{name}")
        for record in self.spec.records.values() if tool.touches else ():
            for name in dict.fromkeys(
                [*record.fields, *(f for c in record.cases.values() for f in c.fields), record.tag or ""]
            ):
                self.forget(record.name, name)
        self.bump("entry")
