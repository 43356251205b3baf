"""The runtime that is copied into standalone checkers imports the standard library and itself, nothing else."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cove_dsl.backends.python.emit import runtime_source

PACKAGE = "cove_dsl.backends.python.runtime"
FOLDER = Path(__file__).parents[2].joinpath(*PACKAGE.split("."))


def imports_of(module: Path) -> Iterator[str]:
    """The absolute names that a module imports from, relative ones resolved."""
    here = [*PACKAGE.split("."), *module.relative_to(FOLDER).parent.parts]
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            yield ".".join([*base, *filter(None, [node.module])])
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


@pytest.mark.parametrize("module", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_only_the_standard_library(module: Path):
    foreign = [
        name
        for name in imports_of(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith(f"{PACKAGE}.")
    ]
    assert foreign == []


def test_no_name_means_two_things_in_a_checker():
    """In one text, the later of two equal names would be taken for both."""
    tree = ast.parse(runtime_source())
    named = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assigned = [t for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]
    assigned += [n.target for n in tree.body if isinstance(n, ast.AnnAssign)]
    named += [t.id for t in assigned if isinstance(t, ast.Name)]
    assert len(named) > 300
    assert [name for name, times in Counter(named).items() if times > 1] == []
