"""How many sides of the policy's atoms some tasks put to the test, drawn plainly, in turn and with `--cover`: printed,
never asserted.

python tests/benchmarks/coverage_gain.py [DESK…]
"""

import sys
import time

from cove_dsl.synthesis.cover import Rehearsal
from cove_dsl.synthesis.dials import Dials
from cove_dsl.synthesis.sample import Sampler
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import world_of

MARKS = (10, 25, 50, 100)
SEEDS = (0, 1, 2)
WAYS = (("plain", Dials()), ("in turn", Dials(spread=True)), ("cover", Dials(cover=True)))


def exercised(desk, world, dials: Dials, seed: int) -> tuple[list[int], float]:
    """The sides that have decided after so many tasks, and the time of the processor that a task took, in seconds."""
    sampler = Sampler(desk, world, seed, None, dials)
    rehearsal, seen, found = Rehearsal(sampler), set(), []
    began = time.process_time()
    for n in range(1, MARKS[-1] + 1):
        seen |= rehearsal.sides(sampler.task(n - 1))
        if n in MARKS:
            found.append(len(seen))
    return found, (time.process_time() - began) / MARKS[-1]


def main(names: list[str]) -> None:
    for name in names:
        desk = load(name)
        world = World(desk.program, world_of(generate_world(desk.spec, 0), desk.program))
        sides = sum(2 * len(c.atoms) for c in Rehearsal(Sampler(desk, world)).listener.conditions.values())
        print(f"{name}: {sides} sides; after {', '.join(map(str, MARKS))} tasks, mean of {len(SEEDS)} seeds")
        for label, dials in WAYS:
            runs = [exercised(desk, world, dials, seed) for seed in SEEDS]
            means = [sum(r[0][i] for r in runs) / len(runs) for i in range(len(MARKS))]
            spent = sum(r[1] for r in runs) / len(runs) * 1000
            print(f"  {label:<8} {'  '.join(f'{m:5.1f}' for m in means)}   {spent:4.0f} ms of one core a task")


if __name__ == "__main__":
    main(sys.argv[1:] or ["retail", "airline", "clinic"])
