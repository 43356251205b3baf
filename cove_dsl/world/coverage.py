"""Which conditions of the policy some conversations have exercised, atom by atom.

In: a specification, then conversations. Out: for each atom of each condition how often it was true, false and unknown,
and whether it decided, each way: whether the condition would have come out the other way if the atom alone had (masking
MC/DC, as avionics asks for it). Guaranteed: the checker is the one that judges everything else; it runs a specification
that means the same and calls a definition for each condition (`core.conditions`).
"""

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from attrs import define, field, frozen

from ..backends.python.expressions import define_name
from ..backends.python.runtime.events import Call, Message, Step, Trajectory, read_trajectory
from ..backends.python.runtime.language import declines
from ..backends.python.runtime.opening import begin, open_world
from ..backends.python.runtime.report import verify_conversation
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.values import UNKNOWN
from ..backends.python.runtime.world import World
from ..core.conditions import Condition, Vector, comparing, listening
from ..core.spec import Spec
from .conversations import Record
from .monitor import Monitor, events_by_step
from .program import module_of

Side = tuple[str, int, bool]  # the key of a condition, the place of an atom in it, and what the atom came to


@frozen
class Seen:
    """An atom that came to one value: how often, how often it decided, and the first conversation in which it did (or
    else was seen)."""

    seen: int = 0
    decided: int = 0
    example: str | None = None


@frozen
class AtomCoverage:
    """One atom, both ways."""

    when: dict[bool, Seen]
    unknown: int = 0

    @property
    def decided(self) -> bool:
        return all(self.when[v].decided for v in (True, False))

    @property
    def both(self) -> bool:
        return all(self.when[v].seen for v in (True, False))


@define
class Coverage:
    """Adds up conversations. `first`: the conversation that first showed a vector."""

    spec: Spec
    conditions: dict[str, Condition]
    vectors: dict[str, dict[Vector, int]] = field(factory=dict)
    first: dict[tuple[str, Vector], str] = field(factory=dict)
    conversations: int = 0
    _deciding: dict[tuple[str, Vector], tuple[bool, ...]] = field(factory=dict, repr=False)

    def add(self, name: str, heard: dict[str, dict[Vector, int]]) -> None:
        """What was heard in one conversation."""
        self.conversations += 1
        for key, vectors in heard.items():
            mine = self.vectors.setdefault(key, {})
            for vector, n in vectors.items():
                mine[vector] = mine.get(vector, 0) + n
                self.first.setdefault((key, vector), name)

    def judged(self, key: str) -> int:
        """How often a condition was come to."""
        return sum(self.vectors.get(key, {}).values())

    def deciding(self, key: str, vector: Vector) -> tuple[bool, ...]:
        found = self._deciding.get((key, vector))
        if found is None:
            found = self._deciding[key, vector] = self.conditions[key].deciding(vector, self.spec)
        return found

    def atom(self, key: str, at: int) -> AtomCoverage:
        sides = {value: self._side(key, at, value) for value in (True, False)}
        unknown = sum(n for v, n in self.vectors.get(key, {}).items() if v[at] is None)
        return AtomCoverage(sides, unknown)

    def _side(self, key: str, at: int, value: bool) -> Seen:
        mine = [(v, n, self.deciding(key, v)[at]) for v, n in self.vectors.get(key, {}).items() if v[at] is value]
        shown = next((v for v, _, decided in mine if decided), mine[0][0] if mine else None)
        return Seen(
            sum(n for _, n, _ in mine),
            sum(n for _, n, decided in mine if decided),
            None if shown is None else self.first[key, shown],
        )

    def sides(self, heard: dict[str, dict[Vector, int]] | None = None) -> set[Side]:
        """What has decided, of everything or of one conversation: what a better set of conversations has more of."""
        every = ((k, v) for k, vectors in (self.vectors if heard is None else heard).items() for v in vectors)
        return {
            (key, at, bool(value))
            for key, vector in every
            for at, (value, decides) in enumerate(zip(vector, self.deciding(key, vector), strict=True))
            if decides
        }


