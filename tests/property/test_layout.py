"""Laying out keeps what a file says: every token and comment, in order, and the tree that they make; and it settles.

Files are those of the project, every shown specification, and both again with their white space thrown about and
comments put wherever one may stand.
"""

import random
import re
from typing import Any

import attrs
import pytest

from cove_dsl.source import SourceFile
from cove_dsl.syntax import ast
from cove_dsl.syntax.layout import Unreadable, format_text
from cove_dsl.syntax.parser import parse_piece, tokens_of
from cove_dsl.syntax.pieces import decode, split
from tests.conftest import ROOT

FENCE = re.compile(r"^```cove[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for f in ("specs", "cove_dsl", "docs")
         for p in sorted((ROOT / f).rglob("*.cove"))}  # fmt: skip
PAGES = [*sorted((ROOT / "tests/cases").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = {
    f"{page.relative_to(ROOT)}:{n}": found
    for page in PAGES
    for n, found in enumerate(FENCE.findall(page.read_text(encoding="utf-8")))
}


def laid(text: str) -> str:
    return format_text(SourceFile("file.cove", text))


def readable(text: str) -> bool:
    file, problems = decode("file.cove", text.encode("utf-8", "surrogatepass"))
    pieces, more = split(file)
    return not problems and not more and not any(parse_piece(p)[1] for p in pieces)


TEXTS = {name: text for name, text in {**FILES, **BLOCKS}.items() if readable(text)}


def words(text: str) -> list[str]:
    return [text[a:b].rstrip() for _, a, b in tokens_of(text)]


def shape(node: Any) -> Any:
    """A tree without its places."""
    if isinstance(node, tuple | list):
        return [shape(n) for n in node]
    if attrs.has(type(node)):
        return (
            type(node).__name__,
            *(shape(getattr(node, f.name)) for f in attrs.fields(type(node)) if f.name != "span"),
        )
    return node


def trees(text: str) -> list[Any]:
    pieces, problems = split(SourceFile("file.cove", text))
    assert not problems
    found = []
    for piece in pieces:
        nodes, wrong = parse_piece(piece)
        assert not wrong, text
        found += [shape(n) for n in nodes]
    return found


def holds(text: str) -> str:
    """The laws, for one text; gives the text laid out."""
    made = laid(text)
    assert words(made) == words(text)
    assert laid(made) == made
    assert trees(made) == trees(text)
    assert comments(made) == comments(text)
    assert made == "" or made.endswith("\n")
    assert not any(line != line.rstrip() for line in _outside_texts(made))
    assert "\n\n\n" not in re.sub(r'"""(?:[^"\\]|\\.|"(?!""))*"""', '""', made)
    return made


def comments(text: str) -> list[tuple[str, bool, int]]:
    """Each comment, whether it has a line of its own, and how many tokens stand before it."""
    found, tokens, end = [], 0, 0
    for kind, start, after in tokens_of(text):
        if kind == "COMMENT":
            found.append((text[start:after].rstrip(), "\n" in text[end:start] or not end, tokens))
        tokens += kind != "COMMENT"
        end = start + len(text[start:after].rstrip())
    return found


def _outside_texts(text: str) -> list[str]:
    return re.sub(r'"""(?:[^"\\]|\\.|"(?!""))*"""', '""', text, flags=re.DOTALL).split("\n")


@pytest.mark.parametrize("name", TEXTS)
def test_laying_out_keeps_what_is_said(name):
    holds(TEXTS[name])


def test_there_is_enough_to_lay_out():
    assert len(TEXTS) > 250
    assert sum(len(words(t)) for t in TEXTS.values()) > 40_000


def thrown_about(text: str, dice: random.Random) -> str:
    """The same tokens with other white space between them, and new comments."""
    made, end = "", 0
    heads = {p.offset for p in split(SourceFile("file.cove", text))[0]}
    line = False
    for kind, start, after in tokens_of(text):
        between = text[end:start]
        close = made != "" and not between
        if start in heads or kind == "ROW":
            gap = "\n" * dice.choice((1, 1, 2, 4)) if made else ""
        elif line:
            gap = "\n" + " " * dice.randint(1, 9)
        elif close:
            gap = ""
        else:
            gap = dice.choice((" ", " ", "  ", "\t", " " * dice.randint(3, 30), "\n ", "\n\n\n   ", "\r\n  "))
        if not close and not line and dice.random() < 0.04:
            made += f"{dice.choice(('  ', ' ', chr(10) + '  '))}# said {dice.randint(0, 99)}"
            gap = "\n" + (" " * dice.randint(1, 5) if start not in heads else "")
        made += gap + text[start:after].rstrip()
        line, end = kind in ("COMMENT", "ROW"), start + len(text[start:after].rstrip())
    return made


@pytest.mark.parametrize("name", TEXTS)
def test_however_it_was_laid_out(name):
    text = thrown_about(TEXTS[name], random.Random(f"{name} 0"))
    if not readable(text):
        pytest.skip("white space took a token apart")
    holds(text)


def test_white_space_is_hardly_ever_to_blame():
    """Throwing about makes texts that can be read: else the law above would be about nothing."""
    made = [thrown_about(t, random.Random(f"{n} 0")) for n, t in TEXTS.items()]
    assert sum(map(readable, made)) > 0.9 * len(made)
    assert sum(t.count("# said") for t in made) > 300


def test_what_cannot_be_read_is_not_laid_out():
    for text in (
        "domain x\nrule r {",
        "hello",
        'domain x "',
        "domain x\x07",
        "domain x\nrule r { before call  require 1 + }",
    ):
        with pytest.raises(Unreadable) as caught:
            laid(text)
        assert caught.value.problems


def test_a_file_of_comments_alone():
    assert laid("") == ""
    assert laid("  # a\n\n\n\n#b  \n") == "# a\n\n#b\n"
    assert isinstance(ast.Domain, type)


@pytest.mark.parametrize("name", ["retail", "airline", "telecom", "clinic", "docs/examples/tea.cove"])
def test_specifications_mean_the_same(name):
    """Not the trees alone: all that was resolved and typed, but for places; and so what is made of it."""
    from cove_dsl.backends.python.emit import program_source
    from cove_dsl.pipeline import Compiler, find_spec, module_files, spec_files

    path = find_spec(name)
    modules = module_files(path)
    one, two = (
        Compiler().compile(files, modules).spec
        for files in (spec_files(path), [(n, thrown(t)) for n, t in spec_files(path)])
    )
    assert one is not None
    assert two is not None
    assert attrs.evolve(one, hash="") == attrs.evolve(two, hash="")
    places = re.compile(r"\{'path'.*?\}\}")
    sources = [places.sub("", re.sub(r"[0-9a-f]{64}|[0-9a-f]{16}", "", program_source(s))) for s in (one, two)]
    assert sources[0] == sources[1]


def thrown(text: bytes) -> bytes:
    """A text that was thrown about, laid out again."""
    for seed in range(9):
        made = thrown_about(text.decode(), random.Random(seed))
        if readable(made):
            return laid(made).encode()
    raise AssertionError("white space took a token apart, whatever the dice")
