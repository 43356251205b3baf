"""What a message says: deterministic, versioned recognisers over message text.

In: the text of one message (and what to look for). Out: `True`, `False`, or `None` where the text does not tell.
Guaranteed: no recogniser raises on any text, none looks at the desk's vocabulary, all are linear in the text. Beyond
`LIMIT` characters a text is not read; where the unread part could change the answer, the answer is unknown.
This file is inlined in generated checkers, so it imports the standard library alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

RECOGNISER_VERSION = 4
LIMIT = 20_000  # characters of a message that are read
SOURCE_LIMIT = 1_000_000  # characters of a source (a tool's result) that are searched for a fact
LEAF_LIMIT = 400  # scalars of one argument or row that are looked at

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


def _plain(text: str) -> str:
    """One form of each character, one kind of quote and dash, no asterisks."""
    if text.isascii():
        return text.replace("*", "").replace("~", "").replace("`", "'")
    return _plain_short(text) if len(text) <= LIMIT else _folded_form(text)


def _folded_form(text: str) -> str:
    return _QUOTE.sub(_straight, unicodedata.normalize("NFKC", text))


_plain_short = lru_cache(maxsize=256)(_folded_form)


def _clean(text: str) -> str:
    """Caseless, without markdown, without runs of blanks; lines kept."""
    plain = _plain(text).casefold()
    if any(blank in plain for blank in _RARE_BLANKS):
        plain = _BLANKS.sub(" ", plain)
    while "  " in plain:
        plain = plain.replace("  ", " ")
    plain = _BULLET.sub("", plain)
    return _EMPHASIS.sub("", plain) if "_" in plain else plain


def _normalise(text: str) -> str:
    return " ".join(_clean(text).split())


_normalise_short = lru_cache(maxsize=512)(_normalise)


def normalise(text: str) -> str:
    """The text for comparison: NFKC, caseless, straight quotes, no markdown, single spaces."""
    return _normalise_short(text) if len(text) <= LIMIT else _normalise(text)


@lru_cache(maxsize=512)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text as they are compared: caseless, without markup, each with its closing mark."""
    parts = (" ".join(part.split()).strip(" \"'") for part in _BREAK.split(_clean(text[:LIMIT])))
    return tuple(part for part in parts if any(c.isalnum() for c in part))


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
    if isinstance(phrases, (int, Decimal)) and not isinstance(phrases, bool):
        return abs(Decimal(phrases)) in _numbers_of(text)
    if isinstance(phrases, str):
        return _occurs(normalise(text), normalise(phrases))
    if not isinstance(phrases, Iterable):
        return False
    given = tuple(phrases)
    if all(type(phrase) is str for phrase in given):
        plain = normalise(text)
        return any(_occurs(plain, phrase) for phrase in _normalised(given))
    return any(mentions(text, phrase) for phrase in given)


@lru_cache(maxsize=512)
def _normalised(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normalise, phrases))


def _occurs(text: str, phrase: str) -> bool:
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
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(whole.replace(",", "") + part) for whole, part in _NUMBER.findall(_plain(text)))


_numbers_short = lru_cache(maxsize=512)(_numbers)


def _numbers_of(text: str) -> tuple[Decimal, ...]:
    return _numbers_short(text) if len(text) <= LIMIT else _numbers(text)


def amounts(text: str) -> list[Decimal]:
    """The numbers stated, in order, without their sign."""
    return list(_numbers_of(text[:LIMIT]))


def says_amount(text: str, amount: Decimal | int | Fraction) -> bool | None:
    """Is the number stated, in any usual form ($1,628.00, 1628, 1,628 dollars)? The sign is left to the words. A
    fraction that no decimal holds cannot be."""
    if isinstance(amount, Fraction):
        return False
    if not Decimal(amount).is_finite():
        return None
    if abs(Decimal(amount)) in _numbers_of(text[:LIMIT]):
        return True
    return None if len(text) > LIMIT else False


