"""Datasets: what trainers read, and that anyone can check it again from what lies beside it."""

import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.backends.python.runtime.language import RECOGNISER_VERSION
from cove_dsl.source.files import specs_folder
from cove_dsl.synthesis.run import Order, synthesize
from cove_dsl.synthesis.store import DIALOGUES
from cove_dsl.tools.cli import covec
from cove_dsl.training.export import Wanted, companion
from cove_dsl.training.forms import FORMS
from cove_dsl.training.tau2 import Bench, NotThere, looked_for
from cove_dsl.training.toml import to_toml
from cove_dsl.world.conversations import read_tasks
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import apply_start, dumps, read_state, world_of

N = 24
SPOILT = 3


@pytest.fixture(scope="module")
def retail():
    return load("retail")


@pytest.fixture(scope="module")
def run(retail, tmp_path_factory):
    """A run in which some dialogues are told to be failures."""
    folder = tmp_path_factory.mktemp("run") / "run"
    synthesize(Order(retail, generate_world(retail.spec, 0), N), folder)
    rows = [parse_json(line) for line in (folder / DIALOGUES).read_text().splitlines()]
    for row in rows[:SPOILT]:
        row["report"] |= {"score": 0.5, "verdict": "violated"}
        row |= {"blame": "agent", "causes": ["rule:explicit_yes"]}
    (folder / DIALOGUES).write_text("".join(f"{dumps(row)}\n" for row in rows))
    return folder


def invoke(*words):
    return CliRunner().invoke(covec, [str(w) for w in words])


def export(run, path, form, *more):
    done = invoke("export", run, "--to", form, "-o", path, *more)
    assert done.exit_code == 0, done.output
    return path


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def dialogues(run):
    return {row["id"]: row for row in lines(run / DIALOGUES)}


def verified(path):
    """What `covec verify` says of a dataset, with nothing but what lies beside it."""
    done = invoke("verify", "retail", path, "--format", "json")
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("form", [*FORMS, "parquet", "verl"])
def test_a_dataset_is_verified_again_wherever_it_lies(run, tmp_path, form):
    if form in ("parquet", "verl"):
        pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    path = export(run, tmp_path / ("data.parquet" if form in ("parquet", "verl") else "data.jsonl"), form)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for thing in (path, companion(path)):
        shutil.move(thing, moved)
    code, found = verified(moved / path.name)
    assert code == 0
    assert len(found) == N - SPOILT
    assert all(line["score"] == 1 for line in found)


@pytest.mark.parametrize(("form", "name"), [("parquet", "data.bin"), ("messages", "data.parquet")])
def test_a_dataset_is_known_whatever_its_file_is_called(run, tmp_path, form, name):
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    code, found = verified(export(run, tmp_path / name, form))
    assert (code, len(found)) == (0, N - SPOILT)


def test_what_a_run_would_train_is_verified_where_it_lies(run):
    for name in ("sft.jsonl", DIALOGUES):
        code, found = verified(run / name)
        assert code == 0
        assert {line["recognisers"] for line in found} == {RECOGNISER_VERSION}
        assert all(line["score"] == 1 for line in found)


@pytest.mark.parametrize("form", ["messages", "parquet", "tau2"])
def test_the_file_is_there_when_all_beside_it_is(run, tmp_path, form, monkeypatch):
    """Whoever waits for it may read what came with it: the card, and what was left out."""
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    path, replace, seen = tmp_path / "data", os.replace, []
    monkeypatch.setattr(os, "replace", lambda old, new: (seen.append(Path(new)), replace(old, new))[1])
    export(run, path, form)
    assert seen[-1] == path
    assert companion(path) / "README.md" in seen


def test_only_full_scores_are_taken_and_the_rest_is_kept_apart(run, tmp_path):
    path = export(run, tmp_path / "data.jsonl", "messages")
    failed = lines(companion(path) / "failed.jsonl")
    assert [(f["blame"], f["causes"]) for f in failed] == [("agent", ["rule:explicit_yes"])] * SPOILT
    assert not {f["id"] for f in failed} & {row["id"] for row in lines(path)}
    more = export(run, tmp_path / "more.jsonl", "messages", "--at-least", "0.5")
    assert len(lines(more)) == N
    assert [row["cove"]["score"] for row in lines(more)].count(0.5) == SPOILT


