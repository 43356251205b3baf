"""Sentences for what a rule listens for, and where they stand in what the agent says anyway."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from attrs import frozen

from ..backends.prompt.demands import names_amount
from ..backends.prompt.words import money, sentence
from ..backends.python.runtime.patterns import matches
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import is_number
from ..core.nodes import Apply, Rule
from ..core.spec import Spec
from ..core.types import MONEY, strip
from ..core.walk import walk
from . import phrases as say
from .wording import amount_owed, capital, duty_sentence

MOST_PHRASES = 3  # of those that are as good
ITEM = re.compile(r"\s*(?:\.\.\.|\[[^\[\]]*\])\s*")
CHOICE = re.compile(r"\(([^()]*)\)")


@frozen
class Want:
    """What a rule has asked of a message: the built-in, and the text, number, id, phrases or patterns."""

    asked: str
    of: Any


def sentences_for(want: Want, rules: Sequence[Rule], spec: Spec) -> list[str]:
    """Ways to say what is wanted, the best first. `rules`: those that may want it, whose own words come first."""
    match want.asked, want.of:
        case "says", str(text):
            return [_finished(text)]
        case "says_amount", number if is_number(number):
            return _amounts(number, rules, spec)
        case "says_id", str() | int() as key:
            return [say.IT_CONCERNS.format(key=key)]
        case "mentions", phrases:
            words = [str(p) for p in (phrases if isinstance(phrases, tuple) else (phrases,)) if p is not None]
            return _telling(_timely(words, spec), rules, spec)
        case "matches", patterns:
            listed = patterns if isinstance(patterns, tuple) else (patterns,)
            found = [
                said for p in islice(_timely(map(str, listed), spec), MOST_PHRASES) for said in _spelt_out(p, spec)
            ]
            return [text for text in _telling(found, rules, spec) if matches(text, listed)]
    return []


def _finished(text: str) -> str:
    """A text that has to stand as it is, as a sentence."""
    if re.search(r"[.!?…:][\"'”’)]*\s*$", text):
        return text
    return f"{text}!" if say.GREETS.match(text) else f"{text}."


def _amounts(number: Any, rules: Sequence[Rule], spec: Spec) -> list[str]:
    is_money = any(
        isinstance(n, Apply) and n.op == "says_amount" and strip(n.args[1].type) == MONEY
        for r in rules
        for n in walk((r,))
    )
    if not is_money and not any(names_amount(d.condition) for r in rules for d in r.duties if d.condition):
        return [say.COUNT_IS.format(number=plain_number(number))]
    return (
        list(dict.fromkeys(amount_owed(rule, spec).format(amount=money(number)) for rule in rules))
        if number >= 0
        else []
    )


def _telling(phrases: Sequence[str], rules: Sequence[Rule], spec: Spec) -> list[str]:
    """Phrases in sentences: in the words of a rule that asks to tell something, else by how they begin."""
    own = [text for rule in rules if (text := duty_sentence(rule, spec)) is not None]
    return list(dict.fromkeys([*own, *(_noted(p) for p in phrases[:MOST_PHRASES] if p.strip())]))


def _noted(phrase: str) -> str:
    """A few words as a sentence."""
    if say.GREETS.match(phrase):
        return _finished(capital(phrase))
    form = next(form for pattern, form in say.NOTES if re.match(pattern, phrase, re.IGNORECASE))
    return sentence(form.format(words=phrase, Words=capital(phrase)))


def _timely(phrases: Iterable[str], spec: Spec) -> list[str]:
    """Phrases, those for another time of day last: nobody says good afternoon in the morning."""
    return sorted(phrases, key=lambda p: not _is_timely(p, spec))


def _is_timely(phrase: str, spec: Spec) -> bool:
    found = re.search(rf"\b(?:{'|'.join(part for part, _, _ in say.PARTS_OF_DAY)})\b", phrase, re.IGNORECASE)
    if found is None or len(spec.clock or "") < len("2026-05-04T08"):
        return True
    hour = int(str(spec.clock)[11:13])
    return any(part == found[0].lower() and first <= hour < end for part, first, end in say.PARTS_OF_DAY)


def _spelt_out(pattern: str, spec: Spec) -> Iterator[str]:
    """Texts that a pattern of words fits: the shortest, of each choice the first that fits the time of day; and with
    what may be left out."""
    for optional in ("", r"\1"):
        text = re.sub(r"\[([^\[\]|]*)[^\[\]]*\]", optional, pattern).replace("...", " ")
        yield " ".join(CHOICE.sub(lambda m: _timely(m[1].split("|"), spec)[0], text).split())


# --- where a sentence stands ------------------------------------------------------------------------------------------


def placed(text: str, more: str) -> Iterator[str]:
    """A text with one more sentence: before its last question, at its beginning or its end, or in its place."""
    if not text:
        yield more
        return
    if say.GREETS.match(more) and (rest := re.sub(rf"^{say.GREETING_PART}", "", text)) != text:
        yield f"{more} {capital(rest)}".strip()
    before, last = _last_question(text)
    between = "\n" if "\n" in before else " "
    yield f"{before}{between}{more}{between}{last}".strip() if last else f"{text} {more}"
    yield f"{more} {text}"
    yield f"{text} {more}"
    yield more


def _last_question(text: str) -> tuple[str, str]:
    """What a text says, and what it asks at the end, which may be a line of its own."""
    lines = text.rsplit("\n", 1)
    if len(lines) == 2 and "?" in lines[1]:
        return lines[0], lines[1]
    found = re.search(r"(?:^|(?<=[.!?:]\s))[^.!?\n]*\?[^?\n]*$", text)
    return (text[: found.start()].rstrip(), text[found.start() :]) if found else (text, "")


__all__ = ["Want", "placed", "sentences_for"]
