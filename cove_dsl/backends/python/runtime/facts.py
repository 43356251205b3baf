"""Facts in texts: ids, prices and dates that a message states, and whether a source states them too.

In: the text of a message, or a fact and the texts in which it may stand. Guaranteed: nothing raises on any text, no
word of any desk stands here, and work is linear in the text. Beyond `LIMIT` characters a text is not read, beyond
`SOURCE_LIMIT` a source; where the unread part could change the answer, the answer is unknown. Standard library alone:
generated checkers carry this text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from .language import LIMIT, SOURCE_LIMIT, occurs, plain_text, states_digits, states_number

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = r"(jan|feb|mar|apr|may(?![a-z])|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_BEFORE_A_DAY = 13  # the most characters of a month that stand before its day, and one before them
ISO_DATE = re.compile(r"[12](?<![\w-].)[0-9]{3}-[01][0-9]-[0-3][0-9](?![0-9-])")
_MONTH_DAY = re.compile(rf"(?<!\w){_MONTH} ([0-3]?[0-9])(?:st|nd|rd|th)?(?:,? ([12][0-9]{{3}}))?(?!\w)")
_DAY_MONTH = re.compile(
    rf"([0-9](?<!\w.)(?:(?<=[0-3])[0-9])?)(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? ([12][0-9]{{3}}))?(?!\w)"
)
_PRICE = re.compile(r"\$ ?([0-9]{1,3}(?:,[0-9]{3}){1,8}|[0-9]{1,30})(\.[0-9]{1,30})?(?![\w%]|[.,][0-9])")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*")
_IN_A_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_LINK = re.compile(r"(?<!\S)\S{1,200}@\S{1,200}|\bhttps?://\S{1,2000}|\bwww\.\S{1,2000}")
# "128GB", "1080p", "2nd", "IPX4": a measure or a rating, not an id.
_MEASURE = re.compile(r"#?[0-9]+[a-z]{1,6}|[a-z]+[0-9]", re.IGNORECASE)


# Most texts name no day beside a month: a quick look at what stands beside the numbers, which are few.
_BESIDE_A_MONTH = re.compile(
    r"[0-9](?:(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?<=[a-z.] .))"
)
_MONTHS = tuple(month[:3] for month in MONTHS)


# Further days of a month that is named once: "May 12, 13 and 14", "12 to 14 May". Days that grow, and count nothing.
_AND_DAY = r"(?:,? ?(?:-|to|until|till|through|thru|and|&) ?(?:the )?)"
_DAY_NUMBER = r"[0-3]?[0-9](?:st|nd|rd|th)?"
_NO_COUNT = (
    r"(?![\w%]|[.,:/][0-9]|-[0-9a-z]| ?(?:am|pm|a\.m|p\.m|o'clock)\b|"
    r" (?!(?:is|as|was|has|works|costs|includes|this)\b)[a-z]+s\b)"
)
_DAYS_AFTER = re.compile(rf"(?:, ?{_DAY_NUMBER}(?![0-9]))*{_AND_DAY}{_DAY_NUMBER}(?:,? ([12][0-9]{{3}}))?{_NO_COUNT}")
_DAYS_BEFORE = re.compile(rf"(?<![\w.,:/$#-])(?<![.,:/$#] )(?:{_DAY_NUMBER}, ?)*{_DAY_NUMBER}{_AND_DAY}$")
_ONE_DAY = re.compile(r"(?<![0-9])[0-3]?[0-9](?![0-9])")
_BEFORE_A_SPAN = 40  # characters that are looked at


def _dates(text: str) -> Iterator[tuple[int, int, str]]:
    """Every date with the place where it begins and ends; ISO, or "-05-12" where the year isn't said."""
    for found in ISO_DATE.finditer(text):
        yield found.start(), found.end(), found.group()
    low = text.casefold()
    if not any(month in low for month in _MONTHS) or not _names_a_day(low):
        return
    for found in _MONTH_DAY.finditer(low):
        yield found.start(), found.end(), _iso(found[3], found[1], found[2])
    for found in _DAY_MONTH.finditer(low):
        yield found.start(), found.end(), _iso(found[3], found[2], found[1])


