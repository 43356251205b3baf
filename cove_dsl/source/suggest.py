"""Did-you-mean: at most three names that an author may have had in mind."""

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

MOST = 3
ALIKE = 0.6
NEAR = 1 / 3
AT_MOST = 2_000  # names that are looked at: a file of nothing but slips is still read in time
MANY = 200  # names of which each is compared; of more, those that share the rarest pairs of letters with the wrong one
LISTED, COMPARED = 300, 20  # how many of these are listed, and how many compared


def suggest(wrong: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The most similar candidates, best first; a name that holds the wrong one, or is held by it, counts as similar."""
    folded = wrong.lower()
    scored = []
    for name in _worth_a_look(folded, tuple(dict.fromkeys(islice(candidates, AT_MOST)))):
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


def _worth_a_look(folded: str, names: tuple[str, ...]) -> Iterable[str]:
    """The names to compare: all, or the few that share most with the wrong one."""
    if len(names) <= MANY:
        return names
    by_pair, shared = _by_pair(names), Counter[int]()
    for places in sorted((by_pair.get(pair, []) for pair in _pairs(folded)), key=len):
        shared.update(places[: LISTED - shared.total()])
    return [names[at] for at, _ in sorted(shared.items(), key=lambda found: (-found[1], found[0]))[:COMPARED]]


@lru_cache(maxsize=8)
def _by_pair(names: tuple[str, ...]) -> dict[str, list[int]]:
    """The places of names by the pairs of letters in them."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        for pair in _pairs(name.lower()):
            found.setdefault(pair, []).append(at)
    return found


def _pairs(name: str) -> list[str]:
    """Each letter with the next, the first and the last by themselves too."""
    return list(dict.fromkeys(f" {name} "[at : at + 2] for at in range(len(name) + 1)))


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
