"""How two policies differ: known pairs, both ways round, and what is shown of them."""

import pytest
from attrs import evolve

from cove_dsl.backends.smt import Budget
from cove_dsl.pipeline import Compiler
from cove_dsl.solve import difference
from cove_dsl.solve.difference import SAME, compare
from cove_dsl.solve.hunting import witness_of
from cove_dsl.solve.replay import Replay, check_world
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.telling import heard
from cove_dsl.tools.render_diff import difference_lines, difference_rows

from .differing import OPPOSITE, Edit, edits

EDITS = list(edits())
ORDER = "before call to close  let o = orders[call.order_id] else skip"


def compiled(text: str):
    made = Compiler().compile([("t.cove", text.encode())], {})
    assert made.spec is not None, [p.message for p in made.problems]
    return made.spec


def convincing(found) -> None:
    """Each conversation shown is forbidden by one side alone, in a world that may be, and both checkers hear it so."""
    specs = {"old": found.old, "new": found.new}
    for way in (found.forbids, found.allows):
        if way.distinction is None:
            assert way.argument
            continue
        told = way.distinction
        mine, theirs = (specs[s] for s in (told.forbidding, "new" if told.forbidding == "old" else "old"))
        check_world(mine, told.story.state)
        assert {r for r, _ in told.by} == Replay(mine, witness_of(told.story)).story(None, ()).broken(mine)
        story = Replay(theirs, witness_of(told.story)).story(None, ())
        assert story.broken(theirs) == set()
        assert heard(mine, told.spoken)
        assert heard(theirs, evolve(story, said=told.spoken.said))


def test_there_are_many():
    assert sum(e.relation != "equivalent" for e in EDITS) >= 20
    assert sum(e.relation == "equivalent" for e in EDITS) >= 20


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: e.name)
def test_a_known_difference_is_found_both_ways_round(edit: Edit):
    old, new = compiled(edit.old), compiled(edit.new)
    for a, b, relation in ((old, new, edit.relation), (new, old, OPPOSITE[edit.relation])):
        found = compare(a, b)
        assert found.relation == relation, [w.doubt for w in (found.forbids, found.allows)]
        assert found.same_world
        convincing(found)
        assert all(w.proved for w in (found.forbids, found.allows) if w.status == "none") >= edit.proved


MOVES = """domain d "…"
clock 2026-01-01T00:00:00+00:00
record O { id: id, day: date, moves: int where it >= 0 }
table os: O key id
write tool move(id: ref os, day: date) -> text "Moves it." {
  let o = os[id] else fail "none"
  set o.day = day
  increase o.moves by 1
  return "moved"
}
rule listed "…" {
  before call to move
  let answer = last(earlier user message)  else fail "nothing said"
  require affirmed: affirms(answer)
  require told: lists(earlier agent message before answer, call)
}
rule nothing_invented "…" { before agent message  require known: no invented(message) }
"""
BOUNDS = ("let o = os[call.id] else skip  require few: o.moves < {n}",
          "require few: count(earlier ok call to move where .id == call.id) < {n}")  # fmt: skip


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_bound_that_moves_is_told_apart_where_a_user_has_to_say_the_details(bound: str):
    old, new = (compiled(MOVES + f'rule few "…" {{ before call to move  {bound.format(n=n)} }}\n') for n in (1, 2))
    for a, b, relation in ((old, new, "looser"), (new, old, "stricter")):
        found = compare(a, b)
        assert found.relation == relation, [w.doubt for w in (found.forbids, found.allows)]
        convincing(found)


def test_one_rule_is_counted_as_one():
    told = list(difference_lines(compare(compiled(MOVES), compiled(MOVES))))
    assert any(line.startswith("2 rules: ") for line in told)
    alone = MOVES.partition("rule listed")[0] + 'rule r "…" { before call to move  require never: false }\n'
    assert any(line.startswith("1 rule: ") for line in difference_lines(compare(compiled(alone), compiled(alone))))


