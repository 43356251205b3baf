"""Whether an amount is said to be so where it stands, or denied, or neither for sure.

In: a text and a place in it. Guaranteed: nothing raises, the work at a place is bounded (only the clause around it is
read), and no word of any desk stands here. A denial counts where it governs the amount: by a verb that says that one is
due ("not be charged the"), by nothing but small words ("is not a", "no extra"), or from behind ("does not apply"); a
charge that is waived is one that is not due. A denied verb of any other kind says nothing of the amount: "we cannot
waive the $30 fee" states the fee.

Money that does not come back is neither: who hears "the deposit of $30 will not be refunded" is told that $30 are lost,
and that none are returned, and only the rule knows which of the two it asks about. A charge that is not refunded is
charged, so it is said.

The lists of words are closed on purpose: what they do not hold leaves an amount said. Standard library alone: generated
checkers carry this text. What the solver knows of amounts in fixed sentences (`backends.smt.words`) rests on these
lists.
"""

import re

REACH = 120  # characters before and behind a place that are read
_CLAUSE = re.compile(r"[.!?;:,](?=\s|$)|[(\n]|\u2014| -{1,2} ")
_MAY_DENY = re.compile(
    r"n't|\b(?:no|not|never|without|cannot|neither|nor|nobody|nothing|none|instead|rather|waived?|forfeit(?:s|ed|ing)?|"
    r"los(?:e|es|ing|t)|gone|keep|keeps|kept|retain(?:s|ed)?|with(?:hold|holds|held))\b"
)
_CURRENCY = re.compile(r"[ \"']*(?:\b(?:usd|us(?=\$)))?[ \"']*\$? ?$")

_NOT = r"(?:n't|\b(?:not|never|cannot|neither|nor|nobody|no one|nothing|none|no longer))"
# What may stand between a denial and what it denies, and denies nothing else itself.
_SMALL = (
    r"(?: (?:be|been|being|have|has|had|having|to|get|gets|going|need|needs|required|asked|expected|supposed|will|"
    r"would|of|also|actually|then|ever|currently|really|even|yet|now|simply|exactly|quite|them|us|these|those))"
)
# Of what an amount is the object where it is due. Other verbs ("waive", "refund", "cover") leave it stated.
_DUE = (
    r"(?:charged?|charges|charging|pay|pays|paying|owe|owes|owed|owing|cost|costs|bill|bills|billed|billing|incur|"
    r"incurs|incurred|incurring|face|apply|applies|applied|add|adds|added|adding|deduct|deducts|deducted|debit|debits|"
    r"debited|impose|imposed|levy|levied|collect|collected)"
)
_HAD = r"(?:have|has|had|having|get|gets|got|receive|receives|received|see|find|include|includes|carry|carries)"
# Words that begin another thought, or say how much of an amount it is about.
_OTHER = (
    r"more|less|fewer|only|just|but|except|unless|until|till|because|since|if|when|while|as|than|and|or|so|then|that|"
    r"which|who|with|without|from|by|in|on|at|after|before|beyond|over|above|under|below|through|to|for|another|second|"
    r"twice|again|anything|everything|about|around|is|are|was|were|will|would|does|do|can|must|costs|it|there|i|we|he|"
    r"she|they|not|never"
)
_DEFINITE = "the|your|my|our|his|her|its|their|this|these|those|you|of|later|longer|sooner|matter|doubt|problem"
_WORD = rf"(?: (?!(?:{_OTHER})\b)[\w'-]+)"
_NOUN = rf"(?: (?!(?:{_OTHER}|{_DEFINITE})\b)[\w'-]+)"
_SOME = r"(?: (?:an?|any|the|your|this|that|usual|full|regular|original|normal|standard|additional|extra|whole|old))"
_BEFORE = re.compile(
    rf"{_NOT}{_SMALL}{{0,6}} {_DUE}(?: (?:you|me|us|them|him|her|anybody|anyone))?"
    rf"(?:{_WORD}{{0,4}} or)?{_WORD}{{0,5}} $|"
    rf"{_NOT}{_SMALL}{{0,6}} {_HAD}(?: you)?{_NOUN}{{0,3}}(?: of(?: an?| any)?)? $|"
    rf"{_NOT}{_SMALL}{{0,3}}{_SOME}{{0,3}} $|"
    rf"\bno(?! one\b){_NOUN}{{1,3}}(?: of(?: an?| any)?)? $|"
    r"(?:^ |\b(?:is|are|was|were|be|has|have|had|with|at|and|so|pay|charge|owe|get|find|see|'s) ?)no $"
)
_INSTEAD = re.compile(
    rf"\b(?:instead of|rather than|without)(?: {_DUE}| being charged)?{_SOME}{{0,3}}(?: (?:fee|charge) of)? $"
)
_DENIES = re.compile(_NOT)
_IS_OWED = re.compile(
    r" (?:dollars?|usd|fees?|charges?|penalt(?:y|ies)|costs?|surcharges?|prices?|amount|[\w-]+ (?:fee|charge))\b"
)
_OPENERS = r"(?: (?:so|then|and|but|also|now|unfortunately|i am afraid|i'm afraid|i am sorry|please note|that))*"
_OPENS = re.compile(rf"{_OPENERS}{_SOME}*{_WORD}{{0,3}} ")
_BE_NOT = (
    r"(?:(?:is|are|was|were|do|does|did|has|have|will|would|should|shall|can|could)(?:n't| not| never)|won't|can't|"
    r"cannot|never|(?:is|are|will|was|were) no longer)"
    r"(?: (?:be|been|being|have|to|need|needs|going|also|actually|ever|currently|yet|now|even|then))*"
)
_BE = r"(?:is|are|was|were|gets|(?:will|would) be|ha(?:s|ve) been)(?: (?:also|then|now|already|being|therefore))*"
_BEHIND = re.compile(
    rf"{_WORD}{{0,3}} (?:{_BE_NOT}"
    r" (?:apply|applies|charged|billed|added|due|owed|applied|collected|deducted|taken|debited|required|needed|imposed|"
    rf"levied|necessary)\b|{_BE} waived(?= (?:for you|this time|today|now)\b| ?$))"
)

