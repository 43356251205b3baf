"""A run that is killed at any moment, and taken up, is the run that nobody disturbed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cove_dsl.synthesis.store import DIALOGUES, MANIFEST, SPEC, SUMMARY, TRAINING, WORLD

ROOT = Path(__file__).parents[3]
FILES = (MANIFEST, WORLD, DIALOGUES, TRAINING, SUMMARY)
N = 60


def command(folder, workers=1):
    words = ["-m", "cove_dsl.tools.cli", "synth", "retail", "-n", str(N), "--seed", "5", "-o", str(folder)]
    words += ["--workers", str(workers)]
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(folder):
    process = command(folder)
    _, error = process.communicate(timeout=300)
    assert process.returncode == 0, error.decode()
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    begun = time.monotonic()
    return finish(folder), time.monotonic() - begun


def kill_and_take_up(folder, moments, rng, undisturbed):
    """Kills a run at so many moments, each some way into what is left, and lets it come to its end. One worker or two
    make it, as it comes."""
    whole, took = undisturbed
    killed = 0
    for _ in range(moments):
        process = command(folder, rng.choice((1, 2)))
        time.sleep(rng.uniform(0.05, 1.0) * took / 2)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
    assert finish(folder) == whole
    assert not [p for p in folder.iterdir() if p.name not in (*FILES, SPEC) and not p.name.startswith(".")]
    return killed


def test_a_run_killed_twice_is_the_undisturbed_run(tmp_path, undisturbed):
    assert kill_and_take_up(tmp_path / "run", 2, random.Random(1), undisturbed)


@pytest.mark.long
def test_a_run_killed_at_thirty_moments_is_the_undisturbed_run(tmp_path, undisturbed):
    rng = random.Random(2)
    killed = sum(kill_and_take_up(tmp_path / f"run{i}", 3, rng, undisturbed) for i in range(10))
    assert killed >= 15


def test_answers_of_models_survive_a_kill(tmp_path):
    """Whatever was answered before the kill is there after it, with its count."""
    pytest.importorskip("aiohttp", reason="the extra `models` is not installed")
    script = (
        "import sys, os, signal\n"
        "from pathlib import Path\n"
        "from cove_dsl.synthesis.models.answers import Answers\n"
        "answers = Answers(Path(sys.argv[1]))\n"
        "for i in range(10**6):\n"
        "    answers.put(str(i), {'n': i}, 'agent', {'answered': 1})\n"
        "    print(i, flush=True)\n"
        "    if i == 400: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "answers.sqlite"
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL
    from cove_dsl.synthesis.models.answers import Answers

    answers = Answers(path)
    assert all(answers.get(str(i)) == {"n": i} for i in range(401))
    assert answers.counts()["agent"]["answered"] == 401
