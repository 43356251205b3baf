"""Another solver is asked the very same texts: what one of them refutes, the other may not find a model of.

Needs `cvc5`, which is among the development dependencies.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cove_dsl.backends.smt import Budget, questions
from cove_dsl.backends.smt.bounded.around import binding
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.values import Unsupported
from cove_dsl.backends.smt.bounded.world import Bounds
from cove_dsl.backends.smt.solve import ask
from cove_dsl.core.spec import Spec
from cove_dsl.world.load import load_spec

SPECS = Path(__file__).parent.parent.parent / "specs"
STEPS = 300_000
cvc5: Any = pytest.importorskip("cvc5", reason="cvc5 is not installed: no other solver was asked")


def another(text: str) -> str:
    """What cvc5 says of a text. Whatever it does not understand is an error."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("rlimit-per", str(STEPS))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, parser.getSymbolManager())
    assert re.fullmatch(r"(sat|unsat|unknown)\s*", said), said
    return said.strip()


def small_worlds(spec: Spec) -> list[str]:
    """Each scenario's question about small worlds, where it can be written down."""
    texts = []
    for scenario in spec.scenarios.values():
        made = Question(spec, Bounds(), judged=binding(spec))
        try:
            made.scenario(scenario, tuple(g for g in scenario.goals if not g.goals)[:1], ())
            made.finish()
        except (Unsupported, IndexError):
            continue
        texts.append(made.script.text())
    return texts


@pytest.mark.parametrize("name", ["clinic", "retail", "airline", "telecom"])
def test_no_proof_of_one_solver_is_denied_by_another(name: str) -> None:
    spec = load_spec(str(SPECS / name))
    asked = [s for s in spec.scenarios.values() if s.refusal is not None or name == "clinic"]
    texts = [q.script.text() for s in asked for q in questions(spec, s)[:1]]
    seen = Counter((ask(text, Budget())[0], another(text)) for text in texts)
    assert not {("sat", "unsat"), ("unsat", "sat")} & seen.keys()
    refuted = sum(n for (one, _), n in seen.items() if one == "unsat")
    assert refuted >= 3
    assert seen["unsat", "unsat"] >= 0.9 * refuted


def test_no_small_world_of_one_solver_is_denied_by_another() -> None:
    spec = load_spec(str(SPECS / "clinic"))
    seen = Counter((ask(text, Budget())[0], another(text)) for text in small_worlds(spec)[:5])
    assert not {("sat", "unsat"), ("unsat", "sat")} & seen.keys()
    assert seen["sat", "sat"] >= 3


def test_a_text_that_no_solver_understands_is_an_error() -> None:
    with pytest.raises((AssertionError, RuntimeError)):
        another("(assert (no such thing))(check-sat)")
