"""What a specification's own tests show: what happens in a test can happen, however far the solver looked.

A test is judged by the generated checker, in the conversation that it plays out; what it expects plays no part. Tests
that cannot be carried out show nothing.
"""

from collections.abc import Iterable
from typing import Any

from attrs import define, field, frozen

from ..backends.python.runtime.events import Call
from ..backends.python.runtime.world import World, copied
from ..core.interpreter import Interpreter, UnknownEffect
from ..core.memory_world import MemoryWorld
from ..core.nodes import Rule
from ..core.spec import Spec
from ..source import Span
from ..world.desk import Desk
from ..world.spectest import TestResult, run_tests


@frozen
class Shown:
    """Names of tests, by rule: in which it is judged, broken, or the only one broken; and by tool: in which it succeeds
    while no rule is broken or in doubt. The first test that shows a thing is named; where rules are broken together,
    `beside`, the first that breaks the fewest others. `given` are the values that are
    used in such calls, by tool and parameter; `passed` is what calls carry out, rules or not. `kept`: in which what a
    rule owes is done while no rule is broken or in doubt."""

    judged: dict[str, str] = field(factory=dict)
    broken: dict[str, str] = field(factory=dict)
    beside: dict[str, tuple[str, ...]] = field(factory=dict)
    alone: dict[str, str] = field(factory=dict)
    used: dict[str, str] = field(factory=dict)
    given: set[tuple[str, str, Any]] = field(factory=set)
    passed: set[tuple[Span, bool]] = field(factory=set)
    kept: dict[str, str] = field(factory=dict)


@define
class Tested:
    """Plays the tests of a specification when they are first asked about."""

    spec: Spec
    _shown: Shown | None = None

    @property
    def shown(self) -> Shown:
        if self._shown is None:
            self._shown = Shown()
            for result in run_tests(Desk(self.spec)) if self.spec.tests else ():
                self._note(result, self._shown)
        return self._shown

    def _note(self, result: TestResult, shown: Shown) -> None:
        serious = {j.rule: set[str]() for j in result.judgements if self.spec.rules[j.rule].severity == "error"}
        for judgement in result.judgements:
            shown.judged.setdefault(judgement.rule, result.name)
            if judgement.rule in serious:
                serious[judgement.rule].add(judgement.verdict)
        broken = [rule for rule, verdicts in serious.items() if "violated" in verdicts]
        for rule in {j.rule for j in result.judgements if j.verdict == "violated"}:
            others = tuple(sorted({*broken} - {rule}))
            if rule not in shown.broken or len(others) < len(shown.beside[rule]):
                shown.broken[rule], shown.beside[rule] = result.name, others
        if len(broken) == 1:
            shown.alone.setdefault(broken[0], result.name)
        if not any(verdicts & {"violated", "unknown"} for verdicts in serious.values()):
            for call in (e for e in result.events if getattr(e, "ok", None)):
                shown.used.setdefault(call.tool, result.name)  # type: ignore[union-attr]
                shown.given.update((call.tool, n, v) for n, v in call.arguments.items() if isinstance(v, str))  # type: ignore[union-attr]
            for done in (j for j in result.judgements if j.verdict == "satisfied"):
                if done.label in owed_by(self.spec.rules[done.rule]):
                    shown.kept.setdefault(done.rule, result.name)
        calls = [(e.tool, e.arguments) for e in result.events if isinstance(e, Call) and not e.malformed]
        if result.start is not None and result.start.complete:
            shown.passed.update(carried_out(self.spec, _tables_of(result.start, self.spec), calls))


def owed_by(rule: Rule) -> set[str]:
    """The labels of what a rule demands to come, rather than not to come."""
    return {d.label for d in rule.duties if d.mode in ("then", "eventually")}


def carried_out(
    spec: Spec, state: dict[str, Any], calls: Iterable[tuple[str, dict[str, Any]]]
) -> set[tuple[Span, bool]]:
    """What some calls carry out in a world: statements, and checks by which one fails."""
    trace: set[tuple[Span, bool]] = set()
    interpreter = Interpreter(spec, MemoryWorld(spec, state), trace=trace)
    for tool, arguments in calls:
        try:
            interpreter.call(tool, arguments)
        except UnknownEffect:
            continue
    return trace


def _tables_of(world: World, spec: Spec) -> dict[str, Any]:
    """A complete world by its tables and states."""
    tables = {n: {row[t.key]: row for row in copied(world.all_rows(n))} for n, t in spec.tables.items()}
    return tables | {n: copied(world.single(n)) for n in spec.states}


__all__ = ["Shown", "Tested", "carried_out", "owed_by"]
