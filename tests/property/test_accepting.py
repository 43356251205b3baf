"""Laws of waivers and baselines, over many lines and files."""

import json
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cove_dsl.world.baseline import BaselineError, baseline_text, read_baseline
from cove_dsl.world.findings import findings
from cove_dsl.world.ledger import Ledger
from cove_dsl.world.waivers import Waiver, Waivers, WaiversError, read_waivers

RULES = ("ask_first", "own_orders", "own_cards")
TODAY = date(2026, 6, 1)
RANK = {"satisfied": 0, "unknown": 1, "violated": 2}
FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

events = st.fixed_dictionaries(
    {
        "message": st.integers(-1, 4),
        "label": st.sampled_from(["", "first", "then"]),
        "verdict": st.sampled_from(["violated", "violated", "attempted", "unknown"]),
    },
    optional={"call": st.integers(0, 1)},
)


@st.composite
def rules(draw: Any, name: str) -> dict[str, Any]:
    found = draw(st.lists(events, max_size=4))
    reached = {e["verdict"] for e in found}
    verdict = "violated" if "violated" in reached else "unknown" if "unknown" in reached else "satisfied"
    severity = draw(st.sampled_from(["error", "error", "warning"]))
    return {"rule": name, "verdict": verdict, "severity": severity, "events": found, "message": "…", "span": None}


@st.composite
def rows(draw: Any) -> dict[str, Any]:
    """A verify line, with the verdict that its parts give it."""
    made = [draw(rules(name)) for name in RULES]
    verdict = draw(st.sampled_from(["satisfied", "unknown", "violated"]))
    missing = draw(st.lists(st.sampled_from(["/a", "/b"]), max_size=2)) if verdict == "violated" else []
    outcome = {"verdict": verdict, "state": "met", "missing": [{"kind": "missing", "at": at} for at in missing]}
    verdicts = [outcome["verdict"], *(r["verdict"] for r in made if r["severity"] == "error")]
    worst = max(verdicts, key=lambda v: RANK[str(v)])
    name = draw(st.sampled_from(["c1", "c2"]))
    return {"id": name, "verdict": worst, "score": 0.5, "rules": made, "outcome": outcome}


waivers = st.builds(
    Waiver,
    rule=st.sampled_from([*RULES, "own_*", "*"]),
    reason=st.just("…"),
    expires=st.sampled_from([TODAY - timedelta(1), TODAY, TODAY + timedelta(1)]),
    label=st.sampled_from([None, "", "first"]),
    conversation=st.sampled_from(["*", "c1", "d*"]),
    message=st.sampled_from([None, -1, 2]),
)


def entered(row: dict[str, Any], *given: Waiver, known: Any = None) -> dict[str, Any]:
    made = deepcopy(row)
    Ledger(Waivers(given, TODAY, None), known).enter(made)  # type: ignore[arg-type]
    return made


@given(rows())
def test_where_nothing_is_accepted_a_line_counts_as_its_verdict(row: dict[str, Any]):
    assert entered(row)["counts_as"] == row["verdict"]


@given(rows(), st.lists(waivers, max_size=3))
def test_what_a_conversation_came_to_stays(row: dict[str, Any], given: list[Waiver]):
    made = entered(row, *given)
    assert (made["verdict"], made["score"]) == (row["verdict"], row["score"])
    assert [r["verdict"] for r in made["rules"]] == [r["verdict"] for r in row["rules"]]
    assert [[e["verdict"] for e in r["events"]] for r in made["rules"]] == [
        [e["verdict"] for e in r["events"]] for r in row["rules"]
    ]


@given(rows(), st.lists(waivers, max_size=3), waivers)
def test_another_waiver_never_makes_it_worse(row: dict[str, Any], given: list[Waiver], more: Waiver):
    before, after = entered(row, *given)["counts_as"], entered(row, *given, more)["counts_as"]
    assert RANK[after] <= RANK[before]


@given(rows(), st.lists(waivers, max_size=3))
def test_only_violations_are_ever_waived(row: dict[str, Any], given: list[Waiver]):
    for rule in entered(row, *given)["rules"]:
        waived = [e for e in rule["events"] if "waived" in e]
        assert {e["verdict"] for e in waived} <= {"violated"}
        assert ("waived" in rule) == (len(waived) == sum(e["verdict"] == "violated" for e in rule["events"]) > 0)


@FILES
@given(row=rows())
def test_what_was_written_down_is_known_and_nothing_more(tmp_path: Path, row: dict[str, Any]):
    path = tmp_path / "known.jsonl"
    path.write_text(baseline_text(findings(row)), encoding="utf-8")
    again = entered(row, known=read_baseline(path))
    assert again["counts_as"] != "violated"
    assert read_baseline(path).gone() == []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    binding = {f.key for f in findings(row) if f.severity == "error"}
    for i, line in enumerate(lines):
        path.write_text("".join(lines[:i] + lines[i + 1 :]), encoding="utf-8")
        taken = read_baseline(path)
        missed = binding - taken.known
        assert (entered(row, known=taken)["counts_as"] == "violated") == bool(missed), line


PARTS = [
    "[[waiver]]",
    "[waiver]",
    "waiver = ",
    "[",
    "{",
    "]",
    "}",
    'rule = "own_*"',
    "rule",
    '"""',
    "'",
    "#",
    "=",
    ",",
    'reason = "x"',
    "é",
    "\t",
    "\r\n",
    "expires = 2027-01-01",
    "expires = 2027-02-30",
    "message = 1",
    "message = 1e9",
    "waiver = []",
]
TOML = st.lists(st.sampled_from([*PARTS, "9" * 5000]), max_size=12).flatmap(
    lambda parts: st.sampled_from(["\n".join(parts), "".join(parts), " ".join(parts)])
)


@FILES
@given(text=TOML | st.text(max_size=60))
def test_any_text_is_read_or_refused_at_a_place(tmp_path: Path, text: str):
    path = tmp_path / "waivers.toml"
    path.write_bytes(text.encode("utf-8"))
    try:
        read_waivers(path, RULES, TODAY)
    except WaiversError as error:
        for problem in error.problems:
            assert problem.span is not None
            found = error.sources.locate(problem.span)
            assert found is not None
            assert 0 <= found.start <= found.end <= len(found.file.text)
            assert "\n" not in problem.message


@FILES
@given(text=st.text(max_size=60) | st.recursive(st.none() | st.integers(), st.lists, max_leaves=5).map(json.dumps))
def test_what_is_no_baseline_is_refused_at_a_line(tmp_path: Path, text: str):
    path = tmp_path / "known.jsonl"
    path.write_bytes(text.encode("utf-8"))
    if text.strip():
        with pytest.raises(BaselineError) as caught:
            read_baseline(path)
        assert (caught.value.problem.line or 0) >= 1


def test_a_list_in_a_list_in_a_list_is_refused(tmp_path: Path):
    path = tmp_path / "waivers.toml"
    path.write_text(f"waiver = {'[' * 100_000}", encoding="utf-8")
    with pytest.raises(WaiversError):
        read_waivers(path, RULES, TODAY)
