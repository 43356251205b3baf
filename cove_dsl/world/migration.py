"""Which recorded conversations another policy judges otherwise: both checkers hear each, and what they say of the rules
that bind is compared. What only a reader can judge, and warnings, are left out; so is what a record's task asks for,
which was made for one of both at most."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, frozen

from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.world import World
from .conversations import Record, Refusal
from .verify import verify_record


@frozen
class Stand:
    """How a policy stands to a conversation: `violated` if any rule is, else `unknown` if any is, else `satisfied`."""

    violated: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def verdict(self) -> str:
        return "violated" if self.violated else "unknown" if self.unknown else "satisfied"


@frozen
class Judged:
    """A conversation under both policies; or `error`, where one of them could not judge it."""

    id: str
    old: Stand | None = None
    new: Stand | None = None
    error: str = ""
    differs: bool = False


@frozen
class Side:
    """A policy that runs, and the world before each conversation."""

    program: Program
    world: World

    def stand(self, record: Record) -> Stand | str:
        """How it stands to a conversation, or why it cannot say."""
        row = verify_record(self.program, self.world, evolve(record, cove=None, gold=None))
        if "error" in row:
            return str(row["error"])
        rules = [r for r in row["rules"] if r["severity"] == "error" and r["basis"] != "judge"]
        violated, unknown = (
            tuple(r["rule"] for r in rules if r["verdict"] == verdict) for verdict in ("violated", "unknown")
        )
        return Stand(violated, unknown)


def judged_otherwise(
    records: Iterable[Record | Refusal], old: Side, new: Side, renamed: Mapping[str, str]
) -> Iterator[Judged]:
    """Every conversation under both policies. `renamed`: the new names of rules that are the same under another."""
    for record in records:
        if isinstance(record, Refusal):
            yield Judged(record.id or "?", error=record.problem.message)
            continue
        before, after = old.stand(record), new.stand(record)
        if isinstance(before, str) or isinstance(after, str):
            yield Judged(record.id, error=before if isinstance(before, str) else str(after))
            continue
        names = [{renamed.get(n, n) for n in rules} for rules in (before.violated, before.unknown)]
        yield Judged(record.id, before, after, differs=names != [set(after.violated), set(after.unknown)])


__all__ = ["Judged", "Side", "Stand", "judged_otherwise"]