@pytest.mark.parametrize("who", ["user", "environment"])
def test_lower_scores_do_not_let_in_what_others_have_spoilt(who):
    row = {"report": {"score": 1}, "termination": "user_stop", "blame": who}
    assert not Wanted("messages", 0.5).takes(row)
    assert Wanted("messages", 0.5).takes(row | {"blame": "agent"})


def test_rows_carry_what_they_are_judged_by(run, tmp_path, retail):
    path = export(run, tmp_path / "data.jsonl", "messages")
    for row in lines(path):
        cove = row["cove"]
        assert cove["spec"] == retail.hash
        assert {"accept", "said", "descriptions", "profile", "score", "verdict", "scenario", "domain"} <= cove.keys()
        assert (tmp_path / cove["world"]["file"]).exists()
        assert len(cove["world"]["hash"]) == 64


def test_messages_hold_no_null_and_arguments_are_objects(run, tmp_path):
    for row in lines(export(run, tmp_path / "data.jsonl", "messages")):
        for message in row["messages"]:
            assert None not in message.values()
            for call in message.get("tool_calls", ()):
                assert isinstance(call["function"]["arguments"], dict)


def test_a_row_that_was_changed_is_found_out(run, tmp_path):
    path = export(run, tmp_path / "data.jsonl", "messages")
    rows = lines(path)
    call = next(c for m in rows[0]["messages"] for c in m.get("tool_calls", ()))
    call["function"]["arguments"] = dict.fromkeys(call["function"]["arguments"], "someone-else")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = verified(path)[1]
    assert found[0]["score"] != 1 or found[0]["world"]["mismatches"]
    for form in ("turns", "user-model", "llama-factory", "ms-swift"):
        path = export(run, tmp_path / f"{form}.jsonl", form)
        whole = path.read_text()
        path.write_text(whole.replace("Could you", "Would you", 1))
        assert path.read_text() != whole
        code, found = verified(path)
        assert code == 1
        assert sum("error" in line for line in found) == 1, form


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[" * 9000, "nested deeper"),
        (b'{"cove": {', "not JSON"),
        (b"\xff\xfe", "can't decode"),
        (b"[5]", "must be a JSON object"),
        (b'{"id": "a", "cove": {"dialogue": "a", "source": true, "export": "nothing"}}', "does not lie in"),
        (b'{"id": "a", "cove": 5, "messages": []}', "`cove` must be an object"),
        (b'{"id": "a", "cove": {"world": [5]}, "messages": {}}', "`messages` must be a list"),
    ],
)
def test_a_row_that_nobody_exported_is_refused_and_the_rest_is_judged(run, tmp_path, line, problem):
    path = export(run, tmp_path / "data.jsonl", "messages")
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([whole[0], line, b"\n", *whole[1:]]))
    code, found = verified(path)
    assert (code, len(found)) == (1, len(whole) + 1)
    assert [problem in row["error"] for row in found if "error" in row] == [True]


def test_arguments_keep_their_cents(run):
    """Rows are read with exact numbers; a call with an amount is exported like any other."""
    row = parse_json((run / DIALOGUES).read_text().splitlines()[-1])
    call = next(c for m in row["messages"] for c in m.get("tool_calls", ()))
    call["function"]["arguments"] = {"amount": parse_json("12.50")}
    for form in ("turns", "user-model", "llama-factory", "ms-swift"):
        assert list(FORMS[form](row))


def test_a_dialogue_beside_a_dataset_that_is_none_is_refused(run, tmp_path):
    path = export(run, tmp_path / "data.jsonl", "turns")
    kept = companion(path) / "dialogues.jsonl"
    first, *rest = lines(kept)
    kept.write_text("".join(json.dumps(row) + "\n" for row in [first | {"messages": [5]}, *rest]) + "no JSON\n")
    code, found = verified(path)
    assert code == 1
    none = "what lies under its name beside the dataset is no dialogue of a run"
    assert [row["error"] for row in found if "error" in row] == [none]


def swapped(rows):
    return [rows[1], rows[0], *rows[2:]]


