"""Words: joining, counting, and how values are written. Nothing here knows a specification."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from ...core.types import DURATION, MONEY, AnyType, EnumType, ListType, MapType, Type, strip

UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
MODALS = ("must", "should", "may")
IRREGULAR = {"have": "has", "be": "is"}


@frozen
class Noun:
    """A noun phrase. `it` marks what the sentence is just speaking of: its fields are `its`. `op`: the operation that
    the phrase words, or `if` of a choice; nothing where it names a thing."""

    text: str
    plural: bool = False
    it: bool = False
    op: str = ""

    def __str__(self) -> str:
        return self.text


def words(name: str) -> str:
    """`order_id`, `OrderStatus` and `user.email` as words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[_.]+", " ", spaced).strip().lower()


TO_YOU = (
    (r"I am", "you are"), (r"I was", "you were"), (r"I'm", "you're"), (r"I've", "you've"), (r"I'll", "you'll"),
    (r"I", "you"), (r"me", "you"), (r"my", "your"), (r"mine", "yours"), (r"myself", "yourself"),
)  # fmt: skip


def to_you(text: str) -> str:
    """What somebody says, as it is said to that person: `have my hives fetched` as `have your hives fetched`."""
    for said, told in TO_YOU:
        text = re.sub(rf"\b{said}\b", told, text)
    return text


def article(phrase: str) -> str:
    return (
        "an "
        if phrase.lstrip("`")[:1].lower() in "aeiou" and not phrase.lower().startswith(("user", "uni", "one"))
        else "a "
    ) + phrase


def singular(phrase: str) -> str:
    if phrase.endswith("ies"):
        return phrase[:-3] + "y"
    if re.search(r"(?:ss|x|sh|zz|tch|nch)es$", phrase):
        return phrase[:-2]
    return phrase[:-1] if phrase.endswith("s") and not phrase.endswith(("ss", "us")) else phrase


def plural(phrase: str) -> str:
    if phrase.endswith("s") and not phrase.endswith(("ss", "us")):
        return phrase
    if phrase.endswith("y") and phrase[-2:-1] not in "aeiou":
        return phrase[:-1] + "ies"
    return phrase + ("es" if phrase.endswith(("s", "x", "ch", "sh")) else "s")


def series(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    listed = list(items)
    return f" {last} ".join(filter(None, (", ".join(listed[:-1]), listed[-1]))) if listed else ""


def sentence(text: str) -> str:
    """A text with a capital and a full stop."""
    text = text.strip()
    return closed(text[:1].upper() + text[1:])


def closed(text: str) -> str:
    """A text with a full stop, unless it ends in one, or in a quotation that does."""
    return text if text.rstrip("\"'\u2019\u201d").endswith((".", "!", "?", ":")) else f"{text}."


def opening(text: str) -> str:
    """A sentence as the part of another: no full stop, lower-case start unless it begins with a proper word."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def code(name: str) -> str:
    return f"`{name}`"


def verb(base: str, mood: str, negated: bool = False, many: bool = False) -> str:
    """A verb in a mood: `plain`, or under one of the modals."""
    if mood in MODALS:
        return f"{mood} not {base}" if negated else f"{mood} {base}"
    if base == "be":
        return ("are" if many else "is") + (" not" if negated else "")
    if negated:
        return f"{'do' if many else 'does'} not {base}"
    if many:
        return base
    return IRREGULAR.get(base, base + ("es" if base.endswith(("s", "x", "ch", "sh")) else "s"))


def infinitive(does: str) -> str:
    """A verb in its plain form: `speak` of `speaks`; nothing where a word is no such form."""
    if (base := next((b for b, form in IRREGULAR.items() if form == does), "")) or not does.endswith("s"):
        return base
    if does.endswith("ies"):
        return does[:-3] + "y"
    return does[:-2] if re.search(r"(?:ss|x|ch|sh|zz|o)es$", does) else does[:-1]


def money(value: Any) -> str:
    amount = Decimal(str(value))
    in_cents = amount == round(amount, 2)
    shown = f"{abs(amount):,.2f}".removesuffix(".00") if in_cents else f"{abs(amount):,f}"
    return f"{'-' if amount < 0 else ''}${shown}"


def duration(seconds: Any) -> str:
    """The largest unit that divides it; a day is written as 24 hours, as people do who mean the hours."""
    amount = Decimal(str(seconds))
    for unit, size in UNITS:
        if amount % size == 0 and not (unit == "day" and amount == size):
            count = int(amount / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{amount.normalize():f} seconds"


def moment(text: str) -> str:
    """A clock as people write it; what is not a date and time stays as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    day = f"{found:%A}, {found.day} {found:%B} {found.year}"
    if len(text) <= 10:
        return day
    away = found.isoformat(timespec="seconds")[19:]
    zone = f" (UTC{away})" if away and not text.endswith("Z") else ""
    return f"{found:%H:%M} on {day}{zone}"


def told_moment(value: str) -> str:
    """A day, or a day and a time, as a clerk tells it, with nothing left to guess: `21 May 2026, 8:00 am`."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*)?", value) is None:
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    on = f"{found.day} {found:%B} {found.year}"
    return f"{on}, {found.hour % 12 or 12}:{found:%M} {'pm' if found.hour >= 12 else 'am'}" if "T" in value else on


def literal(value: Any, kind: Type, last: str = "or") -> str:
    """A constant in a sentence."""
    kind = strip(kind)
    if isinstance(value, list):
        item = kind.item if isinstance(kind, ListType) else AnyType()
        return series((literal(v, item) for v in value), last)
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == MONEY:
        return money(value)
    if kind == DURATION:
        return duration(value)
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, str):
        return f"'{value}'" if isinstance(kind, EnumType) else f"\u201c{value}\u201d"
    return "nothing" if value is None else str(value)


def shown(value: Any, kind: Type) -> str:
    """A value of a task as a person would give it: no quotes, the values of an enum and the names in a record as words,
    empty parts left out."""
    kind = strip(kind)
    if isinstance(value, Mapping):
        inside = kind.value if isinstance(kind, MapType) else AnyType()
        name = (lambda key: key.replace("_", " ")) if isinstance(kind, MapType) else words
        return ", ".join(f"{name(str(k))}: {shown(v, inside)}" for k, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, Sequence) and not isinstance(value, str):
        item = kind.item if isinstance(kind, ListType) else AnyType()
        inner = [shown(v, item) for v in value]
        return "; ".join(inner) if any(", " in i for i in inner) else series(inner)
    if not isinstance(value, str):
        return literal(value, kind)
    return words(value) if isinstance(kind, EnumType) else told_moment(value)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join(" --- " for _ in header) + "|"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
