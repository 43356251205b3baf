"""Diagnostics as JSON: the published shape, one object per problem."""

from collections.abc import Iterable
from typing import Any

from ..source import DataProblem, Diagnostic, Fix, Label, SourceMap, Span
from .render_text import Problem, place_order


def encode_problems(problems: Iterable[Problem], sources: SourceMap) -> list[dict[str, Any]]:
    """All problems, in the order of their places."""
    ordered = sorted(problems, key=lambda problem: place_order(problem, sources))
    return [encode_problem(problem, sources) for problem in ordered]


def encode_problem(problem: Problem, sources: SourceMap) -> dict[str, Any]:
    """One problem as `{code, severity, message, labels, notes, help, fixes}`; a data problem adds where it lies."""
    if isinstance(problem, DataProblem):
        return _encode_data_problem(problem)
    return _encode_diagnostic(problem, sources)


def encode_span(span: Span, sources: SourceMap) -> dict[str, Any] | None:
    """`{path, start{line, column, offset}, end{…}}`, or null for a span of generated text."""
    place = sources.locate(span)
    return None if place is None else place.to_json()


def _encode_diagnostic(diagnostic: Diagnostic, sources: SourceMap) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "labels": [_encode_label(label, sources) for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
        "fixes": [_encode_fix(fix, sources) for fix in diagnostic.fixes],
    }


def _encode_label(label: Label, sources: SourceMap) -> dict[str, Any]:
    return {"span": encode_span(label.span, sources), "primary": label.primary, "text": label.text}


def _encode_fix(fix: Fix, sources: SourceMap) -> dict[str, Any]:
    return {"span": encode_span(fix.span, sources), "replacement": fix.replacement, "title": fix.title}


def _encode_data_problem(problem: DataProblem) -> dict[str, Any]:
    nothing: dict[str, Any] = {"labels": [], "notes": [], "help": [], "fixes": []}
    where = {"path": problem.path, "line": problem.line, "record": problem.record, "field": problem.field}
    return {"code": problem.code, "severity": problem.severity, "message": problem.message, **nothing, **where}
