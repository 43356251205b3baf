"""What a conversation has brought up so far: the words of the user and the tools, and the rows and amounts that results
have shown.

Looked through only when a recogniser asks, and each text or result once.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from .derived import Amounts, Days
from .events import Call, Message
from .facts import Sources, claims
from .language import LIMIT
from .values import UNKNOWN

_AS_TEXT = json.JSONEncoder(ensure_ascii=False, default=str)  # only to be searched for what it states


class Seen:
    """What can be known from what was said and shown. `texts` are sources besides the conversation, and `factors`
    what amounts may be multiplied by; `events` has all that has happened, put there by whom it happens to."""

    def __init__(self, texts: tuple[str, ...], factors: tuple[tuple[int, int], ...] = ()) -> None:
        self.texts = texts
        self.events: list[Call | Message] = []
        self.said: list[str] = []
        self.results: list[Any] = []
        self.told: list[tuple[str, str]] = []  # what the agent said, and what it answered
        self.asked = ""
        self.days = Days()
        self._heard = 0
        self._sources = Sources()
        self._supported: set[str] = set()
        self._shown = Shown()
        self._amounts = Amounts(texts, factors)
        self._counted = (0, 0, 0)

    def _listen(self) -> None:
        """Takes in what has happened since the last question."""
        if self._heard == len(self.events):
            return
        before = len(self.said)
        for event in self.events[self._heard :]:
            if isinstance(event, Message):
                if event.role == "user":
                    self.said.append(event.text)
                    self.days.hear(event.text)
                    self.asked = event.text
                else:
                    self.told.append((event.text, self.asked))
            elif event.ok is not None and event.result_text:
                self.said.append(event.result_text)
                self.days.look(event.result_text)
                if event.ok:
                    self.said.append(_AS_TEXT.encode(event.arguments))
                    self.results.append(event.result)
                    self._shown.add(event.result_text, event.result)
        self._heard = len(self.events)
        self._sources.add(self.said[before:])

    # --- claims

    def invented(self, text: str) -> Any:
        """Ids and dates that nothing so far has stated and nobody can have counted out; unknown if all that is
        unaccounted for is dates near stated ones, and amounts that no short calculation gives."""
        self._listen()
        missing = [c for c in claims(text) if not self._is_supported(c)]
        if not missing:
            return missing
        priced = [c for c in missing if c.startswith("$")]
        counted = {c: self.days.reach(c, self._dates()) for c in missing if not c.startswith("$")}
        sure = [c for c, reached in counted.items() if reached is False]
        return sure or (UNKNOWN if None in counted.values() or (priced and self._underived(text, priced)) else [])

    def _is_supported(self, claim: str) -> bool:
        """Whether something so far states a claim. What has been found once stays found."""
        if claim not in self._supported:
            if not (self._sources.state(claim) or _policy(self.texts).state(claim)):
                return False
            self._supported.add(claim)
        return True

    def _dates(self) -> set[str]:
        return self._sources.dates() | _policy(self.texts).dates()

    def _underived(self, text: str, priced: list[str]) -> list[str]:
        """Those of a text's prices that cannot be worked out from all that came before."""
        results, said, told = self._counted
        self._amounts.see(self.results[results:], self.said[said:])
        self._counted = (len(self.results), len(self.said), told)
        rows = self._named(text, self.asked)
        missing = self._amounts.missing(text, priced, rows)
        if not missing or told == len(self.told):
            return missing
        for message, asked in self.told[told:]:
            self._amounts.hear(message, self._named(message, asked))
        self._counted = (len(self.results), len(self.said), len(self.told))
        return self._amounts.missing(text, priced, rows)

    def _named(self, *texts: str) -> list[Any]:
        """The rows whose ids some texts state."""
        return [row for key in _keys_in(texts) for row in self.rows(key)]

    # --- rows

    def rows(self, key: str) -> list[Any]:
        """The objects in results that hold a text."""
        self._listen()
        return self._shown.holding(key)

    def alone(self, name: str, key: str) -> bool:
        """Whether the results so far show this key, and no other, in a field of this name."""
        self._listen()
        return self._shown.texts_in(name) == {key}

    def changing(self, arguments: dict[str, Any], is_row: Callable[[str, Any], bool]) -> dict[str, Any]:
        """Arguments without what the row that they name holds already, under the same name and in the same place.
        `is_row`: whether an object is a row whose key has this name."""
        for name, key in arguments.items():
            rows = self.rows(key) if type(key) is str else []
            row = next((r for r in reversed(rows) if r.get(name) == key and is_row(name, r)), None)
            if row is not None:
                own = row.keys() - {name}
                return {n: _apart(v, row[n]) if n in own else v for n, v in arguments.items()}
        return arguments


