"""A world in plain dicts: simple enough to be believed.

Enters: a JSON state `{table: {key: row} | [row, …], state: {…}}`. Guaranteed: the state given is never touched, and
every change since a mark can be taken back.
"""

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from typing import Any

from attrs import define, field

from .spec import Spec
from .values import UNKNOWN, Unknown, Value


@define
class MemoryWorld:
    """Tables and states of one run. With `unknown`, what the state does not hold is unknown instead of absent."""

    spec: Spec
    state_given: Mapping[str, Value] = field(factory=dict)
    unknown: bool = False
    _data: dict[str, Value] = field(init=False)
    _partial: set[str] = field(init=False)
    _undo: list[Callable[[], None]] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._data = deepcopy(dict(self.state_given))
        for name, table in self.spec.tables.items():
            self._data.setdefault(name, [] if table.as_list else {})
        self._partial = {*self.spec.tables, *self.spec.states} if self.unknown else set()

    def dump(self) -> dict[str, Value]:
        """The whole state as JSON, in no way connected with this world."""
        return deepcopy(self._data)

    # --- reading

    def rows(self, table: str) -> list[Value] | Unknown:
        if table in self._partial:
            return UNKNOWN
        kept = self._data[table]
        return list(kept.values()) if isinstance(kept, dict) else list(kept)

    def row(self, table: str, key: str) -> Value:
        kept = self._data[table]
        if isinstance(kept, dict):
            found = kept.get(key)
        else:
            found = next((row for row in kept if row.get(self.spec.tables[table].key) == key), None)
        return UNKNOWN if found is None and table in self._partial else found

    def state(self, name: str) -> Value:
        return self._data.get(name, UNKNOWN if name in self._partial else None)

    # --- changing

    def put(self, place: dict[str, Value], name: str, value: Value) -> None:
        """A field of a record or an entry of a map. What is put in is copied: records are never shared."""
        self._remember(place)
        place[name] = deepcopy(value)

    def drop(self, place: dict[str, Value], name: str) -> None:
        self._remember(place)
        place.pop(name, None)

    def put_row(self, table: str, key: str, row: Value) -> None:
        """A new row at the end, or another in the place of the one at this key."""
        kept = self._data[table]
        if isinstance(kept, dict):
            self.put(kept, key, row)
            return
        self._remember(kept)
        place = self._place(table, key)
        kept[len(kept) if place is None else place : len(kept) if place is None else place + 1] = [deepcopy(row)]

    def drop_row(self, table: str, key: str) -> None:
        kept = self._data[table]
        if isinstance(kept, dict):
            self.drop(kept, key)
        elif (place := self._place(table, key)) is not None:
            self._remember(kept)
            del kept[place]

    def put_state(self, name: str, value: Value) -> None:
        self._remember(self._partial)
        self._partial.discard(name)
        self.put(self._data, name, value)

    def forget(self, name: str) -> None:
        """Of a table or state, nothing is known any more."""
        self._remember(self._partial)
        self._remember(self._data)
        self._partial.add(name)
        if name in self.spec.tables:
            self._data[name] = type(self._data[name])()
        else:
            self._data.pop(name, None)

    def _place(self, table: str, key: str) -> int | None:
        field_name = self.spec.tables[table].key
        return next((i for i, row in enumerate(self._data[table]) if row.get(field_name) == key), None)

    # --- taking back

    def mark(self) -> int:
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Takes back every change since a mark, the last one first."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def keep(self) -> None:
        """Changes up to here are never taken back."""
        self._undo.clear()

    def _remember(self, place: Any) -> None:
        """Lets what is about to be changed be put back in place, order and all."""
        before = copy(place)

        def restore() -> None:
            place.clear()
            (place.extend if isinstance(place, list) else place.update)(before)

        self._undo.append(restore)
