"""Bytes become checked text, and text becomes pieces: one top-level declaration each.

A piece begins at a declaration's word in column 0, outside text literals and comments. Pieces are parsed alone, so a
slip in one never hides another, and an unchanged piece is never parsed twice.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from ..source import Diagnostic, Label, Piece, SourceFile, Span, suggest

LIMIT_BYTES = 1_000_000
DEEPEST = 60
MOST_CHARACTERS = 5
DECLARATIONS = (
    "domain",
    "clock",
    "module",
    "use",
    "tools",
    "enum",
    "record",
    "variant",
    "table",
    "state",
    "describe",
    "invariant",
    "define",
    "assertion",
    "lookup",
    "recogniser",
    "fact",
    "effect",
    "tool",
    "sync",
    "generate",
    "fixture",
    "rule",
    "exception",
    "scenario",
    "compose",
    "test",
)
_TEXT_OR_COMMENT = r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\[^\n])*"|#[^\n]*|`[^`\n]+`'
_WORDS = rf"(?:user[ \t]+|read[ \t]+|write[ \t]+)*(?:{'|'.join(DECLARATIONS)})"
_STARTS = re.compile(rf"(?P<skip>{_TEXT_OR_COMMENT})|^(?P<word>{_WORDS})\b(?![ \t]*[:=(,.])", re.MULTILINE | re.DOTALL)
_BRACKETS = re.compile(rf"(?P<skip>{_TEXT_OR_COMMENT})|(?P<open>[\[({{])|(?P<close>[\])}}])", re.DOTALL)
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
    r"|\r(?!\n)"
)


def decode(path: str, data: bytes) -> tuple[SourceFile, list[Diagnostic]]:
    """Text of a file, or an empty text and the reason. A leading byte-order mark is dropped."""
    empty = SourceFile(path, "")
    if len(data) > LIMIT_BYTES:
        return empty, [
            _file_problem(
                path,
                "file-too-large",
                f"this file holds {len(data):,} bytes; a specification has at most {LIMIT_BYTES:,}",
            )
        ]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return empty, [
            _file_problem(path, "not-utf8", f"this file is not UTF-8 text: byte {error.start} cannot be read")
        ]
    return SourceFile(path, text), []


def _file_problem(path: str, code: str, message: str) -> Diagnostic:
    return Diagnostic(code, message, (Label(Span(whole_file(path), 0, 0)),))


def whole_file(path: str) -> str:
    """The name of the piece that stands for a whole file."""
    return f"file:{path}"


def split(file: SourceFile) -> tuple[list[Piece], list[Diagnostic]]:
    """The pieces of a file in order, each named by the hash of its text, and problems that concern characters.

    A forbidden character is reported once and read as white space, so it stays one problem.
    """
    text = FORBIDDEN.sub(lambda m: "\n" if m[0] == "\r" else " ", file.text)
    starts = [m.start() for m in _STARTS.finditer(text) if m.group("word")]
    preamble = text[: starts[0]] if starts else text
    pieces = _named(file, text, pairwise([*starts, len(text)]))
    stray = _stray(preamble)
    problems = _bad_characters(file)
    if stray is not None:
        problems.append(_not_a_declaration(Span(whole_file(file.path), *stray), preamble[slice(*stray)]))
    return pieces, problems


def _not_a_declaration(span: Span, found: str) -> Diagnostic:
    near = suggest(found, DECLARATIONS)
    meant = ("did you mean " + " or ".join(f"`{w}`" for w in near) + "?",) if near else ()
    return Diagnostic(
        "expected-declaration",
        "expected a declaration at the start of a line",
        (Label(span, "this begins none"),),
        notes=() if near else (f"a declaration begins with one of {', '.join(f'`{w}`' for w in DECLARATIONS)}",),
        help=meant,
    )


def _named(file: SourceFile, text: str, ranges: Iterable[tuple[int, int]]) -> list[Piece]:
    seen: dict[str, int] = {}
    pieces = []
    for start, end in ranges:
        body = text[start:end].rstrip()
        digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[digest] = seen.get(digest, 0) + 1
        name = f"{file.path}@{digest}" + (f"#{seen[digest]}" if seen[digest] > 1 else "")
        pieces.append(Piece(name, file, start, body))
    return pieces


def _stray(preamble: str) -> tuple[int, int] | None:
    blank = re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), preamble)
    match = re.search(r"\S+", blank)
    return (match.start(), match.end()) if match else None


def _bad_characters(file: SourceFile) -> list[Diagnostic]:
    problems, seen = [], set()
    for match in FORBIDDEN.finditer(file.text):
        if match[0] in seen:
            continue
        seen.add(match[0])
        problems.append(_bad_character(match[0], Span(whole_file(file.path), match.start(), match.end())))
    return problems[:MOST_CHARACTERS]


def _bad_character(char: str, span: Span) -> Diagnostic:
    if char == "\r":
        message = "a carriage return stands without its line feed"
        return Diagnostic("forbidden-character", message, (Label(span, "here first"),), help=("save with line feeds",))
    name = unicodedata.name(char, "")
    shown = f"{name} (U+{ord(char):04X})" if name else f"U+{ord(char):04X}"
    return Diagnostic(
        "forbidden-character",
        f"the invisible character {shown} is not allowed in a specification",
        (Label(span, "here first"),),
        notes=("control and direction-changing characters can make text read differently from what it says",),
    )


def too_deep(piece: Piece) -> Diagnostic | None:
    """A problem if brackets nest deeper than any reader could follow."""
    depth = 0
    for match in _BRACKETS.finditer(piece.text):
        depth += bool(match["open"]) - bool(match["close"])
        if depth > DEEPEST:
            return Diagnostic(
                "nested-too-deeply",
                f"brackets nest deeper than {DEEPEST} levels",
                (Label(Span(piece.name, match.start(), match.end())),),
            )
    return None
