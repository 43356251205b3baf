"""Which definitions come along under another name when two policies are put together."""

import sys
from collections.abc import Callable

import pytest

from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.joining import OF_OLD, join

RULE = 'rule r "…" { before call to note  require n: left%d + right%d > 0 }'
DEEP = 40


def diamonds(levels: int, least: int = 1, at: str = "left0") -> Spec:
    """Definitions in pairs, each of which uses both of the pair before it; one of the first pair comes to `least`."""
    first = [f"define {n} -> int = {least if n == at else 1}" for n in ("left0", "right0")]
    rest = [f"define {n}{i} -> int = left{i - 1} + right{i - 1}" for i in range(1, levels) for n in ("left", "right")]
    world = 'domain notes\nwrite tool note() "Notes it." {}'
    text = "\n".join((world, *first, *rest, RULE % (levels - 1, levels - 1)))
    made = Compiler().compile([("t.cove", text.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


def moved(old: Spec, new: Spec) -> set[str]:
    joint = join(old, new, True, frozenset())
    return {n.removesuffix(OF_OLD) for n in joint.spec.defines if n.endswith(OF_OLD)}


def steps_of(run: Callable[[], object], most: int) -> int:
    """How many calls of Python functions something takes; given up, with AssertionError, after so many."""
    seen = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal seen
        seen += event == "call"
        assert seen <= most, f"more than {most} calls"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return seen


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_what_uses_a_definition_that_is_another_is_another(levels):
    old = diamonds(levels)
    assert moved(old, old) == set()
    assert moved(old, diamonds(levels, 2)) == set(old.defines) - {"right0"}


def test_what_it_uses_is_not():
    assert moved(diamonds(3), diamonds(2)) == {"left2", "right2"}


def test_diamonds_of_definitions_take_no_longer_than_they_are_deep():
    """Each of a definition's two ways down once was gone on its own, and their number doubles at every level."""
    half, whole = diamonds(DEEP // 2), diamonds(DEEP)
    least = steps_of(lambda: moved(half, half), 500_000)
    assert steps_of(lambda: moved(whole, whole), 3 * least) > least


BOXES = """domain boxes
record Box { box_id: id, %s: int }
table boxes: Box key box_id
define heavy(box: Box) -> bool = box.%s > 5
define too_heavy(box: Box) -> bool = heavy(box)
write tool lift(box_id: ref boxes) -> text { return "Done" }
rule r "…" { before call to lift  let box = boxes[call.box_id] else skip  require n: not too_heavy(box) }
"""


@pytest.mark.parametrize(("field", "fits"), [("weight", True), ("size", False)])
def test_a_rule_whose_definition_reads_what_is_gone_does_not_fit(field, fits):
    old, new = (Compiler().compile([("t.cove", (BOXES % (f, f)).encode())], {}).spec for f in ("weight", field))
    assert old is not None
    assert new is not None
    assert (join(old, new, False, frozenset()).unfit == {}) is fits
