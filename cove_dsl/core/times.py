"""Dates, times of day and datetimes: how they are read, ordered, moved and written.

Enters and leaves: values, as in `ops`. Raises Undefined for what has no result. A moment is written as a text.
"""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Final

from attrs import frozen

from .values import Number, Undefined, Value, as_fraction, as_number, as_text, plain, settle

DAY: Final = 86_400

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_ZONE = "Z|[+-][0-9]{2}:?[0-9]{2}"
_MOMENT = re.compile(
    f"(?P<day>{_DATE})|(?P<hour>{_TIME})|(?P<date>{_DATE})(?P<between>[T ])(?P<time>{_TIME})(?P<zone>{_ZONE})?"
)


@frozen
class Moment:
    """A date, a time, or both, as they are written."""

    date: str | None
    between: str
    time: str | None
    zone: str | None

    @property
    def days(self) -> int:
        return _days(self.date) if self.date else 0

    @property
    def seconds(self) -> Fraction:
        return _seconds(self.time) if self.time else Fraction(0)


def read_moment(value: Value) -> Moment:
    """The parts of a date, a time or a datetime. Only a datetime has a zone."""
    match = _MOMENT.fullmatch(as_text(value))
    if match is None:
        raise Undefined("neither date nor time")
    day, hour = match["day"] or match["date"], match["hour"] or match["time"]
    found = Moment(day, match["between"] or "", hour, match["zone"])
    _ = found.days, found.seconds  # both exist
    return found


def _days(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError as error:
        raise Undefined("no such day") from error


def _seconds(text: str) -> Fraction:
    hours, minutes, seconds = (Fraction(part) for part in (*text.split(":"), "0")[:3])
    if not (hours < 24 and minutes < 60 and seconds < 60):
        raise Undefined("no such time")
    return hours * 3600 + minutes * 60 + seconds


def offset(zone: str) -> int:
    """Seconds east of Greenwich."""
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours >= 24 or minutes >= 60:
        raise Undefined("no such zone")
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


@cache
def zone_of(clock: str | None) -> int:
    """The offset that datetimes without a zone are read in."""
    zone = read_moment(clock).zone if clock is not None else None
    return offset(zone) if zone is not None else 0


def instant(value: Value, local: int = 0) -> Number | None:
    """Seconds that order dates, times of day, or datetimes; absent of what is absent."""
    if value is None:
        return None
    moment = read_moment(value)
    seconds = moment.days * DAY + moment.seconds
    if moment.date and moment.time:
        seconds -= offset(moment.zone) if moment.zone else local
    return settle(seconds)


def shift(value: Value, duration: Value) -> str:
    """A date, time or datetime moved, written as it was."""
    moment = read_moment(value)
    days, rest = divmod(moment.days * DAY + moment.seconds + as_fraction(as_number(duration)), DAY)
    if moment.date is None and days != 0:
        raise Undefined("another day")
    if moment.time is None and rest != 0:
        raise Undefined("within a day")
    day = _write_date(days) if moment.date else ""
    return day + moment.between + (_write_time(rest, moment.time) if moment.time else "") + (moment.zone or "")


def _write_date(days: int) -> str:
    try:
        return date.fromordinal(days + date(1970, 1, 1).toordinal()).isoformat()
    except (ValueError, OverflowError) as error:
        raise Undefined("out of the calendar") from error


def _write_time(seconds: Fraction, like: str) -> str:
    """A time of day with seconds and decimals where the other has them, or where they are needed."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    whole, decimals = divmod(rest, 1)
    if len(like) > 5 or rest:
        text += f":{whole:02}"
    kept = like.partition(".")[2]
    if kept or decimals:
        text += "." + plain(settle(decimals)).partition(".")[2].ljust(len(kept), "0")
    return text


def date_of(value: Value) -> str:
    return _both(value)[0]


def time_of(value: Value) -> str:
    return _both(value)[1]


def _both(value: Value) -> tuple[str, str]:
    moment = read_moment(value)
    if moment.date is None or moment.time is None:
        raise Undefined("no datetime")
    return moment.date, moment.time


def at_time(day: Value, time: Value) -> str:
    text = f"{as_text(day)}T{as_text(time)}"
    if "T".join(_both(text)) != text:
        raise Undefined("not a date and a time")
    return text


def months_between(start: Value, end: Value) -> int:
    """Whole months from one day to another: one is over on the same day of the next month, or else on the day after."""
    one, two = _day(start), _day(end)
    if two < one:
        return -months_between(end, start)
    return (two.year - one.year) * 12 + two.month - one.month - (two.day < one.day)


def _day(value: Value) -> date:
    moment = read_moment(value)
    if moment.date is None or moment.time is not None:
        raise Undefined("no date")
    return date.fromisoformat(moment.date)


OPERATIONS: Final[dict[str, Callable[..., Value]]] = {
    "instant": instant,
    "shift": shift,
    "date_of": date_of,
    "time_of": time_of,
    "at_time": at_time,
    "months_between": months_between,
}
