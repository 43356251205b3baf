"""Tokens with what a layout must know of them, and how far apart neighbours on a line stand."""

from attrs import define

WIDTH = 120
STEP = 2
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, frozenset(")]}")
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


__all__ = ["CLOSE", "OPEN", "STEP", "WIDTH", "Token", "space"]
