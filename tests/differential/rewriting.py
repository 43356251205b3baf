"""Rules written otherwise: some in other words for the same, some for less or more. What a normal form shows of two
policies is held against what the reference says of conversations under both.
"""

import random
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.python.runtime.likeness import alike
from cove_dsl.core import judge as court
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.nodes import Apply, Branch, Check, Clause, Collect, Const, Duty, Exit, Expr, Fold, Rule, Stmt
from cove_dsl.core.spec import Spec
from cove_dsl.core.types import BOOL
from cove_dsl.core.walk import walk
from cove_dsl.solve.difference import OTHER, Comparer, Side
from cove_dsl.solve.search import Knobs

from .machine import Desk, Ears, Pair
from .mutants import CHECKER, rewritten

Change = Callable[[Any], Any]
Body = tuple[Stmt, ...]


def no(condition: Expr) -> Expr:
    return Apply("not", (condition,), BOOL, condition.span)


# --- the same, in other words -----------------------------------------------------------------------------------------


def _de_morgan(n: Any) -> Any:
    other = {"and": "or", "or": "and"}
    return no(evolve(n, op=other[n.op], args=tuple(map(no, n.args)))) if n.op in other else n


def _turned(n: Any) -> Any:
    return evolve(n, args=n.args[::-1]) if n.op in ("and", "or", "eq", "add", "multiply") else n


def _denied(n: Any) -> Any:
    other = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
    return no(evolve(n, op=other[n.op])) if n.op in other else n


def _none_fails(n: Any) -> Any:
    if n.op != "every" or not isinstance(n.source, Collect):
        return n
    clauses = (*n.source.clauses, Clause("where", (), no(n.source.body)))
    return evolve(n, op="no", source=evolve(n.source, clauses=clauses))


def _folded_in(body: Body) -> Body:
    """A `when` before a single requirement, as a part of it."""
    match body:
        case (*before, Check(first, _, _, Exit("skip")), Check(second, _, _, None) as last):
            return (*before, evolve(last, condition=Apply("or", (no(first), second), BOOL, second.span)))
    return body


def _cut_up(body: Body) -> Body:
    """A requirement of several conditions, as several."""
    found: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Check(Apply("and", args), _, _, None):
                found += [evolve(stmt, condition=a) for a in args]
            case _:
                found.append(stmt)
    return tuple(found)


SAME: dict[str, tuple[type, Change]] = {
    "denied twice": (Check, lambda n: evolve(n, condition=no(no(n.condition)))),
    "the other junction": (Apply, _de_morgan),
    "the other way round": (Apply, _turned),
    "the opposite denied": (Apply, _denied),
    "none that fails": (Fold, _none_fails),
    "branches turned": (Branch, lambda n: evolve(n, condition=no(n.condition), then=n.other, other=n.then)),
    "when within": (Rule, lambda n: evolve(n, body=_folded_in(n.body))),
    "cut up": (Rule, lambda n: evolve(n, body=_cut_up(n.body))),
    "said twice": (Rule, lambda n: evolve(n, body=(*n.body, n.body[-1])) if n.body else n),
}


# --- more, or less ----------------------------------------------------------------------------------------------------


def _also(op: str) -> Change:
    """What is required, with what is asked before it in the same rule."""

    def change(n: Rule) -> Rule:
        asked, found = None, list[Stmt]()
        for stmt in n.body:
            if isinstance(stmt, Check):
                if asked is not None and stmt.otherwise is None:
                    stmt = evolve(stmt, condition=Apply(op, (stmt.condition, asked), BOOL, stmt.span))
                asked = asked or stmt.condition
            found.append(stmt)
        return evolve(n, body=tuple(found))

    return change


def _looser_bound(n: Any) -> Any:
    match n:
        case Apply("le" | "lt", (a, Const(int() as value, kind))) if not isinstance(value, bool):
            return evolve(n, args=(a, Const(value + 1, kind)))
    return n


def _fewer_tools(n: Rule) -> Rule:
    if n.pattern is None or len(n.pattern.tools) < 2:
        return n
    return evolve(n, pattern=evolve(n.pattern, tools=frozenset(sorted(n.pattern.tools)[1:])))


