"""What is odd about a judged conversation though no rule is broken: results that are not what the tools give in the
database, calls of tools that the specification does not know, calls whose arguments cannot be read.

In: the verify line of a conversation. Out: words for its line, notices for continuous integration, and a summary of
all. A misspelt tool in a log checks nothing: so it is never passed over in silence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import define, field

from ..source import suggest
from .cells import visible
from .differences import apart

KINDS = {
    "result differs": "a recorded result is not what the tool gives in the database",
    "unknown tool": "a tool that the specification does not know",
    "unreadable arguments": "the arguments of a call are no JSON object",
}


def in_short(row: dict[str, Any]) -> str:
    """The oddities of a conversation in a few words, or nothing."""
    odd = Counter(o["problem"] for o in row["odd_calls"])
    differing = len(list(_differing(row)))
    parts = [
        _many(differing, "result differs", "results differ"),
        _many(odd["unknown tool"], "call of an unknown tool", "calls of unknown tools"),
        _many(odd["unreadable arguments"], "unreadable call", "unreadable calls"),
    ]
    return ", ".join(filter(None, parts))


def _many(n: int, one: str, many: str) -> str:
    return "" if not n else f"{n} {one if n == 1 else many}"


def _differing(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Results that differ, without those of tools that nobody knows."""
    odd = {_place(o) for o in row["odd_calls"]}
    return (m for m in row["world"]["mismatches"] if _place(m) not in odd)


def _place(thing: dict[str, Any]) -> tuple[int, int | None]:
    return thing["event"]["message"], thing["event"].get("call")


def sentences(row: dict[str, Any], tools: Iterable[str], has_state: bool) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each oddity: its kind, its event, and what is odd there."""
    for odd in row["odd_calls"]:
        if odd["problem"] == "unknown tool":
            yield (
                odd["problem"],
                odd["event"],
                f"`{odd['tool']}` is not in the specification{_near(odd['tool'], tools)}",
            )
        else:
            yield odd["problem"], odd["event"], f"the arguments of `{odd['tool']}` are no JSON object"
    for wrong in _differing(row):
        yield "result differs", wrong["event"], told_apart(wrong, has_state)


def _near(tool: str, tools: Iterable[str]) -> str:
    near = suggest(tool, tools)
    return f"; did you mean `{near[0]}`?" if near else "."


def told_apart(wrong: dict[str, Any], has_state: bool) -> str:
    """Where a recorded result parts from ours, and how. `has_state`: a database was given; without one, ours is what
    earlier results have shown."""
    source = "in this database it is" if has_state else "after what came before, it should be"
    at, recorded, ours, more = apart(wrong["recorded"], wrong["expected"])
    places = f", and {more} more place{'s' if more > 1 else ''}" if more else ""
    return f"{f'{at}: ' if at else ''}`{recorded}` was recorded; {source} `{ours}`{places}"


@define(eq=False)
class Oddities:
    """The oddities of many conversations: how many in how many, and the first of each."""

    tools: tuple[str, ...]
    has_state: bool
    met: dict[str, list[str]] = field(factory=dict, init=False)
    first: dict[str, str] = field(factory=dict, init=False)

    def enter(self, row: dict[str, Any]) -> None:
        if "error" in row:
            return
        for kind, event, text in sentences(row, self.tools, self.has_state):
            name = text if kind == "unknown tool" else kind
            self.met.setdefault(name, []).append(str(row["id"]))
            self.first.setdefault(name, f"{visible(str(row['id']))}, message {event['message']}: {visible(text)}")

    def summary(self) -> list[str]:
        """A line for each kind of oddity, and for each tool that is not known."""
        return [f"warning: {self._line(name, ids)}" for name, ids in self.met.items()]

    def _line(self, name: str, ids: list[str]) -> str:
        conversations = _many(len(set(ids)), "conversation", "conversations")
        where = f"in {conversations}; the first in {self.first[name]}"
        if name == "result differs":
            what = "is not what the tool gives", "are not what the tools give"
            known = "in the database" if self.has_state else "after what came before"
            return f"{_many(len(ids), f'result {what[0]}', f'results {what[1]}')} {known}, {where}"
        if name == "unreadable arguments":
            return f"{_many(len(ids), 'call', 'calls')} with arguments that cannot be read, {where}"
        at = self.first[name].partition(": ")[0]
        calls = _many(len(ids), "call", "calls")
        return f"{visible(name)} {calls} in {conversations}, the first in {at}; no rule about a tool sees them"


__all__ = ["KINDS", "Oddities", "in_short", "sentences", "told_apart"]
