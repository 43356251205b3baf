"""Pages of codes, and what is said where there is none."""

from pathlib import Path

import pytest

from cove_dsl.source.registry import Code
from cove_dsl.tools import explain as module
from cove_dsl.tools.explain import explain, find_page, known_codes


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unknown-name.md").write_text("# unknown-name\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("about the pages", encoding="utf-8")
    (tmp_path.parent / "secret.md").write_text("secret", encoding="utf-8")
    monkeypatch.setattr(module, "_FOLDERS", (tmp_path / "absent", tmp_path))
    monkeypatch.setattr(module, "CODES", {"wrong-type": Code("wrong-type", "a value of another type")})


def test_a_page_is_printed_as_it_is():
    assert explain("unknown-name") == "# unknown-name\n"


def test_a_code_without_a_page_has_its_title():
    assert explain("wrong-type") == "wrong-type: a value of another type"


def test_an_unknown_code_gets_suggestions():
    assert explain("unknown-nam") == "there is no diagnostic code `unknown-nam`; did you mean `unknown-name`?"
    assert explain("zzz\x1b") == "there is no diagnostic code `zzz\\u{1b}`"


@pytest.mark.parametrize("name", ["../secret", "README", "", "unknown-name.md", "unknown-name\n"])
def test_only_codes_name_pages(name: str):
    assert find_page(name) is None


def test_known_codes_are_those_registered_and_those_with_pages():
    assert known_codes() == ("unknown-name", "wrong-type")
