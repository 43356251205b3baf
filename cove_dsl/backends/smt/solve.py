"""Runs scripts. The only place that knows a solver; it is loaded when first asked.

Each question is put to a fresh context with a fixed seed and a budget counted in the solver's own steps, so equal texts
get equal answers. A core is shrunk by leaving out one clause after the other and asking again.
"""

import time
from collections.abc import Callable, Collection, Iterable
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
    """What a model says of open constants: truths, whole numbers and fractions. Terms that only have a name are left
    out, as reading them is slow. Read below the solver's Python interface, whose wrappers take longer than most
    questions."""
    z3: Any = import_module("z3")
    core, context, held = z3.z3core, model.ctx.ref(), model.model
    truths = {z3.Z3_L_TRUE: True, z3.Z3_L_FALSE: False}
    found: dict[str, Any] = {}
    for number in range(core.Z3_model_get_num_consts(context, held)):
        declared = core.Z3_model_get_const_decl(context, held, number)
        name = core.Z3_get_symbol_string(context, core.Z3_get_decl_name(context, declared))
        if name.startswith("$"):
            value = core.Z3_model_get_const_interp(context, held, declared)
            truth = truths.get(core.Z3_get_bool_value(context, value))
            found[symbol(name)] = truth if truth is not None else _number(z3, context, value)
    return found


def _number(z3: Any, context: Any, value: Any) -> int | Fraction:
    core = z3.z3core
    text = core.Z3_get_numeral_string(context, value)
    whole = core.Z3_get_sort_kind(context, core.Z3_get_sort(context, value)) == z3.Z3_INT_SORT
    return int(text) if whole else Fraction(text)


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
    """The steps that were taken in a solver's context. Read below the solver's Python interface, which looks for a key
    among all of them from the front."""
    core: Any = import_module("z3.z3core")
    context, found = solver.ctx.ref(), solver.statistics().stats
    for number in reversed(range(core.Z3_stats_size(context, found))):
        if core.Z3_stats_get_key(context, found, number) == "rlimit count":
            return int(core.Z3_stats_get_uint_value(context, found, number))
    return 0


def solve(script: Script, budget: Budget, first_to_go: Callable[[str], int] = lambda name: 0) -> Answer:
    """Whether the clauses can hold together; if not, some that cannot and of which every one is needed: without those
    that go before all others (0), where the rest conflicts by itself. Where the solver fails, nothing is known."""
    try:
        parts = Parts(script, list(script.clauses), budget)
        status, used = parts.ask(script.clauses)
        if status != "unsat":
            return Answer(status)
        rest = [n for n in script.clauses if first_to_go(n)]
        if rest and not used <= set(rest):
            found, fewer = parts.ask(rest)
            used = fewer if found == "unsat" else used
        return parts.shrink(sorted((n for n in script.clauses if n in used), key=first_to_go))
    except SolverCrash:
        return Answer("unknown")


def shrink(script: Script, core: Collection[str], budget: Budget) -> Answer:
    """Leaves out what a conflict that was shown does not need. Raises SolverCrash."""
    return Parts(script, core, budget, frozenset(core)).shrink(core)


Asked = tuple[Status, frozenset[str]]


def least(
    core: Collection[str], ask: Callable[[list[str]], Asked], alone: Callable[[list[str]], Asked], shown: frozenset[str]
) -> Answer:
    """Leaves out what a conflict does not need, asking one solver about all parts, as it learns from each; what cannot
    be decided stays in, and the core is not minimal. What is left is asked once more in a context of its own (`alone`),
    unless it was `shown` in one."""
    kept, minimal = list(core), True
    for name in list(kept):
        if name not in kept:
            continue
        rest = [n for n in kept if n != name]
        status, used = ask(rest)
        if status == "unknown":
            status, used = alone(rest)
        minimal = minimal and status != "unknown"
        if status == "unsat":
            kept = [n for n in rest if n in used]
    again = "unsat" if shown and shown <= set(kept) else alone(kept)[0]
    return Answer("unsat" if again == "unsat" else "unknown", tuple(kept), minimal)


class Parts:
    """A script of which some clauses can be switched on, in one context. `shown` are clauses that conflict and were
    asked in a context of their own; the first question here is as good as that."""

    def __init__(
        self, script: Script, names: Iterable[str], budget: Budget, shown: frozenset[str] | None = None
    ) -> None:
        self.script, self.names, self.budget, self.shown = script, list(names), budget, shown
        switched = script.switched(self.names, SWITCH)
        self.solver = _solver(switched, budget)
        if self.solver is not None:
            z3: Any = import_module("z3")
            self.switches = {n: z3.Bool(f"{SWITCH}{n}", self.solver.ctx) for n in self.names}
            _pay(budget, len(switched))

    def ask(self, names: Iterable[str]) -> Asked:
        """Whether some clauses can hold together; if not, those that a refutation used. Raises SolverCrash."""
        if self.solver is None or self.budget.spent:
            return "unknown", frozenset()
        z3: Any = import_module("z3")
        try:
            before = _steps(self.solver)
            status = STATUSES.get(str(self.solver.check([self.switches[n] for n in names])), "unknown")
            _pay(self.budget, _steps(self.solver) - before)
            used = {symbol(str(c.decl().name())) for c in self.solver.unsat_core()} if status == "unsat" else ()
        except z3.Z3Exception as error:
            raise SolverCrash(str(error)) from error
        found = frozenset(n for n in self.names if symbol(SWITCH + n) in used)
        self.shown = found if self.shown is None else self.shown
        return status, found

    def shrink(self, core: Collection[str]) -> Answer:
        """A minimal core of what was refuted, in the order of the script. Raises SolverCrash."""
        found = least(core, self.ask, self._alone, self.shown or frozenset())
        return evolve(found, core=tuple(n for n in self.script.clauses if n in found.core))

    def _alone(self, names: list[str]) -> Asked:
        status, used = ask(self.script.text(without=self.script.clauses.keys() - set(names)), self.budget)
        return status, frozenset(n for n in names if symbol(n) in used)


__all__ = [
    "Answer",
    "Budget",
    "Parts",
    "Purse",
    "SolverCrash",
    "Status",
    "ask",
    "ask_model",
    "least",
    "limit_memory",
    "shrink",
    "solve",
]
