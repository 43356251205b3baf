"""`covec export`: datasets from runs."""

import sys
from pathlib import Path
from typing import Any

import click

from ...source.files import find_spec
from ...synthesis.extras import MissingExtra
from ...synthesis.store import FinishedRun, NoRun
from ...training.export import TO, Export, Wanted, companion
from ...training.forms import NotThere
from ...world.desk import Desk
from ...world.state import dumps, world_of
from ..numbers import Number
from ..output import FINE, PROBLEMS, USAGE, say
from .common import format_option, spec_or_exit, state_or_exit


@click.command("export")
@click.argument("run_path", metavar="RUN")
@click.option("--to", "form", type=click.Choice(TO), required=True, help="The form that its reader takes.")
@click.option("-o", "--output", "path", required=True, metavar="FILE", help="The dataset; FILE.cove is put beside it.")
@click.option("--at-least", type=Number(0, 1), default=1.0, show_default=True, metavar="SCORE",
              help="Take dialogues with lower scores too.")  # fmt: skip
@click.option(
    "--spec", "spec_name", metavar="SPEC", help="The specification, where RUN does not hold it: older runs do not."
)
@click.option("--force", is_flag=True, help="Replace an existing dataset.")
@format_option("How the summary is written.", "form_of_summary")
def command(
    run_path: str, form: str, path: str, at_least: float, spec_name: str | None, force: bool, form_of_summary: str
) -> None:
    """Make a dataset of the dialogues of RUN that nobody spoilt. What is left out lies beside it, labelled."""
    if Path(path).exists() and not force:
        raise click.UsageError(f"{path} exists already; give --force to replace it")
    try:
        run = FinishedRun(Path(run_path))
        find_spec(spec_name or run.spec)
        desk = Desk(spec_or_exit(spec_name or run.spec))
        if desk.hash != run.manifest["spec_hash"]:
            say(f"error: {run_path} was made with another version of `{desk.name}`; give it with --spec")
            sys.exit(PROBLEMS)
        world = world_of(state_or_exit(str(run.world), desk.spec), desk.program)
        done = Export(run, Wanted(form, at_least), Path(path), world, desk).write()
    except (NoRun, MissingExtra, NotThere) as problem:
        say(f"error: {problem}")
        sys.exit(USAGE)
    print(dumps(done) if form_of_summary == "json" else _text(done, Path(path)))
    sys.exit(FINE)


def _text(done: dict[str, Any], path: Path) -> str:
    lines = [f"{done['rows']} rows from {done['fit']} of {done['dialogues']} dialogues: {path}"]
    lines += [f"left out: {n}, because {why}" for why, n in sorted(done["skipped"].items())]
    if done["fit"] < done["dialogues"]:
        blame = ", ".join(f"{who} ({n})" for who, n in sorted(done["blame"].items()))
        lines.append(f"not fit: {done['dialogues'] - done['fit']}, at fault: {blame or 'nobody'}")
    lines.append(f"card, world and what was left out: {companion(path)}")
    return "\n".join(lines)
