"""Which rule of one policy is which of another: by name, then by what they mean, then by most of what they mean."""

from typing import Literal

from attrs import frozen

from ..core.spec import Spec
from .meaning import Reader, Requirement


@frozen
class Pair:
    """A rule in both policies, or in one of them. `reworded`: what agents are told of it is not the same text."""

    old: str | None
    new: str | None
    same: bool = False
    reworded: bool = False

    def of(self, side: Literal["old", "new"]) -> str | None:
        return self.old if side == "old" else self.new

    @property
    def change(self) -> str:
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        if self.old != self.new:
            return "renamed" if self.same else "renamed and changed"
        return "same" if self.same else "changed"


def paired(old: Spec, new: Spec, before: Reader, after: Reader) -> tuple[Pair, ...]:
    """Every rule of both, in the order of the new policy; those that are gone come last."""
    twins = {n: n for n in new.rules if n in old.rules}
    gone = [n for n in old.rules if n not in new.rules]
    for least in (1.0, 0.5):
        for name in new.rules:
            if name not in twins:
                near = max(gone, key=lambda o: _alike(before.rule(o), after.rule(name)), default=None)
                if near is not None and _alike(before.rule(near), after.rule(name)) >= least:
                    twins[name] = near
                    gone.remove(near)
    both = [_pair(twins.get(n), n, old, new, before, after) for n in new.rules]
    return (*both, *(_pair(n, None, old, new, before, after) for n in gone))


def _alike(a: frozenset[Requirement], b: frozenset[Requirement]) -> float:
    """How much of what two rules require is the same."""
    return len(a & b) / len(a | b) if a and b else 0.0


def _pair(a: str | None, b: str | None, old: Spec, new: Spec, before: Reader, after: Reader) -> Pair:
    if a is None or b is None:
        return Pair(a, b)
    one, other = old.rules[a], new.rules[b]
    judged = "judged" in (one.when, other.when)
    same = one.doc == other.doc and one.when == other.when if judged else before.rule(a) == after.rule(b)
    return Pair(a, b, same and one.severity == other.severity, one.doc != other.doc)


__all__ = ["Pair", "paired"]
