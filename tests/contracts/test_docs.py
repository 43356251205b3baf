"""What the documentation shows is true: every block is compiled or run, every built-in is there, every link leads on.

A `cove` block stands on the opening example (`docs/examples/tea.cove`), and its first lines may say how it is read:

    # whole                a specification of its own
    # module: NAME         a module, which the blocks after it may use
    # from: PATH           parts of a file, parted by lines `# …`
    # in a tool|rule|…     the statements of such a body
    # expressions          an expression on each line; `# = …` says what it is worth
    # error: CODE          it is wrong, and this is how
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from cove_dsl.backends.python.blocks import Block, Blocks, compile_blocks
from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.backends.python.runtime.values import UNKNOWN
from cove_dsl.core.nodes import Bind
from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiled, Compiler, module_files, specs_folder
from cove_dsl.semantics.builtins import BUILTINS
from cove_dsl.tools.cli import COMMANDS
from cove_dsl.world.desk import Desk
from cove_dsl.world.spectest import TestResult, run_tests

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if "diagnostics" not in p.parts)]
EXAMPLE = ROOT / "docs/examples/tea.cove"
LANGUAGE = ROOT / "docs/language.md"

# --- blocks -----------------------------------------------------------------------------------------------------------

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADER = re.compile(r"# (whole|module: \w+|from: \S+|in an? \w+|expressions|error: [\w-]+)$")
TAGS = {"cove", "console", "python", "json", "mermaid", "text", "toml", "cedar", "rego"}


@frozen
class Shown:
    """A fenced block of a page."""

    page: str
    line: int
    tag: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def headers(self) -> dict[str, str]:
        """What the first lines say of the block: `error: CODE` gives `error` → CODE."""
        found = {}
        for line in self.text.splitlines():
            match = HEADER.match(line)
            if match is None:
                break
            name, _, value = match[1].partition(": ")
            kind, _, body = name.partition(" a ") if name.startswith("in a ") else name.partition(" an ")
            found[kind] = value or body
        return found

    @property
    def body(self) -> str:
        return "".join(self.text.splitlines(keepends=True)[len(self.headers) :])


def blocks() -> Iterator[Shown]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            yield Shown(str(page.relative_to(ROOT)), text.count("\n", 0, match.start()) + 1, match[1], match[2])


BLOCKS = list(blocks())


def tagged(tag: str) -> list[Any]:
    return [pytest.param(b, id=str(b)) for b in BLOCKS if b.tag == tag]


def test_every_block_says_what_it_is():
    assert [str(b) for b in BLOCKS if b.tag not in TAGS] == []
    assert [page.name for page in PAGES if page.read_text(encoding="utf-8").count("```") % 2] == []


# --- cove -------------------------------------------------------------------------------------------------------------

FRAMES = {
    "tool": "write tool fragment(order_id: ref orders, reason: Reason, teas: list[text]) -> text {{\n{0}\n}}",
    "rule": "rule fragment {{\nbefore call to cancel_order\n{0}\n}}",
    "scenario": "scenario fragment {{\npick customer from customers\npick order from orders\n{0}\n}}",
    "test": 'test "fragment" in shop {{\n{0}\n}}',
    "fixture": "fixture fragment {{\n{0}\n}}",
}
COMPILER = Compiler()
MODULES = module_files(specs_folder() / "retail") | {
    b.headers["module"]: (str(b), b.body.encode()) for b in BLOCKS if b.tag == "cove" and "module" in b.headers
}


def compiled(block: Shown) -> Compiled:
    """A block as the compiler sees it: alone, or on top of the opening example."""
    headers, text = block.headers, block.body
    own = [(str(block), text.encode())]
    if "whole" in headers or text.startswith("domain "):
        return COMPILER.compile(own, MODULES)
    if "in" in headers:
        text = FRAMES[headers["in"]].format(text)
    elif "expressions" in headers:
        lines = [f"let value_{i} = {line}" for i, line in enumerate(expressions(block))]
        text = FRAMES["rule"].format("\n".join(["let order = orders[call.order_id] else skip", *lines, "require true"]))
    return COMPILER.compile([(str(EXAMPLE), EXAMPLE.read_bytes()), (str(block), text.encode())], MODULES)


def expressions(block: Shown) -> list[str]:
    return [line for line in block.body.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("block", tagged("cove"))
def test_specifications_compile(block: Shown):
    headers = block.headers
    if "from" in headers:
        whole = (ROOT / headers["from"]).read_text(encoding="utf-8")
        assert [
            part for part in re.split(r"^ *# …\n", block.body, flags=re.MULTILINE) if part.strip("\n") not in whole
        ] == []
        return
    if "module" in headers:
        return  # compiled where it is used, below
    found = compiled(block)
    problems = sorted({p.code for p in found.problems})
    assert problems == ([headers["error"]] if "error" in headers else []), [p.message for p in found.problems]


def test_every_module_is_used():
    used = {m for b in BLOCKS if b.tag == "cove" for m in re.findall(r"^use (\w+)", b.body, re.MULTILINE)}
    assert {b.headers["module"] for b in BLOCKS if b.tag == "cove" and "module" in b.headers} <= used


def test_the_opening_example_is_the_file():
    first = next(b for b in BLOCKS if b.page == "docs/language.md" and b.tag == "cove")
    assert first.body == EXAMPLE.read_text(encoding="utf-8")


def has_tests(block: Shown) -> bool:
    wrong = "error" in block.headers or "from" in block.headers
    return not wrong and re.search(r"^test |^# in a test", block.text, re.MULTILINE) is not None


@cache
def results(block: Shown) -> list[TestResult]:
    spec = compiled(block).spec
    assert spec is not None
    return run_tests(Desk(spec))


WITH_TESTS = [p for p in tagged("cove") if has_tests(p.values[0])]
RECIPES = [p for p in WITH_TESTS if p.values[0].page.startswith("docs/cookbook/")]


@pytest.mark.parametrize("block", WITH_TESTS)
def test_tests_that_are_shown_pass(block: Shown):
    assert [(r.name, f.message) for r in results(block) for f in r.failures] == []


def test_tests_that_are_shown_are_run():
    """A block that is no longer taken for one with tests would pass in silence; so would a recipe that has none."""
    written = sum(len(re.findall(r"^test \"", p.values[0].text, re.MULTILINE)) for p in RECIPES)
    assert sum(len(results(p.values[0])) for p in RECIPES) == written >= 86
    pages = {str(p.relative_to(ROOT)) for p in (ROOT / "docs/cookbook").glob("*.md") if p.name != "README.md"}
    assert {p.values[0].page for p in RECIPES} == pages
    assert len(pages) >= 22


@pytest.mark.parametrize("block", RECIPES)
def test_a_recipe_shows_each_of_its_rules_kept_and_broken(block: Shown):
    """Each rule that can be judged is kept in one test and broken in another. Nothing is warned of."""
    found = compiled(block)
    assert [p.message for p in found.problems] == []
    assert found.spec is not None
    ours = set(re.findall(r"^rule (\w+)", block.text, re.MULTILINE))
    judged = {name for name in ours if found.spec.rules[name].basis == "judge"}
    verdicts = [(j.rule, j.verdict) for r in results(block) for j in r.judgements]
    assert ours - judged - {rule for rule, verdict in verdicts if verdict == "satisfied"} == set()
    assert ours - judged - {rule for rule, verdict in verdicts if verdict in ("violated", "attempted")} == set()
    assert any(all(j.verdict != "violated" for j in r.judgements) for r in results(block))


# --- what expressions are worth ---------------------------------------------------------------------------------------


def a_call(spec: Spec, made: Blocks) -> tuple[Run, Any]:
    """The opening example's first conversation, up to its cancelling."""
    desk = Desk(spec)
    program = desk.program._replace(patterns=(*desk.program.patterns, *made.patterns), rules={})
    run = Run(program, open_world(program, parse_json((ROOT / "docs/examples/shop.json").read_text(encoding="utf-8"))))
    for event in run_tests(desk, "an open order*")[0].events:
        if event.kind == "call" and event.tool == "cancel_order":
            event.view = run.view
            return run, event
        run.observe(event)
    raise AssertionError("the example cancels nothing")


