"""Deliberate mistakes, one for every kind of node: in what is generated, and in the reference itself.

A mistake in the checker is made by generating it from another core than the reference reads. A mistake in the reference
is made in its code. Each has to be noticed by the comparison on some pair; how often it is noticed says how often
that kind of node decides.
"""

# ruff: noqa: E501 - templates and tables are read line by line

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import attrs

from cove_dsl.backends.python.emit import module_source
from cove_dsl.core import judge, nodes
from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.interpreter import Interpreter
from cove_dsl.core.nodes import (
    Apply,
    Bind,
    Branch,
    Check,
    Clause,
    Collect,
    Const,
    Duty,
    Each,
    Events,
    Exit,
    Fold,
    Get,
    If,
    Is,
    Let,
    Lookup,
    Make,
    Rule,
    Tool,
    Var,
    Write,
)  # fmt: skip
from cove_dsl.core.spec import Define, Spec
from cove_dsl.core.types import ListType, RecordType
from cove_dsl.core.values import UNKNOWN

from .machine import Desk, program_from

Change = Callable[[Any], Any]

SWAPPED = {"and": "or", "or": "and", "lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "add": "subtract", "subtract": "add",
           "contains": "starts_with", "order": "order_descending", "not": "or_unknown"}  # fmt: skip
FOLDS = {
    "some": "no",
    "no": "some",
    "every": "some",
    "first": "last",
    "last": "first",
    "only": "first",
    "min": "max",
    "max": "min",
}


def rewritten(thing: Any, change: Change) -> Any:
    """A core tree with every node changed, inner ones first."""
    if isinstance(thing, tuple):
        return tuple(rewritten(item, change) for item in thing)
    if isinstance(thing, dict):
        return {key: rewritten(item, change) for key, item in thing.items()}
    if not (attrs.has(type(thing)) and (type(thing).__module__ == nodes.__name__ or isinstance(thing, Define))):
        return thing
    parts = {
        f.name: rewritten(getattr(thing, f.name), change)
        for f in attrs.fields(type(thing))
        if f.name not in ("type", "span")
    }
    return change(attrs.evolve(thing, **parts))


def changed(spec: Spec, change: Change) -> Spec:
    return attrs.evolve(
        spec, rules=rewritten(spec.rules, change), tools=rewritten(spec.tools, change), defines=rewritten(spec.defines, change), sync=rewritten(spec.sync, change)
    )  # fmt: skip


def _const(n: Const) -> Any:
    if isinstance(n.value, bool):
        return attrs.evolve(n, value=not n.value)
    if isinstance(n.value, (int, Decimal)):
        return attrs.evolve(n, value=n.value + 1)
    return attrs.evolve(n, value=n.value + "x") if isinstance(n.value, str) else n


def _clauses(n: Collect, keep: Callable[[Clause], bool]) -> Collect:
    return attrs.evolve(n, clauses=tuple(c for c in n.clauses if keep(c)))


def _reversed(n: Any) -> Any:
    return Apply("reversed", (n,), n.type) if isinstance(n.type, ListType) else n


CHECKER: dict[str, tuple[type, Change]] = {
    "Const off by one": (Const, _const),
    "Var rows backwards": (Var, lambda n: _reversed(n) if n.name.startswith("table.") else n),
    "Get of a field that is not there": (Get, lambda n: attrs.evolve(n, name="nowhere") if isinstance(n.target.type, RecordType) else n),
    "Lookup finds nothing": (Lookup, lambda n: Const(None, n.type)),
    "Lookup one further": (Lookup, lambda n: attrs.evolve(n, key=Apply("add", (n.key, Const(1, n.key.type)), n.key.type)) if str(n.key.type) == "int" else n),
    "Make without its last item": (Make, lambda n: attrs.evolve(n, names=n.names[:-1], items=n.items[:-1]) if n.kind in ("record", "list") else n),
    "Apply of the opposite": (Apply, lambda n: attrs.evolve(n, op=SWAPPED.get(n.op, n.op))),
    "Apply the other way round": (Apply, lambda n: attrs.evolve(n, args=n.args[::-1]) if n.op in ("subtract", "divide", "lt", "contains", "starts_with", "contains_all") else n),
    "If swapped": (If, lambda n: attrs.evolve(n, then=n.other, other=n.then)),
    "Is denied": (Is, lambda n: Apply("not", (n,), n.type)),
    "Let of nothing": (Let, lambda n: attrs.evolve(n, value=Const(None, n.value.type))),
    "Collect without where": (Collect, lambda n: _clauses(n, lambda c: c.kind != "where")),
    "Collect backwards": (Collect, _reversed),
    "Fold of another kind": (Fold, lambda n: attrs.evolve(n, op=FOLDS.get(n.op, n.op))),
    "Fold one more": (Fold, lambda n: Apply("add", (n, Const(1, n.type)), n.type) if n.op in ("count", "sum") else n),
    "Events of any status": (Events, lambda n: attrs.evolve(n, pattern=attrs.evolve(n.pattern, status=None))),
    "Events without a window": (Events, lambda n: attrs.evolve(n, before=None, after=None)),
    "Exit without leaving": (Exit, lambda n: attrs.evolve(n, kind="unknown") if n.kind == "violate" else n),
    "Exit fails otherwise": (Exit, lambda n: attrs.evolve(n, value=Const("?", n.value.type)) if n.kind == "fail" else n),
    "Bind without else": (Bind, lambda n: attrs.evolve(n, otherwise=None)),
    "Check denied": (Check, lambda n: attrs.evolve(n, condition=Apply("not", (n.condition,), n.condition.type))),
    "Each without its body": (Each, lambda n: attrs.evolve(n, body=())),
    "Each backwards": (Each, lambda n: attrs.evolve(n, source=_reversed(n.source))),
    "Branch swapped": (Branch, lambda n: attrs.evolve(n, then=n.other, other=n.then)),
    "Write skipped": (Write, lambda n: Branch(Const(False, nodes.BOOL), (n,))),
    "Write set for add": (Write, lambda n: attrs.evolve(n, kind="set", value=Make("list", (), (n.value,), ListType(n.value.type))) if n.kind == "add" else n),
    "Tool without its last step": (Tool, lambda n: attrs.evolve(n, body=n.body[:-1]) if n.body else n),
    "Rule takes nothing for granted": (Rule, lambda n: attrs.evolve(n, presupposes=())),
    "Rule excuses no attempt": (Rule, lambda n: attrs.evolve(n, basis="trajectory") if n.basis == "contract" else n),
    "Rule owes nothing": (Rule, lambda n: attrs.evolve(n, duties=())),
    "Duty of another mode": (Duty, lambda n: attrs.evolve(n, mode={"then": "eventually", "eventually": "then", "never": "eventually", "nothing": "nothing"}[n.mode])),
    "Duty without until": (Duty, lambda n: attrs.evolve(n, until=None, until_condition=None)),
    "Duty without where": (Duty, lambda n: attrs.evolve(n, condition=None)),
}  # fmt: skip


