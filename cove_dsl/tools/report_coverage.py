"""Which conditions of the policy a run has exercised, for its report. In: a run, whose dialogues are judged once more
as they go by. Out: for each rule and definition how many sides of its atoms decided, and which did not.
"""

from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from ..synthesis.store import FinishedRun
from ..world.conversations import Record, record_of
from ..world.coverage import Coverage, Listener
from ..world.desk import load
from ..world.load import SpecError
from ..world.state import StateError, read_state, world_of
from .render_coverage import WORDS, short_at, totals

Row = dict[str, Any]


class NotHeard(Exception):
    """The conditions of a run cannot be listened to; the text says why."""


@frozen
class Gap:
    """A side of an atom that has not decided. `seen`: how often the atom came to that value all the same."""

    text: str
    value: bool
    seen: int

    def words(self) -> str:
        side = f"{self.text} · {WORDS[self.value]}"
        times = "once" if self.seen == 1 else f"{self.seen:,} times"
        return f"{side}: seen {times}, never deciding" if self.seen else f"{side}: not seen"


@frozen
class Covered:
    """What became of the conditions of one rule or definition; an atom has two sides."""

    name: str
    of: str
    sides: int
    gaps: tuple[Gap, ...]

    @property
    def decided(self) -> int:
        return self.sides - len(self.gaps)

    def to_json(self) -> Row:
        gaps = [{"atom": g.text, "value": g.value, "seen": g.seen} for g in self.gaps]
        return {"name": self.name, "of": self.of, "sides": self.sides, "sides_decided": self.decided, "gaps": gaps}


@frozen
class PolicyCoverage:
    """What a run has exercised of the policy, the least covered rule first; or, in `reason`, why nobody knows."""

    rules: tuple[Covered, ...] = ()
    total: Row = field(factory=dict)
    reason: str = ""

    def rest(self) -> str:
        """Those in which every side has decided."""
        whole = sum(not r.gaps for r in self.rules)
        if whole == 1:
            return f"in the {'only' if len(self.rules) == 1 else 'other'} rule or definition, every side has decided"
        which = f"all {whole}" if whole == len(self.rules) else f"the other {whole}"
        return f"in {which} rules and definitions, every side has decided" if whole else ""

    def summary(self) -> str:
        total = self.total
        return (
            f"{total['sides_decided']} of {total['sides']} sides of {total['atoms']} atoms have decided, "
            f"{total['decided_both']} atoms both ways"
        )


class Hearing:
    """Listens to a run. Raises NotHeard."""

    def __init__(self, run: FinishedRun) -> None:
        self.run = run
        try:
            desk = load(run.spec)
        except (SpecError, OSError):
            raise NotHeard("its specification cannot be read any more") from None
        if desk.hash != run.manifest["spec_hash"]:
            raise NotHeard("its specification was not kept, and the one of that name is another now")
        try:
            self.world = world_of(read_state(run.world, desk.spec), desk.program)
        except StateError as error:
            raise NotHeard(f"its world cannot be read any more: {error}") from None
        self.listener = Listener(desk.spec)
        self.heard: Coverage = self.listener.coverage()

    def rows(self) -> Iterator[Row]:
        """The rows of the run; each has been heard when the next is asked for."""
        for row in self.run.rows():
            yield row
            record = record_of(row["id"], row, str(self.run.folder))
            if isinstance(record, Record):
                heard, report = self.listener.listen(record, self.world)
                if "error" not in report:
                    self.heard.add(record.id, heard)

    def found(self) -> PolicyCoverage:
        keys = list(self.heard.conditions)
        owners: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            condition = self.heard.conditions[key]
            owners.setdefault((condition.of, condition.owner), []).append(key)
        rules = [self._covered(of, name, mine) for (of, name), mine in owners.items()]
        rules.sort(key=lambda r: (r.decided / max(r.sides, 1), -len(r.gaps), r.name))
        return PolicyCoverage(tuple(rules), totals(self.heard, keys))

    def _covered(self, of: str, name: str, keys: list[str]) -> Covered:
        places = [(key, at) for key in keys for at in range(len(self.heard.conditions[key].atoms))]
        return Covered(name, of, 2 * len(places), tuple(gap for place in places for gap in self._gaps(*place)))

    def _gaps(self, key: str, at: int) -> Iterator[Gap]:
        text = short_at(self.heard.conditions[key].atoms[at].span, self.heard.spec)
        for value, side in self.heard.atom(key, at).when.items():
            if not side.decided:
                yield Gap(text, value, side.seen)


__all__ = ["Covered", "Gap", "Hearing", "NotHeard", "PolicyCoverage"]
