"""Scenarios that are met by doing nothing: whatever is drawn, what is to be reached holds already, or the calls of the
plan change nothing. A task of such a scenario pays an agent that does nothing.

Asked only where the conversation that was found for a scenario changed nothing, so it costs nothing elsewhere.
"""

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from ..backends.smt import plans, terms
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.questions import Question
from ..backends.smt.bounded.values import Cell
from ..backends.smt.terms import FALSE
from ..core.nodes import Goal, Rule, Scenario
from ..core.spec import Spec
from .errors import Refuted
from .replay import Replay, Story
from .search import Knobs, Sought, seek


def idle_goal(spec: Spec, rules: tuple[Rule, ...], scenario: Scenario, story: Story, knobs: Knobs) -> Goal | None:
    """The goal that needs nothing done, of a scenario for which a conversation was found; None where one does, or where
    that stays open. Small worlds are looked at, and no larger ones."""
    if story.changes or scenario.refusal is not None or scenario.given:
        return None
    goals = list(_leaves(scenario.goals))
    if not goals:
        return None if _answers_to_words(rules) else next(iter(scenario.goals), None)
    if any(g.kind == "learn" or (g.kind == "do" and spec.tools[g.tool].kind != "write") for g in goals):
        return None  # something is owed besides
    ways = plans(scenario.goals, False)
    found = [_needing(spec, rules, scenario, way, knobs).status for way in ways]
    return goals[0] if all(status == "none" for status in found) else None


def _answers_to_words(rules: tuple[Rule, ...]) -> bool:
    """Whether some rule wants something done after what a user says: without goals, too, it may be wanted."""
    heard = (r for r in rules if r.duties and r.when == "after" and r.pattern is not None)
    return any(r.pattern.kind == "message" and r.pattern.role != "agent" for r in heard if r.pattern is not None)


def _leaves(goals: tuple[Goal, ...]) -> Iterator[Goal]:
    for goal in goals:
        if goal.goals:
            yield from _leaves(goal.goals)
        elif goal.kind != "nothing":
            yield goal


def _needing(spec: Spec, rules: tuple[Rule, ...], scenario: Scenario, way: tuple[Goal, ...], knobs: Knobs) -> Sought:
    """A world in which this way to the goals changes something, or in which they do not hold from the beginning."""
    calls = tuple(g for g in way if g.kind == "do")

    def write(question: Question) -> None:
        if calls:
            question.scenario(scenario, way, ())
            question.succeed()
            question.demand("goal", "goal.changes", calls[0].span, _changed(question))
            return
        env: dict[str, Any] = {}
        for pick in scenario.picks:
            question.draw(pick, env)
        ends = [question.condition(g.condition, env).no for g in way if g.condition is not None]
        question.demand("goal", "goal.open", way[0].span if way else scenario.span, terms.either(ends))

    def accept(witness: Witness) -> Story:
        story = Replay(spec, witness).story(scenario if calls else evolve(scenario, goals=()), calls)
        if calls and not story.changes:
            raise Refuted("nothing was changed", calls[0].span)
        return story

    return seek(spec, rules if calls else (), write, accept, knobs, ladder=knobs.ladder[:1])


def _changed(question: Question) -> str:
    """That some place reads otherwise than it did when it was first changed."""
    first = {(id(place), name): (place, name, old) for place, name, old in reversed(question.undo)}
    found = []
    for place, name, old in first.values():
        if place is question.tables or (isinstance(place, Cell) and name == "entries"):
            now: list[Any] = place.entries if isinstance(place, Cell) else question.tables[name]
            before = {id(row[1]): row[0] for row in old}
            found += [terms.negate(terms.equal(row[0], before.get(id(row[1]), FALSE))) for row in now]
            found += [terms.negate(question.equal(a[2], b[2])) for a, b in zip(now, old, strict=False) if len(a) == 3]
        else:
            found.append(terms.negate(question.equal(place[name], old)))
    return terms.either(found)


__all__ = ["idle_goal"]
