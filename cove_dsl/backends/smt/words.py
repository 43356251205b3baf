"""What follows from the letters of phrases alone: which is surely mentioned where another is, or a sentence is said,
and which amounts are.

Only plain words are judged, and amounts that words stand around; of any others nothing follows.
"""

import itertools
import re
from decimal import Decimal
from functools import lru_cache

_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*\Z")
_PLAIN = re.compile(r"[a-z0-9 .,!?'$%:;]*\Z")
_AMOUNT = re.compile(r"(?<=[a-z][ ])\$?([0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,20})(\.[0-9]{1,10})?(?=[.,!?;:]? [a-z])")
# A denial that stands before one of these, in its clause, does not reach an amount behind it (`runtime.polarity`).
_SHIELDS = re.compile(
    r"is|are|was|were|does|do|can|must|it|there|i|we|he|she|they|if|when|because|since|while|until|except|unless|for|"
    r"from|by|in|on|at|with|without|after|before|more|less|than|only|just|over|about|around|above|below|which|who"
)
_SMALL = re.compile(
    r"be|been|being|have|has|had|having|to|get|gets|going|need|needs|required|asked|expected|supposed|will|would|of|"
    r"also|actually|then|ever|currently|really|even|yet|now|simply|exactly|quite|them|us|these|those"
)
_DENIAL = re.compile(
    r"n't|\b(?:no|not|never|without|cannot|neither|nor|nobody|nothing|none|instead|rather|waived?|forfeit(?:s|ed|ing)?|"
    r"los(?:e|es|ing|t)|gone|keep|keeps|kept|retain(?:s|ed)?|with(?:hold|holds|held))\b"
)
_OPENER = re.compile(r"\bi(?: am|'m) (?:afraid|sorry)\b")  # what a denial from behind reaches over
_CLAUSE = re.compile(r"[.!?;:,](?=\s|$)")


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
    """Amounts that are surely said where a sentence is: those within it, between words, so that nothing goes on; and
    that nothing around the sentence can deny."""
    given = " ".join(text.lower().split())
    if not _PLAIN.match(given) or _DENIAL.search(given):
        return []
    found = (m for m in _AMOUNT.finditer(given) if _is_shielded(given[: m.start()]))
    return [Decimal(m[1].replace(",", "") + (m[2] or "")) for m in found]


def _is_shielded(before: str) -> bool:
    """Whether no denial reaches over what stands before an amount: a verb that an amount is the object of counts where
    it has a subject."""
    words = _OPENER.sub("", _CLAUSE.split(before)[-1]).split()
    told = (word for last, word in itertools.pairwise(words) if not _SMALL.fullmatch(last))
    return "costs" in told or any(map(_SHIELDS.fullmatch, words))


__all__ = ["amounts_in", "holds_phrase"]
