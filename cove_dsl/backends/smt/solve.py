"""Runs scripts. The only place that knows a solver; it is loaded when first asked.

Each question is put to a fresh context with a fixed seed and a budget counted in the solver's own steps, so equal texts
get equal answers. A core is shrunk by leaving out one clause after the other and asking again.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Literal

from attrs import evolve, frozen

from .terms import Script, symbol

Status = Literal["sat", "unsat", "unknown"]
RESTARTS = 2
STATUSES: dict[str, Status] = {"sat": "sat", "unsat": "unsat"}


@frozen
class Budget:
    """How much work one question may take. `steps` decides; `milliseconds` is the backstop on a slow machine."""

    steps: int = 3_000_000
    milliseconds: int = 20_000
    seed: int = 0


@frozen
class Answer:
    """`core` names clauses that conflict; `minimal` says that each was shown to be needed."""

    status: Status
    core: tuple[str, ...] = ()
    minimal: bool = False


class SolverCrash(Exception):
    """The solver failed on a question; its words are kept for the report."""


def ask(text: str, budget: Budget) -> tuple[Status, frozenset[str]]:
    """One text, one answer, and the clauses a refutation used. Raises SolverCrash."""
    status, solver = _put(text, budget)
    return status, frozenset(symbol(str(name)) for name in solver.unsat_core()) if status == "unsat" else frozenset()


def ask_model(text: str, budget: Budget) -> tuple[Status, dict[str, Any], frozenset[str]]:
    """One text and one answer: a model's constants by symbol (truths, whole numbers and fractions), or the clauses that
    a refutation used. Raises SolverCrash. What is hard with one seed is mostly easy with another, so a tenth of the
    budget is spent on each of a few others first."""
    for turn in range(RESTARTS):
        status, solver = _put(text, evolve(budget, steps=max(budget.steps // 10, 1), seed=budget.seed + 100 * turn))
        if status != "unknown":
            break
    else:
        status, solver = _put(text, budget)
    if status == "unsat":
        return status, {}, frozenset(symbol(str(name)) for name in solver.unsat_core())
    return status, _constants(solver.model()) if status == "sat" else {}, frozenset()


def _constants(model: Any) -> dict[str, Any]:
    """What a model says of open constants; terms that only have a name are left out, as reading them is slow."""
    names = ((decl.name(), decl) for decl in model)
    return {symbol(name): _plain(model[decl]) for name, decl in names if name.startswith("$")}


def _plain(value: Any) -> Any:
    """A constant's value as Python has it."""
    match str(value.decl()):
        case "True":
            return True
        case "False":
            return False
        case "Int":
            return value.as_long()
        case "Real":
            return value.as_fraction()
    return 0


def _put(text: str, budget: Budget) -> tuple[Status, Any]:
    """A question put to a context of its own, with the budget's limits and seed."""
    z3: Any = import_module("z3")
    try:
        solver = z3.Solver(ctx=z3.Context())
        solver.set("random_seed", budget.seed)
        solver.set("timeout", budget.milliseconds)
        solver.set("rlimit", budget.steps)
        solver.from_string(text)
        return STATUSES.get(str(solver.check()), "unknown"), solver
    except z3.Z3Exception as error:
        raise SolverCrash(str(error)) from error


def solve(script: Script, budget: Budget, first_to_go: Callable[[str], int] = lambda name: 0) -> Answer:
    """Whether the clauses can hold together; if not, some that cannot and of which every one is needed. Where the
    solver fails, nothing is known."""
    try:
        status, used = ask(script.text(), budget)
        if status != "unsat":
            return Answer(status)
        everything = list(script.clauses)
        core = [name for name in everything if symbol(name) in used]
        return shrink(script, sorted(core, key=first_to_go), budget, everything)
    except SolverCrash:
        return Answer("unknown")


def shrink(script: Script, core: Iterable[str], budget: Budget, everything: list[str]) -> Answer:
    """Leaves out what the conflict does not need; what cannot be decided stays in, and the core is not minimal. What is
    left is asked once more as it stands."""
    kept, minimal = list(core), True
    for name in list(kept):
        if name not in kept:
            continue
        rest = [n for n in kept if n != name]
        status, used = ask(script.text(without=[n for n in everything if n not in rest]), budget)
        minimal = minimal and status != "unknown"
        if status == "unsat":
            kept = [n for n in rest if symbol(n) in used]
    again, _ = ask(script.text(without=[n for n in everything if n not in kept]), budget)
    return Answer("unsat" if again == "unsat" else "unknown", tuple(n for n in everything if n in kept), minimal)
