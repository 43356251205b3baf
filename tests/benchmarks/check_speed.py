"""How long checking takes: printed, never asserted. Processes are compared with one that imports the two libraries."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count

from cove_dsl.pipeline import Compiler
from cove_dsl.source.files import find_spec, module_files, spec_files

ROUNDS = 7
DESK = "retail"


def median(run: Callable[[], object]) -> float:
    """Milliseconds, the middle of several rounds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def process(*words: str, **env: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True, env={**os.environ, **env})


def edits() -> Iterator[list[tuple[str, bytes]]]:
    """The desk again and again, each time with another number in one rule."""
    files = spec_files(find_spec(DESK))
    for n in count(2):
        yield [(path, re.sub(rb"(count\(call\.item_ids\)) >= 1\b", rb"\1 >= %d" % n, text)) for path, text in files]


def main() -> None:
    check = ("-m", "cove_dsl.tools.cli", "check", "--no-solve")
    base = median(process("-c", "import lark, attrs"))
    print(f"python -c 'import lark, attrs'          {base:7.0f} ms")
    with tempfile.TemporaryDirectory() as cache:
        process(*check, DESK, COVE_CACHE=cache)()
        for what, words in (("cold", (*check, "--no-cache", DESK)), ("cached", (*check, DESK))):
            taken = median(process(*words, COVE_CACHE=cache))
            print(f"covec check --no-solve, {what:<8}        {taken:7.0f} ms   {taken / base:4.1f} ×")
    files, modules = spec_files(find_spec(DESK)), module_files(find_spec(DESK))
    print(f"whole check in memory, new compiler     {median(lambda: Compiler().compile(files, modules)):7.0f} ms")
    reused, texts = Compiler(), edits()
    reused.compile(files, modules)
    print(f"check after an edit, same compiler      {median(lambda: reused.compile(next(texts), modules)):7.0f} ms")


if __name__ == "__main__":
    main()
