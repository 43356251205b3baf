"""A specification made runnable: the Python back end's module, compiled once and kept by hash."""

import hashlib
import marshal
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from ..backends.python.emit import module_source
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.times import zone_of
from ..core.spec import Spec
from ..source import code as library
from ..source.files import cache_folder, write_private

MOST_KEPT = 32
_PROGRAMS: dict[str, Program] = {}


def program_of(spec: Spec) -> Program:
    """The runnable form of a specification."""
    key = f"{_hash_with_places(spec)}{spec.clock}"
    if key not in _PROGRAMS:
        if len(_PROGRAMS) >= MOST_KEPT:
            _PROGRAMS.clear()
        _PROGRAMS[key] = module_of(spec)["PROGRAM"]
    return _PROGRAMS[key]


def module_of(spec: Spec) -> dict[str, Any]:
    """The names of a specification's module, run afresh: whoever changes them changes nobody else's."""
    names: dict[str, Any] = {"__name__": f"cove_program_{spec.name}"}
    exec(_code(_hash_with_places(spec), lambda: module_source(spec)), names)
    if names["CLOCK"] != spec.clock and spec.clock is not None:
        set_clock(names, spec.clock)
    return names


def set_clock(names: dict[str, Any], moment: str) -> None:
    """From here on it is another moment for all that runs in a module: `clock` is read when it is asked about."""
    program: Program = names["PROGRAM"]
    names |= {"CLOCK": moment, "ZONE": zone_of(moment)}
    names["PROGRAM"] = program._replace(clock=moment, texts=(*program.texts[:-1], moment))


def _hash_with_places(spec: Spec) -> str:
    """A specification's hash is what it means; its program also says where each rule stands."""
    places = [(name, spec.sources.locate(rule.span)) for name, rule in spec.rules.items()]
    return hashlib.sha256(f"{spec.hash}{places}".encode("utf-8", "surrogatepass")).hexdigest()


def _code(name: str, source: Callable[[], str]) -> CodeType:
    """Compiled code, from the cache of this user if it is there."""
    version = library.version()
    if version is None:
        return compile(source(), f"<cove:{name[:12]}>", "exec")
    key = hashlib.sha256(f"{name}{sys.version}{version}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
    path = cache_folder() / f"program-{key}.bin"
    try:
        return marshal.loads(path.read_bytes())  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError, TypeError):
        code = compile(source(), f"<cove:{name[:12]}>", "exec")
        write_private(path, marshal.dumps(code))
        return code
