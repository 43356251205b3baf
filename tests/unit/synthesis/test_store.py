"""A run's folder: equal orders give equal bytes, a killed run is taken up, another order is refused."""

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.synthesis.parties import unmarked
from cove_dsl.synthesis.run import Order, synthesize
from cove_dsl.synthesis.sample import NoTask
from cove_dsl.synthesis.store import (
    DIALOGUES,
    MANIFEST,
    SPEC,
    SUMMARY,
    TRAINING,
    WORLD,
    FinishedRun,
    OtherRun,
    RunStore,
    line_of,
)  # fmt: skip
from cove_dsl.synthesis.summary import digest_of
from cove_dsl.tools.cli import covec
from cove_dsl.world.desk import load
from cove_dsl.world.state import dumps, read_state
from tests.conftest import ROOT

FILES = (MANIFEST, WORLD, DIALOGUES, TRAINING, SUMMARY)


@pytest.fixture
def order(retail, shop):
    return Order(retail, shop, 6, seed=3)


@pytest.fixture
def run(order, tmp_path):
    synthesize(order, tmp_path / "run")
    return tmp_path / "run"


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_two_runs_are_the_same_to_the_byte(order, run, tmp_path):
    synthesize(order, tmp_path / "again")
    assert bytes_of(tmp_path / "again") == bytes_of(run)
    assert sorted(p.name for p in run.iterdir()) == sorted([*FILES, SPEC])


@pytest.mark.parametrize("kept", [0, 1, 700, -1, -500])
def test_a_killed_run_is_taken_up(order, run, kept):
    whole = bytes_of(run)
    lines = whole[DIALOGUES].splitlines(keepends=True)
    torn = {0: b"", 1: lines[0], 700: lines[0] + lines[1][:700]}
    torn |= {cut: whole[DIALOGUES][:cut] for cut in (-1, -500)}
    (run / DIALOGUES).write_bytes(torn[kept])
    (run / TRAINING).unlink()
    (run / SUMMARY).unlink()
    synthesize(order, run)
    assert bytes_of(run) == whole


def messages_of(row, last):
    return {**row, "messages": [*row["messages"][:-1], last]}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Thanks, bye. ###STOP###", "Thanks, bye."),
        ("Thanks, bye.\n\n###STOP###", "Thanks, bye."),
        ("###STOP###", None),
        ("  ###STOP###\n", None),
        ('I "mean" it ###STOP### bye', 'I "mean" it  bye'),
        (" ###TRANSFER### ok", "ok"),
        ("###STOP### ###STOP###", None),
        ("Ünd tschüß. ###STOP###", "Ünd tschüß."),
    ],
)
def test_training_is_spared_the_marker_of_users(run, tmp_path, said, kept):
    """Whether it can be cut out of the line or not, and whether the line was just made or lay there."""
    rows = [json.loads(line) for line in (run / DIALOGUES).read_text().splitlines()]
    rows = [messages_of(row, {"role": "user", "content": said}) for row in rows]
    rows[1]["messages"][-3:-3] = [{"role": "user", "content": "No. ###STOP###"}]
    store = RunStore(tmp_path / "fresh", {"n": len(rows)})
    store.open()
    for row in rows:
        store.add(line_of(row))
    store.settle()
    store.finish({}, [])
    trained = (tmp_path / "fresh" / TRAINING).read_bytes()
    found = [json.loads(line) for line in trained.splitlines()]
    assert len(found) == len(rows)
    for row, learnt in zip(rows, found, strict=True):
        assert learnt.keys() == {"id", "messages", "tools", "start", "termination", "cove"}
        assert learnt["messages"] == unmarked(row["messages"])
        words = [m["content"] for m in learnt["messages"] if m["role"] == "user"]
        assert words[-1] == kept or (kept is None and learnt["messages"][-1] == row["messages"][-2])
        assert "###" not in json.dumps(words)
    again = RunStore(tmp_path / "fresh", {"n": len(rows)})
    again.open()
    again.settle()
    again.finish({}, [])
    assert (tmp_path / "fresh" / TRAINING).read_bytes() == trained


def test_a_run_that_is_done_is_not_done_again(order, run):
    seen = []
    before = (run / DIALOGUES).stat().st_mtime_ns
    synthesize(order, run, lambda counts: seen.append(counts.total))
    assert seen == [6]
    assert (run / DIALOGUES).stat().st_mtime_ns == before


def test_another_order_is_refused(retail, shop, run):
    with pytest.raises(OtherRun, match="seed was 3 and is now 4"):
        synthesize(Order(retail, shop, 6, seed=4), run)


