"""Whether a scenario can be played out in some world: its picks, goals, the tools' contracts and the policy together.

`unsat` is a proof: every encoding says at most what is true. `sat` means that no conflict was found among what was
encoded; `abstracted` lists what was weakened on the way. A scenario that expects a refusal is expected to be refuted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Literal

from attrs import define, evolve, field, frozen

from ...core.nodes import Check, Goal, Pattern, Pick, Scenario
from ...core.spec import Spec
from ...core.types import RecordType, Ref
from ...core.walk import walk
from ...source import Span
from . import errors, terms
from .contracts import Frame
from .cores import corrections, lightest
from .lists import conjuncts, item_type
from .people import finders, may_call
from .policy import Policy
from .relevance import looks_at, most_counted
from .solve import Answer, Budget, SolverCrash, Status, ask, solve
from .terms import Clause, Script
from .values import Event, Items, Maybe, Scalar, Thing, Value
from .ways import Ways, ways_of
from .world import MOST_KNOWN

MOST_PLANS = 24
MOST_SEQUENCES = 5_000
MOST_ROUNDS = 2  # of saying the invariants: of the places in play, then of those to which they lead
MOST_DEPTH = 3  # of saying the whole policy: of the calls of the plan, of what these need, of what that needs
GIVEN = frozenset({"field", "invariant"})  # roles of what holds of every world
WEIGHTS = {"require": 9, "field": 4, "invariant": 4}  # of clauses in a conflict; any other: 8


@frozen
class CoreClause:
    """One place of the source that takes part in a conflict. `wish`: of a goal, whether it names a call or an end;
    `optional`: some way to meet the goals goes without it."""

    span: Span
    text: str
    role: Literal["pick", "given", "goal", "require", "effect", "rule", "field", "invariant"]
    by: str = ""
    wish: Literal["", "call", "end"] = field(default="", eq=False)
    optional: bool = field(default=False, eq=False)

    @property
    def label(self) -> str:
        """What it is for a reader of the source."""
        match self.wish:
            case "call":
                return errors.ONE_CALLED if self.optional else errors.CALLED
            case "end":
                return errors.ONE_REACHED if self.optional else errors.REACHED
        return errors.CLAUSE_TEXTS[self.role]


@frozen
class Feasibility:
    """The answer for one scenario. `expected`: a conflict is what the scenario is about. `minimal`: each clause of the
    core was shown to be needed. `ways_out`: the smallest sets of what authors chose without which nothing conflicts any
    more, in this or any other way; empty if they are not known. `script`: the question about the first way, with all
    that it took; `asked` are those about all ways that were looked at, to the same `depth`."""

    scenario: str
    status: Status
    core: tuple[CoreClause, ...] = ()
    abstracted: tuple[tuple[Span, str], ...] = ()
    millis: int = 0
    refusal: str = ""
    expected: bool = True
    minimal: bool = True
    span: Span | None = None
    ways_out: tuple[tuple[CoreClause, ...], ...] = ()
    script: Script | None = field(default=None, eq=False, repr=False)
    asked: tuple["Question", ...] = field(default=(), eq=False, repr=False)
    depth: int = MOST_DEPTH

    def ways(self) -> Ways:
        """All ways as one question, each with its invariants, and what the policy asks of the whole."""
        for made in self.asked:
            _said(made, self.depth)
        return ways_of(made.script for made in self.asked)


# --- what is to be done -----------------------------------------------------------------------------------------------


def plans(goals: tuple[Goal, ...], refusal: bool) -> list[tuple[Goal, ...]]:
    """The ways to meet goals, each a sequence of steps; of what is to be refused, only what is asked for first."""
    return _ways(goals, refusal, MOST_PLANS)


def short_plans(goals: tuple[Goal, ...], refusal: bool) -> list[tuple[Goal, ...]]:
    """Of ways that are too many for all to be tried, those with the fewest calls first, and of each of them the orders
    that are nearest to the written one."""
    tried: Counter[tuple[int, ...]] = Counter()
    ranked = []
    for way in _ways(goals, refusal, MOST_SEQUENCES):
        steps = tuple(sorted(map(id, way)))
        ranked.append((sum(g.kind == "do" for g in way), tried[steps], way))
        tried[steps] += 1
    return [way for _, _, way in sorted(ranked, key=lambda r: r[:2])][:MOST_PLANS]


def passed_over(goals: tuple[Goal, ...], plan: tuple[Goal, ...]) -> list[Goal]:
    """The calls that a plan leaves out though they come first, where data decides by a condition: it must not hold."""
    left: list[Goal] = []
    for goal in goals:
        first = goal.goals[0] if goal.kind == "first" else None
        if first is not None and first.kind == "do" and first not in plan and first.condition is not None:
            left += [first] if not first.choices else []
    return left


def exhausted(goals: tuple[Goal, ...], refusal: bool) -> bool:
    """Whether `plans` gives every way there is: not where there are too many."""
    return len(_ways(goals, refusal, MOST_PLANS + 1)) <= MOST_PLANS


def _ways(goals: tuple[Goal, ...], refusal: bool, most: int) -> list[tuple[Goal, ...]]:
    """The first of the ways to meet goals, each once."""
    found: dict[tuple[int, ...], tuple[Goal, ...]] = {}
    for way in _sequences(Goal("all", goals=goals), refusal):
        found.setdefault(tuple(map(id, way)), way)
        if len(found) == most:
            break
    return list(found.values())


def _sequences(goal: Goal, refusal: bool) -> Iterator[tuple[Goal, ...]]:
    match goal.kind:
        case "all":
            for parts in product(*[list(_sequences(g, refusal)) for g in goal.goals]):
                yield from _orders(tuple(step for part in parts for step in part))
        case "any":
            for one in goal.goals:
                yield from _sequences(one, refusal)
        case "first":
            for one in goal.goals[:1] if refusal else goal.goals:
                yield from _sequences(one, refusal)
        case _:
            yield (goal,)


def _orders(steps: tuple[Goal, ...]) -> Iterator[tuple[Goal, ...]]:
    """Calls in the written order, then in others; what is to be reached or learnt comes after. One order more than are
    ever tried tells that they are too many."""
    calls, rest = [s for s in steps if s.kind == "do"], tuple(s for s in steps if s.kind != "do")
    alike = [calls.index(c) for c in calls]
    for order in islice(_nearest_first(tuple(alike)), MOST_PLANS + 1):
        left = {n: iter([c for c, m in zip(calls, alike, strict=True) if m == n]) for n in alike}
        yield (*(next(left[n]) for n in order), *rest)


def _nearest_first(written: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every order, by how many pairs have changed places."""
    level, seen = [written], {written}
    while level:
        yield from level
        swapped = {(*o[:i], o[i + 1], o[i], *o[i + 2 :]) for o in level for i in range(len(o) - 1)}
        level = sorted(swapped - seen)
        seen |= swapped


