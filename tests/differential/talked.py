"""Scenarios that were played out in a conversation: with words, look-ups and calls that fail around the calls of the
plan, and those rules of chance that all of it keeps, about the past, about words, and about what is owed.

What is said is read by the desk's own recognisers. Calls besides those of the plan change nothing. So this scenario
can be played out, by construction, and no argument may refute it.
"""

import random
from copy import deepcopy
from itertools import accumulate
from typing import Any

from attrs import evolve, frozen

from cove_dsl.backends.python.emit import module_source
from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.backends.smt.people import finders
from cove_dsl.core.interpreter import Interpreter, UnknownEffect
from cove_dsl.core.judge import judge
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.nodes import Goal, Rule, Scenario, Tool
from cove_dsl.core.spec import Spec
from cove_dsl.core.values import holds_unknown
from cove_dsl.pipeline import Compiled, Compiler
from cove_dsl.solve.errors import Refuted
from cove_dsl.source import Diagnostic

from .machine import Desk, Ears, compiled, program_from
from .played import _calls, _draws, written
from .scenes import Tame, _arguments, small_world
from .strategies import WORDS, speak

RULES = 16  # that are written about the past; those that fit are kept
BETWEEN = 4  # things said or tried before each call of the plan, at most
Messages = list[dict[str, Any]]


@frozen
class Talked:
    """A scenario, the specification with the rules that its conversation keeps, and that conversation."""

    spec: Spec
    scenario: Scenario
    messages: Messages
    binding: tuple[Rule, ...]


def talked(seed: int) -> Talked | None:
    """A scenario and its conversation; None where chance wrote what is not well typed, or cannot be begun."""
    dice = random.Random(seed)
    text = written(seed)
    spec = _with_rules(text, dice)
    if spec is None:
        return None
    state, tame = small_world(spec, dice)
    try:
        return _held(Desk(text, spec, program_from(module_source(spec))), state, tame)
    except (Refuted, UnknownEffect):
        return None


# --- rules about the past ---------------------------------------------------------------------------------------------


@frozen
class Author:
    """Writes rules about what happened before, and what is to follow, over the tools of a desk."""

    tools: tuple[str, ...]
    dice: random.Random

    def pick(self, *options: str) -> str:
        return self.dice.choice(options)

    def event(self, past: bool = True) -> tuple[str, bool]:
        """An event, and whether it is a message."""
        if self.dice.random() < 0.5:
            return f"{self.pick('agent', 'user')} message", True
        some = self.dice.sample(self.tools, min(len(self.tools), self.dice.randint(1, 3)))
        status = self.pick("", "ok ", "failed ") if past else ""
        return f"{status}{self.pick('', '', 'agent ', 'user ')}call to {{{', '.join(some)}}}", False

    def about(self, event: str, message: bool) -> str:
        words = [f'"{self.dice.choice(WORDS)}"' for _ in range(2)]
        if not message:
            return self.pick(f"{event}.tool == {event}.tool", f"{self.past(0)}")
        return self.pick(
            f"mentions({event}, {words[0]})", f"not mentions({event}, {words[0]})", f"affirms({event})",
            f"mentions({event}, {{{', '.join(words)}}})", f"says({event}, {words[0]})", self.past(0),
        )  # fmt: skip

    def past(self, depth: int = 1, window: str = "") -> str:
        event, message = self.event()
        found = f"earlier {event}{window}"
        if self.dice.random() < 0.6:
            inner = self.about("it", message) if depth else f'mentions(it, "{self.dice.choice(WORDS)}")'
            found = f"({found} where {inner if depth or message else 'it.tool != it.role'})"
        if self.dice.random() < 0.3:
            return f"count({found}) {self.pick('<', '>=', '<=')} {self.dice.randint(1, 3)}"
        return f"{self.pick('some', 'no')} {found}"

    def rule(self, name: str) -> str:
        if self.dice.random() < 0.1:
            return f'rule {name} "…" {{ at most {self.dice.randint(1, 3)} {self.event()[0]} }}\n'
        when = self.pick("before", "before", "after", "at end")
        event, message = self.event(past=when == "after")
        head = when if when == "at end" else f"{when} {event}"
        lines, own = [head], "message" if message else "call"
        window = ""
        if self.dice.random() < 0.3:
            which, role = self.pick("last", "first"), self.pick("agent", "user")
            leave = self.pick("skip", 'fail "none"')
            lines.append(f"let m = {which}(earlier {role} message) else {leave}")
            window = self.pick("", " before m", " after m")
        if self.dice.random() < 0.2:
            lines.append(f"when {self.past()}")
        if when != "at end" and self.dice.random() < 0.4:
            lines += [self.duty() for _ in range(self.dice.randint(1, 2))]
        else:
            own_words = message and when != "at end" and self.dice.random() < 0.4
            asked = self.about(own, True) if own_words else self.past(1, window)
            lines.append(f"require x: {asked}")
        return f'rule {name} "…" {{\n  ' + "\n  ".join(lines) + "\n}\n"

    def duty(self) -> str:
        def such() -> str:
            event, message = self.event()
            return f"{event} where {self.about('it', message)}" if self.dice.random() < 0.5 else event

        until = f"never {such()} until {such()}"
        return self.pick(f"then {such()}", f"eventually {such()}", f"never {such()}", until, "then nothing")


