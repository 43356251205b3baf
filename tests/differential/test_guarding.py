"""What a guard stops is what an offline judge would blame: on dialogues of the shop as they are, and spoiled."""

from tests.differential.guarding import experiment


def test_a_guard_stops_what_is_wrong_and_nothing_else():
    clean, planted, rules = experiment(150, seed=1)
    assert clean.wrong == []
    assert clean.right["stopped"] == 0
    assert clean.right["let through"] == clean.calls > 500
    assert planted.wrong == []
    assert planted.right["stopped"] > 150
    assert len(rules & planted.rules.keys()) >= len(rules) - 4
    assert clean.leftover == planted.leftover == []
