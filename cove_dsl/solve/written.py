"""A story as a `test` of the language: its world as statements, its events as they are written, and what to expect.

The world is built over empty tables. Where a specification has fixtures, a test plays in one, so what that one holds is
removed first.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import frozen

from ..core.nodes import Var, Write
from ..core.ops import written
from ..core.spec import Record, Spec
from ..core.types import EnumType, ListType, MapType, Optional, Prim, RecordType, TupleType, Type, is_text
from ..core.walk import walk
from .replay import Event, Story
from .telling import words

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INSERTS = frozenset({"insert", "insert_all"})


class Unwritten(Exception):
    """A story that no test can say, and why."""


def as_test(story: Story, rule: str, labels: tuple[str, ...], name: str, spec: Spec) -> str:
    """The text of a test that expects the violation and no other. Raises Unwritten."""
    if any(e.kind == "call" and e.ok is None for e in story.events):
        raise Unwritten("the tool itself refuses the call that the rule forbids")
    fixture = next(iter(spec.fixtures), None)
    writer = _Writer(spec)
    given = [*(_cleared(spec, fixture) if fixture is not None else ()), *writer.world(story)]
    lines = [f"test {quoted(name)}{f' in {fixture}' if fixture is not None else ''} {{"]
    lines += ["  given {", *(f"    {line}" for line in given), "  }"] if given else []
    lines += [f"  {line}" for line in writer.events(story)]
    lines += [f"  expect violation of {rule}{f'.{label}' if label else ''}" for label in labels]
    kept = dict.fromkeys(j.rule for j in story.judgements if j.verdict == "satisfied" and j.rule != rule)
    lines += [f"  expect no violation of {other}" for other in kept]
    return "\n".join([*lines, "}", ""])


def _cleared(spec: Spec, fixture: str) -> Iterator[str]:
    """Everything that a fixture has put into tables, taken out again."""
    targets = [n.target for n in walk(spec.fixtures[fixture]) if isinstance(n, Write) and n.kind in INSERTS]
    for name in dict.fromkeys(t.name for t in targets if isinstance(t, Var) and t.name.startswith("table.")):
        table = spec.tables[name.removeprefix("table.")]
        yield f"for row in {table.name} {{ remove {table.name}[row.{word(table.key)}] }}"


@frozen
class _Writer:
    """Writes values and events of one specification."""

    spec: Spec

    # --- the world

    def world(self, story: Story) -> Iterator[str]:
        for name, state in self.spec.states.items():
            yield f"set {word(name)} = {self.value(story.state[name], state.type)}"
        for name, table in self.spec.tables.items():
            stored = story.state[name]
            for row in stored if isinstance(stored, list) else stored.values():
                yield f"insert {self.value(row, RecordType(table.record))} into {word(name)}"

    def value(self, value: Any, kind: Type) -> str:
        match kind:
            case Optional(item):
                return "absent" if value is None else self.value(value, item)
            case ListType(item):
                return f"[{', '.join(self.value(v, item) for v in value)}]"
            case TupleType(items):
                return f"({', '.join(self.value(v, t) for v, t in zip(value, items, strict=True))})"
            case MapType(key, item):
                pairs = (f"{self.value(k, key)}: {self.value(v, item)}" for k, v in value.items())
                return f"{{{', '.join(pairs)}}}"
            case EnumType(name):
                return self._enum(value, name)
            case RecordType(name):
                return self._record(value, self.spec.records[name])
            case Prim(name):
                return _primitive(value, name)
        if isinstance(value, str) and is_text(kind):
            return quoted(value)
        raise Unwritten(f"a value of type `{kind}`")

    def _enum(self, value: Any, name: str) -> str:
        found = next((n for n, wire in self.spec.enums[name].values.items() if wire == value), None)
        if found is None:
            raise Unwritten(f"`{value}` is no value of `{name}`")
        return word(found)

    def _record(self, value: dict[str, Any], record: Record) -> str:
        name, fields = record.name, record.fields
        if record.tag is not None:
            case = next(c for c in record.cases.values() if c.wire == value[record.tag])
            name, fields = case.name, case.fields
        parts = [
            f"{word(n)}: {self.value(value.get(n), f.type)}"
            for n, f in fields.items()
            if not (isinstance(f.type, Optional) and value.get(n) is None)
        ]
        return f"{word(name)}({', '.join(parts)})"

    # --- events

    def events(self, story: Story) -> Iterator[str]:
        """Calls that are not made together with what was just said are set apart by a message without words."""
        starts = {s.position for s in story.steps}
        before: Event | None = None
        for event in story.events:
            if event.kind == "message":
                yield f"{event.role} says {quoted(words(event, story))}"
            else:
                apart = before is not None and before.kind == "message" and before.role == event.role
                if apart and event.position in starts:
                    yield f'{event.role} says ""'
                yield self._call(event)
            before = event

    def _call(self, event: Event) -> str:
        tool = self.spec.tools[event.tool]
        given = [(event.arguments.get(p.name), p) for p in tool.params]
        while given and given[-1][0] is None and isinstance(given[-1][1].type, Optional):
            given.pop()
        args = ", ".join(self.value(v, p.type) for v, p in given)
        fails = f" fails {quoted(str(event.result))}" if event.ok is False else ""
        if tool.body is None:
            raise Unwritten(f"nobody wrote what `{event.tool}` does")
        return f"{event.role} calls {word(event.tool)}({args}){fails}"


def _primitive(value: Any, name: str) -> str:
    match name:
        case "bool":
            return "true" if value else "false"
        case "int" | "decimal" | "money" | "duration":
            return _number(value, name)
        case "date" | "time" | "datetime":
            return str(value)
        case "text" | "id" | "email":
            return quoted(str(value))
    raise Unwritten(f"a value of type `{name}`")


def _number(value: Any, name: str) -> str:
    if isinstance(value, Fraction) and not isinstance(written(value), (int, Decimal)):
        raise Unwritten("a number that has no last digit")
    size = Decimal(str(written(value)))
    text = f"{abs(size):f}"
    text = f"${text}" if name == "money" else f"{text} seconds" if name == "duration" else text
    return f"-{text}" if size < 0 else text


def quoted(text: str) -> str:
    """A text literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + escaped.replace("{", "\\{") + '"'


def word(name: str) -> str:
    """A name, in backquotes if it is no word."""
    return name if WORD.fullmatch(name) else f"`{name}`"


__all__ = ["Unwritten", "as_test"]
