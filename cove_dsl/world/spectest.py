"""A specification's own tests: short conversations that pin what its rules mean.

In: a desk. Out: for each `test` what it came to. A test's world is its fixture over empty tables, changed by `given`;
its calls are run in the desk's sandbox, so the recorded results are the desk's own; then the rules judge the
conversation as they judge any other.

An agent's calls that directly follow its own words are made in one message with them (`agent says ""` makes a message
of calls alone); otherwise each call is a message, and its result is there before the next event. A name bound in a test
is what it was before the first event.
"""

from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any, assert_never

from attrs import field, frozen

from ..backends.python.blocks import Block, Blocks, Later, compile_blocks
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call, Message, read_trajectory
from ..backends.python.runtime.report import assemble_report, rule_reports, walk_through
from ..backends.python.runtime.sandbox import Judgement, Program, Result, Sandbox
from ..backends.python.runtime.texts import to_json
from ..backends.python.runtime.values import UNKNOWN, UnknownEffect
from ..backends.python.runtime.world import Fail, World, copied
from ..core.nodes import Expr
from ..core.spec import Calls, Expect, Says, Spec, Test
from ..source import NOWHERE, Span
from .desk import Desk
from .sides import sides_of, told_sides


@frozen
class Failure:
    """What a test found wrong, and where that was written."""

    message: str
    span: Span


@frozen
class TestResult:
    """What one test came to. `report` is verify's object; `events` and `judgements` tell it as a timeline. Both are
    empty where no conversation came about; `start`, the world before the first event, is None where not even that did.
    `rules` are those of which something is expected."""

    __test__ = False
    name: str
    failures: tuple[Failure, ...]
    messages: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    report: dict[str, Any] = field(factory=dict, repr=False)
    events: tuple[Message | Call, ...] = field(default=(), repr=False)
    judgements: tuple[Judgement, ...] = field(default=(), repr=False)
    start: World | None = field(default=None, repr=False)
    rules: frozenset[str] = frozenset()
    span: Span = NOWHERE

    @property
    def passed(self) -> bool:
        return not self.failures


def run_tests(desk: Desk, pattern: str | None = None, only: Collection[int] | None = None) -> list[TestResult]:
    """The tests of a specification in the order in which they are written; `pattern` picks some by name (`*`, `?`),
    `only` by their index."""
    chosen = [
        t
        for i, t in enumerate(desk.spec.tests)
        if (pattern is None or fnmatchcase(t.name, pattern)) and (only is None or i in only)
    ]
    compiled = compile_blocks(desk.spec, _blocks(desk.spec, chosen))
    patterns = dict.fromkeys((*desk.program.patterns, *compiled.patterns))
    program = desk.program._replace(patterns=tuple(patterns))
    return [_Case(desk.spec, program, compiled, test).result() for test in chosen]


def _blocks(spec: Spec, tests: list[Test]) -> dict[str, Block]:
    """Every test's statements with the expressions of its events and expectations, and every fixture."""
    made = {f"fixture {name}": Block(stmts) for name, stmts in spec.fixtures.items()}
    for test in tests:
        said = [e for event in test.events for e in _expressions(event)]
        wanted = [x for e in test.expects if e.condition is not None for x in (e.condition, *sides_of(e.condition))]
        made[f"test {test.name}"] = Block(test.given, (*said, *wanted))
    return made


def _expressions(event: Says | Calls) -> list[Expr]:
    """In the order in which an event asks for them."""
    if isinstance(event, Says):
        return [event.text]
    return [*event.args, *([event.gives] if event.gives is not None else [])]


