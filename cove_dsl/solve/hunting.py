"""Looks for a shortest conversation with some property: found by the solver, cut down by replay, and asked for again
with fewer events until there is none.

What a conversation is looked for around is a `Focus`; what it has to do is said twice, to the solver as a demand and to
the reference evaluator as a test. Only what passes the test counts.
"""

from collections.abc import Callable, Iterable, Sequence

from attrs import define, evolve, frozen

from ..backends.smt import terms
from ..backends.smt.bounded import sequences as lists
from ..backends.smt.bounded.around import Focus, over
from ..backends.smt.bounded.decode import Happened, Witness
from ..backends.smt.bounded.questions import Question
from ..backends.smt.bounded.values import Scalar
from ..backends.smt.bounded.world import Bounds
from ..core.nodes import Rule
from ..core.spec import Spec
from ..core.types import EnumType
from .errors import MISREAD, Refuted
from .looked import NOTHING, Looked
from .plainer import cut_down, passes
from .replay import Story
from .rules import MOST_FOCI, Examiner
from .search import Doubtful, Knobs, Sought, seek
from .wording import asked_for, claimable

MOST_ROUNDS = 4


@frozen
class Quarry:
    """What a hunt came to. `events` is how long a conversation was looked for at most, `rows` how large a world;
    `limits` is what was looked at instead of all there is, in words; `shortest` says that there is none with fewer
    events within the bounds, `refused` that the tool itself always refuses the call that it is about."""

    status: str
    story: Story | None = None
    witness: Witness | None = None
    doubt: Doubtful | None = None
    events: int = 0
    rows: int = 0
    limits: tuple[str, ...] = ()
    shortest: bool = False
    refused: bool = False


@define
class Hunt:
    """`judged` are the rules that the solver looks at, `demand` what it is asked for, and `test` replays a witness and
    raises Refuted where it is not what was asked for. `heard` says whether there are words for it: one without is the
    last resort. `failing`: calls may fail, as far as the tools let them."""

    spec: Spec
    judged: tuple[Rule, ...]
    demand: Callable[[Question], None]
    test: Callable[[Witness], Story]
    knobs: Knobs
    failing: bool = False
    heard: Callable[[Witness], bool] = lambda _: True
    longest: int = 0
    rows: int = 0
    looked: Looked = NOTHING
    mute: Quarry | None = None

    def run(self, foci: Iterable[Focus], needed: Iterable[Bounds], further: Iterable[Bounds] = ()) -> Quarry:
        """The shortest conversation around one of some events; what goes through is preferred to what is only asked
        about. Worlds of all `needed` sizes have to be looked at, those that are `further` as far as the budget goes."""
        foci, doubt = list(foci), None
        first = [f for f in foci if f.open] or foci
        for bounds in needed:
            found, open_ = self._around(first, foci, bounds)
            if found is not None:
                return found
            doubt = open_ or doubt
        for bounds in further if doubt is None and self.mute is None else ():
            found, open_ = self._around(first, foci, bounds)
            if found is not None:
                return found
            if open_ is not None:
                break
        status, limits = "unknown" if doubt else "none", self.looked.limits
        return self.mute or Quarry(status, doubt=doubt, events=self.longest, rows=self.rows, limits=limits)

    def far(
        self, foci: list[Focus], widened: Callable[[list[Focus]], list[Focus]], needed: Sequence[Bounds],
        further: Iterable[Bounds] = (),
    ) -> Quarry:  # fmt: skip
        """As `run`; where there is nothing, or only a call that its tool refuses, then around the same events with more
        about them, in worlds of the first size."""
        found = self.run(foci, needed, further)
        if found.status != "none" and not found.refused:
            return found
        wide = widened([f for f in foci if not (found.refused and f.open)])
        more = evolve(self, mute=None).run(wide, needed[:1]) if wide else found
        return more if more.status in ("found", found.status) else found

    def _around(self, first: list[Focus], foci: list[Focus], bounds: Bounds) -> tuple[Quarry | None, Doubtful | None]:
        """One size of worlds: what was found, or why something stayed open."""
        doubt: Doubtful | None = None
        here = NOTHING
        for focus in first:
            found = self._seek(focus, bounds)
            if found.doubt is not None and found.doubt.why.startswith(MISREAD):
                tidy = self._seek(focus, bounds, tidy=True)
                found = tidy if tidy.story is not None else found
            if found.story is not None:
                tidy = self._seek(focus, bounds, tidy=True)
                found = tidy if tidy.story is not None else found
                best = self._best(focus, foci, bounds, found)
                if best.witness is not None and self.heard(best.witness):
                    return best, None
                self.mute = self.mute or best
                continue
            doubt, here = found.doubt or doubt, here + found.looked
        if doubt is None:
            self.rows, self.looked = max(self.rows, bounds.rows), self.looked + here
        return None, doubt

    def _best(self, focus: Focus, foci: list[Focus], bounds: Bounds, found: Sought) -> Quarry:
        """What goes through before what is only asked about; of these the shortest."""
        answers = []
        for other in (f for f in foci if focus.open and not f.open and f.tool is focus.tool):
            again = self._seek(other, bounds)
            if again.story is not None:
                tidy = self._seek(other, bounds, tidy=True)
                return self._shortest([f for f in foci if not f.open], bounds, tidy if tidy.story else again)
            answers.append(again.status)
        made = self._shortest([f for f in foci if f.open == focus.open], bounds, found)
        return evolve(made, refused=bool(answers) and all(a == "none" for a in answers))

    def _shortest(self, foci: list[Focus], bounds: Bounds, found: Sought) -> Quarry:
        """Cut down, then asked for with fewer events, around each event that it may be about, until there is none. What
        has no words is no shorter one."""
        witness, sure = self._cut(found), True
        for focus in foci:
            for _ in range(MOST_ROUNDS):
                shorter = self._seek(focus, bounds, most=len(witness.events) - 1)
                fewer = self._cut(shorter) if shorter.story is not None else None
                if fewer is None or len(fewer.events) >= len(witness.events) or not self._is_as_good(fewer, witness):
                    sure = sure and shorter.status == "none"
                    break
                witness = fewer
            else:
                sure = False
        return Quarry("found", self._tested(witness), witness, events=self.longest, rows=self.rows, shortest=sure)

    def _is_as_good(self, fewer: Witness, witness: Witness) -> bool:
        return self.heard(fewer) or not self.heard(witness)

    def _cut(self, found: Sought) -> Witness:
        """A witness of which nothing can be left out, with names that can be said; where an agent states what nobody
        has shown, with a user who comes and says it."""
        assert found.story is not None
        witness = cut_down(witness_of(found.story), self._tested)
        named = claimable(witness)
        witness = named if passes(named, self._tested) else witness
        if self.heard(witness) or witness.events[0].role == "user":
            return witness
        opened = asked_for(witness)
        return opened if passes(opened, self._tested) and self.heard(opened) else witness

    def _seek(self, focus: Focus, bounds: Bounds, most: int | None = None, tidy: bool = False) -> Sought:
        def write(question: Question) -> None:
            question.trial(evolve(focus, failing=self.failing))
            question.succeed()
            self.demand(question)
            self.longest = max(self.longest, len(question.slots))
            if most is not None:
                question.fact(f"(<= {lists.tally([s.occurs for s in question.slots])} {most})")
            if tidy:
                self._proper(question)

        return seek(self.spec, self.judged, write, self._tested, self.knobs, ladder=(bounds,))

    def _tested(self, witness: Witness) -> Story:
        """What the test says, and that every call that is made succeeds, unless calls may fail here."""
        story = self.test(witness)
        failed = next((c for c in story.calls if c.ok is False), None)
        if failed is not None and not self.failing:
            raise Refuted(f"`{failed.tool}` fails: {failed.result}")
        return story

    def _proper(self, question: Question) -> None:
        """Arguments that are values of their enums: what else they are, not every rule can work with."""
        for slot in question.slots:
            for param in self.spec.tools[slot.tool].params if slot.kind == "call" else ():
                value = slot.args.get(param.name)
                if isinstance(param.type, EnumType) and isinstance(value, Scalar):
                    wires = [question.text(w).term for w in self.spec.enums[param.type.name].values.values()]
                    question.fact(terms.either(terms.equal(value.term, w) for w in wires))


