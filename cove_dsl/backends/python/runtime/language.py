"""What a message says: deterministic, versioned recognisers over message text.

In: the text of one message (and what to look for). Out: `True`, `False`, or `None` where the text does not tell.
Guaranteed: no recogniser raises on any text, none looks at the desk's vocabulary, all are linear in the text. Beyond
`LIMIT` characters a text is not read; where the unread part could change the answer, the answer is unknown.
This file is inlined in generated checkers, so it imports the standard library alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from .polarity import stands

RECOGNISER_VERSION = 12
LIMIT = 20_000  # characters of a message that are read
SOURCE_LIMIT = 1_000_000  # characters of a source (a tool's result) that are searched for a fact

# --- words -----------------------------------------------------------------------------------------------------------
# Lists are closed on purpose: a word not listed makes the answer unknown, never wrong.

# Said before the answer proper, and say nothing themselves.
FILLERS = (
    r"(?:(?:oh|ah|um+|uh+|er|erm|well|so|and|ok|okay|alright|all right|great|perfect|awesome|excellent|wonderful|fine|"
    r"good|got it|i see|i understand|understood|thanks?(?: you)?(?: so much)?|hm+|ugh|sure|then|in that case|please|"
    r"\(?[0-9a-z][).:])[\s,:\-]+)*"
)
# A yes by themselves, at the start of a sentence or after a comma.
YES_WORDS = (
    r"(?:yes+|yep|yeah|yup|yea|oui|absolutely|definitely|affirmative|agreed|approved|confirmed|confirm|exactly|"
    r"correct|please do|by all means)"
)
# A yes only as the whole message: otherwise they open an answer to some question ("Sure, my name is ...").
LONE_YES = r"(?:sure(?: thing)?|of course|certainly|right|y|perfect|fine(?: by me| with me)?|all good)"
# "Yes, ..." that answers a question of fact and agrees to nothing.
FACTS_AFTER_YES = (
    r"(?:my [\w ']{1,30} (?:is|are)|i (?:have|had|did|was|am|already|know|remember|understand|booked|bought|got)|"
    r"i've|it was|there (?:is|are|was|were)|there's|"
    r"here(?:'s| is| are)|they (?:are|were)|their [\w ']{1,30} (?:is|are))\b"
)
# Let the proposal go ahead.
GO = (
    r"(?:go ahead|proceed(?:ing)?|go for it|move forward|do (?:it|this|that|so|both|all)|"
    r"let's (?:do|roll|finish|finali[sz]e)|get (?:it|this|that) done|make it so|make (?:the|that|those|these|this) "
    r"(?:changes?|updates?)|(?:submit|finali[sz]e|process|complete|execute|apply|send|"
    r"place|issue) (?:it|this|that|them|those|these|now|everything|both)|i(?:'ve| have)? (?:hereby |fully |also |"
    r"do )?(?:confirm(?:ed)?(?: and authori[sz]e)?|approve|authori[sz]e|agree|accept|consent)"
    r"(?! (?:whether|if|how|what))|you have my (?:permission|approval|consent)|please (?:submit|continue)|i'm ready)\b"
)
# The proposal is fine as it stands.
FINE = (
    r"(?:(?:that|this|it|these|those|everything|all|both)(?:'s| is| are)?(?: all)?(?: (?:looks?|sounds?|seems?|"
    r"works?))?(?: all| exactly| absolutely| totally| perfectly| completely| just)* (?:good|great|perfect|correct|"
    r"right|fine|ok|okay|acceptable|accurate|what i (?:want|need)(?:ed)?)|"
    r"(?:that|this|it)(?: works|(?:'ll| will) work)|"
    r"(?:sounds|looks|works) (?:good|great|perfect|fine|right|correct|well|for me))\b(?! one\b)"
)
DONT = r"(?:do not|don't) (?:proceed|go ahead|continue|submit|process|[a-z]{2,12} (?:it|that|this|them))\b"
# Stops or refuses, at the start of a sentence.
STOP = (
    r"(?:no(?=$|[,.!?;:\-]| (?:i|don't|do|please|that|it|not|way|you|thanks?|wait|this|never)\b)|nope|nah|wait|"
    r"hold on|hang on|hold off|stop|not yet|not now|never ?mind|scratch that|forget (?:it|that)|"
    r"i(?:'ve)? changed my mind|i (?:do not|don't|would not|wouldn't) (?:want to (?:proceed|continue|go ahead)|agree|"
    rf"confirm|approve)|(?:please )?{DONT}|i'd rather (?!not)|i'd rather not$|"
    r"that(?:'s| is) (?:not|wrong|incorrect))\b"
)
# A "no" that answers another question than "shall I?" ("No, that's all. Please go ahead.").
NO_TO_MORE = (
    r"(?:no|nope)(?:[\s,\-]+(?:that's (?:all|it|everything|okay|ok|fine)|that is (?:all|it|everything)|thanks?|"
    r"thank you|nothing|no(?:thing)? else|i'm (?:good|all set|fine)|other|more|further|additional|changes|problem|"
    r"worries|rush|"
    r"need|matter|wonder))\b"
)
# Takes the proposal back in part: the yes, if any, was to something else.
BUT = (
    r"(?:please|can you|could you|i'd|i|first|only|not|with|without|make|change|use|switch|instead|for|it should|the|"
    r"to|in|keep|wait|hold)\b"
)
CORRECTION = (
    rf"(?:^{FILLERS}(?:{YES_WORDS}|that(?:'s| is| looks| sounds)|looks|sounds|go ahead|proceed)\b"
    rf"[^.?!]{{0,80}}?,? but {BUT}|"
    rf"\bshould (?:be|say|read) [^.?!]{{1,60}}?\b(?:not|instead of|rather than)\b|"
    rf"\bone (?:small |quick |minor )?(?:correction|change)\b|^{FILLERS}i meant\b|"
    r"\bi(?:'ve)? (?:just )?changed my mind\b|"
    r"\bdo (?:this|that|it) (?:one )?instead\b|\b(?:that|this|it)(?:'s| is) (?:not (?:correct|right)|wrong|"
    r"incorrect)\b)"
)
# One of these is in every correction: a quick look before the slow one.
CORRECTION_WORDS = (" but ", "should ", "one ", "i meant", "changed my mind", " instead", " not ", "wrong", "incorrect")
# Hands over what was asked for. A yes after it answers one of those questions, not a proposal.
_INFORMS = re.compile(
    r"\b(?:here(?:'s| is| are) (?:my|the|what|some)\b|my (?:full |first |last )?(?:name|user ?(?:id|name)|email|zip)\b|"
    r"^user ?id:|i (?:do not|don't) (?:remember|recall|have) )|^name:"
)
# Said of what comes next in the sentence: it is then no agreement.
CONDITION = re.compile(r"\b(?:if|unless|before|until|whether|how|when|once|in case|as soon as|what happens)\b")
CONDITION_AFTER = re.compile(
    r"\b(?:only if|as long as|provided|assuming|unless|(?<!even )"
    r"if (?!you (?:need|have)|there(?:'s| is) any|any|possible|needed))"
)
NEGATION = re.compile(r"(?:\bnot|n't|\bnever|\bwithout|\bcannot|\bno)(?: \w+){0,2} $")
LET_ME_KNOW = re.compile(r"\b(?:let me know|tell me|confirm|notify me|share|send)\b.*")
ASKS_TO_GO = re.compile(rf"\b(?:can|could|would|will) you(?: please| just| kindly| also)* (?:{GO})")

_YES = re.compile(rf"^{FILLERS}{YES_WORDS}\b(?!-)")
_YES_LATER = re.compile(
    r"(?:[,:]|\bso|\band|\bbut) (?:yes|yep|yeah)\b(?= *(?:$|[,:.!\-]|please|i\b|go\b|that|let's|you\b))"
)
_FACT = re.compile(rf"^{FILLERS}(?:yes|yep|yeah)[\s,\-]+{FACTS_AFTER_YES}")
_LONE = re.compile(rf"^{FILLERS}{LONE_YES}(?:[\s,]+(?:thanks?|thank you|please)(?: so much)?)?$")
_GO = re.compile(rf"\b{GO}")
_FINE = re.compile(rf"(?:^|[\s,])(?:{FINE})")
_STOP = re.compile(rf"^{FILLERS}(?:yes[\s,]+)?{STOP}")
_DONT = re.compile(rf"\b{DONT}")
_NO_TO_MORE = re.compile(rf"^{FILLERS}{NO_TO_MORE}")
_CORRECTION = re.compile(CORRECTION)
_ACTUALLY = re.compile(
    rf"^{FILLERS}(?:(?:yes|yep|yeah|no|but)[\s,]+)*actually\b(?! i (?:do not|don't) (?:have|remember))"
)
_INSTEAD = re.compile(r"\b(?:instead|rather than)\b")

# --- reading a text --------------------------------------------------------------------------------------------------

_QUOTES = (
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | dict.fromkeys("*~\u200b\u200c\u200d\ufeff", "")
)
_QUOTE = re.compile(f"[{re.escape(''.join(_QUOTES))}]")


def _straight(found: re.Match[str]) -> str:
    return _QUOTES[found.group()]


_BULLET = re.compile(r"^ ?(?:[-+>\u2022\u00b7\u25e6\u25aa|] |#{1,6} )+", re.MULTILINE)
_BLANKS = re.compile(r"[^\S\n]{2,}")
# Blanks other than the space and the end of a line, where compatibility forms are folded.
_RARE_BLANKS = "\t\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029"
# Patterns below begin with a character and look behind it afterwards: the search then skips to such characters.
_EMPHASIS = re.compile(r"_(?:(?<!\w_)_*(?=\w)|(?<=\w_)_*(?!\w))")
_BREAK = re.compile(r"(?<=[.!?;])[ \"')\n]+|\n+|\u2014| -{1,3} |\.{3,}|\u2026")


def plain_text(text: str) -> str:
    """One form of each character, one kind of quote and dash, no asterisks."""
    if text.isascii():
        return text.replace("*", "").replace("~", "").replace("`", "'")
    return _plain_short(text) if len(text) <= LIMIT else _folded_form(text)


def _folded_form(text: str) -> str:
    return _QUOTE.sub(_straight, unicodedata.normalize("NFKC", text))


_plain_short = lru_cache(maxsize=256)(_folded_form)


def _clean(text: str) -> str:
    """Caseless, without markdown, without runs of blanks; lines kept."""
    plain = plain_text(text).casefold()
    if any(blank in plain for blank in _RARE_BLANKS):
        plain = _BLANKS.sub(" ", plain)
    while "  " in plain:
        plain = plain.replace("  ", " ")
    plain = _BULLET.sub("", plain)
    return _EMPHASIS.sub("", plain) if "_" in plain else plain


def _normalise(text: str) -> str:
    return " ".join(_clean(text).split())


BRIEF = 1_000  # characters of a message as most are: many of them are remembered, as rules look back at them all
REMEMBERED = 1 << 14
_normalise_brief = lru_cache(maxsize=REMEMBERED)(_normalise)
_normalise_short = lru_cache(maxsize=512)(_normalise)


def normalise(text: str) -> str:
    """The text for comparison: NFKC, caseless, straight quotes, no markdown, single spaces."""
    if len(text) <= BRIEF:
        return _normalise_brief(text)
    return _normalise_short(text) if len(text) <= LIMIT else _normalise(text)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text as they are compared: caseless, without markup, each with its closing mark."""
    return _sentences_brief(text) if len(text) <= BRIEF else _sentences_short(text)


