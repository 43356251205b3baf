"""Baselines: the violations of an earlier run, so that a later one fails only by new ones.

In and out: JSON Lines of `{id, rule, label, event}` (shape: `docs/schemas/baseline-line.json`), sorted, so that a
change of one conversation changes its own lines alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import define, field

from ..backends.python.runtime.exact import parse_json
from ..source import DataProblem
from .findings import ENDED, Finding, Key, doubts
from .state import dumps


class BaselineError(ValueError):
    """A baseline that cannot be used; `problem` says where and why."""

    def __init__(self, problem: DataProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@define(eq=False)
class Baseline:
    """What was known before, and which of it was met again."""

    known: frozenset[Key]
    _met: set[Key] = field(factory=set, init=False)
    _judged: set[str] = field(factory=set, init=False)

    def apply(self, row: dict[str, Any], found: Iterable[Finding]) -> None:
        """Marks what was known before. What cannot be told any more is not gone either."""
        self._judged.add(row["id"])
        self._met |= self.known & doubts(row)
        for finding in found:
            if finding.key in self.known:
                finding.known = True
                self._met.add(finding.key)

    def gone(self, rules: frozenset[str] | None = None) -> list[Key]:
        """What was known and is no longer there, of the conversations and rules that were judged."""
        return sorted(
            k
            for k in self.known - self._met
            if k.conversation in self._judged and (rules is None or k.is_goal or k.rule in rules)
        )

    def not_judged(self) -> int:
        """How many conversations that it names were not among those judged."""
        return len({k.conversation for k in self.known} - self._judged)


def read_baseline(path: str | Path) -> Baseline:
    """Raises BaselineError for a file of another shape, OSError where it cannot be read."""
    keys = set()
    for number, line in enumerate(Path(path).read_bytes().splitlines(), 1):
        if line.strip():
            try:
                keys.add(_key(parse_json(line.decode("utf-8"))))
            except ValueError as error:  # UnicodeDecodeError is one
                raise BaselineError(DataProblem("bad-baseline", str(error), str(path), number)) from None
    return Baseline(frozenset(keys))


def _key(row: Any) -> Key:
    """Raises ValueError."""
    fields = {"id": str, "rule": str, "label": str, "event": dict}
    if not isinstance(row, dict) or row.keys() != fields.keys():
        raise ValueError("a line of a baseline is an object of `id`, `rule`, `label` and `event`")
    for name, kind in fields.items():
        if not isinstance(row[name], kind):
            raise ValueError(f"`{name}` must be {'an object' if kind is dict else 'a text'}")
    event = row["event"]
    message, call = event.get("message"), event.get("call", 0)
    if event.keys() - {"message", "call"} or not (_index(message, ENDED) and _index(call, 0)):
        raise ValueError("`event` must hold the indexes `message` and perhaps `call`")
    return Key(row["id"], row["rule"], row["label"], message, event.get("call", ENDED))


def _index(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def baseline_text(found: Iterable[Finding]) -> str:
    """The file that makes these known. What is waived is left out: it has an entry, and an end, elsewhere."""
    keys = sorted({f.key for f in found if f.waived is None})
    return "".join(f"{dumps(key.to_json())}\n" for key in keys)
