"""Laying out takes work in proportion to what is laid out, whatever shape that has."""

import pytest

from cove_dsl.source import SourceFile
from cove_dsl.syntax.layout import format_text
from tests.support.work import Copied, work

FEW, MANY = 60, 240
SHAPES = {
    "a chain on one line": lambda n: f"define a -> bool = {' and '.join(['true'] * n)}\n",
    "a chain over lines": lambda n: "define a -> bool = true\n" + "  and true\n" * n,
    "brackets on one line": lambda n: f"define a -> list[list[int]] = [{', '.join(['[1]'] * n)}]\n",
    "calls in a row": lambda n: f"define a -> bool = {' and '.join(['f(1) == f(2)'] * n)}\n",
    "maps over lines": lambda n: "define a -> list[map[text, int]] = [\n" + '  {"a": 1},\n' * n + "]\n",
    "elements that go on": lambda n: "define a -> list[int] = [\n" + "  1\n  + 1,\n" * n + "]\n",
    "elements that are too long": lambda n: "define a -> list[text] = [\n" + f'  "{"x" * 130}",\n' * n + "]\n",
    "elements over lines": lambda n: "define a -> list[text] = [\n" + f'  """a\nb""", "{"x" * 130}",\n' * n + "]\n",
    "comments in a list": lambda n: "define a -> list[int] = [\n" + f"  1,  # {'x' * 130}\n" * n + "]\n",
    "signs that are brought up": lambda n: "".join(f"define a{i} -> int\n  = (\n  1)\n" for i in range(n)),
    "statements": lambda n: "tool t() {\n" + '  require true because "Says."\n' * n + "}\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_as_the_text_does(shape):
    """Four times the text, hardly more than four times the work: what grows with the square would take sixteen."""
    format_text(SourceFile("a.cove", "domain d\n"))  # reads the grammar
    few, many = (
        work(format_text, SourceFile("a.cove", Copied("domain d\n\n" + SHAPES[shape](n)))) for n in (FEW, MANY)
    )
    assert many < 4.5 * few, (few, many)
