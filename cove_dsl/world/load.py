"""From a path to a checked specification, through a cache of what was checked before."""

import hashlib
import io
import pickle
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..source import Diagnostic, SourceMap, code
from ..source.files import cache_folder, find_spec, module_files, spec_files, write_private

if TYPE_CHECKING:
    from ..core.spec import Spec
    from ..pipeline import Compiled

_MODULE = re.compile(r"(?:\s|#.*\n)*+module\s")
_SHAPE = hashlib.sha256().digest_size
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

    key = _key(files, modules) if cached else None
    found = _kept(cache_folder() / f"spec-{key}.bin") if key else None
    if isinstance(found, Compiled):
        return found
    compiled = Compiler().compile(files, modules)
    if key and code.version():
        _keep(f"spec-{key}.bin", compiled)
        _keep(f"glance-{key}.bin", glance_at(compiled))
    return compiled


def glance(name: str, cached: bool = True) -> Glance:
    """What `check` finds, read from the cache without the specification where it is there."""
    path = find_spec(name)
    if cached and (key := _key(spec_files(path), module_files(path))):
        found = _kept(cache_folder() / f"glance-{key}.bin")
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
    pieces = spec.sources.pieces.values()
    files = {piece.file.path: piece.file.text for piece in pieces}
    modules = {piece.file.path for piece in pieces if _MODULE.match(piece.text)}
    return {
        f"{'modules/' if path in modules else ''}{PurePath(path).name}": text for path, text in sorted(files.items())
    }


class _Reader(pickle.Unpickler):
    """Reads what was kept, and notes the classes that it is made of."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.fields: list[tuple[str, str, list[str]]] = []

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        self.fields.append((module, name, [a.name for a in getattr(found, "__attrs_attrs__", ())]))
        return found

    def shape(self) -> bytes:
        """A digest of the fields of those classes: attrs fills in those that it is given, and is silent of others."""
        return hashlib.sha256(repr(self.fields).encode()).digest()


def _kept(place: Path) -> Any:
    """What the cache of this user holds; anything odd counts as nothing."""
    try:
        data = place.read_bytes()
        reader = _Reader(data[_SHAPE:])
        found = reader.load()
    except Exception:  # a damaged cache is no cache
        return None
    return found if reader.shape() == data[:_SHAPE] else None


def _keep(name: str, what: Any) -> None:
    """Puts something into the cache, after the shape of its classes; what nests too deeply to be kept is made anew each
    time.
    """
    try:
        data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
        reader = _Reader(data)
        reader.load()
    except RecursionError:
        return
    write_private(cache_folder() / name, reader.shape() + data)


def _key(files: list[tuple[str, bytes]], modules: dict[str, tuple[str, bytes]]) -> str | None:
    """What the texts are kept under by this code; None where nothing may be kept."""
    version = code.version()
    if version is None:
        return None
    digest = hashlib.sha256(version.encode("utf-8", "surrogatepass"))
    for path, data in [*files, *(modules[m] for m in sorted(modules))]:
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + data + b"\0")
    return digest.hexdigest()[:24]
