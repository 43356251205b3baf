"""The folder of a run: what it was asked for, its specification and world, every dialogue with its report, and those
fit for training.

`dialogues.jsonl` grows by whole lines, in the order in which dialogues end; a line torn by a killed process is dropped
when the run is taken up again. A finished run has them in the order of their tasks. The other files are put in place at
once. A run is taken up only by the same manifest. One that is to replace another is made beside it, inside its folder.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from attrs import frozen

from ..backends.python.runtime.exact import parse_json
from ..source.files import replacing, write_atomic
from ..world.state import dumps
from .kept import manifest_problem, row_problem
from .parties import unmarked
from .summary import Counts, digest_of, is_fit

MANIFEST, WORLD, DIALOGUES, TRAINING, SUMMARY = (
    "manifest.json",
    "world.json",
    "dialogues.jsonl",
    "sft.jsonl",
    "summary.json",
)
FAILED, ANSWERS, SPEC = "failed.jsonl", "answers.sqlite", "spec"
NEXT, MOVING = ".next", ".moving"
WRITTEN = (MANIFEST, SPEC, WORLD, DIALOGUES, TRAINING, FAILED, SUMMARY)
SAID, TRAINED = ("id", "messages"), ("tools", "start", "termination", "cove")
Cut = tuple[int, int, int]
ANEW: Cut = (-1, -1, -1)
TAIL = 1 << 16


class OtherRun(Exception):
    """The folder holds a run with another manifest, or something that is no run."""


@frozen
class Line:
    """A dialogue as it is stored: one line. Training data are its bytes up to `cut[0]`, those from `cut[1]` to
    `cut[2]`, and a closing brace; `cut` is None where it is not fit. `digest` is what a summary counts."""

    text: bytes
    cut: Cut | None
    digest: dict[str, Any]


def line_of(row: dict[str, Any]) -> Line:
    """What training takes comes first, so that it can be cut out."""
    said, head = _head(row)
    rest = dumps({k: v for k, v in row.items() if k not in SAID + TRAINED}).encode()
    return Line(b"%s, %s\n" % (head, rest[1:]), _cut(row, said, len(head)), digest_of(row))


def _head(row: dict[str, Any]) -> tuple[int, bytes]:
    """What training takes, without the closing brace, and where in it the messages end."""
    said = dumps({k: row[k] for k in SAID}).encode()
    return len(said) - 2, b"%s, %s" % (said[:-1], dumps({k: row[k] for k in TRAINED}).encode()[1:-1])


def _cut(row: dict[str, Any], said: int, end: int) -> Cut | None:
    """Leaves out the marker by which the user ended the conversation. `said`: where the last message ends; `end`: where
    that ends which training takes."""
    if not is_fit(row):
        return None
    *before, last = row["messages"]
    if unmarked(before) != before:
        return ANEW
    kept, whole = unmarked([last]), dumps(last).encode()
    if not kept:
        return said - len(whole) - len(b", "), said, end
    short, tail = dumps(kept[0]).encode(), len(b'"}')
    alike = whole.startswith(short[:-tail]) and whole[-tail:] == short[-tail:]
    return (said - len(whole) + len(short) - tail, said - tail, end) if alike else ANEW


class RunStore:
    """One run on disk. Of its dialogues it holds their places alone."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self.counts = Counts()
        self.places: dict[int, tuple[int, int, Cut | None]] = {}
        self._out: IO[bytes] | None = None
        self._end = 0

    def open(self) -> None:
        """Begins the run or takes it up, with the dialogues that it has already. Raises OtherRun or NoRun."""
        self.folder.mkdir(parents=True, exist_ok=True)
        finish_replacing(self.folder)
        there = self.folder / MANIFEST
        if there.exists():
            self._same(there)
        elif any(not p.name.startswith(".") for p in self.folder.iterdir()):
            raise OtherRun(f"{self.folder} is not empty and holds no run; give another folder")
        else:
            write_atomic(self.folder / MANIFEST, json.dumps(self.manifest, indent=2) + "\n")
        self._drop_torn_line()
        self._out = (self.folder / DIALOGUES).open("ab")
        for line in map(_read, self._lines()):
            self._note(line)

    def _same(self, there: Path) -> None:
        found = _manifest(there)
        if not isinstance(found, dict):
            raise OtherRun(f"{there} cannot be read; give another folder")
        differs = sorted(k for k in found.keys() | self.manifest.keys() if found.get(k) != self.manifest.get(k))
        if differs:
            told = ", ".join(
                f"{k} was {_short(found.get(k))} and is now {_short(self.manifest.get(k))}" for k in differs[:3]
            )
            raise OtherRun(f"{self.folder} holds another run: {told}; give {_elsewhere(found)}")

    def _drop_torn_line(self) -> None:
        path = self.folder / DIALOGUES
        if not path.exists():
            return
        with path.open("r+b") as data:
            end = data.seek(0, os.SEEK_END)
            whole = _end_of_lines(data, end)
            if whole < end:
                data.truncate(whole)

    def add(self, line: Line) -> None:
        """Writes one dialogue, which is on disk when this returns."""
        assert self._out is not None
        self._out.write(line.text)
        self._out.flush()
        self._note(line)

    def _note(self, line: Line) -> None:
        """The end last: where it is not that of the file, this was interrupted."""
        self.counts.add(line.digest)
        self.places[line.digest["index"]] = (self._end, len(line.text), line.cut)
        self._end += len(line.text)

    def abandon(self) -> None:
        """Leaves no trace of a run without dialogues, so that its folder can be used for another."""
        if self.places or self._out is None:
            return
        self._out.close()
        self._clear()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _clear(self) -> None:
        """Takes away what a run has written; answers of models stay, as they were paid for. The manifest goes last:
        what is left by an interrupt is known as a run still."""
        for name in reversed(WRITTEN):
            _drop(self.folder / name)

    def settle(self) -> None:
        """After the last dialogue; an interrupt may have come while it was written."""
        assert self._out is not None
        self._out.close()
        if (self.folder / DIALOGUES).stat().st_size != self._end:
            self.counts, self.places, self._end = Counts(), {}, 0
            self._drop_torn_line()
            for line in map(_read, self._lines()):
                self._note(line)

    def _lines(self) -> Iterator[bytes]:
        path = self.folder / DIALOGUES
        with path.open("rb") as lines:
            for number, text in enumerate(lines, 1):
                _row(text, f"{path}:{number}")
                yield text

    def world(self, state: dict[str, Any]) -> None:
        if not (self.folder / WORLD).exists():
            write_atomic(self.folder / WORLD, dumps(state) + "\n")

    def specification(self, texts: dict[str, str]) -> None:
        """Keeps the specification, as the one it was made with may be edited or gone when the run is looked at. Its
        files may have been called otherwise when the run was begun: all that lie there are read as one."""
        for file in (self.folder / SPEC).glob("**/*.cove"):
            if file.relative_to(self.folder / SPEC).as_posix() not in texts:
                file.unlink()
        for name, text in texts.items():
            if not (self.folder / SPEC / name).exists():
                write_atomic(self.folder / SPEC / name, text)

    def finish(self, summary: dict[str, Any], failed: list[dict[str, Any]]) -> None:
        """Once settled: dialogues in order, those fit for training, tasks without one, and what came of it all."""
        self._put_in_order()
        with (self.folder / DIALOGUES).open("rb") as lines, replacing(self.folder / TRAINING) as out:
            for _, (at, size, cut) in sorted(self.places.items()):
                if cut is not None:
                    lines.seek(at)
                    out.write(_trained(lines.read(size), cut) + b"\n")
        if failed:
            write_atomic(self.folder / FAILED, "".join(f"{dumps(f)}\n" for f in failed))
        else:
            (self.folder / FAILED).unlink(missing_ok=True)
        write_atomic(self.folder / SUMMARY, dumps(summary, indent=2) + "\n")

    def _put_in_order(self) -> None:
        """Sorts the dialogues by their tasks, holding no more than one of them."""
        if list(self.places) == sorted(self.places):
            return
        path, end = self.folder / DIALOGUES, 0
        with path.open("rb") as lines, replacing(path) as out:
            for index, (at, size, cut) in sorted(self.places.items()):
                lines.seek(at)
                out.write(lines.read(size))
                self.places[index] = (end, size, cut)
                end += size


