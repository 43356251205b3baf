"""Reads text by the tables that Lark makes of the grammar: one regular expression for all tokens, one loop.

Lark's own loop does the same and more: a scanner for each of a thousand states, positions worked out again at every
level. Reading a specification is most of what a first check costs, so this loop keeps the places of values beside them
and asks the parser's state whether a word is a keyword here; else it is a name: `requirement` is never `require` and
`ment`, and a field may be called `rule`. What stands in backquotes is a name, whatever it spells.
"""

import re
from typing import Any

from attrs import frozen
from lark import Token, Tree
from lark.parsers.lalr_analysis import Shift

END = "$END"


class Place:
    """Where a tree lies, as offsets into the text; empty for one that was made of nothing."""

    __slots__ = ("empty", "end_pos", "start_pos")

    def __init__(self, start: int, end: int, empty: bool = False) -> None:
        self.start_pos, self.end_pos, self.empty = start, end, empty


NOTHING = Place(0, 0, True)


class Unexpected(Exception):
    """Something stands where it cannot. `kind` is "" for a sign that begins no token; `accepts` are terminals."""

    def __init__(self, kind: str, start: int, end: int, accepts: frozenset[str]) -> None:
        super().__init__(kind)
        self.kind, self.start, self.end, self.accepts = kind, start, end, accepts


@frozen
class Driver:
    """The tables of one grammar, ready to read with."""

    table: Any
    callbacks: Any
    keywords: dict[str, str]
    signs: dict[str, str]
    ignored: frozenset[str]
    token: re.Pattern[str]

    @classmethod
    def of(cls, lark: Any) -> "Driver":
        """From a Lark parser that was made without positions."""
        texts = {t.pattern.value: t.name for t in lark.terminals if t.pattern.type == "str"}
        ignored = frozenset(lark.parser.lexer_conf.ignore)
        patterns = [t for t in lark.terminals if t.pattern.type == "re"]
        patterns.sort(key=lambda t: (t.name not in ignored, -t.priority, -len(t.pattern.value)))
        signs = sorted((text for text in texts if not text.isalpha()), key=len, reverse=True)
        parts = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in patterns]
        return cls(
            lark.parser.parser._parse_table,
            lark.parser.parser_conf.callbacks,
            {text: name for text, name in texts.items() if text.isalpha()},
            {text: texts[text] for text in signs},
            ignored,
            re.compile("|".join([*parts, f"(?P<SIGN>{'|'.join(map(re.escape, signs))})"])),
        )

    def read(self, text: str, start: str, seen: list[tuple[str, int, int]] | None = None) -> Any:
        """The tree of a text. Raises Unexpected. `seen` hears of each token: what it was read as, and its place."""
        reading = _Reading(self, start)
        at, match = 0, self.token.match
        while at < len(text):
            found = match(text, at)
            if found is None:
                raise Unexpected("", at, at + 1, frozenset())
            kind, after = found.lastgroup or "", found.end()
            if kind not in self.ignored:
                word = found.group()
                if word[0] == "`":
                    word = word[1:-1]
                elif kind == "NAME":
                    keyword = self.keywords.get(word)
                    kind = keyword if keyword is not None and keyword in reading.actions else kind
                elif kind == "SIGN":
                    kind = self.signs[word]
                reading.feed(kind, word, at, after)
                if seen is not None:
                    seen.append((kind, at, after))
            at = after
        return reading.feed(END, "", at, at)


class _Reading:
    """One text being read: states, values, and the place of each value."""

    def __init__(self, driver: Driver, start: str) -> None:
        self.states, self.callbacks = driver.table.states, driver.callbacks
        self.end = driver.table.end_states[start]
        self.stack = [driver.table.start_states[start]]
        self.actions = self.states[self.stack[0]]
        self.values: list[Any] = []
        self.places: list[tuple[int, int] | None] = []

    def feed(self, kind: str, word: str, start: int, end: int) -> Any:
        """Takes one token; at the end, hands over the whole tree."""
        while True:
            step = self.actions.get(kind)
            if step is None:
                raise Unexpected(kind, start, end, self._accepts())
            action, what = step
            if action is Shift:
                self.values.append(Token(kind, word, start, end_pos=end))
                self.places.append((start, end))
                self._enter(what)
                return None
            self._reduce(what)
            if kind == END and self.stack[-1] == self.end:
                return self.values[-1]

    def _enter(self, state: int) -> None:
        self.stack.append(state)
        self.actions = self.states[state]

    def _reduce(self, rule: Any) -> None:
        """Puts the values of a rule's parts together; a tree's place reaches from its first part to its last."""
        size = len(rule.expansion)
        parts: list[Any] = []
        place: tuple[int, int] | None = None
        if size:
            parts = self.values[-size:]
            there = [p for p in self.places[-size:] if p is not None]
            place = (there[0][0], there[-1][1]) if there else None
            del self.stack[-size:], self.values[-size:], self.places[-size:]
        value = self.callbacks[rule](parts)
        if type(value) is Tree and value._meta is None:
            value._meta = Place(*place) if place is not None else NOTHING  # type: ignore[assignment]
        self.values.append(value)
        self.places.append(place)
        self._enter(self.states[self.stack[-1]][rule.origin.name][1])

    def _accepts(self) -> frozenset[str]:
        """The terminals that could truly stand here: those that lead to a shift, whatever is reduced on the way."""
        return frozenset(t for t in self.actions if t.isupper() or t == END if self._could_take(t))

    def _could_take(self, terminal: str) -> bool:
        stack = list(self.stack)
        while True:
            step = self.states[stack[-1]].get(terminal)
            if step is None:
                return False
            action, what = step
            if action is Shift:
                return True
            size = len(what.expansion)
            if size:
                del stack[-size:]
            stack.append(self.states[stack[-1]][what.origin.name][1])
            if terminal == END and stack[-1] == self.end:
                return True
