"""What a conversation has brought up so far: the words of the user and the tools, and the rows and amounts that results
have shown.

Looked through only when a recogniser asks, and each text or result once.
"""

import json
from typing import Any

from .events import Call, Message
from .language import amounts, claims, counts_days, is_near, supports
from .values import UNKNOWN, is_number

LONGEST_SUBSETS = 8
MOST_AMOUNTS = 5_000
_AS_TEXT = json.JSONEncoder(ensure_ascii=False, default=str)  # only to be searched for what it states


class Seen:
    """What can be known from what was said and shown. `texts` are sources besides the conversation; `events` has all
    that has happened, put there by whom it happens to."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self.texts = texts
        self.events: list[Call | Message] = []
        self.said: list[str] = []
        self.results: list[Any] = []
        self.counting = False
        self._heard = 0
        self._supported: set[str] = set()
        self._rows: dict[str, list[Any]] = {}
        self._objects: list[dict[str, Any]] = []
        self._indexed = 0
        self._amounts: set[Any] = set()
        self._counted = (0, 0)

    def _listen(self) -> None:
        """Takes in what has happened since the last question."""
        for event in self.events[self._heard :]:
            if isinstance(event, Message):
                if event.role == "user":
                    self.said.append(event.text)
                    self.counting = self.counting or counts_days(event.text)
            elif event.ok is not None and event.result_text:
                self.said.append(event.result_text)
                if event.ok:
                    self.said.append(_AS_TEXT.encode(event.arguments))
                    self.results.append(event.result)
        self._heard = len(self.events)

    # --- claims

    def invented(self, text: str) -> Any:
        """Ids and dates that nothing so far has stated; unknown if all that is unaccounted for is amounts, and dates
        that may have been counted out."""
        self._listen()
        missing = [c for c in claims(text) if not self._is_supported(c)]
        sure = [c for c in missing if not c.startswith("$") and not (self.counting and is_near(c, self.said))]
        return sure or (UNKNOWN if any(not (c.startswith("$") and self._derivable(c)) for c in missing) else [])

    def _is_supported(self, claim: str) -> bool:
        """Whether something so far states a claim. What has been found once stays found."""
        if claim not in self._supported:
            if not any(supports(claim, texts) for texts in (reversed(self.said), self.texts)):
                return False
            self._supported.add(claim)
        return True

    def _derivable(self, claim: str) -> bool:
        """Whether an amount is a sum of listed amounts, or a sum or difference of two such."""
        results, said = self._counted
        self._amounts |= _amounts_from(self.results[results:], self.said[said:])
        self._counted = (len(self.results), len(self.said))
        return all(
            a in self._amounts or any(a - b in self._amounts or a + b in self._amounts for b in self._amounts)
            for a in amounts(claim)
        )

    # --- rows

    def rows(self, key: str) -> list[Any]:
        """The objects in results that hold a text."""
        self._index()
        return self._rows.get(key, [])

    def alone(self, name: str, key: str) -> bool:
        """Whether the results so far show this key, and no other, in a field of this name."""
        self._index()
        return {value for o in self._objects if type(value := o.get(name)) is str} == {key}

    def _index(self) -> None:
        self._listen()
        stack = self.results[self._indexed :]
        self._indexed = len(self.results)
        while stack:
            top = stack.pop()
            if type(top) is list:
                stack.extend(top)
            elif type(top) is dict:
                self._objects.append(top)
                for item in top.values():
                    if type(item) is str:
                        self._rows.setdefault(item, []).append(top)
                    elif type(item) in _HOLDERS:
                        stack.append(item)


_HOLDERS = frozenset({dict, list})


def _amounts_from(results: list[Any], texts: list[str]) -> set[Any]:
    """Amounts that were seen, and what some of the amounts listed together come to."""
    found: set[Any] = {a for t in texts if len(t) < 2_000 for a in amounts(t)}
    stack = list(results)
    while stack and len(found) < MOST_AMOUNTS:
        top = stack.pop()
        if type(top) is dict:
            stack.extend(top.values())
        elif is_number(top):
            found.add(top)
        elif type(top) is list:
            stack.extend(top)
            for name in {n for i in top if isinstance(i, dict) for n in i}:
                found |= _subset_sums([i[name] for i in top if isinstance(i, dict) and is_number(i.get(name))])
    return found


def _subset_sums(parts: list[Any]) -> set[Any]:
    sums: set[Any] = {0} if 1 < len(parts) <= LONGEST_SUBSETS else set()
    for part in parts if sums else ():
        sums |= {s + part for s in sums}
    return sums