class Shown:
    """The objects in results. A result is looked through only for a text that stands in it."""

    def __init__(self) -> None:
        self._results: list[ShownResult] = []
        self._holding: dict[str, tuple[list[Any], int]] = {}
        self._texts: dict[str, tuple[set[str], int]] = {}

    def add(self, written: str, value: Any) -> None:
        """One more result, as it was written and as it was read."""
        if type(value) in _HOLDERS:
            self._results.append(ShownResult(written, value))

    def holding(self, key: str) -> list[Any]:
        """The objects that hold a text."""
        found, seen = self._holding.get(key) or ([], 0)
        if seen < len(self._results):
            for result in self._results[seen:]:
                if result.may_hold(key):
                    found += [o for o in result.objects() if key in o.values()]
            self._holding[key] = found, len(self._results)
        return found

    def texts_in(self, name: str) -> set[str]:
        """The texts in fields of one name; where there are several, some of them."""
        found, seen = self._texts.get(name) or (set(), 0)
        if seen < len(self._results) and len(found) < 2:
            for result in self._results[seen:]:
                if result.may_hold(name):
                    found.update(text for o in result.objects() if type(text := o.get(name)) is str)
            self._texts[name] = found, len(self._results)
        return found


class ShownResult:
    """One result; its objects are found when they are first asked for."""

    __slots__ = ("_objects", "_value", "_written")

    def __init__(self, written: str, value: Any) -> None:
        self._written, self._value = written, value
        self._objects: list[dict[str, Any]] | None = None

    def may_hold(self, text: str) -> bool:
        """Whether a text may be one of its texts or names. Without a backslash each is written as it is."""
        return text in self._written or "\\" in self._written

    def objects(self) -> list[dict[str, Any]]:
        if self._objects is None:
            self._objects, stack = [], [self._value]
            while stack:
                top = stack.pop()
                if type(top) is list:
                    stack.extend(top)
                elif type(top) is dict:
                    self._objects.append(top)
                    stack.extend([item for item in top.values() if type(item) in _HOLDERS])
        return self._objects


_HOLDERS = frozenset({dict, list})


@lru_cache(maxsize=8)
def _policy(texts: tuple[str, ...]) -> Sources:
    """A specification's texts as sources; nothing is added to them."""
    return Sources(texts)


_DIGIT_IN = re.compile(r"[0-9]+")
_LETTERS_ON = re.compile(r"\w+")
SHORTEST_NUMBER = 6  # digits of an id that has no letters


def _keys_in(texts: Iterable[str]) -> dict[str, None]:
    """What may be ids in texts: words with letters and digits, or of many digits, with the "#" before them."""
    found: dict[str, None] = {}
    for text in texts:
        text, end = text[:LIMIT], 0
        for digit in _DIGIT_IN.finditer(text):
            start = digit.start()
            if start < end:
                continue
            while start > end and _in_a_word(text[start - 1]):
                start -= 1
            word = _LETTERS_ON.match(text, start)
            assert word is not None  # it holds the digit
            end = word.end()
            if end - start >= SHORTEST_NUMBER or not (word[0].isascii() and word[0].isdigit()):
                sign = text[start - 1 : start] == "#" and not _in_a_word(text[start - 2 : start - 1])
                found[text[start - sign : end]] = None
    return found


def _in_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _apart(value: Any, old: Any) -> Any:
    """What of a value differs from an old one, place by place; nothing where they are equal."""
    if value == old:
        return None
    if type(value) is dict and type(old) is dict:
        return {name: _apart(v, old.get(name)) for name, v in value.items()}
    if type(value) is list and type(old) is list and len(value) == len(old):
        return [_apart(v, o) for v, o in zip(value, old, strict=True)]
    return value