# --- proofs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        (f"{ORDER}  require n: clock - o.placed <= 1 day", f"{ORDER}  require n: clock - o.placed <= 2 days", "looser"),
        (f"{ORDER}  require n: clock - o.placed > 2 days", f"{ORDER}  require n: 1 day < clock - o.placed", "looser"),
        (f"{ORDER}  require n: total(o) < $5", f"{ORDER}  require n: total(o) <= $5", "looser"),
        (f"{ORDER}  require n: o.status in {{open, sent}}", f"{ORDER}  require n: o.status == sent", "stricter"),
        (f"{ORDER}  require n: some (o.lines where .price > $5)", f"{ORDER}  require n: some o.lines", "looser"),
        (f"{ORDER}  for l in o.lines {{ require n: l.price < $5 }}",
         f"{ORDER}  require n: every(x.price < $5 for x in o.lines)", "equivalent"),
        (f"{ORDER}  for l in o.lines {{ when l.thing == \"x\"  require n: l.price < $5 }}",
         f"{ORDER}  require n: every(x.price < $5 for x in o.lines where x.thing == \"x\")", "equivalent"),
        (f"{ORDER}  let dear = some (o.lines where .price > $5)  for l in o.lines {{ require n: dear }}",
         f"{ORDER}  for l in o.lines {{ require n: some (o.lines where l.price > $5) }}", "stricter"),
        (f"{ORDER}  let t = total(o)  when t > $3  require n: o.status == open",
         f"{ORDER}  require n: total(o) <= $3 or o.status == open", "equivalent"),
        (f"{ORDER}  if o.status == open {{ require n: total(o) > $3 }} else {{ require m: total(o) > $9 }}",
         f"{ORDER}  require n: o.status != open or total(o) > $3  require m: total(o) > $9 or o.status == open",
         "equivalent"),
        ("before call to { close, note }  require n: some earlier user message",
         "before call taking order_id except { get_order }  require n: some earlier user message", "equivalent"),
        ("before call to note  require n: some (earlier user message where mentions(it, {\"a\", \"b\"}))",
         "before call to note  require n: some (earlier user message where mentions(it, {\"c\", \"b\", \"a\"}))",
         "looser"),
        (f"{ORDER}  require n: count(o.lines) >= 1", f"{ORDER}  require n: some o.lines", "equivalent"),
        (f"{ORDER}  let l = first(o.lines) else fail \"none\"  require n: l.price > $2",
         f"{ORDER}  let l = first(o.lines) else skip  require n: l.price > $2", "looser"),
        (f"{ORDER}  let l = first(o.lines) else skip  require n: l.thing == \"x\"",
         f"{ORDER}  require n: first(o.lines)?.thing == \"x\"", "stricter"),
        ("after ok call to close  then agent message where mentions(it, \"bye\")",
         "after ok call to close  then agent message", "looser"),
        ("at most 1 ok call to note", "at most 2 ok call to note", "looser"),
        ("at most 1 ok call to note", "at most 1 call to note", "stricter"),
        ("before call to note  require n: some earlier ok call to get_order",
         "before call to note  require n: some earlier call to get_order", "looser"),
        ("after failed call to get_order  then agent message", "after call to get_order  then agent message",
         "stricter"),
    ],
)  # fmt: skip
def test_one_rule_in_two_forms(desk, old, new, relation):
    a, b = (desk(f'rule r "…" {{ {text} }}') for text in (old, new))
    there, back = compare(a, b), compare(b, a)
    assert (there.relation, back.relation) == (relation, OPPOSITE[relation])
    for found in (there, back):
        convincing(found)
        assert relation != "equivalent" or (found.forbids.proved and found.allows.proved)


def test_what_a_refused_call_breaks_is_told_apart(desk):
    """A rule about the world alone does not count a call that the tool refuses; one about the past does."""
    world = f'rule r "…" {{ {ORDER}  require n: o.status == open }}'
    past = f'rule r "…" {{ {ORDER}  require n: o.status == open  require m: 1 == 1 or some earlier user message }}'
    there, back = compare(desk(world), desk(past)), compare(desk(past), desk(world))
    assert (there.allows.proved, there.forbids.proved) == (True, False)
    assert (back.allows.proved, back.forbids.proved) == (False, True)


def test_what_only_arithmetic_shows_is_no_proof(desk):
    """The same bound with a term on the other side: nothing is found, and nothing more is claimed."""
    a = desk(f'rule r "…" {{ {ORDER}  require n: clock - o.placed <= 24 hours }}')
    b = desk(f'rule r "…" {{ {ORDER}  require n: o.placed >= clock - 24 hours }}')
    found = compare(a, b)
    assert (found.relation, found.forbids.proved, found.allows.proved) == ("equivalent", False, False)
    assert "events" in found.allows.argument
    assert next(difference_lines(found)).startswith("equivalent as far as was looked")


