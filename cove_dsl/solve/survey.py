"""All questions about a specification, and what there is to say about the answers: the solver's part of `check` and of
`solve`. What was not decided is said as such, with the place that is to blame and the knob that helps.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from math import inf
from typing import TypeAlias

from attrs import Factory, define, evolve, field, frozen

from ..backends.smt import Budget, diagnose
from ..backends.smt.bounded.around import binding
from ..backends.smt.errors import CLAUSE_TEXTS
from ..backends.smt.feasibility import GIVEN, Begun
from ..backends.smt.solve import Purse
from ..backends.smt.terms import Clause
from ..core.nodes import Rule, Scenario, Tool
from ..core.spec import Spec
from ..source import NOWHERE, Diagnostic, Span
from . import errors
from .apart import Died
from .errors import PLAYED, REPLAYED
from .instances import played_out
from .keeping import Keeper, kept
from .looked import NOTHING
from .parts import Given, Parts, Place, Prober, Value, places_of, values_of
from .replay import Story, passed
from .rules import Examiner, Finding
from .scenarios import Answer, Player, Refusal
from .search import Doubtful, Knobs
from .telling import gist
from .tested import Tested, owed_by

CHEAP = Budget(steps=1_000_000, milliseconds=5_000)  # for questions that are asked while an author writes
FIRST = 3_000_000  # steps that everything gets at first
SHARES = 4  # how many askings' worth of steps there are for one thing afterwards
MOST_OF_THE_TIME = 3  # how many times its part of the time a single thing may take at first
Found: TypeAlias = Answer | Finding | Parts


@frozen
class Ask:
    """Something to ask about: a scenario, rule or tool, what a rule owes (`duty`), or what a tool takes (`values`) and
    does (`branches`), and how."""

    kind: str
    name: str
    span: Span
    run: "Callable[[Knobs, Seen], Found]"
    refusal: tuple[str, str] | None = None


@frozen
class Surveyor:
    """Asks about one specification, one thing after the other. `seconds` are for everything together."""

    spec: Spec
    knobs: Knobs = Knobs()
    seconds: float = inf
    tested: Tested = Factory(lambda self: Tested(self.spec), takes_self=True)

    def scenarios(self, globs: tuple[str, ...] = (), cheap: bool = False) -> Iterator[Answer]:
        knobs = evolve(self.knobs, rows=2, attempts=1, budget=CHEAP) if cheap else self.knobs
        for name, scenario in self.spec.scenarios.items():
            if _meant(name, globs):
                mine = _sharing(knobs, SHARES * knobs.budget.steps, inf)
                mine = evolve(mine, plain=not cheap or scenario.refusal is not None)  # where the story may be shown
                yield Player(self.spec, binding(self.spec), mine, cheap).ask(scenario)

    def rules(self, globs: tuple[str, ...] = ()) -> Iterator[Finding]:
        examiner = self._examiner(self.knobs)
        for name, rule in self.spec.rules.items():
            if rule.when != "judged" and _meant(name, globs):
                yield examiner.rule(rule)

    def tools(self) -> Iterator[Finding]:
        examiner = self._examiner(self.knobs)
        yield from map(examiner.tool, self.spec.tools.values())

    def duties(self, globs: tuple[str, ...] = ()) -> Iterator[Finding]:
        """What is found of what rules demand."""
        yield from (f for f in self.answers(self._duties(globs)) if isinstance(f, Finding))

    # --- everything, within a time

    def asks(self, scenarios: tuple[str, ...] = (), rules: tuple[str, ...] = ()) -> list[Ask]:
        """What there is to ask: about the scenarios and rules that are meant, or about everything."""
        found = [Ask("scenario", n, s.span, partial(self._about_scenario, s), s.refusal)
                 for n, s in self.spec.scenarios.items()
                 if _meant(n, scenarios) and (scenarios or not rules)]  # fmt: skip
        found += [Ask("rule", n, r.span, partial(self._about_rule, r)) for n, r in self.spec.rules.items()
                  if r.when != "judged" and _meant(n, rules) and (rules or not scenarios)]  # fmt: skip
        found += [Ask("tool", n, t.span, partial(self._about_tool, t)) for n, t in self.spec.tools.items()
                  if not scenarios and not rules]  # fmt: skip
        if rules or not scenarios:
            found += self._duties(rules)
        return found if scenarios or rules else found + self._parts()

    def _duties(self, globs: tuple[str, ...]) -> list[Ask]:
        """The rules that demand something to come."""
        rules = [r for r in binding(self.spec) if owed_by(r) and _meant(r.name, globs)]
        return [Ask("duty", r.name, r.span, partial(self._about_duty, r)) for r in rules]

    def _parts(self) -> list[Ask]:
        """What there is to ask of the parts of tools."""
        tools = self.spec.tools.items()
        found = [Ask("values", n, t.span, partial(self._about_values, t)) for n, t in tools if values_of(t, self.spec)]
        return found + [Ask("branches", n, t.span, partial(self._about_branches, t))
                        for n, t in tools if any(places_of(t.body or ()))]  # fmt: skip

    # --- one question

    def _about_scenario(self, scenario: Scenario, knobs: Knobs, seen: "Seen") -> Found:
        return Player(self.spec, binding(self.spec), knobs, begun=seen.begun).ask(scenario)

    def _about_rule(self, rule: Rule, knobs: Knobs, seen: "Seen") -> Found:
        return self._examiner(knobs).rule(rule, seen.refused.get(rule.name))

    def _about_tool(self, tool: Tool, knobs: Knobs, _: "Seen") -> Found:
        return self._examiner(knobs).tool(tool)

    def _about_duty(self, rule: Rule, knobs: Knobs, seen: "Seen") -> Found:
        return Keeper(self._examiner(knobs)).duty(rule, seen.kept.get(rule.name))

    def _about_values(self, tool: Tool, knobs: Knobs, seen: "Seen") -> Found:
        return self._prober(knobs).values(tool, seen.given)

    def _about_branches(self, tool: Tool, knobs: Knobs, _: "Seen") -> Found:
        return self._prober(knobs).branches(tool)

    # --- everything, one after the other

    def parts(self) -> Iterator[Parts]:
        """What is found of the parts of all tools."""
        yield from (p for p in self.answers(self._parts()) if isinstance(p, Parts))

    def answers(self, asks: Sequence[Ask], began: Callable[[Ask], object] = lambda ask: None) -> Iterator[Found]:
        """An answer for everything. What is easy comes first: everything is asked with few steps, then what stayed open
        for want of more, each with its part of the time that is left. `began` hears what is asked next."""
        deadline = time.monotonic() + self.seconds
        hard: list[tuple[Ask, dict[int, Begun]]] = []
        seen = Seen(self.spec)
        for number, ask in enumerate(asks):
            began(ask)
            if (known := seen.answer(ask)) is not None:
                yield known
                continue
            part = MOST_OF_THE_TIME * (deadline - time.monotonic()) / (len(asks) - number)
            steps = min(FIRST, SHARES * self.knobs.budget.steps)
            seen.begun = {}
            found = self._or_played(ask.run(_sharing(self.knobs, steps, min(deadline, time.monotonic() + part)), seen))
            if wants_more(found):
                hard.append((ask, seen.begun))
            else:
                seen.note(found)
                yield found
        for number, (ask, seen.begun) in enumerate(hard):
            began(ask)
            part = (deadline - time.monotonic()) / (len(hard) - number)
            found = ask.run(_sharing(self.knobs, SHARES * self.knobs.budget.steps, time.monotonic() + part), seen)
            seen.note(found)
            yield found

    def _or_played(self, found: Found) -> Found:
        """An answer; of a scenario that stays open, a conversation that is held in the specification's own world."""
        if not isinstance(found, Answer) or found.status != "unknown" or found.refusal is not None:
            return found
        began = time.perf_counter()
        row = played_out(self.spec, (found.scenario,)).get(found.scenario)
        if row is None:
            return found
        millis = found.millis + round((time.perf_counter() - began) * 1000)
        return Answer(found.scenario, "sat", PLAYED, millis=millis, span=found.span, plan=tuple(row["plan"]))

    def _prober(self, knobs: Knobs) -> Prober:
        return Prober(self.spec, binding(self.spec), knobs, self.tested)

    def _examiner(self, knobs: Knobs) -> Examiner:
        return Examiner(self.spec, binding(self.spec), knobs, self.tested)


