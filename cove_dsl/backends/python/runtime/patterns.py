"""What the author of a recogniser listens for: patterns of words, and ids.

In: the text of one message, and patterns or an id. Out: `True`, `False`, or `None` where the text does not tell.
Guaranteed: nothing raises, work is linear in the text, and no word of any desk stands here. A pattern is words, with
`(a|b)` for one of several, `[a]` for what may be left out and `...` for up to `GAP` words in between. It is looked for
sentence by sentence. Standard library alone: generated checkers carry this text.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from .language import BRIEF, LIMIT, REMEMBERED, normalise, sentences

GAP = 4  # words that `...` may stand for
_ITEM = re.compile(r"\.\.\.|\(([^()]*)\)|\[([^\[\]]*)\]|([^\s()\[\]]+)")
_BETWEEN = r"[^\w.?!]{1,3}"
_SOME_WORDS = rf"(?:\s\S++){{0,{GAP}}}?"

# Said right before what is denied ("I don't want a ..."). The words between must not begin a new thought. What is
# denied of any thing is denied further on ("don't have any kind of ..."), and so is what comes after an "or".
_NEW_THOUGHT = (
    r"(?:please|but|so|then|and|can|could|will|would|i|you|we|there|is|are|if|why|how|because|since|although|though|"
    r"while|whereas|otherwise)\b"
)
_IN_IT = rf"(?: (?!{_NEW_THOUGHT})[\w']+)"
_AUXILIARY = (
    r"(?: (?:is|are|was|were|be|been|being|has|have|had|got|gets|get|do|does|did|will|would|can|could|should|ever|yet|"
    r"even|really|\w+ly))"
)
_ANY = r" any(?:one|body|thing)?(?: else)?"
_OR = rf"(?:(?:,{_IN_IT}{{1,3}}){{0,4}},? n?or{_IN_IT}{{0,2}})"
_NO = r"(?:\b(?:not(?! (?:only|just|merely)\b)|never|without|cannot|no|nor|neither|avoid|instead of|rather than)|n't)"
_DENIED = re.compile(rf"{_NO}{_IN_IT}{{0,4}}[ \"']$")
_DENIED_FURTHER_ON = re.compile(
    rf"{_NO}(?:{_IN_IT}{{0,4}}|{_IN_IT}{{0,3}}{_ANY}(?:{_IN_IT}{{0,4}}|{_AUXILIARY}{{1,4}})){_OR}?[ \"']$"
)
_CONJUNCTION = re.compile(r"(?:if|unless|whether|when|until|because|since|although|though|while|as)\b")
# One of several that are denied together: what comes next goes on to an "or".
_ONE_OF_SEVERAL = re.compile(rf"{_NO}{_IN_IT}{{1,4}}(?:,{_IN_IT}{{1,3}}){{0,4}}, $")
_GOES_ON = re.compile(rf"(?:,?{_IN_IT}{{1,3}}){{0,4}},? n?or\b")
# Denied of whom or what it would be said: "nobody in the house has been ...", "no windows were ...".
_NO_NOUN = (
    rf"(?!{_NEW_THOUGHT}|(?:the|my|our|your|his|her|its|their|an?|this|that|these|those|he|she|it|they|what|who|which|"
    r"matter|doubt|wonder|problem|worries|thanks?|sorry)\b)"
)
_OF_NOBODY = re.compile(
    rf"\b(?:nobody|nothing|none|neither|no(?: one|-one|(?: {_NO_NOUN}\w+){{1,2}}))(?:'s)?(?: else)?"
    r"(?: (?:of|in|on|at|from|with|near|inside|aboard)(?: \w+){1,3}?)?(?: (?:here|there))?"
    rf"{_AUXILIARY}{{0,5}}(?: \w+(?: \w+)? to)?(?:{_IN_IT}{{0,2}}{_OR})?[ \"']$"
)
# Asked, and answered at once.
_ANSWERED_NO = re.compile(r"(?:no|nope|nah|not at all)(?:[.,!]|$)")
_REACH = 80  # characters before an occurrence that can deny it


def matches(text: str, patterns: object) -> bool | None:
    """Does a sentence hold one of the patterns (a text, or an iterable of them), not denied right before it?"""
    wanted = (patterns,) if isinstance(patterns, str) else patterns
    if not isinstance(wanted, Iterable):
        return None
    patterns = tuple(p for p in wanted if isinstance(p, str))
    if len(text) <= LIMIT:
        return _matches(text, patterns)
    return _matches(text[:LIMIT], patterns) or None


# What was said is looked at again whenever a rule looks back.
@lru_cache(maxsize=2048)
def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    plain = normalise(text)
    if not any(word in plain for word in _cues(patterns)):
        return False
    found = _compiled(patterns)
    said = [s.replace("_", " ") for s in sentences(text)]
    answers = [not s.endswith("?") or _ANSWERED_NO.match(after) is None for s, after in pairwise([*said, ""])]
    told = (s for s, stands in zip(said, answers, strict=True) if stands)
    return any(not _denied(s, m.start(), m.end()) for s in told for m in found.finditer(s))


@lru_cache(maxsize=1024)
def _cues(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Words of which one stands in every text that holds one of the patterns: a quick look before the slow one."""
    found: dict[str, None] = {}
    for pattern in patterns:
        items = [m.group(3) or m.group(1) for m in _ITEM.finditer(normalise(pattern))]
        needed = [[w.split()[0] for w in item.split("|") if w.strip()] for item in items if item]
        if needed:  # the one that is rarest, by the length of its words
            found |= dict.fromkeys(max(needed, key=lambda words: min(map(len, words), default=0)))
    return tuple(found)


