"""Chooses among drawn tasks those that put conditions of the policy to the test which no task before has.

Each task is rehearsed: scripted parties hold its dialogue, and the checker says which atoms decided (`world.coverage`).
Of some candidates, the one with most that is new is taken. Tasks are chosen in rounds, each of which begins with
nothing covered, so that a task follows from its seed, its index, and at most the rest of its round.
"""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..backends.python.runtime.sandbox import Sandbox
from ..world.conversations import Record
from ..world.coverage import Coverage, Listener, Side
from ..world.desk import World
from ..world.state import apply_start
from .dialogue import hold
from .scripted_agent import ScriptedAgent
from .scripted_user import ScriptedUser
from .tasks import Task

if TYPE_CHECKING:
    from .sample import Sampler

T = TypeVar("T")
ROUND = 128
CANDIDATES = 6


class Rehearsal:
    """What tasks of one sampler exercise."""

    def __init__(self, sampler: "Sampler") -> None:
        self.sampler, self.desk = sampler, sampler.desk
        self.listener = Listener(self.desk.spec)
        self.known: Coverage = self.listener.coverage()

    def sides(self, task: Task) -> set[Side]:
        """The sides of atoms that decide in a task's scripted dialogue, or where what it asks for is refused."""
        start = World(self.desk.program, apply_start(self.sampler.world.inner, list(task.start)))
        agent = ScriptedAgent(task, self.desk, start, self.sampler.shape)
        user = ScriptedUser(task, self.desk.spec)
        held = at_once(hold(user, agent, Sandbox(self.desk.program, start.inner.fork())))
        record = Record(task.id, [*held.messages], [*task.start], cove=task.cove_object())
        heard, _ = self.listener.listen(record, self.sampler.world.inner)
        return self.known.sides(heard)


class Chooser:
    """The tasks of a sampler, chosen for what they exercise."""

    def __init__(self, sampler: "Sampler", candidate: Callable[[int, int], Task], width: int = CANDIDATES) -> None:
        from .sample import NoTask

        self.candidate, self.width, self.none, self.dropped = candidate, width, NoTask, sampler.dropped
        self.rehearsal = Rehearsal(sampler)
        self.at = -1  # the index that was chosen last
        self.covered: set[Side] = set()

    def task(self, index: int) -> Task:
        """The task of an index. Raises NoTask where none of its candidates is one."""
        first = index - index % ROUND
        if not first <= self.at < index:
            self.at, self.covered = first - 1, set()
        dropped = dict(self.dropped)
        while self.at < index - 1:
            self._choose(self.at + 1)
        self.dropped.clear()  # what was dropped for others on the way is not told with this one
        self.dropped.update(dropped)
        task = self._choose(index)
        if task is None:
            raise self.none(f"none of {self.width} candidates is a task")
        return task

    def _choose(self, index: int) -> Task | None:
        """The candidate with most that is new; the first of those that are as good."""
        best, gain = None, set[Side]()
        for number in range(self.width):
            try:
                task = self.candidate(index, number)
            except self.none:
                continue
            new = self.rehearsal.sides(task) - self.covered
            if best is None or len(new) > len(gain):
                best, gain = task, new
        self.at = index
        self.covered |= gain
        return best


def at_once(talk: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to that waits for nothing: scripted parties answer at once."""
    try:
        talk.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    talk.close()
    raise AssertionError("a scripted party waits for something")


__all__ = ["CANDIDATES", "Chooser", "Rehearsal", "at_once"]
