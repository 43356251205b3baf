"""Going through core nodes without naming each kind."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import attrs

from . import nodes

_CLASSES = tuple(
    c for c in vars(nodes).values() if isinstance(c, type) and attrs.has(c) and c.__module__ == nodes.__name__
)
_SKIPPED = {"type", "span", "spans"}


@cache
def _children(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in attrs.fields(kind) if f.name not in _SKIPPED)


def fields_of(node: Any) -> tuple[str, ...]:
    """The names of a node's fields that may hold nodes."""
    return _children(node.__class__)


def children(node: Any) -> Iterator[Any]:
    """The nodes right below a node, in the order of its fields."""
    for name in _children(node.__class__):
        found = getattr(node, name)
        yield from (n for n in (found if isinstance(found, tuple) else (found,)) if isinstance(n, _CLASSES))


def walk(thing: Any) -> Iterator[Any]:
    """Every core node in a node, tuple or dict, outermost first."""
    stack = [thing]
    while stack:
        top = stack.pop()
        if isinstance(top, tuple):
            stack.extend(reversed(top))
        elif isinstance(top, dict):
            stack.extend(top.values())
        elif isinstance(top, _CLASSES):
            yield top
            stack.extend(getattr(top, name) for name in reversed(_children(type(top))))
