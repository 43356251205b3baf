"""Names are offered only where one may have been meant."""

import sys
from difflib import SequenceMatcher

import pytest

from cove_dsl.source import suggest


@pytest.mark.parametrize(
    ("wrong", "there"),
    [("ordrs", "orders"), ("satus", "status"), ("getOrder", "get_order"), ("teh", "the"), ("user", "users")],
)
def test_slips_of_the_pen_find_what_was_meant(wrong, there):
    assert suggest(wrong, ["zebra", there]) == (there,)


@pytest.mark.parametrize(("wrong", "other"), [("clock", "look"), ("phone", "money"), ("amount", "o")])
def test_names_that_only_share_letters_are_not_offered(wrong, other):
    assert suggest(wrong, [other]) == ()


def test_a_name_inside_another_is_offered():
    assert suggest("orders", ["open_orders", "zebra"]) == ("open_orders",)


@pytest.mark.parametrize(("wrong", "meant"), [("ordrs", "orders"), ("getOrder", "get_order"), ("teh", "the")])
def test_what_was_meant_is_found_among_many(wrong, meant):
    others = [f"{word}_{at}" for at in range(600) for word in ("parcel", "window")]
    assert suggest(wrong, [*others, meant])[0] == meant


@pytest.mark.parametrize("at", range(0, 1900, 100))
def test_among_many_that_are_alike_the_nearest_is_first(at):
    assert suggest(f"recrod{at}x", [f"record{n}x" for n in range(1900)])[0] == f"record{at}x"


def test_a_wrong_name_costs_no_more_among_more_names(monkeypatch):
    compared = []

    class Counted(SequenceMatcher):
        def ratio(self):
            compared.append(self.b)
            return super().ratio()

    monkeypatch.setattr(sys.modules["cove_dsl.source.suggest"], "SequenceMatcher", Counted)

    def comparisons(names):
        compared.clear()
        suggest("recrod7", (f"record{n}" for n in range(names)))
        return len(compared)

    assert comparisons(100) == 100
    assert comparisons(1000) == comparisons(50_000) < 100
