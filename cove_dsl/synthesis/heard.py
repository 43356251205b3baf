"""What was heard and seen so far, looked through: for a value, a fact, a key."""

import re
from typing import Any

from ..backends.python.runtime.facts import dates_in
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import is_number
from .deeds import mine
from .scenes import Shape
from .tasks import Call, Fact


def is_given(value: Any, text: str) -> bool:
    return str(value).lower() in text or (isinstance(value, str) and value in dates_in(text))


def values(fact: Fact) -> list[Any]:
    """What a fact says: a sentence may hold several values."""
    return fact.value if fact.shape == "sentence" and isinstance(fact.value, list) else [fact.value]


def tells(text: str, fact: Fact) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(mine(fact.phrase).lower())}(?![\w-])", text.lower()) is not None


def holds(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(holds(v, key) for v in value.values())
    return any(holds(v, key) for v in value) if isinstance(value, list) else value == key


def still_known(rows: dict[tuple[str, str], Any], call: Call, result: Any, shape: Shape) -> dict[tuple[str, str], Any]:
    """The rows that an agent knows after a change, by table and key: those that it was about are not known any more,
    unless its result shows one as it is now."""
    keys = set(map(str, call["arguments"].values()))
    kept = {place: row for place, row in rows.items() if place[1] not in keys}
    table = shape.table_of(shape.spec.tools[call["name"]].returns)
    shown = table is not None and isinstance(result, dict) and result.get(shape.key_field(table))
    return kept | {(str(table), str(shown)): result} if shown else kept


def flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(map(flat, value.values()))
    if isinstance(value, list):
        return " ".join(map(flat, value))
    return plain_number(value) if is_number(value) else str(value)


__all__ = ["flat", "holds", "is_given", "still_known", "tells", "values"]