# --- facts -----------------------------------------------------------------------------------------------------------

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_ISO = re.compile(r"[12](?<![\w-].)[0-9]{3}-[01][0-9]-[0-3][0-9](?![0-9-])")
_MONTH_DAY = re.compile(rf"(?<!\w){_MONTH} ([0-3]?[0-9])(?:st|nd|rd|th)?(?:,? ([12][0-9]{{3}}))?(?!\w)")
_DAY_MONTH = re.compile(
    rf"([0-9](?<!\w.)(?:(?<=[0-3])[0-9])?)(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? ([12][0-9]{{3}}))?(?!\w)"
)
_PRICE = re.compile(r"\$ ?([0-9]{1,3}(?:,[0-9]{3}){1,8}|[0-9]{1,30})(\.[0-9]{1,30})?(?![\w%]|[.,][0-9])")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*")
_IN_A_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_LINK = re.compile(r"(?<!\S)\S{1,200}@\S{1,200}|\bhttps?://\S{1,2000}|\bwww\.\S{1,2000}")
# "128GB", "1080p", "2nd", "IPX4": a measure or a rating, not an id.
_MEASURE = re.compile(r"#?[0-9]+[a-z]{1,6}|[a-z]+[0-9]", re.IGNORECASE)


# Most texts name no month: a quick look for any of them, and for "may" only beside a number.
_MONTHS = tuple(month[:3] for month in MONTHS if month != "may")
_MAY = re.compile(r"may\.? [0-9]|[0-9](?:st|nd|rd|th)? (?:of )?may")


def _dates(text: str) -> Iterator[tuple[int, str]]:
    """Every date with its place; ISO, or "-05-12" where the year isn't said."""
    for found in _ISO.finditer(text):
        yield found.start(), found.group()
    low = text.casefold()
    if not any(month in low for month in _MONTHS) and ("may" not in low or _MAY.search(low) is None):
        return
    for found in _MONTH_DAY.finditer(low):
        yield found.start(), _iso(found[3], found[1], found[2])
    for found in _DAY_MONTH.finditer(low):
        yield found.start(), _iso(found[3], found[2], found[1])


def _iso(year: str | None, month: str, day: str) -> str:
    number = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(month[:3].lower()))
    return f"{year or ''}-{number:02d}-{int(day):02d}"


MOST_ID_WORDS = 3
# What stands right after is an example of a form, and no fact.
_EXAMPLE = re.compile(r"\b(?:e\.g\.|for (?:example|instance))[,:]? ?[\"'(]{0,2}$", re.IGNORECASE)


def _is_id(token: str) -> bool:
    """Precision over recall: a word with digits counts only if nothing but an id looks like it."""
    body = token.lstrip("#")
    if body.isdigit():
        return len(body) >= (3 if token.startswith("#") else 6)
    digits = sum(map(str.isdigit, body)) if "-" not in body else 0
    if digits == 0:
        return False
    if "_" in body:  # a few words and then a number: more words, or words behind it, name something else
        words, _, number = body.rpartition("_")
        return digits >= 2 and number.isdigit() and words.count("_") < MOST_ID_WORDS
    if token.startswith("#"):
        return len(body) >= 3
    return len(body) >= 5 and body == body.upper() and not _MEASURE.fullmatch(body)


def claims(text: str) -> list[str]:
    """The facts stated that can be checked: ids, prices, whole dates (as ISO); in order, each once."""
    return list(_claims_short(text) if len(text) <= LIMIT else _claims(text[:LIMIT]))


def _claims(text: str) -> tuple[str, ...]:
    plain = _plain(text)
    if _DIGIT.search(plain) is None:
        return ()
    plain = _LINK.sub(" ", plain) if any(mark in plain for mark in ("@", "://", "www.")) else plain
    found = [(at, day) for at, day in _dates(plain) if not day.startswith("-")]
    found += [(m.start(), m.group().replace(" ", "")) for m in _PRICE.finditer(plain)]
    found += [(at, token) for at, token in _tokens(plain) if _is_id(token) and _is_claimed(plain, at, at + len(token))]
    return tuple(dict.fromkeys(claim for _, claim in sorted(found)))


# Rules look back at what was said again and again.
_claims_short = lru_cache(maxsize=512)(_claims)


