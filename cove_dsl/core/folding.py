"""What an expression comes to that rests on nothing but what is written down: `date_of(clock) + 30 days`."""

from .nodes import Apply, Const, Expr
from .ops import LENIENT, OPS, apply
from .types import Prim, strip
from .values import UNKNOWN


def folded(expr: Expr, zone: int) -> Const | None:
    """The constant that built-ins make of constants; None for everything else, and for what has no value. `zone`: in
    which date-times without one are read, in seconds east of Greenwich."""
    if isinstance(expr, Const):
        return expr
    if not isinstance(expr, Apply) or expr.op not in OPS or expr.op in LENIENT or not expr.args:
        return None
    if not isinstance(strip(expr.type), Prim):
        return None
    args = [folded(a, zone) for a in expr.args]
    known = tuple(a.value for a in args if a is not None)
    if len(known) < len(args):
        return None
    value = apply(expr.op, (*known, zone) if expr.op == "instant" else known)
    return None if value is UNKNOWN else Const(value, expr.type, expr.span)


__all__ = ["folded"]
