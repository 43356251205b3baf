"""The third leg: what the solver's encoding says of trajectories whose facts are pinned, against reference and checker.

pytest -q tests/differential/test_solver.py             seconds
pytest -q -s -m long tests/differential/test_solver.py  a hundred thousand pairs, then every mutant; prints what it saw

The long run uses every core. COVE_SHARD=2/4 takes the second of four parts, COVE_DESKS how many desks there are in all.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import define, field

from . import scenes, solver
from .campaign import added_up, shard, unnoticed
from .encoder_mutants import NAMES, misencoded
from .machine import desk_of, make_desk
from .test_checker import KINDS, VERDICTS, kinds_of
from .wider import WIDE

LEAST = 0.01
SECONDS = 3  # of computing, for one scene; chance writes desks whose lists double at every call
SHAPES, FILLINGS = 4, 12
TRIES = 3  # shapes, until one can be written down


@define
class Count:
    """What a campaign saw."""

    desks: int = 0
    scenes: int = 0
    rules: int = 0
    rules_left_out: int = 0
    pairs: int = 0
    whole: int = 0
    seen: Counter[str] = field(factory=Counter)
    refused: Counter[str] = field(factory=Counter)
    skipped: Counter[str] = field(factory=Counter)
    wrong: list[str] = field(factory=list)

    def __add__(self, other: "Count") -> "Count":
        return Count(*(getattr(self, name) + getattr(other, name) for name in Count.__slots__ if name[0] != "_"))


class TooLarge(BaseException):
    """A scene is given up; no handler for errors may take this for one."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLarge

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1)  # again, should the first be raised where none can be
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def compared(start: int, stop: int, shapes: int, fillings: int) -> Count:
    """Desks from seeds, each with so many shapes of conversation and fillings of these."""
    count = Count()
    for seed in range(start, stop):
        desk = make_desk(seed)
        if desk is None:
            continue
        count.desks += 1
        for n in range(shapes):
            try:
                with at_most(SECONDS):
                    _compare_scene(desk, seed, n, fillings, count)
            except TooLarge:
                count.refused["a scene that takes too long to write down"] += 1
    return count


def _compare_scene(desk: Any, seed: int, n: int, fillings: int, count: Count) -> None:
    shapes = (scenes.shape_of(desk, seed * 100 + n + 10 * again) for again in range(TRIES))
    scene = next(filter(None, (scenes.encodable(desk, shape, count.refused) for shape in shapes)), None)
    if scene is None:
        return
    made = list(solver.cases(scene, seed * 10_000 + n * 100, fillings, count.skipped))
    answers = solver.ask(scene, [case for _, case in made])
    count.scenes += 1
    count.rules += len(scene.rules)
    count.rules_left_out += sum(r.when != "judged" for r in desk.spec.rules.values()) - len(scene.rules)
    kinds = kinds_of(desk)
    for (which, case), answer in zip(made, answers, strict=True):
        if answer == solver.UNDECIDED:
            count.skipped[answer] += 1
            continue
        checked = solver.checker_differs(scene, case)
        if checked is None:
            count.skipped["a result that JSON shows otherwise"] += 1
            continue
        found = [*([answer] if answer else []), *checked]
        count.wrong += [f"desk {seed}, shape {n}, filling {which}: {text}" for text in found]
        if case.reading.judgements:
            count.pairs += 1
            count.whole += case.reading.whole
            count.seen.update(kinds)
            count.seen.update({j.verdict for j in case.reading.judgements})


def test_some_hundred_pairs() -> None:
    count = compared(31, 44, 2, 10)
    assert count.wrong == []
    assert count.pairs >= 150
    assert count.whole >= count.pairs / 4
    assert count.pairs - count.whole >= count.pairs / 20
    assert all(count.seen[v] >= LEAST * count.pairs for v in VERDICTS), count.seen
    assert count.skipped[solver.UNDECIDED] <= LEAST * count.pairs
    assert count.rules_left_out <= 0.05 * count.rules, count.refused


def test_what_plain_desks_never_say() -> None:
    count = compared(WIDE, WIDE + 10, 2, 5)
    assert count.wrong == []
    assert count.pairs >= 30


ONCE_DIFFERED = {
    "the instant of a value that may be missing": (3205, 2, 12),
    "the time of day in a zone that is not the clock's, by a name": (1718, 1, 8),
    "the time of day in a zone that is not the clock's, moved": (3414, 1, 12),
    "the same, of a row that is shown": (3414, 0, 12),
    "an order by what is worked out from nothing, of a list that may be empty": (198, 2, 9),
    "a list with an item that is worked out from nothing, counted against another": (2457, 1, 12),
    "a rule by way of which another takes something unknown for granted": (2823, 2, 12),
    "the order of an empty list, gathered from the conversation": (3487, 2, 5),
}


