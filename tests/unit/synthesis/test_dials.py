"""Dials: which scenarios, how many wishes, which tasks not; a task stays a function of seed and index."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from cove_dsl.synthesis.dials import Dials, avoided, signatures
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.tools.cli import covec


def drawn(retail, sampler, dials, n=40, glob=None):
    found = Sampler(retail, sampler.world, 0, glob, dials)
    return [found.task(i) for i in range(n)]


def test_scenarios_in_turn_all_occur_once_before_any_occurs_twice(retail, sampler):
    names = len(retail.spec.scenarios)
    tasks = drawn(retail, sampler, Dials(composed=0, spread=True), names)
    assert Counter(t.scenarios[0] for t in tasks).most_common(1)[0][1] <= 2
    assert len({t.scenarios[0] for t in tasks}) >= names - 3


def test_a_task_is_still_fixed_by_its_index(retail, sampler):
    dials = Dials(spread=True, wishes=(1, 2))
    tasks = drawn(retail, sampler, dials, 12)
    again = Sampler(retail, sampler.world, 0, None, dials)
    assert [again.task(i) for i in (11, 4)] == [tasks[11], tasks[4]]


@pytest.mark.parametrize(("wishes", "sizes"), [((1, 1), {1}), ((2, 2), {2}), ((2, 3), {2, 3}), ((3, 3), {3})])
def test_the_number_of_wishes_is_kept(retail, sampler, wishes, sizes):
    assert {len(t.scenarios) for t in drawn(retail, sampler, Dials(wishes=wishes), 16)} == sizes


def test_weights_replace_those_of_the_specification(retail, sampler):
    dials = Dials(weights=(("cancel_by_number", 1.0), ("*", 0.0)), composed=0)
    assert {t.scenarios for t in drawn(retail, sampler, dials, 10)} == {("cancel_by_number",)}


def test_what_is_to_be_avoided_is_not_drawn(retail, sampler, tmp_path):
    before = drawn(retail, sampler, Dials(), 60, "cancel_*")
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(json.dumps({"cove": {"accept": list(t.accept)}}) + "\n" for t in before))
    avoid = avoided(path, frozenset(retail.spec.writes()))
    assert avoid == {s for t in before for s in signatures(t.accept)}
    after = drawn(retail, sampler, Dials(avoid=avoid), 60, "cancel_*")
    assert not avoid & {s for t in after for s in signatures(t.accept)}
    assert [t.id for t in after] != [t.id for t in before]


def test_a_benchmarks_tasks_are_avoided_by_what_they_change(retail, tmp_path):
    read = {"name": "get_order_details", "arguments": {"order_id": "#W1"}}
    write = {"name": "cancel_pending_order", "arguments": {"order_id": "#W1", "reason": "no longer needed"}}
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([{"id": "0", "evaluation_criteria": {"actions": [read, write]}}]))
    assert avoided(path, frozenset(retail.spec.writes())) == signatures([[write]])


def test_the_command_line_says_what_is_wrong(tmp_path):
    for wrong in (["--weight", "x"], ["--wishes", "3..2"], ["--avoid", "nowhere.json"], ["--weight", "x=-1"]):
        assert CliRunner().invoke(covec, ["sample", "retail", "-n", "1", *wrong]).exit_code == 2


def test_dials_belong_to_what_a_run_is(tmp_path):
    words = ["synth", "retail", "-n", "2", "-o", str(tmp_path / "run")]
    assert CliRunner().invoke(covec, words).exit_code == 0
    refused = CliRunner().invoke(covec, [*words, "--spread"])
    assert refused.exit_code == 2
    assert "dials" in refused.output + refused.stderr


@pytest.mark.parametrize(
    "row",
    [[5], {"cove": 5}, {"cove": {"accept": [5]}}, {"cove": {"accept": [[{"name": "x"}]]}}, {"evaluation_criteria": 5},
     {"actions": [{"name": []}]}],
)  # fmt: skip
def test_what_is_no_task_is_refused(row, tmp_path):
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps(row if isinstance(row, dict) else {"actions": row}) + "\n")
    with pytest.raises(ValueError, match="holds something that is no task"):
        avoided(path, frozenset({"x"}))


def test_a_line_ends_where_json_lines_say(tmp_path):
    """Other marks that end a line in some texts may stand in a value."""
    path = tmp_path / "tasks.jsonl"
    plan = [{"name": "x", "arguments": {"why": "one\u2028two"}}]
    path.write_text("\ufeff" + json.dumps({"actions": plan}, ensure_ascii=False) + "\n \n", encoding="utf-8")
    assert avoided(path, frozenset({"x"})) == signatures([plan])
