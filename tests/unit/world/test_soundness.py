"""A world that is given must fit its types beyond their shapes, and what fields ask of their values."""

import json
from copy import deepcopy
from typing import Any

import pytest
from click.testing import CliRunner

import cove_dsl as cove
from cove_dsl.pipeline import Compiler
from cove_dsl.tools.cli import covec
from cove_dsl.world.state import StateError
from tests.conftest import ROOT

KIOSK = """domain kiosk "A kiosk"
enum Size { small, large = "very large" }
variant Pay by kind { card { id: id }, voucher { id: id, balance: money where it >= $0 } }
record Part { size: Size?, grams: int where it > 0 }
record Item { name: text, size: Size?, grams: int where it > 0 and it < 5000, next: list[Part] }
record Sale {
  sale_id: id, day: date, hour: time, at: datetime, took: (Size, int), pays: map[id, Pay], sizes: map[Size, int],
  item: Item, buyer: ref sales,
}
record Till { cash: money where it >= $10 }
table sales: Sale key sale_id
state till: Till
"""
COMPILED = Compiler().compile([("kiosk.cove", KIOSK.encode())], {})
assert COMPILED.spec is not None, COMPILED.errors
DESK = cove.Desk(COMPILED.spec)
GOOD: dict[str, Any] = {
    "sales": {
        "s/1": {
            "sale_id": "s/1", "day": "2025-03-10", "hour": "09:30", "at": "2025-03-10T09:30", "took": ["small", 1],
            "pays": {"v": {"kind": "voucher", "id": "v", "balance": 0}}, "sizes": {"very large": 2},
            "item": {"name": "Tea", "size": None, "grams": 5, "next": [{"grams": 1}]},
            "buyer": "nobody-here",
        }
    },
    "till": {"cash": 10},
}  # fmt: skip
WRONG = {
    "an enum in a list": (["item", "next", 0, "size"], "large", "which is no Size: it may be `small`, `very large`"),
    "an enum in a tuple": (["took", 0], "smal", "did you mean `small`?"),
    "a key": (["sizes"], {"large": 1}, "/sizes/large is `large`, which is no Size"),
    "a condition": (["item", "grams"], 5000, "is 5000, against its `where it > 0 and it < 5000`"),
    "a condition of a case": (["pays", "v", "balance"], -1, "is -1, against its `where it >= $0`"),
    "a condition deep inside": (["item", "next", 0, "grams"], 0, "/item/next/0/grams is 0, against"),
    "a date": (["day"], "10.3.2025", "is `10.3.2025`, which is no date: write it as `2025-03-10`"),
    "a date with a time": (["day"], "2025-03-10T09:30", "which is no date"),
    "a time": (["hour"], "2025-03-10", "which is no time: write it as `12:00`"),
    "a day that never was": (["day"], "2025-02-30", "which is no date"),
    "a datetime": (["at"], "2025-03-10", "which is no datetime"),
}


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    state = deepcopy(GOOD)
    place: Any = state["sales"]["s/1"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return state


def test_what_fits_is_taken_and_references_may_lead_out_of_what_is_known():
    assert cove.World.from_dict(GOOD, DESK).inner.row("sales", "s/1")["buyer"] == "nobody-here"


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_does_not_fit_is_named_with_its_place_and_what_may_stand_there(name):
    path, value, said = WRONG[name]
    with pytest.raises(StateError) as found:
        cove.World.from_dict(changed(path, value), DESK)
    [problem] = found.value.problems
    assert problem.code == "bad-state"
    assert problem.message.startswith("/".join(["/sales/s/1", *map(str, path)]))
    assert said in problem.message


def test_a_state_beside_the_tables_is_looked_at_too():
    with pytest.raises(StateError, match=r"/till/cash is 9\.5, against its `where it >= "):
        cove.World.from_dict({**GOOD, "till": {"cash": 9.5}}, DESK)


def test_covec_names_every_value_and_stops(tmp_path):
    state = json.loads((ROOT / "docs/examples/shop.json").read_text(encoding="utf-8"))
    state["orders"]["T1"]["status"] = "opne"
    state["orders"]["T2"]["lines"][0]["grams"] = 0
    (tmp_path / "shop.json").write_text(json.dumps(state), encoding="utf-8")
    talks = str(ROOT / "docs/examples/conversations.jsonl")
    tea = str(ROOT / "docs/examples/tea.cove")
    done = CliRunner().invoke(covec, ["verify", tea, talks, "--state", str(tmp_path / "shop.json")])
    assert done.exit_code == 1
    assert "/orders/T1/status is `opne`, which is no Status" in done.stderr
    assert "/orders/T2/lines/0/grams is 0, against its `where it > 0`" in done.stderr
    assert done.stdout == ""