@pytest.mark.parametrize(("desk", "shape", "pairs"), ONCE_DIFFERED.values(), ids=ONCE_DIFFERED)
def test_what_once_differed(desk: int, shape: int, pairs: int) -> None:
    count = Count()
    _compare_scene(make_desk(desk), desk, shape, FILLINGS, count)
    assert count.wrong == []
    assert count.pairs == pairs


NOT_THERE_YET = """
domain boxes
clock 2024-05-15
record Part { name: text }
record Box { box_id: id, parts: list[Part] }
table boxes: Box key box_id
tool look(box_id: ref boxes, names: list[text]) -> Box "Shows a box." {
  let box = boxes[box_id] else fail "No such box"
  return box
}
rule complete "All of them." {
  before call to look
  let parts = call.result?.parts  else unknown
  require named: same_items(call.names, parts.name)
}
"""


def test_a_field_of_every_item_of_what_is_not_there_yet_is_not_known() -> None:
    desk, count = desk_of(NOT_THERE_YET), Count()
    assert desk is not None
    for shape in range(3):
        _compare_scene(desk, 1, shape, FILLINGS, count)
    assert count.wrong == []
    assert count.seen["unknown"] >= 10


def test_what_once_differed_would_be_noticed() -> None:
    count = Count()
    with misencoded("every time is the clock's"):
        _compare_scene(make_desk(1718), 1718, 1, FILLINGS, count)
    assert count.wrong


# --- mistakes ---------------------------------------------------------------------------------------------------------


def noticed(name: str, seeds: range, enough: Callable[[int], bool] = lambda found: False) -> tuple[int, int]:
    """How many pairs show a mistake in the encoding, of how many. An error is no disagreement: it is raised."""
    found = tried = 0
    for seed in seeds:
        desk = make_desk(seed)
        for n in range(2) if desk is not None and not enough(found) else ():
            assert desk is not None
            try:
                with misencoded(name), at_most(SECONDS):
                    count = Count()
                    _compare_scene(desk, seed, n, 3, count)
                    found, tried = found + len(count.wrong), tried + count.pairs
            except TooLarge:
                continue
    return found, tried


@pytest.mark.parametrize(
    "name",
    ["less is at most", "the present is past", "failed calls leave traces", "when is passed"],
)
def test_some_mistakes_are_noticed(name: str) -> None:
    assert noticed(name, range(31, 70), lambda found: found > 0)[0]


# --- the campaign -----------------------------------------------------------------------------------------------------


def _share(bounds: tuple[int, int]) -> Count:
    return compared(*bounds, SHAPES, FILLINGS)


@pytest.mark.long
def test_a_hundred_thousand_pairs() -> None:
    part, parts = shard()
    step = 10
    plain, wide = int(os.environ.get("COVE_DESKS", "3600")), int(os.environ.get("COVE_WIDE", "600"))
    starts = [*range(0, plain, step), *range(WIDE, WIDE + wide, step)]
    bounds = [(s, s + step) for s in starts][part - 1 :: parts]
    count = added_up(_share, bounds, Count())
    told(count)
    assert count.wrong == []
    assert count.desks >= 2_000 / parts * 0.95
    assert count.pairs >= 100_000 / parts * 0.95
    assert count.skipped[solver.UNDECIDED] <= 2 * LEAST * count.pairs
    assert all(count.seen[v] >= LEAST * count.pairs for v in (*VERDICTS, *KINDS)), count.seen


def told(count: Count) -> None:
    print(f"\n{count.desks} specifications, {count.scenes} shapes of conversations, {count.rules} rules written down")
    print(f"{count.pairs} pairs that are not trivial ({count.whole} wholly known, {count.pairs - count.whole} partly)")
    for name in (*VERDICTS, *KINDS):
        print(f"  {name:10} in {count.seen[name] / max(count.pairs, 1):6.1%}")
    print(f"refused by the encoding, {count.rules_left_out} rules of {count.rules + count.rules_left_out} among it:")
    for what, many in count.refused.most_common():
        print(f"  {many:6} {what}")
    print("fillings left out:")
    for what, many in count.skipped.most_common():
        print(f"  {many:6} {what}")
    print(f"{len(count.wrong)} disagreements")
    print("".join(f"  {text}\n" for text in count.wrong[:50]))


def _mutant(name: str) -> tuple[str, int, int]:
    return name, *noticed(name, range(400), lambda found: found >= 5)


@pytest.mark.long
def test_every_mistake_is_noticed() -> None:
    assert unnoticed(_mutant, NAMES, "noticed in {many} of {tried} pairs") == []
