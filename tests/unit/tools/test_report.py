"""A run's report: its numbers add up, and its page shows data without being led astray by it."""

import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.synthesis.run import Order, synthesize
from cove_dsl.synthesis.statistics import MOST_EXAMPLES, statistics_of
from cove_dsl.synthesis.store import DIALOGUES
from cove_dsl.tools import report_html
from cove_dsl.tools.cli import covec
from cove_dsl.tools.report_coverage import Covered, Gap, PolicyCoverage
from cove_dsl.world.desk import load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import dumps

N = 20
HOSTILE = "</script><img src=x onerror=alert(1)> & \"quoted\" 'too'"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with one broken rule, one user that leaves early, one rule that is unknown, and hostile words."""
    retail, folder = load("retail"), tmp_path_factory.mktemp("run") / "run"
    synthesize(Order(retail, generate_world(retail.spec, 0), N), folder)
    rows = [parse_json(line) for line in (folder / DIALOGUES).read_text().splitlines()]
    for row, blame, cause in zip(
        rows, ("agent", "user", "undecided"), ("rule:explicit_yes", "left", "rule:x"), strict=False
    ):
        row |= {"blame": blame, "causes": [cause], "faults": [{"who": blame, "cause": cause, "message": 3}]}
        row["report"] |= {"score": None if blame == "undecided" else 0.5}
    broken = next(r for r in rows[0]["report"]["rules"] if r["rule"] == "explicit_yes")
    broken |= {"verdict": "violated", "events": [{"message": 5, "label": "affirmed", "verdict": "violated"}]}
    rows[1]["messages"][1]["content"] = HOSTILE
    (folder / DIALOGUES).write_text("".join(f"{dumps(row)}\n" for row in rows))
    return folder


def report(run, *more):
    done = CliRunner().invoke(covec, ["report", str(run), *more])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def rows(run):
    return [json.loads(line) for line in report(run, "--format", "json").splitlines()]


@pytest.fixture(scope="module")
def page(run):
    report(run)
    return (run / "report.html").read_text()


def about(rows, what):
    return {row.get("name", row.get("id")): row for row in rows if row["about"] == what}


def test_outcomes_add_up(rows):
    assert rows[0]["outcomes"] == {"verified": N - 3, "agent": 1, "user": 1, "undecided": 1}
    assert rows[0]["dialogues"] == N
    scenarios = about(rows, "scenario").values()
    for outcome in ("verified", "agent", "user", "undecided"):
        assert sum(s["outcomes"].get(outcome, 0) for s in scenarios) >= rows[0]["outcomes"][outcome]
    assert set(about(rows, "cause")) == {"agent: rule:explicit_yes", "user: left", "undecided: rule:x"}


def test_lengths_count_every_dialogue_once(rows):
    for lengths in about(rows, "length").values():
        assert sum(lengths["counts"].values()) == N
        assert lengths["least"] <= lengths["median"] <= lengths["p90"] <= lengths["most"]


def test_lengths_are_those_of_the_dialogues(run, rows):
    dialogues = [json.loads(line) for line in (run / DIALOGUES).read_text().splitlines()]
    calls = [sum(m["role"] == "tool" for m in d["messages"]) for d in dialogues]
    found = about(rows, "length")["calls"]
    assert (found["least"], found["most"]) == (min(calls), max(calls))
    assert found["mean"] == pytest.approx(sum(calls) / N, abs=0.01)


def test_rules_say_where_they_were_set_off(run, rows):
    rules = about(rows, "rule")
    assert rules["explicit_yes"]["verdicts"]["violated"] == 1
    dialogues = [json.loads(line) for line in (run / DIALOGUES).read_text().splitlines()]
    for name, rule in rules.items():
        triggered = [r["triggered"] for d in dialogues for r in d["report"]["rules"] if r["rule"] == name]
        assert rule["triggered"] == sum(map(bool, triggered))


def test_variety_is_a_share(rows):
    variety = next(row for row in rows if row["about"] == "variety")
    assert 0 < variety["distinct_tool_sequences"] <= 1
    for side in ("user", "agent"):
        words = variety["words"][side]
        assert 0 < words["distinct_1"] < words["distinct_2"] < words["distinct_3"] <= 1


def test_conditions_are_covered_as_the_command_for_it_says(run, rows):
    done = CliRunner().invoke(covec, ["coverage", str(run / "spec"), str(run), "--format", "json"])
    told = [json.loads(line) for line in done.stdout.splitlines()]
    total = next(row for row in rows if row["about"] == "coverage")
    assert total == told[-1] | {"about": "coverage"}
    assert 0 < total["sides_decided"] < total["sides"]
    decided = {}
    for condition in (row for row in told if row["about"] == "condition"):
        name = condition.get("rule", condition.get("define"))
        sides = [a[side]["decided"] > 0 for a in condition["atoms"] for side in ("true", "false")]
        decided.setdefault(name, []).extend(sides)
    covered = about(rows, "covered")
    assert {name: (sum(sides), len(sides)) for name, sides in decided.items()} == {
        name: (row["sides_decided"], row["sides"]) for name, row in covered.items()
    }
    assert all(len(row["gaps"]) == row["sides"] - row["sides_decided"] for row in covered.values())


def test_the_least_covered_rules_are_shown(run, rows, page):
    text, covered = report(run), about(rows, "covered")
    shown = text[text.index("Conditions of rules") : text.index("Variety")].splitlines()
    ratios = [int(a) / int(b) for a, b in re.findall(r"(\d+) of (\d+)$", "\n".join(shown[2:]), re.MULTILINE)]
    assert len(ratios) > 3
    assert ratios == sorted(ratios)
    open_ = [name for name, row in covered.items() if row["gaps"]]
    assert all(f"<summary>{name}</summary>" in page for name in open_)
    assert f"the other {len(covered) - len(open_)} rules and definitions" in text


@pytest.mark.parametrize(
    ("whole", "open_", "said"),
    [
        (1, 2, "in the other rule or definition, "), (1, 0, "in the only rule or definition, "),
        (2, 1, "in the other 2 rules and definitions, "), (2, 0, "in all 2 rules and definitions, "), (0, 1, ""),
    ],
)  # fmt: skip
def test_one_rule_is_no_rules(whole, open_, said):
    gap = Gap("a", True, 0)
    rules = [Covered("r", "rule", 2, ())] * whole + [Covered("s", "rule", 2, (gap,))] * open_
    assert PolicyCoverage(tuple(rules)).rest() == (f"{said}every side has decided" if said else "")


def test_conditions_may_be_left_alone_or_be_those_of_another_text(run, tmp_path):
    assert "Conditions of rules" not in report(run, "--no-coverage")
    other = tmp_path / "edited"
    shutil.copytree(run, other)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"spec_hash": "0" * 64}))
    assert "not looked at: its specification was not kept" in report(other)
    (other / "manifest.json").write_text(json.dumps(manifest))
    (other / "world.json").write_text("[]")
    assert "not looked at: its world cannot be read any more" in report(other)
    for text in (other / "spec").rglob("*.cove"):
        text.write_text("rule")
    assert "not looked at: its specification cannot be read any more" in report(other)
    assert "Not looked at" in (other / "report.html").read_text()


def test_the_worst_come_first(rows):
    examples = [row for row in rows if row["about"] == "example"]
    assert {e["blame"] for e in examples[:3]} == {"agent", "user", "undecided"}
    assert all(e["blame"] is None for e in examples[3:])


def test_a_terminal_is_told_of_what_failed_and_how_much_did_not(run):
    text = report(run)
    failed = [line for line in text.splitlines() if "░" in line]
    shown = text[text.index("Yield by scenario") : text.index("Yield by description")]
    assert f"{N - 3} of {N} dialogues verified" in text
    assert failed
    assert "in the other " in shown
    assert ", every dialogue verified: " in shown
    assert all(int(a) < int(b) for a, b in (re.findall(r"(\d+) of (\d+)$", line)[0] for line in failed))


def example(index, score, blame, *causes):
    return {
        "id": f"d{index}", "messages": [], "blame": blame, "causes": causes, "termination": "user_stop", "dropped": {},
        "cove": {"index": index, "scenario": ["s"], "descriptions": [], "profile": {"person": []}},
        "report": {"score": score},
    }  # fmt: skip


def test_one_failure_of_each_kind_comes_before_any_other():
    many = [example(i, 0.0, "agent", "goal:missing") for i in range(200)]
    rare = [example(500, 0.5, "agent", "rule:a"), example(501, 0.9, "user", "invented"), example(502, 1, None)]
    worst = [row["id"] for row in statistics_of([*many, *rare]).worst()]
    assert worst[:3] == ["d0", "d500", "d501"]
    assert len(worst) == MOST_EXAMPLES
    assert worst[3:] == [f"d{i}" for i in range(1, MOST_EXAMPLES - 2)]


def test_planted_flaws_are_counted_by_how_they_were_found(tmp_path):
    retail = load("retail")
    synthesize(Order(retail, generate_world(retail.spec, 0), 12, agent="flawed"), tmp_path / "run")
    rows = [json.loads(line) for line in report(tmp_path / "run", "--format", "json").splitlines()]
    flaws = about(rows, "flaw")
    dialogues = [json.loads(line) for line in (tmp_path / "run" / DIALOGUES).read_text().splitlines()]
    found = sum(f.get(kind, 0) for f in flaws.values() for kind in ("found alone", "found with more"))
    assert found == sum(d["planted"] is not None for d in dialogues) > 0
    assert sum(f.get("not found", 0) for f in flaws.values()) == sum(len(d["unseen"]) for d in dialogues)
    page = (tmp_path / "run" / "report.html").read_text()
    assert all(f"<th scope=row>{name}</th>" in page for name in flaws)
    assert all(name in report(tmp_path / "run") for name in flaws)


def test_long_values_are_shown_from_where_they_differ():
    from cove_dsl.tools.report_html import _apart

    assert _apart("pending", "cancelled") == '"pending" wanted, "cancelled" found'
    history = [{"type": "payment", "amount": n} for n in range(9)]
    told = _apart([*history, {"type": "refund", "amount": 1}], history)
    assert "refund" in told
    assert told.count("…") >= 2
    assert len(told) < 200


class Outline(HTMLParser):
    """The tags of a page, checked for balance, with the texts of its list items."""

    void = frozenset({"meta", "input", "br", "img", "rect", "line"})

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_stands_alone_and_is_well_formed(page):
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert not [a for _, a in outline.seen for k in ("src", "href") if a.get(k, "#").startswith(("http", "//"))]
    assert "url(" not in page
    ids = [a["id"] for t, a in outline.seen if t == "article"]
    assert len(ids) == len(set(ids)) == N
    assert {f"#{i}" for i in ids} == {a["href"] for t, a in outline.seen if t == "a"}


def test_the_page_shows_words_as_words(page):
    outline = Outline()
    outline.feed(page)
    assert not [t for t, _ in outline.seen if t == "img"]
    assert any(HOSTILE in text for text in outline.texts)


def test_verdicts_stand_at_their_turns(page):
    article = next(a for a in page.split("<article")[1:] if "agent at fault" in a)
    turn = next(t for t in article.split('<div class="turn')[1:] if "<small>5 " in t)
    assert "explicit_yes.affirmed" in turn


def test_the_text_names_what_failed(run):
    text = report(run)
    assert f"{N - 3} of {N} dialogues verified · at fault: agent 1, user 1, undecided 1" in text
    assert "broken in    1  explicit_yes" in text


def test_a_folder_without_a_run_is_refused(tmp_path):
    assert CliRunner().invoke(covec, ["report", str(tmp_path)]).exit_code == 2


def test_nothing_of_a_row_is_markup():
    """Of a run that somebody else made, no part is trusted: also where only words of ours are expected."""
    row = {
        "id": HOSTILE, "blame": HOSTILE, "causes": [HOSTILE], "termination": HOSTILE, "user_prompt": HOSTILE,
        "report": {
            "score": 0,
            "rules": [{"rule": HOSTILE, "severity": "error", "message": HOSTILE,
                       "events": [{"message": 1, "label": HOSTILE, "verdict": HOSTILE}]}],
        },
        "faults": [], "messages": [{"role": "system", "content": ""}, {"role": HOSTILE, "content": HOSTILE}],
        "cove": {"scenario": [HOSTILE], "said": [], "accept": [[]] * 7},
    }  # fmt: skip
    shown = report_html._viewer([row])
    assert "<img" not in shown
    assert "2 more ways" in shown


def test_of_two_values_that_begin_alike_the_end_is_shown():
    assert report_html._apart("a" * 99, "a" * 99 + "bcd").endswith('abcd" found')


def test_a_file_that_is_there_is_kept_unless_forced(run, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("mine")
    done = CliRunner().invoke(covec, ["report", str(run), "-o", str(mine)])
    assert (done.exit_code, mine.read_text()) == (2, "mine")
    assert f"{mine} exists already; give --force to replace it" in done.stderr
    report(run, "--no-coverage", "-o", str(mine), "--force")
    assert mine.read_text() != "mine"
    report(run, "--no-coverage")
    report(run, "--no-coverage")
