"""What time it is, said from outside: instead of a specification's `clock` line."""

from datetime import datetime
from typing import Any

from .times import date_of, time_of, zone_of
from .values import UNKNOWN


def moment_said(name: str, clock: str | None, now: str | datetime) -> str:
    """A moment as the `clock` line of the desk `name` would hold it. Raises ValueError for what is none, and where
    nothing depends on it."""
    if clock is None:
        raise ValueError(f"`{name}` has no `clock`: nothing in it depends on what time it is")
    text = now.isoformat(timespec="seconds") if isinstance(now, datetime) else now.strip()
    text = text if "T" in text or " " in text else f"{text}T00:00:00"
    if date_of(text) is UNKNOWN or time_of(text) is UNKNOWN:
        raise ValueError(f"`{now}` is no moment: write it as `{clock}`")
    return text if _zone(text) else f"{text}{_zone(clock)}"


def _zone(moment: str) -> str:
    """The zone as it is written, or nothing."""
    time = moment[len("2025-03-10T") :]
    return next((time[i:] for i, c in enumerate(time) if c in "Z+-"), "")


def set_clock(names: dict[str, Any], moment: str) -> None:
    """From here on it is another moment for all that runs in a module: `clock` is read when it is asked about."""
    program = names["PROGRAM"]
    names |= {"CLOCK": moment, "ZONE": zone_of(moment)}
    names["PROGRAM"] = program._replace(clock=moment, texts=(*program.texts[:-1], moment))
