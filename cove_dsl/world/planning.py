"""The way out of a refusal, found by trying: what an agent could do is done in thought, and judged by the same rules.

In: a run of the engine, and what was refused in it. Out: for each requirement that stands in the way, the moves that
were seen to lift it, or that nothing the agent can do lifts it. A move is named only if the rules let it be made and it
does not fail in the world as it is known. What is not known is never called impossible.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from ..backends.prompt.words import money
from ..backends.python.expressions import define_name
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.sandbox import Judgement
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import UNKNOWN, OverBudget, fresh_budget, is_number
from ..core.nodes import Apply, Const, Expr, Get, Lookup, Rule, Var
from ..core.patterns import example_of
from ..core.spec import Spec
from ..core.types import BOOL, DATE, MONEY, EnumType, Ref, Type, strip
from .guidance import (
    Asked,
    asked_calls,
    checks_of,
    compared,
    comparisons,
    equal_parts,
    facts_in,
    most_often,
    named_values,
    reached,
    rests_on_things_alone,
    tied,
)
from .moves import AS_RULED, IMPOSSIBLE, NO_MORE, NONE, NOTHING_MORE, Move, Unfit, Way, as_stated, enough, shown, way_of
from .rehearsal import HEARD, Rehearsal, accepts

ROUNDS = 6  # a requirement that is lifted may uncover others
MOST_TRIALS = 120
MOST_LINES = 6
PROBE, YES = "One moment, please.", "Yes."
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90, 180, 365)
MOST_ROWS = 12

Requirement = tuple[str, str]
"""A rule and a label."""


@frozen
class Attempt:
    """What was refused: a call, or what the agent said in a step."""

    tool: str = ""
    arguments: dict[str, Any] = field(factory=dict)
    text: str | None = None


@frozen
class Plan:
    """The way out for each requirement that was broken; `further`: what would stand in the way after that, for good."""

    ways: dict[Requirement, Way]
    further: tuple[tuple[Judgement, Way], ...] = ()
    leads_out: bool = True


@define
class Planner:
    """Finds the way out for one refusal. `names`: the functions of the specification's program."""

    spec: Spec
    run: Run
    attempt: Attempt
    names: Callable[[], dict[str, Any]]
    depth: int = 0
    trials: int = 0
    assumed: set[Requirement] = field(factory=set)

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
            if blocked:
                return self._given_up(stage, ways, blocked, first=turn == 0)
            if self.trials > MOST_TRIALS:
                break
        return Plan(ways)

    def feasible(self, moves: Sequence[Move]) -> list[Move]:
        """Those of some moves that the rules let be made and that do not fail."""
        return [m for m in moves if self._done(Rehearsal(self.run), m) is not None]

    def options(self, found: Judgement) -> list[Move]:
        """What might bear on a requirement, untried."""
        return [move for move, _ in self._options(Rehearsal(self.run), found)]

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
        for each in sorted(wrong, key=lambda j: self._wants_a_yes(self.spec.rules[j.rule])):
            if not self._stands(stage, each):
                if self._may_be_agreed_on(stage, each) and self._done(stage, self._yes()) is not None:
                    found[each.rule, each.label] = [(self._yes(),)]  # the guess hides what is still to be agreed on
                continue
            lifted = self._lifted(stage, each)
            if lifted is None and self._may_be_agreed_on(stage, each):
                self.assumed.add((each.rule, each.label))
            elif lifted is None:
                blocked.append(each)
            else:
                stage, found[each.rule, each.label] = lifted
        return stage, found, blocked

    def _may_be_agreed_on(self, stage: Rehearsal, found: Judgement) -> bool:
        """Whether a yes may help once more is known: what is proposed may need what a look-up will show."""
        return stage.guessing and bool(self.attempt.tool) and self._wants_a_yes(self.spec.rules[found.rule])

    def _lifted(self, stage: Rehearsal, found: Judgement) -> tuple[Rehearsal, list[tuple[Move, ...]]] | None:
        """Ways to make a requirement hold: by one move each, or else by several together."""
        ways, usable = list[tuple[Move, ...]](), list[Move]()
        after: Rehearsal | None = None
        for move, meant in self._options(stage, found):
            if move.kind in ("say", "confirm") and any(w[0].kind == move.kind for w in ways):
                continue
            trial = self._done(stage, move)
            if trial is None:
                continue
            usable.append(move)
            if move.kind == "ask":
                continue
            if self._lifts(trial, found, meant):
                ways.append((move,))
                after = after or trial
        asks = [m for m in usable if m.kind == "ask"]
        if not ways and len(usable) > 1:
            together = self._together(stage, [m for m in usable if m.kind != "ask"], found)
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
        """Several moves, one after the other, without those that are not needed."""
        needed, end = moves, self._all_done(stage, moves)
        if end is None or self._stands(end, found):
            return None
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
            return trial
        words = move.text if move.kind == "say" else f"{move.text}. Shall I?"
        if self._forbidding(trial.judges_words(words)):
            return None
        trial.hears("agent", words)
        if move.kind == "confirm":
            trial.hears("user", YES)
        return trial

    # --- what to try

    def _options(self, stage: Rehearsal, found: Judgement) -> Iterator[tuple[Move, bool]]:
        """What could bear on a requirement, and whether it is what the requirement itself looks for."""
        rule = self.spec.rules[found.rule]
        owed = [d for d in rule.duties if d.mode == found.label]
        asked: list[tuple[Asked, bool]] = []
        for duty in owed:
            pattern = duty.until if duty.mode == "never" else duty.pattern
            condition = duty.until_condition if duty.mode == "never" else duty.condition
            if pattern is not None and pattern.kind == "call":
                asked.append((Asked(pattern.tools, tuple(equal_parts(condition))), True))
        conditions = tuple(c.condition for c in checks_of(rule, found.label)) if not owed else ()
        asked += [(a, True) for a in asked_calls(conditions, self.spec)]
        if not owed:
            asked += [(a, False) for a in asked_calls(rule.body, self.spec)]
        calls = dict[Move, bool]()
        for move, meant in self._calls(stage, asked, rule):
            calls[move] = calls.get(move, False) or meant
        yield from calls.items()
        if self._listens(rule):
            yield from ((line, True) for line in self._lines(stage, rule, bool(owed)))
        if self.attempt.tool and self._wants_a_yes(rule):
            yield self._yes(), True
        for fact in facts_in(conditions, self.spec):
            if self._value(stage, fact) is None:
                yield Move("ask", text=self.spec.defines[fact].doc), True

    def _yes(self) -> Move:
        return Move("confirm", text=shown(self.attempt.tool, self.attempt.arguments))

    def _calls(self, stage: Rehearsal, asked: list[tuple[Asked, bool]], rule: Rule) -> Iterator[tuple[Move, bool]]:
        """Calls that a rule looks for. What only the rule's setting looks at is looked up, and not changed."""
        for each, meant in asked:
            for tool in sorted(each.tools):
                known = self.spec.tools.get(tool)
                if known is None or known.requestor != "agent" or not (meant or known.kind == "read"):
                    continue
                given = self._arguments(stage, each, tool, rule)
                if (tool, given) != (self.attempt.tool, self.attempt.arguments):
                    yield Move("call", tool, given), meant

    def _arguments(self, stage: Rehearsal, asked: Asked, tool: str, rule: Rule) -> dict[str, Any]:
        """What is known of the arguments of a call that is asked for: what they must equal, and what the attempt calls
        by the same name."""
        names, found = named_values(rule), dict[str, Any]()
        for name, other in asked.equal:
            value = self._known(stage, other, names)
            if value is not None and accepts(self.run, tool, name, value):
                found[name] = value
        own = {p.name: p.type for p in self.spec.tools[self.attempt.tool].params} if self.attempt.tool else {}
        for param in self.spec.tools[tool].params:
            same = param.name in own and own[param.name] == param.type
            if param.name not in found and same and self.attempt.arguments.get(param.name) is not None:
                found[param.name] = self.attempt.arguments[param.name]
        return found

    def _known(self, stage: Rehearsal, expr: Expr, names: dict[str, Expr]) -> Any:
        """What an expression is, where that is plain; None where it is not."""
        match expr:
            case Const(value):
                return value
            case Get(Var("call"), name):
                return self.attempt.arguments.get(name)
            case Var(name) if name in names:
                return self._known(stage, names[name], {n: e for n, e in names.items() if n != name})
            case Apply(op, ()) if op.startswith("define:"):
                return self._value(stage, op.removeprefix("define:"))
            case Get(target, name):
                row = self._known(stage, target, names)
                return row.get(name) if isinstance(row, dict) else None
            case Lookup(Var(table), key) if table.startswith("table."):
                return self._shown_row(stage, table.removeprefix("table."), self._known(stage, key, names))
        return None

    def _shown_row(self, stage: Rehearsal, table: str, key: Any) -> Any:
        """A row that a result has shown: the agent is told nothing that it may not have seen."""
        row = stage.run.world.row(table, key) if isinstance(key, str) else None
        own = self.spec.tables[table].key
        return row if any(r.get(own) == key for r in stage.run.seen.rows(str(key))) else None

    def _value(self, stage: Rehearsal, name: str) -> Any:
        """What a definition without parameters comes to; None where that is not known."""
        fresh_budget()
        with suppress(OverBudget):
            value = self.names()[define_name(name)](stage.run)
            return None if value is UNKNOWN else value
        return None

    def _listens(self, rule: Rule) -> bool:
        asked = {n.op for n in reached((rule.body, rule.duties), self.spec) if isinstance(n, Apply)}
        return not asked.isdisjoint(HEARD)

    def _wants_a_yes(self, rule: Rule) -> bool:
        asked = {n.op for n in reached(rule.body, self.spec) if isinstance(n, Apply)}
        return bool(asked & {"affirms", "lists"})

    def _lines(self, stage: Rehearsal, rule: Rule, owed: bool) -> Iterator[Move]:
        """What a rule listens for in the agent's words."""
        trial = stage.fork()
        with trial.listening() as asked:
            trial.judges_words(PROBE)
            trial.hears("agent", PROBE)
            if self.attempt.tool:
                trial.judges(self.attempt.tool, self.attempt.arguments)
        wants = asked.get(rule.name, [])
        if owed:  # its condition listens to the run in which it came up
            wants = list(self._said_by(stage, rule))
        is_money = any(
            isinstance(n, Apply) and n.op == "says_amount" and strip(n.args[1].type) == MONEY
            for n in reached((rule.body, rule.duties), self.spec)
        )
        lines = (line for how, what in wants for line in _lines_for(how, what, is_money))
        yield from list(dict.fromkeys(lines))[:MOST_LINES]

    def _said_by(self, stage: Rehearsal, rule: Rule) -> Iterator[tuple[str, Any]]:
        """What a rule's duties want to be said, where that is plain."""
        names = named_values(rule)
        for node in reached(rule.duties, self.spec):
            if isinstance(node, Apply) and node.op in HEARD:
                value = self._known(stage, node.args[1], names)
                yield from [(node.op, value)] if value is not None else []

    # --- giving up

    def _given_up(self, stage: Rehearsal, ways: dict[Requirement, Way], blocked: list[Judgement], first: bool) -> Plan:
        """Something stays in the way. What is owed is owed all the same; no yes is asked for in vain."""
        owed = {r: w for r, w in ways.items() if any(d.mode == r[1] for d in self.spec.rules[r[0]].duties)}
        if owed:
            return Plan({r: way_of([w.moves], instead=True) for r, w in owed.items()}, leads_out=False)
        left = {r: NONE if any(m.kind == "confirm" for m in w.moves) else w for r, w in ways.items()}
        last = [(j, self._final(stage, j)) for j in blocked]
        if first:
            return Plan(left | {(j.rule, j.label): way for j, way in last}, leads_out=False)
        return Plan(left, tuple(last), leads_out=False)

    def _final(self, stage: Rehearsal, found: Judgement) -> Way:
        """What to say of a requirement that nothing lifts."""
        rule = self.spec.rules[found.rule]
        if found.label == "at_most":
            return enough(most_often(rule)) if self.attempt.tool else NONE
        if any(d.mode == found.label for d in rule.duties):
            return {"nothing": NOTHING_MORE, "never": NO_MORE}.get(found.label, NONE)
        if not self.attempt.tool:
            return NONE
        ruled = self._speaks_of_another_way(rule, found.label)
        conditions = tuple(c.condition for c in checks_of(rule, found.label))
        alone = rests_on_things_alone(rule, self.spec)
        told_otherwise = self._as_stated(stage, rule, conditions)
        if told_otherwise is not None:
            return told_otherwise
        mattering = self._mattering(stage, found, rule, alone)
        if mattering:
            confirmed, stated = tied(self.spec, self.attempt.tool)
            free = [n for n in mattering if not confirmed and n not in stated]
            return Unfit({n: self.attempt.arguments[n] for n in free or mattering}, bool(free), ruled).way()
        facts = facts_in(conditions, self.spec)
        told = bool(facts) and all(self._value(stage, f) is not None for f in facts)
        return (AS_RULED if ruled else IMPOSSIBLE) if alone or told else NONE

    def _as_stated(self, stage: Rehearsal, rule: Rule, conditions: tuple[Expr, ...]) -> Way | None:
        """The call with what the user has stated, where that leads on."""
        parts = [(n, e) for c in conditions for n, e in equal_parts(c, "call") if facts_in(e, self.spec)]
        stated = {n: v for n, e in parts if (v := self._known(stage, e, named_values(rule))) is not None}
        stated = {n: v for n, v in stated.items() if v != self.attempt.arguments.get(n)}
        if not stated or self.depth > 0:
            return None
        arguments = self.attempt.arguments | stated
        other = Planner(self.spec, self.run, Attempt(self.attempt.tool, arguments), self.names, depth=1)
        if not other.plan().leads_out:
            return IMPOSSIBLE
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
        to help but how things stand decides, those that it compares."""
        conditions = tuple(c.condition for c in checks_of(rule, found.label))
        names = named_values(rule)
        plain = conditions if alone else [p for c in conditions for p in comparisons(c)]
        asked = [n for c in plain for n in compared(c, names) if n in self.attempt.arguments]
        asked = list(dict.fromkeys(asked))
        helping = [n for n in asked if self._helps(stage, found, n)]
        return helping or (asked if alone else [])

    def _helps(self, stage: Rehearsal, found: Judgement, name: str) -> bool:
        """Whether another value of an argument makes a requirement hold."""
        attempt = self.attempt
        for value in self._others(name):
            judged = self._forbidding(stage.judges(attempt.tool, attempt.arguments | {name: value}))
            if not any((j.rule, j.label) == (found.rule, found.label) for j in judged):
                return True
        return False

    def _others(self, name: str) -> Iterator[Any]:
        """Other values of an argument, some of each type."""
        kind = next((strip(p.type) for p in self.spec.tools[self.attempt.tool].params if p.name == name), None)
        value = self.attempt.arguments[name]
        if kind is not None:
            yield from (v for v in self._values(kind, value) if v != value)

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


def _lines_for(how: str, what: Any, is_money: bool) -> Iterator[Move]:
    """What could be said to a recogniser that listens for something."""
    several = what if isinstance(what, (list, tuple, set, frozenset)) else [what]
    for each in several:
        if how == "says" and isinstance(each, str):
            yield Move("say", text=each, how="exact")
        elif how == "says_amount" and is_number(each):
            yield Move("say", text=money(each) if is_money else plain_number(each), how="amount")
        elif how == "says_id" and isinstance(each, str):
            yield Move("say", text=each, how="id")
        elif how in ("mentions", "matches") and isinstance(each, str) and each:
            yield Move("say", text=example_of(each) if how == "matches" else each)


__all__ = ["Attempt", "Plan", "Planner", "Requirement"]
