"""What an agent could try about a requirement that stands in its way, read off the rule and what it listens for.

In: a conversation that goes on in thought, and a requirement that is broken in it. Out: moves, untried: calls that the
rule looks for, lines that it wants said, a yes, and what the user would have to say. Whether they help is not known
here (`planning`).
"""

import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Literal

from attrs import evolve, field, frozen

from ..backends.prompt.words import money
from ..backends.python.expressions import define_name
from ..backends.python.runtime.sandbox import Judgement
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import UNKNOWN, OverBudget, fresh_budget, is_number
from ..core.nodes import Apply, Check, Const, Events, Expr, Get, Lookup, Rule, Var
from ..core.patterns import example_of
from ..core.spec import Spec
from ..core.types import MONEY, strip
from ..core.values import exactly
from ..core.walk import walk
from .changing import changes, speaks_of
from .guidance import Asked, asked_by, asked_calls, equal_parts, facts_in, named_values, reached
from .moves import Move, shown
from .rehearsal import HEARD, Rehearsal, accepts

MOST_LINES = 6
ARITHMETIC = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul}
PROBE = "One moment, please."


@frozen
class Attempt:
    """What was refused: a call, or what the agent said in a step."""

    tool: str = ""
    arguments: dict[str, Any] = field(factory=dict)
    text: str | None = None


