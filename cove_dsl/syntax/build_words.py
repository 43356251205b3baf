"""Names, texts and numbers: the smallest parts of the surface tree, from tokens."""

import re
import textwrap
from collections.abc import Callable
from typing import Any

from lark import Token

from ..source import Span
from . import ast

ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "{": "{", "}": "}"}
HOLE = "\0"
LONGEST_NUMBER = 40
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BadText(Exception):
    """A slip inside one literal; carries the piece-relative offsets, what is wrong, and the code it goes by."""

    def __init__(self, start: int, end: int, message: str, code: str = "bad-text") -> None:
        super().__init__(message)
        self.start, self.end, self.message, self.code = start, end, message, code


def unquote(raw: str) -> str:
    """A string token's value: quotes off, escapes resolved, a triple-quoted one dedented."""
    if raw.startswith('"""'):
        return unescape(laid_out(raw[3:-3]))
    return unescape(raw[1:-1])


def laid_out(body: str) -> str:
    """The body of a triple-quoted text without the margin that its lines share."""
    return textwrap.dedent(body.replace("\r\n", "\n")).strip("\n")


def unescape(raw: str) -> str:
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), raw, flags=re.DOTALL) if "\\" in raw else raw


def kept(children: list[Any]) -> tuple[Any, ...]:
    """The children that are there: optional parts that were left out come as None."""
    return tuple(c for c in children if c is not None)


class Words:
    """What builds words, texts and numbers of one piece. `base` is the piece-relative offset of the text being
    parsed."""

    def __init__(self, piece: str, base: int, parse_hole: Callable[[str, int], ast.Expr]) -> None:
        self.piece, self.base, self.parse_hole = piece, base, parse_hole

    def span(self, meta: Any) -> Span:
        return (
            Span(self.piece, self.base + meta.start_pos, self.base + meta.end_pos)
            if not meta.empty
            else Span(self.piece, 0, 0)
        )

    def token_span(self, token: Token) -> Span:
        return Span(self.piece, self.base + (token.start_pos or 0), self.base + (token.end_pos or 0))

    def word(self, token: Token | None) -> Any:
        """A name that the specification gives to something of its own: letters, digits and `_`."""
        if token is not None:
            self.plain(token, self.token_span(token))
        return self.wire_word(token)

    def plain(self, name: str, span: Span) -> None:
        if not PLAIN.fullmatch(name):
            message = f"`{name}` can only be the name of a tool, an argument or a field"
            raise BadText(span.start, span.end, message, "odd-name")

    def wire_word(self, token: Token | None) -> Any:
        """A name that others gave to a tool, an argument or a field, or a use of one: whatever they chose."""
        return None if token is None else ast.Word(str(token), self.token_span(token))

    def doc(self, token: Token | None) -> str | None:
        if token is None or token.startswith('"""'):
            return self.quoted(token)  # type: ignore[no-any-return]
        return " ".join(self.quoted(token).split())

    def words(self, tokens: list[Token | None]) -> tuple[ast.Word, ...]:
        return tuple(self.wire_word(t) for t in tokens if t is not None)

    def quoted(self, token: Token | None) -> Any:
        """The value of a text without holes."""
        if token is None:
            return None
        self.check_escapes(token)
        return unquote(token)

    def check_escapes(self, token: Token) -> None:
        for match in re.finditer(r"\\(.)", token, re.DOTALL):
            if match[1] not in ESCAPES:
                at = self.token_span(token).start + match.start()
                raise BadText(at, at + 2, f"there is no escape `{match[0]}`; write `\\\\` for the sign itself")

    def text(self, token: Token) -> ast.Text:
        """A text literal with its holes parsed."""
        self.check_escapes(token)
        quote = 3 if token.startswith('"""') else 1
        body, start = str(token)[quote:-quote].replace(HOLE, " "), self.token_span(token).start + quote
        found = holes(body, start)
        exprs = [self.parse_hole(body[a + 1 : b], start + a + 1) for a, b in found]
        for opening, closing in reversed(found):
            body = f"{body[:opening]}{HOLE}{body[closing + 1 :]}"
        first, *rest = (laid_out(body) if quote == 3 else body).split(HOLE)
        parts: list[str | ast.Expr] = [unescape(first)]
        for expr, after in zip(exprs, rest, strict=True):
            parts += [expr, unescape(after)]
        return ast.Text(tuple(p for p in parts if p != ""), self.token_span(token))

    def digits(self, token: Token) -> str:
        """A number's text, if it is one that anybody means."""
        if len(token) > LONGEST_NUMBER:
            span = self.token_span(token)
            raise BadText(span.start, span.end, f"a number has at most {LONGEST_NUMBER} digits", "bad-literal")
        return str(token)

    def moment_of(self, token: Token, reader: Callable[[str], Any], what: str) -> str:
        """The text of a date or time that exists."""
        try:
            reader(str(token))
        except ValueError:
            span = self.token_span(token)
            raise BadText(span.start, span.end, f"there is no such {what} as `{token}`", "bad-literal") from None
        return str(token)


def holes(body: str, offset: int) -> list[tuple[int, int]]:
    """Where the `{…}` holes of a text lie. Raises BadText for a brace that is never closed."""
    found: list[tuple[int, int]] = []
    depth, opening, at = 0, 0, 0
    while at < len(body):
        char = body[at]
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
            opening = at if depth == 1 else opening
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                found.append((opening, at))
        at += 1
    if depth:
        raise BadText(
            offset + opening, offset + opening + 1, "this `{` is never closed; write `\\{` for the sign itself"
        )
    return found
