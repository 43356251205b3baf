"""One declarative language for service desks: world, tools, policy, goals, and everything derived from them.

import cove_dsl as cove
desk = cove.load("retail")
world = cove.World.from_json("db.json", desk)
report = desk.verify(messages, world=world)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world.desk import Decision, Desk, Monitor, Reason, Report, World, load
    from .world.guard import Denied, Guard, guard
    from .world.load import SpecError
    from .world.state import StateError

_HOMES = {
    **dict.fromkeys(("Decision", "Desk", "Monitor", "Reason", "Report", "World", "load"), "cove_dsl.world.desk"),
    **dict.fromkeys(("Denied", "Guard", "guard"), "cove_dsl.world.guard"),
    "SpecError": "cove_dsl.world.load",
    "StateError": "cove_dsl.world.state",
}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used, so that `import cove_dsl` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module `cove_dsl` has no attribute `{name}`")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)


__all__ = [
    "Decision",
    "Denied",
    "Desk",
    "Guard",
    "Monitor",
    "Reason",
    "Report",
    "SpecError",
    "StateError",
    "World",
    "guard",
    "load",
]
