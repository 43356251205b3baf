"""What a compiled specification hands over, and the sandbox that runs its tools in a world."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .shapes import Kind, conforms
from .soundness import NOTHING_ASKED, Soundness
from .values import MAYBE, UNKNOWN, UnknownEffect, fresh_budget, has_unknown, spend
from .world import Fail, Schema, World, copied

# --- what a compiled specification hands over -------------------------------------------------------------------------


Fields = tuple[tuple[str, str], ...]  # of records by name; under "" tables and states as a whole


class ToolInfo(NamedTuple):
    """A tool. `writes`: tables and states that it may change; `fields`: what of them, None if that cannot be told;
    `decided`: the fields of its result that its arguments alone decide."""

    run: Callable[..., Any] | None
    params: tuple[tuple[str, Kind], ...]
    returns: Kind
    kind: str
    role: str
    writes: tuple[str, ...]
    types: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    fields: Fields | None = None
    decided: tuple[str, ...] = ()

    @property
    def shows_nothing(self) -> bool:
        """Whether it is a look-up of which nothing is known and whose result is no record: it bears nothing out."""
        return self.run is None and self.kind == "read" and not self.writes and type(self.returns) is str


class Pattern(NamedTuple):
    """Which events are meant; an empty set of tools means any."""

    kind: str
    role: str | None
    tools: frozenset[str]
    status: str | None

    def matches(self, event: Any) -> bool:
        if getattr(event, "kind", "step") != self.kind:
            return False
        if self.role is not None and event.role != self.role:
            return False
        if self.kind != "call":
            return True
        if self.tools and event.tool not in self.tools:
            return False
        return self.status is None or event.ok is (self.status == "ok")


class RuleInfo(NamedTuple):
    run: Callable[..., None] | None
    when: str
    pattern: Pattern | None
    basis: str
    severity: str
    presupposes: tuple[str, ...]
    text: str
    reasons: dict[str, str]
    span: dict[str, Any] | None
    talk: bool = False


class AssertionInfo(NamedTuple):
    """A condition on a world that a task may name, with arguments."""

    run: Callable[..., Any]
    params: tuple[tuple[str, Kind], ...]


class Program(NamedTuple):
    """A compiled specification."""

    name: str
    hash: str
    clock: str | None
    schema: Schema
    tools: dict[str, ToolInfo]
    rules: dict[str, RuleInfo]
    records: dict[str, Any]
    rows: dict[str, str]
    patterns: tuple[Pattern, ...]
    sync: Callable[..., None] | None
    texts: tuple[str, ...] = ()
    sync_writes: tuple[str, ...] = ()
    states: tuple[tuple[str, Kind], ...] = ()
    assertions: Mapping[str, AssertionInfo] = MappingProxyType({})
    sync_fields: Fields | None = None
    factors: tuple[tuple[int, int], ...] = ()  # what the policy multiplies amounts by, as fractions
    asked: Soundness = NOTHING_ASKED


class Judgement(NamedTuple):
    """One requirement looked at once. `verdict`: satisfied, violated, unknown, attempted or pending."""

    rule: str
    label: str
    verdict: str
    position: int
    message: int
    call: int | None
    text: str
    role: str


class Result(NamedTuple):
    """What a sandbox call gave: a value, or an error's text; `ok` None when that depends on what is not known."""

    ok: bool | None
    value: Any


NOT_KNOWN = Result(None, None)


