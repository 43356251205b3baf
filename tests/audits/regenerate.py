"""Writes `docs/audits/tau2.md` anew from the benchmark's data.

    python -m tests.audits.regenerate [DATA]

DATA holds a folder for each desk (`db.json`, `tasks.train.json`, `gold.train.jsonl`) and `trajectories/DESK-*.jsonl`.
What was found by reading stands in `notes/DESK.md` beside this file, and goes in as it is.
"""

import sys
from pathlib import Path
from typing import TypeVar

from cove_dsl.source.files import write_atomic
from cove_dsl.tools.render_audit import to_markdown
from cove_dsl.world.audit import Audit, Task, audit
from cove_dsl.world.conversations import Refusal, read_calls, read_records, read_tasks
from cove_dsl.world.desk import World, load

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "tau2"
DOCUMENT = ROOT / "docs" / "audits" / "tau2.md"
NOTES = Path(__file__).parent / "notes"
DESKS = ("retail", "airline", "telecom")
WITHOUT_SYNC = frozenset({"telecom"})  # the benchmark runs its gold calls without what follows every real call


Row = TypeVar("Row")


def _read(row: Row | Refusal) -> Row:
    """The benchmark's own data is read whole, or the page is not written."""
    if isinstance(row, Refusal):
        raise SystemExit(f"{row.problem.path}: {row.problem.message}")
    return row


def audited(desk: str, data: Path) -> Audit:
    """The audit of one desk's tasks and of all its recorded runs."""
    spec = load(desk)
    world = World.from_json(data / desk / "db.json", spec)
    starts = {s.id: s.start for s in map(_read, read_calls(data / desk / "gold.train.jsonl"))}
    tasks = [Task(name, gold, starts.get(name)) for name, gold in read_tasks(data / desk / "tasks.train.json").items()]
    files = sorted(data.glob(f"trajectories/{desk}-*.jsonl"))
    records = (_read(r) for f in files for r in read_records(f))
    return audit(spec.program, world.inner, tasks, records, desk not in WITHOUT_SYNC)


def document(data: Path) -> str:
    """The whole page."""
    parts = [(NOTES / "head.md").read_text(encoding="utf-8").strip()]
    for desk in DESKS:
        parts.append(to_markdown(audited(desk, data)))
        read = NOTES / f"{desk}.md"
        if read.exists():
            parts.append(read.read_text(encoding="utf-8").strip())
    return "\n\n".join(p for p in parts if p) + "\n"


if __name__ == "__main__":
    write_atomic(DOCUMENT, document(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
