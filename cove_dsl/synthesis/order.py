"""What a run was asked for, and what it may use."""

import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ..backends.python.runtime.language import RECOGNISER_VERSION
from ..world.desk import Desk
from ..world.state import world_hash, world_of
from .dialogue import Caps
from .dials import Dials
from .flaws import FLAWS
from .models.asking import Limits, Price
from .models.endpoint import Model

SCRIPTED, FLAWED = "scripted", "flawed"
ENGINES = ("local", "ray")


@frozen
class Order:
    """What a run was asked for. `agent` and `user` name the parties: `scripted`, or a model; the agent may be `flawed`,
    or `flawed:GLOB` with the names of flaws."""

    desk: Desk
    state: dict[str, Any] = field(repr=False)
    n: int
    seed: int = 0
    glob: str | None = None
    agent: str | Model = SCRIPTED
    user: str | Model = SCRIPTED
    caps: Caps = Caps()
    dials: Dials = Dials()

    def manifest(self) -> dict[str, Any]:
        """What decides every byte of the run."""
        world = world_hash(world_of(self.state, self.desk.program))
        return {
            "spec": self.desk.name, "spec_hash": self.desk.hash, "world_hash": world, "n": self.n, "seed": self.seed,
            "scenario": self.glob, "agent": _label(self.agent), "user": _label(self.user),
            "caps": {"steps": self.caps.steps, "errors": self.caps.errors},
            **({"dials": self.dials.label()} if self.dials != Dials() else {}),
            "versions": {
                "cove-dsl": version("cove-dsl"), "recognisers": RECOGNISER_VERSION, "python": sys.version.split()[0],
            },
        }  # fmt: skip

    def flaws(self) -> list[str]:
        """Which flaws the scripted agent may have."""
        if not isinstance(self.agent, str) or not self.agent.startswith(FLAWED):
            return []
        glob = self.agent.removeprefix(FLAWED).removeprefix(":") or "*"
        return [name for name in FLAWS if fnmatchcase(name, glob)]

    def models(self) -> dict[str, Model]:
        """The sides that are models."""
        return {side: m for side, m in (("agent", self.agent), ("user", self.user)) if isinstance(m, Model)}


def _label(party: str | Model) -> Any:
    return party.label() if isinstance(party, Model) else party


@frozen
class Means:
    """What a run may use; it decides no byte of it. `answers`: where the answers of models are kept, the run's own
    folder unless given; `prices` by model name; `engine` is one of `ENGINES`; `workers` that hold dialogues at once,
    0 for as many as are of use."""

    limits: Limits = Limits()
    answers: Path | None = None
    prices: Mapping[str, Price] = field(factory=dict)
    engine: str = "local"
    workers: int = 1


__all__ = ["ENGINES", "FLAWED", "SCRIPTED", "Means", "Order"]
