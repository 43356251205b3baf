"""Where one worker holds dialogues, one task at a time or many at once. Enters: the index of a task. Leaves: a line of
the run's store, or why there is none. What comes of a task is the same in any worker.
"""

from typing import Any

from attrs import evolve, field, frozen

from ..world.desk import World
from ..world.state import world_of
from .models.answers import Keeper
from .models.asking import Asker, BudgetSpent, Pace, Price
from .models.endpoint import Endpoint
from .order import Means, Order
from .parties import InfrastructureError
from .sample import Sampler
from .stage import Stage
from .store import Line, line_of


@frozen
class Outcome:
    """What came of a task: a dialogue, the failure of what carries the parties, or nothing as the budget is spent."""

    index: int
    line: Line | None = field(default=None, repr=False)
    failure: dict[str, Any] | None = None
    stopped: str | None = None


class Workbench:
    """The desk, its world and the models' askers, made once. With models, to be made inside an event loop. Raises
    NoTask, MissingExtra."""

    def __init__(self, order: Order, means: Means, answers: Keeper | None) -> None:
        world = World(order.desk.program, world_of(order.state, order.desk.program))
        sampler = Sampler(order.desk, world, order.seed, order.glob, order.dials)
        self.askers = _askers(order, means, answers) if answers is not None else {}
        self.stage = Stage(order.desk, sampler, self.askers, order.caps, order.flaws())

    async def hold(self, index: int) -> Outcome:
        """Raises NoTask, Denied."""
        try:
            return Outcome(index, line_of(await self.stage.row(index)))
        except BudgetSpent as spent:
            return Outcome(index, stopped=str(spent))
        except InfrastructureError as error:
            return Outcome(index, failure={"index": index, "cause": error.cause, "error": str(error)})

    async def close(self) -> None:
        for asker in self.askers.values():
            await asker.endpoint.close()


def _askers(order: Order, means: Means, answers: Keeper) -> dict[str, Asker]:
    limits, pace = means.limits, Pace(means.limits.per_minute)
    return {
        side: Asker(side, Endpoint(m, limits.timeout), answers, limits, pace, means.prices.get(m.name, Price()))
        for side, m in order.models().items()
    }


def share_of(means: Means, workers: int, worker: int) -> Means:
    """What one of several workers may use, such that all together use no more than they may."""
    limits = means.limits
    width = limits.in_flight // workers + (worker < limits.in_flight % workers)
    pace = limits.per_minute / workers if limits.per_minute else None
    return evolve(means, limits=evolve(limits, in_flight=width, per_minute=pace))


__all__ = ["Outcome", "Workbench", "share_of"]
