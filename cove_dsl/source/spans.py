"""Places in source text.

A file is cut into *pieces*, one top-level declaration each. Spans are relative to their piece, so a declaration that
did not change keeps its nodes, spans included, when the text above it grows. A `SourceMap` turns a span back into
path, line and column.
"""

from bisect import bisect_right
from typing import Any

from attrs import field, frozen


@frozen
class Span:
    """A half-open range of code points, counted from the start of its piece."""

    piece: str
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The range from the start of this span to the end of another of the same piece."""
        return Span(self.piece, self.start, max(self.end, other.end))


NOWHERE = Span("", 0, 0)


@frozen
class SourceFile:
    """One text with the name it is reported under. Newlines are as in the file."""

    path: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False, eq=False)

    @line_starts.default
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return tuple(starts)

    def line_of(self, offset: int) -> int:
        """The line, from 1, that holds a code-point offset."""
        return bisect_right(self.line_starts, offset)

    def line_text(self, line: int) -> str:
        """The text of a line, from 1, without its line break."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@frozen
class Location:
    """A span in its file: lines and columns from 1 in code points, `start` and `end` as code-point offsets."""

    file: SourceFile
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.file.line_of(self.start)

    @property
    def column(self) -> int:
        return self.start - self.file.line_starts[self.line - 1] + 1

    @property
    def end_line(self) -> int:
        return self.file.line_of(max(self.start, self.end - 1))

    @property
    def end_column(self) -> int:
        return self.end - self.file.line_starts[self.end_line - 1] + 1

    @property
    def text(self) -> str:
        return self.file.text[self.start : self.end]

    def to_json(self) -> dict[str, Any]:
        """The published shape: lines and columns in code points, offsets in UTF-8 bytes."""
        return {
            "path": self.file.path,
            "start": {"line": self.line, "column": self.column, "offset": _byte_offset(self.file, self.start)},
            "end": {"line": self.end_line, "column": self.end_column, "offset": _byte_offset(self.file, self.end)},
        }


def _byte_offset(file: SourceFile, offset: int) -> int:
    return len(file.text[:offset].encode("utf-8", "surrogatepass"))


@frozen
class Piece:
    """A stretch of one file that is parsed on its own. `name` is derived from its text, so it survives a move."""

    name: str
    file: SourceFile
    offset: int
    text: str = field(repr=False)


@frozen
class SourceMap:
    """Every piece of a specification, by name."""

    pieces: dict[str, Piece]

    def locate(self, span: Span) -> Location | None:
        """Where a span lies, or None for a span of generated text."""
        piece = self.pieces.get(span.piece)
        if piece is None:
            return None
        start = min(piece.offset + span.start, len(piece.file.text))
        return Location(piece.file, start, max(start, min(piece.offset + span.end, len(piece.file.text))))
