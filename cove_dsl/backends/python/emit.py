"""A specification as a Python module: its tools, definitions and rules as functions over the runtime.

In: a `Spec`. Out: source text. `module_source` imports the runtime from the package; `checker_source` carries the
runtime's text, so the file stands alone with the standard library.
"""

import importlib.resources
import pprint
import re
from typing import Any

from ...core.backend import Artifact
from ...core.nodes import Rule, Stmt, Tool
from ...core.partial import may_read, written
from ...core.spec import Define, Record, Spec, State, Table
from ...core.touched import decided, touched
from ...core.types import (
    AbsentType,
    AnyType,
    EnumType,
    EventType,
    ListType,
    MapType,
    Optional,
    Prim,
    RecordType,
    Ref,
    ToolSet,
    TupleType,
    Type,
    strip,
)
from ...core.walk import walk
from ...core.workings import told_amounts, told_factors
from .expressions import ExpressionEmitter, define_name, name_of, tool_name
from .sound import soundness_source
from .statements import Body, is_scalar, written_params

RUNTIME = (
    "values", "numbers", "texts", "times", "lists", "world", "dialects", "exact", "events", "polarity", "language",
    "facts", "roles", "details", "patterns", "shapes", "soundness", "sandbox", "memory", "duties", "derived", "seen",
    "likeness", "beliefs", "engine", "start", "opening", "ends", "wanted", "redundant", "outcome", "report",
)  # fmt: skip
RUNTIME_PACKAGE = f"{__package__}.runtime"
STANDALONE = (
    ("cove_dsl.source", "suggest"), *((RUNTIME_PACKAGE, name) for name in (*RUNTIME, "moments", "standalone")),
)  # fmt: skip
SHAPES = {
    "text": "text",
    "id": "text",
    "email": "text",
    "date": "text",
    "time": "text",
    "datetime": "text",
    "int": "int",
    "decimal": "number",
    "money": "number",
    "duration": "number",
    "bool": "bool",
    "json": "json",
}


def kind_of(t: Type) -> Any:
    """A type as the runtime checks shapes: texts and tuples."""
    match t:
        case Prim(name):
            return SHAPES[name]
        case Ref() | EnumType():
            return "text"
        case RecordType(name):
            return ("record", name)
        case ListType(item):
            return ("list", kind_of(item))
        case MapType(_, value):
            return ("map", kind_of(value))
        case TupleType(items):
            return ("tuple", *map(kind_of, items))
        case Optional(item):
            return ("optional", kind_of(item))
        case EventType() | ToolSet() | AbsentType() | AnyType():
            return "json"


def program_source(spec: Spec) -> str:
    """The functions and tables of a specification, without the runtime they stand on."""
    emitter = ExpressionEmitter(spec)
    tools = [_tool(t, spec, emitter) for t in spec.tools.values() if t.body is not None]
    sync = _sync(spec, emitter)
    rules = [_rule(r, emitter) for r in spec.rules.values() if r.when != "judged"]
    defines = [_define(d, emitter) for d in spec.defines.values()]
    sound = soundness_source(spec, emitter)
    owning = _owning(spec, emitter)
    patterns = [
        f"{name} = Pattern({p.kind!r}, {p.role!r}, {_set(p.tools)}, {p.status!r})"
        for p, name in emitter.patterns.items()
    ]
    triggers = _triggers(spec)
    parts = [
        f"CLOCK = {spec.clock!r}\nZONE = zone_of(CLOCK)",
        "# What rules look back at.\n" + "\n".join(patterns) if patterns else "",
        *defines, *owning, *tools, sync, *rules, sound, _tables(spec, triggers, emitter),
    ]  # fmt: skip
    return "\n\n\n".join(p for p in parts if p) + "\n"


def _set(tools: frozenset[str]) -> str:
    return f"frozenset({{{', '.join(map(repr, sorted(tools)))}}})" if tools else "frozenset()"


