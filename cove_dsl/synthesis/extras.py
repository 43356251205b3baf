"""Libraries that only some people need: loaded when they are used, and asked for by name where they are missing."""

from importlib import import_module
from typing import Any


class MissingExtra(Exception):
    """A library is not installed; the text says which extra brings it."""


def load_extra(module: str, extra: str) -> Any:
    """A module of an optional library. Raises MissingExtra."""
    try:
        return import_module(module)
    except ImportError:
        name = module.partition(".")[0]
        raise MissingExtra(f"this needs `{name}`: pip install 'cove-dsl[{extra}]'") from None


__all__ = ["MissingExtra", "load_extra"]
