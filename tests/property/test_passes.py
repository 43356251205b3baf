"""What a pass must keep: a specification survives being written down and read again."""

import pytest

from cove_dsl.core.codec import from_json, to_json
from tests.differential.machine import compiled
from tests.differential.strategies import write_desk


@pytest.mark.parametrize("start", range(0, 100, 10))
def test_written_and_read_again(start):
    specs = [spec for seed in range(start, start + 10) if (spec := compiled(write_desk(seed))) is not None]
    assert len(specs) >= 5
    for spec in specs:
        text = to_json(spec)
        assert from_json(text) == spec
        assert to_json(from_json(text)) == text
