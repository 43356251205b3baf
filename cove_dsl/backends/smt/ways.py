"""Several ways to one end as one question: it can be met if one of its ways can be gone, and conflicts if none can.

A clause is a place of the source, in however many of the ways it stands. With one way, this is its script.
"""

from collections.abc import Collection, Iterable
from typing import TypeAlias

from attrs import frozen

from ...source import Span
from .solve import Answer, Budget, Parts, Status, ask, least
from .terms import Clause, Script, symbol

Place: TypeAlias = tuple[str, Span, str]


@frozen
class Ways:
    """Scripts of which one is enough. `clauses` are those of all, by name; `named` has for each script the names that
    its own clauses have there."""

    scripts: tuple[Script, ...]
    clauses: dict[str, Clause]
    named: tuple[dict[str, str], ...]

    def ask(self, kept: Collection[str], budget: Budget) -> tuple[Status, frozenset[str]]:
        """Whether some way can be gone under some clauses; if not, those that the refutations used. Raises
        SolverCrash."""
        worst: Status = "unsat"
        found: set[str] = set()
        for script, named in zip(self.scripts, self.named, strict=True):
            status, used = ask(script.text(without=[n for n, name in named.items() if name not in kept]), budget)
            if status == "sat":
                return status, frozenset()
            worst = status if status == "unknown" else worst
            found |= {name for n, name in named.items() if symbol(n) in used}
        return worst, frozenset(found) if worst == "unsat" else frozenset()

    def opened(self, kept: Collection[str], budget: Budget, shown: frozenset[str] | None = None) -> "Opened":
        """The ways under some clauses, and fewer, to be asked again and again. `shown`: what was refuted already."""
        parts = []
        for script, named in zip(self.scripts, self.named, strict=True):
            own = frozenset(n for n, name in named.items() if name in shown) if shown is not None else None
            parts.append(Parts(script, [n for n, name in named.items() if name in kept], budget, own))
        return Opened(self, tuple(parts), budget)

    def shrink(self, core: Collection[str], budget: Budget) -> Answer:
        """Leaves out what a conflict that was shown does not need. Raises SolverCrash."""
        return self.opened(core, budget, frozenset(core)).shrink(core)


@frozen
class Opened:
    """Ways that are asked about some of their clauses again and again, each in one context."""

    ways: Ways
    parts: tuple[Parts, ...]
    budget: Budget

    def ask(self, kept: Collection[str]) -> tuple[Status, frozenset[str]]:
        """Whether some way can be gone under some clauses; if not, those that the refutations used. Raises
        SolverCrash."""
        worst: Status = "unsat"
        found: set[str] = set()
        for parts, named in zip(self.parts, self.ways.named, strict=True):
            status, used = parts.ask([n for n in parts.names if named[n] in kept])
            if status == "sat":
                return status, frozenset()
            worst = status if status == "unknown" else worst
            found |= {named[n] for n in used}
        return worst, frozenset(found) if worst == "unsat" else frozenset()

    def shrink(self, core: Collection[str]) -> Answer:
        """A minimal core of what was refuted, in the order of the clauses. Raises SolverCrash."""
        shown = [
            frozenset(named[n] for n in p.shown or ()) for p, named in zip(self.parts, self.ways.named, strict=True)
        ]
        return least(
            [n for n in self.ways.clauses if n in core],
            self.ask,
            lambda names: self.ways.ask(names, self.budget),
            frozenset[str]().union(*shown) if all(shown) else frozenset(),
        )


def ways_of(scripts: Iterable[Script]) -> Ways:
    """Scripts as one question: what stands at one place is one clause."""
    scripts = tuple(scripts)
    known: dict[Place, list[str]] = {}
    clauses: dict[str, Clause] = {}
    named: list[dict[str, str]] = []
    for number, script in enumerate(scripts, 1):
        own: dict[str, str] = {}
        taken: set[str] = set()
        for name, clause in script.clauses.items():
            here = known.setdefault(_place(clause), [])
            same = next((n for n in here if n not in taken), None)
            if same is None:
                same = name if name not in clauses else f"{name}.way.{number}"
                here.append(same)
                clauses[same] = clause
            own[name] = same
            taken.add(same)
        named.append(own)
    return Ways(scripts, clauses, tuple(named))


def _place(clause: Clause) -> Place:
    """What makes two clauses one: the place, and the rule or tool that it is said for. A goal is the same one whichever
    its turn."""
    of = clause.name.split(".")[1] if clause.role in ("rule", "require", "effect") and "." in clause.name else ""
    return clause.role, clause.span, of


__all__ = ["Ways", "ways_of"]
