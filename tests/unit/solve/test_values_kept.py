"""What one call changes is not what another was asked with, nor what another place holds: proofs and small worlds agree
with the reference that a value is copied where it is kept."""

import pytest

from cove_dsl.backends.smt import Budget, check_scenario
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.errors import REPLAYED
from cove_dsl.solve.scenarios import ask_scenario

BOXES = """domain boxes
record Addr { city: text, zip: text }
record Box { box_id: id, open: bool, home: Addr, spare: Addr?, tags: list[text], sizes: map[id, int] }
table boxes: Box key box_id
write tool unlock(box_id: ref boxes "Box.") -> bool "Opens." {
  let box = boxes[box_id] else fail "none"
  set box.open = true
  return true
}
write tool rezip(box_id: ref boxes "Box.", zip: text "Zip.") -> bool "Moves." {
  let box = boxes[box_id] else fail "none"
  set box.home.zip = zip
  insert "moved" into box.tags
  set box.sizes["moved"] = 1
  return true
}
write tool lend(box_id: ref boxes "Box.", was_shut: bool "Whether it was shut.") -> bool "Lends." {
  let box = boxes[box_id] else fail "none"
  require box.open and was_shut else fail "no"
  return true
}
write tool ship(box_id: ref boxes "Box.", to: Addr "Where to.") -> bool "Ships." {
  let box = boxes[box_id] else fail "none"
  require box.home.zip == "new" and to.zip != "new" else fail "no"
  return true
}
write tool mark(box_id: ref boxes "Box.", tags: list[text] "Tags.", sizes: map[id, int] "Sizes.") -> bool "Marks." {
  let box = boxes[box_id] else fail "none"
  require count(box.tags) == 1 and count(tags) == 0 else fail "no"
  require "moved" not in keys(sizes) else fail "no"
  return true
}
"""


def spec_of(text: str):
    found = Compiler().compile([("t.cove", (BOXES + text).encode())], {})
    assert found.spec is not None, [p.message for p in found.problems]
    return found.spec


@pytest.mark.parametrize(
    "goals",
    [
        "goal unlock(box.box_id)  goal lend(box.box_id, not box.open)",
        'goal rezip(box.box_id, "new")  goal ship(box.box_id, box.home)',
        'let home = box.home  goal rezip(box.box_id, "new")  goal ship(box.box_id, home)',
        'goal rezip(box.box_id, "new")  goal mark(box.box_id, box.tags, box.sizes)',
        "goal unlock(box.box_id)  goal lend(box.box_id, true) when not box.open",
        "goal unlock(box.box_id)  goal lend(box.box_id, shut) for any shut in [not box.open]",
    ],
)
def test_goals_ask_with_what_there_was_before_the_first_call(goals):
    spec = spec_of(f"scenario s {{ pick box from boxes  {goals} }}")
    assert check_scenario(spec, spec.scenarios["s"], Budget()).status == "sat"
    answer = ask_scenario(spec, spec.scenarios["s"])
    assert (answer.status, answer.argument) == ("sat", REPLAYED), answer.doubt


@pytest.mark.parametrize(
    "changes",
    [
        # two places that took one new record
        'let made = Addr(city: "c", zip: "z")  set a.home = made  set b.home = made  set a.home.zip = "n"\n'
        '  require b.home.zip == "z"',
        # what was copied once is copied again
        'set a.home = Addr(city: "c", zip: "z")  set b.home = a.home  set a.home = b.home  set a.home.zip = "n"\n'
        '  require b.home.zip == "z"',
        # what may be absent
        'set b.spare = Addr(city: "c", zip: "z")  set a.spare = b.spare  let mine = b.spare else fail "gone"\n'
        '  set mine.zip = "n"  let its = a.spare else fail "gone"  require its.zip == "z"',
        # an argument
        'set a.home = to  set b.home = to  set a.home.zip = "n"  require b.home.zip != "n"',
    ],
)
def test_what_a_place_holds_is_its_own(changes):
    spec = spec_of(
        'write tool both(one: ref boxes "One.", other: ref boxes "Other.", to: Addr "Where to.") -> bool "Both." {\n'
        '  let a = boxes[one] else fail "none"  let b = boxes[other] else fail "none"\n'
        f'  require one != other else fail "same"\n  {changes} else fail "not its own"\n  return true\n}}\n'
        "scenario s { pick one from boxes  pick other from boxes where .box_id != one.box_id\n"
        '  goal both(one.box_id, other.box_id, Addr(city: "c", zip: "y")) }'
    )
    assert check_scenario(spec, spec.scenarios["s"], Budget()).status == "sat"
    assert ask_scenario(spec, spec.scenarios["s"]).status != "unsat"
