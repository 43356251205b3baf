"""What continuous integration reads: exit codes, JUnit XML, SARIF; and the choice of rules and tests by name."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from cove_dsl.tools.ci import Case, Notice, Place, Reports
from cove_dsl.tools.cli import covec, main
from cove_dsl.tools.render_junit import render_junit
from cove_dsl.tools.render_sarif import render_sarif, uri
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
TEA, TALK, SHOP = (str(EXAMPLES / name) for name in ("tea.cove", "conversations.jsonl", "shop.json"))
VERIFY = ("verify", TEA, TALK, "--state", SHOP)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(covec, [str(w) for w in words], catch_exceptions=False)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    waiver = '[[waiver]]\nrule = "explicit_yes"\nreason = "old"\nexpires = 2030-01-31\n'
    (tmp_path / "waivers.toml").write_text(waiver, encoding="utf-8")
    return tmp_path


@pytest.fixture
def failing(here: Path) -> Path:
    text = Path(TEA).read_text(encoding="utf-8")
    (here / "tea.cove").write_text(text.replace("?.status == sent", "?.status == open"), encoding="utf-8")
    return here / "tea.cove"


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_only_the_chosen_rules_are_reported():
    for line in rows(run(*VERIFY, "--rule", "own_*", "--format", "json")):
        assert [r["rule"] for r in line["rules"]] == ["own_orders"]
    left = rows(run(*VERIFY, "--skip-rule", "explicit_yes", "--format", "json"))
    assert [line["verdict"] for line in left] == ["satisfied"] * 3
    assert all("explicit_yes" not in {r["rule"] for r in line["rules"]} for line in left)


def test_what_is_presupposed_is_judged_and_not_reported(here: Path):
    call = {"name": "get_order", "arguments": {"order_id": "T1"}}
    made = {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "type": "function", "function": call}]}
    order = {"role": "tool", "tool_call_id": "a", "content": "{}"}
    (here / "talk.jsonl").write_text(json.dumps({"id": "x", "messages": [made, order]}), encoding="utf-8")
    line = rows(run("verify", TEA, "talk.jsonl", "--rule", "own_orders", "--format", "json"))[0]
    assert [(r["rule"], r["triggered"]) for r in line["rules"]] == [("own_orders", 0)]
    assert line["verdict"] == "satisfied"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*VERIFY, "--rule", "own_orders", "--rule", "explict_*"), "no rule matches `explict_*`; did you mean"),
        ((*VERIFY, "--skip-rule", "nothing"), "no rule matches `nothing`"),
        ((*VERIFY, "--rule", "own_*", "--skip-rule", "own_*"), "no rule is left"),
        (("test", TEA, "--name", "*nobody*"), "no test matches"),
        (("test", TEA, "--rule", "only_opn_orders"), "did you mean `only_open_orders`"),
        (("test", TEA, "--rule", "one_user"), "no test is left"),
        (("audit", TEA, TALK, "--state", SHOP, "--rule", "own_order"), "did you mean `own_orders`"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused(words: tuple[str, ...], said: str, capsys: Any, monkeypatch: Any):
    monkeypatch.setattr("sys.argv", ["covec", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert said in shown.err


def test_an_audit_of_some_rules():
    result = run("audit", TEA, TALK, "--state", SHOP, "--skip-rule", "explicit_*", "--format", "json")
    found = rows(result)
    assert {r["rule"] for r in found if r["kind_of_row"] == "rule"} == {
        "identified_first", "own_orders", "only_open_orders", "reason_is_told", "one_user", "one_at_a_time",
        "nothing_invented", "hand_over_line",
    }  # fmt: skip
    assert not any(r["breaches"] for r in found if r["kind_of_row"] == "run")


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_what_is_waived_does_not_fail_the_run(here: Path):
    waived = run(*VERIFY, "--waivers", "waivers.toml", "--today", "2030-01-31", "--format", "json")
    line = rows(waived)[1]
    assert (waived.exit_code, line["verdict"], line["counts_as"], line["score"]) == (0, "violated", "satisfied", 0.5)
    broken = next(r for r in line["rules"] if r["rule"] == "explicit_yes")
    assert (broken["verdict"], broken["waived"]) == ("violated", {"reason": "old", "expires": "2030-01-31"})
    expired = run(*VERIFY, "--waivers", "waivers.toml", "--today", "2030-02-01")
    assert expired.exit_code == 1
    assert "waiver-expired" in expired.stderr
    assert "waiver" not in expired.stdout


def test_a_bad_waiver_stops_before_anything_is_judged(here: Path):
    (here / "waivers.toml").write_text('[[waiver]]\nrule = "x"\n', encoding="utf-8")
    result = run(*VERIFY, "--waivers", "waivers.toml", "--junit", "j.xml", "-o", "out.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "waivers.toml:2:8" in result.stderr
    assert {p.name for p in here.iterdir()} == {"waivers.toml"}


def test_a_baseline_is_written_kept_and_told_of(here: Path):
    assert run(*VERIFY, "--write-baseline", "known.jsonl").exit_code == 0
    before = (here / "known.jsonl").read_text(encoding="utf-8")
    assert len(before.splitlines()) == 2
    assert run(*VERIFY, "--baseline", "known.jsonl").exit_code == 0
    (here / "known.jsonl").write_text(before.splitlines(keepends=True)[0], encoding="utf-8")
    assert run(*VERIFY, "--baseline", "known.jsonl").exit_code == 1
    gone = {"id": "too-late", "rule": "own_orders", "label": "owner", "event": {"message": 5, "call": 0}}
    (here / "known.jsonl").write_text(f"{before}{json.dumps(gone)}\n", encoding="utf-8")
    result = run(*VERIFY, "--baseline", "known.jsonl", "--write-baseline", "known.jsonl", "--force")
    assert "gone: own_orders.owner at message 5, call 0 of too-late" in result.stderr
    assert (here / "known.jsonl").read_text(encoding="utf-8") == before


def test_writing_over_an_old_baseline_does_not_hide_what_is_new(here: Path):
    (here / "known.jsonl").write_text("", encoding="utf-8")
    result = run(*VERIFY, "--baseline", "known.jsonl", "--write-baseline", "known.jsonl", "--force")
    assert result.exit_code == 1
    assert len((here / "known.jsonl").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize("option", ["--write-baseline", "--junit", "--sarif"])
def test_nothing_is_overwritten_without_being_told(here: Path, option: str, monkeypatch: Any, capsys: Any):
    (here / "there").write_text("precious", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["covec", *VERIFY, option, "there"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--force" in capsys.readouterr().err
    assert (here / "there").read_text(encoding="utf-8") == "precious"


def test_a_refused_record_fails_the_run_whatever_is_known(here: Path):
    (here / "talk.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    result = run(
        "verify", TEA, "talk.jsonl", "--write-baseline", "known.jsonl", "--junit", "j.xml", "--sarif", "s.sarif"
    )
    assert result.exit_code == 1
    (case,) = ET.parse(here / "j.xml").getroot().iter("testcase")
    assert case.find("error") is not None
    (found,) = sarif(here / "s.sarif")["results"]
    assert (found["ruleId"], found["locations"][0]["physicalLocation"]["region"]) == ("bad-record", {"startLine": 1})


def test_what_is_undecided_behind_something_known_stays_undecided(here: Path):
    words = ("verify", TEA, TALK, "--rule", "explicit_yes")
    run(*words, "--write-baseline", "known.jsonl")
    result = run(*words, "--baseline", "known.jsonl")
    assert result.exit_code == 3
    assert "? without-asking  score –  state unknown  broke explicit_yes (known)" in result.stdout


# --- JUnit ------------------------------------------------------------------------------------------------------------


def cases(path: Path) -> dict[str, tuple[str, str]]:
    """Each case with its state (`passed` where nothing is said) and its message; counts are checked."""
    root = ET.parse(path).getroot()
    found: dict[str, tuple[str, str]] = {}
    for suite in root.iter("testsuite"):
        states = []
        for case in suite.iter("testcase"):
            part = next((p for p in case if p.tag in ("failure", "error", "skipped")), None)
            states.append("passed" if part is None else part.tag)
            found[case.attrib["name"]] = (states[-1], "" if part is None else part.attrib["message"])
        counted = [("tests", len(states))] + [
            (kind, states.count(tag))
            for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
        ]
        assert [(kind, int(suite.attrib[kind])) for kind, _ in counted] == counted
    assert int(root.attrib["tests"]) == len(found)
    return found


def test_a_case_for_each_conversation(here: Path):
    run(*VERIFY, "--junit", "j.xml")
    assert cases(here / "j.xml") == {
        "with-a-yes": ("passed", ""),
        "without-asking": ("failure", "explicit_yes.affirmed, explicit_yes.listed"),
        "too-late": ("passed", ""),
    }
    case = ET.parse(here / "j.xml").getroot().findall(".//testcase")[1]
    assert (case.attrib["file"], case.attrib["line"]) == (TALK, "2")
    text = case.findtext("failure") or ""
    assert "explicit_yes.affirmed at message 5, call 0: Before any change" in text
    assert "desk.cove:" in text


def test_what_is_waived_passes_and_is_remarked(here: Path):
    run(*VERIFY, "--waivers", "waivers.toml", "--today", "2029-01-01", "--junit", "j.xml")
    assert {state for state, _ in cases(here / "j.xml").values()} == {"passed"}
    assert "waived until 2030-01-31 (old)" in (here / "j.xml").read_text(encoding="utf-8")


def test_what_is_undecided_is_skipped(here: Path):
    result = run("verify", TEA, TALK, "--junit", "j.xml", "--sarif", "s.sarif")
    found = cases(here / "j.xml")
    undecided = [
        line["id"] for line in rows(run("verify", TEA, TALK, "--format", "json")) if line["verdict"] == "unknown"
    ]
    assert undecided
    assert [name for name, (state, _) in found.items() if state == "skipped"] == undecided
    assert all(found[name][1].startswith("undecided: ") for name in undecided)
    assert result.exit_code == 1
    assert "goal:unknown" in {r["ruleId"] for r in sarif(here / "s.sarif")["results"]}
    open_ones = [r for r in sarif(here / "s.sarif")["results"] if r["kind"] == "open"]
    assert all(r["level"] == "none" for r in open_ones)


def test_text_that_xml_cannot_hold_is_replaced():
    hostile = "a\x00b\x1bc\ud800d\uffffe<&>\"'"
    root = ET.fromstring(render_junit("covec", [Case(hostile, hostile, "failed", hostile, hostile, hostile)]))
    case = root.find(".//testcase")
    assert case is not None
    assert case.attrib["name"] == "a\ufffdb\ufffdc\ufffdd\ufffde<&>\"'"
    assert case.findtext("failure") == case.attrib["name"]


WRONG = 'what was expected does not hold in the final world: `orders["T2"]?.status` is "sent"'


def test_a_case_for_each_test_with_its_story(failing: Path):
    result = run("test", failing, "--junit", "j.xml", "--sarif", "s.sarif")
    assert result.exit_code == 1
    assert cases(failing.parent / "j.xml") == {
        "an open order is cancelled after a yes": ("passed", ""),
        "an order that has left stays as it is": ("failure", WRONG),
    }
    story = ET.parse(failing.parent / "j.xml").getroot().findtext(".//failure") or ""
    assert "cancel_order(order_id=T2" in story
    assert "\x1b" not in story
    (found,) = sarif(failing.parent / "s.sarif")["results"]
    assert found["ruleId"] == "test-failed"
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "tea.cove"}


def test_a_case_for_each_problem(here: Path):
    (here / "bad.cove").write_text('domain x "X"\nrule r "R." { before call to nothing }\n', encoding="utf-8")
    result = run("check", "bad.cove", TEA, "--no-solve", "--junit", "j.xml", "--sarif", "s.sarif")
    assert result.exit_code == 1
    found = cases(here / "j.xml")
    assert found.pop(TEA) == ("passed", "")
    assert found
    assert {name.split()[1].split(":")[0] for name in found} == {"bad.cove"}
    log = sarif(here / "s.sarif")
    assert len(log["results"]) == len(found)
    assert {r["ruleId"] for r in log["results"]} == {name.split()[0] for name in found}
    assert all(r["locations"][0]["physicalLocation"]["region"]["startColumn"] >= 1 for r in log["results"])


# --- SARIF ------------------------------------------------------------------------------------------------------------


def shape(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT, COUNT, WORDS = {"type": "string"}, {"type": "integer", "minimum": 1}, shape(("text",), text={"type": "string"})
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = shape(
    id={"type": "integer", "minimum": -1},
    physicalLocation=shape(
        ("artifactLocation",),
        artifactLocation=shape(("uri",), uri={"type": "string", "pattern": r"^[!-~]+$"}),
        region=shape(("startLine",), startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT),
    ),
    logicalLocations=many(shape(fullyQualifiedName=TEXT)),
)
RESULT = shape(
    ("message",),
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    level=LEVEL,
    message=WORDS,
    locations=many(LOCATION),
    relatedLocations=many(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions=many(
        shape(
            ("kind",),
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification=TEXT,
        )
    ),
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
)
RULE = shape(("id",), id=TEXT, shortDescription=WORDS, defaultConfiguration=shape(level=LEVEL))
DRIVER = shape(("name",), name=TEXT, semanticVersion=TEXT, rules=many(RULE) | {"uniqueItems": True})
LOG = shape(
    ("version", "runs"),
    version={"const": "2.1.0"},
    runs=many(
        shape(
            ("tool",),
            tool=shape(("driver",), driver=DRIVER),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            invocations=many(
                shape(("executionSuccessful",), executionSuccessful={"type": "boolean"}, exitCode={"type": "integer"})
            ),
            results=many(RESULT),
        )
    ),
)
LOG["properties"]["$schema"] = {"type": "string", "pattern": "sarif-schema-2.1.0.json$"}


def sarif(path: Path) -> dict[str, Any]:
    """The run of a log, which has the standard's shape as far as we use it."""
    log = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator(LOG).validate(log)
    made: dict[str, Any] = log["runs"][0]
    names = [rule["id"] for rule in made["tool"]["driver"]["rules"]]
    assert len(set(names)) == len(names)
    for result in made["results"]:
        assert names[result["ruleIndex"]] == result["ruleId"]
        assert (result["kind"] == "fail") == (result["level"] != "none")
    return made