def places_of_dates(text: str) -> list[tuple[int, int, str]]:
    """Every date with its place, and the other days of a month that is named once."""
    low = text.casefold()
    found = sorted(_dates(text))
    if len(low) != len(text):
        return found
    for at, end, day in found[:]:
        if text[at : at + 4] != day[:4]:  # not in figures: a month is named
            found += _beside(low, at, end, day)
    return sorted(set(found))


def _beside(low: str, at: int, end: int, day: str) -> Iterator[tuple[int, int, str]]:
    """The days that stand beside a date and share its month, each with its place."""
    year, month, own = day[:-6], day[-5:-3], int(day[-2:])
    if low[at].isdigit():
        before = _DAYS_BEFORE.search(low, max(0, at - _BEFORE_A_SPAN), at)
        days = list(_ONE_DAY.finditer(low, before.start(), at)) if before is not None else []
        numbers = [*(int(d[0]) for d in days), own]
    else:
        after = _DAYS_AFTER.match(low, end)
        year = year or (after[1] if after is not None and after[1] else "")
        until = end if after is None else after.start(1) if after[1] else after.end()
        days = list(_ONE_DAY.finditer(low, end, until))
        numbers = [own, *(int(d[0]) for d in days)]
    if all(a < b <= _LAST_DAY for a, b in pairwise(numbers)):
        yield from ((d.start(), d.end(), f"{year}-{month}-{int(d[0]):02d}") for d in days)


_LAST_DAY = 31


def _names_a_day(low: str) -> bool:
    """Whether a number stands beside what may be a month."""
    for found in _BESIDE_A_MONTH.finditer(low):
        at = found.start()
        if found.end() > at + 1:
            return True
        word = _LAST_WORD.search(low, max(0, at - _BEFORE_A_DAY), at - 1)
        if word is not None and word[0][:3] in _MONTHS:
            return True
    return False


_LAST_WORD = re.compile(r"[a-z]+(?=\.?$)")


def _iso(year: str | None, month: str, day: str) -> str:
    number = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(month[:3].lower()))
    return f"{year or ''}-{number:02d}-{int(day):02d}"


MOST_ID_WORDS = 3
# What stands right after is an example of a form, and no fact.
_EXAMPLE = re.compile(r"\b(?:e\.g\.|for (?:example|instance))[,:]? ?[\"'(]{0,2}$", re.IGNORECASE)


def is_id(token: str) -> bool:
    """Precision over recall: a word with digits counts only if nothing but an id looks like it."""
    body = token.lstrip("#")
    if body.isdigit():
        return len(body) >= (3 if token.startswith("#") else 6)
    digits = sum(map(str.isdigit, body)) if "-" not in body else 0
    if digits == 0:
        return False
    if "_" in body:  # a few words and then a number: more words, or words behind it, name something else
        words, _, number = body.rpartition("_")
        return digits >= 2 and number.isdigit() and words.count("_") < MOST_ID_WORDS
    if token.startswith("#"):
        return len(body) >= 3
    return len(body) >= 5 and body == body.upper() and not _MEASURE.fullmatch(body)


def claims(text: str) -> list[str]:
    """The facts stated that can be checked: ids, prices, whole dates (as ISO); in order, each once."""
    return list(_claims_short(text) if len(text) <= LIMIT else _claims(text[:LIMIT]))


def _claims(text: str) -> tuple[str, ...]:
    plain = plain_text(text)
    if _DIGIT.search(plain) is None:
        return ()
    plain = _LINK.sub(" ", plain) if any(mark in plain for mark in ("@", "://", "www.")) else plain
    found = [(at, day) for at, _, day in _dates(plain) if not day.startswith("-")]
    found += [(m.start(), m.group().replace(" ", "")) for m in _PRICE.finditer(plain)]
    found += [(at, token) for at, token in _tokens(plain) if is_id(token) and _is_claimed(plain, at, at + len(token))]
    return tuple(dict.fromkeys(claim for _, claim in sorted(found)))


# Rules look back at what was said again and again.
_claims_short = lru_cache(maxsize=512)(_claims)


