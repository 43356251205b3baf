"""Codes, their titles and their pages agree, and the pages' examples do what they say."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

from cove_dsl.core.spec import Spec
from cove_dsl.solve.learning import out_of_reach
from cove_dsl.solve.survey import Surveyor, about_finding, about_parts, about_scenario
from cove_dsl.solve.unseen import out_of_sight
from cove_dsl.source import Diagnostic
from cove_dsl.source.registry import CODES
from tests.cases.literate import compile_case
from tests.conftest import ROOT

PAGES = ROOT / "docs" / "diagnostics"
MAKERS = {"Diagnostic", "DataProblem", "BadText", "_file_problem"}
SOLVED = {
    "always-excepted", "idle-goal", "never-broken", "never-judged", "never-kept", "refusal-not-forced",
    "refused-anyway", "refused-otherwise", "says-the-same", "undecided", "unreachable-branch", "unreachable-tool",
    "unreachable-value", "unsatisfiable",
}  # fmt: skip
OUT_OF_REACH = {"never-seen", "never-shown", "never-said"}
NOT_COMPILED = {
    "bad-baseline",
    "bad-waiver",
    "waiver-expired",
    "waiver-unused",
    "bad-record",
    "bad-state",
    "bad-tools",
    "not-kept",
    "file-too-large",
    "not-utf8",
    "test-failed",
    "unsupported-construct",
}
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"```cove\n(.*?)```", re.DOTALL)


def emitted() -> set[str]:
    """Every code that the package's source gives to a problem."""
    return emitted_in("cove_dsl") | {"bad-text"}


def emitted_in(*folders: str) -> set[str]:
    found: set[str] = set()
    for path in chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in MAKERS:
                found |= _codes(node)
    return found


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _codes(call: ast.Call) -> set[str]:
    """The constant that stands for the code: the first argument, or one further back for those with places first."""
    values = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    wanted = values[:1] if _name(call.func) in ("Diagnostic", "DataProblem") else values
    return {v for v in wanted if KEBAB.fullmatch(v)}


def sections(code: str) -> dict[str, str]:
    return dict(SECTION.findall((PAGES / f"{code}.md").read_text(encoding="utf-8")))


def found_in(text: str, code: str) -> list[str]:
    compiled = compile_case(text) if code != "no-domain" else _bare(text)
    problems: list[Diagnostic] = list(compiled.problems)
    if code in SOLVED and compiled.spec is not None:
        problems += solved(compiled.spec)
    if code in OUT_OF_REACH and compiled.spec is not None:
        problems += [*out_of_reach(compiled.spec), *out_of_sight(compiled.spec)]
    return [p.code for p in problems]


def solved(spec: Spec) -> list[Diagnostic]:
    """What all the solver's questions find."""
    surveyor = Surveyor(spec)
    found = [about_scenario(a, spec) for a in surveyor.scenarios()]
    found += [about_finding(f, spec) for f in (*surveyor.rules(), *surveyor.tools(), *surveyor.duties())]
    found += [q for p in surveyor.parts() for q in about_parts(p)]
    return [p for p in found if p is not None]


def _bare(text: str):
    from cove_dsl.pipeline import Compiler

    return Compiler().compile([("case.cove", text.encode())], {})


def test_every_emitted_code_is_registered() -> None:
    assert emitted() <= CODES.keys()


def test_every_registered_code_is_emitted() -> None:
    assert CODES.keys() <= emitted()


def test_the_solver_s_codes_are_asked_for() -> None:
    assert emitted_in("cove_dsl/solve", "cove_dsl/backends/smt") == SOLVED | OUT_OF_REACH


def test_codes_and_pages_agree() -> None:
    assert {p.stem for p in PAGES.glob("*.md")} - {"README"} == set(CODES)


def test_codes_are_kebab_case_and_titled() -> None:
    for code in CODES.values():
        assert KEBAB.fullmatch(code.code)
        assert code.title[0].islower()
        assert not code.title.endswith(".")


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_page_reads_as_all_do(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {code}\n\n")
    assert list(sections(code)) == ["Avoid", "Prefer", "Why"]


@pytest.mark.parametrize("code", sorted(CODES.keys() - NOT_COMPILED))
def test_the_examples_of_a_page_do_what_they_say(code: str) -> None:
    parts = sections(code)
    avoided, preferred = BLOCK.findall(parts["Avoid"]), BLOCK.findall(parts["Prefer"])
    assert avoided
    assert preferred
    for text in avoided:
        assert found_in(text, code) == [code], text
    for text in preferred:
        assert found_in(text, code) == [], text


def test_explain_prints_a_page() -> None:
    from cove_dsl.tools.explain import explain

    assert all(explain(code).startswith(f"# {code}") for code in CODES)
    assert Path(PAGES / "README.md").is_file()
