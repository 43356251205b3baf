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


DEMANDS = {"airline": [n for n in range(1, 58) if n != 16], "telecom": list(range(1, 24))}


@pytest.fixture(scope="module", params=sorted(DEMANDS))
def desk(request):
    return load_spec(request.param)


def test_every_demand_has_its_row(desk):
    assert [int(row[0]) for row in rows(desk.name)] == DEMANDS[desk.name]


def test_every_name_of_the_table_is_declared(desk):
    known = {*desk.rules, *desk.tools, *desk.defines, *desk.enums, *desk.records, "clock"}
    known |= {e.name for e in desk.exemptions} | {p.name for t in desk.tools.values() for p in t.params}
    named = {name for row in rows(desk.name) for cell in row[2:] for name in BACKQUOTED.findall(cell)}
    assert named - known == set()


def test_every_rule_stands_in_the_table(desk):
    named = {name for row in rows(desk.name) for name in BACKQUOTED.findall(row[2])}
    assert set(desk.rules) - named == set()
