"""The retail desk against recorded reality: every sequence, every gold task, and every small damage to a gold task."""

import json
from pathlib import Path

import pytest

from tests.differential import recorded as shared
from tests.differential.recorded import Recorded

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def retail(shared_data: Path) -> Recorded:
    return Recorded.of("retail", shared_data)


def test_every_recorded_sequence_is_replayed_exactly(retail: Recorded) -> None:
    assert shared.check_sequences(retail) == 1200


def test_gold_calls_leave_the_recorded_world(retail: Recorded) -> None:
    assert shared.check_gold_worlds(retail) == 74


def test_gold_meets_its_own_goal(retail: Recorded) -> None:
    assert shared.check_gold_goals(retail) == 74


# Gold that contains writes without effect: dropping or changing one of them changes nothing.
NO_OP_GOLD = {
    "22": "the default address is changed and changed back: the last write counts",
    "110": "an address is written that the profile already holds",
    "105": "the gold exchange itself fails, so no variation of it changes anything",
}


def test_every_damage_to_gold_is_noticed(retail: Recorded) -> None:
    counts = shared.check_damages(retail, NO_OP_GOLD)
    print(json.dumps(dict(sorted(counts.items()))))
    assert counts.total() > 600


def test_end_states_agree_with_the_benchmark(retail: Recorded) -> None:
    assert shared.check_end_states(retail) >= 154
