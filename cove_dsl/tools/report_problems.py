"""A specification's problems for continuous integration: a notice and a case for each, or one case that passes."""

from collections.abc import Iterable

from ..source import Label, SourceMap
from ..source.registry import CODES
from .ci import Case, Level, Notice, Place, Reports
from .render_text import Problem, place_order, render_diagnostic

_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "info": "note"}


def report_problems(reports: Reports, name: str, problems: Iterable[Problem], sources: SourceMap) -> None:
    """What `covec check` says of the specification `name`."""
    if not reports:
        return
    ordered = sorted(problems, key=lambda problem: place_order(problem, sources))
    for problem in ordered:
        place, related = _places(problem, sources)
        message = _message(problem)
        key = f"{problem.code}\n{place.path if place else name}\n{message}"
        notice = Notice(problem.code, _LEVELS[problem.severity], message, place, related, key)
        reports.note(notice, CODES[problem.code].title)
        at = f" {place.path}:{place.line}:{place.column}" if place is not None and place.line else ""
        body = render_diagnostic(problem, sources)
        if problem.severity == "error":
            reports.case(Case(name, f"{problem.code}{at}", "failed", message, body, place=place))
        else:
            reports.case(Case(name, f"{problem.code}{at}", remarks=body, place=place))
    if not ordered:
        reports.case(Case(name, name))


def _message(problem: Problem) -> str:
    """The message with its helps: a reader of the report sees nothing else."""
    return "\n".join([problem.message, *(f"help: {text}" for text in getattr(problem, "help", ()))])


def _places(problem: Problem, sources: SourceMap) -> tuple[Place | None, tuple[Place, ...]]:
    """Where the problem is, and the places of its other labels."""
    labels: tuple[Label, ...] = getattr(problem, "labels", ())
    if not labels:
        path = getattr(problem, "path", None)
        return (Place(path, problem.line) if path else None), ()  # type: ignore[union-attr]
    found = [(label, sources.locate(label.span)) for label in labels]
    placed = [(label, Place.of_span(at.to_json())) for label, at in found if at is not None]
    primary = next((place for label, place in placed if label.primary), None)
    return primary, tuple(place for _, place in placed if place is not primary)