def _sentences(text: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()).strip(" \"'") for part in _BREAK.split(_clean(text[:LIMIT])))
    return tuple(part for part in parts if any(c.isalnum() for c in part))


_sentences_brief = lru_cache(maxsize=REMEMBERED)(_sentences)
_sentences_short = lru_cache(maxsize=512)(_sentences)


# --- yes and no ------------------------------------------------------------------------------------------------------

_AGREES, _STOPS, _CORRECTS, _INFORM, _ASKS, _OTHER = "agrees", "stops", "corrects", "informs", "asks", "other"


def affirms(text: str) -> bool | None:
    """Does a user's message say an explicit yes to what was proposed?

    Sentences are read in order and the last word counts: "Wait ... fine, do it" is a yes, "Yes. Wait" is not. A
    correction beside a yes, in either order, is never a yes.
    """
    if len(text) > LIMIT:
        return None
    return _affirms(text)


@lru_cache(maxsize=512)
def _affirms(text: str) -> bool | None:
    said = sentences(text)
    body = " ".join(said).rstrip(" .!")
    if _LONE.match(body):
        return True
    return _verdict([_act(sentence) for sentence in said])


def _verdict(acts: list[str]) -> bool | None:
    agrees = _AGREES in acts
    if _CORRECTS in acts:
        return None if agrees and acts.index(_CORRECTS) < _last(acts, _AGREES) else False
    if agrees:
        answers = _INFORM in acts[: acts.index(_AGREES)]
        return None if answers else _last(acts, _AGREES) > _last(acts, _STOPS)
    if _STOPS in acts:
        return False
    return False if acts and set(acts) == {_ASKS} else None


