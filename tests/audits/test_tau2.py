"""The pages on the benchmark say what the audit finds, and every violation in the sample has been read."""

from pathlib import Path

import pytest

from tests.audits.regenerate import DATA, DESKS, PAGES, audited
from tests.audits.verdicts import CLASSES, REASONS, owes_a_reason, readings, sample

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the benchmark's data is not beside this checkout")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_is_what_the_audit_finds(page: Path):
    written = page.read_text(encoding="utf-8")
    assert PAGES[page](DATA) == written, "run `make audit`, and read what changed"


@pytest.mark.parametrize("desk", DESKS)
def test_the_violations_that_were_read_are_those_of_the_sample(desk: str):
    found = audited(desk, DATA)
    wanted = sample(found.audit, found.files, found.measured)
    read = {(r.rule, r.run, r.place) for r in readings(desk)}
    assert len(read) == len(readings(desk)), "a violation is read once"
    assert read == wanted, (
        f"read these violations and note them in {desk}.read.jsonl: {sorted(wanted - read)}; "
        f"these are none any more: {sorted(read - wanted)}"
    )


@pytest.mark.parametrize("desk", DESKS)
def test_a_wrong_violation_has_its_class_and_a_right_one_none_but_our_reading(desk: str):
    for read in readings(desk):
        assert read.because in (CLASSES if not read.right else ("", "our_reading"))
        assert read.right or read.because != "our_reading"


@pytest.mark.parametrize("desk", DESKS)
def test_a_reason_is_given_where_one_is_owed_and_nowhere_else(desk: str):
    owed = {t.rule for t in audited(desk, DATA).audit.rules if owes_a_reason(t)}
    assert owed == {rule for where, rule in REASONS if where == desk}
