"""Which recorded conversations another policy judges otherwise."""

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from cove_dsl.tools.cli import covec
from cove_dsl.world.conversations import read_records
from cove_dsl.world.load import load_spec
from cove_dsl.world.migration import Side, judged_otherwise
from cove_dsl.world.program import program_of
from cove_dsl.world.state import world_of

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
OLD, NEW, TALKS = EXAMPLES / "returns.cove", EXAMPLES / "returns-later.cove", EXAMPLES / "returns.jsonl"


def side(path: Path) -> Side:
    program = program_of(load_spec(str(path)))
    return Side(program, world_of(None, program))


def judged(old: Path, new: Path, renamed: dict[str, str], talks: Path = TALKS):
    return {j.id: j for j in judged_otherwise(read_records(talks), side(old), side(new), renamed)}


def test_what_was_wrong_and_is_right_now_and_the_reverse():
    there, back = judged(OLD, NEW, {}), judged(NEW, OLD, {})
    assert (
        {i for i, j in there.items() if j.differs} == {i for i, j in back.items() if j.differs} == {"after-six-weeks"}
    )
    wrong = there["after-six-weeks"]
    assert (wrong.old.verdict, wrong.old.violated, wrong.new.verdict) == ("violated", ("in_time",), "satisfied")
    assert back["after-six-weeks"].new.violated == ("in_time",)
    assert there["worn-boots"].new.violated == ("unworn",)


def test_a_rule_under_another_name_is_the_same_rule(tmp_path: Path):
    """What only one side knows under a name differs, unless the other name is known."""
    renamed = tmp_path / "renamed.cove"
    renamed.write_text(OLD.read_text(encoding="utf-8").replace("rule unworn", "rule not_worn"), encoding="utf-8")
    assert [i for i, j in judged(OLD, renamed, {}).items() if j.differs] == ["worn-boots"]
    assert not any(j.differs for j in judged(OLD, renamed, {"unworn": "not_worn"}).values())
    done = CliRunner().invoke(covec, ["diff", str(OLD), str(renamed), "--on", str(TALKS)])
    assert done.exit_code == 0
    assert "0 of 3 conversations judged otherwise" in done.output


def test_warnings_do_not_count(tmp_path: Path):
    warned = tmp_path / "warned.cove"
    warned.write_text(OLD.read_text(encoding="utf-8").replace('30 days."', '30 days." warning'), encoding="utf-8")
    assert judged(OLD, warned, {})["after-six-weeks"].new.violated == ()


def test_a_record_that_cannot_be_judged_is_named_and_fails(tmp_path: Path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "odd", "messages": [{"role": "wizard", "content": "x"}]}\n{"id": "none"}\n')
    found = judged(OLD, NEW, {}, bad)
    assert all(j.error and j.old is None for j in found.values())
    done = CliRunner().invoke(covec, ["diff", str(OLD), str(OLD), "--on", str(bad), "--format", "json"])
    lines = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    assert done.exit_code == 1
    assert [line["id"] for line in lines if "id" in line] == ["odd", "none"]
    assert all(line["error"] for line in lines if "id" in line)


def test_conversations_show_what_small_worlds_miss(tmp_path: Path):
    """A difference among what was recorded counts, whatever the solver says of the policies."""
    old, new = tmp_path / "old.cove", tmp_path / "new.cove"
    text = OLD.read_text(encoding="utf-8")
    rule = 'rule short "Say it in a few words." { before agent message  require words: length(message.text) <= %d }\n'
    old.write_text(text + rule % 20, encoding="utf-8")
    new.write_text(text + rule % 30, encoding="utf-8")
    talk = tmp_path / "talk.jsonl"
    talk.write_text(json.dumps({"id": "long", "messages": [{"role": "assistant", "content": "x" * 25}]}) + "\n")
    done = CliRunner().invoke(covec, ["diff", str(old), str(new), "--on", str(talk)])
    assert done.exit_code == 1
    assert "✓ long  violated (short) → satisfied" in done.output


def test_a_world_goes_with_conversations():
    done = CliRunner().invoke(covec, ["diff", str(OLD), str(NEW), "--state", "db.json"])
    assert done.exit_code == 2


def test_a_run_tells_what_a_change_of_its_policy_would_say_of_it(tmp_path: Path):
    """Its tasks were made for the old version; its world comes along."""
    run, changed = tmp_path / "run", tmp_path / "changed"
    clinic = Path(__file__).parents[3] / "specs/clinic"
    made = CliRunner().invoke(covec, ["synth", str(clinic), "-n", "4", "-o", str(run)])
    assert made.exit_code == 0, made.output
    shutil.copytree(clinic, changed)
    policy = changed / "policy.cove"
    policy.write_text(policy.read_text("utf-8").replace("earlier ok call to get_app", "earlier failed call to get_app"))
    done = CliRunner().invoke(covec, ["diff", str(clinic), str(changed), "--on", str(run)])
    assert done.exit_code == 1
    assert "3 of 4 conversations judged otherwise: 3 satisfied → violated" in done.output


def test_rows_that_were_taken_from_their_export_say_where_their_world_should_be(tmp_path: Path):
    rows = tmp_path / "few.jsonl"
    talk = json.loads(TALKS.read_text(encoding="utf-8").splitlines()[0])
    rows.write_text(json.dumps(talk | {"cove": {"export": "messages", "accept": [[]]}}) + "\n")
    for command in (["diff", str(OLD), str(NEW), "--on", str(rows)], ["verify", str(OLD), str(rows)]):
        done = CliRunner().invoke(covec, command)
        assert f"should lie in {rows}.cove/world.json: give it by --state" in done.stderr