_DIGIT = re.compile(r"[0-9]")
_DIGITS = re.compile(r"[0-9]+")


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Every word with a digit in it, and its place, with the "#" before it. Looks at words with digits alone."""
    end = 0
    for digit in _DIGITS.finditer(text):
        start = digit.start()
        if start < end:
            continue
        while start > end and text[start - 1] in _IN_A_WORD:
            start -= 1
        word = _WORD.match(text, start)
        end = word.end() if word is not None else start
        token = _TOKEN.match(text, start)
        if token is not None:
            at = start - (text[start - 1 : start] == "#")
            yield at, text[at : token.end()]


def _is_claimed(text: str, start: int, end: int) -> bool:
    """Not the tail of a price, a decimal, a word in another script, or a path; and no example."""
    before, after = text[start - 1 : start], text[end : end + 2]
    inside = before.isalnum() or before in {"$", ".", ",", "/", "+"}
    goes_on = inside or (after[:1] in {".", ","} and after[1:].isdigit())
    return not goes_on and _EXAMPLE.search(text[max(0, start - 24) : start]) is None


def prices(text: str) -> list[Decimal]:
    """The prices stated, in order."""
    plain = _plain(text[:LIMIT])
    return [Decimal(m[1].replace(",", "") + (m[2] or "")) for m in _PRICE.finditer(plain)] if "$" in plain else []


def supports(claim: str, sources: Iterable[str]) -> bool | None:
    """Is a claim found in one of the sources? Numbers by value, ids caseless, dates in any form."""
    cut, found_in = False, _evidence(claim)
    for source in sources:
        if len(source) <= SOURCE_LIMIT:
            if found_in(source):
                return True
        elif found_in(source[:SOURCE_LIMIT]):
            return True
        else:
            cut = True
    return None if cut else False


@lru_cache(maxsize=64)
def _evidence(claim: str) -> Callable[[str], bool]:
    """What finds a claim in a source."""
    if price := _PRICE.fullmatch(claim):
        whole = price[1].replace(",", "")
        value = Decimal(whole + (price[2] or ""))
        # However it is grouped, a number of this value ends its whole part in these digits.
        tail = whole.lstrip("0")[-3:] or "0"
        return lambda source: tail in source and value in _number_set(source)
    if _ISO.fullmatch(claim):
        return lambda source: claim in source or not dates_in(source).isdisjoint((claim, claim[4:]))
    token = claim.lstrip("#").casefold()
    if token.isdigit():  # an id may be called by its number alone
        return lambda source: token in source and _number_of_an_id(token).search(source) is not None
    return lambda source: _occurs(_folded(source), token)


@lru_cache(maxsize=256)
def _number_of_an_id(token: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?<![0-9][.,]){token}(?!\w)(?![.,][0-9])")


# A conversation asks for many facts of the same few sources. These caches hold sets, or texts the caller holds anyway.
@lru_cache(maxsize=64)
def _number_set(source: str) -> frozenset[Decimal]:
    return frozenset(_numbers(source))


@lru_cache(maxsize=64)
def dates_in(source: str) -> frozenset[str]:
    """The dates that a source states, as ISO; "-05-12" where the year isn't said."""
    return frozenset(day for _, day in _dates(_plain(source)))


@lru_cache(maxsize=64)
def _folded(source: str) -> str:
    return source.casefold()


# --- the details of a call -------------------------------------------------------------------------------------------

Known = Callable[[str], list[object]]
Alone = Callable[[str, str], bool]
_ID_WORDS = re.compile(r"([^\W\d_]+(?:_[^\W\d_]+)*)_[0-9]+")
_SPELT_ID = re.compile(r"^([^\W\d_]+)([0-9]+)$")  # "AB123" may be written "AB 123"
ENOUGH_WORDS = 0.6  # of the words of a longer text, said in another order or form: unsure rather than absent


