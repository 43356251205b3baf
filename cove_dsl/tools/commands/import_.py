"""`covec import`: a skeleton of a specification for tools that are there already."""

import sys
from pathlib import Path

import click

from ...source.files import write_atomic
from ..foreign import ForeignError, Skeleton, import_tools
from ..output import FINE, PROBLEMS, say
from .common import format_option, show_data_problem

SHOWN = 20


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option(
    "-o", "--output", "path", metavar="OUT.cove", help="Where the skeleton goes; standard output if left out."
)
@click.option("--only", multiple=True, metavar="GLOB", help="Only tools whose name fits; may be given several times.")
@click.option("--name", help="What the desk is called; else the document's title, or its file's name.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@format_option()
def command(file: str, path: str | None, only: tuple[str, ...], name: str | None, force: bool, form: str) -> None:
    """Write a skeleton of tools from FILE: chat-completions function schemas, an MCP tool list, or OpenAPI 3.

    What the skeleton cannot say is marked NOT KEPT at its place, and reported.
    """
    if path is not None and Path(path).exists() and not force:
        raise click.UsageError(f"{path} exists already; give --force to replace it")
    made = skeleton_or_exit(file, only, name)
    if path is not None:
        write_atomic(Path(path), made.text)
    if form == "json":
        _rows(made)
    elif path is None:
        print(made.text, end="")
    else:
        print(summary(made, path))
    sys.exit(FINE)


def skeleton_or_exit(file: str, only: tuple[str, ...], name: str | None) -> Skeleton:
    """A skeleton, with what it does not keep reported; or the reason why there is none and the end of the command."""
    try:
        made = import_tools(file, only, name)
    except ForeignError as error:
        show_data_problem(error.problem)
        sys.exit(PROBLEMS)
    for problem in made.problems[:SHOWN]:
        show_data_problem(problem)
    if len(made.problems) > SHOWN:
        say(f"and {len(made.problems) - SHOWN} more, marked NOT KEPT in the skeleton")
    return made


def summary(made: Skeleton, path: str) -> str:
    """What came of an import, on a line."""
    kept = [t for t in made.tools if t.text is not None]
    parts = [f"{len(kept)} tools in {path}"]
    if len(kept) < len(made.tools):
        parts.append(f"{len(made.tools) - len(kept)} left out")
    if guessed := sum(t.guessed for t in kept):
        parts.append(f"{guessed} guessed to read or write")
    if made.problems:
        parts.append(f"{len(made.problems)} things not kept")
    return " · ".join(parts)


def _rows(made: Skeleton) -> None:
    from ...world.state import dumps

    for tool in made.tools:
        lost = [{"pointer": x.pointer, "message": x.message} for x in tool.losses]
        kept = tool.text is not None
        print(dumps({"tool": tool.name, "kind": tool.kind, "guessed": tool.guessed, "kept": kept, "not_kept": lost}))
