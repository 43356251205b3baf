"""Whether a message lists the details of a call: every argument said, or what it stands for described.

In: the text of a message, arguments, and the rows that were seen. Out: `True`, `False`, or `None` where the text does
not tell. Guaranteed: nothing raises on any text, and no word of any desk stands here. Standard library alone: generated
checkers carry this text.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache

from .facts import ISO_DATE, dates_in, is_id
from .language import LIMIT, NUMBER_WORDS, mentions, normalise, occurs

LEAF_LIMIT = 400  # scalars of one argument or row that are looked at
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
    if ISO_DATE.fullmatch(leaf) and any(_names_somebody(row, plain) for row in known(leaf)[:20]):
        return True
    return None if None in described or _nearly(leaf, plain) else False


def _names_a_row(leaf: str) -> bool:
    """Could the value be an id? Dates, names and choices are said as they are."""
    spells_id = any(c.isdigit() for c in leaf) or (len(leaf) >= 5 and leaf == leaf.upper())
    return spells_id and not ISO_DATE.fullmatch(leaf)


def _says_number(value: int | float | Decimal, text: str, plain: str) -> bool | None:
    number = Decimal(str(value))
    if not number.is_finite() or mentions(text, number):
        return True if number.is_finite() else None
    return number == int(number) and 0 <= number <= 10 and occurs(plain, NUMBER_WORDS[int(number)])


def _says_literally(leaf: str, text: str, plain: str) -> bool:
    phrase = _joined(leaf).lstrip("#")
    if not phrase:
        return True
    if occurs(plain, phrase) or (phrase[-1].isdigit() and occurs(plain, _SPELT_ID.sub(r"\1 \2", phrase))):
        return True
    dates = dates_in(text) if ISO_DATE.fullmatch(leaf) else frozenset()
    return bool(dates) and (leaf in dates or leaf[4:] in dates)


def _says_kind(leaf: str, plain: str) -> bool:
    """An id made of words and a number is described by its words, unless another such id is there."""
    words = _ID_WORDS.fullmatch(leaf)
    if words is None:
        return False
    kind = words[1].replace("_", " ").casefold()
    return occurs(plain, kind) and re.search(rf"\b{re.escape(kind)} [0-9]{{3}}", plain) is None


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
    return bool(names) and all(occurs(plain, _joined(name)) for name in names)


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
    return occurs(plain, whole) or (len(last) > 3 and (occurs(plain, last) or occurs(plain, last + "s")))


def _tells(mark: object) -> bool:
    return not isinstance(mark, str) or (len(mark) <= 80 and not is_id(mark.strip("#")))


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
