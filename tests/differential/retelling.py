"""What a record makes of a result: fields left out, told wrongly, or added; items that are lost."""

import random
from typing import Any

from .strategies import Filler

LEFT_OUT, WRONG, ADDED, LOST = 0.25, 0.08, 0.1, 0.1


def retold(value: Any, kind: Any, filler: Filler) -> Any:
    """A value of a core type as a record may show it; the value given is left as it is."""
    match type(kind).__name__, value:
        case "Optional", _ if value is not None:
            return retold(value, kind.item, filler)
        case "ListType", list():
            return [retold(item, kind.item, filler) for item in value if filler.dice.random() >= LOST]
        case "MapType", dict():
            return {key: retold(item, kind.value, filler) for key, item in value.items()}
        case "RecordType", dict():
            return _record(value, filler.records[kind.name], filler)
    return value


def _record(value: dict[str, Any], record: Any, filler: Filler) -> dict[str, Any]:
    dice: random.Random = filler.dice
    case = next((c.fields for c in record.cases.values() if c.wire == value.get(record.tag)), {})
    fields = {**record.fields, **case}
    made = {}
    for name, item in value.items():
        if name not in fields:
            made[name] = item
        elif dice.random() < WRONG:
            made[name] = filler.value(fields[name].type)
        elif dice.random() >= LEFT_OUT:
            made[name] = retold(item, fields[name].type, filler)
    return {**made, "surplus": 1} if dice.random() < ADDED else made


__all__ = ["retold"]
