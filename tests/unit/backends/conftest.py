"""Specifications that the tests of back ends share."""

from collections.abc import Callable

import pytest

from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler, compile_path, find_spec

Compile = Callable[[str], Spec]


@pytest.fixture(scope="session")
def retail() -> Spec:
    compiled = compile_path(find_spec("retail"))
    assert compiled.spec is not None, [p.message for p in compiled.errors]
    return compiled.spec


@pytest.fixture(scope="session")
def compile_text() -> Compile:
    """A specification from its text, which has to be free of errors."""

    def compiled(text: str) -> Spec:
        found = Compiler().compile([("desk.cove", text.encode())], {})
        assert found.spec is not None, [p.message for p in found.errors]
        return found.spec

    return compiled
