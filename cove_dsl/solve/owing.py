"""What rules demand once some calls were made."""

from collections.abc import Collection, Iterable, Set

from ..core.nodes import Rule
from .tested import owed_by


def owed_after(rules: Iterable[Rule], made: Set[str], known: Collection[str] = ()) -> tuple[str, ...]:
    """The tools of the calls that rules demand once some calls were made, and of those that these demand in turn, but
    for what is `known`."""
    found: dict[str, None] = {}
    rules = tuple(rules)
    while True:
        about = made | found.keys()
        owed = (n for r in rules if _triggered(r, about) for n in demanded_by(r))
        if not (new := dict.fromkeys(n for n in owed if n not in found and n not in known)):
            return tuple(found)
        found |= new


def demanded_by(rule: Rule) -> list[str]:
    """Of each call that a rule demands, a tool that is meant."""
    patterns = (d.pattern for d in rule.duties if d.label in owed_by(rule))
    return [min(p.tools) for p in patterns if p is not None and p.tools]


def _triggered(rule: Rule, tools: Set[str]) -> bool:
    pattern = rule.pattern
    return pattern is not None and pattern.kind == "call" and (not pattern.tools or bool(pattern.tools & tools))


__all__ = ["demanded_by", "owed_after"]
