"""Which of a conversation's writes could have been left out. Found by leaving them out, not by what each touched.

The search goes write by write and keeps the worlds that the parts so far lead to: of parts that lead to one world only
the best goes on, since whatever follows does the same in it; and a world that is wrong where no later write can put it
right is dropped. So repeated and undone writes cost no more than there are worlds between them.
"""

from typing import Any

from .ends import run_plan, unlike
from .events import Call
from .likeness import alike
from .sandbox import Program, Sandbox
from .shapes import Kind
from .world import World

MOST_REPLAYS = 4_096

Part = tuple[int, ...]  # indexes of writes that are kept
Later = frozenset[tuple[str, str]]  # what is still written: fields of records, under "" tables and states as a whole


def fewest(program: Program, start: World, writes: list[Call], reaches: World) -> list[Call]:
    """The writes that could have been left out: those not in a shortest ordered part that leads to the same end. With
    more worlds on the way than `MOST_REPLAYS`, those that can be left out one after the other, the last first."""
    goal = reaches.changes(start)
    if not goal or len(writes) < 2:  # no writes at all lead nowhere else
        return [] if goal else list(writes)
    kept = _shortest(program, start, writes, reaches)
    if kept is None:
        return _one_by_one(program, start, writes, reaches)
    return [w for i, w in enumerate(writes) if i not in kept]


def _shortest(program: Program, start: World, writes: list[Call], reaches: World) -> Part | None:
    """The first of the shortest parts that lead to an end, as all writes do; None if looking for it takes too long. A
    write that fails is in no part."""
    best, goal, replays = tuple(range(len(writes))), reaches.changes(start), 0
    later = _written_later(program, writes)
    first = _Place(start, start)
    ways: dict[Any, tuple[Part, _Place]] = {first.key: ((), first)}
    for i, write in enumerate(writes):
        last = i == len(writes) - 1
        ways = {key: way for key, way in ways.items() if _may_beat(way[0], best)}
        replays += len(ways)
        if replays >= MOST_REPLAYS:
            return None
        for part, place in list(ways.values()):
            then = Sandbox(program, place.world.fork())
            if not then.call(write.tool, write.arguments, keep=False).ok:
                continue
            longer = (*part, i)
            if not any(unlike(then.world, reaches, goal)):
                best = min(best, longer, key=_rank)
                continue
            if last:
                continue
            found = _Place(then.world, start, place)
            other = ways.get(found.key)
            if other is None or _rank(longer) < _rank(other[0]):
                ways[found.key] = longer, found
        after = later[i + 1]
        if after is not None and not last:
            ways = {k: w for k, w in ways.items() if not _is_lost(program, w[1].world, reaches, goal, after)}
    return best


def _rank(part: Part) -> tuple[int, Part]:
    return len(part), part


def _may_beat(part: Part, best: Part) -> bool:
    """Whether more writes, all later than those of `best`, can make of a part one that is better than it."""
    least = len(part) + 1
    return least < len(best) or (least == len(best) and part < best[: len(part)])


class _Place:
    """A world on the way, and a key that equal worlds share: what differs from `start`. What did not change since
    `before` is written out once."""

    __slots__ = ("key", "parts", "start", "world")

    def __init__(self, world: World, start: World, before: "_Place | None" = None) -> None:
        self.world, self.start = world, start
        self.parts: dict[tuple[str, str], str] = dict(before.parts) if before is not None else {}
        old = before.world if before is not None else world
        for table, rows in [*world.rows.items(), ("", world.singles)]:
            known = old.rows.get(table, _EMPTY) if table else old.singles
            for key, row in rows.items():
                if known.get(key, _EMPTY) is not row:
                    self._write_out((table, key), row)
        self.key = frozenset(self.parts.items()), repr((world.added, world.generated))

    def _write_out(self, place: tuple[str, str], row: Any) -> None:
        first = self.start.row(*place) if place[0] else self.start.single(place[1])
        written = repr(row)
        if written == repr(first):
            self.parts.pop(place, None)
        else:
            self.parts[place] = written


_EMPTY: dict[str, Any] = {}


# --- what can still be put right --------------------------------------------------------------------------------------


def _written_later(program: Program, writes: list[Call]) -> list[Later | None]:
    """For each write, and after the last, what it and those after it may write; None: anything."""
    found: list[Later | None] = [frozenset()]
    for write in reversed(writes):
        tool, after = program.tools.get(write.tool), found[0]
        fields = tool.fields if tool is not None else ()
        if after is None or fields is None or program.sync_fields is None:
            found.insert(0, None)
        else:
            found.insert(0, after.union(fields, program.sync_fields))
    return found


def _is_lost(program: Program, world: World, reaches: World, goal: Any, later: Later) -> bool:
    """Whether a world is not as it should be somewhere where nothing is written any more."""
    states = dict(program.states)
    for (table, key), want, have in unlike(world, reaches, goal):
        kind = ("record", program.rows[table]) if table else states[key]
        if ("", table or key) not in later and _stays(want, have, kind, later, program.records):
            return True
    return False


def _stays(want: Any, have: Any, kind: Kind, later: Later, records: dict[str, Any]) -> bool:
    """Whether two values of a type that are unlike stay so, if nothing but fields `later` is written inside them. In
    doubt, they may become alike."""
    if alike(want, have):
        return False
    name = kind if isinstance(kind, str) else kind[0]
    if name == "optional":
        return _stays(want, have, kind[1], later, records)
    if name == "record" and isinstance(want, dict) and isinstance(have, dict):
        tag, cases = records[kind[1]]
        return tag is None and any(
            (kind[1], field) not in later and _stays(want.get(field), have.get(field), inner, later, records)
            for field, inner in cases[""].items()
        )
    if name == "map" and isinstance(want, dict) and isinstance(have, dict):
        return any(_stays(want.get(k), have.get(k), kind[1], later, records) for k in want.keys() | have.keys())
    if name == "list" and isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        return any(_stays(a, b, kind[1], later, records) for a, b in zip(want, have, strict=True))
    return name != "tuple"


# --- when there is too much to look through ---------------------------------------------------------------------------


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
