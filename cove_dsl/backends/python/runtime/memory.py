"""What has happened so far, kept so that looking back costs the same however much that is.

In: events and steps in the order in which they happened. Out: those of a pattern, in a window, with a text in a field,
or that meet a condition of their own. What has happened stays as it was, so each is looked at once.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import Any

from .events import Call, Step
from .sandbox import Pattern
from .values import UNKNOWN


def starts_at(thing: Any) -> int:
    """The position of the first event of a step; an event's own."""
    position: int = thing.position
    return position


def ends_at(thing: Any) -> int:
    """The position of the last event of a step; an event's own."""
    position: int = thing.calls[-1].position if type(thing) is Step and thing.calls else thing.position
    return position


Watch = tuple[str | None, str | None, int]
"""How a call must have ended, whose an event must be, and the place of the pattern that asks this."""


class Interests:
    """Which patterns care for which events: `calls` by tool ("": one that none names), `watching` by kind and role."""

    __slots__ = ("by_identity", "by_value", "calls", "many", "patterns", "steps", "watching")

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self.by_value = {p: at for at, p in enumerate(dict.fromkeys(patterns))}
        self.by_identity = {id(p): self.by_value[p] for p in patterns}
        self.many = len(self.by_value)
        self.steps = any(p.kind == "step" for p in patterns)
        named = {tool for p in patterns for tool in p.tools}
        self.calls = {tool: self._watch("call", tool) for tool in (*named, "")}
        self.watching = {(kind, r): self._watch(kind, r) for kind in ("message", "step") for r in ("agent", "user")}

    def _watch(self, kind: str, which: str) -> tuple[Watch, ...]:
        return tuple(
            (p.status, p.role if kind == "call" else None, at)
            for p, at in self.by_value.items()
            if p.kind == kind and (not p.tools or which in p.tools if kind == "call" else p.role in (None, which))
        )


_INTERESTS: dict[int, Interests] = {}


def _interests(patterns: tuple[Pattern, ...]) -> Interests:
    """What patterns care for, found out once for each set of rules."""
    kept = _INTERESTS.get(id(patterns))
    if kept is None or kept.patterns is not patterns:
        if len(_INTERESTS) > 64:
            _INTERESTS.clear()
        kept = _INTERESTS[id(patterns)] = Interests(patterns)
    return kept


class Memory:
    """The past, by the patterns that rules look back at."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._interests = _interests(patterns)
        self._watching, self._steps_watched = self._interests.watching, self._interests.steps
        self._calls, self._other_calls = self._interests.calls, self._interests.calls[""]
        self._places = self._interests.by_identity
        self._past: list[list[Any]] = [[] for _ in range(self._interests.many)]
        self._steady: dict[int, tuple[list[Any], int]] = {}
        self._indexes: dict[tuple[int, str], Index] = {}

    def note(self, event: Any) -> None:
        """An event has happened, and with its last event the step."""
        if type(event) is Call:
            for status, role, at in self._calls.get(event.tool, self._other_calls):
                if (status is None or event.ok is (status == "ok")) and (role is None or event.role == role):
                    self._past[at].append(event)
        else:
            for _, _, at in self._watching["message", event.role]:
                self._past[at].append(event)
        if self._steps_watched:
            calls = event.step.calls
            if (calls[-1] if calls else event) is event:
                self.note_step(event.step)

    def note_step(self, step: Step) -> None:
        """A step has happened as a whole."""
        for _, _, at in self._watching["step", step.role]:
            self._past[at].append(step)

    def _place(self, pattern: Pattern) -> int:
        """The place of a pattern: programs ask by the patterns that they hand over, so most are told by identity."""
        at = self._interests.by_identity.get(id(pattern))
        return self._interests.by_value[pattern] if at is None else at

    def past(self, pattern: Pattern, before: Any = None, after: Any = None, windows: int = 0) -> Any:
        """Past events of a pattern, oldest first; without a window our own list. `windows`: 1 before, 2 after, 3 both
        are given."""
        at = self._places.get(id(pattern))
        found = self._past[self._place(pattern) if at is None else at]
        if not windows:
            return found
        for bit, bound in ((1, before), (2, after)):
            if windows & bit and (bound is None or bound is UNKNOWN):
                return UNKNOWN if bound is UNKNOWN else []
        low = bisect_right(found, ends_at(after), key=starts_at) if windows & 2 else 0
        high = bisect_left(found, before.position, key=ends_at) if windows & 1 else len(found)
        return found[low:high]

    def steady(self, site: int, pattern: Pattern, told: Callable[[Any], Iterable[Any]]) -> list[Any]:
        """What past events tell one by one, by themselves: an event that meets a condition, what it says; MAYBE for
        what is doubtful. `site`: where in the specification it is asked."""
        events = self._past[self._place(pattern)]
        picked, seen = self._steady.get(site) or ([], 0)
        if seen < len(events):
            picked += [item for event in events[seen:] for item in told(event)]  # over budget, nothing is kept
            self._steady[site] = (picked, len(events))
        return picked

    def joined(self, pattern: Pattern, name: str, key: Any) -> list[Any]:
        """At least the past events of which a field may be a text, oldest first."""
        at = self._place(pattern)
        events = self._past[at]
        if type(key) is not str:
            return events
        index = self._indexes.get((at, name))
        if index is None:
            index = self._indexes[at, name] = Index()
        return index.find(name, key, events)


class Index:
    """Events by the text of one field; `others` are those whose field is none, or not known."""

    __slots__ = ("by_text", "others", "seen")

    def __init__(self) -> None:
        self.by_text: dict[str, list[Any]] = {}
        self.others: list[Any] = []
        self.seen = 0

    def find(self, name: str, key: str, events: list[Any]) -> list[Any]:
        """At least the events whose field may be this text. `events` has grown at its end since the last time."""
        for event in events[self.seen :] if self.seen < len(events) else ():
            value = event.get(name)
            (self.by_text.setdefault(value, []) if type(value) is str else self.others).append(event)
        self.seen = len(events)
        found = self.by_text.get(key, [])
        return sorted([*found, *self.others], key=starts_at) if self.others else found
