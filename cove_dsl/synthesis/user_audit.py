"""What a user's words state beyond ids, prices and dates: names, details of an account, amounts in words, numbers to
call, keys without a digit. Whoever states such a thing has to have been told it.

In: a text of the user's, and all that the user has been told. Out: what was stated and nobody told. Precision comes
first: only what is stated as one's own in so many words, or is word for word somebody else's in the world, counts, and
what is partly known is let pass.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen

from ..backends.prompt.words import words
from ..backends.python.runtime.facts import supports
from ..backends.python.runtime.language import amounts
from ..backends.python.runtime.world import World
from ..core.spec import Record, Spec
from ..core.types import Prim, RecordType, strip
from .scenes import Shape

TEXTS = frozenset({"text", "id", "email", "date", "datetime"})
SHORTEST_KEY = 5  # a shorter word in capitals is as likely an abbreviation
NAME = r"[A-Z][\w'’-]+"
MY_NAME = re.compile(rf"\b[Mm]y (?:full |first |last )?name(?: is|'s|:)\s+({NAME}(?:\s+{NAME}){{0,2}})")
I_AM = re.compile(rf"\b(?:I am|I'm|[Tt]his is)\s+({NAME}\s+{NAME})(?=\s*(?:[,.!;\n]|$|and\b|with\b|from\b|calling\b))")
TWO_NAMES = re.compile(rf"\b({NAME})\s+(?=({NAME}))")
SPENT = re.compile(
    r"(?<![\w.,])(\d[\d,]*(?:\.\d+)?)\s?(?:dollars|bucks|usd|euros?|eur|€|£|pounds)\b|"
    r"(?:\b(?:usd|eur|gbp)\s?|[€£]\s?)(\d[\d,]*(?:\.\d+)?)",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?<![\w-])\+?\(?\d[\d() .-]{6,}\d(?![\w-])")
DAY = re.compile(r"\d{4}-\d\d-\d\d|\d\d?[./-]\d\d?[./-]\d{2,4}")
CAPITALS = re.compile(r"\b[A-Z]{5,}\b")
FACT = re.compile(r"[^\W_][\w@.'’+-]*")


@frozen
class Vocabulary:
    """The kinds of facts that a desk knows of people, and whose they are in a world: the details of an account by
    name, the full names of people, and keys without a digit."""

    details: tuple[str, ...] = ()
    people: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


NO_WORLD = Vocabulary()


def vocabulary(shape: Shape, world: World) -> Vocabulary:
    """What the types of a desk and the rows of a world say."""
    spec = shape.spec
    records = [spec.records[spec.tables[t].record] for t in shape.lookups]
    details = tuple(dict.fromkeys(d for r in records for d in _details(r, spec)))
    rows = [row for t in shape.lookups for row in world.all_rows(t)]
    keys = (row[table.key] for table in spec.tables.values() for row in world.all_rows(table.name))
    return Vocabulary(
        details,
        frozenset(n for row in rows for n in _full_names(row)),
        frozenset(k for k in keys if len(k) >= SHORTEST_KEY and CAPITALS.fullmatch(k)),
    )


def _details(record: Record, spec: Spec) -> Iterator[str]:
    """The texts that a row has once, by their names in words; a name by itself is heard otherwise."""
    for field in record.fields.values():
        kind = strip(field.type)
        if isinstance(kind, RecordType) and not spec.records[kind.name].tag:
            yield from _details(spec.records[kind.name], spec)
        elif isinstance(kind, Prim) and kind.name in TEXTS and not field.name.endswith("name"):
            yield words(field.name)


def _full_names(row: Any) -> Iterator[str]:
    """First and last name, wherever they stand in a row; or a name of several words."""
    if not isinstance(row, dict):
        return
    first, last = row.get("first_name"), row.get("last_name")
    if isinstance(first, str) and isinstance(last, str):
        yield f"{first} {last}".lower()
    for key, value in row.items():
        if key.endswith("name") and isinstance(value, str) and len(value.split()) == 2:
            yield value.lower()
        yield from _full_names(value)


def untold(text: str, sources: Sequence[str], known: Vocabulary) -> list[str]:
    """What a text states that no source does."""
    told = "\n".join(sources).lower()
    found = [*_names(text, told, known), *_of_an_account(text, told, known)]
    found += [k for k in CAPITALS.findall(text) if k in known.keys and k.lower() not in told]
    found += [f"${n}" for n in _amounts(text) if not _accounted(n, sources)]
    found += [p for p in _phones(text) if _digits(p) not in _digits(told)]
    return list(dict.fromkeys(found))


def _names(text: str, told: str, known: Vocabulary) -> Iterator[str]:
    """Names that somebody claims, and names of other people in the world."""
    for pattern in (MY_NAME, I_AM):
        yield from (name for name in pattern.findall(text) if not _partly(name, told))
    for first, last in TWO_NAMES.findall(text):
        if f"{first} {last}".lower() in known.people and not _partly(f"{first} {last}", told):
            yield f"{first} {last}"


def _of_an_account(text: str, told: str, known: Vocabulary) -> Iterator[str]:
    """`My zip is 12345`: what is stated of a detail that the desk keeps."""
    for detail in known.details:
        stated = re.compile(
            rf"\bmy {re.escape(detail)}(?: number| code| address)? (?:is|was)[: ]+([^,.;!?\n]{{1,60}})", re.I
        )
        for value in stated.findall(text):
            facts = [w for w in FACT.findall(value) if w[0].isupper() or any(c.isdigit() for c in w) or "@" in w]
            if facts and not any(f.lower() in told for f in facts):
                yield " ".join(facts)


def _partly(name: str, told: str) -> bool:
    return any(part.lower() in told for part in name.split())


def _amounts(text: str) -> Iterator[str]:
    for after, before in SPENT.findall(text):
        yield (after or before).replace(",", "")


def _accounted(number: str, sources: Sequence[str]) -> bool:
    """Whether an amount was told, or is the sum or difference of two that were; or is none that can be read."""
    if supports(f"${number}", sources) is not False:
        return True
    seen = {n for s in sources for n in amounts(s)}
    return all(any(wanted - n in seen or wanted + n in seen for n in seen) for wanted in amounts(number)[:1])


def _phones(text: str) -> Iterable[str]:
    return (p for p in PHONE.findall(DAY.sub(" ", text)) if len(_digits(p)) >= 7 and not p.isdigit())


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


__all__ = ["NO_WORLD", "Vocabulary", "untold", "vocabulary"]
