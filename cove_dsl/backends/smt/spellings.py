"""How a moment is written. To the solver it is an instant; in which zone it stands, and whether its seconds are told,
shows where moments are compared as texts, or looked at by their own day and hour."""

import re

from ...core.types import ListType, Prim, Type, strip
from . import terms
from .terms import Script

MOMENTS = (Prim("datetime"), Prim("time"))
_HEAD = re.compile(r"\(?(\|[^|]*\||[^\s()|]+)")


def is_moment(kind: Type) -> bool:
    return strip(kind) in MOMENTS


def holds_moments(kind: Type) -> bool:
    inner = strip(kind)
    return is_moment(inner) or (isinstance(inner, ListType) and holds_moments(inner.item))


def spelling(script: Script, term: str) -> str:
    """A text for how a moment is written: of one place always the same, of all else whatever."""
    head = _HEAD.match(term)
    name = head[1].strip("|") if head is not None else ""
    declared = script.declared.get(name, "")
    if not declared.endswith(" Real)") or terms.symbol(name) != (head[1] if head is not None else ""):
        return script.fresh("written", "Text")
    sorts = declared.partition(" (")[2].rpartition(")")[0].rpartition(")")[0].split()
    made = terms.symbol(script.function(f"{name}.written", tuple(sorts), "Text"))  # type: ignore[arg-type]
    assert head is not None
    return f"{term[: head.start(1)]}{made}{term[head.end(1) :]}"


__all__ = ["holds_moments", "is_moment", "spelling"]
