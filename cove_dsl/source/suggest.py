"""Did-you-mean: at most three names that an author may have had in mind."""

from collections.abc import Iterable
from difflib import SequenceMatcher

MOST = 3
ALIKE = 0.6
NEAR = 1 / 3


def suggest(wrong: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The most similar candidates, best first; a name that holds the wrong one, or is held by it, counts as similar."""
    folded = wrong.lower()
    scored = []
    for name in dict.fromkeys(candidates):
        other = name.lower()
        held = min(len(folded), len(other)) > 2 and (folded in other or other in folded)
        if not held and not _may_be_alike(folded, other):
            continue
        score = SequenceMatcher(None, folded, other).ratio()
        if held:
            score = max(score, ALIKE + 0.1)
        if held or (score >= ALIKE and _slips(folded, other) <= max(1, NEAR * max(len(folded), len(other)))):
            scored.append((-score, name))
    return tuple(name for _, name in sorted(scored)[:MOST])


def _may_be_alike(one: str, other: str) -> bool:
    """Whether two names share enough letters, in whatever order: most do not, and need no closer look."""
    most = len(one) + len(other)
    if 2 * min(len(one), len(other)) < ALIKE * most:
        return False
    left = list(other)
    for letter in one:
        if letter in left:
            left.remove(letter)
    return 2 * (len(other) - len(left)) >= ALIKE * most


def _slips(one: str, other: str) -> int:
    """The letters to insert, leave out, replace or swap with the next to make one of the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        new = [i]
        for j, b in enumerate(other, 1):
            best = min(row[j] + 1, new[-1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            new.append(best)
        before, row = row, new
    return row[-1]
