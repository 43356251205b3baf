"""The part that a value plays in a message: an id of what is to stay as it is, two values told the other way round.

In: the text of a message, and values or the arguments of a call. Guaranteed: nothing raises, work is linear in the
text, and no word of any desk stands here: a value's part is told by words that every desk has ("keep", "instead of",
"until"), and by the names of the arguments themselves. What is not told counts as it stands. Standard library alone:
generated checkers carry this text.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, pairwise

from .facts import ISO_DATE, places_of_dates
from .language import LIMIT, normalise, places_of_number

# --- what is to stay as it is -----------------------------------------------------------------------------------------

_ANY_ID = r"#?(?=[a-z_-]{0,40}[0-9])[\w-]{1,40}"
_THING = (
    r"(?: (?!(?:in|on|for|of|from|with|to|under|at|by|and|or|but|as|it|its|all|everything|nothing|else)\b)[^\W\d]+)"
)
_STAYS = (
    r"(?:keep|keeping|retain|retaining|leave|leaving|(?:will|would) not|won't|wouldn't|not going to|instead of|"
    r"rather than|without)"
)
_LONGEST_ID = 40
MOST_LIKE = 50  # of the ids like one in a message that are looked at


def set_aside(text: str, key: str, others: frozenset[str]) -> bool:
    """Whether a message names an id only as one of what is to stay as it is ("keep A1001 and cancel A1002"), and
    another id like it, that is none of the call's (`others`), otherwise."""
    wanted = normalise(key).lstrip("#")
    if not (any(map(str.isdigit, wanted)) and len(wanted) <= _LONGEST_ID):
        return False
    plain = normalise(text[:LIMIT])
    if wanted not in plain:
        return False
    if not _only_stays(plain, wanted):
        return False
    own = {normalise(other).lstrip("#") for other in others}
    alike = dict.fromkeys(t for t in _IDS.findall(plain) if t not in own and _is_like(t, wanted))
    return any(not _only_stays(plain, other) for other in list(alike)[:MOST_LIKE])


_IDS = re.compile(r"(?<![\w-])#?((?=[a-z_-]{0,40}[0-9])[\w-]+)")


def _is_like(token: str, key: str) -> bool:
    return len(token) == len(key) and token[0].isdigit() == key[0].isdigit() and any(map(str.isdigit, token))


def _only_stays(plain: str, key: str) -> bool:
    """Whether an id stands there, and everywhere as what stays as it is."""
    named = len(_named(key).findall(plain))
    return 0 < named == len(_staying(key).findall(plain))