def test_the_same_and_the_same_again(retail):
    found = compare(retail, retail)
    assert (found.relation, found.forbids.argument, found.allows.argument) == ("equivalent", SAME, SAME)
    assert not found.changed
    assert all(r.pair.change == "same" for r in found.rules)


# --- what is around a rule --------------------------------------------------------------------------------------------


def test_a_rule_that_others_say_too_is_looser_and_the_policy_is_not(desk):
    wide = 'rule wide "…" { before call taking order_id  require n: some earlier user message }\n'
    narrow = 'rule narrow "…" { before call to close  require n: some earlier user message }\n'
    found = compare(desk(wide + narrow), desk(wide))
    assert (found.relation, found.allows.proved) == ("equivalent", True)
    gone = next(r for r in found.rules if r.pair.old == "narrow")
    assert (gone.pair.change, gone.covered) == ("removed", True)


def test_a_covered_change_names_what_still_forbids_it(desk):
    wide = 'rule wide "…" { before call taking order_id  require n: some (earlier user message where affirms(it)) }\n'
    old = 'rule r "…" { before call to close  require n: count(earlier user message where affirms(it)) >= 1 }\n'
    new = 'rule r "…" { before call to close  require n: 1 == 1 or some earlier user message }\n'
    found = compare(desk(wide + old), desk(wide + new))
    changed = next(r for r in found.rules if r.pair.new == "r")
    assert (found.relation, changed.relation, changed.covered) == ("equivalent", "looser", True)
    assert changed.allows.distinction.despite == ("wide",)
    assert any("wide would still forbid it" in line for line in difference_lines(found))


def test_rules_are_matched_by_what_they_mean(desk):
    one = f'rule a "…" {{ {ORDER}  require n: o.status == open  require m: total(o) > $3 }}\n'
    same = f'rule b "Another text." {{ {ORDER}  require m: $3 < total(o)  require n: open == o.status }}\n'
    near = (
        f'rule c "…" {{ {ORDER}  require m: total(o) > $3  require n: o.status == open  require k: o.note == "x" }}\n'
    )
    renamed = next(r for r in compare(desk(one), desk(same)).rules if r.pair.new == "b")
    assert (renamed.pair.old, renamed.pair.change, renamed.relation) == ("a", "renamed", "equivalent")
    assert renamed.pair.reworded
    changed = next(r for r in compare(desk(one), desk(near)).rules if r.pair.new == "c")
    assert (changed.pair.old, changed.pair.change, changed.relation) == ("a", "renamed and changed", "stricter")


def test_a_judged_rule_with_another_text_stays_open(desk):
    found = compare(desk('rule kind "Be kind." { judged }'), desk('rule kind "Be very kind." { judged }'))
    kind = next(r for r in found.rules if r.pair.new == "kind")
    assert kind.relation == "unknown"
    assert "only a reader" in kind.forbids.doubt.why
    assert found.relation == "unknown"
    assert any("only a reader can tell" in line for line in difference_lines(found))


def test_what_a_rule_takes_for_granted_counts(desk):
    """A rule that is judged only while another holds forbids less; here the other forbids the rest."""
    alone = 'rule r "…" { before call to note  require n: 1 == 2 }\n'
    found = compare(desk(alone), desk(alone.replace('"…"', '"…" presupposes identified')))
    changed = next(r for r in found.rules if r.pair.new == "r")
    assert (found.relation, changed.relation, changed.covered) == ("equivalent", "looser", True)
    assert changed.allows.distinction.despite == ("identified",)


# --- worlds -----------------------------------------------------------------------------------------------------------

RULE = f'rule r "…" {{ {ORDER}  require n: o.status == open }}\n'


def test_another_world_is_said_aloud(desk):
    old = desk(RULE)
    new = desk(RULE + 'read tool hello() -> text "Hello." { return "hi" }\n')
    found = compare(old, new)
    assert (found.relation, found.same_world) == ("equivalent", False)
    assert [(c.kind, c.name, c.change) for c in found.changed] == [("tool", "hello", "added")]
    text = "\n".join(difference_lines(found))
    assert "the worlds differ" in text
    assert "tool hello added" in text


