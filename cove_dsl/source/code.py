"""Which code of this library runs: what it keeps between runs is read by the same code alone."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
FOLDERS = ("source", "syntax", "core", "semantics", "backends/python", "backends/python/runtime")
FILES = ("pipeline.py", "world/load.py")


def stamp_of(package: Path) -> str:
    """Changes with the code that makes what is kept: where it lies, and each file's name, size and time."""
    parts = [(name, *_size_and_time(os.stat(package / name))) for name in FILES]
    for folder in FOLDERS:
        with os.scandir(package / folder) as found:
            parts += sorted((f"{folder}/{f.name}", *_size_and_time(f.stat())) for f in found if f.name.endswith(".py"))
    return str([str(package), *parts])


def _size_and_time(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


STARTED = stamp_of(PACKAGE)


def version() -> str | None:
    """The stamp of the code that this process has loaded; None where the files have changed since it began.

    A process that outlives an update makes the old code's objects: under the new code's stamp they would mislead
    whoever comes after it.
    """
    return STARTED if stamp_of(PACKAGE) == STARTED else None
