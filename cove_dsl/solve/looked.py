"""How far was looked for what was not found, for people and for programs."""

from typing import Any

from attrs import frozen

MOST_NAMES = 4  # of tools in a line


@frozen
class Looked:
    """How far was looked for what was not found. `calls` are those of the conversations, in their order, of which each
    may be left out that is not asked for; `worlds` how many rows a table has at most, and items a list or map; `limits`
    what was looked at instead of all there is, in words. What they do not name is complete: every amount, day, text."""

    calls: tuple[tuple[str, ...], ...] = ()
    worlds: tuple[tuple[int, int], ...] = ()
    limits: tuple[str, ...] = ()

    def __add__(self, other: "Looked") -> "Looked":
        """How far was looked with the questions of both."""
        worlds = dict.fromkeys((*self.worlds, *other.worlds))
        widest = (w for w in worlds if not any(v != w and v[0] >= w[0] and v[1] >= w[1] for v in worlds))
        calls, limits = (dict.fromkeys((*a, *b)) for a, b in ((self.calls, other.calls), (self.limits, other.limits)))
        return Looked(tuple(calls), tuple(widest), tuple(limits))


NOTHING = Looked()


def within(looked: Looked) -> str:
    """How far was looked, in part of a line."""
    names = list(dict.fromkeys(name for calls in looked.calls for name in calls))
    longest = max((len(calls) for calls in looked.calls), default=0)
    shown = ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
    calls = f"{_many(longest, 'call')} ({shown})" if names else "messages alone"
    worlds = " or ".join(f"{_many(r, 'row')} in a table and {_many(n, 'item')} in a list" for r, n in looked.worlds)
    return ", ".join((f"{calls}, {worlds}", *looked.limits))


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def looked_row(looked: Looked | None) -> dict[str, Any] | None:
    """`{calls[][], worlds[{rows, items}], limits[]}`."""
    if looked is None:
        return None
    worlds = [{"rows": rows, "items": items} for rows, items in looked.worlds]
    return {"calls": [list(c) for c in looked.calls], "worlds": worlds, "limits": list(looked.limits)}


__all__ = ["NOTHING", "Looked", "looked_row", "within"]