def _last(acts: list[str], act: str) -> int:
    return max((i for i, a in enumerate(acts) if a == act), default=-1)


def _act(sentence: str) -> str:
    """What one sentence does with the proposal."""
    asks = sentence.endswith("?")
    agrees = _agrees(sentence, asks)
    if _corrects(sentence) or _ACTUALLY.match(sentence):
        return _CORRECTS
    if _NO_TO_MORE.match(sentence) and not _DONT.search(sentence):
        return _AGREES if _GO.search(sentence) and agrees else _OTHER
    if _STOP.match(sentence):
        return _AGREES if agrees and _goes(sentence) else _STOPS
    return _AGREES if agrees else _other_act(sentence, asks)


def _corrects(sentence: str) -> bool:
    return any(word in sentence for word in CORRECTION_WORDS) and _CORRECTION.search(sentence) is not None


def _other_act(sentence: str, asks: bool) -> str:
    if not asks and _INSTEAD.search(sentence) and not CONDITION.search(sentence):
        return _CORRECTS
    if _INFORMS.search(sentence):
        return _INFORM
    return _ASKS if asks else _OTHER


def _agrees(sentence: str, asks: bool) -> bool:
    if asks:
        return bool(_YES.match(sentence) or ASKS_TO_GO.search(sentence))
    if _FACT.match(sentence):
        return _goes(sentence)
    return (_YES.match(sentence) is not None and not _hedged(sentence, 0)) or _goes(sentence)


