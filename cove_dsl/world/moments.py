"""What time it is for a specification, said from outside: instead of its `clock` line, or as a conversation goes on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from ..backends.python.runtime.moments import moment_said, set_clock
from ..core.spec import Spec
from .program import module_of

Moment: TypeAlias = str | datetime
"""A date-time; without a zone it is meant in that of the specification's `clock`. Of a date alone its beginning."""


def moment_of(spec: Spec, now: Moment) -> str:
    """A moment as a `clock` line would hold it. Raises ValueError for what is none, and where nothing depends on it."""
    return moment_said(spec.name, spec.clock, now)


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
