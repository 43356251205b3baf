"""A specification at another moment: what it would mean if its `clock` line said something else."""

from typing import Any

import attrs

from ..source import SourceMap
from .nodes import Const
from .spec import Spec


def with_clock(spec: Spec, moment: str) -> Spec:
    """The same specification with another `clock`; only what was written as `clock` moves, not an equal literal. Its
    hash stays: states and tasks that were made for it fit."""
    moved: Spec = attrs.evolve(_moved(spec, moment), clock=moment)
    return moved


def _moved(thing: Any, moment: str) -> Any:
    """What holds no `clock` is handed back as it is."""
    if isinstance(thing, Const):
        return attrs.evolve(thing, value=moment) if thing.now else thing
    if isinstance(thing, tuple):
        parts = tuple(_moved(part, moment) for part in thing)
        return parts if any(a is not b for a, b in zip(parts, thing, strict=True)) else thing
    if isinstance(thing, dict):
        entries = {key: _moved(value, moment) for key, value in thing.items()}
        return entries if any(entries[key] is not value for key, value in thing.items()) else thing
    if not attrs.has(type(thing)) or isinstance(thing, SourceMap):
        return thing
    fields = {f.name: getattr(thing, f.name) for f in attrs.fields(type(thing))}
    made = {name: _moved(value, moment) for name, value in fields.items()}
    changed = {name: value for name, value in made.items() if value is not fields[name]}
    return attrs.evolve(thing, **changed) if changed else thing


__all__ = ["with_clock"]
