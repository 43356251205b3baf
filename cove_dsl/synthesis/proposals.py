"""How an agent puts what it is about to do: every argument of a call, as one names it who has looked it up."""

import random
from typing import Any

from attrs import frozen

from ..backends.prompt.words import money, series, words
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.shapes import conforms
from ..backends.python.runtime.values import is_number
from ..core.nodes import Param
from ..core.types import EnumType, ListType, Ref
from . import phrases as say
from .describe import options, shown, values_at
from .goals import event_of
from .scenes import Shape, definition
from .tasks import Call
from .wording import details, fields_of, pick, thing


@frozen
class Known:
    """What an agent has seen: rows by table and key, every result, and the key of the person it talks to."""

    rows: dict[tuple[str, str], Any]
    seen: list[Any]
    person: str


def proposal(call: Call, verb: str, shape: Shape, run: Run, known: Known, rng: random.Random) -> str:
    """A call as a proposal that waits for a yes: in words, or plainly where the desk would not recognise these."""
    text = pick(rng, say.PROPOSE).format(verb=verb, details=details(_Teller(shape, run, known).details(call)))
    if run.lists(text, event_of(call), known.person) is not True:
        plain = [(words(k), shown(v)) for k, v in call["arguments"].items()]
        text = pick(rng, say.PROPOSE).format(verb=verb, details=details(plain))
    return text


class _Teller:
    """Names the arguments of calls."""

    def __init__(self, shape: Shape, run: Run, known: Known) -> None:
        self.shape, self.spec, self.run, self.known = shape, shape.spec, run, known

    def details(self, call: Call) -> list[tuple[str, str]]:
        """Every argument, as it is called or described; the parts of a record as one."""
        params = self.spec.tools[call["name"]].params
        given = [p for p in params if p.name in call["arguments"] and call["arguments"][p.name] != self.known.person]
        plain = [p for p in given if not isinstance(p.type, (Ref, ListType, EnumType))]
        record = fields_of(self.spec, [p.name for p in plain])
        rows = [
            (thing(p.name, isinstance(p.type, ListType)), self._described(p, call["arguments"][p.name]))
            for p in given
            if record is None or p not in plain
        ]
        if record is not None:
            rows.append(
                (record, ", ".join(shown(call["arguments"][p.name]) for p in plain if call["arguments"][p.name]))
            )
        return rows

    def _described(self, param: Param, value: Any) -> str:
        if isinstance(value, list):
            return "; ".join(self._described(param, v) for v in value)
        row = next((r for (_, key), r in self.known.rows.items() if key == value), None)
        if row is not None:
            named = self._names(row, param)
            return f"{value} ({series(named)})" if named else str(value)
        found = _objects(self.known.seen, value) if isinstance(value, str) else []
        return (
            next((text for o in found if (text := self._called(o))), None)
            or next((text for o in found if (text := self._as_detail(o, value))), None)
            or shown(value)
        )

    def _names(self, row: Any, param: Param) -> list[str]:
        """What a row is described by when its key is not known."""
        table = param.type.table if isinstance(param.type, Ref) else ""
        ways = [w for d in self.spec.descriptions if d.table == table for w in d.ways]
        return list(dict.fromkeys(str(v) for path in (ways[0] if ways else ()) for v in values_at(row, path.names)))

    def _called(self, value: Any) -> str | None:
        """What the specification says such a thing is called."""
        for record, name in self.shape.callings.items():
            if conforms(value, ("record", record), self.run.program.records):
                return str(definition(self.spec, name)(self.run, value)).removeprefix("your ")
        return None

    def _as_detail(self, value: dict[str, Any], key: str) -> str | None:
        """An object by its name, or that of the row which holds it, its options and its price."""
        holders = [
            value,
            *(
                r
                for r in self.known.rows.values()
                if isinstance(r, dict) and any(isinstance(v, dict) and key in v for v in r.values())
            ),
        ]
        names = [str(v) for h in holders for k, v in h.items() if k.endswith("name") and isinstance(v, str)]
        maps = [
            options(v) for v in value.values() if isinstance(v, dict) and all(isinstance(x, str) for x in v.values())
        ]
        parts = [*maps, *(money(v) for v in value.values() if is_number(v))]
        return f"{names[0]} ({', '.join(parts)})" if names and parts else ", ".join(names or parts) or None


def _objects(value: Any, key: str) -> list[Any]:
    """Objects of what was seen that carry a key, those with a name first."""
    found: list[Any] = []
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            if any(v == key for v in top.values() if isinstance(v, str)):
                found.append(top)
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
    return sorted(found, key=lambda o: not any(k.endswith("name") for k in o))


__all__ = ["Known", "proposal"]
