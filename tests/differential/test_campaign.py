"""That a campaign ends, whatever becomes of one of its shares."""

import os
from collections import Counter
from concurrent.futures.process import BrokenProcessPool

import pytest

from .campaign import added_up, shard


class Fussy(Exception):
    """An error that cannot be sent to another process."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def counted(number: int) -> Counter[int]:
    return Counter([number])


def fussy(number: int) -> Counter[int]:
    raise Fussy("no", " way")


def dies(number: int) -> Counter[int]:
    os._exit(1)


def test_shares_are_added_up() -> None:
    assert added_up(counted, [1, 2, 1], Counter[int]()) == {1: 2, 2: 1}


def test_what_a_share_raises_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"7: Traceback(.|\n)*Fussy: no way"):
        added_up(fussy, [7, 8], Counter[int]())


def test_a_share_that_dies_is_not_waited_for() -> None:
    with pytest.raises(BrokenProcessPool):
        added_up(dies, [7, 8], Counter[int]())


def test_a_part_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVE_SHARD", "2/4")
    assert shard() == (2, 4)
    monkeypatch.delenv("COVE_SHARD")
    assert shard() == (1, 1)
