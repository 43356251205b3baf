"""`covec fmt`: one layout for specifications."""

import difflib
import sys
from pathlib import Path

import click

from ...source import SourceMap
from ...source.files import write_atomic
from ..output import FINE, PROBLEMS, say, use_colour
from .common import format_option

STDIN = "-"


@click.command("fmt")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", "as_diff", is_flag=True, help="Write nothing; print what would change.")
@format_option()
def command(paths: tuple[str, ...], check: bool, as_diff: bool, form: str) -> None:
    """Lay out .cove files: PATH is a file, a folder with all below it, or - for standard input.

    Line breaks and lined-up columns stay; indentation, spaces, blank lines and lines of more than 120 columns change.
    Comments stay where they are. A file that cannot be read is reported, and left as it is.
    """
    codes = [_one(path, check, as_diff, form) for path in _files(paths)]
    changed, wrong = codes.count("changed"), codes.count("wrong")
    if form == "text" and STDIN not in paths:
        say(_summary(len(codes), changed, wrong, check or as_diff))
    sys.exit(PROBLEMS if wrong or (changed and (check or as_diff)) else FINE)


def _files(paths: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for path in paths:
        place = Path(path)
        if path != STDIN and not place.exists():
            raise click.UsageError(f"there is no {path}")
        below = (p for p in sorted(place.rglob("*.cove")) if not p.is_dir())
        found += map(str, below) if place.is_dir() else [path]
    if not found:
        raise click.UsageError("there is no .cove file")
    return list(dict.fromkeys(found))


def _one(path: str, check: bool, as_diff: bool, form: str) -> str:
    """Lays out one file: `same`, `changed` or `wrong`."""
    data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    laid = _laid_out(path, data)
    if laid is None:
        return _told(path, "wrong", form)
    before = data.decode("utf-8-sig")
    if as_diff:
        print("".join(_difference(path, before, laid)), end="")
    elif path == STDIN and not check:
        sys.stdout.write(laid)
    elif laid != before and not check:
        write_atomic(Path(path), laid, mode=Path(path).stat().st_mode & 0o777)
    state = "changed" if laid != before else "same"
    if check and state == "changed" and form == "text":
        print(f"would change {path}")
    return _told(path, state, form)


def _laid_out(path: str, data: bytes) -> str | None:
    """The text of a file, laid out; None where it cannot be read, which is reported."""
    from ...syntax.layout import Unreadable, format_text
    from ...syntax.pieces import decode, split
    from ..render_text import render_diagnostics

    file, problems = decode("standard input" if path == STDIN else path, data)
    try:
        if not problems:
            return format_text(file)
    except Unreadable as error:
        problems = error.problems
    sources = SourceMap({p.name: p for p in split(file)[0]})
    say(render_diagnostics(problems, sources, colour=use_colour(sys.stderr)))
    return None


def _difference(path: str, before: str, after: str) -> list[str]:
    one, two = (text.splitlines(keepends=True) for text in (before, after))
    lines = difflib.unified_diff(one, two, path, path)
    return [line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in lines]


def _told(path: str, state: str, form: str) -> str:
    if form == "json":
        from ...world.state import dumps

        print(dumps({"path": path, "state": state}))
    return state


def _summary(files: int, changed: int, wrong: int, dry: bool) -> str:
    parts = [f"{changed} {'would change' if dry else 'changed'}", f"{files - changed - wrong} as they should be"]
    return " · ".join([*parts, *([f"{wrong} cannot be read"] if wrong else [])])
