"""Realistic changes of real desks: a limit, a requirement dropped, an exception, a name, an order, other words."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.difference import compare
from cove_dsl.source.files import find_spec, module_files, spec_files
from cove_dsl.world.load import load_spec

from .test_difference import convincing


@frozen
class Change:
    """A part of a desk's policy that is put in the place of another, and how the policy then differs."""

    desk: str
    old: str
    new: str
    rule: str
    relation: str
    whole: str = ""
    proved: bool = True


CHANGES = {
    "24 hours become 48": Change(
        "clinic", "hours_left(appointment.at) >= 24", "hours_left(appointment.at) >= 48", "a_day_ahead", "stricter",
    ),
    "two moves become three": Change(
        "clinic", "require few: appointment.moves < 2", "require few: appointment.moves < 3", "two_moves", "looser",
    ),
    "debts up to $50, or a vaccination": Change(
        "clinic", "patient.owes <= $50", "patient.owes <= $50 or appointment.kind == vaccination", "debts_first",
        "looser",
    ),
    "an exception for debts": Change(
        "clinic", "rule debts_first", """exception by_phone to debts_first "Who owes nothing yet was never billed." {
  let appointment = appointments[call.appointment_id]  else skip
  when appointment.kind == check_up
}
rule debts_first""", "debts_first", "looser",
    ),
    "De Morgan": Change(
        "clinic", "require few: appointment.moves < 2", "require few: not (appointment.moves >= 2)", "two_moves",
        "equivalent",
    ),
    "another unit": Change(
        "clinic", "patient.owes <= $50", "patient.owes - $10 <= $40", "debts_first", "equivalent", proved=False,
    ),
    "a condition swapped round": Change(
        "clinic", "require status: appointment.status == booked", "require status: appointment.status != booked",
        "only_booked", "incomparable",
    ),
    "pending only": Change(
        "retail", "order.status in {pending, pending_items_modified}", "order.status == pending", "pending_to_modify",
        "stricter",
    ),
    "some for at least one": Change(
        "retail", "count(call.item_ids) >= 1", "some call.item_ids", "something_to_do", "equivalent",
    ),
    "a rule that others say as well": Change(
        "retail", "presupposes identified_first {\n  before call taking user_id",
        "{\n  before call taking user_id", "own_profile_only", "equivalent", proved=False,
    ),
    "bookings of the last 48 hours": Change(
        "airline", "clock - reservation.created_at <= 24 hours", "clock - reservation.created_at <= 48 hours",
        "cancellable", "looser",
    ),
    "gold members only": Change(
        "airline", "user.membership in {silver, gold}", "user.membership == gold", "deserving_users_only", "stricter",
    ),
    "one more word for luggage": Change(
        "airline", '"suitcase", "suitcases"}', '"suitcase", "suitcases", "trunk"}', "wanted_bags_only", "looser",
    ),
}  # fmt: skip


def changed(change: Change) -> Spec:
    """The desk with the change; its tests are left out, as they may rest on what is gone."""

    def edit(text: str) -> str:
        return text.replace(change.old, change.new, 1) if f"rule {change.rule} " in text else text

    spec = edited(find_spec(change.desk), edit)
    assert spec.rules != load_spec(change.desk).rules
    return spec


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_real_desk(name: str):
    change = CHANGES[name]
    found = compare(load_spec(change.desk), changed(change))
    assert found.same_world
    assert found.relation == (change.whole or change.relation), [w.doubt for w in (found.forbids, found.allows)]
    convincing(found)
    rule = next(r for r in found.rules if r.pair.new == change.rule)
    assert rule.relation == change.relation
    assert [r.pair.new for r in found.rules if r.pair.change != "same"] == [change.rule] * (not rule.pair.same)
    none = [w for w in (rule.forbids, rule.allows) if w.status == "none"]
    assert all(w.proved for w in none) >= change.proved


def edited(path: Path, edit: Callable[[str], str]) -> Spec:
    """A desk whose files have been changed."""
    files = [(n, edit(d.decode()).encode()) for n, d in spec_files(path) if not n.endswith("tests.cove")]
    spec = Compiler().compile(files, module_files(path)).spec
    assert spec is not None
    return spec


def test_a_rule_that_is_gone():
    """The rules of a desk, less one: everything else is the same, and the rule is what no longer forbids."""
    path, whole = find_spec("clinic"), load_spec("clinic")
    same = compare(whole, edited(path, lambda text: text.replace("two_moves", "not_thrice")))
    assert [r.pair.change for r in same.rules if r.pair.change != "same"] == ["renamed"]
    assert (same.relation, same.allows.proved) == ("equivalent", True)
    less = compare(whole, edited(path, lambda text: _without(text, "look_first")))
    gone = next(r for r in less.rules if r.pair.change == "removed")
    assert (less.relation, less.forbids.proved, gone.pair.old) == ("looser", True, "look_first")
    convincing(less)


def _without(text: str, rule: str) -> str:
    begin = text.find(f"rule {rule} ")
    return text if begin < 0 else text[:begin] + text[text.index("\n}\n", begin) + 3 :]
