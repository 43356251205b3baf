"""How large the small worlds have to be: where something counts further than they reach, or more is drawn of one list
than they have, larger ones."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve

from ..backends.smt.bounded.world import Bounds
from ..backends.smt.terms import Clause as SmtClause
from ..core.nodes import Apply, Clause, Collect, Const, Each, Events, Expr, Fold, Get, Let, Lookup, Scenario, Var
from ..core.spec import Spec
from ..core.types import ListType, MapType, strip
from ..core.walk import walk
from ..world.guidance import reached
from .looked import Looked
from .search import Knobs

LARGEST = 6  # how many items or earlier calls a condition may count before it is beyond what is looked at
COMPARED = frozenset({"lt", "le", "gt", "ge", "eq"})


def sizes(knobs: Knobs, things: Iterable[Any]) -> tuple[tuple[Bounds, ...], tuple[Bounds, ...]]:
    """The worlds that have to be looked at: small ones, and where something counts further than they reach, some with
    lists that long; and further ones."""
    counts = [n for thing in things for n in _counts(thing)]
    counted = max(counts, default=0) + (len(set(counts)) == 1)
    ladder = knobs.ladder
    if counted <= 2 or counted > LARGEST:
        return ladder[:1], ladder[1:]
    long = [evolve(ladder[0], items=counted, entries=counted), evolve(ladder[0], rows=counted)]
    return (ladder[0], *long), ladder[1:]


def room(knobs: Knobs, scenario: Scenario) -> tuple[Bounds, ...]:
    """The worlds in which a scenario is looked for: with room for all that it draws from one table, list or map."""
    drawn: Counter[Expr] = Counter()
    for pick in scenario.picks:
        if pick.kind == "pick":
            drawn[_drawn_from(pick.source)] += max(pick.high, 1) if pick.many else 1
    tables = {e for e in drawn if isinstance(e, Var) and e.name.startswith("table.")}
    rows = min(max((drawn[e] for e in tables), default=0), LARGEST)
    items = min(max((drawn[e] for e in drawn.keys() - tables), default=0), LARGEST)
    made = (evolve(b, rows=max(b.rows, rows), items=max(b.items, items), entries=max(b.entries, items))
            for b in knobs.ladder)  # fmt: skip
    return tuple(dict.fromkeys(made))


def beyond(bounds: Bounds) -> tuple[Bounds, ...]:
    """Larger worlds, as far as anything is counted."""
    return tuple(evolve(bounds, rows=max(bounds.rows, n), items=max(bounds.items, n), entries=max(bounds.entries, n))
                 for n in range(min(bounds.rows, bounds.items, bounds.entries) + 1, LARGEST + 1))  # fmt: skip


def what_may_help(core: Iterable[SmtClause], spec: Spec, scenario: Scenario, looked: Looked) -> str:
    """The knob for a conflict in small worlds, or what to know of it. Larger ones than were looked at help only where
    something is counted that far."""
    nodes = _rules_look_at(clauses := list(core), spec)
    looks = [n for n in nodes if isinstance(n, Events)]
    if any(e.pattern.kind == "call" and e.pattern.status == "failed" for e in looks):
        return "failing"
    if may_help(clauses, spec):
        far = max((*_counts(scenario), *_counted(nodes)), default=0)
        widest = max((rows for rows, _ in looked.worlds), default=0)
        return "larger" if far < LARGEST <= widest else "--rows"
    counted = any(isinstance(n, Fold) and n.op != "some" for n in nodes) or any(e.before or e.after for e in looks)
    return "again" if counted else "together"


def may_help(core: Iterable[SmtClause], spec: Spec) -> bool:
    """Whether larger worlds may have what is ruled out in small ones. Only where something is about rows: in none of
    them does a call fail, or is something called or said more often, and where rules alone are in conflict and ask for
    nothing but that something happened before, no row makes a difference."""
    clauses = list(core)
    alone = clauses and all(c.role == "rule" for c in clauses)
    return not alone or any(_about_rows(n, spec) for n in _rules_look_at(clauses, spec))


def _rules_look_at(clauses: Iterable[SmtClause], spec: Spec) -> list[Any]:
    rules = [spec.rules[c.name.split(".")[1]] for c in clauses if c.role == "rule"]
    return list(reached(tuple((r.body, r.duties) for r in rules), spec))


def _about_rows(node: Any, spec: Spec) -> bool:
    """What looks at rows or lists; and what may want more values that differ than there are rows."""
    match node:
        case Lookup() | Each() | Apply("not" | "ne"):
            return True
        case Var(name):
            return name.startswith(("table.", "state."))
        case Fold(op, source):
            return op != "some" and not any(isinstance(n, Events) for n in reached((source,), spec))
        case Get(_, _, type):
            return isinstance(strip(type), ListType | MapType)
    return False


def _drawn_from(source: Expr) -> Expr:
    """The table, list or map of which some items are drawn, whatever their order and condition."""
    match source:
        case Collect((Clause("for", _, inner), *_)):
            return _drawn_from(inner)
        case Apply(_, (inner, *_)) | Fold(_, inner) | Let(_, inner, _):
            return _drawn_from(inner)
    return source


def _counts(thing: Any) -> Iterator[int]:
    """The numbers with which something compares a count."""
    yield from _counted(walk(thing))


def _counted(nodes: Iterable[Any]) -> Iterator[int]:
    for node in nodes:
        if isinstance(node, Apply) and node.op in COMPARED and any(isinstance(a, Fold) for a in node.args):
            for arg in node.args:
                if isinstance(arg, Const) and isinstance(arg.value, int):
                    yield arg.value


__all__ = ["beyond", "may_help", "room", "sizes", "what_may_help"]
