"""Models as parties, over real HTTP: what they say is played, what goes wrong is counted where it belongs."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("aiohttp", reason="the extra `models` is not installed")

from cove_dsl.synthesis.dialogue import Caps
from cove_dsl.synthesis.models import asking
from cove_dsl.synthesis.models.asking import Denied, Encoded, Limits, Price, encoded
from cove_dsl.synthesis.models.endpoint import Model, _refused
from cove_dsl.synthesis.models.parties import read_message
from cove_dsl.synthesis.run import Means, Order, synthesize
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.synthesis.store import ANSWERS, DIALOGUES, FAILED
from cove_dsl.tools.cli import covec
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import world_of
from tests.conftest import ROOT
from tests.support.brains import Brains
from tests.support.chat_server import ChatServer

N = 24
SHARE = 0.02
FAULTS = dict.fromkeys(
    (
        "rate_limited",
        "server_error",
        "hang",
        "cut_off",
        "no_json",
        "malformed_arguments",
        "unknown_tool",
        "blank_message",
    ),
    SHARE,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def brains(sampler):
    return Brains(sampler, N)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(asking, "FIRST_WAIT", 0.01)


def order_of(retail, shop, server, sides=("agent", "user"), n=N, **more):
    parties = {side: Model("tiny", server.url) for side in sides}
    return Order(retail, shop, n, seed=0, **parties, **more)


def rows_of(folder):
    return [json.loads(line) for line in (folder / DIALOGUES).read_text().splitlines()]


@pytest.mark.parametrize("sides", [("agent",), ("user",), ("agent", "user")])
def test_each_side_can_be_a_model(retail, shop, brains, tmp_path, sides):
    with ChatServer(brains) as server:
        summary = synthesize(order_of(retail, shop, server, sides), tmp_path / "run")
    assert (summary["verified"], summary["missing"]) == (N, 0), summary["causes"]
    assert sorted(summary["requests"]) == sorted(sides)
    assert sum(counts["answered"] for counts in summary["requests"].values()) == len(server.requests)
    rows = rows_of(tmp_path / "run")
    assert [row["cove"]["index"] for row in rows] == list(range(N))
    for row in rows:
        assert sorted(row["usage"]) == sorted(sides)
        assert all(u["requests"] and u["prompt_tokens"] and u["completion_tokens"] for u in row["usage"].values())


def test_nothing_is_lost_to_faults_and_each_is_counted(retail, shop, brains, tmp_path):
    with ChatServer(brains, FAULTS, hang=30.0) as server:
        means = Means(Limits(in_flight=16, timeout=8.0, tries=8))
        summary = synthesize(order_of(retail, shop, server), tmp_path / "run", means=means)
    injected = server.injected
    assert set(injected) == set(FAULTS), "every kind of fault has happened"
    assert (summary["dialogues"], summary["missing"], summary["infrastructure"]) == (N, 0, {})
    sent = {what: sum(c.get(what, 0) for c in summary["requests"].values()) for what in ("answered", "rate_limited",
            "server_error", "timeout", "connection", "unreadable")}  # fmt: skip
    assert sent["rate_limited"] == injected["rate_limited"]
    assert sent["server_error"] == injected["server_error"]
    assert sent["timeout"] >= injected["hang"]
    assert sent["connection"] + sent["unreadable"] == injected["cut_off"] + injected["no_json"]
    assert sum(sent.values()) == len(server.requests)
    wrong = {
        kind: sum(side.get(kind, 0) for side in summary["errors"].values())
        for kind in ("malformed_arguments", "unknown_tool", "blank_message")
    }
    assert wrong == {kind: injected[kind] for kind in wrong}
    assert all(row["termination"] in ("user_stop", "too_many_steps") for row in rows_of(tmp_path / "run"))


def test_bad_calls_come_back_to_the_model_as_errors(retail, shop, brains, tmp_path):
    with ChatServer(brains, {"malformed_arguments": 0.2, "unknown_tool": 0.2}) as server:
        synthesize(order_of(retail, shop, server, ("agent",), n=6), tmp_path / "run")
    results = {}
    for body in server.requests:
        for call, result in zip(body["messages"], body["messages"][1:], strict=False):
            if call.get("tool_calls"):
                assert isinstance(call["tool_calls"][0]["function"]["arguments"], str)
                results.setdefault(result["content"], call["tool_calls"][0]["function"])
    assert "Error: there is no tool `look_up_everything`" in results
    assert results["Error: the arguments are not a JSON object"]["arguments"] == '{"order_id": "#W1'


def test_a_model_that_says_nothing_is_at_fault(retail, shop, tmp_path):
    with ChatServer(lambda body: {"role": "assistant", "content": ""}) as server:
        summary = synthesize(order_of(retail, shop, server, ("agent",), n=2), tmp_path / "agent")
        assert summary["ended"] == {"agent_error": 2}
        assert summary["blame"] == {"agent": 2}
        summary = synthesize(order_of(retail, shop, server, ("user",), n=2), tmp_path / "user")
    assert summary["ended"] == {"user_error": 2}
    assert summary["blame"] == {"user": 2}


def test_endless_talk_and_endless_errors_are_ended(retail, shop, tmp_path):
    talk = {"role": "assistant", "content": "Let me think about it."}
    with ChatServer(lambda body: talk) as server:
        alone = synthesize(order_of(retail, shop, server, ("agent",), n=1), tmp_path / "patience")
        summary = synthesize(order_of(retail, shop, server, n=1, caps=Caps(steps=9)), tmp_path / "talk")
    assert (alone["ended"], alone["blame"]) == ({"user_stop": 1}, {"agent": 1})
    assert summary["ended"] == {"too_many_steps": 1}
    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "get_order_details", "arguments": '{"order_id": "#W0"}'},
    }
    with ChatServer(lambda body: {"role": "assistant", "content": None, "tool_calls": [call]}) as server:
        summary = synthesize(order_of(retail, shop, server, ("agent",), n=1), tmp_path / "errors")
    assert summary["ended"] == {"too_many_errors": 1}
    assert summary["errors"]["agent"] == {"failed_call": 11}
    assert summary["blame"] == {"agent": 1}


def test_what_the_infrastructure_fails_is_tried_again_and_never_scored(retail, shop, brains, tmp_path):
    with ChatServer(brains) as server:
        server.status = 503
        order = order_of(retail, shop, server, n=3)
        summary = synthesize(order, tmp_path / "run", means=Means(Limits(tries=2)))
        assert (summary["dialogues"], summary["missing"]) == (0, 3)
        assert summary["infrastructure"] == {"server_error": 3}
        assert summary["blame"] == {}
        assert len((tmp_path / "run" / FAILED).read_text().splitlines()) == 3
        assert len(server.requests) == 3 * 2 * 3, "three tasks, two tries, three passes"
        server.status = None
        summary = synthesize(order, tmp_path / "run")
    assert (summary["dialogues"], summary["missing"], summary["verified"]) == (3, 0, 3)
    assert not (tmp_path / "run" / FAILED).exists()


def test_a_refused_request_is_not_sent_again(retail, shop, brains, tmp_path):
    with ChatServer(brains) as server:
        server.status = 400
        summary = synthesize(order_of(retail, shop, server, n=1), tmp_path / "run")
        assert summary["infrastructure"] == {"rejected": 1}
        assert len(server.requests) == 3, "once in each pass"
        server.status = 401
        with pytest.raises(Denied, match="401"):
            synthesize(order_of(retail, shop, server, n=1), tmp_path / "other")


def test_a_budget_stops_a_run_that_more_money_completes(retail, shop, brains, tmp_path):
    with ChatServer(brains) as server:
        order = order_of(retail, shop, server, n=6)
        prices = {"tiny": Price(10.0, 30.0)}
        poor = Means(Limits(in_flight=2, dollars=0.5), prices=prices)
        first = synthesize(order, tmp_path / "run", means=poor)
        assert "budget of 0.5 dollars" in first["stopped"]
        assert 0 < first["missing"] <= 6
        spent = sum(c["dollars"] for c in first["requests"].values())
        assert 0.5 <= spent < 1.0
        sent = len(server.requests)
        rich = Means(Limits(in_flight=2, dollars=50.0), prices=prices)
        second = synthesize(order, tmp_path / "run", means=rich)
        whole = len(server.requests)
        again = synthesize(order, tmp_path / "fresh", means=rich)
    assert (second["missing"], second["verified"], second["stopped"]) == (0, 6, None)
    assert len(server.requests) - whole == whole, "what was answered before the budget was spent was not asked again"
    assert whole > sent
    assert {k: c["dollars"] for k, c in again["requests"].items()} == {
        k: c["dollars"] for k, c in second["requests"].items()
    }
    tokens = Means(Limits(in_flight=1, tokens=5_000))
    with ChatServer(brains) as server:
        found = synthesize(order_of(retail, shop, server, n=6), tmp_path / "tokens", means=tokens)
    assert "5,000 tokens" in found["stopped"]


def test_answers_are_kept_and_give_the_same_run_without_an_endpoint(retail, shop, brains, tmp_path):
    with ChatServer(brains) as server:
        order = order_of(retail, shop, server, n=5)
        synthesize(order, tmp_path / "one", means=Means(answers=tmp_path / ANSWERS))
        asked = len(server.requests)
        summary = synthesize(order, tmp_path / "two", means=Means(answers=tmp_path / ANSWERS))
        assert len(server.requests) == asked
    assert (tmp_path / "one" / DIALOGUES).read_bytes() == (tmp_path / "two" / DIALOGUES).read_bytes()
    assert sum(c["kept"] for c in summary["requests"].values()) == asked


def test_no_more_is_in_flight_and_sent_a_minute_than_allowed(retail, shop, brains, tmp_path):
    import time

    with ChatServer(brains) as server:
        begun = time.monotonic()
        order = order_of(retail, shop, server, ("agent",), n=3)
        synthesize(order, tmp_path / "run", means=Means(Limits(per_minute=1200)))
        took = time.monotonic() - begun
    assert took >= (len(server.requests) - 1) * 0.05


def test_several_workers_share_answers_budget_and_what_is_in_flight(retail, shop, brains, tmp_path):
    """The server's own delay lets all that may be under way come together."""
    with ChatServer(brains, delay=0.02) as server:
        order = order_of(retail, shop, server, n=8)
        alone = synthesize(order, tmp_path / "alone", means=Means(Limits(in_flight=5)))
        assert server.most == 5
        server.most, sent = 0, len(server.requests)
        both = synthesize(order, tmp_path / "both", means=Means(Limits(in_flight=5), workers=2))
        assert 2 <= server.most <= 5
        assert len(server.requests) == 2 * sent
        again = synthesize(order, tmp_path / "kept", means=Means(answers=tmp_path / "both" / ANSWERS, workers=2))
        assert len(server.requests) == 2 * sent
        poor = Means(Limits(in_flight=4, tokens=60_000), workers=2)
        stopped = synthesize(order, tmp_path / "poor", means=poor)
        between = len(server.requests)
        whole = synthesize(order, tmp_path / "poor", means=Means(workers=2))
        assert len(server.requests) - between == 3 * sent - between, "what was answered is not asked again"
        server.status = 401
        with pytest.raises(Denied, match="401"):
            synthesize(order, tmp_path / "denied", means=Means(workers=2))
    assert alone == both
    assert "60,000 tokens" in stopped["stopped"]
    assert 0 < stopped["missing"] < 8
    assert (again["verified"], whole["verified"]) == (8, 8)
    runs = [(tmp_path / name / DIALOGUES).read_bytes() for name in ("alone", "both", "kept", "poor")]
    assert len(set(runs)) == 1