def renamed(rows):
    return [rows[0], rows[1] | {"completion": [{"role": "assistant", "content": "Hello!"}]}, *rows[2:]]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (swapped, "row 1 of {n} is row 2 of those that its dialogue gives: rows stay in order"),
        (renamed, "row 2 of {n} is not what its dialogue gives: `completion` differs"),
        (lambda rows: rows[1:], "its dialogue gives {n} rows, and {less} stand here: rows stay together, in order"),
    ],
)
def test_turns_that_were_changed_say_which_and_how(run, tmp_path, change, problem):
    path = export(run, tmp_path / "data.jsonl", "turns")
    rows = lines(path)
    first = [row for row in rows if row["cove"]["dialogue"] == rows[0]["cove"]["dialogue"]]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*change(first), *rows[len(first) :]]))
    _, found = verified(path)
    said = problem.format(n=len(first), less=len(first) - 1)
    assert [row["error"] for row in found if "error" in row] == [said]


@pytest.mark.parametrize("left", [4, -4])
def test_a_damaged_parquet_file_is_refused(run, tmp_path, left):
    pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    path = export(run, tmp_path / "data.parquet", "parquet")
    path.write_bytes(path.read_bytes()[:left])
    code, (row,) = verified(path)
    assert (code, "is no Parquet file" in row["error"]) == (1, True)


def test_another_world_is_not_taken_for_the_rows_own(run, tmp_path, retail):
    path = export(run, tmp_path / "data.jsonl", "messages")
    (companion(path) / "world.json").write_text(dumps(generate_world(retail.spec, 1)))
    code, found = verified(path)
    assert code == 1
    assert all(line["error"] == "it was made over another world" for line in found)


def sides_of(turns):
    return ["user" if turn["from"] in ("human", "observation") else "agent" for turn in turns]


