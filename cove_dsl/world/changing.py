"""What other calls could change of what a requirement looks at. How things stand is final where none of them helps.

In: a requirement and the call that it refuses. Out: the tools that could make it hold by what they write, told by their
bodies and by trying the values that they set. What cannot be tried counts as help.
"""

import re
from collections.abc import Iterator

from ..core.nodes import Const, Get, Lookup, Node, Rule, Tool, Var, Write
from ..core.spec import Spec
from ..core.touched import touched
from ..core.types import RecordType, strip
from ..core.walk import walk
from .guidance import asked_by, checks_of, reached
from .rehearsal import Rehearsal

Place = tuple[str, str]
"""A record and a field of it, or nothing and a table or state."""


def changes(spec: Spec, rule: Rule, label: str, attempted: str) -> Iterator[tuple[Tool, Place]]:
    """What other tools of the agent's may write of what a requirement looks at."""
    looked = _looked_at(list(reached(tuple(asked_by(rule, label)), spec)))
    for tool in spec.tools.values():
        if tool.requestor == "agent" and tool.kind != "read" and tool.name != attempted and tool.body:
            places = touched(tool.body)
            yield from ((tool, p) for p in sorted(looked) if places is None or p in places)


def speaks_of(rule: Rule, label: str, tool: Tool) -> bool:
    """Whether the author's words name a tool, by the words of its name: what is not meant to come first is no way out,
    whatever it changes."""
    told = re.findall(r"\w+", f"{rule.doc} {' '.join(c.because for c in checks_of(rule, label))}".lower())
    words = [w for w in tool.name.lower().split("_") if len(w) > 3]
    return bool(words) and all(any(said.startswith(word) for said in told) for word in words)


def _looked_at(nodes: list[Node]) -> set[Place]:
    """Fields, and tables and states that are gone through: a row that is looked up is there whatever is added."""
    found = set[Place]()
    rows = {id(n.target) for n in nodes if isinstance(n, Lookup)}
    for node in nodes:
        match node:
            case Get(target, name) if isinstance(kind := strip(target.type), RecordType):
                found.add((kind.name, name))
            case Var(name) if name.startswith(("table.", "state.")) and id(node) not in rows:
                found.add(("", name.partition(".")[2]))
    return found


def tried(stage: Rehearsal, spec: Spec, tool: Tool, place: Place, keys: list[str]) -> Iterator[Rehearsal | None]:
    """The conversation in a world in which a tool has set a field of some rows, for each value that
    it sets; None where what it sets is not plain."""
    record, name = place
    writes = [n for n in walk(tool.body) if isinstance(n, Write) and n.name == name and _record(n) == record]
    tables = [t.name for t in spec.tables.values() if t.record == record]
    if not writes:
        yield None
    for write in writes:
        trial = stage.fork()
        owned = [trial.run.world.own(t, k) for t in tables for k in keys]
        rows = [row for row in owned if isinstance(row, dict)]
        if not rows or write.kind != "set" or not isinstance(write.value, Const):
            yield None
            continue
        for row in rows:
            row[name] = write.value.value
        yield trial


def _record(write: Write) -> str:
    kind = strip(write.target.type)
    return kind.name if isinstance(kind, RecordType) else ""


__all__ = ["Place", "changes", "speaks_of", "tried"]