def _goes(sentence: str) -> bool:
    """A go-ahead, an approval or a late yes that nothing before it in the sentence denies or makes conditional."""
    patterns = (_GO, _FINE, _YES_LATER) if " ye" in sentence else (_GO, _FINE)
    cues = (cue for pattern in patterns if (cue := pattern.search(sentence)))
    return any(not _hedged(sentence, cue.start()) for cue in cues)


def _hedged(sentence: str, start: int) -> bool:
    before, after = sentence[:start].rstrip() + " ", LET_ME_KNOW.sub("", sentence[start:])
    return bool(CONDITION.search(before) or NEGATION.search(before) or CONDITION_AFTER.search(after))


# --- phrases and sentences -------------------------------------------------------------------------------------------


def mentions(text: str, phrases: object) -> bool:
    """Does any phrase (a text, a number, or an iterable of them) occur, as whole words and whole numbers?"""
    if isinstance(phrases, str):
        return occurs(normalise(text), normalise(phrases))
    if isinstance(phrases, (int, Decimal)) and not isinstance(phrases, bool):
        return abs(Decimal(phrases)) in _numbers_of(text)
    if type(phrases) is not list and not isinstance(phrases, Iterable):
        return False
    given = tuple(phrases)
    if _STR.issuperset(map(type, given)):
        plain = normalise(text)
        for phrase in _normalised(given):  # noqa: SIM110  (asked of every message, with many phrases)
            if phrase in plain and occurs(plain, phrase):
                return True
        return False
    return any(mentions(text, phrase) for phrase in given)


_STR = frozenset({str})


@lru_cache(maxsize=512)
def _normalised(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normalise, phrases))


def occurs(text: str, phrase: str) -> bool:
    """Is a phrase there, as whole words and whole numbers?"""
    at = text.find(phrase) if phrase else -1
    while at >= 0:
        if _begins(text, at, phrase[0]) and _ends(text, at + len(phrase), phrase[-1]):
            return True
        at = text.find(phrase, at + 1)
    return False


def _begins(text: str, at: int, first: str) -> bool:
    """Whether no word or number goes on at a place where something begins with this character."""
    if not first.isalnum() or at == 0:
        return True
    before = text[at - 1]
    if before.isalnum() or before == "_":
        return False
    return not (first.isdigit() and before in ".," and text[at - 2 : at - 1] in _DIGIT_SET)


def _ends(text: str, at: int, last: str) -> bool:
    """Whether no word or number goes on at a place where something has ended with this character."""
    if not last.isalnum() or at >= len(text):
        return True
    after = text[at]
    if after.isalnum() or after == "_":
        return False
    return not (last.isdigit() and after in ".," and text[at + 1 : at + 2] in _DIGIT_SET)


_DIGIT_SET = frozenset("0123456789")


def says_text(text: str, sentence: str) -> bool | None:
    """Is the exact sentence there? Only spacing and compatibility forms of characters may differ."""
    wanted = _spaced(sentence)
    if wanted in _spaced(text[:LIMIT]):
        return True
    return None if len(text) > LIMIT else False


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


_DECLINES = re.compile(
    r"\b(?:(?:i|we)(?:'m| am|'re| are)? (?:unable|not able|not allowed|not permitted|can't|cannot|can not|won't)\b"
    r"|(?:is|are|it's|that's)(?:n't| not) (?:possible|eligible|allowed|permitted|something (?:i|we) can)\b"
    r"|not (?:possible|eligible|permitted)\b|against (?:\w+ )?policy\b"
    r"|(?:can't|cannot|can not|can no longer) be (?!undone|reversed|changed back|taken back))"
)


