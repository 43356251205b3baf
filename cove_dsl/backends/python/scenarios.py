"""The scenarios of a specification as Python functions over the runtime.

In: a `Spec`. Out: source text that runs after the specification's own module and leaves `SCENES`. A function takes the
sandbox and, by name, whatever was bound so far; a core name `x` is the argument `x_`. Nothing here looks at the past.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ...core.nodes import Apply, Const, Disclosure, Expr, Fold, Goal, Let, Make, Pick, Scenario, Var
from ...core.partial import written
from ...core.spec import Spec
from ...core.types import MONEY, RecordType
from ...core.walk import walk
from .emit import _owning
from .expressions import ExpressionEmitter, literal, name_of
from .statements import Body

Function = Callable[..., Any]
SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


class Draw(NamedTuple):
    """One step of a scenario: `run` gives the candidates of a pick, the value of a let, the truth of a condition."""

    kind: str
    name: str
    run: Function
    low: int
    high: int
    many: bool


class Hole(NamedTuple):
    """A value in a sentence, and on which bindings it rests."""

    run: Function
    names: frozenset[str]


class Aim(NamedTuple):
    """A goal with its arguments, choices and condition as functions; `names` are the bindings that it rests on.

    Of an end to be reached, `tool` names the assertion, if the condition is one. `sum` writes an amount to learn as
    arithmetic over what a party can look up, or is None where there is none. `says`: the parts of a text with values.
    """

    kind: str
    tool: str
    args: tuple[Function, ...]
    choices: tuple[tuple[str, Function], ...]
    condition: Function | None
    name: str
    text: str
    aims: tuple[Any, ...]
    names: frozenset[str]
    arg_names: tuple[frozenset[str], ...]
    sum: Function | None
    amounts: tuple[tuple[Function, Function], ...] = ()
    says: tuple[str | Hole, ...] = ()


class Told(NamedTuple):
    """A disclosure: what the user says of something, and on which bindings it rests; `ways` to describe it; `says`: the
    sentences that say it, or what it is called for each way to describe it."""

    kind: str
    label: str
    run: Function
    names: frozenset[str]
    ways: tuple[Any, ...]
    authored: bool
    says: tuple[tuple[str | Hole, ...], ...] = ()


class Scene(NamedTuple):
    name: str
    weight: int
    draws: tuple[Draw, ...]
    aims: tuple[Aim, ...]
    told: tuple[Told, ...]
    given: Function | None
    refusal: tuple[str, str] | None


def scenes_source(spec: Spec) -> str:
    """Source of `SCENES`; the names of `module_source` and those of `NAMES` have to be there when it runs."""
    made = [_Scenes(spec, s) for s in spec.scenarios.values()]
    parts = [part for scene in made for part in (scene.given(), *_owning(spec, scene.emitter), scene.source()) if part]
    return "\n\n\n".join(["SCENES = {}", *parts]) + "\n"


class _Scenes:
    """Writes one scenario."""

    def __init__(self, spec: Spec, scenario: Scenario) -> None:
        self.spec, self.scenario = spec, scenario
        self.emitter = ExpressionEmitter(spec)
        self.names = {p.name for p in scenario.picks if p.name} | {
            n for g in walk(scenario.goals) if isinstance(g, Goal) for n, _ in g.choices
        }
        self.lets = {p.name: p.source for p in scenario.picks if p.kind == "let"}

    def used(self, thing: Any) -> frozenset[str]:
        return frozenset(n.name for n in walk(thing) if isinstance(n, Var)) & self.names

    def function(self, expr: Expr, body: str | None = None) -> str:
        names = self.used(expr) | (self.used(tuple(self.lets.values())) if body is not None else frozenset())
        params = "".join(f", {name_of(n)}=None" for n in sorted(names))
        return f"lambda c{params}, **_: (fresh_budget(), {body or self.emitter.emit(expr)})[1]"

    def source(self) -> str:
        s = self.scenario
        lists = [[self.draw(p) for p in s.picks], [self.aim(g) for g in s.goals], [self.told(d) for d in s.disclosures]]
        draws, aims, told = (_tuple(items, "\n        ") for items in lists)
        given = f"given_{s.name}" if s.given else "None"
        fields = [f"{s.name!r}, {s.weight}", draws, aims, told, f"{given}, {s.refusal!r}"]
        return f"SCENES[{s.name!r}] = Scene(\n    " + ",\n    ".join(fields) + ",\n)"

    def draw(self, pick: Pick) -> str:
        return f"Draw({pick.kind!r}, {pick.name!r}, {self.function(pick.source)}, {pick.low}, {pick.high}, {pick.many})"

    def aim(self, goal: Goal) -> str:
        tool, given = self.named(goal)
        args = _tuple([self.function(a) for a in given])
        choices = _tuple([f"({n!r}, {self.function(e)})" for n, e in goal.choices])
        condition = self.function(goal.condition) if goal.condition is not None else "None"
        chosen = {n for n, _ in goal.choices}
        total = self.sum(goal.args[0]) if goal.kind == "learn" else None
        behind = _tuple([_set(self.behind(a, dict(goal.choices))) for a in given])
        return (
            f"Aim({goal.kind!r}, {tool!r}, {args}, {choices}, {condition}, {goal.name!r}, {goal.text!r}, "
            f"{_tuple([self.aim(g) for g in goal.goals])}, {_set(self.used(goal) - chosen)}, {behind}, {total}, "
            f"{_tuple(list(self.amounts(given)))}, {self.said(goal.says) if goal.says is not None else '()'})"
        )

    def named(self, goal: Goal) -> tuple[str, tuple[Expr, ...]]:
        """The tool of a goal, or the assertion that is to be reached, with its arguments."""
        reached = goal.condition
        if goal.kind == "reach" and isinstance(reached, Apply):
            define = self.spec.defines.get(reached.op.removeprefix("define:"))
            if define is not None and define.kind == "assertion":
                return define.name, reached.args
        return goal.tool, goal.args

    def behind(self, arg: Expr, choices: dict[str, Expr]) -> frozenset[str]:
        """The drawn names that an argument rests on, through what is chosen from them."""
        names = self.used(arg)
        return (names | self.used(tuple(choices[n] for n in names if n in choices))) - choices.keys()

    def told(self, told: Disclosure) -> str:
        ways = tuple(w.value for w in told.by if isinstance(w, Const))
        own_name = told.expr.name if isinstance(told.expr, Var) else ""
        authored = bool(told.says) or " " in told.label or ("." not in told.label and told.label != own_name)
        names = _set(self.used(told.expr))
        function = self.function(told.expr)
        says = _tuple([self.said(s) for s in told.says])
        return f"Told({told.kind!r}, {told.label!r}, {function}, {names}, {literal(list(ways))}, {authored}, {says})"

    def said(self, said: Expr) -> str:
        """A sentence: its texts, and its holes as functions."""
        parts = said.items if isinstance(said, Make) else ()
        return _tuple([literal(p.value) if isinstance(p, Const) else self.hole(p) for p in parts])

    def hole(self, expr: Expr) -> str:
        return f"Hole({self.function(expr)}, {_set(self.used(expr))})"

    def given(self) -> str:
        """What is changed before the conversation begins, in rows that the world owns from then on."""
        s = self.scenario
        if not s.given:
            return ""
        body = Body(self.emitter, "tool")
        used = self.used(s.given)
        rows = {
            p.name: t.name
            for p in s.picks
            for t in self.spec.tables.values()
            if p.name in used and _row_of(p) == t.record
        }
        for name, table in rows.items():
            body.line(f"{name_of(name)} = c.world.own_row({table!r}, {name_of(name)})")
        self.emitter.owned_tables = written(s.given, self.spec.defines)
        for stmt in s.given:
            body.statement(stmt)
        self.emitter.owned_tables = frozenset()
        params = "".join(f", {name_of(n)}=None" for n in sorted(used))
        return f"def given_{s.name}(c{params}, **_):\n" + "\n".join(body.lines)

    # --- amounts as arithmetic

    def amounts(self, args: tuple[Expr, ...]) -> Iterator[str]:
        """The amounts of money that a call's arguments work out, each as a value and as arithmetic."""
        worked_out = [n for n in walk(args) if isinstance(n, Apply) and n.op in SIGNS and n.type == MONEY]
        inner = {id(part) for n in worked_out for part in walk(n.args)}
        for node in worked_out:
            if id(node) not in inner and (typed_ := self.sum(node)) != "None":
                yield f"({self.function(node)}, {typed_})"

    def sum(self, expr: Expr) -> str:
        made = self._sum(expr)
        return self.function(expr, made) if made is not None else "None"

    def _sum(self, expr: Expr) -> str | None:
        """Python that writes an expression as arithmetic; None for what is a plain value."""
        match expr:
            case Fold("sum", source):
                return f"plus({self.emitter.emit(source)})"
            case Apply("abs", (inner,)):
                return self._sum(inner)
            case Apply(op, (left, right)) if op in SIGNS:
                return f"typed({self._operand(left)}, {SIGNS[op]!r}, {self._operand(right)})"
            case Apply(op, args) if op.startswith("define:"):
                define = self.spec.defines[op.removeprefix("define:")]
                inner_text = self._sum(define.body)
                params = ", ".join(name_of(p.name) for p in define.params)
                return inner_text and f"(lambda {params}: {inner_text})({', '.join(map(self.emitter.emit, args))})"
            case Let(name, value, body):
                inner_text = self._sum(body)
                return inner_text and f"(lambda {name_of(name)}: {inner_text})({self.emitter.emit(value)})"
            case Var(name) if name in self.lets:
                return self._sum(self.lets[name])
        return None

    def _operand(self, expr: Expr) -> str:
        return self._sum(expr) or f"plain_number({self.emitter.emit(expr)})"


def _row_of(pick: Pick) -> str | None:
    kind = getattr(pick.source.type, "item", pick.source.type) if pick.kind == "pick" else pick.source.type
    return kind.name if isinstance(kind, RecordType) else None


def _set(names: Iterable[str]) -> str:
    return f"frozenset({sorted(names)!r})"


def _tuple(items: list[str], between: str = " ") -> str:
    return f"({between.strip(' ')}{f',{between}'.join(items)}{',' if items else ''})"


def plus(numbers: Any) -> str:
    """A sum as it is typed into a calculator."""
    from .runtime.texts import plain_number

    return " + ".join(map(plain_number, numbers))


def typed(left: str, sign: str, right: str) -> str:
    """Two operands as they are typed into a calculator."""
    left, right = (f"({t})" if " " in t and sign in hard else t for t, hard in ((left, "*/"), (right, "-*/")))
    return f"{left} {sign} {right}"


NAMES: dict[str, Any] = {
    "Aim": Aim, "Draw": Draw, "Hole": Hole, "Scene": Scene, "Told": Told, "plus": plus, "typed": typed,
}  # fmt: skip
