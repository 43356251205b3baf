"""What rules ask, piece by piece: exceptions, limits, duties, and the constants that must be said."""

import re
from decimal import Decimal

from attrs import evolve

from ...core.nodes import (
    Apply,
    Check,
    Collect,
    Const,
    Duty,
    Events,
    Expr,
    Get,
    If,
    Is,
    Let,
    Pattern,
    Var,
)
from ...core.spec import Exemption
from ...core.types import DURATION, MONEY
from ...core.walk import walk
from . import phrases as say
from .english import English, Mood, conjuncts
from .words import Noun, series, verb

ARITHMETIC = frozenset(("add", "subtract", "multiply", "divide", "round"))

# --- exceptions and limits --------------------------------------------------------------------------------------------


def peel(stmt: Check, exemptions: list[Exemption]) -> tuple[Expr, list[tuple[Exemption, Expr]]]:
    """A requirement as it was written, and the exceptions that were worked into it, last one outermost."""
    condition, found = stmt.condition, []
    for exemption in reversed(exemptions):
        match condition:
            case Apply("or", (inner, excepted)):
                found.append((exemption, excepted))
                condition = inner
    return condition, found[::-1]


def plainly(condition: Expr) -> Expr:
    """A condition without the care that formulas take of rows that may be missing: what is said of a row says that it
    is there."""
    match condition:
        case If(Is(test="present"), then, Const(False)):
            return plainly(then)
        case If(asked, then, Const(False)):
            return plainly(Apply("and", (asked, then), condition.type))
        case Let():
            return evolve(condition, body=plainly(condition.body))
        case Apply("and", args):
            parts = [a for a in map(plainly, args) if not (isinstance(a, Const) and a.value is True)]
            return parts[0] if len(parts) == 1 else evolve(condition, args=tuple(parts))
    return condition


def limited(source: Expr, attempt: Pattern | None) -> tuple[Events, list[str]] | None:
    """The events that a limit counts, and the arguments they must share, of the shape `at most` is lowered to: all
    there were, of the kind that is about to happen. Of any other, so many may have been there by now, not ever."""
    match source:
        case Collect((first, *wheres)) if isinstance(first.expr, Events):
            if first.expr.before or first.expr.after or evolve(first.expr.pattern, status=None) != attempt:
                return None
            keys = [_shared_key(c.expr) for c in wheres]
            return (first.expr, [k for k in keys if k]) if all(keys) else None
    return None


def _shared_key(condition: Expr) -> str | None:
    match condition:
        case Apply("eq", (Get(Var("it"), a), Get(Var("call" | "message"), b))) if a == b:
            return a
    return None


def limit(english: English, events: Events, keys: list[str], most: int) -> str:
    """`at most N …` as a sentence."""
    times = say.AT_MOST_TIMES.get(most, say.AT_MOST_MANY.format(n=most))
    if events.pattern.kind != "call":
        return say.LIMIT_MESSAGES.format(times=times, event=english.event(events.pattern))
    per = say.PER.format(keys=series(f"`{k}`" for k in keys)) if keys else ""
    return say.LIMIT[events.pattern.status].format(tools=english.tools(events.pattern.tools), times=times, per=per)


# --- duties -----------------------------------------------------------------------------------------------------------


def duty_text(duty: Duty, english: English, mood: Mood) -> str:
    """What is owed, without the moment from which it is owed."""
    if duty.mode == "nothing" or duty.pattern is None:
        return say.NOTHING
    if (deed := _telling(duty, english)) is not None:
        return say.TELL["should" if mood == "should" else "must"].format(deed=deed)
    event = _duty_event(english, duty.pattern, duty.condition)
    phrase = {"then": say.THEN, "eventually": say.EVENTUALLY, "never": say.NEVER}[duty.mode]
    said = phrase.format(must=verb("be", mood), modal=mood, event=event)
    if duty.until is None:
        return said
    return say.UNTIL.format(sentence=said, event=_duty_event(english, duty.until, duty.until_condition))


def _duty_event(english: English, pattern: Pattern, condition: Expr | None) -> str:
    event = english.event(pattern)
    if condition is None:
        return event
    match condition:
        case Apply("says", (Var("it"), text)):
            return f"{event} that says {english.text(text)}"
        case Apply("eq", (Get(Var("it"), "text"), text)):
            return f"{event} that says exactly {english.text(text)}"
    clauses = [english.calling(it=Noun("it", it=True)).clause(c) for c in conjuncts(condition)]
    if all(c.startswith("it ") for c in clauses):
        return say.THAT.format(event=event, condition=series(map(_without_it, clauses)))
    return say.WITH.format(event=event, condition=series(clauses))


def _without_it(clause: str) -> str:
    """What is said of `it`, as it follows `that`: `mentions “a” or states $5`."""
    inside = r"(\u201c[^\u201d]*\u201d)|(, | or | and )it "
    return re.sub(inside, lambda m: m[1] or m[2], clause.removeprefix("it "))


def _telling(duty: Duty, english: English) -> str | None:
    """What a message has to do that is owed by the end, where one condition says it: `mention “the fee”`."""
    pattern, condition = duty.pattern, duty.condition
    if duty.mode != "eventually" or duty.until is not None or pattern is None:
        return None
    if pattern.kind != "message" or pattern.role != "agent" or not isinstance(condition, Apply):
        return None
    if condition.op not in say.PREDICATES or not isinstance(condition.args[0], Var) or condition.args[0].name != "it":
        return None
    deed = english.calling(it=Noun("it", it=True)).clause(condition, "must").removeprefix("it must ")
    return f"{say.TELL_USER} {deed.removeprefix('state ')}" if deed.startswith("state ") else deed


# --- what a sentence must not leave unsaid ----------------------------------------------------------------------------


def unspoken(condition: Expr) -> bool:
    """Whether a condition holds a constant that must be told to the letter: an amount, a time, a text to say."""
    return any(_is_telling(n) for n in walk(condition)) or _says_something(condition)


def names_amount(condition: Expr) -> bool:
    """Whether a condition wants an amount said that has to be worked out: no text in general words tells which."""
    told = (n.args[1] for n in walk(condition) if isinstance(n, Apply) and n.op == "says_amount")
    return any(
        isinstance(n, Apply) and (n.op in ARITHMETIC or n.op.startswith("define:")) for t in told for n in walk(t)
    )


def _is_telling(node: object) -> bool:
    if not isinstance(node, Const) or isinstance(node.value, bool):
        return False
    if node.type in (MONEY, DURATION):
        return bool(node.value)
    return isinstance(node.value, (int, Decimal)) and node.value > 2


def _says_something(condition: Expr) -> bool:
    texts = [n for n in walk(condition) if isinstance(n, Apply) and n.op == "says"]
    exact = [
        n
        for n in walk(condition)
        if isinstance(n, Apply) and n.op == "eq" and isinstance(n.args[0], Get) and n.args[0].name == "text"
    ]
    return any(isinstance(n.args[1], Const) for n in [*texts, *exact])


def mentions_all(text: str, formal: str) -> bool:
    """Whether an authored sentence has every number and quoted text of the formal one."""
    said = _numbers(text)
    numbers = _numbers(formal) - {"0", "1", "2"}
    quotes = re.findall(r"\u201c([^\u201d]*)\u201d", formal)
    return numbers <= said and all(q in text for q in quotes)


def _numbers(text: str) -> set[str]:
    """Numbers as they are written: 5 is not in 500."""
    return set(re.findall(r"\d[\d,.]*\d|\d", text))