def declines(text: str) -> bool:
    """Does a message say that something asked for will not be done?"""
    return _DECLINES.search(normalise(text[:LIMIT])) is not None


# --- numbers ---------------------------------------------------------------------------------------------------------

# A number on its own: not part of a word, an id, a date, a time, a percentage or a longer number.
_NUMBER = re.compile(
    r"([0-9](?<![\w#].)(?<![0-9][.,:/\-].)(?:[0-9]{0,2}(?:,[0-9]{3}){1,8}|[0-9]{0,29}))(\.[0-9]{1,30})?"
    r"(?![\w%]|[.,:/\-][0-9]| ?%)"
)
_PERCENTAGE = re.compile(r"(?<![\w#.,:/\-])([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%(?!\w)")
_CHAIN = re.compile(r"[0-9]+(?:,[0-9]+)*+")
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def numbers_in(text: str) -> tuple[Decimal, ...]:
    """The numbers that a text states, in order, without their sign."""
    return tuple(Decimal(whole.replace(",", "") + part) for whole, part in _NUMBER.findall(plain_text(text)))


@lru_cache(maxsize=512)
def percentages_in(text: str) -> frozenset[Decimal]:
    """What the percentages of a text may stand for in data: of "15%", 15 and 0.15."""
    stated = [Decimal(number) for number in _PERCENTAGE.findall(text)]
    return frozenset((*stated, *(number / 100 for number in stated)))


_numbers_short = lru_cache(maxsize=512)(numbers_in)


def _numbers_of(text: str) -> tuple[Decimal, ...]:
    return _numbers_short(text) if len(text) <= LIMIT else numbers_in(text)


def states_number(plain: str, part: str, value: Decimal) -> bool:
    """Whether a plain text states a number of this value: what `numbers_in` would find, with a look at those places
    alone where `part` stands, the end of its whole part with what is not zero behind the point."""
    at = plain.find(part)
    while at >= 0:
        start = at
        while _goes_on_before(plain, start):
            start -= 1
        found = _NUMBER.match(plain, start)
        if found is not None and Decimal(found[1].replace(",", "") + (found[2] or "")) == value:
            return True
        chain = _CHAIN.match(plain, at)
        at = plain.find(part, chain.end() if chain is not None else at + 1)
    return False


def states_digits(text: str, digits: str) -> bool:
    """Whether these digits stand in a text as a number of their own, or as the end of what goes by that number."""
    at, length = text.find(digits), len(digits)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + length : at + length + 2]
        inside = before.isalnum() or (before in _MARKS and text[at - 2 : at - 1] in _DIGIT_SET)
        goes_on = after[:1].isalnum() or after[:1] == "_" or (after[:1] in _MARKS and after[1:] in _DIGIT_SET)
        if not inside and not goes_on:
            return True
        at = text.find(digits, at + 1)
    return False


_MARKS = frozenset(".,")


def _goes_on_before(plain: str, at: int) -> bool:
    """Whether digits, or a comma between digits, stand right before a place."""
    before = plain[at - 1 : at]
    return before in _DIGIT_SET or (before == "," and plain[at - 2 : at - 1] in _DIGIT_SET)


def amounts(text: str) -> list[Decimal]:
    """The numbers stated, in order, without their sign."""
    return list(_numbers_of(text[:LIMIT]))


def says_amount(text: str, amount: Decimal | int | Fraction) -> bool | None:
    """Is the number stated, in any usual form ($1,628.00, 1628, 1,628 dollars), and not denied wherever it stands? None
    where it only stands as money that does not come back. The sign is left to the words. A fraction that no decimal
    holds cannot be stated."""
    if isinstance(amount, Fraction):
        return False
    if not Decimal(amount).is_finite():
        return None
    affirmed = affirms_number(text[:LIMIT], Decimal(amount))
    return None if affirmed is False and len(text) > LIMIT else affirmed


def affirms_number(text: str, number: Decimal) -> bool | None:
    """Whether a text states a number in a place where it does not deny it. None: only as money that does not come
    back."""
    value = abs(number)
    if value not in _numbers_of(text):
        return False
    plain = plain_text(text).casefold()
    found = [stands(plain, start, end) for start, end in places_of_number(plain, value)]
    return True if True in found else None if None in found else False


def places_of_number(plain: str, value: Decimal) -> Iterator[tuple[int, int]]:
    """Where a plain text states a number of this value, whatever its sign: where it begins and ends."""
    for found in _NUMBER.finditer(plain):
        if Decimal(found[1].replace(",", "") + (found[2] or "")) == abs(value):
            yield found.start(), found.end()
