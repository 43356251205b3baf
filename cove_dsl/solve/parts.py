"""Is each part of a tool of use? Every value of an enum that a parameter takes, in a call that succeeds within the
rules; every branch of what the tool does, and every way in which it can fail, in some call, whatever the rules say.

One conversation reaches many parts, so it is asked for some of those that are left, until there is none.
"""

import time
from collections.abc import Iterator
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from ..backends.smt import terms
from ..backends.smt.bounded.around import Focus, led_up_to, relevant_reads
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.language import SAID
from ..backends.smt.bounded.questions import Question
from ..backends.smt.bounded.world import Bounds
from ..backends.smt.terms import Clause
from ..core.nodes import Bind, Branch, Check, Const, Each, Exit, Rule, Stmt, Tool
from ..core.spec import Spec
from ..core.types import EnumType, Optional
from ..source import Span
from .errors import UNHEARD, Refuted
from .looked import Looked
from .replay import Replay, Story
from .search import Doubtful, Knobs, Sought, seek
from .tested import Tested, carried_out

Given: TypeAlias = tuple[str, str, str]  # a tool, a parameter and a value as it is written in calls


@frozen
class Value:
    """A value that a parameter takes: as it is called, and as it is written in calls."""

    param: str
    name: str
    wire: str
    type: EnumType


@frozen
class Place:
    """A part of a tool's body: a branch, by the statement that it begins with, or a check that may `fail` a call."""

    kind: Literal["branch", "failure"]
    span: Span
    first: Span


Part: TypeAlias = Value | Place
Ladder: TypeAlias = tuple[Bounds, ...]


@frozen
class Missed:
    """A part that no conversation was found to reach: what stands in the way, and how far was looked."""

    part: Part
    core: tuple[Clause, ...]
    looked: Looked


@frozen
class Parts:
    """What was found of the parts of a tool: `missed` of so many, and those that stay `open`. A check that never fails
    is missed, too, and nothing wrong: what guards a tool may be sure."""

    name: str
    kind: Literal["values", "branches"]
    number: int = 0
    missed: tuple[Missed, ...] = ()
    open: tuple[Part, ...] = ()
    doubt: Doubtful | None = None
    millis: int = 0
    span: Span | None = None

    @property
    def wrong(self) -> tuple[Missed, ...]:
        """What has no use: but where no value has one, it is the tool that has none."""
        if self.kind == "values":
            return self.missed if len(self.missed) < self.number else ()
        return tuple(m for m in self.missed if isinstance(m.part, Place) and m.part.kind == "branch")


