"""What has happened so far, kept so that looking back costs the same however much that is.

In: events and steps in the order in which they happened. Out: those of a pattern, in a window, with a text in a field,
or that meet a condition of their own. What has happened stays as it was, so each is looked at once.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from .events import Step
from .sandbox import Pattern
from .values import MAYBE, UNKNOWN, spend


def starts_at(thing: Any) -> int:
    """The position of the first event of a step; an event's own."""
    position: int = thing.position
    return position


def ends_at(thing: Any) -> int:
    """The position of the last event of a step; an event's own."""
    position: int = thing.calls[-1].position if type(thing) is Step and thing.calls else thing.position
    return position


class Memory:
    """The past, by the patterns that rules look back at."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._past: dict[Pattern, list[Any]] = {p: [] for p in patterns}
        self._watched: dict[tuple[str, str], list[tuple[str | None, str | None, list[Any]]]] = {}
        self._steps_watched = any(p.kind == "step" for p in patterns)
        self._steady: dict[int, tuple[list[Any], int]] = {}
        self._indexes: dict[tuple[Pattern, str], Index] = {}

    def note(self, event: Any) -> None:
        """An event has happened, and with its last event the step."""
        if not self._past:
            return
        key = event.kind, event.tool if event.kind == "call" else event.role
        watched = self._watched.get(key)
        for status, role, past in self._watch(key) if watched is None else watched:
            if (status is None or event.ok is (status == "ok")) and (role is None or event.role == role):
                past.append(event)
        if self._steps_watched:
            calls = event.step.calls
            if (calls[-1] if calls else event) is event:
                self.note_step(event.step)

    def note_step(self, step: Step) -> None:
        """A step has happened as a whole."""
        if self._steps_watched:
            key = "step", step.role
            for _, _, past in self._watched.get(key) or self._watch(key):
                past.append(step)

    def _watch(self, key: tuple[str, str]) -> list[tuple[str | None, str | None, list[Any]]]:
        """Finds out which patterns care for a kind of event, with what else they ask."""
        kind, which = key
        watched = self._watched[key] = [
            (p.status, p.role if kind == "call" else None, past)
            for p, past in self._past.items()
            if p.kind == kind and (not p.tools or which in p.tools if kind == "call" else p.role in (None, which))
        ]
        return watched

    def past(self, pattern: Pattern, before: Any = None, after: Any = None, windows: int = 0) -> Any:
        """Past events of a pattern, oldest first; without a window our own list. `windows`: 1 before, 2 after, 3 both
        are given."""
        found = self._past[pattern]
        if not windows:
            return found
        for bit, bound in ((1, before), (2, after)):
            if windows & bit and (bound is None or bound is UNKNOWN):
                return UNKNOWN if bound is UNKNOWN else []
        low = bisect_right(found, ends_at(after), key=starts_at) if windows & 2 else 0
        high = bisect_left(found, before.position, key=ends_at) if windows & 1 else len(found)
        return found[low:high]

    def steady(self, site: int, pattern: Pattern, condition: Callable[[Any], Any]) -> list[Any]:
        """Past events that meet a condition which rests on nothing but them, with a MAYBE for each doubtful one.
        `site`: where in the specification it is asked."""
        events = self._past[pattern]
        picked, seen = self._steady.get(site) or ([], 0)
        if seen < len(events):
            spend(len(events) - seen)
            new = [(event, condition(event)) for event in events[seen:]]  # may be over budget: then nothing is kept
            picked += [event if answer is True else MAYBE for event, answer in new if answer is not False]
            self._steady[site] = (picked, len(events))
        return picked

    def joined(self, pattern: Pattern, name: str, key: Any) -> list[Any]:
        """At least the past events of which a field may be a text, oldest first."""
        events = self._past[pattern]
        if type(key) is not str:
            return events
        index = self._indexes.get((pattern, name))
        if index is None:
            index = self._indexes[pattern, name] = Index()
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
