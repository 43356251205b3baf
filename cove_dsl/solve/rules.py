"""Does each rule do something? A conversation that breaks it and nothing else shows that it is judged, that it can be
broken, and that no other rule says the same. Where there is none, the questions are asked one by one.

Is each tool of use? A compliant conversation in which it succeeds shows that. What the specification's own tests show
needs no conversation of the solver's.
"""

import time
from collections.abc import Iterator
from itertools import islice, product

from attrs import Factory, evolve, frozen

from ..backends.smt.bounded.around import (
    MOST_LED,
    Focus,
    any_meant,
    binding,
    changers,
    led_up_to,
    over,
    past_of,
    relevant_reads,
)
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.language import SAID
from ..backends.smt.bounded.questions import Question
from ..backends.smt.bounded.world import Bounds
from ..backends.smt.terms import TRUE, Clause
from ..core.nodes import Apply, Check, Const, Fold, Get, Rule, Tool
from ..core.spec import Spec
from ..core.walk import walk
from ..source import Span
from .errors import BOUNDED, MISREAD, REPLAYED, TESTED, UNHEARD, Refuted, only_judged, only_of, unwritten
from .looked import NOTHING, Looked
from .owing import owed_after
from .replay import Replay, Story, witness_of
from .search import MOST_OTHERS, Doubtful, Knobs, Sought, seek
from .sizes import sizes
from .tested import Tested

MOST_FOCI = 6
QUICK = 300_000  # steps for what only makes an answer nicer


@frozen
class Finding:
    """What was found of a rule or tool. `finding` of a rule: `alone` (a conversation breaks it and nothing else),
    `shared` (none breaks it alone; the nearest breaks `others`), `broken` (by a test that breaks `others` with it),
    `unbreakable`, `overridden` (an exception always applies), `dead` (never judged) or `unknown`; of a tool:
    `reachable`, `unreachable` or `unknown`.
    `attempt`: the tool itself refuses what the rule forbids. `test` is the test of the specification that shows it,
    where the solver did not. `looked` says how far was looked for what was not found, `core` what stands in the way."""

    name: str
    kind: str
    finding: str
    argument: str
    story: Story | None = None
    others: tuple[str, ...] = ()
    attempt: bool = False
    doubt: Doubtful | None = None
    millis: int = 0
    span: Span | None = None
    test: str = ""
    looked: Looked | None = None
    core: tuple[Clause, ...] = ()


