"""The way out of a refusal, found by trying: what an agent could do is done in thought, and judged by the same rules.

In: a run of the engine, and what was refused in it. Out: for each requirement that stands in the way, the moves that
were seen to lift it, or that nothing the agent can do lifts it. A move is named only if the rules let it be made and it
does not fail in the world as it is known. What is not known is never called impossible.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import islice, product
from math import prod
from typing import Any

from attrs import Factory, define, field, frozen

from ..backends.python.runtime.details import lists
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Message
from ..backends.python.runtime.sandbox import Judgement
from ..backends.python.runtime.values import is_number
from ..core.nodes import Expr, Rule
from ..core.spec import Spec
from ..core.types import BOOL, DATE, EnumType, Ref, Type, strip
from .changing import changes, tried
from .guidance import (
    arguments_read,
    checks_of,
    compared,
    comparisons,
    equal_parts,
    facts_in,
    is_settled,
    most_often,
    named_values,
    tied,
)
from .moves import (
    NO_MORE,
    NONE,
    NOTHING_MORE,
    Move,
    Unfit,
    Way,
    as_stated,
    enough,
    failing,
    in_vain,
    shown,
    way_of,
)
from .options import Attempt, Options
from .rehearsal import Rehearsal

ROUNDS = 6  # a requirement that is lifted may uncover others
DEPTH = 3
MOST_TRIALS = 120
YES = "Yes."
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90, 180, 365)
MOST_ROWS = 12

Requirement = tuple[str, str]
"""A rule and a label."""


@frozen
class Plan:
    """The way out for each requirement that was broken; `further`: what would stand in the way after that, for good."""

    ways: dict[Requirement, Way]
    further: tuple[tuple[Judgement, Way], ...] = ()
    leads_out: bool = True


@define
class Planner:
    """Finds the way out for one refusal. `names`: the functions of the specification's program. `assumed`: what is
    taken to hold from here on, because only the user can see to it; `refused`: why words that might have helped cannot
    be said, and `failed` what calls that might have do not succeed."""

    spec: Spec
    run: Run
    attempt: Attempt
    names: Callable[[], dict[str, Any]]
    depth: int = 0
    trials: int = 0
    assumed: set[Requirement] = field(factory=set)
    refused: dict[Requirement, Judgement] = field(factory=dict)
    failed: dict[Requirement, Move] = field(factory=dict)
    options: Options = Factory(lambda self: Options(self.spec, self.attempt, self.names), takes_self=True)

    def plan(self) -> Plan:
        """Goes on in thought until the attempt is let through or nothing helps."""
        stage, ways = Rehearsal(self.run), dict[Requirement, Way]()
        for turn in range(ROUNDS):
            wrong = self._wrong(stage)
            if not wrong:
                break
            stage, found, blocked = self._solved(stage, wrong)
            if turn == 0:
                ways = {r: way_of(moves) for r, moves in found.items()}
            if self.trials > MOST_TRIALS:
                break  # what was not tried is not called impossible
            if blocked:
                return self._given_up(stage, ways, blocked, first=turn == 0)
        asks = any(m.kind == "ask" for w in ways.values() for m in w.moves)
        return Plan(_without_a_yes(ways) if asks else ways)  # nobody agrees to what nobody has said yet

    def feasible(self, moves: Sequence[Move]) -> list[Move]:
        """Those of some moves that the rules let be made and that do not fail."""
        return [m for m in moves if self._done(Rehearsal(self.run), m) is not None]

    def showing(self, found: Judgement) -> list[Move]:
        """What might show whether a requirement holds: what has not been done yet, and of words one line where one
        settles it. What the user would have to say is not the agent's to do, so it is named where nothing else is."""
        stage = Rehearsal(self.run)
        moves = [m for m, _ in self.options.of(stage, found)]
        moves = [m for m in moves if m.kind != "call" or not stage.has_made(m.tool, m.arguments)]
        heard = [m for m in moves if m.heard]
        lines = [m for m in moves if m.kind == "say" and self._settles(stage, m, found)][:1]
        moves = [m for m in moves if not lines or m.kind != "say" or m in lines]
        unheard = self.feasible([m for m in moves if not m.heard])
        return unheard or [m for m in heard if self._settles(stage, m, found)][:1]

    def _settles(self, stage: Rehearsal, move: Move, found: Judgement) -> bool:
        """Whether a requirement is known to hold after a move."""
        trial = self._done(stage, move)
        return trial is not None and self._lifts(trial, found, meant=False)

    # --- trying

    def _wrong(self, stage: Rehearsal) -> list[Judgement]:
        """What forbids the attempt, each requirement once."""
        return self._forbidding(self._judged(stage))

    def _judged(self, stage: Rehearsal) -> list[Judgement]:
        attempt = self.attempt
        if attempt.tool:
            return stage.judges(attempt.tool, attempt.arguments)
        return stage.judges_words(attempt.text) if attempt.text is not None else []

    def _forbidding(self, found: list[Judgement]) -> list[Judgement]:
        wrong = (j for j in found if j.verdict == "violated" and self.spec.rules[j.rule].severity == "error")
        return [j for j in {(j.rule, j.label): j for j in wrong}.values() if (j.rule, j.label) not in self.assumed]

    def _stands(self, stage: Rehearsal, found: Judgement) -> bool:
        """Whether a requirement is still broken."""
        return any((j.rule, j.label) == (found.rule, found.label) for j in self._wrong(stage))

    def _lifts(self, stage: Rehearsal, found: Judgement, meant: bool) -> bool:
        """Whether a requirement is broken no longer; of a call that it does not itself look for (`meant`), whether it
        holds, since whoever guesses what a look-up shows knows nothing of the rest."""
        judged = self._judged(stage)
        verdicts = {j.verdict for j in judged if (j.rule, j.label) == (found.rule, found.label)}
        return "violated" not in verdicts and (meant or "unknown" not in verdicts)

    def _solved(
        self, stage: Rehearsal, wrong: list[Judgement]
    ) -> tuple[Rehearsal, dict[Requirement, list[tuple[Move, ...]]], list[Judgement]]:
        """What was lifted, one requirement after the other, and what was not. What needs a yes comes last."""
        found: dict[Requirement, list[tuple[Move, ...]]] = {}
        blocked = []
        for each in sorted(wrong, key=lambda j: self.options.wants_a_yes(self.spec.rules[j.rule])):
            if not self._stands(stage, each):
                if self._may_be_agreed_on(stage, each) and self._done(stage, self.options.agreed()) is not None:
                    found[each.rule, each.label] = [
                        (self.options.agreed(),)
                    ]  # the guess hides what is still to be agreed on
                continue
            lifted = self._lifted(stage, each)
            if lifted is None and self._may_be_agreed_on(stage, each):
                self.assumed.add((each.rule, each.label))
            elif lifted is None:
                blocked.append(each)
            else:
                stage, found[each.rule, each.label] = lifted
        return stage, found, blocked

    def _steps(self, stage: Rehearsal, move: Move) -> tuple[Move, ...]:
        """A move with what has to come before it: the user's yes, for a call that is refused for want of one."""
        if move.kind != "call":
            return (move,)
        wrong = self._forbidding(stage.judges(move.tool, dict(move.arguments)))
        if not wrong or not all(self.options.wants_a_yes(self.spec.rules[j.rule]) for j in wrong):
            return (move,)
        return Move("confirm", text=shown(move.tool, move.arguments)), move

    def _may_be_agreed_on(self, stage: Rehearsal, found: Judgement) -> bool:
        """Whether a yes may help once more is known: what is proposed may need what a look-up will show."""
        return stage.guessing and bool(self.attempt.tool) and self.options.wants_a_yes(self.spec.rules[found.rule])

    def _lifted(self, stage: Rehearsal, found: Judgement) -> tuple[Rehearsal, list[tuple[Move, ...]]] | None:
        """Ways to make a requirement hold: by one move each, or else by several together."""
        ways, usable = list[tuple[Move, ...]](), list[Move]()
        after: Rehearsal | None = None
        for move, meant in self.options.of(stage, found):
            if move.kind != "call" and any(w[0].kind == move.kind for w in ways):
                continue
            steps = self._steps(stage, move)
            trial = self._all_done(stage, steps)
            if trial is None:
                self._note_why_not(stage, move, found, meant)
                continue
            usable += [move] if len(steps) == 1 else []
            if move.kind == "ask" and not move.heard:
                continue
            if self._lifts(trial, found, meant) or trial.owing(found.rule) < stage.owing(found.rule):
                ways.append(steps)
                after = after or trial
        asks = [m for m in usable if m.kind == "ask" and not m.heard]
        if not ways:
            together = self._together(stage, [m for m in usable if m not in asks], found)
            if together is not None:
                return together
        if asks:
            ways.append(tuple(asks))
            if after is None:
                self.assumed.add((found.rule, found.label))
        return (after or stage, ways) if ways else None

    def _together(
        self, stage: Rehearsal, moves: list[Move], found: Judgement
    ) -> tuple[Rehearsal, list[tuple[Move, ...]]] | None:
        """Several moves, one after the other, without those that are not needed. What comes first may show what else is
        looked for."""
        end = self._all_done(stage, moves)
        for _ in range(DEPTH):
            if end is None or not moves or not self._stands(end, found):
                break
            more = [m for m, _ in self.options.of(end, found) if m not in moves and m.kind != "ask"]
            usable = [m for m in more if self._done(end, m) is not None][:1]
            moves, end = [*moves, *usable], self._all_done(end, usable)
        if end is None or not moves or self._stands(end, found):
            return None
        needed = moves
        for move in moves:
            fewer = [m for m in needed if m is not move]
            trial = self._all_done(stage, fewer)
            if trial is not None and not self._stands(trial, found):
                needed, end = fewer, trial
        return end, [tuple(needed)]

    def _all_done(self, stage: Rehearsal, moves: Sequence[Move]) -> Rehearsal | None:
        after: Rehearsal | None = stage
        for move in moves:
            after = self._done(after, move) if after is not None else None
        return after

    def _done(self, stage: Rehearsal, move: Move) -> Rehearsal | None:
        """The conversation after a move, if it can be made."""
        self.trials += 1
        if self.trials > MOST_TRIALS:
            return None
        trial = stage.fork()
        if move.kind == "call":
            if self._forbidding(trial.judges(move.tool, dict(move.arguments))):
                return None
            return trial if trial.makes(move.tool, dict(move.arguments)) else None
        if move.kind == "ask":
            if move.heard:
                trial.hears("user", move.heard)
            return trial
        words = move.words_said()
        if self._forbidding(trial.judges_words(words)):
            return None
        trial.hears("agent", words)
        if move.kind == "confirm":
            trial.hears("user", YES)
        return trial

    def _note_why_not(self, stage: Rehearsal, move: Move, found: Judgement, meant: bool) -> None:
        """Why what might have helped cannot be said, or does not succeed."""
        if move.kind in ("say", "confirm"):
            wrong = self._forbidding(stage.judges_words(move.words_said()))
            if wrong:
                self.refused[found.rule, found.label] = wrong[0]
        elif meant and move.arguments and not self._forbidding(stage.judges(move.tool, dict(move.arguments))):
            self.failed[found.rule, found.label] = move

    # --- giving up

    def _given_up(self, stage: Rehearsal, ways: dict[Requirement, Way], blocked: list[Judgement], first: bool) -> Plan:
        """Something stays in the way. What is owed is owed all the same; no yes is asked for in vain."""
        owed = {r: w for r, w in ways.items() if any(d.mode == r[1] for d in self.spec.rules[r[0]].duties)}
        if owed:
            return Plan({r: way_of([w.moves], instead=True) for r, w in owed.items()}, leads_out=False)
        left = _without_a_yes(ways)
        last = [(j, self._final(stage, j)) for j in blocked]
        unsayable = [
            (w, in_vain(w.rule)) for j, way in last if way is NONE and (w := self.refused.get((j.rule, j.label)))
        ]
        if first:
            ways = left | {(j.rule, j.label): way for j, way in last}
            return Plan(ways, tuple(unsayable), leads_out=False)
        return Plan(left, (*last, *unsayable), leads_out=False)

    def _final(self, stage: Rehearsal, found: Judgement) -> Way:
        """What to say of a requirement that nothing lifts."""
        rule = self.spec.rules[found.rule]
        if found.label == "at_most":
            return enough(most_often(rule)) if self.attempt.tool else NONE
        if any(d.mode == found.label for d in rule.duties):
            return {"nothing": NOTHING_MORE, "never": NO_MORE}.get(found.label, NONE)
        if not self.attempt.tool:
            return NONE
        ruled = (rule.name,) if self._speaks_of_another_way(rule, found.label) else ()
        conditions = tuple(c.condition for c in checks_of(rule, found.label))
        alone = is_settled(rule, found.label, self.spec) and not self._may_change(stage, found, rule)
        told_otherwise = self._as_stated(stage, rule, conditions)
        if told_otherwise is not None:
            return told_otherwise
        mattering = self._mattering(stage, found, rule, alone)
        if mattering:
            confirmed, stated = tied(self.spec, self.attempt.tool)
            free = [n for n in mattering if n not in stated and (not confirmed or self._is_unasked(stage, n))]
            return Unfit({n: self.attempt.arguments[n] for n in free or mattering}, bool(free), ruled).way()
        facts = facts_in(conditions, self.spec)
        told = bool(facts) and all(self.options.value(stage, f) is not None for f in facts)
        return Unfit({}, ruled=ruled).way() if alone or told else self._failed(found)

    def _is_unasked(self, stage: Rehearsal, name: str) -> bool:
        """Whether an argument is a number that the user has not said: the agent has chosen it, whoever has to agree."""
        value, seen = self.attempt.arguments[name], stage.run.seen
        texts = [e.text for e in seen.events if isinstance(e, Message) and e.role == "user"]
        return is_number(value) and all(lists(text, {name: value}, seen.rows) is False for text in texts)

    def _may_change(self, stage: Rehearsal, found: Judgement, rule: Rule) -> bool:
        """Whether what another tool writes might make a requirement hold."""
        keys = [v for v in self.attempt.arguments.values() if isinstance(v, str)]
        for tool, place in changes(self.spec, rule, found.label, self.attempt.tool):
            for trial in tried(stage, self.spec, tool, place, keys):
                if trial is None or self._lifts(trial, found, meant=False):
                    return True
        return False

    def _failed(self, found: Judgement) -> Way:
        """Nothing is known to help; what would have helped may have failed."""
        move = self.failed.get((found.rule, found.label))
        return failing(move) if move is not None else NONE

    def _as_stated(self, stage: Rehearsal, rule: Rule, conditions: tuple[Expr, ...]) -> Way | None:
        """The call with what the user has stated, where that leads on."""
        parts = [(n, e) for c in conditions for n, e in equal_parts(c, "call") if facts_in(e, self.spec)]
        stated = {n: v for n, e in parts if (v := self.options.known(stage, e, named_values(rule))) is not None}
        stated = {n: v for n, v in stated.items() if v != self.attempt.arguments.get(n)}
        if not stated or self.depth > 0:
            return None
        arguments = self.attempt.arguments | stated
        other = Planner(self.spec, self.run, Attempt(self.attempt.tool, arguments), self.names, depth=1)
        if not other.plan().leads_out:
            return Unfit({}).way()
        return as_stated(stated, Move("change", self.attempt.tool, arguments))

    def _speaks_of_another_way(self, rule: Rule, label: str) -> bool:
        """Whether the author's words seem to name what to do instead: a tool that changes nothing by a word of its
        name. Taken wrongly, both are still true."""
        told = f"{rule.doc} {' '.join(c.because for c in checks_of(rule, label))}".lower().split()
        tools = [n for n, t in self.spec.tools.items() if t.kind == "generic" and t.requestor == "agent"]
        words = {w for name in tools for w in name.lower().split("_") if len(w) > 3}
        return any(said.strip(".,;:'\"()").startswith(word) for said in told for word in words)

    def _mattering(self, stage: Rehearsal, found: Judgement, rule: Rule, alone: bool) -> list[str]:
        """The arguments that stand in the way: with another value the requirement would hold. Where nothing is seen
        to help but how things stand decides, those that it compares, unless none of their values help."""
        conditions = tuple(c.condition for c in checks_of(rule, found.label))
        names = named_values(rule)
        plain = conditions if alone else [p for c in conditions for p in comparisons(c)]
        asked = [n for c in plain for n in compared(c, names) if n in self.attempt.arguments]
        asked = list(dict.fromkeys(asked))
        helping = [n for n in asked if self._helps(stage, found, n)]
        return helping or (asked if alone and not self._all_in_vain(stage, found, rule, asked) else [])

    def _all_in_vain(self, stage: Rehearsal, found: Judgement, rule: Rule, asked: list[str]) -> bool:
        """Whether a requirement stays broken whatever the call says of its row: all values that the arguments can have
        were tried, together too."""
        names = list(dict.fromkeys([*asked, *arguments_read(rule, self.spec.tools[self.attempt.tool])]))
        every = [self._every(n) for n in names]
        if not all(every) or prod(map(len, every)) > MOST_TRIALS:
            return False
        return not any(self._holds_with(stage, found, zip(names, values, strict=True)) for values in product(*every))

    def _helps(self, stage: Rehearsal, found: Judgement, name: str) -> bool:
        """Whether another value of an argument makes a requirement hold."""
        return any(self._holds_with(stage, found, [(name, value)]) for value in self._others(name))

    def _holds_with(self, stage: Rehearsal, found: Judgement, changed: Iterable[tuple[str, Any]]) -> bool:
        """Whether a requirement holds of the call with other arguments."""
        judged = self._forbidding(stage.judges(self.attempt.tool, self.attempt.arguments | dict(changed)))
        return not any((j.rule, j.label) == (found.rule, found.label) for j in judged)

    def _others(self, name: str) -> Iterator[Any]:
        """Other values of an argument, some of each type."""
        kind, value = self._type(name), self.attempt.arguments[name]
        if kind is not None:
            yield from (v for v in self._values(strip(kind), value) if v != value)

    def _every(self, name: str) -> list[Any]:
        """All values that an argument can have, where they can be listed; else none."""
        kind = self._type(name)
        if kind is None or not (isinstance(strip(kind), EnumType) or strip(kind) == BOOL):
            return []
        value = self.attempt.arguments.get(name)
        values = [*([value] if value is not None else []), *(v for v in self._values(strip(kind), value) if v != value)]
        return values if strip(kind) == kind else list(dict.fromkeys([*values, None]))

    def _type(self, name: str) -> Type | None:
        return next((p.type for p in self.spec.tools[self.attempt.tool].params if p.name == name), None)

    def _values(self, kind: Type, value: Any) -> Iterator[Any]:
        if isinstance(kind, EnumType):
            yield from self.spec.enums[kind.name].values.values()
        elif kind == BOOL:
            yield not value
        elif kind == DATE and isinstance(value, str):
            with suppress(ValueError, OverflowError):
                day = date.fromisoformat(value)
                yield from ((day + timedelta(days=n * sign)).isoformat() for n in DAYS for sign in (1, -1))
        elif isinstance(kind, Ref):
            yield from self._keys(kind.table)
        elif is_number(value):
            yield from (0, 1, value - 1, value + 1, value // 2, value * 2, 10, 100, 1000)

    def _keys(self, table: str) -> list[Any]:
        """Some rows that there are, by their keys."""
        if table not in self.spec.tables:
            return []
        known = self.run.world
        return list(dict.fromkeys([*known.rows.get(table, ()), *islice(known.base.get(table, ()), MOST_ROWS)]))


def _without_a_yes(ways: dict[Requirement, Way]) -> dict[Requirement, Way]:
    return {r: NONE if any(m.kind == "confirm" for m in w.moves) else w for r, w in ways.items()}


__all__ = ["Attempt", "Plan", "Planner", "Requirement"]
