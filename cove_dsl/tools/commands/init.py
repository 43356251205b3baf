"""`covec init`: a desk to begin with, that checks and whose tests pass."""

import re
import sys
from pathlib import Path

import click

from ...source.files import find_spec, spec_files, specs_folder, write_atomic
from ..foreign.wording import plain_name
from ..output import FINE, USAGE, say
from .common import spec_or_exit

TEMPLATES = {
    "desk": "a lending library: world, tools with effects, policy, scenarios, tests",
    "policy": "rules over tools that nobody modelled, and tests",
}
_DOMAIN = re.compile(r"^domain \w+", re.MULTILINE)


@click.command("init")
@click.argument("folder", metavar="DIR")
@click.option("--template", type=click.Choice(list(TEMPLATES)), help="What to begin with; `desk` if nothing is said.")
@click.option(
    "--from", "source", metavar="FILE|DESK", help="Begin with these tools (see `covec import`), or a bundled desk."
)
@click.option("--only", multiple=True, metavar="GLOB", help="With a FILE: only tools whose name fits.")
@click.option("--name", help="What the desk is called; else as its folder.")
def command(folder: str, template: str | None, source: str | None, only: tuple[str, ...], name: str | None) -> None:
    """Make a desk in DIR, which must be empty or not there.

    \b
    --template desk    a lending library: world, tools with effects, policy, scenarios, tests
    --template policy  rules over tools that nobody modelled, and tests
    --from FILE        your own tools, with a first policy and tests of it
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        say(f"error: {folder} is there already and not empty")
        sys.exit(USAGE)
    if source and template:
        raise click.UsageError("give --template or --from, not both")
    if only and (source is None or _is_bundled(source)):
        raise click.UsageError("--only chooses among the tools of a FILE")
    title = plain_name(name or target.resolve().name, "desk")
    files = _files(source, template or "desk", only, title, name is not None or source is None)
    for file, text in files.items():
        write_atomic(target / file, text)
    spec_or_exit(folder)
    print("\n".join([f"{folder}: {', '.join(files)}", *_next(folder, files)]))
    sys.exit(FINE)


def _files(source: str | None, template: str, only: tuple[str, ...], title: str, rename: bool) -> dict[str, str]:
    if source is None:
        files = _texts(Path(__file__).parent.parent / "templates" / template)
    elif _is_bundled(source):
        files = _texts(find_spec(source))
    else:
        from ..foreign.starter import starter
        from .import_ import skeleton_or_exit

        return starter(skeleton_or_exit(source, only, title)).files
    return {n: _DOMAIN.sub(f"domain {title}", t) for n, t in files.items()} if rename else files


def _is_bundled(source: str) -> bool:
    return not Path(source).exists() and "/" not in source and (specs_folder() / source).is_dir()


def _texts(folder: Path) -> dict[str, str]:
    return {Path(path).name: data.decode() for path, data in spec_files(folder)}


def _next(folder: str, files: dict[str, str]) -> list[str]:
    """What to type next."""
    everything = "\n".join(files.values())
    lines = [f"  covec check {folder}"]
    if re.search(r"^test ", everything, re.MULTILINE):
        lines.append(f"  covec test {folder}")
    if re.search(r"^generate ", everything, re.MULTILINE):
        lines.append(f"  covec synth {folder} -n 5 -o runs/{Path(folder).name}")
    lines.append(f"  covec fmt {folder}")
    return ["next:", *lines]
