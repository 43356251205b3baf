"""What a guard adds to a call: the shop's dialogues through guarded and through bare tools."""

import contextlib
import sys
import time
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parents[2]))

import cove_dsl as cove
from cove_dsl.backends.python.runtime.sandbox import Sandbox
from tests.differential.guarding import Episode, _tool_of, shop_episodes


def spent(desk: cove.Desk, episode: Episode) -> tuple[list[float], list[float], list[float]]:
    """Seconds for each call through a guard, for each call alone, and for each message observed."""
    guarded, bare, heard = [], [], []
    one, two = (Sandbox(desk.program, episode.world.fork()) for _ in range(2))
    tools = {n: _tool_of(two, n) for n in desk.program.tools}
    world = cove.World(desk.program, episode.world)
    guard = cove.guard({n: _tool_of(one, n) for n in desk.program.tools}, desk.monitor(world), "allow")
    for message in episode.script:
        start = time.perf_counter()
        guard.observe(message)
        heard.append(time.perf_counter() - start)
        for call in message.get("tool_calls") or ():
            name, given = call["function"]["name"], call["function"]["arguments"]
            for tool, times in ((guard[name], guarded), (tools[name], bare)):
                start = time.perf_counter()
                with contextlib.suppress(RuntimeError):
                    tool(**given)
                times.append(time.perf_counter() - start)
    return guarded, bare, heard


def main() -> None:
    desk, _, episodes = shop_episodes(200, 0)
    sums: tuple[list[float], list[float], list[float]] = ([], [], [])
    for episode in episodes:
        for total, part in zip(sums, spent(desk, episode), strict=True):
            total += part
    for name, times in zip(("guarded call", "bare call", "message"), sums, strict=True):
        most = quantiles(times, n=20)[-1]
        print(f"{name:<14} median {median(times) * 1e6:7.1f} µs   95 % {most * 1e6:7.1f} µs   of {len(times)}")
    added = (median(sums[0]) - median(sums[1])) * 1e6
    print(f"a guard adds {added:.1f} µs to a call under {len(desk.spec.rules)} rules")


if __name__ == "__main__":
    main()
