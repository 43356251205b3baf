"""Turns tools, labels, rules and details into the words of a scripted party. Everything particular to a desk is read
from its specification.
"""

import random
import re
from collections.abc import Sequence
from typing import Any

from ..backends.prompt.counts import counted
from ..backends.prompt.nouns import is_odd
from ..backends.prompt.phrases import PLACING, PLAIN_PREPOSITIONS
from ..backends.prompt.user import after_noun, is_doing
from ..backends.prompt.words import money, plural, sentence, series, singular, told_moment, words
from ..backends.python.runtime.facts import claims
from ..core.nodes import Apply, Bind, Get, Rule, Var
from ..core.spec import Spec
from ..core.walk import walk
from . import phrases as say
from .deeds import mine, parts_of
from .deeds import people as people_of
from .tasks import Fact, Move

ORDER = (
    r"(?:serve|show|refuse|deny|make|list|check|help|state|give|hand|look|collect|tell|"
    r"do|say|ask|obtain|compensate|offer|use|take|charge|refund|pay|transfer|lift|accept)\b"
)
IMPERATIVE = re.compile(rf"^{ORDER}", re.IGNORECASE)


def pick(rng: random.Random, choices: Sequence[str]) -> str:
    return choices[rng.randrange(len(choices))]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def fact_sentence(fact: Fact, rng: random.Random, first: bool = True) -> str:
    """A fact as the user says it."""
    if fact.kind == "describes":
        thing_ = fact.phrase if fact.shape == "sentence" else mine(fact.phrase)
        return pick(rng, say.ABOUT if first else say.ABOUT_TOO).format(thing=thing_, label=words(fact.label))
    if fact.shape in ("choice", "sentence"):
        return capital(fact.phrase)
    if not fact.authored and fact.shape != "map":
        return _plainly(fact, rng)
    if _is_count(fact.value) and (how := re.match(r"how (many|much|long|often)\b", fact.label)):
        alone = re.fullmatch(r"[\d.,]+", fact.phrase) is not None
        if not (alone and how[1] == "long"):
            forms = say.NUMBER if alone else say.LASTING if how[1] == "long" else say.COUNTED
            return pick(rng, forms).format(count=fact.phrase, Count=capital(fact.phrase))
    value = mine(fact.phrase)
    own = not value[:1].islower() or value.startswith(("my ", "the ", "a ", "an ", "some "))
    article = "" if fact.shape == "map" or own or not _is_thing(fact) else "the "
    label = mine(noun_of(fact.label) if not fact.authored else fact.label)
    for pattern, template in say.LABELS:
        found = re.fullmatch(pattern, fact.label)
        if found:
            if fact.shape == "map" and "{article}" in template:
                article = "one with "
            parts = [mine(g) if g else "" for g in found.groups()]
            one = "one with " if fact.shape == "map" else ""
            holes = {"value": value, "Value": capital(value), "article": article, "one": one, "Label": capital(label)}
            return template.format(*parts, **holes)
    return f"{value}."


def _plainly(fact: Fact, rng: random.Random) -> str:
    """A fact for which no author has written how it is said: by its name, or counted by it."""
    noun, value = noun_of(fact.label), mine(fact.phrase)
    many, is_moment = plural(singular(noun)) == noun, _is_moment(fact)
    if noun in PLAIN_PREPOSITIONS:
        return sentence(after_noun(noun, value, is_moment))
    if is_moment and is_doing(noun, is_moment):
        return say.DOES_ON.format(does=noun, value=value)
    if isinstance(fact.value, bool):
        return say.TRULY.format(Noun=capital(noun), value=value)
    if _is_count(fact.value) and many:
        return pick(rng, say.COUNTED).format(count=(told := counted(fact.value, noun)), Count=told)
    if noun in say.QUANTITIES:
        return pick(rng, say.QUANTITY).format(value=value)
    be = "are" if many and not singular(noun).endswith("s") else "is"
    return pick(rng, say.VALUED).format(noun=noun, value=value, be=be)