def lists(text: str, arguments: dict[str, object], known: Known, alone: Alone = lambda name, key: False) -> bool | None:
    """Did the message list the details of a proposed call?

    True: every argument is said, or what it stands for is described. False: some argument is in no way there. None: all
    are at least hinted at. Leave out of `arguments` what the desk does not say aloud, such as the caller's own id.
    `known`: the rows seen with a key. `alone`: whether no other key was seen under an argument's name; then "your
    order" is enough.
    """
    plain = _joined(text[:LIMIT])
    meant = {key for name, key in arguments.items() if isinstance(key, str) and _meant(name, key, plain, alone)}
    leaves = list(_leaves(arguments))
    told = [_said(leaf, text[:LIMIT], plain, known) for leaf in leaves]
    said = [True if leaf in meant else state for leaf, state in zip(leaves, told, strict=True)]
    if all(said):
        only_meant = bool(leaves) and True not in told
        return None if only_meant or _confused(leaves, text[:LIMIT], plain, known) else True
    absent = [leaf for leaf, state in zip(leaves, said, strict=True) if state is False]
    return False if absent and len(text) <= LIMIT and not _minor(absent, len(leaves)) else None


def _minor(absent: list[str | int | float | Decimal], total: int) -> bool:
    """A word or two left out of a long list (a country, a kind), and neither an id nor a number among them."""
    return len(absent) * 5 <= total and all(isinstance(leaf, str) and not _names_a_row(leaf) for leaf in absent)


def _meant(name: str, key: str, plain: str, alone: Alone) -> bool:
    """Is the only thing of its kind spoken of as such: `order_id` by "your order", "this order"?"""
    kind = name.removesuffix("_id").replace("_", " ")
    return name.endswith("_id") and _definite(kind).search(plain) is not None and alone(name, key)


@lru_cache(maxsize=256)
def _definite(kind: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:the|your|this|that)(?: \w+)? {re.escape(kind)}\b")


def _confused(leaves: list[str | int | float | Decimal], text: str, plain: str, known: Known) -> bool:
    """Are two different rows told by nothing but one name: "a lamp for a lamp"?"""
    names = [
        names
        for leaf in leaves
        if isinstance(leaf, str) and _names_a_row(leaf) and not _says_literally(leaf, text, plain)
        and (names := _own_names(leaf, text, plain, known))
    ]  # fmt: skip
    return any(names.count(n) > 1 for n in names)


def _own_names(leaf: str, text: str, plain: str, known: Known) -> frozenset[str]:
    """The names by which alone a row is told; none where its marks tell it, or what is among the things it lists."""
    rows = [row for row in known(leaf)[:20] if isinstance(row, dict)]
    if any(_marked(row, leaf, text, plain) for row in rows):
        return frozenset()
    own = (str(v) for row in rows for k, v in row.items() if str(k).endswith("name") and isinstance(v, str))
    return frozenset(_joined(name) for name in own if _called(name, plain))


def _join(text: str) -> str:
    return " ".join(normalise(text).replace("_", " ").replace("-", " ").split())


_joined_short = lru_cache(maxsize=2048)(_join)


def _joined(text: str) -> str:
    """The text for comparison, its words parted by nothing but single spaces."""
    return _joined_short(text) if len(text) <= LIMIT else _join(text)


def _leaves(value: object, lists_too: bool = True) -> Iterator[str | int | float | Decimal]:
    """The scalars that say something: no booleans, no empty texts, no zeros."""
    stack, count = [value], 0
    while stack and count < LEAF_LIMIT:
        item, count = stack.pop(), count + 1
        if isinstance(item, dict):
            stack.extend(reversed(list(item.values())))
        elif isinstance(item, (list, tuple)) and lists_too:
            stack.extend(reversed(item))
        elif isinstance(item, (str, int, float, Decimal)) and item and not isinstance(item, bool):
            yield item


def _said(leaf: str | int | float | Decimal, text: str, plain: str, known: Known) -> bool | None:
    if not isinstance(leaf, str):
        return _says_number(leaf, text, plain)
    if _says_literally(leaf, text, plain):
        return True
    described = [_describes(row, leaf, text, plain) for row in known(leaf)[:20]] if _names_a_row(leaf) else []
    if True in described or _says_kind(leaf, plain):
        return True
    if _ISO.fullmatch(leaf) and any(_names_somebody(row, plain) for row in known(leaf)[:20]):
        return True
    return None if None in described or _nearly(leaf, plain) else False


