"""The engine of one process: dialogues with models are held side by side, others one after the other."""

import asyncio
import gc
from collections.abc import Iterable, Iterator

from ..models.answers import Keeper
from ..order import Means, Order
from ..workbench import Workbench
from .crew import Take


class Alone:
    """Holds dialogues in this process. Raises what a workbench raises."""

    def __init__(self, order: Order, means: Means, answers: Keeper | None) -> None:
        self.runner = asyncio.Runner()
        self.bench = self.runner.run(_made(order, means, answers))
        gc.freeze()  # the desk and its world are no garbage: nothing to be looked through again and again
        self.width = means.limits.in_flight if answers is not None else 1

    def hold(self, todo: Iterable[int], take: Take) -> str | None:
        return self.runner.run(self._hold(iter(todo), take))

    def close(self, at_once: bool) -> None:
        self.runner.run(self.bench.close())
        self.runner.close()
        gc.unfreeze()

    async def _hold(self, left: Iterator[int], take: Take) -> str | None:
        """Each lane takes the next task when it is free. A request that is under way when the budget is spent is
        waited for, as it is paid for; what else a lane raises ends all."""
        lanes = [asyncio.ensure_future(self._lane(left, take)) for _ in range(self.width)]
        try:
            return next(filter(None, await asyncio.gather(*lanes)), None)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def _lane(self, left: Iterator[int], take: Take) -> str | None:
        for index in left:
            outcome = await self.bench.hold(index)
            if outcome.stopped:
                return outcome.stopped
            take(outcome)
            await asyncio.sleep(0)  # scripted parties wait for nothing: here an interrupt comes in
        return None


async def _made(order: Order, means: Means, answers: Keeper | None) -> Workbench:
    return Workbench(order, means, answers)
