"""Help for slips that are known by sight: what an author most likely meant. Each gives the lines of help, or none."""

from collections.abc import Iterable, Mapping

from attrs import evolve

from ..core.nodes import Expr, Get
from ..core.types import DATE, DURATION, MONEY, EventType, Type, is_number
from ..source import Diagnostic
from ..syntax import ast
from .moments import TEMPORAL

USAGE = {
    "affirms": "affirms(message)",
    "claims": "claims(message)",
    "invented": "invented(message)",
    "lists": "lists(message, call)",
    "matches": 'matches(message, "…")` or, of several patterns, `matches(message, {"…", "…"})',
    "mentions": 'mentions(message, "…")` or, of several phrases, `mentions(message, {"…", "…"})',
    "says": 'says(message, "…")',
    "says_amount": "says_amount(message, $5)",
    "says_id": "says_id(message, order_id)",
}


def usage(name: str) -> tuple[str, ...]:
    """How a built-in that reads language is used."""
    return (f"it is used so: `{USAGE[name]}`",) if name in USAGE else ()


def without_clock(name: str) -> tuple[str, ...]:
    """`clock`, where the domain gives none."""
    given = "the domain says no time: write one below `domain …`, such as `clock 2026-05-04T08:00:00+02:00`"
    return (given,) if name == "clock" else ()


def of_the_call(name: str, names: Mapping[str, Expr], parameters: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """A bare name that is an argument of the call at hand. `parameters`: those of each tool."""
    call = names.get("call")
    if call is None or not isinstance(call.type, EventType) or call.type.kind != "call":
        return ()
    tools = call.type.tools or parameters.keys()
    taken = any(name in parameters[t] for t in tools if t in parameters)
    return (f"the call's argument is `call.{name}`",) if taken else ()


def unit_for_number(left: Type, right: Type, numbers: Iterable[ast.Expr]) -> tuple[str, ...]:
    """A bare number beside a duration or a moment: its unit must be said. `numbers`: both sides, as written."""
    if MONEY in (left, right):
        return ()
    spans = [t == DURATION or t in TEMPORAL for t in (left, right)]
    if not (any(spans) and (is_number(left) or is_number(right))):
        return ()
    one, other = numbers
    written = other if spans[0] else one
    units = ("day",) if DATE in (left, right) else ("hour", "day")
    if isinstance(written, ast.Literal_) and written.kind in ("int", "decimal"):
        shown = [f"{written.value} {unit}{'' if written.value == 1 else 's'}" for unit in units]
    else:
        shown = [f"n * 1 {unit}" for unit in units]
    return (f"say of which unit the number is: {' or '.join(f'`{text}`' for text in shown)}",)


def for_messages(name: str, first: Type) -> tuple[str, ...]:
    if name != "contains" or not isinstance(first, EventType) or first.kind == "call":
        return ()
    return ('what a message says is looked for by `mentions(message, "…")`',)


def for_result(found: Expr) -> tuple[str, ...]:
    """The result of a call of which is not known whether it succeeded."""
    kind = found.target.type if isinstance(found, Get) and found.name == "result" else None
    if not isinstance(kind, EventType):
        return ()
    return ("only a call that succeeded has a result: look for an `ok call`, as in `earlier ok call to …`",)


def helped(problem: Diagnostic, *more: str) -> Diagnostic:
    """A problem with more help, the new first."""
    return evolve(problem, help=(*more, *problem.help))


def for_duty(duty: str) -> tuple[str, ...]:
    """A rule that begins with a duty, which needs something to follow from. `duty`: its first word."""
    if duty == "never":
        return (
            "`never …` forbids what comes after something; to forbid it always: "
            "`before agent message  require not …`, or `before call to …  require …`",
        )
    return ()


__all__ = [
    "for_duty",
    "for_messages",
    "helped",
    "of_the_call",
    "unit_for_number",
    "without_clock",
]