def lost(ask: Ask, end: Died) -> Found:
    """What is said of a question with which the solver's process ended."""
    doubt = Doubtful(f"{errors.CRASHED}: {end.how}", None, "--memory" if end.starved else "--seed")
    if ask.kind in ("values", "branches"):
        return Parts(ask.name, "values" if ask.kind == "values" else "branches", doubt=doubt, span=ask.span)
    if ask.kind != "scenario":
        return Finding(ask.name, ask.kind, "unknown", "", doubt=doubt, span=ask.span)
    refusal = Refusal(*ask.refusal) if ask.refusal is not None else None
    return Answer(ask.name, "unknown", "", doubt=doubt, refusal=refusal, span=ask.span)


@define
class Seen:
    """What answers have shown besides what was asked: a conversation within the rules uses tools, and one in which a
    rule alone forbids a call shows that it does something. `given` are values that calls have there, `kept` rules that
    demand something and get it. `begun`: how far a proof came about what is asked now."""

    spec: Spec
    used: dict[str, Story] = field(factory=dict)
    refused: dict[str, Story] = field(factory=dict)
    given: set[Given] = field(factory=set)
    kept: dict[str, Story] = field(factory=dict)
    begun: dict[int, Begun] = field(factory=dict)

    def note(self, found: Found) -> None:
        if isinstance(found, Finding) and found.kind == "tool" and found.story is not None:
            self._note_values(found.story)
        if not isinstance(found, Answer):
            return
        for story in (s for s in (found.story, found.fallback) if s is not None):
            for call in (c for c in story.calls if c.ok):
                self.used.setdefault(call.tool, story)
            self._note_values(story)
            for rule in kept(story, self.spec):
                self.kept.setdefault(rule, story)
        if found.refusal is not None and found.refusal.story is not None and not found.refusal.also:
            self.refused.setdefault(found.refusal.rule, found.refusal.story)

    def _note_values(self, story: Story) -> None:
        calls = (c for c in story.calls if c.ok)
        self.given.update((c.tool, n, v) for c in calls for n, v in c.arguments.items() if isinstance(v, str))

    def answer(self, ask: Ask) -> Found | None:
        """What is known of a tool, if anything is."""
        if ask.kind != "tool" or ask.name not in self.used:
            return None
        return Finding(ask.name, "tool", "reachable", REPLAYED, self.used[ask.name], span=ask.span)


