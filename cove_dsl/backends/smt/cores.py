"""All that is wrong with what cannot be: every minimal core, and the smallest sets of clauses to drop. Both are of all
ways together: a core leaves none of them, and it is enough to open one.

`cores` enumerates minimal cores (MARCO: Liffiton et al., "Fast, flexible MUS enumeration", 2016): a map of subsets not
yet explored gives a seed, which is grown to a satisfiable whole or shrunk to a core, and then blocked. `corrections`
hits every core with as few clauses as can be (implicit hitting sets), and is proved by asking what is left.
"""

from importlib import import_module
from itertools import combinations
from typing import Any

from attrs import frozen

from .solve import Budget
from .terms import Script
from .ways import Ways, ways_of

MOST_CHECKS = 200


@frozen
class Cores:
    """Minimal cores, each with every clause needed; `complete` if there are no others."""

    cores: tuple[tuple[str, ...], ...]
    complete: bool


def all_cores(asked: Script | Ways, budget: Budget, most: int = 20) -> Cores:
    """Every minimal core; none if the script, or one of the ways, can hold. Stops after `most`. What the solver cannot
    decide, and a core that could not be shown to be minimal, may hide others."""
    ways = asked if isinstance(asked, Ways) else ways_of([asked])
    everything = list(ways.clauses)
    unexplored, sure = _Map(everything), True
    found: list[tuple[str, ...]] = []
    for _ in range(MOST_CHECKS):
        seed = unexplored.seed()
        if seed is None or len(found) >= most:
            return Cores(tuple(found), sure and seed is None)
        status, used = ways.ask(seed, budget)
        if status == "unsat":
            made = ways.shrink([n for n in everything if n in used], budget)
            unexplored.block_up(made.core)
            sure = sure and made.status == "unsat" and made.minimal
            found.append(made.core)
        else:
            sure = sure and status == "sat"
            unexplored.block_down(_grown(ways, seed, budget, unexplored) if status == "sat" else seed)
    return Cores(tuple(found), False)


def cores(asked: Script | Ways, budget: Budget, most: int = 20) -> tuple[tuple[str, ...], ...]:
    """Minimal cores, so many at most."""
    return all_cores(asked, budget, most).cores


def _grown(ways: Ways, seed: frozenset[str], budget: Budget, unexplored: "_Map") -> frozenset[str]:
    """A satisfiable set that has the seed in it and is blocked by no core found so far."""
    return unexplored.widest(seed) if ways.ask(unexplored.widest(seed), budget)[0] == "sat" else seed


def corrections(
    asked: Script | Ways, budget: Budget, droppable: frozenset[str], most: int = 8
) -> list[tuple[str, ...]]:
    """The smallest sets of clauses whose loss lets the rest hold, all of one size; empty if none was found."""
    ways = asked if isinstance(asked, Ways) else ways_of([asked])
    everything = list(ways.clauses)
    known: list[frozenset[str]] = []
    for _ in range(MOST_CHECKS):
        hit = _hitting(known, droppable, everything)
        if not hit:
            return []
        tried = [(h, *ways.ask(frozenset(everything) - set(h), budget)) for h in hit[:most]]
        good = [h for h, status, _ in tried if status == "sat"]
        new = [used for _, status, used in tried if status == "unsat"]
        if good and len(good) == len(tried):
            return good
        if not new:
            return good
        conflicts = [[n for n in everything if n in used] for used in new]
        known += [frozenset(ways.shrink(found, budget).core) for found in conflicts]
    return []


def _hitting(known: list[frozenset[str]], droppable: frozenset[str], everything: list[str]) -> list[tuple[str, ...]]:
    """The smallest sets that have a droppable clause of every core."""
    if not known:
        return [()]
    candidates = [n for n in everything if n in droppable and any(n in core for core in known)]
    for size in range(1, min(len(known), 4) + 1):
        found = [h for h in combinations(candidates, size) if all(core & set(h) for core in known)]
        if found:
            return found
    return []


class _Map:
    """The subsets of clauses of which nothing is known yet, as a formula over one truth for each clause."""

    def __init__(self, names: list[str]) -> None:
        z3: Any = import_module("z3")
        self.z3, self.context = z3, z3.Context()
        self.truths = {n: z3.Bool(n, self.context) for n in names}
        self.solver = z3.Solver(ctx=self.context)
        self.cores: list[frozenset[str]] = []

    def seed(self) -> frozenset[str] | None:
        """A subset that is not explored, as large as the map's solver made it."""
        if str(self.solver.check()) != "sat":
            return None
        model = self.solver.model()
        return frozenset(n for n, t in self.truths.items() if not self.z3.is_false(model.eval(t)))

    def widest(self, seed: frozenset[str]) -> frozenset[str]:
        """The seed with every clause that completes no known core."""
        wide = set(seed)
        for name in self.truths:
            if name not in wide and not any(core <= wide | {name} for core in self.cores):
                wide.add(name)
        return frozenset(wide)

    def block_up(self, core: tuple[str, ...]) -> None:
        """Every superset of a core conflicts."""
        self.cores.append(frozenset(core))
        self.solver.add(self.z3.Or([self.z3.Not(self.truths[n]) for n in core], self.context) if core else False)

    def block_down(self, held: frozenset[str]) -> None:
        """Every subset of what can hold can hold."""
        rest = [t for n, t in self.truths.items() if n not in held]
        self.solver.add(self.z3.Or(rest, self.context) if rest else False)


__all__ = ["Cores", "all_cores", "cores", "corrections"]
