"""A specification's tests, run and told: in this process, or some in each of several.

In: a desk and which of its tests are meant. Out: for each, in the order in which they are written, what it came to as
plain data and as text for a person.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from attrs import frozen

from ..source import Diagnostic, Label
from ..world.desk import Desk, load
from ..world.spectest import TestResult, run_tests
from .render_text import render_diagnostic

WIDTH = 120


@frozen
class Told:
    """What a test came to. `row` is its JSON line; `story`: what went wrong, and everything that happened."""

    row: dict[str, Any]
    story: str
    place: dict[str, Any] | None

    @property
    def name(self) -> str:
        return str(self.row["test"])

    @property
    def passed(self) -> bool:
        return bool(self.row["passed"])


@frozen
class Telling:
    """How tests are told: in colour or not, how wide, and whether those that pass get a story too."""

    colour: bool = False
    width: int = WIDTH
    all: bool = False


def tell_tests(desk: Desk, spec_name: str, chosen: Sequence[int], jobs: int, how: Telling) -> Iterator[Told]:
    """The chosen tests, by index. Each of several processes loads the specification anew."""
    jobs = min(jobs, len(chosen))
    if jobs <= 1:
        yield from _told(desk, chosen, how)
        return
    shares = [chosen[i::jobs] for i in range(jobs)]
    with ProcessPoolExecutor(jobs) as pool:
        answers = list(pool.map(_worker, [spec_name] * jobs, [desk.hash] * jobs, shares, [how] * jobs))
    found = {
        i: told for share, answer in zip(shares, answers, strict=True) for i, told in zip(share, answer, strict=True)
    }
    yield from (found[i] for i in chosen)


def _worker(spec_name: str, wanted: str, share: Sequence[int], how: Telling) -> list[Told]:
    desk = load(spec_name)
    if desk.hash != wanted:
        raise OSError(f"{spec_name} was changed while its tests ran")
    return list(_told(desk, share, how))


def _told(desk: Desk, chosen: Sequence[int], how: Telling) -> Iterator[Told]:
    for result in run_tests(desk, only=frozenset(chosen)):
        failures = [{"message": f.message, "span": _place(desk, f.span)} for f in result.failures]
        row = {"test": result.name, "passed": result.passed, "failures": failures}
        yield Told(row, _story(desk, result, how), _place(desk, result.span))


def _place(desk: Desk, span: Any) -> dict[str, Any] | None:
    place = desk.spec.sources.locate(span)
    return place.to_json() if place is not None else None


def _story(desk: Desk, result: TestResult, how: Telling) -> str:
    """Which expectation failed where, then who said and called what, and what came of it."""
    if result.passed and not how.all:
        return ""
    problems = [Diagnostic("test-failed", f.message, (Label(f.span),)) for f in result.failures]
    parts = [render_diagnostic(p, desk.spec.sources, colour=how.colour) for p in problems]
    if result.start is not None and result.messages:
        from .timeline import render_timeline, written

        told = render_timeline(desk.program, result.start, list(result.messages), kept=result.rules)
        parts.append(written(told, how.colour, how.width))
    return "\n\n".join(parts)