class Sandbox:
    """Runs tools in a world. `c` in compiled functions."""

    def __init__(self, program: Program, world: World) -> None:
        self.program, self.world = program, world
        self.tools, self.records = program.tools, program.records

    def fork(self) -> "Sandbox":
        return Sandbox(self.program, self.world.fork())

    def call(self, name: str, arguments: dict[str, Any], keep: bool = True) -> Result:
        """One call, then what follows every call. A failing call changes nothing; where it is not known what a call or
        what follows it does, nothing is changed at all, but what an opaque tool touches is unknown afterwards.

        Without `keep` the value may be the world's own and is good only until the next call.
        """
        result, made = self._run(name, arguments)
        if result.ok is None:
            return result
        if result.ok and (keep or self.program.sync is not None):
            result = Result(True, copied(result.value))
        if self.program.sync is not None and self._guarded(self.program.sync, {})[0].ok is None:
            if made is not _NOTHING:
                self.world.rollback(made)
            return NOT_KNOWN
        return NOT_KNOWN if keep and result.ok and has_unknown(result.value) else result

    def settle(self) -> None:
        """Runs what follows every call, so that a world that was made by hand is in step."""
        if self.program.sync is not None:
            self._guarded(self.program.sync, {})

    def _run(self, name: str, arguments: dict[str, Any]) -> tuple[Result, Any]:
        """One call, and what takes it back."""
        tool = self.tools.get(name)
        if tool is None:
            return Result(False, f"there is no tool `{name}`"), _NOTHING
        problem = self.argument_problem(tool, arguments)
        if problem is not None:
            return Result(False, problem), _NOTHING
        if tool.run is None:
            if tool.writes:
                self.world.forget(tool.writes)
            return NOT_KNOWN, _NOTHING
        return self._guarded(tool.run, arguments)

    def _guarded(self, run: Callable[..., Any], arguments: dict[str, Any]) -> tuple[Result, Any]:
        self.world.begin()
        fresh_budget()
        try:
            value = run(self, **{_parameter(k): v for k, v in arguments.items()})
        except Fail as refusal:
            self.world.rollback()
            return Result(False, refusal.args[0]), _NOTHING
        except (UnknownEffect, RecursionError, MemoryError):
            self.world.rollback()
            return NOT_KNOWN, _NOTHING
        return Result(True, value), self.world.commit()

    def probe(self, name: str, arguments: dict[str, Any]) -> Result:
        """What a call would come to, before what follows it. Changes nothing."""
        tool = self.program.tools.get(name)
        if tool is not None and tool.run is None:
            return NOT_KNOWN
        result, made = self._run(name, arguments)
        if made is not _NOTHING:
            result = Result(result.ok, copied(result.value))
            self.world.rollback(made)
        return result

    def argument_problem(self, tool: ToolInfo, arguments: dict[str, Any]) -> str | None:
        params, given = tool.params, 0
        for name, kind in params:
            value = arguments.get(name)
            if value is None:
                given += name in arguments
                if type(kind) is str or kind[0] != "optional":
                    return f"missing argument `{name}`"
                continue
            given += 1
            if type(kind) is not str and kind[0] == "optional":
                kind = kind[1]
            if not (kind == "json" or (kind == "text" and type(value) is str) or conforms(value, kind, self.records)):
                return f"argument `{name}` must be {tool.types[[n for n, _ in params].index(name)]}"
        if given == len(arguments):
            return None
        names = {name for name, _ in params}
        return next(f"unexpected argument `{name}`" for name in arguments if name not in names)


_NOTHING: Any = ({}, {})


def _parameter(name: str) -> str:
    return name + "_"


def known(value: Any) -> Any:
    """In a tool: what must be known for the effect to be known."""
    if value is UNKNOWN:
        raise UnknownEffect
    return value


def holds(value: Any) -> bool:
    """In a tool: a condition that decides what happens."""
    if value is True or value is False:
        return bool(value)
    raise UnknownEffect


def listed(source: Any) -> list[Any]:
    """In a tool: what a loop goes through, as it is now."""
    if source is None:
        return []
    if not isinstance(source, list):
        raise UnknownEffect
    spend(len(source))
    return list(source)


def place(target: Any) -> dict[str, Any]:
    """In a tool: the record of a change."""
    if target is UNKNOWN:
        raise UnknownEffect
    if not isinstance(target, dict):
        raise Fail("there is nothing to change")
    return target


def key_of(key: Any) -> str:
    """In a tool: the entry or row of a change."""
    if key is UNKNOWN:
        raise UnknownEffect
    if not isinstance(key, str):
        raise Fail("there is nothing to change")
    return key


def spot(target: Any, key: Any) -> tuple[dict[str, Any], str]:
    """In a tool: the map and entry of a change."""
    if key is UNKNOWN:
        raise UnknownEffect
    return place(target), key_of(key)


def appended(old: Any, *items: Any) -> Any:
    """A list with more at its end."""
    return UNKNOWN if old is UNKNOWN else [*(old or ()), *copied(list(items))]


def extended(old: Any, more: Any) -> Any:
    return UNKNOWN if old is UNKNOWN or more is UNKNOWN else [*(old or ()), *copied(list(more or ()))]


def gathered(items: list[Any]) -> Any:
    """What a loop has yielded; unknown if any of it is in doubt."""
    return UNKNOWN if any(i is MAYBE for i in items) else items


def unless_false(value: Any) -> Any:
    """What is required, but nobody is accused of."""
    return UNKNOWN if value is False else value
