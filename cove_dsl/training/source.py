"""The way back from a dataset to what can be verified. Enters: a file that `covec export` wrote. Leaves: dialogues.

A row that does not hold its dialogue is made again from the dialogue beside the file: if it is not the same, something
was changed on the way, and it is refused.
"""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.world import canonical
from ..source import DataProblem
from ..world.conversations import Record, Refusal, record_of
from .export import DIALOGUES, WORLD, companion
from .forms import FORMS, Row
from .parquet import read_parquet


def is_export(path: Path) -> bool:
    """Whether a file was written by an export, as its name or its first line tells."""
    if path.suffix == ".parquet":
        return True
    try:
        with path.open("rb") as lines:
            first = json.loads(lines.readline(2**26))
        return "export" in first["cove"]
    except (OSError, ValueError, LookupError, TypeError):
        return False


def world_of_export(path: Path) -> str | None:
    """The world that came with a dataset."""
    found = companion(path) / WORLD
    return str(found) if found.exists() else None


def export_records(path: Path, world_hash: str | None) -> Iterator[Record | Refusal]:
    """The conversations of a dataset, for a verifier. `world_hash`: that of the world they are judged in."""
    for name, row, problem in originals(path):
        made_in = row.get("cove", {}).get("world", {}).get("hash") if row is not None else None
        if row is None:
            yield _refusal(path, name, problem)
        elif world_hash is not None and made_in not in (None, world_hash):
            yield _refusal(path, name, "it was made over another world")
        else:
            yield record_of(name, row, str(path))


def _refusal(path: Path, name: str, problem: str) -> Refusal:
    return Refusal(name, DataProblem("bad-record", problem, str(path), None, name))


def originals(path: Path) -> Iterator[tuple[str, Row | None, str]]:
    """For each dialogue of a dataset its name, and the dialogue, or why it cannot be had."""
    whole = _Whole(companion(path) / DIALOGUES)
    for name, group in groupby(_rows(path), lambda row: str(row.get("cove", {}).get("dialogue", row.get("id")))):
        rows = list(group)
        if not rows[0].get("cove", {}).get("source"):
            for row in rows:
                yield name, row, ""
            continue
        dialogue = whole.get(name)
        if dialogue is None:
            yield name, None, f"its dialogue does not lie in {whole.path}"
        elif not _agree(rows, dialogue):
            yield name, None, "the rows are not those that its dialogue gives"
        else:
            yield name, dialogue, ""


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix == ".parquet":
        yield from read_parquet(path)
        return
    with path.open(encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            row: Any = parse_json(line)
            yield row


def _agree(rows: list[Row], dialogue: Row) -> bool:
    """Whether rows are what the dialogue gives, but for what was added on the way."""
    form = FORMS[rows[0]["cove"]["export"]]
    made = list(form(dialogue))
    return len(made) == len(rows) and all(_same(a, b) for a, b in zip(made, rows, strict=True))


def _same(made: Row, row: Row) -> bool:
    return all(canonical(made[name]) == canonical(row.get(name)) for name in made if name != "cove")


class _Whole:
    """The dialogues beside a dataset, looked up by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at: dict[str, int] = {}
        if path.exists():
            with path.open("rb") as lines:
                at = 0
                for line in lines:
                    self.at[json.loads(line)["id"]] = at
                    at += len(line)

    def get(self, name: str) -> Row | None:
        if name not in self.at:
            return None
        with self.path.open("rb") as lines:
            lines.seek(self.at[name])
            found: Any = parse_json(lines.readline().decode())
            return found  # type: ignore[no-any-return]


__all__ = ["export_records", "is_export", "originals", "world_of_export"]
