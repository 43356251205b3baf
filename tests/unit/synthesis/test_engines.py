"""Many workers give the run that one gives, to the byte, whoever of them is lost and whenever it is interrupted."""

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.engines.crew import LOSSES, EngineFailed, Event, Foreman
from cove_dsl.synthesis.models.asking import Limits
from cove_dsl.synthesis.run import Means, Order, synthesize, workers_worth_it
from cove_dsl.synthesis.sample import NoTask
from cove_dsl.synthesis.store import DIALOGUES, MANIFEST, SUMMARY, TRAINING, WORLD
from cove_dsl.synthesis.workbench import Outcome, Workbench, share_of

ROOT = Path(__file__).parents[3]
FILES = (MANIFEST, WORLD, DIALOGUES, TRAINING, SUMMARY)
N = 24
SIGNALS = pytest.mark.skipif(os.name != "posix", reason="processes are killed and listed as POSIX has it")


@pytest.fixture(scope="module")
def order(retail, shop):
    return Order(retail, shop, N, seed=3)


@pytest.fixture(scope="module")
def alone(order, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "run"
    synthesize(order, folder)
    return bytes_of(folder)


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def workers_of(parent):
    """The processes that hold dialogues for a process, by number."""
    words = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]  # whole lines, however long a path is
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines() if "spawn_main" in line]
    return [int(own) for own, above, _ in rows if int(above) == parent]


