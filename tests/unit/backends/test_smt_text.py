"""SMT-LIB as text: equal questions are equal texts, names cannot break out, numbers are exact, golden files stand."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from cove_dsl.backends.smt import Budget, terms
from cove_dsl.backends.smt.encode import instant
from cove_dsl.backends.smt.solve import ask
from cove_dsl.backends.smt.terms import Script
from cove_dsl.source import NOWHERE
from tests.golden import regenerate_smt

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.mark.parametrize("text", ["a|b", "a\\b", "naïve", "", "a\nb", "x) (exit", "'", '"'])
def test_any_text_is_one_symbol(text: str) -> None:
    script = Script()
    script.fact(terms.equal(script.literal(text), script.literal("other")))
    assert ask(script.text(), Budget())[0] == "unsat"


def test_different_texts_stay_different() -> None:
    script = Script()
    assert len({script.literal(t) for t in ("a|b", "a%7cb", "ab", "a\\b", "é", "%e9")}) == 6


@pytest.mark.parametrize(
    ("value", "sort", "text"),
    [
        (3, "Int", "3"),
        (-3, "Int", "(- 3)"),
        (3, "Real", "3.0"),
        (Decimal("1.50"), "Real", "1.50"),
        (Decimal("-1E+2"), "Real", "(- 100.0)"),
    ],
)
def test_numbers_are_exact(value: int | Decimal, sort: terms.Sort, text: str) -> None:
    assert terms.number(value, sort) == text


def test_small_terms_are_simplified() -> None:
    assert terms.both(["true", "a", "a"]) == "a"
    assert terms.either(["a", "true"]) == "true"
    assert terms.negate("(not (f x))") == "(f x)"
    assert terms.implies("true", "a") == "a"
    assert terms.implies("a", "false") == "(not a)"


def test_moments_are_compared_as_seconds() -> None:
    assert instant("2024-05-15T15:00:00-05:00", "datetime") == instant("2024-05-15T20:00:00Z", "datetime")
    assert instant("2024-05-15T15:00:00", "datetime") is None
    assert instant("2024-05-16", "date") == instant("2024-05-15", "date") + 86400  # type: ignore[operator]
    assert instant("01:00", "time") == 3600


def test_a_clause_can_be_left_out() -> None:
    script = Script()
    script.clause(terms.Clause("no", NOWHERE, "goal", "never"), "false")
    assert ":named no" in script.text()
    assert ":named no" not in script.text(without=["no"])


def test_golden_questions_stand() -> None:
    kept = {p.name: p.read_text(encoding="utf-8") for p in regenerate_smt.FOLDER.glob("*.smt2")}
    assert kept == regenerate_smt.questions(), "run `python -m tests.golden.regenerate_smt` and review the difference"


def test_texts_do_not_depend_on_the_hash_seed() -> None:
    code = "from tests.golden.regenerate_smt import questions; print(questions())"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def test_the_solver_is_loaded_when_asked() -> None:
    code = "import sys, cove_dsl.backends.smt; assert 'z3' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