def test_a_cluster_asks_models_too(retail, shop, brains, tmp_path):
    ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        with ChatServer(brains) as server:
            order = order_of(retail, shop, server, n=8)
            alone = synthesize(order, tmp_path / "alone")
            summary = synthesize(order, tmp_path / "run", means=Means(engine="ray", workers=2))
    finally:
        ray.shutdown()
    assert summary == alone
    assert (tmp_path / "run" / DIALOGUES).read_bytes() == (tmp_path / "alone" / DIALOGUES).read_bytes()


@given(st.lists(JSON), JSON, st.dictionaries(st.text(), JSON))
def test_a_request_that_is_encoded_in_parts_is_the_request(messages, tools, more):
    """Also to the byte, as answers are kept by it."""
    whole = {"messages": messages, "tools": tools, **more}
    parts = [Encoded(encoded(m)) if i % 2 else m for i, m in enumerate(messages)]
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    assert encoded(whole) == text
    assert encoded({**whole, "messages": parts, "tools": Encoded(encoded(tools)), **more}) == text


def test_prompts_hold_what_their_side_may_know(retail, shop, brains, tmp_path):
    from cove_dsl.synthesis.blame import hidden_keys

    with ChatServer(brains) as server:
        synthesize(order_of(retail, shop, server), tmp_path / "run")
    for body in server.requests:
        system, *seen = body["messages"]
        assert [m["role"] for m in body["messages"]].count("system") == 1
        if system["content"] == brains.policy:
            assert {t["function"]["name"] for t in body["tools"]} == {
                t.name for t in retail.spec.tools.values() if t.requestor == "agent"
            }
            assert "###STOP###" not in system["content"]
        else:
            assert "tools" not in body
            assert all(m["role"] in ("user", "assistant") for m in seen)
            assert not [k for k in hidden_keys(brains.by_prompt[system["content"]]) if k in system["content"]]


