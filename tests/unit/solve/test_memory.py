"""What definitions come to is worked out once, and anew where anything has changed that they look at: the questions are
the same texts as without a memory."""

import pytest

from cove_dsl.backends.smt.bounded.around import binding
from cove_dsl.backends.smt.bounded.memory import Memory
from cove_dsl.backends.smt.bounded.questions import Question
from cove_dsl.backends.smt.bounded.world import Bounds

SHELVES = """record Size  { high: int, wide: int }
record Shelf { shelf_id: id, size: Size, tins: map[id, int], label: text }
record Light { on: bool, tone: text }
table shelves: Shelf key shelf_id
state light: Light
"""
DEFINES = """invariant tall "A shelf is high." = all_high()
define all_high() -> bool = every(s.size.high > 0 for s in shelves)
define height(s: Shelf) -> int = s.size.high
define tins(s: Shelf) -> int = sum(values(s.tins))
define lit() -> bool = light.on
define many() -> int = count(shelves)
define twins(s: Shelf) -> bool = some (shelves where .shelf_id != s.shelf_id and .size == s.size)
define asked() -> int = count(earlier call to change)
"""
TOOL = """write tool change(shelf_id: ref shelves, other: id) -> text "Changes." {{
  let s = shelves[shelf_id] else fail "none"
  require {before} else fail "before"
  {change}
  require {after} else fail "after"
  return "done"
}}
rule r "…" {{ after ok call to change  let s = shelves[call.shelf_id] else skip  require r: {after} }}
rule q "…" {{ before call to change  let s = shelves[call.shelf_id] else skip  require q: {before} }}
"""
CHANGES = [
    ("all_high()", "set s.size.high = 2", "all_high()"),
    ("height(s) > 1", "set s.size.high = 0", "height(s) > 1"),
    ("height(s) > 1", "set s.size = Size(high: 3, wide: 4)", "height(s) > 1"),
    ("tins(s) > 1", "set s.tins[other] = 7", "tins(s) > 1"),
    ("tins(s) > 1", "remove s.tins[other]", "tins(s) > 1"),
    ("lit()", "set light.on = false", "lit()"),
    ("lit()", 'set light = Light(on: false, tone: "low")', "lit()"),
    ("many() > 1", "remove shelves[shelf_id]", "many() > 1"),
    ("twins(s)", "set s.size.wide = 9", "twins(s)"),
    (
        "many() < 3",
        "insert Shelf(shelf_id: other, size: s.size, tins: s.tins, label: other) into shelves",
        "many() < 3",
    ),
]


def texts(spec):
    """A question about two calls that may fail, and one that may not."""
    question = Question(spec, Bounds(), judged=binding(spec))
    tool = spec.tools["change"]
    calls = [question.optional_call(tool, must=must) for must in (False, False, True)]
    steps = [question.message("user"), question.message("agent")]
    question.play([*(type(steps[0])(tool.requestor, None, (call,)) for call in calls), *steps])
    question.close()
    question.succeed()
    question.comply()
    question.finish()
    return question.script.text()


@pytest.mark.parametrize(("before", "change", "after"), CHANGES)
def test_a_change_is_seen_by_what_looks_at_it(desk, monkeypatch, before, change, after):
    spec = desk(SHELVES + DEFINES + TOOL.format(before=before, change=change, after=after))
    told = texts(spec)
    with monkeypatch.context() as without:
        without.setattr(Memory, "of", lambda *_: {})
        assert texts(spec) == told
    with monkeypatch.context() as stubborn:
        stubborn.setattr(Memory, "forget", lambda *_: None)
        assert texts(spec) != told, "this change would not have been missed"


def test_what_has_happened_is_seen(desk, monkeypatch):
    rule = 'rule few "…" { before call to change  require few: asked() < 1 }'
    spec = desk(SHELVES + DEFINES + TOOL.format(before="lit()", change="", after="lit()") + rule)
    told = texts(spec)
    with monkeypatch.context() as without:
        without.setattr(Memory, "of", lambda *_: {})
        assert texts(spec) == told
    monkeypatch.setattr(Memory, "of", lambda self, made, args, past: self.lasting.setdefault(made.name, {}))
    assert texts(spec) != told


def test_what_nothing_changes_is_worked_out_once(desk, monkeypatch):
    spec = desk(
        SHELVES + DEFINES + TOOL.format(before="height(s) > 1", change="set light.on = false", after="height(s) > 1")
    )
    worked_out, encode = [], Question.encode

    def counted(self, expr, env):
        worked_out.append(expr is spec.defines["height"].body)
        return encode(self, expr, env)

    monkeypatch.setattr(Question, "encode", counted)
    told = texts(spec)
    many = sum(worked_out)
    monkeypatch.setattr(Memory, "of", lambda *_: {})
    worked_out.clear()
    assert texts(spec) == told
    assert many <= sum(worked_out) // 2
