"""Did-you-mean: at most three names that an author may have had in mind."""

from collections.abc import Iterable
from difflib import SequenceMatcher

MOST = 3
ALIKE = 0.6


def suggest(wrong: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The most similar candidates, best first; a name that holds the wrong one, or is held by it, counts as similar."""
    folded = wrong.lower()
    scored = []
    for name in dict.fromkeys(candidates):
        other = name.lower()
        score = SequenceMatcher(None, folded, other).ratio()
        if len(folded) > 2 and (folded in other or other in folded):
            score = max(score, ALIKE + 0.1)
        if score >= ALIKE:
            scored.append((-score, name))
    return tuple(name for _, name in sorted(scored)[:MOST])
