"""A piece of text becomes a surface tree, or one problem. The only module that loads Lark."""

import functools
import hashlib
import sys
from pathlib import Path
from typing import Any

from ..source import Diagnostic, Piece, Span
from ..source.files import cache_folder
from . import ast, errors, pieces

DEEPEST_TREE = 120


class _NamesEverywhere:
    """Lets the contextual lexer read any word as a name, so `requirement` is never `require` and `ment`."""

    always_accept = ("NAME",)

    def process(self, stream: Any) -> Any:
        return stream


def grammar_path() -> Path:
    """The grammar of the checkout if there is one, else the packaged copy."""
    package = Path(__file__).resolve().parent.parent
    for candidate in (package.parent / "grammar" / "cove.lark", package / "grammar" / "cove.lark"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError("grammar/cove.lark is missing from this installation")


@functools.cache
def _lark() -> Any:
    """The parser, from saved tables where they are fresh."""
    import lark

    text = grammar_path().read_text(encoding="utf-8")
    key = hashlib.sha256(f"{text}{lark.__version__}{sys.version}".encode()).hexdigest()[:16]
    return lark.Lark(
        text,
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        maybe_placeholders=True,
        postlex=_NamesEverywhere(),
        start=["start", "expr"],
        cache=str(cache_folder() / f"grammar-{key}.lark"),
    )


@functools.cache
def _patterns() -> dict[str, str]:
    """Keyword terminals and the word each stands for."""
    return {t.name: t.pattern.value for t in _lark().terminals if t.pattern.type == "str"}


def parse_piece(piece: Piece) -> tuple[list[ast.Declaration], list[Diagnostic]]:
    """The declarations of a piece; a piece with a slip gives none and one problem."""
    problem = pieces.too_deep(piece)
    if problem is not None:
        return [], [problem]
    try:
        return _parse(piece.name, piece.text, 0, "start"), []
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


def _parse(piece: str, text: str, base: int, start: str) -> Any:
    import lark

    from .build import BadText, Builder

    try:
        tree = _lark().parse(text, start=start)
        _not_too_deep(tree, piece, base)
        builder = Builder(piece, base, lambda hole, offset: _parse(piece, hole, offset, "expr"))
        return builder.build(tree)
    except BadText as bad:
        raise _Slip(errors.bad_text(bad.message, Span(piece, bad.start, bad.end), bad.code)) from None
    except lark.exceptions.UnexpectedInput as error:
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
    import lark

    if isinstance(error, lark.exceptions.UnexpectedCharacters):
        at = getattr(error, "pos_in_stream", 0)
        if text[at] == '"':
            return errors.unclosed_text(Span(piece, base + at, base + _line_end(text, at)))
        return errors.strange_character(text[at], Span(piece, base + at, base + at + 1))
    token = getattr(error, "token", None)
    accepts = getattr(error, "accepts", None) or getattr(error, "expected", None) or ()
    if token is None or token.type == "$END":
        end = len(text.rstrip())
        place = Span(piece, base + max(0, end - 1), base + end)
        what = "this declaration" if base == 0 else "this `{…}`"
        return errors.unexpected(what, "", place, accepts, _patterns())
    place = Span(piece, base + token.start_pos, base + token.end_pos)
    return errors.unexpected(f"`{token}`", str(token), place, accepts, _patterns())


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
