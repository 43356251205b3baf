"""The data as the agent meets it: records, variants, values and written tables, as Markdown. Only what a tool of the
agent takes or gives is shown.
"""

import json
import re

from attrs import define, field

from ...core.spec import Define, Record, Spec
from ...core.types import MONEY, EnumType, ListType, MapType, Optional, Prim, RecordType, Ref, TupleType, Type, strip
from . import phrases as say
from .words import code, money, plural, sentence, series, table, words


def seen(spec: Spec) -> tuple[dict[str, Record], list[str]]:
    """The records and enums that the agent's tools take and give, inner ones after outer ones."""
    found = Found(spec)
    for tool in spec.tools.values():
        if tool.requestor == "agent":
            for kind in (*(p.type for p in tool.params), tool.returns):
                found.visit(kind)
    return found.records, found.enums


@define
class Found:
    """What has been seen so far."""

    spec: Spec
    records: dict[str, Record] = field(factory=dict)
    enums: list[str] = field(factory=list)

    def visit(self, kind: Type) -> None:
        match kind:
            case ListType(item) | Optional(item):
                self.visit(item)
            case MapType(key, value):
                self.visit(key)
                self.visit(value)
            case TupleType(items):
                for item in items:
                    self.visit(item)
            case EnumType(name) if name not in self.enums:
                self.enums.append(name)
            case RecordType(name) if name not in self.records:
                self._record(self.spec.records[name])

    def _record(self, record: Record) -> None:
        self.records[record.name] = record
        for fields in (record.fields, *(c.fields for c in record.cases.values())):
            for one in fields.values():
                self.visit(one.type)


def type_words(kind: Type, spec: Spec) -> str:
    """A type as a reader of a table wants it."""
    match kind:
        case Prim(name):
            return say.TYPES[name]
        case Ref(path):
            return say.REF_TYPE.format(row=row_word(path, spec))
        case EnumType(name) | RecordType(name):
            return words(name)
        case ListType(item):
            return say.LIST_TYPE.format(item=_many(type_words(item, spec)))
        case MapType(key, value):
            return say.MAP_TYPE.format(key=type_words(key, spec), value=type_words(value, spec))
        case TupleType(items):
            return series(type_words(i, spec) for i in items)
        case Optional(item):
            return say.OPTIONAL_TYPE.format(item=type_words(item, spec))
    return str(kind)


def _many(phrase: str) -> str:
    return phrase if phrase.partition(" ")[0] in ("text", "list", "map") else plural(phrase)


def row_word(path: str, spec: Spec) -> str:
    """What a key leads to: a row of a table, or an entry of a map inside one."""
    table_name, *steps = path.split(".")
    name = spec.tables[table_name].record
    for step in steps:
        kind = spec.records[name].fields[step].type
        if isinstance(kind, MapType) and isinstance(kind.value, RecordType):
            name = kind.value.name
    return words(name)


def record_section(record: Record, spec: Spec) -> str:
    """One record, or a variant with its cases."""
    parts = [f"### {words(record.name).capitalize()}"]
    if record.doc:
        parts.append(sentence(record.doc))
    if record.cases and record.tag is not None:
        parts += [say.CASES_TITLE.format(tag=record.tag), _cases(record, spec)]
    else:
        parts.append(_fields(record, spec))
    return "\n\n".join(parts)


def _fields(record: Record, spec: Spec) -> str:
    rows = [[code(f.name), type_words(f.type, spec), sentence(f.doc) if f.doc else ""] for f in record.fields.values()]
    if any(row[2] for row in rows):
        return table(say.RECORD_HEADER, rows)
    return table(say.RECORD_HEADER_SHORT, [row[:2] for row in rows])


def _cases(record: Record, spec: Spec) -> str:
    rows = []
    for case in record.cases.values():
        fields = ", ".join(f"{code(f.name)} ({type_words(f.type, spec)})" for f in case.fields.values())
        rows.append([code(case.wire), fields])
    return table((code(record.tag or ""), "Fields"), rows)


def enum_section(names: list[str], spec: Spec) -> str:
    """All lists of values in one table."""
    rows = [[words(name), ", ".join(code(wire) for wire in spec.enums[name].values.values())] for name in names]
    return "\n\n".join([say.ENUMS, table(say.ENUM_HEADER, rows)])


def lookup_section(made: Define, spec: Spec) -> str:
    """A written table, with the values as tools take them."""
    header, *rows = made.cells
    keys = [p.type for p in made.params]
    if len(keys) == 1:
        corner, columns = words(made.params[0].name), [header[1]]
    else:
        corner = say.TABLE_CORNER.format(row=words(made.params[0].name), column=words(made.params[-1].name))
        columns = [_cell(h, keys[-1], spec) for h in header[1:]]
    body = [[_cell(row[0], keys[0], spec), *(_cell(c, made.returns, spec) for c in row[1:])] for row in rows]
    lines = [f"### {words(made.name).capitalize()}"]
    lines += [sentence(made.doc)] if made.doc else []
    return "\n\n".join([*lines, table([corner, *columns], body)])


def _cell(written: str, kind: Type, spec: Spec) -> str:
    """A cell as it reads: a value of an enum as tools take it, a text without its quotation marks, an amount as one."""
    kind = strip(kind)
    if isinstance(kind, EnumType):
        return code(spec.enums[kind.name].values.get(written, written))
    if kind == MONEY and re.fullmatch(r"\$?\d+(\.\d+)?", written):
        return money(written.removeprefix("$"))
    return str(json.loads(written)) if written[:1] == '"' else written


def user_tools_section(spec: Spec) -> list[str]:
    """What the user can do and the agent cannot: it may ask for it."""
    rows = [[code(t.name), sentence(t.doc)] for t in spec.tools.values() if t.requestor == "user"]
    return [say.USER_TOOLS, say.USER_TOOLS_INTRO, table(say.USER_TOOLS_HEADER, rows)] if rows else []
