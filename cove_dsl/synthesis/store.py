"""The folder of a run: what it was asked for, its world, every dialogue with its report, and those fit for training.

`dialogues.jsonl` grows by whole lines, in the order in which dialogues end; a line torn by a killed process is dropped
when the run is taken up again. A finished run has them in the order of their tasks. The other files are put in place at
once. A run is taken up only by the same manifest.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..backends.python.runtime.events import parse_json
from ..source.files import replacing, write_atomic
from ..world.state import dumps
from .summary import is_fit

MANIFEST, WORLD, DIALOGUES, TRAINING, SUMMARY = (
    "manifest.json",
    "world.json",
    "dialogues.jsonl",
    "sft.jsonl",
    "summary.json",
)
FAILED, ANSWERS = "failed.jsonl", "answers.sqlite"
TRAINED = ("id", "messages", "tools", "start", "cove")


class OtherRun(Exception):
    """The folder holds a run with another manifest, or something that is no run."""


class RunStore:
    """One run on disk."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self._out: IO[str] | None = None

    def open(self) -> set[int]:
        """Begins the run or takes it up; the tasks of which it has a dialogue already. Raises OtherRun."""
        self.folder.mkdir(parents=True, exist_ok=True)
        there = self.folder / MANIFEST
        if there.exists():
            self._same(there)
        elif any(not p.name.startswith(".") for p in self.folder.iterdir()):
            raise OtherRun(f"{self.folder} is not empty and holds no run; give another folder")
        else:
            write_atomic(self.folder / MANIFEST, json.dumps(self.manifest, indent=2) + "\n")
        self._drop_torn_line()
        self._out = (self.folder / DIALOGUES).open("a", encoding="utf-8", newline="\n")
        return {row["cove"]["index"] for row in self.rows()}

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

    def _drop_torn_line(self) -> None:
        path = self.folder / DIALOGUES
        if not path.exists():
            return
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with path.open("r+b") as out:
                out.truncate(whole)

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

    def finish(self, summary: dict[str, Any], failed: list[dict[str, Any]]) -> None:
        """Closes the run: dialogues in order, those fit for training, tasks without one, and what came of it all."""
        assert self._out is not None
        self._out.close()
        self._put_in_order()
        good = (dumps({k: row[k] for k in TRAINED}) for row in self.rows() if is_fit(row))
        write_atomic(self.folder / TRAINING, "".join(f"{line}\n" for line in good))
        if failed:
            write_atomic(self.folder / FAILED, "".join(f"{dumps(f)}\n" for f in failed))
        else:
            (self.folder / FAILED).unlink(missing_ok=True)
        write_atomic(self.folder / SUMMARY, dumps(summary, indent=2) + "\n")

    def _put_in_order(self) -> None:
        """Sorts the dialogues by their tasks, holding no more than one of them."""
        path, at, places = self.folder / DIALOGUES, 0, []
        with path.open("rb") as lines:
            for line in lines:
                places.append((json.loads(line)["cove"]["index"], at, len(line)))
                at += len(line)
        if places == sorted(places):
            return
        with path.open("rb") as lines, replacing(path) as out:
            for _, at, size in sorted(places):
                lines.seek(at)
                out.write(lines.read(size))


class NoRun(Exception):
    """A folder that holds no run."""


class FinishedRun:
    """A run as it lies, for those who only read it. Raises NoRun."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            present = (folder / WORLD).exists() and (folder / DIALOGUES).exists()
        except (OSError, ValueError):
            present = False
        if not present:
            raise NoRun(f"{folder} holds no run")

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every whole dialogue, in the order in which they lie."""
        with (self.folder / DIALOGUES).open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    row: Any = parse_json(line)
                    yield row

    @property
    def world(self) -> Path:
        return self.folder / WORLD


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 24 else text[:20] + '…"'


__all__ = [
    "ANSWERS", "DIALOGUES", "FAILED", "MANIFEST", "SUMMARY", "TRAINING", "WORLD", "FinishedRun", "NoRun",
    "OtherRun", "RunStore",
]  # fmt: skip
