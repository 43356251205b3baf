"""A task: what a scenario became when it was drawn over a world. Plain values, so that a task is the same wherever it
is read; what stands in a dataset of it is `cove_object`.
"""

import hashlib
from typing import Any, Literal

from attrs import asdict, field, frozen

from ..backends.python.runtime.world import canonical

Call = dict[str, Any]
Plan = list[Call]


@frozen
class Fact:
    """Something that the user can say. `phrase` is the value in words, or the sentence that says it; `names` are the
    bindings that it speaks of."""

    kind: Literal["knows", "volunteers", "describes"]
    label: str
    value: Any = field(eq=False)
    phrase: str
    names: tuple[str, ...]
    authored: bool = False
    shape: Literal["text", "thing", "map", "choice", "sentence"] = "text"


@frozen
class Need:
    """A row that has to be read on the way."""

    table: str
    key: str


@frozen
class Move:
    """One thing that the user comes for, and what is right to do about it: carry out the call, refuse it under a rule,
    say that nothing fits, make a call that changes nothing, ask the user to make a call, answer a question, or
    only hear what the user tells.

    `others`: calls that would be as right as `call`. `slots`: the bindings behind each parameter. `own`: whether it is
    about the user's own rows. `story`: whether the wish needs the persona's words to be understood.
    `led`: the user has named an end, and the agent leads there. `sums`: how amounts in the call are worked out,
    each with its arithmetic.
    """

    kind: Literal["do", "refuse", "unable", "act", "ask", "learn", "tell"]
    scenario: str
    call: Call = field(factory=dict)
    facts: tuple[Fact, ...] = ()
    slots: dict[str, tuple[str, ...]] = field(factory=dict)
    needs: tuple[Need, ...] = ()
    name: str = ""
    text: str = ""
    value: Any = None
    is_money: bool = False
    sum: str | None = None
    rule: tuple[str, str] = ("", "")
    others: tuple[Call, ...] = ()
    own: bool = True
    story: bool = False
    led: bool = False
    sums: tuple[tuple[Any, str], ...] = ()


@frozen
class Lookup:
    """A tool by which the person is found, with the arguments that find exactly this one."""

    tool: str
    arguments: dict[str, Any]


@frozen
class Profile:
    """What the user has to say, and how: everything else is hidden from that party."""

    knows: tuple[Fact, ...]
    volunteers: tuple[Fact, ...]
    describes: tuple[Fact, ...]
    person: tuple[Fact, ...]
    personas: tuple[str, ...]


@frozen
class Task:
    """`accept`: plans whose ends are all right; `said`: what the agent owes in words or calls; `moves`: a witness;
    `prompt`: what a model that plays the user is told; `asserted`: what must hold at the end; `world`: the hash of the
    database, to which `start` is added; `edge`: the comparison on whose edge it sits, if it was drawn for that."""

    id: str
    scenarios: tuple[str, ...]
    seed: int
    index: int
    spec: str
    world: str
    start: tuple[tuple[str, Any], ...]
    bindings: dict[str, Any]
    profile: Profile
    person: tuple[str, str]
    lookups: tuple[Lookup, ...]
    accept: tuple[Plan, ...]
    said: tuple[dict[str, Any], ...]
    refusal: tuple[str, str] | None
    facts: dict[str, Any]
    descriptions: tuple[dict[str, Any], ...]
    moves: tuple[Move, ...]
    prompt: str = field(repr=False)
    asserted: tuple[dict[str, Any], ...] = ()
    edge: dict[str, Any] | None = None

    def cove_object(self) -> dict[str, Any]:
        """What a row of a dataset says of its task, and what the checker reads."""
        refusal = {"rule": self.refusal[0], "label": self.refusal[1]} if self.refusal else None
        return {
            "spec": self.spec, "scenario": list(self.scenarios), "seed": self.seed, "index": self.index,
            "accept": list(self.accept), "said": list(self.said), "refusal": refusal, "facts": self.facts,
            "descriptions": list(self.descriptions), "profile": asdict(self.profile), "world": {"hash": self.world},
            **({"asserted": list(self.asserted)} if self.asserted else {}),
            **({"edge": self.edge} if self.edge else {}),
            **({"refused": refused} if (refused := [m.call for m in self.moves if m.kind == "refuse"]) else {}),
        }  # fmt: skip


def stable_hash(*parts: Any) -> str:
    """A hash of JSON values that is the same on every machine."""
    return hashlib.sha256("\n".join(map(canonical, parts)).encode("utf-8", "surrogatepass")).hexdigest()


__all__ = ["Call", "Fact", "Lookup", "Move", "Need", "Plan", "Profile", "Task", "stable_hash"]
