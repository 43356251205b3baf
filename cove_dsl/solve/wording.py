"""Words for a story that two checkers hear as it is meant: of several phrases that mean a thing, those are tried first
that mean nothing else; and what is claimed gets a name that sounds like a claim."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from attrs import evolve

from ..backends.python.runtime.facts import claims
from ..backends.smt.bounded.decode import Happened, Said, Witness
from ..backends.smt.relevance import once
from ..core.nodes import Apply, Const
from ..core.spec import Spec
from ..core.walk import walk
from .errors import Refuted
from .naming import renamed
from .replay import Story
from .telling import heard

MOST_TRIES = 40
FEW_TRIES = 8  # where there are many stories to find words for
FIRST_NUMBER = 101  # a word with a number is heard as an id if the number is not a small one
LISTENING = frozenset({"mentions", "matches"})


def worded(forbidden: Story, allowed: Story, forbidding: Spec, allowing: Spec) -> Story | None:
    """The story that is forbidden, in words that the generated checkers of both specifications agree with; None if no
    such words were found."""
    for said in islice(_ways(forbidden, (forbidding, allowing)), MOST_TRIES):
        if heard(forbidding, evolve(forbidden, said=said)) and heard(allowing, evolve(allowed, said=said)):
            return evolve(forbidden, said=said)
    return None


def aloud(story: Story, witness: Witness, accept: Callable[[Witness], Story], spec: Spec) -> Story | None:
    """A story in words that the generated checker agrees with: as it is, or with names that sound like claims; None if
    no such words were found."""
    for other in (witness, claimable(witness)):
        try:
            now = story if other is witness else accept(other)
        except Refuted:
            continue
        for said in islice(_ways(now, (spec,)), FEW_TRIES):
            if heard(spec, spoken := evolve(now, said=said)):
                return spoken
    return None


def claimable(witness: Witness) -> Witness:
    """The same witness with other names for what is claimed in it, where checkers would not hear these as claims."""
    unheard = dict.fromkeys(t for s in witness.said for t in s.texts if claims(t) != [t])
    names = {text: f"{text.rstrip('0123456789_')}_{FIRST_NUMBER + n}" for n, text in enumerate(unheard)}
    if not names:
        return witness
    events = tuple(evolve(e, arguments=renamed(e.arguments, names)) for e in witness.events)
    said = tuple(evolve(s, about=renamed(s.about, names), texts=renamed(s.texts, names)) for s in witness.said)
    return evolve(witness, state=renamed(witness.state, names), events=events, said=said)


def asked_for(witness: Witness) -> Witness:
    """The same witness with a user who comes first, and can say what an agent states that no result shows."""
    first = Happened("message", "user")
    events = tuple(evolve(e, step=e.step + 1) for e in witness.events)
    return evolve(witness, events=(first, *events), said=tuple(map(_later, witness.said)))


def _later(said: Said) -> Said:
    """A fact in a conversation with one more event before it."""
    about = tuple(
        ("event", a[1] + 1) if isinstance(a, tuple) and len(a) == 2 and a[0] == "event" and a[1] >= 0 else a
        for a in said.about
    )
    return evolve(said, event=said.event + 1, about=about)


def _ways(story: Story, specs: tuple[Spec, ...]) -> Iterator[tuple[Said, ...]]:
    """What is said, with the phrases of each message in another order: rare ones first."""
    known = sum(map(_known_phrases, specs), Counter[str]())
    said = list(story.said)
    for n, fact in enumerate(said):
        if fact.op in LISTENING and fact.about and isinstance(fact.about[0], tuple):
            rare = sorted(fact.about[0], key=lambda p: (known[p], len(str(p))))
            said[n] = evolve(fact, about=(tuple(rare), *fact.about[1:]))
    yield tuple(said)
    yield tuple(reversed(said))
    for n, fact in enumerate(said):
        if fact.op in LISTENING and fact.about and isinstance(fact.about[0], tuple):
            phrases = fact.about[0]
            for i in range(1, len(phrases)):
                turned = evolve(fact, about=((*phrases[i:], *phrases[:i]), *fact.about[1:]))
                yield (*said[:n], turned, *said[n + 1 :])
    yield story.said


@once
def _known_phrases(spec: Spec) -> Counter[str]:
    """How often a specification listens for each phrase."""
    return Counter(_phrases(spec))


def _phrases(spec: Spec) -> Iterator[str]:
    """Every phrase that a specification listens for, as often as it does."""
    for bodies in (tuple(r.body for r in spec.rules.values()), tuple(d.body for d in spec.defines.values())):
        for node in walk(bodies):
            if isinstance(node, Apply) and node.op in LISTENING and isinstance(node.args[1], Const):
                found = node.args[1].value
                yield from map(str, found if isinstance(found, list) else [found])


__all__ = ["aloud", "asked_for", "claimable", "worded"]
