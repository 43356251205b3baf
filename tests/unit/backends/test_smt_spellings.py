"""Moments that are one instant may be written in two zones: no proof may take that for one text."""

import pytest

from cove_dsl.backends.smt import check_scenario
from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.pipeline import Compiler

DESK = """domain d
clock 2024-05-15T15:00:00-05:00
record Span {{ begin: datetime }}
record Box {{ box_id: id, seen: datetime, made: datetime, one: Span, two: Span, hour: time }}
table boxes: Box key box_id
define wanted(box: Box) -> bool = {condition}
scenario s "It." {{
  pick box from boxes
  require {condition}
  goal nothing
}}
"""
HERE, THERE = "2024-05-15T23:30:00-05:00", "2024-05-16T04:30:00Z"
ROW = {"box_id": "B1", "seen": HERE, "made": THERE, "one": {"begin": HERE}, "two": {"begin": THERE}, "hour": "10:00"}


def compiled(condition):
    found = Compiler().compile([("t.cove", DESK.format(condition=condition).encode())], {})
    assert found.spec is not None, found.errors
    return found.spec


@pytest.mark.parametrize(
    "condition",
    [
        "box.seen == box.made and time_of(box.seen) != time_of(box.made)",
        "box.seen == box.made and date_of(box.seen) < date_of(box.made)",
        "box.seen == box.made and text(box.seen) != text(box.made)",
        "box.one.begin == box.two.begin and [box.one] != [box.two]",
        "box.one.begin == box.two.begin and box.one != box.two",
        "box.hour == 10:00:00 and text(box.hour) != text(10:00:00)",
    ],
)
def test_what_two_zones_make_true_is_not_refuted(condition):
    spec = compiled(condition)
    judge = Evaluator(spec, MemoryWorld(spec, {"boxes": {"B1": ROW}}))
    assert judge.condition(spec.defines["wanted"].body, {"box": ROW}) is True
    assert check_scenario(spec, spec.scenarios["s"]).status != "unsat"


@pytest.mark.parametrize(
    "condition",
    [
        "box.seen == box.made and box.seen < box.made",
        "(if boxes[box.box_id] is present then date_of(box.seen) != date_of(boxes[box.box_id].seen) else false)",
        "box.one == box.two and box.one.begin != box.two.begin",
        "[box.seen] == [box.made] and box.seen != box.made",
        "box.seen == box.made and [box.seen] != [box.made]",
        "box.seen == box.made and box.seen not in [box.made]",
    ],
)
def test_what_no_zone_makes_true_is_still_refuted(condition):
    spec = compiled(condition)
    assert check_scenario(spec, spec.scenarios["s"]).status == "unsat"
