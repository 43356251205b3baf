"""What a reader makes of the rules that only a reader can judge, kept apart from every verdict and score.

In: a program, a conversation and a `Reader`: a person, or a model behind a client. Out: one reading for each `judged`
rule. Nothing here asks a reader unless it is called, no report or score looks at a reading, and a reader that does not
answer with true or false leaves the reading unknown. None is bundled.
"""

from typing import Any, Literal, Protocol

from attrs import frozen

from ..backends.python.runtime.events import read_trajectory
from ..backends.python.runtime.sandbox import Program


class Reader(Protocol):
    """Somebody who reads a conversation. `name` goes into each reading: a model's name and version, say."""

    name: str

    def kept(self, rule: str, messages: list[dict[str, Any]]) -> bool | None:
        """Whether a rule, given in its own words, was kept throughout; None where the reader cannot tell."""


@frozen
class Reading:
    """One rule as one reader saw it."""

    rule: str
    reader: str
    verdict: Literal["satisfied", "violated", "unknown"]


def readings(program: Program, messages: list[dict[str, Any]], reader: Reader) -> list[Reading]:
    """A reading of each `judged` rule, in the order of the specification. Raises TrajectoryError for a wrong shape."""
    read_trajectory(messages)
    rules = [(name, rule.text) for name, rule in program.rules.items() if rule.when == "judged"]
    return [Reading(name, reader.name, _verdict(reader.kept(text, messages))) for name, text in rules]


def _verdict(kept: bool | None) -> Literal["satisfied", "violated", "unknown"]:
    return "unknown" if not isinstance(kept, bool) else "satisfied" if kept else "violated"


__all__ = ["Reader", "Reading", "readings"]
