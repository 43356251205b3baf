"""Looks for a conversation that answers a question: a model of a small world, read back and replayed.

A question is written for small worlds first, then for larger ones. A model that the reference evaluator refutes is
never shown: an invariant that it misses is added and the question asked again; anything else is asked with another
seed, and for other numbers than were drawn, a few times, and then given up, with the place that is to blame.
"""

from collections.abc import Callable
from typing import Any, Literal

from attrs import evolve, field, frozen

from ..backends.smt.bounded.decode import Model, Witness, decode
from ..backends.smt.bounded.language import SAID
from ..backends.smt.bounded.questions import Question
from ..backends.smt.bounded.values import Unsupported
from ..backends.smt.bounded.world import TO_THE_CENT, TOO_LARGE, Bounds
from ..backends.smt.coins import to_the_cent, too_fine
from ..backends.smt.solve import Budget, SolverCrash, ask_model, shrink
from ..backends.smt.terms import Clause, Script, symbol
from ..core.nodes import Rule
from ..core.spec import Spec
from ..core.types import RecordType, Type
from ..source import Span
from .errors import BEYOND, CRASHED, FINER_WOULD_DO, GAVE_UP, MISREAD, OUT_OF_TIME, UNHEARD, Refuted
from .hearing import follows
from .looked import NOTHING, Looked
from .plainer import plainest
from .replay import Story
from .telling import misheard
from .wording import aloud

Status = Literal["found", "none", "unknown"]
ATTEMPTS = 3
MOST_OTHERS = 3
WRITTEN = 2  # characters of a question in the time of a step
ANY, FINER = 0, (100, 1_000_000)  # grains of amounts: any, and how fine where a conversation is to be shown


Learned = dict[str, set[tuple[frozenset[str], frozenset[str]]]]


@frozen
class Knobs:
    """How much is looked at: the budget of each question, and how many rows a table has at most. `learned` are the
    invariants that a model has missed before, with what it had looked at: they are said at once where as much is.
    `plain`: nothing is said in a story that need not be; `spoken`: the generated checker has heard its words. `kept`:
    questions as they were written for each of some worlds, for whoever asks alike ones and writes the rest anew."""

    budget: Budget = Budget()
    rows: int = 3
    attempts: int = ATTEMPTS
    plain: bool = True
    spoken: bool = False
    learned: dict[Bounds, Learned] = field(factory=dict, eq=False, repr=False)
    kept: dict[Bounds, Question] | None = field(default=None, eq=False, repr=False)

    @property
    def ladder(self) -> tuple[Bounds, ...]:
        """Small worlds first."""
        return tuple(Bounds(n, n, n) for n in range(2, max(self.rows, 2) + 1))


@frozen
class Doubtful:
    """Why a question stayed open: what it was, where, and what would help."""

    why: str
    span: Span | None = None
    knob: str = ""


@frozen
class Sought:
    """The answer: a replayed story, or that there is none within the bounds (with clauses that conflict there), and how
    far was looked for it. `bounds`: of the question that settled it. `conflict`: what was refuted, and the clauses that
    the refutation used."""

    status: Status
    story: Story | None = None
    doubt: Doubtful | None = None
    core: tuple[Clause, ...] = ()
    bounds: Bounds = Bounds()
    looked: Looked = NOTHING
    conflict: tuple[Script, frozenset[str]] | None = field(default=None, eq=False, repr=False)


Write = Callable[[Question], None]
Accept = Callable[[Witness], Story]


def gave_up(budget: Budget, about: Span | None) -> Doubtful:
    """A question that took too much, and the place that it was about."""
    late = budget.purse is not None and budget.purse.late
    return Doubtful(OUT_OF_TIME, about, "--budget") if late else Doubtful(GAVE_UP, about, "--steps")


def seek(spec: Spec, rules: tuple[Rule, ...], write: Write, accept: Accept, knobs: Knobs, explain: bool = False,
         ladder: tuple[Bounds, ...] | None = None, about: Span | None = None,
         whole: bool = True) -> Sought:  # fmt: skip
    """A story that a question asks for, in the smallest worlds that have one. `explain` shrinks a refutation; `about`
    is the place to name where no answer is found in time; with `whole`, there is none of any amount, day or text."""
    found = _seek(spec, rules, write, accept, knobs, ladder or knobs.ladder, about, whole)
    return _explained(found, knobs.budget) if explain else evolve(found, conflict=None)


