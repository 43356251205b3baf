"""Tokens, lines and brackets with what a layout must know of them, and how far apart neighbours on a line stand."""

from attrs import define

WIDTH = 120
ROW_WIDTH = 160  # of a row of a table
STEP = 2
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, frozenset(")]}")
OPERANDS = frozenset({"NAME", "STRING", "INT", "DECIMAL", "MONEY", "DURATION", "DATETIME", "DATE", "TIME", "IT"})
SPARED = 24  # of what a sentence says, so much counts: a line is not too long because of what it says


@define(eq=False)
class Token:
    """A token or comment. `column` and `gap` are where the author put it: its column, and the spaces before it."""

    text: str
    kind: str
    start: int
    column: int
    gap: int
    first: bool = False
    begins: bool = False
    unary: bool = False
    tight: bool = False  # a brace of a list or map, which stands close to what it holds
    block: bool = False  # the brace of a block of statements
    clause: bool = False  # a `because`, an `else` that leaves, or the `then` of a row
    defines: bool = False  # the sign before what a name stands for
    separates: bool = False  # a comma between elements, not between the names of a `for`
    sentence: bool = False  # a text for people to read, not one in a list or among arguments
    at: int = 0  # the column it gets

    @property
    def comment(self) -> bool:
        return self.kind == "COMMENT"

    @property
    def counted(self) -> int:
        """How much of its width counts."""
        return min(len(self.text), SPARED) if self.sentence or self.comment else len(self.text)

    def __len__(self) -> int:
        return len(self.text)


def space(a: Token, b: Token) -> int:
    """How many spaces part two neighbours on a line."""
    if b.comment:
        return 2
    if b.begins:
        return 2 if a.text not in OPEN and a.kind != "ELSE" else int(a.text == "{")
    if b.text in (",", ")", "]", "?", ":", "..") or a.text in ("(", "[", "..", "."):
        return 0
    if a.text == "{" or b.text == "}":
        return 0 if (a.text == "{" and b.text == "}") or (a if a.text == "{" else b).tight else 1
    if b.clause:
        return 1 if b.kind == "THEN" else 2
    if b.text == ".":
        return min(b.gap, 1)
    if a.unary or (a.text == "?" and b.text == "."):
        return 0
    if b.text == "(":
        return 0 if a.kind == "NAME" else 1
    if b.text == "[":
        return 0 if a.kind in ("NAME", "LIST", "MAP", "IT") or a.text in (")", "]", "}") else 1
    return 1


@define(eq=False)
class Line:
    """Tokens that stand on one line. `kind` says what the line begins: an `item`, an `element` of a list, a
    `continuation`, a `closing` or a `comment`."""

    tokens: list[Token]
    blank: bool
    indent: int = 0
    kind: str = "item"
    depth: int = 0
    row: bool = False
    shift: int = 0

    @property
    def end(self) -> int:
        last = self.tokens[-1]
        return last.at + len(last.text.rsplit("\n", 1)[-1])

    @property
    def width(self) -> int:
        """How long the line is, of which a sentence or a comment counts only a little."""
        return self.end - sum(len(t) - t.counted for t in self.tokens)

    @property
    def limit(self) -> int:
        return ROW_WIDTH if self.row else WIDTH


@define(eq=False)
class Bracket:
    """An open bracket, with the indentation of its line, how far that line was shifted later, whether it ends that
    line, and whether a `for` was seen in it."""

    indent: int
    shift: int = 0
    ends: bool = False
    loops: bool = False


__all__ = ["CLOSE", "OPEN", "OPERANDS", "STEP", "WIDTH", "Bracket", "Line", "Token", "space"]