def in_full(name: str, row: str = "") -> str:
    """What a field that tells who somebody is is called in speech: a phone is a phone number, a `number` that of the
    `row` (a customer, a house)."""
    spoken = words(name)
    return f"{row} {spoken}".strip() if spoken in say.OF_A_ROW else say.IN_FULL.get(spoken, spoken)


def asking_once(sentences: Sequence[str]) -> str:
    """Sentences in a row, with one `please` at most."""
    first = next((at for at, text in enumerate(sentences) if text.endswith(say.PLEASE)), len(sentences))
    rest = [f"{t.removesuffix(say.PLEASE)}." if t.endswith(say.PLEASE) else t for t in sentences[first + 1 :]]
    return " ".join([*sentences[: first + 1], *rest])


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def noun_of(label: str) -> str:
    """What a fact is called that no author has put into words: `stay.nights` are nights."""
    return words(label.split(".")[-1].split("(")[0])


def _is_thing(fact: Fact) -> bool:
    return not re.search(r"[@#\d]", fact.phrase) and fact.shape == "text" and not fact.label.startswith("your ")


def stated(value: str, phrases: Sequence[str], label: str, rng: random.Random, noun: str = "") -> str:
    """A value that is chosen among a few, in words that are recognised. `label`: an author's, or none; `noun`: what the
    choice is called where there is none."""
    own = words(value)
    # Words out of a value that says more, such as `ill` of `dog is ill`, would say something else by themselves.
    told = [p for p in phrases if p == own or not re.search(rf"\b{re.escape(p)}\b", own)]
    found = [(t, p) for p in told or (own,) if (t := _sentence_for(p)) is not None]
    if found:
        template, phrase = found[rng.randrange(len(found))]
        about = re.match(r"(?:the |my )?((?!it |this |that |i )[a-z]+) (is|was|has)\b", own)
        if about is not None and template == say.OF_ONESELF:
            template = say.OF_ANOTHER.format(*about.groups())
        elif about is not None and template == say.OF_IT and re.match(r"(?:is|was|has) ", phrase):
            template = say.DOES_ANOTHER.format(about[1])
        return template.format(phrase=phrase, Phrase=capital(phrase))
    heard = any(re.search(rf"\b{re.escape(p)}\b", own) for p in phrases)
    phrase = own if heard or not phrases else pick(rng, phrases)
    if label.startswith("why") or noun in say.REASONS:
        return pick(rng, say.REASON).format(phrase=phrase, Phrase=capital(phrase))
    if re.match(r"(what|which|how|where|when|who|whether)\b", label):
        return pick(rng, say.CHOSEN_PLAINLY).format(phrase=phrase, Phrase=capital(phrase))
    if label or noun:
        called = capital(mine(label.removeprefix("the ") or noun))
        return pick(rng, say.CHOSEN).format(Label=called, phrase=phrase, Phrase=capital(phrase))
    return f"{capital(phrase)}."


def _sentence_for(phrase: str) -> str | None:
    """The template that makes a sentence of a few words, if there is one."""
    return next((t for pattern, t in say.STATED if re.fullmatch(pattern, phrase)), None)


def reason_sentence(because: str, spec: Spec) -> str | None:
    """What an author says of a requirement, said to the user; None where it is said to the clerk alone."""
    people = "|".join(map(re.escape, sorted({*people_of(spec), *say.CALLERS})))
    asked = re.match(rf"(?:ask|tell|remind) the (?:{people}) to (.+)", because, re.IGNORECASE)
    if asked:
        return sentence(f"please {asked[1]}")
    first = because.split()[0].lower()
    verbs = {parts_of(name, spec)[0] for name in spec.tools}
    if IMPERATIVE.match(because) or first in verbs or re.search(r"\byou(?:r|rs)?\b|`", because, re.IGNORECASE):
        return None
    told = re.sub(rf"\bthe (?:{people})'s", "your", because)
    told = re.sub(rf"\b(to|for|from|of|by|with) (?:the|this|that) (?:{people})\b(?!')", r"\1 you", told)
    return sentence(told)


