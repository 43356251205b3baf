"""How two policies differ: for each rule and as a whole, with a shortest conversation that one forbids and the other
allows, each way.

What a normal form shows to be the same, or to follow, is proved. What it leaves open is asked of the solver in small
worlds. A conversation is believed after the reference evaluator has replayed it under both policies, and the generated
checkers of both have heard its words.
"""

import time
from collections.abc import Iterable
from typing import Literal

from attrs import define, evolve, field, frozen

from ..backends.smt.bounded import sequences as lists
from ..backends.smt.bounded.around import Focus
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.questions import Question
from ..core.nodes import Check, Rule
from ..core.spec import Spec
from .errors import UNHEARD, Refuted
from .hunting import Hunt, Quarry, around, may_turn_on_failure
from .joining import Joint, join
from .matching import Pair, paired
from .meaning import Reader, Requirement, entailed
from .normal import Pool
from .replay import Replay, Story
from .rules import Examiner
from .search import MOST_OTHERS, Doubtful, Knobs
from .sizes import sizes
from .structure import Changed, changes
from .wording import worded

Relation = Literal["equivalent", "stricter", "looser", "incomparable", "unknown"]
Side = Literal["old", "new"]
OTHER: dict[Side, Side] = {"old": "new", "new": "old"}

SAME = "the same after normalisation"
FOLLOWS: dict[Side, str] = {
    "old": "each requirement of OLD follows from one of NEW",
    "new": "each requirement of NEW follows from one of OLD",
}
NOTHING = "no rule of its own"
WARNING = "a warning binds nobody"
READERS = "only a reader can tell whether two texts mean the same"
NO_TOOLS = "it is about tools that only one of the two has"


@frozen
class Distinction:
    """A conversation that one side forbids and the other allows; `spoken` is the same with the phrases that were chosen
    for it. `by` are the rules (with labels) that forbid it,
    `despite` those of the other side that forbid it for another reason, `unknown` those that cannot tell. `refused`:
    the tool itself refuses the call it is about, so only who asks beforehand sees a difference; `shortest`: there is
    none with fewer events within the bounds."""

    story: Story
    spoken: Story
    forbidding: Side
    by: tuple[tuple[str, str], ...]
    despite: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    shortest: bool = False
    refused: bool = False

    @property
    def length(self) -> int:
        return len(self.story.events)


@frozen
class Way:
    """Whether one side forbids what the other allows. `found` comes with a conversation; `none` with an argument that
    is a proof or names its bounds; `unknown` with a doubt."""

    status: Literal["found", "none", "unknown"]
    argument: str = ""
    proved: bool = False
    distinction: Distinction | None = None
    doubt: Doubtful | None = None


@frozen
class RuleDifference:
    """How one rule differs. `forbids` is whether the new one forbids what the old one allows, `allows` the reverse;
    `gone` and `come` are the requirements without a twin; `covered`: the policy as a whole does not differ by it."""

    pair: Pair
    relation: Relation
    forbids: Way
    allows: Way
    gone: tuple[Requirement, ...] = ()
    come: tuple[Requirement, ...] = ()
    covered: bool = False
    millis: int = 0


@frozen
class Difference:
    """How NEW differs from OLD. Where the worlds differ, the policies are compared in the new one."""

    old: Spec
    new: Spec
    relation: Relation
    forbids: Way
    allows: Way
    rules: tuple[RuleDifference, ...]
    changed: tuple[Changed, ...]
    same_world: bool
    millis: int = 0


def relation_of(forbids: Way, allows: Way) -> Relation:
    match forbids.status, allows.status:
        case "found", "found":
            return "incomparable"
        case "found", "none":
            return "stricter"
        case "none", "found":
            return "looser"
        case "none", "none":
            return "equivalent"
    return "unknown"


