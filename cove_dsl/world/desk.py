"""The library's face: a loaded specification with everything that can be done with it."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ..backends.python.runtime.events import Message
from ..backends.python.runtime.opening import BadInput, exact_state, open_world
from ..backends.python.runtime.report import verify_conversation
from ..backends.python.runtime.sandbox import Program, Result, Sandbox
from ..backends.python.runtime.world import World as _World
from ..core.clock import with_clock
from ..core.spec import Spec
from ..source import DataProblem
from .load import load_spec
from .moments import LiveClock, Moment, moment_of
from .monitor import Decision, Monitor, Reason
from .program import program_of
from .state import StateError, check_values, read_state, world_of


@frozen
class World:
    """A database of a desk, checked against its types and never copied: forks share what they do not change."""

    program: Program = field(repr=False)
    inner: _World = field(repr=False)

    @classmethod
    def from_json(cls, path: str | Path, desk: "Desk") -> "World":
        """Reads a JSON database. Raises StateError, which says where it does not fit the specification; TypeError for
        what is no path."""
        if not isinstance(path, (str, Path)):
            given = type(path).__name__
            raise TypeError(f"give the path of a file, not a {given}; `World.from_dict` takes a state that is at hand")
        return cls(desk.program, world_of(read_state(path, desk.spec), desk.program))

    @classmethod
    def from_dict(cls, state: Mapping[str, Any], desk: "Desk") -> "World":
        """The same of a state that is at hand, as JSON gives it; floats are read as the decimals they show. Raises
        StateError; TypeError for what is no mapping. The state is not copied and must not be changed."""
        if not isinstance(state, Mapping):
            given = type(state).__name__
            raise TypeError(f"give a state as a mapping of tables, not a {given}; `World.from_json` reads a file")
        try:
            world = open_world(desk.program, dict(state))
        except BadInput as error:
            raise StateError(DataProblem("bad-state", str(error), "the state")) from None
        check_values(desk.spec, world, "the state")
        return cls(desk.program, world)

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


class Desk:
    """A checked specification, ready to verify, monitor and run."""

    def __init__(self, spec: Spec) -> None:
        self.spec, self.program = spec, program_of(spec)

    def __reduce__(self) -> tuple[type["Desk"], tuple[Spec]]:
        """Sent to another process as its specification: what was made of it is code."""
        return Desk, (self.spec,)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def hash(self) -> str:
        return self.spec.hash

    def verify(
        self, messages: list[dict[str, Any]], world: World | None = None, task: dict[str, Any] | None = None
    ) -> Report:
        """Judges a conversation (chat-completions messages) in a world, or with nothing known of it. A task may begin
        in a world of its own (`start`, as `covec sample` gives it)."""
        start = task.get("start") if task is not None else None
        data = verify_conversation(self.program, messages, world.inner if world else None, task, start=start)
        return Report(data["verdict"], data["score"], data.get("outcome", {}), data.get("rules", []), data)

    def at(self, now: Moment) -> "Desk":
        """The same desk at another moment: as if its `clock` said so. `now` is a date-time, as text or `datetime`; a
        date alone is its beginning, and without a zone it is meant in the clock's. Raises ValueError for what is no
        moment, and for a desk without a `clock`."""
        return Desk(with_clock(self.spec, moment_of(self.spec, now)))

    def monitor(
        self,
        world: World | None = None,
        hears: bool = True,
        complete: bool | Collection[str] = False,
        now: Moment | Callable[[], Moment] | None = None,
    ) -> Monitor:
        """A monitor of one conversation, in a world or with nothing known of it.

        The world is what was known when the conversation began. Of a live system that is an earlier state: a row that
        it lacks is unknown, not absent, and so is what is found by looking through a table. `complete` names the
        tables (True: all) that hold every row there is. What results show counts for more than either.

        One that does not hear what is said (`hears` False: a proxy sees calls alone) judges only rules that need no
        words; `Monitor.left_out` names the others.

        `now` is what `clock` is: a moment (see `at`), or a function that is asked before each call or message is
        judged. Raises ValueError for a name that is no table, and for what is no moment.
        """
        if now is not None and not callable(now):
            return self.at(now).monitor(world, hears, complete)
        clock = LiveClock(self.spec, now) if now is not None else None
        if world is None:
            return Monitor(self.spec, self.program, world_of(None, self.program), hears, clock)
        inner, tables = world.inner.fork(), frozenset(self.spec.tables)
        named = (complete,) if isinstance(complete, str) else complete
        whole = tables if named is True else frozenset(named or ())
        if not whole <= tables:
            raise ValueError(f"`{min(whole - tables)}` is no table of `{self.name}`")
        inner.partial |= tables - whole
        return Monitor(self.spec, self.program, inner, hears, clock)

    def instructions(self) -> str:
        """What the agent is told: the policy as Markdown."""
        from ..backends.prompt import render_agent

        return render_agent(self.spec)

    def tool_schemas(self, role: str = "agent") -> list[dict[str, Any]]:
        """The tools of the agent (or the `user`) as chat-completions function tools."""
        from ..backends.schema import tool_schemas

        return tool_schemas(self.spec, role)

    def sandbox(self, world: World) -> Sandbox:
        """The desk's tools over a fork of a world: `call(name, arguments) -> Result(ok, value)`. Arguments may be as
        any reader of JSON gives them: a float stands for the decimal that it prints as."""
        return _Practice(self.program, world.inner.fork())


class _Practice(Sandbox):
    """A sandbox that takes floats."""

    def call(self, name: str, arguments: dict[str, Any], keep: bool = True) -> Result:
        try:
            exact = exact_state(arguments)
        except ValueError as error:
            return Result(False, str(error))
        return super().call(name, exact, keep)


def load(name: str) -> Desk:
    """A specification by path or bundled name. Raises SpecError carrying diagnostics, OSError if there is none."""
    return Desk(load_spec(name))


__all__ = ["Decision", "Desk", "Message", "Monitor", "Reason", "Report", "Result", "World", "load"]
