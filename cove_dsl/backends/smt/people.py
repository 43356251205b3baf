"""Who calls: what a specification says, by its types alone, of finding people."""

from ...core.spec import Spec
from ...core.types import Ref, strip


def finders(spec: Spec, table: str) -> tuple[str, ...]:
    """The tools of the agent that find a row's key by its details."""
    return tuple(
        t.name
        for t in spec.tools.values()
        if t.kind == "read" and t.requestor == "agent" and strip(t.returns) == Ref(table)
        and t.params and not any(isinstance(p.type, Ref) for p in t.params)
    )  # fmt: skip


__all__ = ["finders"]
