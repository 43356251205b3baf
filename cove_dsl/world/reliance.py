"""What a requirement relies on beside the call or message that it judges: rows, what somebody has said, other results.

In: a rule of a specification and the label of a requirement. Out: what it looks at, in words, for whoever wants to know
why a verdict is unknown.
"""

from collections.abc import Iterator
from typing import Any

from ..core.nodes import Apply, Check, Get, Node, Rule, Var
from ..core.spec import Spec
from ..core.types import EventType
from ..core.walk import children
from ..semantics.builtins import LANGUAGE_OPS

WORKED_OUT = "whether the amounts and dates of a message can be worked out (a tool that shows them would tell)"


def relies_on(spec: Spec, rule: Rule, label: str, whole: bool) -> tuple[str, ...]:
    """What may not have been known. `whole`: every table was known when the conversation began."""
    rows: dict[str, None] = {}
    other: dict[str, None] = {}
    for node in _looked_at(spec, rule, label):
        match node:
            case Var(name) if name.startswith(("table.", "state.")) and not whole:
                rows[f"`{name.partition('.')[2]}`"] = None
            case Apply(op) if op.startswith("define:stated."):
                other[f"what is said of `{op.removeprefix('define:stated.')}`"] = None
            case Apply("invented"):
                other[WORKED_OUT] = None
            case Apply(op) if op in LANGUAGE_OPS:
                other["how a message is read"] = None
            case Get(target, "result", _) if isinstance(target.type, EventType):
                other["the result of a call"] = None
    return (*([f"what is known of {', '.join(rows)}"] if rows else []), *other)


def _looked_at(spec: Spec, rule: Rule, label: str) -> Iterator[Node]:
    """The nodes that a requirement is reached through, with those of definitions; other requirements are left out."""
    seen: set[str] = set()
    waiting: list[Any] = [rule.body, rule.duties]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(reversed(node))
            continue
        if isinstance(node, Check) and node.otherwise is None and label and node.label not in ("", label):
            continue
        yield node
        if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
            seen.add(node.op)
            define = spec.defines.get(node.op.removeprefix("define:"))
            waiting += [define.body] if define is not None and define.kind != "fact" else []
        waiting.extend(reversed(list(children(node))))


__all__ = ["relies_on"]
