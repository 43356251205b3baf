"""The sentences of rules. Enters: a rule. Leaves: one `Atom` for each thing that it asks, with the sentence
that says so.

An atom is said by its own `because`, else by its rule's sentence, else by the formal part put into words. `formal` is
always the formal part, so that the trace of a rule changes whenever its meaning does.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import assert_never

from attrs import define, evolve, field, frozen

from ...core.judge import chained
from ...core.nodes import (
    Apply,
    Bind,
    Branch,
    Check,
    Const,
    Duty,
    Each,
    Events,
    Exit,
    Expr,
    Fold,
    Get,
    Lookup,
    Rule,
    Stmt,
    Var,
    Write,
)
from ...core.spec import Exemption, Spec
from ...core.types import BOOL, EventType
from ...core.walk import walk
from ...source import Span
from . import phrases as say
from .demands import duty_text, limit, limited, mentions_all, names_amount, peel, plainly, unspoken
from .english import English, Mood, Unphrased, is_choice, local_name
from .words import Noun, closed, opening, sentence, series, verb, words


@frozen
class Atom:
    """One thing a rule asks, or one exception to it. `formal` is None where there are no words for the formal part."""

    rule: str
    label: str
    sentence: str
    authored: bool
    formal: str | None
    span: Span = field(eq=False)
    own: bool = False
    exception: str | None = None
    unphrased: str | None = None


@frozen
class Meaning:
    """What a name stands for, where the name alone does not say it; `uses` are the names in it."""

    name: str
    text: str
    uses: frozenset[str]


@frozen
class Around:
    """What stands around a statement: a loop (`for every leg`), or a condition, which may be one thing or another."""

    text: str
    loop: bool = False
    choice: bool = False


@frozen
class Context:
    """Where a statement stands: what is called what, and within which conditions and loops, outermost first."""

    english: English
    mood: Mood
    around: tuple[Around, ...] = ()
    meanings: tuple[Meaning, ...] = ()

    def within(self, *more: Around) -> "Context":
        return evolve(self, around=(*self.around, *more))


@define
class RuleReader:
    """Reads one rule; `atoms` fills up as its statements are gone through."""

    spec: Spec
    rule: Rule
    atoms: list[Atom] = field(factory=list)

    def read(self) -> list[Atom]:
        mood: Mood = "should" if self.rule.severity == "warning" else "must"
        context = Context(English(self.spec), mood)
        if self.rule.when == "judged":
            self._judged()
        after = self._block(self.rule.body, context)
        for chain in chained(self.rule.duties):
            for before, duty in zip((None, *chain), chain, strict=False):
                self._duty(duty, after, before)
        return self.atoms

    def _judged(self) -> None:
        reason = None if self.rule.doc else f"the judged rule `{self.rule.name}`, which has no text"
        self.atoms.append(
            Atom(self.rule.name, "", sentence(self.rule.doc), True, None, self.rule.span, unphrased=reason)
        )

    # --- statements

    def _block(self, body: tuple[Stmt, ...], context: Context) -> Context:
        for stmt in body:
            context = self._stmt(stmt, context)
        return context

    def _stmt(self, stmt: Stmt, context: Context) -> Context:
        match stmt:
            case Bind():
                return self._bind(stmt, context)
            case Check(condition, otherwise=Exit("skip")):
                return context.within(self._said(condition, context))
            case Check():
                self._check(stmt, context)
            case Each():
                return self._each(stmt, context)
            case Branch():
                return self._branch(stmt, context)
            case Exit("violate"):
                self._add("", "", stmt.span, lambda: self._whole(say.NEVER_HERE, context, stmt))
            case Exit() | Write():
                pass
            case _:
                assert_never(stmt)
        return context

    def _branch(self, stmt: Branch, context: Context) -> Context:
        """Both ways. What follows is reached by the one that does not leave, and under what the other left open."""
        passed = context
        for negated, body in ((False, stmt.then), (True, stmt.other)):
            here = context.within(self._said(stmt.condition, context, negated))
            there = self._block(body, here)
            if always_skips(body):
                passed = passed.within(self._said(stmt.condition, context, not negated))
            elif more := [a for a in there.around[len(here.around) :] if not a.loop]:
                when = say.WHENEVER.format(condition=here.around[-1].text, then=series(a.text for a in more))
                passed = passed.within(Around(when))
        return passed

    def _said(self, condition: Expr, context: Context, negated: bool = False) -> Around:
        try:
            return Around(context.english.clause(condition, "plain", negated), choice=is_choice(condition, negated))
        except Unphrased as gap:
            return Around(f"\x00{gap.what}")

    def _bind(self, stmt: Bind, context: Context) -> Context:
        if stmt.otherwise is not None and stmt.otherwise.kind == "violate":
            self._add("", "", stmt.span, lambda: self._whole(self._must_exist(stmt, context), context, stmt.value))
        if stmt.otherwise is not None and stmt.otherwise.kind == "skip":
            match stmt.value:
                case Fold("first" | "last" | "only", Events() as source):
                    context = context.within(self._said(Fold("some", source, BOOL), context))
        name, meaning = self._called(stmt, context)
        english = context.english.calling(**{stmt.name: name})
        meanings = (*context.meanings, Meaning(stmt.name, meaning, used_in(stmt.value)))
        return evolve(context, english=english, meanings=meanings)

    def _must_exist(self, stmt: Bind, context: Context) -> str:
        value = stmt.value
        if isinstance(value, Fold) and isinstance(value.source, Events):
            return context.english.clause(Fold("some", value.source, BOOL), context.mood)
        return f"{context.english.text(value)} {verb('exist', context.mood)}"

    def _called(self, stmt: Bind, context: Context) -> tuple[Noun, str]:
        """What a name is called from here on, and what it means where the name does not say it."""
        value = stmt.value
        called = local_name(stmt.name, Var(stmt.name, value.type))
        try:
            meaning = context.english.noun(value)
        except Unphrased as gap:
            return called, f"\x00{gap.what}"
        if (
            (isinstance(value, (Fold, Events)) and isinstance(value.type, (EventType,)))
            or _is_event_fold(value)
            or len(meaning.text) <= 24
        ):
            return meaning, ""
        if _is_plain_row(value) and meaning.text.startswith(called.text):
            return called, ""
        if isinstance(value, Apply) and not value.args:
            return meaning, ""
        if meaning.text.startswith(f"{called.text} "):
            return called, say.THE_ONE + meaning.text.removeprefix(called.text)
        return called, meaning.text

    def _each(self, stmt: Each, context: Context) -> Context:
        try:
            item, inner = context.english.item(stmt.names, stmt.source)
            loop = self._loop(item, stmt, context)
        except Unphrased as gap:
            item, inner, loop = "item", context.english, f"\x00{gap.what}"
        self._block(stmt.body, evolve(context.within(Around(loop, loop=True)), english=inner))
        if stmt.into is None:
            return context
        yielded = self._yielded(stmt, evolve(context, english=inner))
        listed = say.LISTED.format(item=item, source=_text_or_gap(context.english, stmt.source), value=yielded)
        english = context.english.calling(**{stmt.into: Noun(f"the {words(stmt.into)}", True)})
        return evolve(context, english=english, meanings=(*context.meanings, Meaning(stmt.into, listed, used_in(stmt))))

    def _loop(self, item: str, stmt: Each, context: Context) -> str:
        if isinstance(stmt.source, Events):
            return say.FOR_EVERY_EVENT.format(source=context.english.event(stmt.source.pattern).removeprefix("a "))
        phrase = say.FOR_EVERY if len(stmt.names) == 1 else say.FOR_EVERY_PAIR
        return phrase.format(item=item, source=context.english.text(stmt.source))

    def _yielded(self, stmt: Each, context: Context) -> str:
        """What a collecting loop collects, with the names on the way put in place."""
        for inner in stmt.body:
            match inner:
                case Bind():
                    context = evolve(
                        context, english=context.english.calling(**{inner.name: self._called(inner, context)[0]})
                    )
                case Exit("yield", value) if value is not None:
                    return _text_or_gap(context.english, value)
        return ""

    # --- atoms

    def _check(self, stmt: Check, context: Context) -> None:
        condition, exceptions = peel(stmt, self.exemptions(stmt.label))
        self._add(
            stmt.label,
            stmt.because,
            stmt.span,
            lambda: self._whole(self._demand(condition, context), context, condition),
            needed=unspoken(condition),
        )
        for exemption, narrowed in exceptions:
            self._exception(stmt, exemption, narrowed, context)

    def exemptions(self, label: str) -> list[Exemption]:
        return [e for e in self.spec.exemptions if e.rule == self.rule.name and e.label in (None, label)]

    def _demand(self, condition: Expr, context: Context) -> str:
        match condition:
            case Apply("lt", (Fold("count", source), Const(int() as most))) if (
                self.rule.when == "before" and (found := limited(source, self.rule.pattern)) is not None
            ):
                return limit(context.english, found[0], found[1], most)
        if context.mood == "must" and self._is_gate(condition):
            return say.ONLY_IF.format(condition=context.english.clause(condition))
        return context.english.clause(condition, context.mood)

    def _is_gate(self, condition: Expr) -> bool:
        """Whether a requirement on a call is about how things stand, and not about what was said or is called with."""
        pattern = self.rule.pattern
        if self.rule.when != "before" or pattern is None or pattern.kind != "call":
            return False
        return not any(
            isinstance(getattr(n, "type", None), EventType) or isinstance(n, Events) for n in walk(condition)
        )

    def _exception(self, stmt: Check, exemption: Exemption, narrowed: Expr, context: Context) -> None:
        try:
            when = context.english.clause(self._beyond_trigger(plainly(narrowed)))
            formal: str | None = sentence(say.UNLESS.format(conditions=when))
            reason = None
        except Unphrased as gap:
            formal, when, reason = None, "", gap.what
        text = exemption.doc or formal or ""
        inner = [e for e in self.spec.exemptions if e.rule == exemption.name]
        for more in (exemption, *inner):
            said = say.EXCEPTION.format(text=closed(opening(more.doc or text)))
            if more is exemption and more.doc and when:
                said = say.EXCEPTED_WHEN.format(text=said, conditions=when)
            self.atoms.append(
                Atom(
                    self.rule.name,
                    stmt.label,
                    said,
                    bool(more.doc),
                    formal,
                    more.span,
                    True,
                    more.name,
                    None if more.doc else reason,
                )
            )

    def _beyond_trigger(self, condition: Expr) -> Expr:
        """A condition without asking whether the call is to a tool that the rule is about, where it always is."""
        about = self.rule.pattern.tools if self.rule.pattern is not None and self.rule.when == "before" else frozenset()
        match condition:
            case Apply("and", args):
                kept = tuple(a for a in args if not about or not _is_call_to(a, about))
                return condition if not kept else kept[0] if len(kept) == 1 else evolve(condition, args=kept)
        return condition

    def _duty(self, duty: Duty, context: Context, before: Duty | None) -> None:
        """What is owed; `before`: the duty of which it is owed to be met right after."""

        def said() -> str:
            text = duty_text(duty, context.english, context.mood)
            if before is None or before.pattern is None:
                return text
            event = context.english.event(before.pattern).partition(" ")[2]
            return say.FOLLOWING.format(event=event, text=say.NOTHING_MORE if text == say.NOTHING else text)

        spoken = [c for c in (duty.condition, duty.until_condition) if c is not None]
        needed = any(unspoken(c) for c in spoken)
        self._add(
            duty.label,
            duty.because,
            duty.span,
            lambda: self._whole(said(), context, duty),
            needed=needed,
            exact=any(names_amount(c) for c in spoken),
            refused=False,
        )

    def _whole(self, demand: str, context: Context, thing: Expr | Duty | Stmt) -> str:
        """The demand under its conditions, with what the names in it mean."""
        parts = [*_around(context.around), demand]
        needed, names = _needed(context, used_in(thing)), context.english.names
        meanings = [say.MEANING.format(name=names[m.name], value=m.text) for m in needed]
        whole = ", ".join([*parts, *meanings])
        if (gap := re.search(r"\x00([^,.]*)", whole)) is not None:
            raise Unphrased(gap.group(1), self.rule.span)
        return whole

    def _add(
        self,
        label: str,
        because: str,
        span: Span,
        phrase: Callable[[], str],
        needed: bool = False,
        exact: bool = False,
        refused: bool = True,
    ) -> None:
        """An atom. `needed`: the sentence has to hold the constants of the formal part; `exact`: it never does.
        `refused`: what does not hold is not done."""
        formal: str | None = None
        reason = None
        try:
            formal = phrase()
        except Unphrased as gap:
            reason = gap.what
        whole = None if formal is None else sentence(f"{self._moment()}: {formal}" if self._moment() else formal)
        doc = self.rule.doc
        missing = formal is not None and (exact or (needed and not mentions_all(because or doc, formal)))
        text = because or ("" if missing else doc)
        if because and not re.search(say.DEMANDING, because, re.IGNORECASE):
            led = otherwise(because) if refused and self._forbids() else aside(because)
            spoken = " ".join([*([sentence(formal)] if formal else []), led])
        else:
            spoken = " ".join(sentence(t) for t in (text, formal if missing or not text else "") if t)
        own = bool(because) or missing or not doc
        self.atoms.append(Atom(self.rule.name, label, spoken, bool(text), whole, span, own, None, reason))

    def _forbids(self) -> bool:
        """Whether the rule forbids a call: what it speaks to may still be refused."""
        return self.rule.when == "before" and self.rule.pattern is not None and self.rule.pattern.kind == "call"

    def _moment(self) -> str:
        return moment_of(self.rule, English(self.spec))


def otherwise(because: str) -> str:
    """What a requirement that does not hold leads to: what its reason says to do, or a refusal with that reason."""
    if re.match(say.REACTING, because, re.IGNORECASE):
        return say.OTHERWISE_DO.format(what=opening(because))
    return sentence(because) if _says_when(because) else say.OTHERWISE_SAY.format(reason=sentence(because))


def aside(because: str) -> str:
    """What is said beside a requirement that forbids no call: what to do, or why it is required."""
    acts = re.match(say.REACTING, because, re.IGNORECASE) or _says_when(because)
    return sentence(because) if acts else say.REASON_IS.format(reason=sentence(because))


def _says_when(because: str) -> bool:
    led = re.match(say.WHEN, because, re.IGNORECASE)
    return led is not None and re.match(say.REACTING, because[led.end() :], re.IGNORECASE) is not None


def moment_of(rule: Rule, english: English) -> str:
    """When a rule is judged, as the beginning of a sentence."""
    pattern = rule.pattern
    if rule.when == "end" or pattern is None:
        return say.AT_END if rule.when == "end" else ""
    if pattern.kind == "step":
        return say.ON_STEP
    if pattern.kind == "message":
        return (say.BEFORE_MESSAGE if rule.when == "before" else say.AFTER_MESSAGE)[pattern.role]
    tools = english.called(pattern)
    return (
        say.BEFORE_CALL.format(tools=tools)
        if rule.when == "before"
        else say.AFTER_CALL[pattern.status].format(tools=tools)
    )


def read_rule(spec: Spec, rule: Rule) -> list[Atom]:
    """What a rule asks, sentence by sentence."""
    return RuleReader(spec, rule).read()


# --- small questions --------------------------------------------------------------------------------------------------


def _is_call_to(condition: Expr, tools: frozenset[str]) -> bool:
    """Whether a condition only asks whether the call is to one of some tools, all of these among them."""
    match condition:
        case Apply("eq", (Get(Var("call"), "tool"), Const(name))):
            return tools == {name}
        case Apply("in", (Get(Var("call"), "tool"), Const(names))):
            return tools <= set(names)
    return False


def _is_event_fold(value: Expr) -> bool:
    return isinstance(value, Fold) and value.op in ("first", "last", "only") and isinstance(value.source, Events)


def _is_plain_row(value: Expr) -> bool:
    return isinstance(value, Lookup) and isinstance(value.key, Get) and isinstance(value.key.target, Var)


def _text_or_gap(english: English, value: Expr) -> str:
    try:
        return english.text(value)
    except Unphrased as gap:
        return f"\x00{gap.what}"


def _around(around: tuple[Around, ...]) -> Iterator[str]:
    """Conditions that stand together are said together, what is one thing or another last."""
    for loop, group in groupby(around, lambda a: a.loop):
        members = list(group)
        if loop:
            yield from (a.text for a in members)
            continue
        ordered = sorted(members, key=lambda a: a.choice)
        told = [say.EITHER.format(a.text) if a.choice and len(members) > 1 else a.text for a in ordered]
        between = ", and " if len(members) > 1 and any(a.choice for a in members) else " and "
        yield say.IF.format(conditions=between.join(told) if between != " and " else series(told))


def always_skips(body: tuple[Stmt, ...]) -> bool:
    """Whether statements always end in leaving the rule, without a word."""
    match body[-1:]:
        case (Exit("skip"),):
            return True
        case (Branch(_, then, other),):
            return always_skips(then) and always_skips(other)
    return False


def used_in(thing: Expr | Duty | Stmt) -> frozenset[str]:
    """The names a piece of a rule speaks of."""
    return frozenset(n.name for n in walk(thing) if isinstance(n, Var))


def _needed(context: Context, used: frozenset[str]) -> list[Meaning]:
    """The meanings of the names that are used, and of the names in those, in the order they were given."""
    chosen: list[Meaning] = []
    for meaning in reversed(context.meanings):
        if meaning.name in used:
            chosen.append(meaning)
            used |= meaning.uses
    return [m for m in reversed(chosen) if m.text]


__all__ = ["Atom", "moment_of", "read_rule"]
