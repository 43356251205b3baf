"""A specification made runnable: the Python back end's module, compiled once and kept by hash."""

import hashlib
import marshal
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from ..backends.python.emit import module_source
from ..backends.python.runtime.moments import set_clock
from ..backends.python.runtime.sandbox import Program
from ..backends.python.sound import written
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


def _hash_with_places(spec: Spec) -> str:
    """A specification's hash is what it means; its program also says where each rule stands, and how the conditions of
    fields are written."""
    found = {name: spec.sources.locate(rule.span) for name, rule in spec.rules.items()}
    places = [(name, place.to_json() if place is not None else None) for name, place in found.items()]
    cases = [f for r in spec.records.values() for f in (r.fields, *(c.fields for c in r.cases.values()))]
    conditions = [written(field, spec) for fields in cases for field in fields.values() if field.condition is not None]
    return hashlib.sha256(f"{spec.hash}{places}{conditions}".encode("utf-8", "surrogatepass")).hexdigest()


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
