"""What an expression of the core is to the solver: terms with enough structure to keep on reading.

A record, list or map is a `Thing`: a place in the world, of which only what is asked about is ever said. Lists whose
items are known stay `Items`; comprehensions stay `Query` until a fold says what it needs of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, assert_never

from attrs import field, fields, frozen

from ...core.nodes import Collect, Let, Node, Pattern, Var
from ...core.types import EnumType, EventType, Prim, Ref, Type, strip
from . import terms
from .relevance import once
from .terms import Sort

Env: TypeAlias = "Mapping[str, Value]"


@frozen
class Scalar:
    term: str
    sort: Sort


@frozen
class Thing:
    term: str
    type: Type


@frozen
class Maybe:
    """An optional: whether it is present, and what it is then."""

    present: str
    value: "Value"


@frozen
class Items:
    """A list or tuple, item by item."""

    items: tuple["Value", ...]


@frozen
class Stretch:
    """Whole numbers from one to another, both belonging."""

    low: str
    high: str


@frozen
class Query:
    """A comprehension with the names it sees. `moment` is the state of the world it was written for; `now` up to where
    things were past there, if it looks at the past."""

    collect: Collect
    env: "Env" = field(repr=False)
    moment: int = 0
    now: str | None = None


@frozen
class Event:
    """Something that happened, or is about to: `at` is its place in the conversation, a whole number, so two ways to
    the same event meet by congruence. `fields` are arguments that are known outright."""

    at: str
    type: EventType
    fields: Mapping[str, "Value"] = field(factory=dict, repr=False)


@frozen
class Past:
    """The past events that a pattern means, if they are `there` at all: those that stand strictly behind each of some
    places and before each of others. `field` is what is looked at of each, if not all."""

    pattern: Pattern
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    there: str = "true"
    field: str = ""


Value: TypeAlias = Scalar | Thing | Maybe | Items | Stretch | Query | Event | Past

_SORTS: dict[str, Sort] = {
    "text": "Text", "id": "Text", "email": "Text", "int": "Int", "decimal": "Real", "money": "Real", "bool": "Bool",
    "date": "Real", "time": "Real", "datetime": "Real", "duration": "Real", "json": "Thing",
}  # fmt: skip


def sort_of(kind: Type) -> Sort:
    """The sort of a type's values; an instant is its seconds."""
    match strip(kind):
        case Prim(name):
            return _SORTS[name]
        case Ref() | EnumType():
            return "Text"
        case _:
            return "Thing"


def both_present(there: str, value: Value) -> Value:
    """A value that is only there under a condition."""
    inner = value if isinstance(value, Maybe) else Maybe(terms.TRUE, value)
    return Maybe(terms.both([there, inner.present]), inner.value)


def spelled(value: Value) -> str:
    """A value as text, equal for equal values: the key under which what is opaque about it is remembered."""
    match value:
        case Scalar(term, _) | Thing(term, _):
            return term
        case Maybe(present, inner):
            return f"{present}?{spelled(inner)}"
        case Items(items):
            return f"[{' '.join(map(spelled, items))}]"
        case Stretch(low, high):
            return f"{low}..{high}"
        case Query(collect, env, moment, now):
            return f"{moment}/{now}:{written(collect, env)}"
        case Event(at):
            return f"event {at}"
        case Past(pattern, above, below, there, name):
            wanted = (pattern.kind, pattern.role, sorted(pattern.tools), pattern.status)
            return f"past{[*above]}{[*below]}{there}.{name}:{wanted}"
        case _:
            assert_never(value)


def written(thing: Any, env: Env) -> str:
    """An expression as text in which names leave no trace: those that it binds are numbered, others are what they
    stand for."""
    return "".join(
        part if free is None else f"<{spelled(env[free])}>" if free in env else free for part, free in _outline(thing)
    )


@once
def _outline(thing: Any) -> tuple[tuple[str, str | None], ...]:
    """What `written` writes: parts of the text, and between them names that are not bound."""
    found: list[tuple[str, str | None]] = []
    for part, free in _parts(thing, ()):
        if free is None and found and found[-1][1] is None:
            found[-1] = (found[-1][0] + part, None)
        else:
            found.append((part, free))
    return tuple(found)


def _parts(thing: Any, bound: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    match thing:
        case Var(name):
            yield (f"#{bound.index(name)}", None) if name in bound else ("", name)
        case Let(name, value, body):
            yield "let(", None
            yield from _parts(value, bound)
            yield " ", None
            yield from _parts(body, (name, *bound))
            yield ")", None
        case Collect(clauses, body, kind):
            yield "[", None
            for clause in clauses:
                yield f"{clause.kind}{len(clause.names)}:", None
                yield from _parts(clause.expr, bound)
                yield " ", None
                bound = (*clause.names, *bound)
            yield from _parts(body, bound)
            yield f"]:{kind}", None
        case tuple():
            yield from _joined("(", thing, bound)
        case _ if isinstance(thing, Node):
            inside = tuple(getattr(thing, a.name) for a in fields(type(thing)) if a.eq)
            yield from _joined(f"{type(thing).__name__}(", inside, bound)
        case _:
            yield repr(thing), None


def _joined(opening: str, things: tuple[Any, ...], bound: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    yield opening, None
    for number, thing in enumerate(things):
        yield (" " if number else ""), None
        yield from _parts(thing, bound)
    yield ")", None
