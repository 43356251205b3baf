"""What the back ends write for the bundled desks is what was reviewed."""

import pytest

from tests.golden.regenerate import DESKS, GOLDEN, emitted


@pytest.mark.parametrize("desk", DESKS)
def test_emission_is_golden(desk: str) -> None:
    folder = GOLDEN / desk
    fresh = emitted(desk)
    paths = {*fresh, *(f"user/{p.name}" for p in (folder / "user").glob("*.md"))}
    kept = {p: (folder / p).read_text(encoding="utf-8") for p in paths if (folder / p).is_file()}
    changed = sorted(path for path in kept.keys() | fresh.keys() if kept.get(path) != fresh.get(path))
    assert not changed, f"run `python -m tests.golden.regenerate` and review: {', '.join(changed)}"
