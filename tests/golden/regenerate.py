"""Writes the golden files anew: `python -m tests.golden.regenerate`. Review what changed as code."""

import shutil
from pathlib import Path

from cove_dsl.backends import prompt, schema
from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import compile_path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent
DESKS = ("airline", "retail", "telecom")


def load(desk: str) -> Spec:
    """A bundled desk, which has to be free of errors."""
    compiled = compile_path(ROOT / "specs" / desk)
    assert compiled.spec is not None, [f"{p.code}: {p.message}" for p in compiled.errors]
    return compiled.spec


def emitted(desk: str) -> dict[str, str]:
    """What the back ends write for a desk, by path below its golden folder; no path names this machine."""
    spec = load(desk)
    files = {**prompt.emit(spec).files, **schema.emit(spec).files}
    return {path: text.replace(f"{ROOT}/", "") for path, text in files.items()}


def regenerate(desk: str) -> None:
    files = emitted(desk)  # first: a desk with errors keeps its files
    shutil.rmtree(GOLDEN / desk / "user", ignore_errors=True)  # one file per scenario: some may be gone
    for path, text in files.items():
        target = GOLDEN / desk / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    from tests.golden import regenerate_smt

    for desk in DESKS:
        regenerate(desk)
    regenerate_smt.regenerate()


if __name__ == "__main__":
    main()
