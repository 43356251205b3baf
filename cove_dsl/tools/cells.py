"""Text in terminal cells: what a string looks like, how wide it is, and which part of a long line to show.

Any string enters; what leaves holds printable characters only. Control, format (bidirectional, zero-width), surrogate,
private and unassigned characters are spelled out as escapes.
"""

from itertools import accumulate
from unicodedata import category, east_asian_width

from attrs import frozen

TAB = 4
WIDEST = 160
BEFORE = 40
ELLIPSIS = "…"

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text with every character that a terminal would act on, or not show, spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def width(text: str) -> int:
    """How many cells a visible text takes: two for wide characters, none for combining marks."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@frozen
class Excerpt:
    """A line made ready for the screen: `text`, and the cell at which each code point from `first` on begins."""

    text: str
    first: int
    starts: tuple[int, ...]
    line_length: int

    def cell(self, column: int) -> int:
        """The cell where a column, from 0 in code points of the whole line, begins; the nearest shown if it was cut."""
        return self.starts[min(max(column - self.first, 0), len(self.starts) - 1)]


def excerpt(line: str, focus: int) -> Excerpt:
    """A line with tabs expanded and other characters visible; a very long one is cut to a window round `focus`."""
    first = max(0, focus - BEFORE) if len(line) > WIDEST else 0
    part = line[first : first + WIDEST]
    lead = ELLIPSIS if first else ""
    trail = ELLIPSIS if first + len(part) < len(line) else ""
    shown: list[str] = []
    at = len(lead)
    for char in part:
        shown.append(" " * (TAB - at % TAB) if char == "\t" else _shown(char))
        at += width(shown[-1])
    starts = tuple(accumulate(map(width, shown), initial=len(lead)))
    return Excerpt(lead + "".join(shown) + trail, first, starts, len(line))


def _shown(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    kind = category(char)
    return f"\\u{{{ord(char):x}}}" if kind[0] == "C" or kind in ("Zl", "Zp") else char


def _cells(char: str) -> int:
    if category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in ("W", "F") else 1
