"""What can be worked out from what was stated: amounts by short calculations, dates by counting days.

Every search is bounded: what needs more steps than the bounds allow is not found. What is found need not be how the
speaker came to it: where many amounts are known, some sum of two fits nearly any. So a step of a calculation must start
from an amount that the text itself states, or that stands in a row which the text or what it answers names.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from .facts import prices
from .language import LIMIT, NUMBER_WORDS, SOURCE_LIMIT, amounts, normalise, occurs
from .values import NUMBERS, is_number

LONGEST_SUBSETS = 8  # amounts listed together of which every sum is looked at, and the longest run in a text
MOST_TIMES = 9  # the largest number of things that an amount is multiplied by, or divided among
MOST_AMOUNTS = 5_000
LONGEST_TOLD = 2_000  # characters of a text whose numbers count; a longer one is data, and read as such
Factors = tuple[tuple[int, int], ...]
"""What the policy multiplies amounts by, as fractions."""
LARGEST = 10**12  # cents: beyond, a number is a key


class Amounts:
    """The amounts that are known, in cents, and what can be worked out from them.

    Results are read last: most of what is asked for follows from what was said, and from the rows that are named.
    """

    def __init__(self, texts: tuple[str, ...], factors: Factors = ()) -> None:
        self._texts, self._factors = texts, factors
        self._known: set[int] | None = None
        self._said: list[str] = []
        self._results: list[Any] = []

    def see(self, results: Iterable[Any], texts: Iterable[str]) -> None:
        """Takes in what tools gave and what users and tools said."""
        self._said += texts
        self._results += results

    def hear(self, text: str, rows: Iterable[Any]) -> None:
        """Takes in what the agent has worked out in a message: later ones may go on from there."""
        known = self._all_known()
        known |= _reached(text, known, rows, self._factors)

    def missing(self, text: str, claims: Iterable[str], rows: Iterable[Any]) -> list[str]:
        """Those of the prices that a text states which cannot be worked out. `rows`: those that it names."""
        wanted = {claim: set(_in_cents(amounts(claim))) for claim in claims}
        rows = list(rows)
        if _follow(set().union(*wanted.values()), text, self._known_from_texts(), rows, self._factors):
            return []
        known = self._all_known()
        reached = known | _reached(text, known, rows, self._factors)
        return [claim for claim, cents in wanted.items() if not reached >= cents]

    def _known_from_texts(self) -> set[int]:
        if self._known is None:
            self._known = set(_prices_of(self._texts))
        for text in self._said:
            if len(text) < LONGEST_TOLD:
                self._known.update(_in_cents(amounts(text)))
        self._said = []
        return self._known

    def _all_known(self) -> set[int]:
        known = self._known_from_texts()
        if self._results:
            known |= _amounts_in(self._results)
            self._results = []
        return known


@lru_cache(maxsize=8)
def _prices_of(texts: tuple[str, ...]) -> frozenset[int]:
    """The prices in a policy's texts."""
    return frozenset(c for text in texts for c in _in_cents(prices(text)))


def _follow(wanted: set[int], text: str, known: set[int], rows: list[Any], factors: Factors) -> bool:
    """Whether all of some amounts follow, one after the other, from what a text states and the numbers in rows that it
    names, without sums of several. What follows from some of what is known follows from all of it."""
    missing = wanted - known
    if not missing:
        return True
    named, counts, stated = _numbers_in_results(rows), _counts_in(text), set(_in_cents(amounts(text)))
    while missing:
        starts = (stated & known) | named
        fresh = {c for c in missing if _comes_from(c, starts, known, counts, factors)}
        if not fresh:
            return False
        known, missing = known | fresh, missing - fresh
    return True


