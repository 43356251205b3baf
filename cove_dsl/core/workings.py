"""How amounts and times are worked out: the definitions that the policy and the tools rest on, and the numbers in them.

The agent is told these definitions in words. So it may quote the amounts that stand in them, and what they make of
amounts that it knows.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .nodes import Apply, Const
from .spec import Define, Spec
from .types import DURATION, MONEY, EnumType, Prim, strip
from .walk import walk

COUNTS = frozenset({Prim("int"), Prim("decimal")})
NUMBERS = COUNTS | {MONEY, DURATION}
SMALLEST = Fraction(1, 1000)


def told_definitions(spec: Spec) -> set[str]:
    """What rules and tools use and gives a number, amounts that have a description, and what those are made of."""
    bodies = tuple(t.body for t in spec.tools.values() if t.body is not None and t.requestor == "agent")
    used = set(_uses((tuple(spec.rules.values()), tuple(spec.exemptions), bodies)))
    found = {n for n in used if strip(spec.defines[n].returns) in NUMBERS}
    found |= {d.name for d in spec.defines.values() if d.doc and d.params and strip(d.returns) == MONEY}
    todo = list(found)
    while todo:
        inner = {n for n in _uses(spec.defines[todo.pop()].body) if n not in found and _is_plain(spec.defines[n])}
        found |= inner
        todo += inner
    return found


def told_amounts(spec: Spec) -> list[Decimal]:
    """The amounts of money that stand in the rules and in the definitions that the agent is told."""
    consts = (n for n in walk(_told(spec)) if isinstance(n, Const) and n.type == MONEY)
    return list(dict.fromkeys(Decimal(n.value) for n in consts if isinstance(n.value, (int, Decimal)) and n.value))


def told_factors(spec: Spec) -> list[Fraction]:
    """What the rules, and the definitions that the agent is told, multiply amounts by; of a part, also what it leaves:
    0.2 and 0.8. Of an amount for each of something, that amount: what is shown is how many there are."""
    found: dict[Fraction, None] = {}
    for node in walk(_told(spec)):
        if isinstance(node, Apply) and node.op == "multiply":
            found |= dict.fromkeys(filter(None, map(_amount_for_each, node.args, reversed(node.args))))
        if isinstance(node, Apply) and node.op in ("multiply", "divide"):
            for number in filter(None, map(_count, node.args if node.op == "multiply" else node.args[1:])):
                factor = number if node.op == "multiply" else 1 / number
                found |= dict.fromkeys(f for f in (factor, 1 - factor) if f >= SMALLEST)
    return [f for f in found if f != 1]


def _told(spec: Spec) -> tuple[Any, ...]:
    wanted = told_definitions(spec)
    bodies = (d.body for d in spec.defines.values() if d.name in wanted and d.kind == "define")
    return (tuple(spec.rules.values()), tuple(spec.exemptions), *bodies)


def _count(node: Any) -> Fraction | None:
    is_count = isinstance(node, Const) and node.type in COUNTS and isinstance(node.value, (int, Decimal))
    return Fraction(node.value) if is_count else None


def _amount_for_each(node: Any, of: Any) -> Fraction | None:
    """The amount of `$15 * visits`."""
    is_amount = isinstance(node, Const) and node.type == MONEY and isinstance(node.value, (int, Decimal))
    return Fraction(node.value) if is_amount and node.value > 0 and strip(of.type) in COUNTS else None


def _is_plain(made: Define) -> bool:
    kind = strip(made.returns)
    return made.kind == "define" and (kind in NUMBERS or isinstance(kind, (EnumType, Prim)))


def _uses(things: object) -> Iterator[str]:
    for node in walk(things):
        if isinstance(node, Apply) and node.op.startswith("define:"):
            yield node.op.removeprefix("define:")


__all__ = ["told_amounts", "told_definitions", "told_factors"]