# --- the question -----------------------------------------------------------------------------------------------------


@define
class Question(Policy):
    """The script of one way through one scenario. `person` is whose conversation it is: a table and a key, of
    one of the tables of `callers`; `rounds` how often the invariants were said."""

    person: tuple[str, Value] | None = None
    callers: frozenset[str] = frozenset()
    rounds: int = 0

    def write_down(self, scenario: Scenario, plan: tuple[Goal, ...]) -> None:
        env: dict[str, Value] = {}
        self.callers = may_call(self.spec, scenario)
        for pick in scenario.picks:
            self.picked(pick, env, scenario.span)
            self.recognise(pick, env)
        self.run(scenario.given, env, terms.TRUE, Frame("given", "given", scenario.span))
        self.steps(plan, env)
        self.catch_up()

    def recognise(self, pick: Pick, env: dict[str, Value]) -> None:
        """The first row picked of a table in which a look-up finds people: the conversation is that person's."""
        found = env.get(pick.name)
        if self.person is not None or pick.kind != "pick" or pick.many or not isinstance(found, Thing):
            return
        for table in (t for t in self.spec.tables.values() if t.name in self.callers):
            if is_record(found, table.record) and finders(self.spec, table.name):
                self.person = (table.name, self.initially(found, table.record, table.key))

    def recognise_in(self, event: Event) -> None:
        """A conversation is its person's own: whom a look-up finds is the person."""
        if self.person is None or not event.type.tools:
            return
        table, key = self.person
        if event.type.tools <= set(finders(self.spec, table)):
            result = self.told_of(Event(event.at, event.type), "result", Ref(table))
            went = self.is_meant(Pattern("call", None, event.type.tools, "ok"), event)
            self.script.fact(terms.implies(went, self.same(result, key)))

    def steps(self, plan: tuple[Goal, ...], env: dict[str, Value]) -> None:
        asked = {
            n: self.asked(g, f"goal.{n}.{g.tool}", env) for n, g in enumerate(plan, 1) if g.kind == "do"
        }  # of all calls before the first, which may change what the others look at
        for n, goal in enumerate(plan, 1):
            if goal.kind == "do":
                self.call(asked[n])
            elif goal.kind == "reach" and goal.condition is not None:
                self.demand("goal", f"goal.{n}.reach", goal.span, self.condition(goal.condition, env))

    def picked(self, pick: Pick, env: dict[str, Value], where: Span) -> None:
        match pick.kind:
            case "let":
                env[pick.name] = self.encode(pick.source, env)
            case "where":
                for part in conjuncts(pick.source):
                    self.demand("pick", "where", self.inside(part.span, pick.span, where), self.condition(part, env))
            case "pick":
                self.drawn(pick, env, where)

    def drawn(self, pick: Pick, env: dict[str, Value], where: Span) -> None:
        source = self.encode(pick.source, env)
        source = source.value if isinstance(source, Maybe) else source
        demands, value = self.element(source, pick.source.type, pick.name)
        if not demands and isinstance(source, Items) and len(source.items) > 1 and isinstance(value, Scalar):
            made = self.fresh(item_type(pick.source.type), pick.name)
            demands, value = [(self.same(made, value), Span("", 0, 0))], made
        rows = {self.member(self.table(n), value): n for n, t in self.spec.tables.items() if is_record(value, t.record)}
        for term, span in demands if pick.low else ():
            if term in rows and isinstance(value, Thing):
                self.script.fact(term)
                self.owned(rows[term], value)
                continue
            self.demand("pick", f"pick.{pick.name}", self.inside(span, pick.span, where), term)
        env[pick.name] = self.several(pick, value) if pick.many else value

    def several(self, pick: Pick, one: Value) -> Value:
        """Several items: one that is surely among them, and how many there are."""
        if pick.low == pick.high == 1:
            return Items((one,))
        chosen = self.fresh(pick.source.type, f"{pick.name}.all")
        if isinstance(chosen, Thing) and pick.low:
            self.script.fact(self.member(chosen, one) if isinstance(one, (Scalar, Thing)) else terms.TRUE)
        if isinstance(chosen, Thing):
            self.script.fact(f"(<= {pick.low} {self.number_of(chosen)} {pick.high})")
        return chosen

    def inside(self, span: Span, step: Span, where: Span) -> Span:
        """The place within the scenario: a condition of a definition stands where the definition is used."""
        return span if span.piece == where.piece and where.start <= span.start < where.end else step

    def invariants(self) -> None:
        """What holds of every world at the beginning, said of the places this question is about, and, when it is asked
        for again, of those to which the invariants lead from there: of an invariant that looks at fields which nothing
        else looks at, nothing could follow."""
        self.updates, self.versions, self.moment, self.curious = {}, {}, 0, False
        if self.rounds:
            self.curious, self.most = True, MOST_KNOWN
            self._invariants()
        self.curious = False
        self._invariants()
        self.rounds += 1

    def _invariants(self) -> None:
        touched = frozenset(name.partition("@")[0].removesuffix(".present") for name in self.script.declared)
        for invariant in self.spec.invariants:
            fields, _ = looks_at(invariant.condition, self.spec)
            if not fields <= touched:
                continue
            self.demand(
                "invariant", f"invariant.{invariant.name}", invariant.span, self.condition(invariant.condition, {})
            )


