"""No desk in the built-ins: whatever a specification and its data are called, the verdicts are the same.

Every name that an author made up is changed in the text, and the same names in the database, the calls and the results.
What people say stays as it is.
"""

import copy
import re
from typing import Any

import pytest

from cove_dsl.backends.python.emit import module_source
from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.core.spec import Spec
from cove_dsl.core.types import PRIMS
from cove_dsl.pipeline import Compiler, find_spec, module_files, spec_files
from cove_dsl.semantics.builtins import BUILTINS
from cove_dsl.tools.commands.build import backends
from cove_dsl.world.desk import Desk as Library
from cove_dsl.world.spectest import run_tests
from tests.differential.machine import make_pair, program_from, some_desk

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|(#[^\n]*)|([A-Za-z_]\w*)|(.)', re.DOTALL)
_HOLE = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
WORDS = {*BUILTINS, *PRIMS, "clock", "user", "agent"}
BUILT_IN = {"text", "role", "tool", "result", "error", "arguments", "calls", "call", "message", "step", "it"}


class Renaming:
    """New words for names, and for what enum values and cases are called in data. Words that the language, its
    modules or its prose use keep their place."""

    def __init__(self, spec: Spec, kept: frozenset[str] = frozenset(), wires: frozenset[str] = frozenset()) -> None:
        names = {*spec.tables, *spec.states, *spec.tools, *spec.toolsets, *spec.enums, *spec.records, *spec.rules}
        names |= {d for d in spec.defines if not d.startswith("stated.")}
        values: set[str] = set()
        for record in spec.records.values():
            names |= {
                *record.fields,
                *record.cases,
                *(f for c in record.cases.values() for f in c.fields),
                *([record.tag] if record.tag else []),
            }
            values |= {c.wire for c in record.cases.values()} if record.name in wires else set()
        for enum in spec.enums.values():
            names |= set(enum.values)
            values |= set(enum.values.values()) if enum.name in wires else set()
        names |= {p.name for t in spec.tools.values() for p in t.params}
        self.names = {n: f"q_{n}_z" if n[0].islower() else f"Q{n}Z" for n in names - BUILT_IN - kept}
        self.values = {v: self.names.get(v, f"wire {v}") for v in values}

    def text(self, source: str) -> str:
        return "".join(self._token(source, m, *m.groups()) for m in _TOKEN.finditer(source))

    def _token(
        self,
        source: str,
        at: re.Match[str],
        string: str | None,
        comment: str | None,
        word: str | None,
        other: str | None,
    ) -> str:
        if string is not None:
            whole = string[1:-1]
            return (
                f'"{self.values[whole]}"'
                if whole in self.values
                else _HOLE.sub(lambda m: "{" + self.text(m[1]) + "}", string)
            )
        if word in WORDS and not (source[: at.start()].endswith(".") or source[at.end() :].lstrip().startswith(":")):
            return word or ""
        return self.names.get(word, word) if word else comment or other or ""

    def wire(self, value: Any) -> Any:
        """Data: names of fields, and what enum values and cases are called."""
        if isinstance(value, dict):
            return {self.names.get(k, k): self.wire(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.wire(v) for v in value]
        return self.values.get(value, value) if isinstance(value, str) else value

    def messages(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self._message(m) for m in messages]

    def _message(self, message: dict[str, Any]) -> dict[str, Any]:
        made = copy.deepcopy(message)
        for call in made.get("tool_calls") or ():
            call["name"] = self.names.get(call["name"], call["name"])
            call["arguments"] = self.wire(call["arguments"])
        if made["role"] == "tool":
            made["content"] = self._content(made["content"])
        return made

    def _content(self, content: str) -> str:
        try:
            value = parse_json(content)
        except ValueError:
            return str(self.wire(content))
        return to_json(self.wire(value)) if isinstance(value, (dict, list)) else content


def verdicts(report: dict[str, Any], renaming: Renaming | None = None) -> list[Any]:
    names = renaming.names if renaming else {}
    return [
        (
            names.get(r["rule"], r["rule"]),
            r["verdict"],
            [(e["message"], e.get("call"), e["verdict"]) for e in r["events"]],
        )
        for r in report["rules"]
    ]


def explicit(source: str) -> str:
    """Enums and variants with every wire word written out, so that names and wire words can change apart."""

    def body(match: re.Match[str]) -> str:
        values = [v.strip() for v in match[2].split(",") if v.strip()]
        return f"enum {match[1]} {{ {', '.join(v if '=' in v else f'{v} = {chr(34)}{v}{chr(34)}' for v in values)} }}"

    def cases(match: re.Match[str]) -> str:
        return re.sub(r"^( +)(\w+)(\s*)\{", r'\1\2 = "\2"\3{', match[0], flags=re.MULTILINE)

    source = re.sub(r"^enum (\w+) \{([^}]*)\}", body, source, flags=re.MULTILINE)
    return re.sub(r"^variant \w+ by \w+ \{\n.*?^\}", cases, source, flags=re.MULTILINE | re.DOTALL)


def compiled(files: list[tuple[str, bytes]], modules: dict[str, tuple[str, bytes]]) -> Spec:
    found = Compiler().compile(files, modules)
    assert found.spec is not None, [p.message for p in found.errors][:5]
    return found.spec


@pytest.mark.parametrize("seed", range(0, 60))
def test_a_desk_by_any_other_name(seed):
    """Wire words stay: chance writes them into texts, where they are just words."""
    desk = some_desk(seed)
    renaming = Renaming(desk.spec)
    text = explicit(desk.text)
    other = program_from(module_source(compiled([("desk.cove", renaming.text(text).encode())], {})))
    for n in range(3):
        pair = make_pair(desk, seed * 100 + n)
        if speaks_of_names(desk.text):
            continue
        before = verify_conversation(desk.program, pair.messages, copy.deepcopy(pair.state))
        state = (
            {renaming.names.get(k, k): _table(v, renaming) for k, v in pair.state.items()}
            if pair.state is not None
            else None
        )
        after = verify_conversation(other, renaming.messages(pair.messages), state)
        assert verdicts(before, renaming) == verdicts(after), pair.messages


def _table(rows: Any, renaming: Renaming) -> Any:
    """Rows with other field names; their keys are data."""
    if isinstance(rows, list) or not all(isinstance(r, dict) for r in rows.values()):
        return renaming.wire(rows)
    return {key: renaming.wire(row) for key, row in rows.items()}


def speaks_of_names(text: str) -> bool:
    """Whether a desk looks at the names of tools as text, or hears what results spell out."""
    return any(mark in text for mark in (".tool", "invented(", "error", "call.arguments", "lists("))


def test_the_shop_by_any_other_name():
    """Fields, tables, tools, rules, the tag, and the wire words that nobody says, in the specification, its fixture and
    the conversations of its tests."""
    path = find_spec("retail")
    files, modules = spec_files(path), module_files(path)
    spec = compiled(files, modules)
    module_words = frozenset(re.findall(r"[a-z_]+", " ".join(m[1].decode() for m in modules.values())))
    renaming = Renaming(spec, module_words | WORDS, frozenset({"OrderStatus", "Movement"}))
    renamed = [
        (name, renaming.text(explicit(text.decode().replace("within user by", "within users by"))).encode())
        for name, text in files
    ]
    other = compiled(renamed, modules)
    one, two = run_tests(Library(spec)), run_tests(Library(other))
    assert len(one) == len(two) > 10
    assert [t.passed for t in one] == [t.passed for t in two]
    assert len(renaming.names) > 80
    for a, b in zip(one, two, strict=True):
        if a.report and b.report:
            assert verdicts(a.report, renaming) == verdicts(b.report), a.name


class OddRenaming(Renaming):
    """Tools, arguments and fields are called by what is no word, in backquotes; everything else keeps its name."""

    def __init__(self, spec: Spec, texts: str) -> None:
        super().__init__(spec, frozenset(WORDS))
        theirs = {*spec.tools, *(p.name for t in spec.tools.values() for p in t.params)}
        for record in spec.records.values():
            theirs |= {*record.fields, *(f for c in record.cases.values() for f in c.fields)}
        own = {*spec.tables, *spec.states, *spec.toolsets, *spec.enums, *spec.records, *spec.rules, *spec.defines}
        own |= {v for e in spec.enums.values() for v in e.values} | set(spec.scenarios) | BUILT_IN
        own |= {c for r in spec.records.values() for c in r.cases}
        own |= set(re.findall(r"\b(?:let|for|pick|any|require|goal learn|fact|effect)\s+(\w+)", texts))
        own |= {w for pair in re.findall(r"\bfor (\w+), (\w+)", texts) for w in pair}
        self.names = {n: f"{n}-of #1 é" for n in theirs - own - WORDS}

    def _token(self, source: str, at: re.Match[str], *groups: str | None) -> str:
        made = super()._token(source, at, *groups)
        return f"`{made}`" if groups[2] in self.names and made != groups[2] else made


def test_the_shop_with_names_that_are_no_words():
    path = find_spec("retail")
    files, modules = spec_files(path), module_files(path)
    spec = compiled(files, modules)
    renaming = OddRenaming(spec, " ".join(text.decode() for _, text in [*files, *modules.values()]))
    renamed = [(name, renaming.text(text.decode()).encode()) for name, text in files]
    other = compiled(renamed, modules)
    assert len(renaming.names) > 40
    assert {renaming.names.get(t, t) for t in spec.tools} == set(other.tools)
    one, two = run_tests(Library(spec)), run_tests(Library(other))
    assert [t.passed for t in one] == [t.passed for t in two]
    assert sum(bool(t.report) for t in one) > 10
    for a, b in zip(one, two, strict=True):
        if a.report and b.report:
            assert verdicts(a.report, renaming) == verdicts(b.report), a.name
    for backend in backends():
        made = {n: t for n, t in backend.emit(other).files.items() if not n.endswith("manifest.json")}
        assert made.keys() == backend.emit(spec).files.keys()