def rule_sentence(rule: Rule) -> str:
    """A rule as a reason given to the user: what it states, or what it lets the clerk do. Nothing where it only says
    what the clerk is to do, which is no reason."""
    first = re.split(r"(?<=\.)\s", rule.doc)[0].rstrip(".")
    first = re.sub(rf"(?:\bthe )?\b(\w+) of the \w+ {say.WHO_IS_HERE}", r"your own \1", first)
    first = re.sub(r"\bof the user\b(?! who|'s)", "of yours", first).replace("the user's", "your")
    first = re.sub(rf": {ORDER}.*$", "", first)
    if before := re.match(rf"Before you (.+), ({ORDER}.+)$", first):
        return sentence(say.HAVE_TO_BEFORE.format(what=before[1], rule=before[2]))
    first = re.sub(r"; do(?:n't| not)\b.*$", "", first)
    return sentence(first) if _states(first) else _permitted(first)


def _states(text: str) -> bool:
    """Whether a sentence states something, and is no order: its main clause begins as no order does, or has a verb that
    none has."""
    _, comma, after = text.partition(", ")
    main = after if comma and re.match(say.SUBORDINATE, text, re.IGNORECASE) else text
    head = re.split(rf"(?<=\w)[,;:]? {say.SUBORDINATE}", main, flags=re.IGNORECASE)[0]
    return re.match(say.SUBJECT, main, re.IGNORECASE) is not None or re.search(say.STATES, head) is not None


def _permitted(order: str) -> str:
    """An order to the clerk that sets a limit, as what the clerk may do; nothing for any other."""
    told = order[:1].lower() + order[1:]
    if nothing := re.match(r"([a-z]+) nothing\b(.*)$", told):
        return sentence(say.CANNOT.format(rule=f"{nothing[1]} anything{nothing[2]}"))
    if denied := re.match(r"(?:do not|don't) (.+)$", told):
        return sentence(say.CANNOT.format(rule=denied[1]))
    if re.match(say.FORBIDS, told):
        return sentence(say.MUST.format(rule=told))
    is_own = re.match(say.CLERKS_OWN, told) or re.match(say.SUBORDINATE, told) or re.search(r"\byou\b", told)
    return sentence(say.MAY.format(rule=told)) if re.search(say.LIMITS, told) and not is_own else ""


def duty_sentence(rule: Rule, spec: Spec) -> str | None:
    """What a rule wants the user to be told, said to the user; None if it wants nothing told."""
    found = _duty(rule, spec)
    if found is None:
        return None
    that, to, wh, rest = found.groups()
    if to:
        return sentence(f"please {rest}")
    if wh and ":" in rest:
        what, answer = rest.split(":", 1)
        return sentence(f"{what.strip()} {answer.strip()}")
    says_so = that or (not wh and re.search(say.SAYS_SO, rest))
    return sentence(rest) if says_so else None


def amount_owed(rule: Rule, spec: Spec) -> str:
    """The sentence, with a hole for the amount, by which a rule's amount is told: `What comes back is {amount}.` in
    the rule's own words, else `The refund is {amount}.` by what the amount is called."""
    found = _duty(rule, spec)
    what = "" if found is None else re.sub(r"^much ", "", found[4]) if found[3] == "how" else found[4]
    if found is None or re.search(r"[,:;]|^much$", found[4]):
        return _amount_by_name(rule)
    if not (found[1] or found[2] or found[3] or re.search(say.SAYS_SO, found[4])):
        return say.AMOUNT_OF.format(what=capital(found[4]), amount="{amount}")
    if found[3] not in ("what", "how"):
        return _amount_by_name(rule)
    if costs := re.fullmatch(say.COSTS, what):
        return say.COSTING.format(what=capital(costs[1]), costs=costs[2], amount="{amount}")
    return say.AMOUNT_OF.format(what=f"What {what}", amount="{amount}")


