"""`covec report`: what came of a run."""

import sys
from pathlib import Path
from typing import Any

import click

from ...backends.python.runtime.exact import parse_json
from ...source.files import write_atomic
from ...synthesis.kept import requests_in
from ...synthesis.statistics import Statistics, statistics_of
from ...synthesis.store import SUMMARY, FinishedRun, NoRun
from ...world.state import dumps
from ..output import FINE, USAGE, say
from ..report_coverage import Hearing, NotHeard, PolicyCoverage
from ..report_html import page
from ..report_rows import rows_of, text_of
from .common import format_option

PAGE = "report.html"


@click.command("report")
@click.argument("run_path", metavar="RUN")
@click.option("-o", "--output", "path", metavar="FILE", help=f"Where the page goes, if not to RUN/{PAGE}.")
@click.option("--force", is_flag=True, help="Replace an existing FILE; the page in RUN is replaced in any case.")
@format_option("How the report is printed.")
@click.option("--coverage/--no-coverage", default=True, show_default=True,
              help="Judge every dialogue once more, to tell which conditions of the rules have decided.")  # fmt: skip
def command(run_path: str, path: str | None, force: bool, form: str, coverage: bool) -> None:
    """Say what RUN holds: yield, blame, lengths, rules and their coverage, variety, and the worst dialogues; and write
    it as a page."""
    if path is not None and Path(path).exists() and not force:
        raise click.UsageError(f"{path} exists already; give --force to replace it")
    try:
        run = FinishedRun(Path(run_path))
        found, covered = _looked_at(run, coverage)
    except NoRun as problem:
        say(f"error: {problem}")
        sys.exit(USAGE)
    requests = _requests(run.folder)
    place = Path(path) if path else run.folder / PAGE
    write_atomic(place, page(found, covered, run.manifest, requests))
    if form == "json":
        for row in rows_of(found, covered, run.manifest, requests):
            print(dumps(row))
    else:
        print(text_of(found, covered, run.manifest, requests))
    say(f"the page: {place}")
    sys.exit(FINE)


def _looked_at(run: FinishedRun, coverage: bool) -> tuple[Statistics, PolicyCoverage | None]:
    """What a run holds, and what of the policy it has exercised: both from one reading of its dialogues."""
    if not coverage:
        return statistics_of(run.rows()), None
    try:
        hearing = Hearing(run)
    except NotHeard as reason:
        return statistics_of(run.rows()), PolicyCoverage(reason=str(reason))
    return statistics_of(hearing.rows()), hearing.found()


def _requests(folder: Path) -> dict[str, Any]:
    """What models were asked, as the summary of a run that came to its end tells."""
    try:
        return requests_in(parse_json((folder / SUMMARY).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
