"""Runs scripts. The only place that knows a solver; it is loaded when first asked.

Each question is put to a fresh context with a fixed seed and a budget counted in the solver's own steps, so equal texts
get equal answers. A core is shrunk by leaving out one clause after the other and asking again.
"""

import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from importlib import import_module
from math import inf
from typing import Any, Literal

from attrs import define, evolve, frozen

from .terms import Script, symbol

Status = Literal["sat", "unsat", "unknown"]
ARITHMETICS = (6, 2)  # the solver's ways to calculate: its own choice, and one that takes products lightly
SEEDS = 2
EASILY = 100_000  # steps that what is easy takes at most
CHARACTERS = 6  # that are read in a step
SWITCH = "?"
STATUSES: dict[str, Status] = {"sat": "sat", "unsat": "unsat"}


@define(eq=False)
class Purse:
    """What is left for everything that one answer takes: steps, which decide, and a moment (of `time.monotonic`), the
    backstop. A step is the solver's own, or a few characters put to it: so equal questions stop at the same place."""

    steps: int
    deadline: float = inf

    @property
    def late(self) -> bool:
        return time.monotonic() >= self.deadline

    @property
    def empty(self) -> bool:
        return self.steps <= 0 or self.late

    @property
    def milliseconds(self) -> float:
        return max(1000 * (self.deadline - time.monotonic()), 1)


@frozen
class Budget:
    """How much work one question may take. `steps` decides; `milliseconds` is the backstop on a slow machine; `purse`
    is what several questions share."""

    steps: int = 3_000_000
    milliseconds: int = 20_000
    seed: int = 0
    purse: Purse | None = None

    @property
    def spent(self) -> bool:
        return self.purse is not None and self.purse.empty


@frozen
class Answer:
    """`core` names clauses that conflict; `minimal` says that each was shown to be needed."""

    status: Status
    core: tuple[str, ...] = ()
    minimal: bool = False


def limit_memory(megabytes: int) -> None:
    """How much the solver may have in this process; it ends the process where it cannot do with it."""
    import_module("z3").set_param("memory_max_size", megabytes)


class SolverCrash(Exception):
    """The solver failed on a question; its words are kept for the report."""


def ask(text: str, budget: Budget) -> tuple[Status, frozenset[str]]:
    """One text, one answer, and the clauses a refutation used. Raises SolverCrash."""
    status, solver = _put(text, budget)
    return status, frozenset(symbol(str(name)) for name in solver.unsat_core()) if status == "unsat" else frozenset()


