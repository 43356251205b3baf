"""The smallest step over each rule: a shortest conversation that breaks it and nothing else.

Such a conversation lies right beside the policy, so it makes a good test: a checker that misses the rule, or finds
another one broken, is wrong. It is replayed by the reference evaluator and heard by the generated checker.
"""

import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

from attrs import evolve, frozen

from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.questions import Question
from ..core.nodes import Rule
from ..core.spec import Spec
from ..source import Span
from .difference import bounded, verdicts
from .errors import REPLAYED, UNHEARD, Refuted
from .hunting import Hunt, around, may_turn_on_failure, meant_tools
from .replay import Replay, Story
from .rules import Examiner
from .search import Doubtful, Knobs
from .sizes import sizes
from .wording import worded


@frozen
class Neighbour:
    """A conversation in which `rule` is the only one broken, under `labels`; or why there is none. `spoken` has the
    words that were chosen for it, `refused`: the tool itself refuses the call, so it is only asked about."""

    rule: str
    span: Span
    status: Literal["found", "none", "unknown"]
    argument: str = ""
    story: Story | None = None
    spoken: Story | None = None
    labels: tuple[str, ...] = ()
    shortest: bool = False
    refused: bool = False
    doubt: Doubtful | None = None
    millis: int = 0


def neighbours(spec: Spec, knobs: Knobs, globs: tuple[str, ...] = ()) -> Iterator[Neighbour]:
    """One for each rule that a program can judge, in the order of the specification."""
    for name, rule in spec.rules.items():
        if rule.when != "judged" and (not globs or any(fnmatchcase(name, g) for g in globs)):
            began = time.perf_counter()
            found = _neighbour(spec, rule, knobs)
            yield evolve(found, millis=round((time.perf_counter() - began) * 1000))


def _neighbour(spec: Spec, rule: Rule, knobs: Knobs) -> Neighbour:
    """Warnings are kept too where that can be; only errors where it cannot."""
    everything = tuple(r for r in spec.rules.values() if r.when != "judged")
    binding = tuple(r for r in everything if r.severity == "error" or r is rule)
    found = _next_to(spec, rule, everything, knobs)
    if found.status == "found" or len(binding) == len(everything):
        return found
    return _next_to(spec, rule, binding, knobs)


def _next_to(spec: Spec, rule: Rule, judged: tuple[Rule, ...], knobs: Knobs) -> Neighbour:
    kept = {r.name for r in judged} - {rule.name}

    def demand(question: Question) -> None:
        question.comply((rule.name,), strict=False)
        question.demand("rule", f"broken.{rule.name}", rule.span, question.verdicts.breaks(rule.name))

    def test(witness: Witness) -> Story:
        story = Replay(spec, witness).story(None, ())
        broken = verdicts(story, "violated")
        if rule.name not in broken or broken & kept:
            raise Refuted(f"`{rule.name}` is not broken, or not alone", rule.span)
        return story

    def heard(witness: Witness) -> bool:
        story = test(witness)
        return worded(story, story, spec, spec) is not None

    hunt = Hunt(spec, judged, demand, test, knobs, may_turn_on_failure(rule, spec), heard)
    needed, further = sizes(knobs, (rule.body,))
    examiner = Examiner(spec, judged, knobs)
    foci = around(examiner, rule, meant_tools(rule, spec))
    found = hunt.far(foci, lambda narrow: examiner.widened(rule, narrow), needed, further)
    if found.story is None:
        status: Literal["none", "unknown"] = "none" if found.status == "none" else "unknown"
        return Neighbour(rule.name, rule.span, status, bounded(found) if status == "none" else "", doubt=found.doubt)
    spoken = worded(found.story, found.story, spec, spec)
    if spoken is None:
        return Neighbour(rule.name, rule.span, "unknown", doubt=Doubtful(UNHEARD, rule.span, "--seed"))
    labels = {j.label: None for j in found.story.judgements if j.rule == rule.name and j.verdict == "violated"}
    return Neighbour(
        rule.name, rule.span, "found", REPLAYED, found.story, spoken, tuple(labels), found.shortest, found.refused
    )


__all__ = ["Neighbour", "neighbours"]
