"""Which rules stayed undecided in judged conversations, and what they rest on.

In: the verify line of each conversation. Out: a line for each requirement that was unknown somewhere, with the first
place and what was not known. What nobody can judge but a reader (`judged` rules) is no news and left out.
"""

from typing import Any

from attrs import define, field

from ..core.spec import Spec
from ..world.reliance import relies_on
from .cells import visible

MOST = 12


@define(eq=False)
class Unknown:
    """The unknown requirements of many conversations: in which, and the first of each. `has_state`: the world was known
    when they began."""

    spec: Spec
    has_state: bool
    met: dict[tuple[str, str], set[str]] = field(factory=dict, init=False)
    first: dict[tuple[str, str], str] = field(factory=dict, init=False)
    strayed: bool = field(default=False, init=False)

    def enter(self, row: dict[str, Any]) -> None:
        if "error" in row:
            return
        self.strayed = self.strayed or bool(row["world"]["mismatches"])
        for rule in row["rules"]:
            if rule["verdict"] == "unknown" and rule["severity"] == "error":
                for event in (e for e in rule["events"] if e["verdict"] == "unknown"):
                    key = rule["rule"], event["label"]
                    self.met.setdefault(key, set()).add(str(row["id"]))
                    self.first.setdefault(key, _where(str(row["id"]), event))

    def summary(self) -> list[str]:
        """A line for each requirement."""
        more = len(self.met) - MOST
        lines = [self._line(*key) for key in list(self.met)[:MOST]]
        return [*lines, *([f"unknown: and {more} more requirement{'s' if more > 1 else ''}"] if more > 0 else [])]

    def _line(self, rule: str, label: str) -> str:
        ids = self.met[rule, label]
        many = f"{len(ids)} conversations, the first in " if len(ids) > 1 else ""
        found = relies_on(self.spec, self.spec.rules[rule], label, self.has_state and not self.strayed)
        rests = f"; it rests on {', and on '.join(found)}" if found else ""
        name = f"{rule}.{label}" if label else rule
        return f"unknown: {name} in {many}{self.first[rule, label]}{rests}"


def _where(name: str, event: dict[str, Any]) -> str:
    return f"{visible(name)}, message {event['message']}" if event["message"] >= 0 else f"{visible(name)}, at its end"


__all__ = ["Unknown"]
