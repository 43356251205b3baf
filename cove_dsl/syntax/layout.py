"""One layout for `.cove` files. In: a file's text. Out: the same tokens and comments in the same order, laid out anew;
or the problems that keep the file from being read.

The author's line breaks stay, as do columns that the author lined up; indentation, spaces, blank lines and lines that
are too long do not. Rows of a table may be longer than other lines. Guaranteed: no token or comment is lost, moved or
changed; laying out twice changes nothing more.
"""

from collections.abc import Iterator
from itertools import pairwise, zip_longest
from typing import Any, get_args

import attrs

from ..source import Diagnostic, SourceFile
from . import ast
from .columns import follow, line_up, mark_rows, place
from .parser import parse_piece, tokens_of
from .pieces import split
from .spacing import CLOSE, OPEN, OPERANDS, STEP, Bracket, Line, Token

UNIONS = (ast.Stmt, ast.RuleItem, ast.ScenarioItem, ast.TestItem)
ITEMS = (ast.Trigger, *(kind for union in UNIONS for kind in get_args(union)))
DEFINITIONS = frozenset({"DEFINE", "INVARIANT", "ASSERTION"})
LEAVES = frozenset({"FAIL", "SKIP", "UNKNOWN", "RETURN", "YIELD"})
ROW_WORDS = frozenset({"WHEN", "OTHERWISE"})
NOWHERE = -1  # the column of a token that was brought to another line


