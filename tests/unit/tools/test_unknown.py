"""What `covec verify` says of rules that stay undecided, and of the place in which a result differs."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.tools.cli import covec
from cove_dsl.tools.differences import BEFORE, WIDEST, apart
from tests.conftest import ROOT

TEA, SHOP = (str(ROOT / "docs/examples" / n) for n in ("tea.cove", "shop.json"))
TALKS = ROOT / "docs/examples/conversations.jsonl"


def verify(path: Path, *more: str) -> tuple[list[str], list[str]]:
    done = CliRunner().invoke(covec, ["verify", TEA, str(path), *more])
    return done.stdout.splitlines(), done.stderr.splitlines()


def test_rules_that_stay_unknown_are_named_with_what_they_rest_on():
    lines, said = verify(TALKS)
    assert lines[0] == "? with-a-yes  score –  state unknown"  # what results show is enough
    assert lines[2].endswith("  unknown own_orders, only_open_orders")
    assert "unknown: own_orders.owner in too-late, message 5; it rests on what is known of `orders`" in said
    assert "unknown: only_open_orders.status in too-late, message 5; it rests on what is known of `orders`" in said


def test_with_a_database_it_is_not_said_to_lack_rows(tmp_path):
    rows = [json.loads(line) for line in TALKS.read_text(encoding="utf-8").splitlines()][:1]
    rows[0]["messages"][0]["content"] = "Hi, this is ada@example.com."
    (tmp_path / "talk.jsonl").write_text("\n".join(json.dumps({**r, "id": i}) for r in rows for i in ("a", "b")))
    lines, said = verify(tmp_path / "talk.jsonl", "--state", SHOP)
    assert all(line.endswith("  unknown reason_is_told") for line in lines)
    assert said[0] == (
        "unknown: reason_is_told.same in 2 conversations, the first in a, message 7; "
        "it rests on what is said of `why`"
    )  # fmt: skip


PAIRS: dict[str, tuple[Any, Any, tuple[str, str, str, int]]] = {
    "a field": ('{"a": 1, "b": {"c": "x"}}', {"a": 1, "b": {"c": "y"}}, ("/b/c", "x", "y", 0)),
    "a field that is missing": ('{"a": 1}', {"a": 1, "b": [2]}, ("/b", "nothing", "[2]", 0)),
    "a name with a slash": ('{"a/b": {"~": 1}}', {"a/b": {"~": 2}}, ("/a~1b/~0", "1", "2", 0)),
    "an item": ("[1, 2, 3]", [1, 5, 3, 4], ("/1", "2", "5", 1)),
    "a longer list": ("[1, 2]", [1], ("/1", "2", "nothing", 0)),
    "numbers that are alike": ('{"a": 1.0, "b": 2}', {"a": 1, "b": 3}, ("/b", "2", "3", 0)),
    "another kind": ("Error: no", {"a": 1}, ("", "Error: no", '{"a": 1}', 0)),
    "a text": ("bo", "No such customer", ("", "bo", "No such customer", 0)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_first_place_that_differs_is_shown(name):
    recorded, ours, found = PAIRS[name]
    assert apart(recorded, ours) == found


@given(st.text("ab ", min_size=80, max_size=300), st.integers(0, 79))
def test_long_texts_are_cut_around_the_place_where_they_part(text, at):
    other = text[:at] + "X" + text[at + 1 :]
    _, one, two, _ = apart(text, other)
    assert "X" in two
    assert len(one) <= WIDEST + 2
    assert one.strip("…") in text
    assert two.strip("…") in other
    assert two.index("X") <= WIDEST - BEFORE + 1
