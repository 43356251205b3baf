"""What a specification's own tests show: what happens in a test can happen, however far the solver looked.

A test is judged by the generated checker, in the conversation that it plays out; what it expects plays no part. Tests
that cannot be carried out show nothing.
"""

from attrs import define, field, frozen

from ..core.spec import Spec
from ..world.desk import Desk
from ..world.spectest import TestResult, run_tests


@frozen
class Shown:
    """Names of tests, by rule: in which it is judged, broken, or the only one broken; and by tool: in which it succeeds
    while no rule is broken or in doubt. The first test that shows a thing is named."""

    judged: dict[str, str] = field(factory=dict)
    broken: dict[str, str] = field(factory=dict)
    alone: dict[str, str] = field(factory=dict)
    used: dict[str, str] = field(factory=dict)


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
            if judgement.verdict == "violated":
                shown.broken.setdefault(judgement.rule, result.name)
            if judgement.rule in serious:
                serious[judgement.rule].add(judgement.verdict)
        broken = [rule for rule, verdicts in serious.items() if "violated" in verdicts]
        if len(broken) == 1:
            shown.alone.setdefault(broken[0], result.name)
        if not any(verdicts & {"violated", "unknown"} for verdicts in serious.values()):
            for call in (e for e in result.events if getattr(e, "ok", None)):
                shown.used.setdefault(call.tool, result.name)  # type: ignore[union-attr]


__all__ = ["Shown", "Tested"]