def alive(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return state[:1] not in ("", "Z")


# --- processes of this machine ----------------------------------------------------------------------------------------


def test_several_workers_give_the_same_bytes(order, alone, tmp_path):
    summary = synthesize(order, tmp_path / "run", means=Means(workers=3))
    assert bytes_of(tmp_path / "run") == alone
    assert (summary["verified"], summary["stopped"]) == (N, None)
    assert not multiprocessing.active_children()


def test_a_run_is_taken_up_with_other_workers(order, alone, tmp_path):
    folder = tmp_path / "run"
    synthesize(order, folder)
    lines = alone[DIALOGUES].splitlines(keepends=True)
    (folder / DIALOGUES).write_bytes(b"".join(lines[i] for i in (7, 2, 20)) + lines[0][:5000])
    synthesize(order, folder, means=Means(workers=2))
    assert bytes_of(folder) == alone


def test_tasks_that_look_at_each_other_are_the_same_wherever_they_are_drawn(retail, shop):
    """Drawn by a worker that has drawn those before, and by one that begins in the middle."""
    order = Order(retail, shop, 8, seed=1, dials=Dials(cover=True))

    async def lines(*indices):
        bench = Workbench(order, Means(), None)
        return {index: (await bench.hold(index)).line.text for index in indices}

    whole, part = asyncio.run(lines(*range(8))), asyncio.run(lines(4, 7))
    assert part == {index: whole[index] for index in part}


@SIGNALS
def test_a_killed_worker_is_replaced_and_nothing_is_lost(order, alone, tmp_path):
    killed = []

    def kill_one(counts):
        if counts.total in (4, 12):
            killed.append(multiprocessing.active_children()[0].pid)
            os.kill(killed[-1], signal.SIGKILL)

    synthesize(order, tmp_path / "run", kill_one, Means(workers=2))
    assert len(set(killed)) == 2
    assert bytes_of(tmp_path / "run") == alone


def test_what_a_worker_raises_is_raised(retail, shop, tmp_path):
    with pytest.raises(NoTask, match="no scenario of `retail` fits `astronaut`"):
        synthesize(Order(retail, shop, N, glob="astronaut"), tmp_path / "run", means=Means(workers=2))
    assert not multiprocessing.active_children()


def heeding_interrupts():
    """A suite that runs in the background of a shell ignores interrupts, and hands that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def begun(folder, n, made):
    """A run of two workers in a process group of its own, when it has made so many dialogues."""
    words = ["synth", "retail", "-n", str(n), "--seed", "3", "--workers", "2", "-o", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cove_dsl.tools.cli", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, preexec_fn=heeding_interrupts,
    )  # fmt: skip
    until = time.monotonic() + 120
    while not (folder / DIALOGUES).exists() or (folder / DIALOGUES).read_bytes().count(b"\n") < made:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    return process, workers_of(process.pid)


@SIGNALS
def test_an_interrupt_keeps_what_was_made(tmp_path):
    folder = tmp_path / "run"
    process, workers = begun(folder, 400, 3)
    os.killpg(process.pid, signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, (out, error)
    assert len(workers) == 2
    assert not any(map(alive, workers))
    indices = [json.loads(line)["cove"]["index"] for line in (folder / DIALOGUES).read_bytes().splitlines()]
    assert indices == sorted(set(indices))
    assert 3 <= len(indices) < 400
    assert len((folder / TRAINING).read_bytes().splitlines()) == len(indices)
    summary = json.loads((folder / SUMMARY).read_text())
    assert (summary["dialogues"], summary["missing"]) == (len(indices), 400 - len(indices))
    assert f"{400 - len(indices)} tasks have no dialogue yet (interrupted); the same command goes on" in out.decode()


@SIGNALS
def test_workers_end_with_the_process_that_makes_the_run(tmp_path):
    process, workers = begun(tmp_path / "run", 400, 1)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    until = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(workers) == 2
    assert not any(map(alive, workers))


def test_workers_are_started_where_they_are_worth_it():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert workers_worth_it(25) == 1
    assert workers_worth_it(10**6) == cores
    assert workers_worth_it(10**6, 64) == 1
    assert workers_worth_it(10**6, 65) == min(2, cores)
    assert workers_worth_it(3, 10**6) == 1


@given(st.integers(1, 500), st.integers(1, 16), st.floats(1, 1e5))
def test_workers_together_may_no_more_than_the_run(in_flight, workers, per_minute):
    means = Means(Limits(in_flight=in_flight, per_minute=per_minute))
    shares = [share_of(means, workers, worker).limits for worker in range(workers)]
    assert sum(share.in_flight for share in shares) == in_flight
    assert sum(share.per_minute for share in shares) == pytest.approx(per_minute)
    assert max(share.in_flight for share in shares) - min(share.in_flight for share in shares) <= 1


# --- a crew that is lost at will --------------------------------------------------------------------------------------


class Unreliable:
    """A crew without processes: `draw` decides who replies next, and who is lost."""

    def __init__(self, size, draw, poison=None):
        self.size, self.draw, self.poison = size, draw, poison
        self.handed = [{} for _ in range(size)]
        self.most = [0] * size
        self.lost = 0
        self.had = []

    def hand(self, worker, number, batch):
        self.had.append((worker, batch))
        self.handed[worker][number] = batch
        self.most[worker] = max(self.most[worker], len(self.handed[worker]))

    def wait(self):
        busy = [w for w, batches in enumerate(self.handed) if batches]
        worker = busy[self.draw(st.integers(0, len(busy) - 1))]
        number = self.draw(st.sampled_from(sorted(self.handed[worker])))
        if self.poison in self.handed[worker][number] or (self.lost < LOSSES - 1 and self.draw(st.booleans())):
            self.lost += 1
            self.handed[worker] = {}
            return [Event(worker)]
        batch = self.handed[worker].pop(number)
        return [Event(worker, number, [Outcome(index) for index in batch])]

    def close(self, at_once):
        pass


CREWS = st.tuples(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(1, 5), st.integers(0, 40))


@given(CREWS, st.integers(1, 12), st.sets(st.integers(0, 39)), st.data())
@settings(max_examples=200, deadline=None)
def test_every_task_comes_back_once_whoever_is_lost(shape, together, done, data):
    room, size, n = shape
    crew, taken, todo = Unreliable(len(room), data.draw), [], sorted(set(range(n)) - done)
    foreman = Foreman(crew, room, size, together)
    assert foreman.hold(iter(todo), lambda outcome: taken.append(outcome.index)) is None
    assert sorted(taken) == todo
    assert all(most <= allowed for most, allowed in zip(crew.most, room, strict=True))


@given(CREWS, st.integers(2, 12), st.sets(st.integers(0, 39)), st.data())
@settings(max_examples=200, deadline=None)
def test_tasks_that_look_at_each_other_go_to_one_worker(shape, together, done, data):
    """Whatever of them was made before; in their order; and nobody waits while there is another round."""
    room, size, n = shape
    crew, todo = Unreliable(len(room), data.draw), sorted(set(range(n)) - done)
    crew.lost = LOSSES  # nobody is
    Foreman(crew, room, size, together).hold(iter(todo), lambda outcome: None)
    rounds = {}
    for worker, batch in crew.had:
        assert len({index // together for index in batch}) == 1
        rounds.setdefault(batch[0] // together, []).append((worker, batch))
    for handed in rounds.values():
        assert len({worker for worker, _ in handed}) == 1
        assert [i for _, batch in handed for i in batch] == sorted(i for _, batch in handed for i in batch)
    first = [worker for worker, _ in crew.had[: min(len(room), len(rounds))]]
    assert len(set(first)) == len(first)


@given(CREWS, st.data())
@settings(max_examples=50, deadline=None)
def test_a_task_that_takes_every_worker_with_it_ends_the_run(shape, data):
    room, size, n = shape
    crew = Unreliable(len(room), data.draw, poison=n)
    with pytest.raises(EngineFailed, match=f"{LOSSES} workers have come to an end over the tasks"):
        Foreman(crew, room, size).hold(range(n + 1), lambda outcome: None)


# --- a cluster --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield ray
    ray.shutdown()


def ray_workers():
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True).stdout
    processes = {int(pid): (int(parent), args) for pid, parent, args in
                 (line.split(None, 2) for line in listed.splitlines())}  # fmt: skip

    def ours(pid):
        return pid == os.getpid() or (pid in processes and ours(processes[pid][0]))

    return [pid for pid, (_, args) in processes.items() if args.startswith("ray::RayWorker") and ours(pid)]


@SIGNALS
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(cluster, order, alone, tmp_path):
    killed = []

    def kill_one(counts):
        if counts.total >= N // 2 and not killed:
            workers = ray_workers()
            assert len(workers) == 2
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    summary = synthesize(order, tmp_path / "run", kill_one, Means(engine="ray", workers=2))
    assert killed
    assert (summary["verified"], summary["missing"]) == (N, 0)
    assert bytes_of(tmp_path / "run") == alone


def test_a_machine_with_another_library_is_refused(cluster, order, monkeypatch, tmp_path):
    from cove_dsl.synthesis.engines import ray_core

    monkeypatch.setattr(ray_core, "library_hash", lambda: "another")
    with pytest.raises(EngineFailed, match="has another version of cove-dsl: install this one there"):
        synthesize(order, tmp_path / "run", means=Means(engine="ray", workers=1))


def test_a_cluster_says_what_a_worker_raises(cluster, retail, shop, tmp_path):
    with pytest.raises(NoTask, match="no scenario of `retail` fits `astronaut`"):
        synthesize(Order(retail, shop, N, glob="astronaut"), tmp_path / "run", means=Means(engine="ray", workers=2))