def _names_a_row(leaf: str) -> bool:
    """Could the value be an id? Dates, names and choices are said as they are."""
    spells_id = any(c.isdigit() for c in leaf) or (len(leaf) >= 5 and leaf == leaf.upper())
    return spells_id and not _ISO.fullmatch(leaf)


def _says_number(value: int | float | Decimal, text: str, plain: str) -> bool | None:
    number = Decimal(str(value))
    if not number.is_finite() or mentions(text, number):
        return True if number.is_finite() else None
    return number == int(number) and 0 <= number <= 10 and _occurs(plain, NUMBER_WORDS[int(number)])


def _says_literally(leaf: str, text: str, plain: str) -> bool:
    phrase = _joined(leaf).lstrip("#")
    if not phrase:
        return True
    if _occurs(plain, phrase) or (phrase[-1].isdigit() and _occurs(plain, _SPELT_ID.sub(r"\1 \2", phrase))):
        return True
    dates = dates_in(text) if _ISO.fullmatch(leaf) else frozenset()
    return bool(dates) and (leaf in dates or leaf[4:] in dates)


def _says_kind(leaf: str, plain: str) -> bool:
    """An id made of words and a number is described by its words, unless another such id is there."""
    words = _ID_WORDS.fullmatch(leaf)
    if words is None:
        return False
    kind = words[1].replace("_", " ").casefold()
    return _occurs(plain, kind) and re.search(rf"\b{re.escape(kind)} [0-9]{{3}}", plain) is None


def _describes(row: object, value: str, text: str, plain: str) -> bool | None:
    """Does the message tell what a row holds: its name, or enough of what sets it apart?"""
    if not isinstance(row, dict):
        return False
    return True if any(_called(name, plain) for name in _names(row)) else _marked(row, value, text, plain)


def _names_somebody(row: object, plain: str) -> bool:
    """Is the person or thing whose date this is told by all of its names? Its day of birth then needs no saying."""
    if not isinstance(row, dict):
        return False
    parts = row["name"] if isinstance(row.get("name"), dict) else row
    names = [v for k, v in parts.items() if isinstance(k, str) and k.endswith("name") and isinstance(v, str)]
    return bool(names) and all(_occurs(plain, _joined(name)) for name in names)


def _marked(row: dict[object, object], value: str, text: str, plain: str) -> bool | None:
    """Does the message tell half of what sets a row apart, and at least two things? None: something of it."""
    titles = {word for name in row if isinstance(name, str) for word in name.split("_")}
    marks = [m for m in _leaves(row, lists_too=False) if m != value and _tells(m) and m not in titles]
    hits = sum(_mark_said(mark, text, plain) for mark in marks)
    return True if hits > 1 and hits * 2 >= len(marks) else None if hits else False


def _names(row: dict[object, object]) -> Iterator[str]:
    """What a row is called, and what is called by name among the things it lists: "the one with the lamp"."""
    for key, value in row.items():
        if isinstance(key, str) and key.endswith("name") and isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for part in value[:LEAF_LIMIT]:
                if isinstance(part, dict) and isinstance(part.get("name"), str):
                    yield part["name"]


def _called(name: str, plain: str) -> bool:
    """By its whole name or the last word of it: a desk lamp is a lamp."""
    whole = _joined(name)
    last = whole.rpartition(" ")[2]
    return _occurs(plain, whole) or (len(last) > 3 and (_occurs(plain, last) or _occurs(plain, last + "s")))


def _tells(mark: object) -> bool:
    return not isinstance(mark, str) or (len(mark) <= 80 and not _is_id(mark.strip("#")))


def _mark_said(mark: str | int | float | Decimal, text: str, plain: str) -> bool:
    said = _says_literally(mark, text, plain) if isinstance(mark, str) else _says_number(mark, text, plain)
    return bool(said)


def _nearly(leaf: str, plain: str) -> bool:
    words = [word for word in _joined(leaf).split() if len(word) > 2 and word.isalpha()]
    hits = sum(_whole_start(word).search(plain) is not None for word in words)
    return len(words) > 1 and hits >= ENOUGH_WORDS * len(words)


@lru_cache(maxsize=2048)
def _whole_start(word: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + re.escape(word[: max(3, len(word) - 2)]))
