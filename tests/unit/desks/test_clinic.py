"""The clinic: a desk that owes nothing to a benchmark. Every rule is shown broken, every scenario can be played."""

from collections import Counter
from pathlib import Path

import pytest

from cove_dsl.backends.smt import check_scenario
from cove_dsl.synthesis.run import Order, synthesize
from cove_dsl.world.desk import Desk, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.spectest import run_tests


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load("clinic")


def test_its_tests_pass_and_break_every_rule(desk: Desk):
    results = run_tests(desk)
    assert all(t.passed for t in results)
    shown = {v: {j.rule for t in results for j in t.judgements if j.verdict == v}
             for v in ("satisfied", "violated", "attempted")}  # fmt: skip
    own = {r for r in desk.spec.rules if desk.spec.rules[r].when != "judged"}
    house = {"one_user", "one_at_a_time", "nothing_invented", "hand_over_line"}
    assert own - house <= shown["violated"] | shown["attempted"]
    assert own - house <= shown["satisfied"]


def test_every_scenario_can_be_met(desk: Desk):
    found = [check_scenario(desk.spec, s) for s in desk.spec.scenarios.values()]
    assert [f.scenario for f in found if not f.expected] == []
    assert Counter(f.status for f in found) == {"sat": 5, "unsat": 3}  # what is refused cannot be had
    assert len(desk.spec.scenarios) == 8


@pytest.mark.parametrize(("n", "seed"), [(60, 0), pytest.param(100, 1, marks=pytest.mark.long)])
def test_dialogues_verify_at_score_one(desk: Desk, tmp_path: Path, n: int, seed: int):
    summary = synthesize(Order(desk, generate_world(desk.spec, seed), n, seed), tmp_path / "run")
    assert summary["verdicts"] == {"satisfied": n}
    from cove_dsl.synthesis.store import FinishedRun

    rows = list(FinishedRun(tmp_path / "run").rows())
    assert Counter(r["report"]["score"] for r in rows) == {1: n}
    assert len({tuple(r["cove"]["scenario"]) for r in rows}) == 8