def _define(define: Define, emitter: ExpressionEmitter, own: frozenset[str] = frozenset()) -> str:
    emitter.owned_tables = own
    params = ", ".join(["c", *(name_of(p.name) for p in define.params)])
    body = emitter.emit(define.body)
    emitter.owned_tables = frozenset()
    return f"def {define_name(define.name, bool(own))}({params}):\n{_doc(define.doc)}    spend(1)\n    return {body}"


def _owning(spec: Spec, emitter: ExpressionEmitter) -> list[str]:
    """Definitions once more for tools that change what they lead to."""
    made: dict[str, str] = {}
    every = frozenset([*spec.tables, *spec.states])
    while emitter.owning - made.keys():
        for name in sorted(emitter.owning - made.keys()):
            made[name] = _define(spec.defines[name], emitter, every)
    return [made[n] for n in sorted(made)]


def _doc(text: str) -> str:
    if not text:
        return ""
    safe = text.replace("\\", "\\\\").replace('"""', "'''")
    return f'    """{safe}{" " if safe.endswith(chr(34)) else ""}"""\n'


def _tool(tool: Tool, spec: Spec, emitter: ExpressionEmitter) -> str:
    assert tool.body is not None
    params = "".join(f", {name_of(p.name)}=None" for p in tool.params)
    rich = tuple(p.name for p in tool.params if not is_scalar(p.type))
    copies = "".join(f"    {name_of(p)} = copied({name_of(p)})\n" for p in written_params(tool.body, rich))
    return f"def {tool_name(tool.name)}(c{params}):\n{_doc(tool.doc)}{copies}" + _effect(tool.body, spec, emitter)


def _effect(body: tuple[Stmt, ...], spec: Spec, emitter: ExpressionEmitter) -> str:
    emitter.owned_tables = written(body, spec.defines)
    made = Body(emitter, "tool")
    for stmt in body:
        made.statement(stmt)
    emitter.owned_tables = frozenset()
    return "\n".join(made.lines) or "    pass"


def _sync(spec: Spec, emitter: ExpressionEmitter) -> str:
    return "def sync(c):\n" + _effect(spec.sync, spec, emitter) if spec.sync else ""


def _rule(rule: Rule, emitter: ExpressionEmitter) -> str:
    bound = f", {name_of(rule.pattern.kind)}" if rule.pattern is not None else ""
    body = Body(emitter, "rule")
    for stmt in rule.body:
        body.statement(stmt)
    body.duties(rule.duties)
    return f"def rule_{rule.name}(c{bound}):\n{_doc(rule.doc)}" + ("\n".join(body.lines) or "    pass")


def _triggers(spec: Spec) -> dict[str, str]:
    made = {}
    for rule in spec.rules.values():
        p = rule.pattern
        made[rule.name] = f"Pattern({p.kind!r}, {p.role!r}, {_set(p.tools)}, {p.status!r})" if p is not None else "None"
    return made


