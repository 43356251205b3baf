"""`covec fmt`: what it writes, what it leaves alone, and what it says."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cove_dsl.tools.cli import covec
from tests.conftest import ROOT

MESSY = """domain   shop "A shop"   # of sorts
record Order{id:id,open : bool,lines:list[ text ]? "What."  where  count( it )>- 1 }
table orders:Order key id



# what it does
write tool close( id : ref orders,why:text )->Order "Closes." {
    let order=orders[ id ] else fail "none"

    # it is open
        require order.open else fail "It is closed, whatever anybody says about it {why} and {id}." set order.open=false
  if why in {"a","b"}{ set order.open = true }   else   { remove order.lines }
  return order }
rule r "R." { before call to close   require one:some earlier user message because "Ask."
  require another: call.why!= "x" because "No." }
"""
NEAT = """domain shop "A shop"  # of sorts
record Order { id: id, open: bool, lines: list[text]? "What." where count(it) > -1 }
table orders: Order key id

# what it does
write tool close(id: ref orders, why: text) -> Order "Closes." {
  let order = orders[id]  else fail "none"

  # it is open
  require order.open  else fail "It is closed, whatever anybody says about it {why} and {id}."
  set order.open = false
  if why in {"a", "b"} { set order.open = true } else { remove order.lines }
  return order
}
rule r "R." {
  before call to close
  require one: some earlier user message  because "Ask."
  require another: call.why != "x"  because "No."
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("messy.cove").write_text(MESSY, encoding="utf-8")


def fmt(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(covec, ["fmt", *args], input=text)


def test_a_file_is_laid_out_in_place():
    Path("messy.cove").chmod(0o600)
    assert fmt("messy.cove").exit_code == 0
    assert Path("messy.cove").read_text(encoding="utf-8") == NEAT
    assert Path("messy.cove").stat().st_mode & 0o777 == 0o600
    again = fmt("messy.cove")
    assert again.stderr == "0 changed · 1 as they should be\n"


def test_check_writes_nothing():
    found = fmt("--check", "messy.cove")
    assert found.exit_code == 1
    assert found.stdout == "would change messy.cove\n"
    assert Path("messy.cove").read_text(encoding="utf-8") == MESSY
    Path("messy.cove").write_text(NEAT, encoding="utf-8")
    assert fmt("--check", ".").exit_code == 0


def test_diff_shows_what_would_change():
    found = fmt("--diff", "messy.cove")
    assert found.exit_code == 1
    assert '-domain   shop "A shop"   # of sorts\n' in found.stdout
    assert '+domain shop "A shop"  # of sorts\n' in found.stdout
    assert Path("messy.cove").read_text(encoding="utf-8") == MESSY


def test_standard_input():
    assert fmt("-", text=MESSY).stdout == NEAT
    assert fmt("-", "--check", text=NEAT).exit_code == 0


def test_folders_and_what_cannot_be_read():
    Path("deep/er").mkdir(parents=True)
    Path("deep/er/fine.cove").write_text(NEAT, encoding="utf-8")
    Path("deep/broken.cove").write_text("domain x\nrule r {\n", encoding="utf-8")
    found = fmt(".", "--format", "json")
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(r["path"], r["state"]) for r in rows] == [
        ("deep/broken.cove", "wrong"), ("deep/er/fine.cove", "same"), ("messy.cove", "changed")
    ]  # fmt: skip
    assert found.exit_code == 1
    assert "deep/broken.cove:2:8" in found.stderr
    assert Path("deep/broken.cove").read_text(encoding="utf-8") == "domain x\nrule r {\n"


def test_nothing_to_lay_out():
    Path("empty").mkdir()
    assert fmt("nowhere.cove").exit_code == 2
    assert fmt("empty").exit_code == 2
    Path("bytes.cove").write_bytes(b"\xff")
    assert "not UTF-8" in fmt("bytes.cove").stderr


def test_columns_that_were_lined_up_stay_so():
    text = """domain x
define a(n: int) -> int = n
rule r "R." {
  before call
  let order = a(1)          else skip  # one
  let o     = a(call.n + 2) else skip  # two
  require short: order > 1             # three
}
"""
    made = fmt("-", text=text).stdout.splitlines()
    assert made[4:7] == [
        "  let order = a(1)           else skip  # one",
        "  let o     = a(call.n + 2)  else skip  # two",
        "  require short: order > 1              # three",
    ]


def test_a_line_that_is_too_long_is_broken():
    names = ", ".join(f"some_tool_number_{n}" for n in range(5))
    asked = "some (earlier ok call where .number == call.number) and call.amount <= $100"
    text = f"""domain x
tools many = {{ {names}, {names} }}
rule r "R." {{
  before call to {{ {names} }}
  require all_of_it: {asked} or call.amount == $1000 because "No."
  require more_of_it: {asked} or call.amount == $1000 or call.amount == $2000 or call.amount == $3000
  let found = some_definition(call.some_argument, [call.another_argument, call.amount], {{"{"a" * 40}": {names}}})
}}
"""
    text = text.replace(f": {names}}}", ": 1}, call.yet_another_argument, call.the_very_last_argument_of_all")
    made = fmt("-", text=text).stdout
    assert made.splitlines()[1:] == [
        "tools many = {",
        "  some_tool_number_0, some_tool_number_1, some_tool_number_2, some_tool_number_3, some_tool_number_4,",
        "  some_tool_number_0, some_tool_number_1, some_tool_number_2, some_tool_number_3, some_tool_number_4",
        "}",
        'rule r "R." {',
        f"  before call to {{ {names} }}",
        f"  require all_of_it: {asked} or call.amount == $1000",
        '    because "No."',
        f"  require more_of_it: {asked}",
        "                      or call.amount == $1000",
        "                      or call.amount == $2000",
        "                      or call.amount == $3000",
        "  let found = some_definition(",
        f'    call.some_argument, [call.another_argument, call.amount], {{"{"a" * 40}": 1}},',
        "    call.yet_another_argument, call.the_very_last_argument_of_all",
        "  )",
        "}",
    ]


def test_where_a_line_is_broken():
    """At what binds loosest, and never so that a sign stands alone."""
    folder = ROOT / "tests/unit/tools/layouts"
    made = fmt("-", text=(folder / "long.cove").read_text(encoding="utf-8")).stdout
    assert made == (folder / "broken.cove").read_text(encoding="utf-8")


def test_rows_of_a_table_are_not_broken():
    """What the author lined up in brackets, and lists with one element a line; but no more than a screen is wide."""
    options = '{"size": "S, M, L, XL", "color": "moss, slate, rust", "lining": "mesh, fleece, cotton", "fit": "any"}'
    rows = "\n".join(f'  ("{name}", $95, {options}),' for name in ("a rain jacket", "a wool sweater"))
    text = f"domain x\ndefine goods -> list[Ware] = [\n{rows}\n]\n"
    assert fmt("-", text=text).stdout == text
    longer = text.replace("moss", "moss" * 20)
    assert len(fmt("-", text=longer).stdout.splitlines()) > len(longer.splitlines())
    calls = [
        f'  do order("{a}", "{b}",{" " * (50 - len(b))} some_home, "{"c" * 30}", pending)'
        for a, b in (("1", "x"), ("2", "yy"))
    ]
    lined = "domain x\nfixture f {\n" + "\n".join(calls) + "\n}\n"
    assert max(map(len, calls)) > 90
    assert len(fmt("-", text=lined).stdout.splitlines()) == len(lined.splitlines())


def test_columns_hold_what_is_alike():
    """What stands in one column by chance was not lined up."""
    text = """domain x
scenario s "S." {
  let ways   = any_way(1)
  let cheapest = (ways with lowest .fare).fare
  let dearer   = ways
}
"""
    assert fmt("-", text=text).stdout.splitlines()[2:5] == [
        "  let ways = any_way(1)",
        "  let cheapest = (ways with lowest .fare).fare",
        "  let dearer   = ways",
    ]


def test_an_element_follows_no_line_that_goes_on():
    text = """domain x
define icons -> list[text] =
  flatten([
      if one then ["a"] else [],
      if two then []
      else if three then ["b"] else ["c"],
      if four then ["d"] else [],
  ])
"""
    assert fmt("-", text=text).stdout.splitlines()[3:7] == [
        '    if one then ["a"] else [],',
        "    if two then []",
        '      else if three then ["b"] else ["c"],',
        '    if four then ["d"] else [],',
    ]


def test_a_sign_never_stands_alone():
    text = 'domain x\ninvariant i "I."\n  =\n  1 == 1\ndefine rows -> list[int]\n  = [\n  1,\n]\n'
    assert fmt("-", text=text).stdout == (
        'domain x\ninvariant i "I." =\n  1 == 1\ndefine rows -> list[int] = [\n  1,\n]\n'
    )


def test_what_we_write_ourselves_is_laid_out():
    """Specifications, templates, and the skeletons of other people's tools."""
    for folder in ("specs", "docs/examples", "cove_dsl/tools/templates"):
        found = fmt("--check", str(ROOT / folder))
        assert found.exit_code == 0, found.stdout
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in re.findall(r"^```cove[^\n]*\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
            found = fmt("-", "--diff", text=block)
            assert found.stdout == "", f"{page}\n{found.stdout}"
    made = CliRunner().invoke(covec, ["import", str(ROOT / "docs/examples/tools.json")])
    assert fmt("-", "--check", text=made.stdout).exit_code == 0
