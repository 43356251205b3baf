"""The table that says where a policy's demands are said names what is there, and leaves no rule out."""

import re

import pytest

from cove_dsl.world.load import load_spec
from tests.conftest import ROOT

BACKQUOTED = re.compile(r"`([a-z_A-Z]+)`")


def rows(name: str) -> list[list[str]]:
    text = (ROOT / "docs" / "desks" / f"{name}.md").read_text(encoding="utf-8")
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [row for row in found if row[0].isdigit()]


@pytest.fixture(scope="module")
def airline():
    return load_spec("airline")


def test_every_demand_has_its_row():
    assert [int(row[0]) for row in rows("airline")] == [n for n in range(1, 58) if n != 16]


def test_every_name_of_the_table_is_declared(airline):
    known = {*airline.rules, *airline.tools, *airline.defines, *airline.enums, *airline.records, "clock"}
    known |= {e.name for e in airline.exemptions} | {p.name for t in airline.tools.values() for p in t.params}
    named = {name for row in rows("airline") for cell in row[2:] for name in BACKQUOTED.findall(cell)}
    assert named - known == set()


def test_every_rule_stands_in_the_table(airline):
    named = {name for row in rows("airline") for name in BACKQUOTED.findall(row[2])}
    assert set(airline.rules) - named == set()
