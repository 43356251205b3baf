"""`covec guard` between a client and a server, all three real programs that speak MCP; and the agent loop of the
examples over a local chat-completions server."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cove_dsl.tools.proxy import NoProxy, serve
from cove_dsl.world.desk import load
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
TEA, SHOP, SERVER = (str(EXAMPLES / n) for n in ("tea.cove", "shop.json", "tea_server.py"))
CANCEL = {"order_id": "T1", "reason": "changed my mind"}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

# --- MCP --------------------------------------------------------------------------------------------------------------


def through(arguments: list[str], calls: list[tuple[str, dict[str, Any]]]) -> tuple[list[str], list[tuple[bool, str]]]:
    """The tools that are offered, and what each call came to."""
    mcp = pytest.importorskip("mcp")
    import anyio

    async def talk() -> tuple[list[str], list[tuple[bool, str]]]:
        command = ["-m", "cove_dsl.tools.cli", "guard", TEA, *arguments, "--", sys.executable, SERVER]
        async with mcp.Client(
            mcp.StdioServerParameters(command=sys.executable, args=command, env=ENVIRONMENT)
        ) as client:
            tools = [t.name for t in (await client.list_tools()).tools]
            made = [await client.call_tool(name, given) for name, given in calls]
            return tools, [(r.is_error, r.content[0].text) for r in made]

    return anyio.run(talk)


def test_a_proxy_refuses_and_says_what_to_do():
    tools, made = through(
        ["--state", SHOP],
        [
            ("cancel_order", CANCEL),
            ("find_customer", {"email": "ada@example.com"}),
            ("cancel_order", {"order_id": "T2", "reason": "takes too long"}),
            ("get_order", {"order_id": "T9"}),
            ("cancel_order", CANCEL),
            ("cancel_order", CANCEL),
            ("close_the_shop", {}),
        ],
    )
    assert tools == ["find_customer", "get_order", "cancel_order"]
    assert [wrong for wrong, _ in made] == [True, False, True, True, False, True, True]
    assert made[0][1].startswith("Error: this call was refused and not made.\nidentified_first: ")
    assert "First call `find_customer`." in made[0][1]
    assert made[1] == (False, "ada")
    assert "only_open_orders" in made[2][1]
    assert "No such order" in made[3][1]
    assert json.loads(made[4][1])["status"] == "cancelled"
    assert "only_open_orders" in made[5][1]
    assert "there is no tool `close_the_shop`" in made[6][1]


@pytest.mark.parametrize("undecided", ["deny", "allow"])
def test_without_a_database_undecided_decides(undecided):
    late = {"order_id": "T2", "reason": "takes too long"}
    _, made = through(
        ["--undecided", undecided],
        [
            ("find_customer", {"email": "ada@example.com"}),
            ("cancel_order", CANCEL),
            ("get_order", {"order_id": "T2"}),
            ("cancel_order", late),
        ],
    )
    assert [wrong for wrong, _ in made] == [False, undecided == "deny", False, True]
    if undecided == "deny":
        assert "too little is known" in made[1][1]
        assert 'First call `get_order` with order_id "T1".' in made[1][1]
    assert "only_open_orders" in made[3][1]


def test_a_table_that_is_complete_must_be_one():
    pytest.importorskip("mcp")
    command = [sys.executable, "-m", "cove_dsl.tools.cli", "guard", TEA, "--state", SHOP, "--complete", "shelves"]
    done = subprocess.run([*command, "--", "true"], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 2
    assert "`shelves` is no table of `tea`" in done.stderr


def test_what_a_proxy_cannot_guard_is_named():
    pytest.importorskip("mcp")
    command = [sys.executable, "-m", "cove_dsl.tools.cli", "guard", TEA, "--", sys.executable, SERVER]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    assert "not guarded, because a proxy does not hear what is said: reason_is_told, explicit_yes" in done.stderr
    assert "not offered: `close_the_shop` is not in the specification" in done.stderr
    gone = subprocess.run([*command[:6], "no-such-program-anywhere"], capture_output=True, text=True, env=ENVIRONMENT)
    assert gone.returncode == 1
    assert "cannot start `no-such-program-anywhere`" in gone.stderr


NO_TOOLS = "from mcp.server import MCPServer; MCPServer('none').run()"
SERVERS = {
    "ends at once": (["true"], "the server ended before it answered; to see why, run it alone: true"),
    "speaks otherwise": (["echo", "hello"], "the server writes lines to standard output that are no messages"),
    "has no such tools": ([sys.executable, "-c", NO_TOOLS], "the server has none of the specification's tools"),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_none_is_no_bug_of_ours(name):
    pytest.importorskip("mcp")
    server, said = SERVERS[name]
    command = [sys.executable, "-m", "cove_dsl.tools.cli", "guard", TEA, "--", *server]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    assert done.returncode == 2
    assert said in done.stderr
    assert "bug" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_line_is_told_of_where_the_server_ends_before_it_is_handed_on(monkeypatch):
    mcp = pytest.importorskip("mcp")
    import anyio

    async def too_late(session: Any, error: Exception) -> None:
        return None

    monkeypatch.setattr(mcp.ClientSession, "_on_stream_exception", too_late)
    said: list[str] = []

    async def guarding() -> None:
        with pytest.raises(NoProxy, match="the server ended before it answered"):
            await serve(load(TEA).monitor(hears=False), ["echo", "hello"], "deny", said.append)

    anyio.run(guarding)
    assert said == ["the server writes lines to standard output that are no messages of the protocol"]
    assert logging.getLogger("mcp.client.stdio").filters == []


WHO = """
import os
from mcp.server import MCPServer
server = MCPServer("who")
@server.tool()
def find_customer(email: str) -> str:
    return os.environ["TEA_KEY"]