def test_models_are_named_by_name_and_place():
    assert Model.parse("openai/qwen3@http://127.0.0.1:8000/v1/") == Model("qwen3", "http://127.0.0.1:8000/v1")
    assert Model.parse("openai/gpt-5") == Model("gpt-5")
    for wrong in ("gpt-5", "openai/", "openai/x@localhost:80", "http://127.0.0.1"):
        with pytest.raises(ValueError, match="is no model"):
            Model.parse(wrong)


def test_a_model_user_makes_calls_of_its_own(tmp_path):
    """What the user does with tools is the user's to see, and the agent's to be told."""
    desk = load("telecom")
    state = generate_world(desk.spec, 0)
    sampler = Sampler(desk, World(desk.program, world_of(state, desk.program)), 0)
    brains = Brains(sampler, 8)
    with ChatServer(brains) as server:
        model = Model("tiny", server.url)
        summary = synthesize(Order(desk, state, 8, user=model), tmp_path / "user")
        both = synthesize(Order(desk, state, 8, agent=model, user=model), tmp_path / "both")
    assert (summary["verified"], summary["blame"]) == (8, {})
    messages = [m for row in rows_of(tmp_path / "user") for m in row["messages"] if m["role"] == "user"]
    assert any(m.get("tool_calls") for m in messages)
    mine = {t.name for t in desk.spec.tools.values() if t.requestor == "user"}
    assert both["dialogues"] == 8
    for body in server.requests:
        named = {c["function"]["name"] for m in body["messages"] for c in m.get("tool_calls") or ()}
        offered = {t["function"]["name"] for t in body.get("tools", ())}
        if body["messages"][0]["content"] == brains.policy:
            assert not named & mine
            assert not offered & mine
        else:
            assert named <= mine
            assert offered == mine