def _seek(spec: Spec, rules: tuple[Rule, ...], write: Write, accept: Accept, knobs: Knobs, ladder: tuple[Bounds, ...],
          about: Span | None, whole: bool) -> Sought:  # fmt: skip
    found = Sought("none")
    for bounds in ladder:
        now = _within(spec, rules, write, accept, knobs, bounds, about)
        if whole and now.status == "none" and set(now.looked.limits) - SAID:
            now = _beyond(spec, rules, write, accept, knobs, now, about)
        elif whole and now.doubt is not None and now.doubt.why == GAVE_UP and not knobs.budget.spent:
            any_ = _within(spec, rules, write, accept, knobs, evolve(bounds, grain=ANY), about)
            if _is_too_fine(any_, spec):
                payable = _within(spec, rules, write, accept, knobs, evolve(bounds, grain=FINER[0]), about)
                any_ = payable if payable.status == "found" else now
            now = evolve(any_, bounds=bounds) if any_.status != "unknown" else now
        if now.doubt is not None and now.doubt.why.endswith(TOO_LARGE):
            fewer = (_within(spec, rules, write, accept, knobs, b, about) for b in _fewer(bounds))
            now = next((small for small in fewer if small.status == "found"), now)
        if now.status == "found":
            return now
        if now.status == "unknown" or found.status != "unknown":
            found = now
        if now.doubt is not None and now.doubt.why.startswith(BEYOND):
            break
    return found


def _explained(found: Sought, budget: Budget) -> Sought:
    """With the clauses that conflict, of which every one is needed: asked for once it is clear that this is the
    answer."""
    if found.conflict is None:
        return found
    script, used = found.conflict
    try:
        core = shrink(script, [n for n in script.clauses if symbol(n) in used], budget)
    except SolverCrash as crash:
        return Sought("unknown", doubt=Doubtful(f"{CRASHED}: {crash}", None, "--seed"), bounds=found.bounds)
    return evolve(found, core=tuple(script.clauses[n] for n in core.core), conflict=None)


def _beyond(spec: Spec, rules: tuple[Rule, ...], write: Write, accept: Accept, knobs: Knobs, narrow: Sought,
            about: Span | None) -> Sought:  # fmt: skip
    """What there is in a world of which parts alone were looked at, and had nothing: first of any amounts, days and
    texts, where a refutation holds of all; then finer ones, for a conversation that people can read. Money that nobody
    could pay is in none."""

    def asked(grain: int, attempts: int) -> Sought:
        tried = evolve(knobs, attempts=attempts)
        return _within(spec, rules, write, accept, tried, evolve(narrow.bounds, grain=grain), about)

    anything = asked(ANY, 1)
    if anything.status == "none":
        return anything
    found = narrow
    for grain in FINER if anything.status == "found" or not knobs.budget.spent else ():
        now = asked(grain, knobs.attempts)
        if now.status == "found":
            return evolve(now, bounds=narrow.bounds)
        found = now if now.status == "none" else found
        if set(now.looked.limits) - SAID == {TO_THE_CENT}:
            break  # there is nothing else that could be finer
    if anything.status == "found" and not _is_too_fine(anything, spec):
        return anything
    limits = tuple(
        FINER_WOULD_DO if n == TO_THE_CENT and anything.status == "found" else n for n in found.looked.limits
    )
    return evolve(found, bounds=narrow.bounds, looked=evolve(found.looked, limits=limits))


def _is_too_fine(found: Sought, spec: Spec) -> bool:
    """Whether there is money in a conversation that nobody could pay."""
    if found.story is None or not to_the_cent(spec):
        return False
    rows = [(t, RecordType(t.record)) for t in spec.tables.values()]
    state = {n: list(v.values()) if isinstance(v, dict) else v for n, v in found.story.state.items()}
    held: list[tuple[Any, Type]] = [(row, kind) for t, kind in rows for row in state.get(t.name) or ()]
    held += [(found.story.state.get(n), s.type) for n, s in spec.states.items()]
    kinds = {(t.name, p.name): p.type for t in spec.tools.values() for p in t.params}
    held += [(v, kinds[c.tool, n]) for c in found.story.calls for n, v in c.arguments.items() if (c.tool, n) in kinds]
    return any(too_fine(value, kind, spec) for value, kind in held)


def _fewer(bounds: Bounds) -> tuple[Bounds, ...]:
    """Worlds with fewer rows, and fewer parts of each, for where a question grows too large."""
    made = (evolve(bounds, rows=1, items=n, entries=n) for n in range(bounds.items, 0, -1))
    return tuple(b for b in made if b != bounds)


