"""Several ways to one end as one question: it can be met if one of its ways can be gone, and conflicts if none can.

A clause is a place of the source, in however many of the ways it stands. With one way, this is its script.
"""

from collections.abc import Collection, Iterable
from typing import TypeAlias

from attrs import frozen

from ...source import Span
from .solve import Answer, Budget, Status, ask, shrink
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

    def shrink(self, core: Iterable[str], budget: Budget) -> Answer:
        """Leaves out what the conflict does not need; what cannot be decided stays in, and the core is not minimal.
        Raises SolverCrash."""
        if len(self.scripts) == 1:
            return shrink(self.scripts[0], core, budget, list(self.clauses))
        kept, minimal = list(core), True
        for name in list(kept):
            if name not in kept:
                continue
            status, used = self.ask([n for n in kept if n != name], budget)
            minimal = minimal and status != "unknown"
            if status == "unsat":
                kept = [n for n in kept if n in used]
        again, _ = self.ask(kept, budget)
        return Answer("unsat" if again == "unsat" else "unknown", tuple(n for n in self.clauses if n in kept), minimal)


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
