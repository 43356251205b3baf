"""How long the solver's questions take: printed, never asserted. Questions to the same solver written through its own
interface, node by node and clause by clause, are the measure for what text and shared terms save."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from cove_dsl.backends.smt import Budget
from cove_dsl.backends.smt.bounded.around import binding
from cove_dsl.backends.smt.solve import solve
from cove_dsl.backends.smt.terms import Clause, Script
from cove_dsl.solve.instances import instances
from cove_dsl.solve.scenarios import Player
from cove_dsl.solve.survey import Surveyor
from cove_dsl.source import NOWHERE
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.world.desk import Desk, World
from cove_dsl.world.load import load_spec
from cove_dsl.world.state import read_state, world_of

ROUNDS = 5
RULES, STEPS = 32, 30
SOON, TASKS = 50, 300


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


# --- one database -----------------------------------------------------------------------------------------------------


def over_a_database() -> None:
    """Every scenario of retail over the benchmark's 500 users, and tasks drawn from it one after the other."""
    path = Path(__file__).parents[3] / "shared/tau2/retail/db.json"
    if not path.exists():
        print(f"retail over a database: skipped, as there is no {path.name} beside the checkout")
        return
    spec = load_spec("retail")
    state = read_state(path, spec)
    list(instances(spec, state, ("cancel_order",)))
    times, answers = [], instances(spec, state)
    for _ in spec.scenarios:
        started = time.process_time()
        found = next(answers)
        times.append((time.process_time() - started) * 1000)
        assert found["status"] == "sat", found
    middle, most = statistics.median(times[1:]), max(times[1:])
    print(f"retail, a scenario over 500 users {middle:16.1f} ms, at most {most:.0f} ms")
    desk = Desk(spec)
    sampler = Sampler(desk, World(desk.program, world_of(state, desk.program)), 1)
    started = time.process_time()
    for index in range(TASKS):
        sampler.task(index)
    print(f"retail, tasks of which each is carried out {TASKS / (time.process_time() - started):7.0f} a second")


# --- whole specifications ---------------------------------------------------------------------------------------------


def for_each_scenario(name: str, asked: str, cheap: bool) -> None:
    """One scenario at a time, warm. Checked: can it be, as far as a small world or a proof tells. Solved: of a refusal
    also a story in which the rule forbids it, whether all could be done but for the rule, and what is right instead.
    """
    spec = load_spec(name)
    player, taken = Player(spec, binding(spec), cheap=cheap), {}
    for scenario in spec.scenarios.values():
        player.ask(scenario)
        taken[scenario.name] = median(lambda s=scenario: player.ask(s), 3)  # type: ignore[misc]
    for kind in ("to be done", "to be refused"):
        times = [t for n, t in taken.items() if (spec.scenarios[n].refusal is not None) == (kind == "to be refused")]
        share = f"{sum(t <= SOON for t in times)} of {len(times)} within {SOON} ms"
        print(f"{name}, a scenario {kind:<14} {asked:<8} {statistics.median(times):7.0f} ms warm, {share}")


def command(name: str) -> None:
    """`covec solve` as it is typed: with what it takes to start, to read the specification and to print."""
    root = Path(__file__).parents[2]
    asked = [sys.executable, "-m", "cove_dsl.tools.cli", "solve", str(root / "specs" / name)]
    spent = []
    for _ in range(2):  # the first fills the cache of what was checked
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(asked, cwd=root, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert ended.returncode in (0, 3), ended.stderr
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"covec solve specs/{name:<12} {spent[-1]:26.1f} s of one core, start and printing included")


def everything(name: str) -> None:
    """All that `covec solve` asks, on one core, with the slowest answers and how many stay open."""
    surveyor = Surveyor(load_spec(name))
    asks, times = surveyor.asks(), []
    last = began = time.process_time()
    for found in surveyor.answers(asks):
        now = time.process_time()
        times.append((now - last, getattr(found, "scenario", "") or found.name, found.doubt is not None))  # type: ignore[union-attr]
        last = now
    slowest = ", ".join(f"{n} {t * 1000:.0f} ms" for t, n, _ in sorted(times, reverse=True)[:3])
    open_ones = sum(doubt for _, _, doubt in times)
    print(f"{name}, all {len(asks)} questions {(last - began):22.1f} s  ({open_ones} within bounds or open; {slowest})")


def main() -> None:
    for_each_scenario("retail", "checked", cheap=True)
    for_each_scenario("retail", "solved", cheap=False)
    command("retail")
    for name in ("retail", "airline", "telecom", "clinic"):
        everything(name)
    surveyor = Surveyor(load_spec("retail"))
    print(f"retail, scenarios, as `covec check` {median(lambda: list(surveyor.scenarios(cheap=True)), 1):14.0f} ms")
    over_a_database()
    text, interface = median(core_by_text), median(core_by_interface)
    print(f"minimal core, {RULES} rules × {STEPS} steps, as text   {text:8.0f} ms")
    print(f"the same, clause by clause through z3py   {interface:8.0f} ms   {interface / text:4.1f} ×")


if __name__ == "__main__":
    main()