@pytest.mark.parametrize("block", [p for p in tagged("cove") if "expressions" in p.values[0].headers])
def test_expressions_are_worth_what_is_said(block: Shown):
    if "error" in block.headers:
        return
    spec = compiled(block).spec
    assert spec is not None
    binds = {n.name: n.value for n in spec.rules["fragment"].body if isinstance(n, Bind)}
    made = compile_blocks(spec, {name: Block((), (value,), ("call", "order")) for name, value in binds.items()})
    run, call = a_call(spec, made)
    order = run.world.row("orders", "T1")
    for i, line in enumerate(expressions(block)):
        _, said, wanted = line.partition("# = ")
        if said:
            value = made.functions[f"value_{i}"](run, call, order)[0](run)
            shown = (
                "unknown"
                if value is UNKNOWN
                else "absent"
                if value is None
                else value
                if isinstance(value, str)
                else to_json(value)
            )
            assert shown == wanted.split("  ")[0].strip(), line


# --- built-ins --------------------------------------------------------------------------------------------------------

ROW = re.compile(r"^\| `(\w+)\(([^|]*)\)` \|(.*)\|$", re.MULTILINE)


def test_the_table_of_built_ins_is_complete():
    section = re.split(r"^## ", LANGUAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {m[1]: m[2] for part in section if part.startswith("Built-ins") for m in ROW.finditer(part)}
    assert set(found) == set(BUILTINS)
    for name, params in found.items():
        names = [p for p in params.split(", ") if p != "…"]
        known = BUILTINS[name]
        assert known.low <= len(names) <= known.high, name
        assert (known.high > len(names)) == ("…" in params), name


def test_every_built_in_is_shown_at_work():
    shown = "\n".join(b.body for b in BLOCKS if b.page == "docs/language.md" and b.tag == "cove")
    assert [name for name in BUILTINS if f"{name}(" not in shown] == []


# --- commands, programs, links ----------------------------------------------------------------------------------------


def commands(block: Shown) -> list[tuple[str, str]]:
    """Each command with what it prints, which may be left out, or cut with `…`."""
    found: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found


SHELL = [p for p in tagged("console") if commands(p.values[0])]
SHOWN = [p for p in SHELL if all(wanted for _, wanted in commands(p.values[0]))]
NOT_HERE = ("pip ", "covec guard ")  # installs, waits for an agent


def test_every_shell_block_holds_commands():
    assert len(SHELL) == len(tagged("console"))
    names = [shlex.split(command, comments=True)[:2] for p in SHELL for command, _ in commands(p.values[0])]
    assert [n for n in names if n[0] not in ("covec", "python", "pip", "make")] == []
    assert [n for n in names if n[0] == "covec" and n[1] not in COMMANDS] == []


@pytest.mark.parametrize("block", SHOWN)
def test_commands_do_what_is_shown(block: Shown, tmp_path: Path):
    for command, wanted in commands(block):
        agrees(printed_by(command, tmp_path)[0], wanted)


@pytest.mark.parametrize("page", sorted({p.values[0].page for p in SHELL if p not in SHOWN}))
def test_commands_go_through_one_after_the_other(page: str, tmp_path: Path):
    """Those of blocks that do not show all that is printed, in the page's order: each may rest on those before it."""
    here = [p.values[0] for p in SHELL if p not in SHOWN and p.values[0].page == page]
    for command, wanted in [pair for block in here for pair in commands(block)]:
        if command.startswith(NOT_HERE):
            continue
        printed, code = printed_by(command, tmp_path)
        assert code == 0 or wanted, f"{command}\n{printed}"
        if wanted:
            agrees(printed, wanted)


def recipe(target: str) -> list[str]:
    """The command of a target of the Makefile."""
    found = re.search(
        rf"^{target}:.*\n\t\$\(BIN\)/(.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found is not None, target
    return shlex.split(found[1])


def printed_by(command: str, folder: Path) -> tuple[str, int]:
    """What a command prints, standard error last, and what it ends with. What it makes is made in a folder."""
    words = shlex.split(command, comments=True)
    words = recipe(words[1]) if words[0] == "make" else words
    words = [re.sub(r"^(?=runs/|my-)", f"{folder}/", word) for word in words]
    start = ["-m", "cove_dsl.tools.cli", *words[1:]] if words[0] == "covec" else words[1:]
    done = subprocess.run([sys.executable, *start], cwd=ROOT, capture_output=True, text=True, timeout=300)
    return (done.stdout + done.stderr).replace(f"{folder}/", ""), done.returncode


def agrees(printed: str, wanted: str) -> None:
    """`…` stands for anything on a line; a line of `…` alone for any lines."""
    lines = [
        "(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in wanted.strip().splitlines()
    ]
    assert re.fullmatch("".join(lines), "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())), printed


PROGRAMS = sorted({b.page for b in BLOCKS if b.tag == "python"})
SAID = re.compile(r"^ *print\(.*  # = (.*)$")


def programs(page: str) -> Iterator[tuple[Shown, Shown | None]]:
    """The Python blocks of a page, each with the block of text that stands below it and shows what it prints."""
    here = [b for b in BLOCKS if b.page == page]
    for block, after in zip(here, [*here[1:], None], strict=True):
        if block.tag == "python":
            ends = block.line + block.text.count("\n") + 1
            yield block, after if after is not None and after.tag == "text" and after.line == ends + 2 else None


@pytest.mark.parametrize("page", PROGRAMS)
def test_programs_run(page: str, monkeypatch: pytest.MonkeyPatch):
    """The Python blocks of a page, one after the other, from the root of the checkout. What a line prints stands behind
    it (`# = …`), or in the block of text below."""
    monkeypatch.chdir(ROOT)
    printed: list[tuple[int, str]] = []
    names: dict[str, Any] = {
        "print": lambda *what: printed.append((sys._getframe(1).f_lineno, " ".join(map(str, what))))
    }
    for block, below in programs(page):
        printed.clear()
        exec(compile(block.text, str(block), "exec"), names)
        lines = block.text.splitlines()
        said = {n: match[1] for n, line in enumerate(lines, 1) if (match := SAID.match(line))}
        assert {n: text for n, text in printed if n in said} == said, block
        left = "\n".join(text for n, text in printed if n not in said)
        assert left == (below.text.strip() if below is not None else ""), block


def test_programs_show_what_they_print():
    shown = [b for page in PROGRAMS for b, _ in programs(page)]
    below = [b for page in PROGRAMS for _, b in programs(page) if b is not None]
    assert len(below) >= 2
    assert sum(bool(SAID.match(line)) for b in shown for line in b.text.splitlines()) >= 4


def test_the_readme_names_every_command():
    row = next(
        line
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `covec check`")
    )
    assert {name.removeprefix("covec ") for name in re.findall(r"`([\w ]+)`", row)} == set(COMMANDS)


LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#([^)]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [m[1] for m in LINK.finditer(text) if "://" not in m[1]]
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_decisions_are_numbered_and_say_why():
    found = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(p.name[:3]) for p in found]
    assert numbers == sorted(set(numbers))
    for page in found:
        assert re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
        ], page.name


def test_decisions_are_headed_by_their_number() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) > 30
    for page in pages:
        number = page.name.partition("-")[0]
        assert re.match(rf"# {number} [\w`]", page.read_text(encoding="utf-8")), page.name
