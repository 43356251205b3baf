"""Where each token of a line stands. In: lines with their indentation. Out: the same, each token at its column.

Columns that the author lined up stay lined up; a line that goes on under something stays under it.
"""

from itertools import pairwise

from attrs import Factory, define

from .spacing import CLOSE, OPEN, OPERANDS, Bracket, Line, Token, space

LEADING = frozenset({"NOT", "IF", "SOME", "NO", "ANY", "ALL", "EARLIER", "LIST", "MAP", "REF"})  # words of an operand


@define(eq=False)
class Under:
    """Tokens that a line may stand under, by the author's column: of those in one column, each that stands further in
    than all that come after it."""

    tokens: dict[int, list[Token]] = Factory(dict)

    def add(self, token: Token) -> None:
        kept = self.tokens.setdefault(token.column, [])
        while kept and kept[-1].at <= token.at:
            kept.pop()
        kept.append(token)

    def last(self, column: int, beyond: int) -> Token | None:
        """The last token in a column that stands further in than `beyond`."""
        return next((t for t in reversed(self.tokens.get(column, [])) if t.at > beyond), None)


def place(lines: list[Line]) -> None:
    for line in lines:
        at = line.indent
        for n, token in enumerate(line.tokens):
            at += space(line.tokens[n - 1], token) if n else 0
            token.at = at
            at = at + len(token) if "\n" not in token.text else len(token.text.rsplit("\n", 1)[-1])


def line_up(lines: list[Line]) -> None:
    """Columns that the author lined up over neighbouring lines stay lined up."""
    run: list[Line] = []
    for line in lines:
        fits = run and not line.blank and line.depth == run[0].depth and line.indent == run[0].indent
        if not (fits and line.kind == run[0].kind and line.kind in ("item", "element")):
            _line_up_run(run)
            run = []
        run.append(line)
    _line_up_run(run)


def _line_up_run(run: list[Line]) -> None:
    if len(run) < 2 or any("\n" in t.text for line in run for t in line.tokens):
        return
    standing: dict[int, dict[int, int]] = {}  # for each column, which token of which line stands there
    for row, line in enumerate(run):
        for n, token in enumerate(line.tokens[1:], 1):
            standing.setdefault(token.column, {}).setdefault(row, n)
    for column in sorted({t.column for line in run for t in line.tokens[1:] if t.gap >= 2}):
        group: list[tuple[Line, int]] = []
        last = 0
        for row, n in standing[column].items():
            if group and (row != last + 1 or _sort(run[row].tokens[n]) != _sort(_token(group[0]))):
                _pad(group)
                group = []
            group.append((run[row], n))
            last = row
        _pad(group)


def _token(place: tuple[Line, int]) -> Token:
    return place[0].tokens[place[1]]


def _sort(token: Token) -> str:
    """What may stand in one column: operands, clauses and comments, or the same word or sign."""
    if token.clause or token.comment:
        return "clause"
    operand = token.kind in OPERANDS or token.kind in LEADING or token.unary or token.tight or token.text in "(["
    return "operand" if operand else token.text


def _pad(group: list[tuple[Line, int]]) -> None:
    if len(group) < 2 or not any(line.tokens[n].gap >= 2 for line, n in group):
        return
    target = max(line.tokens[n].at for line, n in group)
    for line, n in group:
        line.row = line.row or _opened(line, n)
    shifts = [(line, n, target - line.tokens[n].at) for line, n in group]
    near = [(line, n) for line, n, shift in shifts if not (shift and line.width + shift > line.limit >= line.width)]
    if len(near) < len(group):
        _pad(near)
        return
    for line, n, shift in shifts:
        if not shift:
            continue
        for token in line.tokens[n:]:
            token.at += shift


def _opened(line: Line, n: int) -> bool:
    """Whether a token stands in a bracket that was opened on its line."""
    depth = 0
    for token in line.tokens[:n]:
        depth = max(0, depth + (token.text in OPEN) - (token.text in CLOSE))
    return depth > 0


def mark_rows(lines: list[Line]) -> None:
    """Lines that hold one element each, and begin alike, are rows of a table."""
    for one, two in pairwise(lines):
        if one.depth == two.depth and not two.blank and all(_alone(line) for line in (one, two)):
            alike = [[t.kind for t in line.tokens[:2]] for line in (one, two)]
            one.row, two.row = (row or alike[0] == alike[1] for row in (one.row, two.row))


def _alone(line: Line) -> bool:
    """Whether a line holds a single element, and that whole."""
    depth, commas = 0, 0
    for token in line.tokens:
        depth += (token.text in OPEN) - (token.text in CLOSE)
        commas += token.separates and depth == 0
    return line.kind == "element" and depth == 0 and commas <= (line.tokens[-1].text == ",")


def follow(lines: list[Line]) -> None:
    """A line that goes on under something stays under it, and what it opens stays in it."""
    under = {"element": Under(), "continuation": Under()}
    stack: list[Bracket] = []
    begun = 0
    for line in lines:
        _shift(line, stack[-1].shift if stack else 0)
        if line.kind in under:
            found = under[line.kind].last(line.tokens[0].column, stack[-1].indent if stack else 0)
            if found is not None:
                _shift(line, found.at - line.tokens[0].at)
        if line.kind == "item":
            under, begun = {"element": Under(), "continuation": Under()}, line.shift
        _stand(line, under)
        for token in line.tokens:
            if token.text in OPEN and not token.comment:
                stack.append(Bracket(line.indent, begun if token.block else line.shift))
            elif token.text in CLOSE and stack:
                stack.pop()


def _stand(line: Line, under: dict[str, Under]) -> None:
    """Elements do not follow what a continuation begins with, nor continuations what another line begins with."""
    begins = "continuation" if line.kind == "continuation" else "element"
    for n, token in enumerate(line.tokens):
        for kind, tokens in under.items():
            if not token.comment and (n or kind == begins):
                tokens.add(token)


def _shift(line: Line, columns: int) -> None:
    for token in line.tokens:
        token.at += columns
    line.indent += columns
    line.shift += columns


__all__ = ["follow", "line_up", "mark_rows", "place"]
