"""Where two values part: the first place, by JSON pointer, and what stands there on either side.

In: a recorded result (its text) and what the sandbox gave. Out: one phrase, never longer than a line, whatever the
length of the values.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.likeness import alike
from ..world.state import dumps, escaped

WIDEST = 60
BEFORE = 16
MOST = 100


def apart(recorded: Any, ours: Any) -> tuple[str, str, str, int]:
    """A pointer to the first place that differs (empty: the whole), both sides there as short texts, and how many more
    places differ."""
    read = _read(recorded) if not isinstance(ours, str) else recorded
    first, *more = list(islice(_places(read, ours, ""), MOST)) or [("", recorded, ours)]
    at, a, b = first
    return (at, *_shown(a, b), len(more))


def _read(text: Any) -> Any:
    try:
        return parse_json(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _places(a: Any, b: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """Each smallest place that differs; lists of another length as a whole, once their common part is alike."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in {**a, **b}:
            yield from _places(a.get(name), b.get(name), f"{at}/{escaped(name)}")
    elif isinstance(a, list) and isinstance(b, list):
        for i, (one, two) in enumerate(zip(a, b, strict=False)):
            yield from _places(one, two, f"{at}/{i}")
        for i in range(min(len(a), len(b)), max(len(a), len(b))):
            yield f"{at}/{i}", a[i] if i < len(a) else None, b[i] if i < len(b) else None
    elif not alike(a, b):
        yield at, a, b


def _shown(a: Any, b: Any) -> tuple[str, str]:
    """Both sides, cut so that the place where they part is seen."""
    one, two = (v if isinstance(v, str) else "nothing" if v is None else dumps(v) for v in (a, b))
    if max(len(one), len(two)) <= WIDEST:
        return one, two
    same = next((i for i, (x, y) in enumerate(zip(one, two, strict=False)) if x != y), min(len(one), len(two)))
    return _cut(one, same), _cut(two, same)


def _cut(text: str, at: int) -> str:
    start = max(0, at - BEFORE) if at > WIDEST - BEFORE else 0
    end = start + WIDEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


__all__ = ["apart"]
