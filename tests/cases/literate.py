"""Literate cases: Markdown in, specifications with the problems they should have out.

A case is a `##` heading, a sentence, and a ```cove block. `# error: [code]` (or `warning`) at the end of a line says
that a problem begins there; no other problem may be found. A block before the first heading is put in front of every
case of the file, in a file of its own; without a `domain` the case is given one. A block ```cove NAME.cove is a module.
A ```text block holds the rendered diagnostics. `⟨U+202E⟩` stands for a character that nobody could see.
"""

import re
from pathlib import Path

from attrs import define, field, frozen

from cove_dsl.pipeline import Compiled, Compiler
from cove_dsl.tools.render_text import render_diagnostics

EXPECTED = re.compile(r"#\s*(error|warning):((?:\s*\[[a-z0-9-]+\])+)\s*$")
INVISIBLE = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
FENCE = re.compile(r"^```(\w*)[ ]*(\S*)\s*$")
PATH, PRELUDE = "case.cove", "prelude.cove"


@define
class Case:
    """One case. `line` is where its heading stands, from 1; `snapshot` None where the case shows none."""

    path: Path
    title: str
    line: int
    prelude: str = ""
    text: str = ""
    modules: dict[str, str] = field(factory=dict)
    snapshot: str | None = None

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}: {self.title}"


@frozen
class Outcome:
    """What was expected and what was found, as (file, line, severity, code)."""

    expected: list[tuple[str, int, str, str]]
    found: list[tuple[str, int, str, str]]
    rendered: str
    compiled: Compiled


def read_cases(path: Path) -> list[Case]:
    """The cases of one Markdown file."""
    cases: list[Case] = []
    prelude = ""
    lines = path.read_text(encoding="utf-8").split("\n")
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if lines[at].startswith("## "):
            cases.append(Case(path, lines[at][3:].strip(), at + 1, prelude))
        elif fence:
            end = lines.index("```", at + 1)
            body = "\n".join(lines[at + 1 : end]) + "\n"
            if not cases:
                prelude = body
            else:
                _take(cases[-1], fence[1], fence[2], body)
            at = end
        at += 1
    return cases


def _take(case: Case, kind: str, name: str, body: str) -> None:
    if kind == "text":
        case.snapshot = body
    elif name:
        case.modules[Path(name).stem] = body
    elif kind == "cove":
        assert not case.text, f"{case.name} has two specifications"
        case.text = body


def visible_text(text: str) -> str:
    """The text with its written-out characters put in."""
    return INVISIBLE.sub(lambda m: chr(int(m[1], 16)), text)


def compile_case(text: str, prelude: str = "", modules: dict[str, str] | None = None) -> Compiled:
    """Checks one case the way a folder is checked."""
    files = [(PATH, visible_text(text).encode("utf-8", "surrogatepass"))]
    if not re.search(r"^domain\b", text + "\n" + prelude, re.MULTILINE):
        prelude = f"domain example\n{prelude}"
    if prelude:
        files.append((PRELUDE, prelude.encode()))
    named = {n: (f"modules/{n}.cove", t.encode()) for n, t in (modules or {}).items()}
    return Compiler().compile(files, named)


def expected_of(name: str, text: str) -> list[tuple[str, int, str, str]]:
    """The problems that a text's own comments announce."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        match = EXPECTED.search(line)
        if match:
            found += [(name, number, match[1], code) for code in re.findall(r"\[([a-z0-9-]+)\]", match[2])]
    return found


def run(case: Case) -> Outcome:
    """Checks a case, and puts what was found beside what was expected."""
    compiled = compile_case(case.text, case.prelude, case.modules)
    expected = expected_of(PATH, case.text)
    for name, text in case.modules.items():
        expected += expected_of(f"modules/{name}.cove", text)
    found = []
    for problem in compiled.problems:
        place = compiled.sources.locate(problem.span) if problem.span else None
        found.append((place.file.path if place else "", place.line if place else 0, problem.severity, problem.code))
    rendered = render_diagnostics(compiled.problems, compiled.sources)
    return Outcome(sorted(expected), sorted(found), rendered + "\n" if rendered else "", compiled)
