"""The library's face: a loaded specification with everything that can be done with it."""

from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call, Message, Step, read_trajectory
from ..backends.python.runtime.report import verify_conversation
from ..backends.python.runtime.sandbox import Judgement, Program, Result, Sandbox
from ..backends.python.runtime.world import World as _World
from ..core.spec import Spec
from ..source import suggest
from .load import load_spec
from .program import program_of
from .state import read_state, world_of


@frozen
class World:
    """A database of a desk, checked against its types and never copied: forks share what they do not change."""

    program: Program = field(repr=False)
    inner: _World = field(repr=False)

    @classmethod
    def from_json(cls, path: str | Path, desk: "Desk") -> "World":
        """Reads a JSON database. Raises StateError, which says where it does not fit the specification."""
        return cls(desk.program, world_of(read_state(path, desk.program), desk.program))

    def fork(self) -> "World":
        return World(self.program, self.inner.fork())

    def digest(self) -> str:
        """A hash of what was changed since the database was read."""
        return self.inner.digest()


@frozen
class Report:
    """What one conversation came to. `verdict`: satisfied, violated or unknown; `score` in [0, 1], None where an
    unknown verdict could change it. `data` is the whole object as `covec verify` prints it."""

    verdict: str
    score: float | None
    outcome: dict[str, Any]
    rules: list[dict[str, Any]]
    data: dict[str, Any] = field(repr=False)


@frozen
class Decision:
    """What the rules say of a call before it is made. `advice` tells the agent what to do instead."""

    verdict: Literal["allow", "deny", "undecided"]
    rules: tuple[str, ...]
    advice: str


class Monitor:
    """Judges a conversation while it goes on: `allows` before a call is made, `observe` after each event."""

    def __init__(self, program: Program, world: _World) -> None:
        self.run, self.messages = Run(program, world), 0

    def allows(self, call: Call | dict[str, Any]) -> Decision:
        """Whether the rules let a call (or `{name, arguments}`) be made now. Changes nothing."""
        made = call if isinstance(call, Call) else _call_of(call)
        if made.tool not in self.run.program.tools:
            near = " or ".join(f"`{n}`" for n in suggest(made.tool, self.run.program.tools))
            return Decision("deny", (), f"there is no tool `{made.tool}`" + (f"; did you mean {near}?" if near else ""))
        found = self.run.allows(made)
        severity = {n: r.severity for n, r in self.run.program.rules.items()}
        denied = [j for j in found if j.verdict == "violated" and severity[j.rule] == "error"]
        doubtful = [j for j in found if j.verdict == "unknown" and severity[j.rule] == "error"]
        verdict: Literal["allow", "deny", "undecided"] = "deny" if denied else "undecided" if doubtful else "allow"
        deciding = denied or doubtful
        return Decision(verdict, tuple(dict.fromkeys(j.rule for j in deciding)), self._advice(deciding))

    def _advice(self, found: list[Judgement]) -> str:
        texts = [" ".join(filter(None, (self.run.program.rules[j.rule].text, j.text))) for j in found]
        return "\n".join(dict.fromkeys(texts))

    def observe(self, event: dict[str, Any] | list[dict[str, Any]]) -> list[Judgement]:
        """Takes in a chat-completions message (or an assistant's message with its tool results) and says what it came
        to. Raises TrajectoryError for a wrong shape."""
        before, messages = len(self.run.judgements), event if isinstance(event, list) else [event]
        trajectory = read_trajectory(messages)
        start = self.run.events
        for step in trajectory.steps:
            step.position += start
            step.message += self.messages
            own = [e for e in trajectory.events if e.step is step]
            for e in own:
                e.position += start
                e.message += self.messages
            self.run.step(step, own)
        self.messages += len(messages)
        return self.run.judgements[before:]

    def finish(self) -> list[Judgement]:
        """The conversation is over: what was owed is judged."""
        before = len(self.run.judgements)
        self.run.finish()
        return self.run.judgements[before:]


def _call_of(call: dict[str, Any]) -> Call:
    step = Step("agent", None, -1, -1)
    made = Call("agent", call["name"], call.get("arguments") or {}, None, step)
    step.calls.append(made)
    return made


class Desk:
    """A checked specification, ready to verify, monitor and run."""

    def __init__(self, spec: Spec) -> None:
        self.spec, self.program = spec, program_of(spec)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def hash(self) -> str:
        return self.spec.hash

    def verify(
        self, messages: list[dict[str, Any]], world: World | None = None, task: dict[str, Any] | None = None
    ) -> Report:
        """Judges a conversation (chat-completions messages) in a world, or with nothing known of it."""
        data = verify_conversation(self.program, messages, world.inner if world else None, task)
        return Report(data["verdict"], data["score"], data.get("outcome", {}), data.get("rules", []), data)

    def monitor(self, world: World | None = None) -> Monitor:
        return Monitor(self.program, world.inner.fork() if world else world_of(None, self.program))

    def sandbox(self, world: World) -> Sandbox:
        """The desk's tools over a fork of a world: `call(name, arguments) -> Result(ok, value)`."""
        return Sandbox(self.program, world.inner.fork())


def load(name: str) -> Desk:
    """A specification by path or bundled name. Raises SpecError carrying diagnostics, OSError if there is none."""
    return Desk(load_spec(name))


__all__ = ["Decision", "Desk", "Message", "Monitor", "Report", "Result", "World", "load"]
