"""The folder of a run: what it was asked for, its world, every dialogue with its report, and those fit for training.

`dialogues.jsonl` grows by whole lines; a line torn by a killed process is dropped when the run is taken up again. The
other files are put in place at once. A run is taken up only by the same manifest.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..backends.python.runtime.events import parse_json
from ..source.files import write_atomic
from ..world.state import dumps

MANIFEST, WORLD, DIALOGUES, TRAINING, SUMMARY = (
    "manifest.json",
    "world.json",
    "dialogues.jsonl",
    "sft.jsonl",
    "summary.json",
)


class OtherRun(Exception):
    """The folder holds a run with another manifest, or something that is no run."""


class RunStore:
    """One run on disk."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self._out: IO[str] | None = None

    def open(self) -> int:
        """Begins the run or takes it up; how many dialogues it has already. Raises OtherRun."""
        self.folder.mkdir(parents=True, exist_ok=True)
        there = self.folder / MANIFEST
        if there.exists():
            self._same(there)
        elif any(not p.name.startswith(".") for p in self.folder.iterdir()):
            raise OtherRun(f"{self.folder} is not empty and holds no run; give another folder")
        else:
            write_atomic(self.folder / MANIFEST, json.dumps(self.manifest, indent=2) + "\n")
        done = self._whole_lines()
        self._out = (self.folder / DIALOGUES).open("a", encoding="utf-8", newline="\n")
        return done

    def _same(self, there: Path) -> None:
        try:
            found = json.loads(there.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise OtherRun(f"{there} cannot be read; give another folder") from None
        differs = sorted(k for k in found.keys() | self.manifest.keys() if found.get(k) != self.manifest.get(k))
        if differs:
            told = ", ".join(
                f"{k} was {_short(found.get(k))} and is now {_short(self.manifest.get(k))}" for k in differs[:3]
            )
            raise OtherRun(f"{self.folder} holds another run: {told}; give another folder")

    def _whole_lines(self) -> int:
        """Drops a torn last line, and counts the whole ones."""
        path = self.folder / DIALOGUES
        if not path.exists():
            return 0
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with path.open("r+b") as out:
                out.truncate(whole)
        return data[:whole].count(b"\n")

    def add(self, row: dict[str, Any]) -> None:
        """Writes one dialogue as one line, which is on disk when this returns."""
        assert self._out is not None
        self._out.write(dumps(row) + "\n")
        self._out.flush()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every dialogue of the run, in order."""
        with (self.folder / DIALOGUES).open(encoding="utf-8") as lines:
            for line in lines:
                row: Any = parse_json(line)
                yield row

    def world(self, state: dict[str, Any]) -> None:
        if not (self.folder / WORLD).exists():
            write_atomic(self.folder / WORLD, dumps(state) + "\n")

    def finish(self, summary: dict[str, Any]) -> None:
        """Closes the run: what is fit for training, and what came of it all."""
        assert self._out is not None
        self._out.close()
        good = (
            dumps({k: row[k] for k in ("id", "messages", "tools", "start", "cove") if k in row})
            for row in self.rows()
            if row["report"]["score"] == 1
        )
        write_atomic(self.folder / TRAINING, "".join(f"{line}\n" for line in good))
        write_atomic(self.folder / SUMMARY, dumps(summary, indent=2) + "\n")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 24 else text[:20] + '…"'


__all__ = ["DIALOGUES", "MANIFEST", "SUMMARY", "TRAINING", "WORLD", "OtherRun", "RunStore"]