def _within(spec: Spec, rules: tuple[Rule, ...], write: Write, accept: Accept, knobs: Knobs, bounds: Bounds,
            about: Span | None) -> Sought:  # fmt: skip
    missed: tuple[str, ...] = ()
    budget, refuted = knobs.budget, None
    learned = knobs.learned.setdefault(evolve(bounds, grain=1), {})
    kept = knobs.kept if knobs.kept is not None else {}
    question: Question | None = None
    known: Question | None = None
    model: Model = {}
    for _ in range(knobs.attempts + len(spec.invariants)):
        if budget.spent:
            return Sought("unknown", doubt=gave_up(budget, about), bounds=bounds)
        try:
            if question is None:
                known = kept.pop(bounds, None)
                question = known or Question(spec, bounds, judged=rules, follows=follows)
                write(question)
            question.finish(missed, learned)
            text = question.script.text()
            if budget.purse is not None and known is None:
                budget.purse.steps -= len(text) // WRITTEN
            status, model, used = ask_model(text, budget)
            if status == "unknown":
                return Sought("unknown", doubt=gave_up(budget, about), bounds=bounds)
            if refuted is None:
                kept[bounds] = question
            if status == "unsat":
                return _none(question, used, bounds, refuted)
            witness = decode(question, model)
            witness, story = plainest(witness, accept, spec) if knobs.plain else (witness, accept(witness))
            return Sought(
                "found", _aloud(story, witness, accept, spec, about) if knobs.spoken else story, bounds=bounds
            )
        except Unsupported as gap:
            return Sought("unknown", doubt=Doubtful(f"{BEYOND}: {gap.what}", gap.span), bounds=bounds)
        except SolverCrash as crash:
            return Sought("unknown", doubt=Doubtful(f"{CRASHED}: {crash}", None, "--seed"), bounds=bounds)
        except Refuted as no:
            kind, _, name = no.what.partition(":")
            if kind == "invariant" and name not in missed and question is not None:
                missed = (*missed, name)
                learned.setdefault(name, set()).add(question.looked_at(name))
                continue
            refuted = _misread(no, question)
            kept.pop(bounds, None)
            if question is not None:
                question.other_than(model)
            budget = evolve(budget, seed=budget.seed + 1)
            if budget.seed >= knobs.budget.seed + knobs.attempts:
                break
    return Sought("unknown", doubt=refuted, bounds=bounds)


def _aloud(story: Story, witness: Witness, accept: Accept, spec: Spec, about: Span | None) -> Story:
    """The story in words. Raises Refuted where none are heard as they are meant."""
    spoken = aloud(story, witness, accept, spec)
    if spoken is None:
        rules = [r for n, r in spec.rules.items() if n in (misheard(spec, story) or ())]
        raise Refuted(UNHEARD, rules[0].span if rules else about)
    return spoken


def _misread(no: Refuted, question: Question | None) -> Doubtful:
    """Why a model was refuted: where something is only approximated in small worlds, that is to blame; first what
    stands in the declaration that the reference does not agree about."""
    if no.what == UNHEARD:
        return Doubtful(no.what, no.span, "words")
    if question is not None and question.approximated:
        places = [span for span, _ in question.approximated]
        own = [span for span in places if no.span is not None and span.piece == no.span.piece]
        return Doubtful(f"{MISREAD}: {no.what}", (own or places)[0], "exact")
    return Doubtful(f"{MISREAD}: {no.what}", no.span, "--seed")


def _none(question: Question, used: frozenset[str], bounds: Bounds, refuted: Doubtful | None) -> Sought:
    """Within these bounds there is nothing, and what was refuted."""
    if refuted is not None:
        return Sought("unknown", doubt=refuted, bounds=bounds)
    calls = tuple(s.tool for s in question.slots if s.kind == "call")
    looked = Looked((calls,), ((bounds.rows, min(bounds.items, bounds.entries)),), tuple(question.narrow))
    return Sought("none", bounds=bounds, looked=looked, conflict=(question.script, used))


def with_few(sought: Callable[[int], Sought], most: int = MOST_OTHERS) -> Sought:
    """A story with as few other rules broken as can be: none, then one, then more."""
    found = Sought("none")
    for few in range(most + 1):
        found = sought(few)
        if found.status != "none":
            break
    return found


__all__ = ["Doubtful", "Knobs", "Sought", "gave_up", "seek", "with_few"]
