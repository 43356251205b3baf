"""Writes the solver's questions that are kept under review: `python -m tests.golden.regenerate_smt`."""

from pathlib import Path

from cove_dsl.backends.smt import backend
from cove_dsl.pipeline import compile_path

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent / "smt" / "retail"
KEPT = ("cancel_too_late", "gift_card_too_small", "pay_another_way")


def questions() -> dict[str, str]:
    """The kept questions as the specification has them now, by file name."""
    spec = compile_path(ROOT / "specs" / "retail").spec
    assert spec is not None
    made = backend.emit(spec).files
    return {f"{name}.smt2": made[f"smt/{name}.smt2"] for name in KEPT}


def regenerate() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in questions().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    regenerate()