def _sharing(knobs: Knobs, steps: int, deadline: float) -> Knobs:
    return evolve(knobs, budget=evolve(knobs.budget, purse=Purse(steps, deadline)))


def wants_more(found: Found) -> bool:
    """Whether an answer stayed open because its steps or its time were spent."""
    doubts = [found.doubt, *([found.refusal.doubt] if isinstance(found, Answer) and found.refusal else [])]
    return any(d is not None and d.knob in ("--steps", "--budget") for d in doubts)


def _meant(name: str, globs: tuple[str, ...]) -> bool:
    return not globs or any(fnmatchcase(name, g) for g in globs)


# --- what there is to say ---------------------------------------------------------------------------------------------


def about_scenario(answer: Answer, spec: Spec) -> Diagnostic | None:
    """What is wrong with a scenario, if anything is; an open question is a warning."""
    span = answer.span or NOWHERE
    if answer.status == "unsat" and not answer.expected and answer.proof is not None:
        return diagnose(answer.proof, spec, lambda by: _would_refuse(spec, answer.scenario, by))
    if answer.refusal is not None:
        return _about_refusal(answer, spec)
    if answer.idle is not None:
        return errors.met_by_nothing(answer.scenario, answer.idle.span, answer.idle.kind)
    if answer.status == "unknown" and answer.doubt is not None:
        doubt, conflict = answer.doubt, [c.span for c in answer.core if c.role != "invariant"]
        return errors.undecided(answer.scenario, doubt.why, doubt.knob, span, doubt.span, conflict)
    return None