def _denied(sentence: str, start: int, end: int) -> bool:
    """Whether what stands at a place of a sentence is denied before it. A conjunction begins a thought of its own."""
    before, after = sentence[max(0, start - _REACH) : start], sentence[end : end + _REACH]
    if _DENIED.search(before) is not None or _OF_NOBODY.search(before) is not None:
        return True
    if _CONJUNCTION.match(sentence, start) is not None:
        return False
    several = " or" in after and _GOES_ON.match(after) is not None and _ONE_OF_SEVERAL.search(before) is not None
    return several or _DENIED_FURTHER_ON.search(before) is not None


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    ways = "|".join(sorted(filter(None, map(_expression, patterns)), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{ways})(?!\w)" if ways else r"(?!)")


def _expression(pattern: str) -> str:
    """The regular expression of one pattern. What separates two items belongs to the optional one of them."""
    made, begun = "", False
    for item in _ITEM.finditer(normalise(pattern)):
        choice, optional, word = item.groups()
        if word is not None or choice is not None:
            made, begun = made + (_BETWEEN if begun else "") + _one_of(word or choice), True
        elif optional is not None:
            made += f"(?:{_BETWEEN}{_one_of(optional)})?" if begun else f"(?:{_one_of(optional)}{_BETWEEN})?"
        elif begun:
            made += _SOME_WORDS
    return made if begun else ""


def _one_of(words: str) -> str:
    ways = (_BETWEEN.join(map(re.escape, way.split())) for way in words.split("|") if way.strip())
    return f"(?:{'|'.join(ways)})"


# --- ids -------------------------------------------------------------------------------------------------------------

_LOOSE = r"[\s_.()/#\-]{0,2}"
_NOT_SAID = re.compile(r"[\W_]+")
SHORT_ID = 5  # characters below which an id is said as it is
_LONG_NUMBER = re.compile(r"[^\W\d_]{1,2}([0-9]{6,30})")
ENDING = 4  # characters of a long id that hint at it


def says_id(text: str, key: object) -> bool | None:
    """Is the id said, with or without its `#`, in any case, in groups or letter by letter?

    Its number is enough where that is long and little else is in it. `None` where only its end is said, or where an id
    of letters alone stands there in another case: it may be a word.
    """
    bare = _bare(str(key)) if isinstance(key, str | int) and not isinstance(key, bool) else ""
    if not bare:
        return None
    if bare in _bare_text(text[:LIMIT]):
        if _spelt(bare).search(normalise(text[:LIMIT])) is not None:
            return None if bare.isalpha() and str(key) not in text[:LIMIT] else True
    elif (number := _LONG_NUMBER.fullmatch(bare)) and _numbered(text[:LIMIT], number[1]):
        return True
    elif len(bare) > SHORT_ID and bare[-ENDING:].isdigit() and _numbered(text[:LIMIT], bare[-ENDING:]):
        return None
    return None if len(text) > LIMIT else False


def _numbered(text: str, digits: str) -> bool:
    return digits in text and re.search(rf"(?<![0-9]){digits}(?![0-9])", text) is not None


def _bare(text: str) -> str:
    return _NOT_SAID.sub("", normalise(text))


_bare_brief = lru_cache(maxsize=REMEMBERED)(_bare)
_bare_short = lru_cache(maxsize=512)(_bare)


def _bare_text(text: str) -> str:
    return _bare_brief(text) if len(text) <= BRIEF else _bare_short(text)


@lru_cache(maxsize=4096)
def _spelt(bare: str) -> re.Pattern[str]:
    loose = _LOOSE if len(bare) >= SHORT_ID else ""
    return re.compile(rf"(?<!\w){loose.join(map(re.escape, bare))}(?!\w)")
