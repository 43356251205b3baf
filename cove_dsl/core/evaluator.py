"""The reference evaluator: what an expression means. A plain walk over the tree, written to be read.

Enters: an expression, the values of its names, a world, and the past. Leaves: a value. Guaranteed: total and pure;
whatever rests on something that is not observed is UNKNOWN, never a guess.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, Protocol, TypeAlias, assert_never

from attrs import evolve, field, frozen

from . import ops, times
from .nodes import Apply, Clause, Collect, Const, Events, Expr, Fold, Get, If, Is, Let, Lookup, Make, Pattern, Var
from .spec import Spec
from .types import EnumType, Optional, Prim, Ref, Type, strip
from .values import (
    UNKNOWN,
    Host,
    Silent,
    Truth,
    Undefined,
    Unknown,
    Value,
    as_whole,
    conforms,
    is_number,
    same,
    truth,
)

Names: TypeAlias = Mapping[str, Value]

LANGUAGE: Final = frozenset(
    {
        "affirms", "mentions", "matches", "says", "says_amount", "says_id", "lists", "sentences", "claims", "invented",
    }
)  # fmt: skip
RANDOM: Final = frozenset({"choose", "choose_some", "between", "chance", "digits", "unique_digits", "fake"})


# --- what an expression looks at --------------------------------------------------------------------------------------


class World(Protocol):
    """What the evaluator asks of a world. UNKNOWN is an answer."""

    def rows(self, table: str) -> list[Value] | Unknown:
        """Every row in order; unknown if the world does not know the table whole."""

    def row(self, table: str, key: str) -> Value:
        """The row at a key, None if there is none."""

    def state(self, name: str) -> Value: ...


class Event(Protocol):
    """A message (`text`) or a call (the rest). `ok` is None while a call is unanswered; `malformed`: its arguments
    cannot be read."""

    kind: Literal["message", "call"]
    role: str
    position: int
    text: str
    tool: str
    arguments: dict[str, Value]
    ok: bool | None
    result: Value
    result_text: str
    malformed: bool


class Step(Protocol):
    """What a party does in one go: perhaps a text, then calls. Its position is that of its first event."""

    role: str
    position: int
    text: str | None
    calls: Sequence[Event]


@frozen
class Past:
    """What has happened strictly before a point. Of a step in progress nothing is seen."""

    events: Sequence[Event] = ()
    steps: Sequence[Step] = ()
    point: float = 0

    def matching(self, pattern: Pattern) -> list[Event | Step]:
        things: Sequence[Event | Step] = self.steps if pattern.kind == "step" else self.events
        return [thing for thing in things if last_position(thing) < self.point and matches(thing, pattern)]


def kind_of(thing: Event | Step) -> Literal["message", "call", "step"]:
    return getattr(thing, "kind", "step")


def last_position(thing: Event | Step) -> int:
    calls: Sequence[Event] = getattr(thing, "calls", ())
    return max([thing.position, *(call.position for call in calls)])


def matches(thing: Event | Step, pattern: Pattern, status: bool = True) -> bool:
    """Whether an event is meant by a pattern. Before a call is answered, its status is not asked."""
    if kind_of(thing) != pattern.kind or (pattern.role is not None and thing.role != pattern.role):
        return False
    if pattern.kind != "call":
        return True
    call: Event = thing  # type: ignore[assignment]
    wanted = {"ok": True, "failed": False}.get(pattern.status or "")
    return (not pattern.tools or call.tool in pattern.tools) and (not status or wanted is None or call.ok is wanted)


# --- lists with doubtful items ----------------------------------------------------------------------------------------


class Doubtful:
    """Stands in a list for an item that may or may not be there."""


DOUBTFUL: Final = Doubtful()
Items: TypeAlias = list[Value]


def fold(name: str, items: list[Value], zone: int) -> Value:
    """A list brought down to one value."""
    certain = [item for item in items if item is not DOUBTFUL]
    doubt = len(certain) < len(items)
    match name:
        case "some":
            return True if certain else UNKNOWN if doubt else False
        case "no":
            return False if certain else UNKNOWN if doubt else True
        case "every":
            return ops.conjunction(*certain, *([UNKNOWN] if doubt else []))
        case "first" | "last":
            found = items[0 if name == "first" else -1] if items else None
            return UNKNOWN if found is DOUBTFUL else found
        case "only":
            return UNKNOWN if doubt else certain[0] if len(certain) == 1 else None
        case "count":
            return UNKNOWN if doubt else len(certain)
        case "sum" | "min" | "max":
            return UNKNOWN if doubt or _has(certain, UNKNOWN) else _reduce(name, certain, zone)
    raise AssertionError(name)


def _has(items: list[Value], thing: object) -> bool:
    return any(item is thing for item in items)


def _reduce(name: str, items: list[Value], zone: int) -> Value:
    try:
        if name == "sum":
            return _total(items)
        keys = [item if is_number(item) else times.instant(item, zone) for item in items]
        if _has(keys, None):
            raise Undefined("an absent item has no place in an order")
    except Undefined:
        return UNKNOWN
    best = (min if name == "min" else max)(range(len(items)), key=keys.__getitem__, default=None)  # type: ignore[arg-type]
    return None if best is None else items[best]


def _total(items: list[Value]) -> Value:
    total: Value = 0
    for item in items:
        total = ops.add(total, item)
    return total


def unpack(names: tuple[str, ...], item: Value) -> dict[str, Value]:
    """Names for an item, or for the parts of a tuple."""
    if len(names) == 1:
        return {names[0]: item}
    fitting = isinstance(item, list) and len(item) == len(names)
    return dict(zip(names, item if fitting else [UNKNOWN] * len(names), strict=True))


# --- the walk ---------------------------------------------------------------------------------------------------------


@frozen
class Evaluator:
    spec: Spec
    world: World
    host: Host = field(factory=Silent)
    past: Past = field(factory=Past)

    def at(self, past: Past) -> "Evaluator":
        return evolve(self, past=past)

    @property
    def zone(self) -> int:
        """The offset of the clock: where datetimes without a zone are."""
        return times.zone_of(self.spec.clock)

    def condition(self, expr: Expr, names: Names) -> Truth:
        return truth(self.evaluate(expr, names))

    def evaluate(self, expr: Expr, names: Names) -> Value:
        match expr:
            case Const(value):
                return value
            case Var(name):
                return self._variable(name, names)
            case Get(target, name, _, lifted):
                found = self.evaluate(target, names)
                return self._lifted(found, name) if lifted else self._field(found, name)
            case Lookup():
                return self._lookup(expr, names)
            case Make():
                return self._make(expr, names)
            case Apply(op, args):
                return self._apply(op, tuple(self.evaluate(arg, names) for arg in args))
            case If():
                return self._if(expr, names)
            case Is(target, test, tag):
                return self._is(self.evaluate(target, names), test, tag)
            case Let(name, value, body):
                return self.evaluate(body, {**names, name: self.evaluate(value, names)})
            case Collect(clauses, body):
                items = self._items(clauses, body, names)
                return UNKNOWN if _has(items, DOUBTFUL) else items
            case Fold(op, source):
                return self._fold(op, source, names)
            case Events():
                return self._events(expr, names)
            case _:
                assert_never(expr)

    # --- reaching

    def _variable(self, name: str, names: Names) -> Value:
        if name.startswith("table."):
            return self.world.rows(name.removeprefix("table."))
        if name.startswith("state."):
            return self.world.state(name.removeprefix("state."))
        return names[name]

    def _lifted(self, items: Value, name: str) -> Value:
        if isinstance(items, list):
            return [self._field(item, name) for item in items]
        return None if items is None else UNKNOWN

    def _field(self, target: Value, name: str) -> Value:
        if target is None:
            return None
        if isinstance(target, dict):
            return target.get(name)
        if hasattr(target, "position"):
            return self._event_field(target, name)
        return UNKNOWN

    def _event_field(self, event: Value, name: str) -> Value:
        if kind_of(event) == "call":
            return self._call_field(event, name)
        if name == "calls" and kind_of(event) == "step":
            return list(event.calls)
        return getattr(event, name) if name in ("text", "role") else UNKNOWN

    def _call_field(self, call: Event, name: str) -> Value:
        """A result and its like first, then parameters by name. What came of a call is not there before its time."""
        tool = self.spec.tools.get(call.tool)
        ok = call.ok if call.position < self.past.point else None
        if name == "result":
            return self.result(call, tool.returns) if tool and ok else UNKNOWN if ok else None
        kinds = {param.name: param.type for param in tool.params} if tool else {}
        if name in kinds:
            return UNKNOWN if call.malformed else self._observed(call.arguments.get(name), kinds[name])
        match name:
            case "arguments" if call.malformed:
                return UNKNOWN
            case "tool" | "role" | "arguments":
                return getattr(call, name)
            case "error":
                return call.result_text if ok is False else None
        return UNKNOWN

    def result(self, call: Event, kind: Type) -> Value:
        """What a successful call gave, as its type reads it."""
        bare = strip(kind)
        textual = isinstance(bare, (Ref, EnumType)) or (
            isinstance(bare, Prim) and bare.name in ("text", "id", "email", "date", "time", "datetime")
        )
        absent = isinstance(kind, Optional) and call.result is None
        return self._observed(call.result_text if textual and not absent else call.result, kind)

    def _observed(self, value: Value, kind: Type) -> Value:
        """A value from outside, if it has the structure that it should have."""
        return value if conforms(value, kind, self.spec.records) else UNKNOWN

    def _lookup(self, expr: Lookup, names: Names) -> Value:
        key = self.evaluate(expr.key, names)
        if key is UNKNOWN or key is None:
            return key
        if isinstance(expr.target, Var) and expr.target.name.startswith("table."):
            return self.world.row(expr.target.name.removeprefix("table."), key) if isinstance(key, str) else None
        target = self.evaluate(expr.target, names)
        if isinstance(target, dict):
            return target.get(key) if isinstance(key, str) else None
        if isinstance(target, list):
            return self._item(target, key)
        return None if target is None else UNKNOWN

    def _item(self, items: list[Value], key: Value) -> Value:
        try:
            position = as_whole(key)
        except Undefined:
            return None
        return items[position] if 0 <= position < len(items) else None

    # --- making

    def _make(self, expr: Make, names: Names) -> Value:
        items = [self.evaluate(item, names) for item in expr.items]
        match expr.kind:
            case "record":
                return dict(zip(expr.names, items, strict=True))
            case "list" | "tuple":
                return items
            case "map":
                keys, values = items[::2], items[1::2]
                well = all(isinstance(key, str) for key in keys)
                return dict(zip(keys, values, strict=True)) if well else UNKNOWN
            case _:
                assert_never(expr.kind)

    def _apply(self, op: str, args: tuple[Value, ...]) -> Value:
        if op.startswith("define:"):
            define = self.spec.defines[op.removeprefix("define:")]
            return self.evaluate(define.body, dict(zip((p.name for p in define.params), args, strict=True)))
        if op == "instant":
            args = (*args, self.zone)
        if op in LANGUAGE or op in RANDOM:
            return UNKNOWN if ops.rests_on_unknown(args) else self._asked(op, args)
        return ops.apply(op, args)

    def _asked(self, op: str, args: tuple[Value, ...]) -> Value:
        if op in RANDOM:
            return self.host.random(op, args)
        found = self.host.language(op, args, self.past)
        return UNKNOWN if found is None else found

    # --- choosing

    def _if(self, expr: If, names: Names) -> Value:
        decided = self.condition(expr.condition, names)
        if decided is not UNKNOWN:
            return self.evaluate(expr.then if decided is True else expr.other, names)
        then, other = self.evaluate(expr.then, names), self.evaluate(expr.other, names)
        return then if same(then, other) is True else UNKNOWN

    def _is(self, target: Value, test: str, tag: str | None) -> Truth:
        if isinstance(target, Unknown):
            return target
        if tag is None:
            return (target is None) == (test == "absent")
        if target is None:
            return False
        return same(target.get(tag), test) if isinstance(target, dict) else UNKNOWN

    # --- going through

    def _items(self, clauses: tuple[Clause, ...], body: Expr, names: Names) -> Items:
        """The items of a comprehension. One whose condition is unknown is doubtful, and looked at no further; a source
        that is unknown gives one doubtful item."""
        if not clauses:
            return [self.evaluate(body, names)]
        clause, rest = clauses[0], clauses[1:]
        match clause.kind:
            case "for":
                return self._for(clause, rest, body, names)
            case "let":
                return self._items(rest, body, {**names, clause.names[0]: self.evaluate(clause.expr, names)})
            case "where":
                holds = self.condition(clause.expr, names)
                return [DOUBTFUL] if holds is UNKNOWN else self._items(rest, body, names) if holds is True else []
            case _:
                assert_never(clause.kind)

    def _for(self, clause: Clause, rest: tuple[Clause, ...], body: Expr, names: Names) -> Items:
        source = self.evaluate(clause.expr, names)
        if source is None:
            return []
        if not isinstance(source, list):
            return [DOUBTFUL]
        found: list[Value] = []
        for item in source:
            found += self._items(rest, body, {**names, **unpack(clause.names, item)})
        return found

    def _fold(self, op: str, source: Expr, names: Names) -> Value:
        if isinstance(source, Collect):
            items: Value = self._items(source.clauses, source.body, names)
        else:
            items = self.evaluate(source, names)
        if op == "count" and isinstance(items, dict):
            return len(items)
        if items is None:
            items = []
        return fold(op, items, self.zone) if isinstance(items, list) else UNKNOWN

    # --- the past

    def _events(self, expr: Events, names: Names) -> Value:
        found = self.past.matching(expr.pattern)
        for bound, side in ((expr.before, "before"), (expr.after, "after")):
            other = self.evaluate(bound, names) if bound is not None else None
            if bound is not None and (other is None or other is UNKNOWN):
                return UNKNOWN if other is UNKNOWN else []
            if other is not None and side == "before":
                found = [thing for thing in found if last_position(thing) < other.position]
            elif other is not None:
                found = [thing for thing in found if thing.position > last_position(other)]
        return found