def _without(kind: str) -> Change:
    def gone(stmt: Stmt) -> bool:
        return isinstance(stmt, Check) and (stmt.otherwise is None) == (kind == "require")

    return lambda n: evolve(n, body=tuple(s for s in n.body if not gone(s)))


OTHERWISE: dict[str, tuple[type, Change]] = {
    "and what was asked": (Rule, _also("and")),
    "or what was asked": (Rule, _also("or")),
    "a looser bound": (Apply, _looser_bound),
    "fewer tools": (Rule, _fewer_tools),
    "any status": (Rule, lambda n: evolve(n, pattern=evolve(n.pattern, status=None)) if n.pattern is not None else n),
    "not when": (Rule, _without("when")),
    "not required": (Rule, _without("require")),
    "strictly": (Apply, lambda n: evolve(n, op={"le": "lt", "ge": "gt"}.get(n.op, n.op))),
    "later": (Duty, lambda n: evolve(n, mode={"then": "eventually"}.get(n.mode, n.mode))),
    **{n: c for n, c in CHECKER.items() if not n.startswith(("Tool", "Write", "Make", "Get of", "Exit"))},
}


# --- pairs of policies ------------------------------------------------------------------------------------------------


@frozen
class Both:
    """A desk, and its policy with every rule written otherwise, where that can be. `how`: what was done to each."""

    desk: Desk
    new: Spec
    how: dict[str, tuple[str, ...]]


def both(desk: Desk, seed: int) -> Both:
    dice = random.Random(seed)
    rules, how = {}, {}
    for name, rule in desk.spec.rules.items():
        rules[name], how[name] = _otherwise(rule, dice)
    sides = desk.spec, evolve(desk.spec, rules=rules)
    return Both(desk, sides[1], how)


def _otherwise(rule: Rule, dice: random.Random) -> tuple[Rule, tuple[str, ...]]:
    found: list[str] = []
    for table in dice.choice(((SAME,), (SAME, SAME), (SAME, OTHERWISE), (OTHERWISE,), (OTHERWISE, SAME))):
        names = list(table)
        dice.shuffle(names)
        for name in names:
            kind, change = table[name]
            at = [n for n in walk(rule) if type(n) is kind and change(n) != n]
            if at:
                one = dice.choice(at)
                rule = _put(rule, one, change)
                found.append(name)
                break
    return rule, tuple(found)


def _put(rule: Rule, one: Any, change: Change) -> Rule:
    return rewritten(rule, lambda n: change(n) if n == one else n)  # type: ignore[no-any-return]


@frozen
class Claim:
    """Wherever the rule of one side is broken, one of these of the other side is."""

    side: Side
    rule: str
    by: frozenset[str]


def claims(made: Both) -> tuple[Claim, ...]:
    """What normal forms show of the two policies."""
    comparer = Comparer(made.desk.spec, made.new, Knobs())
    sides: tuple[Side, Side] = ("old", "new")
    found = []
    for side in sides:
        for name, rule in made.desk.spec.rules.items():
            if rule.when != "judged" and not comparer.more(side, [name], [name]):
                found.append(Claim(side, name, frozenset([name])))
            elif rule.when != "judged" and not comparer.more(side, [name]):
                found.append(Claim(side, name, frozenset(comparer.binding(OTHER[side]))))
    return tuple(found)


def verdicts(spec: Spec, pair: Pair, ears: Ears) -> dict[str, set[str]]:
    """The rules that got a verdict at least once, by verdict."""
    trajectory = read_trajectory(pair.messages)
    world = MemoryWorld(spec, pair.state or {}, pair.state is None)
    report = court.judge(spec, trajectory.events, trajectory.steps, world, ears, alike)  # type: ignore[arg-type]
    found: dict[str, set[str]] = {v: set() for v in ("violated", "unknown", "satisfied", "attempted")}
    for judgement in report.judgements:
        found[judgement.verdict].add(judgement.rule)
    return found


__all__ = ["OTHERWISE", "SAME", "Both", "Claim", "both", "claims", "verdicts"]
