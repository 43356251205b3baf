"""Which violations are to be read, and which rules owe a reason: on made-up audits, without the benchmark's data."""

from cove_dsl.world.audit import Audit, Audited, Stake, Tally, Times
from tests.audits.verdicts import MOST_READ, Read, _wrong, owes_a_reason, sample


def run(name: str, **violated: tuple[tuple[int, int | None], ...]) -> Audited:
    rules = {rule: Stake("violated" if places else "satisfied", 3, places) for rule, places in violated.items()}
    return Audited(name, "t", None, None, None, "violated", "met", (), (), (), rules)


def audit_of(runs: list[Audited]) -> Audit:
    return Audit("shop", 0, (), tuple(runs), (), 0, ())


def tally(triggered: int, unknown: int, times: int, unknown_times: int) -> Tally:
    satisfied = times - unknown_times
    counted = Times(triggered=times, satisfied=satisfied, violated=0, attempted=0, unknown=unknown_times)
    return Tally("a", "error", triggered, triggered - unknown, 0, unknown, counted)


def test_the_first_violation_of_a_run_is_read_once_for_each_rule():
    found = audit_of([run("one", a=((4, 0), (6, 0)), b=((2, None),), c=())])
    assert sample(found, {"one": "f"}, frozenset()) == {("a", "one", (4, 0)), ("b", "one", (2, None))}


def test_runs_that_nothing_was_tuned_on_come_first_and_others_fill_up():
    runs = [run(f"r{n}", a=((1, 0),)) for n in range(MOST_READ + 6)]
    files = {r.id: "f" for r in runs}
    measured = frozenset(f"r{n}" for n in range(4))
    read = {name for _, name, _ in sample(audit_of(runs), files, measured)}
    assert len(read) == MOST_READ
    assert measured < read


def test_the_sample_does_not_hang_on_the_order_of_runs():
    runs = [run(f"r{n}", a=((1, 0),)) for n in range(30)]
    files = {r.id: "f" for r in runs}
    assert sample(audit_of(runs), files, frozenset()) == sample(audit_of(runs[::-1]), files, frozenset())
    other = dict.fromkeys(files, "g")
    assert sample(audit_of(runs), files, frozenset()) != sample(audit_of(runs), other, frozenset())


def test_a_reason_is_owed_beyond_a_fifth_of_conversations_or_of_times():
    assert owes_a_reason(tally(0, 0, 0, 0))
    assert not owes_a_reason(tally(10, 2, 50, 10))
    assert owes_a_reason(tally(10, 3, 50, 3))
    assert owes_a_reason(tally(10, 1, 50, 11))


def test_wrong_violations_are_told_by_their_class():
    read = [Read("a", "r", (1, 0), False, "id_spelt_otherwise"), Read("a", "s", (1, 0), True, "our_reading")]
    assert "(`a` 1)" in _wrong(read)
    assert _wrong(read[1:]) == ""
