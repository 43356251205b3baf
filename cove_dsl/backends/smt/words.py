"""What follows from the letters of phrases alone: which is surely mentioned where another is, or a sentence is said,
and which amounts are.

Only plain words are judged, and amounts that words stand around; of any others nothing follows.
"""

import re
from decimal import Decimal
from functools import lru_cache

_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*\Z")
_PLAIN = re.compile(r"[a-z0-9 .,!?'$%:;]*\Z")
_AMOUNT = re.compile(r"(?<=[a-z][ ])\$?([0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,20})(\.[0-9]{1,10})?(?=[.,!?;:]? [a-z])")


@lru_cache(2**14)
def holds_phrase(phrase: str, text: str, whole: bool) -> bool:
    """Whether what holds a text mentions a phrase. `whole`: the text stands there as whole words; otherwise words may
    go on at its ends."""
    wanted, given = phrase.lower(), " ".join(text.lower().split())
    if not _WORDS.match(wanted) or not _PLAIN.match(given):
        return False
    found = re.finditer(rf"(?<![a-z0-9']){wanted}(?![a-z0-9'])", given)
    return any(whole or (m.start() > 0 and m.end() < len(given)) for m in found)


def amounts_in(text: str) -> list[Decimal]:
    """Amounts that are surely said where a sentence is: those within it, between words, so that nothing goes on."""
    given = " ".join(text.lower().split())
    if not _PLAIN.match(given):
        return []
    return [Decimal(whole.replace(",", "") + part) for whole, part in _AMOUNT.findall(given)]


__all__ = ["amounts_in", "holds_phrase"]