server.run()
"""


def test_the_server_has_the_environment_that_the_guard_was_given(tmp_path, monkeypatch):
    (tmp_path / "who.py").write_text(WHO, encoding="utf-8")
    monkeypatch.setitem(ENVIRONMENT, "TEA_KEY", "oolong")
    monkeypatch.setattr(sys.modules[__name__], "SERVER", str(tmp_path / "who.py"))
    _, made = through([], [("find_customer", {"email": "ada@example.com"})])
    assert made == [(False, "oolong")]


# --- an agent loop over chat completions ------------------------------------------------------------------------------


class Model(BaseHTTPRequestHandler):
    """A model that always wants to cancel at once, and does what a refusal says."""

    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(body)
        message = {"role": "assistant", "content": None, **self.reply(body["messages"])}
        made = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}  # fmt: skip
        data = json.dumps(made).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def reply(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        last = messages[-1]
        if last["role"] == "user":
            return self.call("cancel_order", CANCEL, len(messages))
        if "First call `find_customer`" in last["content"]:
            return self.call("find_customer", {"email": "ada@example.com"}, len(messages))
        if "ask for confirmation" in last["content"]:
            return {"content": "I can cancel order T1 (Assam), reason: changed my mind. Shall I?"}
        if last["content"] == "ada":
            return self.call("cancel_order", CANCEL, len(messages))
        return {"content": "Done." if "cancelled" in last["content"] else f"I cannot: {last['content']}"}

    def call(self, name: str, given: dict[str, Any], n: int) -> dict[str, Any]:
        function = {"name": name, "arguments": json.dumps(given)}
        return {"tool_calls": [{"id": f"call_{n}", "type": "function", "function": function}]}

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def base_url() -> Iterator[str]:
    Model.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def test_an_agent_that_is_guarded_asks_first(base_url, monkeypatch):
    pytest.importorskip("openai")
    monkeypatch.setenv("OPENAI_BASE_URL", base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    said = ["ada@example.com here. I changed my mind about the Assam.", "Yes, please."]
    command = [sys.executable, str(EXAMPLES / "guard_openai.py"), "some-model", *said]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"> {said[0]}",
        "I can cancel order T1 (Assam), reason: changed my mind. Shall I?",
        f"> {said[1]}",
        "Done.",
        "refused: cancel_order: identified_first, explicit_yes",
        "refused: cancel_order: explicit_yes",
    ]
    assert [t["function"]["name"] for t in Model.asked[0]["tools"]] == [
        "find_customer",
        "list_orders",
        "get_order",
        "cancel_order",
        "hand_over",
    ]
    assert Model.asked[0]["messages"][0]["content"].startswith("# The service desk of a small tea shop")
