"""What a call does, in the words of whoever asks for it or offers it.

An author's own words come first; then the tool's name, where it names a row of the caller's own (`cancel my order`);
then the tool's description (`add life jackets to my rental`), which is said as something that the desk does.
"""

import random
import re
from collections.abc import Iterator

from ..backends.prompt.words import article, plural, singular, to_you, verb, words
from ..core.nodes import Get, Tool
from ..core.spec import Spec, Table
from ..core.types import ListType, RecordType, Ref, strip
from . import phrases as say
from .tasks import Call, Move

PARTICLES = ("back", "down", "in", "off", "on", "out", "over", "up")
BREAKS = re.compile(r"[,;:.]| (?:and|so that|which|if|for|with|by|in|at|on|as|until|from now) ")


def parts_of(tool: str, spec: Spec) -> tuple[str, str, str]:
    """Verb, row and rest of a tool's name, without words that say how things must stand."""
    states = {v for e in spec.enums.values() for v in e.values}
    rows = {words(n) for n in spec.records}
    first, *rest = words(tool).split()
    kept = [w for w in rest if w not in states or w in rows]
    row = next((w for w in kept if w in rows), "")
    return first, row, " ".join(w for w in kept if w != row)


def people(spec: Spec) -> set[str]:
    """What the rows are called that tools find by their details, which are those of whoever calls."""
    return {words(spec.tables[t].record) for t in _person_tables(spec)}


def is_of_the_desk(move: Move, spec: Spec) -> bool:
    """Whether a call's words say what the desk does rather than what its customer does: an author's do, where what is
    done is done to or for the customer (`bring you more hives`, but not `have somebody call you`)."""
    if move.text:
        return re.match(say.DONE_FOR_YOU, to_you(move.text), re.IGNORECASE) is not None
    return _described(move, spec, "my") is not None


def is_wish(move: Move, spec: Spec) -> bool:
    """Whether a call's words are an author's, for what the customer does or gets."""
    return bool(move.text) and not is_of_the_desk(move, spec)


def verb_phrase(move: Move, spec: Spec, rng: random.Random, whose: str = "my") -> str:
    """What a call does: `change an item of my order`. `whose`: what the speaker calls the caller's own things."""
    if move.text:
        text = move.text[:1].lower() + move.text[1:].rstrip(".")
        return mine(text) if whose == "my" else to_you(text)
    return _described(move, spec, whose) or _named(move, spec, rng, whose)


def mine(text: str) -> str:
    """What is said to somebody, as that person says it: `your card` is `my card`."""
    for pattern, to in say.PERSONS:
        text = re.sub(pattern, to, text)
        if pattern.startswith(r"\byou"):
            text = re.sub(pattern.replace(r"\byou", r"\bYou"), to[:1].upper() + to[1:], text)
    return re.sub(r"\bMe\b", "me", text)


def _named(move: Move, spec: Spec, rng: random.Random, whose: str) -> str:
    """In the words of the tool's name. What is not the person's own is `an`."""
    call = move.call
    first, row, rest = parts_of(call["name"], spec)
    ways = say.SAME_THING.get(first, (first,))
    first = rng.choice(ways) if whose == "my" else ways[0]
    person = row in people(spec)
    if not row:
        return f"{first} {rest}".strip()
    thing = rest if person else row
    own = move.own and (person or not _is_new(row, spec.tools[call["name"]], spec))
    its = whose if own else article(thing).partition(" ")[0] if whose == "my" or move.own else "that"
    if not rest or person:
        return f"{first} {its} {thing}"
    if rest in PARTICLES:
        return f"{first} {rest} {its} {row}"
    return (
        f"{first} {_counted(rest, call)} {'from' if first in ('return', 'send back', 'exchange') else 'of'} {its} {row}"
    )


def _counted(thing: str, call: Call) -> str:
    """`items` as one item where the call names one."""
    lists = [v for v in call["arguments"].values() if isinstance(v, list)]
    if plural(singular(thing)) != thing or not lists:
        return f"the {thing}"
    return article(singular(thing)) if len(lists[0]) == 1 else f"some {thing}"


# --- in the words of the tool's description ---------------------------------------------------------------------------


def _described(move: Move, spec: Spec, whose: str) -> str | None:
    """`Adds life jackets to a rental.` as `add life jackets to my rental`; None where the name says it better, or does
    not mean what the description does."""
    tool = spec.tools[move.call["name"]]
    first, row, _ = parts_of(tool.name, spec)
    if row and (row in people(spec) or _is_owned(row, spec)):
        return None
    found = re.match(r"(\w+) (.+)", tool.doc.strip())
    if found is None or found[1].lower() != verb(first, "plain"):
        return None
    rest = BREAKS.split(_without_people(found[2], spec, whose))[0].strip()
    return f"{first} {_with_owners(rest, move, spec, whose)}" if rest else None