@frozen
class Examiner:
    """Puts the rules and tools of a specification to the test."""

    spec: Spec
    rules: tuple[Rule, ...]
    knobs: Knobs = Knobs()
    tested: Tested = Factory(lambda self: Tested(self.spec), takes_self=True)

    # --- rules

    def rule(self, rule: Rule, refused: Story | None = None) -> Finding:
        """What a rule does; `refused` is a conversation in which it alone forbids a call, if one is known."""
        began = time.perf_counter()
        found = self._by_test(self._rule(rule, refused))
        return evolve(found, millis=round((time.perf_counter() - began) * 1000), span=rule.span)

    def _rule(self, rule: Rule, refused: Story | None) -> Finding:
        foci = list(self.foci(rule))
        tried = {c.tool for c in refused.calls if c.ok is None} if refused is not None else set()
        meant = next((f for f in foci if f.open and f.tool is not None and f.tool.name in tried), None)
        if refused is not None and meant is not None:
            return self._shown(rule, meant, foci, refused)
        asked = [f for f in foci if f.open] or foci
        doubt: Doubtful | None = None
        looked = NOTHING
        for few in range(MOST_OTHERS + 1):
            for bounds, focus in product(sizes(self.knobs, (rule.body,))[0], asked):
                found = self._broken(rule, focus, few, bounds=bounds)
                if found.story is not None and few:
                    return self._shared(rule, found.story, looked)
                if found.story is not None:
                    return self._shown(rule, focus, foci, found.story, bounds)
                doubt, looked = found.doubt or doubt, looked + found.looked
            if doubt is not None:
                return self._broken_outright(rule, foci) or self._open(rule, doubt)
            for focus in self.widened(rule, asked) if few in (0, MOST_OTHERS) else ():
                found = self._broken(rule, focus, few)
                if found.story is not None and few:
                    return self._shared(rule, found.story, looked)
                if found.story is not None:
                    return self._shown(rule, focus, foci, found.story)
                looked += found.looked
        if left := sorted(set(looked.limits) - SAID):
            return self._open(rule, Doubtful(only_of(left), rule.span, "exact"))
        return self._never_broken(rule, [*asked, *self.widened(rule, asked)], looked)

    def _shared(self, rule: Rule, story: Story, looked: Looked) -> Finding:
        others = tuple(sorted(story.broken(self.spec) - {rule.name}))
        return Finding(rule.name, "rule", "shared", BOUNDED, story, others, looked=looked)

    def _open(self, rule: Rule, doubt: Doubtful) -> Finding:
        return Finding(rule.name, "rule", "unknown", "", doubt=self._blamed(rule, doubt))

    def _blamed(self, rule: Rule, doubt: Doubtful) -> Doubtful:
        """A doubt about a rule that looks at a result of which nobody wrote what it is names the tool that gives it."""
        looks = any(isinstance(n, Get) and n.name == "result" for n in walk((rule.body, rule.duties)))
        about = rule.pattern.tools if rule.pattern is not None and rule.when == "after" else ()
        blind = [t for n, t in self.spec.tools.items() if n in about and t.body is None]
        if not looks or not blind or not doubt.why.startswith(MISREAD):
            return doubt
        return Doubtful(unwritten(blind[0].name), blind[0].span, "body")

    def _by_test(self, found: Finding) -> Finding:
        """What the specification's own tests show counts for more than that the solver found nothing."""
        if found.finding in ("alone", "reachable"):
            return found
        shown = self.tested.shown
        if found.kind == "tool":
            test = shown.used.get(found.name)
            return Finding(found.name, "tool", "reachable", TESTED, test=test) if test is not None else found
        if (test := shown.alone.get(found.name)) is not None:
            return Finding(found.name, "rule", "alone", TESTED, test=test)
        if (test := shown.broken.get(found.name)) is not None and found.finding != "shared":
            return Finding(found.name, "rule", "broken", TESTED, others=shown.beside[found.name], test=test)
        if found.finding == "dead" and (test := shown.judged.get(found.name)) is not None:
            return Finding(found.name, "rule", "unknown", "", doubt=Doubtful(only_judged(test), None, "--rows"))
        return found

    def _broken_outright(self, rule: Rule, foci: list[Focus]) -> Finding | None:
        """A rule that a call breaks alone which succeeds: where it is too hard to say whether it may be asked about."""
        for focus in (f for f in foci if not f.open):
            found = self._broken(rule, focus, 0, quick=True)
            if found.story is not None:
                return Finding(rule.name, "rule", "alone", REPLAYED, found.story)
        return None

    def _shown(
        self, rule: Rule, focus: Focus, foci: list[Focus], story: Story, bounds: Bounds | None = None
    ) -> Finding:
        """A rule that can be broken alone: by a call that goes through, if there is one."""
        if not focus.open:
            return Finding(rule.name, "rule", "alone", REPLAYED, story)
        if (done := self._carried_out(rule, story)) is not None:
            return Finding(rule.name, "rule", "alone", REPLAYED, done)
        refused = True
        made = [f for f in foci if not f.open and f.tool is focus.tool]
        for through in (*made, *(f for f in self.widened(rule, made, changed=False) if f.owed)):
            found = self._broken(rule, through, 0, quick=True, bounds=bounds)
            if found.story is not None:
                return Finding(rule.name, "rule", "alone", REPLAYED, found.story)
            refused = refused and found.status == "none"
        return Finding(rule.name, "rule", "alone", REPLAYED, story, attempt=refused)

    def _carried_out(self, rule: Rule, story: Story) -> Story | None:
        """The same conversation with the call carried out that it asks about, if that succeeds and breaks no more."""
        try:
            done = Replay(self.spec, witness_of(story, carried_out=True)).story(None, ())
        except Refuted:
            return None
        return done if all(c.ok for c in done.calls) and done.broken(self.spec) == {rule.name} else None

    def _never_broken(self, rule: Rule, foci: list[Focus], looked: Looked) -> Finding:
        """Of a rule that nothing breaks within the bounds, why that is. `looked`: how far was looked."""
        heard = NOTHING
        for bounds, focus in product(sizes(self.knobs, (rule.body,))[0], foci):
            found = self._sought(
                rule,
                focus,
                bounds,
                lambda q: q.verdicts.hears(rule.name),
                lambda story: any(j.rule == rule.name for j in story.judgements),
            )
            if found.story is not None:
                strict = self._unexcepted(rule)
                overridden = strict is not None and any(
                    self._broken(strict, f, len(self.spec.rules), replayed=False).status == "found" for f in foci
                )
                what = "overridden" if overridden else "unbreakable"
                return Finding(rule.name, "rule", what, BOUNDED, found.story, looked=looked)
            if found.doubt is not None:
                return Finding(rule.name, "rule", "unknown", "", doubt=found.doubt)
            heard = heard + found.looked
        return Finding(rule.name, "rule", "dead", BOUNDED, looked=heard)

    def _broken(
        self, rule: Rule, focus: Focus, few: int, replayed: bool = True, quick: bool = False,
        bounds: Bounds | None = None,
    ) -> Sought:  # fmt: skip
        """A conversation that breaks a rule, and of the others at most so many."""
        found = self._breaking(rule, focus, few, replayed, quick, bounds, False)
        if found.doubt is None or found.doubt.why != UNHEARD:
            return found
        opened = self._breaking(rule, focus, few, replayed, quick, bounds, True)  # somebody may have to say details
        return opened if opened.story is not None else found

    def _breaking(
        self, rule: Rule, focus: Focus, few: int, replayed: bool, quick: bool, bounds: Bounds | None, opened: bool
    ) -> Sought:
        judged = (*(r for r in self.rules if r.name != rule.name), rule)

        def write(question: Question) -> None:
            question.trial(focus, opened)
            question.succeed()
            question.break_few(rule.name, few)
            question.demand("rule", f"broken.{rule.name}", rule.span, question.verdicts.breaks(rule.name))

        def accept(witness: Witness) -> Story:
            story = Replay(self.spec, witness).story(None, ())
            if not replayed:
                return story
            hit = any(j.rule == rule.name and j.verdict == "violated" for j in story.judgements)
            if not hit or len(story.broken(self.spec) - {rule.name}) > few:
                raise Refuted(f"`{rule.name}` is not broken, or not alone", rule.span)
            return story

        knobs = evolve(self.knobs, budget=evolve(self.knobs.budget, steps=QUICK)) if quick else self.knobs
        about = focus.tool.span if focus.tool is not None else rule.span
        ladder = (bounds or knobs.ladder[0],)
        knobs = evolve(knobs, spoken=replayed)
        return seek(self.spec, self._ordered(judged), write, accept, knobs, ladder=ladder, about=about)

    def _ordered(self, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """As in the specification, so that what is presupposed comes first."""
        by_name = {r.name: r for r in rules}
        return tuple(by_name[n] for n in self.spec.rules if n in by_name)

    def _sought(self, rule: Rule, focus: Focus, bounds: Bounds, term, holds) -> Sought:  # type: ignore[no-untyped-def]
        def write(question: Question) -> None:
            question.trial(focus)
            question.succeed()
            question.demand("rule", f"heard.{rule.name}", rule.span, term(question))

        def accept(witness: Witness) -> Story:
            story = Replay(self.spec, witness).story(None, ())
            if not holds(story):
                raise Refuted(f"`{rule.name}` is not judged", rule.span)
            return story

        rules = self.rules if rule in self.rules else (*self.rules, rule)
        about = focus.tool.span if focus.tool is not None else rule.span
        return seek(self.spec, self._ordered(rules), write, accept, self.knobs, ladder=(bounds,), about=about)

    def _unexcepted(self, rule: Rule) -> Rule | None:
        """The rule without its exceptions, if it has any."""
        excepted = [e for e in self.spec.exemptions if e.rule == rule.name]
        if not excepted:
            return None
        body = tuple(
            evolve(s, condition=s.condition.args[0])
            if isinstance(s, Check) and isinstance(s.condition, Apply) and s.condition.op == "or"
            and any(e.label in (None, s.label) for e in excepted)
            else s
            for s in rule.body
        )  # fmt: skip
        return evolve(rule, body=body)

    # --- where a rule is tried

    def foci(self, rule: Rule) -> Iterator[Focus]:
        """Events on which a rule may be broken, those that go through first."""
        tools = list(islice(self._tools(rule), MOST_FOCI))
        if rule.pattern is not None and rule.pattern.kind == "step":
            yield from (self._around(rule, t, crowded=True) for t in tools[:2])
        elif rule.pattern is not None and rule.pattern.kind == "message":
            yield evolve(self._around(rule, None), role=rule.pattern.role or "agent")
        else:
            yield from (self._around(rule, t) for t in tools)
            if rule.when == "before":
                yield from (self._around(rule, t, open=True) for t in tools)

    def widened(self, rule: Rule, foci: list[Focus], changed: bool = True) -> list[Focus]:
        """Around the same events, with more before them: all that rules ask for; then also what changes that by which
        the rule decides, if it may be `changed`, looked at anew before each call, and what other rules demand after all
        that."""
        found: dict[Focus, None] = dict.fromkeys(led_up_to(self.spec, self.rules, f) for f in foci)
        others = tuple(r for r in self.rules if r.name != rule.name)
        for led in list(found):
            changing = islice((t for t in changers(self.spec, rule) if t not in led.before), MOST_LED)
            made = (*(changing if changed else ()), *led.before)
            names = {t.name for t in (led.tool, *made, *led.after) if t is not None}
            owed = tuple(self.spec.tools[n] for n in owed_after(others, names) if n in self.spec.tools)
            aside = {t.name for t in (*made, *led.after, *owed)} - {led.tool.name if led.tool is not None else ""}
            reads = dict.fromkeys((*led.reads, *relevant_reads(self.spec, self.rules, aside)))
            found[evolve(led, reads=tuple(reads), before=made, owed=owed, again=True)] = None
        return [f for f in found if f not in foci]

    def _tools(self, rule: Rule) -> Iterator[Tool]:
        """The tools that a rule is about; those that change something first."""
        named: set[str] = set(rule.pattern.tools) if rule.pattern is not None and rule.pattern.kind == "call" else set()
        if rule.when == "end":
            named = {t for e in past_of(rule, self.spec) for t in e.pattern.tools}
        role = rule.pattern.role if rule.pattern is not None else None
        found = [t for t in self.spec.tools.values() if (not named or t.name in named) and role in (None, t.requestor)]
        found.sort(key=lambda t: (t.body is None, t.kind != "write"))
        yield from found

    def _around(self, rule: Rule, tool: Tool | None, crowded: bool = False, open: bool = False) -> Focus:
        names = {tool.name} if tool is not None else set()
        reads = relevant_reads(self.spec, self.rules, names)
        looked = [e.pattern for e in past_of(rule, self.spec) if e.pattern.kind == "call"]
        earlier = dict.fromkeys(
            n for p in looked for n in sorted(p.tools) or any_meant(self.spec, p, tool) if n in self.spec.tools
        )
        fails = any(p.status == "failed" for p in over(rule, self.spec))
        before = [
            t
            for t in map(self.spec.tools.__getitem__, earlier)
            if (t.kind == "write" or t is tool or (fails and t not in reads)) and t.body is not None
        ]
        if tool is not None:
            before = ([tool] if tool.name in earlier and tool in before else before[:2]) * limit_of(rule)
        after = [self.spec.tools[n] for d in rule.duties for p in (d.pattern,) if p is not None and p.kind == "call"
                 for n in sorted(p.tools or self.spec.tools)][:1]  # fmt: skip
        nothing = any(d.mode == "nothing" for d in rule.duties)
        if nothing and not after:
            after = list(reads[:1])
        return Focus(tool, reads, tuple(before), tuple(after), crowded, open, failing=fails)

    # --- tools

    def tool(self, tool: Tool) -> Finding:
        began = time.perf_counter()
        if tool.body is None:
            finding = Finding(tool.name, "tool", "reachable", "nobody wrote what it does: it may always succeed")
        else:
            finding = self._by_test(self._reached(tool))
        return evolve(finding, millis=round((time.perf_counter() - began) * 1000), span=tool.span)

    def _reached(self, tool: Tool) -> Finding:
        """After what rules look up; where that does not do, also after what they ask to be changed, or to fail."""
        focus = Focus(tool, relevant_reads(self.spec, self.rules, {tool.name}))
        found = self._used(tool, focus)
        led = led_up_to(self.spec, self.rules, focus)
        return self._used(tool, led) if found.finding == "unreachable" and led != focus else found

    def _used(self, tool: Tool, focus: Focus, opened: bool = False) -> Finding:
        def write(question: Question) -> None:
            slot = question.trial(focus, opened)
            question.succeed()
            question.demand("goal", f"used.{tool.name}", tool.span, slot.ok if slot is not None else TRUE)
            question.comply()

        def accept(witness: Witness) -> Story:
            story = Replay(self.spec, witness).story(None, ())
            wrong = story.broken(self.spec) | story.doubted(self.spec)
            if wrong or not any(c.tool == tool.name and c.ok for c in story.calls):
                raise Refuted(f"`{tool.name}` does not succeed, or a rule is broken", tool.span)
            return story

        knobs = evolve(self.knobs, spoken=True)
        found = seek(self.spec, self.rules, write, accept, knobs, True, knobs.ladder[:2], tool.span)
        if found.story is not None:
            return Finding(tool.name, "tool", "reachable", REPLAYED, found.story)
        if found.doubt is not None and found.doubt.why == UNHEARD and not opened:
            return self._used(tool, focus, True)
        finding = "unreachable" if found.status == "none" else "unknown"
        looked = found.looked if found.status == "none" else None
        argument = BOUNDED if looked else ""
        return Finding(
            tool.name, "tool", finding, argument, doubt=found.doubt, looked=looked, core=found.core if looked else ()
        )


def limit_of(rule: Rule) -> int:
    """How often something may have happened before a limit is broken."""
    numbers = [
        n.args[1].value for n in walk(rule.body)
        if isinstance(n, Apply) and n.op == "lt" and isinstance(n.args[0], Fold) and isinstance(n.args[1], Const)
    ]  # fmt: skip
    return max([1, *(n for n in numbers if isinstance(n, int) and n < 5)])


def examiner(spec: Spec, knobs: Knobs | None = None) -> Examiner:
    return Examiner(spec, binding(spec), knobs or Knobs())


__all__ = ["Examiner", "Finding", "examiner"]
