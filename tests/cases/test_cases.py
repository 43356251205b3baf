"""Every literate case has the problems it announces, on their lines, and no other; shown diagnostics are the real ones.

`COVE_REGENERATE=1 pytest tests/cases` writes the shown diagnostics anew, to be reviewed as any change.
"""

import os
from pathlib import Path

import pytest

from tests.cases.literate import Case, read_cases, run

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.md"))
CASES = [case for path in FILES for case in read_cases(path)]
REGENERATE = os.environ.get("COVE_REGENERATE") == "1"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    outcome = run(case)
    assert outcome.found == outcome.expected, f"\n{case.path}:{case.line}\n{outcome.rendered}"
    clean = not any(severity == "error" for _, _, severity, _ in outcome.expected)
    assert (outcome.compiled.spec is not None) == clean


@pytest.mark.parametrize("case", [c for c in CASES if run(c).rendered], ids=lambda case: case.name)
@pytest.mark.skipif(REGENERATE, reason="being written anew")
def test_snapshot(case: Case) -> None:
    assert case.snapshot is not None, f"{case.name} shows no diagnostics: run with COVE_REGENERATE=1"
    assert run(case).rendered == case.snapshot, f"{case.path}:{case.line}: run with COVE_REGENERATE=1 and review"


def test_there_are_enough() -> None:
    """The collection grows; a reader that lost most of it would pass everything else."""
    assert len(CASES) >= 90
    assert len(list((HERE / "hard").glob("*.md"))) == 20


@pytest.mark.skipif(not REGENERATE, reason="nothing to write")
def test_regenerate() -> None:
    for path in FILES:
        path.write_text(_with_snapshots(path), encoding="utf-8")


def _with_snapshots(path: Path) -> str:
    """The file's text with each case's shown diagnostics replaced, or put below its last block."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for case in reversed(read_cases(path)):
        end = next((i for i in range(case.line, len(lines)) if lines[i].startswith("## ")), len(lines))
        body = _without_text(lines[case.line : end])
        rendered = run(case).rendered
        shown = ["", "```text", *rendered.rstrip("\n").split("\n"), "```"] if rendered else []
        lines[case.line : end] = [*body, *shown, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _without_text(lines: list[str]) -> list[str]:
    kept = list(lines)
    if "```text" in kept:
        start = kept.index("```text")
        del kept[start : kept.index("```", start) + 1]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
