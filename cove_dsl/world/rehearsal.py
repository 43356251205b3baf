"""What would come of a move of the agent's before anybody makes it: a copy of the conversation that goes on by itself.

In: a run of the engine as it stands. Out: a copy that takes in further words and calls, judges them by the same rules,
and leaves the run as it was. Only a look-up whose arguments are known is carried out, and only in the world as we know
it; of any other call no more is taken for granted than that it succeeds.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call, Message, Step
from ..backends.python.runtime.language import normalise, sentences
from ..backends.python.runtime.sandbox import Judgement
from ..backends.python.runtime.shapes import conforms
from .state import dumps

HEARD = ("says", "mentions", "matches", "says_amount", "says_id")
"""What rules ask of words that an agent could simply say."""
SOME_TEXT = "As agreed."


class Rehearsal:
    """A conversation that goes on in thought. `guessing`: nobody knows what some call in it shows."""

    def __init__(self, run: Run, guessing: bool = False) -> None:
        self.run, self.guessing = copy_of(run), guessing
        self.latest: tuple[Literal["agent", "user"], str] = ("agent", "")

    def fork(self) -> "Rehearsal":
        """The same once more, from here on its own."""
        return Rehearsal(self.run, self.guessing)

    def judges(self, tool: str, arguments: dict[str, Any]) -> list[Judgement]:
        """What the rules say of a call of the agent's, in a step of its own. Nothing is remembered."""
        return self.run.allows(_call(tool, arguments))

    def judges_words(self, text: str) -> list[Judgement]:
        """What the rules say of a message of the agent's. Nothing is remembered."""
        step, message = self._words("agent", text)
        return self.run.foresees(step, message)

    def owing(self, rule: str) -> int:
        """How many things a rule still wants done."""
        return sum(len(o.duties) for owed in self.run.owed.groups.values() for o in owed if o.rule == rule)

    def hears(self, role: Literal["agent", "user"], text: str) -> None:
        """Somebody says something."""
        step, message = self._words(role, text)
        self.run.step(step, [message])

    def makes(self, tool: str, arguments: dict[str, Any]) -> bool:
        """The agent makes a call. False if it fails in the world that is known, or has failed with these arguments."""
        known = self.run.tools[tool]
        call = _call(tool, arguments if known.kind == "read" else self._filled(tool, arguments))
        call.position = call.step.position = self.run.events
        if any(_is_failed(e, call) for e in self.run.seen.events):
            return False
        call.ok = True
        if not self._fits(call):
            call.malformed = self.guessing = True  # what nobody knows yet: its arguments
        elif known.run is not None:
            result = self.run.fork().call(tool, call.arguments)
            if result.ok is False:
                return False
            if result.ok:
                call.result, call.result_text = result.value, _written(result.value)
        self.guessing |= call.result_text is None
        self.run.step(call.step, [call])
        return True

    def has_made(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        """Whether the agent has made a call with these arguments, and it did not fail."""
        calls = (e for e in self.run.seen.events if isinstance(e, Call) and e.tool == tool and e.ok is not False)
        return any(all(call.arguments.get(n) == v for n, v in arguments.items()) for call in calls)

    def _filled(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments with some text for each that is missing: what is noted down matters little."""
        texts = {name: SOME_TEXT for name, kind in self.run.tools[tool].params if kind == "text"}
        return texts | arguments

    def _fits(self, call: Call) -> bool:
        return self.run.argument_problem(self.run.tools[call.tool], call.arguments) is None

    def _words(self, role: Literal["agent", "user"], text: str) -> tuple[Step, Message]:
        self.latest = role, text
        step = Step(role, text, -1, self.run.events)
        return step, Message(text, step, self.run.events)

    @contextmanager
    def listening(self) -> Iterator[dict[tuple[str, str], list[tuple[str, Any]]]]:
        """What each rule asks of what a role says meanwhile: the built-in, and the text, phrases or number."""
        asked: dict[tuple[str, str], list[tuple[str, Any]]] = {}
        for name in HEARD:
            vars(self.run)[name] = self._listener(name, asked)
        try:
            yield asked
        finally:
            for name in HEARD:
                del vars(self.run)[name]

    def _listener(self, name: str, asked: dict[tuple[str, str], list[tuple[str, Any]]]) -> Any:
        asks = getattr(self.run, name)

        def listen(thing: Any, what: Any) -> Any:
            role = getattr(thing, "role", None) or self._speaker(thing)
            if role is not None:
                asked.setdefault((self.run._rule, role), []).append((name, what))
            return asks(thing, what)

        return listen

    def _speaker(self, text: Any) -> str | None:
        """Who says a text that does not tell whose it is, such as a sentence: whoever said the last words that were
        rehearsed, if it is of them, or else an earlier message. None: both have said it, or nobody, such as what a call
        notes down."""
        if not isinstance(text, str) or not text.strip():
            return None
        role, words = self.latest
        if _is_of(text, words):
            return role
        earlier = (e for e in self.run.seen.events if isinstance(e, Message))
        roles = {e.role for e in earlier if _is_of(text, e.text)}
        return roles.pop() if len(roles) == 1 else None


def _is_of(text: str, words: str) -> bool:
    """Whether a text is a message's own, or one of its sentences."""
    return text in (words, normalise(words)) or text in sentences(words)


def accepts(run: Run, tool: str, name: str, value: Any) -> bool:
    """Whether a value is of the type of a tool's argument."""
    kind = dict(run.tools[tool].params).get(name)
    return kind is not None and conforms(value, kind, run.records)


def copy_of(run: Run) -> Run:
    """A run at the same point of the same conversation. What has happened is shared, since it stays as it was."""
    other = Run(run.program, run.world.fork())
    other.seen.texts = run.seen.texts
    for event in run.seen.events:
        other.memory.note(event)
        other.seen.events.append(event)
    other.broken, other.events = set(run.broken), run.events
    other.owed.opened = run.owed.opened
    other.owed.groups = {k: [o.copy() for o in owed] for k, owed in run.owed.groups.items()}
    other.odd, other.contradicted = list(run.odd), set(run.contradicted)
    return other


def _call(tool: str, arguments: dict[str, Any]) -> Call:
    step = Step("agent", None, -1, -1)
    made = Call("agent", tool, dict(arguments), None, step)
    step.calls.append(made)
    return made


def _is_failed(event: Any, call: Call) -> bool:
    """Whether an event is this very call, and it failed."""
    same = isinstance(event, Call) and event.tool == call.tool and event.arguments == call.arguments
    return same and event.ok is False


def _written(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


__all__ = ["Rehearsal", "accepts", "copy_of"]
