"""Turns tools, labels, rules and details into the words of a scripted party. Everything particular to a desk is read
from its specification.
"""

import random
import re
from collections.abc import Sequence

from ..backends.prompt.words import plural, sentence, series, singular, words
from ..core.nodes import Rule
from ..core.spec import Spec
from ..core.types import Ref, strip
from . import phrases as say
from .tasks import Call, Fact, Move

ORDER = (
    r"(?:serve|show|refuse|deny|make|list|check|help|state|give|hand|look|collect|tell|"
    r"do|say|ask|obtain|compensate|offer|use|take|charge|refund|pay|transfer|lift|accept)\b"
)
IMPERATIVE = re.compile(rf"^{ORDER}", re.IGNORECASE)
DUTY = re.compile(
    r"\b(?:tell|inform|remind) the user\s+(?:(that)|(to)|(when|how|where|what)|)\s*(.+?)(?:\.\s|\.?$)", re.IGNORECASE
)
PREPOSITIONS = {"to", "by", "for", "from", "in", "on", "with", "of", "at"}


def pick(rng: random.Random, choices: Sequence[str]) -> str:
    return choices[rng.randrange(len(choices))]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def mine(text: str) -> str:
    """What is said to somebody, as that person says it: `your card` is `my card`."""
    for pattern, to in say.PERSONS:
        text = re.sub(pattern, to, text)
        text = re.sub(pattern.replace(r"\byou", r"\bYou"), capital(to), text) if pattern.startswith(r"\byou") else text
    return re.sub(r"\bMe\b", "me", text)


def parts_of(tool: str, spec: Spec) -> tuple[str, str, str]:
    """Verb, row and rest of a tool's name, without words that say how things must stand."""
    states = {v for e in spec.enums.values() for v in e.values}
    rows = {words(n) for n in spec.records}
    verb, *rest = words(tool).split()
    kept = [w for w in rest if w not in states or w in rows]
    row = next((w for w in kept if w in rows), "")
    return verb, row, " ".join(w for w in kept if w != row)


def people(spec: Spec) -> set[str]:
    """What the rows are called that tools find by their details, which are those of whoever calls."""
    found = [strip(t.returns) for t in spec.tools.values() if t.kind == "read"]
    tables = [spec.tables[r.table] for r in found if isinstance(r, Ref) and r.table in spec.tables]
    return {words(t.record) for t in tables}


def verb_phrase(move: Move, spec: Spec, rng: random.Random, whose: str = "my") -> str:
    """What a call does, as a person asks for it: in the author's words if there are any, else in those of the tool's
    name: `change an item of my order`. What is not the person's own is `an`."""
    if move.text:
        text = move.text[:1].lower() + move.text[1:].rstrip(".")
        return mine(text) if whose == "my" else text
    call, own = move.call, move.own
    verb, row, rest = parts_of(call["name"], spec)
    verb = pick(rng, say.SAME_THING.get(verb, (verb,)))
    person = row in people(spec)
    if not row:
        return f"{verb} {rest}".strip()
    thing_ = rest if person else row
    whose = whose if own else ("an" if thing_[:1] in "aeiou" else "a") if whose == "my" else "that"
    if not rest or person:
        return f"{verb} {whose} {thing_}"
    return (
        f"{verb} {_counted(rest, call)} {'from' if verb in ('return', 'send back', 'exchange') else 'of'} {whose} {row}"
    )


def _counted(thing: str, call: Call) -> str:
    """`items` as one item where the call names one."""
    lists = [v for v in call["arguments"].values() if isinstance(v, list)]
    if plural(singular(thing)) != thing or not lists:
        return f"the {thing}"
    one = singular(thing)
    return f"{'an' if one[:1] in 'aeiou' else 'a'} {one}" if len(lists[0]) == 1 else f"some {thing}"


def fact_sentence(fact: Fact, rng: random.Random, first: bool = True) -> str:
    """A fact as the user says it."""
    if fact.kind == "describes":
        thing_ = fact.phrase if fact.shape == "sentence" else mine(fact.phrase).replace("the ", "my ", 1)
        return pick(rng, say.ABOUT if first else say.ABOUT_TOO).format(thing=thing_, label=words(fact.label))
    if fact.shape in ("choice", "sentence"):
        return capital(fact.phrase)
    value = mine(fact.phrase)
    own = not value[:1].islower() or value.startswith(("my ", "the "))
    article = "" if fact.shape == "map" or own or not _is_thing(fact) else "the "
    label = mine(words(fact.label) if not fact.authored else fact.label)
    for pattern, template in say.LABELS:
        found = re.fullmatch(pattern, fact.label)
        if found:
            if fact.shape == "map" and "{article}" in template:
                article = "one with "
            parts = [mine(g) if g else "" for g in found.groups()]
            return template.format(*parts, value=value, Value=capital(value), article=article, Label=capital(label))
    return f"{value}."