def test_a_folder_of_something_else_is_left_alone(order, tmp_path):
    (tmp_path / "thesis.txt").write_text("my thesis")
    with pytest.raises(OtherRun, match="not empty"):
        synthesize(order, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_rows_carry_what_a_verifier_needs(retail, run):
    rows = [json.loads(line) for line in (run / DIALOGUES).read_text().splitlines()]
    assert all({"id", "messages", "tools", "start", "cove", "report"} <= row.keys() for row in rows)
    assert all(row["cove"]["spec"] == retail.hash for row in rows)
    assert len((run / TRAINING).read_text().splitlines()) == sum(row["report"]["score"] == 1 for row in rows)


def test_the_command_line_makes_and_refuses_runs(tmp_path):
    folder = str(tmp_path / "run")
    made = CliRunner().invoke(covec, ["synth", "retail", "-n", "3", "--seed", "1", "-o", folder])
    assert made.exit_code == 0, made.output
    assert "3 of 3 dialogues verified" in made.output
    refused = CliRunner().invoke(covec, ["synth", "retail", "-n", "3", "--seed", "2", "-o", folder])
    assert refused.exit_code == 2
    assert "holds another run" in refused.output + refused.stderr


def test_a_run_is_replaced_on_demand(retail, shop, order, run, tmp_path):
    (run / "notes.txt").write_text("mine")
    with pytest.raises(OtherRun, match="--force to replace it"):
        synthesize(Order(retail, shop, 2, seed=4), run)
    synthesize(Order(retail, shop, 2, seed=4), run, anew=True)
    synthesize(Order(retail, shop, 2, seed=4), tmp_path / "fresh")
    assert bytes_of(run) == bytes_of(tmp_path / "fresh")
    assert (run / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, NoTask])
def test_a_run_stays_whole_until_another_can_take_its_place(retail, shop, run, tmp_path, error):
    before, other = bytes_of(run), Order(retail, shop, 3, seed=4)

    def fails(counts):
        if counts.total == 2:
            raise error

    with suppress(RuntimeError, NoTask):
        synthesize(other, run, fails, anew=True)
    assert bytes_of(run) == before
    synthesize(other, run, anew=True)
    synthesize(other, tmp_path / "fresh")
    assert bytes_of(run) == bytes_of(tmp_path / "fresh")
    assert sorted(p.name for p in run.iterdir()) == sorted([*FILES, SPEC])


@pytest.mark.parametrize("moves", range(8))
def test_a_run_that_was_about_to_take_anothers_place_takes_it(order, retail, shop, run, tmp_path, monkeypatch, moves):
    other = Order(retail, shop, 2, seed=4)
    left, replace = [moves], Path.replace

    def few(place, to):
        if not left[0]:
            raise RuntimeError
        left[0] -= 1
        return replace(place, to)

    monkeypatch.setattr(Path, "replace", few)
    with suppress(RuntimeError):
        synthesize(other, run, anew=True)
    monkeypatch.undo()
    synthesize(other, run, anew=moves == 0)
    synthesize(other, tmp_path / "fresh")
    assert bytes_of(run) == bytes_of(tmp_path / "fresh")


def test_force_replaces_nothing_but_a_run(order, tmp_path):
    (tmp_path / MANIFEST).write_text('{"spec": "mine"}')
    (tmp_path / TRAINING).write_text("mine")
    with pytest.raises(OtherRun, match="give another folder"):
        synthesize(order, tmp_path, anew=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([MANIFEST, TRAINING])


def test_the_command_line_replaces_a_run(tmp_path):
    asked = ["synth", "retail", "-n", "2", "-o", str(tmp_path / "run"), "--seed"]
    assert CliRunner().invoke(covec, [*asked, "1"]).exit_code == 0
    assert CliRunner().invoke(covec, [*asked, "2"]).exit_code == 2
    again = CliRunner().invoke(covec, [*asked, "2", "--force"])
    assert again.exit_code == 0, again.output


def test_data_is_written_once(tmp_path):
    path = str(tmp_path / "db.json")
    first = CliRunner().invoke(covec, ["data", "retail", "-o", path, "--seed", "5"])
    assert first.exit_code == 0
    assert "500 users, 1,000 orders, 50 products" in first.output
    assert CliRunner().invoke(covec, ["data", "retail", "-o", path]).exit_code == 2


@pytest.mark.parametrize(
    ("world", "told"),
    [
        ("", "by `record` and `table`"),
        (
            "record Boat { boat_id: id, berth: int }\ntable boats: Boat key boat_id\n",
            'insert Boat(boat_id: "B{unique_digits(4)}", berth: …) into boats',
        ),
    ],
)
@pytest.mark.parametrize("command", ["synth", "data"])
def test_who_has_no_world_is_told_what_to_write(tmp_path, world, told, command):
    (tmp_path / "boats.cove").write_text(f'domain boats "Boats"\n{world}', encoding="utf-8")
    asked = [command, str(tmp_path / "boats.cove"), "-o", str(tmp_path / "out")]
    said = CliRunner().invoke(covec, [*asked, *(["-n", "1"] if command == "synth" else [])])
    assert said.exit_code == 1
    assert "has no `generate` block" in said.output + said.stderr
    assert told in said.output + said.stderr


def test_a_run_that_is_taken_up_holds_its_specification_once(tmp_path):
    """The same specification may lie in a file of another name by then."""
    text = (ROOT / "docs/examples/tea.cove").read_text()
    run = tmp_path / "run"
    for name in ("tea.cove", "shop.cove"):
        (tmp_path / name).write_text(text)
        desk = load(str(tmp_path / name))
        synthesize(Order(desk, read_state(ROOT / "docs/examples/shop.json", desk.spec), 2), run)
    assert [p.name for p in (run / SPEC).glob("*.cove")] == ["shop.cove"]
    assert load(FinishedRun(run).spec).hash == desk.hash


def test_who_a_task_is_about_is_the_same_when_it_is_read_again(run):
    """Else a summary would be another where a run was taken up."""
    row = json.loads((run / DIALOGUES).read_text().splitlines()[0])
    row["cove"] |= {"scenario": ["one"]}
    row["cove"]["profile"]["person"] = [{"label": "balance", "value": Decimal("12.50")}]
    assert digest_of(row) == digest_of(json.loads(dumps(row)))
