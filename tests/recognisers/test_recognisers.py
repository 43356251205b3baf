"""The recognisers on labelled turns of recorded conversations: the figures of docs/recognisers.md are held here."""

from pathlib import Path

import pytest

from .measure import Judged, figures, judged, labels
from .sampling import draws, half_of, recogniser_of

RECOGNISERS = ("gives_id", "lists", "reason", "wants_compensation", "wants_person")


@pytest.fixture(scope="module")
def found(shared_data: Path) -> dict[str, list[Judged]]:
    return judged(shared_data)


def test_labels_hold_no_text() -> None:
    rows = labels()
    assert len(rows) >= 250
    assert all(set(row) - {"call", "draw"} == {"recogniser", "file", "id", "message", "label"} for row in rows)
    assert {row["recogniser"] for row in rows} == set(RECOGNISERS)


@pytest.mark.shared
def test_labels_are_of_the_drawn_turns(shared_data: Path) -> None:
    turns = {
        (draw, recogniser_of(pool), t.file, t.id, t.message, t.call)
        for draw, pools in enumerate(draws(shared_data), 1)
        for pool, ts in pools.items()
        for t in ts
    }
    rows = [(r.get("draw", 1), r["recogniser"], r["file"], r["id"], r["message"], r.get("call")) for r in labels()]
    assert set(rows) <= turns
    assert len(set(rows)) == len(rows)


def test_a_task_that_is_not_public_is_never_tuned_on() -> None:
    assert half_of("airline", "7", frozenset()) == "report"
    halves = {half_of("airline", str(n), frozenset(map(str, range(50)))) for n in range(50)}
    assert halves == {"tune", "report"}


@pytest.mark.shared
@pytest.mark.parametrize("name", RECOGNISERS)
def test_what_it_was_tuned_on(found: dict[str, list[Judged]], name: str) -> None:
    f = figures([j for j in found[name] if j.half == "tune"])
    assert f.precision >= 0.95
    assert f.recall >= 0.8
