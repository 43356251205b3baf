"""How fast scripted dialogues are made: for each core, with more workers, and with more tasks; how much memory that
takes; and against another orchestrator.

    python tests/benchmarks/synth_scaling.py [--desk NAME] [--tasks N] [--workers N …] [--memory N …]
                                             [--tau2 CHECKOUT PYTHON]

`--tau2` names a checkout of τ²-bench and an interpreter that has what it needs. That project's orchestrator then holds
the retail dialogues that were made here once more, over the same world, with parties that repeat what was said.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cove_dsl.synthesis.run import Means, Order, synthesize  # noqa: E402
from cove_dsl.synthesis.store import DIALOGUES, WORLD  # noqa: E402
from cove_dsl.world.desk import load  # noqa: E402
from cove_dsl.world.generate import generate_world  # noqa: E402

Found = dict[str, Any]
BOTH = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def one(desk_name: str, n: int, workers: int, folder: Path) -> Found:
    """One run in this process: seconds by the clock and of processors, and the most memory, in MiB."""
    desk = load(desk_name)
    order = Order(desk, generate_world(desk.spec, 0), n)
    begun, before = time.perf_counter(), _processor()
    summary = synthesize(order, folder, means=Means(workers=workers))
    took, spent = time.perf_counter() - begun, _processor() - before
    assert summary["verified"] == n, summary["causes"]
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in BOTH)
    return {"seconds": took, "processor": spent, "parent": own, "worker": children}


def _processor() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in BOTH)


def apart(desk_name: str, n: int, workers: int, folder: Path) -> Found:
    """One run in a process of its own, whose memory is only its own."""
    words = [sys.executable, __file__, "--one", desk_name, str(n), str(workers), str(folder)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    found: Found = json.loads(done.stdout)
    return found


def growth(desk_name: str, n: int, many: list[int], folder: Path) -> None:
    print(f"{desk_name}, {n} tasks")
    first: float | None = None
    for workers in many:
        found = apart(desk_name, n, workers, folder / f"workers-{workers}")
        speed = n / found["seconds"]
        first = first or speed
        print(
            f"  {workers:>2} worker{'s' if workers > 1 else ' '}  {speed:7.1f} dialogues/s, {speed / first:5.2f} times "
            f"the first; {n / found['processor']:6.1f} for a second of a processor", flush=True,
        )  # fmt: skip


def memory(desk_name: str, sizes: list[int], workers: int, folder: Path) -> None:
    print(f"{desk_name}, {workers} workers: the most memory of the process that makes the run, and of a worker")
    for n in sizes:
        found = apart(desk_name, n, workers, folder / f"memory-{n}")
        size = (folder / f"memory-{n}" / DIALOGUES).stat().st_size / 2**20
        print(
            f"  {n:>6} tasks  {found['parent']:6.0f} MiB, {found['worker']:6.0f} MiB, for {size:.0f} MiB of dialogues; "
            f"{n / found['seconds']:.1f} dialogues/s", flush=True,
        )  # fmt: skip


def against_tau2(checkout: Path, python: str, n: int, folder: Path) -> None:
    """Both in one process on one core, by the seconds of its processor."""
    run, tasks = folder / "ours", folder / "tasks.json"
    ours = apart("retail", n, 1, run)
    export = [sys.executable, "-m", "cove_dsl.tools.cli", "export", str(run), "--to", "tau2", "-o", str(tasks)]
    subprocess.run(export, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    data = _data(checkout, run / WORLD, folder / "data")
    job = json.dumps({"dialogues": str(run / DIALOGUES), "tasks": str(tasks)})
    side = Path(__file__).parent / "sides" / "tau2_side.py"
    env = {**os.environ, "TAU2_DATA_DIR": str(data), "PYTHONPATH": str(checkout / "src")}
    env["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    done = subprocess.run([python, str(side)], input=job, capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(done.stderr)
    _compare(ours["processor"] / n * 1000, json.loads(done.stdout), n)


def _compare(ours: float, theirs: Found, n: int) -> None:
    """`ours`: milliseconds for a dialogue."""
    held = theirs["episodes"]
    making, talking, judging = (seconds / held * 1000 for seconds in theirs["spent"])
    whole = making + talking + judging
    print(f"retail, one world, milliseconds of a processor for each episode ({held} of {n} fit the other form)")
    print(f"  here  {ours:7.1f}  drawn, proved, worded, held, judged by every rule, stored")
    print(f"  there {whole:7.1f}  {whole / ours:.1f} times ours: repeated, judged by the end and by texts, serialised")
    print(f"        {making:7.1f}  of it for the environment that its runner makes for each")
    print(f"        {talking:7.1f}  for the conversation ({talking / ours:.1f} times all of ours)")
    print(f"        {judging:7.1f}  for the judgement, which makes two more environments")
    print(f"  rewards there: {theirs['reward']:.0f} of {held}")


def _data(checkout: Path, world: Path, folder: Path) -> Path:
    """That project's data folder, with another database for retail."""
    retail = Path("tau2", "domains", "retail")
    (folder / retail).mkdir(parents=True)
    for place in (Path(), Path("tau2"), Path("tau2", "domains"), retail):
        for entry in (checkout / "data" / place).iterdir():
            if not (folder / place / entry.name).exists() and (place / entry.name) != retail / "db.json":
                (folder / place / entry.name).symlink_to(entry.resolve())
    (folder / retail / "db.json").symlink_to(world.resolve())
    return folder


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--desk", default="retail")
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--memory", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--tau2", nargs=2, metavar=("CHECKOUT", "PYTHON"))
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        desk, n, workers, place = asked.one
        print(json.dumps(one(desk, int(n), int(workers), Path(place))))
        return
    with tempfile.TemporaryDirectory() as name:
        growth(asked.desk, asked.tasks, asked.workers, Path(name))
        memory(asked.desk, asked.memory, max(2, *asked.workers), Path(name))
        if asked.tau2:
            against_tau2(Path(asked.tau2[0]).resolve(), asked.tau2[1], asked.tasks, Path(name))


if __name__ == "__main__":
    main()
