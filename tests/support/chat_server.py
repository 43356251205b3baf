"""A server that speaks the chat-completions protocol over HTTP, in a thread of its own, and fails on purpose.

What it answers comes from a `brain`, a function from a request's body to an assistant's message. `faults` gives the
share of requests that go wrong in each way; `injected` counts those that did, and `most` is how many were ever under
way at once.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from aiohttp import web

Brain = Callable[[dict[str, Any]], dict[str, Any]]
OF_THE_WIRE = ("rate_limited", "server_error", "hang", "cut_off", "no_json")
OF_THE_MODEL = ("malformed_arguments", "unknown_tool", "blank_message")
PATIENCE = 1.5  # times the number of requests after which a fault is expected


class ChatServer:
    """`with ChatServer(brain) as server:` and ask at `server.url`."""

    def __init__(
        self, brain: Brain, faults: dict[str, float] | None = None, delay: float = 0.0, hang: float = 6.0, seed: int = 0
    ) -> None:
        self.brain, self.faults, self.delay, self.hang = brain, faults or {}, delay, hang
        self.rng = random.Random(seed)
        self.injected: Counter[str] = Counter()
        self.waited: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.status: int | None = None
        self.under_way = self.most = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "ChatServer":
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *rest: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(20)

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(0.05, self._loop.stop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await self._answered(request)
        finally:
            self.under_way -= 1

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.status is not None:
            return web.json_response({"error": {"message": f"status {self.status}"}}, status=self.status)
        fault = self._drawn(OF_THE_WIRE)
        if fault is not None:
            return await self._fail(fault, request)
        return web.json_response(self._completion(body))

    def _drawn(self, kinds: tuple[str, ...]) -> str | None:
        """A fault or none, by chance; one that has not come for long comes now, so that a short run sees each."""
        possible = [k for k in kinds if k in self.faults]
        self.waited.update(possible)
        at, limits = self.rng.random(), accumulate(self.faults[k] for k in possible)
        drawn = next((k for k, limit in zip(possible, limits, strict=True) if at < limit), None)
        late = next((k for k in possible if self.waited[k] * self.faults[k] > PATIENCE), None)
        fault = late or drawn
        if fault is not None:
            self.injected[fault] += 1
            self.waited[fault] = 0
        return fault

    async def _fail(self, fault: str, request: web.Request) -> web.StreamResponse:
        if fault == "rate_limited":
            return web.json_response({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "0.05"})
        if fault == "server_error":
            return web.json_response({"error": {"message": "out of order"}}, status=500)
        if fault == "no_json":
            return web.Response(text='{"choices": [{"message": {"content": "Hel', content_type="application/json")
        if fault == "hang":
            await asyncio.sleep(self.hang)
            return web.json_response({})
        response = web.StreamResponse(headers={"Content-Length": "4096", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"choices": [')
        assert request.transport is not None
        request.transport.abort()
        return response

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        message = self._spoilt(self.brain(body))
        usage = {
            "prompt_tokens": sum(len(str(m.get("content"))) for m in body["messages"]) // 4,
            "completion_tokens": 20,
        }
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        choice = {"index": 0, "finish_reason": finish, "message": message}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [choice],
            "usage": usage,
        }

    def _spoilt(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as a worse model would have written it."""
        calls = message.get("tool_calls")
        fault = self._drawn(OF_THE_MODEL if calls else ("blank_message",))
        if fault is None:
            return message
        if fault == "blank_message":
            return {"role": "assistant", "content": " "}
        assert calls
        function = dict(calls[0]["function"])
        function |= (
            {"arguments": '{"order_id": "#W1'} if fault == "malformed_arguments" else {"name": "look_up_everything"}
        )
        return {**message, "tool_calls": [{**calls[0], "function": function}]}
