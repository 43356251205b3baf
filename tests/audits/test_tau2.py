"""The page on the benchmark says what the audit finds."""

import pytest

from tests.audits.regenerate import DATA, DOCUMENT, document


@pytest.mark.skipif(not DATA.is_dir(), reason="the benchmark's data is not beside this checkout")
def test_the_page_is_what_the_audit_finds():
    written = DOCUMENT.read_text(encoding="utf-8")
    assert document(DATA) == written, "run `make audit`, and read what changed"
