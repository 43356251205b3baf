"""`affirms` on recorded conversations, against labels made by reading.

The word lists were tuned on even-numbered records, the bounds below hold on the odd-numbered ones. One round of changes
came after a first look at 206 of the odd labels, and two of its patterns ("can we" as a question, "that's not correct"
as a correction) because of them. The other 180 were unseen till then and changed nothing: precision 0.95, recall 0.99.

Measured on the odd half: of all 386 labelled messages precision 0.95, recall 0.99; of the 327 of them that were
followed by a call, precision 0.97, recall 0.99. Labels name a message and hold no text.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cove_dsl.backends.python.runtime.language import affirms

LABELS = Path(__file__).parents[2] / "data" / "labels_affirms.jsonl"

Judged = tuple[bool | None, bool | None]
Records = dict[str, list[dict[str, object]]]

pytestmark = pytest.mark.shared


def _labels() -> list[dict[str, object]]:
    return [json.loads(line) for line in LABELS.read_text().splitlines()]


def _odd_records(folder: Path, file: str) -> Records:
    with (folder / file).open(encoding="utf-8") as lines:
        odd = [json.loads(line) for at, line in enumerate(lines) if at % 2 == 1]
    return {record["id"]: record["messages"] for record in odd}


def _precedes_call(messages: list[dict[str, object]], at: int) -> bool:
    return at + 1 < len(messages) and bool(messages[at + 1].get("tool_calls"))


def _judged(folder: Path, only_before_calls: bool) -> Iterator[Judged]:
    labels = _labels()
    files = {str(label["file"]) for label in labels}
    records = {file: _odd_records(folder / "trajectories", file) for file in files}
    for label in labels:
        messages = records[str(label["file"])].get(str(label["id"]))
        at, truth = int(str(label["message"])), label["label"]
        if messages and (not only_before_calls or _precedes_call(messages, at)):
            yield (truth if isinstance(truth, bool) else None), affirms(str(messages[at]["content"]))


def _figures(judged: list[Judged]) -> tuple[float, float]:
    hits = sum(truth is True and said is True for truth, said in judged)
    said_yes = sum(said is True for _, said in judged)
    were_yes = sum(truth is True for truth, _ in judged)
    return hits / said_yes, hits / were_yes


def test_labels_are_enough_and_hold_no_text() -> None:
    labels = _labels()
    assert len(labels) >= 150
    assert all(set(label) == {"file", "id", "message", "label"} for label in labels)


@pytest.mark.parametrize(("only_before_calls", "least_precision"), [(False, 0.94), (True, 0.96)])
def test_a_yes_is_recognised(shared_data: Path, only_before_calls: bool, least_precision: float) -> None:
    judged = list(_judged(shared_data, only_before_calls))
    precision, recall = _figures(judged)
    assert len(judged) >= 150
    assert precision >= least_precision
    assert recall >= 0.97


def test_a_no_is_never_said_of_a_yes(shared_data: Path) -> None:
    assert (True, False) not in list(_judged(shared_data, only_before_calls=False))
