"""All questions about a specification, and what there is to say about the answers: the solver's part of `check` and of
`solve`. What was not decided is said as such, with the place that is to blame and the knob that helps.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from attrs import evolve, frozen

from ..backends.smt import Budget, diagnose
from ..backends.smt.bounded.questions import binding
from ..core.spec import Spec
from ..source import NOWHERE, Diagnostic
from . import errors
from .rules import Examiner, Finding
from .scenarios import Answer, Player
from .search import Knobs
from .telling import tell

CHEAP = Budget(steps=1_000_000, milliseconds=5_000)  # for questions that are asked while an author writes


@frozen
class Surveyor:
    """Asks about one specification, one thing after the other."""

    spec: Spec
    knobs: Knobs = Knobs()

    def scenarios(self, globs: tuple[str, ...] = (), cheap: bool = False) -> Iterator[Answer]:
        knobs = evolve(self.knobs, rows=2, attempts=1, budget=CHEAP) if cheap else self.knobs
        player = Player(self.spec, binding(self.spec), knobs, cheap)
        for name, scenario in self.spec.scenarios.items():
            if _meant(name, globs):
                yield player.ask(scenario)

    def rules(self, globs: tuple[str, ...] = ()) -> Iterator[Finding]:
        examiner = Examiner(self.spec, binding(self.spec), self.knobs)
        for name, rule in self.spec.rules.items():
            if rule.when != "judged" and _meant(name, globs):
                yield examiner.rule(rule)

    def tools(self) -> Iterator[Finding]:
        examiner = Examiner(self.spec, binding(self.spec), self.knobs)
        yield from map(examiner.tool, self.spec.tools.values())


def _meant(name: str, globs: tuple[str, ...]) -> bool:
    return not globs or any(fnmatchcase(name, g) for g in globs)


# --- what there is to say ---------------------------------------------------------------------------------------------


def about_scenario(answer: Answer, spec: Spec) -> Diagnostic | None:
    """What is wrong with a scenario, if anything is; an open question is a warning."""
    span = answer.span or NOWHERE
    if answer.status == "unsat" and not answer.expected and answer.proof is not None:
        return diagnose(answer.proof, spec)
    if answer.refusal is not None:
        return _about_refusal(answer, spec)
    if answer.status == "unknown" and answer.doubt is not None:
        return errors.undecided(answer.scenario, answer.doubt.why, answer.doubt.knob, span, answer.doubt.span)
    return None


def _about_refusal(answer: Answer, spec: Spec) -> Diagnostic | None:
    refusal, span = answer.refusal, answer.span or NOWHERE
    assert refusal is not None
    rule = ".".join(filter(None, (refusal.rule, refusal.label)))
    place = answer.proof.span if answer.proof is not None and answer.proof.span is not None else span
    if answer.story is not None:
        return errors.not_forced(answer.scenario, rule, place, tell(answer.story))
    if answer.status == "unknown" and not answer.expected and answer.doubt is not None:
        return errors.undecided(answer.scenario, answer.doubt.why, answer.doubt.knob, span, answer.doubt.span)
    if refusal.tried and refusal.story is None and refusal.doubt is None:
        by = sorted({c.by.partition(".")[0] for c in answer.core if c.by} - {refusal.rule})
        return errors.refused_otherwise(answer.scenario, rule, place, by)
    return None


def about_finding(found: Finding, spec: Spec) -> Diagnostic | None:
    """What is wrong with a rule or tool, if anything is."""
    span = found.span or NOWHERE
    match found.finding:
        case "dead":
            return errors.never_judged(found.name, span)
        case "unbreakable":
            return errors.never_broken(found.name, span)
        case "overridden":
            return errors.always_excepted(found.name, span, [e.span for e in spec.exemptions if e.rule == found.name])
        case "shared":
            return errors.says_the_same(found.name, span, [(n, spec.rules[n].span) for n in found.others])
        case "unreachable":
            return errors.unreachable_tool(found.name, span)
        case "unknown" if found.doubt is not None:
            return errors.undecided(found.name, found.doubt.why, found.doubt.knob, span, found.doubt.span)
    return None


__all__ = ["Surveyor", "about_finding", "about_scenario"]
