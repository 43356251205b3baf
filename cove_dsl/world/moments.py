"""What time it is for a specification, said from outside: instead of its `clock` line, or as a conversation goes on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from ..backends.python.runtime.times import date_of, time_of
from ..backends.python.runtime.values import UNKNOWN
from ..core.spec import Spec
from ..core.times import read_moment
from .program import module_of, set_clock

Moment: TypeAlias = str | datetime
"""A date-time; without a zone it is meant in that of the specification's `clock`. Of a date alone its beginning."""


def moment_of(spec: Spec, now: Moment) -> str:
    """A moment as a `clock` line would hold it. Raises ValueError for what is none, and where nothing depends on it."""
    if spec.clock is None:
        raise ValueError(f"`{spec.name}` has no `clock`: nothing in it depends on what time it is")
    text = now.isoformat(timespec="seconds") if isinstance(now, datetime) else now.strip()
    text = text if "T" in text or " " in text else f"{text}T00:00:00"
    if date_of(text) is UNKNOWN or time_of(text) is UNKNOWN:
        raise ValueError(f"`{now}` is no moment: write it as `{spec.clock}`")
    return text if read_moment(text).zone else f"{text}{read_moment(spec.clock).zone or ''}"


class LiveClock:
    """A specification's program with a clock of its own, which is set before each question."""

    def __init__(self, spec: Spec, now: Callable[[], Moment]) -> None:
        self.spec, self.now = spec, now
        self.names: dict[str, Any] = module_of(spec)
        self.tick()

    def tick(self) -> str:
        """Asks what time it is now. Raises ValueError for an answer that is no moment."""
        moment = moment_of(self.spec, self.now())
        set_clock(self.names, moment)
        return moment


__all__ = ["LiveClock", "Moment", "moment_of"]