def test_the_sides_of_sharegpt_turns_alternate_and_the_agents_is_last(run, tmp_path):
    """LLaMA-Factory leaves any other row out, with no more than a warning."""
    rows = lines(export(run, tmp_path / "data.jsonl", "llama-factory"))
    assert any(dialogues(run)[row["id"]]["messages"][-1]["role"] == "user" for row in rows)
    for row in rows:
        assert sides_of(row["conversations"]) == ["user", "agent"] * (len(row["conversations"]) // 2)


def talk(*messages):
    """A row of a run with these messages."""
    return {
        "id": "t", "messages": [{"role": "system", "content": "Be kind."}, *messages], "tools": [],
        "cove": {}, "report": {"score": 1, "verdict": "satisfied"}, "termination": "user_stop", "blame": None,
        "causes": [],
    }  # fmt: skip


def calling(content, *names):
    calls = [
        {"id": n, "type": "function", "function": {"name": n, "arguments": {"of": n}}} for n in names
    ]  # fmt: skip
    return {"role": "assistant", "content": content, "tool_calls": calls}


def test_several_calls_at_once_are_one_turn_of_sharegpt():
    results = [{"role": "tool", "tool_call_id": n, "name": n, "content": f"is {n}"} for n in ("a", "b")]
    (row,) = FORMS["llama-factory"](
        talk({"role": "user", "content": "Hi."}, calling(None, "a", "b"), *results,
             {"role": "assistant", "content": "Both."}, {"role": "user", "content": "Thanks."})
    )  # fmt: skip
    assert [turn["from"] for turn in row["conversations"]] == ["human", "function_call", "observation", "gpt"]
    assert json.loads(row["conversations"][1]["value"]) == [{"name": n, "arguments": {"of": n}} for n in ("a", "b")]
    assert row["conversations"][2]["value"] == "is a\nis b"


def test_words_beside_a_call_are_kept_or_the_dialogue_is_left_out():
    said = talk({"role": "user", "content": "Hi."}, calling("One moment.", "a"),
                {"role": "tool", "tool_call_id": "a", "name": "a", "content": "is a"},
                {"role": "assistant", "content": "There."})  # fmt: skip
    (row,) = FORMS["ms-swift"](said)
    assert [(m["role"], m["content"]) for m in row["messages"][2:4]] == [
        ("assistant", "One moment."),
        ("tool_call", dumps({"name": "a", "arguments": {"of": "a"}})),
    ]
    with pytest.raises(NotThere, match="speaks and calls"):
        list(FORMS["llama-factory"](said))


def test_nothing_of_a_dataset_that_is_replaced_is_left_beside_the_new_one(run, tmp_path):
    path = export(run, tmp_path / "data.jsonl", "messages")
    stale = companion(path) / "spec" / "zz.cove"
    stale.write_text('rule stale "Of another dataset." { before call to writes require false }\n')
    (companion(path) / "db.toml").write_text("")
    export(run, path, "messages", "--force")
    assert not stale.exists()
    assert not (companion(path) / "db.toml").exists()
    assert invoke("verify", companion(path) / "spec", path).exit_code == 0


def test_a_datasets_folder_is_no_file_of_a_specification(tmp_path):
    (tmp_path / "tea.cove").write_text((specs_folder().parent / "docs/examples/tea.cove").read_text())
    (tmp_path / "data.jsonl.cove").mkdir()
    assert invoke("check", tmp_path, "--no-solve").exit_code == 0
    assert invoke("fmt", "--check", tmp_path).exit_code == 0


def test_turns_are_learnt_one_by_one_after_what_came_before(run, tmp_path):
    whole = dialogues(run)
    by_dialogue = {}
    for row in lines(export(run, tmp_path / "data.jsonl", "turns")):
        by_dialogue.setdefault(row["cove"]["dialogue"], []).append(row)
    for name, rows in by_dialogue.items():
        said = [m for m in whole[name]["messages"] if m["role"] == "assistant"][1:]
        assert [row["cove"]["turn"] for row in rows] == list(range(len(said)))
        for row, message in zip(rows, said, strict=True):
            assert row["completion"][0]["content"] == (message["content"] or "")
            assert row["completion"][0].get("tool_calls") == message.get("tool_calls")
            assert [m["role"] for m in row["prompt"]] == [
                m["role"] for m in whole[name]["messages"][: len(row["prompt"])]
            ]


def test_a_user_model_learns_the_users_words_alone(run, tmp_path):
    whole = dialogues(run)
    for row in lines(export(run, tmp_path / "data.jsonl", "user-model")):
        dialogue = whole[row["id"]]
        assert row["messages"][0] == {"role": "system", "content": dialogue["user_prompt"]}
        learnt = [m["content"] for m, learn in zip(row["messages"], row["learn"], strict=True) if learn]
        assert learnt == [m["content"] for m in dialogue["messages"] if m["role"] == "user"]
        heard = " ".join(m["content"] for m in row["messages"][1:])
        results = [m["content"] for m in dialogue["messages"] if m["role"] == "tool" and len(m["content"]) > 40]
        assert not [r for r in results if r in heard]
        assert {m["role"] for m in row["messages"][1:]} == {"user", "assistant"}


MARKER = "###STOP###"


def heard(path, form):
    """The words that a dataset gives to learn from, row by row."""
    kept = ("messages", "conversations", "prompt", "completion")
    return [json.dumps([row[k] for k in kept if k in row]) for row in lines(path)] if form != "parquet" else []


@pytest.mark.parametrize("form", FORMS)
def test_only_who_learns_to_be_the_user_is_shown_how_users_stop(run, tmp_path, form):
    texts = heard(export(run, tmp_path / "data.jsonl", form), form)
    assert texts
    assert {MARKER in text for text in texts} == {form == "user-model"}


def test_a_message_that_was_a_marker_alone_is_left_out(run, tmp_path):
    """And one with words keeps them; what is judged of either is what was judged before."""
    whole, alone, more = dialogues(run), 0, 0
    path = export(run, tmp_path / "data.jsonl", "messages")
    _, found = verified(path)
    reports = {line["id"]: line for line in found}
    for row in lines(path):
        *before, last = whole[row["id"]]["messages"]
        words = last["content"].replace(MARKER, "").strip()
        assert len(row["messages"]) == len(before) + bool(words)
        assert row["messages"][-1]["content"] == (words or before[-1]["content"])
        alone, more = alone + (not words), more + bool(words)
        judged = whole[row["id"]]["report"]
        assert reports[row["id"]]["outcome"]["benchmark_reward"] == judged["outcome"]["benchmark_reward"]
        assert {r["rule"]: r["verdict"] for r in reports[row["id"]]["rules"]} == {
            r["rule"]: r["verdict"] for r in judged["rules"]
        }
    assert more
    assert alone or not [d for d in whole.values() if d["messages"][-1]["content"] == MARKER]


def test_benchmark_tasks_have_one_end_that_is_reached_from_their_own_database(run, tmp_path, retail):
    path = export(run, tmp_path / "tasks.json", "tau2")
    tasks, whole = json.loads(path.read_text()), dialogues(run)
    base = world_of(read_state(companion(path) / "world.json", retail.spec), retail.program)
    assert len(tasks) > N // 2
    assert set(read_tasks(path)) == {t["id"] for t in tasks}
    for task in tasks:
        row, criteria = whole[task["id"]], task["evaluation_criteria"]
        assert len(row["cove"]["accept"]) == 1
        start = base
        if task["initial_state"]:
            data = task["initial_state"]["initialization_data"]["agent_data"]
            start = apply_start(base, [(f"/{t}/{k}", row_) for t, rows in data.items() for k, row_ in rows.items()])
        assert not start.changes(apply_start(base, [tuple(p) for p in row["start"]]))
        sandbox = retail.sandbox(World(retail.program, start))
        assert all(sandbox.call(a["name"], a["arguments"]).ok for a in criteria["actions"])
        assert sandbox.world.changes(start) or criteria["communicate_info"], "doing nothing must not pass"
        words = " ".join((m["content"] or "").replace(",", "") for m in row["messages"] if m["role"] == "assistant")
        assert all(info.lower() in words.lower() for info in criteria["communicate_info"])


@pytest.fixture(scope="module")
def two_sided(tmp_path_factory):
    """A desk whose users have a database of their own: its run, and the benchmark's tasks of it."""
    telecom, folder = load("telecom"), tmp_path_factory.mktemp("telecom")
    synthesize(Order(telecom, generate_world(telecom.spec, 3), 12, seed=3), folder / "run")
    return telecom, folder / "run", export(folder / "run", folder / "tasks.json", "tau2")


def merged(data, more):
    """As that benchmark merges: into objects, all else replaced."""
    both = isinstance(data, dict) and isinstance(more, dict)
    return {k: merged(data.get(k), more[k]) if k in more else data[k] for k in data | more} if both else more


def bare(data):
    """Without nulls, which TOML has none of."""
    if isinstance(data, dict):
        return {k: bare(v) for k, v in data.items() if v is not None}
    return [bare(v) for v in data] if isinstance(data, list) else data


def test_both_databases_of_a_benchmark_are_written_as_it_reads_them(two_sided):
    _, run, path = two_sided
    world = json.loads((run / "world.json").read_text())
    for side, name in (("agent", "db.toml"), ("user", "user_db.toml")):
        assert tomllib.loads((companion(path) / name).read_text()) == bare(world[side])


def test_tasks_with_two_databases_are_set_up_by_calls(two_sided):
    """What the calls make of both databases is where the dialogue began, and conditions are asked of their own side."""
    telecom, run, path = two_sided
    tasks, whole, base = json.loads(path.read_text()), dialogues(run), json.loads((run / "world.json").read_text())
    sides = set()
    for task in tasks:
        calls = task["initial_state"]["initialization_actions"]
        assert task["initial_state"]["initialization_data"] is None
        assert [c["env_type"] for c in calls] in (["assistant", "user"], ["user"])
        state = dict(base)
        for call in calls:
            side = "agent" if call["env_type"] == "assistant" else "user"
            assert call["func_name"] == "update_db"
            state[side] = merged(state[side], call["arguments"]["update_data"])
        start = apply_start(world_of(base, telecom.program), [tuple(p) for p in whole[task["id"]]["start"]])
        assert not start.changes(world_of(state, telecom.program))
        criteria = task["evaluation_criteria"]
        asserted = {a["func_name"]: a["env_type"] for a in criteria["env_assertions"] or ()}
        sides |= asserted.items()
        assert (criteria["reward_basis"][0] == "ENV_ASSERTION") == bool(asserted)
    assert {side for _, side in sides} == {"assistant", "user"}
    assert ("assert_no_overdue_bill", "assistant") in sides
    assert {s for n, s in sides if n in ("assert_service_status", "assert_can_send_mms")} == {"user"}


def test_tasks_that_reward_idleness_or_not_their_own_dialogue_are_left_out(two_sided, tmp_path):
    telecom, run, path = two_sided
    world = world_of(read_state(run / "world.json", telecom.spec), telecom.program)
    bench, whole = Bench(telecom.spec, telecom.program, world), dialogues(run)
    row = whole[json.loads(path.read_text())[0]["id"]]
    assert bench.task(row)
    with pytest.raises(NotThere, match="doing nothing would pass"):
        bench.task(row | {"cove": row["cove"] | {"accept": [[]], "said": [], "asserted": []}})
    with pytest.raises(NotThere, match="would not be rewarded"):
        bench.task(row | {"messages": row["messages"][:2]})
    with pytest.raises(NotThere, match="several ends"):
        bench.task(row | {"cove": row["cove"] | {"accept": row["cove"]["accept"] * 2}})
    with pytest.raises(NotThere, match="takes something away"):
        bench.task(row | {"start": [*row["start"], ["/agent/bills/0", None]]})


@pytest.mark.parametrize(
    "data",
    [
        {"a": 1, "b": [1.5, True, "x"], "c": {"d": {"e": '\x7f\u00e9\n"\\'}}, "f": []},
        {"rows": [{"id": "1", "items": [{"n": 1}, {"n": 2}], "in": {"x": 1}}, {"id": "2", "items": []}], "last": 1},
        {"odd key.": {"4G": "good"}, "n": None, "deep": [{"n": None}]},
    ],
)
def test_toml_is_read_as_what_was_written(data):
    assert tomllib.loads(to_toml(data)) == bare(data)


def test_the_card_says_what_the_form_cannot_hold(two_sided):
    _, run, path = two_sided
    rows, fit = len(json.loads(path.read_text())), sum(d["blame"] is None for d in dialogues(run).values())
    assert rows < fit
    assert "some have no row in this form: " in (companion(path) / "README.md").read_text()


def test_a_database_that_is_no_toml_is_said_to_be_none(two_sided, tmp_path, monkeypatch):
    _, run, _ = two_sided
    monkeypatch.setattr("cove_dsl.training.export.to_toml", lambda data: to_toml({"a": [1, None]}))
    done = invoke("export", run, "--to", "tau2", "-o", tmp_path / "tasks.json")
    assert (done.exit_code, "cannot be written as TOML" in done.stderr) == (2, True), done.output
    assert not (tmp_path / "tasks.json").exists()


def test_toml_refuses_what_it_cannot_say():
    for data in ({"a": [None]}, {"a": [1, {"b": 1}]}):
        with pytest.raises(ValueError, match="cannot stand in a list"):
            to_toml(data)


def test_parquet_gives_back_what_went_in(run, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    from cove_dsl.training.parquet import read_parquet

    flat = list(read_parquet(export(run, tmp_path / "data.parquet", "parquet")))
    rows = lines(export(run, tmp_path / "data.jsonl", "messages"))
    for row, back in zip(rows, flat, strict=True):
        assert isinstance(back["messages"][-1]["content"], str)
        assert back["messages"] == row["messages"]
        assert back["tools"] == row["tools"]
        assert back["score"] == 1


def test_a_card_says_how_it_was_made_and_how_to_check_it(run, tmp_path):
    path = export(run, tmp_path / "data.jsonl", "messages")
    card = (companion(path) / "README.md").read_text()
    assert card.startswith("---\n")
    assert f"{N - SPOILT} of {N} dialogues" in card
    assert f"recognisers {RECOGNISER_VERSION}" in card
    assert "covec verify data.jsonl.cove/spec data.jsonl" in card
    assert "At fault: agent (3)" in card


def test_what_cannot_be_exported_is_said(run, tmp_path):
    path = export(run, tmp_path / "data.jsonl", "messages")
    assert invoke("export", run, "--to", "messages", "-o", path).exit_code == 2
    assert invoke("export", tmp_path, "--to", "messages", "-o", tmp_path / "x.jsonl").exit_code == 2
    other = tmp_path / "other"
    shutil.copytree(run, other)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"spec_hash": "0" * 64}))
    refused = invoke("export", other, "--to", "messages", "-o", tmp_path / "x.jsonl")
    assert refused.exit_code == 1
    assert "another version" in refused.output + refused.stderr


