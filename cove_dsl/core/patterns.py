"""Patterns of words, as authors write them: what is wrong with one, and what somebody could say that fits it.

A pattern is words with single spaces; `(a|b)` is one of several, `[a]` may be left out, `...` a few words in between.
Nothing nests. The recogniser itself belongs to the back ends; see `matches` in the reference.
"""

import itertools
import re

_WORDS = r"[^\s()\[\]|]+(?: [^\s()\[\]|]+)*"
_WAYS = rf"{_WORDS}(?:\|{_WORDS})*"
_ITEM = re.compile(rf"\({_WAYS}\)|\[{_WAYS}\]|[^\s()\[\]|]+")
_OPENING = re.compile(r"\[[^\]]*\] ?|\.\.\. ?")
_CHOICE = re.compile(r"\(([^|)]*)[^)]*\)")


def fault_of(pattern: str) -> str | None:
    """What is wrong with a pattern, in words; None if nothing is."""
    items = _ITEM.findall(pattern)
    if " ".join(items) != pattern or not items:
        return "cannot be read: write words, `(a|b)`, `[a]` and `...`, with one space between them"
    if items[0] == "..." or items[-1] == "...":
        return "begins or ends with `...`, which stands between words"
    if any(a == b == "..." for a, b in itertools.pairwise(items)):
        return "has two `...` in a row"
    if all(item[0] == "[" for item in items):
        return "can be left out altogether"
    return None


def example_of(pattern: str) -> str:
    """The shortest words that fit: the first of several, nothing that may be left out."""
    return " ".join(_CHOICE.sub(r"\1", _OPENING.sub("", pattern)).split())
