"""Dates, times and durations. They are texts, read when they are asked about; durations are seconds."""

import re
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from .numbers import narrowed
from .texts import plain_number
from .values import UNKNOWN, is_number, said

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_MOMENT = re.compile(f"({_DATE})?([T ])?({_TIME})?(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?")
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


class Moment(NamedTuple):
    """A date, a time, or both, as they are written."""

    date: str | None
    between: str
    time: str | None
    zone: str | None
    days: int
    seconds: Any


def _moment(value: Any) -> Moment | None:
    """The parts of a date, a time or a datetime; only a datetime has a zone. None of what is neither."""
    written = said(value)
    match = _MOMENT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        return None
    day, between, time, zone = match.groups()
    both = day is not None and time is not None
    if both is not (between is not None) or (zone is not None and not both) or not (day or time):
        return None
    try:
        days = date.fromisoformat(day).toordinal() - _EPOCH if day else 0
    except ValueError:
        return None
    seconds = _seconds(time) if time else 0
    return (
        None
        if seconds is None or (zone and _offset(zone) is None)
        else Moment(day, between or "", time, zone, days, seconds)
    )


def _seconds(time: str) -> Any:
    hours, minutes, seconds = (*time.split(":"), "0")[:3]
    exact = Fraction(seconds) if "." in seconds else int(seconds)
    return (
        int(hours) * 3600 + int(minutes) * 60 + exact if int(hours) < 24 and int(minutes) < 60 and exact < 60 else None
    )


def _offset(zone: str) -> int | None:
    """Seconds east of Greenwich."""
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1) if hours < 24 and minutes < 60 else None


def zone_of(clock: str | None) -> int:
    """The offset in which times without one are read: the clock's."""
    found = _moment(clock)
    return (_offset(found.zone) or 0) if found is not None and found.zone else 0


def instant(value: Any, zone: int = 0) -> Any:
    """Seconds on a line: of a date its midnight, of a time its distance from midnight, of a date-time its instant."""
    if value is None:
        return None
    found = _moment(value)
    if found is None:
        return UNKNOWN
    seconds = found.days * _DAY + found.seconds
    if found.date and found.time:
        seconds -= _offset(found.zone) if found.zone else zone
    return seconds if isinstance(seconds, int) else narrowed(seconds)


def shift(value: Any, by: Any) -> Any:
    """A date, time or date-time moved by a duration in seconds, written as it was."""
    found = _moment(value)
    if found is None or not is_number(by):
        return UNKNOWN
    days, rest = divmod(found.days * _DAY + Fraction(found.seconds) + Fraction(by), _DAY)
    if (found.date is None and days != 0) or (found.time is None and rest != 0):
        return UNKNOWN
    try:
        day = date.fromordinal(int(days) + _EPOCH).isoformat() if found.date else ""
    except (ValueError, OverflowError):
        return UNKNOWN
    return day + found.between + (_clock_text(rest, found.time) if found.time else "") + (found.zone or "")


def _clock_text(seconds: Fraction, like: str) -> str:
    """A time of day with seconds and decimals where the other has them, or where they are needed."""
    minutes, rest = divmod(seconds, 60)
    whole_, decimals = divmod(rest, 1)
    shown = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{whole_:02}" if len(like) > 5 or rest else "")
    kept = like.partition(".")[2]
    if not kept and not decimals:
        return shown
    return f"{shown}.{plain_number(narrowed(decimals)).partition('.')[2].ljust(len(kept), '0')}"


def date_of(value: Any) -> Any:
    found = _moment(value)
    return found.date if found is not None and found.date and found.time else UNKNOWN


def time_of(value: Any) -> Any:
    found = _moment(value)
    return found.time if found is not None and found.date and found.time else UNKNOWN


def at_time(day: Any, time: Any) -> Any:
    one, two = _moment(day), _moment(time)
    if one is None or two is None or one.time or two.date:
        return UNKNOWN
    return f"{one.date}T{two.time}"


def months_between(start: Any, end: Any) -> Any:
    """Whole months from one day to another; less than 0 where the second is earlier."""
    one, two = _moment(start), _moment(end)
    if one is None or two is None or one.time or two.time or not (one.date and two.date):
        return UNKNOWN
    if two.days < one.days:
        return -months_between(end, start)
    first, last = date.fromisoformat(one.date), date.fromisoformat(two.date)
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