@frozen
class Prober:
    """Looks for conversations that reach the parts of tools."""

    spec: Spec
    rules: tuple[Rule, ...]
    knobs: Knobs
    tested: Tested

    def values(self, tool: Tool, seen: set[Given]) -> Parts:
        """The values that a tool is called with within the rules; those `seen` or tested need not be looked for."""
        began = time.perf_counter()
        known = seen | self.tested.shown.given
        wanted = values_of(tool, self.spec)
        left = [v for v in wanted if (tool.name, v.param, v.wire) not in known]
        near = Focus(tool, relevant_reads(self.spec, self.rules, {tool.name}))
        led = led_up_to(self.spec, self.rules, near)

        def asked(some: list[Part], explain: bool, _: Ladder) -> tuple[Sought, list[Part]]:
            found, hit = around(near, some, explain)
            return around(led, some, explain) if found.status == "none" and led != near else (found, hit)

        def around(focus: Focus, some: list[Part], explain: bool, opened: bool = False) -> tuple[Sought, list[Part]]:
            hit: list[Part] = []

            def write(question: Question) -> None:
                question.trial(focus, opened)
                question.succeed()
                question.comply()
                given = (question.is_given(tool, v.param, Const(v.wire, v.type)) for v in some if isinstance(v, Value))
                question.demand("goal", "value", tool.span, terms.either(given))

            def accept(witness: Witness) -> Story:
                story = Replay(self.spec, witness).story(None, ())
                calls = [c.arguments for c in story.calls if c.tool == tool.name and c.ok]
                hit[:] = [v for v in some if isinstance(v, Value) and any(a.get(v.param) == v.wire for a in calls)]
                if not hit or story.broken(self.spec) | story.doubted(self.spec):
                    raise Refuted("no such call succeeds, or a rule is broken", tool.span)
                return story

            knobs = evolve(self.knobs, spoken=True, plain=False)
            found = seek(self.spec, self.rules, write, accept, knobs, explain, knobs.ladder[:2], tool.span)
            if found.doubt is not None and found.doubt.why == UNHEARD and not opened:
                return around(focus, some, explain, True)
            return found, hit

        return self._found(tool, "values", len(wanted), left, asked, began)

    def branches(self, tool: Tool) -> Parts:
        """The branches of a tool's body, whatever the rules say."""
        began = time.perf_counter()
        wanted = list(places_of(tool.body or ()))
        done = self.tested.shown.passed

        def asked(some: list[Part], explain: bool, ladder: Ladder) -> tuple[Sought, list[Part]]:
            hit: list[Part] = []

            def write(question: Question) -> None:
                if not question.slots:
                    question.attempt(tool)
                under = (g for p in some if isinstance(p, Place) for g in question.passed.get(_key(p), ()))
                question.demand_instead("goal", "branch", some[0].first if isinstance(some[0], Place) else tool.span,
                                        terms.either(under))  # fmt: skip

            def accept(witness: Witness) -> Story:
                story = Replay(self.spec, witness).story(None, ())
                passed = carried_out(self.spec, story.state, [(c.tool, c.arguments) for c in story.calls])
                hit[:] = [p for p in some if isinstance(p, Place) and _key(p) in passed]
                if not hit:
                    raise Refuted("this is not reached", tool.span)
                return story

            return seek(self.spec, (), write, accept, knobs, explain, ladder, tool.span), hit

        knobs = evolve(self.knobs, plain=False, kept={})
        left = [p for p in wanted if _key(p) not in done]
        return self._found(tool, "branches", len(wanted), left, asked, began)

    def _found(self, tool: Tool, kind, number: int, left, asked, began: float) -> Parts:  # type: ignore[no-untyped-def]
        """Some of what is left is asked for, until there is nothing; then one by one, for why that is. Where nothing of
        all that is left can be, no part can: then the last question, put once more for each, says why."""
        missed: list[Missed] = []
        still_open: list[Part] = []
        doubt: Doubtful | None = None
        left, ladder = list(left), self.knobs.ladder[:2]
        while left:
            found, hit = asked(left, False, ladder)
            if found.story is None:
                ladder = (found.bounds,) if _nowhere(found) else ladder
                break
            left = [p for p in left if p not in hit]
        for part in list(left):
            if part not in left:
                continue
            found, hit = asked([part], True, ladder)
            if _nowhere(found):
                missed.append(Missed(part, found.core, found.looked))
            elif found.story is None:
                still_open.append(part)
                doubt = doubt or found.doubt
            left = [p for p in left if p not in hit and p != part]
        millis = round((time.perf_counter() - began) * 1000)
        return Parts(tool.name, kind, number, tuple(missed), tuple(still_open), doubt, millis, tool.span)


def _nowhere(found: Sought) -> bool:
    """Whether there is nothing of any amount, day and text."""
    return found.status == "none" and not set(found.looked.limits) - SAID


def values_of(tool: Tool, spec: Spec) -> list[Value]:
    """Every value of every parameter that takes an enum's."""
    found = []
    for param in tool.params:
        kind = param.type.item if isinstance(param.type, Optional) else param.type
        if isinstance(kind, EnumType):
            found += [Value(param.name, name, wire, kind) for name, wire in spec.enums[kind.name].values.items()]
    return found


def places_of(stmts: tuple[Stmt, ...]) -> Iterator[Place]:
    """The sides of every branch that do something, and whatever may end a call as failed."""
    for stmt in stmts:
        match stmt:
            case Branch(_, then, other):
                for side in (then, other):
                    if side and not isinstance(side[0], Branch):
                        failing = isinstance(side[0], Exit) and side[0].kind == "fail"
                        yield Place("failure" if failing else "branch", side[0].span, side[0].span)
                    yield from places_of(side)
            case Check(condition, _, _, otherwise) if otherwise is None or otherwise.kind == "fail":
                yield Place("failure", stmt.span, condition.span)
            case Bind(_, value, otherwise) if otherwise is not None and otherwise.kind == "fail":
                yield Place("failure", stmt.span, value.span)
            case Each():
                yield from places_of(stmt.body)
            case _:
                pass


def _key(place: Place) -> tuple[Span, bool]:
    """How a part is called where statements are carried out: a side by its first statement, a check by its failure."""
    return place.span, place.span != place.first


__all__ = ["Given", "Part", "Parts", "Place", "Prober", "Value", "places_of", "values_of"]
