"""Makes a dataset of a run. Enters: a run. Leaves: a file in the form asked for, and beside it a folder with the card,
the specification, the world, what was left out, and the whole dialogues where the file does not hold them.
"""

import shutil
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from attrs import define, field, frozen

from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.world import World
from ..source.files import replacing, write_atomic
from ..synthesis.store import SPEC, FinishedRun
from ..synthesis.summary import is_fit
from ..world.desk import Desk
from ..world.load import texts_of
from ..world.state import dumps
from .card import card
from .forms import FORMS, NotThere, Row, as_messages
from .parquet import write_parquet
from .tau2 import Bench
from .toml import to_toml

WORLD, DIALOGUES, FAILED, CARD = "world.json", "dialogues.jsonl", "failed.jsonl", "README.md"
SIDES = {"agent": "db.toml", "user": "user_db.toml"}
TO = (*FORMS, "parquet", "verl", "tau2")


def companion(path: Path) -> Path:
    """The folder that belongs to a dataset."""
    return path.with_name(path.name + ".cove")


@frozen
class Wanted:
    """What goes into a dataset: `form` is one of `TO`; dialogues with at least this score that nobody spoilt."""

    form: str
    at_least: float = 1.0

    def takes(self, row: Row) -> bool:
        if self.at_least == 1:
            return is_fit(row)
        score = row["report"]["score"]
        spoilt = row["blame"] in ("user", "environment")
        return row["termination"] == "user_stop" and not spoilt and score is not None and score >= self.at_least


@define
class Export:
    """One export under way; its counts."""

    run: FinishedRun
    wanted: Wanted
    path: Path
    world: World
    desk: Desk
    rows: int = 0
    fit: int = 0
    dialogues: int = 0
    skipped: Counter[str] = field(factory=Counter)
    blame: Counter[str] = field(factory=Counter)
    scenarios: dict[str, list[int]] = field(factory=dict)

    def write(self) -> dict[str, Any]:
        """Writes everything, the file last, as it may be looked for; what came of it. Raises NotThere where the form
        cannot hold the database."""
        folder = companion(self.path)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.run.world, folder / WORLD)
        beside = {f"{SPEC}/{name}": text for name, text in texts_of(self.desk.spec).items()} | dict(self._databases())
        for name, text in beside.items():
            write_atomic(folder / name, text)
        _take_away([*folder.glob(f"{SPEC}/**/*.cove"), *(folder / n for n in SIDES.values())], folder, beside)
        with replacing(self.path) as out:
            with replacing(folder / FAILED) as failed, replacing(folder / DIALOGUES) as whole:
                self._write_rows(out, self._rows(failed, whole))
            for name in (FAILED, DIALOGUES):
                if not (folder / name).stat().st_size:
                    (folder / name).unlink()
            about = card(self.run.manifest, self.wanted.form, self.path.name, folder.name, self._count())
            write_atomic(folder / CARD, about)
        done = {**self._count(), "skipped": dict(self.skipped)}
        return done | {"file": str(self.path), "form": self.wanted.form}

    @property
    def bench(self) -> Bench:
        return Bench(self.desk.spec, self.desk.program, self.world)

    def _databases(self) -> Iterator[tuple[str, str]]:
        """Where each side has a database, the two files in which the benchmark keeps them."""
        if self.wanted.form == "tau2" and self.bench.two_sided:
            state: Any = parse_json(self.run.world.read_text(encoding="utf-8"))
            for side, name in SIDES.items():
                try:
                    yield name, to_toml(state[side])
                except ValueError as error:
                    raise NotThere(f"the {side}'s database cannot be written as TOML: {error}") from None

    def _write_rows(self, out: IO[bytes], rows: Iterator[Row]) -> None:
        if self.wanted.form in ("parquet", "verl"):
            self.rows = write_parquet(out, rows)
            return
        if self.wanted.form == "tau2":
            tasks = list(rows)
            self.rows = len(tasks)
            out.write((dumps(tasks, indent=1) + "\n").encode())
            return
        for row in rows:
            out.write((dumps(row) + "\n").encode())
            self.rows += 1

    def _rows(self, failed: Any, whole: Any) -> Iterator[Row]:
        """The rows of the dataset; on the way, what is left out and what they do not hold goes to its files."""
        for row in self.run.rows():
            taken = self.wanted.takes(row)
            self._note(row, taken)
            if not taken:
                failed.write((dumps(self._kept(row)) + "\n").encode())
                continue
            made = list(self._formed(row))
            if any(r["cove"].get("source") for r in made):
                whole.write((dumps(self._kept(row)) + "\n").encode())
            yield from made

    def _note(self, row: Row, taken: bool) -> None:
        self.dialogues += 1
        self.fit += taken
        if row["blame"] is not None and not taken:
            self.blame[row["blame"]] += 1
        for name in row["cove"]["scenario"]:
            counts = self.scenarios.setdefault(name, [0, 0])
            counts[0] += 1
            counts[1] += taken

    def _formed(self, row: Row) -> Iterator[Row]:
        form = self.wanted.form
        try:
            if form == "tau2":
                yield self.bench.task(row)
                return
            for made in FORMS.get(form, as_messages)(row):
                yield made | {"cove": self._placed(made["cove"])}
        except NotThere as reason:
            self.skipped[str(reason)] += 1

    def _placed(self, cove: Row) -> Row:
        """Where the world of a row lies, and which desk it is of."""
        world = {**cove["world"], "file": f"{companion(self.path).name}/{WORLD}"}
        return {**cove, "domain": self.run.manifest["spec"], "world": world}

    def _kept(self, row: Row) -> Row:
        """A dialogue of a run as it lies beside a dataset."""
        return {**row, "cove": self._placed(row["cove"])}

    def _count(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "fit": self.fit, "dialogues": self.dialogues, "blame": dict(self.blame),
            "scenarios": self.scenarios, "at_least": self.wanted.at_least, "skipped": self.skipped,
        }  # fmt: skip


def _take_away(files: Iterable[Path], folder: Path, kept: Container[str]) -> None:
    """What another dataset of this name has left in its folder: a second specification would be read with this one."""
    for file in files:
        if file.relative_to(folder).as_posix() not in kept:
            file.unlink(missing_ok=True)


__all__ = ["DIALOGUES", "TO", "WORLD", "Export", "Wanted", "companion"]