@define
class Comparer:
    """Compares two policies. What is said of `new` and `old` by turns is written once, for a side and its other."""

    old: Spec
    new: Spec
    knobs: Knobs
    pool: Pool = field(factory=Pool)
    changed: tuple[Changed, ...] = field(init=False)
    readers: dict[Side, Reader] = field(init=False)
    joint: Joint = field(init=False)
    shared: frozenset[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.changed = changes(self.old, self.new, self.pool)
        common = frozenset(self.old.tools) & frozenset(self.new.tools)
        self.readers = {"old": Reader(self.old, self.pool, common), "new": Reader(self.new, self.pool, common)}
        self.shared = self._shared()
        self.joint = join(self.old, self.new, self.same_world, self.shared)

    @property
    def same_world(self) -> bool:
        return not any(c.part == "world" and c.change != "reworded" for c in self.changed)

    def _shared(self) -> frozenset[str]:
        """The rules that are the same in both, and rest on rules that are."""
        found: set[str] = set()
        for name, rule in self.old.rules.items():
            twin = self.new.rules.get(name)
            if twin is not None and rule.severity == twin.severity and set(rule.presupposes) <= found:
                mine, theirs = self.readers["old"].rule(name), self.readers["new"].rule(name)
                if mine == theirs and set(rule.presupposes) == set(twin.presupposes):
                    found.add(name)
        return frozenset(found)

    # --- the whole

    def compare(self) -> Difference:
        began = time.perf_counter()
        rules = tuple(map(self.rule, paired(self.old, self.new, self.readers["old"], self.readers["new"])))
        forbids, allows = (self._whole(side, rules) for side in ("new", "old"))
        return Difference(
            self.old, self.new, relation_of(forbids, allows), forbids, allows, rules, self.changed, self.same_world,
            round((time.perf_counter() - began) * 1000),
        )  # fmt: skip

    def _whole(self, side: Side, rules: tuple[RuleDifference, ...]) -> Way:
        """The shortest of what was found rule by rule, if it holds of the whole policy."""
        judged = next((w for r in rules if (w := self._read(side, r)) is not None), None)
        if not self.more(side, self.binding(side)) and judged is None:
            mine, theirs = (self.readers[s].all(self.binding(s)) for s in (side, OTHER[side]))
            return Way("none", SAME if mine == theirs else FOLLOWS[side] if mine else NOTHING, True)
        ways = [self._of_whole[side, name] for name in self.binding(side) if (side, name) in self._of_whole]
        found = [w for w in ways if w.distinction is not None]
        if found:
            return min(found, key=lambda w: w.distinction.length if w.distinction else 0)
        open_ = next((w for w in [*ways, judged] if w is not None and w.status == "unknown"), None)
        return open_ or next((w for w in ways if not w.proved), Way("none", FOLLOWS[side], True))

    def _read(self, side: Side, rule: RuleDifference) -> Way | None:
        """The doubt about a rule that only a reader can judge."""
        name = rule.pair.of(side)
        way = rule.forbids if side == "new" else rule.allows
        judged = name is not None and self._spec(side).rules[name].when == "judged"
        return way if judged and way.status == "unknown" else None

    _of_whole: dict[tuple[Side, str], Way] = field(factory=dict)

    def binding(self, side: Side) -> list[str]:
        spec = self._spec(side)
        return [n for n, r in spec.rules.items() if r.severity == "error" and r.when != "judged"]

    def _spec(self, side: Side) -> Spec:
        return self.old if side == "old" else self.new

    def more(self, side: Side, names: Iterable[str], against: Iterable[str] | None = None) -> frozenset[Requirement]:
        """The requirements of some rules that do not follow from the other side's."""
        other = OTHER[side]
        given = self.readers[other].all(self.binding(other) if against is None else against)
        wanted = self.readers[side].all(names)
        return wanted - entailed(wanted, given, self.pool)

    # --- rule by rule

    def rule(self, pair: Pair) -> RuleDifference:
        began = time.perf_counter()
        forbids, allows = self._way("new", pair), self._way("old", pair)
        old, new = self._requirements("old", pair), self._requirements("new", pair)
        covered = all(self._covered(side, pair) for side in ("old", "new"))
        relation = relation_of(forbids, allows)
        return RuleDifference(
            pair, relation, forbids, allows, _ordered(old - new), _ordered(new - old), covered,
            round((time.perf_counter() - began) * 1000),
        )  # fmt: skip

    def _requirements(self, side: Side, pair: Pair) -> frozenset[Requirement]:
        name = pair.of(side)
        return self.readers[side].rule(name) if name is not None else frozenset()

    def _covered(self, side: Side, pair: Pair) -> bool:
        name = pair.of(side)
        return name is None or self._of_whole.get((side, name), Way("none")).status == "none"

    def _way(self, side: Side, pair: Pair) -> Way:
        """Whether this side's rule forbids what the other side's allows. What the whole other side allows, its rule
        allows too; only where there is no such conversation is the rule asked about alone."""
        name, twin = pair.of(side), pair.of(OTHER[side])
        if name is None:
            return Way("none", NOTHING, True)
        rule, other = self._spec(side).rules[name], self._spec(OTHER[side]).rules[twin] if twin is not None else None
        if rule.when == "judged":
            same = other is not None and other.when == "judged" and other.doc == rule.doc
            return Way("none", SAME, True) if same else Way("unknown", doubt=Doubtful(READERS, rule.span))
        whole = self._against_all(side, name, rule)
        self._of_whole[side, name] = whole
        binds = other is not None and (other.severity == "error" or rule.severity == "warning")
        if binds and twin is not None and not self.more(side, [name], [twin]):
            same = self.readers[side].rule(name) == self.readers[OTHER[side]].rule(twin)
            return Way("none", SAME if same else FOLLOWS[side], True)
        if whole.status == "found" or not binds or twin is None:
            return whole
        return self._asked_alone(side, name, twin)

    def _against_all(self, side: Side, name: str, rule: Rule) -> Way:
        if rule.severity != "error":
            return Way("none", WARNING, True)
        if not self.readers[side].rule(name) and _about_calls(rule):
            return Way("none", NO_TOOLS, True)
        if not self.more(side, [name]):
            return Way("none", FOLLOWS[side], True)
        return self._asked(side, name, self.binding(OTHER[side]))

    # --- questions

    def _asked(self, side: Side, name: str, against: list[str]) -> Way:
        """A conversation in which a rule of one side is broken, and none of some rules of the other."""
        unfit = next((w for n, w in self.joint.unfit.items() if n in (against if side == "new" else [name])), None)
        if unfit is not None:
            return Way("unknown", doubt=Doubtful(f"it cannot be compared in the new world: {unfit[0]}", unfit[1]))
        question = _Question(self, side, name, tuple(against))
        found = question.hunt(strict=True)
        if found.status == "none" and question.may_doubt:
            found = question.hunt(strict=False)
        if found.story is not None and len(found.story.broken(question.specs()[0])) > 1:
            alone = evolve(question, alone=True).hunt(strict=True, first=True)
            found = alone if alone.story is not None else found
        return question.way(found)

    def _asked_alone(self, side: Side, name: str, twin: str) -> Way:
        """The rule against its likes: with as few other rules broken on the other side as can be."""
        found = self._asked(side, name, [twin])
        for few in range(1, MOST_OTHERS + 1) if found.distinction is not None else ():
            if found.distinction is None or len(found.distinction.despite) <= few:
                break
            question = _Question(self, side, name, (twin,), few=few)
            fewer = question.hunt(strict=True, first=True)
            if fewer.story is not None and (way := question.way(fewer)).distinction is not None:
                return way
        return found


@define
class _Question:
    """That `name` is broken on one side, and none of `against` on the other. `alone`: nor any other of its own side;
    `few`: of the others of the other side, at most so many."""

    comparer: Comparer
    side: Side
    name: str
    against: tuple[str, ...]
    alone: bool = False
    few: int | None = None

    # --- the rules in the joint specification

    @property
    def joint(self) -> Joint:
        return self.comparer.joint

    def _joint_name(self, side: Side, name: str) -> str:
        return (self.joint.old if side == "old" else self.joint.new)[name]

    @property
    def broken(self) -> str:
        return self._joint_name(self.side, self.name)

    @property
    def kept(self) -> list[str]:
        mine = [n for n in self.comparer.binding(self.side) if self.alone and n != self.name]
        theirs = [self._joint_name(OTHER[self.side], n) for n in self.against]
        return list(dict.fromkeys([*theirs, *(self._joint_name(self.side, n) for n in mine)]))

    @property
    def counted(self) -> list[str]:
        """The rules of which at most a few are broken."""
        if self.few is None:
            return []
        other = OTHER[self.side]
        return [self._joint_name(other, n) for n in self.comparer.binding(other) if n not in self.against]

    @property
    def judged(self) -> tuple[Rule, ...]:
        """Everything that is looked at, with what it takes for granted, in the order of the joint specification."""
        names, pending = set[str](), [self.broken, *self.kept, *self.counted]
        while pending:
            name = pending.pop()
            if name not in names:
                names.add(name)
                pending += self.joint.spec.rules[name].presupposes
        return tuple(r for n, r in self.joint.spec.rules.items() if n in names)

    @property
    def may_doubt(self) -> bool:
        return any(self.joint.spec.rules[n].basis in ("recogniser", "judge") for n in self.kept) or any(
            t.body is None for t in self.joint.spec.tools.values()
        )

    @property
    def rivals(self) -> list[Rule]:
        """The rules of the other side that may tell the two apart: all that are not the same in both."""
        return [self.joint.spec.rules[n] for n in self.kept if len(self.kept) == 1 or n not in self.comparer.shared]

    @property
    def examiner(self) -> Examiner:
        return Examiner(self.joint.spec, self.judged, self.comparer.knobs)

    @property
    def both(self) -> Rule:
        """The rule, which looks at all that its rivals look at as well."""
        rule = self.joint.spec.rules[self.broken]
        looked = [s for r in self.rivals for s in r.body if not (isinstance(s, Check) and s.label == "at_most")]
        return evolve(rule, body=(*rule.body, *looked))

    def foci(self) -> list[Focus]:
        """Where the rule may be broken; what its rivals look back at may have happened too. Only the tools for which
        something does not follow can tell the two apart."""
        more = self.comparer.more(self.side, [self.name], self.against)
        tools = {r.trigger[2] for r in more if r.trigger[1:2] == ("call",)}
        return around(self.examiner, self.both, tools)

    # --- asking

    def hunt(self, strict: bool, first: bool = False) -> Quarry:
        """Asks in worlds of every size, or only of the first."""
        kept, broken = set(self.kept), self.broken
        others = tuple(r.name for r in self.judged if r.name not in kept)
        span = self.joint.spec.rules[broken].span

        def demand(question: Question) -> None:
            question.comply(others, strict)
            question.demand("rule", f"broken.{broken}", span, question.verdicts.breaks(broken))
            if self.few is not None:
                wrong = lists.tally([question.verdicts.breaks(n) for n in self.counted])
                question.demand("rule", "few", span, f"(<= {wrong} {self.few})")

        def test(witness: Witness) -> Story:
            return self.replayed(witness, strict)[0]

        knobs, counting = self.comparer.knobs, [self.joint.spec.rules[broken], *self.rivals]
        failing = any(may_turn_on_failure(r, self.joint.spec) for r in counting)
        hunt = Hunt(self.joint.spec, self.judged, demand, test, knobs, failing, self.heard)
        needed, further = sizes(knobs, (r.body for r in counting))
        if first:
            return hunt.run(self.foci(), needed[:1])
        return hunt.far(self.foci(), lambda narrow: self.examiner.widened(self.both, narrow), needed, further)

    def replayed(self, witness: Witness, strict: bool = False) -> tuple[Story, Story]:
        """The witness under both policies. Raises Refuted unless one forbids it by the rule, and the other does not."""
        forbidding, allowing = self.specs()
        mine = Replay(forbidding, witness).story(None, ())
        theirs = Replay(allowing, witness).story(None, ())
        if self.name not in verdicts(mine, "violated"):
            raise Refuted(f"`{self.name}` is not broken", forbidding.rules[self.name].span)
        wrong = verdicts(theirs, "violated") | (verdicts(theirs, "unknown") if strict else set())
        if hit := sorted(wrong & set(self.against)):
            raise Refuted(f"`{hit[0]}` is broken, or not known", allowing.rules[hit[0]].span)
        if self.few is not None and len(theirs.broken(allowing)) > self.few:
            raise Refuted("too many other rules are broken", forbidding.rules[self.name].span)
        if self.alone and mine.broken(forbidding) != {self.name}:
            raise Refuted(f"not only `{self.name}` is broken", forbidding.rules[self.name].span)
        return mine, theirs

    def heard(self, witness: Witness) -> bool:
        return worded(*self.replayed(witness), *self.specs()) is not None

    def specs(self) -> tuple[Spec, Spec]:
        """The side that forbids and the side that allows, both with a world that the conversation can be played in."""
        sides: dict[Side, Spec] = {"old": self.joint.carried, "new": self.comparer.new}
        return sides[self.side], sides[OTHER[self.side]]

    # --- answers

    def way(self, found: Quarry) -> Way:
        if found.status == "unknown":
            return Way("unknown", doubt=found.doubt)
        if found.witness is None:
            return Way("none", bounded(found))
        mine, theirs = self.replayed(found.witness)
        spoken = worded(mine, theirs, *self.specs())
        if spoken is None:
            return Way("unknown", doubt=Doubtful(UNHEARD, self.specs()[0].rules[self.name].span, "--seed"))
        forbidding, allowing = self.specs()
        binding = {self.name, *mine.broken(forbidding)}
        by = {(j.rule, j.label) for j in mine.judgements if j.verdict == "violated" and j.rule in binding}
        first = tuple(sorted(by, key=lambda r: (r[0] != self.name, r)))
        despite = tuple(sorted(theirs.broken(allowing) - set(self.against)))
        unknown = tuple(sorted(verdicts(theirs, "unknown") & set(self.against)))
        told = Distinction(mine, spoken, self.side, first, despite, unknown, found.shortest, found.refused)
        return Way("found", distinction=told)


def verdicts(story: Story, verdict: str) -> set[str]:
    """The rules that got a verdict at least once."""
    return {j.rule for j in story.judgements if j.verdict == verdict}


def bounded(found: Quarry) -> str:
    """What a search that found nothing has looked at."""
    within = f"none found around one call or message, in up to {found.events} events and {found.rows} rows in a table"
    return ", ".join((within, *found.limits))


def _about_calls(rule: Rule) -> bool:
    return rule.pattern is not None and rule.pattern.kind == "call"


def _ordered(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """One for each place and label: a rule about several tools has the same requirement for each."""
    found = {(r.span, r.label): r for r in requirements}
    return tuple(sorted(found.values(), key=lambda r: (r.span.start if r.span else 0, r.label)))


def compare(old: Spec, new: Spec, knobs: Knobs | None = None) -> Difference:
    return Comparer(old, new, knobs or Knobs()).compare()


__all__ = ["Comparer", "Difference", "Distinction", "RuleDifference", "Way", "compare"]
