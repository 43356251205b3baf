"""`covec build`: everything that is derived from a specification, as files."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import click

from ...backends.python.runtime.language import RECOGNISER_VERSION
from ...core.backend import Artifact, Backend
from ...core.spec import Spec
from ...source.files import write_atomic
from ..output import FINE, PROBLEMS, USAGE, say
from .common import format_option, spec_or_exit

FOLDERS = {"prompt": "prompts/"}
MANIFEST = "manifest.json"


def backends() -> list[Backend]:
    """Every back end there is."""
    from ...backends.prompt import PromptBackend
    from ...backends.python.emit import PythonBackend
    from ...backends.schema import SchemaBackend
    from ...backends.smt import SmtBackend

    return [PythonBackend(), PromptBackend(), SchemaBackend(), SmtBackend()]


@click.command("build")
@click.argument("spec_name", metavar="SPEC")
@click.option("-o", "--output", "folder", required=True, metavar="DIR", help="Where the files go.")
@click.option("--force", is_flag=True, help="Write into a folder that is not empty, and take out of it what an "
              "earlier build wrote and this one does not.")  # fmt: skip
@format_option()
def command(spec_name: str, folder: str, force: bool, form: str) -> None:
    """Write checker.py, prompts, tools.json, solver scripts and a manifest of SPEC into DIR."""
    spec = spec_or_exit(spec_name)
    target = Path(folder)
    if target.is_dir() and any(target.iterdir()) and not force:
        say(f"error: {folder} is not empty; give --force to write into it")
        sys.exit(USAGE)
    made = {b.name: b.emit(spec) for b in backends()}
    before = _written_before(target)
    written = _write(target, spec, made)
    for name in before - set(written):
        (target / name).unlink(missing_ok=True)
    problems = [p for a in made.values() for p in a.problems]
    if problems:
        from ..render_text import render_diagnostics

        say(render_diagnostics(problems, spec.sources))
    summary = {"spec": spec.name, "hash": spec.hash, "folder": folder, "files": written, "problems": len(problems)}
    print(json.dumps(summary) if form == "json" else f"{len(written)} files in {folder}")
    sys.exit(PROBLEMS if any(p.severity == "error" for p in problems) else FINE)


def _written_before(target: Path) -> set[str]:
    """The files in a folder of which the manifest of an earlier build says that it wrote them."""
    try:
        listed = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return set()
    named = [Path(n) for n in listed if isinstance(n, str)] if isinstance(listed, list) else []
    inside = (n for n in named if not n.is_absolute() and ".." not in n.parts)
    return {n.as_posix() for n in inside if (target / n).is_file()}


def _write(target: Path, spec: Spec, made: dict[str, Artifact]) -> list[str]:
    files = {FOLDERS.get(b, "") + name: text for b, artifact in made.items() for name, text in artifact.files.items()}
    manifest = {
        "spec": spec.name,
        "hash": spec.hash,
        "versions": {"cove-dsl": version("cove-dsl"), "recognisers": RECOGNISER_VERSION},
        "files": sorted(files),
    }
    files[MANIFEST] = json.dumps(manifest, indent=2) + "\n"
    for name, text in sorted(files.items()):
        write_atomic(target / name, text)
    return sorted(files)
