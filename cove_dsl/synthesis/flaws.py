"""Agents with one flaw each: what a clerk forgets, overdoes or gets wrong, and what has to be found out about it.

A flaw is one step of the scripted agent done wrongly. Which rules forbid that follows from what the rules look at, not
from a verdict, so a dialogue in which nothing is found is a gap: in the rules or in the checker.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from attrs import evolve, frozen

from ..backends.python.runtime.facts import claims
from ..core.nodes import Apply, Events, Rule
from ..core.spec import Spec
from ..core.types import EnumType
from ..core.walk import walk
from . import phrases as say
from .parties import Chat
from .sayings import Plan, Trial, listening_rules
from .scripted_agent import ScriptedAgent, Talk
from .tasks import Call, Move, Task


class FlawedAgent(ScriptedAgent):
    """A scripted agent that does one thing wrongly where its task gives occasion. `erred` says whether it did."""

    flaw: ClassVar[str]
    erred = False

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        """What may be found: causes as `blame.py` words them. Nothing: the task gives no occasion."""
        raise NotImplementedError

    @property
    def limits(self) -> dict[str, str]:
        return {}

    def _err(self) -> None:
        self.erred = True

    def _leaving_out(self, text: str, found: Trial | None) -> str:
        """A text without what the rules want said besides."""
        if found is not None and found.text != text:
            self._err()
        return text


class Unasked(FlawedAgent):
    """Changes things without having listed them and asked."""

    flaw = "unasked"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return rules_with(spec, {"affirms", "lists"}) if _kinds(task) & {"do"} else set()

    def _propose(self, call: Call, verb: str, forms: Sequence[str] = say.PROPOSE) -> Talk:
        self._err()
        yield from ()


class Unidentified(FlawedAgent):
    """Reads and changes without having found out who is speaking."""

    flaw = "unidentified"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return rules_about(spec, {k.tool for k in task.lookups}) if task.lookups else set()

    def _identify(self) -> Talk:
        self._err()
        yield from ()


class Hasty(FlawedAgent):
    """Changes a thing without having looked at it."""

    flaw = "hasty"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        readers = {t.name for t in spec.tools.values() if t.kind == "read"} - {k.tool for k in task.lookups}
        return rules_about(spec, readers) if _kinds(task) & {"do"} else set()

    def _look(self, move: Move) -> Talk:
        if move.kind == "do" and move.needs:
            self._err()
            return
        yield from super()._look(move)


class Hurried(FlawedAgent):
    """Makes two calls at once."""

    flaw = "hurried"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return rules_on_steps(spec)

    def reply(self, messages: list[Chat]) -> Chat:
        said = super().reply(messages)
        first = said.get("tool_calls")
        if first and not self.erred:
            self._err()
            return {**said, "tool_calls": [*first, {**first[0], "id": f"{first[0]['id']}_again"}]}
        return said


class Chatty(FlawedAgent):
    """Writes to the user and makes a call in one step."""

    flaw = "chatty"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return rules_on_steps(spec)

    def reply(self, messages: list[Chat]) -> Chat:
        said = super().reply(messages)
        if said.get("tool_calls"):
            self._err()
            return {**said, "content": say.WAIT}
        return said


class Inventive(FlawedAgent):
    """Gives the user a number that nobody gave it."""

    flaw = "inventive"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return rules_with(spec, {"invented", "invented_by"})

    def reply(self, messages: list[Chat]) -> Chat:
        said = super().reply(messages)
        if (
            said.get("content")
            and self.calls
            and not self.erred
            and not claims(said["content"])
            and "?" in said["content"]
        ):
            self._err()
            number = f"RX{self.rng.randrange(10**6, 10**7)}"
            return {**said, "content": f"{say.REFERENCE.format(number=number)} {said['content']}"}
        return said


class Forgetful(FlawedAgent):
    """Leaves out what the rules want said or asked before a change."""

    flaw = "forgetful"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        tools = {m.call["name"] for m in task.moves if m.kind == "do"}
        before = (r for r in spec.rules.values() if r.when == "before" and _is_about(r, tools))
        spoken = listening_rules(spec)
        return {
            f"rule:{r.name}" for r in before if r.name in spoken or any(n.op.startswith("define:") for n in _applied(r))
        }

    def _remind(self, call: Call) -> Talk:
        if self._reminders(call):
            self._err()
        yield from ()

    def _worded(self, text: str, found: Trial | None, plan: Plan) -> str:
        return self._leaving_out(text, found) if plan.calls else super()._worded(text, found, plan)


class Lax(FlawedAgent):
    """Tries to do what it has to refuse."""

    flaw = "lax"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        refused = {f"rule:{m.rule[0]}" for m in task.moves if m.kind == "refuse"}
        return refused | {"goal:missing", "goal:unmet", "goal:unsaid", "goal:unwanted"} if refused else set()

    def _decline(self, move: Move) -> Talk:
        self._err()
        yield from self._change(evolve(move, kind="do"))


class Idle(FlawedAgent):
    """Says that a change is made, and does not make it."""

    flaw = "idle"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return {"goal:missing", "goal:unmet"} if _kinds(task) & {"do"} else set()

    def _carry_out(self, call: Call) -> Talk:
        self._err()
        yield from ()


class Mistaken(FlawedAgent):
    """Makes another change than the one asked for."""

    flaw = "mistaken"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        wrong = any(_mistakes(spec, m.call) for m in task.moves if m.kind == "do" and not m.others)
        return {"goal:missing", "goal:unmet", "goal:unwanted"} if wrong else set()

    def _choice(self, move: Move) -> Call:
        wrong = list(_mistakes(self.spec, move.call)) if not move.others else []
        if not wrong:
            return super()._choice(move)
        self._err()
        return wrong[0]


class Silent(FlawedAgent):
    """Does not give the answer that it has found."""

    flaw = "silent"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return {"goal:unsaid"} if _kinds(task) & {"learn"} else set()

    def _answer(self, move: Move, value: str) -> None:
        self._err()


class Curt(FlawedAgent):
    """Leaves out the sentence that has to follow a call word for word."""

    flaw = "curt"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        tools = {m.call["name"] for m in task.moves if m.kind == "act"}
        return {f"rule:{r.name}" for r in spec.rules.values() if r.when == "after" and _is_about(r, tools)}

    def _say_line(self, move: Move) -> None:
        self._err()

    def _worded(self, text: str, found: Trial | None, plan: Plan) -> str:
        return super()._worded(text, found, plan) if plan.calls else self._leaving_out(text, found)


class Wasteful(FlawedAgent):
    """Makes a change a second time, with a second yes."""

    flaw = "wasteful"

    @classmethod
    def expects(cls, spec: Spec, task: Task) -> set[str]:
        return {"redundant"} if _kinds(task) & {"do"} else set()

    def _carry_out(self, call: Call) -> Talk:
        result = yield from super()._carry_out(call)
        if isinstance(result, str) and result.startswith("Error"):
            return result
        self._err()
        yield from self._propose(call, say.ONCE_MORE)
        return (yield from super()._carry_out(call))


FLAWS: dict[str, type[FlawedAgent]] = {
    kind.flaw: kind
    for kind in (
        Unasked, Unidentified, Hasty, Hurried, Chatty, Inventive, Forgetful, Lax, Idle, Mistaken, Silent, Curt,
        Wasteful,
    )
}  # fmt: skip


@frozen
class Planted:
    """A flaw that a task gives occasion for, and what has to be found."""

    flaw: str
    expect: tuple[str, ...]

    def compare(self, blame: str | None, causes: list[str]) -> dict[str, Any]:
        """What was found: the flaw at all, and nothing but the flaw (one rule, or what the end lacks)."""
        rules = [c for c in causes if c.startswith("rule:")]
        found = blame == "agent" and bool(set(causes) & set(self.expect))
        only = found and set(causes) <= set(self.expect) and len(rules) <= 1 and len(rules) in (0, len(causes))
        return {"flaw": self.flaw, "expect": list(self.expect), "found": found, "only": only}


def plantable(spec: Spec, task: Task, names: list[str]) -> list[Planted]:
    """The flaws among some that a task gives occasion for, in an order that the task decides."""
    found = [Planted(n, tuple(sorted(e))) for n in names if (e := FLAWS[n].expects(spec, task))]
    random.Random(f"flaw:{task.id}").shuffle(found)
    return found


# --- what rules look at -----------------------------------------------------------------------------------------------


def rules_with(spec: Spec, ops: set[str]) -> set[str]:
    """Rules whose conditions use certain built-ins."""
    return {f"rule:{r.name}" for r in spec.rules.values() if any(n.op in ops for n in _applied(r))}


def rules_about(spec: Spec, tools: set[str]) -> set[str]:
    """Rules that look back at calls of certain tools."""
    return {f"rule:{r.name}" for r in spec.rules.values() if _looks_back(r, tools)}


def _looks_back(rule: Rule, tools: set[str]) -> bool:
    return any(isinstance(n, Events) and bool(n.pattern.tools & tools) for n in walk(rule.body))


def rules_on_steps(spec: Spec) -> set[str]:
    return {f"rule:{r.name}" for r in spec.rules.values() if r.when == "on"}


def _is_about(rule: Rule, tools: set[str]) -> bool:
    return rule.pattern is not None and bool(rule.pattern.tools & tools)


def _applied(rule: Rule) -> Iterator[Apply]:
    return (n for n in walk(rule.body) if isinstance(n, Apply))


def _kinds(task: Task) -> set[str]:
    return {m.kind for m in task.moves}


def _mistakes(spec: Spec, call: Call) -> Iterator[Call]:
    """Calls that differ from the right one: one thing is left out of its lists, or a value among few is another."""
    arguments = call["arguments"]
    longest = max((len(v) for v in arguments.values() if isinstance(v, list)), default=0)
    if longest > 1:
        cut = {k: v[:-1] for k, v in arguments.items() if isinstance(v, list) and len(v) == longest}
        yield {**call, "arguments": {**arguments, **cut}}
    for param in spec.tools[call["name"]].params:
        if isinstance(param.type, EnumType):
            for other in spec.enums[param.type.name].values.values():
                if other != arguments.get(param.name):
                    yield {**call, "arguments": {**arguments, param.name: other}}


__all__ = ["FLAWS", "FlawedAgent", "Planted", "plantable"]
