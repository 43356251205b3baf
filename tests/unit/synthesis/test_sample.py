"""Tasks: drawn the same way every time, proved before they are kept, described so that exactly one row is meant."""

import itertools

import pytest

from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.synthesis.describe import fits
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.drawing import kinds_of
from cove_dsl.synthesis.goals import broken, event_of
from cove_dsl.synthesis.sample import NoTask, Sampler, sample_tasks
from cove_dsl.synthesis.scenes import Shape
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import apply_start, world_of


def test_a_task_is_fixed_by_its_seed_and_index(retail, sampler, tasks):
    again = Sampler(retail, sampler.world, seed=0)
    assert [again.task(i) for i in (7, 3, 120)] == [tasks[i] for i in (7, 3, 120)]
    assert next(sample_tasks(retail, sampler.world, 1, seed=1)).id != tasks[0].id


def test_ids_differ(tasks):
    assert len({t.id for t in tasks}) == len(tasks)


def test_every_accepted_plan_replays(retail, tasks, start_of):
    for task in tasks:
        assert task.accept, task.id
        for plan in task.accept:
            sandbox = retail.sandbox(start_of(task))
            assert all(sandbox.call(c["name"], c["arguments"]).ok for c in plan), task.id


def test_accepted_plans_end_in_different_worlds(retail, tasks, start_of):
    for task in tasks:
        ends = set()
        for plan in task.accept:
            sandbox = retail.sandbox(start_of(task))
            for call in plan:
                sandbox.call(call["name"], call["arguments"])
            ends.add(sandbox.world.digest())
        assert len(ends) == len(task.accept), task.id


def test_what_is_to_be_refused_fails_or_breaks_its_rule(retail, tasks, start_of):
    refusals = [(t, m) for t in tasks for m in t.moves if m.kind == "refuse"]
    assert len(refusals) > 20
    for task, move in refusals:
        if any(m.kind == "do" for m in task.moves):
            continue  # what was done before may be what rules the call out
        monitor = retail.monitor(start_of(task))
        for lookup in task.lookups[:1]:
            user = monitor.run.fork().call(lookup.tool, lookup.arguments).value
            call = {"id": "c", "type": "function", "function": {"name": lookup.tool, "arguments": lookup.arguments}}
            result = {"role": "tool", "tool_call_id": "c", "name": lookup.tool, "content": user}
            monitor.observe([{"role": "assistant", "content": None, "tool_calls": [call]}, result])
        judged = broken(monitor.run.allows(event_of(move.call)))
        failed = not retail.sandbox(start_of(task)).call(move.call["name"], move.call["arguments"]).ok
        assert failed or any(j.rule == move.rule[0] for j in judged), task.id


def test_descriptions_fit_exactly_one_row_of_the_person(retail, tasks, start_of):
    shape = Shape(retail.spec)
    described = [(t, d) for t in tasks for d in t.descriptions]
    assert len(described) > 100
    for task, d in described:
        table, key = task.person
        rows = start_of(task).inner.all_rows(d["table"])
        mine = [r for r in rows if any(r.get(f) == key for f in shape.links(d["table"], table))]
        parts = tuple((tuple(path), some, value) for path, some, value in d["by"])
        assert [r[shape.key_field(d["table"])] for r in mine if fits(r, parts)] == [d["key"]], task.id


def test_scenarios_can_be_chosen_by_name(retail, sampler):
    some = itertools.islice(sample_tasks(retail, sampler.world, 5, scenario_glob="cancel_too_*"), 5)
    assert {t.scenarios for t in some} == {("cancel_too_late",)}
    with pytest.raises(NoTask, match="no scenario"):
        Sampler(retail, sampler.world, glob="nothing_like_it")


def test_why_there_is_no_task_is_said(retail, shop):
    """In a shop where nothing is pending, nothing can be cancelled."""
    orders = {k: {**order, "status": "delivered"} for k, order in shop["orders"].items()}
    world = World(retail.program, world_of({**shop, "orders": orders}, retail.program))
    with pytest.raises(NoTask, match=r"no task was found in 60 draws: cancel_order: nothing to draw \(60\)"):
        Sampler(retail, world, glob="cancel_order").task(0)


def test_how_many_draws_there_were_is_said_at_the_edge_of_rules_too(retail, shop):
    orders = {k: {**order, "status": "delivered"} for k, order in shop["orders"].items()}
    world = World(retail.program, world_of({**shop, "orders": orders}, retail.program))
    with pytest.raises(NoTask, match=r"no task was found in 400 draws: cancel_order: nothing to draw \(400\)"):
        Sampler(retail, world, glob="cancel_order", dials=Dials(boundary="complete")).task(0)


def test_every_scenario_can_be_drawn(retail, sampler):
    for name in retail.spec.scenarios:
        task = Sampler(retail, sampler.world, glob=name).task(0)
        assert task.scenarios == (name,)


def test_the_types_of_names_are_those_of_what_was_drawn(retail, tasks):
    shape = Shape(retail.spec)
    for task in tasks[:50]:
        for name, value in task.bindings.items():
            scenario, _, binding = name.partition("/")
            table = shape.table_of(kinds_of(retail.spec.scenarios[scenario])[binding])
            assert table is None or shape.key_field(table) in value


REACHED = """domain shop "A shop"
enum Status {{ open, sent, closed }}
record Order {{ order_id: id, status: Status }}
table orders: Order key order_id
write tool close_it(order_id: ref orders) -> text "Closes." {{
  let order = orders[order_id] else fail "none"
  require order.status == open because "It is not open."
  set order.status = closed
  return "done"
}}
scenario s "It." {{
  pick order from orders where .status == open
  goal close_it(order.order_id) "close it"
  goal reach order.status == {end} "it closed"
  knows order.order_id
}}
"""


def test_a_row_that_was_drawn_is_read_at_the_end_as_it_is_then(tmp_path):
    rows = {"T1": {"order_id": "T1", "status": "open"}, "T2": {"order_id": "T2", "status": "sent"}}

    def sampler_of(end):
        path = tmp_path / f"{end}.cove"
        path.write_text(REACHED.format(end=end))
        shop = load(str(path))
        return Sampler(shop, World(shop.program, world_of({"orders": rows}, shop.program)), seed=0)

    assert [c["arguments"] for c in sampler_of("closed").task(0).accept[0]] == [{"order_id": "T1"}]
    with pytest.raises(NoTask):
        sampler_of("open").task(0)


def test_the_plan_that_is_witnessed_of_several_wishes_goes_through():
    """What pays for one wish may be needed for the next: whoever chooses between plans chooses one that serves all."""
    airline = load("airline")
    world = World(airline.program, world_of(generate_world(airline.spec, 9), airline.program))
    sampler, several = Sampler(airline, world, 9, None, Dials(wishes=(1, 3))), 0
    for task in map(sampler.task, (818, *range(30))):
        several += len(task.scenarios) > 1
        sandbox = Sandbox(airline.program, apply_start(world.inner, list(task.start)).fork())
        for move in task.moves:
            if move.kind == "do":
                assert sandbox.call(move.call["name"], move.call["arguments"]).ok, (task.id, move.call)
    assert several
