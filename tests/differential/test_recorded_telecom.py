"""The telecom desk against recorded reality: every sequence, every gold task, every compared end."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from cove_dsl.world.conversations import CallSequence, Record, read_records
from cove_dsl.world.verify import verify_record
from tests.differential import recorded as shared
from tests.differential.recorded import Recorded

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def telecom(shared_data: Path) -> Recorded:
    return Recorded.of("telecom", shared_data)


class OneProcess:
    """The recording process: it has one VPN profile for all phones, which the first set-up of a slow VPN spoils."""

    def __init__(self) -> None:
        self.spoilt: Any = None

    def __call__(self, sequence: CallSequence) -> CallSequence:
        start = list(sequence.start or ())
        self.spoilt = self.spoilt or dict(start).get("/user/device/vpn_details")
        return evolve(sequence, start=[*start, ("/user/vpn_profile", self.spoilt)] if self.spoilt else start)


def test_every_recorded_sequence_is_replayed_exactly(telecom: Recorded) -> None:
    assert shared.check_sequences(telecom, OneProcess()) == 588


def test_gold_calls_leave_the_recorded_world(telecom: Recorded) -> None:
    """The benchmark runs gold without what follows each real call."""
    assert shared.check_gold_worlds(telecom, sync=False) == 74


def test_end_states_agree_with_the_benchmark(telecom: Recorded) -> None:
    assert shared.check_end_states(telecom, sync_plans=False) == 100


def test_rewards_agree_with_the_benchmark(telecom: Recorded) -> None:
    """Assertions, actions and how a conversation ended: the whole reward, recomputed for every record."""
    count = 0
    for file in telecom.conversations:
        for record, line in zip(read_records(file), shared.lines(file), strict=True):
            assert isinstance(record, Record)
            row = verify_record(telecom.desk.program, telecom.world.inner, record, frozenset())
            met = all(check["met"] for check in line["reward_info"]["env_assertions"])
            assert (row["outcome"]["asserted"] == "met") is met, record.id
            assert row["outcome"]["benchmark_reward"] == record.recorded_reward, record.id
            assert row["world"]["mismatches"] == [], record.id
            count += 1
    assert count == 100


def test_gold_that_is_followed_like_real_calls_finds_more_good_ends(telecom: Recorded) -> None:
    """With `sync` after gold calls too, ends count as reached in which the phone has noticed what the account did. The
    benchmark calls them different; none that it calls equal is lost."""
    found = [(state == "met", record.db_match) for record, state in shared.end_states(telecom)]
    assert sum(ours is theirs for ours, theirs in found) == 78
    assert (found.count((True, False)), found.count((False, True))) == (22, 0)
