"""Is it the named rule that stands in the way of what is to be refused? It is in every conflict where all that is asked
for could be done if it were not for the rule: a conversation in which nothing else is broken shows that. Otherwise
there is a conflict in which it has no part.
"""

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from ..backends.smt.aside import otherwise
from ..backends.smt.feasibility import CoreClause, Feasibility
from ..core.nodes import Scenario
from .errors import BOUNDED, EVERY_WORLD, REPLAYED, Refuted
from .looked import Looked
from .replay import Replay, Story, witness_of
from .search import Doubtful
from .telling import heard

if TYPE_CHECKING:
    from .scenarios import Player


@frozen
class ButFor:
    """What there is but for a rule. `needed`: it is in every conflict, and `story` does all without it; if not, `core`
    is a conflict without it; None where that stays open. `argument` names what the answer rests on."""

    needed: bool | None
    story: Story | None = None
    core: tuple[CoreClause, ...] = ()
    argument: str = ""
    looked: Looked | None = None
    doubt: Doubtful | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that stand in the way without it."""
        return tuple(dict.fromkeys(c.by.partition(".")[0] for c in self.core if c.by))

    @property
    def by_tool(self) -> bool:
        """Whether it takes a check of a tool's own, which may well say what the rule says."""
        return any(c.role == "require" for c in self.core)


def but_for(
    player: "Player", scenario: Scenario, refused: Story | None, whole: bool, proof: Feasibility | None
) -> ButFor:
    """What there is but for the rule that is to refuse. `refused`: a conversation in which it forbids a call, which is
    the last that is asked for if it is the `whole`."""
    assert scenario.refusal is not None
    free = evolve(player, aside=scenario.refusal)
    if refused is not None and whole and (done := _carried_out(free, refused)) is not None:
        return ButFor(True, done, argument=REPLAYED)
    if proof is not None and proof.status == "unsat":
        core = otherwise(proof, player.spec, scenario.refusal, player.knobs.budget)
        if core:
            return ButFor(False, core=core, argument=EVERY_WORLD)
    found = free.smallest(scenario)
    if found.story is not None:
        return ButFor(True, found.story, argument=REPLAYED)
    if found.status == "none":
        untold = any(c.role == "require" for c in found.core) and any(c.role == "rule" for c in found.core)
        once = evolve(player.knobs, attempts=1)  # without its checks a call fails: there is no story to be had of it
        of_policy = evolve(free, lenient=True, knobs=once).smallest(scenario) if untold else found
        least = of_policy if of_policy.status == "none" else found
        core = tuple(player.clause(c) for c in least.core)
        return ButFor(False, core=core, argument=BOUNDED, looked=least.looked)
    return ButFor(None, doubt=found.doubt)


def _carried_out(free: "Player", refused: Story) -> Story | None:
    """The same conversation with the call carried out that it asks about, if that succeeds and breaks nothing else."""
    try:
        story = Replay(free.spec, witness_of(refused, carried_out=True)).story(None, ())
        done = free.accepted(story, {c.position for c in refused.calls if c.ok is False})
    except Refuted:
        return None
    return evolve(done, bindings=refused.bindings) if heard(free.spec, done) else None


__all__ = ["ButFor", "but_for"]
