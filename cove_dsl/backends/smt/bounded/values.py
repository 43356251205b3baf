"""Symbolic values over a fixed shape. Every part that is not sure to be there carries the condition under which it is.

A condition is an SMT-LIB term. `known` says when a value is observed at all: where it is false the value is unknown,
as in the reference evaluator. Texts are whole numbers (see `texts.py`), instants are seconds, dates days.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from attrs import define, evolve, field, frozen

from ....core.types import Type
from .. import terms
from ..terms import FALSE, TRUE

Sort: TypeAlias = Literal["Bool", "Int", "Real"]
MOST_ALTERNATIVES = 500
CLOCKS = "0"  # the zone of the clock, written as there


class Unsupported(Exception):
    """A construct that small worlds cannot say, and where it stands."""

    def __init__(self, what: str, span: Any = None) -> None:
        super().__init__(what)
        self.what, self.span = what, span


@frozen
class Truth:
    """A condition: when it holds, and when it does not; neither is unknown."""

    yes: str
    no: str

    @property
    def unsure(self) -> str:
        return terms.negate(terms.either([self.yes, self.no])) if self.no != terms.negate(self.yes) else FALSE


def sure(term: str) -> Truth:
    return Truth(term, terms.negate(term))


@frozen
class Scalar:
    """A number, text or instant. `zone` is how the zone of a datetime is written, as a number (see `zones.py`)."""

    term: str
    sort: Sort
    known: str = TRUE
    zone: str = CLOCKS


@frozen
class Maybe:
    """An optional value."""

    present: str
    value: "Value"
    known: str = TRUE


@frozen
class Missing(Maybe):
    """A value that its type says is there, and may not be: what a call gave that failed, or is not over."""


@define(eq=False)
class Cell:
    """A record of the world (or a map, whose entries are `entries`). Fields come into being when they are first read;
    `initial` is what they were before anything happened."""

    type: Type
    name: str
    alive: str
    maker: Callable[["Cell", str], "Value"]
    initial: dict[str, "Value"] = field(factory=dict)
    fields: dict[str, "Value"] = field(factory=dict)
    entries: list["Entry"] = field(factory=list)

    def first(self, name: str) -> "Value":
        if name not in self.initial:
            self.initial[name] = self.maker(self, name)
        return self.initial[name]

    def read(self, name: str) -> "Value":
        return self.fields[name] if name in self.fields else self.first(name)

    def copy(self, untouched: bool = False) -> "Cell":
        """A cell of its own that reads as this one does now; with `untouched`, as it did before anything happened."""
        origin = self
        made = Cell(self.type, self.name, self.alive, lambda _, name: detached(origin.first(name), True))
        if not untouched:
            made.fields = {name: detached(value) for name, value in self.fields.items()}
            made.initial = {n: detached(v) for n, v in self.initial.items() if n not in self.fields}
        made.entries = [(g, key, detached(value, untouched)) for g, key, value in self.entries]
        return made


Entry: TypeAlias = "tuple[str, Scalar, Value]"


@frozen
class Place:
    """A record or map: one of several cells, each under its condition."""

    alts: tuple[tuple[str, Cell], ...]
    known: str = TRUE


class Doubt:
    """Stands in a list for an item that may or may not be there."""

    def __repr__(self) -> str:
        return "DOUBT"


DOUBT = Doubt()


@frozen
class Seq:
    """A list: its items in order, each under its condition. Tuples are lists whose items are all there."""

    items: tuple[tuple[str, "Value | Doubt"], ...]
    known: str = TRUE


@frozen
class Happening:
    """An event: one of several slots of the trajectory, each under its condition."""

    alts: tuple[tuple[str, Any], ...]
    known: str = TRUE


@frozen
class Arguments:
    """The arguments of a call, taken together."""

    call: Happening


Value: TypeAlias = Truth | Scalar | Maybe | Place | Seq | Happening | Arguments

NOTHING = Maybe(FALSE, Scalar("0", "Int"))
MISSING = Missing(FALSE, Scalar("0", "Int"))
UNSEEN = Scalar("0", "Int", FALSE)


def detached(value: "Value", untouched: bool = False) -> "Value":
    """A value as it is now, whatever becomes of the world."""
    match value:
        case Place(alts, known):
            return Place(tuple((g, cell.copy(untouched)) for g, cell in alts), known)
        case Maybe():
            return evolve(value, value=detached(value.value, untouched))
        case Seq(items, known):
            return Seq(tuple((g, v if isinstance(v, Doubt) else detached(v, untouched)) for g, v in items), known)
        case _:
            return value


def known_of(value: "Value") -> str:
    """When a value is observed."""
    match value:
        case Truth():
            return terms.negate(value.unsure)
        case Arguments():
            return TRUE
        case _:
            return value.known


def wholly_known(value: "Value") -> str:
    """When nothing anywhere inside a value is unknown. What nobody has read of a row yet is known."""
    match value:
        case Seq(items, known):
            return terms.both([known, *(terms.negate(g) if isinstance(v, Doubt) else terms.implies(g, wholly_known(v))
                                        for g, v in items)])  # fmt: skip
        case Maybe(present, inner, known):
            return terms.both([known, terms.implies(present, wholly_known(inner))])
        case Place(alts, known):
            return terms.both([known, *(terms.implies(g, _cell_known(c)) for g, c in alts)])
        case _:
            return known_of(value)


def _cell_known(cell: Cell) -> str:
    fields = (cell.initial | cell.fields).values()
    entries = (terms.implies(g, wholly_known(v)) for g, _, v in cell.entries)
    return terms.both([*(wholly_known(v) for v in fields), *entries])


def where_known(value: "Value", condition: str) -> "Value":
    """The value, unknown unless a condition holds."""
    if condition == TRUE:
        return value
    match value:
        case Truth(yes, no):
            return Truth(terms.both([condition, yes]), terms.both([condition, no]))
        case Arguments():
            return value
        case _:
            return evolve(value, known=terms.both([condition, value.known]))


def as_maybe(value: "Value") -> Maybe:
    """Of a value that is not known, it is not known whether it is there."""
    return value if isinstance(value, Maybe) else Maybe(TRUE, value, known_of(value))


def merge(condition: str, then: "Value", other: "Value") -> "Value":
    """One of two values of a type."""
    if condition == TRUE or then is other:
        return then
    if condition == FALSE:
        return other
    otherwise = terms.negate(condition)
    match then, other:
        case Truth(a, b), Truth(c, d):
            if b == terms.negate(a) and d == terms.negate(c):
                return sure(terms.choose(condition, a, c))
            return Truth(terms.choose(condition, a, c), terms.choose(condition, b, d))
        case (Maybe(), _) | (_, Maybe()):
            return _merged_optionals(condition, as_maybe(then), as_maybe(other))
        case Scalar(a, s, k, z), Scalar(b, t, m, u):
            sort: Sort = s if s == t else "Real"
            x, y = terms.real(a, s) if sort == "Real" else a, terms.real(b, t) if sort == "Real" else b
            zone = terms.choose(condition, z, u)
            return Scalar(terms.choose(condition, x, y), sort, terms.choose(condition, k, m), zone)
        case Place(xs, k), Place(ys, m):
            return Place(_alternatives(condition, otherwise, xs, ys), terms.choose(condition, k, m))
        case Happening(xs, k), Happening(ys, m):
            return Happening(_alternatives(condition, otherwise, xs, ys), terms.choose(condition, k, m))
        case Seq(xs, k), Seq(ys, m):
            return Seq(_joined(condition, otherwise, xs, ys), terms.choose(condition, k, m))
    raise Unsupported("a choice between values of different kinds")


def _alternatives(condition: str, otherwise: str, xs: Any, ys: Any) -> Any:
    """The alternatives of both; one that both have is kept once."""
    if len(xs) + len(ys) > MOST_ALTERNATIVES:
        raise Unsupported(f"a value that may be one of more than {MOST_ALTERNATIVES}")
    guards: dict[int, list[str]] = {}
    things: dict[int, Any] = {}
    for guard, alts in ((condition, xs), (otherwise, ys)):
        for g, thing in alts:
            guards.setdefault(id(thing), []).append(terms.both([guard, g]))
            things[id(thing)] = thing
    whole = {id(t) for g, t in xs if g == TRUE} & {id(t) for g, t in ys if g == TRUE}
    found = [(TRUE if i in whole else terms.either(guards[i]), things[i]) for i in guards]
    return tuple((g, t) for g, t in found if g != FALSE)


def _joined(condition: str, otherwise: str, xs: Any, ys: Any) -> Any:
    shared = 0
    while shared < min(len(xs), len(ys)) and xs[shared] == ys[shared]:
        shared += 1
    rest = [(condition, x) for x in xs[shared:]] + [(otherwise, y) for y in ys[shared:]]
    return (*xs[:shared], *((terms.both([guard, g]), v) for guard, (g, v) in rest))


def _merged_optionals(condition: str, a: Maybe, b: Maybe) -> Maybe:
    known = terms.choose(condition, a.known, b.known)
    made = Missing if isinstance(a, Missing) or isinstance(b, Missing) else Maybe
    if a.present == FALSE and a.known == TRUE:
        return made(terms.both([terms.negate(condition), b.present]), b.value, known)
    if b.present == FALSE and b.known == TRUE:
        return made(terms.both([condition, a.present]), a.value, known)
    return made(terms.choose(condition, a.present, b.present), merge(condition, a.value, b.value), known)


def spelled(value: "Value") -> str:
    """A value by its terms, for what has to be said of equal ones once."""
    match value:
        case Scalar(term, zone=zone):
            return term if zone == CLOCKS else f"{term}@{zone}"
        case Truth(yes):
            return yes
        case Maybe(present, inner):
            return f"{present}?{spelled(inner)}"
        case Seq(items):
            return f"[{' '.join(f'{g}:{spelled(v)}' for g, v in items if not isinstance(v, Doubt))}]"
        case Place(alts):
            return f"<{' '.join(f'{g}:{c.name}' for g, c in alts)}>"
        case Happening(slots):
            return f"<{' '.join(f'{g}:{s.index}' for g, s in slots)}>"
        case Arguments(call):
            return f"args{spelled(call)}"
