"""`covec show`: one conversation, told as it went."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ...core.spec import Spec
from ...source import suggest
from ...synthesis.store import SPEC
from ...world.conversations import Record, Refusal, read_records
from ...world.program import program_of
from ...world.state import apply_start, world_of
from ...world.verify import verify_record
from ..output import FINE, PROBLEMS, UNDECIDED, say, use_colour
from .common import format_option, json_lines, now_option, show_data_problem, spec_at, state_or_exit

MOST_LISTED = 1000


@click.command("show")
@click.argument("source", metavar="RUN|FILE")
@click.argument("wanted", metavar="[ID]", required=False)
@click.option("--spec", "spec_name", metavar="SPEC", help="The desk; of a RUN of a bundled desk it is known.")
@click.option("--state", metavar="DB", help="The database before the conversation; a RUN brings its own.")
@now_option
@format_option()
def command(
    source: str, wanted: str | None, spec_name: str | None, state: str | None, now: str | None, form: str
) -> None:
    """Tell one conversation of a RUN's folder, or of a FILE of conversations, as a timeline.

    Who said and called what, what each call changed, which rules were broken, and what it came to. A part of the ID
    that only one has is enough; without ID, the conversations are listed.
    """
    folder = Path(source)
    path = str(folder / "dialogues.jsonl") if folder.is_dir() else source
    json_lines(path)
    if wanted is None:
        sys.exit(_list(path, form))
    record = _find(path, wanted)
    if isinstance(record, Refusal):
        show_data_problem(record.problem)
        sys.exit(PROBLEMS)
    spec = _spec(folder, spec_name, now)
    database = state or (str(folder / "world.json") if folder.is_dir() else None)
    sys.exit(_tell(spec, record, database, form))


def _find(path: str, wanted: str) -> Record | Refusal:
    """The record with an id, or the only one whose id holds a text."""
    near: dict[str, Record | Refusal] = {}
    for record in read_records(path):
        name = record.id or ""
        if name == wanted:
            return record
        if wanted in name:
            near[name] = record
    if len(near) == 1:
        return next(iter(near.values()))
    if near:
        raise click.UsageError(f"{len(near)} conversations have `{wanted}` in their id: {_some(near)}")
    meant = suggest(wanted, [r.id for r in read_records(path) if r.id])
    hint = f"; did you mean {' or '.join(f'`{m}`' for m in meant)}?" if meant else ""
    raise click.UsageError(f"{path} has no conversation `{wanted}`{hint}")


def _some(names: dict[str, Any]) -> str:
    shown = list(names)[:5]
    return ", ".join(shown) + (", …" if len(names) > len(shown) else "")


def _spec(folder: Path, name: str | None, now: str | None) -> Spec:
    """The desk that is named, or the one that a run says it is of."""
    manifest = _manifest(folder)
    kept = folder / SPEC
    known = name or (str(kept) if kept.is_dir() else manifest.get("spec"))
    if not isinstance(known, str) or not known:
        raise click.UsageError("say which desk this is of: --spec SPEC")
    try:
        spec = spec_at(known, now)
    except FileNotFoundError:
        raise click.UsageError(f"the desk `{known}` is not bundled; give its place: --spec SPEC") from None
    if manifest.get("spec_hash") not in (None, spec.hash):
        say(f"note: this run was made with another version of {spec.name}; it is judged by the present one")
    return spec


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _tell(spec: Spec, record: Record, database: str | None, form: str) -> int:
    from ...world.state import dumps
    from ..cells import visible
    from ..timeline import console, render_timeline, timeline_rows

    program = program_of(spec)
    world = world_of(state_or_exit(database, spec), program)
    report = verify_record(program, world, record)
    if "error" in report:
        say(f"refused: {visible(report['error'])}")
        return PROBLEMS
    before = apply_start(world, record.start)
    if form == "json":
        print(dumps({"id": record.id, "timeline": timeline_rows(program, before, record.messages), "report": report}))
    else:
        screen = console(use_colour(sys.stdout))
        screen.rule(visible(record.id))
        screen.print(render_timeline(program, before, record.messages, report))
    return {"violated": PROBLEMS, "unknown": UNDECIDED}.get(report["verdict"], FINE)


def _list(path: str, form: str) -> int:
    """A line for each conversation: its id, how long it is, and what a run has noted of it."""
    from ...world.state import dumps
    from ..cells import visible

    shown = 0
    for shown, (name, messages, noted) in enumerate(_rows(path), 1):
        if form == "json":
            print(dumps({"id": name, "messages": messages, "verdict": noted}))
        elif shown <= MOST_LISTED:
            print("  ".join(filter(None, [visible(name), f"{messages} messages", noted])))
    if form == "text" and shown > MOST_LISTED:
        say(f"and {shown - MOST_LISTED} more")
    return FINE


def _rows(path: str) -> Iterator[tuple[str, int, str | None]]:
    verdicts = _verdicts(path)
    for record in read_records(path):
        if isinstance(record, Refusal):
            show_data_problem(record.problem)
        else:
            yield record.id, len(record.messages), verdicts.get(record.id)


def _verdicts(path: str) -> dict[str, str]:
    """What a run noted as it was made."""
    if not path.endswith("dialogues.jsonl"):
        return {}
    found = {}
    with Path(path).open("rb") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                found[row["id"]] = str(row["report"]["verdict"])
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # the line is refused where it is read as a conversation
    return found
