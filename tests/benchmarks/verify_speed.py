"""How much faster verifying is than loading, copying and hashing the database for each conversation.

    python tests/benchmarks/verify_speed.py [DESK [DATABASE.json CONVERSATIONS.jsonl…]]

Prints the medians of several rounds, taken in turn, and their ratios. Never a timed assertion.
"""

import copy
import gc
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cove_dsl.world.conversations import Record, read_records
from cove_dsl.world.desk import World, load
from cove_dsl.world.verify import verify_record

ROUNDS = 9
LOADS = 6  # of the database in each round: one is too short to be timed alone


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def baseline(database: str) -> str:
    """What the benchmark's own evaluator does for each conversation."""
    state = copy.deepcopy(json.loads(Path(database).read_text(encoding="utf-8")))
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def main() -> None:
    root = Path(__file__).resolve().parents[3] / "shared" / "tau2"
    name, *given = sys.argv[1:] or ["retail"]
    database, *files = given or [
        str(root / name / "db.json"),
        *map(str, sorted(root.glob(f"trajectories/{name}-*.jsonl"))),
    ]
    if not Path(database).exists():
        print("no recorded conversations here; give a database and conversations")
        return
    desk = load(name)
    world = World.from_json(database, desk)
    records = [r for f in files for r in read_records(f) if isinstance(r, Record)]
    gc.collect()
    gc.freeze()  # as `covec verify` does once its database is read; it helps all three alike
    none: frozenset[str] = frozenset()
    work = {
        "load + copy + hash": lambda: [baseline(database) for _ in range(LOADS)],
        "replay + outcome": lambda: [verify_record(desk.program, world.inner, r, none) for r in records],
        "all rules and recognisers": lambda: [verify_record(desk.program, world.inner, r) for r in records],
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for what, run in work.items():
            times[what].append(timed(run) / (LOADS if what.startswith("load") else len(records)))
    base = statistics.median(times["load + copy + hash"])
    print(f"{len(records)} conversations, {ROUNDS} rounds; medians per conversation")
    for what, found in times.items():
        median = statistics.median(found)
        print(f"{what:28} {median * 1000:8.2f} ms   {base / median:6.1f}×")


if __name__ == "__main__":
    main()
