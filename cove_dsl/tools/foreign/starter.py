"""A first policy over imported tools, with tests of it. In: a skeleton. Out: files that check, and tests that pass.

What is written is tried before it is handed out: an example call whose arguments cannot be made is not shown.
"""

import re
from pathlib import Path

from attrs import frozen

from ...core.nodes import Tool
from ...core.spec import Spec
from ...core.types import EnumType, ListType, MapType, Optional, Prim, RecordType, Ref, TupleType, Type
from ...pipeline import Compiler
from ...world.desk import Desk
from ...world.spectest import run_tests
from .skeleton import Skeleton
from .wording import text_literal, wire_name

SAMPLES = {
    "text": '"example"',
    "id": '"A1"',
    "email": '"ada@example.com"',
    "int": "1",
    "decimal": "1.5",
    "money": "$5",
    "bool": "true",
    "date": "2025-06-02",
    "time": "09:30",
    "datetime": "2025-06-02T09:30:00+00:00",
    "duration": "1 hour",
    "json": '"example"',
}

TEMPLATE = Path(__file__).parent.parent / "templates" / "starter" / "policy.cove"
_CONFIRMING = re.compile(r"^rule explicit_yes .*?^}\n\n", re.MULTILINE | re.DOTALL)


@frozen
class Starter:
    """The files of a desk over imported tools, by name."""

    files: dict[str, str]


def starter(made: Skeleton) -> Starter:
    """A policy that these tools can be held to at once, and tests that show it at work."""
    spec = _compiled({"tools.cove": made.text})
    changing = [t for t in spec.tools.values() if t.kind == "write" and t.requestor == "agent"]
    policy = TEMPLATE.read_text(encoding="utf-8")
    if not changing:
        policy = _CONFIRMING.sub("", policy)
    files = {"tools.cove": made.text, "policy.cove": policy}
    tests = _tests(spec, min(changing, key=_burden)) if changing else ""
    if tests and _pass(files | {"tests.cove": tests}):
        files["tests.cove"] = tests
    return Starter(files)


def _burden(tool: Tool) -> tuple[int, int]:
    """How hard it is to make up arguments for a tool."""
    needed = [p for p in tool.params if not isinstance(p.type, Optional)]
    return (sum(not isinstance(p.type, Prim | EnumType) for p in needed) * 10 + len(needed), -len(tool.doc))


def _tests(spec: Spec, tool: Tool) -> str:
    given = {p.name: sample(p.type, spec) for p in tool.params if not isinstance(p.type, Optional)}
    call = f"{wire_name(tool.name)}({', '.join(f'{wire_name(n)}: {v}' for n, v in given.items())})"
    said = ", ".join(f"{n.replace('_', ' ')} {v.strip(chr(34))}" for n, v in given.items())
    asked = text_literal(f"I will use {tool.name} with {said or 'nothing'}. Shall I?").replace("{", "\\{")
    return f"""# Short conversations that pin what you meant: `covec test DIR`.
# What a tool without a body gives can be said: `agent calls {wire_name(tool.name)}(…) gives VALUE`.

test "a change after a yes" {{
  user says "Please do it."
  agent says {asked}
  user says "Yes, please."
  agent calls {call}
  expect no violation
}}

test "a change that nobody asked for" {{
  user says "Hello."
  agent calls {call}
  expect violation of explicit_yes
}}
"""


def sample(kind: Type, spec: Spec) -> str:
    """Some value of a type, as it is written."""
    match kind:
        case Prim(name):
            return SAMPLES[name]
        case EnumType(name):
            return next(iter(spec.enums[name].values))
        case Optional():
            return "absent"
        case Ref():
            return SAMPLES["id"]
        case ListType(item):
            return f"[{sample(item, spec)}]"
        case MapType():
            return "{}"
        case TupleType(items):
            return f"({', '.join(sample(i, spec) for i in items)})"
        case RecordType(name):
            record = spec.records[name]
            head, fields = name, record.fields
            if record.cases:
                head, fields = next((n, c.fields) for n, c in record.cases.items())
            needed = [
                f"{wire_name(f.name)}: {sample(f.type, spec)}"
                for f in fields.values()
                if not isinstance(f.type, Optional)
            ]
            return f"{head}({', '.join(needed)})"
    return '"example"'


def _compiled(files: dict[str, str]) -> Spec:
    found = Compiler().compile([(name, text.encode()) for name, text in files.items()], {})
    assert found.spec is not None, [p.message for p in found.problems]
    return found.spec


def _pass(files: dict[str, str]) -> bool:
    found = Compiler().compile([(name, text.encode()) for name, text in files.items()], {})
    return found.spec is not None and not found.problems and all(t.passed for t in run_tests(Desk(found.spec)))


__all__ = ["Starter", "sample", "starter"]