def _would_refuse(spec: Spec, name: str, by: str) -> bool:
    """Whether a conversation is found in which a rule forbids what a scenario asks for."""
    rule, _, label = by.partition(".")
    player = Player(spec, binding(spec), Knobs(rows=2, attempts=1, budget=CHEAP, plain=False))
    return player.forbidden(evolve(spec.scenarios[name], refusal=(rule, label))).story is not None


def _about_refusal(answer: Answer, spec: Spec) -> Diagnostic | None:
    refusal, span = answer.refusal, answer.span or NOWHERE
    assert refusal is not None
    rule = ".".join(filter(None, (refusal.rule, refusal.label)))
    place = answer.proof.span if answer.proof is not None and answer.proof.span is not None else span
    if answer.story is not None:
        why = passed(answer.story, spec.rules[refusal.rule])
        return errors.not_forced(answer.scenario, rule, place, gist(answer.story), why)
    if answer.status == "unknown" and not answer.expected and answer.doubt is not None:
        return errors.undecided(answer.scenario, answer.doubt.why, answer.doubt.knob, span, answer.doubt.span)
    if refusal.tried and refusal.story is None and refusal.doubt is None:
        by = sorted({c.by.partition(".")[0] for c in answer.core if c.by} - {refusal.rule})
        return errors.refused_otherwise(answer.scenario, rule, place, by, refusal.looked)
    if refusal.but_for is not None and refusal.but_for.needed is False and not refusal.but_for.by_tool:
        core = [(c.span, CLAUSE_TEXTS[c.role]) for c in refusal.but_for.core if c.role not in GIVEN]
        return errors.refused_anyway(answer.scenario, rule, place, core, refusal.but_for.rules, refusal.but_for.looked)
    return None


def about_finding(found: Finding, spec: Spec) -> Diagnostic | None:
    """What is wrong with a rule or tool, if anything is."""
    span, looked = found.span or NOWHERE, found.looked or NOTHING
    match found.finding:
        case "dead":
            return errors.never_judged(found.name, span, looked)
        case "unbreakable":
            return errors.never_broken(found.name, span, looked)
        case "overridden":
            exceptions = [e.span for e in spec.exemptions if e.rule == found.name]
            return errors.always_excepted(found.name, span, exceptions, looked)
        case "shared":
            return errors.says_the_same(found.name, span, [(n, spec.rules[n].span) for n in found.others], looked)
        case "unkept":
            return errors.never_kept(found.name, span, looked, *_told(found.core))
        case "unreachable":
            return errors.unreachable_tool(found.name, span, looked, *_told(found.core))
        case "unknown" if found.doubt is not None:
            return errors.undecided(found.name, found.doubt.why, found.doubt.knob, span, found.doubt.span)
    return None


def about_parts(found: Parts) -> list[Diagnostic]:
    """What is wrong with the parts of a tool; what is open of them is no fault of theirs."""
    problems = []
    for missed in found.wrong:
        core, rules = _told(missed.core)
        match missed.part:
            case Value(param, name):
                span = found.span or NOWHERE
                made = errors.unreachable_value(found.name, param, name, span, missed.looked, core, rules)
            case Place(_, _, first):
                made = errors.unreachable_branch(found.name, first, missed.looked, core)
        problems.append(made)
    return problems


def _told(core: Sequence[Clause]) -> tuple[list[tuple[Span, str]], list[str]]:
    """What an author chose of what conflicts, in words, and the rules among it."""
    places = [(c.span, CLAUSE_TEXTS[c.role]) for c in core if c.role in ("rule", "require")]
    return places, list(dict.fromkeys(c.name.split(".")[1] for c in core if c.role == "rule"))


__all__ = ["Ask", "Found", "Surveyor", "about_finding", "about_parts", "about_scenario", "lost"]
