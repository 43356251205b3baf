"""What happened: a conversation of any length, of which only those events are spoken of that something asks for.

An event is its place in the conversation, and whatever is said of it is a function of that place. That there was some
event of a kind has a witness; that there was none is told to every event in play, whenever it comes into play. So a
refutation holds of every conversation, however long.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field, frozen

from ...core.nodes import Pattern
from ...core.types import BOOL, EventType
from . import terms
from .terms import FALSE, Sort
from .values import Event, Past
from .world import MOST_KNOWN, World

MOST_EVENTS = 48  # in play, of one conversation
END = ""  # the place behind everything

Tell = Callable[[Event], None]


@frozen
class Standpoint:
    """From where something is looked at: the world as it is there, and what has happened by then."""

    updates: dict[tuple[str, str], list[Any]]
    versions: dict[str, int]
    moment: int
    now: str


class Unheard(dict[str, int]):
    """Versions of a world of which nothing is known: of everything, one that is its own."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, self.number)

    def copy(self) -> "Unheard":
        found = Unheard(self.number)
        found.update(self)
        return found


@define
class Conversation(World):
    """Terms about what happened. `happened` are the events in play, each with the number of others that had to be
    thought of before; `listeners` are told of each once; `alone` is the one that a list is gone through for; `latest`
    the one that was thought of last. `now` is the place up to which things are past. `idly` is set where nothing needs
    to have happened for what is said to hold: what is thought of there does not come into play."""

    now: str = END
    happened: dict[str, tuple[Event, int]] = field(factory=dict)
    listeners: list[tuple[Standpoint, Tell, bool]] = field(factory=list)
    depth: int = 0
    idly: bool = False
    alone: Event | None = None
    latest: Event | None = None
    worlds: dict[str, Unheard] = field(factory=dict)
    numbers: dict[str, list[tuple[str, str]]] = field(factory=dict)
    heard_by: dict[int, int] = field(factory=dict)

    # --- standing somewhere

    @property
    def here(self) -> Standpoint:
        return Standpoint(
            {k: list(v) for k, v in self.updates.items()}, self.versions.copy(), self.moment, self.now
        )  # fmt: skip

    @contextmanager
    def standing(self, at: Standpoint, alone: Event | None = None) -> Iterator[None]:
        """Looks from there, at one event alone if there is one."""
        saved = self.updates, self.versions, self.moment, self.now, self.alone
        self.updates, self.versions, self.moment, self.now, self.alone = (
            at.updates, at.versions, at.moment, at.now, alone,
        )  # fmt: skip
        try:
            yield
        finally:
            self.updates, self.versions, self.moment, self.now, self.alone = saved

    def elsewhere(self, now: str) -> Standpoint:
        """A place of which only is known what has happened by then."""
        if now not in self.worlds:
            self.worlds[now] = Unheard(-len(self.worlds) - 1)
        world = self.worlds[now]
        return Standpoint({}, world, world.number, now)

    # --- events

    def of(self, name: str, at: str, sort: Sort = "Bool") -> str:
        return terms.apply(self.script.function(f"event.{name}", ("Int",), sort), at)

    def is_meant(self, pattern: Pattern, event: Event) -> str:
        """That an event is one that a pattern means. FALSE where the event cannot be, by what is looked for."""
        if apart(event.type, pattern):
            return FALSE
        return terms.apply(self._kind(pattern), event.at)

    def _kind(self, pattern: Pattern) -> str:
        """What a pattern means, as a function of the place."""
        name = f"is:{pattern.role or ''} {pattern.status or ''} {pattern.kind} {' '.join(sorted(pattern.tools))}"
        if name in self.script.declared:
            return name
        found = [self.of(pattern.kind, "p")]
        if pattern.role is not None:
            agent = self.of("agent", "p")
            found.append(agent if pattern.role == "agent" else terms.negate(agent))
        if pattern.kind == "call" and pattern.tools:
            word = self.of("tool", "p", "Text")
            found.append(terms.either(terms.equal(word, self.script.literal(t)) for t in sorted(pattern.tools)))
        if pattern.status is not None:
            found.append(self.of(pattern.status, "p"))
        return self.script.define(name, "((p Int)) Bool", terms.both(found))

    def is_among(self, past: Past, event: Event) -> str:
        """That an event is one of some past events."""
        meant = self.is_meant(past.pattern, event)
        if past.pattern.kind == "step":  # spans several places: of these and those, nothing follows
            own = terms.apply(self.script.function(f"steps:{past}", ("Int",), "Bool"), event.at)
            return terms.both([meant, own])
        above = (f"(> {event.at} {place})" for place in past.above)
        below = (f"(< {event.at} {place})" for place in past.below)
        return FALSE if meant == FALSE else terms.both([past.there, meant, *above, *below])

    def some_event(self, pattern: Pattern, hint: str) -> Event:
        """An event that may be any that a pattern means; nothing says yet that there is one."""
        kind = EventType(pattern.kind, pattern.role, pattern.tools)
        self.latest = Event(self.script.fresh(hint, "Int"), kind)
        if not self.idly:
            self.comes_up(self.latest, self.depth + 1)
        return self.latest

    def comes_up(self, event: Event, depth: int) -> None:
        """An event comes into play; it is told to the listeners later."""
        if event.at in self.happened or len(self.happened) >= MOST_EVENTS:
            return
        at = event.at
        self.script.fact(terms.negate(terms.both([self.of("call", at), self.of("message", at)])))
        self.script.fact(terms.negate(terms.both([self.of("ok", at), self.of("failed", at)])))
        self._used_by_its_own(event)
        self.recognise_in(event)
        self.happened[at] = event, depth

    @contextmanager
    def doubting(self) -> Iterator[None]:
        """Says something that is denied, or of which nothing follows where it does not hold."""
        self.idly, before = not self.idly, self.idly
        yield
        self.idly = before

    def _used_by_its_own(self, event: Event) -> None:
        """Who made a call that went through: a tool of the other party is refused for that alone."""
        roles = {self.spec.tools[t].requestor for t in event.type.tools if t in self.spec.tools}
        if len(roles) == 1:
            agent = self.of("agent", event.at)
            went = self.is_meant(Pattern("call", None, event.type.tools, "ok"), event)
            self.script.fact(terms.implies(went, agent if roles == {"agent"} else terms.negate(agent)))

    def recognise_in(self, event: Event) -> None:
        """What is known of an event by whose conversation it is; given by the floors above this one."""

    # --- telling what happened

    def hear(self, tell: Tell, idly: bool = True) -> None:
        """From where it stands now, something wants to be told of every event in play. `idly`: only to draw
        conclusions from it."""
        self.listeners.append((self.here, tell, idly))

    def catch_up(self) -> None:
        """Tells every listener of every event; that may bring more of both into play. Of one kind of places only a few
        more do: whatever looks at a list goes through them all, again for each event."""
        busy, done = True, self.heard_by
        self.most = min(self.most, MOST_KNOWN)
        while busy:
            busy = False
            for number in range(len(self.listeners)):
                events = list(self.happened.values())
                for event, depth in events[done.get(number, 0) :]:
                    busy = True
                    self._tell(number, event, depth)
                done[number] = len(events)
        for term, found in self.numbers.items():
            self.script.fact(f"(>= {term} {self._different(found)})")

    def _tell(self, number: int, event: Event, depth: int) -> None:
        at, tell, idly = self.listeners[number]
        before = self.depth, self.idly
        self.depth, self.idly = depth, idly
        with self.standing(at, event):
            tell(event)
        self.depth, self.idly = before

    def _different(self, found: list[tuple[str, str]]) -> str:
        """How many different places there are among some, each of which counts under its condition."""
        counted = []
        for n, (condition, at) in enumerate(found):
            again = terms.either(terms.both([c, terms.equal(p, at)]) for c, p in found[:n])
            counted.append(terms.choose(terms.both([condition, terms.negate(again)]), "1", "0"))
        words = [c for c in counted if c != "0"]
        return f"(+ {' '.join(words)})" if len(words) > 1 else words[0] if words else "0"


def apart(kind: EventType, pattern: Pattern) -> bool:
    """Whether no event that was looked for as one thing can be the other."""
    if kind.kind != pattern.kind or (kind.role and pattern.role and kind.role != pattern.role):
        return True
    return bool(kind.tools and pattern.tools and not kind.tools & pattern.tools)


__all__ = ["BOOL", "END", "Conversation", "Standpoint", "Tell"]
