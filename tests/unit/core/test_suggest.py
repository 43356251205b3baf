"""Names are offered only where one may have been meant."""

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
