"""Whether a message lists the details of a call: every argument said, or what it stands for described.

In: the text of a message, arguments, and the rows that were seen. Out: `True`, `False`, or `None` where the text does
not tell. Guaranteed: nothing raises on any text, and no word of any desk stands here. Standard library alone: generated
checkers carry this text.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from .facts import ISO_DATE, dates_in, is_id
from .language import LIMIT, NUMBER_WORDS, affirms_number, normalise, occurs, percentages_in
from .roles import exchanged, set_aside
from .texts import plain_number

LEAF_LIMIT = 400  # scalars of one argument or row that are looked at
Known = Callable[[str], list[object]]
Alone = Callable[[str, str], bool]
_ID_WORDS = re.compile(r"([^\W\d_]+(?:_[^\W\d_]+)*)_[0-9]+")
_SPELT_ID = re.compile(r"^([^\W\d_]+)([0-9]+)$")  # "AB123" may be written "AB 123"
ENOUGH_WORDS = 0.6  # of the words of a longer text, said in another order or form: unsure rather than absent


MOST_SHOWN = 5  # of the details that are not listed
LONGEST_SHOWN = 60  # characters of one
Leaf = str | int | float | Decimal


class Listed(NamedTuple):
    """Whether details are listed, and those that stand in the way: `name=value`, in order, each once."""

    answer: bool | None
    lacking: tuple[str, ...] = ()


def lists(text: str, arguments: dict[str, object], known: Known, alone: Alone = lambda name, key: False) -> bool | None:
    """Did the message list the details of a proposed call? See `listing`."""
    return listing(text, arguments, known, alone).answer


def listing(text: str, arguments: dict[str, object], known: Known, alone: Alone) -> Listed:
    """Did the message list the details of a proposed call, and which of them did it not?

    True: every argument is said, or what it stands for is described. False: some argument is in no way there. None: all
    are at least hinted at. Leave out of `arguments` what the desk does not say aloud, such as the caller's own id.
    `known`: the rows seen with a key. `alone`: whether no other key was seen under an argument's name; then "your
    order" is enough.
    """
    heard = _Listing(text[:LIMIT], known, arguments)
    meant = {key for name, key in arguments.items() if isinstance(key, str) and heard.means(name, key, alone)}
    named = [(name, leaf) for name, value in arguments.items() for leaf in _leaves(value)]
    leaves = [leaf for _, leaf in named]
    told = [heard.says(leaf) for leaf in leaves]
    said = [True if leaf in meant else state for leaf, state in zip(leaves, told, strict=True)]
    if all(said):
        only_meant = bool(leaves) and True not in told
        swapped = exchanged(text, arguments)
        if swapped:
            return Listed(False, tuple(f"{name}={_shown(leaf)}" for name, leaf in named if name in swapped))
        return Listed(None if only_meant or swapped is None or heard.confuses(leaves) else True)
    absent = [leaf for leaf, state in zip(leaves, said, strict=True) if state is False]
    wanting = False if absent and len(text) <= LIMIT and not _minor(absent, len(leaves)) else None
    lacking = (f"{n}={_shown(leaf)}" for (n, leaf), s in zip(named, said, strict=True) if s is False or s is wanting)
    return Listed(wanting, tuple(dict.fromkeys(lacking)))


def not_listed(lacking: tuple[str, ...], sure: bool) -> str:
    """What is not listed, or perhaps not, as a sentence."""
    shown = ", ".join(lacking[:MOST_SHOWN]) + (f" and {len(lacking) - MOST_SHOWN} more" if lacking[MOST_SHOWN:] else "")
    return f"{'Not' if sure else 'Not surely'} listed: {shown}." if lacking else ""


def _shown(leaf: Leaf) -> str:
    text = str(leaf) if isinstance(leaf, str) else plain_number(leaf)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _minor(absent: list[Leaf], total: int) -> bool:
    """A word or two left out of a long list (a country, a kind), and neither an id nor a number among them."""
    return len(absent) * 5 <= total and all(isinstance(leaf, str) and not _names_a_row(leaf) for leaf in absent)


def _join(text: str) -> str:
    return " ".join(normalise(text).replace("_", " ").replace("-", " ").split())


_joined_short = lru_cache(maxsize=2048)(_join)


def _joined(text: str) -> str:
    """The text for comparison, its words parted by nothing but single spaces."""
    return _joined_short(text) if len(text) <= LIMIT else _join(text)


def _leaves(value: object, lists_too: bool = True) -> Iterator[Leaf]:
    """The scalars that say something: no booleans, no empty texts, no zeros."""
    stack, count = [value], 0
    while stack and count < LEAF_LIMIT:
        item, count = stack.pop(), count + 1
        if isinstance(item, str):
            if item:
                yield item
        elif isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, (list, tuple)):
            if lists_too:
                stack.extend(reversed(item))
        elif isinstance(item, (int, float, Decimal)) and item and not isinstance(item, bool):
            yield item


def _names_a_row(leaf: str) -> bool:
    """Could the value be an id? Dates, names and choices are said as they are."""
    spells_id = any(map(str.isdigit, leaf)) or (len(leaf) >= 5 and leaf == leaf.upper())
    return spells_id and not _is_date(leaf)


def _is_date(leaf: str) -> bool:
    return len(leaf) == _DATE_LENGTH and ISO_DATE.fullmatch(leaf) is not None


_DATE_LENGTH = len("2024-05-12")


class _Listing:
    """A message that may list details. What it says of a value or a row is found out once."""

    def __init__(self, text: str, known: Known, arguments: dict[str, object]) -> None:
        self.text, self.plain, self.known = text, _joined(text), known
        texts = frozenset(leaf for leaf in _leaves(list(arguments.values())) if isinstance(leaf, str))
        self.staying = {leaf for leaf in texts if _names_a_row(leaf) and set_aside(text, leaf, texts)}
        self._literally: dict[str, bool] = {}
        self._marked: dict[tuple[int, str], bool | None] = {}
        self._rows: dict[str, list[object]] = {}

    def rows(self, leaf: str) -> list[object]:
        """The first rows seen with a key."""
        if leaf not in self._rows:
            self._rows[leaf] = self.known(leaf)[:MOST_ROWS]
        return self._rows[leaf]

    def means(self, name: str, key: str, alone: Alone) -> bool:
        """Is the only thing of its kind spoken of as such: `order_id` by "your order", "this order"?"""
        if not name.endswith("_id") or key in self.staying:
            return False
        kind = name.removesuffix("_id").replace("_", " ")
        return kind in self.plain and _definite(kind).search(self.plain) is not None and alone(name, key)

    def says(self, leaf: Leaf) -> bool | None:
        """Is a value said, or what it stands for described? None: hinted at."""
        if not isinstance(leaf, str):
            return self._says_number(leaf)
        if leaf not in self.staying and self._says_literally(leaf):
            return True
        described: bool | None = False
        for row in self.rows(leaf) if _names_a_row(leaf) else ():
            found = self._describes(row, leaf)
            if found:
                return True
            described = None if found is None else described
        if self._says_kind(leaf) or (_is_date(leaf) and any(map(self._names_somebody, self.rows(leaf)))):
            return True
        return None if described is None or self._nearly(leaf) else False

    def confuses(self, leaves: list[Leaf]) -> bool:
        """Are two different rows told by nothing but one name: "a lamp for a lamp"?"""
        names = [
            names
            for leaf in leaves
            if isinstance(leaf, str) and _names_a_row(leaf) and not self._says_literally(leaf)
            and (names := self._own_names(leaf))
        ]  # fmt: skip
        return any(names.count(n) > 1 for n in names)

    def _own_names(self, leaf: str) -> frozenset[str]:
        """The names by which alone a row is told; none where its marks tell it, or what is among what it lists."""
        rows = [row for row in self.rows(leaf) if isinstance(row, dict)]
        if any(self._is_marked(row, leaf) for row in rows):
            return frozenset()
        own = (str(v) for row in rows for k, v in row.items() if str(k).endswith("name") and isinstance(v, str))
        return frozenset(_joined(name) for name in own if self._calls(name))

    def _says_number(self, value: int | float | Decimal) -> bool | None:
        number = Decimal(str(value))
        if not number.is_finite():
            return None
        affirmed = affirms_number(self.text, number)
        if affirmed or ("%" in self.text and number in percentages_in(self.text)):
            return True
        in_words = number == int(number) and 0 <= number <= 10 and occurs(self.plain, NUMBER_WORDS[int(number)])
        return in_words or affirmed

    def _says_literally(self, leaf: str) -> bool:
        found = self._literally.get(leaf)
        if found is None:
            found = self._literally[leaf] = self._has(leaf)
        return found

    def _has(self, leaf: str) -> bool:
        phrase, plain = _joined(leaf).lstrip("#"), self.plain
        if not phrase or occurs(plain, phrase):
            return True
        if not phrase[-1].isdigit():
            return False
        spelt = _SPELT_ID.match(phrase)
        if spelt is not None and occurs(plain, f"{spelt[1]} {spelt[2]}"):
            return True
        dates = dates_in(self.text) if _is_date(leaf) else frozenset()
        return bool(dates) and (leaf in dates or leaf[4:] in dates)

    def _says_kind(self, leaf: str) -> bool:
        """An id made of words and a number is described by its words, unless another such id is there."""
        words = _ID_WORDS.fullmatch(leaf)
        if words is None:
            return False
        kind, plain = words[1].replace("_", " ").casefold(), self.plain
        if not occurs(plain, kind):
            return False
        return not any(_NUMBERED.match(plain, at + len(kind)) is not None for at in _word_starts(plain, kind))

    def _describes(self, row: object, value: str) -> bool | None:
        """Does the message tell what a row holds: its name, or enough of what sets it apart?"""
        if not isinstance(row, dict):
            return False
        return True if any(map(self._calls, _names(row))) else self._is_marked(row, value)

    def _names_somebody(self, row: object) -> bool:
        """Is the person or thing whose date this is told by all of its names? Its day of birth then needs no saying."""
        if not isinstance(row, dict):
            return False
        parts = row["name"] if isinstance(row.get("name"), dict) else row
        names = [v for k, v in parts.items() if isinstance(k, str) and k.endswith("name") and isinstance(v, str)]
        return bool(names) and all(occurs(self.plain, _joined(name)) for name in names)

    def _is_marked(self, row: dict[object, object], value: str) -> bool | None:
        """Does the message tell half of what sets a row apart, and at least two things? None: something of it."""
        place = id(row), value
        if place not in self._marked:
            titles = {word for name in row if isinstance(name, str) for word in name.split("_")}
            marks = [m for m in _leaves(row, lists_too=False) if m != value and m not in titles and _tells(m)]
            hits = sum(map(self._says_mark, marks))
            self._marked[place] = True if hits > 1 and hits * 2 >= len(marks) else None if hits else False
        return self._marked[place]

    def _says_mark(self, mark: Leaf) -> bool:
        return self._says_literally(mark) if isinstance(mark, str) else bool(self._says_number(mark))

    def _calls(self, name: str) -> bool:
        """By its whole name or the last word of it: a desk lamp is a lamp."""
        whole, plain = _joined(name), self.plain
        last = whole.rpartition(" ")[2]
        if last not in plain:
            return False
        return occurs(plain, whole) or (len(last) > 3 and (occurs(plain, last) or occurs(plain, last + "s")))

    def _nearly(self, leaf: str) -> bool:
        """Are most words of a longer text there, however they end?"""
        words = [word for word in _joined(leaf).split() if len(word) > 2 and word.isalpha()]
        starts = (word[: max(3, len(word) - 2)] for word in words)
        hits = sum(next(_word_starts(self.plain, start), -1) >= 0 for start in starts)
        return len(words) > 1 and hits >= ENOUGH_WORDS * len(words)


MOST_ROWS = 20  # of those seen with one key
_NUMBERED = re.compile(r" [0-9]{3}")


@lru_cache(maxsize=256)
def _definite(kind: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:the|your|this|that)(?: \w+)? {re.escape(kind)}\b")


def _names(row: dict[object, object]) -> Iterator[str]:
    """What a row is called, and what is called by name among the things it lists: "the one with the lamp"."""
    for key, value in row.items():
        if isinstance(value, str):
            if isinstance(key, str) and key.endswith("name"):
                yield value
        elif isinstance(value, list):
            for part in value[:LEAF_LIMIT]:
                if isinstance(part, dict) and isinstance(part.get("name"), str):
                    yield part["name"]


def _tells(mark: object) -> bool:
    return not isinstance(mark, str) or (len(mark) <= 80 and not is_id(mark.strip("#")))


def _word_starts(text: str, start: str) -> Iterator[int]:
    """Where words begin like this."""
    at = text.find(start)
    while at >= 0:
        before = text[at - 1 : at]
        if not before.isalnum() and before != "_":
            yield at
        at = text.find(start, at + 1)
