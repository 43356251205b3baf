"""The bytes of each record of a file that may be larger than memory: lines, or the elements of JSON arrays.

In: a stream of bytes, and how many one record may have. Out: a `Piece` for each, unparsed. Guaranteed: memory is
bounded by one record; a piece that cannot be read says why.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from attrs import frozen

from cove_dsl.backends.python.runtime.exact import MAX_DEPTH

MAX_ID = 1000


@frozen
class Piece:
    """The text of one record and where it begins. `key` names the array it is in; `problem`: it can't be read."""

    text: bytes
    line: int
    key: str | None = None
    problem: str | None = None


BOM = b"\xef\xbb\xbf"
_CHUNK = 2**20


def _too_long(limit: int) -> str:
    return f"the record is longer than {limit:,} bytes"


def split_lines(stream: BinaryIO, limit: int) -> Iterator[Piece]:
    """The non-blank lines of a file."""
    stream.seek(0)
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            while (rest := stream.readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield Piece(b"", number, problem=_too_long(limit))
        elif text := line.removeprefix(BOM if number == 1 else b"").strip():
            yield Piece(text, number)


def split_arrays(stream: BinaryIO, limit: int) -> Iterator[Piece]:
    """The elements of a file's array, or of every array that is a member of a file's object."""
    stream.seek(0)
    splitter = _Splitter(limit)
    while not splitter.closed and (chunk := stream.read(_CHUNK)):
        yield from splitter.feed(chunk)
    if not splitter.closed:
        yield Piece(b"", splitter.line, problem="the file ends inside a record or an array")
    elif splitter.rest.strip() or any(chunk.strip() for chunk in iter(lambda: stream.read(_CHUNK), b"")):
        yield Piece(b"", splitter.line, problem="something follows the end of the file's first value")


def array_keys(stream: BinaryIO, until: set[str]) -> set[str]:
    """The names of the arrays that are members of a file's first object, read until one of `until` is met."""
    stream.seek(0)
    splitter = _Splitter(limit=0, deepest=MAX_DEPTH)
    while not splitter.closed and not splitter.keys & until and (chunk := stream.read(_CHUNK)):
        for _ in splitter.feed(chunk):
            if splitter.keys & until:
                break
    return splitter.keys


_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')


class _Splitter:
    """Finds the elements of the outer arrays of a JSON text that arrives in chunks, without parsing them.

    Only the text of the element at hand is kept, and no more than `limit` bytes of it.
    """

    def __init__(self, limit: int, deepest: float = float("inf")) -> None:
        self.limit = limit
        self.deepest = deepest  # deeper than this, we stop looking
        self.keys: set[str] = set()
        self.line = 1
        self.closed = False
        self.rest = b""  # of the last chunk, after the end of the value
        self._depth = 0
        self._split_at = 0  # the depth at which commas part elements; 0 outside the outer arrays
        self._key: str | None = None
        self._in_string = False
        self._skip = 0  # bytes at the start of the next chunk that an escape has used up
        self._held = bytearray()
        self._size = 0
        self._began = 1

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        position, start = self._skip, 0
        while mark := (_INSIDE if self._in_string else _OUTSIDE).search(chunk, position):
            position = mark.end()
            sign = mark[0]
            if sign == b'"':
                self._in_string = not self._in_string
            elif sign == b"\\":
                position += 1
            elif self._depth > self.deepest:
                self.closed = True
                return
            elif self._parts(sign):
                self._hold(chunk[start : position - 1])
                start = position
                if piece := self._part(sign):
                    yield piece
                if self.closed:
                    self.rest = chunk[start:]
                    return
        self._skip = max(position - len(chunk), 0)
        self._hold(chunk[start:])

    def _parts(self, sign: bytes) -> bool:
        """Keeps count of the nesting; whether this sign begins or ends an element, or a member of the outer object."""
        if sign == b",":
            return self._depth in (1, self._split_at)
        self._depth += 1 if sign in b"[{" else -1
        if sign in b"[{":
            return self._depth == 1 or (self._depth == 2 and sign == b"[" and not self._split_at)
        return self._depth <= 0 or self._depth < self._split_at

    def _hold(self, text: bytes) -> None:
        """Adds to the text at hand, and keeps count of lines."""
        if not self._held:
            blank = len(text) - len(text.lstrip())
            self._began = self.line + text.count(b"\n", 0, blank)
            self._held += text[blank : blank + max(self.limit, MAX_ID)]
            self._size = len(text) - blank
        else:
            self._size += len(text)
            self._held += text[: max(self.limit, MAX_ID) - len(self._held)]
        self.line += text.count(b"\n")

    def _part(self, sign: bytes) -> Piece | None:
        """Ends the text at hand at this sign, and gives it out where it is an element."""
        text, size = bytes(self._held), self._size
        self._held.clear()
        self._size = 0
        if sign in b"[{":
            self._open(sign, text)
            return None
        key, inside = self._key, self._split_at
        if sign != b"," and self._depth < self._split_at:
            self._split_at, self._key = 0, None
        self.closed = self._depth <= 0
        if not inside or not size:
            return None
        return Piece(text, self._began, key, _too_long(self.limit) if size > self.limit else None)

    def _open(self, sign: bytes, text: bytes) -> None:
        if sign == b"[":
            self._split_at = self._depth
        if self._depth == 2:
            self._key = text.rstrip(b": \t\r\n").strip(b'"').decode("utf-8", "replace")
            self.keys.add(self._key)