def _without_people(text: str, spec: Spec, whose: str) -> str:
    """A description that speaks of the caller as the one who speaks (`to me`), or is spoken to, who goes unsaid."""
    somebody = rf"(?:a|an|the) (?:{'|'.join(map(re.escape, _callers(spec)))})"
    text = re.sub(rf"\b{somebody}'s", whose, text, flags=re.IGNORECASE)
    text = re.sub(rf" to {somebody}\b(?!')", " to me" if whose == "my" else "", text, flags=re.IGNORECASE)
    text = re.sub(rf"^{somebody}\b(?!')", "me" if whose == "my" else "you", text, flags=re.IGNORECASE)
    return re.sub(rf" for {somebody}\b(?!')", "", text, flags=re.IGNORECASE).strip()


def _with_owners(text: str, move: Move, spec: Spec, whose: str) -> str:
    """`a booked rental` as `my rental`, if it is one that the person has."""
    states = "|".join(re.escape(words(v)) for e in spec.enums.values() for v in e.values) or "(?!)"
    for row in map(words, spec.records):
        own = move.own and _is_owned(row, spec) and not _is_new(row, spec.tools[move.call["name"]], spec)
        how = "[a-z-]+" if own else states
        pattern = rf"\b(a|an|the) (?:(?:{how}) )?{re.escape(row)}\b(?!')"
        text = re.sub(pattern, f"{whose} {row}" if own else rf"\1 {row}", text)
    return text


def _callers(spec: Spec) -> list[str]:
    return sorted({*people(spec), *say.CALLERS})


# --- whose rows are ---------------------------------------------------------------------------------------------------


def _person_tables(spec: Spec) -> list[str]:
    """The tables in which tools find people, or, where users know their own keys, those of such users."""
    returned = [strip(t.returns) for t in spec.tools.values() if t.kind == "read"]
    found = [r.table for r in returned if isinstance(r, Ref) and r.table in spec.tables]
    known = [t.name for t in spec.tables.values() if _is_known_by_key(t, spec)]
    return found or known or [t.name for t in spec.tables.values() if _is_shown_by_details(t, spec)]


def _is_known_by_key(table: Table, spec: Spec) -> bool:
    known = [d.expr for s in spec.scenarios.values() for d in s.disclosures if d.kind == "knows"]
    mine = RecordType(table.record)
    return any(isinstance(e, Get) and e.name == table.key and strip(e.target.type) == mine for e in known)


def _is_shown_by_details(table: Table, spec: Spec) -> bool:
    """Whether some tool shows a row to whoever gives its details rather than its key, and every scenario begins with
    one: its user."""
    row = RecordType(table.record)
    finders = [t for t in spec.tools.values() if t.kind == "read" and t.params and strip(t.returns) == row]
    by_details = any(not any(isinstance(p.type, Ref) for p in t.params) for t in finders)
    firsts = [next((strip(p.source.type) for p in s.picks if p.kind == "pick"), None) for s in spec.scenarios.values()]
    drawn = [k.item if isinstance(k, ListType) else k for k in firsts]
    return by_details and bool(drawn) and all(k == row for k in drawn)


def _is_owned(row: str, spec: Spec) -> bool:
    """Whether rows of this name belong to people: they name them, or are named by them."""
    tables = [t.name for t in spec.tables.values() if words(t.record) == row]
    return any(_are_linked(t, p, spec) for t in tables for p in _person_tables(spec) if t != p)


def _are_linked(table: str, person: str, spec: Spec) -> bool:
    return person in _links(table, spec) or table in _links(person, spec)


def _links(table: str, spec: Spec) -> Iterator[str]:
    """The tables whose keys the rows of one hold."""
    for field in spec.records[spec.tables[table].record].fields.values():
        kind = strip(field.type)
        kind = strip(kind.item) if isinstance(kind, ListType) else kind
        if isinstance(kind, Ref):
            yield kind.table


def _is_new(row: str, tool: Tool, spec: Spec) -> bool:
    """Whether a tool makes a row of this name: it gives one and takes none."""
    tables = {t.name for t in spec.tables.values() if words(t.record) == row}
    if any(isinstance(p.type, Ref) and p.type.table.partition(".")[0] in tables for p in tool.params):
        return False
    kind = strip(tool.returns)
    return isinstance(kind, RecordType) and words(kind.name) == row


def is_own(table: str, spec: Spec) -> bool:
    """Whether the rows of a table belong to people."""
    return any(_are_linked(table, p, spec) for p in _person_tables(spec) if p != table)


__all__ = ["is_of_the_desk", "is_own", "is_wish", "mine", "parts_of", "people", "verb_phrase"]