def _tables(spec: Spec, triggers: dict[str, str], emitter: ExpressionEmitter) -> str:
    tables = {t.name: (t.key, t.as_list) for t in spec.tables.values()}
    stored: list[Table | State] = [*spec.tables.values(), *spec.states.values()]
    places = {thing.name: thing.place for thing in stored if thing.place}
    lines = [f"SCHEMA = Schema({tables!r}, {tuple(spec.states)!r}, {places!r})", "TOOLS = {"]
    lines += [f"    {t.name!r}: {_tool_info(t, spec)}," for t in spec.tools.values()]
    lines += ["}", "RULES = {"]
    for rule in spec.rules.values():
        run = f"rule_{rule.name}" if rule.when != "judged" else "None"
        lines.append(
            f"    {rule.name!r}: RuleInfo({run}, {rule.when!r}, {triggers[rule.name]}, {rule.basis!r}, "
            f"{rule.severity!r}, "
            f"{rule.presupposes!r}, {rule.doc!r}, {_reasons(rule)!r}, {_span(spec, rule)!r}, {rule.talk!r}),"
        )
    records = pprint.pformat({r.name: _record(r) for r in spec.records.values()}, width=120, sort_dicts=False)
    rows = {t.name: t.record for t in spec.tables.values()}
    sync_writes = tuple(sorted(written(spec.sync, spec.defines)))
    lines += ["}", f"RECORDS = {records}"]
    lines.append(
        f"PROGRAM = Program({spec.name!r}, {spec.hash!r}, CLOCK, SCHEMA, TOOLS, RULES, RECORDS, {rows!r}, "
        f"({', '.join(emitter.patterns.values())}{',' if emitter.patterns else ''}), "
        f"{'sync' if spec.sync else 'None'}, {_texts(spec)!r}, {sync_writes!r}, {_states(spec)!r}, "
        f"{_assertions(spec)}, {touched(spec.sync)!r}, {_factors(spec)!r}, SOUNDNESS)"
    )
    return "\n".join(lines)


def _states(spec: Spec) -> tuple[tuple[str, Any], ...]:
    return tuple((state.name, kind_of(state.type)) for state in spec.states.values())


def _assertions(spec: Spec) -> str:
    made = [
        f"{d.name!r}: AssertionInfo({define_name(d.name)}, {tuple((p.name, kind_of(p.type)) for p in d.params)!r})"
        for d in spec.defines.values()
        if d.kind == "assertion"
    ]
    return f"{{{', '.join(made)}}}"


def _texts(spec: Spec) -> tuple[str, ...]:
    """What the agent may repeat because its instructions say it: examples in the tools' descriptions, the policy, the
    tables that belong to it, and the amounts in how things are worked out."""
    tools = [" ".join([t.doc, *(p.doc for p in t.params)]) for t in spec.tools.values()]
    tables = [cell for d in spec.defines.values() if d.kind == "lookup" for row in d.cells[1:] for cell in row[1:]]
    told = [*(r.doc for r in spec.rules.values()), *tables, *(f"${amount}" for amount in told_amounts(spec))]
    return (" ".join(tools), " ".join(told), spec.clock or "")


def _factors(spec: Spec) -> tuple[tuple[int, int], ...]:
    return tuple((f.numerator, f.denominator) for f in told_factors(spec))


def _tool_info(tool: Tool, spec: Spec) -> str:
    params = tuple((p.name, kind_of(p.type)) for p in tool.params)
    writes = written(tool.body, spec.defines) if tool.body is not None else tool.touches
    types = tuple(str(strip(p.type)) for p in tool.params)
    run = _runner(tool) if tool.body is not None else "None"
    reads, fields, own = tuple(sorted(may_read(tool, spec))), touched(tool.body or ()), tuple(sorted(decided(tool)))
    made = f"{tuple(sorted(writes))!r}, {types!r}, {reads!r}, {fields!r}" + (f", {own!r}" if own else "")
    return f"ToolInfo({run}, {params!r}, {kind_of(tool.returns)!r}, {tool.kind!r}, {tool.requestor!r}, {made})"


def _runner(tool: Tool) -> str:
    """The function that carries a tool out. The runtime names an argument `NAME_`, which not every name can be."""
    made = tool_name(tool.name)
    if all(name_of(p.name) == f"{p.name}_" for p in tool.params):
        return made
    arguments = ", ".join(f"given.get({p.name + '_'!r})" for p in tool.params)
    return f"lambda c, **given: {made}(c, {arguments})"


def _record(record: Record) -> Any:
    """Field shapes by case; a plain record has one case without a name."""
    if record.tag is None:
        return None, {"": {f.name: kind_of(f.type) for f in record.fields.values()}}
    return record.tag, {c.wire: {f.name: kind_of(f.type) for f in c.fields.values()} for c in record.cases.values()}


