"""A new desk checks and passes its own tests, whatever it is made from; nothing of anybody's is overwritten."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cove_dsl.pipeline import Compiler
from cove_dsl.tools.cli import covec
from cove_dsl.tools.foreign import import_tools
from cove_dsl.tools.foreign.starter import starter
from cove_dsl.world.desk import Desk, load
from cove_dsl.world.spectest import run_tests
from tests.property.test_import import SCHEMAS, objects

TOOLS = [
    {
        "name": "find-order",
        "parameters": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    },
    {
        "name": "cancel-order",
        "parameters": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    },
]


def covec_run(*args: str) -> Result:
    return CliRunner().invoke(covec, list(args))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tools.json").write_text(json.dumps(TOOLS), encoding="utf-8")


@pytest.mark.parametrize(
    "args",
    [[], ["--template", "policy"], ["--from", "tools.json"], ["--from", "retail"]],
    ids=lambda a: "-".join(a) or "desk",
)
def test_a_new_desk_is_right(args):
    made = covec_run("init", "my-desk", *args)
    assert made.exit_code == 0, made.output
    assert "covec test my-desk" in made.stdout
    desk = load("my-desk")
    assert desk.name == ("retail" if "retail" in args else "my_desk")
    results = run_tests(desk)
    assert len(results) >= 2
    assert all(r.passed for r in results)
    triggered = {r["rule"] for t in results for r in t.report["rules"] if r["triggered"]}
    assert len(triggered) >= 1


def test_the_library_checks_with_the_solver_and_makes_dialogues():
    assert covec_run("init", "books").exit_code == 0
    assert covec_run("check", "books").exit_code == 0
    made = covec_run("synth", "books", "-n", "12", "-o", "run")
    assert made.exit_code == 0, made.output
    assert "verdicts: 12 satisfied" in made.output


def test_a_starter_shows_its_rule_at_work():
    assert covec_run("init", "new", "--from", "tools.json").exit_code == 0
    reports = {t.name: t.report for t in run_tests(load("new"))}
    assert [r["verdict"] for r in reports.values()] == ["satisfied", "violated"]


def test_nothing_is_overwritten():
    Path("full").mkdir()
    Path("full/mine.txt").write_text("mine", encoding="utf-8")
    Path("file").write_text("mine", encoding="utf-8")
    for name in ("full", "file"):
        refused = covec_run("init", name)
        assert refused.exit_code == 2
        assert "is there already" in refused.stderr
    assert [p.name for p in Path("full").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--from", "tools.json", "--template", "desk"], "not both"),
        (["--from", "nowhere.json"], "nowhere.json"),
        (["--only", "x"], "--only"),
        (["--from", "retail", "--only", "x"], "--only"),
        (["--from", "tools.json", "--only", "x"], "no tool fits x"),
    ],
)
def test_what_makes_no_sense(args, said):
    made = covec_run("init", "new", *args)
    assert made.exit_code != 0
    assert said in made.output + str(made.exception)
    assert not Path("new").exists()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(objects(SCHEMAS), min_size=1, max_size=3))
def test_any_tools_make_a_desk_that_is_right(schemas):
    tools = [{"name": f"do-{i}", "parameters": s} for i, s in enumerate(schemas)]
    Path("any.json").write_text(json.dumps(tools), encoding="utf-8")
    files = starter(import_tools("any.json")).files
    found = Compiler().compile([(n, t.encode()) for n, t in files.items()], {})
    assert found.spec is not None
    assert found.problems == ()
    assert all(t.passed for t in run_tests(Desk(found.spec)))