def mutated(desk: Desk, name: str) -> Desk | None:
    """The desk with its checker made from a changed core; None if there is nothing to change in it."""
    kind, change = CHECKER[name]
    spec = changed(desk.spec, lambda n: change(n) if type(n) is kind else n)
    if spec == desk.spec:
        return None
    try:
        return attrs.evolve(desk, program=program_from(module_source(spec)))
    except AssertionError:  # the mistake cannot be written down
        return None


# --- mistakes in the reference ----------------------------------------------------------------------------------------


def wrong(value: Any) -> Any:
    """Another value than the one that was found."""
    if value is UNKNOWN or value is None:
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, Decimal)):
        return value + 1
    return value + "x" if isinstance(value, str) else value[:-1] if isinstance(value, list) else {}


EXPRESSIONS = (Const, Var, Get, Lookup, Make, Apply, If, Is, Let, Collect, Fold, Events)
STATEMENTS = (Exit, Bind, Check, Each, Branch, Write)
MODES = ("then", "eventually", "never", "nothing")
RESULTS: dict[str, Change] = {
    "Result that leaves out denies": lambda right: lambda a, b, *rest: right(a, b, *rest) and right(b, a, *rest),
    "Result contradicts nothing": lambda right: lambda *_: True,
}
REFERENCE = [
    *(k.__name__ for k in (*EXPRESSIONS, *STATEMENTS)), "Tool", "Rule", *(f"Duty {m}" for m in MODES), *RESULTS,
]  # fmt: skip


@contextmanager
def mistaken(name: str) -> Iterator[None]:
    """The reference with a mistake about one kind of node."""
    assert name in REFERENCE, f"no mistake is called {name!r}: {', '.join(REFERENCE)}"
    kind = next((k for k in (*EXPRESSIONS, *STATEMENTS) if k.__name__ == name), None)
    if kind in EXPRESSIONS:
        right = Evaluator.evaluate
        with patch.object(
            Evaluator,
            "evaluate",
            lambda self, e, names: wrong(right(self, e, names)) if type(e) is kind else right(self, e, names),
        ):
            yield
    elif kind is not None:
        with _skipping(Interpreter, kind), _skipping(judge.Hearing, kind):
            yield
    elif name == "Tool":
        with patch.object(Interpreter, "_refusal", lambda self, tool, arguments: None):
            yield
    elif name in RESULTS:
        with patch.object(judge, "shown_alike", RESULTS[name](judge.shown_alike)):
            yield
    elif name == "Rule":
        with patch.object(judge.Court, "_presumed_broken", lambda self, rule: False):
            yield
    else:
        mode, stays = name.split()[1], judge.Court._stays
        with patch.object(
            judge.Court,
            "_stays",
            lambda self, owed, thing, point: owed.due.mode == mode or stays(self, owed, thing, point),
        ):
            yield


def _skipping(owner: type, kind: type) -> Any:
    right = owner._statement  # type: ignore[attr-defined]

    def statement(self: Any, stmt: Any, *rest: Any) -> Any:
        if type(stmt) is not kind or (kind is Bind and stmt.otherwise is None):
            return right(self, stmt, *rest)
        return right(self, attrs.evolve(stmt, otherwise=None), *rest) if kind is Bind else None

    return patch.object(owner, "_statement", statement)