# --- money that does not come back ------------------------------------------------------------------------------------

# What is paid and may come back. A charge is none of it.
_MONEY = r"(?:deposits?|bond|down payment|prepayment|advance|balance|remainder|rest|money|amount|sum|total)"
_GIVE = (
    r"(?:refund|refunded|refunding|return|returned|returning|reimburse|reimbursed|repay|repaid|credit|credited|release|"
    r"released)"
)
_HAND = r"(?:get|gets|getting|have|has|having|see|receive|receiving|give|given|giving|pay|paid|hand|handed|send|sent)"
_OF = rf"(?: (?:you|me|them|him|her))?(?: all)?(?: (?:the|your|my|this|that))?(?:{_WORD}{{0,2}} {_MONEY}(?: of)?)?"
_LOSE = (
    r"\b(?:(?:forfeit|lose)s?|forfeiting|losing|lost|we(?:'ll| will| would| have to| must)? (?:keep|retain|withhold))"
)
_NOT_GIVEN = re.compile(rf"{_NOT}{_SMALL}{{0,6}} (?:{_GIVE}|{_HAND} back){_OF} $")
_NOT_HANDED = re.compile(rf"{_NOT}{_SMALL}{{0,6}} {_HAND}{_OF} $")
_LOST = re.compile(rf"{_LOSE}{_OF} $")
_NAMED = re.compile(rf" {_MONEY}(?: of)? $")
_NOUN_BEHIND = rf"(?: (?:dollars|usd))?(?:{_WORD}{{0,1}} {_MONEY}(?! (?:fee|charge)s?\b))?"
_GOES_ON = re.compile(rf"{_NOUN_BEHIND}(?= (?:back|to|if|unless|when|once|because|since|as|today|now|then)\b| ?$)")
_RETURNED = r"(?:back|refunded|returned|reimbursed|repaid|credited|released)\b"
_BACK = re.compile(rf"{_NOUN_BEHIND} {_RETURNED}")
_UNDONE = re.compile(rf"{_WORD}{{0,2}} (?:{_RETURNED}|waived\b|removed\b)")  # "not get the $30 fee waived"
_OPENS_MONEY = re.compile(rf"{_OPENERS}(?: (?:the|your|my|this|that))*(?:{_WORD}{{0,2}} {_MONEY}(?: of)?)? ")
_KEPT_BEHIND = re.compile(
    rf"{_NOUN_BEHIND} (?:{_BE_NOT} (?:{_GIVE}|{_HAND} back|com(?:e|ing) back|paid out)\b|"
    rf"{_BE} (?:forfeit|forfeited|lost|gone|withheld|retained|kept)\b(?! safe))"
)


def stands(text: str, start: int, end: int) -> bool | None:
    """Whether an amount at a place of a caseless text is said there. False: it is denied. None: it is said not to come
    back."""
    before, after = _clause(text, start, end)
    if _MAY_DENY.search(f"{before} {after}") is None:
        return True
    priced = "$" in before[-3:] or "usd" in before[-5:]
    before = _CURRENCY.sub(" ", before, count=1)
    if _is_denied(before, after, priced):
        return False
    return None if _is_kept(before, after) else True


def _is_denied(before: str, after: str, priced: bool) -> bool:
    if _BEFORE.search(before) is not None:
        return _UNDONE.match(after) is None
    instead = _INSTEAD.search(before)
    if instead is not None:
        return _DENIES.search(before[: instead.start()]) is None
    owed = priced or _IS_OWED.match(after) is not None
    return owed and _OPENS.fullmatch(before) is not None and _BEHIND.match(after) is not None


def _is_kept(before: str, after: str) -> bool:
    """Whether money is said not to be given back, or to be lost."""
    if _OPENS_MONEY.fullmatch(before) is not None and _KEPT_BEHIND.match(after) is not None:
        return True
    if _NOT_HANDED.search(before) is not None and _BACK.match(after) is not None:
        return True
    if _NAMED.search(before) is None and _GOES_ON.match(after) is None:
        return False
    lost = _LOST.search(before)
    if lost is not None:
        return _DENIES.search(before[: lost.start()]) is None
    return _NOT_GIVEN.search(before) is not None


def _clause(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind a place, as far as its clause goes, with single spaces and one in front."""
    before, after = text[max(0, start - REACH) : start], text[end : end + REACH]
    begun = max((m.end() for m in _CLAUSE.finditer(before)), default=0)
    ended = _CLAUSE.search(after)
    before, after = before[begun:], after[: ended.start()] if ended is not None else after
    return " " + " ".join(before.split()), " " + " ".join(after.split())
