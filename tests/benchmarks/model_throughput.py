"""How many requests a second reach a model: 256 in flight at a server that takes half a second allow 512.

Prints the share of that which is reached by the client alone, and by whole dialogues (sampling, a scripted user, the
sandbox and the verifier in the same process). The server runs in a process of its own.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cove_dsl.backends.prompt import render_agent  # noqa: E402
from cove_dsl.backends.schema.emit import tool_schemas  # noqa: E402
from cove_dsl.synthesis.dialogue import Caps  # noqa: E402
from cove_dsl.synthesis.models.answers import Answers  # noqa: E402
from cove_dsl.synthesis.models.asking import Asker, Limits, Pace  # noqa: E402
from cove_dsl.synthesis.models.endpoint import Endpoint, Model  # noqa: E402
from cove_dsl.synthesis.run import Means, Order, synthesize  # noqa: E402
from cove_dsl.world.desk import Desk, load  # noqa: E402
from cove_dsl.world.generate import generate_world  # noqa: E402
from tests.support.chat_server import ChatServer  # noqa: E402

DELAY, IN_FLIGHT, REQUESTS, DIALOGUES = 0.5, 256, 10_240, 512
ALLOWED = IN_FLIGHT / DELAY


def hesitate(body: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": "Could you tell me a little more about what you need?"}


def serve(pipe: Connection) -> None:
    with ChatServer(hesitate, delay=DELAY) as server:
        pipe.send(server.url)
        pipe.recv()


def client_alone(desk: Desk, url: str, folder: Path) -> tuple[float, float]:
    """Requests and seconds of the client, with a real policy and real tools in each."""
    request = {
        "messages": [{"role": "system", "content": render_agent(desk.spec)}, {"role": "user", "content": "Hello"}],
        "tools": tool_schemas(desk.spec),
    }

    async def ask_all() -> None:
        endpoint = Endpoint(Model("bench", url), 60.0)
        folder.mkdir()
        asker = Asker("agent", endpoint, Answers(folder / "answers.sqlite"), Limits(), Pace(None))
        todo = iter(range(REQUESTS))

        async def work() -> None:
            for i in todo:
                await asker.ask(request, str(i))

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        await endpoint.close()

    begun = time.perf_counter()
    asyncio.run(ask_all())
    return REQUESTS, time.perf_counter() - begun


def whole_dialogues(desk: Desk, url: str, folder: Path) -> tuple[float, float]:
    """Requests and seconds of a run: 256 dialogues at once, each given up after 24 messages."""
    order = Order(desk, generate_world(desk.spec, 0), DIALOGUES, agent=Model("bench", url), caps=Caps(steps=24))
    begun = time.perf_counter()
    summary = synthesize(order, folder, means=Means(Limits(in_flight=IN_FLIGHT)))
    return summary["requests"]["agent"]["answered"], time.perf_counter() - begun


def main() -> None:
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    url, desk = here.recv(), load("retail")
    with tempfile.TemporaryDirectory() as name:
        for what, measure in (("client alone", client_alone), ("whole dialogues", whole_dialogues)):
            begun = time.process_time()
            sent, seconds = measure(desk, url, Path(name) / what.replace(" ", "-"))
            spent = (time.process_time() - begun) / sent * 1000
            reached = sent / seconds
            print(
                f"{what:<16} {reached:6.0f} requests/s of {ALLOWED:.0f} allowed: {reached / ALLOWED:.0%}; "
                f"{spent:.2f} ms of processor time for each"
            )
    here.send(None)
    server.join(10)


if __name__ == "__main__":
    main()