def beside(folder: Path, manifest: dict[str, Any]) -> Path:
    """Where a run is made that is to take the place of the one in a folder: what an interrupt has left of the same
    run there is taken up. Where no run lies, the folder itself. Raises OtherRun."""
    finish_replacing(folder)
    if not _is_run(folder / MANIFEST):
        return folder
    if _manifest(folder / NEXT / MANIFEST) != manifest:
        _drop(folder / NEXT)
    return folder / NEXT


def replace_run(folder: Path) -> None:
    """Puts a run that was made beside another in its place; what others have put there stays. A run that is moving is
    known by its name, so that `finish_replacing` can go on from wherever this was interrupted."""
    (folder / NEXT).replace(folder / MOVING)
    finish_replacing(folder)


def finish_replacing(folder: Path) -> None:
    """Puts a run that is moving in its place. Its manifest goes first: while it waits, all else does."""
    new = folder / MOVING
    for name in WRITTEN if (new / MANIFEST).exists() else ():
        _drop(folder / name)
    for name in (name for name in WRITTEN if (new / name).exists()):
        (new / name).replace(folder / name)
    _drop(new)


def _drop(place: Path) -> None:
    """Takes a file or a folder away, if it is there."""
    shutil.rmtree(place, ignore_errors=True)
    place.unlink(missing_ok=True)


