"""What `covec check` calls fine: a conversation in which every rule is kept, and not a plan alone."""

import pytest
from click.testing import CliRunner

from cove_dsl.backends.smt import Budget
from cove_dsl.solve.errors import PLAYED
from cove_dsl.solve.instances import HELD, TRIED, UNHEARD, instances
from cove_dsl.solve.search import Knobs
from cove_dsl.solve.survey import Surveyor
from cove_dsl.tools.cli import covec
from cove_dsl.tools.render_solved import scenario_lines, scenario_row
from cove_dsl.world.generate import generate_world

from .planted_talk import FIRE, HEAD, LOOK, fire
from .test_planted import spec_of

WORLD = """generate "Some pots." {
  for i in 1..3 { insert Pot(pot_id: "pot_{unique_digits(3)}", name: "pot {i}", glazed: false) into pots }
}
"""
ASKS = """scenario s "…" {
  pick pot from pots
  goal fire(pot.pot_id, 30) "fire your pot"
  knows pot.pot_id "the pot"
}
"""
# No step may hold anything, which nothing proves: what a step is stays unsaid of conversations of any length.
STILL = 'rule still "…" { on agent step  require n: no step.calls }\n'


def checked(tmp_path, text: str):
    (tmp_path / "kiln.cove").write_text(text)
    return CliRunner().invoke(covec, ["check", str(tmp_path / "kiln.cove"), "--no-cache"])


def test_rules_that_clash_are_an_error_though_the_plan_can_be_carried_out(tmp_path):
    found = checked(tmp_path, HEAD + WORLD + LOOK + fire("no earlier ok call to {get_pot, list_pots}") + FIRE)
    assert found.exit_code == 1
    assert "error[unsatisfiable]" in found.output
    assert "`look` and `other` leave no way to do this" in found.output


def test_what_is_not_decided_is_open_though_the_plan_can_be_carried_out(tmp_path):
    found = checked(tmp_path, HEAD + WORLD + STILL + ASKS)
    assert found.exit_code == 3
    assert "fine" not in found.output
    assert "1 open" in found.output


@pytest.mark.parametrize(
    ("rules", "status", "argument"), [("", "sat", TRIED), (LOOK, "sat", HELD), (STILL, "unknown", UNHEARD)]
)
def test_a_plan_is_a_proof_only_where_no_rule_is_about_the_conversation(rules: str, status: str, argument: str):
    spec = spec_of(HEAD + WORLD + rules + ASKS)
    (row,) = instances(spec, generate_world(spec, 0))
    assert (row["status"], row["argument"]) == (status, argument)


def test_only_the_scenarios_that_are_named_are_played_out():
    spec = spec_of(HEAD + WORLD + ASKS + ASKS.replace("scenario s", "scenario other"))
    state = generate_world(spec, 0)
    assert [row["scenario"] for row in instances(spec, state, ("o*",))] == ["other"]
    assert [row["scenario"] for row in instances(spec, state)] == ["s", "other"]


@pytest.mark.parametrize(("rules", "status", "argument"), [(LOOK, "sat", PLAYED), (STILL, "unknown", "")])
def test_what_the_solver_leaves_open_is_played_out_in_the_world_of_the_specification(rules, status, argument):
    spec = spec_of(HEAD + WORLD + rules + ASKS)
    surveyor = Surveyor(spec, Knobs(Budget(steps=1)))
    (answer,) = surveyor.answers(surveyor.asks(("s",)))
    assert (answer.status, answer.argument) == (status, argument)
    row = scenario_row(answer, spec, Knobs(), False)
    lines = scenario_lines(answer, row, stories=True)
    assert [c["name"] for c in row["plan"]] == (["fire"] if status == "sat" else [])
    assert len(lines) == 1 + len(row["plan"])
    assert all(line.startswith('    fire(pot_id: "pot_') for line in lines[1:])


def test_a_refusal_that_the_solver_leaves_open_is_not_proved_by_a_play():
    refused = ASKS.replace("goal fire", "expect refusal by other\n  goal fire")
    spec = spec_of(HEAD + WORLD + fire("no earlier ok call to {get_pot, list_pots}") + refused)
    surveyor = Surveyor(spec, Knobs(Budget(steps=1)))
    (answer,) = surveyor.answers(surveyor.asks(("s",)))
    assert answer.status == "unknown"
