"""Deliberate mistakes in the solver's encoding of small worlds; the comparison with the reference notices each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from attrs import evolve

from cove_dsl.backends.smt import terms
from cove_dsl.backends.smt.bounded import (
    builtins,
    calendar,
    equality,
    expressions,
    questions,
    sequences,
    statements,
    trajectory,
    zones,
)
from cove_dsl.backends.smt.bounded.values import Maybe, Scalar, Seq, Truth, known_of
from cove_dsl.backends.smt.terms import FALSE, TRUE
from cove_dsl.core.nodes import Branch

Change = Callable[[Any], Any]  # a function, and what is put in its place


def _wrapped(owner: Any, name: str, change: Change) -> Any:
    return patch.object(owner, name, change(getattr(owner, name)))


def _otherwise(value: Truth) -> Truth:
    return Truth(value.no, value.yes)


def _without_last(right: Any) -> Any:
    """A list is taken without its last item."""
    return lambda seq, *rest: right(evolve(seq, items=seq.items[:-1]), *rest)


def _conjunct(right: Any) -> Any:
    return lambda self, expr, env: right(
        self, evolve(expr, args=expr.args[:-1]) if expr.op == "and" and len(expr.args) > 1 else expr, env
    )


def _swapped_branch(right: Any) -> Any:
    return lambda self, stmt, env, guard, *rest: right(
        self, evolve(stmt, then=stmt.other, other=stmt.then), env, guard, *rest
    )


def _every_status(right: Any) -> Any:
    return lambda self, pattern, status=True: right(self, pattern, False)


def _any_role(right: Any) -> Any:
    return lambda self, pattern, *rest: right(self, evolve(pattern, role=None), *rest)


def _early(right: Any) -> Any:
    """A window that begins and ends one event too late."""

    def side(self: Any, slot: Any, alts: Any, before: bool) -> str:
        fits = [g for g, o in alts if (slot.last <= o.first_position if before else slot.first_position >= o.last)]
        return TRUE if fits and len(fits) == len(alts) else terms.either(fits)

    return side


def _present_too(right: Any) -> Any:
    """What is happening counts as past."""

    def trigger(self: Any, when: str, thing: Any) -> None:
        before = self.past
        if when == "before":
            self.past = (*before, thing)
        right(self, when, thing)
        self.past = before

    return trigger


def _without_until(right: Any) -> Any:
    return lambda self, owed, duty, here, thing: right(self, owed, evolve(duty, until=None), here, thing)


def _unless_open(right: Any) -> Any:
    """What is still owed at the end is forgiven."""

    def settle(self: Any, owed: Any) -> None:
        owed.active = [FALSE] * len(owed.active)
        owed.later = []
        right(self, owed)

    return settle


def _whole_step(right: Any) -> Any:
    """After a step that settles a duty, what stands in that very step counts."""

    def due(self: Any, owed: Any, thing: Any) -> None:
        right(self, owed, thing)
        owed.catch_up(float("inf"))

    return due


def _blamed(right: Any) -> Any:
    """An attempt that the tool refused is a violation."""

    def judge(self: Any, label: str, guard: str, no: str, unsure: str, span: Any) -> None:
        thing, self.thing = self.thing, None
        right(self, label, guard, no, unsure, span)
        self.thing = thing

    return judge


def _but_for_branches(right: Any) -> Any:
    """A way out that stands in a branch is none."""
    return lambda body: right(tuple(s for s in body if not isinstance(s, Branch)))


def _unguarded(right: Any) -> Any:
    """A `when` that does not hold is passed all the same."""

    def check(self: Any, stmt: Any, env: Any, guard: str) -> str:
        found = right(self, stmt, env, guard)
        return guard if stmt.otherwise is not None and stmt.otherwise.kind == "skip" else found

    return check


def _set_for_add(right: Any) -> Any:
    return lambda self, stmt, old, env: right(self, stmt, Seq(()) if stmt.kind in ("add", "extend") else old, env)


def _one_more(right: Any) -> Any:
    return lambda *args: (lambda found: evolve(found, term=f"(+ 1 {found.term})"))(right(*args))


def _absent(right: Any) -> Any:
    return lambda self, expr, env: _otherwise(right(self, expr, env)) if expr.tag is None else right(self, expr, env)


def _swapped_if(right: Any) -> Any:
    return lambda self, expr, env: right(self, evolve(expr, then=expr.other, other=expr.then), env)


def _confident(right: Any) -> Any:
    """What is unknown is known to be."""

    def binary(self: Any, op: str, a: Scalar, b: Scalar) -> Any:
        found = right(self, op, a, b)
        return evolve(found, known=TRUE) if isinstance(found, Scalar) else found

    return binary


def _first_row(right: Any) -> Any:
    """A look-up gives the first row, whatever its key."""

    def row(self: Any, table: str, key: Maybe) -> Maybe:
        found = right(self, table, key)
        rows = [(g, c) for g, c in self.rows(table) if g != FALSE]
        return evolve(found, value=expressions.Place(((TRUE, rows[0][1]),))) if rows else found

    return row


def _down(_: Any) -> Any:
    return lambda self, word, places: f"(/ (to_real (to_int (* {10**places}.0 {word}))) {10**places}.0)"


def _shorter(right: Any) -> Any:
    return lambda self, item, among: right(
        self, item, evolve(among, items=among.items[:-1]) if isinstance(among, Seq) else among
    )


def _either_way(_: Any) -> Any:
    """Where it is not known which way is gone, one that leaves the rule is enough."""
    return lambda leaves, unsure: [way for way in leaves if way != FALSE]


def _as_the_clock(_: Any) -> Any:
    return lambda self, moment: moment.term


def _same(_: Any) -> Any:
    return lambda seq, *rest: seq


def _nothing(_: Any) -> Any:
    return lambda *args: None


def _true(_: Any) -> Any:
    return lambda *args: TRUE


def _without_items(value: Any) -> str:
    """When an argument can be worked with, whatever is unknown of its items."""
    inner = terms.both([value.known, value.present]) if isinstance(value, Maybe) else TRUE
    plain = value.value if isinstance(value, Maybe) else value
    return terms.both([inner, plain.known if isinstance(plain, Seq) else known_of(plain)])


def _taken_too(right: Any) -> Any:
    return lambda seq, many: right(seq, f"(+ 1 {many})")


def _once(right: Any) -> Any:
    return lambda whole, wanted, equal: right(whole, sequences.distinct(wanted, equal), equal)


def _any_key(right: Any) -> Any:
    return lambda self, table, key: right(self, table, evolve(key, present=TRUE))


def _looked_into(right: Any) -> Any:
    return lambda self, item, among: right(self, item, among.value if isinstance(among, Maybe) else among)


def _known(right: Any) -> Any:
    return lambda *args: evolve(right(*args), known=TRUE)


def _half_up(_: Any) -> Any:
    return lambda self, word, places: f"(/ (to_real (to_int (+ 0.5 (* {10**places}.0 {word})))) {10**places}.0)"


def _day_before(right: Any) -> Any:
    return lambda one, two: right((one[0], f"(+ 1 {one[1]})"), two)


def _no_other_word(right: Any) -> Any:
    """A requirement that is unknown where it does not hold is a requirement like any other."""

    def check(self: Any, stmt: Any, env: Any, guard: str) -> str:
        lenient = stmt.otherwise is not None and stmt.otherwise.kind == "unknown"
        return right(self, evolve(stmt, otherwise=None) if lenient else stmt, env, guard)

    return check


def _strict(right: Any) -> Any:
    """An attempt that the tool refused is beyond a limit."""
    blamed = _blamed(right)
    return lambda self, label, *rest: (blamed if label == "at_most" else right)(self, label, *rest)


def _opened_before(right: Any) -> Any:
    return lambda self, rule, thing, guard, since: right(self, rule, thing, guard, since - 1)


def _ends_afterwards(right: Any) -> Any:
    """What ends a duty may break it."""

    def never(self: Any, owed: Any, duty: Any, here: str, thing: Any) -> str:
        broken = right(self, owed, evolve(duty, until=None), here, thing)
        ended = self._meant(owed, duty.until, duty.until_condition, thing)
        return terms.either([broken, terms.both([thing.occurs, ended.yes])])

    return never


def _without(doubt: str) -> Change:
    """What is in doubt of a duty is forgotten with the event that it comes from."""

    def change(right: Any) -> Any:
        def never(self: Any, owed: Any, *rest: Any) -> str:
            found: str = right(self, owed, *rest)
            setattr(owed, doubt, FALSE)
            return found

        return never

    return change


def _last_undone(right: Any) -> Any:
    """Of several changes of one place, the last is taken back."""

    def keep_if(self: Any, ok: str, since: int) -> None:
        self.undo[since:] = self.undo[: since - 1 if since else None : -1]
        right(self, ok, since)

    return keep_if


def _only_after_success(right: Any) -> Any:
    def run(self: Any, stmts: Any, env: Any, guard: str, frame: Any) -> str:
        guard = terms.both([guard, self.slots[-1].ok]) if stmts is self.spec.sync else guard
        return str(right(self, stmts, env, guard, frame))

    return run


def _first_entry(right: Any) -> Any:
    return lambda self, pairs: right(self, pairs[::-1])


def _present_known(_: Any) -> Any:
    return lambda value: value if isinstance(value, Maybe) else Maybe(TRUE, value)


def _never_taken(right: Any) -> Any:
    return lambda self, table, row, guard, frame, stmt: right(self, table, row, guard, evolve(frame, failed=[]), stmt)


Mutant = list[tuple[Any, str, Change]]

MUTANTS: dict[str, Mutant] = {
    "some without the last item": [(sequences, "some", _without_last)],
    "every without the last item": [(sequences, "every", _without_last)],
    "first is last": [(sequences, "first", lambda r: lambda seq, *x: r(Seq(seq.items[::-1], seq.known), *x))],
    "count one more": [(sequences, "count", _one_more)],
    "sum without the last item": [(sequences, "total", _without_last)],
    "least is greatest": [(sequences, "extreme", lambda r: lambda s, rel, b: r(s, {"<": ">", ">": "<"}[rel], b))],
    "distinct keeps all": [(sequences, "distinct", _same)],
    "order the other way": [(sequences, "ordered", lambda r: lambda s, k, d, b: r(s, k, not d, b))],
    "position one further": [(sequences, "at", lambda r: lambda s, p, b: r(s, f"(- {p} 1)", b))],
    "and without its last part": [(expressions.Expressions, "_apply", _conjunct)],
    "if swapped": [(expressions.Expressions, "_if", _swapped_if)],
    "present denied": [(expressions.Expressions, "_is", _absent)],
    "look-up without a key": [(expressions.Expressions, "_row", _first_row)],
    "windows one event off": [(expressions.Expressions, "_side", _early)],
    "arithmetic that is never unknown": [(builtins.Builtins, "_binary", _confident)],
    "round down": [(builtins.Builtins, "_rounded", _down)],
    "in without its last item": [(builtins.Builtins, "_is_in", _shorter)],
    "status forgotten": [(trajectory.Slot, "meets", _every_status)],
    "role forgotten": [(trajectory.Slot, "meets", _any_role)],
    "the present is past": [(trajectory.Court, "_trigger", _present_too)],
    "nothing presupposed": [(trajectory.Court, "_presumed", _true)],
    "never without until": [(trajectory.Court, "_never", _without_until)],
    "duties end with the conversation": [(trajectory.Court, "_settle", _unless_open)],
    "no duties": [(trajectory.Court, "_meet", _nothing)],
    "attempts are blamed": [(trajectory.Hearing, "_judge", _blamed)],
    "when is passed": [(trajectory.Hearing, "_check", _unguarded)],
    "branches of rules swapped": [(trajectory.Hearing, "_branch", _swapped_branch)],
    "one way out is enough": [(trajectory, "_left_by", _either_way)],
    "every time is the clock's": [(zones.Zones, "as_written", _as_the_clock)],
    "branches of tools swapped": [(statements.Statements, "_branch", _swapped_branch)],
    "failed calls leave traces": [(questions.Question, "keep_if", _nothing)],
    "set for add": [(statements.Statements, "_new", _set_for_add)],
    "no writes": [(statements.Statements, "write", _nothing)],
}  # fmt: skip

OF_EXPRESSIONS: dict[str, Mutant] = {  # too rare in whole conversations
    "lists are known without their items": [(builtins, "_observed", lambda right: _without_items)],
    "what is inside is known": [(equality, "wholly_known", lambda right: known_of)],
}

BY_HAND: dict[str, Mutant] = {  # too rare in conversations by chance
    "a step counts after itself": [(trajectory.Court, "_due", _whole_step)],
    "ties turned round": [(sequences, "_tie", lambda right: lambda keys, i, j: right(keys, j, i))],
    "any one is the only one": [(sequences, "only", lambda _: lambda seq, blank: sequences.first(seq, blank))],
    "one more is taken": [(sequences, "take", _taken_too)],
    "once is often enough": [(sequences, "contains_all", _once)],
    "sums know their items": [(sequences, "total", _known)],
    "what is absent is a key": [(expressions.Expressions, "_row", _any_key)],
    "what is absent is looked into": [(builtins.Builtins, "_is_in", _looked_into)],
    "ties are rounded up": [(builtins.Builtins, "_rounded", _half_up)],
    "a day is a second longer": [(builtins, "DAY", lambda _: "86401.0")],
    "a month takes a day longer": [(calendar, "months_between", _day_before)],
    "zones the other way": [(zones.Zones, "ahead", lambda right: lambda self, number: -right(self, number))],
    "a step ends where it begins": [(trajectory.StepSlot, "last", lambda _: property(lambda step: step.index))],
    "a doubtful when is passed": [(trajectory.Hearing, "_waver", _nothing)],
    "a doubt ends with its turn, whatever it was": [(trajectory, "may_leave_rule", _but_for_branches)],
    "else unknown accuses": [(trajectory.Hearing, "_check", _no_other_word)],
    "limits accuse attempts": [(trajectory.Hearing, "_judge", _strict)],
    "anybody is next": [(trajectory, "party_of", _nothing)],
    "what opens a duty meets it": [(trajectory.Court, "_hear", _opened_before)],
    "what ends a duty breaks it": [(trajectory.Court, "_never", _ends_afterwards)],
    "perhaps over is not over": [(trajectory.Court, "_never", _without("released"))],
    "perhaps broken is kept": [(trajectory.Court, "_never", _without("unsure"))],
    "undone to the last change": [(statements.Statements, "keep_if", _last_undone)],
    "nothing follows a call that fails": [(trajectory.Court, "run", _only_after_success)],
    "what is added to is known": [(statements, "_listed", lambda right: lambda *args: (right(*args)[0], TRUE))],
    "the first of equal keys": [(expressions.Expressions, "entries_of", _first_entry)],
    "what is unknown is there": [(expressions, "as_maybe", _present_known), (trajectory, "as_maybe", _present_known)],
    "keys may be taken twice": [(statements.Statements, "_insert", _never_taken)],
}

TABLES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "less is at most": (builtins.COMPARES, {"lt": "<="}),
    "at least is more": (builtins.COMPARES, {"ge": ">"}),
    "at most is less": (builtins.COMPARES, {"le": "<"}),
    "more is at least": (builtins.COMPARES, {"gt": ">="}),
    "minus is plus": (builtins.ADDS, {"subtract": "+"}),
}
NAMES = [*MUTANTS, *TABLES]


@contextmanager
def misencoded(name: str) -> Iterator[None]:
    """The encoding with one mistake."""
    made = MUTANTS | OF_EXPRESSIONS | BY_HAND
    assert name in (known := made | TABLES), f"no mistake is called {name!r}: {', '.join(known)}"
    with ExitStack() as stack:
        for owner, attribute, change in made.get(name, ()):
            stack.enter_context(_wrapped(owner, attribute, change))
        if name in TABLES:
            stack.enter_context(patch.dict(*TABLES[name]))
        yield
