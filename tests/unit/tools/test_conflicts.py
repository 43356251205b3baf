"""`covec solve --all-cores`: conflicts are told apart by where they stand."""

from click.testing import CliRunner

from cove_dsl.tools.cli import covec

DESK = """domain boxes
record Box { box_id: id, parts: int }
table boxes: Box key box_id
write tool shut(box_id: ref boxes) -> text "Shuts a box." { return "done" }
rule full "A box that is shut is full." {
  before call to shut
  let box = boxes[call.box_id]  else skip
  require box.parts > 5
}
rule heavy "A box that is shut is heavy." {
  before call to shut
  let box = boxes[call.box_id]  else skip
  require box.parts > 5
}
scenario s "…" {
  pick box from boxes where .parts < 3
  goal shut(box.box_id)
}
"""


def test_conflicts_that_read_alike_stand_at_their_lines(tmp_path):
    path = tmp_path / "boxes.cove"
    path.write_text(DESK)
    told = CliRunner().invoke(covec, ["solve", str(path), "--all-cores"]).stdout.splitlines()
    assert [line.strip() for line in told if "box.parts > 5" in line] == [
        f"rule: box.parts > 5 · {path}:{line}" for line in (8, 13)
    ]