def _amount_by_name(rule: Rule) -> str:
    """The sentence for an amount by the name of the definition or field that it is; a plain one where that is no noun,
    or the rule asks for several."""
    bound = {n.name: n.value for n in walk(rule.body) if isinstance(n, Bind)}
    asked = {n.args[1] for n in walk((rule,)) if isinstance(n, Apply) and n.op == "says_amount"}
    told = asked.pop() if len(asked) == 1 else None
    told = bound.get(told.name, told) if isinstance(told, Var) else told
    defined = told.op if isinstance(told, Apply) and told.op.startswith("define:") else ""
    name = words(told.name if isinstance(told, Get) else defined.removeprefix("define:")).removesuffix(" of")
    first = name.split(" ")[0]
    if not name or is_odd(name) or is_doing(first) or first in PLAIN_PREPOSITIONS or re.match(say.NO_AMOUNT, name):
        return say.AMOUNT
    return say.AMOUNT_OF.format(what=f"The {name}", amount="{amount}")


def _duty(rule: Rule, spec: Spec) -> re.Match[str] | None:
    """Where a rule's text says that the user is to be told something, whatever the desk calls its users: anybody who is
    told what or how, or reminded that or to, is one."""
    callers = "|".join(map(re.escape, sorted({*people_of(spec), *say.CALLERS})))
    told = rf"\b(?:(?:tell|inform|remind) the (?:{callers})|{say.TOLD})\s+"
    what = r"(?:(that)|(to)|(when|how|where|what|which|why)|)\s*(.+?)(?:\.\s|\.?$)"
    return re.search(told + what, rule.doc, re.IGNORECASE)


def open_question(rule: Rule) -> str | None:
    """What a rule wants the user to be asked, as the rest of a question: `which of them it should be`."""
    found = re.match(r"Ask ((?:which|what|when|where|whether|how) .+?)(?:, unless .*)?\.?$", rule.doc)
    return found[1] if found else None


def _is_moment(fact: Fact) -> bool:
    return isinstance(fact.value, str) and told_moment(fact.value) != fact.value


def asked_for(fact: Fact) -> str:
    """What a clerk asks for who has only the name of a value: `the shift`, `from where`."""
    noun, is_moment = noun_of(fact.label), _is_moment(fact)
    if noun not in PLAIN_PREPOSITIONS:
        return f"when it {noun}" if is_moment and is_doing(noun, is_moment) else f"the {noun}"
    if is_moment:
        return "when" if noun in PLACING else say.ASKING_WHEN.get(noun, f"{noun} when")
    return "where" if noun in PLACING else say.ASKING_ABOUT.get(noun, f"{noun} what")


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
        counted = re.match(r"how many\b", move.text) and not move.is_money
        forms = say.ANSWER_COUNT if counted else say.ANSWER_CLAUSE
        return pick(rng, forms).format(value=value)
    return pick(rng, say.ANSWER_NOUN).format(text=capital(move.text), value=value)


def volunteered(move: Move, value: str) -> str | None:
    """An answer before the question: `What the visit costs is $702.`; None where it would make no sentence."""
    if re.match(r"(?:the|your|what)\b", move.text) is None or re.search(r"[,:;?]", move.text):
        return None
    text = re.sub(r"(?: then)?\.?$", "", move.text)
    if costs := re.fullmatch(rf"what {say.COSTS}", text):
        return say.COSTING.format(what=capital(costs[1]), costs=costs[2], amount=value)
    return say.AMOUNT_OF.format(what=capital(text), amount=value)


def answers(text: str, move: Move, before: Move) -> bool:
    """Whether what was said of one wish answers the question that would come next: an amount that was told."""
    asked = move.kind == "learn" and before.kind == "do" and move.scenario == before.scenario and move.is_money
    return asked and money(move.value) in claims(text)


def details(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(say.DETAIL.format(name=capital(n), value=v) for n, v in rows)


def thing(param: str, many: bool) -> str:
    """A parameter as a thing: `new_item_ids` are new items."""
    name = re.sub(r"\s?ids?$", "", words(param)) or words(param)
    return plural(name) if many else name


__all__ = [
    "amount_owed",
    "answer",
    "asked_for",
    "asked_of",
    "capital",
    "details",
    "duty_sentence",
    "fact_sentence",
    "fields_of",
    "in_full",
    "noun_of",
    "open_question",
    "pick",
    "reason_sentence",
    "rule_sentence",
    "series",
    "stated",
    "thing",
    "volunteered",
]  # fmt: skip