def may_turn_on_failure(rule: Rule, spec: Spec) -> bool:
    """Whether a rule speaks of calls that may have failed."""
    return any(p.status != "ok" for p in over(rule, spec))


def witness_of(story: Story) -> Witness:
    """The witness that a story is the replay of."""
    starts = [s.position for s in story.steps]
    events = tuple(
        Happened(e.kind, e.role, e.tool, e.arguments, 0, sum(s <= e.position for s in starts), e.ok is None)
        if e.kind == "call"
        else Happened(e.kind, e.role, step=sum(s <= e.position for s in starts))
        for e in story.events
    )
    return Witness(story.state, {}, events, story.said)


# --- where to look ----------------------------------------------------------------------------------------------------


def around(examiner: Examiner, rule: Rule, tools: Iterable[str]) -> list[Focus]:
    """Every event on which a rule may be broken: a rule about calls is tried on each of some tools."""
    pattern = rule.pattern
    if pattern is None or pattern.kind != "call":
        return list(examiner.foci(rule))
    some = sorted(tools, key=list(examiner.spec.tools).index)
    parts = [frozenset(some[i : i + MOST_FOCI]) for i in range(0, len(some), MOST_FOCI)]
    return [f for part in parts for f in examiner.foci(evolve(rule, pattern=evolve(pattern, tools=part)))]


def meant_tools(rule: Rule, spec: Spec) -> frozenset[str]:
    """The tools of whose calls a rule speaks."""
    pattern = rule.pattern
    if pattern is None or pattern.kind != "call":
        return frozenset()
    return frozenset(
        n for n, t in spec.tools.items() if n in (pattern.tools or spec.tools) and pattern.role in (None, t.requestor)
    )


__all__ = ["Hunt", "Quarry", "around", "meant_tools", "witness_of"]
