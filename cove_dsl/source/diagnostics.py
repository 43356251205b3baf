"""What is wrong with a text, as data: only renderers make it into words on a screen."""

from typing import Literal

from attrs import field, frozen

from .spans import Span

Severity = Literal["error", "warning", "info"]


@frozen
class Label:
    """A remark at a place. The primary label is the fact; the others show its other half."""

    span: Span
    text: str = ""
    primary: bool = True


@frozen
class Fix:
    """A replacement that is surely right."""

    span: Span
    replacement: str
    title: str


@frozen
class Diagnostic:
    """One problem. `message` stands alone on one line: lower-case start, no full stop."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    severity: Severity = "error"
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = field(default=())

    @property
    def span(self) -> Span | None:
        """The place of the primary label."""
        return next((label.span for label in self.labels if label.primary), None)


@frozen
class DataProblem:
    """Something wrong with a data file (a database, calls, conversations) rather than with a specification."""

    code: str
    message: str
    path: str
    line: int | None = None
    record: str | None = None
    field: str | None = None
    severity: Severity = "error"
