"""How long the solver's questions take: printed, never asserted. Questions to the same solver written through its own
interface, node by node and clause by clause, are the measure for what text and shared terms save."""

import statistics
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cove_dsl.backends.smt import Budget
from cove_dsl.backends.smt.bounded.questions import binding
from cove_dsl.backends.smt.solve import solve
from cove_dsl.backends.smt.terms import Clause, Script
from cove_dsl.solve.scenarios import Player
from cove_dsl.solve.survey import Surveyor
from cove_dsl.source import NOWHERE
from cove_dsl.world.load import load_spec

ROUNDS = 5
RULES, STEPS = 32, 30


def median(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of one core, the middle of several rounds: what else the machine does is not counted."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        run()
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


# --- a conflict among many rules over many steps ----------------------------------------------------------------------


def trajectory_script() -> Script:
    """32 rules over 30 steps of a counter and a flag; two rules and the goal conflict."""
    made = Script()
    for t in range(STEPS):
        made.declared[f"n{t}"] = f"(declare-const n{t} Int)"
        made.declared[f"f{t}"] = f"(declare-const f{t} Bool)"
    for t in range(STEPS - 1):
        made.fact(f"(and (<= n{t} n{t + 1}) (<= n{t + 1} (+ n{t} 1)))")
        made.fact(f"(=> f{t} f{t + 1})")
    made.fact("(= n0 0)")
    for r in range(RULES - 2):
        for t in range(STEPS):
            made.clause(Clause(f"rule{r}", NOWHERE, "rule", ""), f"(=> (= n{t} {r + 40}) (or f{t} (> n{t} {r})))")
    for t in range(STEPS):
        made.clause(Clause("quiet", NOWHERE, "rule", ""), f"(=> (> n{t} 5) (not f{t}))")
        made.clause(Clause("loud", NOWHERE, "rule", ""), f"(=> (> n{t} 8) f{t})")
    made.clause(Clause("goal", NOWHERE, "goal", ""), f"(> n{STEPS - 1} 20)")
    return made


def core_by_text() -> None:
    found = solve(trajectory_script(), Budget())
    assert sorted(found.core) == ["goal", "loud", "quiet"], found


def core_by_interface() -> None:
    """The same through the solver's Python interface, a new solver for each question of the shrinking."""
    z3: Any = import_module("z3")
    context = z3.Context()
    n, f = ([make(f"{c}{t}", context) for t in range(STEPS)] for c, make in (("n", z3.Int), ("f", z3.Bool)))
    facts = [z3.And(n[t] <= n[t + 1], n[t + 1] <= n[t] + 1) for t in range(STEPS - 1)]
    facts += [z3.Implies(f[t], f[t + 1]) for t in range(STEPS - 1)] + [n[0] == 0]
    clauses = {
        f"rule{r}": z3.And([z3.Implies(n[t] == r + 40, z3.Or(f[t], n[t] > r)) for t in range(STEPS)])
        for r in range(RULES - 2)
    }
    clauses["quiet"] = z3.And([z3.Implies(n[t] > 5, z3.Not(f[t])) for t in range(STEPS)])
    clauses["loud"] = z3.And([z3.Implies(n[t] > 8, f[t]) for t in range(STEPS)])
    clauses["goal"] = n[-1] > 20
    kept = list(clauses)
    for name in list(clauses):
        solver = z3.Solver(ctx=context)
        solver.add(*facts, *[clauses[k] for k in kept if k != name])
        if str(solver.check()) == "unsat":
            kept.remove(name)
    assert sorted(kept) == ["goal", "loud", "quiet"], kept


def main() -> None:
    spec = load_spec("retail")
    player = Player(spec, binding(spec))
    for name in ("cancel_order", "exchange_for_nearest", "gift_card_too_small", "friends_order"):
        player.ask(spec.scenarios[name])
        taken = median(lambda name=name: player.ask(spec.scenarios[name]))  # type: ignore[misc]
        print(f"retail, scenario {name:<24} {taken:8.0f} ms")
    surveyor = Surveyor(spec)
    parts = {
        f"all {len(spec.scenarios)} scenarios": lambda: list(surveyor.scenarios()),
        f"all {len(spec.rules)} rules": lambda: list(surveyor.rules()),
        f"all {len(spec.tools)} tools": lambda: list(surveyor.tools()),
        "scenarios, as `covec check`": lambda: list(surveyor.scenarios(cheap=True)),
    }
    for what, run in parts.items():
        print(f"retail, {what:<33} {median(run, 1):8.0f} ms")
    text, interface = median(core_by_text), median(core_by_interface)
    print(f"minimal core, {RULES} rules × {STEPS} steps, as text   {text:8.0f} ms")
    print(f"the same, clause by clause through z3py   {interface:8.0f} ms   {interface / text:4.1f} ×")


if __name__ == "__main__":
    main()
