"""What rules ask for after their trigger, from when it is owed to when it is settled."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .events import Step
from .memory import ends_at
from .sandbox import Pattern
from .values import UNKNOWN, OverBudget, fresh_budget


class Duty(NamedTuple):
    """One thing that a rule asks for after its trigger."""

    mode: str
    pattern: Pattern | None
    condition: Callable[[Any], Any] | None
    until: Pattern | None
    until_condition: Callable[[Any], Any] | None


class Owed:
    """Duties of a rule that are open: one of `eventually` or `never`, or a chain of which the first is due.

    Only what happens after `since` counts. `unsure` once something may have met the duty, or may have broken it;
    `released` once the `until` of a `never` may have come. `number` tells which was opened first.
    """

    __slots__ = ("doubt", "duties", "number", "origin", "released", "rule", "since", "unsure")

    def __init__(self, rule: str, duties: list[Duty], origin: Any, since: float, doubt: bool, number: int) -> None:
        self.rule, self.duties, self.origin, self.since, self.doubt = rule, duties, origin, since, doubt
        self.number = number
        self.unsure = self.released = False

    def copy(self) -> "Owed":
        other = Owed(self.rule, list(self.duties), self.origin, self.since, self.doubt, self.number)
        other.unsure, other.released = self.unsure, self.released
        return other


Interest = tuple[str, Pattern | None, Pattern | None]  # mode, pattern and `until` of the duty that is due
Say = Callable[[Owed, Any, Any], None]


class Docket:
    """All duties that are open, by what they wait for: an event costs as much as the duties that it concerns."""

    def __init__(self) -> None:
        self.groups: dict[Interest, list[Owed]] = {}
        self.opened = 0
        self._shared: set[Interest] = set()

    def copy(self) -> "Docket":
        """For a trial: what is open is shared until it is met, so it must be met through `met_by(…, trial=True)`."""
        other = Docket()
        other.groups, other.opened, other._shared = dict(self.groups), self.opened, set(self.groups)
        return other

    def open(self, rule: str, duties: tuple[Duty, ...], origin: Any, doubt: bool) -> None:
        """Neighbouring `then` and `nothing` are one chain."""
        since = ends_at(origin) if origin is not None else float("inf")
        chains: list[list[Duty]] = []
        linked = False
        for duty in duties:
            links = duty.mode in ("then", "nothing")
            if links and linked:
                chains[-1].append(duty)
            else:
                chains.append([duty])
            linked = links
        for chain in chains:
            self._file(Owed(rule, chain, origin, since, doubt, self.opened))
            self.opened += 1

    def _file(self, owed: Owed) -> None:
        duty = owed.duties[0]
        interest = duty.mode, duty.pattern, duty.until
        if interest in self._shared:
            self.groups[interest] = list(self.groups[interest])
            self._shared.discard(interest)
        self.groups.setdefault(interest, []).append(owed)

    def met_by(self, thing: Any, say: Say, trial: bool = False) -> None:
        """What an event or a step does to what is owed. `say(owed, value, thing)` hears of each duty settled."""
        concerned = [k for k in self.groups if _concerns(k, thing)] if self.groups else ()
        self._shared.difference_update(concerned)
        for owed in sorted((o for k in concerned for o in self.groups.pop(k)), key=_number) if concerned else ():
            mine = owed.copy() if trial else owed
            if thing.position <= mine.since or _stays(mine, thing, say):
                self._file(mine)

    def close(self) -> Iterator[tuple[Owed, Any]]:
        """Everything that is still open at the end, and what it came to."""
        for owed in sorted((o for group in self.groups.values() for o in group), key=_number):
            fine: Any = owed.duties[0].mode in ("nothing", "never")
            yield owed, UNKNOWN if owed.unsure else fine
        self.groups = {}


def _number(owed: Owed) -> int:
    return owed.number


def _concerns(interest: Interest, thing: Any) -> bool:
    """Whether an event could change anything for duties of a kind."""
    mode, pattern, until = interest
    if mode == "nothing":
        return type(thing) is not Step and thing.role == "agent"
    assert pattern is not None
    if mode == "then":
        party = pattern.role or ("agent" if pattern.kind == "call" else None)
        return (type(thing) is Step) is (pattern.kind == "step") and party in (None, thing.role)
    return pattern.matches(thing) or (until is not None and until.matches(thing))


def _stays(owed: Owed, thing: Any, say: Say) -> bool:
    """Whether something is still owed after an event that concerns it."""
    duty = owed.duties[0]
    if duty.mode == "nothing":
        return _settled(owed, False, thing, say)
    assert duty.pattern is not None
    if duty.mode == "then":
        return _settled(owed, _matches(duty.pattern, duty.condition, thing), thing, say)
    if duty.mode == "eventually":
        met = _matches(duty.pattern, duty.condition, thing)
        owed.unsure |= met is UNKNOWN
        return met is not True or _settled(owed, True, thing, say)
    return _never(owed, duty, duty.pattern, thing, say)


def _never(owed: Owed, duty: Duty, pattern: Pattern, thing: Any, say: Say) -> bool:
    """An event that ends the duty does not break it."""
    ended = duty.until is not None and _matches(duty.until, duty.until_condition, thing)
    if ended is True:
        return _settled(owed, UNKNOWN if owed.unsure else True, thing, say)
    owed.released |= ended is UNKNOWN
    broken = _matches(pattern, duty.condition, thing)
    owed.unsure |= broken is UNKNOWN
    return broken is not True or _settled(owed, UNKNOWN if owed.released else False, thing, say)


def _settled(owed: Owed, value: Any, thing: Any, say: Say) -> bool:
    """Settles the duty that is due; whether the chain goes on, with what happens later."""
    say(owed, value, thing)
    owed.since = ends_at(thing)
    del owed.duties[0]
    return bool(owed.duties)


def _matches(pattern: Pattern, condition: Callable[[Any], Any] | None, event: Any) -> Any:
    if not pattern.matches(event):
        return False
    if condition is None:
        return True
    fresh_budget()
    try:
        found = condition(event)
    except OverBudget:
        return UNKNOWN
    return found if found is True or found is False else UNKNOWN
