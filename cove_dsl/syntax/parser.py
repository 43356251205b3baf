"""A piece of text becomes a surface tree, or one problem. The only module that loads Lark."""

import functools
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..source import Diagnostic, Piece, Span
from ..source.files import cache_folder
from . import ast, errors, pieces, slips

DEEPEST_TREE = 120


def grammar_path() -> Path:
    """The grammar of the checkout if there is one, else the packaged copy."""
    package = Path(__file__).resolve().parent.parent
    for candidate in (package.parent / "grammar" / "cove.lark", package / "grammar" / "cove.lark"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError("grammar/cove.lark is missing from this installation")


@functools.cache
def _lark() -> Any:
    """The grammar's tables, saved ones where they are fresh."""
    import lark

    text = grammar_path().read_text(encoding="utf-8")
    key = hashlib.sha256(f"{text}{lark.__version__}{sys.version}".encode()).hexdigest()[:16]
    return lark.Lark(
        text,
        parser="lalr",
        lexer="basic",
        propagate_positions=False,
        maybe_placeholders=True,
        start=["start", "expr"],
        cache=str(cache_folder() / f"grammar-{key}.lark"),
    )


@functools.cache
def _driver() -> Any:
    from .drive import Driver

    return Driver.of(_lark())


@functools.cache
def _patterns() -> dict[str, str]:
    """Keyword terminals and the word each stands for."""
    return {t.name: t.pattern.value for t in _lark().terminals if t.pattern.type == "str"}


def tokens_of(text: str) -> Iterator[tuple[str, int, int]]:
    """Every token and comment of a text that can be read, by the terminal that it looks like, without white space."""
    driver, at = _driver(), 0
    while at < len(text):
        found = driver.token.match(text, at)
        if found is None:
            raise ValueError(f"no token begins at {at}")
        if found.lastgroup != "WHITESPACE":
            yield found.lastgroup or "", at, found.end()
        at = found.end()


def parse_piece(
    piece: Piece, seen: list[tuple[str, int, int]] | None = None
) -> tuple[list[ast.Declaration], list[Diagnostic]]:
    """The declarations of a piece; a piece with a slip gives none and one problem. `seen` hears of its tokens."""
    problem = pieces.too_deep(piece)
    if problem is not None:
        return [], [problem]
    try:
        return _parse(piece.name, piece.text, 0, "start", seen), []
    except _Slip as slip:
        return [], [slip.problem]
    except RecursionError:
        return [], [errors.nested(Span(piece.name, 0, len(piece.text.split("\n", 1)[0])))]


def parse_expr(text: str, piece: str = "", base: int = 0) -> ast.Expr:
    """One expression. Raises ValueError with the problem's message."""
    try:
        found: ast.Expr = _parse(piece, text, base, "expr")
    except (_Slip, RecursionError) as slip:
        raise ValueError(str(slip)) from None
    return found


class _Slip(Exception):
    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _parse(piece: str, text: str, base: int, start: str, seen: list[tuple[str, int, int]] | None = None) -> Any:
    from .build import Builder
    from .build_words import BadText
    from .drive import Unexpected

    try:
        tree = _driver().read(text, start, seen)
        _not_too_deep(tree, piece, base)
        builder = Builder(piece, base, lambda hole, offset: _parse(piece, hole, offset, "expr"))
        return builder.build(tree)
    except BadText as bad:
        raise _Slip(errors.bad_text(bad.message, Span(piece, bad.start, bad.end), bad.code)) from None
    except Unexpected as error:
        raise _Slip(_problem(error, piece, text, base)) from None


def _not_too_deep(tree: Any, piece: str, base: int) -> None:
    """Refuses a tree whose levels no phase after this one could walk: long chains of `+` nest without brackets."""
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > DEEPEST_TREE:
            at = base + next((t.meta.start_pos for t in level if not t.meta.empty), 0)
            raise _Slip(errors.nested(Span(piece, at, at + 1)))
        level = [child for node in level for child in node.children if hasattr(child, "children")]


def _problem(error: Any, piece: str, text: str, base: int) -> Diagnostic:
    start, end = error.start, error.end
    if not error.kind:
        if text[start] == '"':
            return errors.unclosed_text(Span(piece, base + start, base + _line_end(text, start)))
        return errors.strange_character(text[start], Span(piece, base + start, base + end))
    if error.kind == "$END":
        last = len(text.rstrip())
        place = Span(piece, base + max(0, last - 1), base + last)
        opened = _opened(text) if base == 0 else None
        if opened is not None:
            return errors.unclosed_bracket(text[opened], Span(piece, opened, opened + 1), place)
        what = "this declaration" if base == 0 else "this `{…}`"
        return errors.unexpected(what, "", place, error.accepts, _patterns())
    found, place = text[start:end], Span(piece, base + start, base + end)
    known = slips.advice(found, text[:start], text[end:])
    return errors.unexpected(f"`{found}`", found, place, error.accepts, _patterns(), known)


def _opened(text: str) -> int | None:
    """Where the innermost bracket that is never closed was opened."""
    open_at: list[int] = []
    for _, start, end in tokens_of(text):
        sign = text[start:end]
        if sign in ("{", "(", "["):
            open_at.append(start)
        elif sign in ("}", ")", "]") and open_at:
            open_at.pop()
    return open_at[-1] if open_at else None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