@pytest.mark.parametrize("one_file", [False, True])
def test_a_run_outlives_edits_of_its_specification(tmp_path, one_file):
    """Whether a desk is a folder with modules or one file: the run holds the texts, and its datasets do."""
    spec, run, path, more = tmp_path / "desk", tmp_path / "run", tmp_path / "data.jsonl", []
    if one_file:
        spec, examples = tmp_path / "tea.cove", specs_folder().parent / "docs" / "examples"
        shutil.copy(examples / "tea.cove", spec)
        more = ["--state", examples / "shop.json"]
    else:
        shutil.copytree(specs_folder() / "retail", spec)
        shutil.copytree(specs_folder() / "modules", spec / "modules")
    made = invoke("synth", spec, "-n", 3, "-o", run, *more)
    assert made.exit_code == 0, made.output
    edited = next(spec.glob("*.cove")) if spec.is_dir() else spec
    edited.write_text("# This is not what it was.\n" + edited.read_text())
    export(run, path, "messages")
    assert load(str(run / "spec")).hash == json.loads((run / "manifest.json").read_text())["spec_hash"]
    shutil.rmtree(run)
    done = invoke("verify", companion(path) / "spec", path, "--format", "json")
    assert done.exit_code == 0, done.output
    assert "another version" not in done.output
    assert invoke("verify", spec, path).exit_code != 0, "and what was edited is told apart"