@lru_cache(maxsize=512)
def _named(key: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")


@lru_cache(maxsize=512)
def _staying(key: str) -> re.Pattern[str]:
    one = rf"#?{re.escape(key)}(?![\w-])"
    return re.compile(
        rf"\b(?:{_STAYS}{_THING}{{0,3}}|(?<!if )(?<!or )not(?: the| your)?) (?:{_ANY_ID}(?:,? and|,? or|,) )*"
        rf"{one}(?!'s\b|,? but\b|,? and (?:only|just)\b)|"
        rf"(?<![\w-]){one} (?:(?:stays?|remains?)\b|(?:will|would|can) (?:stay|remain|not be|be kept)\b|won't be\b|"
        r"is (?:kept|unchanged|untouched|unaffected|not (?:affected|touched|changed))\b)"
    )


# --- which of two is which --------------------------------------------------------------------------------------------

Label = tuple[tuple[str, ...], tuple[str, ...]]
Scalar = str | int | float | Decimal
_SMALL = (
    r"(?:[\s:=(|]|-(?!\d)|\b(?:is|are|on|at|by|date|day|time|will|would|be|of|the|your|it|them|amount|number|changes|moves|"
    r"moved|set|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?)\b,?)*"
)
MOST_ARGUMENTS = 20  # that are held against each other
# Which end of a period a name or a message speaks of. Where people leave or arrive may be either.
_BEGINS = (
    r"\b(?:from|start(?:s|ing|ed)?|begin(?:s|ning)?|began|first|since|pick(?:s|ed|ing)?(?: it| them)?[-_ ]?up|"
    r"collect(?:s|ed|ing|ion)?|check(?:s|ed|ing)?[-_ ]?in|old|current|previous|original)\b"
)
_ENDS = (
    r"\b(?:to|end(?:s|ing|ed)?|until|till|through|last|final|due|back|return(?:s|ed|ing)?|drop(?:ped|ping)?[-_ ]?off|"
    r"check(?:s|ed|ing)?[-_ ]?out|expir(?:y|es|e)|new)\b"
)
_NAMED_AS = (re.compile(_BEGINS), re.compile(_ENDS))
_TOLD_AS = (re.compile(_BEGINS + _SMALL), re.compile(_ENDS + _SMALL))
_BETWEEN = re.compile(r",? ?(?:-|to|until|till|through|thru) ?(?:the )?")


def exchanged(text: str, arguments: dict[str, object]) -> tuple[str, ...] | None:
    """The names of two arguments that a message tells the other way round, by their names or by which end of a period
    these are: "check-in: the 5th, check-out: the 2nd". None where it tells them as the two days of a span the other way
    round, and their names do not say which is which.
    """
    given: list[tuple[str, Scalar]] = [(n, v) for n, v in arguments.items() if _is_scalar(v)]  # type: ignore[misc]
    plain, doubt = normalise(text[:LIMIT]), False
    for (one, a), (other, b) in combinations(given[:MOST_ARGUMENTS], 2):
        labels = _labels(one, other) if a != b and _kind(a) == _kind(b) else None
        if labels is None:
            continue
        first, second = (_told_as(plain, _label(label), (a, b)) for label in labels)
        if _kind(a) == "date":
            found = _exchanged_days(plain, labels, (str(a), str(b)), (first, second))
        else:
            found = first == {b} and second == {a}
        if found:
            return one, other
        doubt = doubt or found is None
    return None if doubt else ()


def _exchanged_days(
    plain: str, labels: tuple[Label, Label], days: tuple[str, str], told: tuple[set[Scalar], set[Scalar]]
) -> bool | None:
    """Whether a text tells two days the other way round, each by its own name, as an end of a period, or as a span."""
    (a, b), (first, second) = days, told
    ends = _end_of(labels[0]), _end_of(labels[1])
    sure = {*ends} == {0, 1}
    turned = ends[0] == 1 or (ends[0] is None and ends[1] == 0)
    if ends[0] != ends[1]:
        began, ended = (_told_as(plain, words, days) for words in _TOLD_AS)
        if turned:
            began, ended = ended, began
        first, second = first | began, second | ended
    if first == {b} and second == {a}:
        return True
    begin, end = (b, a) if turned else (a, b)
    if a in told[0] or b in told[1] or not _spans(plain, end, begin) or _spans(plain, begin, end):
        return False
    return True if sure else None


def _end_of(label: Label) -> int | None:
    """Which end of a period a name means: 0 where it begins, 1 where it ends."""
    name = " ".join(label[0])
    found = [end for end, words in enumerate(_NAMED_AS) if words.search(name)]
    return found[0] if len(found) == 1 else None


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool) and value != ""


def _kind(value: Scalar) -> str:
    if not isinstance(value, str):
        return "number"
    return "date" if ISO_DATE.fullmatch(value) else "text"


def _labels(one: str, other: str) -> tuple[Label, Label] | None:
    """What tells two names apart, each with the words that both end in."""
    a, b, end = one.casefold().split("_"), other.casefold().split("_"), list[str]()
    while a and b and a[-1] == b[-1]:
        end.insert(0, a.pop())
        b.pop()
    return ((tuple(a), tuple(end)), (tuple(b), tuple(end))) if a and b else None


def _told_as(plain: str, label: re.Pattern[str], values: tuple[Scalar, ...]) -> set[Scalar]:
    """Which of some values a message tells under a label."""
    places = {at: value for value in values for at in _places(plain, value)}
    ends = (m.end() for m in label.finditer(plain)) if places else iter(())
    return {places[at] for at in ends if at in places}


@lru_cache(maxsize=256)
def _label(label: Label) -> re.Pattern[str]:
    (*words, last), end = label
    stem = rf"{re.escape(last[:-2])}\w*" if len(last) > 5 else rf"{re.escape(last)}(?:s|es|ing)?"
    name = "[-_ ]?".join([*map(re.escape, words), stem])
    return re.compile(rf"\b{name}\b{''.join(f'(?:[-_ ]{re.escape(word)})?' for word in end)}{_SMALL}")


def _places(plain: str, value: Scalar) -> Iterator[int]:
    """Where a value is told, by the place where it begins."""
    if not isinstance(value, str):
        for at, _ in places_of_number(plain, Decimal(str(value))):
            yield at - (plain[at - 1 : at] == "$")
    elif _kind(value) == "date":
        yield from (at for at, _, day in places_of_dates(plain) if day in (value, value[4:]))
    else:
        phrase = normalise(value).lstrip("#")
        for found in _named(phrase).finditer(plain) if phrase else ():
            yield found.start() - (plain[found.start() - 1 : found.start()] == "#")


def _spans(plain: str, begin: str, end: str) -> bool:
    """Whether a text tells a span from one day to another."""
    dates = places_of_dates(plain)
    return any(
        a in (begin, begin[4:]) and b in (end, end[4:]) and _BETWEEN.fullmatch(plain, after, at) is not None
        for (_, after, a), (at, _, b) in pairwise(dates)
    )
