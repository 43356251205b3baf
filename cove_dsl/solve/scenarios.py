"""Can each scenario be played out under the policy? A plan that replays proves that it can; a refutation that holds of
every world proves that it cannot; otherwise the answer says how far was looked.

A scenario that expects a refusal is expected to be refuted, by the rule that it names.
"""

import time
from collections.abc import Set
from typing import Any

from attrs import evolve, frozen

from ..backends.smt import Feasibility, check_scenario, exhausted, passed_over, plans, short_plans
from ..backends.smt.bounded.around import binding, failing, relevant_reads
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.questions import Question
from ..backends.smt.bounded.world import Bounds
from ..backends.smt.feasibility import MOST_DEPTH, Begun, CoreClause
from ..backends.smt.relevance import looks_back, most_counted
from ..backends.smt.terms import Clause
from ..core.nodes import Goal, Rule, Scenario, Tool
from ..core.spec import Spec
from ..source import Span
from .circular import circular, rechecked
from .errors import BOUNDED, EVERY_WORLD, FINER_WOULD_DO, REPLAYED, WAYS, Refuted
from .idle import idle_goal
from .learning import could_say, opens_with
from .looked import NOTHING, Looked
from .owing import owed_after
from .replay import Replay, Story, witness_of
from .search import Doubtful, Knobs, Sought, seek, with_few
from .sizes import beyond, may_help, room, what_may_help
from .sole import ButFor, but_for

Plan = tuple[Goal, ...]
CHEAP_DEPTH = 2  # of what must have happened for what must have happened, while an author writes


@frozen
class Refusal:
    """What is known of an expected refusal: the rule, a conversation in which it forbids the call, and the other rules
    that forbid it there as well. `tried`: whether such a conversation was looked for; `whole`: whether that call is the
    last of the plan. `but_for`: whether all of it could be done if it were not for the rule."""

    rule: str
    label: str
    story: Story | None = None
    also: tuple[str, ...] = ()
    doubt: Doubtful | None = None
    tried: bool = False
    looked: Looked = NOTHING
    whole: bool = False
    but_for: ButFor | None = None


@frozen
class Answer:
    """What there is to say about one scenario. `status` sat: `story` is a conversation that meets the goals; unsat: no
    world has one, and `core` is why. `argument` names what the answer rests on. For an expected refusal the question is
    whether what is asked for could be done after all; `fallback` is then a conversation that does what is right.
    `looked` says how far where the argument has bounds.
    `idle` is a goal that never needs anything done; `plan` are the calls of a conversation that was held in the
    specification's own world, where there is no story."""

    scenario: str
    status: str
    argument: str
    story: Story | None = None
    core: tuple[CoreClause, ...] = ()
    minimal: bool = True
    doubt: Doubtful | None = None
    refusal: Refusal | None = None
    fallback: Story | None = None
    millis: int = 0
    span: Span | None = None
    proof: Feasibility | None = None
    looked: Looked | None = None
    idle: Goal | None = None
    plan: tuple[dict[str, Any], ...] = ()

    @property
    def expected(self) -> bool:
        """Whether the answer is what the scenario says it should be. An expected refusal that small worlds do not
        contradict is taken as it is meant, and not as proved."""
        if self.refusal is None:
            return self.status == "sat"
        return self.argument == BOUNDED or (self.status == "unsat" and any(c.role == "goal" for c in self.core))


