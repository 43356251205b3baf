"""A guard between an agent and a server of tools, both speaking the Model Context Protocol.

In: a monitor, and the server to stand in front of. Out: a server with the same tools, as far as the specification knows
them; a call that the policy forbids is answered by what to do instead, and never reaches the other side. Needs the
official `mcp` package, which is loaded here and nowhere else.

A proxy sees calls and results, not what is said. So it is given a monitor that does not hear
(`Desk.monitor(hears=False)`); its `left_out` names the rules that nobody guards here.
"""

import logging
import os
import shlex
from collections.abc import Callable, Iterator
from typing import Any, Literal

import anyio

from ..source import suggest
from ..world.guard import Guard, Undecided
from ..world.monitor import Monitor

Notice = Callable[[str], None]


class NoProxy(Exception):
    """There can be no proxy: the package is missing, or the servers have no tool in common."""


class Proxy:
    """The handlers of a guarding server. `upstream` is a connected `mcp.Client`."""

    def __init__(self, monitor: Monitor, upstream: Any, undecided: Undecided, notice: Notice) -> None:
        self.monitor, self.upstream, self.notice = monitor, upstream, notice
        self.undecided = undecided
        self.guard = Guard({}, monitor, undecided)
        self.tools: dict[str, Any] = {}
        self._turn = anyio.Lock()

    async def prepare(self) -> None:
        """Asks the other side for its tools; the guard holds those that the specification knows."""
        known = self.monitor.run.program.tools
        offered = await self._offered()
        self.tools = {t.name: t for t in offered if t.name in known}
        for tool in offered:
            if tool.name not in known:
                near = suggest(tool.name, known)
                hint = f"; did the specification mean it by `{near[0]}`?" if near else ""
                self.notice(f"not offered: `{tool.name}` is not in the specification{hint}")
        if not self.tools:
            raise NoProxy("the server has none of the specification's tools")
        self.guard = Guard({name: self._caller(name) for name in self.tools}, self.monitor, self.undecided)

    async def _offered(self) -> list[Any]:
        found: list[Any] = []
        cursor = None
        while True:
            page = await self.upstream.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                return found

    def _caller(self, name: str) -> Callable[..., Any]:
        async def call(**given: Any) -> Any:
            try:
                return _Told(await self.upstream.call_tool(name, given))
            except Exception as error:
                self.notice(f"{name} failed: {error}")
                raise

        return call

    async def list_tools(self, context: Any, params: Any) -> Any:
        """`tools/list`: what the other side said of the tools that are known."""
        import mcp_types as types

        return types.ListToolsResult(tools=list(self.tools.values()))

    async def call_tool(self, context: Any, params: Any) -> Any:
        """`tools/call`: the other side's own answer, or a refusal as an error that an agent can act on."""
        import mcp_types as types

        async with self._turn:  # a rule looks at what happened before: calls are made one after the other
            made = await self.guard.acall(params.name, params.arguments or {})
        if isinstance(made, _Told):
            return made.result
        self.notice(f"refused {params.name}: {', '.join(made.decision.rules) or made.decision.advice}")
        return types.CallToolResult(content=[types.TextContent(type="text", text=str(made))], is_error=True)


class _Told(str):
    """The other side's answer: a text for the rules, the whole of it for the agent."""

    result: Any

    def __new__(cls, result: Any) -> "_Told":
        text = "".join(getattr(part, "text", "") for part in result.content)
        made = super().__new__(cls, f"Error: {text}" if result.is_error else text)
        made.result = result
        return made


async def serve(
    monitor: Monitor,
    command: list[str],
    undecided: Literal["allow", "deny"],
    notice: Notice,
) -> None:
    """Starts the other server by its command, in this environment, and serves on standard input and output until the
    agent leaves. Raises NoProxy where that server has nothing to guard, or ends; OSError where it cannot be started."""
    mcp, _ = _library()
    told = _Listening(notice)
    reading = logging.getLogger("mcp.client.stdio")
    reading.addFilter(told)
    try:
        await _between(monitor, command, undecided, told)
    except (BaseExceptionGroup, mcp.MCPError) as error:
        reasons = list(_leaves(error))
        known = next((e for e in reasons if isinstance(e, (NoProxy, OSError))), None)
        if known is None and all(isinstance(e, mcp.MCPError) for e in reasons):
            known = NoProxy(f"{_unanswered(reasons[0])}; to see why, run it alone: {shlex.join(command)}")
        if known is None:
            raise
        raise known from None
    finally:
        reading.removeFilter(told)


async def _between(
    monitor: Monitor, command: list[str], undecided: Literal["allow", "deny"], told: "_Listening"
) -> None:
    mcp, server_stdio = _library()
    started = mcp.StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    async with mcp.Client(started, message_handler=told.hear) as upstream:
        proxy = Proxy(monitor, upstream, undecided, told.notice)
        await proxy.prepare()
        server = server_for(proxy)
        async with server_stdio() as (reader, writer):
            await server.run(reader, writer, server.create_initialization_options())


class _Listening(logging.Filter):
    """Tells, once, of what a server writes that is no message of the protocol, instead of a traceback for each line.

    A line is logged where it is read, and handed on later: not at all if the server has ended by then.
    """

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice, self.told = notice, False

    async def hear(self, message: Any) -> None:
        self._tell_of(message)

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ValueError):  # no message; anything else is the pipe
            self._tell_of(error)
        return False

    def _tell_of(self, message: Any) -> None:
        if isinstance(message, Exception) and not self.told:
            self.told = True
            self.notice("the server writes lines to standard output that are no messages of the protocol")


def _unanswered(error: Any) -> str:
    import mcp_types as types

    ended = error.code == types.CONNECTION_CLOSED
    return "the server ended before it answered" if ended else f"the server does not speak the protocol: {error}"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a group, however deep."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def server_for(proxy: Proxy) -> Any:
    """The `mcp` server of a proxy that is prepared."""
    from mcp.server.lowlevel import Server

    name = f"{proxy.monitor.spec.name} guard"
    return Server(name, on_list_tools=proxy.list_tools, on_call_tool=proxy.call_tool)


def _library() -> tuple[Any, Any]:
    try:
        import mcp
        from mcp.server.stdio import stdio_server
    except ImportError:
        raise NoProxy("this needs the mcp package: pip install cove-dsl[mcp]") from None
    return mcp, stdio_server


__all__ = ["NoProxy", "Proxy", "serve", "server_for"]
