"""What is held to be true of the world, beside a recorded conversation: our own world goes along with the calls, and is
corrected by their results.

A result is a fact. What a look-up shows was so when it was made. A result that our tool cannot come to in the world we
know contradicts that world: what the tool looks at is not known any more.
"""

from typing import Any

from .events import Call
from .likeness import alike
from .sandbox import NOT_KNOWN, Program, Result, Sandbox, ToolInfo
from .shapes import Kind, conforms, fields_of
from .values import UNKNOWN, has_unknown
from .world import World, copied


class Following(Sandbox):
    """A sandbox that follows recorded calls. `mismatches`: calls with what our tool gave instead; `contradicted`: the
    tables and states that cannot have been as they were thought to be; `writes`: the changes, in order; `odd`: calls of
    no known tool, or with arguments that cannot be read."""

    def __init__(self, program: Program, world: World) -> None:
        super().__init__(program, world)
        self.mismatches: list[tuple[Call, Any]] = []
        self.contradicted: set[str] = set()
        self.writes: list[Call] = []
        self.odd: list[Call] = []
        self._sync, self._sync_writes = program.sync, program.sync_writes
        self._homes = homes_of(program)
        self._views: dict[Call, Any] = {}

    def look(self, call: Call) -> bool:
        """Takes in what a successful look-up shows, which was so before it too. False for what is no look-up."""
        tool = self.tools.get(call.tool)
        if tool is None or tool.kind != "read" or tool.writes or call.malformed:
            return False
        if tool.run is not None and not self._bears_out(call, tool, self._run(call.tool, call.arguments)[0]):
            self._learn(call, tool)
            self.contradicted |= set(tool.reads)
            if not self._bears_out(call, tool, self._run(call.tool, call.arguments)[0], again=True):
                self.world.forget(tool.reads)
        if type(tool.returns) is not str:
            self._learn(call, tool)
        return True

    def news(self, call: Call) -> bool:
        """The same for a look-up that is not part of the conversation yet: whether it showed anything new."""
        tool, before = self.tools.get(call.tool), len(self.mismatches)
        if tool is None:
            return False
        ours = self.probe(call.tool, call.arguments)
        shown = self.look(call)
        mismatch = len(self.mismatches) > before
        del self.mismatches[before:]
        return shown and (mismatch or tool.run is None or ours.ok is None or has_unknown(ours.value))

    def _execute(self, call: Call, shown: bool) -> None:
        """Moves our own world on by a recorded call, and learns from its result. What the record says decides whether
        the call had an effect, our tool which one; if that is not known, nothing is known of what may have changed.
        `shown`: a look-up that has been taken in; where nothing follows a call, there is nothing left to do for it. A
        tool of the other party had no reason of its own to refuse."""
        tool = self.tools.get(call.tool)
        if tool is None or call.malformed:
            self.odd.append(call)
        if call.ok:
            self._follow(call, tool, shown)
        elif call.ok is False:
            trusted = tool if tool is not None and tool.role == call.role and not call.malformed else None
            if trusted and not self._bears_out(call, trusted, self.probe(call.tool, call.arguments)):
                self._doubt(trusted.reads)
            if self._sync is not None and self._guarded(self._sync, {})[0].ok is None:
                self.world.forget(self._sync_writes)

    def _follow(self, call: Call, tool: ToolInfo | None, shown: bool) -> None:
        """A recorded call that succeeded."""
        if tool is None:
            self.mismatches.append((call, self.call(call.tool, call.arguments, keep=False)))
            return
        opaque = tool.run is None and self._sync is None and self.argument_problem(tool, call.arguments) is None
        if opaque or call.malformed:
            result = NOT_KNOWN
        else:
            result = self.call(call.tool, call.arguments, keep=False)
            if not shown and not self._bears_out(call, tool, result):
                self._doubt((*tool.reads, *tool.writes, *self._sync_writes), self._is_another(call, tool, result))
        if result.ok is None and (tool.writes or self._sync_writes):
            self.world.forget((*tool.writes, *self._sync_writes))
        if tool.kind == "write":
            self.writes.append(call)
        if not shown:
            self._learn(call, tool)

    def _bears_out(self, call: Call, tool: ToolInfo, result: Result, again: bool = False) -> bool:
        """Whether what was recorded can be so in the world we know. A difference is noted (not `again`); other words
        for a failure, and fields that nobody declared, contradict nothing."""
        if result.ok is None or self._agrees(call, result):
            return True
        if not again:
            self.mismatches.append((call, Result(result.ok, copied(result.value))))
        if call.ok is not result.ok:
            return False
        return not result.ok or shown_alike(call.result, result.value, tool.returns, self.records)

    def _is_another(self, call: Call, tool: ToolInfo, result: Result) -> bool:
        """Whether a result differs in nothing but what the arguments alone decide in whatever world. Then no world
        explains it, and it tells of a tool that works otherwise than ours, not of the world before the call."""
        shown, ours = call.result, result.value
        if not (tool.decided and call.ok and result.ok and type(shown) is dict and type(ours) is dict):
            return False
        told = {**shown, **{name: ours.get(name) for name in tool.decided}}
        return shown_alike(told, ours, tool.returns, self.records)

    def _doubt(self, names: tuple[str, ...], explained: bool = False) -> None:
        """Nothing is known of these tables and states any more; nor was it so before, unless a tool that works
        otherwise explains what was recorded."""
        if not explained:
            self.contradicted |= set(names)
        self.world.forget(names)

    def _learn(self, call: Call, tool: ToolInfo) -> None:
        if type(tool.returns) is not str and self.world.partial:
            learn(self.world, tool.returns, self._result_of(call, tool), self._homes)

    @property
    def strayed(self) -> bool:
        """Whether a write was recorded to give what our tool does not: what it changed is then not known either."""
        tools = self.program.tools
        return any(c.ok and c.tool in tools and tools[c.tool].kind == "write" for c, _ in self.mismatches)

    def _agrees(self, call: Call, result: Result) -> bool:
        """Whether our tool gave what was recorded; what is unknown may be anything."""
        if call.ok is not result.ok:
            return False
        fits = alike(call.result, result.value) if result.ok else error_text(call.result_text) == result.value
        return fits or has_unknown(result.value)

    def _result_of(self, call: Call, tool: ToolInfo) -> Any:
        """What a successful call gave, as its type reads it. Looked at once."""
        if call not in self._views:
            textual = tool.returns == "text" or (tool.returns == ("optional", "text") and call.result is not None)
            value = call.result_text if textual else call.result
            self._views[call] = value if conforms(value, tool.returns, self.records) else UNKNOWN
        return self._views[call]


