"""`covec coverage`: what is counted, what the solver adds, and what is refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.core.conditions import listening
from cove_dsl.pipeline import Compiler
from cove_dsl.solve.atoms import reach
from cove_dsl.tools.cli import covec
from cove_dsl.world.coverage import Listener
from cove_dsl.world.desk import load
from cove_dsl.world.load import load_spec

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
TEA, SHOP, TALK = (str(EXAMPLES / n) for n in ("tea.cove", "shop.json", "conversations.jsonl"))


def run(*words: str):
    return CliRunner().invoke(covec, ["coverage", *words])


def rows(*words: str) -> list[dict]:
    return [json.loads(line) for line in run(*words, "--format", "json").stdout.splitlines()]


def atoms(lines: list[dict], rule: str) -> dict[str, tuple[int, ...]]:
    found = {a["text"]: a for line in lines if line.get("rule") == rule for a in line["atoms"]}
    return {t: tuple(a[v][n] for v in ("true", "false") for n in ("seen", "decided")) for t, a in found.items()}


def test_each_side_of_an_atom_is_counted_where_it_decided():
    lines = rows(TEA, TALK, "--state", SHOP)
    assert atoms(lines, "only_open_orders") == {"order.status == open": (2, 2, 1, 1)}
    assert atoms(lines, "one_at_a_time")["no step.calls"] == (5, 5, 8, 0)
    assert atoms(lines, "hand_over_line") == {"says(it, transfer_line)": (0, 0, 0, 0)}
    assert lines[-1]["conversations"] == 3
    assert lines[-1]["decided_both"] == 3


def test_a_side_names_a_conversation_that_decided_it():
    (line,) = [x for x in rows(TEA, TALK, "--state", SHOP) if x.get("label") == "affirmed"]
    assert {v: line["atoms"][0][v]["example"] for v in ("true", "false")} == {
        "true": "with-a-yes", "false": "without-asking",
    }  # fmt: skip


def test_sources_add_up():
    once, twice = rows(TEA, TALK, "--state", SHOP)[-1], rows(TEA, TALK, TALK, "--state", SHOP)[-1]
    assert twice["conversations"] == 2 * once["conversations"]
    assert twice["sides_decided"] == once["sides_decided"]


def test_what_a_task_wants_refused_is_asked_about(tmp_path):
    talk = {"id": "t", "messages": [
        {"role": "user", "content": "I'm ada@example.com. Cancel the Assam, I changed my mind."},
        {"role": "assistant", "content": "I'm sorry, I can't cancel that."},
    ]}  # fmt: skip
    call = {"name": "cancel_order", "arguments": {"order_id": "T2", "reason": "changed my mind"}}
    cove = {"accept": [[]], "said": [], "refused": [call]}
    parts = [m | {"content": [{"type": "text", "text": m["content"]}]} for m in talk["messages"]]
    told = [{"from": m["role"], "value": m["content"]} for m in talk["messages"]]
    later = {"role": "user", "content": "And the Sencha?"}  # is asked about no more
    for row, wanted in (
        (talk, (0, 0, 0, 0)),
        (talk | {"cove": cove}, (0, 0, 1, 1)),
        (talk | {"cove": cove, "messages": [*parts, later]}, (0, 0, 1, 1)),
        ({"id": "t", "conversations": told, "cove": cove}, (0, 0, 1, 1)),
    ):
        path = tmp_path / "talk.jsonl"
        path.write_text(json.dumps(row) + "\n")
        found = atoms(rows(TEA, str(path), "--state", SHOP), "only_open_orders")
        assert found == {"order.status == open": wanted}


def test_a_share_can_be_asked_for():
    assert run(TEA, TALK, "--state", SHOP, "--at-least", "50").exit_code == 0
    assert run(TEA, TALK, "--state", SHOP, "--at-least", "90").exit_code == 1


def test_what_cannot_be_judged_is_said_and_not_counted(tmp_path):
    path = tmp_path / "talk.jsonl"
    path.write_text('{"id": "bad", "messages": [{"role": "wizard", "content": "x"}]}\n{"id": "worse"}\n')
    done = run(TEA, str(path))
    assert done.exit_code == 1
    assert "bad" in done.stderr
    assert "0 conversations" in done.stdout


def test_a_name_that_fits_nothing_is_refused():
    done = run(TEA, TALK, "--rule", "only_open_order")
    assert done.exit_code == 2
    assert "only_open_orders" in done.stderr


def test_the_table_says_what_is_missing():
    text = run(TEA, TALK, "--state", SHOP, "--missing", "--solve").stdout
    assert "only_open_orders" not in text
    assert "can be false" in text
    assert "require" in text
    assert "never judged" in text


@pytest.mark.parametrize("name", ["retail", "airline", "telecom", "clinic"])
def test_a_listening_checker_is_that_of_the_desk(name):
    """Every condition of the bundled desks is heard, and the program is the desk's own in all else."""
    spec = load_spec(name)
    listener, plain = Listener(spec), load(name).program
    assert listener.conditions.keys() == listening(spec).conditions.keys()
    assert listener.program.hash == plain.hash
    assert listener.program.rules.keys() == plain.rules.keys()
    assert len(listener.conditions) > 20


NEVER = """domain shop
record Row { id: id, a: bool, b: bool }
table rows: Row key id
tool use_it(id: ref rows) -> text { return "ok" }
rule r "It must fit." {
  before call to use_it
  let row = rows[call.id] else skip
  when row.a
  require fit: row.a and row.b
}
"""


def test_the_solver_tells_what_can_be_from_what_small_worlds_do_not_have():
    found = Compiler().compile([("shop.cove", NEVER.encode())], {})
    assert found.spec is not None
    (fit,) = (c for c in listening(found.spec).conditions.values() if c.label == "fit")
    answers = {(at, v): reach(found.spec, fit, at, v) for at in (0, 1) for v in (True, False)}
    assert {k: a.status for k, a in answers.items() if a} == {
        (0, True): "found", (0, False): "none", (1, True): "found", (1, False): "found",
    }  # fmt: skip
    assert answers[1, False].story.calls[0].tool == "use_it"
