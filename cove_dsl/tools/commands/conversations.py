"""Where conversations come from: JSON Lines, a run's folder or a file of it, an export, results of a benchmark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from ...backends.python.runtime.world import World
from ...synthesis.store import DIALOGUES, MANIFEST, TRAINING, WORLD
from ...training.export import companion
from ...training.source import export_records, is_export, world_of_export
from ...world.conversations import Record, Refusal, read_records
from ...world.state import world_hash
from .common import json_lines


@frozen
class Conversations:
    """A file of conversations, and the path of the database before each of them, if one is given or came along."""

    path: Path
    state: str | None
    exported: bool

    @classmethod
    def at(cls, path: str, state: str | None) -> "Conversations":
        """Those at a path. A run, a file of it and an export bring their world, unless another is given.

        Raises UsageError for what cannot be read.
        """
        path, state = _of_a_run(path, state)
        json_lines(path)
        exported = is_export(Path(path))
        return cls(Path(path), world_of_export(Path(path)) if exported and state is None else state, exported)

    def lacking(self) -> str:
        """What to say where rows of an export were taken away from the world that they were made in; nothing else."""
        if not self.exported or self.state is not None:
            return ""
        return (
            f"{self.path} is of an export, whose world should lie in {companion(self.path) / WORLD}: give it by --state"
        )

    def records(self, world: World, gold: Any = None) -> Iterator[Record | Refusal]:
        """The conversations, to be judged in a world; an export's are refused in any other than their own. `gold`:
        that of tasks by id, for records that carry none.
        """
        if self.exported:
            return export_records(self.path, world_hash(world) if self.state is not None else None)
        return read_records(str(self.path), gold)


def _of_a_run(path: str, state: str | None) -> tuple[str, str | None]:
    given = Path(path)
    if given.is_dir():
        return str(given / DIALOGUES), state or str(given / WORLD)
    if given.name in (DIALOGUES, TRAINING) and (given.parent / MANIFEST).exists():
        return path, state or str(given.parent / WORLD)
    return path, state


__all__ = ["Conversations"]
