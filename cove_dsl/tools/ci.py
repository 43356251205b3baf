"""What continuous integration is told: cases that pass or fail, and notices at places. Data only; `render_junit` and
`render_sarif` write it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click
from attrs import define, field, frozen

from ..source.files import write_atomic
from .output import refuse_existing

Level = Literal["error", "warning", "note", "none"]
Status = Literal["passed", "failed", "error", "skipped"]


@frozen
class Place:
    """A range in a file: lines and columns from 1, the end exclusive; without a line, the file. `within`: where in a
    record, as `ID#/messages/3`."""

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    within: str | None = None

    @classmethod
    def of_span(cls, span: dict[str, Any]) -> "Place":
        """From the published shape of a span."""
        start, end = span["start"], span["end"]
        return cls(span["path"], start["line"], start["column"], end["line"], end["column"])


@frozen
class RuleCard:
    """What a notice is an instance of: a rule of the policy, a kind of goal, or a diagnostic's code."""

    id: str
    text: str
    level: Level = "error"


@frozen
class Notice:
    """Something wrong (`level` none: not known whether) at a place. `key` names it from run to run."""

    rule: str
    level: Level
    message: str
    place: Place | None = None
    related: tuple[Place, ...] = ()
    key: str | None = None
    waived: dict[str, str] | None = None
    known: bool | None = None  # None: nothing to compare with


@frozen
class Case:
    """Something that passes or fails as a whole: a conversation, a test, a specification."""

    suite: str
    name: str
    status: Status = "passed"
    message: str = ""
    body: str = ""
    remarks: str = ""
    place: Place | None = None


@define(eq=False)
class Reports:
    """The report files that were asked for, and what goes into them. Written at the end, each at once or not at all."""

    command: str
    junit: str | None = None
    sarif: str | None = None
    force: bool = False
    rules: dict[str, RuleCard] = field(factory=dict, init=False)
    notices: list[Notice] = field(factory=list, init=False)
    cases: list[Case] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        refuse_existing(self.junit, self.force)
        refuse_existing(self.sarif, self.force)

    def __bool__(self) -> bool:
        """Whether anybody asked for them."""
        return bool(self.junit or self.sarif)

    def rule(self, card: RuleCard) -> None:
        self.rules.setdefault(card.id, card)

    def note(self, notice: Notice, text: str) -> None:
        """A notice, and what its rule stands for where nobody said so before."""
        self.rule(RuleCard(notice.rule, text, notice.level if notice.level != "none" else "error"))
        if self.sarif:
            self.notices.append(notice)

    def case(self, case: Case) -> None:
        if self.junit:
            self.cases.append(case)

    def write(self, exit_code: int) -> None:
        """Raises OSError; a file that could not be written whole is not there."""
        if self.junit:
            from .render_junit import render_junit

            write_atomic(Path(self.junit), render_junit(self.command, self.cases))
        if self.sarif:
            from .render_sarif import render_sarif

            write_atomic(Path(self.sarif), render_sarif(self, exit_code))


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--junit` and `--sarif`."""
    for option in (
        click.option("--sarif", metavar="FILE", help="Write what was found as SARIF 2.1.0 there as well."),
        click.option("--junit", metavar="FILE", help="Write what passed and failed as JUnit XML there as well."),
    ):
        command = option(command)
    return command