@frozen
class Player:
    """Asks about the scenarios of one specification. `cheap`: only what decides whether something is wrong. `aside`: a
    rule, and the label of its checks or "" for all, that may be broken. `lenient`: what tools check is left out.
    `begun`: how far a proof came about the scenario that is asked about."""

    spec: Spec
    rules: tuple[Rule, ...]
    knobs: Knobs = Knobs()
    cheap: bool = False
    aside: tuple[str, str] = ("", "")
    lenient: bool = False
    begun: dict[int, Begun] | None = None

    # --- the three kinds of question

    def ask(self, scenario: Scenario) -> Answer:
        began = time.perf_counter()
        answer = self._refused(scenario) if scenario.refusal is not None else self._wanted(scenario)
        return evolve(answer, millis=round((time.perf_counter() - began) * 1000), span=scenario.span)

    def _wanted(self, scenario: Scenario) -> Answer:
        found, proof = self._played_or_refuted(scenario, scenario.goals)
        return self._answer(scenario, found, proof)

    def _answer(self, scenario: Scenario, found: Sought, proof: Feasibility | None) -> Answer:
        if found.story is not None:
            idle = idle_goal(self.spec, self.rules, scenario, found.story, self.knobs)
            return Answer(scenario.name, "sat", REPLAYED, found.story, idle=idle)
        if proof is not None and proof.status == "unsat":
            return Answer(scenario.name, "unsat", EVERY_WORLD, core=proof.core, minimal=proof.minimal, proof=proof)
        if found.status == "none":
            core = tuple(_clause(c, self.spec) for c in found.core)
            knob = what_may_help(found.core, self.spec, scenario, found.looked)
            knob = "coins" if FINER_WOULD_DO in found.looked.limits else knob
            return Answer(scenario.name, "unknown", BOUNDED, core=core,
                          doubt=Doubtful(BOUNDED, None, knob), proof=proof,
                          looked=found.looked)  # fmt: skip
        return Answer(scenario.name, "unknown", "", doubt=found.doubt, proof=proof)

    def _played_or_refuted(
        self, scenario: Scenario, goals: tuple[Goal, ...], tried: Feasibility | None = None
    ) -> tuple[Sought, Feasibility | None]:
        """The smallest worlds first; then a proof that there is none, unless one was `tried`; then larger worlds."""
        refusal = scenario.refusal is not None
        ways = plans(goals, refusal) if exhausted(goals, refusal) else short_plans(goals, refusal)
        ladder = room(self.knobs, scenario)
        first, rest = ladder[:1], ladder[1:]
        found = self._some(scenario, ways, first, not self.cheap and (refusal or not rest), self.cheap)
        if found.story is not None:
            return found, None
        proof = tried or self._proof(scenario)
        if proof.status == "unsat":
            return found, proof
        if self.cheap:
            return self._widened(scenario, ways, found), proof
        larger = self._some(scenario, ways, rest, not refusal)
        if larger.story is None and (larger.status == "unknown" or not rest):
            found = self._some(scenario, ways, first, True) if found.status == "none" else found
            larger = found if found.story is not None else larger
        if larger.story is not None:
            return larger, proof
        if not exhausted(goals, scenario.refusal is not None):
            spent = larger.doubt or found.doubt if self.knobs.budget.spent else None
            return evolve(found, status="unknown", doubt=spent or Doubtful(WAYS, scenario.goals[0].span)), proof
        if larger.status == "none" == found.status:
            told = found if refusal or not rest else larger
            return self._widened(scenario, ways, evolve(told, looked=larger.looked)), proof
        if scenario.refusal is None and larger.doubt is not None and self.knobs.budget.spent:
            return larger, proof
        return found if not rest or found.status == "none" or larger.status != "none" else larger, proof

    def _widened(self, scenario: Scenario, ways: list[Plan], found: Sought) -> Sought:
        """Where small worlds have nothing, larger ones than were asked for, if these might help: nobody is sent there
        in vain."""
        if found.status != "none" or scenario.refusal is not None or not may_help(found.core, self.spec):
            return found
        if not exhausted(scenario.goals, False):
            return found
        ladder = beyond(room(self.knobs, scenario)[-1])
        wider = evolve(self, knobs=evolve(self.knobs, attempts=1))._some(scenario, ways, ladder, True)
        return found if wider.status == "unknown" else evolve(wider, looked=found.looked + wider.looked)

    def _proof(self, scenario: Scenario) -> Feasibility:
        """Whether no world and no conversation has it. While an author writes, a refusal that is meant is not proved by
        what else would have to happen: as it is expected, it is taken as it is meant."""
        depth = 0 if self.cheap and scenario.refusal else CHEAP_DEPTH if self.cheap else MOST_DEPTH
        found = check_scenario(self.spec, scenario, self.knobs.budget, depth, self.begun)
        if found.status == "unsat":
            return rechecked(self.spec, self.rules, scenario, found)
        return circular(self.spec, self.rules, scenario) or found

    def _some(
        self, scenario: Scenario, ways: list[Plan], ladder: tuple[Bounds, ...], explain: bool, whole: bool = True
    ) -> Sought:
        """The first way that can be gone; what is unknown of one is unknown of all, and what conflicts is told of the
        first way in the largest worlds."""
        worst, looked = Sought("none"), NOTHING
        for bounds in ladder:
            here: Sought | None = None
            for plan in ways:
                found = self._play(scenario, plan, bounds, explain and bounds == ladder[-1], whole)
                if found.story is not None or (found.doubt is not None and self.knobs.budget.spent):
                    return found
                looked += found.looked
                here = found if here is None or found.status == "unknown" != here.status else here
            worst = here if here is not None and (here.status == "unknown" or worst.status != "unknown") else worst
        return evolve(worst, looked=looked)

    def _play(self, scenario: Scenario, plan: Plan, bounds: Bounds, explain: bool, whole: bool) -> Sought:
        reads, left = self._reads(plan), passed_over(scenario.goals, plan) if scenario.refusal is None else []
        held = scenario.refusal is not None and not self.aside[0]  # but for a rule, all may be said
        sayable = could_say(self.spec, scenario) if held else None
        opening, may_fail = opens_with(scenario), failing(self.spec, self.rules)
        made = {g.tool for g in plan if g.kind == "do"}
        owed = tuple(self.spec.tools[n] for n in owed_after(self.rules, made) if n in self.spec.tools)

        def write(question: Question) -> None:
            question.scenario(scenario, plan, reads, passed_over=left, could_say=sayable, opens_with=opening,
                              owed=owed)  # fmt: skip
            question.succeed() if not self.lenient else None
            question.comply(self.aside[:1], only=self.aside[1])

        def accept(witness: Witness) -> Story:
            story = Replay(self.spec, witness).story(scenario, plan, left)
            return self.accepted(story, {n for n, e in enumerate(witness.events) if not e.goal and e.tool in may_fail})

        about = next((g.span for g in reversed(plan) if g.kind in ("do", "reach")), scenario.span)
        knobs = evolve(self.knobs, spoken=True)
        return seek(self.spec, self.rules, write, accept, knobs, explain, (bounds,), about, whole)

    def _reads(self, plan: Plan) -> tuple[Tool, ...]:
        """The look-ups that rules may ask for, as often as they count them."""
        found = relevant_reads(self.spec, self.rules, {g.tool for g in plan if g.kind == "do"})
        return found * most_counted(tuple(r.body for r in self.rules if looks_back(r.body, self.spec)))

    def accepted(self, story: Story, may_fail: Set[int] = frozenset()) -> Story:
        """A story in which every call succeeds, but for some that may fail and change nothing, and no rule is broken or
        in doubt."""
        if any(c.ok and c.position in may_fail and self.spec.tools[c.tool].kind == "write" for c in story.calls):
            raise Refuted("something is changed that nobody asked for")
        failed = next((c for c in story.calls if c.ok is not True and c.position not in may_fail), None)
        if failed is not None:
            raise Refuted(f"`{failed.tool}` fails: {failed.result}")
        rule, label = self.aside
        hit = {j.rule for j in story.judgements if j.rule == rule and label not in ("", j.label)
               and j.verdict in ("violated", "unknown")}  # fmt: skip
        if wrong := (story.broken(self.spec) | story.doubted(self.spec)) - {rule} | hit:
            name = min(wrong)
            raise Refuted(f"`{name}` does not hold", self.spec.rules[name].span)
        return story

    # --- refusals

    def _refused(self, scenario: Scenario) -> Answer:
        found, tried = Sought("none"), self._proof(scenario)
        proof: Feasibility | None = tried
        if tried.status != "unsat":
            found, proof = self._played_or_refuted(scenario, scenario.goals, tried)
        answer = self._answer(scenario, found, proof)
        assert scenario.refusal is not None
        refusal = Refusal(*scenario.refusal)
        if self.cheap:
            return evolve(answer, refusal=refusal)
        refusal = self.forbidden(scenario)
        if answer.status != "sat" and (refusal.story is not None or refusal.doubt is not None):
            refusal = evolve(refusal, but_for=but_for(self, scenario, refusal.story, refusal.whole, answer.proof))
        fallback = self._fallback(scenario, refusal.story) if answer.status != "sat" else None
        return evolve(answer, refusal=refusal, fallback=fallback)

    def forbidden(self, scenario: Scenario) -> Refusal:
        """A conversation in which the rule forbids a call of the plan; at best, no other rule does."""
        assert scenario.refusal is not None
        rule, label = scenario.refusal
        doubt: Doubtful | None = None
        looked = NOTHING
        for plan in self._prefixes(scenario):
            knobs = evolve(self.knobs, spoken=True, kept={})
            found = with_few(lambda few, plan=plan, knobs=knobs: self._forbid(scenario, plan, few, knobs))  # type: ignore[misc]
            if found.story is not None:
                also = tuple(sorted(found.story.broken(self.spec) - {rule}))
                return Refusal(rule, label, found.story, also, tried=True, whole=self._is_whole(scenario, plan))
            doubt, looked = found.doubt or doubt, looked + found.looked
        return Refusal(rule, label, doubt=doubt, tried=True, looked=looked)

    def _prefixes(self, scenario: Scenario) -> list[Plan]:
        """The plan up to each of its calls, the last one first."""
        found: dict[Plan, None] = {}
        for plan in plans(scenario.goals, True)[:4]:
            ends = [i for i, g in enumerate(plan) if g.kind == "do"]
            found |= dict.fromkeys(plan[: i + 1] for i in reversed(ends))
        return list(found)

    def _is_whole(self, scenario: Scenario, steps: Plan) -> bool:
        """Whether some steps are all that is to be done, but for what is learnt."""
        rest = (w[len(steps) :] for w in plans(scenario.goals, True) if w[: len(steps)] == steps)
        return any(all(g.kind in ("learn", "nothing") for g in left) for left in rest)

    def smallest(self, scenario: Scenario) -> Sought:
        """A conversation in the smallest worlds in which all is done that is asked for, or what conflicts there."""
        ways = plans(scenario.goals, scenario.refusal is not None)
        found = self._some(scenario, ways, room(self.knobs, scenario)[:1], True)
        every = exhausted(scenario.goals, scenario.refusal is not None)
        return found if every or found.status != "none" else evolve(found, status="unknown", doubt=Doubtful(WAYS))

    def clause(self, clause: Clause) -> CoreClause:
        return _clause(clause, self.spec)

    def _forbid(self, scenario: Scenario, plan: Plan, few: int, knobs: Knobs) -> Sought:
        """A conversation in which the rule forbids the last call of a plan, and at most so many others are broken."""
        assert scenario.refusal is not None
        (rule, label), reads = scenario.refusal, self._reads(plan)

        def write(question: Question) -> None:
            if not (is_written := bool(question.slots)):
                question.scenario(scenario, plan, reads, refused=True)
                question.succeed()
            question.break_few(rule, few)
            if not is_written:
                question.demand("rule", f"refusal.{rule}", scenario.span, question.verdicts.breaks(rule, label))

        def accept(witness: Witness) -> Story:
            story = Replay(self.spec, witness).story(scenario, plan)
            hit = {
                j.rule
                for j in story.judgements
                if j.verdict == "violated" and j.rule == rule and label in ("", j.label)
            }
            if not hit or len(story.broken(self.spec) - {rule}) > few:
                raise Refuted(f"`{rule}` does not forbid it, or not alone")
            return story

        ladder, about = room(self.knobs, scenario)[:1], plan[-1].span
        return seek(self.spec, self.rules, write, accept, knobs, ladder=ladder, about=about)

    def _fallback(self, scenario: Scenario, refused: Story | None) -> Story | None:
        """A conversation that does what the scenario settles for. Where that is nothing, what was refused will do, up
        to the point at which it is asked for."""
        rest = []
        for goal in scenario.goals[:1]:
            rest = list(goal.goals[1:]) if goal.kind == "first" else []
        goals = (*rest[:1], *scenario.goals[1:])
        others = (Goal("first", goals=tuple(rest)), *scenario.goals[1:]) if rest else goals
        settled = evolve(scenario, goals=others or (Goal("nothing"),), refusal=None)
        ways = plans(settled.goals, False)
        if refused is not None and all(g.kind in ("nothing", "learn") for g in ways[0]):
            try:
                return evolve(self.accepted(Replay(self.spec, witness_of(refused, 1)).story(None, ())),
                              bindings=refused.bindings)  # fmt: skip
            except Refuted:
                pass
        return self._some(settled, ways, room(self.knobs, scenario)[:1], False).story


def _clause(clause: Clause, spec: Spec) -> CoreClause:
    by = clause.name.removeprefix("rule.") if clause.role == "rule" else ""
    return CoreClause(clause.span, clause.text, clause.role, by)


def ask_scenario(spec: Spec, scenario: Scenario, knobs: Knobs | None = None) -> Answer:
    """The answer for one scenario."""
    return Player(spec, binding(spec), knobs or Knobs()).ask(scenario)


__all__ = ["Answer", "Player", "Refusal", "ask_scenario"]
