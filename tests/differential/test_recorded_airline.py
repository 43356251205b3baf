"""The airline desk against recorded reality: every sequence, every gold task, and every small damage to a gold task."""

import json
from pathlib import Path

import pytest

from tests.differential import recorded as shared
from tests.differential.recorded import Recorded

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def airline(shared_data: Path) -> Recorded:
    return Recorded.of("airline", shared_data)


def test_every_recorded_sequence_is_replayed_exactly(airline: Recorded) -> None:
    assert shared.check_sequences(airline) == 1000


def test_gold_calls_leave_the_recorded_world(airline: Recorded) -> None:
    assert shared.check_gold_worlds(airline) == 30


def test_gold_meets_its_own_goal(airline: Recorded) -> None:
    assert shared.check_gold_goals(airline) == 30


def test_gold_breaks_no_rule_about_the_world(airline: Recorded) -> None:
    counts = shared.check_gold_keeps_contracts(airline)
    assert len(counts) == 17
    assert counts.total() == 65


def test_every_damage_to_gold_is_noticed(airline: Recorded) -> None:
    counts = shared.check_damages(airline, {})
    print(json.dumps(dict(sorted(counts.items()))))
    assert counts.total() == 160


def test_end_states_agree_with_the_benchmark(airline: Recorded) -> None:
    assert shared.check_end_states(airline) == 249


def test_rewards_agree_with_the_benchmark(airline: Recorded) -> None:
    assert shared.check_rewards(airline) == {"same": 255}


def test_recorded_results_are_the_desks_own(airline: Recorded) -> None:
    """Three calls gave the tool lists of the wrong shape; the environment's words for that are its validator's."""
    found = shared.mismatches(airline)
    assert len(found) == 3
    assert all("validation error" in m["recorded"] for m in found)
    assert {m["expected"] for m in found} == {"argument `payment_methods` must be list[Payment]"}
