"""Zones of datetimes: a datetime is an instant, and what it reads as hangs on the zone that it is written in.

An instant is kept in seconds of the clock's zone. How the zone is written (`Z`, `+02:00`, not at all) is a number; the
clock's own spelling is `CLOCKS`, and open values are written so. What the solver chooses between are these numbers.
"""

from attrs import define, field

from ....core import times
from .. import terms
from .sequences import number_equal
from .values import CLOCKS, Scalar
from .world import SmallWorld

DAY = "86400.0"
ZONE = "moments in the clock's zone"


@define
class Zones(SmallWorld):
    """`spellings` are the zones that occur, by number."""

    spellings: list[str] = field(factory=list)

    @property
    def zone(self) -> int:
        """The seconds that the clock's zone is ahead of Greenwich."""
        return times.zone_of(self.spec.clock)

    def __attrs_post_init__(self) -> None:
        self.spellings.append((times.read_moment(self.spec.clock).zone or "") if self.spec.clock else "")

    def zone_written(self, spelling: str) -> int:
        """The number of a zone as it is written."""
        if spelling not in self.spellings:
            self.spellings.append(spelling)
        return self.spellings.index(spelling)

    def ahead(self, number: int) -> int:
        """The seconds that a zone is ahead of the clock's; without a zone, that is meant."""
        return times.offset(self.spellings[number]) - self.zone if self.spellings[number] else 0

    def unzoned(self) -> str:
        """The zone of a datetime that is written without one."""
        return str(self.zone_written(""))

    def as_written(self, moment: Scalar) -> str:
        """The seconds of a datetime in its own zone. That of an open one is looked at in no other than the clock's."""
        if moment.zone == CLOCKS:
            if self.spellings[0] and "$" in moment.term:
                self.narrow[ZONE] = None
            return moment.term
        ahead = "0.0"
        for n in range(1, len(self.spellings)):
            if (here := number_equal(moment.zone, str(n))) != terms.FALSE:
                ahead = terms.choose(here, terms.number(self.ahead(n), "Real"), ahead)
        return moment.term if ahead == "0.0" else self.shared(f"(+ {moment.term} {ahead})", "Real")

    def date_of(self, moment: Scalar) -> Scalar:
        return Scalar(f"(to_real (to_int (/ {self.as_written(moment)} {DAY})))", "Real")

    def time_of(self, moment: Scalar) -> Scalar:
        seconds = self.as_written(moment)
        return Scalar(f"(- {seconds} (* {DAY} (to_real (to_int (/ {seconds} {DAY})))))", "Real")


__all__ = ["DAY", "ZONE", "Zones"]