def _reached(text: str, known: set[int], rows: Iterable[Any], factors: Factors) -> set[int]:
    """The prices of a text that can be worked out, some with the help of others that it states."""
    wanted = set(_in_cents(prices(text))) - known
    named, counts = (_amounts_in(rows), _counts_in(text)) if wanted else (set[int](), [])
    found: set[int] = set()
    while wanted:
        reached = known | found
        sums = _sums_in(text, reached)
        starts = sums | {c for c in _in_cents(amounts(text)) if c in reached} | named
        fresh = {amount for amount in wanted if _comes_from(amount, starts, reached | sums, counts, factors)}
        if not fresh:
            break
        found, wanted = found | fresh, wanted - fresh
    return found


def _in_cents(values: Iterable[Any]) -> Iterator[int]:
    return (cents for value in values if (cents := round(abs(value) * 100)) < LARGEST)


def _counts_in(text: str) -> list[int]:
    """By how many a text may multiply: the numbers that it states."""
    stated, said = set(amounts(text)), normalise(text)
    return [n for n in range(2, MOST_TIMES + 1) if n in stated or any(occurs(said, w) for w in _COUNT_WORDS[n])]


_COUNT_WORDS = {n: (word, "both") if n == 2 else (word,) for n, word in enumerate(NUMBER_WORDS)}