class Unreadable(Exception):
    """A file that cannot be laid out, because it cannot be read."""

    def __init__(self, problems: list[Diagnostic]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def format_text(file: SourceFile) -> str:
    """The text of a file, laid out. Raises Unreadable."""
    text = file.text
    for _ in range(4):  # lines that were broken may line up anew: once more settles it
        laid = _once(SourceFile(file.path, text))
        if laid == text:
            break
        text = laid
    return text


def _once(file: SourceFile) -> str:
    tokens = _tokens(file)
    lines = _lines(file.text, tokens)
    _indent(lines)
    mark_rows(lines)
    place(lines)
    line_up(lines)
    follow(lines)
    made = "".join(_written(lines))
    if [t.text for t in tokens] != _texts(made):
        raise AssertionError("the layout of a file changed its tokens")
    return made


# --- tokens -----------------------------------------------------------------------------------------------------------


def _texts(text: str) -> list[str]:
    return [text[start:end].rstrip() for _, start, end in tokens_of(text)]


def _tokens(file: SourceFile) -> list[Token]:
    """Every token and comment with what it was read as."""
    pieces, problems = split(file)
    kinds: dict[int, str] = {}
    begins: set[int] = set()
    tight: set[int] = set()
    for piece in pieces:
        seen: list[tuple[str, int, int]] = []
        nodes, found = parse_piece(piece, seen)
        problems += found
        kinds |= {piece.offset + start: kind for kind, start, _ in seen}
        begins |= {piece.offset + start for node in nodes for start in _items(node)}
        if any(isinstance(node, ast.RecogniserDecl | ast.FactDecl) for node in nodes):
            begins |= {piece.offset + start for kind, start, _ in seen if kind in ROW_WORDS}
        tight |= {piece.offset + start for node in nodes for start in _values(node)}
    if problems:
        raise Unreadable(problems)
    heads = {p.offset for p in pieces}
    made: list[Token] = []
    line, begun, ended = 0, 0, 0  # where this line begins, and where the token before began and ended
    for raw, start, end in tokens_of(file.text):
        line = max(line, file.text.rfind("\n", begun, start) + 1)
        gap = start - max(line, ended)
        text = file.text[start:end].rstrip()
        made.append(Token(text, kinds.get(start, raw), start, start - line, gap, start in heads, start in begins))
        made[-1].tight = start in tight and text == "{"
        begun, ended = start, start + len(text)
    _mark(made)
    _mark_tight(made)
    _mark_texts(made)
    return made


def _items(node: Any) -> Iterator[int]:
    """Where the statements and items of a declaration begin."""
    if isinstance(node, tuple):
        for part in node:
            if isinstance(part, ITEMS):
                yield part.span.start
            yield from _items(part)
    elif attrs.has(type(node)):
        for f in attrs.fields(type(node)):
            value = getattr(node, f.name)
            if isinstance(value, ast.Trigger):
                yield value.span.start
            if f.name != "span":
                yield from _items(value)


def _values(node: Any) -> Iterator[int]:
    """Where lists and maps in braces begin."""
    if isinstance(node, ast.ListExpr | ast.MapExpr):
        yield node.span.start
    if isinstance(node, tuple):
        for part in node:
            yield from _values(part)
    elif attrs.has(type(node)):
        for f in attrs.fields(type(node)):
            if f.name != "span":
                yield from _values(getattr(node, f.name))


def _mark_tight(tokens: list[Token]) -> None:
    """A closing brace stands as its opening one does."""
    stack: list[Token] = []
    for token in tokens:
        if token.text in OPEN and not token.comment:
            stack.append(token)
        elif token.text in CLOSE and stack:
            token.tight = stack.pop().tight


def _mark(tokens: list[Token]) -> None:
    """Signs that belong to what follows them, and words that begin a clause."""
    last: Token | None = None
    ifs, row, depth, head = 0, False, 0, ""
    for token in tokens:
        if token.comment:
            continue
        if last is not None and last.kind == "ELSE":
            last.clause = token.kind in LEAVES
        ifs += (token.kind == "IF") - (token.kind == "THEN" and ifs > 0)
        token.clause = token.kind == "BECAUSE" or (token.kind == "THEN" and ifs == 0 and row)
        row = (row or token.kind == "WHEN") and not (token.clause or (token.begins and token.kind != "WHEN"))
        ends = last is not None and (last.kind in OPERANDS or last.text in CLOSE or last.text == "?")
        token.unary = token.text == "-" and not ends
        depth += (token.text in OPEN) - (token.text in CLOSE)
        head = token.kind if token.first else head
        token.defines = token.text == "=" and depth == 0 and head in DEFINITIONS
        last = token


def _mark_texts(tokens: list[Token]) -> None:
    """Texts that are sentences: those outside the brackets of lists and arguments. Commas between elements."""
    held: list[bool] = []  # for each open bracket, whether it is that of a block
    names = False
    read = [t for t in tokens if not t.comment]
    for token, inner in zip_longest(read, read[1:]):
        names = token.kind == "FOR" or (names and token.kind != "IN")
        token.separates = token.text == "," and not names
        if token.text in OPEN:
            token.block = token.text == "{" and inner is not None and inner.begins
            held.append(token.block)
        elif token.text in CLOSE and held:
            held.pop()
        token.sentence = token.kind == "STRING" and all(held)


# --- lines ------------------------------------------------------------------------------------------------------------


def _lines(text: str, tokens: list[Token]) -> list[Line]:
    """Tokens by line: the author's lines, but every statement of a block that spans lines on one of its own."""
    breaks = _breaks(text, tokens)
    lines: list[Line] = []
    end, pulled = 0, False
    for token in tokens:
        between = text[end : token.start]
        newlines = between.count("\n")
        if newlines and token.defines and not lines[-1].tokens[-1].comment:  # the sign ends a line, and begins none
            token.column, newlines, pulled = NOWHERE, 0, True
        elif pulled:
            pulled, newlines = False, newlines or not (token.comment or _opens_alone(token, text))
        if not lines or newlines or token.start in breaks:
            lines.append(Line([], newlines > 1 and bool(lines)))
        lines[-1].tokens.append(token)
        end = token.start + len(token.text)
    for before, line in pairwise(lines):
        inside = before.tokens[-1].text in OPEN or line.tokens[0].text in CLOSE
        line.blank = line.blank and not inside
    return lines


def _opens_alone(token: Token, text: str) -> bool:
    """Whether a bracket is the last token of the author's line."""
    end = text.find("\n", token.start)
    return token.text in OPEN and text[token.start + 1 : end if end >= 0 else None].strip() == ""


def _breaks(text: str, tokens: list[Token]) -> set[int]:
    """Where a line must begin: the statements of blocks that span lines, and the ends of such blocks."""
    found: set[int] = set()
    stack: list[tuple[Token, list[Token]]] = []
    for token in tokens:
        if token.text in OPEN and not token.comment:
            stack.append((token, []))
        elif token.text in CLOSE and stack:
            opened, items = stack.pop()
            if items and text.find("\n", opened.start, token.start) >= 0:
                found |= {t.start for t in items} | {token.start}
        elif token.begins and stack and stack[-1][0].text == "{":
            stack[-1][1].append(token)
    previous = ""
    for token in tokens:  # `else if` is one
        if previous == "ELSE":
            found.discard(token.start)
        previous = token.kind
    return found


def _indent(lines: list[Line]) -> None:
    """How far in each line begins, and what sort of line it is."""
    stack: list[Bracket] = []
    previous: Token | None = None
    item = 0
    for line in lines:
        _classify(line, stack, previous)
        item = line.indent if line.kind in ("item", "closing") else item
        for token in line.tokens:
            if token.comment:
                continue
            if token.text in OPEN:
                heads = previous is not None and (previous.defines or previous.kind == "STRING")
                indent = 0 if heads and line.depth == 0 else item if token.block else line.indent
                stack.append(Bracket(indent, ends=token is line.tokens[-1] and not token.block))
            elif token.text in CLOSE and stack:
                stack.pop()
            elif token.kind == "FOR" and stack:
                stack[-1].loops = True
            previous = token


def _classify(line: Line, stack: list[Bracket], previous: Token | None) -> None:
    head, line.depth = line.tokens[0], len(stack)
    inner = stack[-1].indent + STEP if stack else 0
    if head.text in CLOSE and stack:
        line.kind, line.indent = "closing", stack[-1].indent
    elif head.comment:
        line.kind, line.indent = "comment", inner if stack else 0
    elif not stack:
        line.kind = "item" if head.first or (head.text == "{" and not head.tight) else "continuation"
        line.indent = 0 if line.kind == "item" else STEP
    elif head.begins or head.kind == "ROW":
        line.kind, line.indent = "item", inner
    elif previous is not None and (previous.text == "," or previous.text in OPEN):
        line.kind, line.indent = "element", inner
    else:
        clause = stack[-1].ends and (head.kind == "FOR" or (stack[-1].loops and head.kind in ("LET", "WHERE")))
        line.kind, line.indent = "continuation", inner if clause else inner + STEP


# --- text -------------------------------------------------------------------------------------------------------------


def _written(lines: list[Line]) -> Iterator[str]:
    runs = _runs(lines)
    at = 0
    while at < len(lines):
        line, end = lines[at], runs[at]
        broken = None
        if line.width > line.limit and end is not None:
            from .breaking import break_line

            broken = break_line([t for part in lines[at:end] for t in part.tokens], line.kind)
        if line.blank:
            yield "\n"
        yield (broken if broken is not None else _flat(line)) + "\n"
        at = end if broken is not None and end is not None else at + 1


def _runs(lines: list[Line]) -> list[int | None]:
    """For each line, up to where lines belong to the same elements, so that all fill lines anew; None if there is one
    among them that cannot be broken."""
    ends: list[int | None] = []
    for n in reversed(range(len(lines))):
        further = n + 1 < len(lines) and _goes_on(lines[n], lines[n + 1])
        end = ends[-1] if further else n + 1
        ends.append(end if _breakable(lines[n]) else None)
    return ends[::-1]


def _breakable(line: Line) -> bool:
    """Whether a line holds more than a comment, and no token that spans lines, nor a row of patterns."""
    held = [t for t in line.tokens if not t.comment]
    return bool(held) and not any("\n" in t.text or t.kind == "ROW" for t in held)


def _goes_on(one: Line, two: Line) -> bool:
    """Whether a line holds more of the elements of the line before."""
    alike = (two.kind, two.depth, two.indent) == ("element", one.depth, one.indent) and one.kind == "element"
    whole = all(not part.row and not part.tokens[-1].comment for part in (one, two))
    return alike and whole and not two.blank and _open(one) == 0 and _open(two) <= 0


def _open(line: Line) -> int:
    """How many brackets a line leaves open, or, below zero, closes that were open; 1 if it does both."""
    depth, least = 0, 0
    for token in line.tokens:
        depth += (token.text in OPEN) - (token.text in CLOSE)
        least = min(least, depth)
    return depth if depth == least or least == 0 else 1


def _flat(line: Line) -> str:
    made: list[str] = []
    at = 0
    for token in line.tokens:
        made.append(" " * (token.at - at) + token.text)
        at = max(at, token.at) + len(token) if "\n" not in token.text else len(token.text.rsplit("\n", 1)[-1])
    return "".join(made)


__all__ = ["Unreadable", "format_text"]