def _with_rules(text: str, dice: random.Random) -> Spec | None:
    """A desk with rules about the past, but for those that are not well typed."""
    plain = compiled(text)
    if plain is None:
        return None
    author = Author(tuple(plain.tools), dice)
    rules = [author.rule(f"talk{n}") for n in range(RULES)]
    found = Compiler().compile([("desk.cove", text.encode()), ("rules.cove", "".join(rules).encode())], {})
    wrong = {_line(p, found) for p in found.problems if p.severity == "error"}
    ends = list(accumulate(rule.count("\n") for rule in rules))
    kept = [r for r, end in zip(rules, ends, strict=True) if not wrong & set(range(end - r.count("\n") + 1, end + 1))]
    return compiled(text + "".join(kept)) if wrong else found.spec


def _line(problem: Diagnostic, found: Compiled) -> int:
    located = found.sources.locate(problem.labels[0].span)
    assert located is not None
    return located.start.line


# --- conversations ----------------------------------------------------------------------------------------------------


def _held(desk: Desk, state: dict[str, Any], tame: Tame) -> Talked | None:
    spec = desk.spec
    whole, names, drawn = spec.scenarios["played"], dict[str, Any](), dict[tuple[int, str], list[int]]()
    world = MemoryWorld(spec, deepcopy(state))
    picks = tuple(_draws(spec, whole, world, names, drawn, set(), tame.dice))
    if not Interpreter(spec, world).run(whole.given, dict(names)).ok:
        return None
    before = world.dump()
    calls = _calls(spec, [g for g in whole.goals if g.kind == "do"], names, world)
    if not calls:
        return None
    messages = _conversation(spec, world, calls, tame)
    scenario = evolve(whole, picks=picks, goals=tuple(g for g, _ in calls))
    return _obeyed(desk, scenario, before, messages)


def _conversation(spec: Spec, world: MemoryWorld, calls: list[tuple[Goal, dict[str, Any]]], tame: Tame) -> Messages:
    messages: Messages = []
    for goal, arguments in (*calls, (None, {})):
        for _ in range(tame.dice.randint(0, BETWEEN)):
            _something(spec, world, tame, messages)
        if goal is not None:
            outcome = Interpreter(spec, world).call(goal.tool, deepcopy(arguments))
            if not outcome.ok or holds_unknown(outcome.value):
                raise Refuted("a call of the plan fails")
            if _no_json(arguments) or _no_json(outcome.value):
                raise Refuted("a call of the plan is about a number that no message can hold")
            said = speak(tame.dice) if tame.dice.random() < 0.2 else None
            _called(spec.tools[goal.tool], arguments, True, outcome.value, said, messages)
    return messages


def _something(spec: Spec, world: MemoryWorld, tame: Tame, messages: Messages) -> None:
    """Something said, or a call that changes nothing."""
    if tame.dice.random() < 0.6:
        messages.append({"role": tame.dice.choice(("user", "assistant")), "content": speak(tame.dice) or "well"})
        return
    own = {f for t in spec.tables for f in finders(spec, t)}
    tool = tame.dice.choice(list(spec.tools.values()))
    given = _arguments(tool, tame)
    trial = MemoryWorld(spec, world.dump())
    if tool.body is None or tool.name in own:
        return
    outcome = Interpreter(spec, trial).call(tool.name, deepcopy(given))
    if trial.dump() == world.dump() and not holds_unknown(outcome.value) and not _no_json(outcome.value):
        _called(tool, given, outcome.ok, outcome.value, None, messages)


def _no_json(value: Any) -> bool:
    """Whether a value holds a fraction that has no end as a decimal."""
    return "Fraction" in repr(value)


def _called(tool: Tool, given: dict[str, Any], ok: bool, value: Any, said: str | None, messages: Messages) -> None:
    role, name = {"agent": "assistant", "user": "user"}[tool.requestor], f"c{len(messages)}"
    messages.append(
        {"role": role, "content": said, "tool_calls": [{"id": name, "name": tool.name, "arguments": given}]}
    )
    text = value if isinstance(value, str) else to_json(value)
    messages.append(
        {"role": "tool", "tool_call_id": name, "content": text if ok else f"Error: {value}", "error": not ok}
    )


def _obeyed(desk: Desk, scenario: Scenario, state: dict[str, Any], messages: Messages) -> Talked:
    """With the rules that the conversation keeps, for sure."""
    spec, trajectory = desk.spec, read_trajectory(messages)
    while True:
        world = MemoryWorld(spec, deepcopy(state))
        report = judge(spec, trajectory.events, trajectory.steps, world, Ears(desk.program))  # type: ignore[arg-type]
        wrong = {j.rule for j in report.judgements if j.verdict in ("violated", "unknown")}
        while more := {n for n, r in spec.rules.items() if wrong & set(r.presupposes)} - wrong:
            wrong |= more
        if not wrong:
            break
        spec = evolve(spec, rules={n: r for n, r in spec.rules.items() if n not in wrong})
    heard = {j.rule for j in report.judgements}
    return Talked(spec, scenario, messages, tuple(r for n, r in spec.rules.items() if n in heard))


__all__ = ["Talked", "talked"]