def _comes_from(amount: int, starts: set[int], known: set[int], counts: list[int], factors: Factors) -> bool:
    """Whether an amount is the sum or difference of two, so many times that, a part of one, what the policy makes of
    one, or one without cents."""
    if amount in known or _combines(amount, starts, known) or any(_is_multiple(amount, f, known) for f in factors):
        return True
    for times in counts:
        each, rest = divmod(amount, times)
        if not rest and (each in known or _combines(each, starts, known)):
            return True
        if any(whole in known for whole in range(amount * times - times // 2, amount * times + times // 2 + 1)):
            return True
    return amount % 100 == 0 and any(exact in known for exact in range(amount - 99, amount + 100))


def _is_multiple(amount: int, factor: tuple[int, int], known: set[int]) -> bool:
    """Whether a known amount times a factor is this one, to the cent."""
    times, parts = factor
    lowest, highest = ((2 * amount + d) * parts // (2 * times) for d in (-1, 1))
    return any(
        2 * abs(whole * times - amount * parts) <= parts for whole in range(lowest, highest + 2) if whole in known
    )


def _combines(amount: int, starts: set[int], known: set[int]) -> bool:
    return any(amount - s in known or amount + s in known or s - amount in known for s in starts)


def _amounts_in(results: Iterable[Any]) -> set[int]:
    """The numbers in some results, and what some of those that are listed under one name come to."""
    listed: list[list[dict[str, Any]]] = []
    found = _numbers_in_results(results, listed)
    for rows in listed:
        found |= _sums_of_columns(rows)
    return found


def _numbers_in_results(results: Iterable[Any], listed: list[list[dict[str, Any]]] | None = None) -> set[int]:
    """The numbers in some results, up to `MOST_AMOUNTS`. `listed`: takes up the few rows that stand together."""
    given = list(results)
    found = set(_in_cents(filter(is_number, given)))
    stack: list[Any] = [result for result in given if type(result) is dict or type(result) is list]
    while stack and len(found) < MOST_AMOUNTS:
        top = stack.pop()
        rows = []
        for part in top.values() if type(top) is dict else top:
            kind = type(part)
            if kind is str:
                continue
            if kind is dict:
                rows.append(part)
                stack.append(part)
            elif kind is list:
                stack.append(part)
            elif kind in NUMBERS:
                cents = round(abs(part) * 100)
                if cents < LARGEST:
                    found.add(cents)
        if listed is not None and 1 < len(rows) <= LONGEST_SUBSETS:
            listed.append(rows)
    return found


def _sums_of_columns(rows: list[dict[str, Any]]) -> set[int]:
    names = {name for row in rows for name in row}
    columns = ([row[name] for row in rows if is_number(row.get(name))] for name in names)
    return {total for column in columns for total in _sums_of_some(list(_in_cents(column)))}


def _sums_in(text: str, known: set[int]) -> set[int]:
    """What known amounts that stand in a row in a text come to, and some of its prices together where they are few."""
    listed = [cents for cents in _in_cents(prices(text)) if cents in known]
    stated = [cents for cents in _in_cents(amounts(text)) if cents in known]
    return _sums_of_runs(listed) | _sums_of_runs(stated) | _sums_of_some(listed)


def _sums_of_runs(parts: list[int]) -> set[int]:
    return {
        sum(parts[start:end])
        for start in range(len(parts))
        for end in range(start + 2, min(start + LONGEST_SUBSETS, len(parts)) + 1)
    }


def _sums_of_some(parts: list[int]) -> set[int]:
    sums = {0} if 1 < len(parts) <= LONGEST_SUBSETS else set()
    for part in parts if sums else ():
        sums |= {s + part for s in sums}
    return sums


# --- dates ------------------------------------------------------------------------------------------------------------

MOST_DAYS = 31
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COUNTS = dict(zip(NUMBER_WORDS, range(11), strict=True)) | {"couple of": 2}
_SPAN = re.compile(rf"(?:\b([0-9]{{1,2}}|{'|'.join(_COUNTS)})[ -]+)?\b(days?|nights?|weeks?)\b")
_OTHER_DAY = re.compile(rf"\b(tomorrow|yesterday|today|tonight|weekends?|(?:{'|'.join(WEEKDAYS)})s?)\b")
_NEXT_DAY = re.compile(r"[0-9]\+([1-3])(?![0-9])")  # a time on a later day: "00:10:00+1"


class Days:
    """The days that were counted: how far from a stated one, and which of the week."""

    def __init__(self) -> None:
        self._offsets: set[int] = set()
        self._weekdays: set[int] = set()
        self._unread: list[str] = []
        self._counted = False

    def hear(self, text: str) -> None:
        """Takes in the days that a user counts: "two days later", "on Friday". Read when they are asked about."""
        self._unread.append(text)

    @property
    def counted(self) -> bool:
        """Whether days were counted at all."""
        for text in self._unread:
            self._read(text)
        self._unread = []
        return self._counted

    def _read(self, text: str) -> None:
        low = text[:LIMIT].casefold()
        for count, unit in _SPAN.findall(low):
            if count or not unit.endswith("s"):
                number = int(count) if count.isdigit() else _COUNTS.get(count, 1)
                self._offsets.add(number * (7 if unit.startswith("week") else 1))
            self._counted = True
        for word in _OTHER_DAY.findall(low):
            self._name(word.removesuffix("s"))
            self._counted = True

    def _name(self, word: str) -> None:
        if word == "weekend":
            self._weekdays |= {5, 6}
        elif word in WEEKDAYS:
            self._weekdays.add(WEEKDAYS.index(word))
        else:
            self._offsets.add(0 if word in ("today", "tonight") else 1)

    def look(self, text: str) -> None:
        """Takes in what a tool's result counts."""
        if "+" in text:
            self._offsets.update(int(days) for days in _NEXT_DAY.findall(text[:SOURCE_LIMIT]))

    def reach(self, claim: str, stated: Iterable[str]) -> bool | None:
        """Whether a date comes out when the days that were counted are counted from a stated one (dates as `dates_in`
        gives them). None: it lies within a month of one, and days were spoken of, but not these."""
        day, counted = _date_of(claim), self.counted
        if day is None or not (counted or self._offsets):
            return False
        apart = {_days_apart(day, other) for other in stated}
        if not apart.isdisjoint(self._offsets) or (day.weekday() in self._weekdays and min(apart, default=8) <= 7):
            return True
        return None if counted and min(apart, default=MOST_DAYS + 1) <= MOST_DAYS else False


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _days_apart(day: date, other: str) -> float:
    stated = _date_of(f"{day.year}{other}" if other.startswith("-") else other)
    return float("inf") if stated is None else abs((day - stated).days)
