"""Readings of `judged` rules: as the reader says, and apart from the report."""

import pytest

from cove_dsl.backends.python.runtime.events import TrajectoryError
from cove_dsl.world.desk import load
from cove_dsl.world.readings import Reading, readings

TALK = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "I think you should buy the red one."}]


class Strict:
    name = "strict-1"

    def __init__(self):
        self.asked = []

    def kept(self, rule, messages):
        self.asked.append((rule, messages))
        return {"Give": False, "Deny": True}.get(rule.split()[0], "?")


def test_each_judged_rule_is_read_in_its_own_words_and_nothing_else_changes():
    desk, reader = load("retail"), Strict()
    before = desk.verify(TALK).data
    found = {r.rule: r for r in readings(desk.program, TALK, reader)}
    assert found.keys() == {n for n, r in desk.spec.rules.items() if r.when == "judged"}
    assert found["no_opinions"] == Reading("no_opinions", "strict-1", "violated")
    assert found["within_policy"].verdict == "satisfied"
    assert found["hand_over_out_of_scope"].verdict == "unknown"
    assert [rule for rule, _ in reader.asked] == [desk.spec.rules[n].doc for n in found]
    assert desk.verify(TALK).data == before
    assert all(r["verdict"] == "unknown" for r in before["rules"] if r["severity"] == "judged")


def test_a_conversation_of_the_wrong_shape_is_not_read():
    with pytest.raises(TrajectoryError):
        readings(load("retail").program, [{"role": "nobody", "content": "Hello"}], Strict())
