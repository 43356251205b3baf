"""What a scenario or a tool works out from nothing: a story may lead there, and none begins there."""

import json

from click.testing import CliRunner, Result

from cove_dsl.tools.cli import covec

DESK = """domain boxes
record Box { box_id: id, weight: decimal?, share: int }
table boxes: Box key box_id
write tool weigh(box_id: ref boxes) -> text "Weighs a share of a box." {
  let box = boxes[box_id]  else fail "no such box"
  set box.weight = 10 / box.share
  return "done"
}
scenario called "Somebody wants it weighed." {
  pick box from boxes where .share == 0
  goal weigh(box.box_id)
}
scenario given "Somebody wants what was weighed weighed again." {
  pick box from boxes where .share == 0
  given { set box.weight = 10 / box.share }
  goal weigh(box.box_id)
}
"""


def solve(tmp_path, *options: str) -> Result:
    path = tmp_path / "boxes.cove"
    path.write_text(DESK)
    return CliRunner().invoke(covec, ["solve", str(path), *options])


def test_a_change_to_what_is_not_known_is_written_as_such(tmp_path):
    done = solve(tmp_path, "--scenario", "called", "--format", "json")
    assert done.exit_code == 0, done.output
    (change,) = json.loads(done.stdout.splitlines()[0])["witness"]["changes"]
    assert change["after"] == {"unknown": True}


def test_no_database_begins_with_what_is_not_known(tmp_path):
    done = solve(tmp_path, "--scenario", "given")
    assert done.exit_code == 3, done.output
    assert "`given` stays undecided" in done.output
    assert "what is given is not known" in done.output
