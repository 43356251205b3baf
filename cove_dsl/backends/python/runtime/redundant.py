"""Which of a conversation's writes could have been left out. Found by leaving them out, not by what each touched."""

from typing import Any

from .ends import run_plan, unlike
from .events import Call
from .sandbox import Program, Sandbox
from .world import World

MOST_REPLAYS = 4_096


def fewest(program: Program, start: World, writes: list[Call], reaches: World) -> list[Call]:
    """The writes that could have been left out: those not in a shortest ordered part that leads to the same end."""
    goal = reaches.changes(start)
    if not goal or len(writes) < 2:  # no writes at all lead nowhere else
        return [] if goal else list(writes)
    if 2 ** len(writes) > MOST_REPLAYS:
        return _one_by_one(program, start, writes, reaches)
    kept = _shortest(Sandbox(program, start.fork()), writes, reaches, goal)
    return [w for i, w in enumerate(writes) if i not in kept]


def _shortest(sandbox: Sandbox, writes: list[Call], reaches: World, goal: Any) -> tuple[int, ...]:
    """The indexes of the first of the shortest ordered parts that lead to an end. Parts that begin alike share the
    worlds on their way; where a write fails, no part goes on."""
    best = tuple(range(len(writes)))
    stack: list[tuple[Sandbox, tuple[int, ...]]] = [(sandbox, ())]
    while stack:
        at, kept = stack.pop()
        ways = []
        for i in range(kept[-1] + 1 if kept else 0, len(writes)) if len(kept) + 1 < len(best) else ():
            then = at.fork()
            if not then.call(writes[i].tool, writes[i].arguments, keep=False).ok:
                continue
            longer = (*kept, i)
            if not any(unlike(then.world, reaches, goal)):
                best = min(best, longer, key=lambda part: (len(part), part))
            ways.append((then, longer))
        stack += reversed(ways)
    return best


def _one_by_one(program: Program, start: World, writes: list[Call], reaches: World) -> list[Call]:
    kept = list(writes)
    for write in reversed(writes):
        rest = [w for w in kept if w is not write]
        if _leads(program, start, rest, reaches):
            kept = rest
    return [w for w in writes if w not in kept]


def _leads(program: Program, start: World, writes: list[Call], reaches: World) -> bool:
    end, results = run_plan(program, start, [("", w.tool, w.arguments) for w in writes])
    return all(r.ok for r in results) and not any(unlike(end, reaches, reaches.changes(start)))