class Broken(Exception):
    """The test itself cannot be carried out."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.failure = Failure(message, span)


class _Case:
    """One test on its way."""

    def __init__(self, spec: Spec, program: Program, compiled: Blocks, test: Test) -> None:
        self.spec, self.program, self.compiled, self.test = spec, program, compiled, test

    def result(self) -> TestResult:
        about: dict[str, Any] = {"rules": expected_rules(self.test), "span": self.test.span}
        try:
            start, later = self._start()
        except Broken as broken:
            return TestResult(self.test.name, (broken.failure,), **about)
        recorder = _Recorder(self, start.fork(), later)
        try:
            messages = recorder.messages()
        except Broken as broken:
            recorder.close()
            return TestResult(self.test.name, (broken.failure,), tuple(recorder.made), start=start, **about)
        return self._judged(start, later, messages, about)

    def _judged(
        self, start: World, later: Iterator[Later], messages: list[dict[str, Any]], about: dict[str, Any]
    ) -> TestResult:
        trajectory = read_trajectory(messages)
        run = walk_through(self.program, trajectory, start.fork())
        report = assemble_report(run, start, None, rule_reports(self.program, run))
        failures = [f for e in self.test.expects for f in self._missed(e, run, later)]
        told = tuple(trajectory.events), tuple(run.judgements)
        return TestResult(self.test.name, tuple(failures), tuple(messages), report, *told, start, **about)

    def _start(self) -> tuple[World, Iterator[Later]]:
        """The world before the first event, and the expressions of events and expectations in order."""
        run = Run(self.program, World(self.program.schema, self.program.schema.load({})))
        fixture = self._fixture()
        if fixture is not None:
            self._carry_out(f"fixture {fixture}", run)
        later = self._carry_out(f"test {self.test.name}", run)
        run.settle()
        return run.world, iter(later)

    def _fixture(self) -> str | None:
        """The fixture that is named, or the only one."""
        names = list(self.spec.fixtures)
        if self.test.fixture is not None or not names:
            return self.test.fixture
        if len(names) > 1:
            listed = ", ".join(f"`{n}`" for n in names)
            raise Broken(f"the test must say which fixture it plays in: {listed}", self.test.span)
        return names[0]

    def _carry_out(self, block: str, run: Run) -> tuple[Later, ...]:
        carry_out = self.compiled.functions[block]
        made: tuple[Later, ...] = self.evaluated(
            lambda: carry_out(run), f"the {block.split()[0]} fails", self.test.span
        )
        return made

    def evaluated(self, make: Callable[[], Any], what: str, span: Span) -> Any:
        """A value, or why the test cannot be carried out."""
        try:
            return make()
        except Fail as failure:
            raise Broken(f"{what}: {failure}", span) from None
        except UnknownEffect:
            raise Broken(f"{what}: a value is not known", span) from None

    # --- expectations

    def _missed(self, expect: Expect, run: Run, later: Iterator[Later]) -> Iterator[Failure]:
        """Why an expectation is not met, if it is not."""
        if expect.kind == "that":
            assert expect.condition is not None
            found, *values = [next(later)(run) for _ in (expect.condition, *sides_of(expect.condition))]
            if found is not True:
                seen = "is not known" if found is UNKNOWN else "does not hold"
                told = told_sides(expect.condition, values, self.spec)
                yield Failure(f"what was expected {seen} in the final world{told}", expect.span)
            return
        of_rule = [j for j in run.judgements if expect.rule in (None, j.rule)]
        judged = [j for j in of_rule if expect.label in (None, j.label)]
        if not _met(expect, {j.verdict for j in judged}):
            yield Failure(f"expected {_wanted(expect)}, but {_found(expect, judged, of_rule)}", expect.span)


def expected_rules(test: Test) -> frozenset[str]:
    """The rules of which a test expects something."""
    return frozenset(e.rule for e in test.expects if e.rule is not None)


def _met(expect: Expect, verdicts: set[str]) -> bool:
    match expect.kind:
        case "violation":
            return "violated" in verdicts
        case "no_violation":
            return "violated" not in verdicts
        case "satisfied":
            return verdicts == {"satisfied"}
        case "unknown":
            return "unknown" in verdicts and "violated" not in verdicts
        case "attempted":
            return "attempted" in verdicts and "violated" not in verdicts
        case "that":
            raise AssertionError("an expression is no verdict")
        case _:
            assert_never(expect.kind)


def _wanted(expect: Expect) -> str:
    rule = _shown(expect.rule, expect.label)
    if expect.kind == "no_violation":
        return f"no violation of {rule}" if expect.rule else "no violation"
    return f"a violation of {rule}" if expect.kind == "violation" else f"{rule} to be {expect.kind}"


def _found(expect: Expect, judged: list[Judgement], of_rule: list[Judgement]) -> str:
    """What was there instead. Before a requirement is reached, its rule may be left by an `else fail`."""
    if not judged and of_rule:
        return f"that was never reached: the rule is {', '.join(dict.fromkeys(j.verdict for j in of_rule))} elsewhere"
    if not judged:
        return "it was never judged: nothing triggered it"
    if expect.kind == "no_violation":
        wrong = dict.fromkeys(_shown(j.rule, j.label) for j in judged if j.verdict == "violated")
        return f"{', '.join(wrong)} is violated"
    return f"it is {', '.join(dict.fromkeys(j.verdict for j in judged))}"


def _shown(rule: str | None, label: str | None) -> str:
    return f"`{rule}.{label}`" if label else f"`{rule}`"


# --- from events to messages ------------------------------------------------------------------------------------------


class _Recorder:
    """Plays a test's events and writes them down as a chat-completions conversation."""

    def __init__(self, case: _Case, world: World, later: Iterator[Later]) -> None:
        self.case, self.later = case, later
        self.run = Run(case.program, world)
        self.sandbox = Sandbox(case.program, world)
        self.made: list[dict[str, Any]] = []
        self.open: dict[str, Any] | None = None
        self.results: list[dict[str, Any]] = []

    def messages(self) -> list[dict[str, Any]]:
        for event in self.case.test.events:
            if isinstance(event, Says):
                self._says(event)
            else:
                self._calls(event)
        self.close()
        return self.made

    def _value(self, what: str, span: Span) -> Any:
        make = next(self.later)
        value = self.case.evaluated(lambda: copied(make(self.run)), what, span)
        if value is UNKNOWN:
            raise Broken(f"{what}: it is not known", span)
        return value

    def _says(self, event: Says) -> None:
        self.close()
        text = self._value("what is said", event.span)
        message = {"role": _wire_role(event.role), "content": text}
        self.made.append(message)
        self.open = message if event.role == "agent" else None

    def _calls(self, event: Calls) -> None:
        arguments = {name: self._value(f"`{name}`", event.span) for name in event.names}
        arguments = {name: value for name, value in arguments.items() if value is not None}
        result = self._answer(event, arguments)
        message = self.open if self.open is not None and event.role == "agent" else None
        if message is None:
            self.close()
            message = {"role": _wire_role(event.role), "content": None}
            self.made.append(message)
        call_id = f"call_{sum(len(m.get('tool_calls', ())) for m in self.made)}"
        body = {"name": event.tool, "arguments": to_json(arguments)}
        message.setdefault("tool_calls", []).append({"id": call_id, "type": "function", "function": body})
        content = self._content(event, result)
        self.results.append({"role": "tool", "tool_call_id": call_id, "error": not result.ok, "content": content})
        if message is not self.open:
            self.close()

    def close(self) -> None:
        """The message that was being made is complete; its results follow it."""
        self.made += self.results
        self.open, self.results = None, []

    def _answer(self, event: Calls, arguments: dict[str, Any]) -> Result:
        """What the desk gives. A tool whose effect nobody wrote does as the test says."""
        found = self.sandbox.call(event.tool, arguments)
        if found.ok is None:
            if self.case.program.tools[event.tool].run is not None:
                raise Broken(f"what `{event.tool}` gives is not known", event.span)
            given = self._value(f"what `{event.tool}` gives", event.span) if event.gives is not None else None
            return Result(event.fails is None, event.fails if event.fails is not None else given)
        if event.fails is None and not found.ok:
            raise Broken(f"`{event.tool}` fails: {found.value}", event.span)
        if event.fails is not None and (found.ok or found.value != event.fails):
            came = "succeeds" if found.ok else f"fails with {found.value!r}"
            raise Broken(f"`{event.tool}` should fail with {event.fails!r}, but {came}", event.span)
        return found

    def _content(self, event: Calls, result: Result) -> str:
        if not result.ok:
            return f"Error: {result.value}"
        plain = self.case.program.tools[event.tool].returns == "text" and isinstance(result.value, str)
        return str(result.value) if plain else to_json(result.value)


def _wire_role(role: str) -> str:
    return "assistant" if role == "agent" else "user"


__all__ = ["Failure", "TestResult", "expected_rules", "run_tests"]