def test_a_result_for_each_violation(here: Path):
    run(*VERIFY, "--sarif", "s.sarif")
    made = sarif(here / "s.sarif")
    assert made["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    found = made["results"]
    assert [r["ruleId"] for r in found] == ["explicit_yes"] * 2
    place = found[0]["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 2}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "without-asking#/messages/5/tool_calls/0"}]
    (related,) = found[0]["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "specs/modules/desk.cove"
    assert found[0]["partialFingerprints"] != found[1]["partialFingerprints"]
    assert "suppressions" not in found[0]
    assert "baselineState" not in found[0]


def test_accepted_results_say_so(here: Path):
    run(*VERIFY, "--waivers", "waivers.toml", "--today", "2029-01-01", "--sarif", "waived.sarif")
    (suppressed,) = sarif(here / "waived.sarif")["results"][0]["suppressions"]
    assert suppressed["justification"] == "old (until 2030-01-31)"
    run(*VERIFY, "--write-baseline", "known.jsonl")
    one = (here / "known.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (here / "known.jsonl").write_text(one, encoding="utf-8")
    run(*VERIFY, "--baseline", "known.jsonl", "--sarif", "known.sarif")
    assert [r["baselineState"] for r in sarif(here / "known.sarif")["results"]] == ["unchanged", "new"]


def test_an_expired_waiver_is_a_result_in_its_own_file(here: Path):
    run(*VERIFY, "--waivers", "waivers.toml", "--today", "2031-01-01", "--sarif", "s.sarif")
    found = sarif(here / "s.sarif")["results"][-1]
    assert (found["ruleId"], found["level"]) == ("waiver-expired", "warning")
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "waivers.toml"}


def test_an_unmet_goal_is_a_result(here: Path):
    lines = [json.loads(line) for line in Path(TALK).read_text(encoding="utf-8").splitlines()]
    lines[0]["messages"] = lines[0]["messages"][:1]
    (here / "talk.jsonl").write_text(json.dumps(lines[0]), encoding="utf-8")
    run("verify", TEA, "talk.jsonl", "--state", SHOP, "--sarif", "s.sarif", "--junit", "j.xml")
    found = sarif(here / "s.sarif")["results"]
    assert {(r["ruleId"], r["message"]["text"]) for r in found} == {
        ("goal:missing", "with-a-yes: not changed as wanted: /orders/T1"),
        ("goal:missing", "with-a-yes: not changed as wanted: /customers/ada"),
    }
    assert cases(here / "j.xml")["with-a-yes"][0] == "failure"


def test_places_are_uris(here: Path):
    assert uri("a folder/täst#1.cove") == "a%20folder/t%C3%A4st%231.cove"
    assert uri(str(here / "x.cove")) == "x.cove"
    assert uri("/elsewhere/x.cove") == "file:///elsewhere/x.cove"


def test_a_log_holds_any_text(here: Path):
    reports = Reports("covec", sarif="s.sarif")
    reports.note(Notice("r", "error", "\ud800\x00", Place("\udcff.jsonl", 1), key="\ud800"), "\x1b")
    (here / "s.sarif").write_text(render_sarif(reports, 1), encoding="utf-8")
    assert sarif(here / "s.sarif")["results"][0]["message"]["text"] == "\ud800\x00"


def test_the_same_input_gives_the_same_bytes(here: Path):
    for name in ("a", "b"):
        run(*VERIFY, "--sarif", f"{name}.sarif", "--junit", f"{name}.xml")
    for kind in ("sarif", "xml"):
        assert (here / f"a.{kind}").read_bytes() == (here / f"b.{kind}").read_bytes()


# --- the specification's own tests ------------------------------------------------------------------------------------


def test_a_failure_tells_what_happened(failing: Path):
    result = run("test", failing)
    assert result.exit_code == 1
    for told in (
        "✗ an order that has left stays as it is",
        "tea.cove:126:3",
        "This is ada@example.com. Cancel the Sencha",
        "cancel_order(order_id=T2, reason=takes too long)",
        "~ only_open_orders.status attempted",
    ):
        assert told in result.stdout
    assert "T1" not in result.stdout
    assert result.stderr == "1 passed, 1 failed\n"
    assert "± /orders/T1/status" in run("test", failing, "--timeline").stdout


def test_a_test_that_cannot_be_carried_out_tells_how_far_it_came(here: Path):
    text = Path(TEA).read_text(encoding="utf-8").replace(' fails "Only open orders can be cancelled"', "")
    (here / "tea.cove").write_text(text, encoding="utf-8")
    result = run("test", "tea.cove", "--name", "*has left*")
    assert "`cancel_order` fails: Only open orders can be cancelled" in result.stdout
    assert "Shall I cancel order T2" in result.stdout


def test_some_tests_are_chosen():
    assert run("test", TEA, "--name", "*yes*", "--name", "*left*").stderr == "2 passed, 0 failed\n"
    assert run("test", TEA, "--rule", "only_*").stdout == "✓ an order that has left stays as it is\n"
    assert run("test", TEA, "--skip-rule", "only_*").stdout == "✓ an open order is cancelled after a yes\n"


def test_several_processes_tell_the_same(failing: Path):
    alone, together = run("test", failing, "--format", "json"), run("test", failing, "-n", "3", "--format", "json")
    assert (alone.exit_code, alone.stdout) == (together.exit_code, together.stdout)
    assert len(rows(together)) == 2


def test_rows_of_an_export_have_their_lines(here: Path):
    """A record that says of itself that it is of an export stands in a line as well."""
    talk = json.loads(Path(TALK).read_text(encoding="utf-8").splitlines()[0])
    asks = {"role": "assistant", "content": "", "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "get_order", "arguments": "{}"}}]}  # fmt: skip
    wrong = {"id": "wrong", "messages": [{"role": "wizard"}], "cove": {"export": "messages"}}
    bad = {**talk, "id": "bad", "messages": [asks], "cove": {"export": "messages", "accept": [[]]}}
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, (bad, wrong))) + "\nno row\n", encoding="utf-8")
    run("verify", TEA, "rows.jsonl", "--sarif", "out.sarif")
    found = json.loads(Path("out.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    lines = [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in found]
    assert set(lines) == {1, 2, 3}
