"""The way back from a dataset to what can be verified. Enters: a file that `covec export` wrote. Leaves: dialogues.

A row that does not hold its dialogue is made again from the dialogue beside the file: if it is not the same, something
was changed on the way, and it is refused.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.world import canonical
from ..source import DataProblem
from ..synthesis.extras import MissingExtra
from ..world.conversations import MAX_RECORD, Record, Refusal, record_of
from .export import DIALOGUES, WORLD, companion
from .forms import FORMS, NotThere, Row
from .parquet import MAGIC, read_parquet


def is_export(path: Path) -> bool:
    """Whether a file was written by an export, as its first bytes, its name or its first line tells."""
    return _is_parquet(path) or _begins_with_a_row(path)


def _is_parquet(path: Path) -> bool:
    """Whether a file is Parquet by its first bytes; or by its name, and begins with no row in JSON."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                return True
    except OSError:
        return False
    return path.suffix == ".parquet" and not _begins_with_a_row(path)


def _begins_with_a_row(path: Path) -> bool:
    try:
        with path.open("rb") as lines:
            first = parse_json(lines.readline(MAX_RECORD).decode())
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and "export" in _about(first)


def world_of_export(path: Path) -> str | None:
    """The world that came with a dataset."""
    found = companion(path) / WORLD
    return str(found) if found.exists() else None


def export_records(path: Path, world_hash: str | None) -> Iterator[Record | Refusal]:
    """The conversations of a dataset, for a verifier. `world_hash`: that of the world they are judged in."""
    for read in _originals(path):
        world = _about(read.row).get("world")
        made_in = world.get("hash") if isinstance(world, dict) else None
        if read.problem:
            yield _refusal(path, read, read.problem)
        elif world_hash is not None and made_in not in (None, world_hash):
            yield _refusal(path, read, "it was made over another world")
        else:
            yield record_of(read.name, read.row, str(path), read.line)


@frozen
class _Read:
    """A row or the dialogue that it was made of, and its name; or what is wrong with it. `line` is where it stands, 0
    where there are no lines."""

    name: str
    row: Row
    problem: str = ""
    line: int = 0


def _refusal(path: Path, read: _Read, problem: str) -> Refusal:
    return Refusal(read.name, DataProblem("bad-record", problem, str(path), read.line or None, read.name))


def _originals(path: Path) -> Iterator[_Read]:
    """Each dialogue of a dataset, or why it cannot be had."""
    whole = _Whole(companion(path) / DIALOGUES)
    for (_, problem), group in groupby(_rows(path), lambda read: (read.name, read.problem)):
        reads = list(group)
        first = reads[0]
        if problem or not _about(first.row).get("source"):
            yield from reads
            continue
        dialogue = whole.get(first.name)
        if dialogue is None:
            yield evolve(first, problem=f"its dialogue does not lie in {whole.path}")
        else:
            yield evolve(first, row=dialogue, problem=_difference([r.row for r in reads], dialogue))


def _rows(path: Path) -> Iterator[_Read]:
    if _is_parquet(path):
        try:
            yield from map(_named, read_parquet(path))
        except MissingExtra as missing:
            yield _Read(path.name, {}, str(missing))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            yield _Read(path.name, {}, f"is no Parquet file that an export wrote: {error}")
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _parsed(line, number)


def _parsed(text: bytes, line: int = 0) -> _Read:
    try:
        row = parse_json(text.decode())
    except ValueError as error:
        return _Read(f"line {line}", {}, str(error), line)
    return (
        _named(row, line) if isinstance(row, dict) else _Read(f"line {line}", {}, "a row must be a JSON object", line)
    )


def _named(row: Row, line: int = 0) -> _Read:
    return _Read(str(_about(row).get("dialogue", row.get("id"))), row, line=line)


def _about(row: Row) -> Row:
    """What a row says of itself."""
    about = row.get("cove")
    return about if isinstance(about, dict) else {}


def _difference(rows: list[Row], dialogue: Row) -> str:
    """In what rows are not what the dialogue gives, but for what was added on the way; nothing where they are."""
    form = FORMS.get(str(_about(rows[0]).get("export")))
    try:
        made = list(form(dialogue)) if form is not None else []
    except (LookupError, TypeError, ValueError, AttributeError, NotThere):
        return "what lies under its name beside the dataset is no dialogue of a run"
    if form is None:
        return "its rows are in no form that is known"
    if len(made) != len(rows):
        given = f"{len(made)} row{'' if len(made) == 1 else 's'}"
        return f"its dialogue gives {given}, and {len(rows)} stand here: rows stay together, in order"
    for at, changed in enumerate(map(_changed, made, rows)):
        if changed:
            moved = next((i for i, other in enumerate(made) if not _changed(other, rows[at])), None)
            place = f"row {at + 1} of {len(rows)}"
            if moved is not None:
                return f"{place} is row {moved + 1} of those that its dialogue gives: rows stay in order"
            return f"{place} is not what its dialogue gives: `{changed[0]}` differs"
    return ""


def _changed(made: Row, row: Row) -> list[str]:
    """In what a row is not what was made."""
    return [name for name in made if name != "cove" and canonical(made[name]) != canonical(row.get(name))]


class _Whole:
    """The dialogues beside a dataset, looked up by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at: dict[str, int] = {}
        if path.exists():
            with path.open("rb") as lines:
                at = 0
                for line in lines:
                    name = _parsed(line).row.get("id")
                    if isinstance(name, str):
                        self.at[name] = at
                    at += len(line)

    def get(self, name: str) -> Row | None:
        if name not in self.at:
            return None
        with self.path.open("rb") as lines:
            lines.seek(self.at[name])
            found: Any = parse_json(lines.readline().decode())
            return found  # type: ignore[no-any-return]


__all__ = ["export_records", "is_export", "world_of_export"]
