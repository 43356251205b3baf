"""All that is wrong with what cannot be: every minimal core, and the smallest sets of clauses to drop. Both are of all
ways together: a core leaves none of them, and it is enough to open one.

`cores` enumerates minimal cores (MARCO: Liffiton et al., "Fast, flexible MUS enumeration", 2016): a map of subsets not
yet explored gives a seed, which is grown to a satisfiable whole or shrunk to a core, and then blocked. `corrections`
hits every core with as few clauses as can be (implicit hitting sets), and is proved by asking what is left. `lightest`
hits every correction with as little as can be (Ignatiev et al., "Smallest MUS extraction with minimal hitting set
dualization", 2015): what hits them all and conflicts is a core, and none is lighter.
"""

from collections.abc import Collection, Mapping
from importlib import import_module
from itertools import combinations
from typing import Any

from attrs import frozen

from .solve import Answer, Budget
from .terms import Script
from .ways import Opened, Ways, ways_of

MOST_CHECKS = 200
MOST_OUT = 8  # corrections that are told apart
MOST_SEEDS = 40  # that are tried for a lighter core


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
    asked: Script | Ways, budget: Budget, droppable: frozenset[str], most: int = MOST_OUT
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


def lightest(ways: Ways, core: Collection[str], weights: Mapping[str, int], budget: Budget) -> Answer | None:
    """A minimal core that weighs less than the one that is known, and as little as was found to be possible; None if
    there is none. Only clauses that have a weight take part. Raises SolverCrash."""
    opened, unexplored = ways.opened(weights, budget), _Map(list(weights))
    unexplored.block_up(tuple(core))
    best, hitting = _weight(core, weights), _Hitting(weights)
    found: list[str] = []
    for _ in range(MOST_SEEDS):
        seed = hitting.lightest()
        if _weight(seed, weights) >= best:
            break
        held, met = _explored(opened, seed, unexplored)
        for conflict in met:
            if _weight(conflict, weights) < best:
                best, found = _weight(conflict, weights), [n for n in weights if n in conflict]
        if held is None:
            break
        hitting.correct(weights.keys() - held)
    return _shown(ways, found, budget) if found else None


def _explored(
    opened: Opened, seed: frozenset[str], unexplored: "_Map"
) -> tuple[frozenset[str] | None, list[tuple[str, ...]]]:
    """The seed with as much as can hold together with it, and the cores that were met on the way; nothing holds where
    the seed conflicts or that cannot be decided."""
    met: list[tuple[str, ...]] = []
    status, used = opened.ask(seed)
    if status != "sat":
        return None, [opened.shrink(used).core] if status == "unsat" else []
    while (wide := unexplored.widest(seed)) != seed:
        status, used = opened.ask(wide)
        if status != "unsat":
            return (wide if status == "sat" else seed), met
        met.append(opened.shrink(used).core)
        unexplored.block_up(met[-1])
    return seed, met


def _shown(ways: Ways, core: list[str], budget: Budget) -> Answer | None:
    """A core, asked for in contexts of its own."""
    answer = ways.opened(core, budget).shrink(core)
    return answer if answer.status == "unsat" else None


def _weight(names: Collection[str], weights: Mapping[str, int]) -> int:
    return sum(weights[n] for n in names)


class _Hitting:
    """Sets of clauses that have one of each correction."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        z3: Any = import_module("z3")
        self.z3, self.context = z3, z3.Context()
        self.truths = {n: z3.Bool(n, self.context) for n in weights}
        self.solver = z3.Optimize(ctx=self.context)
        for name, weight in weights.items():
            self.solver.add_soft(z3.Not(self.truths[name]), weight)

    def lightest(self) -> frozenset[str]:
        self.solver.check()
        model = self.solver.model()
        return frozenset(n for n, t in self.truths.items() if self.z3.is_true(model.eval(t)))

    def correct(self, names: Collection[str]) -> None:
        """Without these nothing conflicts, so one of them is in every core."""
        self.solver.add(self.z3.Or([self.truths[n] for n in self.truths if n in names], self.context))


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


__all__ = ["Cores", "all_cores", "cores", "corrections", "lightest"]
