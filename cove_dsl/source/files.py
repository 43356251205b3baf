"""Where specifications, modules and what is kept between runs lie. Light to load: a check that finds its answer kept
needs nothing else of the compiler.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .suggest import suggest

ENOUGH_BYTES = 1_000_001


def spec_files(path: Path) -> list[tuple[str, bytes]]:
    """The files of a SPEC argument: one `.cove` file, or every one in a folder, in name order. A folder that is called
    like one, such as a dataset's, is none. Raises OSError."""
    found = sorted(p for p in path.glob("*.cove") if not p.is_dir()) if path.is_dir() else [path]
    if not found:
        raise FileNotFoundError(f"{path} holds no .cove file")
    return [(shown_path(p), _bytes(p)) for p in found]


def _bytes(path: Path) -> bytes:
    """A file's bytes, up to just over what a specification may hold."""
    with path.open("rb") as file:
        return file.read(ENOUGH_BYTES)


def shown_path(path: Path) -> str:
    """The name a file is reported under: as given, but a bundled one from the folder of specifications on."""
    bundled = specs_folder()
    if path.is_absolute() and path.is_relative_to(bundled):
        return str(Path("specs") / path.relative_to(bundled))
    return str(path)


def found_at(shown: str) -> str:
    """A reported path as a reader finds the file: a bundled one whose name leads nowhere from here, where it lies."""
    bundled = specs_folder()
    first, *inside = Path(shown).parts or ("",)
    if first != "specs" or os.path.exists(shown):
        return shown
    return str(bundled.joinpath(*inside)) if bundled.joinpath(*inside).is_file() else shown


def specs_folder() -> Path:
    """The bundled specifications: the checkout's if there is one, else the packaged copy."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / "specs"
    return checkout if checkout.is_dir() and (package.parent / "grammar").is_dir() else package / "specs"


def find_spec(name: str) -> Path:
    """A path as given, or a bundled desk by its bare name. Raises FileNotFoundError with suggestions."""
    path = Path(name)
    if path.exists():
        return path
    bundled = specs_folder() / name
    if "/" not in name and bundled.is_dir():
        return bundled
    near = suggest(name, [p.name for p in specs_folder().iterdir() if p.is_dir() and p.name != "modules"])
    hint = "; did you mean " + " or ".join(f"`{n}`" for n in near) + "?" if near else ""
    raise FileNotFoundError(f"there is no specification at `{name}`{hint}")


def module_files(path: Path) -> dict[str, tuple[str, bytes]]:
    """Modules that a specification may use: those beside it, then the bundled ones. Named by their file."""
    found: dict[str, tuple[str, bytes]] = {}
    base = path if path.is_dir() else path.parent
    for folder in (base / "modules", base.parent / "modules", specs_folder() / "modules"):
        for file in sorted(folder.glob("*.cove")):
            found.setdefault(file.stem, (shown_path(file.resolve()), _bytes(file)))
    return found


def cache_folder() -> Path:
    """Where tables and checked specifications are kept between runs, readable by this user alone."""
    root = os.environ.get("COVE_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "cove-dsl"
    )
    path = Path(root)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _private(path):
            return path
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="cove-dsl-"))


def _private(path: Path) -> bool:
    """Whether nobody else could have put something there: what the cache holds is loaded without question."""
    found = path.stat()
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def write_private(path: Path, data: bytes) -> None:
    """Puts a file into the cache; a full disk is no error here."""
    try:
        write_atomic(path, data, mode=0o600)
    except OSError:
        return


def write_atomic(path: Path, data: str | bytes, mode: int = 0o644) -> None:
    """Writes beside the place and moves there when all is written. Raises OSError; then nothing is left behind."""
    with replacing(path, mode) as out:
        out.write(data if isinstance(data, bytes) else data.encode("utf-8"))


@contextmanager
def replacing(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """A file that takes its place when all is written, and leaves nothing behind where something is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