class Listener:
    """Judges conversations by a specification whose conditions are heard."""

    def __init__(self, spec: Spec) -> None:
        made = listening(spec)
        self.spec, self.conditions = spec, made.conditions
        self.heard: dict[str, dict[Vector, int]] = {}
        names = module_of(made.spec)
        for key, condition in made.conditions.items():
            function = define_name(key)
            names[function] = self._hearing(key, names[function], condition.kind == "otherwise")
        self.program: Program = names["PROGRAM"]._replace(hash=spec.hash)

    def _hearing(self, key: str, run: Callable[..., Any], presence: bool) -> Callable[..., Any]:
        def heard(c: Any, *atoms: Any) -> Any:
            if presence:
                vector: Vector = (None if atoms[0] is UNKNOWN else atoms[0] is not None,)
            else:
                vector = tuple(a if a is True or a is False else None for a in atoms)
            mine = self.heard.setdefault(key, {})
            mine[vector] = mine.get(vector, 0) + 1
            return run(c, *atoms)

        return heard

    def coverage(self) -> Coverage:
        return Coverage(self.spec, self.conditions)

    def listen(self, record: Record, world: World | None) -> tuple[dict[str, dict[Vector, int]], dict[str, Any]]:
        """What the atoms came to in one conversation, and its report; nothing where it cannot be judged. Calls that
        the agent was right not to make (`refused` of the task) count as asked about where it says no."""
        self.heard = {}
        rules = frozenset(n for n, r in self.program.rules.items() if not r.talk) if record.solo else None
        report = verify_conversation(self.program, record.messages, world, None, rules, None, record.start)
        if "error" in report:
            return {}, report
        heard = self.heard
        for call in self._refused(record):
            for key, vectors in self._asked(record, world, call).items():
                mine = heard.setdefault(key, {})
                for vector, n in vectors.items():
                    mine[vector] = mine.get(vector, 0) + n
        return heard, report

    def _refused(self, record: Record) -> list[dict[str, Any]]:
        """The calls that a task wants refused, as far as they are calls of this desk."""
        found = (record.cove or {}).get("refused")
        calls = [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []
        return [c for c in calls if c.get("name") in self.program.tools and isinstance(c.get("arguments"), dict)]

    def _asked(self, record: Record, world: World | None, call: Any) -> dict[str, dict[Vector, int]]:
        """What the atoms come to if a call were made where the agent first says no."""
        monitor = Monitor(self.spec, self.program, begin(self.program, open_world(self.program, world), record.start))
        for step, events in _until_no(read_trajectory(record.messages)):
            monitor.run.step(step, events)
        self.heard = {}
        monitor.allows(call)
        return self.heard


class Comparisons:
    """Judges by a specification whose comparisons are heard: `met` are their keys with both sides, in order."""

    def __init__(self, spec: Spec) -> None:
        made = comparing(spec)
        self.comparisons, self.owners = made.comparisons, made.owners
        self.met: list[tuple[str, Any, Any]] = []
        names = module_of(made.spec)
        for key in made.comparisons:
            names[define_name(key)] = self._hearing(key, names[define_name(key)])
        self.program: Program = names["PROGRAM"]._replace(hash=spec.hash)

    def _hearing(self, key: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def heard(c: Any, left: Any, right: Any) -> Any:
            self.met.append((key, left, right))
            return run(c, left, right)

        return heard


def _until_no(trajectory: Trajectory) -> Iterator[tuple[Step, list[Message | Call]]]:
    """The steps of a conversation, each with its events, before the one in which the agent refuses something; all of
    them if there is none."""
    return takewhile(lambda s: s[0].role != "agent" or not declines(s[0].text or ""), events_by_step(trajectory))


__all__ = ["AtomCoverage", "Comparisons", "Coverage", "Listener", "Seen", "Side"]
