"""Core expressions as Python source over the runtime's functions.

A core name `x` is the Python name `x_`, so no word of a specification can hide a word of Python or of the runtime.
Booleans are three-valued; comprehensions hand `MAYBE` to the fold around them for an item that may not belong.
"""

from typing import assert_never

from attrs import define, field

from ...core.nodes import (
    Apply,
    Clause,
    Collect,
    Const,
    Events,
    Expr,
    Fold,
    Get,
    If,
    Is,
    Let,
    Lookup,
    Make,
    Pattern,
    Var,
)
from ...core.partial import mentioned
from ...core.spec import Spec
from ...core.types import EnumType, EventType, Prim, RecordType, Ref, is_text, strip
from ...core.walk import walk
from .memory import joined_on, steady

LANGUAGE = frozenset(
    {
        "affirms", "mentions", "matches", "says", "says_amount", "says_id", "lists", "sentences", "claims", "invented",
    }
)  # fmt: skip
SHADOWED = frozenset(
    {"abs", "round", "sorted", "reversed", "zip", "sum", "min", "max", "range", "not", "in", "and", "or"}
)


def name_of(core: str) -> str:
    """The Python name of a core name. One that is no word is spelled out behind a letter that no word begins with."""
    if not core.isascii() or not core.replace(".", "_").isidentifier():
        return f"ƛ{core.encode().hex()}_"
    return core.replace(".", "_") + "_"


def tool_name(name: str) -> str:
    return f"tool_{name}" if name.isascii() and name.isidentifier() else f"tool_ƛ{name.encode().hex()}"


def function_of(op: str) -> str:
    """The runtime's function for an operation: Python's own words carry an underscore."""
    return f"{op}_" if op in SHADOWED else op


def define_name(name: str, own: bool = False) -> str:
    return f"{'own' if own else 'def'}_{name.replace('.', '_')}"


