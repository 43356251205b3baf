"""What the recognisers that judge conversations make of fixed texts, told to the solver, which knows no letters.

A story's words are made to mean what its facts say. Where a fact fixes words (an exact sentence, a phrase), what else
is heard in them is no longer free: it is computed here, by the checker's own recognisers.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..backends.python.runtime.language import mentions, says_amount, says_text
from ..backends.python.runtime.patterns import matches

# What may stand around an exact sentence without changing it: nothing, other words, letters that go on, a denial before
# it or behind, a loss.
AROUND = (
    ("", ""), ("so ", " so"), ("x", "x"), ("1", "1"), ("_", "_"), ("not ", ""), ("nobody ", ""), ("not any ", ""),
    ("not this or ", ""), ("not this, ", " or that"), ("", " No."), ("you lose ", ""), ("", " is forfeited"),
)  # fmt: skip


def hears(op: str, text: str, about: Any) -> bool:
    """Whether a recogniser hears something fixed (phrases, patterns, a sentence) in a text."""
    wanted = list(about) if isinstance(about, tuple) else about
    match op:
        case "mentions":
            return mentions(text, wanted)
        case "matches":
            return matches(text, wanted) is True
        case "says" if isinstance(about, str):
            return says_text(text, about) is True
        case "says_amount" if isinstance(about, (int, Decimal)) and not isinstance(about, bool):
            return says_amount(text, about) is True
    return False


@lru_cache(maxsize=4096)
def follows(op: str, about: Any, other: str, wanted: Any) -> bool:
    """Whether every text of which `op` is true about something is one of which `other` is true about what is wanted."""
    if op == "says" and isinstance(about, str):
        return all(hears(other, f"{before}{about}{after}", wanted) for before, after in AROUND)
    if op == "mentions" and other == "mentions":
        phrases = about if isinstance(about, tuple) else (about,)
        return all(isinstance(p, str) and hears(other, p, wanted) for p in phrases)
    return False


__all__ = ["follows", "hears"]
