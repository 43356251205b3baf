"""How many requests a second reach a model: 256 in flight at a server that takes half a second allow 512.

Prints the share of that which is reached by the client alone, and by whole dialogues (sampling, a scripted user, the
sandbox and the verifier) held by so many workers. The server runs in a process of its own.

    python tests/benchmarks/model_throughput.py [WORKERS …]
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cove_dsl.backends.prompt import render_agent  # noqa: E402
from cove_dsl.backends.schema.emit import tool_schemas  # noqa: E402
from cove_dsl.synthesis.dialogue import Caps  # noqa: E402
from cove_dsl.synthesis.models.answers import Answers  # noqa: E402
from cove_dsl.synthesis.models.asking import Asker, Encoded, Limits, Pace, encoded  # noqa: E402
from cove_dsl.synthesis.models.endpoint import Endpoint, Model  # noqa: E402
from cove_dsl.synthesis.run import Means, Order, synthesize  # noqa: E402
from cove_dsl.world.desk import Desk, load  # noqa: E402
from cove_dsl.world.generate import generate_world  # noqa: E402
from tests.support.chat_server import ChatServer  # noqa: E402

DELAY, IN_FLIGHT, REQUESTS, DIALOGUES = 0.5, 256, 10_240, 1024
ALLOWED = IN_FLIGHT / DELAY


def hesitate(body: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": "Could you tell me a little more about what you need?"}


class Times(list[float]):
    """When requests came, in place of the requests."""

    def append(self, request: object) -> None:
        super().append(time.perf_counter())


def serve(pipe: Connection) -> None:
    """A server in this process, which tells when requests came since it was last asked."""
    with ChatServer(hesitate, delay=DELAY) as server:
        pipe.send(server.url)
        while True:
            server.requests = times = Times()
            if not pipe.recv():
                return
            pipe.send(list(times))


def client_alone(desk: Desk, url: str, folder: Path) -> None:
    """Asks as a dialogue does, with a real policy and real tools, and nothing else."""
    system = {"role": "system", "content": render_agent(desk.spec)}
    request = {
        "messages": [Encoded(encoded(system)), {"role": "user", "content": "Hello"}],
        "tools": Encoded(encoded(tool_schemas(desk.spec))),
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

    asyncio.run(ask_all())


def whole_dialogues(desk: Desk, state: dict[str, Any], url: str, folder: Path, workers: int) -> None:
    """256 dialogues at once, each given up after 24 messages."""
    order = Order(desk, state, DIALOGUES, agent=Model("bench", url), caps=Caps(steps=24))
    synthesize(order, folder, means=Means(Limits(in_flight=IN_FLIGHT), workers=workers))


def spent() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def told(what: str, times: list[float], seconds: float) -> str:
    """The rate from the first tenth of the requests to the last, when all that may be in flight is."""
    times.sort()
    first, last = len(times) // 10, len(times) * 9 // 10
    reached = (last - first) / (times[last] - times[first])
    return (
        f"{what:<32} {reached:6.0f} requests/s of {ALLOWED:.0f} allowed: {reached / ALLOWED:.0%}; "
        f"{seconds / len(times) * 1000:.2f} ms of processor time for each"
    )


def main(workers: list[int]) -> None:
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    url, desk = here.recv(), load("retail")
    state = generate_world(desk.spec, 0)

    def measure(what: str, run: Callable[[Path], None]) -> None:
        with tempfile.TemporaryDirectory() as name:
            begun = spent()
            run(Path(name) / "run")
            took = spent() - begun
            here.send(True)
            print(told(what, here.recv(), took), flush=True)

    measure("client alone", partial(client_alone, desk, url))
    for n in workers:
        measure(f"whole dialogues, {n} worker{'s'[: n - 1]}", lambda at, n=n: whole_dialogues(desk, state, url, at, n))
    here.send(False)
    server.join(10)


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or [1, 2])
