"""Can an atom of a rule's condition be true, can it be false? A conversation that replays shows that it can; where
small worlds have none, the answer says how far was looked.

The question is put as a rule that is broken exactly where the atom has the wanted value: what narrows the rule stays as
it is, what it requires before is left out.
"""

from attrs import evolve, frozen

from ..backends.smt.bounded.around import Focus, binding, events_in
from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.questions import Question
from ..core.conditions import Condition
from ..core.nodes import Apply, Bind, Branch, Check, Const, Each, Exit, Expr, Let, Rule, Stmt
from ..core.spec import Spec
from ..core.types import BOOL
from ..core.walk import walk
from .errors import Refuted
from .replay import Replay, Story
from .rules import Examiner
from .search import Doubtful, Knobs, seek

LABEL = "atom"
SHORT = "the conversations that are tried are short, and it looks back at what was said or called"
ASKED = frozenset({"require", "when", "if", "otherwise"})  # kinds of conditions that stand in the body of a rule


@frozen
class Reached:
    """Whether an atom can come to a value: `found` with a story, `none` within the bounds, or `unknown`."""

    status: str
    story: Story | None = None
    doubt: Doubtful | None = None


def reach(spec: Spec, condition: Condition, at: int, value: bool, knobs: Knobs | None = None) -> Reached | None:
    """The answer for one atom and one value; None for a condition that is not asked about."""
    if condition.of != "rule" or condition.kind not in ASKED:
        return None
    rule = spec.rules[condition.owner]
    probe = evolve(
        rule, body=_until(rule.body, condition, condition.atoms[at], value), duties=(), presupposes=(),
        severity="error",
    )  # fmt: skip
    changed = evolve(spec, rules={**spec.rules, rule.name: probe})
    examiner = Examiner(changed, binding(changed), knobs or Knobs())
    worst = Reached("none")
    for focus in (*examiner.foci(probe), *_bare(spec, probe)):
        found = _sought(examiner, probe, focus)
        if found.status == "found":
            return found
        worst = found if found.status == "unknown" else worst
    if worst.status == "none" and any(True for _ in events_in((condition.atoms[at],), spec)):
        return Reached("unknown", doubt=Doubtful(SHORT, condition.span))
    return worst


def _bare(spec: Spec, probe: Rule) -> tuple[Focus, ...]:
    """Conversations in which little else happens, for what must not have been."""
    if probe.when == "end":
        return (Focus(None),)
    pattern = probe.pattern
    tools = sorted(pattern.tools) if pattern is not None and pattern.kind == "call" else []
    return tuple(Focus(spec.tools[t], open=probe.when == "before") for t in tools[:2])


def _sought(examiner: Examiner, probe: Rule, focus: Focus) -> Reached:
    def write(question: Question) -> None:
        question.trial(focus)
        question.succeed()
        question.demand("rule", f"broken.{probe.name}", probe.span, question.verdicts.breaks(probe.name))

    def accept(witness: Witness) -> Story:
        story = Replay(examiner.spec, witness).story(None, ())
        if not any(j.rule == probe.name and j.verdict == "violated" for j in story.judgements):
            raise Refuted(f"the atom of `{probe.name}` comes out otherwise", probe.span)
        return story

    rules = tuple(r for n, r in examiner.spec.rules.items() if r in examiner.rules or n == probe.name)
    sought = seek(examiner.spec, rules, write, accept, examiner.knobs, ladder=examiner.knobs.ladder[:1])
    return Reached(sought.status, sought.story, sought.doubt)


# --- the rule that is broken where an atom has a value ----------------------------------------------------------------


def _until(stmts: tuple[Stmt, ...], condition: Condition, atom: Expr, value: bool) -> tuple[Stmt, ...]:
    """Statements up to a condition, which becomes the one requirement: that the atom has not the value."""
    made: list[Stmt] = []
    for stmt in stmts:
        if _is_at(stmt, condition):
            return (*made, *_asked(stmt, condition, atom, value))
        if _leads_to(stmt, condition):
            return (*made, _into(stmt, condition, atom, value))
        made += _passing(stmt)
    return tuple(made)


def _is_at(stmt: Stmt, condition: Condition) -> bool:
    match stmt:
        case Check(asked) | Branch(asked):
            return _inner(asked) is condition.whole
        case Bind(_, value, leave):
            return condition.kind == "otherwise" and leave is not None and value.span == condition.span
        case _:
            return False


def _inner(expr: Expr) -> Expr:
    return _inner(expr.body) if isinstance(expr, Let) else expr


def _leads_to(stmt: Stmt, condition: Condition) -> bool:
    return isinstance(stmt, (Branch, Each)) and any(
        _is_at(n, condition) for n in walk(stmt) if isinstance(n, (Check, Branch, Bind)) and n is not stmt
    )


def _asked(stmt: Stmt, condition: Condition, atom: Expr, value: bool) -> tuple[Stmt, ...]:
    if isinstance(stmt, Bind):
        leave = Exit("skip") if value else Exit("violate", Const("", BOOL))
        never = (Check(Const(False, BOOL), LABEL),) if value else ()
        return (evolve(stmt, otherwise=leave), *never)
    assert isinstance(stmt, (Check, Branch))
    wanted = Apply("not", (atom,), BOOL, atom.span) if value else atom
    return (Check(_around(stmt.condition, wanted), LABEL, span=stmt.span),)


def _around(expr: Expr, inner: Expr) -> Expr:
    """What stands in place of a condition, with the names that the condition binds."""
    return evolve(expr, body=_around(expr.body, inner)) if isinstance(expr, Let) else inner


def _into(stmt: Stmt, condition: Condition, atom: Expr, value: bool) -> Stmt:
    if isinstance(stmt, Each):
        return evolve(stmt, body=_until(stmt.body, condition, atom, value))
    assert isinstance(stmt, Branch)
    ways = [_until(way, condition, atom, value) for way in (stmt.then, stmt.other)]
    return evolve(stmt, then=ways[0], other=ways[1])


def _passing(stmt: Stmt) -> tuple[Stmt, ...]:
    """A statement that the condition comes after, as far as it narrows: what it requires is left out."""
    match stmt:
        case Check(_, _, _, leave):
            return (stmt,) if leave is not None and leave.kind == "skip" else ()
        case Bind(_, _, leave):
            ends = leave is not None and leave.kind in ("violate", "unknown")
            return (evolve(stmt, otherwise=Exit("skip")),) if ends else (stmt,)
        case Branch(_, then, other):
            ways = [tuple(p for s in way for p in _passing(s)) for way in (then, other)]
            return (evolve(stmt, then=ways[0], other=ways[1]),) if any(ways) else ()
        case Each(_, _, body):
            return (evolve(stmt, body=tuple(p for s in body for p in _passing(s))),) if stmt.into is not None else ()
        case Exit(kind):
            return (Exit("skip", span=stmt.span),) if kind in ("violate", "unknown") else (stmt,)
        case _:
            return (stmt,)


__all__ = ["Reached", "reach"]
