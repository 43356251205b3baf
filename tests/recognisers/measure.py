"""How well the recognisers read recorded conversations: `python -m tests.recognisers.measure [PART …]`.

In: labels made by reading (a reference to a turn and what it says, never its text) and the recorded conversations.
Out: for each recogniser and half, precision, recall and the share of turns on which it does not commit itself. A label
`"unclear"` is one on which two readers could differ: counted, but in no figure.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.events import Call, read_trajectory
from cove_dsl.backends.python.runtime.values import UNKNOWN, fresh_budget
from cove_dsl.backends.python.runtime.world import World
from cove_dsl.pipeline import Compiler
from cove_dsl.synthesis.scenes import definition
from cove_dsl.world.program import program_of

from .sampling import Messages, half_of, records, training_tasks

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "tests" / "data" / "labels_recognisers.jsonl"
UNCLEAR = "unclear"

SPEC = """
domain heard "A desk that only listens."
use requests()
use reasons()
tool hand_over(summary: text) -> text "Hands over." { return "Done" }

enum Reason { health, weather, airline_cancelled, change_of_plan, no_longer_needed, ordered_by_mistake, other, none }
recogniser reason(m: message) -> Reason "Why the user cancels." version 1 {
  when because_of_health(m)         then health
  when because_of_weather(m)        then weather
  when because_it_was_cancelled(m)  then airline_cancelled
  when because_plans_changed(m)     then change_of_plan
  when because_mistaken(m)          then ordered_by_mistake
  when because_unneeded(m)          then no_longer_needed
  when gives_reason(m)              then other
  otherwise none
}
"""


@frozen
class Judged:
    """A label and what the recogniser says; None is `no` for a yes-or-no recogniser, and `no reason` for reasons."""

    half: str  # tune, report (first draw), or again and once more (second and third draw, same tasks as report)
    label: Any
    said: Any
    row: dict[str, Any]


@frozen
class Figures:
    """Counts of one recogniser on one half. `hits`: said and right, of what is looked for."""

    turns: int
    wanted: int
    said: int
    hits: int
    unknown: int
    unclear: int

    @property
    def precision(self) -> float:
        return self.hits / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.wanted if self.wanted else 1.0

    @property
    def unknown_share(self) -> float:
        return self.unknown / self.turns if self.turns else 0.0


def figures(judged: list[Judged]) -> Figures:
    clear = [j for j in judged if j.label != UNCLEAR]
    looked_for = [j for j in clear if j.label not in (None, False)]
    said = [j for j in clear if j.said is not UNKNOWN and j.said not in (None, False)]
    return Figures(
        turns=len(clear),
        wanted=len(looked_for),
        said=len(said),
        hits=sum(j.said == j.label for j in said),
        unknown=sum(j.said is UNKNOWN for j in clear),
        unclear=len(judged) - len(clear),
    )


def labels() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


def judged(folder: Path) -> dict[str, list[Judged]]:
    """Every label beside what its recogniser says, by recogniser."""
    conversations = {(file, record["id"]): record for file, record in records(folder)}
    training = training_tasks(folder)
    found: dict[str, list[Judged]] = {}
    for row in labels():
        record = conversations[row["file"], row["id"]]
        half = half_of(record["domain"], str(record["task_id"]), training[record["domain"]])
        fresh_budget()
        said = _said(row, record, folder)
        part = {1: half, 2: "again", 3: "once more"}[row.get("draw", 1)]
        found.setdefault(row["recogniser"], []).append(Judged(part, row["label"], said, row))
    return found


def _said(row: dict[str, Any], record: dict[str, Any], folder: Path) -> Any:
    name, messages = row["recogniser"], record["messages"]
    if name == "lists":
        return _listed(messages, row["message"], row["call"])
    text = str(messages[row["message"]]["content"])
    if name == "gives_id":
        return _names_somebody(text, record["domain"], folder)
    said = recogniser(name)(text)
    return None if said == "none" else said


@cache
def _program() -> Any:
    modules = {p.stem: (p.name, p.read_bytes()) for p in (ROOT / "specs" / "modules").glob("*.cove")}
    compiled = Compiler().compile([("heard.cove", SPEC.encode())], modules)
    assert not compiled.errors, compiled.errors
    assert compiled.spec is not None
    return compiled.spec


def recogniser(name: str) -> Callable[[str], Any]:
    """A recogniser of the bundled modules as a function of a message's text."""
    spec = _program()
    program, function = program_of(spec), definition(spec, name)
    return lambda text: function(Run(program, World(program.schema, {})), text)


# --- ids: any of those that the database knows -----------------------------------------------------------------------

KEYS = {
    "airline": lambda db: [*db["users"], *db["reservations"]],
    "retail": lambda db: [*db["users"], *db["orders"]],
    "telecom": lambda db: (
        [k for c in db["agent"]["customers"] for k in (c["customer_id"], c["phone_number"])]
        + [line["phone_number"] for line in db["agent"]["lines"]]
    ),
}


@cache
def _keys(domain: str, folder: Path) -> list[str]:
    found: list[str] = KEYS[domain](json.loads((folder / domain / "db.json").read_text(encoding="utf-8")))
    return found


def _names_somebody(text: str, domain: str, folder: Path) -> Any:
    spec = _program()
    program = program_of(spec)
    run = Run(program, World(program.schema, {}))
    answers = {run.says_id(text, key) for key in _keys(domain, folder)}
    return True if True in answers else UNKNOWN if UNKNOWN in answers else False


# --- proposals: the agent's last message before the user's last one, with what was known by then ---------------------


def _listed(messages: Messages, at: int, number: int) -> Any:
    spec = _program()
    program = program_of(spec)
    run = Run(program, World(program.schema, {}))
    trajectory = read_trajectory([_plain(m) for m in messages])
    past: list[Any] = []
    for event in trajectory.events:
        if isinstance(event, Call) and event.message == at and event.call == number:
            return run.lists(
                _proposal(past), event, event.arguments.get("user_id") or event.arguments.get("customer_id")
            )
        run.seen.events.append(event)
        past.append(event)
    raise AssertionError("no such call")


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in message.items() if not (k == "tool_calls" and not v)}


def _proposal(past: list[Any]) -> str:
    said = [e for e in past if not isinstance(e, Call)]
    answer = max(i for i, e in enumerate(said) if e.role == "user")
    return next((e.text for e in reversed(said[:answer]) if e.role == "agent"), "")


def _lines(found: dict[str, list[Judged]], half: str) -> Iterator[str]:
    for name, every in sorted(found.items()):
        f = figures([j for j in every if j.half == half])
        yield (
            f"{half:9} {name:14} turns {f.turns:4}  looked for {f.wanted:4}  precision {f.precision:.3f}"
            f"  recall {f.recall:.3f}  unknown {f.unknown_share:.3f}  unclear {f.unclear}"
        )


def main(halves: list[str]) -> None:
    from ..conftest import SHARED

    found = judged(SHARED)
    for half in halves:
        print("\n".join(_lines(found, half)))
    print(Counter(j.half for every in found.values() for j in every))


if __name__ == "__main__":
    main(sys.argv[1:] or ["tune", "report", "again", "once more"])
