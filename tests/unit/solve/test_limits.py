"""What happens when steps, time or memory run out, or the solver dies: a question stays open, and says why."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attrs import evolve

from cove_dsl.backends.smt import Budget
from cove_dsl.backends.smt.bounded import world
from cove_dsl.backends.smt.solve import Purse, ask
from cove_dsl.solve.apart import Died, apart
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.survey import Surveyor, lost

PICK = "  pick user from users\n  pick order from orders where .user_id == user.user_id"
SCENARIOS = f"""scenario shut "…" {{
{PICK} and .status == open
  goal close(order.order_id)
}}
scenario shut_what_was_sent "…" {{
{PICK} and .status == sent
  goal close(order.order_id)
}}
"""
TEA = "docs/examples/tea.cove"


def covec(*arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-m", "cove_dsl.tools.cli", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


# --- steps and time ---------------------------------------------------------------------------------------------------


def test_steps_are_shared_by_everything_that_an_answer_takes(desk):
    spec = desk(SCENARIOS)
    purse = Purse(150_000)
    assert ask_scenario(spec, spec.scenarios["shut"], Knobs(Budget(purse=purse))).status == "sat"
    left = purse.steps
    assert 0 < left < 150_000
    again = Purse(150_000)
    ask_scenario(spec, spec.scenarios["shut"], Knobs(Budget(purse=again)))
    assert again.steps == left
    answer = ask_scenario(spec, spec.scenarios["shut"], Knobs(Budget(purse=Purse(10))))
    assert (answer.status, answer.doubt.knob) == ("unknown", "--steps")
    assert answer.doubt.span == spec.scenarios["shut"].goals[0].span


def test_where_a_question_grows_too_large_worlds_with_fewer_rows_are_tried(desk, monkeypatch):
    spec = desk(SCENARIOS)
    monkeypatch.setattr(world, "LARGEST", 100)
    answer = ask_scenario(spec, spec.scenarios["shut"])
    assert (answer.status, [len(answer.story.state[t]) for t in ("users", "orders")]) == ("sat", [1, 1])
    monkeypatch.setattr(world, "LONG", 10)
    answer = ask_scenario(spec, spec.scenarios["shut"])
    assert answer.status == "unknown"
    assert answer.doubt.why.endswith(world.TOO_LARGE)


def test_when_the_time_is_up_nothing_more_is_asked(desk):
    spec = desk(SCENARIOS)
    answer = ask_scenario(spec, spec.scenarios["shut"], Knobs(Budget(purse=Purse(10**9, time.monotonic() - 1))))
    assert (answer.status, answer.doubt.knob) == ("unknown", "--budget")
    assert ask("(assert false)", Budget(purse=Purse(10**9, time.monotonic() - 1)))[0] == "unknown"


def test_what_is_hard_does_not_keep_what_is_easy_from_an_answer(desk):
    """Of two questions the first never ends: the second is answered first."""
    spec = desk(SCENARIOS)
    surveyor = Surveyor(spec, Knobs(Budget(steps=1_000_000)), seconds=60)
    hard, easy = surveyor.asks(("shut*",))[:2]
    given: list[int] = []

    def endless(knobs, seen):
        given.append(knobs.budget.purse.steps)
        knobs.budget.purse.steps = 0
        return evolve(ask_scenario(spec, spec.scenarios["shut"], knobs), scenario="hard")

    answers = list(surveyor.answers([evolve(hard, run=endless), easy]))
    assert [a.scenario for a in answers] == ["shut_what_was_sent", "hard"]
    assert [a.status for a in answers] == ["unsat", "unknown"]
    assert given[0] < given[1]


def test_a_scenario_that_was_played_shows_its_tools(desk, monkeypatch):
    spec = desk(SCENARIOS)
    surveyor = Surveyor(spec)
    monkeypatch.setattr(Surveyor, "_examiner", lambda *_: pytest.fail("nothing is left to be asked"))
    asks = [a for a in surveyor.asks() if a.kind in ("scenario", "tool") and a.name in ("shut", "find_user", "close")]
    answers = list(surveyor.answers(asks))
    assert [a.finding for a in answers[1:]] == ["reachable", "reachable"]
    assert all(any(c.tool == a.name and c.ok for c in a.story.calls) for a in answers[1:])


# --- processes --------------------------------------------------------------------------------------------------------


def test_what_is_handed_over_comes_as_it_is_made():
    assert list(apart(lambda hand: [hand(n) for n in range(3)])) == [0, 1, 2]


def test_a_mistake_is_ours_and_is_raised():
    def work(hand):
        hand(1)
        raise ValueError("wrong")

    found = []
    with pytest.raises(ValueError, match="wrong"):
        found.extend(apart(work))


@pytest.mark.parametrize(("end", "starved"), [(lambda: os.kill(os.getpid(), signal.SIGTERM), False),
                                              (lambda: os.kill(os.getpid(), signal.SIGKILL), True),
                                              (lambda: os._exit(101), True)])  # fmt: skip
def test_a_process_that_dies_takes_one_question_along(desk, end, starved):
    def work(hand):
        hand("before")
        end()

    spec = desk(SCENARIOS)
    handed = apart(work)
    assert next(handed) == "before"
    with pytest.raises(Died) as died:
        next(handed)
    assert died.value.starved is starved
    answer = lost(Surveyor(spec).asks(("shut",))[0], died.value)
    assert (answer.status, answer.expected, answer.doubt.knob) == (
        "unknown",
        False,
        "--memory" if starved else "--seed",
    )


def test_a_solver_without_memory_ends_with_3():
    done = covec("solve", TEA, "--memory", "12", "--scenario", "cancel_*", "--format", "json")
    assert done.returncode == 3, done.stderr
    assert done.stdout.count('"unknown"') == 2
    assert "the solver failed" in done.stderr


def test_no_time_to_speak_of_ends_with_3():
    done = covec("solve", TEA, "--budget", "0.000001")
    assert done.returncode == 3, done.stderr
    assert "the time was up before these answers came: `cancel" in done.stderr
    assert "--budget" in done.stderr


def test_a_goal_is_passed_over_only_where_its_condition_does_not_hold(desk):
    """Doing nothing is right where the order is not open, and only there."""
    picked = f"{PICK} and .status == {{}}\n  goal close(order.order_id) when order.status == open\n  otherwise nothing"
    for status, calls in (("open", ["close"]), ("sent", [])):
        spec = desk(f'scenario s "…" {{\n{picked.format(status)}\n  goal reach true "it"\n}}\n'.replace("{{", "{"))
        story = ask_scenario(spec, spec.scenarios["s"]).story
        assert [c.tool for c in story.calls if c.tool == "close"] == calls
