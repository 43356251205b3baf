"""Names and texts of others as `.cove` spells them."""

import inspect
import re
from collections.abc import Collection, Iterable

from ...semantics.builtins import BUILTINS
from ...semantics.environment import RESERVED
from ...syntax.pieces import FORBIDDEN

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONGEST_NAME = 200
# Words that begin or join expressions: a value called like one would have to stand in backquotes wherever it is used.
OPERATORS = frozenset(
    {"and", "or", "not", "some", "no", "in", "is", "if", "then", "else", "any", "all", "of", "earlier", "where", "with"}
    | {"ordered", "preferring", "by", "for", "let", "lowest", "highest", "because", "fails", "gives", "into"}
)


def wire_name(name: str) -> str | None:
    """A tool's, argument's or field's name as it is written; None where no specification can hold it."""
    if not 0 < len(name) <= LONGEST_NAME:
        return None
    if PLAIN.fullmatch(name):
        return name
    fits = not re.search(r"[`\n]", name) and not FORBIDDEN.search(name)
    return f"`{name}`" if fits else None


def words_of(name: str) -> list[str]:
    """The words in a name, whatever joins them."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[A-Za-z0-9]+", spaced)


def type_name(hint: str, taken: Collection[str]) -> str:
    """A name for a type, in the manner of types, that nothing else has."""
    made = "".join(w[:1].upper() + w[1:] for w in words_of(hint))[:60] or "Type"
    return _apart(made if made[0].isalpha() else f"T{made}", taken)


def value_name(wire: str, taken: Collection[str]) -> str:
    """A name for a value of an enum."""
    made = wire if PLAIN.fullmatch(wire) else re.sub(r"[^A-Za-z0-9]+", "_", wire).strip("_")[:60]
    made = made or ("minus" if wire.startswith("-") else "empty" if not wire.strip() else "value")
    made = made if not made[0].isdigit() else f"v{made}"
    clash = made in RESERVED or made in BUILTINS or made in OPERATORS
    return _apart(f"{made}_" if clash else made, taken)


def plain_name(text: str, fallback: str) -> str:
    """A plain word for a domain."""
    made = "_".join(w.lower() for w in words_of(text))[:60]
    return made if made and made[0].isalpha() else fallback


def _apart(name: str, taken: Collection[str]) -> str:
    made, n = name, 2
    while made in taken:
        made, n = f"{name}_{n}", n + 1
    return made


def clean(text: str) -> str:
    """A text without the characters that nobody sees."""
    return FORBIDDEN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def quoted(text: str) -> str:
    """A documentation text as it is written: one line, or a block that keeps its lines."""
    text = clean(text)
    if "\n" not in text.strip():
        return '"' + _escaped(" ".join(text.split())).replace('"', '\\"') + '"'
    body = inspect.cleandoc(text)
    lines = _escaped(body).replace('"""', '\\"\\"\\"').splitlines()
    return "\n".join(['"""', *(f"  {line}".rstrip() for line in lines), '  """'])


def text_literal(text: str) -> str:
    """A text literal outside documentation: an enum's wire word."""
    escaped = _escaped(text).replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")


def comment(text: str, width: int = 118) -> list[str]:
    """Lines of a comment."""
    lines: list[str] = []
    for word in " ".join(clean(text).split()).split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"# {word}")
    return lines


def series(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)
