"""Who calls: what a specification says, by its types alone, of finding people."""

from collections import Counter

from ...core.nodes import Scenario
from ...core.spec import Spec, Table
from ...core.types import EMAIL, RecordType, Ref, Type, strip


def finders(spec: Spec, table: str) -> tuple[str, ...]:
    """The tools of the agent that find a row's key by its details."""
    return tuple(
        t.name
        for t in spec.tools.values()
        if t.kind == "read" and t.requestor == "agent" and strip(t.returns) == Ref(table)
        and t.params and not any(isinstance(p.type, Ref) for p in t.params)
    )  # fmt: skip


def may_call(spec: Spec, scenario: Scenario) -> frozenset[str]:
    """The tables a row of which may be who calls. People have an address, or something is described as theirs. A row
    of any other table may be a person only where the scenario is about one such row: of several things that are
    looked for, none is who calls."""
    drawn = Counter(
        name for p in scenario.picks if p.kind == "pick" for name in [_record(p.source.type)] * (1 + p.many)
    )
    return frozenset(t.name for t in spec.tables.values() if drawn[t.record] <= 1 or _of_people(spec, t))


def _record(kind: Type) -> str:
    item = getattr(strip(kind), "item", None)
    return item.name if isinstance(item, RecordType) else ""


def _of_people(spec: Spec, table: Table) -> bool:
    found = (spec.tools[name] for name in finders(spec, table.name))
    kinds = [f.type for f in spec.records[table.record].fields.values()] + [p.type for t in found for p in t.params]
    owners = {d.within for d in spec.descriptions}
    return any(strip(k) == EMAIL for k in kinds) or bool({table.name, table.record.lower()} & owners)


__all__ = ["finders", "may_call"]