def _manifest(place: Path) -> Any:
    """What a manifest says, or None where it cannot be read."""
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _is_run(place: Path) -> bool:
    """Whether a manifest is a run's: other files of that name are not ours to take away."""
    return manifest_problem(_manifest(place)) is None


def _elsewhere(found: Any) -> str:
    """What to give where another manifest lies."""
    return "--force to replace it, or another folder" if manifest_problem(found) is None else "another folder"


def _end_of_lines(data: IO[bytes], end: int) -> int:
    """Where the last whole line ends, found from behind."""
    at = end
    while at:
        at, upto = max(0, at - TAIL), at
        data.seek(at)
        newline = data.read(upto - at).rfind(b"\n")
        if newline >= 0:
            return at + newline + 1
    return 0


def _read(text: bytes) -> Line:
    """A line as it lies. Where its training data are not its beginning, they are made of it anew."""
    row = json.loads(text)
    said, head = _head(row)
    cut = _cut(row, said, len(head))
    return Line(text, ANEW if cut is not None and not text.startswith(head + b", ") else cut, digest_of(row))


def _trained(line: bytes, cut: Cut) -> bytes:
    """What training takes of a line."""
    if cut != ANEW:
        return b"%s%s}" % (line[: cut[0]], line[cut[1] : cut[2]])
    row = json.loads(line)
    return _head(row | {"messages": unmarked(row["messages"])})[1] + b"}"


class NoRun(Exception):
    """A folder that holds no run."""


class FinishedRun:
    """A run as it lies, for those who only read it. Raises NoRun, also where a dialogue is read that is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            found: Any = parse_json((folder / MANIFEST).read_text(encoding="utf-8"))
            present = (folder / WORLD).exists() and (folder / DIALOGUES).exists()
        except OSError:
            present = False
        except ValueError as error:
            raise NoRun(f"{folder / MANIFEST}: {error}") from None
        if not present:
            raise NoRun(f"{folder} holds no run")
        problem = manifest_problem(found)
        if problem is not None:
            raise NoRun(f"{folder / MANIFEST} is no run's: {problem}")
        self.manifest: dict[str, Any] = found

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every whole dialogue, in the order in which they lie."""
        with (self.folder / DIALOGUES).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.endswith(b"\n"):
                    yield _row(line, f"{self.folder / DIALOGUES}:{number}")

    @property
    def world(self) -> Path:
        return self.folder / WORLD

    @property
    def spec(self) -> str:
        """The specification that it was made with: its texts, or in a run of before these were kept, its name."""
        kept = self.folder / SPEC
        return str(kept) if kept.is_dir() else str(self.manifest["spec"])


def _row(text: bytes, place: str) -> dict[str, Any]:
    """The dialogue of a line. Raises NoRun."""
    try:
        row: Any = parse_json(text.decode())
    except ValueError as error:
        raise NoRun(f"{place}: {error}") from None
    problem = row_problem(row)
    if problem is not None:
        raise NoRun(f"{place} is no dialogue of a run: {problem}")
    return row  # type: ignore[no-any-return]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 24 else text[:20] + '…"'


__all__ = [
    "ANSWERS", "DIALOGUES", "FAILED", "MANIFEST", "NEXT", "SPEC", "SUMMARY", "TRAINING", "WORLD", "FinishedRun", "Line",
    "NoRun", "OtherRun", "RunStore", "beside", "line_of", "replace_run",
]  # fmt: skip
