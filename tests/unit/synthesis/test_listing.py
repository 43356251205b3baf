"""A key that nobody has named is found by a tool that lists it, and what came to no task is told."""

from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.synthesis.searches import listing
from cove_dsl.tools.commands.synth import _never_drawn


def test_what_belongs_to_a_known_row_is_listed_by_it(retail, sampler):
    c = Sandbox(retail.program, sampler.world.inner)
    user = next(u for u in sampler.world.inner.all_rows("users") if u["orders"])
    order = user["orders"][0]
    found = listing(retail.spec, c, order, [("users", user["user_id"])])
    assert found == {"name": "get_user_details", "arguments": {"user_id": user["user_id"]}}


def test_nothing_lists_the_rows_of_nobody_known(retail, sampler):
    c = Sandbox(retail.program, sampler.world.inner)
    order = next(iter(sampler.world.inner.all_rows("orders")))["order_id"]
    assert listing(retail.spec, c, order, []) is None


def test_scenarios_that_came_to_no_task_are_told_with_what_stood_in_the_way():
    dropped = {"far: no plan goes through": 7, "far: nothing to draw": 2, "near: nothing to draw": 1}
    told = _never_drawn({"scenarios": {"near": {"made": 3}}, "dropped": dropped})
    assert told == ["", "no task came of:", "  far: no plan goes through (tried 9 times)"]
    unlucky = {"far: no plan goes through": 2, "far: nothing to draw": 2}
    assert _never_drawn({"scenarios": {}, "dropped": unlucky}) == []
    assert _never_drawn({"scenarios": {"near": {}}, "dropped": {"near: nothing to draw": 1}}) == []
