"""Running recorded or planned calls in a specification's own sandbox."""

from typing import Any

from ..backends.python.runtime.ends import without_sync
from ..backends.python.runtime.sandbox import Program, Sandbox
from ..backends.python.runtime.world import World
from .conversations import CallSequence
from .state import apply_start, diff_pointers


def replay(program: Program, world: World, sequence: CallSequence, sync: bool = True) -> dict[str, Any]:
    """The results of a sequence's calls and what they changed: `{id, calls[{ok, result}], diff[[pointer, value]…]}`.

    A failure's result is its text after `Error: `; `ok` is null where an effect depends on what is not known. Without
    `sync` nothing follows a call. Raises ValueError for a start pointer that leads nowhere.
    """
    start = apply_start(world, sequence.start)
    sandbox = Sandbox(program if sync else without_sync(program), start.fork())
    calls = []
    for planned in sequence.calls:
        result = sandbox.call(planned.name, planned.arguments)
        calls.append({"ok": result.ok, "result": result.value if result.ok is not False else f"Error: {result.value}"})
    return {"id": sequence.id, "calls": calls, "diff": diff_pointers(sandbox.world, start)}
