"""Writes `docs/audits/tau2.md` and `docs/audits/verdicts.md` anew from the benchmark's data.

    python -m tests.audits.regenerate [DATA]

DATA holds a folder for each desk (`db.json`, `tasks.train.json`, `gold.train.jsonl`) and `trajectories/DESK-*.jsonl`.
What was found by reading stands in `notes/` beside this file, and goes in as it is.
"""

import sys
from functools import cache
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from cove_dsl.source.files import write_atomic
from cove_dsl.tools.render_audit import to_markdown
from cove_dsl.world.audit import Audit, Task, audit
from cove_dsl.world.conversations import Refusal, read_calls, read_records, read_tasks
from cove_dsl.world.desk import World, load
from tests.audits.verdicts import NOTES, section
from tests.recognisers.sampling import half_of, training_tasks

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "tau2"
FOLDER = ROOT / "docs" / "audits"
DESKS = ("retail", "airline", "telecom")
WITHOUT_SYNC = frozenset({"telecom"})  # the benchmark runs its gold calls without what follows every real call


Row = TypeVar("Row")


@frozen
class Audited:
    """A desk's audit, the file of each of its runs, those that nothing was tuned on, the rules only a reader judges."""

    audit: Audit
    files: dict[str, str]
    measured: frozenset[str]
    judged: list[str]


def _read(row: Row | Refusal) -> Row:
    """The benchmark's own data is read whole, or the page is not written."""
    if isinstance(row, Refusal):
        raise SystemExit(f"{row.problem.path}: {row.problem.message}")
    return row


@cache
def audited(desk: str, data: Path) -> Audited:
    """The audit of one desk's tasks and of all its recorded runs."""
    spec = load(desk)
    world = World.from_json(data / desk / "db.json", spec)
    starts = {s.id: s.start for s in map(_read, read_calls(data / desk / "gold.train.jsonl"))}
    tasks = [Task(name, gold, starts.get(name)) for name, gold in read_tasks(data / desk / "tasks.train.json").items()]
    records = [(f.name, _read(r)) for f in sorted(data.glob(f"trajectories/{desk}-*.jsonl")) for r in read_records(f)]
    training = training_tasks(data)[desk]
    return Audited(
        audit(spec.program, world.inner, tasks, (r for _, r in records), desk not in WITHOUT_SYNC),
        {r.id: name for name, r in records},
        frozenset(r.id for _, r in records if half_of(desk, str(r.task_id), training) == "report"),
        [name for name, rule in spec.program.rules.items() if rule.when == "judged"],
    )


def document(data: Path) -> str:
    """The page on the benchmark."""
    return _page("", {desk: to_markdown(audited(desk, data).audit) for desk in DESKS})


def verdicts(data: Path) -> str:
    """The page on the rules' verdicts."""
    found = {desk: audited(desk, data) for desk in DESKS}
    return _page("verdicts.", {desk: section(a.audit, a.judged) for desk, a in found.items()})


def _page(kind: str, parts: dict[str, str]) -> str:
    """`notes/KINDhead.md`, then for each desk what was computed and what was read of it."""
    texts = [_note(f"{kind}head.md")]
    for desk, part in parts.items():
        texts += [part, _note(f"{kind}{desk}.md")]
    return "\n\n".join(filter(None, texts)) + "\n"


def _note(name: str) -> str:
    path = NOTES / name
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


PAGES = {FOLDER / "tau2.md": document, FOLDER / "verdicts.md": verdicts}

if __name__ == "__main__":
    for page, made in PAGES.items():
        write_atomic(page, made(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
