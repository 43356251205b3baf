"""What kinds of tasks are wanted: which scenarios, how often, how many wishes at once, and which tasks not at all.

A task stays a function of seed and index, whatever the dials say, so any of them can be made again.
"""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from ..backends.python.runtime.exact import parse_json
from .tasks import Plan, stable_hash

Boundary = Literal["complete", "nearest"]
COMPOSED = 0.25  # the share of tasks with several wishes, where a specification composes any


@frozen
class Dials:
    """`weights`: of scenarios by name or pattern, the first that fits, in place of the specification's. `wishes`: how
    many a task has at least and at most. `spread`: scenarios in turn, not by weight. `avoid`: see `avoided`. `cover`:
    prefer tasks that put conditions to the test which no task before has (`cover.py`). `boundary`: only tasks at the
    edge of a rule, in worlds that may be `complete`d or over rows as they are (`nearest`; `boundary.py`)."""

    weights: tuple[tuple[str, float], ...] = ()
    composed: float = COMPOSED
    wishes: tuple[int, int] = (1, 99)
    spread: bool = False
    avoid: frozenset[str] = field(default=frozenset(), repr=False)
    cover: bool = False
    boundary: Boundary | None = None

    def weight(self, name: str, own: float) -> float:
        return next((w for pattern, w in self.weights if fnmatchcase(name, pattern)), own)

    def label(self) -> dict[str, Any]:
        """What of it decides a task."""
        return {
            "weights": [list(w) for w in self.weights], "composed": self.composed, "wishes": list(self.wishes),
            "spread": self.spread, "avoid": stable_hash(sorted(self.avoid)) if self.avoid else None,
            **({"cover": True} if self.cover else {}), **({"boundary": self.boundary} if self.boundary else {}),
        }  # fmt: skip


def signatures(plans: Iterable[Plan]) -> set[str]:
    """What a task wants done, whatever it is called; a task that wants nothing done has none."""
    return {stable_hash([[c["name"], c["arguments"]] for c in plan]) for plan in plans if plan}


def avoided(path: Path, writes: frozenset[str]) -> frozenset[str]:
    """The signatures of tasks in a file: tasks, dialogues or datasets of ours, or an array of a benchmark's tasks.
    Raises ValueError, OSError."""
    text = path.read_text(encoding="utf-8-sig")
    whole: Any = parse_json(text) if text.lstrip().startswith("[") else None
    rows = whole if whole is not None else map(parse_json, filter(str.strip, text.split("\n")))
    return frozenset(s for row in rows for s in _signatures(row, writes))


def _signatures(row: Any, writes: frozenset[str]) -> set[str]:
    try:
        if "cove" in row:
            return signatures(row["cove"]["accept"])
        criteria = row.get("evaluation_criteria") or row
        actions = criteria.get("actions") or row.get("gold_actions") or ()
        plan = [{**a, "arguments": a.get("arguments", a.get("kwargs"))} for a in actions if a["name"] in writes]
        return signatures([plan])
    except (AttributeError, KeyError, TypeError):
        raise ValueError(f"holds something that is no task: {json.dumps(row, default=str)[:80]}") from None


__all__ = ["COMPOSED", "Boundary", "Dials", "avoided", "signatures"]
