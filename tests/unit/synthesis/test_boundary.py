"""Tasks on the edge of a rule: as near as a step, on both sides, in worlds that are worlds, and proved like any."""

from fractions import Fraction

import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.synthesis.boundary import UNITS, Leaf, changed, shifted
from cove_dsl.synthesis.cover import at_once
from cove_dsl.synthesis.dialogue import hold
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.sample import NoTask, Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.tools.cli import covec
from cove_dsl.world.coverage import Comparisons
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world, state_of
from cove_dsl.world.soundness import changed_problems, world_problems
from cove_dsl.world.state import apply_start, world_of

MANY = 10
DESKS = ("retail", "airline", "clinic")


@pytest.fixture(scope="module")
def desks():
    return {name: load(name) for name in DESKS}


@pytest.fixture(scope="module")
def worlds(desks):
    return {n: World(d.program, world_of(generate_world(d.spec, 0), d.program)) for n, d in desks.items()}


@pytest.fixture(scope="module")
def edged(desks, worlds):
    found = {}
    for name in DESKS:
        sampler = Sampler(desks[name], worlds[name], 0, None, Dials(boundary="complete"))
        found[name] = [sampler.task(i) for i in range(MANY)]
    return found


def margin(task) -> Fraction:
    return Fraction(str(task.edge["left"])) - Fraction(str(task.edge["right"]))


@pytest.mark.parametrize("name", DESKS)
def test_each_is_at_most_a_step_from_the_edge_in_a_world_that_may_be(desks, worlds, edged, name):
    for task in edged[name]:
        assert abs(margin(task)) <= UNITS[task.edge["of"]], task.edge
    assert any(task.start for task in edged[name])
    begun = apply_start(worlds[name].inner, list(edged[name][0].start))
    assert world_problems(desks[name].spec, state_of(begun)) == ()


def test_both_sides_occur_and_several_rules(edged):
    edges = [t.edge for found in edged.values() for t in found]
    assert {e["holds"] for e in edges} == {True, False}
    assert {e["rule"] for e in edges} >= {"cancellable", "gift_card_covers_total", "debts_first"}
    assert any(abs(e["left"] - e["right"]) == 60 for e in edges if e["of"] == "duration")


@pytest.mark.parametrize("name", DESKS)
def test_scripted_parties_hold_them_and_the_dialogues_verify(desks, worlds, edged, name):
    desk = desks[name]
    for task in edged[name]:
        start = World(desk.program, apply_start(worlds[name].inner, list(task.start)))
        sampler = Sampler(desk, worlds[name])
        agent = ScriptedAgent(task, desk, start, sampler.shape)
        held = at_once(hold(ScriptedUser(task, desk.spec), agent, desk.sandbox(start)))
        report = desk.verify(held.messages, start, {"cove": task.cove_object()})
        assert (task.id, report.score) == (task.id, 1)


def test_a_refusal_by_a_cent_is_a_refusal_by_that_rule(edged):
    short = [t for t in edged["retail"] if t.edge["rule"] == "gift_card_covers_total" and not t.edge["holds"]]
    assert short
    for task in short:
        assert task.refusal is not None
        assert margin(task) == Fraction(-1, 100)


def test_a_task_is_still_fixed_by_its_index(desks, worlds, edged):
    again = Sampler(desks["clinic"], worlds["clinic"], 0, None, Dials(boundary="complete"))
    assert [again.task(i) for i in (5, 1)] == [edged["clinic"][5], edged["clinic"][1]]


def test_a_given_database_is_left_as_it_is(desks, worlds):
    desk, world = desks["airline"], worlds["airline"]
    glob = "cancel_insured"
    near = Sampler(desk, world, 0, glob, Dials(boundary="nearest", composed=0))
    plain = Sampler(desk, world, 0, glob, Dials(composed=0))
    found = [near.task(i) for i in range(3)]
    assert all(t.start == () for t in found)
    others = [e for i in range(10) for t in (plain.task(i),) for e in near.edges.met(t, world.inner)]
    typical = sorted(abs(e.margin) for e in others)[len(others) // 2]
    assert all(abs(margin(t)) < typical for t in found)


def test_what_is_compared_is_heard_and_judged_as_ever(retail, dialogues, sampler, start_of):
    heard = Comparisons(retail.spec)
    for task, dialogue in dialogues[:25]:
        start, trajectory = start_of(task).inner, read_trajectory(dialogue.messages)
        runs = [Run(program, start.fork()) for program in (retail.program, heard.program)]
        for run in runs:
            for step in trajectory.steps:
                run.step(step, [e for e in trajectory.events if e.step is step])
            run.finish()
        assert runs[0].judgements == runs[1].judgements
    assert {k for k, _, _ in heard.met} <= heard.comparisons.keys()
    assert len({k for k, _, _ in heard.met}) >= 2


def test_a_scenario_that_meets_no_comparison_has_no_such_task(desks, worlds, monkeypatch):
    monkeypatch.setattr("cove_dsl.synthesis.sample.EDGE_TRIES", 5)
    with pytest.raises(NoTask, match="edge"):
        Sampler(desks["airline"], worlds["airline"], 0, "how_many_bags", Dials(boundary="complete", composed=0)).task(0)


def test_a_change_that_breaks_the_world_is_seen(desks, worlds):
    desk, world = desks["clinic"], worlds["clinic"].inner
    patient = world.all_rows("patients")[0]
    leaf = Leaf("patients", patient["patient_id"], ("owes",))
    fine, wrong = changed(world, leaf, Fraction(1)), changed(world, leaf, Fraction(-10_000))
    assert list(changed_problems(desk.spec, fine, [("patients", leaf.key)])) == []
    assert list(changed_problems(desk.spec, wrong, [("patients", leaf.key)])) != []
    assert changed(world, leaf, Fraction(1, 3)) is None


def test_the_command_line_shows_the_edge():
    done = CliRunner().invoke(covec, ["sample", "clinic", "-n", "2", "--boundary", "--seed", "3"])
    assert done.exit_code == 0, done.output
    sides = ("$49.99 against $50.00, holds (debts_first)", "$50.01 against $50.00, does not hold (debts_first)")
    assert any(f"patient.owes <= $50: {side}" in done.output for side in sides), done.output


@pytest.mark.parametrize(
    ("value", "seconds", "wanted"),
    [
        ("2024-05-15T23:59:00Z", 60, "2024-05-16T00:00:00Z"),
        ("2024-05-15T23:59:00-05:00", 60, "2024-05-16T00:00:00-05:00"),
        ("2024-05-15 23:59:00", 60, "2024-05-16 00:00:00"),
        ("2024-05-15", 86_400, "2024-05-16"),
        ("2024-05-15", 60, None),
        ("9999-12-31", 86_400, None),
        ("0001-01-01T00:00:00", -60, None),
    ],
)
def test_a_moment_is_moved_as_it_is_written_and_no_further_than_the_calendar(value, seconds, wanted):
    assert shifted(value, Fraction(seconds)) == wanted