def test_a_run_without_its_specification_takes_the_desk_of_its_name(run, tmp_path):
    other = tmp_path / "older"
    shutil.copytree(run, other)
    shutil.rmtree(other / "spec")
    assert len(lines(export(other, tmp_path / "data.jsonl", "messages"))) == N - SPOILT


@pytest.mark.parametrize("desk_name", ["airline", "telecom"])
def test_other_desks_are_exported_and_verified_too(tmp_path, desk_name):
    """At the telecom desk users make calls of their own, which no agent sees."""
    pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    desk = load(desk_name)
    synthesize(Order(desk, generate_world(desk.spec, 0), 8), tmp_path / "run")
    for form in ("messages", "turns", "user-model", "parquet"):
        path = export(tmp_path / "run", tmp_path / f"data.{form}.{'parquet' if form == 'parquet' else 'jsonl'}", form)
        done = invoke("verify", desk_name, path, "--format", "json")
        assert done.exit_code == 0, done.output
        if form == "messages":
            for row in lines(path):
                assert not [m for m in row["messages"] if m["role"] == "user" and m.get("tool_calls")]


@pytest.mark.parametrize(
    ("item", "texts"),
    [
        ({"text": "2026-05-22T08:00:00+02:00"}, ["22 May 2026", "8:00 am"]),
        ({"text": "2026-05-22"}, ["22 May 2026"]),
        ({"text": "a lamp, and a desk"}, ["a lamp and a desk"]),
        ({"amount": 120}, ["120"]),
    ],
)
def test_what_has_to_be_said_is_looked_for_as_it_is_said(item, texts):
    assert looked_for(item) == texts


