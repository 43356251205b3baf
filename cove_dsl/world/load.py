"""From a path to a checked specification, through a cache of what was checked before."""

import hashlib
import pickle
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..source import Diagnostic, SourceMap
from ..source.files import cache_folder, find_spec, module_files, spec_files, write_private

if TYPE_CHECKING:
    from ..core.spec import Spec
    from ..pipeline import Compiled

_MODULE = re.compile(r"^module\s", re.MULTILINE)
COUNTED = ("tables", "tools", "rules", "scenarios", "tests")


@frozen
class Glance:
    """What a check tells without the specification itself: its problems, their places, and how much was declared."""

    problems: tuple[Diagnostic, ...]
    sources: SourceMap
    counts: dict[str, int] | None


class SpecError(Exception):
    """A specification that has problems; `compiled` carries them with their places."""

    def __init__(self, compiled: "Compiled") -> None:
        self.compiled = compiled
        self.diagnostics: tuple[Diagnostic, ...] = compiled.problems
        first = compiled.errors[0].message if compiled.errors else "no problem"
        super().__init__(f"{len(compiled.errors)} problem{'s' if len(compiled.errors) != 1 else ''}: {first}")


def check(name: str, cached: bool = True) -> "Compiled":
    """Checks a specification by path or bundled name. Raises OSError if there is none."""
    path = find_spec(name)
    files, modules = spec_files(path), module_files(path)
    from ..pipeline import Compiled, Compiler

    key = _key(files, modules) if cached else ""
    found = _kept(cache_folder() / f"spec-{key}.bin") if cached else None
    if isinstance(found, Compiled):
        return found
    compiled = Compiler().compile(files, modules)
    if cached:
        _keep(f"spec-{key}.bin", compiled)
        _keep(f"glance-{key}.bin", glance_at(compiled))
    return compiled


def glance(name: str, cached: bool = True) -> Glance:
    """What `check` finds, read from the cache without the specification where it is there."""
    path = find_spec(name)
    if cached:
        found = _kept(cache_folder() / f"glance-{_key(spec_files(path), module_files(path))}.bin")
        if isinstance(found, Glance):
            return found
    return glance_at(check(name, cached))


def glance_at(compiled: "Compiled") -> Glance:
    """A check without its specification."""
    counts = {what: len(getattr(compiled.spec, what)) for what in COUNTED} if compiled.spec is not None else None
    return Glance(compiled.problems, compiled.sources if compiled.problems else SourceMap({}), counts)


def load_spec(name: str) -> "Spec":
    """A specification without errors. Raises SpecError, OSError."""
    compiled = check(name)
    if compiled.spec is None:
        raise SpecError(compiled)
    return compiled.spec


def texts_of(spec: "Spec") -> dict[str, str]:
    """The texts that a specification was read from, by their place in a folder that gives it again, hash and all."""
    files = {f.path: f.text for f in (piece.file for piece in spec.sources.pieces.values())}
    return {
        f"{'modules/' if _MODULE.search(text) else ''}{PurePath(path).name}": text
        for path, text in sorted(files.items())
    }


def _kept(place: Path) -> Any:
    """What the cache of this user holds; anything odd counts as nothing."""
    try:
        return pickle.loads(place.read_bytes())
    except Exception:  # a damaged cache is no cache
        return None


def _keep(name: str, what: Any) -> None:
    """Puts something into the cache; what nests too deeply to be kept is made anew each time."""
    try:
        data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    except RecursionError:
        return
    write_private(cache_folder() / name, data)


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
