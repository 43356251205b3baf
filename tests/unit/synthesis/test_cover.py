"""Tasks chosen for the conditions that they put to the test: more of them, and still fixed by seed and index."""

import json

import pytest
from click.testing import CliRunner

from cove_dsl.synthesis import cover
from cove_dsl.synthesis.cover import Rehearsal
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.sample import NoTask, Sampler
from cove_dsl.tools.cli import covec


def exercised(desk, world, dials, seed, n):
    sampler = Sampler(desk, world, seed, None, dials)
    rehearsal = Rehearsal(sampler)
    return set().union(*(rehearsal.sides(sampler.task(i)) for i in range(n)))


@pytest.mark.parametrize("seed", [0, 1])
def test_as_many_tasks_put_more_to_the_test(retail, sampler, seed):
    plain, chosen = (exercised(retail, sampler.world, d, seed, 14) for d in (Dials(), Dials(cover=True)))
    assert len(chosen) >= len(plain) + 5


def test_a_task_is_still_fixed_by_its_index(retail, sampler, monkeypatch):
    monkeypatch.setattr(cover, "ROUND", 5)
    one, other = (Sampler(retail, sampler.world, 3, None, Dials(cover=True)) for _ in range(2))
    tasks = [one.task(i) for i in range(8)]
    assert [other.task(i) for i in (6, 2, 7, 3)] == [tasks[i] for i in (6, 2, 7, 3)]
    plain = Sampler(retail, sampler.world, 3)
    assert [t.id for t in tasks] != [plain.task(i).id for i in range(8)]


def test_each_round_begins_with_nothing_covered(retail, sampler, monkeypatch):
    monkeypatch.setattr(cover, "ROUND", 2)
    found = Sampler(retail, sampler.world, 0, None, Dials(cover=True))
    for i in range(3):
        found.task(i)
    assert found._chooser.covered == found._chooser.rehearsal.sides(found.task(2))


def test_what_cannot_be_drawn_is_said(retail, sampler):
    task = Sampler(retail, sampler.world, 0, "cancel_by_number").task(0)
    avoid = {s for i in range(1) for s in cover_signatures(task)}
    none = Sampler(retail, sampler.world, 0, "cancel_by_number", Dials(cover=True, avoid=frozenset(avoid)))
    assert none.task(0).id != task.id
    nobody = Sampler(retail, type(sampler.world)(retail.program, _empty(retail)), 0, None, Dials(cover=True))
    with pytest.raises(NoTask):
        nobody.task(0)


def cover_signatures(task):
    from cove_dsl.synthesis.dials import signatures

    return signatures(task.accept)


def _empty(retail):
    from cove_dsl.world.state import world_of

    return world_of({"users": {}, "orders": {}, "products": {}}, retail.program)


def test_a_run_of_such_tasks_is_held_and_says_so(tmp_path):
    words = ["synth", "retail", "-n", "3", "--cover", "-o", str(tmp_path / "run")]
    done = CliRunner().invoke(covec, words)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "run/manifest.json").read_text())["dials"]["cover"] is True
    other = CliRunner().invoke(covec, [w for w in words if w != "--cover"])
    assert other.exit_code == 2