def test_the_old_policy_is_carried_into_the_new_world(desk):
    """A rule about the new tool alone is about nothing that both have; a rule about both differs where both can act."""
    tool = 'write tool ship(order_id: ref orders) -> text "Ships." { require 1 == 1 else fail "no"  return "s" }\n'
    about = 'rule new "…" { before call to ship  require n: 1 == 2 }\n'
    found = compare(desk(RULE), desk(RULE.replace("open", "sent") + tool + about))
    assert found.relation == "incomparable"
    added = next(r for r in found.rules if r.pair.new == "new")
    assert (added.relation, added.forbids.argument) == ("equivalent", difference.NO_TOOLS)


def test_definitions_of_the_old_policy_come_along(desk):
    """A definition that means something else in the new one keeps its meaning in the old one, in the new world too."""
    few = "define few(order: Order) -> bool = total(order) < %s\n"
    rule = f'rule r "…" {{ {ORDER}  require n: few(o) }}\n'
    fact = 'fact hurry: bool "whether it is urgent" from user version 1 {{ when mentions(it, {{{0}}}) then true }}\n'
    urgent = 'rule s "…" { before call to close  when stated.hurry  require n: 1 == 2 }\n'
    tool = 'read tool hello() -> text "Hello." { return "hi" }\n'
    old = desk(few % "$5" + rule + fact.format('"quickly"') + urgent)
    new = desk(few % "$9" + rule + fact.format('"fast"') + urgent + tool)
    found = compare(old, new)
    assert not found.same_world
    assert found.relation == "incomparable"
    assert {r.pair.new: r.relation for r in found.rules if r.pair.change != "same"} == {
        "r": "looser", "s": "incomparable",
    }  # fmt: skip


def test_a_rule_that_does_not_fit_the_new_world_stays_open():
    text = """domain d
record Order { order_id: id, ok: bool, fine: bool }
table orders: Order key order_id
write tool drop(order_id: ref orders) -> text "Drops." { let o = orders[order_id] else fail "none"  return "x" }
rule r "…" { before call to drop  let o = orders[call.order_id] else skip  require n: o.ok }
"""
    other = text.replace("ok: bool, ", "").replace("o.ok", "o.fine")
    found = compare(compiled(text), compiled(other))
    assert not found.same_world
    assert found.relation == "unknown"
    assert "`Order.ok` is another, or gone" in found.allows.doubt.why


def test_definitions_and_tools_that_change_their_meaning_are_named(desk):
    old = desk('define few -> int = 2\nrule r "…" { before call to note  require n: few > 1 }\n')
    new = desk('define few -> int = 0\nrule r "…" { before call to note  require n: few > 1 }\n')
    found = compare(old, new)
    assert [(c.kind, c.name, c.change, c.part) for c in found.changed] == [("define", "few", "changed", "policy")]
    assert (found.relation, found.same_world) == ("stricter", True)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_a_budget_that_is_spent_is_undecided(desk):
    a = desk(f'rule r "…" {{ {ORDER}  require n: clock - o.placed <= 24 hours }}')
    b = desk(f'rule r "…" {{ {ORDER}  require n: o.placed >= clock - 24 hours }}')
    found = compare(a, b, Knobs(Budget(steps=1)))
    assert found.relation == "unknown"
    assert found.allows.doubt.knob == "--steps"
    assert "--steps gives it more" in next(difference_lines(found))


def test_a_difference_as_people_read_it(desk):
    found = compare(desk(RULE), desk(RULE.replace("== open", "in {open, sent}")))
    lines = list(difference_lines(found))
    assert lines[0].startswith("looser: NEW allows what OLD forbids")
    assert any("forbidden before by r.n, allowed now (shortest within the bounds" in line for line in lines)
    assert any('status "sent"' in line for line in lines)
    assert any("is about to call close(" in line for line in lines)
    assert any(line.startswith("3 rules: 2 the same, 1 looser") for line in lines)


def test_equal_questions_get_equal_answers(desk):
    def rows() -> list:
        made = list(difference_rows(compare(desk(RULE), desk(RULE.replace("open", "sent")))))
        return [{k: v for k, v in row.items() if k != "millis"} for row in made]

    assert rows() == rows()
