"""From a path to a checked specification, through a cache of what was checked before."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

from ..core.spec import Spec
from ..pipeline import Compiled, find_spec, module_files, spec_files
from ..source import Diagnostic
from ..syntax import cache_folder
from .program import write_private


class SpecError(Exception):
    """A specification that has problems; `compiled` carries them with their places."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.diagnostics: tuple[Diagnostic, ...] = compiled.problems
        first = compiled.errors[0].message if compiled.errors else "no problem"
        super().__init__(f"{len(compiled.errors)} problem{'s' if len(compiled.errors) != 1 else ''}: {first}")


def check(name: str, cached: bool = True) -> Compiled:
    """Checks a specification by path or bundled name. Raises OSError if there is none."""
    path = find_spec(name)
    files, modules = spec_files(path), module_files(path)
    place = cache_folder() / f"spec-{_key(files, modules)}.bin"
    if cached and (found := _kept(place)) is not None:
        return found
    from ..pipeline import Compiler

    compiled = Compiler().compile(files, modules)
    if cached:
        write_private(place, pickle.dumps(compiled, pickle.HIGHEST_PROTOCOL))
    return compiled


def load_spec(name: str) -> Spec:
    """A specification without errors. Raises SpecError, OSError."""
    compiled = check(name)
    if compiled.spec is None:
        raise SpecError(compiled)
    return compiled.spec


def _kept(place: Path) -> Compiled | None:
    """What the cache of this user holds; anything odd counts as nothing."""
    try:
        found: Any = pickle.loads(place.read_bytes())
    except Exception:  # a damaged cache is no cache
        return None
    return found if isinstance(found, Compiled) else None


def _key(files: list[tuple[str, bytes]], modules: dict[str, tuple[str, bytes]]) -> str:
    digest = hashlib.sha256(_compiler_version())
    for path, data in [*files, *(modules[m] for m in sorted(modules))]:
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + data + b"\0")
    return digest.hexdigest()[:24]


def _compiler_version() -> bytes:
    """Changes with the code of the compiler."""
    folder = Path(__file__).resolve().parent.parent
    parts = [folder / d for d in ("source", "syntax", "core", "semantics")]
    stamps = [p.stat() for d in parts for p in sorted(d.glob("*.py"))] + [(folder / "pipeline.py").stat()]
    return str([(s.st_size, s.st_mtime_ns) for s in stamps]).encode()
