"""What follows from the letters of phrases alone: which is surely mentioned where another is, or a sentence is said.

Only plain words are judged; of any others nothing follows.
"""

import re
from functools import lru_cache

_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*\Z")
_PLAIN = re.compile(r"[a-z0-9 .,!?']*\Z")


@lru_cache(2**14)
def holds_phrase(phrase: str, text: str, whole: bool) -> bool:
    """Whether what holds a text mentions a phrase. `whole`: the text stands there as whole words; otherwise words may
    go on at its ends."""
    wanted, given = phrase.lower(), " ".join(text.lower().split())
    if not _WORDS.match(wanted) or not _PLAIN.match(given):
        return False
    found = re.finditer(rf"(?<![a-z0-9']){wanted}(?![a-z0-9'])", given)
    return any(whole or (m.start() > 0 and m.end() < len(given)) for m in found)


__all__ = ["holds_phrase"]