def is_record(value: Value, record: str) -> bool:
    return isinstance(value, Thing) and isinstance(value.type, RecordType) and value.type.name == record


def question(spec: Spec, scenario: Scenario, plan: tuple[Goal, ...], rounds: int = 1) -> Question:
    """One way through a scenario, written down."""
    made = Question(spec, meant=scenario.refusal[0] if scenario.refusal else "")
    made.counted = most_counted(tuple(r.body for r in spec.rules.values()))
    made.write_down(scenario, plan)
    for _ in range(rounds):
        made.invariants()
    return made


def questions(spec: Spec, scenario: Scenario, rounds: int = 1) -> list[Question]:
    """Every way through a scenario, written down."""
    return [question(spec, scenario, plan, rounds) for plan in plans(scenario.goals, scenario.refusal is not None)]


# --- the answer -------------------------------------------------------------------------------------------------------


@define
class Begun:
    """How far one way through a scenario was looked into: the question as it was last written down, the last answer
    that decided something, and whether the question stayed open as it stands."""

    question: Question
    answer: Answer = Answer("unknown")
    open: bool = True

    def take(self, answer: Answer) -> None:
        self.open = answer.status == "unknown"
        self.answer = self.answer if self.open else answer


def check_scenario(
    spec: Spec,
    scenario: Scenario,
    budget: Budget | None = None,
    depth: int = MOST_DEPTH,
    begun: dict[int, Begun] | None = None,
) -> Feasibility:
    """Whether some world lets the scenario be played out; if none does, a minimal set of places that conflict. `depth`:
    how often the whole policy is said. `begun` are the ways that were looked into with another budget, by number: what
    was written down for them is kept, and what was decided is not asked again."""
    began = time.perf_counter()
    budget = budget or Budget()
    refusal = ".".join(filter(None, scenario.refusal or ()))
    asked: list[tuple[Question, Answer]] = []
    ways = begun if begun is not None else {}
    for number, plan in enumerate(plans(scenario.goals, bool(refusal))):
        if number not in ways:
            ways[number] = Begun(question(spec, scenario, plan, 0))
        _ask_further(ways[number], budget, depth, shrunk=not asked)
        asked.append((ways[number].question, ways[number].answer))
        if asked[-1][1].status == "sat":
            break
    made, answer, status = _verdict(asked, exhausted(scenario.goals, bool(refusal)))
    unseen = _unseen(spec, scenario)
    status = "unknown" if unseen and status == "sat" else status
    core = tuple(core_clause(spec, made.script.clauses[n]) for n in answer.core)
    if status == "unsat" and len(asked) > 1:
        core, answer = _of_all_ways(spec, [q for q, _ in asked], core, answer, budget)
    expected = (status == "unsat" and any(c.role == "goal" for c in core)) if refusal else status == "sat"
    abstracted = tuple(dict.fromkeys(a for q, _ in asked for a in q.abstracted)) + unseen
    millis = round((time.perf_counter() - began) * 1000)
    found = Feasibility(
        scenario.name, status, core, abstracted, millis, refusal, expected, answer.minimal, _place(scenario), (),
        made.script, tuple(q for q, _ in asked), depth,
    )  # fmt: skip
    return _to_be_told(spec, found, answer, budget) if status == "unsat" and not expected else found


