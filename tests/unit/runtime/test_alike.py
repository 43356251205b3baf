"""What counts as one value in a record: another spelling does, another value does not."""

from decimal import Decimal

import pytest

from cove_dsl.backends.python.runtime.likeness import alike


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("2 GB at $2.0/GB", "2.0 GB at $2/GB"),
        ("0.30000000000000004", "0.3"),
        ("2025-01-15T10:30:00", "2025-01-15 10:30:00"),
        ("12.5", Decimal("12.50")),
    ],
)
def test_another_spelling(a, b):
    assert alike(a, b)
    assert alike(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("2 GB", "3.0 GB"),
        ("2 GB", "2.0 MB"),
        ("B1001", "B1001.0"),
        ("1.2.3", "1.2.30"),
        ("007", "7"),
        ("2025-01-15T10:30:00", "2025-01-15 10:31:00"),
        ("a T b", "a   b"),
        ("1.5", ""),
        ("2 GB at $2.0/GB", " GB at $/GB"),
        ("1.5 or 2", "1.5or "),
    ],
)
def test_another_value(a, b):
    assert not alike(a, b)
    assert not alike(b, a)
