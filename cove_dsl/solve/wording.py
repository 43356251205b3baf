"""Words for a story that two checkers hear as it is meant: of several phrases that mean a thing, those are tried first
that mean nothing else."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from attrs import evolve

from ..backends.smt.bounded.decode import Said
from ..core.nodes import Apply, Const
from ..core.spec import Spec
from ..core.walk import walk
from .replay import Story
from .telling import heard

MOST_TRIES = 40
LISTENING = frozenset({"mentions", "matches"})


def worded(forbidden: Story, allowed: Story, forbidding: Spec, allowing: Spec) -> Story | None:
    """The story that is forbidden, in words that the generated checkers of both specifications agree with; None if no
    such words were found."""
    for said in islice(_ways(forbidden, (forbidding, allowing)), MOST_TRIES):
        if heard(forbidding, evolve(forbidden, said=said)) and heard(allowing, evolve(allowed, said=said)):
            return evolve(forbidden, said=said)
    return None


def _ways(story: Story, specs: tuple[Spec, ...]) -> Iterator[tuple[Said, ...]]:
    """What is said, with the phrases of each message in another order: rare ones first."""
    known = Counter(p for spec in specs for p in _phrases(spec))
    said = list(story.said)
    for n, fact in enumerate(said):
        if fact.op in LISTENING and fact.about and isinstance(fact.about[0], tuple):
            rare = sorted(fact.about[0], key=lambda p: (known[p], len(str(p))))
            said[n] = evolve(fact, about=(tuple(rare), *fact.about[1:]))
    yield tuple(said)
    for n, fact in enumerate(said):
        if fact.op in LISTENING and fact.about and isinstance(fact.about[0], tuple):
            phrases = fact.about[0]
            for i in range(1, len(phrases)):
                turned = evolve(fact, about=((*phrases[i:], *phrases[:i]), *fact.about[1:]))
                yield (*said[:n], turned, *said[n + 1 :])
    yield story.said


def _phrases(spec: Spec) -> Iterator[str]:
    """Every phrase that a specification listens for, as often as it does."""
    for bodies in (tuple(r.body for r in spec.rules.values()), tuple(d.body for d in spec.defines.values())):
        for node in walk(bodies):
            if isinstance(node, Apply) and node.op in LISTENING and isinstance(node.args[1], Const):
                found = node.args[1].value
                yield from map(str, found if isinstance(found, list) else [found])


__all__ = ["worded"]