def _to_be_told(spec: Spec, found: Feasibility, answer: Answer, budget: Budget) -> Feasibility:
    """A conflict as its author is told it: a smallest one, and what ends it."""
    ways = found.ways()
    try:
        lighter = lightest(ways, answer.core, _weights(ways, answer.core), budget)
    except SolverCrash:
        lighter = None
    if lighter is not None:
        found = evolve(found, core=_clauses(spec, ways, lighter.core), minimal=lighter.minimal)
    return evolve(found, ways_out=_ways_out(spec, ways, budget))


def _weights(ways: Ways, core: tuple[str, ...]) -> dict[str, int]:
    """What each clause weighs in a conflict: what authors chose counts first; a rule rather than a tool's check, as it
    can be meant to refuse. What conflicts without goals is told without them."""
    goals = any(ways.clauses[n].role == "goal" for n in core)
    return {n: WEIGHTS.get(c.role, 8) for n, c in ways.clauses.items() if goals or c.role != "goal"}


def _said(made: Question, depth: int) -> None:
    """Says the invariants, and what the policy asks of the whole, where that was not needed so far."""
    made.invariants() if not made.rounds else None
    made.whole_policy() if depth and not made.whole else None


def _ask_further(way: Begun, budget: Budget, depth: int, shrunk: bool) -> None:
    """Whether one way through a scenario can be gone. Most conflicts need no invariant, so these are only said where
    there is none yet, and further places only where that is not enough; then what rules ask of the whole conversation.
    Nothing more is written down where nothing is left to ask it with. `shrunk`: the core is to be minimal."""
    made = way.question
    if way.open:
        way.take(_answer(made, budget, shrunk))
    while way.answer.status != "unsat" and not budget.spent and made.rounds < MOST_ROUNDS and made.spec.invariants:
        _say_more(way, made.invariants, budget, shrunk)
    while way.answer.status != "unsat" and not budget.spent and made.whole < depth:
        _say_more(way, made.whole_policy, budget, shrunk)


def _say_more(way: Begun, say: Callable[[], None], budget: Budget, shrunk: bool) -> None:
    """Asks again with more said, if that is more."""
    size = way.question.script.size
    say()
    if way.question.script.size > size:
        way.take(_answer(way.question, budget, shrunk))


