"""Can what a rule owes be done? Of a rule that says what has to come after something, a conversation within the rules
in which it has to come shows that. Where there is none, another rule, or a tool, forbids what this one demands.
"""

import time

from attrs import evolve, frozen

from ..backends.smt.bounded.around import Focus, relevant_reads
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.questions import Question
from ..backends.smt.terms import Clause
from ..core.nodes import Rule, Tool
from ..core.spec import Spec
from .errors import BOUNDED, REPLAYED, TESTED, UNHEARD, Refuted
from .looked import NOTHING
from .owing import demanded_by, owed_after
from .replay import Replay, Story
from .rules import Examiner, Finding
from .search import Doubtful, Sought, seek
from .tested import owed_by


@frozen
class Keeper:
    """Looks for conversations in which rules have to be kept, and are."""

    examiner: Examiner

    @property
    def spec(self) -> Spec:
        return self.examiner.spec

    def duty(self, rule: Rule, seen: Story | None = None) -> Finding:
        """`kept`, `unkept`, `vacuous` (the rules never let it come to that) or `unknown`; `seen` is a conversation in
        which the rule was kept, if one is known."""
        began = time.perf_counter()
        test = self.examiner.tested.shown.kept.get(rule.name)
        if seen is not None:
            found = Finding(rule.name, "duty", "kept", REPLAYED, seen)
        elif test is not None:
            found = Finding(rule.name, "duty", "kept", TESTED, test=test)
        else:
            found = self._asked(rule)
        return evolve(found, millis=round((time.perf_counter() - began) * 1000), span=rule.span)

    def _asked(self, rule: Rule) -> Finding:
        doubt: Doubtful | None = None
        core: tuple[Clause, ...] = ()
        looked = NOTHING
        for focus in (f for f in self.examiner.foci(rule) if not f.open):
            found = self._sought(rule, self._followed(rule, focus))
            if found.story is not None:
                return Finding(rule.name, "duty", "kept", REPLAYED, found.story)
            doubt, core, looked = doubt or found.doubt, core or found.core, looked + found.looked
        if doubt is not None:
            return Finding(rule.name, "duty", "unknown", "", doubt=doubt)
        mine = any(c.role == "rule" and c.name.startswith(f"rule.{rule.name}.") for c in core)
        return Finding(rule.name, "duty", "unkept" if mine else "vacuous", BOUNDED, looked=looked, core=core)

    def _followed(self, rule: Rule, focus: Focus) -> Focus:
        """Around the same event, with the calls that are owed after it and what these need to have been looked at."""
        owed = self._demanded(rule, {focus.tool.name} if focus.tool is not None else set())
        reads = relevant_reads(self.spec, self.examiner.rules, {t.name for t in owed})
        before = dict.fromkeys((*focus.reads, *(t for t in reads if t is not focus.tool)))
        return evolve(focus, reads=tuple(before), after=reads, owed=owed)

    def _demanded(self, rule: Rule, made: set[str]) -> tuple[Tool, ...]:
        """The calls that a rule demands, and those that others do once some calls were made."""
        own = dict.fromkeys(demanded_by(rule))
        return tuple(self.spec.tools[n] for n in (*own, *owed_after(self.examiner.rules, made | own.keys(), own)))

    def _sought(self, rule: Rule, focus: Focus, opened: bool = False) -> Sought:
        def write(question: Question) -> None:
            question.trial(focus, opened)
            question.succeed()
            question.comply()
            question.demand("rule", f"owed.{rule.name}", rule.span, question.verdicts.owes(rule.name))

        def accept(witness: Witness) -> Story:
            story = Replay(self.spec, witness).story(None, ())
            if rule.name not in kept(story, self.spec):
                raise Refuted(f"`{rule.name}` does not have to be kept, or is broken", rule.span)
            return story

        knobs = evolve(self.examiner.knobs, spoken=True)
        about = focus.tool.span if focus.tool is not None else rule.span
        rules = self.examiner.rules
        found = seek(self.spec, rules, write, accept, knobs, True, knobs.ladder[:1], about)
        if found.doubt is not None and found.doubt.why == UNHEARD and not opened:
            return self._sought(rule, focus, True)
        return found


def kept(story: Story, spec: Spec) -> set[str]:
    """The rules that owe something, and get it, in a conversation in which none is broken or in doubt."""
    if story.broken(spec) | story.doubted(spec):
        return set()
    return {j.rule for j in story.judgements if j.verdict == "satisfied" and j.label in owed_by(spec.rules[j.rule])}


__all__ = ["Keeper", "kept", "owed_by"]