@define
class ExpressionEmitter:
    """Writes expressions of one specification; remembers which event patterns and owning definitions they need.

    In a body that changes `owned_tables`, an expression that may lead to their records owns what it finds, so that it
    can be changed in place; one that comes to a plain value only looks.
    """

    spec: Spec
    patterns: dict[Pattern, str] = field(factory=dict)
    owning: set[str] = field(factory=set)
    owned_tables: frozenset[str] = frozenset()
    sites: int = 0

    def pattern(self, pattern: Pattern) -> str:
        return self.patterns.setdefault(pattern, f"EVENTS_{len(self.patterns)}")

    def emit(self, expr: Expr) -> str:
        if self.owned_tables and _is_plain(expr):
            return self._looking(expr)
        return self._emit(expr)

    def _looking(self, expr: Expr) -> str:
        """An expression that changes nothing and is changed by nothing."""
        owned, self.owned_tables = self.owned_tables, frozenset()
        made = self._emit(expr)
        self.owned_tables = owned
        return made

    def _emit(self, expr: Expr) -> str:
        match expr:
            case Const(value):
                return "CLOCK" if expr.now else literal(value)
            case Var(name):
                return self._var(name)
            case Get(target, name, _, lifted):
                return f"{'get_each' if lifted else 'get'}({self.emit(target)}, {name!r})"
            case Lookup(target, key):
                return self._lookup(target, key)
            case Make(kind, names, items):
                return self._make(kind, names, items)
            case Apply():
                return self._apply(expr)
            case If(condition, then, other):
                return f"if_({self.emit(condition)}, lambda: {self.emit(then)}, lambda: {self.emit(other)})"
            case Is(target, test, tag):
                return self._is(self.emit(target), test, tag)
            case Let(name, value, body):
                return f"(lambda {name_of(name)}: {self.emit(body)})({self.emit(value)})"
            case Collect():
                table = self._searched(expr)
                return f"c.world.own_rows({table!r}, {self._looking(expr)})" if table else f"whole({self._items(expr)})"
            case Fold():
                return self._fold(expr)
            case Events():
                return self._events(expr) + ("[:]" if expr.before is expr.after is None else "")
            case _:
                assert_never(expr)

    def _var(self, name: str) -> str:
        kind, _, rest = name.partition(".")
        if rest and kind == "table":
            rows = f"c.world.all_rows({rest!r})"
            return f"c.world.own_rows({rest!r}, {rows})" if rest in self.owned_tables else rows
        if rest and kind == "state":
            reader = "own_single" if rest in self.owned_tables else "single"
            return f"c.world.{reader}({rest!r})"
        return name_of(name)

    def _lookup(self, target: Expr, key: Expr) -> str:
        if isinstance(target, Var) and target.name.startswith("table."):
            table = target.name.removeprefix("table.")
            reader = "own" if table in self.owned_tables else "row"
            return f"c.world.{reader}({table!r}, {self.emit(key)})"
        return f"entry({self.emit(target)}, {self.emit(key)})"

    def _make(self, kind: str, names: tuple[str, ...], items: tuple[Expr, ...]) -> str:
        made = [self.emit(i) for i in items]
        if kind == "record":
            return "{" + ", ".join(f"{n!r}: {v}" for n, v in zip(names, made, strict=True)) + "}"
        if kind == "map":
            return f"map_made({', '.join(made)})" if made else "{}"
        return f"[{', '.join(made)}]"

    def _is(self, target: str, test: str, tag: str | None) -> str:
        if tag is not None:
            return f"is_case({target}, {tag!r}, {test!r})"
        return f"is_present({target})" if test == "present" else f"not_(is_present({target}))"

    def _apply(self, expr: Apply) -> str:
        op, args = expr.op, expr.args
        if op in ("and", "or"):
            return f"{op}_({', '.join(f'lambda: {self.emit(a)}' for a in args)})"
        made = [self.emit(a) for a in args]
        if op.startswith("define:"):
            return self._defined(op.removeprefix("define:"), made)
        if op in LANGUAGE:
            return f"c.{op}({', '.join(made)})"
        if op == "instant":
            return f"instant({made[0]}, ZONE)"
        return f"{function_of(op)}({', '.join(made)})"

    def _defined(self, name: str, args: list[str]) -> str:
        looks_at = mentioned(self.spec.defines[name].body, self.spec.defines) if self.owned_tables else frozenset[str]()
        own = not self.owned_tables.isdisjoint(looks_at)  # never for a plain value
        if own:
            self.owning.add(name)
        return f"{define_name(name, own)}({', '.join(['c', *args])})"

    # --- lists

    def _fold(self, expr: Fold) -> str:
        function = function_of(expr.op)
        zone = ", ZONE" if expr.op in ("min", "max") and not _is_number(expr) else ""
        if isinstance(expr.source, Collect):
            table = self._searched(expr.source)
            if table and expr.op in ("first", "last", "only"):
                return f"c.world.own_row({table!r}, {self._looking(expr)})"
            source = self._whole_past(expr.source) or self._steady(expr) or self._items(expr.source)
            return f"{function}({source}{zone})"
        if isinstance(expr.source, Events):
            return f"{function}({self._events(expr.source)}{zone})"
        return f"{function}({self.emit(expr.source)}{zone})"

    def _whole_past(self, expr: Collect) -> str | None:
        """Past events of which none is left out."""
        loop, *more = expr.clauses
        plain = not more and isinstance(expr.body, Var) and loop.names == (expr.body.name,)
        return self._events(loop.expr) if plain and isinstance(loop.expr, Events) else None

    def _searched(self, expr: Collect) -> str | None:
        """The owned table some of whose rows a comprehension picks."""
        first, *rest = expr.clauses
        source, body = first.expr, expr.body
        if not (isinstance(source, Var) and source.name.startswith("table.") and isinstance(body, Var)):
            return None
        table = source.name.removeprefix("table.")
        picks = table in self.owned_tables and first.names == (body.name,) and all(c.kind == "where" for c in rest)
        return table if picks else None

    def _items(self, expr: Collect, among: str | None = None) -> str:
        """A generator of the items; MAYBE for each doubtful one. `among`: a list, instead of the first clause's own."""
        body = self.emit(expr.body)
        clauses: list[str] = []
        doubts: list[str] = []
        names: list[str] = []
        for clause, after in zip(expr.clauses, [*expr.clauses[1:], None], strict=True):
            found = among if among is not None and not clauses else self._candidates(clause, after)
            clauses.append(self._clause(clause, names, doubts, found))
        for doubt in reversed(doubts):
            body = f"MAYBE if {doubt} else {body}"
        return f"({body} {' '.join(clauses)})"

    def _clause(self, clause: Clause, names: list[str], doubts: list[str], found: str | None = None) -> str:
        guard = " or ".join(doubts)
        if clause.kind == "where":
            return " ".join(self._condition(part, guard, names, doubts) for part in _conjuncts(clause.expr))
        source = found or (self._events(clause.expr) if isinstance(clause.expr, Events) else self.emit(clause.expr))
        if clause.kind == "let":
            value = f"None if {guard} else {source}" if guard else source
            return f"for {name_of(clause.names[0])} in ({value},)"
        target = f"x{len(names)}"
        names.append(target)
        items = f"((MAYBE,) if {guard} else items_of({source}))" if guard else f"items_of({source})"
        doubts.append(f"{target} is MAYBE")
        loop = f"for {target} in {items}"
        bound = [name_of(n) for n in clause.names]
        if len(bound) == 1:
            return f"{loop} for {bound[0]} in ({target},)"
        return f"{loop} for {', '.join(bound)} in (parts({target}, {len(bound)}),)"

    def _condition(self, condition: Expr, guard: str, names: list[str], doubts: list[str]) -> str:
        """What holds of the items that are kept. Of an `and` each part is looked at until one is false."""
        target = f"w{len(names)}"
        names.append(target)
        value = f"UNKNOWN if {guard} else {self.emit(condition)}" if guard else self.emit(condition)
        doubts.append(f"{target} is not True")
        return f"for {target} in ({value},) if {target} is not False"

    def _candidates(self, loop: Clause, where: Clause | None) -> str | None:
        """The rows or past events that may meet the condition that follows, through an index over a text field."""
        if loop.kind != "for" or len(loop.names) != 1 or where is None or where.kind != "where":
            return None
        if isinstance(loop.expr, Events):
            return self._joined(loop.expr, loop.names[0], where.expr)
        if not isinstance(loop.expr, Var) or not loop.expr.name.startswith("table."):
            return None
        table = loop.expr.name.removeprefix("table.")
        if table in self.owned_tables:
            return None
        found = self._index_key(where.expr, loop.names[0])
        if found is None:
            return None
        path, key, folded = found
        return f"c.world.find({table!r}, {path!r}, {self.emit(key)}, {folded})"

    def _index_key(self, condition: Expr, item: str) -> tuple[tuple[str, ...], Expr, bool] | None:
        """The first conjunct that says what a text field of the item is."""
        for part in _conjuncts(condition):
            if isinstance(part, Apply) and part.op in ("eq", "same_text"):
                for side, other in (part.args, part.args[::-1]):
                    path = _path_from(side, item)
                    if path and is_text(side.type) and not _uses(other, item):
                        return path, other, part.op == "same_text"
        return None

    # --- the past

    def _joined(self, events: Events, item: str, condition: Expr) -> str | None:
        found = joined_on(condition, item) if events.before is events.after is None else None
        return f"c.joined({self.pattern(events.pattern)}, {found[0]!r}, {self.emit(found[1])})" if found else None

    def _steady(self, fold: Fold) -> str | None:
        """What past events tell by themselves, found out once for each."""
        found = steady(fold, self.spec)
        if found is None:
            return None
        events, collect = found
        self.sites += 1
        site = self.sites
        return f"c.steady({site}, {self.pattern(events.pattern)}, lambda past: {self._items(collect, '[past]')})"

    def _events(self, expr: Events) -> str:
        """Past events. Without a window it is the engine's own list, which grows on: to go through, not to keep."""
        windows = (expr.before is not None) + 2 * (expr.after is not None)
        if not windows:
            return f"c.past({self.pattern(expr.pattern)})"
        bounds = [self.emit(b) if b is not None else "None" for b in (expr.before, expr.after)]
        return f"c.past({self.pattern(expr.pattern)}, {bounds[0]}, {bounds[1]}, {windows})"


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    return condition.args if isinstance(condition, Apply) and condition.op == "and" else (condition,)


def _path_from(expr: Expr, item: str) -> tuple[str, ...] | None:
    """The field path of a text field of an item, if that is what an expression is."""
    names: list[str] = []
    while isinstance(expr, Get) and not expr.lifted and not isinstance(expr.target.type, EventType):
        names.append(expr.name)
        expr = expr.target
    if isinstance(expr, Var) and expr.name == item and names and isinstance(expr.type, RecordType):
        return tuple(reversed(names))
    return None


def _uses(expr: Expr, item: str) -> bool:
    return any(isinstance(n, Var) and n.name == item for n in walk(expr))


def _is_plain(expr: Expr) -> bool:
    """Whether what an expression comes to holds no record."""
    kind = strip(expr.type)
    return isinstance(kind, (EnumType, Ref)) or (isinstance(kind, Prim) and kind.name != "json")


def _is_number(expr: Fold) -> bool:
    kind = strip(expr.type)
    return isinstance(kind, Prim) and kind.name in ("int", "decimal", "money", "duration")


def literal(value: object) -> str:
    """A constant as Python writes it."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return f"Decimal({str(value)!r})"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)
