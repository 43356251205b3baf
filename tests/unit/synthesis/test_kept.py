"""A run's folder that was damaged or edited is told apart from one of ours, at its place, by whoever reads it."""

import copy
import json
import random
from contextlib import suppress

import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.synthesis.kept import manifest_problem, row_problem
from cove_dsl.synthesis.statistics import statistics_of
from cove_dsl.synthesis.store import DIALOGUES, MANIFEST, SUMMARY
from cove_dsl.tools.cli import covec
from cove_dsl.tools.report_html import page
from cove_dsl.training.card import card
from cove_dsl.training.forms import FORMS, NotThere

JUNK = (None, 5, -1, "x", [], {}, True, [None], {"a": 5})


def invoke(*words):
    return CliRunner().invoke(covec, [str(w) for w in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "run"
    assert invoke("synth", "clinic", "-n", 4, "--agent", "flawed", "-o", folder).exit_code in (0, 1)
    return folder


@pytest.fixture
def run(made, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for file in made.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


def places(value, above=()):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from places(inner)


def spoilt(value, dice):
    """A copy with another value, or none, at one place."""
    value = copy.deepcopy(value)
    holder, key = dice.choice(list(places(value)))
    if isinstance(holder, dict) and dice.random() < 0.3:
        del holder[key]
    else:
        holder[key] = dice.choice(JUNK)
    return value


def test_what_has_the_shape_of_a_row_is_read_to_its_end(made):
    """Whoever takes a member finds it: reports and datasets of rows that were edited come to an end."""
    rows = [parse_json(line) for line in (made / DIALOGUES).read_text().splitlines()]
    manifest, dice = parse_json((made / MANIFEST).read_text()), random.Random(0)
    assert [row_problem(row) for row in rows] == [None] * len(rows)
    assert manifest_problem(manifest) is None
    told = refused = 0
    for _ in range(400):
        row, about = spoilt(dice.choice(rows), dice), spoilt(manifest, dice)
        if manifest_problem(about) is None:
            nothing = {"rows": 0, "fit": 0, "dialogues": 0, "scenarios": {}, "at_least": 1, "skipped": {}}
            card(about, "messages", "a", "b", nothing)
        if row_problem(row) is not None:
            refused += 1
            continue
        told += 1
        assert page(statistics_of([row]), None, manifest if manifest_problem(about) else about, {})
        for form in FORMS.values():
            with suppress(NotThere):
                assert isinstance(list(form(row)), list)
    assert told >= 50
    assert refused >= 50


@pytest.mark.parametrize("line", [b"[5]", b"{", b"\xff", b"[" * 9000, b'{"id": 5}'])
def test_a_line_that_is_no_dialogue_is_named(run, line):
    whole = (run / DIALOGUES).read_bytes().splitlines(keepends=True)
    (run / DIALOGUES).write_bytes(b"".join([whole[0], line + b"\n", *whole[1:]]))
    for words in (("report", run), ("export", run, "--spec", "clinic", "--to", "messages", "-o", run / "data.jsonl"),
                  ("synth", "clinic", "-n", 4, "--agent", "flawed", "-o", run)):  # fmt: skip
        done = invoke(*words)
        assert done.exit_code == 2, words
        assert f"{DIALOGUES}:2" in done.output
    assert not (run / "data.jsonl").exists()


@pytest.mark.parametrize("text", ["{", "[" * 9000, "5", '{"requests": 5}', '{"requests": {"agent": {"asked": "x"}}}'])
def test_a_summary_that_is_none_is_left_out_of_the_report(run, text):
    (run / SUMMARY).write_text(text)
    done = invoke("report", run)
    assert (done.exit_code, "What models were asked" in (run / "report.html").read_text()) == (0, False)


@pytest.mark.parametrize("text", ["{", "[]", "5", "[" * 9000, "{}", json.dumps({"spec": "clinic", "agent": 5})])
def test_a_manifest_that_is_none_is_named(run, text):
    (run / MANIFEST).write_text(text)
    for words in (("report", run), ("synth", "clinic", "-n", 4, "-o", run)):
        done = invoke(*words)
        assert done.exit_code == 2
        assert done.exception is None or isinstance(done.exception, SystemExit)
        assert MANIFEST in done.output or "another run" in done.output