@pytest.mark.parametrize(
    ("asked", "wait"), [("7", 7), ("0.5", 0.5), ("-3", 0), ("", None), ("soon", None), ("nan", None), ("inf", None)]
)
def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(asked, wait):
    assert _refused(429, "", asked).wait == wait


def test_a_file_that_can_keep_no_answers_is_named(tmp_path):
    (tmp_path / "text").write_text("these are no answers, but a text")
    for path in (tmp_path / "text", tmp_path / "nowhere" / "file"):
        given = ["synth", str(ROOT / "docs/examples/tea.cove"), "-n", "1", "-o", str(tmp_path / "run")]
        given += ["--state", str(ROOT / "docs/examples/shop.json"), "--agent", "openai/x@http://127.0.0.1:9"]
        done = CliRunner().invoke(covec, [*given, "--answers", str(path)])
        assert done.exit_code == 2
        assert f"{path} cannot keep the answers of models" in done.stderr


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Hello"}]}, "Hello"),
        ({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}, {"type": "text"}]}, "Hello"),
        ({"content": None, "refusal": "I can't help with that."}, "I can't help with that."),
        ({"content": "Hello", "refusal": None}, "Hello"),
        ({"content": [{"type": "text", "text": " "}], "refusal": ""}, None),
        ({"content": {"text": "Hello"}}, None),
    ],
)
def test_words_are_read_in_whatever_way_they_come(message, text):
    said = read_message(message, "assistant", 1)
    assert (said["content"] if said is not None else None) == text
