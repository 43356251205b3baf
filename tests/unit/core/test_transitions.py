"""The shop's tools against what its own system was recorded to do."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import islice

import pytest

from cove_dsl.core.interpreter import Interpreter
from cove_dsl.core.memory_world import MemoryWorld

TOLERANCE = Decimal("0.005")


def alike(found, recorded):
    """Equal but for a rounding error; null is absent, and a number may be written as text."""
    if isinstance(found, dict) and isinstance(recorded, dict):
        return all(alike(found.get(k), recorded.get(k)) for k in found.keys() | recorded.keys())
    if isinstance(found, list) and isinstance(recorded, list):
        return len(found) == len(recorded) and all(map(alike, found, recorded))
    if isinstance(recorded, int | Decimal) and not isinstance(recorded, bool):
        number = Decimal(found) if isinstance(found, str) else found
        return isinstance(number, int | Decimal | Fraction) and abs(number - recorded) <= TOLERANCE
    return found == recorded


@pytest.mark.shared
def test_the_first_hundred_recorded_sequences(shared_data, retail):
    folder = shared_data / "retail"
    state = json.loads((folder / "db.json").read_text(), parse_float=Decimal)
    counted = {True: 0, False: 0}
    with (folder / "transitions.jsonl").open() as lines:
        for record in (json.loads(line, parse_float=Decimal) for line in islice(lines, 100)):
            interpreter = Interpreter(retail, MemoryWorld(retail, state))
            for call in record["calls"]:
                found = interpreter.call(call["name"], call["arguments"])
                result = found.value if found.ok else found.text
                assert (found.ok, alike(result, call["result"])) == (call["ok"], True), (record["id"], call, result)
                counted[found.ok] += 1
    assert min(counted.values()) > 20
