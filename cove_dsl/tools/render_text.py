"""Diagnostics as text for a terminal.

Diagnostics, data problems and a source map enter; a string without a final line break leaves. Every character that came
from outside is shown by `visible`, so no text can move the cursor, change colours or reorder a line.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from attrs import frozen

from ..source import DataProblem, Diagnostic, Label, Location, Severity, SourceMap
from ..source.files import found_at
from .cells import Excerpt, excerpt, visible

CAP = 20
GAP = "·"
BAR = "│"
CORNER = "┌─"

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_BLUE = "\x1b[34m"
_TINTS: dict[Severity, str] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;36m"}

Problem = Diagnostic | DataProblem


@frozen
class _Pen:
    """How to write: in colour or not, with the severity's tint for what is primary."""

    colour: bool
    tint: str

    def paint(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self.colour and text else text


@frozen
class _Placed:
    """A label with the place that its span was found at."""

    label: Label
    place: Location


def render_diagnostics(problems: Iterable[Problem], sources: SourceMap, *, colour: bool = False, cap: int = CAP) -> str:
    """All problems sorted by place, a blank line between two; beyond `cap` only how many more there are."""
    ordered = sorted(problems, key=lambda problem: place_order(problem, sources))
    blocks = [render_diagnostic(problem, sources, colour=colour) for problem in ordered[:cap]]
    if len(ordered) > cap:
        blocks.append(f"and {len(ordered) - cap} more")
    return "\n\n".join(blocks)


def render_diagnostic(problem: Problem, sources: SourceMap, *, colour: bool = False) -> str:
    """One problem: headline, the lines it is about with their labels, notes and helps. A data problem is one line."""
    pen = _Pen(colour, _TINTS[problem.severity])
    if isinstance(problem, DataProblem):
        return _headline(pen, problem, data_message(problem))
    placed, homeless = _place(problem.labels, sources)
    margin = " " * len(str(max((item.place.line for item in placed), default=0)))
    lines = [_headline(pen, problem, problem.message), *_render_files(pen, placed, margin)]
    for note in (*homeless, *problem.notes):
        lines += _render_remark(pen, margin, "note", note)
    for remark in problem.help:
        lines += _render_remark(pen, margin, "help", remark)
    return "\n".join(lines)


def place_order(problem: Problem, sources: SourceMap) -> tuple[bool, str, int, int, str]:
    """A sort key: by path, line and column; what has no place comes last."""
    if isinstance(problem, DataProblem):
        return (False, problem.path, problem.line or 0, 0, problem.code)
    place = sources.locate(problem.span) if problem.span else None
    if place is None:
        return (True, "", 0, 0, problem.code)
    return (False, place.file.path, place.line, place.column, problem.code)


def data_message(problem: DataProblem) -> str:
    """`path:line: record R: field F: message`, without the parts that are not known."""
    where = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
    record = None if problem.record is None else f"record {problem.record}"
    field = None if problem.field is None else f"field {problem.field}"
    return ": ".join(part for part in (where, record, field, problem.message) if part)


def _headline(pen: _Pen, problem: Problem, message: str) -> str:
    return pen.paint(f"{problem.severity}[{visible(problem.code)}]", pen.tint) + pen.paint(
        f": {visible(message)}", _BOLD
    )


def _place(labels: Iterable[Label], sources: SourceMap) -> tuple[list[_Placed], list[str]]:
    """Labels that have a place, and the remarks of those in generated text, which have none."""
    placed: list[_Placed] = []
    homeless: list[str] = []
    for label in labels:
        place = sources.locate(label.span)
        if place is not None:
            placed.append(_Placed(label, place))
        elif label.text:
            homeless.append(label.text)
    return placed, homeless


def _render_files(pen: _Pen, placed: Sequence[_Placed], margin: str) -> Iterator[str]:
    """One section per file, the file of the primary label first."""
    by_primary = sorted(placed, key=lambda item: not item.label.primary)
    for index, path in enumerate(dict.fromkeys(item.place.file.path for item in by_primary)):
        here = [item for item in by_primary if item.place.file.path == path]
        head = here[0].place
        if index:
            yield _gutter(pen, margin)
        yield pen.paint(f"{margin} {CORNER}", _BLUE) + f" {visible(found_at(path))}:{head.line}:{head.column}"
        yield _gutter(pen, margin)
        yield from _render_lines(pen, here, margin)


def _render_lines(pen: _Pen, placed: Sequence[_Placed], margin: str) -> Iterator[str]:
    """The labelled lines of one file in order, `·` where lines were left out between two."""
    ordered = sorted(placed, key=lambda item: (item.place.start, item.place.end))
    previous: int | None = None
    for line, group in groupby(ordered, key=lambda item: item.place.line):
        here = list(group)
        if previous is not None and line > previous + 1:
            yield _gutter(pen, margin, GAP)
        shown = excerpt(here[0].place.file.line_text(line), here[0].place.column - 1)
        yield f"{pen.paint(f'{line:>{len(margin)}} {BAR}', _BLUE)} {shown.text}".rstrip()
        for item in here:
            yield f"{_gutter(pen, margin)} {_underline(pen, item, shown)}"
        previous = line


def _underline(pen: _Pen, item: _Placed, shown: Excerpt) -> str:
    """The row below a line: `^^^` for the primary label, `---` for another, and its text."""
    start = item.place.column - 1
    end = item.place.end_column - 1 if item.place.end_line == item.place.line else shown.line_length
    left, right = shown.cell(start), shown.cell(end)
    mark = ("^" if item.label.primary else "-") * max(1, right - left)
    style = pen.tint if item.label.primary else _BLUE
    return " " * left + pen.paint(f"{mark} {visible(item.label.text)}".rstrip(), style)


def _render_remark(pen: _Pen, margin: str, kind: str, text: str) -> Iterator[str]:
    """A note or a help; further lines are indented below the first, so none can pass for a headline."""
    first, *rest = text.split("\n")
    lead = f"{margin} = "
    yield f"{pen.paint(lead.rstrip(), _BLUE)} {pen.paint(kind, _BOLD)}: {visible(first)}"
    indent = " " * (len(lead) + len(kind) + 2)
    yield from (f"{indent}{visible(line)}".rstrip() for line in rest)


def _gutter(pen: _Pen, margin: str, sign: str = BAR) -> str:
    return pen.paint(f"{margin} {sign}", _BLUE)
