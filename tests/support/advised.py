"""Follows a guard's advice to the letter, without a thought of its own, and looks by brute force for what it denies.

In: a desk, a world and a conversation so far, and a call that is refused in it. Out: what came of doing what the advice
says, or `Astray` where the advice leads nowhere, names what is refused itself, or calls impossible what is not.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from attrs import define, field

import cove_dsl as cove
from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.core.nodes import Apply, Const
from cove_dsl.core.patterns import example_of
from cove_dsl.core.types import Ref, strip
from cove_dsl.core.walk import walk
from cove_dsl.world.monitor import Decision
from cove_dsl.world.moves import Move
from cove_dsl.world.state import dumps

Message = dict[str, Any]
ROUNDS = 8
GIVEN_UP = ("cannot be done", "do not repeat it", "Do nothing more", "Do not do this any more")
HEARD = ("says", "mentions", "matches")


class Astray(AssertionError):
    """Advice that does not keep what it promises."""


@define
class Scene:
    """A conversation so far. `known`: calls with what they gave, for tools whose effect nobody wrote."""

    desk: cove.Desk
    world: cove.World
    messages: list[Message]
    known: list[tuple[str, dict[str, Any], str]] = field(factory=list)
    monitor: Any = field(init=False)
    sandbox: Sandbox = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.messages = list(self.messages)
        self.monitor = self.desk.monitor(self.world, complete=True)
        self.sandbox = Sandbox(self.desk.program, self.world.inner.fork())
        self.monitor.observe(self.messages)
        for call, result in _calls(self.messages):
            if not result["error"]:
                self.sandbox.call(call["name"], read(call["arguments"]))

    def again(self) -> "Scene":
        return Scene(self.desk, self.world, self.messages, self.known)

    def decides(self, tool: str, arguments: dict[str, Any]) -> Decision:
        return self.monitor.allows({"name": tool, "arguments": arguments})

    def says(self, role: str, text: str) -> None:
        self._happens([{"role": role, "content": text}])

    def calls(self, tool: str, arguments: dict[str, Any]) -> bool:
        """Makes a call; whether it succeeded."""
        result = self.sandbox.call(tool, arguments)
        text = f"Error: {result.value}" if result.ok is False else self._shown(tool, arguments, result.value)
        number = f"call_{len(self.messages)}"
        body = {"name": tool, "arguments": dumps(arguments)}
        made = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": number, "type": "function", "function": body}],
        }
        self._happens([made, {"role": "tool", "tool_call_id": number, "content": text, "error": result.ok is False}])
        return result.ok is not False

    def _shown(self, tool: str, arguments: dict[str, Any], value: Any) -> str:
        if value is not None:
            return value if isinstance(value, str) else dumps(value)
        given = [text for name, args, text in self.known if name == tool]
        same = [text for name, args, text in self.known if (name, args) == (tool, arguments)]
        return next(iter(same or given), "Done")

    def _happens(self, messages: list[Message]) -> None:
        self.messages += messages
        self.monitor.observe(messages)


@define
class Follower:
    """Does what it is told. `came_to`: allowed, given up, left to the rule's words, or stuck for want of an answer that
    only a user could give. `vague`: a call was named without all that it takes."""

    scene: Scene
    tool: str
    arguments: dict[str, Any]
    advice: list[str] = field(factory=list)
    came_to: str = ""
    vague: bool = False

    def follow(self) -> "Follower":
        for _ in range(ROUNDS):
            decision = self.scene.decides(self.tool, self.arguments)
            if decision.verdict == "allow":
                self.came_to = "allowed"
                return self
            self._note(decision)
            if any(text in decision.advice for text in GIVEN_UP):
                self._must_be_impossible(decision)
                self.came_to = "given up"
                return self
            if not decision.moves:
                self.came_to = "undecided" if decision.verdict == "undecided" else "the rule's words"
                return self
            instead = " instead." in decision.advice or "\nSay" in decision.advice
            if not all(self._does(move, decision) for move in decision.moves):
                self.came_to = "no answer"
                return self
            if instead:
                self.came_to = "something else"
                return self
        if not self.vague:
            raise self._astray("goes on and on")
        self.came_to = "no answer"
        return self

    def _note(self, decision: Decision) -> None:
        state = f"{self.tool} {self.arguments}\n{decision.advice}"
        if state in self.advice and not self.vague:
            raise self._astray("says the same again")
        self.advice.append(state)

    def _astray(self, why: str) -> Astray:
        told = "\n---\n".join(self.advice)
        talk = "\n".join(dumps(m)[:300] for m in self.scene.messages)
        return Astray(f"{why}: {self.tool} {self.arguments}\n{told}\n=== after\n{talk}")

    # --- doing

    def _does(self, move: Move, decision: Decision) -> bool:
        """Does what is named, with what is named. False where only a user could go on."""
        match move.kind:
            case "call":
                return self._calls(move, decision)
            case "say" | "confirm":
                if move.text not in decision.advice:
                    raise self._astray(f"does not say what to say: {move}")
                words = move.words_said()
                if self._refuses_words(words):
                    raise self._astray(f"names words that are refused: {words}")
                self.scene.says("assistant", words)
                if move.kind == "confirm":
                    self.scene.says("user", "Yes.")
                return True
            case "change":
                changed = {n: v for n, v in move.arguments.items() if self.arguments.get(n) != v}
                if not all(f"{n} {dumps(v)}" in decision.advice for n, v in changed.items()):
                    raise self._astray(f"does not name what is to be changed: {move}")
                self.arguments = dict(move.arguments)
                return True
        return self._answers(move)

    def _refuses_words(self, words: str) -> bool:
        return self.scene.monitor.allows_message({"role": "assistant", "content": words}).verdict == "deny"

    def _calls(self, move: Move, decision: Decision) -> bool:
        named = [f"`{move.tool}`", *(f"{n} {dumps(v)}" for n, v in move.arguments.items())]
        if not all(part in decision.advice for part in named):
            raise self._astray(f"does not name what is to be done: {move}")
        for arguments in islice(self._completed(move), 40):
            verdict = self.scene.decides(move.tool, arguments).verdict
            whole = arguments == move.arguments
            if verdict == "deny" and whole:
                raise self._astray(f"names a call that is refused: {move}")
            if verdict != "deny" and self.scene.again().calls(move.tool, arguments):
                return self.scene.calls(move.tool, arguments)
            if whole:
                raise self._astray(f"names a call that fails: {move}")
        return False

    def _completed(self, move: Move) -> Iterator[dict[str, Any]]:
        """The call with what it takes besides: as the desk's own tests make it, or by what rows hold."""
        given, spec = dict(move.arguments), self.scene.desk.spec
        params = {p.name: p for p in spec.tools[move.tool].params}
        missing = [n for n in params if n not in given and not str(params[n].type).endswith("?")]
        if not missing:
            yield given
            return
        self.vague = True
        for name, arguments, _ in self.scene.known:
            if name == move.tool and all(arguments.get(n) == v for n, v in given.items()):
                yield arguments
        for row in self._rows():
            if all(n in row for n in missing):
                yield given | {n: row[n] for n in missing}
        yield given | {n: self._some(params[n].type) for n in missing}

    def _rows(self) -> Iterator[dict[str, Any]]:
        world = self.scene.world.inner
        for table in self.scene.desk.spec.tables:
            yield from islice(world.all_rows(table), 12)

    def _some(self, kind: Any) -> Any:
        kind = strip(kind)
        if isinstance(kind, Ref) and kind.table in self.scene.desk.spec.tables:
            key = self.scene.desk.spec.tables[kind.table].key
            return next((row[key] for row in self.scene.world.inner.all_rows(kind.table)), "X1")
        enum = self.scene.desk.spec.enums.get(str(kind))
        return (
            next(iter(enum.values.values()))
            if enum
            else {"int": 1, "money": 1, "bool": True}.get(str(kind), "As agreed.")
        )

    def _answers(self, move: Move) -> bool:
        """The user says something that the fact hears, so that the call gets further."""
        if move.heard:
            self.scene.says("user", move.heard)
            return True
        now = set(self.scene.decides(self.tool, self.arguments).rules)
        for text in self._statements():
            trial = self.scene.again()
            trial.says("assistant", "May I ask?")
            trial.says("user", text)
            if set(trial.decides(self.tool, self.arguments).rules) < now:
                self.scene.says("assistant", "May I ask?")
                self.scene.says("user", text)
                return True
        return False

    def _statements(self) -> Iterator[str]:
        for define_ in self.scene.desk.spec.defines.values():
            if define_.kind == "fact":
                yield from _phrases(define_.body)

    # --- what is denied to be possible

    def _must_be_impossible(self, decision: Decision) -> None:
        """Nothing that an agent can do lets the call through: neither one thing alone, nor all of them together."""
        if "do not repeat it" in decision.advice:
            return
        together = self.scene.again()
        for step in self._everything():
            alone = self.scene.again()
            for scene in (alone, together):
                if not step(scene):
                    continue
                for last in (scene, self._agreed(scene)):
                    if last.decides(self.tool, self.arguments).verdict == "allow":
                        self.scene = last
                        raise self._astray("calls impossible what is not")

    def _agreed(self, scene: Scene) -> Scene:
        agreed = scene.again()
        told = ", ".join(f"{n} {dumps(v)}" for n, v in self.arguments.items())
        agreed.says("assistant", f"{self.tool} with {told}. Shall I?")
        agreed.says("user", "Yes.")
        return agreed

    def _everything(self) -> Iterator[Any]:
        yield lambda scene: True
        for text in sorted(_lines(self.scene.desk)):
            yield lambda scene, text=text: self._said(scene, text)
        for tool, arguments in self._look_ups():
            yield (
                lambda scene, tool=tool, arguments=arguments: (
                    scene.decides(tool, arguments).verdict != "deny"
                    and scene.again().calls(tool, arguments)
                    and scene.calls(tool, arguments)
                )
            )

    def _said(self, scene: Scene, text: str) -> bool:
        if scene.monitor.allows_message({"role": "assistant", "content": text}).verdict == "deny":
            return False
        scene.says("assistant", text)
        return True

    def _look_ups(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Look-ups with what the call, the tests and the rows name."""
        for name, tool in self.scene.desk.spec.tools.items():
            if tool.kind == "read" and tool.requestor == "agent":
                own = {p.name: self.arguments[p.name] for p in tool.params if p.name in self.arguments}
                move = Move("call", name, own)
                for arguments in islice(self._completed(move), 4):
                    yield name, arguments


def _calls(messages: Iterable[Message]) -> Iterator[tuple[dict[str, Any], Message]]:
    """Calls with their results."""
    bodies: dict[str, dict[str, Any]] = {}
    for message in messages:
        for call in message.get("tool_calls") or ():
            bodies[call["id"]] = call["function"]
        if message["role"] == "tool":
            yield bodies[message["tool_call_id"]], message


def _lines(desk: cove.Desk) -> set[str]:
    """What rules listen for, as far as it is written down."""
    rules = tuple(desk.spec.rules.values())
    return {text for node in walk(rules) if isinstance(node, Apply) and node.op in HEARD for text in _phrases(node)}


def _phrases(thing: Any) -> Iterator[str]:
    for node in walk(thing):
        if isinstance(node, Apply) and node.op in HEARD:
            for const in walk(node.args[1]):
                if isinstance(const, Const):
                    values = const.value if isinstance(const.value, list) else [const.value]
                    texts = [v for v in values if isinstance(v, str)]
                    yield from (example_of(t) if node.op == "matches" else t for t in texts)


def read(text: str) -> Any:
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal)


def made_calls(messages: Iterable[Message]) -> list[tuple[str, dict[str, Any], str]]:
    """The calls of a conversation that succeeded, with what they gave."""
    return [(c["name"], read(c["arguments"]), r["content"]) for c, r in _calls(messages) if not r["error"]]


__all__ = ["Astray", "Follower", "Scene", "made_calls", "read"]
