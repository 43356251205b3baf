"""The published JSON Schemas are valid, and what the commands read and print agrees with them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from cove_dsl.world.desk import World, load
from cove_dsl.world.state import to_jsonable

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/schemas"
EXAMPLES = ROOT / "docs/examples"
TEA, SHOP, TALK = EXAMPLES / "tea.cove", EXAMPLES / "shop.json", EXAMPLES / "conversations.jsonl"


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def covec(*words: str | Path) -> list[dict[str, Any]]:
    """The lines that a command prints."""
    command = [sys.executable, "-m", "cove_dsl.tools.cli", *map(str, words), "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1, 3), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda p: p.stem)
def test_a_schema_is_valid_and_listed(path: Path):
    found = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"].startswith(f"cove:{path.stem}:")
    assert f"`{found['$id']}`" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_diagnostics(tmp_path: Path):
    broken = tmp_path / "broken.cove"
    broken.write_text(
        "domain x\nrule r { before call to nothing_there\n  require tru }\ntable t: None key k\n", encoding="utf-8"
    )
    lines = covec("check", broken, "--no-solve")
    assert len(lines) >= 2
    for line in lines:
        schema("diagnostic-line").validate(line)


def test_calls_and_replay(tmp_path: Path):
    wrong = {"id": "wrong", "calls": [{"name": "cancel_order", "arguments": {"order_id": "T1", "reason": 7}}]}
    cancel = {"name": "cancel_order", "arguments": {"order_id": "T1", "reason": "changed my mind"}}
    start = [["/orders/T1/reason", "takes too long"]]
    right = {"id": "right", "start": start, "calls": [{"requestor": "assistant", **cancel}]}
    refused = {"id": "refused", "start": [["/nowhere/at/all", 1]], "calls": []}
    for line in (wrong, right, refused):
        schema("calls-line").validate(line)
    lines = covec("replay", TEA, "--state", SHOP, "--calls", written(tmp_path / "calls.jsonl", wrong, right, refused))
    for line in lines:
        schema("replay-line").validate(line)
    assert [line.get("error") is None for line in lines] == [True, True, False]
    assert ["/orders/T1/status", "cancelled"] in lines[1]["diff"]


def test_conversations_and_verdicts(tmp_path: Path):
    rows = [json.loads(line) for line in TALK.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        schema("conversation-line").validate(row)
    rows += [
        {"id": "no-task", "messages": []},
        {"id": "bad", "messages": [{"role": "wizard", "content": "x"}]},
        {"id": "worse"},
    ]
    talk = written(tmp_path / "talk.jsonl", *rows)
    for more in ([], ["--state", SHOP]):
        lines = covec("verify", TEA, talk, *more)
        assert [line["id"] for line in lines] == [row["id"] for row in rows]
        for line in lines:
            schema("verify-line").validate(line)
    assert [line["score"] for line in lines[:3]] == [1, 0.5, 1]
    assert ["error" in line for line in lines[3:]] == [False, True, True]


def test_what_is_waived_or_known(tmp_path: Path):
    known = tmp_path / "known.jsonl"
    covec("verify", TEA, TALK, "--state", SHOP, "--write-baseline", known)
    for line in known.read_text(encoding="utf-8").splitlines():
        schema("baseline-line").validate(json.loads(line))
    waivers = ["--waivers", EXAMPLES / "waivers.toml", "--today", "2029-01-01"]
    for more, field in ((waivers, "waived"), (["--baseline", known], "known")):
        lines = covec("verify", TEA, TALK, "--state", SHOP, *more)
        for line in lines:
            schema("verify-line").validate(line)
        assert [line["counts_as"] for line in lines] == ["satisfied"] * 3
        assert [r["rule"] for r in lines[1]["rules"] if field in r] == ["explicit_yes"]
    for wrong in ({"counts_as": "waived"}, {"counts_as": None}):
        with pytest.raises(ValidationError):
            schema("verify-line").validate(lines[0] | wrong)


def test_a_verdict_is_not_anything():
    line = covec("verify", TEA, TALK, "--state", SHOP)[0]
    for wrong in ({"verdict": "fine"}, {"score": 2}, {"rules": [{}]}, {"error": "both"}, {"outcome": None}):
        with pytest.raises(ValidationError):
            schema("verify-line").validate(line | wrong)


def test_tests(tmp_path: Path):
    failing = tmp_path / "tea.cove"
    failing.write_text(
        TEA.read_text(encoding="utf-8").replace("?.status == sent", "?.status == open"), encoding="utf-8"
    )
    lines = [*covec("test", TEA), *covec("test", failing)]
    for line in lines:
        schema("test-line").validate(line)
    assert [line["passed"] for line in lines] == [True, True, True, False]


def test_a_timeline():
    (line,) = covec("show", TALK, "without-asking", "--spec", TEA, "--state", SHOP)
    schema("show-line").validate(line)
    schema("verify-line").validate(line["report"])
    steps = line["timeline"]
    assert [s["role"] for s in steps] == ["user", "agent", "agent", "agent", "agent", None]
    assert ["/orders/T1/status", "cancelled"] in steps[3]["changes"]
    assert {v["rule"] for v in steps[3]["verdicts"] if v["verdict"] == "violated"} == {"explicit_yes"}


def test_coverage():
    lines = covec("coverage", TEA, TALK, "--state", SHOP, "--solve")
    for line in lines:
        schema("coverage-line").validate(line)
    assert [line["about"] for line in lines] == ["condition"] * (len(lines) - 1) + ["total"]
    assert any("solver" in atom for line in lines[:-1] for atom in line["atoms"])
    for wrong in ({"kind": "what"}, {"rule": None}, {"judged": -1}, {"define": "both"}):
        with pytest.raises(ValidationError):
            schema("coverage-line").validate(lines[0] | wrong)


def test_imports():
    lines = covec("import", EXAMPLES / "tools.json")
    for line in lines:
        schema("import-line").validate(line)
    assert [line["tool"] for line in lines] == ["get-order", "refund_order", "search"]
    assert [len(line["not_kept"]) for line in lines] == [0, 1, 0]


def test_tasks():
    from cove_dsl.synthesis.sample import Sampler

    desk = load(str(TEA))
    sampler = Sampler(desk, World.from_json(SHOP, desk), seed=0)
    for index in range(6):
        task = sampler.task(index)
        schema("task").validate(to_jsonable(task.cove_object()))


def test_the_solvers_answers():
    lines = covec("solve", TEA, "--all-cores")
    for line in lines:
        schema("solve-line").validate(line)
    assert {k for line in lines for k in ("scenario", "rule", "tool") if k in line} == {"scenario", "rule", "tool"}
    for line in covec("solve", TEA, "--state", SHOP):
        schema("solve-line").validate(line)


def test_sampled_tasks():
    for line in covec("sample", "retail", "-n", "6", "--spread"):
        schema("sample-line").validate(line)
        schema("task").validate(line["cove"])


@pytest.mark.parametrize("agent", ["scripted", "flawed"])
def test_dialogues_of_a_run(tmp_path: Path, agent: str):
    covec("synth", "retail", "-n", "4", "--agent", agent, "-o", tmp_path / "run")
    lines = (tmp_path / "run/dialogues.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    for line in map(json.loads, lines):
        schema("run-line").validate(line)
        schema("task").validate(line["cove"])
        schema("verify-line").validate({"id": line["id"], **line["report"]})
        schema("conversation-line").validate(line)


def test_neighbours():
    lines = covec("solve", EXAMPLES / "returns.cove", "--neighbours")
    assert [line["neighbour"] for line in lines] == ["found"] * 3
    for line in lines:
        schema("solve-line").validate(line)
    with pytest.raises(ValidationError):
        schema("solve-line").validate(lines[0] | {"neighbour": "perhaps"})


def test_differences(tmp_path: Path):
    old, new = EXAMPLES / "returns.cove", EXAMPLES / "returns-later.cove"
    other = tmp_path / "other.cove"
    other.write_text(new.read_text(encoding="utf-8").replace("worn: bool", "worn: bool, size: int"), encoding="utf-8")
    for a, b, relation, world in ((old, new, "looser", "same"), (new, old, "stricter", "same"),
                                  (old, other, "looser", "changed"), (old, old, "equivalent", "same")):  # fmt: skip
        lines = covec("diff", a, b)
        for line in lines:
            schema("diff-line").validate(line)
        assert (lines[0]["relation"], lines[0]["world"]) == (relation, world)
        rules = [line["rule"] for line in lines if "rule" in line]
        assert rules == ["in_time", "unworn", "look_first" if b in (new, other) else "looked_at"]
        assert any("declaration" in line for line in lines) == (world == "changed")
    talks = covec("diff", old, new, "--on", EXAMPLES / "returns.jsonl")[-1]
    schema("diff-line").validate(talks)
    assert (talks["id"], talks["new"]["verdict"]) == ("after-six-weeks", "satisfied")
    with pytest.raises(ValidationError):
        schema("diff-line").validate(talks | {"old": {"verdict": "violated"}})
    assert covec("diff", old, new)[0]["trajectory"][0]["by"][0]["span"]["path"].endswith("returns.cove")