def homes_of(program: Program) -> dict[str, str]:
    """The table of each record that has exactly one."""
    records = list(program.rows.values())
    return {record: table for table, record in program.rows.items() if records.count(record) == 1}


def error_text(text: str | None) -> str:
    """The error as the tool gave it, without the wire's prefix."""
    found = text or ""
    return found.removeprefix("Error:").strip() if found.startswith("Error:") else found


def learn(world: World, kind: Kind, value: Any, rows: dict[str, str]) -> None:
    """Rows that a value of a type shows become known. `rows`: the table of each record that has exactly one."""
    if isinstance(kind, str) or value is None or value is UNKNOWN:
        return
    name = kind[0]
    if name in ("list", "map"):
        for item in value.values() if isinstance(value, dict) else value:
            learn(world, kind[1], item, rows)
    elif name == "optional":
        learn(world, kind[1], value, rows)
    elif name == "record" and kind[1] in rows:
        world.learn(rows[kind[1]], value)


def shown_alike(a: Any, b: Any, kind: Kind, records: dict[str, Any]) -> bool:
    """Whether what was recorded (`a`) says the same as `b` as far as their type goes: of records, the declared fields
    alone, and of those that cannot be absent only what is there. What a result leaves out it does not deny."""
    name = kind if isinstance(kind, str) else kind[0]
    if name == "optional" and a is not None and b is not None:
        return shown_alike(a, b, kind[1], records)
    if name == "list" and isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(shown_alike(x, y, kind[1], records) for x, y in zip(a, b, strict=True))
    if name == "map" and isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(shown_alike(a[k], b[k], kind[1], records) for k in a)
    if name == "record" and isinstance(a, dict) and isinstance(b, dict):
        fields = fields_of(a, records[kind[1]])
        if fields is None or fields_of(b, records[kind[1]]) is not fields:
            return False
        shown = (f for f, inner in fields.items() if f in a or inner[0] == "optional")
        return all(shown_alike(a.get(field), b.get(field), fields[field], records) for field in shown)
    return alike(a, b)