def _is_thing(fact: Fact) -> bool:
    return not re.search(r"[@#\d]", fact.phrase) and fact.shape == "text" and not fact.label.startswith("your ")


def stated(value: str, phrases: Sequence[str], label: str, rng: random.Random) -> str:
    """A value that is chosen among a few, in words that are recognised. `label`: an author's, or none."""
    found = [(t, p) for p in phrases or (words(value),) if (t := _sentence_for(p)) is not None]
    if found:
        template, phrase = found[rng.randrange(len(found))]
        return template.format(phrase=phrase, Phrase=capital(phrase))
    phrase = pick(rng, phrases) if phrases else words(value)
    if label.startswith("why") or not label or phrases:
        return say.REASON.format(Phrase=capital(phrase))
    return say.CHOSEN.format(Label=capital(mine(label)), phrase=phrase)


def _sentence_for(phrase: str) -> str | None:
    """The template that makes a sentence of a few words, if there is one."""
    return next((t for pattern, t in say.STATED if re.fullmatch(pattern, phrase)), None)


def rule_sentence(rule: Rule, spec: Spec) -> str:
    """A rule as a reason given to the user."""
    first = re.split(r"(?<=\.)\s", rule.doc)[0].rstrip(".")
    first = re.sub(r"\bof the user\b(?! who|'s)", "of yours", first).replace("the user's", "your")
    first = re.sub(rf": {ORDER}.*$", "", first)
    if before := re.match(rf"Before you (.+), ({ORDER}.+)$", first):
        return sentence(say.HAVE_TO_BEFORE.format(what=before[1], rule=before[2]))
    told = first[:1].lower() + first[1:]
    if re.match(r"never [a-z]+\b", told):
        return sentence(say.MUST.format(rule=told))
    verbs = {parts_of(name, spec)[0] for name, tool in spec.tools.items() if tool.kind == "write"}
    if IMPERATIVE.match(first) or told.split()[0] in verbs:
        return sentence(say.MAY.format(rule=told))
    return sentence(first)


def duty_sentence(rule: Rule) -> str | None:
    """What a rule wants the user to be told, said to the user; None if it wants nothing told."""
    found = DUTY.search(rule.doc)
    if found is None:
        return None
    that, to, wh, rest = found.groups()
    if to:
        return sentence(f"please {rest}")
    if wh and ":" in rest:
        what, answer = rest.split(":", 1)
        return sentence(f"{what.strip()} {answer.strip()}")
    return sentence(rest if that or not wh else f"{wh} {rest}")


def open_question(rule: Rule) -> str | None:
    """What a rule wants the user to be asked, as the rest of a question: `which of them it should be`."""
    found = re.match(r"Ask ((?:which|what|when|where|whether|how) .+?)(?:, unless .*)?\.?$", rule.doc)
    return found[1] if found else None


def asked_of(doc: str) -> str:
    """What a fact is about, asked of the one who states it: `why the caller cancels` is `why you cancel`."""
    found = re.match(r"(why|what|where|when|how|whether) the \w+ (?:(is|has|does)|(\w+?)s)\b", doc)
    verb = {"is": "are", "has": "have", "does": "do"}.get(found[2], found[3]) if found else None
    return f"{found[1]} you {verb}{doc[found.end() :]}" if found else doc


def fields_of(spec: Spec, params: Sequence[str]) -> str | None:
    """The record whose fields some parameters are, in words."""
    for record in spec.records.values():
        if len(params) > 1 and set(params) <= record.fields.keys() and len(params) * 2 > len(record.fields):
            return words(record.name)
    return None


def answer(move: Move, value: str, rng: random.Random) -> str:
    clause = re.match(r"(how|what|where|when|which|who|why|whether)\b", move.text)
    if clause:
        counted = re.match(r"how many\b", move.text)
        forms = say.ANSWER_AMOUNT if move.is_money else say.ANSWER_COUNT if counted else say.ANSWER_CLAUSE
        return pick(rng, forms).format(value=value)
    return pick(rng, say.ANSWER_NOUN).format(text=capital(move.text), value=value)


def details(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(say.DETAIL.format(name=capital(n), value=v) for n, v in rows)


def thing(param: str, many: bool) -> str:
    """A parameter as a thing: `new_item_ids` are new items."""
    name = re.sub(r"\s?ids?$", "", words(param)) or words(param)
    return plural(name) if many else name


__all__ = [
    "answer", "asked_of", "capital", "details", "duty_sentence", "fact_sentence", "fields_of", "mine", "open_question",
    "parts_of", "pick", "rule_sentence", "series", "stated", "thing", "verb_phrase",
]  # fmt: skip