def ask_model(text: str, budget: Budget) -> tuple[Status, dict[str, Any], frozenset[str]]:
    """One text and one answer: a model's constants by symbol (truths, whole numbers and fractions), or the clauses that
    a refutation used. Raises SolverCrash. What is hard for one of the solver's ways to calculate, or with one seed,
    is mostly easy for another, so a tenth of the budget is spent on each of a few first."""
    easily = min(max(budget.steps // 10, EASILY), budget.steps)
    for arithmetic, more in ((a, n) for n in range(SEEDS) for a in ARITHMETICS):
        status, solver = _put(text, evolve(budget, steps=easily, seed=budget.seed + 100 * more), arithmetic)
        if status != "unknown" or budget.spent:
            break
        del solver  # its memory is for the next
    else:
        status, solver = _put(text, budget)
    if status == "unsat":
        return status, {}, frozenset(symbol(str(name)) for name in solver.unsat_core())
    return status, _constants(solver.model()) if status == "sat" else {}, frozenset()


def _constants(model: Any) -> dict[str, Any]:
    """What a model says of open constants; terms that only have a name are left out, as reading them is slow. Read
    below the solver's Python interface, whose wrappers take longer than most questions."""
    core: Any = import_module("z3.z3core")
    context, held = model.ctx.ref(), model.model
    found: dict[str, Any] = {}
    for number in range(core.Z3_model_get_num_consts(context, held)):
        declared = core.Z3_model_get_const_decl(context, held, number)
        name = core.Z3_get_symbol_string(context, core.Z3_get_decl_name(context, declared))
        if name.startswith("$"):
            value = core.Z3_model_get_const_interp(context, held, declared)
            found[symbol(name)] = _plain(core.Z3_ast_to_string(context, value))
    return found


def _plain(value: str) -> Any:
    """A constant's value as Python has it."""
    if value in ("true", "false"):
        return value == "true"
    sign = -1 if value.startswith("(- ") else 1
    size = value.removeprefix("(- ").removesuffix(")") if sign < 0 else value
    if size.startswith("(/ "):
        above, below = size[3:].removesuffix(")").split()
        return sign * Fraction(Fraction(above), Fraction(below))
    return sign * (Fraction(size) if "." in size else int(size))


def _put(text: str, budget: Budget, arithmetic: int = ARITHMETICS[0]) -> tuple[Status, Any]:
    """A question put to a context of its own, with the budget's limits and seed."""
    z3: Any = import_module("z3")
    solver = _solver(text, budget, arithmetic)
    if solver is None:
        return "unknown", None
    try:
        status = STATUSES.get(str(solver.check()), "unknown")
    except z3.Z3Exception as error:
        raise SolverCrash(str(error)) from error
    _pay(budget, len(text) // CHARACTERS + _steps(solver))
    return status, solver


def _solver(text: str, budget: Budget, arithmetic: int = ARITHMETICS[0]) -> Any:
    """A solver that has read a text; None where nothing is left to be spent."""
    z3: Any = import_module("z3")
    purse = budget.purse or Purse(budget.steps)
    if purse.empty:
        return None
    try:
        solver = z3.Solver(ctx=z3.Context())
        solver.set("random_seed", budget.seed)
        solver.set("arith.solver", arithmetic)
        solver.set("timeout", int(min(budget.milliseconds, purse.milliseconds)))
        solver.set("rlimit", min(budget.steps, purse.steps))
        solver.from_string(text)
        return solver
    except z3.Z3Exception as error:
        raise SolverCrash(str(error)) from error


def _pay(budget: Budget, steps: int) -> None:
    if budget.purse is not None:
        budget.purse.steps -= steps


def _steps(solver: Any) -> int:
    found = solver.statistics()
    return int(found.get_key_value("rlimit count")) if "rlimit count" in found.keys() else 0  # noqa: SIM118


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
    """Leaves out what the conflict does not need; what cannot be decided stays in, and the core is not minimal. One
    solver is asked about all parts, as it learns from each; what is left is asked once more in a context of its own."""
    kept, minimal = list(core), True
    parts = _Parts(script, kept, budget)
    for name in list(kept):
        if name not in kept:
            continue
        rest = [n for n in kept if n != name]
        status, used = parts.ask(rest)
        if status == "unknown":
            status, used = ask(script.text(without=[n for n in everything if n not in rest]), budget)
        minimal = minimal and status != "unknown"
        if status == "unsat":
            kept = [n for n in rest if symbol(n) in used]
    again, _ = ask(script.text(without=[n for n in everything if n not in kept]), budget)
    return Answer("unsat" if again == "unsat" else "unknown", tuple(n for n in everything if n in kept), minimal)


class _Parts:
    """A script of which some clauses can be switched on."""

    def __init__(self, script: Script, names: list[str], budget: Budget) -> None:
        self.budget = budget
        switched = script.switched(names, SWITCH)
        self.solver = _solver(switched, budget)
        if self.solver is not None:
            z3: Any = import_module("z3")
            self.switches = {n: z3.Bool(f"{SWITCH}{n}", self.solver.ctx) for n in names}
            _pay(budget, len(switched))

    def ask(self, names: list[str]) -> tuple[Status, frozenset[str]]:
        """Whether some clauses can hold together; if not, those that a refutation used. Raises SolverCrash."""
        if self.solver is None or self.budget.spent:
            return "unknown", frozenset()
        z3: Any = import_module("z3")
        try:
            before = _steps(self.solver)
            status = STATUSES.get(str(self.solver.check([self.switches[n] for n in names])), "unknown")
            _pay(self.budget, _steps(self.solver) - before)
            used = (str(c.decl().name()) for c in self.solver.unsat_core()) if status == "unsat" else ()
            return status, frozenset(symbol(name.removeprefix(SWITCH)) for name in used)
        except z3.Z3Exception as error:
            raise SolverCrash(str(error)) from error


__all__ = ["Answer", "Budget", "Purse", "SolverCrash", "Status", "ask", "ask_model", "limit_memory", "shrink", "solve"]