def _reasons(rule: Rule) -> dict[str, str]:
    return {
        n.label: n.because
        for n in walk((rule.body, rule.duties))
        if getattr(n, "because", "") and isinstance(getattr(n, "label", None), str)
    }


def _span(spec: Spec, rule: Rule) -> dict[str, Any] | None:
    place = spec.sources.locate(rule.span)
    return place.to_json() if place is not None else None


# --- whole modules ----------------------------------------------------------------------------------------------------


def module_source(spec: Spec) -> str:
    """A module that leans on the installed runtime."""
    imports = "\n".join(f"from cove_dsl.backends.python.runtime.{m} import *  # noqa: F403" for m in RUNTIME)
    return f"from decimal import Decimal\n{imports}\n\n\n{program_source(spec)}"


_LOCAL_IMPORT = re.compile(r"^from \.\w+ import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
_IMPORT = re.compile(r"^(?:from (?!\.)\S+ import (?:\([^)]*\)|[^\n]*)|import [^\n]*)\n", re.MULTILINE)


_TOP = re.compile(r"^(?:def |class )?(_[a-zA-Z]\w*)(?= ?[(:=]| =)", re.MULTILINE)


def _apart(text: str, module: str, taken: set[str]) -> str:
    """A module's text with its own names for what an earlier module calls the same."""
    own = set(_TOP.findall(text))
    for name in own & taken:
        text = re.sub(rf"(?<![\w.]){name}\b", f"{name}_{module}", text)
    taken |= own
    return text


def runtime_source() -> str:
    """The runtime's modules as one text: imports first, then each module in turn."""
    imports: dict[str, None] = {}
    bodies = []
    taken: set[str] = set()
    for package, name in STANDALONE:
        text = importlib.resources.files(package).joinpath(f"{name}.py").read_text(encoding="utf-8")
        text = _apart(_LOCAL_IMPORT.sub("", text), name, taken)
        for match in _IMPORT.finditer(text):
            imports[match[0].strip()] = None
        rule = "# " + "=" * 118
        docstring, rest = text.split('"""', 2)[1:]
        comment = "\n".join(f"# {line}".rstrip() for line in docstring.strip().splitlines())
        bodies.append(f"{rule}\n# {name}\n#\n{comment}\n{_IMPORT.sub('', rest).strip()}\n")
    return "\n".join(sorted(imports)) + "\n\n\n" + "\n\n".join(bodies)


INTERFACE = '''

# ======================================================================================================================
# the interface


def verify(messages, state=None, task=None):
    """Judges one conversation; see the module's first lines."""
    return verify_conversation(PROGRAM, messages, state, task)


if __name__ == "__main__":
    main(globals(), suggest)
'''


def checker_source(spec: Spec) -> str:
    """A checker that stands alone: `verify(messages, state=None, task=None)` and a command line."""
    head = f'''"""Checks conversations of the desk `{spec.name}`. Generated; do not edit.

    verify(messages, state=None, task=None) -> dict

`messages` is a list of chat-completions messages, `state` the database before the first of them, `task` an object with
`gold_actions` (or a benchmark's task). The specification's hash is {spec.hash[:16]}…; a database or task made for
another one is refused if it says so. As a program: `python checker.py CONVERSATIONS.jsonl --state DB.json`; `--help`
says more.
"""

# ruff: noqa
# mypy: ignore-errors
'''
    rule = "# " + "=" * 118
    return f"{head}{runtime_source()}\n\n{rule}\n# the desk `{spec.name}`\n\n{program_source(spec)}{INTERFACE}"


class PythonBackend:
    """The standalone checker as a back end."""

    name = "python"

    def supports(self, node: Any) -> str | None:
        """Every core node has a Python form."""
        return None

    def emit(self, spec: Spec) -> Artifact:
        return Artifact({"checker.py": checker_source(spec)}, ())


__all__ = ["PythonBackend", "checker_source", "module_source", "program_source", "runtime_source"]