_DIGIT = re.compile(r"[0-9]")
# Digits that may be part of an id: a letter or such stands beside them, or they are many.
_DIGITS = re.compile(r"[0-9](?:(?<=[A-Za-z_\-#].)[0-9]*|[0-9]*(?=[A-Za-z_-])|[0-9]{5,})")


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Every word with a digit in it that may be an id, and its place, with the "#" before it."""
    end = 0
    for digit in _DIGITS.finditer(text):
        start = digit.start()
        if start < end:
            continue
        while start > end and text[start - 1] in _IN_A_WORD:
            start -= 1
        word = _WORD.match(text, start)
        end = word.end() if word is not None else start
        token = _TOKEN.match(text, start)
        if token is not None:
            at = start - (text[start - 1 : start] == "#")
            yield at, text[at : token.end()]


def _is_claimed(text: str, start: int, end: int) -> bool:
    """Not the tail of a price, a decimal, a word in another script, or a path; and no example."""
    before, after = text[start - 1 : start], text[end : end + 2]
    inside = before.isalnum() or before in {"$", ".", ",", "/", "+"}
    goes_on = inside or (after[:1] in {".", ","} and after[1:].isdigit())
    return not goes_on and _EXAMPLE.search(text[max(0, start - 24) : start]) is None


def prices(text: str) -> list[Decimal]:
    """The prices stated, in order."""
    plain = plain_text(text[:LIMIT])
    return [Decimal(m[1].replace(",", "") + (m[2] or "")) for m in _PRICE.finditer(plain)] if "$" in plain else []


def supports(claim: str, sources: Iterable[str]) -> bool | None:
    """Is a claim found in one of the sources? Numbers by value, ids caseless, dates in any form."""
    cut, found_in = False, _evidence(claim)
    for source in sources:
        if len(source) <= SOURCE_LIMIT:
            if found_in(source):
                return True
        elif found_in(source[:SOURCE_LIMIT]):
            return True
        else:
            cut = True
    return None if cut else False


class Sources:
    """Texts in which facts may stand, more and more of them. What has come since the last question is read as one."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._fresh = list(texts)
        self._read: list[str] = []
        self._dates: set[str] = set()
        self._dated = 0

    def add(self, texts: Iterable[str]) -> None:
        self._fresh += texts

    def _texts(self) -> list[str]:
        if self._fresh:
            plain = [text.isascii() for text in self._fresh]
            for kind in (False, True):  # plain characters are searched much faster
                texts = [t[:SOURCE_LIMIT] for t, is_plain in zip(self._fresh, plain, strict=True) if is_plain is kind]
                if texts:
                    self._read.append("\n".join(texts))
            self._fresh = []
        return self._read

    def state(self, claim: str) -> bool:
        """Whether a claim is found in one of them; the newest are looked at first."""
        found_in = _evidence(claim)
        return any(map(found_in, reversed(self._texts())))

    def dates(self) -> set[str]:
        """The dates that they state, as `dates_in` gives them."""
        for text in self._texts()[self._dated :]:
            self._dates |= dates_in(text)
        self._dated = len(self._read)
        return self._dates


@lru_cache(maxsize=64)
def _evidence(claim: str) -> Callable[[str], bool]:
    """What finds a claim in a source."""
    if price := _PRICE.fullmatch(claim):
        whole = price[1].replace(",", "")
        value = Decimal(whole + (price[2] or ""))
        # However it is grouped and however many zeros it ends in, a number of this value has these characters in it.
        tail, cents = whole.lstrip("0")[-3:] or "0", (price[2] or "").rstrip(".0")
        return lambda source: tail in source and states_number(_plain_source(source), tail + cents, value)
    if ISO_DATE.fullmatch(claim):
        return lambda source: claim in source or not dates_in(source).isdisjoint((claim, claim[4:]))
    token = claim.lstrip("#").casefold()
    if token.isdigit():  # an id may be called by its number alone
        return lambda source: states_digits(source, token)
    return lambda source: occurs(_folded(source), token)


# A conversation asks for many facts of the same few sources. These caches hold sets, or texts the caller holds anyway.
_plain_source = lru_cache(maxsize=64)(plain_text)


@lru_cache(maxsize=64)
def dates_in(source: str) -> frozenset[str]:
    """The dates that a source states, as ISO; "-05-12" where the year isn't said."""
    return frozenset(day for _, _, day in places_of_dates(plain_text(source)))


@lru_cache(maxsize=64)
def _folded(source: str) -> str:
    return source.casefold()
