"""What somebody can say so that a recogniser hears it: collected when every definition is known.

For each row of a recogniser or fact, the phrases it listens for and what they mean. A simulated user says them, a
reader sees them. A row that asks another recogniser has the phrases that are enough for that one.
"""

from typing import Any

from attrs import evolve

from ..core.nodes import Apply, Clause, Collect, Const, Expr, Fold, If
from ..core.patterns import example_of
from ..core.spec import Define
from ..core.walk import children, walk

LISTENING = ("mentions", "matches")
Phrases = tuple[tuple[tuple[str, ...], Any], ...]


def with_phrases(defines: dict[str, Define]) -> dict[str, Define]:
    """The definitions, recognisers and facts with their phrases."""
    return {n: evolve(d, phrases=_phrases(d, defines)) if _rows(d) else d for n, d in defines.items()}


def _phrases(define: Define, defines: dict[str, Define]) -> Phrases:
    return tuple(
        (tuple(dict.fromkeys([*_written(condition), *_called(condition, defines)])), then.value)
        for condition, then in _rows(define)
        if isinstance(then, Const)
    )


def _rows(define: Define) -> list[tuple[Expr, Expr]]:
    """Conditions and values, in order. A fact's stand where it names what one message said."""
    if define.kind == "recogniser" and isinstance(define.body, Apply):
        chain: Any = define.body.args[0]
    elif define.kind == "fact":
        chain = next((n.expr for n in walk(define.body) if isinstance(n, Clause) and n.names == ("said",)), None)
    else:
        return []
    found = []
    while isinstance(chain, If):
        found.append((chain.condition, chain.then))
        chain = chain.other
    return found


def _written(condition: Expr) -> list[str]:
    """Every phrase written in a condition, but for what must not be said."""
    return [phrase for node in _wanted(condition) if isinstance(node, Apply) for phrase in _listened(node)]


def _called(condition: Expr, defines: dict[str, Define]) -> list[str]:
    names = [n.op.removeprefix("define:") for n in _wanted(condition) if isinstance(n, Apply) and _is_call(n)]
    return [phrase for name in names for phrase in _enough_for(name, defines, frozenset())]


def _wanted(node: Any) -> list[Any]:
    """A node and all below it, without what is denied."""
    denied = (isinstance(node, Apply) and node.op == "not") or (isinstance(node, Fold) and node.op == "no")
    return [] if denied else [node, *(n for child in children(node) for n in _wanted(child))]


def _is_call(node: Apply) -> bool:
    return node.op.startswith("define:")


def _listened(node: Apply) -> list[str]:
    """The phrases of one `mentions` or `matches`, as they can be said."""
    if node.op not in LISTENING or not isinstance(node.args[1], Const):
        return []
    value = node.args[1].value
    written = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    return [example_of(w) for w in written] if node.op == "matches" else written


def _enough_for(name: str, defines: dict[str, Define], above: frozenset[str]) -> list[str]:
    """Phrases each of which makes a recogniser true by itself."""
    if name not in defines or name in above:
        return []
    rows = [condition for condition, then in _rows(defines[name]) if isinstance(then, Const) and then.value is True]
    return [phrase for condition in rows for phrase in _enough(condition, defines, above | {name})]


def _enough(node: Any, defines: dict[str, Define], above: frozenset[str]) -> list[str]:
    match node:
        case Apply("or", parts):
            return [phrase for part in parts for phrase in _enough(part, defines, above)]
        case Apply("and", parts):
            return _both([p for p in parts if not (isinstance(p, Apply) and p.op == "not")], defines, above)
        case Apply() if _is_call(node):
            return _enough_for(node.op.removeprefix("define:"), defines, above)
        case Apply():
            return _listened(node)
        case Fold("some", Collect(clauses)):
            return _both([c.expr for c in clauses if c.kind == "where"], defines, above)
    return []


def _both(parts: list[Any], defines: dict[str, Define], above: frozenset[str]) -> list[str]:
    """Several conditions at once: phrases are known to be enough only where there is one."""
    return _enough(parts[0], defines, above) if len(parts) == 1 else []
