"""Numbers with what they count: `6 more hives`, `55 minutes`. Enters: a number and what it is called. Leaves: text."""

import re
from collections.abc import Sequence
from typing import Any

from . import phrases as say
from .words import plural, singular


def measured(label: str, number: Any, nouns: Sequence[str]) -> str:
    """A whole number that answers `how many more`, `how long`, `how often`, with what is counted, where label or names
    tell: `6 more hives`. `number`: the number, or what stands for it; `nouns`: what the value is called, by the user
    and by the tool that takes it."""
    known = next((n.split()[-1] for n in nouns if n != singular(n) and plural(singular(n)) == n), "")
    if many := re.match(rf"how many(?: ({say.MORE}))?\b(?: ([a-z]+s))?\b", label):
        noun = many[2] if many[2] and many[2] not in say.NO_PLURALS else known
        return " ".join(filter(None, (str(number), many[1], noun and of_number(number, noun))))
    if re.match(r"how often\b", label):
        return f"{number} {of_number(number, 'times')}"
    if re.match(r"how (?:long|soon|old|late|early)\b", label) and known not in say.SPANS:
        return str(number)
    return counted(number, known) if known and label.startswith("how ") else str(number)


def counted(number: Any, noun: str) -> str:
    """`1 night`, `2 nights`."""
    return f"{number} {of_number(number, noun)}"


def of_number(number: Any, noun: str) -> str:
    """A noun in the plural, as it stands after a number."""
    return singular(noun) if number in (1, "1") else noun


def one_of(text: str) -> str:
    """What follows the number 1, in the singular: ` more nights` is ` more night`."""
    return re.sub(rf"^(\s(?:(?:{say.MORE})\s)?)([a-z]{{3,}}s)\b", lambda m: m[1] + _singular_noun(m[2]), text)


def _singular_noun(word: str) -> str:
    return word if word in say.NO_PLURALS else singular(word)


__all__ = ["counted", "measured", "of_number", "one_of"]