@frozen
class Options:
    """What could be tried for one attempt. `names`: the functions of the specification's program."""

    spec: Spec
    attempt: Attempt
    names: Callable[[], dict[str, Any]]

    def of(self, stage: Rehearsal, found: Judgement) -> Iterator[tuple[Move, bool]]:
        """What could bear on a requirement, and whether it is what the requirement itself looks for."""
        rule = self.spec.rules[found.rule]
        owed = [d for d in rule.duties if d.mode == found.label]
        asked: list[tuple[Asked, bool]] = []
        for duty in owed:
            pattern = duty.until if duty.mode == "never" else duty.pattern
            condition = duty.until_condition if duty.mode == "never" else duty.condition
            if pattern is not None and pattern.kind == "call":
                asked.append((Asked(pattern.tools, tuple(equal_parts(condition))), True))
        names = named_values(rule)
        conditions = tuple(asked_by(rule, found.label)) if not owed else ()
        meant = not self.wants_a_yes(rule)  # of a proposal, calls are but the setting
        asked += [(a, meant) for a in asked_calls(conditions, self.spec, names)]
        if not owed:
            checks = (n.condition for n in walk(rule.body) if isinstance(n, Check))
            asked += [(a, False) for a in asked_calls((*names.values(), *checks), self.spec, names)]
        calls = dict[Move, bool]()
        for move, looked_for in self._calls(stage, asked, rule):
            calls[move] = calls.get(move, False) or looked_for
        for tool in dict.fromkeys(t for t, _ in changes(self.spec, rule, found.label, self.attempt.tool)):
            given = self._arguments(stage, Asked(frozenset([tool.name])), tool.name, rule)
            if speaks_of(rule, found.label, tool) and all(p.name in given for p in tool.params):
                calls.setdefault(Move("call", tool.name, given), False)
        yield from calls.items()
        if self._listens(rule):
            yield from ((line, True) for line in self._lines(stage, rule, bool(owed)))
        if self.attempt.tool and self.wants_a_yes(rule):
            yield self.agreed(), True
        facts = facts_in(conditions, self.spec)
        yield from ((Move("ask", text=self.spec.defines[f].doc), True) for f in facts if self.value(stage, f) is None)
        if meant and not facts and not owed and self._hears_the_user(conditions):
            yield from ((ask, True) for ask in self._statements(stage, rule))

    def agreed(self) -> Move:
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
            value = self.known(stage, other, names)
            if value is not None and accepts(stage.run, tool, name, value):
                found[name] = value
        own = {p.name: p.type for p in self.spec.tools[self.attempt.tool].params} if self.attempt.tool else {}
        for param in self.spec.tools[tool].params:
            same = param.name in own and own[param.name] == param.type
            if param.name not in found and same and self.attempt.arguments.get(param.name) is not None:
                found[param.name] = self.attempt.arguments[param.name]
        return found | {n: v for n, v in self._demanded(stage, tool, found).items() if n not in found}

    def _demanded(self, stage: Rehearsal, tool: str, given: dict[str, Any]) -> dict[str, Any]:
        """What rules say an argument of a call has to be equal to, where the others decide it."""
        other, found = evolve(self, attempt=Attempt(tool, given)), dict[str, Any]()
        for rule in self.spec.rules.values():
            pattern = rule.pattern
            if rule.when == "before" and pattern is not None and tool in pattern.tools:
                asked = (
                    part for n in walk(rule.body) if isinstance(n, Check) for part in equal_parts(n.condition, "call")
                )
                for name, expr in asked:
                    value = other.known(stage, expr, named_values(rule))
                    if value is not None and accepts(stage.run, tool, name, value):
                        found.setdefault(name, value)
        return found

    def known(self, stage: Rehearsal, expr: Expr, names: dict[str, Expr]) -> Any:
        """What an expression is, where that is plain; None where it is not."""
        match expr:
            case Const(value):
                return value
            case Get(Var("call"), name):
                return self.attempt.arguments.get(name)
            case Var(name) if name in names:
                return self.known(stage, names[name], {n: e for n, e in names.items() if n != name})
            case Apply(op, args) if op.startswith("define:"):
                given = [self.known(stage, a, names) for a in args]
                return self.value(stage, op.removeprefix("define:"), *given) if None not in given else None
            case Apply("add" | "subtract" | "multiply" as op, args):
                numbers = [self.known(stage, a, names) for a in args]
                return exactly(ARITHMETIC[op], *numbers) if all(map(is_number, numbers)) else None
            case Get(target, name):
                row = self.known(stage, target, names)
                return row.get(name) if isinstance(row, dict) else None
            case Lookup(Var(table), key) if table.startswith("table."):
                return self._shown_row(stage, table.removeprefix("table."), self.known(stage, key, names))
        return None

    def _shown_row(self, stage: Rehearsal, table: str, key: Any) -> Any:
        """A row that a result has shown: the agent is told nothing that it may not have seen."""
        row = stage.run.world.row(table, key) if isinstance(key, str) else None
        own = self.spec.tables[table].key
        return row if any(r.get(own) == key for r in stage.run.seen.rows(str(key))) else None

    def value(self, stage: Rehearsal, name: str, *given: Any) -> Any:
        """What a definition comes to; None where that is not known."""
        fresh_budget()
        with suppress(OverBudget):
            value = self.names()[define_name(name)](stage.run, *given)
            return None if value is UNKNOWN else value
        return None

    def _listens(self, rule: Rule) -> bool:
        asked = {n.op for n in reached((rule.body, rule.duties), self.spec) if isinstance(n, Apply)}
        return not asked.isdisjoint(HEARD)

    def wants_a_yes(self, rule: Rule) -> bool:
        asked = {n.op for n in reached(rule.body, self.spec) if isinstance(n, Apply)}
        return bool(asked & {"affirms", "lists"})

    def _lines(self, stage: Rehearsal, rule: Rule, owed: bool) -> Iterator[Move]:
        """What a rule listens for in the agent's words. A duty listens in the run in which it came up, so that is
        read."""
        wants = list(self._said_by(stage, rule)) if owed else self._heard(stage, rule, "agent")
        is_money = any(
            isinstance(n, Apply) and n.op == "says_amount" and strip(n.args[1].type) == MONEY
            for n in reached((rule.body, rule.duties), self.spec)
        )
        lines = (line for how, what in wants for line in _lines_for(how, what, is_money))
        yield from list(dict.fromkeys(lines))[:MOST_LINES]

    def _statements(self, stage: Rehearsal, rule: Rule) -> Iterator[Move]:
        """What a rule listens for in the user's words: a value of the call that has to come from the user, or
        something else."""
        wants = self._heard(stage, rule, "user")
        lines = [line.text for how, what in wants for line in _lines_for(how, what, False)]
        for name, value in self.attempt.arguments.items():
            yield Move("ask", text=f"for {name}", heard=" ".join(_leaves(value)))
        for line in list(dict.fromkeys(lines))[:MOST_LINES]:
            yield Move("ask", heard=line)

    def _hears_the_user(self, conditions: tuple[Expr, ...]) -> bool:
        """Whether an expression looks at what the user has said."""
        found = (n.pattern for n in reached(conditions, self.spec) if isinstance(n, Events))
        return any(p.kind == "message" and p.role in ("user", None) for p in found)

    def _heard(self, stage: Rehearsal, rule: Rule, role: Literal["agent", "user"]) -> list[tuple[str, Any]]:
        """What a rule asks of what somebody says, in an earlier message or in this one."""
        trial = stage.fork()
        with trial.listening() as asked:
            if role == "agent":
                trial.judges_words(PROBE)
            trial.hears(role, PROBE)
            if self.attempt.tool:
                trial.judges(self.attempt.tool, self.attempt.arguments)
        return asked.get((rule.name, role), [])

    def _said_by(self, stage: Rehearsal, rule: Rule) -> Iterator[tuple[str, Any]]:
        """What a rule's duties want to be said, where that is plain."""
        names = named_values(rule)
        for node in reached(rule.duties, self.spec):
            if isinstance(node, Apply) and node.op in HEARD:
                value = self.known(stage, node.args[1], names)
                yield from [(node.op, value)] if value is not None else []


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
        elif how == "mentions" and is_number(each):
            yield Move("say", text=plain_number(each))


def _leaves(value: Any) -> list[str]:
    """The plain values in a value, as somebody says them."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [plain_number(value) if is_number(value) else str(value)]


__all__ = ["PROBE", "Attempt", "Options"]