def _answer(made: Question, budget: Budget, shrunk: bool) -> Answer:
    if shrunk:
        return solve(made.script, budget, _first_to_go(made.script))
    try:
        return Answer(ask(made.script.text(), budget)[0])
    except SolverCrash:
        return Answer("unknown")


def _ways_out(spec: Spec, ways: Ways, budget: Budget) -> tuple[tuple[CoreClause, ...], ...]:
    """The smallest sets of clauses to drop; what the types and invariants say is no choice of a scenario's."""
    soft = frozenset(n for n, c in ways.clauses.items() if c.role not in GIVEN)
    try:
        found = corrections(ways, budget, soft)
    except SolverCrash:
        return ()
    return tuple(tuple(core_clause(spec, ways.clauses[n]) for n in names) for names in found)


def _of_all_ways(
    spec: Spec, asked: list[Question], core: tuple[CoreClause, ...], answer: Answer, budget: Budget
) -> tuple[tuple[CoreClause, ...], Answer]:
    """What leaves none of several ways: the conflict of the first, if it stands in all of them, or one of all together.
    Where that is not found in time, the first one's."""
    ways = ways_of(made.script for made in asked)
    try:
        if ways.ask(answer.core, budget)[0] == "unsat":
            return core, answer
        status, used = ways.ask(list(ways.clauses), budget)
        least = ways.shrink([n for n in ways.clauses if n in used], budget) if status == "unsat" else Answer("unknown")
    except SolverCrash:
        return core, answer
    if least.status != "unsat":
        return core, answer
    return _clauses(spec, ways, least.core), least


def _clauses(spec: Spec, ways: Ways, names: tuple[str, ...]) -> tuple[CoreClause, ...]:
    """Clauses for people; those that do not stand in every way are optional."""
    everywhere = set(ways.clauses).intersection(*(n.values() for n in ways.named))
    return tuple(evolve(core_clause(spec, ways.clauses[n]), optional=n not in everywhere) for n in names)


def _place(scenario: Scenario) -> Span:
    """Where a scenario says what is asked for first."""
    goal = scenario.goals[0] if scenario.goals else None
    while goal is not None and goal.goals:
        goal = goal.goals[0]
    return goal.span if goal is not None else scenario.span


def core_clause(spec: Spec, clause: Clause) -> CoreClause:
    """A clause for people. `by` is the rule that it comes from, with the label of the check."""
    rule = spec.rules.get(clause.name.split(".")[1]) if clause.role == "rule" else None
    checks = [n for n in walk(rule.body) if isinstance(n, Check)] if rule is not None else []
    label = next((c.label for c in checks if c.condition.span == clause.span), "")
    by = ".".join(filter(None, (rule.name, label))) if rule else ""
    return CoreClause(clause.span, clause.text, clause.role, by, _wish(clause))


def _wish(clause: Clause) -> Literal["", "call", "end"]:
    """What kind of goal a clause is said for, by its name: `goal.1.TOOL`, `goal.2.reach`."""
    parts = clause.name.split(".")
    if clause.role != "goal" or len(parts) < 2:
        return ""
    if parts[-1] == "reach" and clause.text.startswith("reach"):
        return "end"
    return "call" if parts[1].isdigit() and len(parts) == 3 else ""


def _verdict(asked: list[tuple[Question, Answer]], all_ways: bool) -> tuple[Question, Answer, Status]:
    """Some way is enough to meet the goals; a conflict has to stand in all of them, and the first one tells it."""
    for status in ("sat", "unknown"):
        found = [(q, a) for q, a in asked if a.status == status]
        if found:
            return (*found[0], found[0][1].status)
    if not all_ways:
        asked[0][0].weaken(Span("", 0, 0), errors.WAYS)
        return asked[0][0], Answer("unknown"), "unknown"
    return (*asked[0], "unsat")


def _first_to_go(script: Script) -> Callable[[str], int]:
    """A core does without goals if it can, and without a tool's check that a rule repeats."""
    order = {"goal": 0, "require": 1, "field": 1}
    return lambda name: order.get(script.clauses[name].role, 2)


def _unseen(spec: Spec, scenario: Scenario) -> tuple[tuple[Span, str], ...]:
    """The refusing rule, where it rests on more than the world and the call."""
    rule = spec.rules.get(scenario.refusal[0]) if scenario.refusal else None
    return ((rule.span, errors.HISTORY),) if rule is not None and rule.basis != "contract" else ()


__all__ = [
    "Begun",
    "Clause",
    "CoreClause",
    "Feasibility",
    "Question",
    "check_scenario",
    "plans",
    "question",
    "questions",
]
