"""A conflict is cut down to what it needs, by one solver that is asked about its parts."""

from cove_dsl.backends.smt.solve import Budget, Parts, shrink, solve
from cove_dsl.backends.smt.terms import Clause, Script
from cove_dsl.source import NOWHERE


def script() -> Script:
    """`low` and `high` conflict; the others stand aside."""
    made = Script()
    made.declared["n"] = "(declare-const n Int)"
    for name, term in {"even": "(= (mod n 2) 0)", "low": "(< n 3)", "far": "(> n (- 9))", "high": "(> n 5)"}.items():
        made.clause(Clause(name, NOWHERE, "rule", ""), term)
    return made


def test_what_a_conflict_does_not_need_is_left_out() -> None:
    asked = script()
    for found in (shrink(asked, list(asked.clauses), Budget()), solve(asked, Budget())):
        assert (found.status, found.core, found.minimal) == ("unsat", ("low", "high"), True)


def test_one_solver_answers_about_all_parts() -> None:
    parts = Parts(script(), script().clauses, Budget())
    assert parts.ask(["even", "low", "far"])[0] == "sat"
    assert parts.ask(["low", "far", "high"]) == ("unsat", frozenset({"low", "high"}))
    assert parts.ask(["even", "far", "high"])[0] == "sat"