def test_a_result_bears_the_name_of_its_own_tool():
    """Both sides count their calls from 1, and some endpoints give every call the same id."""

    def called(role, tool, number):
        call = {"id": number, "type": "function", "function": {"name": tool, "arguments": {}}}
        result = {"role": "tool", "tool_call_id": number, "name": tool, "content": "fine"}
        return [{"role": role, "content": None, "tool_calls": [call]}, result]

    messages = [
        {"role": "system", "content": "Be kind."},
        *called("assistant", "find_line", "call_1"),
        *called("user", "look_at_phone", "call_1"),
        *called("assistant", "reset_line", "call_1"),
        {"role": "user", "content": "###STOP###"},
    ]
    row = {
        "id": "one", "messages": messages, "tools": [], "start": [], "termination": "user_stop", "blame": None,
        "report": {"score": 1, "verdict": "satisfied"}, "cove": {},
    }  # fmt: skip
    with pytest.raises(NotThere, match="last word"):  # a trainer would leave such a row out, and say so nowhere
        list(FORMS["llama-factory"](row))
    (made,) = FORMS["messages"](row)
    assert [m["name"] for m in made["messages"] if m["role"] == "tool"] == ["find_line", "reset_line"]
    *_, last = FORMS["turns"](row)
    assert [m["name"] for m in last["prompt"] if m["role"] == "tool"] == ["find_line"]
